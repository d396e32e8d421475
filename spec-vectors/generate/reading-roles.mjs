// @ts-check
/** Roles with their keyids and thresholds: in root, in delegations, and in succinct delegations. */
import { honest } from './documents.mjs';
import { keys } from './keys.mjs';
import { accept, allBut, badCounts, hugeCounts, reject, sweep, sweepNumbers, withSigned } from './reading-vector.mjs';
import { entriesOf, members, valueAt, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./reading-vector.mjs').Path} Path */

/** @type {About} */
export const shape = {
  section: '4.3',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.3-f', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const threshold = {
  section: '4.3',
  level: 'MUST',
  attack: 'threshold-bypass',
  rows: ['4.3-i', '4.5-f', 'A-22', 'A-32', 'A-66', 'SIG-06', 'SIG-07', 'GO-3', 'PY-12'],
  effect: 'a threshold that every count reaches needs no signature: anybody can write the role (CVE-2026-23992)',
  peers: ['python-tuf 5.1.0 reads 1.5 and true'],
};

/** @type {About} */
const keyids = {
  section: '4.3',
  level: 'decision',
  attack: 'threshold-bypass',
  rows: ['A-06'],
  effect:
    'a keyid that is listed twice may count twice, or may hide that fewer keys are listed than the operator thinks',
};

/** @type {About} */
const failsClosed = {
  section: '4.3',
  level: 'decision',
  attack: 'lock-out',
  rows: ['A-08', 'GAP-13'],
  effect:
    'reading and verifying are mixed up: a role that can never be signed fails closed anyway, and the rest of the file stays usable',
};

/** @type {About} */
const extra = {
  section: '4.3',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['2.1-a', '4.3-f', '4-a', 'A-30'],
  effect:
    'honest metadata is refused: a root with the mirrors role of the specification, or with a role of a later release',
  peers: ['python-tuf 5.1.0 refuses a root with a fifth role'],
};

/** The name of a role that everybody has. */
const topLevel = ['root', 'timestamp', 'snapshot', 'targets'];

export function vectors() {
  return [...rolesOfRoot(), ...consistentSnapshot(), ...placesOfThresholds(), ...names()];
}

function rolesOfRoot() {
  const role = { keyids: [keys.timestamp.keyid], threshold: 1 };
  return [
    ...sweep('root', 'roles', ['roles'], allBut(), shape),
    ...topLevel.flatMap((name) => sweep('root', `role-${name}`, ['roles', name], allBut(), shape)),
    accept('root', 'role-mirrors', 'a fifth role, mirrors', withSigned('root', ['roles', 'mirrors'], role), extra),
    accept(
      'root',
      'role-unknown',
      'a fifth role that no release knows',
      withSigned('root', ['roles', 'x-future'], role),
      { ...extra, level: 'decision' },
    ),
    accept(
      'root',
      'role-member',
      'an unrecognised member in a role',
      withSigned('root', ['roles', 'root', 'x-note'], [null]),
      extra,
    ),
    accept(
      'root',
      'member',
      'unrecognised members in signed, nested',
      withSigned('root', ['x-note'], { b: [{}, null], a: '' }),
      extra,
    ),
    reject(
      'root',
      'role-duplicate',
      'one role twice',
      { signed: withDuplicateRole() },
      {
        ...shape,
        level: 'decision',
        attack: 'parser-differential',
        rows: ['A-46', 'JSON-05', 'PY-16', 'J16'],
        effect: 'one reader trusts the first list of keys and another the last',
      },
    ),
  ];
}

function withDuplicateRole() {
  const signed = honest.root();
  const other = { keyids: [keys.root1.keyid], threshold: 1 };
  return withValue(signed, ['roles'], members([['timestamp', other], ...entriesOf(valueAt(signed, ['roles']))]));
}

function consistentSnapshot() {
  const about = { ...shape, rows: ['4.3-c', 'A-29', 'A-32', 'JSON-01'] };
  const optional = {
    ...about,
    level: /** @type {const} */ ('SHOULD'),
    attack: 'lock-out',
    effect:
      'a root without the optional member is refused, or its signatures fail because the member is added before they are verified',
    peers: ['go-tuf v2 adds the member', 'tough 0.19 and tuf-js 5.0.1 refuse the file'],
  };
  const path = ['consistent_snapshot'];
  return [
    ...sweep('root', 'consistent-snapshot', path, allBut('missing', 'true'), about),
    reject(
      'root',
      'consistent-snapshot-text-true',
      '/signed/consistent_snapshot is the string "true"',
      withSigned('root', path, 'true'),
      about,
    ),
    reject('root', 'consistent-snapshot-one', '/signed/consistent_snapshot is 1', withSigned('root', path, 1), about),
    accept(
      'root',
      'consistent-snapshot-absent',
      'without /signed/consistent_snapshot, which means false',
      withSigned('root', path, undefined),
      optional,
    ),
    accept(
      'root',
      'consistent-snapshot-false',
      '/signed/consistent_snapshot is false',
      withSigned('root', path, false),
      { ...optional, peers: undefined },
    ),
  ];
}

/** The three places that list keyids and a threshold. */
function placesOfThresholds() {
  const root = /** @type {const} */ (['roles', 'root']);
  const delegated = /** @type {const} */ (['delegations', 'roles', 0]);
  return [
    ...keyidsAndThreshold('root', 'role', root, keys.root1.keyid),
    ...sweepNumbers(
      'root',
      'timestamp-threshold',
      ['roles', 'timestamp', 'threshold'],
      { zero: ['is 0', 0], negative: ['is -1', -1] },
      threshold,
    ),
    ...sweepNumbers(
      'root',
      'snapshot-threshold',
      ['roles', 'snapshot', 'threshold'],
      { zero: ['is 0', 0], negative: ['is -1', -1] },
      threshold,
    ),
    ...sweepNumbers(
      'root',
      'targets-threshold',
      ['roles', 'targets', 'threshold'],
      { zero: ['is 0', 0], negative: ['is -1', -1] },
      threshold,
    ),
    ...keyidsAndThreshold('targets', 'delegated', delegated, keys.packages.keyid),
  ];
}

/** @param {'root' | 'targets'} role @param {string} prefix @param {Path} path of the role @param {string} keyid one that it lists */
function keyidsAndThreshold(role, prefix, path, keyid) {
  const section = role === 'root' ? '4.3' : '4.5';
  const at = [...path, 'threshold'];
  const about = { ...threshold, section };
  const fine = { ...failsClosed, section };
  const read = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {number} */ value) =>
    accept(role, `${prefix}-threshold-${label}`, comment, withSigned(role, at, value), fine);
  return [
    ...keyidLists(role, prefix, [...path, 'keyids'], keyid, section),
    ...sweep(role, `${prefix}-threshold`, at, allBut(), about),
    ...sweepNumbers(role, `${prefix}-threshold`, at, { ...badCounts, ...hugeCounts }, about),
    read('above-keys', 'a threshold above the number of keys: read, and never reached', 7),
    read('largest', 'a threshold of 2^53 - 1: read, and never reached', Number.MAX_SAFE_INTEGER),
  ];
}

