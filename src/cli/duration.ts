import { UsageError } from './failure.ts';

const units: Readonly<Record<string, keyof Span>> = {
  s: 'seconds',
  m: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
  y: 'years',
};

/** A span of time, in the units that were written: a year is one of the calendar. */
export interface Span {
  readonly years: number;
  readonly months: number;
  readonly weeks: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

const none: Span = { years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 };

/** Reads `90s`, `30m`, `12h`, `7d`, `2w`, `1y`, or a duration of ISO 8601 such as `P365D`, `P1Y6M` and `PT12H`. */
export function parseDuration(text: string): Span {
  const short = /^(\d{1,6})([smhdwy])$/.exec(text);
  const span =
    short === null ? isoSpan(text) : { ...none, [units[short[2] as string] as keyof Span]: Number(short[1]) };
  if (span !== undefined && Object.values(span).some((value) => value > 0)) return span;
  throw new UsageError(`${JSON.stringify(text)} is no duration`, 'write 12h, 7d, 2w, 1y, or P1Y6M');
}

function isoSpan(text: string): Span | undefined {
  const match =
    /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/.exec(
      text,
    );
  if (match === null || /[PT]$/.test(text)) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return { years, months, weeks, days, hours, minutes, seconds } as Span;
}

/** The date one span later. Years and months go by the calendar, in UTC; the last day of a shorter month stands for those beyond. */
export function later(date: Date, span: Span): Date {
  const end = new Date(date);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + span.months + span.years * 12);
  const last = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, last));
  const seconds = ((span.weeks * 7 + span.days) * 24 + span.hours) * 3600 + span.minutes * 60 + span.seconds;
  const result = new Date(end.getTime() + seconds * 1000);
  if (Number.isNaN(result.getTime()) || result.getUTCFullYear() > 9999)
    throw new UsageError('that is after the year 9999');
  return result;
}

/** Reads a point in time for `--at`: RFC 3339, or a day, which begins in UTC. */
export function parseDate(text: string): Date {
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(text);
  if (match && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(`${JSON.stringify(text)} is no date`, 'write 2030-01-31 or 2030-01-31T12:00:00Z');
}
