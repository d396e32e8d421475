// @ts-check
/** What other globs and expressions give a meaning to, and what characters are. */
import { table } from './pattern-vector.mjs';

/** @typedef {import('./pattern-vector.mjs').Row} Row */
/** @typedef {import('./pattern-vector.mjs').Shared} Shared */

/** @type {Shared} */
const dialects = {
  level: 'decision',
  rows: ['A-47', 'DLG-06', 'J5', 'XC-2'],
  matched: 'honest targets of the delegated role are not found',
  differs:
    'one dialect reads a grant where another reads a name: the role speaks for targets that were not given to it',
};

/** @type {readonly Row[]} */
const braces = [
  ['brace-first', 'braces do not choose', '{a,b}', 'a', 'brace-literal'],
  ['brace-second', 'nor the second', '{a,b}', 'b', 'brace-literal'],
  ['brace-literal', 'braces stand for themselves', '{a,b}', '{a,b}'],
  ['brace-folder', 'braces do not choose between folders', '{a,b}/*', 'a/x', 'brace-folder-literal'],
  ['brace-folder-literal', 'braces in the name of a folder', '{a,b}/*', '{a,b}/x'],
  ['brace-across', 'braces around a separator', 'x{a/b,c}', 'xc', 'brace-literal'],
  ['brace-across-two', 'braces around a separator do not add segments', 'x{a/b,c}', 'xa/b', 'brace-literal'],
  ['brace-range', 'braces do not count', '{1..3}', '2', 'brace-range-literal'],
  ['brace-range-literal', 'a range of numbers as it stands', '{1..3}', '{1..3}'],
  ['brace-empty', 'empty braces', 'a{}b', 'ab', 'brace-empty-literal'],
  ['brace-empty-literal', 'empty braces as they stand', 'a{}b', 'a{}b'],
  ['brace-open', 'an opening brace alone', 'a{b', 'a{b'],
  ['brace-star', 'a star between braces is a star', '{*}', '{x}'],
];

/** @type {readonly Row[]} */
const extended = [
  ['negation-other', 'a mark before a name negates nothing', '!secret', 'other', 'negation-literal'],
  ['negation-literal', 'the mark stands for itself', '!secret', '!secret'],
  ['negation-named', 'the name without the mark', '!secret', 'secret', 'negation-literal'],
  ['negation-folder', 'a mark before a folder', '!secret/*', 'other/x', 'negation-folder-literal'],
  ['negation-folder-literal', 'a folder that begins with the mark', '!secret/*', '!secret/x'],
  ['negation-twice', 'two marks', '!!secret', 'secret', 'negation-literal'],
  ['comment-literal', 'a number sign begins no comment', '#x', '#x'],
  ['comment-other', 'nor does it match all', '#x', 'other', 'comment-literal'],
  ['comment-star', 'a number sign and a star', '#*', '#x'],
  ['plus-group', 'a plus and parentheses do not repeat', '+(a)', 'aa', 'plus-group-literal'],
  ['plus-group-once', 'nor stand for one', '+(a)', 'a', 'plus-group-literal'],
  ['plus-group-literal', 'they stand for themselves', '+(a)', '+(a)'],
  ['at-group', 'an at sign and parentheses do not choose', '@(a|b)', 'a', 'at-group-literal'],
  ['at-group-literal', 'they stand for themselves', '@(a|b)', '@(a|b)'],
  ['question-group', 'a mark and parentheses do not make optional', '?(a)', '', 'question-group-literal'],
  ['question-group-one', 'nor stand for one', '?(a)b', 'ab', 'question-group-literal'],
  ['question-group-literal', 'the mark is one character, the parentheses themselves', '?(a)', 'x(a)'],
  ['star-group', 'a star and parentheses do not repeat', '*(a)', 'aaa', 'star-group-literal'],
  ['star-group-literal', 'the star is any run, the parentheses themselves', '*(a)', 'bb(a)'],
  ['not-group', 'an exclamation mark and parentheses do not negate', '!(a)', 'b', 'not-group-literal'],
  ['not-group-literal', 'they stand for themselves', '!(a)', '!(a)'],
  ['alternatives', 'a bar does not choose', 'a|b', 'a', 'alternatives-literal'],
  ['alternatives-literal', 'it stands for itself', 'a|b', 'a|b'],
  ['tilde', 'a tilde stands for itself', '~/x', '~/x'],
  ['dollar', 'a variable stands for itself', '$HOME', '$HOME'],
  ['comma', 'a comma separates no patterns', 'a,b', 'a', 'comma-literal'],
  ['comma-literal', 'it stands for itself', 'a,b', 'a,b'],
];

