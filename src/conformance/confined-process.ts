/**
 * A program that nobody trusts: bounded in time, memory and what it writes, and ended with everything that it started.
 *
 * It runs with the rights of whoever runs the vectors. What leaves its process group is found by a variable in its
 * environment; a program that clears that, too, is not found, and its memory is not counted. Run what may be hostile on
 * purpose in a container.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { TufError } from '../errors.ts';
import { hasMembers, kill, membersOf, memoryOf, residentBytes, startedWith, startOf } from './process-table.ts';

/** The bounds of one process with its children. */
export interface Bounds {
  /** Milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Bytes of memory that are resident. Default 2 GiB. Where the system does not tell, there is no bound. */
  readonly memoryBytesMax?: number | undefined;
  /** Bytes of stdout and stderr together. Default 16 MiB. */
  readonly outputBytesMax?: number | undefined;
  /** Ends the process at once, and every later one. */
  readonly signal?: AbortSignal | undefined;
}

/** How a process ended. */
export interface ProcessEnd {
  /** The exit code; `undefined` after a signal. */
  readonly code: number | undefined;
  /** What is wrong with how it ended, whatever its code. */
  readonly broken: string | undefined;
  /** What it wrote, the middle left out where it is long. */
  readonly output: string;
}

const defaults: Required<{ [K in Exclude<keyof Bounds, 'signal'>]: number }> = {
  timeoutMs: 60_000,
  memoryBytesMax: 2 * 1024 * 1024 * 1024,
  outputBytesMax: 16 * 1024 * 1024,
};

const memoryEveryMs = 100;
/** Its children are counted with it every so many times: that takes a look at all processes of the system. */
const childrenEvery = 10;
/** How long a child may outlive its parent, and pipes may stay open. */
const graceMs = 500;
const graceStepMs = 20;
const keptBytes = 8192;

/** What a process is started with. */
export interface ProcessOptions {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly bounds?: Bounds | undefined;
  /** Takes what comes on stdout, which is then not kept and not bounded here. */
  readonly onStdout?: ((chunk: Buffer) => void) | undefined;
  /** Whether the time is bounded; a process that answers requests has one limit for each. Default true. */
  readonly isTimed?: boolean;
}

/** A process in a group of its own. */
export class ConfinedProcess {
  readonly #bounds: typeof defaults;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #mark = `TUFA_AUDIT_PROCESS=${randomUUID()}`;
  readonly #kept = new KeptOutput();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #started: number;
  #written = 0;
  #looks = 0;
  #broken: string | undefined;
  /** Resolves when the process has ended, and with it everything that it started. Rejects where it cannot be started. */
  readonly ended: Promise<ProcessEnd>;

