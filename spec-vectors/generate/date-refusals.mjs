// @ts-check
/** What is no date: days that no calendar has, other forms, other scripts, other types. */
import { refuse, refuseJson } from './date-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {readonly (readonly [name: string, comment: string, text: string, peers?: readonly string[]])[]} Rows */

/** tuf-js gives the text to `Date`, which reads some and calls the others invalid. */
const python = 'python-tuf 5.1.0 takes it';
const neverExpires = ['tuf-js 5.0.1 takes it for a date that never comes'];
const guessed = ['tuf-js 5.0.1 and 6.0.2 take it'];
const local = ['tuf-js 5.0.1 and 6.0.2 take it for local time'];

/** @type {About} */
const noDay = {
  section: '4.2.3',
  level: 'MUST',
  attack: 'freeze',
  rows: ['4.2.3-a', 'A-09', 'J12', 'JSON-06'],
  peers: neverExpires,
  effect: 'a date that does not exist is moved to another, or never comes: metadata outlives what its signer agreed to',
};

/** @type {About} */
const otherForm = {
  ...noDay,
  effect:
    'the date is guessed, differently by each platform and zone, or never comes: a client can be held on old metadata',
};

/** RFC 3339 or ISO 8601 would allow it. @type {About} */
const otherProfile = {
  ...otherForm,
  level: 'decision',
  effect: 'each date library decides by itself which variants it reads, and two clients differ about one file',
};

/** @type {About} */
const unpadded = { ...otherForm, rows: ['4.2.3-a', 'A-09b', 'PY-12', 'JSON-06'], peers: [...neverExpires, python] };

/** @type {About} */
const otherScript = {
  ...otherForm,
  rows: ['4.2.3-a', 'A-09b', 'JSON-06'],
  effect: 'what a person reads and what a client reads differ, and clients differ among themselves',
};

/** @type {About} */
const otherType = {
  ...noDay,
  rows: ['4.2.3-a', 'A-09', 'A-32', 'JSON-01', 'J12'],
  peers: undefined,
  effect:
    'a value that is no text becomes a date that never comes, or crashes the reader before a signature is checked',
};

/** @type {Rows} */
const noDays = [
  ['february-30', '30 February', '2049-02-30T00:00:00Z', guessed],
  ['february-31', '31 February', '2049-02-31T00:00:00Z', guessed],
  ['february-29-common', '29 February of a common year', '2049-02-29T00:00:00Z', guessed],
  ['february-29-2100', '29 February of a century that is no leap year', '2100-02-29T00:00:00Z', guessed],
  ['april-31', '31 April', '2049-04-31T00:00:00Z', guessed],
  ['june-31', '31 June', '2049-06-31T00:00:00Z', guessed],
  ['september-31', '31 September', '2049-09-31T00:00:00Z', guessed],
  ['november-31', '31 November', '2049-11-31T00:00:00Z', guessed],
  ['day-32', 'day 32', '2049-01-32T00:00:00Z'],
  ['day-0', 'day 0', '2049-01-00T00:00:00Z'],
  ['day-99', 'day 99', '2049-01-99T00:00:00Z'],
  ['month-13', 'month 13', '2049-13-01T00:00:00Z'],
  ['month-0', 'month 0', '2049-00-01T00:00:00Z'],
  ['hour-25', 'hour 25', '2049-01-01T25:00:00Z'],
  ['hour-24-and-a-second', '24:00:01', '2049-01-01T24:00:01Z'],
  ['minute-60', 'minute 60', '2049-01-01T00:60:00Z'],
  ['second-61', 'second 61', '2049-01-01T00:00:61Z'],
  ['second-99', 'second 99', '2049-01-01T00:00:99Z'],
];

