// @ts-check
/** Values and their order, spellings of one value, nesting, and texts that are not JSON. */
import { accept, reject } from './canonical-vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */

/** @type {import('./vector.mjs').About} */
const form = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-a', 'A-01', 'GAP-12'],
  effect: 'the signed bytes differ from those of the signer: honest metadata is refused',
};

/** @type {import('./vector.mjs').About} */
const spelling = {
  ...form,
  effect:
    'the received spelling leaks into the signed bytes: metadata that was indented or reordered on its way is refused',
};

/** @type {import('./vector.mjs').About} */
const grammar = {
  section: '4.1',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['A-46', 'GAP-12'],
  effect: 'a text that is not JSON is read all the same: readers disagree about what was signed',
};

/** @type {readonly (readonly [string, string, string, Tree])[]} */
const values = [
  ['value-null', 'null as the whole text', 'null', null],
  ['value-true', 'true as the whole text', 'true', true],
  ['value-false', 'false as the whole text', 'false', false],
  ['value-empty-object', 'an object without members', '{}', {}],
  ['value-empty-array', 'an array without items', '[]', []],
  [
    'value-literals-in-array',
    'null, true, false and numbers in an array',
    '[null,true,false,0]',
    [null, true, false, 0],
  ],
  ['value-array-order', 'the items of an array keep their order', '["b","a","c",2,1]', ['b', 'a', 'c', 2, 1]],
  ['value-nested-arrays', 'arrays inside arrays', '[[],[[]],[[[1]],2]]', [[], [[]], [[[1]], 2]]],
  [
    'value-nested-objects',
    'every object is sorted, at every level',
    '{"b":{"d":1,"c":{"f":2,"e":3}},"a":{}}',
    { a: {}, b: { c: { e: 3, f: 2 }, d: 1 } },
  ],
  [
    'value-objects-in-array',
    'objects in an array are sorted inside and keep their places',
    '[{"b":1,"a":2},{"a":3}]',
    [{ a: 2, b: 1 }, { a: 3 }],
  ],
  ['value-null-member', 'a member that is null stays', '{"b":null,"a":1}', { a: 1, b: null }],
  ['value-empty-containers', 'empty containers as members', '{"b":[],"a":{},"c":""}', { a: {}, b: [], c: '' }],
];

const same = { a: [1, { x: null, y: 'é/"\n' }], b: {}, c: true };

/** @type {readonly (readonly [string, string, string])[]} */
const spellings = [
  ['same-value-compact', 'one value, compact and in order', '{"a":[1,{"x":null,"y":"é/\\"\\n"}],"b":{},"c":true}'],
  [
    'same-value-indented',
    'the same value, indented',
    '{\n  "a": [\n    1,\n    { "x": null, "y": "é/\\"\\n" }\n  ],\n  "b": {},\n  "c": true\n}',
  ],
  [
    'same-value-reordered',
    'the same value, members in another order',
    '{"c":true,"b":{},"a":[1,{"y":"é/\\"\\n","x":null}]}',
  ],
  [
    'same-value-escaped',
    'the same value with other escapes',
    '{"\\u0061":[1,{"x":null,"y":"\\u00E9\\/\\u0022\\u000a"}],"\\u0062":{},"c":true}',
  ],
  [
    'same-value-all-whitespace',
    'the same value with space, tab, newline and carriage return around every token',
    ' \t\r\n{ \t\r\n"a" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n{ \t\r\n"x" \t\r\n: \t\r\nnull \t\r\n, \t\r\n"y" \t\r\n: \t\r\n"é/\\"\\n" \t\r\n} \t\r\n] \t\r\n, \t\r\n"b" \t\r\n: \t\r\n{ \t\r\n} \t\r\n, \t\r\n"c" \t\r\n: \t\r\ntrue \t\r\n} \t\r\n',
  ],
  [
    'same-value-trailing-newline',
    'the same value with a newline at the end',
    '{"a":[1,{"x":null,"y":"é/\\"\\n"}],"b":{},"c":true}\n',
  ],
  [
    'same-value-windows-lines',
    'the same value with lines that end in carriage return and newline',
    '{\r\n"c": true,\r\n"b": {},\r\n"a": [1, {"y": "é/\\"\\n", "x": null}]\r\n}\r\n',
  ],
];

