/**
 * Eight processes on one directory store, while releases, new keys, attacks and kills come. Needs the build.
 * `TUFA_SEED` chooses another course, `TUFA_STRESS_SECONDS` how long it goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StressCourse } from './stress-course.mjs';

const seed = Number(process.env['TUFA_SEED'] ?? Date.now() % 1_000_000);
const seconds = Number(process.env['TUFA_STRESS_SECONDS'] ?? 120);
const program = fileURLToPath(new URL('stress-process.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-stress-'));
  mkdirSync(join(folder, 'downloads'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it(`eight processes on one store for ${seconds} s: nothing is lost, and none fails but by an attack or a fault`, async () => {
  console.info(`again with: TUFA_SEED=${seed}`);
  const course = await StressCourse.open(seed);
  try {
    await course.run(seconds, (user: number) => {
      const child = spawn(process.execPath, [program, JSON.stringify({ origin: course.origin, user, folder })], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const ended = once(child, 'exit').then(([code, signal]) => (code === 0 ? undefined : String(signal ?? code)));
      return { ended, kill: () => void child.kill('SIGKILL') };
    });
    console.info(course.summary);
    expect(course.record.problems).toEqual([]);
    expect(course.record.totals.succeeded).toBeGreaterThan(8);
    // Nothing is left of those that were killed, and each file is whole.
    const store = join(folder, 'store');
    expect(readdirSync(join(store, '.lock'))).toEqual([]);
    const left = (readdirSync(store, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp'));
    expect(left).toEqual([]);
    for (const name of readdirSync(store).filter((each) => each.endsWith('.json')))
      JSON.parse(readFileSync(join(store, name), 'utf8'));
  } finally {
    await course.stop();
  }
});
