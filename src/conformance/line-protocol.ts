/**
 * A program under test by the line protocol: it is started once, says what it can, and answers each line with a line.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { type JsonObject, type PlainJson, parseJson, plainJson } from '../metadata/json.ts';
import { isCallName } from './answer-call.ts';
import type { CallAnswer, CallName } from './client-under-test.ts';
import { type Bounds, ConfinedProcess } from './confined-process.ts';

/** The name of the protocol and its version. */
export const lineProtocol = 'tufa-vectors/1';

const lineBytesMax = 16 * 1024 * 1024;
const linesMax = 1000;
const stepCalls = ['init', 'refresh', 'download'] as const;

/** What a client says of itself in its first line. */
export interface Announced {
  readonly client: string;
  readonly calls: ReadonlySet<CallName>;
  /** Whether it also answers `init`, `refresh` and `download`. */
  readonly hasSteps: boolean;
  readonly forms: ReadonlySet<string>;
  readonly profiles: ReadonlySet<string>;
}

/** The members of a line. */
export type LineMembers = { readonly [member: string]: PlainJson };

/** An answer, and what the client wrote elsewhere where there is none that counts. */
export type LineAnswer = CallAnswer & { readonly output?: string };

/** Processes of one command, each asked one thing at a time; more are started when more is asked at one time. */
export class LinePool {
  readonly announced: Announced;
  readonly #command: readonly string[];
  readonly #bounds: Bounds;
  readonly #idle: LineProcess[] = [];

  private constructor(command: readonly string[], bounds: Bounds, first: LineProcess, announced: Announced) {
    this.#command = command;
    this.#bounds = bounds;
    this.#idle.push(first);
    this.announced = announced;
  }

  /**
   * Starts the first process. Gives what is wrong with it where it does not announce itself.
   *
   * @throws {@link TufError} `ERR_TUF_STORE` where the program cannot be started, `ERR_TUF_MALFORMED` where it speaks
   * another protocol.
   */
  static async open(command: readonly string[], bounds: Bounds): Promise<LinePool | string> {
    const first = new LineProcess(command, bounds);
    const announced = await first.announced;
    return typeof announced === 'string' ? announced : new LinePool(command, bounds, first, announced);
  }

  /** Asks one thing. What the client does wrong is a failure; it is then started anew for the next question. */
  async ask(request: LineMembers): Promise<LineAnswer> {
    const chosen = this.#idle.pop() ?? new LineProcess(this.#command, this.#bounds);
    const announced = await chosen.announced;
    if (typeof announced === 'string') return { failure: announced };
    const answer = await chosen.ask(request);
    if (!('failure' in answer)) this.#idle.push(chosen);
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((each) => each.close()));
  }
}

/** How long a process may take to end when it is asked to. */
const closeMs = 1000;

/** One process. */
class LineProcess {
  readonly #process: ConfinedProcess;
  readonly #timeoutMs: number;
  readonly #lines: string[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wake: () => void = () => {};
  #end: string | undefined;
  #notStarted: unknown;
  #id = 0;
  /** What it says first, or what is wrong with it. */
  readonly announced: Promise<Announced | string>;