/** Each row: name, comment, text, control. @type {readonly (readonly [string, string, string, string])[]} */
const broken = [
  ['empty-input', 'no byte at all', '', 'null'],
  ['only-whitespace', 'whitespace and nothing else', ' \n', ' null\n'],
  ['array-open', 'an array that does not end', '[1', '[1]'],
  ['array-open-after-comma', 'an array that ends after a comma', '[1,', '[1]'],
  ['object-open', 'an object that does not end', '{"a":1', '{"a":1}'],
  ['object-open-after-name', 'an object that ends after a name', '{"a"', '{"a":1}'],
  ['object-open-after-colon', 'an object that ends after a colon', '{"a":', '{"a":1}'],
  ['string-open', 'a string that does not end', '"abc', '"abc"'],
  ['string-open-after-backslash', 'a string that ends after a backslash', '"abc\\', '"abc"'],
  ['string-open-in-escape', 'a string that ends inside a \\u escape', '"abc\\u00', '"abc"'],
  ['literal-cut-short', 'tru', 'tru', 'true'],
  ['array-trailing-comma', 'a comma before the closing bracket', '[1,]', '[1]'],
  ['array-leading-comma', 'a comma after the opening bracket', '[,1]', '[1]'],
  ['array-two-commas', 'two commas between items', '[1,,2]', '[1,2]'],
  ['array-without-comma', 'no comma between items', '[1 2]', '[1,2]'],
  ['array-with-colon', 'a colon in an array', '["a":1]', '["a",1]'],
  ['object-trailing-comma', 'a comma before the closing brace', '{"a":1,}', '{"a":1}'],
  ['object-leading-comma', 'a comma after the opening brace', '{,"a":1}', '{"a":1}'],
  ['object-two-commas', 'two commas between members', '{"a":1,,"b":2}', '{"a":1,"b":2}'],
  ['object-without-comma', 'no comma between members', '{"a":1 "b":2}', '{"a":1,"b":2}'],
  ['object-without-colon', 'no colon behind a name', '{"a" 1}', '{"a":1}'],
  ['object-two-colons', 'two colons behind a name', '{"a"::1}', '{"a":1}'],
  ['object-without-value', 'a name without a value', '{"a":}', '{"a":1}'],
  ['object-with-bare-string', 'a string instead of a member', '{"a"}', '{"a":1}'],
  ['object-equals-sign', 'an equals sign instead of a colon', '{"a"=1}', '{"a":1}'],
  ['name-unquoted', 'a name without quotation marks', '{a:1}', '{"a":1}'],
  ['name-number', 'a number as a name', '{1:1}', '{"1":1}'],
  ['name-null', 'null as a name', '{null:1}', '{"null":1}'],
  ['quotes-single', 'apostrophes instead of quotation marks', "{'a':1}", '{"a":1}'],
  ['quotes-typographic', 'typographic quotation marks', '{\u201ca\u201d:1}', '{"a":1}'],
  ['quotes-backtick', 'backticks instead of quotation marks', '[`a`]', '["a"]'],
  ['brackets-mismatched', 'a brace that closes an array', '[1}', '[1]'],
  ['brackets-crossed', 'brackets that cross', '[{"a":1]}', '[{"a":1}]'],
  ['bracket-closing-first', 'a closing bracket first', '][', '[]'],
  ['bracket-closing-too-many', 'one closing bracket too many', '[]]', '[]'],
  ['comment-line', 'a comment to the end of the line', '{"a":1 // one\n}', '{"a":1 \n}'],
  ['comment-block', 'a comment between slashes and asterisks', '{"a":/* one */1}', '{"a":1}'],
  ['comment-hash', 'a comment behind a number sign', '# one\n{"a":1}', '\n{"a":1}'],
  ['trailing-value', 'a second value behind the first', '{"a":1}{"a":2}', '{"a":1}'],
  ['trailing-line', 'a second document on the next line', '{"a":1}\n{"a":2}\n', '{"a":1}\n'],
  ['trailing-letter', 'a letter behind the document', '{"a":1}x', '{"a":1}'],
  ['trailing-comma', 'a comma behind the document', '{"a":1},', '{"a":1}'],
  ['trailing-nul', 'a NUL behind the document', '{"a":1}\0', '{"a":1}'],
  ['leading-letter', 'a letter before the document', 'x{"a":1}', '{"a":1}'],
  ['leading-prefix', 'the prefix against script inclusion', ')]}\'\n{"a":1}', '\n{"a":1}'],
  ['whitespace-form-feed', 'a form feed between tokens', '{"a":\f1}', '{"a": 1}'],
  ['whitespace-vertical-tab', 'a vertical tab between tokens', '{"a":\v1}', '{"a": 1}'],
  ['whitespace-no-break-space', 'U+00A0 between tokens', '{"a":\u00a01}', '{"a": 1}'],
  ['whitespace-line-separator', 'U+2028 between tokens', '{"a":\u20281}', '{"a": 1}'],
  ['literal-capital', 'True', '[True]', '[true]'],
  ['literal-upper-case', 'NULL', '[NULL]', '[null]'],
  ['literal-too-long', 'nullx', '[nullx]', '[null]'],
  ['literal-undefined', 'undefined', '[undefined]', '[null]'],
  ['literal-none', 'None', '[None]', '[null]'],
  ['control-newline-in-string', 'a raw newline in a string', '"a\nb"', '"a\\nb"'],
  ['control-tab-in-string', 'a raw tab in a string', '"a\tb"', '"a\\tb"'],
  ['control-nul-in-string', 'a raw NUL in a string', '"a\0b"', '"a\\u0000b"'],
  ['control-last-in-string', 'a raw U+001F in a string', '"a\u001fb"', '"a\\u001fb"'],
  ['control-newline-in-name', 'a raw newline in a name', '{"a\nb":1}', '{"a\\nb":1}'],
  ['escape-hexadecimal', '\\x41', '"\\x41"', '"\\u0041"'],
  ['escape-apostrophe', "\\'", '"\\\'"', '"\'"'],
  ['escape-zero', '\\0', '"\\0"', '"\\u0000"'],
  ['escape-bell', '\\a', '"\\a"', '"\\u0007"'],
  ['escape-vertical-tab', '\\v', '"\\v"', '"\\u000b"'],
  ['escape-line-continuation', 'a backslash before a newline', '"a\\\nb"', '"a\\nb"'],
  ['escape-two-digits', '\\u with two digits', '"\\u41"', '"\\u0041"'],
  ['escape-three-digits', '\\u with three digits and a letter that is none', '"\\u004g"', '"\\u0041"'],
  ['escape-sign', '\\u with a sign, which some number parsers take', '"\\u+041"', '"\\u0041"'],
  ['escape-space', '\\u with a space, which some number parsers take', '"\\u 041"', '"\\u0041"'],
  ['escape-upper-case-u', '\\U0041', '"\\U0041"', '"\\u0041"'],
  ['escape-braces', '\\u{41}', '"\\u{41}"', '"\\u0041"'],
  ['escape-fullwidth-digits', '\\u with fullwidth digits', '"\\u\uff10\uff10\uff14\uff11"', '"\\u0041"'],
];

export function vectors() {
  return [
    ...values.map(([name, comment, text, value]) => accept(name, comment, text, value, form)),
    ...spellings.map(([name, comment, text], index) =>
      accept(name, comment, text, same, spelling, index === 0 ? undefined : 'same-value-compact'),
    ),
    ...broken.map(([name, comment, text, control]) => reject(name, comment, text, control, grammar)),
  ];
}
