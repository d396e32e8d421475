// @ts-check
/** Classes: `[ab]`, ranges, complements, brackets in them, and what is malformed. */
import { table } from './pattern-vector.mjs';

/** @typedef {import('./pattern-vector.mjs').Row} Row */
/** @typedef {import('./pattern-vector.mjs').Shared} Shared */

/** @type {Shared} */
const glob = {
  level: 'decision',
  rows: ['4.5-k', 'A-47', 'DLG-06', 'GAP-10', 'XC-2'],
  matched: 'honest targets of the delegated role are not found',
  differs: 'the delegated role speaks for targets that were not given to it',
};

/** @type {readonly Row[]} */
const members = [
  ['class-first', 'the first member of a class', '[ab]', 'a'],
  ['class-second', 'the second member of a class', '[ab]', 'b'],
  ['class-other', 'no member of the class', '[ab]', 'c', 'class-first'],
  ['class-one-character', 'a class stands for one character', '[ab]', 'ab', 'class-first'],
  ['class-not-none', 'a class does not stand for nothing', 'x[ab]', 'x', 'class-last'],
  ['class-last', 'a class at the end', 'x[ab]', 'xa'],
  ['class-spelled', 'the characters of the class as they stand', '[ab]', '[ab]', 'class-first'],
  ['class-between', 'a class between other characters', 'v[12].tgz', 'v2.tgz'],
  ['class-two', 'two classes', '[ab][cd]', 'bc'],
  ['class-two-other', 'two classes the wrong way round', '[ab][cd]', 'cb', 'class-two'],
  ['class-star', 'a star is a member like any other', '[*?]', '*'],
  ['class-star-none', 'a star in a class stands for itself alone', '[*?]', 'x', 'class-star'],
  ['class-question', 'a mark is a member like any other', '[*?]', '?'],
  ['class-open', 'an opening bracket as a member', '[[]', '['],
  ['class-backslash', 'a backslash as a member', '[\\]', '\\'],
  ['class-backslash-bracket', 'a backslash does not escape the closing bracket', '[\\]]', '\\]'],
  ['class-backslash-not-escape', 'the escaped bracket alone', '[\\]]', ']', 'class-backslash-bracket'],
  ['class-twice', 'a member that is listed twice', '[aa]', 'a'],
  ['class-dot', 'a dot is a member like any other, also at the beginning', '[.]x', '.x'],
  ['class-space', 'a space as a member', 'a[ ]b', 'a b'],
];

/** @type {readonly Row[]} */
const ranges = [
  ['range-low', 'the lower end of a range', '[b-d]', 'b'],
  ['range-inside', 'inside a range', '[b-d]', 'c'],
  ['range-high', 'the upper end of a range', '[b-d]', 'd'],
  ['range-below', 'below a range', '[b-d]', 'a', 'range-low'],
  ['range-above', 'above a range', '[b-d]', 'e', 'range-high'],
  ['range-hyphen-no-member', 'the hyphen of a range', '[b-d]', '-', 'range-low'],
  ['range-of-one', 'both ends are equal', '[c-c]', 'c'],
  ['range-two', 'two ranges', '[a-c0-9]', '7'],
  ['range-and-member', 'a range and a member', '[a-c_]', '_'],
  ['range-digits', 'a range and a star', 'release[0-9]*', 'release10'],
  ['range-then-hyphen', 'a hyphen behind a range is a member', '[a-c-e]', '-'],
  ['range-then-end', 'the character behind that hyphen is a member', '[a-c-e]', 'e'],
  ['range-not-chained', 'what stands between range and member', '[a-c-e]', 'd', 'range-then-end'],
  ['range-across-case', 'a range from upper to lower case holds what stands between', '[Z-a]', '_'],
  ['hyphen-last', 'a hyphen at the end is a member', '[a-]', '-'],
  ['hyphen-first', 'a hyphen at the beginning is a member', '[-a]', '-'],
  ['hyphen-alone', 'a hyphen alone', '[-]', '-'],
  ['hyphen-low', 'a hyphen as the lower end of a range', '[--0]', '.'],
  ['hyphen-high', 'a hyphen as the upper end of a range', '[+--]', ','],
  ['hyphen-complement', 'a hyphen first in a complement', '[!-a]', '-', 'hyphen-complement-other'],
  ['hyphen-complement-other', 'another character', '[!-a]', 'b'],
];

/** @type {readonly Row[]} */
const complements = [
  ['complement-member', 'a member of a complement', '[!a]', 'a', 'complement-other'],
  ['complement-other', 'another character', '[!a]', 'b'],
  ['complement-mark', 'the exclamation mark itself', '[!a]', '!'],
  ['complement-none', 'a complement does not stand for nothing', 'x[!a]', 'x', 'complement-last'],
  ['complement-last', 'a complement at the end', 'x[!a]', 'xb'],
  ['complement-two', 'a complement does not stand for two characters', '[!a]', 'bc', 'complement-other'],
  ['complement-range', 'a range in a complement', '[!a-c]', 'd'],
  ['complement-range-member', 'inside that range', '[!a-c]', 'b', 'complement-range'],
  ['complement-twice', 'a second mark is a member', '[!!]', '!', 'complement-twice-other'],
  ['complement-twice-other', 'another character', '[!!]', 'a'],
  ['mark-not-first', 'a mark that is not first is a member', '[a!]', '!'],
  ['caret-member', 'a caret is a member, not a complement', '[^a]', 'a'],
  ['caret-itself', 'the caret itself', '[^a]', '^'],
  ['caret-other', 'no member of the class with a caret', '[^a]', 'b', 'caret-member'],
  ['caret-complement', 'a caret in a complement', '[!^]', '^', 'caret-complement-other'],
  ['caret-complement-other', 'another character', '[!^]', 'a'],
  ['complement-dot', 'a complement stands for a leading dot', '[!a]hidden', '.hidden'],
];

