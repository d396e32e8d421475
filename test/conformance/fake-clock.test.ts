import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isRunning, removeLeftClocks } from '../../src/conformance/fake-clock.ts';

describe('what faketime leaves behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-test-clock-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is removed where its process has ended, and nothing else is', () => {
    const names = ['sem.faketime_sem_11', 'faketime_shm_11', 'faketime_shm_12', 'sem.other_11', 'faketime_shm_x'];
    for (const name of names) writeFileSync(join(folder, name), '');
    removeLeftClocks((pid) => pid === 12, folder);
    expect(readdirSync(folder).sort()).toEqual(['faketime_shm_12', 'faketime_shm_x', 'sem.other_11']);
  });

  it('may be nowhere', () => {
    expect(() => removeLeftClocks(() => false, join(folder, 'none'))).not.toThrow();
  });

  it('belongs to a process that runs, or to none', () => {
    expect(isRunning(process.pid)).toBe(true);
    expect(isRunning(2 ** 30)).toBe(false);
  });
});
