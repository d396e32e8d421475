// @ts-check
/** The listed target files of top-level and delegated targets: path, length, hashes and custom. */
import { createHash } from 'node:crypto';
import { honest, targetFile, targetFiles } from './documents.mjs';
import { accept, allBut, badCounts, hugeCounts, reject, sweep, sweepNumbers, withSigned } from './reading-vector.mjs';
import { members, raw, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const shape = {
  section: '4.5',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.5-c', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const length = {
  ...shape,
  attack: 'endless-data',
  rows: ['4.5-c', 'A-32', 'A-66', 'JSON-01', 'JSON-06'],
  effect: 'a length that is no count limits nothing: a mirror can send data without end',
};

/** @type {About} */
const hashes = {
  ...shape,
  attack: 'arbitrary-software',
  rows: ['4.5-c', 'A-11', 'A-32', 'HASH-02', 'GO-13', 'J11', 'GAP-14'],
  effect: 'a digest that is none is skipped: any content of the listed length is accepted as the target',
  peers: ['tuf-js 5.0.1 accepts a target without a digest'],
};

/** @type {About} */
const custom = {
  ...shape,
  level: 'decision',
  attack: 'type-confusion',
  rows: ['4.5-d', 'A-28', 'A-32', 'JSON-01'],
  effect: 'the application gets a value of a type that it does not expect, chosen by whoever signs the target',
};

/** @type {About} */
const fine = { ...shape, attack: 'lock-out', rows: ['4.5-a', '4.5-c', '4.5-d'], effect: 'honest metadata is refused' };

/** @type {About} */
const paths = {
  ...fine,
  level: 'decision',
  rows: ['4.5-b', 'A-15', 'GAP-10', 'GAP-11'],
  effect:
    'one odd path makes the whole file unreadable, and with it every other target of the role; which paths can be downloaded is decided later',
};

/** @type {About} */
const names = {
  ...fine,
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-67', 'A-60', 'A-15'],
  effect:
    'a path that is a name of the programming language is looked up in the wrong place: a target is found that nobody listed',
  peers: ['tuf-js 5.0.1 finds a target named constructor in every file'],
};

/** The document and a target that it lists. */
const places = /** @type {const} */ ([
  { role: 'targets', listed: 'hello.txt' },
  { role: 'delegated', listed: 'packages/apple.txt' },
]);

/** @typedef {(typeof places)[number]} Place */

export function vectors() {
  return [
    ...places.flatMap((place) => [...faults(place), ...accepted(place)]),
    ...digests(),
    ...goodDigests(),
    ...customs(),
    ...oddPaths(),
  ];
}

/** @param {Place} place */
function faults({ role, listed }) {
  const at = (/** @type {string[]} */ ...steps) => ['targets', listed, ...steps];
  const other = { ...targetFile(listed), length: 7 };
  return [
    ...sweep(role, 'targets', ['targets'], allBut('object'), shape),
    ...sweep(role, 'target', at(), allBut('missing'), shape),
    ...sweep(role, 'target-length', at('length'), allBut('zero'), length),
    ...sweepNumbers(role, 'target-length', at('length'), { ...badCounts, ...hugeCounts }, length),
    ...sweep(role, 'target-hashes', at('hashes'), allBut(), hashes),
    ...sweep(role, 'target-custom', at('custom'), allBut('missing', 'object'), custom),
    reject(
      role,
      'target-duplicate',
      'one path twice',
      withSigned(
        role,
        ['targets'],
        members([
          [listed, other],
          [listed, targetFile(listed)],
        ]),
      ),
      {
        ...shape,
        level: 'decision',
        attack: 'parser-differential',
        rows: ['A-46', 'JSON-05', 'PY-16', 'J16'],
        effect: 'one reader takes the first file for the target and another the last',
      },
    ),
  ];
}

/** @param {Place} place */
function accepted({ role, listed }) {
  const note = { ...fine, rows: ['4-a'] };
  return [
    accept(role, 'no-targets', 'no target at all', withSigned(role, ['targets'], {}), fine),
    accept(
      role,
      'target-length-zero',
      'an empty target file',
      withSigned(role, ['targets', 'empty'], { hashes: { sha256: createHash('sha256').digest('hex') }, length: 0 }),
      { ...fine, rows: ['A-11'] },
    ),
    accept(
      role,
      'target-length-largest',
      'a length of 2^53 - 1',
      withSigned(role, ['targets', listed, 'length'], Number.MAX_SAFE_INTEGER),
      fine,
    ),
    accept(
      role,
      'target-member',
      'an unrecognised member in a target',
      withSigned(role, ['targets', listed, 'x-note'], [null]),
      note,
    ),
    ...(role === 'targets'
      ? [
          accept(
            role,
            'member',
            'an unrecognised member in signed',
            withSigned(role, ['x-note'], { b: [1], a: null }),
            note,
          ),
        ]
      : []),
  ];
}

/** The BLAKE2b-256 digest of hello.txt; node:crypto has BLAKE2b at 512 bits only. */
const helloBlake2b = '93becc6e9882211c3ec3708c95bcd69baab7bb59c7f4bc84ce637b88a534b783';

function digests() {
  const content = targetFiles['hello.txt'];
  const of = (/** @type {string} */ algorithm) => createHash(algorithm).update(content).digest('hex');
  const path = ['targets', 'hello.txt', 'hashes'];
  const refused = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {Tree} */ value) =>
    reject('targets', `target-${label}`, comment, withSigned('targets', path, value), { ...hashes, level: 'decision' });
  return [
    ...sweep('targets', 'target-sha256', [...path, 'sha256'], allBut('missing'), hashes),
    refused('sha256-odd', 'a digest with an odd number of hex digits', { sha256: of('sha256').slice(1) }),
    refused('sha256-short', 'a digest of 31 bytes', { sha256: of('sha256').slice(2) }),
    refused('sha256-long', 'a digest of 33 bytes', { sha256: `${of('sha256')}00` }),
    refused('sha256-not-hex', 'a digest with a letter that is no hex digit', { sha256: `g${of('sha256').slice(1)}` }),
    refused('sha384-short', 'a sha384 digest of 32 bytes', { sha384: of('sha256') }),
    refused('sha512-short', 'a sha512 digest of 32 bytes', { sha512: of('sha256') }),
    refused('blake2b-256-long', 'a blake2b-256 digest of 64 bytes', { 'blake2b-256': of('blake2b512') }),
    refused('sha512-empty-beside', 'a good sha256 digest, and an empty sha512 digest', {
      sha256: of('sha256'),
      sha512: '',
    }),
    reject(
      'targets',
      'target-unknown-digest-null',
      'a good sha256 digest, and null for an unknown algorithm',
      withSigned('targets', path, { sha256: of('sha256'), 'x-future': null }),
      hashes,
    ),
  ];
}