/** @type {readonly Row[]} */
const brackets = [
  ['bracket-first', 'a closing bracket that comes first is a member', '[]]', ']'],
  ['bracket-first-more', 'a closing bracket first, and another member', '[]a]', 'a'],
  ['bracket-first-itself', 'a closing bracket first, itself', '[]a]', ']'],
  ['bracket-first-other', 'no member of that class', '[]a]', 'b', 'bracket-first-more'],
  ['bracket-range', 'a range from the closing bracket', '[]-a]', '_'],
  ['bracket-complement', 'a closing bracket first in a complement', '[!]]', ']', 'bracket-complement-other'],
  ['bracket-complement-other', 'another character', '[!]]', 'a'],
  ['bracket-complement-more', 'a closing bracket first in a complement, and another member', '[!]a]', 'b'],
  ['bracket-complement-more-member', 'that other member', '[!]a]', 'a', 'bracket-complement-more'],
  ['bracket-closes', 'a closing bracket behind a member closes the class', '[a]]', 'a]'],
  ['bracket-closes-alone', 'the member alone', '[a]]', 'a', 'bracket-closes'],
  ['bracket-stray', 'a closing bracket without an opening one stands for itself', 'a]', 'a]'],
  ['posix-class', 'a class of POSIX is its letters and a colon here', '[:alpha:]', 'l'],
  ['posix-class-other', 'a letter that is none of them', '[:alpha:]', 'z', 'posix-class'],
  ['posix-nested', 'the outer bracket closes at the first one', '[[:alpha:]]', 'l]'],
  ['posix-nested-letter', 'a letter alone', '[[:alpha:]]', 'z', 'posix-nested'],
  ['posix-equivalence', 'an equivalence class is its characters', '[[=a=]]', 'a]'],
];

/** @type {Shared} */
const malformed = {
  ...glob,
  differs:
    'what a malformed class stands for is guessed: nothing, the bracket itself, or an error that ends the search',
};

/** @type {readonly Row[]} */
const unclosed = [
  ['malformed-open', 'an opening bracket alone', '[', '[', 'class-first'],
  ['malformed-open-literal', 'a class that is not closed', '[a', '[a', 'class-first'],
  ['malformed-open-member', 'a class that is not closed, and its member', '[a', 'a', 'class-first'],
  ['malformed-open-behind', 'a class that is not closed behind another character', 'x[a', 'x[a', 'class-last'],
  ['malformed-open-range', 'a range that is not closed', '[a-', '[a-', 'class-first'],
  ['malformed-empty', 'brackets that hold nothing', '[]', '[]', 'bracket-first'],
  ['malformed-empty-none', 'brackets that hold nothing, and nothing', 'x[]', 'x', 'class-last'],
  ['malformed-empty-complement', 'a complement that holds nothing', '[!]', '[!]', 'bracket-complement-other'],
  [
    'malformed-empty-complement-any',
    'a complement that holds nothing, and any character',
    '[!]',
    'a',
    'bracket-complement-other',
  ],
  ['malformed-mark', 'an opening bracket and a mark', '[!', '!', 'complement-mark'],
  ['malformed-after-star', 'a star before a class that is not closed', '*[', 'anything', 'star-whole'],
  ['malformed-before-star', 'a star behind a class that is not closed', '[*', '[a', 'class-star'],
  ['malformed-reversed', 'a range the wrong way round', '[d-b]', 'c', 'range-inside'],
  ['malformed-reversed-end', 'an end of that range', '[d-b]', 'd', 'range-high'],
  ['malformed-reversed-hyphen', 'the hyphen of that range', '[d-b]', '-', 'hyphen-first'],
  ['malformed-reversed-member', 'a range the wrong way round behind a member', '[xd-b]', 'x', 'class-last'],
  ['malformed-reversed-complement', 'the complement of a range the wrong way round', '[!d-b]', 'x', 'complement-range'],
  ['malformed-other-segment', 'a class that is not closed in another segment', '[/*', '[/a', 'star-each-segment'],
  ['malformed-across-segments', 'a class whose bracket closes in the next segment', '[a/b]', 'a', 'class-first'],
  ['malformed-across-literal', 'the same, as it stands', '[a/b]', '[a/b]', 'class-first'],
];

export function vectors() {
  return [...table(glob, [...members, ...ranges, ...complements, ...brackets]), ...table(malformed, unclosed)];
}
