// @ts-check
/** Names of members: their order, their spelling, and the names that trip programs. */
import { accept } from './canonical-vector.mjs';
import { members } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */

/** @type {import('./vector.mjs').About} */
const order = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-a', 'A-01', 'JSON-07', 'GAP-12'],
  effect: 'members are written in another order than the signer wrote them: honest metadata is refused',
};

/** @type {import('./vector.mjs').About} */
const utf16 = { ...order, rows: [...order.rows, 'J15', 'LIB-1'], peers: ['tuf-js 5.0.1 sorts by UTF-16 code unit'] };

/** @type {import('./vector.mjs').About} */
const prefix = { ...order, peers: ['tough 0.19 sorts by the encoded name with its closing quotation mark'] };

/** @type {import('./vector.mjs').About} */
const verbatim = {
  ...order,
  rows: [...order.rows, 'A-60'],
  effect: 'names are normalised: two members become one, and a target can be answered with the hashes of another',
  peers: ['tough 0.19 normalises to NFC'],
};

/** @type {import('./vector.mjs').About} */
const ordinary = {
  ...order,
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-67', 'GAP-12'],
  effect:
    'a name of the programming language is taken for a member: look-ups find what nobody signed, or signed members get lost',
};

/** @param {readonly (readonly [string, Tree])[]} entries */
const object = (entries) => members(entries);

