// @ts-check
/** Bytes that are not UTF-8, byte order marks, and surrogates without a partner. */
import { reject } from './canonical-vector.mjs';

/** @type {import('./vector.mjs').About} */
const utf8 = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-46', 'GAP-12', 'J16'],
  effect:
    'the bytes are replaced by U+FFFD or taken as they are: different documents read alike, and readers disagree about what was signed',
  peers: ['go-tuf v2 and tuf-js 5.0.1 replace by U+FFFD'],
};

/** @type {import('./vector.mjs').About} */
const overlong = {
  ...utf8,
  effect:
    'one character has several spellings: checks on names can be passed in a form that another layer decodes differently',
};

/** @type {import('./vector.mjs').About} */
const surrogate = {
  ...utf8,
  rows: ['A-46', 'JSON-07', 'GAP-12', 'J15'],
  effect:
    'different lone surrogates all become U+FFFD: two documents have the same signed bytes, so one can replace the other',
};

/** @type {import('./vector.mjs').About} */
const mark = {
  ...utf8,
  rows: ['A-46', 'GAP-12'],
  effect: 'bytes before or behind the document are skipped by some readers and signed by others',
  peers: undefined,
};

/** Each row: name, comment, bytes in hex, the control's text. @type {readonly (readonly [string, string, string, string])[]} */
const overlongs = [
  ['utf8-overlong-nul', 'NUL in two bytes, C0 80', 'c080', '~'],
  ['utf8-overlong-solidus', 'a solidus in two bytes, C0 AF', 'c0af', '/'],
  ['utf8-overlong-quotation-mark', 'a quotation mark in two bytes, C0 A2', 'c0a2', "'"],
  ['utf8-overlong-delete', 'DEL in two bytes, C1 BF', 'c1bf', '~'],
  ['utf8-overlong-three-bytes', 'U+07FF in three bytes, E0 9F BF', 'e09fbf', '\u07ff'],
  ['utf8-overlong-solidus-three-bytes', 'a solidus in three bytes, E0 80 AF', 'e080af', '/'],
  ['utf8-overlong-four-bytes', 'U+FFFF in four bytes, F0 8F BF BF', 'f08fbfbf', '\uffff'],
];

/** @type {typeof overlongs} */
const invalid = [
  ['utf8-surrogate-high', 'U+D800 in three bytes, ED A0 80', 'eda080', '\ud7ff'],
  ['utf8-surrogate-low', 'U+DFFF in three bytes, ED BF BF', 'edbfbf', '\ue000'],
  ['utf8-surrogate-pair', 'U+1F600 as two surrogates of three bytes (CESU-8)', 'eda0bdedb880', '\u{1f600}'],
  ['utf8-beyond-last-code-point', 'U+110000, F4 90 80 80', 'f4908080', '\u{10ffff}'],
  ['utf8-lead-f5', 'F5, which begins no character', 'f5808080', '\u{10ffff}'],
  ['utf8-five-bytes', 'a character in five bytes, F8 88 80 80 80', 'f888808080', '~'],
  ['utf8-six-bytes', 'a character in six bytes, FC 84 80 80 80 80', 'fc8480808080', '~'],
  ['utf8-byte-fe', 'FE, which never occurs', 'fe', '~'],
  ['utf8-byte-ff', 'FF, which never occurs', 'ff', '~'],
  ['utf8-continuation-alone', '80, a continuation without a beginning', '80', '~'],
  ['utf8-last-continuation-alone', 'BF, a continuation without a beginning', 'bf', '~'],
  ['utf8-continuation-too-many', 'a character of two bytes with a third', 'c3a980', '\u00e9'],
  ['utf8-truncated-two', 'C3, then the closing quotation mark', 'c3', '\u00e9'],
  ['utf8-truncated-three', 'E2 82, then the closing quotation mark', 'e282', '\u20ac'],
  ['utf8-truncated-four', 'F0 9F 98, then the closing quotation mark', 'f09f98', '\u{1f600}'],
  ['utf8-truncated-before-character', 'E2 82, then an ordinary letter', 'e28261', '\u20ac'],
  ['utf8-latin-1', 'e with acute accent in Latin-1, E9', 'e9', '\u00e9'],
  ['utf8-windows-1252', 'a quotation mark of Windows-1252, 93', '93', '\u201c'],
];

