import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { type Instant, parseDateTime } from '../../src/metadata/date-time.ts';
import { parseTimestamp } from '../../src/metadata/snapshot.ts';
import { checkFreeze } from '../../src/trust/freeze.ts';
import { file, plainTimestamp } from './documents.ts';

const at = (text: string): Instant => parseDateTime(text) as Instant;

function isFresh(expires: string, time: string): boolean {
  try {
    checkFreeze(parseTimestamp(file([], { ...plainTimestamp, expires })), at(time));
    return true;
  } catch (error) {
    if (!(error instanceof TufError) || error.code !== 'ERR_TUF_EXPIRED') throw error;
    return false;
  }
}

describe('a document', () => {
  it.each([
    ['2030-01-01T00:00:00Z', '2029-12-31T23:59:59.999999999Z', true],
    ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', false],
    ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000000001Z', false],
    ['2030-01-01T00:00:00.000000001Z', '2030-01-01T00:00:00Z', true],
    ['2030-01-01T00:00:00.000000001Z', '2030-01-01T00:00:00.000000001Z', false],
    ['2030-01-01T00:00:00.999999999Z', '2030-01-01T00:00:00.999999998Z', true],
    ['2030-01-01T00:00:00.5Z', '2030-01-01T00:00:00.500Z', false],
    ['2030-01-01T00:00:00.9Z', '2030-01-01T00:00:00.10Z', true],
    ['2030-01-01T01:00:00+01:00', '2030-01-01T00:00:00Z', false],
    ['2030-01-01T00:00:00-06:00', '2030-01-01T05:59:59Z', true],
    ['2030-01-01T00:00:00-06:00', '2030-01-01T06:00:00Z', false],
    ['2030-01-01T23:00:00+23:30', '2029-12-31T23:59:59Z', false],
    ['9999-12-31T23:59:59Z', '2030-01-01T00:00:00Z', true],
    ['0001-01-01T00:00:00Z', '2030-01-01T00:00:00Z', false],
  ])('[A-10, A-09, 4.3-e] that expires at %s is fresh at %s: %j', (expires, time, fresh) => {
    expect(isFresh(expires, time)).toBe(fresh);
  });

  it('[5.4.4] that has expired says when, and what time it was', () => {
    const document = parseTimestamp(
      file([], { ...plainTimestamp, version: 7, expires: '2030-01-01T00:00:00.25+01:00' }),
    );
    expect(() => checkFreeze(document, at('2030-01-01T00:00:00.75Z'))).toThrow(
      expect.objectContaining({
        code: 'ERR_TUF_EXPIRED',
        evidence: {
          role: 'timestamp',
          version: 7,
          expires: '2030-01-01T00:00:00.25+01:00',
          time: '2030-01-01T00:00:00Z',
        },
      }),
    );
  });
});