/** Each row: name, comment, JSON text, value, about. @type {readonly (readonly [string, string, string, Tree, import('./vector.mjs').About])[]} */
const rows = [
  ['names-reversed', 'three names in descending order', '{"c":3,"b":2,"a":1}', { a: 1, b: 2, c: 3 }, order],
  ['names-case', 'upper case sorts before lower case', '{"a":1,"B":2,"A":3,"b":4}', { A: 3, B: 2, a: 1, b: 4 }, order],
  [
    'names-punctuation',
    'punctuation around letters and digits',
    '{"a":1,"_":2,"Z":3,"^":4,"9":5,"-":6,"~":7}',
    { '-': 6, 9: 5, Z: 3, '^': 4, _: 2, a: 1, '~': 7 },
    order,
  ],
  [
    'names-prefix-space',
    'a name, and the same with a space or an exclamation mark after it',
    '{"foo!":3,"foo bar":2,"foo":1}',
    { foo: 1, 'foo bar': 2, 'foo!': 3 },
    prefix,
  ],
  [
    'names-prefix-control',
    'a name, and the same with a newline after it',
    '{"a\\n":1,"a":2}',
    { a: 2, 'a\n': 1 },
    prefix,
  ],
  [
    'names-prefix-long',
    'many names that begin alike',
    '{"aaab":5,"aaa":3,"a":1,"aaaa":4,"aa":2}',
    { a: 1, aa: 2, aaa: 3, aaaa: 4, aaab: 5 },
    order,
  ],
  [
    'names-quotation-mark',
    'names with a quotation mark sort by the decoded character',
    '{"a#":1,"a\\"":2,"a!":3}',
    { 'a!': 3, 'a"': 2, 'a#': 1 },
    prefix,
  ],
  [
    'names-backslash',
    'names with a backslash sort by the decoded character',
    '{"a]":1,"a\\\\":2,"a[":3}',
    { 'a[': 3, 'a\\': 2, 'a]': 1 },
    order,
  ],
  [
    'names-escaped',
    'an escaped name sorts by what it means, not by its spelling',
    '{"c":3,"\\u0062":2,"a":1}',
    { a: 1, b: 2, c: 3 },
    order,
  ],
  ['names-escaped-last', 'an escaped name that sorts after the others', '{"\\u007a":2,"b":1}', { b: 1, z: 2 }, order],
  [
    'names-control',
    'names that are control characters: different escapes in the two forms',
    '{"\\u001f":3,"\\n":2,"\\u0000":1," ":4}',
    { '\0': 1, '\n': 2, '\u001f': 3, ' ': 4 },
    order,
  ],
  ['names-accented', 'a non-ASCII name sorts after z', '{"\u00e9":2,"z":1}', { z: 1, '\u00e9': 2 }, order],
  [
    'names-utf8-lengths',
    'names of one, two and three bytes in UTF-8',
    '{"\u0800":4,"\u07ff":3,"\u0080":2,"\u007f":1}',
    { '\u007f': 1, '\u0080': 2, '\u07ff': 3, '\u0800': 4 },
    order,
  ],
  [
    'names-astral-and-private-use',
    'U+E000 and U+1F600: code points and UTF-16 code units disagree',
    '{"\u{1f600}":2,"\ue000":1}',
    { '\ue000': 1, '\u{1f600}': 2 },
    utf16,
  ],
  [
    'names-astral-and-private-use-sorted',
    'the same value, written in the order of code points',
    '{"\ue000":1,"\u{1f600}":2}',
    { '\ue000': 1, '\u{1f600}': 2 },
    utf16,
  ],
  [
    'names-astral-escaped',
    'the same value with both names escaped',
    '{"\\ue000":1,"\\ud83d\\ude00":2}',
    { '\ue000': 1, '\u{1f600}': 2 },
    utf16,
  ],
  [
    'names-astral-and-last-of-bmp',
    'U+FFFF and U+10000',
    '{"\u{10000}":2,"\uffff":1}',
    { '\uffff': 1, '\u{10000}': 2 },
    utf16,
  ],
  [
    'names-astral-and-before-surrogates',
    'U+D7FF and U+10000: both orders agree',
    '{"\u{10000}":2,"\ud7ff":1}',
    { '\ud7ff': 1, '\u{10000}': 2 },
    order,
  ],
  [
    'names-astral-after-prefix',
    'the differing characters stand behind a common beginning',
    '{"a\u{10ffff}":2,"a\uff5e":1}',
    { 'a\uff5e': 1, 'a\u{10ffff}': 2 },
    utf16,
  ],
  [
    'names-astral-nested',
    'the differing order inside an inner object',
    '{"b":{"\u{1f600}":2,"\ufffd":1},"a":0}',
    { a: 0, b: { '\ufffd': 1, '\u{1f600}': 2 } },
    utf16,
  ],
  [
    'names-composed-and-decomposed',
    'the same letter as one and as two code points: two members',
    '{"\u00e9.txt":1,"e\u0301.txt":2}',
    { 'e\u0301.txt': 2, '\u00e9.txt': 1 },
    verbatim,
  ],
  [
    'names-angstrom-twice',
    'U+00C5 and U+212B, one letter after normalisation: two members',
    '{"\u212b":2,"\u00c5":1}',
    { '\u00c5': 1, '\u212b': 2 },
    verbatim,
  ],
  ['names-differ-in-case-only', 'two members whose names differ in case', '{"a":1,"A":2}', { A: 2, a: 1 }, verbatim],
  [
    'names-differ-in-space-only',
    'two members whose names differ in a trailing space',
    '{"a ":1,"a":2}',
    { a: 2, 'a ': 1 },
    verbatim,
  ],
  ['names-empty', 'the empty name is legal and sorts first', '{"a":1,"":0}', { '': 0, a: 1 }, ordinary],
  [
    'names-proto',
    '__proto__ is an ordinary name',
    '{"__proto__":1,"a":2}',
    object([
      ['__proto__', 1],
      ['a', 2],
    ]),
    ordinary,
  ],
  [
    'names-proto-object',
    '__proto__ with an object as its value',
    '{"a":2,"__proto__":{"b":1}}',
    object([
      ['__proto__', { b: 1 }],
      ['a', 2],
    ]),
    ordinary,
  ],
  [
    'names-proto-escaped',
    '__proto__ with an escaped letter',
    '{"__pro\\u0074o__":1}',
    object([['__proto__', 1]]),
    ordinary,
  ],
  [
    'names-of-object-methods',
    'constructor, toString, hasOwnProperty, valueOf',
    '{"valueOf":4,"toString":3,"hasOwnProperty":2,"constructor":1}',
    object([
      ['constructor', 1],
      ['hasOwnProperty', 2],
      ['toString', 3],
      ['valueOf', 4],
    ]),
    ordinary,
  ],
  [
    'names-integer-like',
    'names that look like numbers sort as text',
    '{"2":2,"b":4,"10":10,"a":3,"1":1}',
    { 1: 1, 10: 10, 2: 2, a: 3, b: 4 },
    ordinary,
  ],
  [
    'names-zero-padded',
    'names that are equal as numbers',
    '{"1":1,"01":2,"1.0":3,"+1":4,"-0":5,"0":6}',
    { '+1': 4, '-0': 5, 0: 6, '01': 2, 1: 1, '1.0': 3 },
    ordinary,
  ],
  [
    'names-of-literals',
    'null, true, NaN and undefined as names',
    '{"undefined":4,"true":3,"null":2,"NaN":1}',
    { NaN: 1, null: 2, true: 3, undefined: 4 },
    ordinary,
  ],
  ['names-to-json', 'toJSON, which some JSON writers call', '{"toJSON":{"a":1}}', { toJSON: { a: 1 } }, ordinary],
  [
    'names-with-nul',
    'names that differ behind a NUL',
    '{"a\\u0000b":2,"a\\u0000a":1}',
    { 'a\0a': 1, 'a\0b': 2 },
    ordinary,
  ],
  [
    'names-same-in-siblings',
    'the same name in two objects of one array is no duplicate',
    '[{"a":1},{"a":2}]',
    [{ a: 1 }, { a: 2 }],
    ordinary,
  ],
  [
    'names-same-in-parent-and-child',
    'the same name in an object and in the object inside it',
    '{"a":{"a":{"a":1}}}',
    { a: { a: { a: 1 } } },
    ordinary,
  ],
];

export function vectors() {
  return rows.map(([name, comment, input, value, about]) => accept(name, comment, input, value, about, twin(name)));
}

/** @param {string} name */
function twin(name) {
  const same = ['names-astral-and-private-use-sorted', 'names-astral-escaped'];
  return same.includes(name) ? 'names-astral-and-private-use' : undefined;
}
