// @ts-check
/** `path_hash_prefixes`: beginnings of the lower-case hex SHA-256 of a path. */
import { digestOf, otherDigest, prefixes } from './bin-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {readonly [name: string, comment: string, prefixes: readonly string[], control?: string]} Row */

/** @type {About} */
const must = {
  section: '4.5',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.5-i', 'A-49', 'A-14'],
  effect: 'honest targets of the delegated role are not found',
};

/** @type {About} */
const denied = {
  ...must,
  attack: 'privilege-escalation',
  effect: 'the delegated role speaks for targets that were not given to it',
};

/** @type {About} */
const decision = { ...must, level: 'decision' };

/** @type {About} */
const deniedDecision = {
  ...denied,
  level: 'decision',
  effect: 'clients differ about which role speaks for a target',
};

const path = 'packages/apple.txt';
const digest = digestOf(path);
const upper = digest.toUpperCase();

/** @type {readonly Row[]} */
const plain = [
  ['prefix-of-1', 'one digit', ['0']],
  ['prefix-of-2', 'two digits', ['0f']],
  ['prefix-of-3', 'an odd number of digits', ['0fa']],
  ['prefix-of-8', 'eight digits', ['0fa52b00']],
  ['prefix-of-63', 'all digits but the last', [digest.slice(0, 63)]],
  ['prefix-of-64', 'the whole digest', [digest]],
  ['prefix-other', 'another digit', ['9'], 'prefix-of-1'],
  ['prefix-other-last', 'the last digit is another', ['0fa52b01'], 'prefix-of-8'],
  [
    'prefix-other-last-of-64',
    'the last digit of the whole digest is another',
    [`${digest.slice(0, 63)}${digest.endsWith('0') ? '1' : '0'}`],
    'prefix-of-64',
  ],
  ['prefix-inside', 'digits from the middle of the digest', [digest.slice(2, 10)], 'prefix-of-8'],
  ['prefix-end', 'the last digits of the digest', [digest.slice(-8)], 'prefix-of-8'],
  ['prefix-second', 'the second of two prefixes', ['9', '0f']],
  [
    'prefix-last-of-many',
    'the last of sixteen prefixes',
    ['10', '20', '30', '40', '50', '60', '70', '80', '90', 'a0', 'b0', 'c0', 'd0', 'e0', 'f0', '0f'],
  ],
  [
    'prefix-none-of-many',
    'none of sixteen prefixes',
    ['10', '20', '30', '40', '50', '60', '70', '80', '90', 'a0', 'b0', 'c0', 'd0', 'e0', 'f0', '0e'],
    'prefix-last-of-many',
  ],
  ['prefix-none', 'no prefixes', [], 'prefix-of-1'],
  ['prefix-sha512', 'a beginning of the SHA-512 of the path', [otherDigest('sha512', path).slice(0, 8)], 'prefix-of-8'],
  ['prefix-sha384', 'a beginning of the SHA-384 of the path', [otherDigest('sha384', path).slice(0, 8)], 'prefix-of-8'],
  [
    'prefix-base64url',
    'a beginning of the digest in base64url',
    [Buffer.from(digest, 'hex').toString('base64url').slice(0, 4)],
    'prefix-of-2',
  ],
  ['prefix-of-path', 'a beginning of the path itself', ['packages'], 'prefix-of-8'],
];

/** @type {readonly Row[]} */
const unusual = [
  ['prefix-upper-case', 'upper case', [upper.slice(0, 2)], 'prefix-of-2'],
  ['prefix-upper-case-64', 'the whole digest in upper case', [upper], 'prefix-of-64'],
  ['prefix-mixed-case', 'one letter in upper case', ['0fA52b'], 'prefix-of-8'],
  ['prefix-empty', 'the empty prefix is a beginning of every digest', ['']],
  ['prefix-empty-and-other', 'the empty prefix behind another', ['9', '']],
  ['prefix-of-65', 'the whole digest and one digit more', [`${digest}0`], 'prefix-of-64'],
  ['prefix-of-128', 'the whole digest twice', [`${digest}${digest}`], 'prefix-of-64'],
  ['prefix-of-1000', 'a prefix of a thousand digits', ['0'.repeat(1000)], 'prefix-of-1'],
  ['prefix-star', 'a star is no pattern here', ['0*'], 'prefix-of-1'],
  ['prefix-star-alone', 'a star alone', ['*'], 'prefix-of-1'],
  ['prefix-question', 'a mark is no pattern here', ['0?'], 'prefix-of-1'],
  ['prefix-class', 'a class is no pattern here', ['[0-9]'], 'prefix-of-1'],
  ['prefix-expression', 'nor is an expression', ['0.'], 'prefix-of-1'],
  ['prefix-0x', 'with 0x before it', ['0x0f'], 'prefix-of-2'],
  ['prefix-leading-space', 'with a space before it', [' 0f'], 'prefix-of-2'],
  ['prefix-trailing-space', 'with a space behind it', ['0f '], 'prefix-of-2'],
  ['prefix-trailing-newline', 'with a newline behind it', ['0f\n'], 'prefix-of-2'],
  ['prefix-trailing-nul', 'with a NUL behind it', ['0f\0'], 'prefix-of-2'],
  ['prefix-fullwidth', 'a fullwidth digit', ['\uff10f'], 'prefix-of-2'],
  ['prefix-no-hex', 'what is no hex', ['0g'], 'prefix-of-1'],
  ['prefix-minus', 'a minus sign', ['-0f'], 'prefix-of-2'],
];