function goodDigests() {
  const content = targetFiles['hello.txt'];
  const of = (/** @type {string} */ algorithm) => createHash(algorithm).update(content).digest('hex');
  const read = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {Tree} */ value,
    rows = ['A-12', '458-i', 'HASH-01', 'GAP-14'],
  ) => {
    const changes = withSigned('targets', ['targets', 'hello.txt', 'hashes'], value);
    return accept('targets', `target-${label}`, comment, changes, { ...fine, level: 'decision', rows });
  };
  return [
    read('sha256-upper-case', 'a digest in upper-case hex', { sha256: of('sha256').toUpperCase() }, ['A-13', 'GAP-14']),
    read('sha256-mixed-case', 'a digest in mixed case', { sha256: of('sha256').replaceAll('a', 'A') }, [
      'A-13',
      'GAP-14',
    ]),
    read('three-hashes', 'sha256, sha384 and sha512', {
      sha256: of('sha256'),
      sha384: of('sha384'),
      sha512: of('sha512'),
    }),
    read('sha512-only', 'a sha512 digest alone', { sha512: of('sha512') }),
    read('blake2b-256-only', 'a blake2b-256 digest alone', { 'blake2b-256': helloBlake2b }),
    read('hashes-unknown-beside', 'a known digest, and one of an unknown algorithm that is no hex', {
      sha256: of('sha256'),
      'x-future': '?',
    }),
    read('hashes-unknown-only', 'an unknown digest alone: read, and never sufficient', { 'x-future': 'ab' }),
    read('hashes-md5-only', 'an md5 digest alone: read, and never sufficient', { md5: of('md5') }),
    read(
      'hashes-named-proto',
      'a known digest, and unknown ones named __proto__ and constructor',
      members([
        ['__proto__', 'ab'],
        ['constructor', 'cd'],
        ['sha256', of('sha256')],
      ]),
      ['A-67', 'A-12'],
    ),
  ];
}

