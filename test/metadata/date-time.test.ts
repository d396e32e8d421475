import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareInstants, formatDateTime, type Instant, parseDateTime } from '../../src/metadata/date-time.ts';

const nanosecondsOf = ({ milliseconds, nanoseconds }: Instant): bigint =>
  BigInt(milliseconds) * 1_000_000n + BigInt(nanoseconds);

describe('a date-time', () => {
  it.each([
    ['2030-01-01T00:00:00Z', true, true],
    ['2028-02-29T23:59:59Z', true, true],
    ['2000-02-29T00:00:00Z', true, true],
    ['0001-01-01T00:00:00Z', true, true],
    ['9999-12-31T23:59:59Z', true, true],
    ['2030-01-01T00:00:00.1Z', true, false],
    ['2030-01-01T00:00:00.123456789Z', true, false],
    ['2021-12-18T13:28:12.99008-06:00', true, false],
    ['2030-01-01T00:00:00+00:00', true, false],
    ['2030-01-01T00:00:00-00:00', true, false],
    ['2030-01-01T00:00:00+23:59', true, false],
    ['2030-01-01T00:00:00.1234567890Z', false, false],
    ['2030-01-01T00:00:00.Z', false, false],
    ['2030-01-01T00:00:00,5Z', false, false],
    ['2030-01-01T00:00:00+24:00', false, false],
    ['2030-01-01T00:00:00+01:60', false, false],
    ['2030-01-01T00:00:00+0100', false, false],
    ['2030-01-01T00:00:00+01', false, false],
    ['2030-01-01T00:00:00Z+01:00', false, false],
    ['2030-01-01t00:00:00Z', false, false],
    ['2030-01-01T00:00:00z', false, false],
    ['2030-01-01 00:00:00Z', false, false],
    ['2030-01-01T00:00:00', false, false],
    ['2030-01-01T00:00Z', false, false],
    ['2030-01-01', false, false],
    ['2030-01-01T24:00:00Z', false, false],
    ['2030-01-01T23:60:00Z', false, false],
    ['2030-12-31T23:59:60Z', false, false],
    ['2030-02-29T00:00:00Z', false, false],
    ['2030-02-30T00:00:00Z', false, false],
    ['1900-02-29T00:00:00Z', false, false],
    ['2030-04-31T00:00:00Z', false, false],
    ['2030-00-01T00:00:00Z', false, false],
    ['2030-13-01T00:00:00Z', false, false],
    ['2030-01-00T00:00:00Z', false, false],
    ['2030-01-32T00:00:00Z', false, false],
    ['2030-1-1T0:0:0Z', false, false],
    ['10000-01-01T00:00:00Z', false, false],
    ['+02030-01-01T00:00:00Z', false, false],
    ['-2030-01-01T00:00:00Z', false, false],
    [' 2030-01-01T00:00:00Z', false, false],
    ['2030-01-01T00:00:00Z ', false, false],
    ['2030-01-01T00:00:00Z\n', false, false],
    ['\uff12\uff10\uff13\uff10-01-01T00:00:00Z', false, false],
    ['foo 2099', false, false],
    ['2099', false, false],
    ['never', false, false],
    ['', false, false],
  ])('[A-09, A-09b, 4.2.3-a] %j is read: %j by default, %j under strict', (text, byDefault, strict) => {
    expect([parseDateTime(text) !== undefined, parseDateTime(text, true) !== undefined]).toEqual([byDefault, strict]);
  });

  it('[A-09] is the instant that the platform says, to the nanosecond, whatever its offset', () => {
    const year = fc.integer({ min: 0, max: 9999 });
    const two = (max: number): fc.Arbitrary<string> => fc.nat({ max }).map((n) => String(n).padStart(2, '0'));
    const zone = fc.oneof(fc.constant('Z'), fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(offsetText));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,10}$/));
    const dateTime = fc
      .tuple(year, two(13), two(32), two(24), two(60), two(60), fraction, zone)
      .map(([y, month, day, h, m, s, f, z]) => `${String(y).padStart(4, '0')}-${month}-${day}T${h}:${m}:${s}${f}${z}`);
    let read = 0;
    fc.assert(
      fc.property(dateTime, (text) => {
        const instant = parseDateTime(text);
        expect(instant === undefined, text).toBe(!isOfCalendar(text));
        if (instant === undefined) return;
        read += 1;
        const [, digits = ''] = /\.(\d+)/.exec(text) ?? [];
        const whole = BigInt(Date.parse(text.replace(/\.\d+/, ''))) * 1_000_000n;
        expect(nanosecondsOf(instant)).toBe(whole + BigInt(digits.padEnd(9, '0')));
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(1000);
  });

  it('[A-09] in UTC is the same in every time zone: no clock and no zone is asked', () => {
    const source = readFileSync(new URL('../../src/metadata/date-time.ts', import.meta.url), 'utf8');
    expect(source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')).not.toMatch(/\bDate\b|\bIntl\b|\bTemporal\b/);
    const before = process.env['TZ'];
    const texts = ['2030-07-01T00:00:00Z', '2030-03-31T02:30:00+01:00', '0001-01-01T00:00:00Z'];
    const expected = texts.map((text) => Date.parse(text));
    try {
      for (const zone of ['UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Apia']) {
        process.env['TZ'] = zone;
        expect(texts.map((text) => parseDateTime(text)?.milliseconds)).toEqual(expected);
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('[A-09] is written in the one form of the specification, and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(0, 0, 1), max: Date.parse('9999-12-31T23:59:59Z') }), (milliseconds) => {
        const written = formatDateTime({ milliseconds, nanoseconds: 5 });
        expect(written).toBe(new Date(milliseconds).toISOString().replace(/\.\d+/, ''));
        expect(parseDateTime(written, true)).toEqual({
          milliseconds: Math.floor(milliseconds / 1000) * 1000,
          nanoseconds: 0,
        });
      }),
      { numRuns: 2000 },
    );
    expect(formatDateTime({ milliseconds: -62_167_219_200_000, nanoseconds: 0 })).toBe('0000-01-01T00:00:00Z');
  });

  it('is compared as an instant, down to the nanosecond', () => {
    const ascending = [
      '2029-12-31T23:59:59.999999999Z',
      '2030-01-01T00:00:00Z',
      '2030-01-01T00:00:00.000000001Z',
      '2030-01-01T00:00:00.001Z',
      '2030-01-01T00:00:01-00:00',
      '2029-12-31T18:00:02-06:00',
    ].map((text) => parseDateTime(text) as Instant);
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) expect(Math.sign(compareInstants(a, b))).toBe(Math.sign(i - j));
    }
  });
});

function offsetText([sign, hours, minutes]: [string, string, string]): string {
  return `${sign}${hours}:${minutes}`;
}

/** Whether the parts are in range and the day exists: the platform's own calendar decides. */
function isOfCalendar(text: string): boolean {
  const [, y, month, day, h, m, s, f, , oh, om] =
    /^(....)-(..)-(..)T(..):(..):(..)(\.\d+)?(?:Z|([+-])(..):(..))$/.exec(text) ?? [];
  const date = new Date(`${y}-${month}-${day}T00:00:00Z`);
  const exists = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
  const inRange = Number(h) < 24 && Number(m) < 60 && Number(s) < 60 && Number(oh ?? 0) < 24 && Number(om ?? 0) < 60;
  return exists && inRange && (f ?? '').length <= 10;
}
