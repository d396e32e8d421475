// @ts-check
/** `*` and `?`, and the segments that they stay within. */
import { table } from './pattern-vector.mjs';

/** @typedef {import('./pattern-vector.mjs').Row} Row */
/** @typedef {import('./pattern-vector.mjs').Shared} Shared */

/** @type {Shared} */
const ofTheSpecification = {
  level: 'MUST',
  rows: ['4.5-k', 'DLG-06', 'XC-2', 'RS-8'],
  matched: 'honest targets of the delegated role are not found',
  differs: 'the delegated role speaks for targets that were not given to it',
};

/** @type {readonly Row[]} */
const examples = [
  ['literal', 'the name itself', 'foo.tgz', 'foo.tgz'],
  ['literal-other', 'another name', 'foo.tgz', 'bar.tgz', 'literal'],
  ['literal-longer', 'a name that begins with the pattern', 'foo.tgz', 'foo.tgz.exe', 'literal'],
  ['literal-ends', 'a name that ends with the pattern', 'foo.tgz', 'a-foo.tgz', 'literal'],
  ['literal-shorter', 'a beginning of the pattern', 'foo.tgz', 'foo', 'literal'],
  ['literal-below', 'the name in a folder', 'foo.tgz', 'targets/foo.tgz', 'literal'],
  ['literal-folder', 'a file below the name', 'packages', 'packages/apple.txt', 'literal-folder-itself'],
  ['literal-folder-itself', 'the name itself', 'packages', 'packages'],
  ['spec-star', 'the first example of the specification', 'targets/*.tgz', 'targets/foo.tgz'],
  ['spec-star-bar', 'the first example with another name', 'targets/*.tgz', 'targets/bar.tgz'],
  ['spec-star-txt', 'the first example with another ending', 'targets/*.tgz', 'targets/foo.txt', 'spec-star'],
  [
    'spec-question',
    'the second example of the specification',
    'targets/foo-version-?.tgz',
    'targets/foo-version-2.tgz',
  ],
  [
    'spec-question-letter',
    'the second example with a letter',
    'targets/foo-version-?.tgz',
    'targets/foo-version-a.tgz',
  ],
  [
    'spec-question-word',
    'the second example with a word',
    'targets/foo-version-?.tgz',
    'targets/foo-version-alpha.tgz',
    'spec-question',
  ],
  [
    'spec-question-none',
    'the second example with no character for the mark',
    'targets/foo-version-?.tgz',
    'targets/foo-version-.tgz',
    'spec-question',
  ],
  ['spec-top', 'the third example of the specification', '*.tgz', 'foo.tgz'],
];

/** @type {Shared} */
const wildcards = { ...ofTheSpecification, rows: ['4.5-k', 'A-47', 'DLG-06', 'GAP-10'] };

/** @type {readonly Row[]} */
const runs = [
  ['star-whole', 'a star alone', '*', 'apple'],
  ['star-none', 'a star that stands for nothing', 'apple*', 'apple'],
  ['star-none-first', 'a star at the beginning that stands for nothing', '*apple', 'apple'],
  ['star-none-inside', 'a star in the middle that stands for nothing', 'ap*ple', 'apple'],
  ['star-inside', 'a star in the middle', 'a*e', 'apple'],
  ['star-inside-other-end', 'a star in the middle, and another end', 'a*e', 'apples', 'star-inside'],
  ['star-overlap', 'the ends before and behind the star overlap', 'aba*aba', 'aba', 'star-overlap-apart'],
  ['star-overlap-apart', 'the ends stand apart', 'aba*aba', 'abaaba'],
  ['star-twice-again', 'the first occurrence of the middle is the wrong one', 'a*b*c', 'abbxbc'],
  ['star-last-occurrence', 'the last occurrence of the end is the right one', '*.tgz', 'a.tgz.tgz'],
  ['star-two', 'two stars behind each other in a segment are one', 'a**e', 'apple'],
  ['star-two-none', 'two stars that stand for nothing', 'apple**', 'apple'],
  ['star-three', 'three stars', '***', 'apple'],
  ['star-question', 'a star and a mark: at least one character', '*?', 'a'],
  ['question-star', 'a mark and a star', '?*', 'apple'],
  ['star-questions-short', 'a star and three marks, two characters', '*???', 'ab', 'star-questions-long'],
  ['star-questions-long', 'a star and three marks, five characters', '*???', 'abcde'],
  ['question-each', 'a mark for each character', '?????', 'apple'],
  ['question-too-many', 'one mark too many', '??????', 'apple', 'question-each'],
  ['question-too-few', 'one mark too few', '????', 'apple', 'question-each'],
  ['question-itself', 'a mark stands for a mark', 'a?c', 'a?c'],
  ['star-itself', 'a star stands for a star', 'a*c', 'a*c'],
];

