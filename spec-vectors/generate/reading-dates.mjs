// @ts-check
/** `expires`: the calendar and the forms of RFC 3339 that are read. */

import { accept, allBut, reject, roles, sweep, withSigned } from './reading-vector.mjs';
import { raw } from './tree.mjs';

/** @typedef {import('./documents.mjs').Role} Role */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const unreadable = {
  section: '4.2.3',
  level: 'MUST',
  attack: 'freeze',
  rows: ['4.2.3-a', 'A-09', 'A-09b', 'A-32', 'JSON-01', 'JSON-06', 'J12', 'J13', 'GAP-13'],
  effect: 'a date that is no date never expires, or is guessed: a client can be held on old metadata for ever',
  peers: ['tuf-js 5.0.1 never expires an invalid date'],
};

/** @type {About} */
const lenient = {
  section: '4.2.3',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.3-a', 'A-09', 'JSON-06', 'GAP-13'],
  effect: 'metadata as go-tuf, tough and the first Sigstore roots wrote it is refused',
};

/** @type {About} */
const form = { ...lenient, level: 'MUST', effect: 'honest metadata is refused' };

/** Each row: name, comment, text, seconds since 1970, nanoseconds. @type {readonly (readonly [string, string, string, number, number])[]} */
const readByBoth = [
  ['leap-day', '29 February of a leap year', '2032-02-29T00:00:00Z', Date.UTC(2032, 1, 29) / 1000, 0],
  [
    'leap-day-2400',
    '29 February of a century that is a leap year',
    '2400-02-29T00:00:00Z',
    Date.UTC(2400, 1, 29) / 1000,
    0,
  ],
  ['last-second', 'the last second of a year', '2031-12-31T23:59:59Z', Date.UTC(2031, 11, 31, 23, 59, 59) / 1000, 0],
  ['after-2038', 'beyond the range of 32-bit seconds', '2038-01-19T03:14:08Z', 2147483648, 0],
  ['year-9999', 'the last second of the last year with four digits', '9999-12-31T23:59:59Z', 253402300799, 0],
];

/** @type {typeof readByBoth} */
const readByDefault = [
  ['fraction-1', 'a fraction of one digit', '2031-01-01T00:00:00.5Z', 1924992000, 500_000_000],
  [
    'fraction-3',
    'a fraction of three digits with zeros at the end',
    '2031-01-01T00:00:00.500Z',
    1924992000,
    500_000_000,
  ],
  ['fraction-zero', 'a fraction of zero', '2031-01-01T00:00:00.0Z', 1924992000, 0],
  ['fraction-9', 'a fraction of nine digits', '2031-01-01T00:00:00.123456789Z', 1924992000, 123_456_789],
  [
    'offset-east',
    'an offset of two hours to the east: the instant is earlier',
    '2031-01-01T00:00:00+02:00',
    1924992000 - 7200,
    0,
  ],
  [
    'offset-west',
    'an offset of six hours to the west: the instant is later',
    '2031-01-01T00:00:00-06:00',
    1924992000 + 21600,
    0,
  ],
  ['offset-half-hour', 'an offset of five and a half hours', '2031-01-01T00:00:00+05:30', 1924992000 - 19800, 0],
  ['offset-zero', 'an offset of zero, written as +00:00', '2031-01-01T00:00:00+00:00', 1924992000, 0],
  ['offset-minus-zero', 'an offset of zero, written as -00:00', '2031-01-01T00:00:00-00:00', 1924992000, 0],
  ['offset-largest', 'the largest offset, +23:59', '2031-01-01T00:00:00+23:59', 1924992000 - 86340, 0],
  [
    'fraction-and-offset',
    'a fraction and an offset, as in the first Sigstore root',
    '2031-12-18T13:28:12.99008-06:00',
    Date.UTC(2031, 11, 18, 19, 28, 12) / 1000,
    990_080_000,
  ],
];

