// @ts-check
/** The fields that every document has: `_type`, `spec_version` and `version`. (`expires` has its own file.) */
import { honest } from './documents.mjs';
import {
  accept,
  allBut,
  badCounts,
  hugeCounts,
  reject,
  roles,
  sweep,
  sweepNumbers,
  withSigned,
} from './reading-vector.mjs';

/** @typedef {import('./documents.mjs').Role} Role */
/** @typedef {import('./vector.mjs').About} About */

/** The section that describes the document of a role. @type {Record<Role, string>} */
export const sections = { root: '4.3', timestamp: '4.6', snapshot: '4.4', targets: '4.5', delegated: '4.5' };

/** @param {Role} role @returns {About} */
const plain = (role) => ({
  section: sections[role],
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.1-a', 'GAP-17'],
  effect: 'honest metadata is refused: a reader that refuses everything would pass every other vector',
});

/** @param {Role} role @returns {About} */
const type = (role) => ({
  section: sections[role],
  level: 'MUST',
  attack: 'type-confusion',
  rows: ['4.2.1-a', '4.3-a', '4.5-p', 'A-23', 'JSON-01', 'JSON-08', 'GO-16', 'GAP-13'],
  effect:
    'a document that was signed for one role is taken for another: where roles share a key, the lesser one speaks for the greater',
});

/** @param {Role} role @returns {About} */
const specVersion = (role) => ({
  section: sections[role],
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.3-b', 'A-31', 'A-32', 'JSON-01', 'GAP-13'],
  effect: 'a document of an incompatible format is read by the rules of this one: its checks may mean something else',
});

/** @param {Role} role @returns {About} */
const version = (role) => ({
  section: sections[role],
  level: 'MUST',
  attack: 'rollback',
  rows: ['4.3-d', 'A-21', 'A-32', 'A-66', 'JSON-01', 'JSON-06', 'PY-12', 'B16', 'GAP-13'],
  effect:
    'a version that does not compare like an integer switches the rollback check off, or crashes the reader (CVE-2026-23991)',
  peers: ['python-tuf 5.1.0 reads 1.0 and true as 1, and takes versions above 2^53 - 1'],
});

export function vectors() {
  return roles.flatMap((role) => [...types(role), ...specVersions(role), ...versions(role)]).concat(manySpecVersions());
}

/** @param {Role} role */
function types(role) {
  const about = type(role);
  const right = String(honest[role]()['_type']);
  const wrong = (/** @type {string} */ name, /** @type {string} */ comment, /** @type {string} */ text) =>
    reject(role, `type-${name}`, comment, withSigned(role, ['_type'], text), about, { reason: 'wrong-type' });
  return [
    accept(role, 'plain', 'the honest document', {}, plain(role)),
    ...sweep(role, 'type', ['_type'], allBut('text'), about),
    wrong('text', '/signed/_type is the empty string', ''),
    wrong('capital', `/signed/_type begins with a capital letter`, right.charAt(0).toUpperCase() + right.slice(1)),
    wrong('space', '/signed/_type ends with a space', `${right} `),
    wrong('unknown', '/signed/_type is the name of no role', 'mirror'),
    wrong(
      'other-role',
      '/signed/_type is another role; everything else is right',
      right === 'snapshot' ? 'timestamp' : 'snapshot',
    ),
    ...(role === 'delegated' ? [wrong('own-name', '/signed/_type is the name of the delegated role', 'packages')] : []),
    ...otherDocuments(role, about),
  ];
}

/** A whole honest document of another role, signed by the keys of this one. @param {Role} role @param {About} about */
function otherDocuments(role, about) {
  /** @type {Record<Role, Role>} */
  const other = { root: 'snapshot', timestamp: 'snapshot', snapshot: 'targets', targets: 'root', delegated: 'root' };
  const from = other[role];
  const article = from === 'targets' ? 'targets' : `a ${from}`;
  const options = /** @type {const} */ ({ reason: 'wrong-type' });
  const changes = { signed: honest[from]() };
  return [
    reject(
      role,
      `is-${from}`,
      `a whole document of ${article}, signed by the keys of this role`,
      changes,
      about,
      options,
    ),
  ];
}

