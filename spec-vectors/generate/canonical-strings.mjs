// @ts-check
/** Strings: what each canonical form escapes and what it leaves as it is. */
import { accept } from './canonical-vector.mjs';

/** @type {import('./vector.mjs').About} */
const about = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-a', 'A-01', 'JSON-07', 'GAP-12'],
  effect: 'the signed bytes differ from those of the signer: honest metadata is refused',
};

/** @type {import('./vector.mjs').About} */
const control = {
  ...about,
  rows: [...about.rows, 'SG-11', 'LIB-1'],
  effect: 'the two canonical forms are confused: every file with a PEM key or another control character is refused',
};

/** @type {import('./vector.mjs').About} */
const verbatim = {
  ...about,
  rows: [...about.rows, 'A-60'],
  effect: 'text is normalised or replaced: honest metadata is refused, and two different names can become one',
};

/** Each row: name, comment, JSON text, value. @type {readonly (readonly [string, string, string, string])[]} */
const escapes = [
  ['string-empty', 'the empty string', '""', ''],
  [
    'string-ascii',
    'printable ASCII without quotation mark and backslash',
    '"az AZ 09 ~!#$%()*+,-.:;=?@[]^_`{|}"',
    'az AZ 09 ~!#$%()*+,-.:;=?@[]^_`{|}',
  ],
  [
    'string-html',
    'characters that some JSON writers escape for HTML: < > & and the apostrophe',
    '"<a href=\'x\'>&amp;"',
    "<a href='x'>&amp;",
  ],
  [
    'string-html-escaped',
    'the same characters written with \\u escapes',
    '"\\u003ca href=\\u0027x\\u0027\\u003e\\u0026amp;"',
    "<a href='x'>&amp;",
  ],
  ['string-quotation-mark', 'an escaped quotation mark stays escaped', '"say \\"hi\\""', 'say "hi"'],
  ['string-quotation-mark-by-number', 'a quotation mark written as \\u0022 becomes \\"', '"\\u0022"', '"'],
  ['string-backslash', 'an escaped backslash stays escaped', '"a\\\\b"', 'a\\b'],
  ['string-backslash-by-number', 'a backslash written as \\u005c becomes two backslashes', '"\\u005c"', '\\'],
  ['string-backslash-before-letter', 'backslash, then n: two characters, no newline', '"\\\\n"', '\\n'],
  ['string-solidus', 'a solidus is not escaped', '"a/b"', 'a/b'],
  ['string-solidus-escaped', 'an escaped solidus loses its backslash', '"a\\/b"', 'a/b'],
  ['string-letter-by-number', 'A written as \\u0041 becomes the letter', '"\\u0041"', 'A'],
  ['string-hex-case', 'the hex digits of an escape may have either case', '"\\u00eF\\u00Ef"', 'ïï'],
];

/** @type {typeof escapes} */
const controls = [
  ['string-backspace', 'backspace: a raw byte under OLPC, \\b under RFC 8785', '"a\\bb"', 'a\bb'],
  ['string-tab', 'tab: a raw byte under OLPC, \\t under RFC 8785', '"a\\tb"', 'a\tb'],
  ['string-newline', 'newline: a raw byte under OLPC, \\n under RFC 8785', '"a\\nb"', 'a\nb'],
  ['string-form-feed', 'form feed: a raw byte under OLPC, \\f under RFC 8785', '"a\\fb"', 'a\fb'],
  ['string-carriage-return', 'carriage return: a raw byte under OLPC, \\r under RFC 8785', '"a\\rb"', 'a\rb'],
  ['string-nul', 'NUL: a raw byte under OLPC, \\u0000 under RFC 8785', '"a\\u0000b"', 'a\0b'],
  ['string-vertical-tab', 'vertical tab has no short escape', '"a\\u000bb"', 'a\vb'],
  ['string-escape', 'ESC, as in terminal sequences', '"a\\u001b[31mb"', 'a\u001b[31mb'],
  ['string-unit-separator', 'the last of the control characters, U+001F', '"a\\u001fb"', 'a\u001fb'],
  ['string-every-control', 'all 32 control characters in order', `"${numbered(0, 32)}"`, characters(0, 32)],
  [
    'string-pem',
    'a public key in PEM: six newlines',
    '"-----BEGIN PUBLIC KEY-----\\nMFkw\\nEwYH\\nKoZI\\nzj0=\\n-----END PUBLIC KEY-----\\n"',
    '-----BEGIN PUBLIC KEY-----\nMFkw\nEwYH\nKoZI\nzj0=\n-----END PUBLIC KEY-----\n',
  ],
];