/** @type {Shared} */
const separator = {
  level: 'SHOULD',
  rows: ['4.5-l', 'A-47', 'DLG-06', 'GAP-10', 'XC-2'],
  matched: 'honest targets of the delegated role are not found',
  differs: 'the delegated role speaks for whole trees of folders that were not given to it',
};

/** @type {readonly Row[]} */
const separators = [
  ['star-slash', 'a star and a separator', '*.tgz', 'targets/foo.tgz', 'spec-top'],
  ['star-folder', 'a star for the name of a folder', '*/foo.tgz', 'targets/foo.tgz'],
  ['star-below', 'a star, and a file one folder deeper', 'foo/*', 'foo/a/b', 'star-in-folder'],
  ['star-in-folder', 'a star in a folder', 'foo/*', 'foo/a'],
  ['star-folder-alone', 'a star behind a separator that the path does not have', 'foo/*', 'foo', 'star-in-folder'],
  ['star-other-folder', 'a star in another folder', 'foo/*', 'bar/a', 'star-in-folder'],
  ['star-folder-begins', 'a folder whose name begins with that of the pattern', 'foo/*', 'food/a', 'star-in-folder'],
  ['star-each-segment', 'a star for each segment', '*/*/*', 'a/b/c'],
  ['star-fewer-segments', 'two stars, three segments', '*/*', 'a/b/c', 'star-each-segment'],
  ['star-more-segments', 'three stars, two segments', '*/*/*', 'a/b', 'star-each-segment'],
  ['star-middle', 'a star for one folder', 'a/*/c', 'a/b/c'],
  ['star-middle-two', 'a star and two folders', 'a/*/c', 'a/b/b/c', 'star-middle'],
  ['question-slash', 'a mark and a separator', 'a?b', 'a/b', 'question-plain'],
  ['question-plain', 'a mark and a character', 'a?b', 'a-b'],
  ['globstar', 'two stars and a separator', '**', 'a/b', 'globstar-one'],
  ['globstar-one', 'two stars and one segment', '**', 'a'],
  ['globstar-below', 'two stars, two folders deeper', 'a/**', 'a/b/c', 'globstar-below-one'],
  ['globstar-below-one', 'two stars, one folder deeper', 'a/**', 'a/b'],
  ['globstar-none', 'two stars for no segment', 'a/**/b', 'a/b', 'globstar-middle'],
  ['globstar-middle', 'two stars for one segment', 'a/**/b', 'a/x/b'],
  ['globstar-middle-two', 'two stars for two segments', 'a/**/b', 'a/x/y/b', 'globstar-middle'],
  ['globstar-first', 'two stars before the name', '**/foo.tgz', 'foo.tgz', 'globstar-first-one'],
  ['globstar-first-one', 'two stars for one folder', '**/foo.tgz', 'a/foo.tgz'],
  ['globstar-first-two', 'two stars for two folders', '**/foo.tgz', 'a/b/foo.tgz', 'globstar-first-one'],
  ['class-slash', 'a class that holds the separator', 'a[/]b', 'a/b', 'question-plain'],
  ['class-complement-slash', 'the complement of a class and a separator', 'a[!x]b', 'a/b', 'class-complement-plain'],
  ['class-complement-plain', 'the complement of a class and a character', 'a[!x]b', 'a-b'],
  ['class-range-slash', 'a range around the separator', 'a[.-0]b', 'a/b', 'class-range-dot'],
  ['class-range-dot', 'a range around the separator, and its first character', 'a[.-0]b', 'a.b'],
];

/** @type {Shared} */
const edges = {
  level: 'decision',
  rows: ['4.5-b', '4.5-m', 'A-15', 'A-47', 'DLG-06', 'GAP-10'],
  matched: 'clients differ about which role speaks for a target',
  differs:
    'clients differ about which role speaks for a target: names are looked up as they are, so patterns must be too',
};

