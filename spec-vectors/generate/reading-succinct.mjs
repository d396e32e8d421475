// @ts-check
/** The succinct roles of TAP 15. */
import { delegatedRole } from './documents.mjs';
import { keys } from './keys.mjs';
import { accept, allBut, anyType, badCounts, reject, withSigned } from './reading-vector.mjs';
import { raw } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const shape = {
  section: 'TAP 15',
  level: 'decision',
  attack: 'denial-of-service',
  rows: ['A-32', 'A-35', 'JSON-01', 'GO-14', 'GAP-09'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const bits = {
  ...shape,
  attack: 'wrong-software',
  rows: ['A-32', 'A-66', 'JSON-01', 'JSON-06', 'GAP-09'],
  effect: 'the bin of a target is computed by an operation that overflows, or for a number of bins that does not exist',
};

/** @type {About} */
const threshold = {
  ...shape,
  attack: 'threshold-bypass',
  rows: ['4.3-i', '4.5-f', 'A-22', 'SIG-06', 'SIG-07', 'GO-3'],
  effect: 'a threshold that every count reaches needs no signature: anybody can write every bin (CVE-2026-23992)',
};

/** @type {About} */
const fine = { ...shape, attack: 'lock-out', rows: ['A-35', 'GAP-09'], effect: 'honest metadata is refused' };

const { keyid, key } = keys.packages;

/** @returns {{ [name: string]: Tree }} */
function succinct() {
  return { bit_length: 8, keyids: [keyid], name_prefix: 'bin', threshold: 1 };
}

/** Delegations by succinct roles, with some of their members replaced. @param {{ [name: string]: Tree | undefined }} changes */
function delegating(changes) {
  const kept = Object.entries({ ...succinct(), ...changes }).filter(([, value]) => value !== undefined);
  const roles = /** @type {{ [name: string]: Tree }} */ (Object.fromEntries(kept));
  return withSigned('targets', ['delegations'], { keys: { [keyid]: key }, succinct_roles: roles });
}

/** @param {string} label @param {string} comment @param {{ [name: string]: Tree | undefined }} changes @param {About} about */
function refused(label, comment, changes, about) {
  return reject('targets', `succinct-${label}`, comment, delegating(changes), about, {
    control: 'targets-succinct-bit-length-8',
  });
}

export function vectors() {
  return [...faults(), ...bitLengths(), ...thresholds(), ...together()];
}

function faults() {
  /** @type {readonly (readonly [string, string, readonly string[]])[]} */
  const fields = [
    ['keyids', 'keyids', allBut('array')],
    ['name-prefix', 'name_prefix', allBut('text')],
    ['bit-length', 'bit_length', allBut()],
    ['threshold', 'threshold', allBut()],
  ];
  const about = { bit_length: bits, threshold };
  return fields.flatMap(([label, field, labels]) =>
    labels.map((type) => {
      const value = anyType[type];
      const said = field in about ? about[/** @type {keyof typeof about} */ (field)] : shape;
      return refused(`${label}-${type}`, `${field} of succinct_roles ${value?.[0]}`, { [field]: value?.[1] }, said);
    }),
  );
}

function bitLengths() {
  const read = (/** @type {number} */ length) =>
    accept(
      'targets',
      `succinct-bit-length-${length}`,
      `succinct roles with a bit_length of ${length}`,
      delegating({ bit_length: length }),
      fine,
    );
  return [
    ...[1, 2, 8, 16, 31, 32].map(read),
    refused('bit-length-negative', 'bit_length is -1', { bit_length: -1 }, bits),
    refused('bit-length-33', 'bit_length is 33, one more than a prefix of 32 bits holds', { bit_length: 33 }, bits),
    refused('bit-length-64', 'bit_length is 64', { bit_length: 64 }, bits),
    refused('bit-length-largest', 'bit_length is 2^53 - 1', { bit_length: Number.MAX_SAFE_INTEGER }, bits),
    refused('bit-length-fraction', 'bit_length is 1.5', { bit_length: raw('1.5') }, bits),
    refused('bit-length-integral-fraction', 'bit_length is 8.0', { bit_length: raw('8.0', '8') }, bits),
    refused('bit-length-exponent', 'bit_length is 1e1', { bit_length: raw('1e1', '10') }, bits),
    refused('bit-length-text-eight', 'bit_length is the string "8"', { bit_length: '8' }, bits),
    refused('bit-length-list', 'bit_length is an array that holds 8', { bit_length: [8] }, bits),
  ];
}

function thresholds() {
  return Object.entries(badCounts).map(([label, [words, value]]) =>
    refused(`threshold-${label}`, `threshold of succinct_roles ${words}`, { threshold: value }, threshold),
  );
}

function together() {
  const both = { keys: { [keyid]: key }, roles: [delegatedRole()], succinct_roles: succinct() };
  const empty = { ...both, roles: [] };
  const aboutBoth = {
    ...shape,
    attack: 'wrong-software',
    rows: ['A-35', 'GAP-09'],
    effect: 'readers disagree about which of the two delegations counts',
  };
  const control = { control: 'targets-succinct-bit-length-8' };
  return [
    reject(
      'targets',
      'succinct-and-roles',
      'both roles and succinct_roles',
      withSigned('targets', ['delegations'], both),
      aboutBoth,
      control,
    ),
    reject(
      'targets',
      'succinct-and-no-roles',
      'succinct_roles and an empty list of roles',
      withSigned('targets', ['delegations'], empty),
      aboutBoth,
      control,
    ),
    ...ofWrongType(),
    refused(
      'keyids-duplicate',
      'a keyid is listed twice',
      { keyids: [keyid, keyid] },
      {
        ...shape,
        attack: 'threshold-bypass',
        rows: ['A-06'],
        effect: 'a keyid that is listed twice may count twice',
      },
    ),
    refused('keyids-item-null', 'a keyid is null', { keyids: [null] }, shape),
    accept('targets', 'succinct-member', 'an unrecognised member in succinct_roles', delegating({ 'x-note': null }), {
      ...fine,
      rows: ['4-a'],
    }),
    accept(
      'targets',
      'succinct-threshold-above-keys',
      'a threshold above the number of keys: read, and never reached',
      delegating({ threshold: 7 }),
      { ...fine, rows: ['A-08'] },
    ),
  ];
}

/** `succinct_roles` itself of every wrong type, in place of the list of roles. */
function ofWrongType() {
  return ['null', 'array', 'object', 'text', 'zero', 'true'].map((label) => {
    const [words, value] = /** @type {readonly [string, Tree]} */ (anyType[label]);
    const delegations = { keys: { [keyid]: key }, succinct_roles: value };
    return reject(
      'targets',
      `succinct-${label}`,
      `succinct_roles ${words}`,
      withSigned('targets', ['delegations'], delegations),
      shape,
      { control: 'targets-succinct-bit-length-8' },
    );
  });
}