/** Each row: name, comment, JSON text, the control's text. @type {typeof overlongs} */
const surrogates = [
  ['surrogate-high', 'an escaped high surrogate alone', '"\\ud800"', '"\\ud7ff"'],
  ['surrogate-low', 'an escaped low surrogate alone', '"\\udc00"', '"\\ue000"'],
  ['surrogate-reversed', 'a low surrogate before a high one', '"\\ude00\\ud83d"', '"\\ud83d\\ude00"'],
  ['surrogate-high-before-letter', 'a high surrogate, then a letter', '"\\ud83da"', '"\\ud83d\\ude00a"'],
  ['surrogate-high-before-escape', 'a high surrogate, then an escaped newline', '"\\ud83d\\n"', '"\\ud83d\\ude00\\n"'],
  [
    'surrogate-high-before-escaped-letter',
    'a high surrogate, then \\u0061',
    '"\\ud83d\\u0061"',
    '"\\ud83d\\ude00\\u0061"',
  ],
  ['surrogate-two-high', 'two high surrogates', '"\\ud83d\\ud83d"', '"\\ud83d\\ude00"'],
  ['surrogate-after-pair', 'a low surrogate after a whole pair', '"\\ud83d\\ude00\\ude00"', '"\\ud83d\\ude00"'],
  [
    'surrogate-high-at-the-end',
    'a high surrogate before the closing quotation mark',
    '"a\\udbff"',
    '"a\\udbff\\udfff"',
  ],
  ['surrogate-in-name', 'a lone surrogate in a name', '{"\\ud800":1}', '{"\\ud7ff":1}'],
  [
    'surrogate-names-alike',
    'two names that differ in their lone surrogates',
    '{"\\ud800":1,"\\ud801":2}',
    '{"\\ud7fe":1,"\\ud7ff":2}',
  ],
];

/** Each row: name, comment, bytes, control. @type {readonly (readonly [string, string, Buffer, string])[]} */
const marks = [
  ['byte-order-mark', 'EF BB BF before the document', Buffer.from('\ufeff{"a":1}'), '{"a":1}'],
  ['byte-order-mark-after-space', 'EF BB BF behind a space', Buffer.from(' \ufeff{"a":1}'), ' {"a":1}'],
  ['byte-order-mark-at-the-end', 'EF BB BF behind the document', Buffer.from('{"a":1}\ufeff'), '{"a":1}'],
  ['byte-order-mark-alone', 'EF BB BF and nothing else', Buffer.from('\ufeff'), 'null'],
  [
    'utf16-little-endian',
    'the document in UTF-16, little-endian, with its mark',
    Buffer.from('\ufeff{"a":1}', 'utf16le'),
    '{"a":1}',
  ],
  [
    'utf16-big-endian',
    'the document in UTF-16, big-endian, with its mark',
    Buffer.from('\ufeff{"a":1}', 'utf16le').swap16(),
    '{"a":1}',
  ],
  [
    'utf16-without-mark',
    'the document in UTF-16, little-endian, without a mark',
    Buffer.from('{"a":1}', 'utf16le'),
    '{"a":1}',
  ],
  [
    'utf8-invalid-before-document',
    'FF before the document',
    Buffer.concat([Buffer.from([0xff]), Buffer.from('{"a":1}')]),
    '{"a":1}',
  ],
  [
    'utf8-invalid-between-tokens',
    '80 between a comma and a name',
    Buffer.concat([Buffer.from('{"a":1,'), Buffer.from([0x80]), Buffer.from('"b":2}')]),
    '{"a":1,"b":2}',
  ],
  [
    'utf8-truncated-at-the-end',
    'the input ends inside a character',
    Buffer.concat([Buffer.from('"a'), Buffer.from([0xe2, 0x82])]),
    '"a\u20ac"',
  ],
];

export function vectors() {
  return [
    ...overlongs.map(([name, comment, hex, control]) => rejectBytes(name, comment, hex, control, overlong)),
    ...invalid.map(([name, comment, hex, control]) => rejectBytes(name, comment, hex, control, utf8)),
    ...namesOf(overlongs, 'utf8-overlong-solidus', overlong),
    ...namesOf(invalid, 'utf8-surrogate-high', utf8),
    ...namesOf(invalid, 'utf8-byte-ff', utf8),
    ...namesOf(invalid, 'utf8-truncated-two', utf8),
    ...surrogates.map(([name, comment, text, control]) => reject(name, comment, text, control, surrogate)),
    ...marks.map(([name, comment, bytes, control]) => reject(name, comment, bytes, control, mark)),
  ];
}

/** Bytes inside a string value. @param {string} name @param {string} comment @param {string} hex @param {string} control @param {import('./vector.mjs').About} about */
function rejectBytes(name, comment, hex, control, about) {
  const input = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(hex, 'hex'), Buffer.from('"}')]);
  return reject(name, comment, input, `{"a":"${control}"}`, about);
}

/** The same bytes inside a name. @param {typeof overlongs} rows @param {string} wanted @param {import('./vector.mjs').About} about */
function namesOf(rows, wanted, about) {
  return rows
    .filter(([name]) => name === wanted)
    .map(([name, comment, hex, control]) => {
      const input = Buffer.concat([Buffer.from('{"'), Buffer.from(hex, 'hex'), Buffer.from('":1}')]);
      return reject(`${name}-in-name`, `${comment}, in a name`, input, `{"${control}":1}`, about);
    });
}
