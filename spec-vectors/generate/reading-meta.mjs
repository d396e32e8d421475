// @ts-check
/** The listed files of timestamp and snapshot: METAPATH, version, length and hashes. */
import { createHash } from 'node:crypto';
import { honest, signedDocument } from './documents.mjs';
import { accept, allBut, badCounts, hugeCounts, reject, sweep, sweepNumbers, withSigned } from './reading-vector.mjs';
import { entriesOf, members, valueAt, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** The document, the file it lists, and the honest bytes of that file. */
const places = /** @type {const} */ ([
  { role: 'timestamp', section: '4.6', listed: 'snapshot.json', from: 'snapshot' },
  { role: 'snapshot', section: '4.4', listed: 'targets.json', from: 'targets' },
]);

/** @typedef {(typeof places)[number]} Place */

/** @param {Place} place @returns {About} */
const shape = ({ section }) => ({
  section,
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.4-d', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
});

/** @param {Place} place @returns {About} */
const version = (place) => ({
  ...shape(place),
  attack: 'mix-and-match',
  rows: ['4.4-d', 'A-21', 'A-66', 'JSON-01', 'JSON-06', 'PY-12'],
  effect:
    'a listed version that does not compare like an integer matches files that it should not, or hides a rollback',
});

/** @param {Place} place @returns {About} */
const length = (place) => ({
  ...shape(place),
  attack: 'endless-data',
  rows: ['4.4-e', 'A-32', 'A-66', 'JSON-01'],
  effect: 'a length that is no count limits nothing: a mirror can send data without end',
});

/** @param {Place} place @returns {About} */
const hashes = (place) => ({
  ...shape(place),
  attack: 'mix-and-match',
  rows: ['4.4-f', '4.4-g', 'A-11', 'A-32', 'HASH-02', 'GO-13', 'J11', 'GAP-14'],
  effect: 'a digest that is none is skipped or compared as text: another file can take the place of the listed one',
});

/** @param {Place} place @returns {About} */
const optional = (place) => ({
  ...shape(place),
  attack: 'lock-out',
  rows: ['4.4-b', '4.4-e', '4.4-f', 'A-12', 'A-13', 'A-24', 'GAP-14'],
  effect: 'honest metadata is refused',
});

export function vectors() {
  return [
    ...places.flatMap((place) => [...faults(place), ...digests(place), ...accepted(place)]),
    ...names(),
    ...extraFile(),
  ];
}

/** @param {Place} place */
function faults(place) {
  const { role, listed } = place;
  const at = (/** @type {string[]} */ ...steps) => ['meta', listed, ...steps];
  const twice = members([[listed, { version: 2 }], ...entriesOf(valueAt(honest[role](), ['meta']))]);
  return [
    ...sweep(role, 'meta', ['meta'], allBut('object'), shape(place)),
    ...sweep(role, 'meta-file', at(), allBut('missing'), shape(place)),
    ...sweep(role, 'meta-version', at('version'), allBut(), version(place)),
    ...sweepNumbers(role, 'meta-version', at('version'), { ...badCounts, ...hugeCounts }, version(place)),
    ...sweep(role, 'meta-length', at('length'), allBut('missing', 'zero'), length(place)),
    ...sweepNumbers(role, 'meta-length', at('length'), badCounts, length(place)),
    ...sweep(role, 'meta-hashes', at('hashes'), allBut('missing'), hashes(place)),
    reject(role, 'meta-file-duplicate', 'one file twice with two versions', withSigned(role, ['meta'], twice), {
      ...version(place),
      level: 'decision',
      attack: 'parser-differential',
      rows: ['A-46', 'JSON-05', 'PY-16', 'J16'],
      effect: 'one reader takes the first version and another the last',
    }),
  ];
}

/** The hex digest of the honest bytes of the listed file. @param {Place} place @param {string} algorithm */
function digestOf({ from }, algorithm) {
  return createHash(algorithm).update(signedDocument(from).bytes).digest('hex');
}

/** Digests of known algorithms that are none. @param {Place} place */
function digests(place) {
  const { role, listed } = place;
  const path = ['meta', listed, 'hashes', 'sha256'];
  const good = digestOf(place, 'sha256');
  const listedAs = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {string} */ text) =>
    reject(role, `meta-sha256-${label}`, comment, withSigned(role, path, text), {
      ...hashes(place),
      level: 'decision',
    });
  return [
    ...sweep(role, 'meta-sha256', path, allBut('missing'), hashes(place)),
    listedAs('odd', 'a digest with an odd number of hex digits', good.slice(1)),
    listedAs('short', 'a digest of 31 bytes', good.slice(2)),
    listedAs('long', 'a digest of 33 bytes', `${good}00`),
    listedAs('of-sha512', 'the digest of another algorithm', digestOf(place, 'sha512')),
    listedAs('not-hex', 'a digest with a letter that is no hex digit', `g${good.slice(1)}`),
    listedAs('prefix', 'a digest behind 0x', `0x${good.slice(2)}`),
    listedAs('space', 'a digest with a space behind it', `${good} `),
    listedAs('base64', 'a digest in base64', Buffer.from(good, 'hex').toString('base64')),
    reject(
      role,
      'meta-sha512-short',
      'a good sha256 digest, and a sha512 digest of 32 bytes',
      withSigned(role, ['meta', listed, 'hashes'], { sha256: good, sha512: good }),
      { ...hashes(place), level: 'decision' },
    ),
  ];
}