  constructor(command: readonly string[], bounds: Bounds) {
    this.#timeoutMs = bounds.timeoutMs ?? 60_000;
    this.#process = new ConfinedProcess({
      command: [...command, 'vectors'],
      bounds,
      isTimed: false,
      onStdout: (chunk) => this.#take(chunk),
    });
    this.#process.ended.then(
      ({ code, broken }) => this.#stop(broken ?? `it ended with exit code ${code}`),
      (error) => {
        this.#notStarted = error;
        this.#stop('it was not started');
      },
    );
    this.announced = this.#announcement();
    this.announced.catch(() => {}); // whoever asks is told
  }

  async ask(request: LineMembers): Promise<LineAnswer> {
    this.#process.renew();
    const id = ++this.#id;
    const failed = (failure: string): LineAnswer => {
      this.#process.end();
      return { failure, output: this.#process.output };
    };
    if (this.#lines.length > 0) return failed('a line that nobody asked for');
    this.#process.write(JSON.stringify({ id, ...request }));
    const line = await this.#line();
    if (line === undefined) return failed(this.#end ?? `no answer within ${this.#timeoutMs} ms`);
    if (this.#lines.length > 0) return failed('more than one line in answer to one');
    const answer = objectOf(line);
    if (answer === undefined) return failed(`no JSON object without fractions: ${line.slice(0, 200)}`);
    const { id: said, error, ...members } = answer;
    if (said !== id) return failed(`an answer to ${textOf(said ?? null, 100)} and not to ${id}`);
    return error === undefined ? { answer: members } : failed(`error: ${textOf(error, 1000)}`);
  }

  async close(): Promise<void> {
    this.#process.close();
    const timer = setTimeout(() => this.#process.end(), closeMs);
    await this.#process.ended.catch(() => {}); // it is of no use any more
    clearTimeout(timer);
  }

  async #announcement(): Promise<Announced | string> {
    const line = await this.#line();
    const hello = line === undefined ? undefined : objectOf(line);
    if (hello?.['protocol'] === lineProtocol) return announcedBy(hello);
    this.#process.end();
    if (this.#notStarted !== undefined) throw this.#notStarted;
    if (hello?.['protocol'] !== undefined) throw otherProtocol(textOf(hello['protocol'], 100));
    if (line !== undefined) return 'its first line is no announcement';
    return this.#end ?? `no first line within ${this.#timeoutMs} ms`;
  }

  #stop(why: string): void {
    this.#end = why;
    this.#wake();
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (chunk.includes(10)) {
      const all = Buffer.concat(this.#chunks);
      const end = all.lastIndexOf(10);
      const rest = all.subarray(end + 1);
      this.#lines.push(
        ...all
          .toString('utf8', 0, end)
          .split('\n')
          .slice(0, linesMax + 1),
      );
      this.#chunks = [rest];
      this.#bytes = rest.length;
      this.#wake();
    }
    if (this.#bytes > lineBytesMax) this.#process.end(`a line of more than ${lineBytesMax} bytes`);
    if (this.#lines.length > linesMax) this.#process.end('lines that nobody asked for');
  }

  /** The next line; `undefined` where none comes in time, or the process ends. */
  async #line(): Promise<string | undefined> {
    const deadline = performance.now() + this.#timeoutMs;
    while (this.#lines.length === 0) {
      const left = deadline - performance.now();
      if (this.#end !== undefined || left <= 0) return undefined;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return this.#lines.shift();
  }
}

function objectOf(line: string): LineMembers | undefined {
  try {
    const value = parseJson(new Uint8Array(Buffer.from(line, 'utf8')));
    return value instanceof Map ? (plainJson(value as JsonObject) as LineMembers) : undefined;
  } catch {
    return undefined; // the caller shows the line
  }
}

function announcedBy(hello: LineMembers): Announced {
  const names = (member: PlainJson | undefined): string[] =>
    Array.isArray(member) ? member.map((each) => textOf(each, 200)) : [];
  const calls = names(hello['calls']);
  return {
    client: textOf(hello['client'] ?? '', 200),
    calls: new Set(calls.filter(isCallName)),
    hasSteps: stepCalls.every((name) => calls.includes(name)),
    forms: new Set(names(hello['forms'])),
    profiles: new Set(names(hello['profiles'])),
  };
}

/** A text as it is, any other value as JSON, and no more of it than this. */
function textOf(value: PlainJson, lengthMax: number): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, lengthMax);
}

function otherProtocol(found: string): TufError {
  const message = `the client speaks ${JSON.stringify(found)} and not ${JSON.stringify(lineProtocol)}`;
  const hint = 'take a version of tufa that speaks its protocol, or run it with --protocol command-line';
  return new TufError('ERR_TUF_MALFORMED', message, { role: 'client', pointer: '/protocol' }, { hint });
}
