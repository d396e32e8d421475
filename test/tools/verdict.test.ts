import { describe, expect, it } from 'vitest';
import { countTests, readVerdict, verdictLine } from './verdict.mjs';

describe('the verdict line', () => {
  it('is read as it was written', () => {
    for (const counts of [
      { passed: 0, failed: 0, skipped: 0 },
      { passed: 12, failed: 3, skipped: 4 },
    ]) {
      expect(readVerdict(`noise\n${verdictLine(counts)}\n`)).toEqual(counts);
    }
  });

  it('names skipped tests only where there are any', () => {
    expect(verdictLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
    expect(verdictLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped');
  });

  it('is only ever the last line', () => {
    expect(readVerdict('1 passed, 0 failed\nand then it crashed')).toBeUndefined();
    expect(readVerdict('')).toBeUndefined();
  });
});

describe('counting tests', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] };

  it('counts what vitest reports', () => {
    expect(countTests(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });

  it('counts a file that could not be loaded', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(countTests({ ...report, testResults }, 1).failed).toBe(1);
  });

  it('counts a run that crashed before or after its report', () => {
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countTests(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 2 });
  });
});