/** @param {Place} place */
function accepted(place) {
  const { role, listed, from } = place;
  const about = optional(place);
  const file = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {Tree} */ value,
    /** @type {Partial<About>} */ changes = {},
  ) => accept(role, `meta-${label}`, comment, withSigned(role, ['meta', listed], value), { ...about, ...changes });
  const bytes = signedDocument(from).bytes.length;
  const sha256 = digestOf(place, 'sha256');
  return [
    ...unknownDigests(place),
    file('length', 'a listed length', { length: bytes, version: 1 }),
    file(
      'length-zero',
      'a listed length of 0: read, and no file fits it',
      { length: 0, version: 1 },
      {
        rows: ['4.4-e', 'A-11'],
        effect: 'zero is dropped or taken for no length: the signatures fail, or the limit is lost',
      },
    ),
    file('length-largest', 'a listed length of 2^53 - 1: read; what is downloaded has its own limit', {
      length: Number.MAX_SAFE_INTEGER,
      version: 1,
    }),
    file('length-and-hashes', 'length and two hashes', {
      hashes: { sha256, sha512: digestOf(place, 'sha512') },
      length: bytes,
      version: 1,
    }),
    file('hashes-sha384', 'a sha384 digest alone', { hashes: { sha384: digestOf(place, 'sha384') }, version: 1 }),
    file(
      'hashes-upper-case',
      'a digest in upper-case hex',
      { hashes: { sha256: sha256.toUpperCase() }, version: 1 },
      { level: 'decision', rows: ['A-13', 'GAP-14'] },
    ),
    file('file-member', 'an unrecognised member in a listed file', { version: 1, 'x-note': null }, { rows: ['4-a'] }),
    accept(role, 'member', 'an unrecognised member in signed', withSigned(role, ['x-note'], { b: [1], a: null }), {
      ...about,
      rows: ['4-a'],
    }),
    accept(
      role,
      'meta-version-largest',
      'a listed version of 2^53 - 1',
      withSigned(role, ['meta', listed, 'version'], Number.MAX_SAFE_INTEGER),
      { ...about, level: 'decision', rows: ['A-21'] },
    ),
  ];
}

/** Digests of algorithms that do not count, alone and beside one that does. @param {Place} place */
function unknownDigests(place) {
  const { role, listed } = place;
  const about = { ...optional(place), level: /** @type {const} */ ('decision') };
  const sha256 = digestOf(place, 'sha256');
  /** @type {readonly (readonly [string, string, { [algorithm: string]: string }, string[]])[]} */
  const rows = [
    ['unknown-beside', 'a known digest, and one that is no hex', { sha256, 'x-future': '?' }, ['A-12', '458-i']],
    ['md5-beside', 'a known digest, and one of md5, which counts as unknown', { md5: 'no hex', sha256 }, ['A-12']],
    ['unknown-only', 'an unknown digest alone: read, and never sufficient', { 'x-future': '' }, ['A-12', 'HASH-01']],
  ];
  return rows.map(([label, comment, hashes, said]) => {
    const changes = withSigned(role, ['meta', listed], { hashes, version: 1 });
    return accept(role, `meta-hashes-${label}`, comment, changes, { ...about, rows: [...said, 'GAP-14'] });
  });
}

function names() {
  const [, snapshot] = places;
  const about = optional(snapshot);
  const others = { ...about, level: /** @type {const} */ ('decision'), rows: ['A-26', 'A-41', 'GAP-05'] };
  const odd = {
    ...others,
    attack: 'parser-differential',
    rows: ['A-67'],
    effect:
      'a file that is a name of the programming language is looked up in the wrong place, or the others are reordered',
  };
  const more = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string[]} */ paths,
    /** @type {About} */ said,
  ) => {
    const meta = entriesOf(valueAt(honest.snapshot(), ['meta']));
    const listed = members([...paths.map((path) => /** @type {const} */ ([path, { version: 3 }])), ...meta]);
    return accept(
      'snapshot',
      `meta-${label}`,
      comment,
      { signed: withValue(honest.snapshot(), ['meta'], listed) },
      said,
    );
  };
  return [
    more('root-listed', 'root.json among the listed files, as old repositories have it', ['root.json'], others),
    more(
      'other-files',
      'listed files that are no targets metadata, as Sigstore has them',
      ['rekor.json', 'revocation.list'],
      others,
    ),
    more(
      'odd-paths',
      'listed files with a slash, dots, a percent sign and no name',
      ['a/b.json', '../c.json', '%2e.json', '', 'é.json'],
      others,
    ),
    more(
      'named-proto',
      'listed files named __proto__ and constructor',
      ['__proto__', 'constructor', '__proto__.json'],
      odd,
    ),
    more('integer-like', 'listed files whose names look like numbers', ['10', '2', '10.json'], odd),
  ];
}

function extraFile() {
  return [
    accept(
      'timestamp',
      'meta-extra-file',
      'a second listed file beside snapshot.json, which the timestamp should not have',
      withSigned('timestamp', ['meta', 'other.json'], { version: 1 }),
      {
        ...optional(places[0]),
        level: 'decision',
        rows: ['4.6-a', 'A-25', 'J3', 'GAP-04'],
        effect:
          'the entry is lost before the signatures are verified, so honest metadata is refused; or an unsigned one can be added',
        peers: ['tuf-js 5.0.1 drops the entry'],
      },
      { strict: false },
    ),
  ];
}
