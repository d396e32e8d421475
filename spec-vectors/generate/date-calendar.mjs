// @ts-check
/** Dates that are read: the calendar, its ends, fractions of a second, offsets. */
import { read, readJson } from './date-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./date-vector.mjs').Asked} Asked */

/** @type {About} */
const form = {
  section: '4.2.3',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.3-a', 'A-09', 'JSON-06'],
  effect: 'honest metadata is refused',
};

/** @type {About} */
const range = {
  ...form,
  level: 'decision',
  effect: 'two clients differ about a date that the form allows: one of them refuses it',
};

/** @type {About} */
const lenient = {
  ...range,
  rows: ['4.2.3-a', 'A-09', 'JSON-06', 'GAP-13'],
  effect: 'metadata as go-tuf, tough and the first Sigstore roots wrote it is refused',
  peers: ['python-tuf 5.1.0 refuses it'],
};

/** @type {About} */
const instant = {
  section: '5.4.4',
  level: 'decision',
  attack: 'freeze',
  rows: ['5.4.4', '4.2.3-a', 'A-09', 'A-10'],
  effect:
    'dates are compared as text, or without their offset: metadata outlives its date by up to a day, or dies early',
  peers: ['python-tuf 5.1.0 refuses it'],
};

const past = 'expired';
/** Where a reader may not reach: the date has passed anyway. */
const pastOrUnread = 'expired malformed';

/** @type {readonly (readonly [name: string, comment: string, text: string, seconds: number, asked?: Asked, about?: About])[]} */
const both = [
  ['plain', 'the form of the specification', '2049-01-01T00:00:00Z', 2493072000],
  ['every-part', 'no part is zero', '2049-11-23T17:38:59Z', 2521301939],
  ['january-31', 'the last day of January', '2049-01-31T00:00:00Z', 2495664000],
  ['february-28', 'the last day of February in a common year', '2049-02-28T00:00:00Z', 2498083200],
  ['february-29', 'the last day of February in a leap year', '2048-02-29T00:00:00Z', 2466547200],
  ['march-31', 'the last day of March', '2049-03-31T00:00:00Z', 2500761600],
  ['april-30', 'the last day of April', '2049-04-30T00:00:00Z', 2503353600],
  ['may-31', 'the last day of May', '2049-05-31T00:00:00Z', 2506032000],
  ['june-30', 'the last day of June', '2049-06-30T00:00:00Z', 2508624000],
  ['july-31', 'the last day of July', '2049-07-31T00:00:00Z', 2511302400],
  ['august-31', 'the last day of August', '2049-08-31T00:00:00Z', 2513980800],
  ['september-30', 'the last day of September', '2049-09-30T00:00:00Z', 2516572800],
  ['october-31', 'the last day of October', '2049-10-31T00:00:00Z', 2519251200],
  ['november-30', 'the last day of November', '2049-11-30T00:00:00Z', 2521843200],
  ['december-31', 'the last second of a year', '2049-12-31T23:59:59Z', 2524607999],
  [
    'february-28-2100',
    'the last day of February in a century that is no leap year',
    '2100-02-28T23:59:59Z',
    4107542399,
  ],
  ['march-1-2100', 'the day after it', '2100-03-01T00:00:00Z', 4107542400],
  ['february-29-2000', 'a leap day in the past', '2000-02-29T00:00:00Z', 951782400, { expired: past }],
  ['february-29-2400', '29 February of a century that is a leap year', '2400-02-29T00:00:00Z', 13574563200],
  [
    'after-2038',
    'beyond the range of signed 32-bit seconds',
    '2038-01-19T03:14:08Z',
    2147483648,
    { time: '2038-01-01T00:00:00Z' },
  ],
  ['after-2106', 'beyond the range of unsigned 32-bit seconds', '2106-02-07T06:28:16Z', 4294967296],
  ['after-2262', 'beyond the range of signed 64-bit nanoseconds', '2262-04-11T23:47:17Z', 9223372037],
  ['year-9999', 'the last second of the last year with four digits', '9999-12-31T23:59:59Z', 253402300799],
  ['epoch', 'second 0', '1970-01-01T00:00:00Z', 0, { expired: past }],
  ['before-epoch', 'the second before 1970', '1969-12-31T23:59:59Z', -1, { expired: past }],
  ['year-1900', 'before 1904, which some calendars begin with', '1900-01-01T00:00:00Z', -2208988800, { expired: past }],
  ['year-1582', 'before the Gregorian calendar', '1582-10-04T00:00:00Z', -12220243200, { expired: past }],
  [
    'year-99',
    'a year that some take for one of the 20th century',
    '0099-01-01T00:00:00Z',
    -59042995200,
    { expired: past },
  ],
  ['year-1', 'the first year', '0001-01-01T00:00:00Z', -62135596800, { expired: past }],
  [
    'year-0',
    'the year 0000, which the form allows and some calendars do not have',
    '0000-01-01T00:00:00Z',
    -62167219200,
    { expired: pastOrUnread },
    range,
  ],
  ['year-0-leap-day', '29 February 0000', '0000-02-29T00:00:00Z', -62162121600, { expired: pastOrUnread }, range],
];