/** @type {typeof escapes} */
const unicode = [
  ['string-delete', 'DEL, U+007F, is no control character for either form', '"a\u007fb"', 'a\u007fb'],
  ['string-delete-escaped', 'DEL written as an escape', '"a\\u007fb"', 'a\u007fb'],
  ['string-c1-controls', 'U+0080 to U+009F stay as they are', `"${characters(0x80, 0xa0)}"`, characters(0x80, 0xa0)],
  ['string-c1-escaped', 'U+0080 and U+009F written as escapes', '"\\u0080\\u009f"', '\u0080\u009f'],
  [
    'string-line-separators',
    'U+2028 and U+2029, which some JSON writers escape for JavaScript',
    '"\u2028\u2029"',
    '\u2028\u2029',
  ],
  ['string-line-separators-escaped', 'U+2028 and U+2029 written as escapes', '"\\u2028\\u2029"', '\u2028\u2029'],
  [
    'string-byte-order-mark-inside',
    'U+FEFF inside a string is a character like any other',
    '"\ufeffa\ufeff"',
    '\ufeffa\ufeff',
  ],
  ['string-replacement-character', 'U+FFFD itself is legal text', '"\ufffd"', '\ufffd'],
  ['string-noncharacters', 'U+FDD0, U+FFFE and U+FFFF are legal in JSON', '"\ufdd0\ufffe\uffff"', '\ufdd0\ufffe\uffff'],
  [
    'string-around-the-surrogates',
    'U+D7FF and U+E000, the neighbours of the surrogates',
    '"\ud7ff\ue000"',
    '\ud7ff\ue000',
  ],
  ['string-astral', 'a character beyond U+FFFF, raw', '"\u{1f600}"', '\u{1f600}'],
  ['string-astral-escaped', 'the same character as an escaped pair of surrogates', '"\\ud83d\\ude00"', '\u{1f600}'],
  ['string-astral-escaped-upper-case', 'the same pair in upper-case hex', '"\\uD83D\\uDE00"', '\u{1f600}'],
  ['string-last-code-point', 'U+10FFFF, raw and escaped', '"\u{10ffff}\\udbff\\udfff"', '\u{10ffff}\u{10ffff}'],
  ['string-composed', 'e with acute accent as one code point', '"\u00e9"', '\u00e9'],
  ['string-decomposed', 'e followed by a combining acute accent', '"e\u0301"', 'e\u0301'],
  ['string-angstrom', 'U+212B, which normalisation would replace by U+00C5', '"\u212b"', '\u212b'],
  ['string-ligature', 'U+FB01, which compatibility normalisation would take apart', '"\ufb01"', '\ufb01'],
  ['string-hangul', 'Hangul jamo, which normalisation would compose', '"\u1112\u1161\u11ab"', '\u1112\u1161\u11ab'],
  [
    'string-combining-order',
    'two combining marks in the order that normalisation would swap',
    '"a\u0301\u0323"',
    'a\u0301\u0323',
  ],
  [
    'string-bidi-controls',
    'U+202E and U+2066: dangerous to print, ordinary to sign',
    '"\u202eabc\u2066"',
    '\u202eabc\u2066',
  ],
];

/** The smallest and the largest character of each length in UTF-8. @type {typeof escapes} */
const lengths = [
  ['utf8-one-byte', 'U+0001 escaped, and U+007E, the last printable of one byte', '"\\u0001~"', '\u0001~'],
  ['utf8-two-bytes', 'U+0080 and U+07FF, the ends of the two-byte range', '"\u0080\u07ff"', '\u0080\u07ff'],
  ['utf8-three-bytes', 'U+0800 and U+FFFF, the ends of the three-byte range', '"\u0800\uffff"', '\u0800\uffff'],
  [
    'utf8-four-bytes',
    'U+10000 and U+10FFFF, the ends of the four-byte range',
    '"\u{10000}\u{10ffff}"',
    '\u{10000}\u{10ffff}',
  ],
];

/** Other spellings of a string above. @type {readonly (readonly [...(typeof escapes)[number], string])[]} */
const spellings = [
  ['string-newline-by-number', 'a newline written as \\u000a', '"a\\u000ab"', 'a\nb', 'string-newline'],
  ['string-newline-by-number-upper-case', 'a newline written as \\u000A', '"a\\u000Ab"', 'a\nb', 'string-newline'],
  ['string-tab-by-number', 'a tab written as \\u0009', '"a\\u0009b"', 'a\tb', 'string-tab'],
  ['string-solidus-by-number', 'a solidus written as \\u002f', '"a\\u002fb"', 'a/b', 'string-solidus'],
  ['string-composed-escaped', 'the composed letter as an escape', '"\\u00e9"', '\u00e9', 'string-composed'],
];

export function vectors() {
  return [
    ...escapes.map(([name, comment, input, value]) => accept(name, comment, input, value, about)),
    ...controls.map(([name, comment, input, value]) => accept(name, comment, input, value, control)),
    ...[...unicode, ...lengths].map(([name, comment, input, value]) => accept(name, comment, input, value, verbatim)),
    ...spellings.map(([name, comment, input, value, same]) => accept(name, comment, input, value, control, same)),
  ];
}

/** @param {number} from @param {number} to exclusive */
function characters(from, to) {
  return String.fromCodePoint(...Array.from({ length: to - from }, (_, index) => from + index));
}

/** The same as escapes. @param {number} from @param {number} to */
function numbered(from, to) {
  return [...characters(from, to)].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