/** @type {Rows} */
const otherForms = [
  ['year-10000', 'a year of five digits', '10000-01-01T00:00:00Z'],
  ['year-signed', 'a year of six digits with a sign', '+002049-01-01T00:00:00Z', guessed],
  ['year-plus', 'a sign before four digits', '+2049-01-01T00:00:00Z'],
  ['year-negative', 'a negative year', '-2049-01-01T00:00:00Z'],
  ['year-2-digits', 'a year of two digits', '49-01-01T00:00:00Z'],
  ['year-3-digits', 'a year of three digits', '999-01-01T00:00:00Z'],
  ['no-zone', 'no zone', '2049-01-01T00:00:00', local],
  ['no-zone-fraction', 'a fraction and no zone', '2049-01-01T00:00:00.5', local],
  ['no-seconds', 'no seconds', '2049-01-01T00:00Z', guessed],
  ['no-minutes', 'an hour alone', '2049-01-01T00Z'],
  ['date-only', 'a date without a time', '2049-01-01', guessed],
  ['date-and-t', 'a date and the letter T', '2049-01-01T'],
  ['date-and-z', 'a date and a zone', '2049-01-01Z', guessed],
  ['month-only', 'a year and a month', '2049-01', guessed],
  ['year-only', 'a year', '2049', guessed],
  ['empty', 'the empty text', ''],
  ['leading-space', 'a space before the date', ' 2049-01-01T00:00:00Z'],
  ['trailing-space', 'a space behind the date', '2049-01-01T00:00:00Z '],
  ['leading-tab', 'a tab before the date', '\t2049-01-01T00:00:00Z'],
  ['leading-bom', 'a byte order mark before the date', '\ufeff2049-01-01T00:00:00Z'],
  ['leading-newline', 'a newline before the date', '\n2049-01-01T00:00:00Z'],
  [
    'trailing-newline',
    'a newline behind the date, which the $ of some regular expressions passes over',
    '2049-01-01T00:00:00Z\n',
  ],
  ['trailing-nul', 'a NUL behind the date, which ends a text in C', '2049-01-01T00:00:00Z\0', guessed],
  ['trailing-date', 'a second date behind the first', '2049-01-01T00:00:00Z2020-01-01T00:00:00Z'],
  ['second-line', 'a second date on a second line', '2020-01-01T00:00:00Z\n2049-01-01T00:00:00Z'],
  ['trailing-z', 'two letters Z', '2049-01-01T00:00:00ZZ'],
  ['inner-space', 'a space in the date', '2049-01- 1T00:00:00Z'],
  ['inner-sign', 'a sign in the month', '2049-+1-01T00:00:00Z'],
  ['fraction-empty', 'a point without digits', '2049-01-01T00:00:00.Z'],
  ['fraction-no-zone', 'a point without digits and no zone', '2049-01-01T00:00:00.'],
  ['fraction-two', 'two fractions', '2049-01-01T00:00:00.5.5Z'],
  ['fraction-of-minute', 'a fraction of a minute', '2049-01-01T00:00.5Z'],
  ['fraction-sign', 'a sign in the fraction', '2049-01-01T00:00:00.+5Z'],
  ['fraction-exponent', 'an exponent in the fraction', '2049-01-01T00:00:00.5e1Z'],
  ['offset-24', 'an offset of 24 hours', '2049-01-01T00:00:00+24:00'],
  ['offset-minus-24', 'an offset of minus 24 hours', '2049-01-01T00:00:00-24:00'],
  ['offset-99', 'an offset of 99 hours', '2049-01-01T00:00:00-99:00'],
  ['offset-minute-60', 'minute 60 in the offset', '2049-01-01T00:00:00+01:60'],
  ['offset-one-digit', 'one digit for the hours of the offset', '2049-01-01T00:00:00+1:00'],
  ['offset-three-digits', 'three digits for the hours of the offset', '2049-01-01T00:00:00-001:00'],
  ['offset-sign-only', 'a sign without an offset', '2049-01-01T00:00:00+'],
  ['offset-no-sign', 'an offset without a sign', '2049-01-01T00:00:0001:00'],
  ['offset-two-signs', 'two signs', '2049-01-01T00:00:00+-01:00'],
  ['offset-and-z', 'Z and an offset', '2049-01-01T00:00:00Z+00:00'],
  ['offset-then-z', 'an offset and Z', '2049-01-01T00:00:00+00:00Z'],
  ['offset-space', 'a space before the offset', '2049-01-01T00:00:00 +01:00'],
  ['offset-seconds', 'seconds in the offset', '2049-01-01T00:00:00+01:00:00'],
  ['zone-utc', 'the name of a zone', '2049-01-01T00:00:00UTC'],
  ['zone-gmt', 'the name of a zone behind a space', '2049-01-01T00:00:00 GMT'],
  ['zone-letter', 'the military letter of another zone', '2049-01-01T00:00:00A'],
  ['zone-bracket', 'a zone in brackets, as Java writes it', '2049-01-01T00:00:00Z[UTC]'],
  ['slashes', 'slashes between the parts of the date', '2049/01/01T00:00:00Z'],
  ['dots', 'dots between the parts of the time', '2049-01-01T00.00.00Z'],
  ['day-first', 'the day first', '01-01-2049T00:00:00Z'],
  ['http', 'the form of HTTP', 'Fri, 01 Jan 2049 00:00:00 GMT', guessed],
  ['asctime', 'the form of asctime', 'Fri Jan  1 00:00:00 2049', guessed],
  ['words', 'a word and a year, which some parsers take', 'foo 2099', guessed],
  ['never', 'a word', 'never'],
  ['infinity', 'the word infinity', 'infinity'],
  ['now', 'the word now, which some parsers take', 'now'],
  ['unix-seconds', 'seconds since 1970 as text', '2493072000'],
  ['quoted', 'quotation marks in the text', '"2049-01-01T00:00:00Z"'],
];