/** @type {readonly Row[]} */
const emptySegments = [
  [
    'leading-slash-pattern',
    'a separator at the beginning of the pattern is not dropped',
    '/foo/*',
    'foo/x',
    'leading-slash-both',
  ],
  [
    'leading-slash-path',
    'a separator at the beginning of the path is not dropped',
    'foo/*',
    '/foo/x',
    'leading-slash-both',
  ],
  ['leading-slash-both', 'a separator at the beginning of both', '/foo/*', '/foo/x'],
  ['leading-slash-star', 'a star for the empty first segment', '*/foo', '/foo'],
  ['leading-slash-two', 'two separators at the beginning of the path', '/foo', '//foo', 'leading-slash-plain'],
  ['leading-slash-plain', 'one separator at the beginning of both', '/foo', '/foo'],
  ['trailing-slash-pattern', 'a separator at the end of the pattern', 'a/b/', 'a/b', 'trailing-slash-both'],
  ['trailing-slash-path', 'a separator at the end of the path', 'a/b', 'a/b/', 'trailing-slash-both'],
  ['trailing-slash-both', 'a separator at the end of both', 'a/b/', 'a/b/'],
  ['trailing-slash-star', 'a star for the empty last segment', 'a/*', 'a/'],
  ['trailing-slash-question', 'a mark for the empty last segment', 'a/?', 'a/', 'trailing-slash-star'],
  [
    'trailing-slash-below',
    'a pattern with a separator at its end does not stand for a folder',
    'a/',
    'a/b',
    'trailing-slash-alone',
  ],
  ['trailing-slash-alone', 'a separator at the end of both', 'a/', 'a/'],
  ['empty-segment', 'an empty segment of the pattern is not dropped', 'foo//x', 'foo/x', 'empty-segment-both'],
  ['empty-segment-path', 'an empty segment of the path is not dropped', 'foo/x', 'foo//x', 'empty-segment-both'],
  ['empty-segment-both', 'an empty segment in both', 'foo//x', 'foo//x'],
  ['empty-segment-star', 'a star for an empty segment', 'foo/*/x', 'foo//x'],
  ['empty-segment-question', 'a mark for an empty segment', 'foo/?/x', 'foo//x', 'empty-segment-star'],
  ['empty-both', 'an empty pattern and an empty path', '', ''],
  ['empty-pattern', 'an empty pattern', '', 'a', 'empty-both'],
  ['empty-path', 'an empty path', 'a', '', 'empty-both'],
  ['empty-path-star', 'a star for an empty path', '*', ''],
  ['empty-path-question', 'a mark for an empty path', '?', '', 'empty-path-star'],
  ['slash-alone', 'a separator alone', '/', '/'],
  ['slash-alone-star', 'a star and a separator alone', '*', '/', 'slash-alone-stars'],
  ['slash-alone-stars', 'two stars for two empty segments', '*/*', '/'],
  ['dot-pattern', 'a segment that is a dot in the pattern', './foo', 'foo', 'dot-path-both'],
  ['dot-path-both', 'a segment that is a dot in both', './foo', './foo'],
  ['dot-path', 'a segment that is a dot in the path', 'foo', './foo', 'dot-path-both'],
  ['dot-dot-pattern', 'a pattern that would go up is not resolved', 'a/../b', 'b', 'dot-dot-both'],
  ['dot-dot-both', 'two dots in both', 'a/../b', 'a/../b'],
  ['dot-dot-path', 'a path that would go up is not resolved', 'b', 'a/../b', 'dot-dot-both'],
  ['dot-dot-star', 'a star for two dots, which is a name like any other here', '*/b', '../b'],
  ['dot-dot-escape', 'a path that would leave the folder of the pattern', 'foo/*', 'foo/../bar', 'star-in-folder'],
];

/** @type {Shared} */
const letters = {
  level: 'decision',
  rows: ['A-47', 'DLG-05', 'PY-9', 'XC-2'],
  matched: 'honest targets of the delegated role are not found',
  differs: 'on one platform the role speaks for more than on another: its targets replace those of the next role',
};

/** @type {readonly Row[]} */
const cases = [
  ['case-literal', 'lower case', 'foo', 'foo'],
  ['case-literal-path', 'upper case in the path', 'foo', 'Foo', 'case-literal'],
  ['case-literal-pattern', 'upper case in the pattern', 'Foo', 'foo', 'case-literal'],
  ['case-folder', 'upper case in the folder of the pattern', 'Foo/*', 'foo/x', 'star-in-folder'],
  ['case-folder-path', 'upper case in the folder of the path', 'foo/*', 'FOO/x', 'star-in-folder'],
  ['case-ending', 'upper case in the ending', '*.tgz', 'foo.TGZ', 'spec-top'],
  ['case-class', 'upper case for a range in lower case', '[a-z]', 'B', 'case-class-lower'],
  ['case-class-lower', 'lower case for a range in lower case', '[a-z]', 'b'],
  ['case-umlaut', 'upper case outside ASCII', '\u00fc', '\u00dc', 'case-umlaut-same'],
  ['case-umlaut-same', 'lower case outside ASCII', '\u00fc', '\u00fc'],
  ['case-kelvin', 'the Kelvin sign, which folds to k', 'k', '\u212a', 'case-kelvin-letter'],
  ['case-kelvin-letter', 'the letter k', 'k', 'k'],
  ['case-long-s', 'the long s, which folds to s', 's', '\u017f', 'case-long-s-letter'],
  ['case-long-s-letter', 'the letter s', 's', 's'],
  ['case-sharp-s', 'two letters s, the upper case of the sharp s', '\u00df', 'ss', 'case-sharp-s-same'],
  ['case-sharp-s-same', 'the sharp s', '\u00df', '\u00df'],
  ['case-dotless-i', 'the dotless i', 'i', '\u0131', 'case-dotless-i-letter'],
  ['case-dotless-i-letter', 'the letter i', 'i', 'i'],
];

export function vectors() {
  return [
    ...table(ofTheSpecification, examples),
    ...table(wildcards, runs),
    ...table(separator, separators),
    ...table(edges, emptySegments),
    ...table(letters, cases),
  ];
}
