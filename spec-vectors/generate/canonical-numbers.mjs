// @ts-check
/** Numbers: integers that every language reads alike, and every other spelling. */
import { accept, reject } from './canonical-vector.mjs';

const largest = '9007199254740991';

/** @type {import('./vector.mjs').About} */
const fine = {
  section: '4.1',
  level: 'SHOULD',
  attack: 'lock-out',
  rows: ['4.1-b', 'A-66', 'JSON-07', 'GAP-12'],
  effect: 'integers are refused or printed in another way: honest metadata is refused',
};

/** @type {import('./vector.mjs').About} */
const inexact = {
  section: '4.1',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.1-b', 'A-66', 'JSON-07', 'GAP-12', 'J15', 'LIB-2'],
  effect:
    'digits are lost in a double: two documents with different numbers have the same signed bytes, so one can replace the other',
  peers: [
    'tuf-js 5.0.1 rounds',
    'go-tuf v2 rounds in unrecognised members',
    'python-tuf 5.1.0 reads integers of any size',
  ],
};

/** @type {import('./vector.mjs').About} */
const fraction = {
  ...inexact,
  rows: ['4.1-b', 'A-66', 'JSON-07', 'GAP-12'],
  effect: 'what is signed depends on how a language prints a number: readers disagree about the same bytes, or crash',
  peers: ['tuf-js 5.0.1 takes 1.0 and 1e2 for integers'],
};

/** @type {import('./vector.mjs').About} */
const grammar = {
  section: '4.1',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['A-46', 'A-66', 'GAP-12'],
  effect: 'a text that is not JSON is read all the same: readers disagree about what was signed',
};

/** @type {readonly (readonly [string, string, string, number])[]} */
const integers = [
  ['number-zero', '0', '0', 0],
  ['number-one', '1', '1', 1],
  ['number-minus-one', '-1', '-1', -1],
  ['number-trailing-zeros', '100', '100', 100],
  ['number-million', '1000000: no exponent, no separators', '1000000', 1000000],
  ['number-2-31', '2^31', '2147483648', 2147483648],
  ['number-minus-2-31-less-one', '-2^31 - 1', '-2147483649', -2147483649],
  ['number-2-32', '2^32', '4294967296', 4294967296],
  ['number-2-53-less-one', '2^53 - 1, the largest that is accepted', largest, Number.MAX_SAFE_INTEGER],
  ['number-minus-2-53-less-one', '-(2^53 - 1), the smallest that is accepted', `-${largest}`, -Number.MAX_SAFE_INTEGER],
];

/** Each row: name, comment, number, the number of the control. @type {readonly (readonly [string, string, string, string])[]} */
const tooLarge = [
  ['number-2-53', '2^53, the first integer that a double cannot tell from its neighbour', '9007199254740992', largest],
  ['number-2-53-plus-one', '2^53 + 1, which a double rounds to 2^53', '9007199254740993', largest],
  ['number-minus-2-53', '-2^53', '-9007199254740992', `-${largest}`],
  ['number-minus-2-53-less-two', '-2^53 - 1', '-9007199254740993', `-${largest}`],
  ['number-2-63-less-one', '2^63 - 1, the largest signed 64-bit integer', '9223372036854775807', largest],
  ['number-2-63', '2^63', '9223372036854775808', largest],
  ['number-minus-2-63', '-2^63', '-9223372036854775808', `-${largest}`],
  ['number-2-64', '2^64', '18446744073709551616', largest],
  ['number-10-21', '10^21 in digits, where JavaScript begins to print an exponent', '1000000000000000000000', largest],
  ['number-10-23', '10^23 in digits', '100000000000000000000000', largest],
  ['number-400-digits', 'more digits than a double can hold: it becomes infinite', '9'.repeat(400), largest],
];

/** @type {typeof tooLarge} */
const fractions = [
  ['number-fraction', '1.5', '1.5', '15'],
  ['number-negative-fraction', '-1.5', '-1.5', '-15'],
  ['number-integral-fraction', '1.0', '1.0', '1'],
  ['number-zero-fraction', '0.0', '0.0', '0'],
  ['number-tiny-fraction', 'one and a fraction that a double rounds away', '1.00000000000000000001', '1'],
  ['number-exponent', '1e2', '1e2', '100'],
  ['number-exponent-upper-case', '1E2', '1E2', '100'],
  ['number-exponent-plus', '1e+2', '1e+2', '100'],
  ['number-exponent-minus', '100e-2', '100e-2', '1'],
  ['number-exponent-zero', '1e0', '1e0', '1'],
  ['number-zero-exponent', '0e0', '0e0', '0'],
  ['number-fraction-and-exponent', '1.5e1', '1.5e1', '15'],
  ['number-exponent-overflow', '1e400, which becomes infinite in a double', '1e400', '1'],
  ['number-exponent-underflow', '1e-400, which becomes zero in a double', '1e-400', '0'],
  ['number-large-integral-fraction', '2^53 - 1 with a fraction of zero', `${largest}.0`, largest],
];