/** @type {Rows} */
const otherProfiles = [
  ['hour-24', '24:00:00, the end of a day in ISO 8601', '2049-01-01T24:00:00Z', guessed],
  ['second-60', 'second 60, a leap second', '2049-12-31T23:59:60Z'],
  ['lower-case-z', 'a lower-case z', '2049-01-01T00:00:00z', [...guessed, python]],
  ['lower-case-t', 'a lower-case t', '2049-01-01t00:00:00Z', [...guessed, python]],
  ['lower-case-both', 'both letters in lower case', '2049-01-01t00:00:00z', [...guessed, python]],
  ['space-for-t', 'a space between date and time', '2049-01-01 00:00:00Z', guessed],
  ['underscore-for-t', 'an underscore between date and time', '2049-01-01_00:00:00Z'],
  ['fraction-10', 'a fraction of ten digits', '2049-01-01T00:00:00.1234567890Z', guessed],
  ['fraction-30', 'a fraction of thirty digits', `2049-01-01T00:00:00.${'3'.repeat(30)}Z`, guessed],
  ['fraction-comma', 'a fraction behind a comma', '2049-01-01T00:00:00,5Z'],
  ['offset-without-colon', 'an offset without a colon', '2049-01-01T00:00:00+0100', guessed],
  ['offset-hours-only', 'an offset of hours alone', '2049-01-01T00:00:00+01'],
  ['basic', 'the basic form without separators', '20490101T000000Z'],
  ['ordinal', 'a day of the year', '2049-001T00:00:00Z'],
  ['week', 'a week date', '2049-W01-5T00:00:00Z'],
];

/** @type {Rows} */
const noPadding = [
  ['unpadded', 'no part is padded with zeros', '2049-1-1T0:0:0Z'],
  ['unpadded-month', 'no zero before the month', '2049-1-01T00:00:00Z'],
  ['unpadded-day', 'no zero before the day', '2049-01-1T00:00:00Z'],
  ['unpadded-hour', 'no zero before the hour', '2049-01-01T0:00:00Z'],
  ['unpadded-minute', 'no zero before the minute', '2049-01-01T00:0:00Z'],
  ['unpadded-second', 'no zero before the second', '2049-01-01T00:00:0Z'],
];

/** @type {Rows} */
const otherScripts = [
  [
    'fullwidth-digits',
    'fullwidth digits in the year',
    '\uff12\uff10\uff14\uff19-01-01T00:00:00Z',
    [...neverExpires, python],
  ],
  ['arabic-digits', 'one Arabic-Indic digit', '2049-01-01T00:00:0\u0660Z', [...neverExpires, python]],
  ['devanagari-digits', 'Devanagari digits in the month', '2049-\u0966\u0967-01T00:00:00Z'],
  ['mathematical-digits', 'a digit outside the basic plane', '204\u{1d7d7}-01-01T00:00:00Z', [...neverExpires, python]],
  ['superscript-digit', 'a superscript digit', '2049-01-0\u00b9T00:00:00Z'],
  ['letter-o', 'the letter O in place of a zero', '2O49-01-01T00:00:00Z'],
  ['cyrillic-t', 'a Cyrillic letter that looks like T', '2049-01-01\u042200:00:00Z'],
  ['fullwidth-colon', 'a fullwidth colon', '2049-01-01T00\uff1a00:00Z'],
  ['unicode-minus', 'U+2212, the minus sign, before the offset', '2049-01-01T00:00:00\u221206:00'],
  ['en-dash', 'an en dash in the date', '2049\u201301-01T00:00:00Z'],
  ['non-breaking-hyphen', 'a non-breaking hyphen in the date', '2049\u201101-01T00:00:00Z'],
  ['zero-width-space', 'a zero-width space behind the date', '2049-01-01T00:00:00Z\u200b'],
  ['right-to-left-mark', 'a right-to-left mark before the date', '\u200f2049-01-01T00:00:00Z'],
];

const date = '2049-01-01T00:00:00Z';

/** @type {readonly (readonly [name: string, comment: string, value: Tree])[]} */
const noText = [
  ['null', 'null', null],
  ['true', 'true', true],
  ['false', 'false', false],
  ['zero', 'the number 0', 0],
  ['number-seconds', 'seconds since 1970 as a number', 2493072000],
  ['number-milliseconds', 'milliseconds since 1970 as a number', 2493072000000],
  ['number-year', 'a year as a number', 2049],
  ['number-largest', 'the largest number that is read', 9007199254740991],
  ['number-negative', 'a negative number', -1],
  ['list', 'an array that holds a date, which JavaScript turns into text', [date]],
  ['list-empty', 'an empty array', []],
  ['list-of-parts', 'year, month and day in an array', [2049, 1, 1]],
  ['object', 'an object that holds a date', { date }],
  ['object-empty', 'an empty object', {}],
];

export function vectors() {
  const rows = (/** @type {Rows} */ list, /** @type {About} */ about) =>
    list.map(([name, comment, text, peers]) =>
      refuse(name, comment, text, peers === undefined ? about : { ...about, peers }),
    );
  return [
    ...rows(noDays, noDay),
    ...rows(otherForms, otherForm),
    ...rows(otherProfiles, otherProfile),
    ...rows(noPadding, unpadded),
    ...rows(otherScripts, otherScript),
    ...noText.map(([name, comment, value]) =>
      refuseJson(`no-text-${name}`, comment, JSON.stringify(value), value, otherType),
    ),
  ];
}