  constructor({ command, env = {}, bounds = {}, onStdout, isTimed = true }: ProcessOptions) {
    const { signal, ...numbers } = bounds;
    this.#bounds = { ...defaults, ...withoutUndefined(numbers) };
    const [program = '', ...args] = command;
    const [name, value] = this.#mark.split('=') as [string, string];
    this.#child = spawn(program, args, {
      // Of its own group, so that all of it can be ended; the folder is the one that the command was written for.
      detached: process.platform !== 'win32',
      env: { ...process.env, ...env, [name]: value },
      stdio: 'pipe',
    });
    this.#started = this.#child.pid === undefined ? 0 : startOf(this.#child.pid);
    this.#child.stdin.on('error', () => {}); // it may end without reading
    this.#child.stdout.on('data', onStdout ?? ((chunk: Buffer) => this.#take(chunk)));
    this.#child.stderr.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#timers.push(setInterval(() => this.#checkMemory(), memoryEveryMs));
    if (isTimed) {
      const { timeoutMs } = this.#bounds;
      this.#timers.push(setTimeout(() => this.end(`no end within ${timeoutMs} ms`), timeoutMs));
    }
    const abort = (): void => this.end('the run was ended');
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    this.ended = this.#wait(program).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Sends a line to its stdin. */
  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Closes its stdin, which asks a process that reads lines to end. */
  close(): void {
    this.#child.stdin.end();
  }

  /** Ends it at once; `why` is what is wrong with it, if anything. */
  end(why?: string): void {
    this.#broken ??= why;
    const { pid } = this.#child;
    if (pid !== undefined) kill(process.platform === 'win32' ? pid : -pid);
  }

  /** Lets it write as much again as at its start: for a process that does one thing after another. */
  renew(): void {
    this.#written = 0;
  }

  /** What it wrote so far. */
  get output(): string {
    return this.#kept.text();
  }

  #take(chunk: Buffer): void {
    this.#kept.add(chunk);
    this.#written += chunk.length;
    const { outputBytesMax } = this.#bounds;
    if (this.#written > outputBytesMax) this.end(`more than ${outputBytesMax} bytes of output`);
  }

  #checkMemory(): void {
    const { memoryBytesMax } = this.#bounds;
    const { pid } = this.#child;
    if (pid === undefined) return;
    this.#looks += 1;
    const bytes = this.#looks % childrenEvery === 0 ? memoryOf(pid) : residentBytes(pid);
    if (bytes > memoryBytesMax) this.end(`more than ${memoryBytesMax} bytes of memory`);
  }

  async #wait(program: string): Promise<ProcessEnd> {
    const child = this.#child;
    try {
      const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once('error', (cause) => reject(cannotStart(program, cause)));
        child.once('exit', (...end) => resolve(end));
      });
      await this.#endChildren(child.pid as number);
      await this.#drain();
      if (signal !== null) this.#broken ??= `ended by ${signal}`;
      return { code: code ?? undefined, broken: this.#broken, output: this.output };
    } finally {
      for (const timer of this.#timers) clearInterval(timer);
    }
  }

  /** Children may end a little later. Those that stay are ended, those that left the group included. */
  async #endChildren(group: number): Promise<void> {
    const isLeft = (): boolean => hasMembers(group) && membersOf(group).length > 0;
    for (let waited = 0; waited < graceMs && this.#broken === undefined && isLeft(); waited += graceStepMs) {
      await new Promise((resolve) => setTimeout(resolve, graceStepMs));
    }
    const members = hasMembers(group) ? membersOf(group) : [];
    const left = new Set([...members, ...startedWith(this.#mark, this.#started)]);
    if (process.platform !== 'win32') kill(-group);
    for (const pid of left) kill(pid);
    if (left.size > 0) this.#broken ??= `${left.size} of its processes did not end with it`;
  }

  /** What is still in the pipes, unless somebody else holds them open. */
  async #drain(): Promise<void> {
    const { stdin, stdout, stderr } = this.#child;
    const closed = (stream: typeof stdout) =>
      stream.closed ? undefined : new Promise((resolve) => stream.once('close', resolve));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.all([closed(stdout), closed(stderr)]), late]);
    clearTimeout(timer);
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  }
}

function withoutUndefined(bounds: Omit<Bounds, 'signal'>): Partial<typeof defaults> {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined));
}

function cannotStart(program: string, cause: Error): TufError {
  const hint = 'is it there, and may it be run? Write the command as you would in a shell, after --';
  const evidence = { path: program, operation: 'start' };
  return new TufError('ERR_TUF_STORE', `cannot start ${program}`, evidence, { cause, hint });
}

/** The beginning and the end of what was written. */
class KeptOutput {
  #first = Buffer.alloc(0);
  #last = Buffer.alloc(0);
  #between = 0;

  add(chunk: Buffer): void {
    const room = keptBytes - this.#first.length;
    this.#first = Buffer.concat([this.#first, chunk.subarray(0, room)]);
    const last = Buffer.concat([this.#last, chunk.subarray(Math.max(0, room))]);
    const left = Math.max(0, last.length - keptBytes);
    this.#between += left;
    // A copy, so that a large chunk is not kept for its end.
    this.#last = Buffer.from(last.subarray(left));
  }

  text(): string {
    const between = this.#between === 0 ? '' : `\n… ${this.#between} bytes …\n`;
    return `${this.#first.toString('utf8')}${between}${this.#last.toString('utf8')}`;
  }
}