/** @param {Role} role */
function specVersions(role) {
  const about = specVersion(role);
  return [
    ...sweep(role, 'spec-version', ['spec_version'], allBut('text'), about),
    refusedSpecVersion(role, 'text', 'is the empty string', ''),
    refusedSpecVersion(role, 'major-2', 'is 2.0.0', '2.0.0'),
    acceptedSpecVersion(role, 'two-parts', '1.0, as Sigstore writes it', '1.0'),
  ];
}

/** The forms of A-31, on the root. */
function manySpecVersions() {
  return [
    acceptedSpecVersion('root', 'later-minor', 'a later minor release', '1.99.0'),
    acceptedSpecVersion('root', 'long-parts', 'parts of several digits', '1.123.45678'),
    refusedSpecVersion('root', 'major-0', 'is 0.9.0', '0.9.0'),
    refusedSpecVersion('root', 'major-10', 'is 10.0.0', '10.0.0'),
    refusedSpecVersion('root', 'one-part', 'has one part', '1'),
    refusedSpecVersion('root', 'four-parts', 'has four parts', '1.0.34.1'),
    refusedSpecVersion('root', 'letter', 'has a letter for a part', '1.0.x'),
    refusedSpecVersion('root', 'empty-part', 'has an empty part', '1..0'),
    refusedSpecVersion('root', 'point-last', 'ends with a point', '1.0.'),
    refusedSpecVersion('root', 'point-first', 'begins with a point', '.1.0'),
    refusedSpecVersion('root', 'pre-release', 'is a pre-release', '1.0.34-beta', 'decision'),
    refusedSpecVersion('root', 'build', 'has build metadata', '1.0.34+1', 'decision'),
    refusedSpecVersion('root', 'v', 'begins with the letter v', 'v1.0.34'),
    refusedSpecVersion('root', 'space', 'begins with a space', ' 1.0.34'),
    refusedSpecVersion(
      'root',
      'newline',
      'ends with a newline, which the $ of some regular expressions passes over',
      '1.0.34\n',
    ),
    refusedSpecVersion('root', 'leading-zero', 'has a zero before the major version', '01.0.34'),
    refusedSpecVersion('root', 'negative-part', 'has a negative part', '1.-1.0'),
    refusedSpecVersion('root', 'fullwidth', 'has a fullwidth digit', '1.\uff10'),
    refusedSpecVersion('root', 'comma', 'has a comma for a point', '1,0'),
  ];
}

/** @param {Role} role @param {string} name @param {string} words @param {string} text @param {About['level']} [level] `decision` where semver has such versions: which of them match is left to the client */
function refusedSpecVersion(role, name, words, text, level = 'MUST') {
  const changes = withSigned(role, ['spec_version'], text);
  const about = { ...specVersion(role), level };
  return reject(role, `spec-version-${name}`, `/signed/spec_version ${words}`, changes, about, {
    reason: 'spec-version',
  });
}

/** @param {Role} role @param {string} name @param {string} words @param {string} text */
function acceptedSpecVersion(role, name, words, text) {
  const about = { ...specVersion(role), attack: 'lock-out', effect: 'honest metadata of the same format is refused' };
  return accept(
    role,
    `spec-version-${name}`,
    `/signed/spec_version is ${words}`,
    withSigned(role, ['spec_version'], text),
    about,
  );
}

/** @param {Role} role */
function versions(role) {
  const about = version(role);
  const fine = {
    ...about,
    level: /** @type {const} */ ('decision'),
    attack: 'lock-out',
    effect: 'the largest version that all readers agree on is refused',
    peers: undefined,
  };
  return [
    ...sweep(role, 'version', ['version'], allBut(), about),
    ...sweepNumbers(role, 'version', ['version'], { ...badCounts, ...hugeCounts }, about),
    accept(
      role,
      'version-largest',
      '/signed/version is 2^53 - 1',
      withSigned(role, ['version'], Number.MAX_SAFE_INTEGER),
      fine,
    ),
  ];
}
