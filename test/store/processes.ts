/** Runs `child.ts` in processes of their own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { directoryStore } from '../../src/store/directory.ts';

export interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: string[];
  /** The next line that is printed. */
  next(): Promise<string>;
  /** The signal or the exit code it ended with. */
  readonly end: Promise<string | number>;
}

export interface Children {
  start(command: string, folder: string, number?: number): Child;
  /** Ends all that still run. */
  stop(): void;
}

/** Compiles the child once. */
export async function buildChildren(): Promise<Children> {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-child-'));
  const program = join(folder, 'child.mjs');
  const entry = fileURLToPath(new URL('child.ts', import.meta.url));
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: program });
  const running = new Set<Child['process']>();
  return {
    start(command, store, number = 0) {
      const child = spawn(process.execPath, [program, command, store, String(number)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.on('error', () => {}); // it may be dead
      running.add(child);
      const lines: string[] = [];
      const reader = createInterface(child.stdout);
      reader.on('line', (line) => lines.push(line));
      return {
        process: child,
        lines,
        next: async () => ((await once(reader, 'line')) as [string])[0],
        end: once(child, 'close').then(([code, signal]) => {
          running.delete(child);
          return (signal ?? code) as string | number;
        }),
      };
    },
    stop() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Kills a client ahead of every `stride`th call of the file system that it makes, and looks at what the next one finds:
 * each file old or new, nothing left behind, and the lock free.
 */
export async function killAtSteps(children: Children, folder: string, stride: number): Promise<void> {
  const text = (value: string) => new TextEncoder().encode(value);
  let step = 1;
  for (; ; step += stride) {
    const path = join(folder, String(step));
    const store = directoryStore(path);
    for (const name of ['root.json', 'snapshot.json', 'timestamp.json']) await store.write(name, text('old'));
    const end = await children.start('die', path, step).end;
    const found = await store.exclusive(() =>
      Promise.all(
        ['root.json', 'root_history/2.root.json', 'snapshot.json', 'timestamp.json'].map(async (name) => {
          const content = await store.read(name, 100);
          return content && new TextDecoder().decode(content);
        }),
      ),
    );
    // In the order of the writes: once one is old, so are those after it.
    expect([
      ['old', undefined, 'old', 'old'],
      ['new root', undefined, 'old', 'old'],
      ['new root', 'new root', 'old', 'old'],
      ['new root', 'new root', undefined, 'old'],
      ['new root', 'new root', undefined, 'new timestamp'],
    ]).toContainEqual(found);
    const left = readdirSync(path, { recursive: true }).filter((name) => String(name).endsWith('.tmp'));
    expect([left, readdirSync(join(path, '.lock'))]).toEqual([[], []]);
    if (end !== 'SIGKILL') break;
  }
  expect(step).toBeGreaterThan(30);
}
