// @ts-check
/** Duplicate names and the depth of nesting. */
import { accept, reject } from './canonical-vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */

/** @type {import('./vector.mjs').About} */
const duplicate = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-46', 'JSON-05', 'GAP-12', 'PY-16', 'J16', 'LIB-2'],
  effect:
    'one reader takes the first member and another the last: what is verified and what is used are different values',
  peers: ['python-tuf 5.1.0, go-tuf v2 and tuf-js 5.0.1 take the last'],
};

/** @type {import('./vector.mjs').About} */
const distinct = {
  ...duplicate,
  attack: 'lock-out',
  rows: ['A-46', 'A-60', 'GAP-12'],
  effect: 'members with different names are taken for duplicates: honest metadata is refused',
  peers: undefined,
};

/** @type {import('./vector.mjs').About} */
const depth = {
  section: '4.1',
  level: 'decision',
  attack: 'denial-of-service',
  rows: ['A-46', 'A-68', 'JSON-01', 'J15'],
  effect: 'a few hundred kilobytes of brackets exhaust the stack: the client crashes before it has checked a signature',
};

/** Each row: name, comment, text, control. @type {readonly (readonly [string, string, string, string])[]} */
const duplicates = [
  ['duplicate-adjacent', 'the same name twice, side by side', '{"a":1,"a":2}', '{"a":1,"b":2}'],
  ['duplicate-apart', 'the same name twice, with another between', '{"a":1,"b":3,"a":2}', '{"a":1,"b":3,"c":2}'],
  ['duplicate-same-value', 'the same name twice with the same value', '{"a":1,"a":1}', '{"a":1}'],
  ['duplicate-escaped', 'the second name is spelled with an escape', '{"a":1,"\\u0061":2}', '{"a":1,"\\u0062":2}'],
  [
    'duplicate-escaped-first',
    'the first name is spelled with an escape',
    '{"\\u0061":1,"b":3,"a":2}',
    '{"\\u0061":1,"b":3,"c":2}',
  ],
  [
    'duplicate-both-escaped',
    'both names are spelled with escapes',
    '{"\\u0061b":1,"a\\u0062":2}',
    '{"\\u0061b":1,"a\\u0063":2}',
  ],
  [
    'duplicate-escaped-hex-case',
    'the names differ in the case of the hex digits of an escape',
    '{"\\u00ef":1,"\\u00EF":2}',
    '{"\\u00ef":1,"\\u00EE":2}',
  ],
  ['duplicate-short-escape', 'a newline as \\n and as \\u000a', '{"\\n":1,"\\u000a":2}', '{"\\n":1,"\\u000b":2}'],
  ['duplicate-escaped-solidus', 'a solidus with and without a backslash', '{"a/b":1,"a\\/b":2}', '{"a/b":1,"a\\/c":2}'],
  [
    'duplicate-astral',
    'a character beyond U+FFFF, raw and as an escaped pair',
    '{"\u{1f600}":1,"\\ud83d\\ude00":2}',
    '{"\u{1f600}":1,"\\ud83d\\ude01":2}',
  ],
  ['duplicate-nested', 'inside an inner object', '{"x":{"y":{"a":1,"a":2}}}', '{"x":{"y":{"a":1,"b":2}}}'],
  ['duplicate-in-array', 'inside an object in an array', '[0,{"a":1,"a":2}]', '[0,{"a":1,"b":2}]'],
  ['duplicate-empty-name', 'the empty name twice', '{"":1,"":2}', '{"":1," ":2}'],
  ['duplicate-proto', '__proto__ twice', '{"__proto__":1,"__proto__":2}', '{"__proto__":1,"_proto_":2}'],
  [
    'duplicate-proto-objects',
    '__proto__ twice with objects',
    '{"__proto__":{"a":1},"__proto__":{"b":2}}',
    '{"__proto__":{"a":1}}',
  ],
  ['duplicate-constructor', 'constructor twice', '{"constructor":1,"constructor":2}', '{"constructor":1,"toString":2}'],
  ['duplicate-integer-like', '"10" twice', '{"10":1,"2":0,"10":2}', '{"10":1,"2":0,"1":2}'],
  ['duplicate-of-null', 'the first value is null', '{"a":null,"a":1}', '{"a":null,"b":1}'],
  ['duplicate-after-many', 'the same name behind many others', `{${names(200)},"n7":1}`, `{${names(200)},"m7":1}`],
  ['duplicate-three-times', 'the same name three times', '{"a":1,"a":2,"a":3}', '{"a":1,"b":2,"c":3}'],
];

