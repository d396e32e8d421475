/**
 * An instant: whole milliseconds since 1970-01-01T00:00:00Z, and the nanoseconds below (0 to 999,999).
 * Read from RFC 3339 text without the platform's date parser, and without reading a clock.
 */
export interface Instant {
  readonly milliseconds: number;
  readonly nanoseconds: number;
}

const grammar = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Reads a date-time: upper-case `T`, `Z` or a numeric offset, an optional fraction of 1 to 9 digits, a day that the
 * calendar has. With `strict`, only `YYYY-MM-DDTHH:MM:SSZ`. Gives `undefined` for anything else.
 *
 * @spec 4.2.3-a, A-09, A-09b
 */
export function parseDateTime(text: string, strict = false): Instant | undefined {
  const match = grammar.exec(text);
  if (match === null || (strict && text.length !== 20)) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = ((dayNumber(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  // A part that is out of its range comes back as another.
  if (formatSeconds(local).slice(0, 19) !== text.slice(0, 19)) return undefined;
  const [fraction = '', sign, offsetHour = 0, offsetMinute = 0] = match.slice(7);
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -60 : 60);
  const digits = fraction.padEnd(9, '0');
  return { milliseconds: (local - offset) * 1000 + Number(digits.slice(0, 3)), nanoseconds: Number(digits.slice(3)) };
}

/** Writes the only form that tufa writes, `YYYY-MM-DDTHH:MM:SSZ`; a fraction of a second is dropped. */
export function formatDateTime(instant: Instant): string {
  return formatSeconds(Math.floor(instant.milliseconds / 1000));
}

/** Negative when `a` is earlier than `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.milliseconds - b.milliseconds || a.nanoseconds - b.nanoseconds;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719469;
}

function formatSeconds(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  // At most one year too late, since no calendar year is far from the mean.
  let year = Math.floor(days / 365.2425) + 1971;
  while (dayNumber(year, 1, 1) > days) year -= 1;
  let month = 12;
  while (dayNumber(year, month, 1) > days) month -= 1;
  const rest = seconds - days * 86400;
  const day = days - dayNumber(year, month, 1) + 1;
  const [y, ...parts] = [year, month, day, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  const [m, d, hours, minutes, s] = parts.map((part) => String(part).padStart(2, '0'));
  return `${String(y).padStart(4, '0')}-${m}-${d}T${hours}:${minutes}:${s}Z`;
}
