/** Runs `child.ts` in processes of their own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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