/** @type {readonly (readonly [name: string, comment: string, text: string, seconds: number, nanoseconds: number, asked?: Asked])[]} */
const byDefault = [
  ['fraction-1', 'a fraction of one digit', '2049-01-01T00:00:00.5Z', 2493072000, 500_000_000],
  ['fraction-2', 'a fraction of two digits', '2049-01-01T00:00:00.05Z', 2493072000, 50_000_000],
  ['fraction-3', 'a fraction with zeros at its end', '2049-01-01T00:00:00.500Z', 2493072000, 500_000_000],
  ['fraction-6', 'a fraction of six digits', '2049-01-01T00:00:00.123456Z', 2493072000, 123_456_000],
  ['fraction-7', 'a fraction of seven digits', '2049-01-01T00:00:00.1234567Z', 2493072000, 123_456_700],
  ['fraction-9', 'a fraction of nine digits', '2049-01-01T00:00:00.123456789Z', 2493072000, 123_456_789],
  ['fraction-zero', 'a fraction of zero', '2049-01-01T00:00:00.0Z', 2493072000, 0],
  ['fraction-zeros', 'a fraction of nine zeros', '2049-01-01T00:00:00.000000000Z', 2493072000, 0],
  ['fraction-least', 'one nanosecond', '2049-01-01T00:00:00.000000001Z', 2493072000, 1],
  ['fraction-most', 'one nanosecond less than a second', '2049-01-01T00:00:00.999999999Z', 2493072000, 999_999_999],
  [
    'fraction-before-epoch',
    'half a second before 1970: the seconds are rounded down',
    '1969-12-31T23:59:59.5Z',
    -1,
    500_000_000,
    { expired: past },
  ],
  ['offset-east', 'two hours to the east: the instant is earlier', '2049-01-01T00:00:00+02:00', 2493064800, 0],
  ['offset-west', 'six hours to the west: the instant is later', '2049-01-01T00:00:00-06:00', 2493093600, 0],
  ['offset-half-hour', 'five and a half hours', '2049-01-01T00:00:00+05:30', 2493052200, 0],
  ['offset-minutes', 'minutes alone, to the west', '2049-01-01T00:00:00-00:01', 2493072060, 0],
  ['offset-zero', 'an offset of zero, written as +00:00', '2049-01-01T00:00:00+00:00', 2493072000, 0],
  ['offset-minus-zero', 'an offset of zero, written as -00:00', '2049-01-01T00:00:00-00:00', 2493072000, 0],
  ['offset-largest', 'the largest offset, +23:59', '2049-01-01T00:00:00+23:59', 2492985660, 0],
  ['offset-least', 'the least offset, -23:59', '2049-01-01T00:00:00-23:59', 2493158340, 0],
  ['offset-next-year', 'the instant is in the next year', '2048-12-31T23:30:00-01:00', 2493073800, 0],
  ['offset-to-leap-day', 'the instant is on 29 February', '2048-03-01T00:30:00+01:00', 2466631800, 0],
  ['offset-above-9999', 'the instant is in the year 10000', '9999-12-31T23:59:59-23:59', 253402387139, 0],
  [
    'offset-below-0',
    'the instant is before the year 0000',
    '0000-01-01T00:00:00+23:59',
    -62167305540,
    0,
    { expired: pastOrUnread },
  ],
  [
    'fraction-and-offset',
    'a fraction and an offset, as in the first Sigstore root',
    '2049-12-18T13:28:12.99008-06:00',
    2523468492,
    990_080_000,
  ],
  ['fraction-9-and-offset', 'the longest form', '2049-01-01T00:00:00.000000001+01:00', 2493068400, 1],
];