/** @type {typeof tooLarge} */
const notNumbers = [
  ['number-leading-zero', '01', '01', '1'],
  ['number-two-zeros', '00', '00', '0'],
  ['number-negative-leading-zero', '-01', '-01', '-1'],
  ['number-plus', '+1', '+1', '1'],
  ['number-minus-alone', 'a minus sign without digits', '-', '-1'],
  ['number-two-minus', '--1', '--1', '-1'],
  ['number-minus-space', 'a space between the minus sign and the digit', '- 1', '-1'],
  ['number-point-first', '.5', '.5', '5'],
  ['number-point-last', '1.', '1.', '1'],
  ['number-exponent-without-digits', '1e', '1e', '1'],
  ['number-hexadecimal', '0x10', '0x10', '16'],
  ['number-octal', '0o10', '0o10', '8'],
  ['number-binary', '0b10', '0b10', '2'],
  ['number-underscore', '1_000', '1_000', '1000'],
  ['number-comma', 'a comma as a separator of thousands, outside an array', '{"n":1,000}', '{"n":1000}'],
  ['number-bigint', '1n', '1n', '1'],
  ['number-nan', 'NaN', 'NaN', '0'],
  ['number-infinity', 'Infinity', 'Infinity', '0'],
  ['number-minus-infinity', '-Infinity', '-Infinity', '0'],
  ['number-inf', 'inf', 'inf', '0'],
  ['number-fullwidth-digit', 'the fullwidth digit one, U+FF11', '\uff11', '1'],
  ['number-arabic-digit', 'the Arabic-Indic digit one, U+0661', '\u0661', '1'],
];

/** @type {import('./vector.mjs').About} */
const minusZero = {
  ...fraction,
  rows: ['4.1-b', 'A-66', 'JSON-07', 'GAP-12'],
  effect:
    'zero has two spellings, and implementations print 0, print -0 or fail: readers disagree about what was signed',
  peers: ['python-tuf 5.1.0 and tuf-js 5.0.1 print 0', 'go-tuf v2 keeps -0 in unrecognised members'],
};

/** @type {import('./vector.mjs').About} */
const million = {
  ...inexact,
  attack: 'denial-of-service',
  rows: ['A-66', 'JSON-03', 'PY-15'],
  effect:
    'reading a number takes time that grows with the square of its digits: one small file stops the client (CVE-2020-10735)',
  peers: undefined,
};

export function vectors() {
  return [
    ...integers.map(([name, comment, text, value]) => accept(name, comment, text, value, fine)),
    accept('numbers-in-a-list', 'numbers inside an array keep their order', '[3,-1,0,2]', [3, -1, 0, 2], fine),
    ...tooLarge.map(([name, comment, text, control]) => rejectNumber(name, comment, text, control, inexact)),
    ...fractions.map(([name, comment, text, control]) => rejectNumber(name, comment, text, control, fraction)),
    rejectNumber('number-minus-zero', '-0', '-0', '0', minusZero),
    rejectNumber('number-minus-zero-fraction', '-0.0', '-0.0', '0', minusZero),
    rejectNumber('number-minus-zero-exponent', '-0e1', '-0e1', '0', minusZero),
    ...notNumbers.map(([name, comment, text, control]) => rejectNumber(name, comment, text, control, grammar)),
    rejectNumber('number-million-digits', 'an integer of 10^6 digits', '7'.repeat(1_000_000), largest, million),
    reject('number-at-the-top', 'a fraction as the whole text', '1.5', '15', fraction),
    reject(
      'number-deep-inside',
      'a fraction in an unrecognised member, far down',
      '{"a":[{"b":{"c":[0,1.5]}}]}',
      '{"a":[{"b":{"c":[0,15]}}]}',
      fraction,
    ),
  ];
}

/** The number as the value of a member; a text that has its own braces is taken as it is. @type {typeof reject} */
function rejectNumber(name, comment, text, control, about) {
  const inMember = (/** @type {string | Buffer} */ number) =>
    String(number).startsWith('{') ? number : `{"n":${number}}`;
  return reject(name, comment, inMember(text), inMember(control), about);
}
