// @ts-check
/** The number itself: out of range, of another type, and larger than the keys that there are. */
import { signer } from './repository.mjs';
import { accept, refuse, threeKeys } from './threshold-vector.mjs';
import { raw, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./threshold-vector.mjs').Role} Role */
/** @typedef {readonly (string | number)[]} Path */

/** @type {About} */
const zero = {
  section: '4.3',
  level: 'MUST',
  attack: 'threshold-bypass',
  rows: ['4.3-i', 'A-22', 'SIG-06', 'GO-3'],
  effect: 'a threshold of zero or less is met without any signature (CVE-2026-23992)',
  peers: ['go-tuf 2.0.0 to 2.3.0 accepts a document without signatures'],
};

/** @type {About} */
const types = {
  ...zero,
  rows: ['4.3-i', 'A-22', 'A-66', 'SIG-07', 'GO-3', 'PY-12'],
  effect: 'readers understand different numbers, or compare with something that is no number',
  peers: undefined,
};

/** @type {About} */
const converted = { ...types, peers: ['python-tuf 5.1.0 reads it'] };

/** The specification sets no upper bound. @type {About} */
const large = { ...types, level: 'decision' };

/** @type {About} */
const tooMany = {
  section: '5.3.4',
  level: 'MUST',
  attack: 'threshold-bypass',
  rows: ['5.3.4c', 'A-04', 'A-08', 'GAP-13'],
  effect: 'a threshold that cannot be met is lowered to what there is',
};

/** @type {About} */
const elsewhere = {
  ...tooMany,
  level: 'decision',
  attack: 'lock-out',
  rows: ['A-08', 'A-30', 'GAP-13'],
  effect: 'a role that can never be signed makes the whole file unreadable',
};

/** @type {About} */
const listedTwice = {
  section: '4.3',
  level: 'decision',
  attack: 'threshold-bypass',
  rows: ['A-06', 'T10', 'GAP-13'],
  effect: 'a keyid that a role lists twice counts twice',
};

/** Where the threshold and the keyids of each role stand in its delegator. @type {Partial<Record<Role, { path: Path, section: string }>>} */
const places = {
  timestamp: { path: ['roles', 'timestamp'], section: '4.3' },
  targets: { path: ['roles', 'targets'], section: '4.3' },
  packages: { path: ['delegations', 'roles', 0], section: '4.5' },
  'bin-0': { path: ['delegations', 'succinct_roles'], section: 'TAP 15' },
};

export function vectors() {
  const roles = /** @type {(keyof typeof places)[]} */ (Object.keys(places));
  return [...roles.flatMap((role) => [...outOfRange(role), ...unreachable(role)]), ...ofRoot(), ...others()];
}

/** @param {Role} role @param {string} member @param {Tree | undefined} value */
function withMember(role, member, value) {
  const { path } = /** @type {{ path: Path }} */ (places[role]);
  return (/** @type {Tree} */ signed) => withValue(signed, [...path, member], value);
}

/** @param {Role} role @param {About} about @returns {About} */
function inSection(role, about) {
  const placed = { ...about, section: places[role]?.section ?? about.section };
  // The specification knows no succinct roles.
  return role === 'bin-0' ? { ...placed, level: 'decision' } : placed;
}

/** Thresholds that nobody may write. @type {readonly (readonly [string, string, Tree | undefined, About])[]} */
const numbers = [
  ['zero', 'is 0', 0, zero],
  ['negative', 'is -1', -1, zero],
  ['minus-zero', 'is -0', raw('-0', '0'), zero],
  ['fraction', 'is 1.5', raw('1.5'), converted],
  ['small-fraction', 'is 0.5', raw('0.5'), types],
  ['integral-fraction', 'is 1.0', raw('1.0', '1'), types],
  ['exponent', 'is 1e0', raw('1e0', '1'), types],
  ['true', 'is true', true, converted],
  ['text', 'is the string "1"', '1', types],
  ['null', 'is null', null, types],
  ['missing', 'is missing', undefined, types],
  ['list', 'is an array that holds 1', [1], types],
  ['2-53', 'is 2^53', raw('9007199254740992'), large],
  ['2-64-plus-one', 'is 2^64 + 1', raw('18446744073709551617'), large],
];

/** @param {Role} role */
function outOfRange(role) {
  const some =
    role === 'targets'
      ? numbers
      : numbers.filter(([name]) => ['zero', 'negative', 'true', 'null', 'fraction'].includes(name));
  return some.map(([name, words, value, about]) =>
    refuse(
      `${role}-threshold-${name}`,
      `the threshold ${words}, and nobody has signed`,
      { role, delegator: withMember(role, 'threshold', value), signers: [] },
      inSection(role, about),
      'malformed',
      'delegator',
    ),
  );
}

/** @param {Role} role */
function unreachable(role) {
  const [one, two, three] = threeKeys(role);
  const all = { role, signers: [one, two, three] };
  const about = inSection(role, tooMany);
  return [
    refuse(
      `${role}-threshold-4-of-3`,
      'threshold 4 of three keys, and all of them sign',
      { ...all, delegator: withMember(role, 'threshold', 4) },
      about,
    ),
    refuse(
      `${role}-threshold-2-53-less-one`,
      'a threshold of 2^53 - 1, and all of the three keys sign',
      { ...all, delegator: withMember(role, 'threshold', Number.MAX_SAFE_INTEGER) },
      { ...about, rows: [...about.rows, 'SIG-07'] },
    ),
    refuse(
      `${role}-no-keyids`,
      'a role without keyids, and all three keys sign',
      { ...all, delegator: withMember(role, 'keyids', []) },
      about,
    ),
    refuse(
      `${role}-keyid-listed-twice`,
      'threshold 2: the role lists one keyid twice, and its key signs',
      { role, threshold: 2, delegator: withMember(role, 'keyids', [one.keyid, one.keyid]), signers: [one] },
      inSection(role, listedTwice),
      'malformed',
      'delegator',
    ),
    refuse(
      `${role}-keyid-listed-twice-beside`,
      'threshold 1: the role lists one keyid twice, and another key signs',
      { role, delegator: withMember(role, 'keyids', [one.keyid, two.keyid, one.keyid]), honest: [two] },
      inSection(role, {
        ...listedTwice,
        attack: 'parser-differential',
        effect: 'some clients read the file and others do not',
      }),
      'malformed',
      'delegator',
    ),
  ];
}

/** The threshold of root itself, in the new root. */
function ofRoot() {
  const [one] = threeKeys('root');
  const withThreshold = (/** @type {Tree | undefined} */ value) => (/** @type {Tree} */ signed) =>
    withValue(signed, ['roles', 'root', 'threshold'], value);
  return [
    ...numbers
      .filter(([name]) => ['zero', 'negative', 'true', 'fraction', 'null'].includes(name))
      .map(([name, words, value, about]) =>
        refuse(
          `root-threshold-${name}`,
          `the threshold of root ${words} in the new root, which the old key has signed`,
          { role: 'root', itself: true, signed: withThreshold(value), signers: [one] },
          about,
          'malformed',
        ),
      ),
    refuse(
      'root-threshold-4-of-3',
      'threshold 4 of three keys in the new root, and all of them sign',
      { role: 'root', itself: true, signed: withThreshold(4), signers: threeKeys('root') },
      { ...tooMany, rows: ['5.3.4b', ...tooMany.rows] },
    ),
  ];
}

function others() {
  const [one, two] = threeKeys('targets');
  const again = signer(one.key, one.sign, 'ab'.repeat(32));
  const [spare] = threeKeys('spare');
  const mirrors = (/** @type {Tree} */ signed) =>
    withValue(signed, ['roles', 'mirrors'], { keyids: [spare.keyid], threshold: 1000 });
  return [
    accept(
      'other-role-unreachable',
      'a further role of root has a threshold of 1,000 and one key',
      { role: 'targets', delegator: mirrors },
      elsewhere,
    ),
    refuse(
      'threshold-above-public-keys',
      'threshold 3: three keyids of two public keys, and all of them sign',
      {
        role: 'targets',
        listed: [one, two, again, spare],
        threshold: 3,
        honest: [one, two, spare],
        signers: [one, two, again],
      },
      { ...tooMany, rows: ['5.3.4c', 'A-04', 'A-08', 'SIG-04'] },
    ),
  ];
}