/** @type {readonly (readonly [string, string, string, Tree])[]} */
const notDuplicates = [
  [
    'distinct-composed-and-decomposed',
    'names that are equal only after normalisation',
    '{"\u00e9":1,"e\u0301":2}',
    { 'e\u0301': 2, '\u00e9': 1 },
  ],
  ['distinct-nul-behind', 'a name, and the same with a NUL behind it', '{"a":1,"a\\u0000":2}', { a: 1, 'a\0': 2 }],
  [
    'distinct-backslash-u',
    'a letter, and the six characters of its escape',
    '{"a":1,"\\\\u0061":2}',
    { '\\u0061': 2, a: 1 },
  ],
];

export function vectors() {
  return [
    ...duplicates.map(([name, comment, text, control]) => reject(name, comment, text, control, duplicate)),
    ...notDuplicates.map(([name, comment, text, value]) => accept(name, comment, text, value, distinct)),
    ...depths(),
  ];
}

function depths() {
  const arrays = (/** @type {number} */ n) => '['.repeat(n) + ']'.repeat(n);
  const objects = (/** @type {number} */ n) => '{"a":'.repeat(n - 1) + '{}' + '}'.repeat(n - 1);
  const mixed = (/** @type {number} */ n) => '[{"a":'.repeat(n / 2) + '0' + '}]'.repeat(n / 2);
  const wide = (/** @type {number} */ n) => `[${arrays(n - 1)},${arrays(n - 1)},${objects(n - 1)}]`;
  const read = (/** @type {string} */ text) => /** @type {Tree} */ (JSON.parse(text));
  const fine = {
    ...depth,
    attack: 'lock-out',
    effect: 'nesting is counted in another way: honest metadata is refused',
  };
  return [
    accept('depth-64-arrays', '64 arrays, one inside the other', arrays(64), read(arrays(64)), fine),
    accept('depth-64-objects', '64 objects, one inside the other', objects(64), read(objects(64)), fine),
    accept('depth-64-mixed', '32 arrays and 32 objects, alternating', mixed(64), read(mixed(64)), fine),
    accept(
      'depth-64-again',
      'depth 64 reached three times, side by side: depth is not the number of brackets',
      wide(64),
      read(wide(64)),
      fine,
    ),
    accept(
      'depth-2-wide',
      '1000 arrays in one array',
      `[${Array(1000).fill('[]').join()}]`,
      Array(1000).fill([]),
      fine,
    ),
    accept(
      'depth-brackets-in-string',
      '100 opening brackets inside a string',
      `["${'['.repeat(100)}"]`,
      ['['.repeat(100)],
      fine,
    ),
    reject('depth-65-arrays', '65 arrays, one inside the other', arrays(65), arrays(64), depth),
    reject('depth-65-objects', '65 objects, one inside the other', objects(65), objects(64), depth),
    reject('depth-66-mixed', '33 arrays and 33 objects, alternating', mixed(66), mixed(64), depth),
    reject(
      'depth-65-in-last-member',
      'depth 65 in the last member only',
      `{"a":1,"b":${arrays(64)}}`,
      `{"a":1,"b":${arrays(63)}}`,
      depth,
    ),
    reject('depth-100000', '100000 arrays, one inside the other', arrays(100_000), arrays(64), depth),
    reject('depth-100000-open', '100000 opening brackets and nothing else', '['.repeat(100_000), arrays(64), depth),
    reject('depth-20000-objects', '20000 objects, one inside the other', objects(20_000), objects(64), depth),
  ];
}

/** @param {number} count */
function names(count) {
  return Array.from({ length: count }, (_, index) => `"n${index}":${index}`).join();
}