/** @param {'root' | 'targets'} role @param {string} prefix @param {Path} path of the list @param {string} keyid @param {string} section */
function keyidLists(role, prefix, path, keyid, section) {
  const about = { ...shape, section };
  const twice = { ...keyids, section };
  /** @type {readonly (readonly [string, string, Tree, About])[]} */
  const refused = [
    ['item-null', 'a keyid is null', [keyid, null], about],
    ['item-number', 'a keyid is 0', [keyid, 0], about],
    ['item-array', 'a keyid is an array', [keyid, [keyid]], about],
    ['duplicate', 'a keyid is listed twice', [keyid, keyid], twice],
    ['duplicate-apart', 'a keyid is listed twice, another between', [keyid, keys.snapshot.keyid, keyid], twice],
  ];
  const none = withSigned(role, path, []);
  const many = Array.from({ length: 1025 }, (_, index) => index.toString(16).padStart(64, '0'));
  const bound = {
    ...shape,
    section,
    level: /** @type {const} */ ('decision'),
    attack: 'denial-of-service',
    rows: ['A-68', 'SIG-10', 'SG-8'],
    effect: 'a file with as many keys and signatures as fit into it keeps the client verifying for minutes',
    peers: undefined,
  };
  return [
    reject(role, `${prefix}-keyids-1025`, 'a role that lists 1025 keyids', withSigned(role, path, many), bound),
    ...sweep(role, `${prefix}-keyids`, path, allBut('array'), about),
    ...refused.map(([label, comment, list, said]) =>
      reject(role, `${prefix}-keyids-${label}`, comment, withSigned(role, path, list), said),
    ),
    accept(role, `${prefix}-keyids-empty`, 'no keyid at all: read, and never reached', none, {
      ...failsClosed,
      section,
    }),
  ];
}

function names() {
  const about = {
    ...extra,
    level: /** @type {const} */ ('decision'),
    rows: ['A-67', 'A-30'],
    attack: 'parser-differential',
    effect: 'a role that is a name of the programming language is looked up in the wrong place',
    peers: undefined,
  };
  const role = { keyids: [], threshold: 1 };
  return ['__proto__', 'constructor', '10'].map((name) => {
    const signed = honest.root();
    const label = name === '10' ? 'ten' : name.replaceAll('_', '');
    const changed = withValue(signed, ['roles'], members([[name, role], ...entriesOf(valueAt(signed, ['roles']))]));
    return accept(
      'root',
      `role-named-${label}`,
      `a fifth role named ${JSON.stringify(name)}`,
      { signed: changed },
      about,
    );
  });
}
