import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directoryStore } from '../../src/store/directory.ts';
import { buildChildren, type Child, type Children, killAtSteps } from './processes.ts';
import { heldByOneAtATime } from './scheduled-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('the lock is held by one at a time under many orders of calls', () => fc.assert(heldByOneAtATime, { numRuns: 500 }));

describe.skipIf(process.platform === 'win32')('many processes on one directory store', () => {
  let children: Children;
  beforeAll(async () => {
    children = await buildChildren();
  });
  afterAll(() => children.stop());

  it('lose no increment of a counter', async () => {
    const all = Array.from({ length: 6 }, () => children.start('increment', folder, 200));
    expect(await Promise.all(all.map(({ end }) => end))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(readFileSync(join(folder, 'update-state'), 'utf8')).toBe('1200');
    const seen = all.flatMap(({ lines }) => lines.map(Number)).sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 1200 }, (_, i) => i + 1));
  });

  it('[A-56] [T26] killed at any step leave old files or new ones, and the next goes on', () =>
    killAtSteps(children, folder, 1));

  it('[T26] give no number twice while they are killed at any moment', async () => {
    const all: Child[] = [];
    const start = () => {
      const child = children.start('increment', folder);
      all.push(child);
      return child;
    };
    let running = Array.from({ length: 4 }, start);
    for (let kill = 0; kill < 120; kill++) {
      const victim = running[kill % 4] as Child;
      // Each gets some work done, so that there is something to be lost; then it dies wherever it is.
      const enough = Math.random() * 10;
      while (victim.lines.length < enough) await victim.next();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      victim.process.kill('SIGKILL');
      expect(await victim.end).toBe('SIGKILL');
      running = running.map((each) => (each === victim ? start() : each));
    }
    for (const child of running) child.process.kill('SIGKILL');
    await Promise.all(running.map(({ end }) => end));
    const seen = all.flatMap(({ lines }) => lines.map(Number));
    expect(seen.length).toBeGreaterThan(100);
    expect(new Set(seen).size).toBe(seen.length);
    const last = Number(readFileSync(join(folder, 'update-state'), 'utf8'));
    expect(last).toBeGreaterThanOrEqual(Math.max(...seen));
    // What was killed between a write and its line is all that may be missing.
    expect(last).toBeLessThanOrEqual(seen.length + all.length);
    await directoryStore(folder).exclusive(async () => {});
    expect(readdirSync(folder).sort()).toEqual(['.lock', 'update-state']);
    expect(readdirSync(join(folder, '.lock'))).toEqual([]);
  });
});
