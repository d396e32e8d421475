/**
 * A program that signs: started without a shell, given its input, bounded in time and in what it says, and ended with
 * its process group.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** How a program is run. */
export interface ProgramRun {
  /** An absolute path: see {@link findProgram}. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder it runs in. */
  readonly folder: string;
  readonly input: Uint8Array;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Takes what it says on stderr while it runs, line by line: the first 100 lines, each of at most 300 characters. */
  readonly onNotice?: ((line: string) => void) | undefined;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code; `undefined` after a signal. */
  readonly code: number | undefined;
  /** The bound that it met. */
  readonly broken: 'late' | 'long' | undefined;
  readonly output: Uint8Array;
  /** The last 2048 bytes of stderr. */
  readonly said: string;
}

const onWindows = process.platform === 'win32';
/** How long pipes may stay open that a process outside the group has inherited. */
const graceMs = 500;

/**
 * Runs a program in a process group of its own, and so without a terminal, and ends the group with it.
 *
 * Rejects with what the system says where it cannot be started, and with the reason of the signal when that aborts, once
 * the program has ended.
 */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  run.signal?.throwIfAborted();
  const child = spawn(run.program, run.args, {
    cwd: run.folder,
    env: run.env as NodeJS.ProcessEnv,
    detached: !onWindows,
    windowsHide: true,
    stdio: 'pipe',
  });
  const stderr = new Stderr(run.onNotice);
  const output: Buffer[] = [];
  let length = 0;
  let broken: ProgramEnd['broken'];
  const end = (why?: ProgramEnd['broken']): void => {
    broken ??= why;
    endGroup(child);
  };
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(run.input);
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > run.outputBytesMax) end('long');
    else output.push(chunk);
  });
  const timer = setTimeout(() => end('late'), run.timeoutMs);
  const onAbort = (): void => end();
  run.signal?.addEventListener('abort', onAbort);
  const letGo = endWithUs(child);
  return closed(child)
    .then((code) => {
      if (run.signal?.aborted === true) throw run.signal.reason;
      stderr.finish();
      return { code, broken, output: Buffer.concat(output), said: stderr.said };
    })
    .finally(() => {
      clearTimeout(timer);
      run.signal?.removeEventListener('abort', onAbort);
      letGo();
    });
}

/** The exit code, once the pipes are closed too. */
function closed(child: ChildProcessWithoutNullStreams): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    child.once('error', reject);
    child.once('exit', () => {
      // What it started and left behind.
      endGroup(child);
      timer = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, graceMs);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? undefined);
    });
  });
}

/** Ends the group when this process ends, which signals of the terminal no longer reach. Gives what undoes it. */
function endWithUs(child: ChildProcessWithoutNullStreams): () => void {
  const onExit = (): void => endGroup(child);
  const onSignal = (signal: NodeJS.Signals): void => {
    endGroup(child);
    letGo();
    // Where nobody else listens, it ends this process as if we had not.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const letGo = (): void => {
    process.off('exit', onExit);
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
  process.on('exit', onExit);
  for (const signal of endingSignals) process.on(signal, onSignal);
  return letGo;
}

const endingSignals = ['SIGTERM', 'SIGHUP'] as const;

function endGroup({ pid }: { readonly pid?: number | undefined }): void {
  if (pid === undefined) return;
  try {
    process.kill(onWindows ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended, which is what was wanted.
  }
}

/** The program that a shell would run for a name, by the absolute folders of `PATH`; one with a slash begins at `folder`. */
export function findProgram(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): string | undefined {
  if (/[/\\]/.test(onWindows ? program : program.replaceAll('\\', ''))) {
    const path = resolve(folder, program);
    return isProgram(path) ? path : undefined;
  }
  // A folder named relatively would be one of wherever this is run.
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  const names = onWindows ? [program, `${program}.exe`, `${program}.com`] : [program];
  return folders.flatMap((each) => names.map((name) => join(each, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or nothing that may be run
  }
}

const saidBytesMax = 2048;
const noticeLinesMax = 100;
const noticeCharsMax = 300;

/** What a program says to people. */
class Stderr {
  readonly #onNotice: ((line: string) => void) | undefined;
  #last = Buffer.alloc(0);
  #line = '';
  #lines = 0;

  constructor(onNotice: ((line: string) => void) | undefined) {
    this.#onNotice = onNotice;
  }

  add(chunk: Buffer): void {
    this.#last = Buffer.from(Buffer.concat([this.#last, chunk]).subarray(-saidBytesMax));
    const lines = (this.#line + chunk.toString('utf8')).split('\n');
    this.#line = (lines.pop() as string).slice(0, noticeCharsMax);
    for (const line of lines) this.#notice(line);
  }

  finish(): void {
    if (this.#line !== '') this.#notice(this.#line);
    this.#line = '';
  }

  get said(): string {
    return this.#last.toString('utf8');
  }

  #notice(line: string): void {
    if (line.trim() === '' || this.#lines >= noticeLinesMax) return;
    this.#lines += 1;
    this.#onNotice?.(line.slice(0, noticeCharsMax));
  }
}
