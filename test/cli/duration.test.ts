import { describe, expect, it } from 'vitest';
import { later, parseDate, parseDuration } from '../../src/cli/duration.ts';
import { UsageError } from '../../src/cli/failure.ts';

const from = new Date('2024-01-31T12:00:00Z');
const after = (text: string): string => later(from, parseDuration(text)).toISOString();

describe('a duration', () => {
  it.each([
    ['90s', '2024-01-31T12:01:30.000Z'],
    ['30m', '2024-01-31T12:30:00.000Z'],
    ['12h', '2024-02-01T00:00:00.000Z'],
    ['365d', '2025-01-30T12:00:00.000Z'],
    ['2w', '2024-02-14T12:00:00.000Z'],
    ['1y', '2025-01-31T12:00:00.000Z'],
    ['P365D', '2025-01-30T12:00:00.000Z'],
    ['P1M', '2024-02-29T12:00:00.000Z'],
    ['P13M', '2025-02-28T12:00:00.000Z'],
    ['P1Y2M3DT4H5M6S', '2025-04-03T16:05:06.000Z'],
    ['PT36H', '2024-02-02T00:00:00.000Z'],
  ])('%s ends at %s', (text, expected) => {
    expect(after(text)).toBe(expected);
  });

  it.each(['', '0d', '-1d', '1.5d', '1', 'd', '1D', 'P', 'PT', 'P1', 'P1DT', '1d2h', '9999999d', 'P0Y'])(
    '%j is none',
    (text) => {
      expect(() => parseDuration(text)).toThrow(UsageError);
    },
  );

  it('does not go beyond what metadata can say', () => {
    expect(() => after('9000y')).toThrow(UsageError);
  });
});

describe('a date', () => {
  it('is a day, or a moment with its zone', () => {
    expect(parseDate('2030-01-31').toISOString()).toBe('2030-01-31T00:00:00.000Z');
    expect(parseDate('2030-01-31T12:00:00+02:00').toISOString()).toBe('2030-01-31T10:00:00.000Z');
    for (const text of ['', 'now', '2030', '2030-13-01', '2030-01-31T12:00:00', '31.1.2030'])
      expect(() => parseDate(text)).toThrow(UsageError);
  });
});
