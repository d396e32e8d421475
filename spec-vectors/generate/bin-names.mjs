// @ts-check
/** The names of bins: which bits, how wide the suffix is, and what is hashed. */
import { bin } from './bin-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const bits = {
  section: 'TAP 15',
  level: 'decision',
  attack: 'lock-out',
  rows: ['A-35', 'DLG-09', 'GO-9', 'DLG-04', 'GAP-09'],
  effect: 'another bin is asked: honest targets are not found, or a bin that was given to nobody speaks for them',
};

/** @type {About} */
const hashed = {
  ...bits,
  rows: ['A-15', 'A-35', 'A-49', 'A-60', 'GAP-10'],
  effect: 'the path is changed before it is hashed: another bin is asked, on some platforms alone',
};

/** @type {About} */
const odd = {
  ...bits,
  rows: ['A-35', 'A-39', 'A-41', 'GAP-11'],
  effect: 'the bins of a prefix that nothing forbids cannot be asked, or others are asked in their place',
};

const [apple, a] = ['packages/apple.txt', 'a'];

/** Digests `0fa52b00…` and `ca978112…`. @type {readonly (readonly [bits: number, ofApple: string, ofA: string])[]} */
const lengths = [
  [1, '0', '1'],
  [2, '0', '3'],
  [3, '0', '6'],
  [4, '0', 'c'],
  [5, '01', '19'],
  [7, '07', '65'],
  [8, '0f', 'ca'],
  [9, '01f', '195'],
  [10, '03e', '32a'],
  [14, '03e9', '32a5'],
  [16, '0fa5', 'ca97'],
  [17, '01f4a', '1952f'],
  [20, '0fa52', 'ca978'],
  [31, '07d29580', '654bc089'],
  [32, '0fa52b00', 'ca978112'],
];

/** The first and the last of all bins: the numbers of the first files that they hold. @type {readonly (readonly [bits: number, first: number, last: number])[]} */
const ends = [
  [1, 3, 0],
  [2, 13, 1],
  [4, 13, 21],
  [8, 301, 163],
  [10, 855, 163],
  [14, 33108, 14068],
  [16, 37941, 51374],
];

/** @type {readonly (readonly [name: string, comment: string, path: string, suffix: string])[]} */
const paths = [
  ['path-folder-not-dropped', 'the file in another folder: the whole path is hashed', 'apple.txt', '72'],
  ['path-upper-case', 'upper case', 'A', '55'],
  ['path-composed', 'a composed character', '\u00fc.txt', '4f'],
  ['path-decomposed', 'the same in decomposed form', 'u\u0308.txt', '48'],
  ['path-percent', 'the same percent-encoded: nothing is decoded', '%C3%BC.txt', '56'],
  ['path-astral', 'a character outside the basic plane', '\u{1f600}', 'f0'],
  ['path-angstrom', 'the Angstrom sign', '\u212b', '4f'],
  ['path-ring', 'the letter that it is composed to', '\u00c5', '0a'],
  ['path-folder-non-ascii', 'a folder outside ASCII', 'caf\u00e9/x', '2a'],
  ['path-space', 'a space', 'a b', 'c8'],
  ['path-space-encoded', 'an encoded space', 'a%20b', '71'],
  ['path-leading-slash', 'a separator at the beginning is not dropped', '/a', '6a'],
  ['path-trailing-slash', 'a separator at the end is not dropped', 'a/', 'b3'],
  ['path-empty-segment', 'an empty segment is not dropped', 'a//b', '7a'],
  ['path-backslash', 'a backslash is no separator', 'a\\b', 'c6'],
  ['path-dot', 'a segment that is a dot is not dropped', './a', 'cb'],
  ['path-dot-dot', 'two dots are not resolved', 'b/../a', '0e'],
  ['path-newline', 'a newline at the end is not dropped', 'a\n', '87'],
  ['path-empty', 'the empty path', '', 'e3'],
];

/** @type {readonly (readonly [name: string, comment: string, prefix: string])[]} */
const prefixes = [
  ['name-empty', 'the empty prefix', ''],
  ['name-hyphen', 'a hyphen at the end, and the one before the suffix', 'bin-'],
  ['name-upper-case', 'upper case', 'BINS'],
  ['name-digits', 'digits', '0'],
  ['name-like-bin', 'a prefix that looks like a bin', 'bins-0f'],
  ['name-like-version', 'a prefix that looks like a version', '1.bins'],
  ['name-like-role', 'the name of a top-level role: the name of the bin is another', 'targets'],
  ['name-json', 'an ending of files', 'bins.json'],
  ['name-slash', 'a separator', 'a/bins'],
  ['name-up', 'segments that would go up', '../bins'],
  ['name-leading-slash', 'a separator at the beginning', '/bins'],
  ['name-backslash', 'a backslash', 'a\\bins'],
  ['name-space', 'a space', 'my bins'],
  ['name-percent', 'a percent sign and two digits: nothing is decoded', '%62ins'],
  ['name-question', 'a question mark', 'bins?'],
  ['name-hash', 'a number sign', 'bins#'],
  ['name-star', 'a star is no pattern', 'bins*'],
  ['name-plus', 'a plus', 'bins+'],
  ['name-composed', 'a composed character', 'b\u00efns'],
  ['name-decomposed', 'the same in decomposed form', 'bi\u0308ns'],
  ['name-astral', 'a character outside the basic plane', '\u{1f5d1}'],
  ['name-newline', 'a newline', 'a\nb'],
  ['name-long', 'a prefix of 300 characters', 'b'.repeat(300)],
];

export function vectors() {
  return [
    ...lengths.flatMap(([length, ofApple, ofA]) => [
      bin(`bits-${length}-apple`, `${length} bits, the first of them 0`, { path: apple, bits: length }, ofApple, bits),
      bin(`bits-${length}-a`, `${length} bits, the first of them 1`, { path: a, bits: length }, ofA, bits),
    ]),
    ...ends.flatMap(([length, first, last]) => [end(length, 'first', '0', first), end(length, 'last', 'f', last)]),
    bin(
      'bits-32-zeros',
      '32 bits, of which the first twelve are 0: the suffix is padded with zeros',
      { path: 'file-1649.txt', bits: 32 },
      '000dcc6f',
      bits,
    ),
    bin(
      'bits-20-zeros',
      '20 bits, of which the first twelve are 0',
      { path: 'file-1649.txt', bits: 20 },
      '000dc',
      bits,
    ),
    ...paths.map(([name, comment, path, suffix]) => bin(name, comment, { path, bits: 8 }, suffix, hashed)),
    ...prefixes.map(([name, comment, prefix]) => bin(name, comment, { path: apple, bits: 8, prefix }, '0f', odd)),
  ];
}

/** @param {number} length @param {string} which @param {'0' | 'f'} digit @param {number} number of the file */
function end(length, which, digit, number) {
  const top = digit === '0' ? '0' : ((1 << (length % 4 || 4)) - 1).toString(16);
  const suffix = `${top}${digit.repeat(Math.ceil(length / 4) - 1)}`;
  const question = { path: `file-${number}.txt`, bits: length };
  return bin(`bits-${length}-${which}`, `${length} bits, the ${which} bin`, question, suffix, bits);
}
