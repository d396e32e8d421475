/** Each fault is planted in a repository in which nothing is wrong, and is found by its codes alone. */
import { describe, expect, it } from 'vitest';
import { checkCodes } from '../../src/check/index.ts';
import { documentFaults } from './document-faults.ts';
import { fileFaults } from './file-faults.ts';
import { graphFaults } from './graph-faults.ts';
import { keyFaults } from './key-faults.ts';
import { check, codesOf, publish } from './planted.ts';

const faults = [...documentFaults, ...keyFaults, ...graphFaults, ...fileFaults];

describe('a check', () => {
  it('finds nothing where nothing is wrong', async () => {
    const report = await check(publish());
    expect(report.findings).toEqual([]);
    expect(report.counts).toEqual({ error: 0, warning: 0, note: 0 });
    expect(report.read).toMatchObject({ roots: 1, documents: 4, targetFiles: 1 });
    expect(report.calendar.map(({ role, daysLeft }) => [role, daysLeft])).toEqual([
      ['timestamp', 1],
      ['snapshot', 7],
      ['targets', 200],
      ['root', 300],
    ]);
  });

  it.each(faults.map((fault) => [fault.codes[0], fault.what, fault] as const))(
    'finds %s: %s',
    async (code, _what, fault) => {
      const planted = publish(fault.plant);
      fault.after?.(planted.files);
      const report = await check(planted, fault.options);
      expect(codesOf(report)).toEqual([...fault.codes].sort());
      const found = report.findings.find((finding) => finding.code === code);
      expect(found?.severity).toBe(checkCodes[code].severity);
      expect(found?.hint).not.toBe('');
      expect(found?.text).toMatch(fault.text ?? /./);
    },
  );

  it('has a test for each code', () => {
    const elsewhere = [
      // with another copy: against.test.ts; on the web: hosting.test.ts
      ...['rolled-back', 'forked', 'target-conflict', 'other-unverified', 'file-unreadable'],
      ...['no-https', 'missing-answered', 'missing-status', 'missing-cached', 'timestamp-cached'],
      ...['timestamp-cache-unsaid', 'immutable-cache-short', 'cors-missing', 'cors-missing-on-404', 'encoding-unasked'],
      ...['encoding-offered', 'range-wrong', 'redirected', 'redirect-refused', 'url-refused'],
    ];
    const tested = new Set([...faults.map(({ codes }) => codes[0]), ...elsewhere]);
    expect(Object.keys(checkCodes).filter((code) => !tested.has(code))).toEqual([]);
  });
});