/** @type {readonly Row[]} */
const backslashes = [
  ['backslash-literal', 'a backslash stands for itself', 'a\\b', 'a\\b'],
  ['backslash-for-slash', 'a backslash in the path is no separator', 'a/b', 'a\\b', 'star-in-folder'],
  ['backslash-in-pattern', 'a backslash in the pattern is no separator', 'a\\b', 'a/b', 'backslash-literal'],
  ['backslash-star-itself', 'a backslash does not escape a star', '\\*', '*', 'backslash-star'],
  ['backslash-star', 'a backslash, then any run', '\\*', '\\anything'],
  ['backslash-star-spelled', 'a backslash and a star', '\\*', '\\*'],
  ['backslash-question', 'a backslash does not escape a mark', '\\?', '?', 'backslash-question-one'],
  ['backslash-question-one', 'a backslash, then one character', '\\?', '\\x'],
  ['backslash-bracket', 'a backslash does not escape a bracket', '\\[a]', '[a]', 'backslash-bracket-class'],
  ['backslash-bracket-class', 'a backslash, then a class', '\\[a]', '\\a'],
  ['backslash-letter', 'a backslash before a letter is not dropped', '\\a', 'a', 'backslash-letter-both'],
  ['backslash-letter-both', 'a backslash and a letter', '\\a', '\\a'],
  ['backslash-last', 'a backslash at the end', 'a\\', 'a\\'],
  ['backslash-last-dropped', 'a backslash at the end is not dropped', 'a\\', 'a', 'backslash-last'],
  ['backslash-two', 'two backslashes are two', 'a\\\\b', 'a\\b', 'backslash-two-both'],
  ['backslash-two-both', 'two backslashes in both', 'a\\\\b', 'a\\\\b'],
  ['backslash-folder', 'a folder, a backslash and a star', 'foo\\*', 'foo\\x'],
  ['backslash-star-separator', 'a star stands for a backslash', 'foo*', 'foo\\x'],
  [
    'backslash-folder-slash',
    'a folder, a backslash and a star, and a separator',
    'foo\\*',
    'foo/x',
    'backslash-folder',
  ],
  ['backslash-digit', 'no class of digits', '\\d', '7', 'backslash-letter-both'],
];

/** @type {readonly Row[]} */
const expressions = [
  ['regex-dot', 'a dot stands for itself', 'a.c', 'abc', 'regex-dot-literal'],
  ['regex-dot-literal', 'the dot itself', 'a.c', 'a.c'],
  ['regex-dot-star', 'a dot and a star: the dot is needed', '.*', 'abc', 'regex-dot-star-literal'],
  ['regex-dot-star-literal', 'a dot, then any run', '.*', '.abc'],
  ['regex-plus', 'a plus does not repeat', 'a+', 'aa', 'regex-plus-literal'],
  ['regex-plus-literal', 'the plus itself', 'a+', 'a+'],
  ['regex-anchors', 'caret and dollar are no ends', '^a$', 'a', 'regex-anchors-literal'],
  ['regex-anchors-literal', 'they stand for themselves', '^a$', '^a$'],
  ['regex-group', 'parentheses are no group', '(a)', 'a', 'regex-group-literal'],
  ['regex-group-literal', 'they stand for themselves', '(a)', '(a)'],
  ['regex-open-group', 'an opening parenthesis alone', 'a(', 'a('],
  ['regex-count', 'a number in braces does not repeat', 'a{2}', 'aa', 'regex-count-literal'],
  ['regex-count-literal', 'it stands for itself', 'a{2}', 'a{2}'],
  ['sql-percent', 'a percent sign is no run', '%', 'a', 'sql-percent-literal'],
  ['sql-percent-literal', 'it stands for itself', '%', '%'],
  ['sql-underscore', 'an underscore is not any character', '_', 'a', 'sql-underscore-literal'],
  ['sql-underscore-literal', 'it stands for itself', '_', '_'],
  ['percent-encoded', 'a pattern is not decoded', 'a%2Fb', 'a/b', 'percent-encoded-literal'],
  ['percent-encoded-literal', 'a percent sign in both', 'a%2Fb', 'a%2Fb'],
  ['percent-encoded-path', 'a path is not decoded', 'a b', 'a%20b', 'percent-encoded-literal'],
  ['plus-for-space', 'a plus is no space', 'a+b', 'a b', 'regex-plus-literal'],
];

/** @type {Shared} */
const hidden = { ...dialects, rows: ['A-47', 'DLG-06', 'J5', 'GAP-10'] };

/** @type {readonly Row[]} */
const dotFiles = [
  ['dot-file-star', 'a star stands for a leading dot', '*', '.hidden'],
  ['dot-file-question', 'a mark stands for a leading dot', '?hidden', '.hidden'],
  ['dot-file-class', 'a class stands for a leading dot', '[.]hidden', '.hidden'],
  ['dot-file-literal', 'a dot in the pattern', '.*', '.hidden'],
  ['dot-file-folder', 'a star for a folder with a leading dot', '*/x', '.git/x'],
  ['dot-file-in-folder', 'a star in a folder', 'foo/*', 'foo/.hidden'],
  ['dot-file-ending', 'a star and an ending', '*.tgz', '.tgz'],
  ['dot-file-only-dots', 'a star for three dots', '*', '...'],
];

/** @type {Shared} */
const characters = {
  ...dialects,
  rows: ['A-47', 'A-48', 'A-60', 'J5', 'GAP-10'],
  differs: 'names that differ are taken for one: the role speaks for a target that was not given to it',
};

const [composed, decomposed] = ['\u00e9', 'e\u0301'];