/** Each row: name, comment, text. @type {readonly (readonly [string, string, string])[]} */
const refused = [
  ['february-30', '30 February', '2031-02-30T00:00:00Z'],
  ['february-29', '29 February of a common year', '2031-02-29T00:00:00Z'],
  ['february-29-2100', '29 February of a century that is no leap year', '2100-02-29T00:00:00Z'],
  ['april-31', '31 April', '2031-04-31T00:00:00Z'],
  ['day-32', 'day 32', '2031-01-32T00:00:00Z'],
  ['day-0', 'day 0', '2031-01-00T00:00:00Z'],
  ['month-13', 'month 13', '2031-13-01T00:00:00Z'],
  ['month-0', 'month 0', '2031-00-01T00:00:00Z'],
  ['hour-24', '24:00:00', '2031-01-01T24:00:00Z'],
  ['minute-60', 'minute 60', '2031-01-01T00:60:00Z'],
  ['second-60', 'second 60, a leap second', '2031-12-31T23:59:60Z'],
  ['second-61', 'second 61', '2031-01-01T00:00:61Z'],
  ['year-10000', 'a year of five digits', '10000-01-01T00:00:00Z'],
  ['year-signed', 'a year of six digits with a sign', '+002031-01-01T00:00:00Z'],
  ['year-negative', 'a negative year', '-2031-01-01T00:00:00Z'],
  ['year-2-digits', 'a year of two digits', '31-01-01T00:00:00Z'],
  ['unpadded', 'no zeros before the digits', '2031-1-1T0:0:0Z'],
  ['unpadded-hour', 'no zero before the hour', '2031-01-01T0:00:00Z'],
  ['no-zone', 'no zone at all', '2031-01-01T00:00:00'],
  ['no-seconds', 'no seconds', '2031-01-01T00:00Z'],
  ['date-only', 'a date without a time', '2031-01-01'],
  ['year-only', 'a year', '2031'],
  ['lower-case-z', 'a lower-case z', '2031-01-01T00:00:00z'],
  ['lower-case-t', 'a lower-case t', '2031-01-01t00:00:00Z'],
  ['space-for-t', 'a space between date and time', '2031-01-01 00:00:00Z'],
  ['leading-space', 'a space before the date', ' 2031-01-01T00:00:00Z'],
  ['trailing-space', 'a space behind the date', '2031-01-01T00:00:00Z '],
  [
    'trailing-newline',
    'a newline behind the date, which the $ of some regular expressions passes over',
    '2031-01-01T00:00:00Z\n',
  ],
  ['trailing-nul', 'a NUL behind the date', '2031-01-01T00:00:00Z\0'],
  ['fraction-empty', 'a point without digits', '2031-01-01T00:00:00.Z'],
  ['fraction-10', 'a fraction of ten digits', '2031-01-01T00:00:00.1234567890Z'],
  ['fraction-comma', 'a fraction behind a comma', '2031-01-01T00:00:00,5Z'],
  ['offset-24', 'an offset of 24 hours', '2031-01-01T00:00:00+24:00'],
  ['offset-minute-60', 'an offset with minute 60', '2031-01-01T00:00:00+01:60'],
  ['offset-without-colon', 'an offset without a colon', '2031-01-01T00:00:00+0100'],
  ['offset-hours-only', 'an offset of hours alone', '2031-01-01T00:00:00+01'],
  ['offset-and-z', 'Z and an offset', '2031-01-01T00:00:00Z+00:00'],
  ['offset-unicode-minus', 'an offset behind U+2212, the minus sign', '2031-01-01T00:00:00\u221206:00'],
  ['offset-name', 'the name of a zone', '2031-01-01T00:00:00UTC'],
  ['offset-gmt', 'the name of a zone behind a space', '2031-01-01T00:00:00 GMT'],
  ['basic', 'the basic form without separators', '20310101T000000Z'],
  ['slashes', 'slashes between the parts of the date', '2031/01/01T00:00:00Z'],
  ['ordinal', 'a day of the year', '2031-001T00:00:00Z'],
  ['week', 'a week date', '2031-W01-3T00:00:00Z'],
  ['http', 'the form of HTTP', 'Wed, 01 Jan 2031 00:00:00 GMT'],
  ['words', 'a word and a year, which some parsers take', 'foo 2099'],
  ['never', 'a word', 'never'],
  ['unix-seconds', 'seconds since 1970 as text', '1924992000'],
  ['fullwidth-digits', 'fullwidth digits', '\uff12\uff10\uff13\uff11-01-01T00:00:00Z'],
  ['arabic-digits', 'Arabic-Indic digits', '2031-01-01T00:00:0\u0660Z'],
];

/** The same fault on the documents of the other roles, since each may have its own reader. */
const everywhere = ['february-30', 'no-zone', 'words', 'hour-24'];

export function vectors() {
  return [
    ...roles.flatMap((role) => sweep(role, 'expires', ['expires'], allBut(), unreadable)),
    ...refused.map(([name, comment, text]) => refusedDate('timestamp', name, comment, text)),
    ...otherRoles().flatMap((role) =>
      refused
        .filter(([name]) => everywhere.includes(name))
        .map(([name, comment, text]) => refusedDate(role, name, comment, text)),
    ),
    ...readByBoth.map((row) => readDate('timestamp', row, form, undefined)),
    ...readByDefault.map((row) => readDate('timestamp', row, lenient, 'malformed')),
    ...otherRoles().flatMap((role) =>
      readByDefault
        .filter(([name]) => name === 'fraction-and-offset')
        .map((row) => readDate(role, row, lenient, 'malformed')),
    ),
    ...notText(),
  ];
}

function otherRoles() {
  return roles.filter((role) => role !== 'timestamp');
}

/** @param {Role} role @param {string} name @param {string} comment @param {string} text */
function refusedDate(role, name, comment, text) {
  return reject(role, `expires-${name}`, comment, withSigned(role, ['expires'], text), unreadable);
}

/** @param {Role} role @param {(typeof readByBoth)[number]} row @param {About} about @param {'malformed' | undefined} strict */
function readDate(role, [name, comment, text, seconds, nanoseconds], about, strict) {
  const more = { instant: { seconds, nanoseconds } };
  const options = strict === undefined ? { more } : { more, strict };
  return accept(role, `expires-${name}`, comment, withSigned(role, ['expires'], text), about, options);
}

/** Values of another type that some languages would take for a date, and a date in another spelling. */
function notText() {
  const date = '2031-01-01T00:00:00Z';
  const spelled = raw(`"${date.replace('Z', '\\u005a')}"`, `"${date}"`, date);
  return [
    reject(
      'timestamp',
      'expires-number',
      'seconds since 1970 as a number',
      withSigned('timestamp', ['expires'], 1924992000),
      unreadable,
    ),
    reject(
      'timestamp',
      'expires-list',
      'an array that holds a date, which JavaScript turns into text',
      withSigned('timestamp', ['expires'], [date]),
      unreadable,
    ),
    accept(
      'timestamp',
      'expires-escaped',
      'the last letter written as an escape',
      withSigned('timestamp', ['expires'], spelled),
      form,
    ),
  ];
}