/** The clock of the sequences in which the instant decides. */
const time = '2031-01-01T00:00:00Z';

export function vectors() {
  return [
    ...both.map(([name, comment, text, seconds, asked, about = form]) =>
      read('both', name, comment, text, [seconds], about, asked),
    ),
    ...byDefault.map(([name, comment, text, seconds, nanoseconds, asked]) =>
      read('default', name, comment, text, [seconds, nanoseconds], lenient, asked),
    ),
    ...compared(),
    readJson('escaped', 'the last letter is written as an escape', '"2049-01-01T00:00:00\\u005a"', form),
    readJson(
      'escaped-throughout',
      'each of the digits of the year is written as an escape',
      '"\\u0032\\u0030\\u0034\\u0039-01-01T00:00:00Z"',
      form,
    ),
  ];
}

/** Dates close to the clock. A date that is the start of the update has passed. */
function compared() {
  /** @type {About} */
  const equal = {
    ...instant,
    level: 'MUST',
    rows: ['5.4.4', 'A-10'],
    effect: 'metadata is trusted at the very second at which it has expired',
    peers: ['go-tuf v2 and tough 0.19.0 take it'],
  };
  return [
    read('both', 'clock-equal', 'the date is the second at which the update starts', time, [1924992000], equal, {
      time,
      expired: past,
    }),
    read(
      'both',
      'clock-one-second-ago',
      'the second before the update starts',
      '2030-12-31T23:59:59Z',
      [1924991999],
      { ...equal, effect: 'metadata that has expired is trusted', peers: undefined },
      { time, expired: past },
    ),
    read(
      'both',
      'clock-one-day-ahead',
      'a day after the update starts',
      '2031-01-02T00:00:00Z',
      [1925078400],
      { ...form, section: '5.4.4', rows: ['5.4.4', '4.2.3-a'] },
      { time },
    ),
    read(
      'default',
      'clock-east-expired',
      'as text it is after the clock, as an instant an hour before it',
      '2031-01-01T01:00:00+02:00',
      [1924988400],
      instant,
      { time, expired: past },
    ),
    read(
      'default',
      'clock-west-valid',
      'as text it is before the clock, as an instant five hours after it',
      '2030-12-31T23:00:00-06:00',
      [1925010000],
      { ...instant, attack: 'lock-out' },
      { time },
    ),
    read(
      'default',
      'clock-west-equal',
      'six hours to the west of the second at which the update starts',
      '2030-12-31T18:00:00-06:00',
      [1924992000],
      instant,
      { time, expired: past },
    ),
    read(
      'default',
      'clock-fraction-ago',
      'a nanosecond before the update starts',
      '2030-12-31T23:59:59.999999999Z',
      [1924991999, 999_999_999],
      instant,
      { time, expired: past },
    ),
  ];
}