/** @type {readonly Row[]} */
const unicode = [
  ['composed', 'a composed character', composed, composed],
  ['composed-and-not', 'composed in the pattern, decomposed in the path', composed, decomposed, 'composed'],
  ['not-and-composed', 'decomposed in the pattern, composed in the path', decomposed, composed, 'decomposed'],
  ['decomposed', 'a decomposed character', decomposed, decomposed],
  ['composed-folder', 'the two forms in the name of a folder', `${composed}/*`, `${decomposed}/x`, 'composed'],
  ['compatible', 'a ligature and its letters', '\ufb01', 'fi', 'compatible-itself'],
  ['compatible-itself', 'the ligature', '\ufb01', '\ufb01'],
  ['angstrom', 'the Angstrom sign and the letter that it is composed to', '\u212b', '\u00c5', 'angstrom-itself'],
  ['angstrom-itself', 'the Angstrom sign', '\u212b', '\u212b'],
  ['question-composed', 'a mark for a composed character', '?', composed],
  ['question-decomposed', 'a mark for a decomposed character, which is two', '?', decomposed, 'question-composed'],
  ['questions-decomposed', 'two marks for a decomposed character', '??', decomposed],
  ['question-astral', 'a mark for a character outside the basic plane', 'a?c', 'a\u{1f600}c'],
  ['questions-astral', 'two marks for one character outside the basic plane', 'a??c', 'a\u{1f600}c', 'question-astral'],
  ['question-bytes', 'two marks for a character of two bytes', '??', composed, 'question-composed'],
  [
    'question-cluster',
    'a mark for a cluster of two characters outside the basic plane',
    '?',
    '\u{1f44d}\u{1f3fd}',
    'question-cluster-two',
  ],
  ['question-cluster-two', 'two marks for that cluster', '??', '\u{1f44d}\u{1f3fd}'],
  ['astral-literal', 'a character outside the basic plane', '\u{1f600}', '\u{1f600}'],
  ['astral-other', 'another with the same first half in UTF-16', '\u{1f600}', '\u{1f601}', 'astral-literal'],
  ['star-astral', 'a star for characters outside the basic plane', '*', '\u{1f600}\u{1f601}'],
  ['class-astral', 'a class with a character outside the basic plane', '[\u{1f600}a]', '\u{1f600}'],
  ['class-astral-other', 'another character with the same first half', '[\u{1f600}a]', '\u{1f601}', 'class-astral'],
  ['class-astral-complement', 'the complement of that class', '[!\u{1f600}]', '\u{1f601}'],
  [
    'class-astral-complement-member',
    'a member of the complement',
    '[!\u{1f600}]',
    '\u{1f600}',
    'class-astral-complement',
  ],
  ['range-astral', 'a range outside the basic plane', '[\u{1f600}-\u{1f602}]', '\u{1f601}'],
  ['range-astral-above', 'above that range', '[\u{1f600}-\u{1f602}]', '\u{1f603}', 'range-astral'],
  ['range-into-astral', 'a range from the basic plane beyond it', '[\ue000-\u{10ffff}]', '\u{1f601}'],
  ['range-into-astral-below', 'below that range', '[\ue000-\u{10ffff}]', 'z', 'range-into-astral'],
  [
    'range-code-point-order',
    'a range that is the wrong way round in UTF-16, and is not in code points',
    '[\uff5e-\u{1f601}]',
    '\u{1f600}',
  ],
  ['umlaut-range', 'a range of letters holds no umlaut', '[a-z]', '\u00e4', 'umlaut-range-letter'],
  ['umlaut-range-letter', 'a letter of that range', '[a-z]', 'q'],
  ['star-newline', 'a star stands for a newline', 'a*b', 'a\nb'],
  ['question-newline', 'a mark stands for a newline', 'a?b', 'a\nb'],
  ['trailing-newline', 'a newline at the end is not passed over', 'a', 'a\n', 'trailing-newline-both'],
  ['trailing-newline-both', 'a newline at the end of both', 'a\n', 'a\n'],
  ['star-line-separator', 'a star stands for a line separator', 'a*b', 'a\u2028b'],
  ['trailing-space', 'a space at the end is not dropped', 'a', 'a ', 'trailing-space-both'],
  ['trailing-space-both', 'a space at the end of both', 'a ', 'a '],
  ['leading-space', 'a space at the beginning of the pattern is not dropped', ' a', 'a', 'leading-space-both'],
  ['leading-space-both', 'a space at the beginning of both', ' a', ' a'],
  ['nul', 'a NUL ends no name', 'a', 'a\0b', 'nul-both'],
  ['nul-both', 'a NUL in both', 'a\0b', 'a\0b'],
  ['star-nul', 'a star stands for a NUL', 'a*b', 'a\0b'],
  ['zero-width', 'a zero-width space is a character', 'ab', 'a\u200bb', 'zero-width-both'],
  ['zero-width-both', 'a zero-width space in both', 'a\u200bb', 'a\u200bb'],
];

export function vectors() {
  return [
    ...table(dialects, [...braces, ...extended, ...backslashes, ...expressions]),
    ...table(hidden, dotFiles),
    ...table(characters, unicode),
  ];
}
