/** Commands as a shell runs them: in this process, or the built ones as processes of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runTufa } from '../../src/cli/program.ts';
import type { Signer } from '../../src/repository/signer.ts';

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The one document of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what it expects
  readonly json: any;
}

interface RunOptions {
  readonly env?: Record<string, string>;
  readonly now?: Date;
  readonly signal?: AbortSignal;
  readonly stdin?: Io['stdin'];
  readonly isTTY?: boolean;
  /** Hears what is printed, while the command runs. */
  readonly heard?: (text: string) => void;
}

/** Keys that were decrypted, by what is in their files: copies of a repository share them. Decrypting is slow on purpose. */
class OpenedKeys extends Map<string, Promise<Signer>> {
  override get(path: string): Promise<Signer> | undefined {
    return super.get(readFileSync(path, 'latin1'));
  }

  override set(path: string, signer: Promise<Signer>): this {
    return super.set(readFileSync(path, 'latin1'), signer);
  }
}

export type Shell = (args: readonly string[], options?: RunOptions) => Promise<Ran>;

export function newShell(): Shell {
  const openedKeys = new OpenedKeys();
  return async (args, options = {}) => {
    let stdout = '';
    let stderr = '';
    const exitCode = await runTufa(args, {
      stdin: options.stdin ?? Readable.from([]),
      stdout: {
        write: (text) => {
          stdout += text;
          options.heard?.(text);
        },
      },
      stderr: { write: (text) => (stderr += text), isTTY: options.isTTY },
      env: options.env ?? { TUFA_PASSPHRASE: 'of the test' },
      now: () => options.now ?? new Date(),
      signal: options.signal ?? new AbortController().signal,
      ...(options.env === undefined ? { openedKeys } : {}),
    });
    return { exitCode, stdout, stderr, json: args.includes('--json') ? parse(stdout) : undefined };
  };
}

/** Runs that have to end in one way; `options` are those of runs that bring none. */
export function newVerdicts(
  tufa: Shell,
  options?: RunOptions,
): {
  /** Gives the document of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what it expects
  ok(args: readonly string[], options?: RunOptions): Promise<any>;
  /** Every failure says in words what to do next. */
  fails(args: readonly string[], exitCode: number, code: string, options?: RunOptions): Promise<Ran>;
} {
  return {
    ok: async (args, given = options) => {
      const ran = await tufa(withJson(args), given);
      expect(ran.exitCode, ran.stderr).toBe(0);
      return ran.json;
    },
    fails: async (args, exitCode, code, given = options) => {
      const ran = await tufa(withJson(args), given);
      expect([ran.exitCode, ran.json?.error?.code], ran.stderr).toEqual([exitCode, code]);
      expect(ran.json.error.hint, ran.stderr).toMatch(/\S/);
      expect(ran.stderr).toMatch(/^tufa: hint: \S/m);
      return ran;
    },
  };
}

/** What follows `--` is no option. */
function withJson(args: readonly string[]): string[] {
  return args.includes('--') ? ['--json', ...args] : [...args, '--json'];
}

function parse(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined; // help, or a stream of lines
  }
}

/**
 * The arguments that a command gets where a shell runs a line that was printed. Whatever else is in the line is run, too, so
 * that a test sees what it did in `cwd`.
 */
export function argumentsOf(line: string, cwd: string): string[] {
  const script = `tufa() { printf '%s\\0' "$@"; }\n${line}\n`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], { cwd, encoding: 'utf8' });
  expect([status, stderr], line).toEqual([0, '']);
  return stdout.split('\0').slice(0, -1);
}

/** A folder that is gone after the tests. */
export function newFolder(): {
  readonly path: string;
  remove(): void;
  write(name: string, text: string): string;
  /** A new copy of a repository, whole, below this folder. */
  copy(original: string): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'tufa-cli-'));
  let copies = 0;
  return {
    path,
    copy: (original) => {
      copies += 1;
      const folder = join(path, `repository-${copies}`);
      cpSync(original, folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
    write: (name, text) => {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
  };
}

/** Bundles a command as the build does, and gives the file. */
export async function buildCommand(name: 'main' | 'conformance-client' | 'start', folder: string): Promise<string> {
  const { bundleCommand } = (await import('../tools/bundle.mjs' as string)) as {
    bundleCommand(entry: string): Promise<{ text: string }>;
  };
  const { text } = await bundleCommand(fileURLToPath(new URL(`../../src/cli/${name}.ts`, import.meta.url)));
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

export interface ProcessRan {
  /** The exit code, or the signal that ended it. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a process and collects what it says; `line` gives its first line, and rejects where it ends without one. */
export function startProcess(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): { readonly child: ChildProcess; readonly done: Promise<ProcessRan>; line(): Promise<string> } {
  const env = { PATH: process.env['PATH'] ?? '', TUFA_PASSPHRASE: 'of the test', ...options.env };
  const child = spawn(process.execPath, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let wake: () => void = () => {};
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    wake();
  });
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const done = new Promise<ProcessRan>((resolve) => {
    child.on('close', (code, signal) => resolve({ end: signal ?? code ?? -1, stdout, stderr }));
  });
  let hasEnded = false;
  void done.then(() => (hasEnded = true));
  const line = async (): Promise<string> => {
    while (!stdout.includes('\n')) {
      if (hasEnded) throw new TypeError(`the process ended before it said a line: ${stderr}`);
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), done]);
    }
    return stdout.split('\n')[0] as string;
  };
  return { child, done, line };
}