/** What is hashed. @type {readonly (readonly [name: string, comment: string, path: string, prefix: string, control?: string])[]} */
const hashed = [
  ['prefix-path-composed', 'a path with a composed character', '\u00fc.txt', '4feae8e8'],
  ['prefix-path-decomposed', 'the same in decomposed form', 'u\u0308.txt', '481515a5'],
  [
    'prefix-path-normalised',
    'the composed path, and the prefix of the decomposed one',
    '\u00fc.txt',
    '481515a5',
    'prefix-path-decomposed',
  ],
  [
    'prefix-path-normalised-other',
    'the decomposed path, and the prefix of the composed one',
    'u\u0308.txt',
    '4feae8e8',
    'prefix-path-composed',
  ],
  ['prefix-path-percent', 'a percent-encoded path', '%C3%BC.txt', '56a80b66'],
  [
    'prefix-path-encoded',
    'a path, and the prefix of its percent-encoded form',
    '\u00fc.txt',
    '56a80b66',
    'prefix-path-percent',
  ],
  ['prefix-path-astral', 'a path with a character outside the basic plane', '\u{1f600}', 'f0443a34'],
  ['prefix-path-name', 'the prefix of the name without its folder', path, '7269b278', 'prefix-path-name-alone'],
  ['prefix-path-name-alone', 'the name without its folder', 'apple.txt', '7269b278'],
  ['prefix-path-case', 'the prefix of the path in lower case', 'A', 'ca978112', 'prefix-path-case-lower'],
  ['prefix-path-case-lower', 'a path in lower case', 'a', 'ca978112'],
  ['prefix-path-leading-slash', 'a separator at the beginning is not dropped', '/a', '6a50dc85'],
  [
    'prefix-path-leading-slash-dropped',
    'the prefix of the path without it',
    '/a',
    'ca978112',
    'prefix-path-leading-slash',
  ],
  ['prefix-path-trailing-slash', 'a separator at the end is not dropped', 'a/', 'b3dda5b6'],
  ['prefix-path-backslash', 'a backslash is no separator', 'a\\b', 'c62016d0'],
  ['prefix-path-space', 'a space', 'a b', 'c8687a08'],
  ['prefix-path-newline', 'a newline at the end', 'a\n', '87428fc5'],
  ['prefix-path-newline-dropped', 'the prefix of the path without it', 'a\n', 'ca978112', 'prefix-path-newline'],
  ['prefix-path-dot', 'a segment that is a dot is not dropped', './a', 'cb786a9a'],
  ['prefix-path-dot-dropped', 'the prefix of the path without it', './a', 'ca978112', 'prefix-path-dot'],
  ['prefix-path-dot-dot', 'two dots are not resolved', 'b/../a', '0e2a0bee'],
  ['prefix-path-empty', 'the empty path', '', 'e3b0c442'],
];

export function vectors() {
  const table = (/** @type {readonly Row[]} */ rows, /** @type {About} */ yes, /** @type {About} */ no) =>
    rows.map(([name, comment, list, control]) =>
      prefixes(name, comment, path, list, control === undefined ? yes : no, control),
    );
  const what = { rows: ['4.5-i', 'A-15', 'A-49', 'A-60', 'GAP-10'] };
  return [
    ...table(plain, must, denied),
    ...table(unusual, decision, deniedDecision),
    ...hashed.map(([name, comment, hashedPath, prefix, control]) =>
      prefixes(name, comment, hashedPath, [prefix], { ...(control === undefined ? must : denied), ...what }, control),
    ),
  ];
}