function customs() {
  const path = ['targets', 'hello.txt', 'custom'];
  const read = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {Tree} */ value,
    rows = ['4.5-d', 'A-28'],
  ) => accept('targets', `target-custom-${label}`, comment, withSigned('targets', path, value), { ...fine, rows });
  return [
    read('object', 'an empty custom', {}),
    read(
      'nested',
      'a custom with values of every type',
      { text: 'é \u{1f600}', list: [1, -1, null, true], object: { a: {} } },
      ['4.5-d', 'A-28', 'JSON-07'],
    ),
    read('escapes', 'a custom with control characters, a quotation mark and a backslash', { text: 'a\tb\nc\0d"e\\f' }, [
      '4.5-d',
      'A-01',
      'JSON-07',
      'GAP-12',
    ]),
    read(
      'names',
      'a custom with names whose order differs between code points and UTF-16',
      { '\ue000': 1, '\u{1f600}': 2, 'foo!': 3, 'foo bar': 4, foo: 5 },
      ['A-01', 'J15', 'GAP-12'],
    ),
    read('largest-number', 'a custom with 2^53 - 1', { n: [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER] }, [
      'A-66',
    ]),
    reject(
      'targets',
      'target-custom-list',
      'custom is an array with an object in it',
      withSigned('targets', path, [{}]),
      custom,
    ),
    reject('targets', 'target-custom-words', 'custom is text', withSigned('targets', path, 'version 1'), custom),
  ];
}

function oddPaths() {
  /** Several targets at once, in this order. */
  const listing = (/** @type {string[]} */ listed) =>
    withValue(
      honest.targets(),
      ['targets'],
      members(listed.map((path) => /** @type {const} */ ([path, targetFile('hello.txt')]))),
    );
  const read = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string[]} */ listed,
    about = paths,
  ) => accept('targets', `target-path-${label}`, comment, { signed: listing(listed) }, about);
  const spelled = members([[raw('"\\u0068ello.txt"', '"hello.txt"', 'hello.txt'), targetFile('hello.txt')]]);
  return [
    read('empty', 'the empty path', ['', 'hello.txt']),
    read('absolute', 'a path that begins with a slash', ['/hello.txt', 'hello.txt']),
    read('dots', 'paths with dot segments', ['../hello.txt', './hello.txt', 'a/../hello.txt', 'hello.txt']),
    read('slashes', 'paths with two slashes and a slash at the end', ['a//b', 'a/', 'a/b']),
    read('backslash', 'paths with a backslash and a drive letter', ['a\\b', 'C:\\a', 'a/b']),
    read('nul', 'a path with a NUL', ['a\0b', 'ab']),
    read('percent', 'paths that are equal after percent-decoding', ['a%2Fb', 'a%2fb', 'a/b']),
    read('case', 'paths that differ in case only', ['Hello.txt', 'hello.txt']),
    read('composed', 'paths that are equal after normalisation', ['\u00e9.txt', 'e\u0301.txt'], {
      ...paths,
      rows: ['A-15', 'A-60', 'GAP-12'],
      peers: ['tough 0.19 normalises to NFC'],
    }),
    read('long', 'a path of 4096 characters', ['a/'.repeat(2047) + 'bc']),
    read(
      'proto',
      'targets named __proto__, constructor and toString',
      ['__proto__', 'constructor', 'toString', 'hello.txt'],
      names,
    ),
    read(
      'integer-like',
      'targets whose paths look like numbers, in an order that is not theirs',
      ['10', '2', 'b', '1'],
      names,
    ),
    accept(
      'targets',
      'target-path-escaped',
      'a path spelled with an escape',
      withSigned('targets', ['targets'], spelled),
      names,
    ),
  ];
}
