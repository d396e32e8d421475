import type { FileContent, ServedAnswer, Step } from './sequence.ts';

/** One request as the server saw it. */
export interface SeenRequest {
  /** `metadata/…` or `targets/…`, as it stood in the request; any other method than GET before it. */
  readonly path: string;
  /** Whether the answer was a fault, so that a client may repeat the request at once. */
  readonly fault: boolean;
  /** Most bytes that may be taken of an endless answer. */
  readonly most: number | undefined;
  /** Bytes of the body that went out. */
  taken: number;
}

/**
 * Bytes that the buffers of a connection may hold though the client takes none of them: an endless answer is over its
 * measure only beyond these.
 */
export const bufferedBytesMax: number = 16 * 1024 * 1024;

/** More requests than any client makes in one step; those beyond are dropped. */
const requestsMax = 20_000;

/**
 * What the server of one sequence has: changed from step to step, and asked by whoever delivers the answers. Knows
 * nothing of HTTP.
 */
export class Scenario {
  readonly bufferedMax: number;
  readonly #served = new Map<string, { readonly answers: readonly ServedAnswer[]; next: number }>();
  readonly #waiting = new Set<() => void>();
  readonly #elsewhere = new Map<string, FileContent | undefined>();
  #requests: SeenRequest[] = [];
  #overrun = false;

  /** @param bufferedMax bytes of an endless answer that go out, beyond what the client may take, before it is cut off. */
  constructor(bufferedMax: number = bufferedBytesMax) {
    this.bufferedMax = bufferedMax;
  }

  /** Another server that stands where this one does, and has seen no requests of this step. */
  copy(): Scenario {
    const copy = new Scenario(this.bufferedMax);
    for (const [path, served] of this.#served) copy.#served.set(path, { ...served });
    for (const [path, file] of this.#elsewhere) copy.#elsewhere.set(path, file);
    return copy;
  }

  /** Changes what is served, and forgets the requests of the step before. */
  advance({ serve }: Step): void {
    this.#requests = [];
    this.#overrun = false;
    for (const folder of ['metadata', 'targets'] as const) {
      for (const [path, answers] of serve[folder]) {
        const name = `${folder}/${path}`;
        if (answers === null) this.#served.delete(name);
        else this.#served.set(name, { answers, next: 0 });
      }
    }
  }

  /** The answer that comes next, without asking for it; `undefined`: not there. */
  peek(path: string): ServedAnswer | undefined {
    const served = this.#served.get(path);
    return served?.answers[Math.min(served.next, served.answers.length - 1)];
  }

  /** Notes a request and gives its answer: `undefined` where nothing is there, `drop` where there were too many. */
  answer(path: string): { readonly request: SeenRequest; readonly answer: ServedAnswer | undefined | 'drop' } {
    const answer = this.peek(path);
    const served = this.#served.get(path);
    if (served !== undefined) served.next += 1;
    if (answer?.redirect === 'other-origin') this.#elsewhere.set(path, answer.body);
    const request = { path, fault: answer !== undefined && isFault(answer), most: answer?.most, taken: 0 };
    if (this.#requests.length >= requestsMax) {
      this.#overrun = true;
      return { request, answer: 'drop' };
    }
    this.#requests.push(request);
    return { request, answer };
  }

  /** The file that the other origin has: what a redirect to it named, or what this one serves without a redirect. */
  elsewhere(path: string): FileContent | undefined {
    const here = this.peek(path);
    return this.#elsewhere.get(path) ?? (here?.redirect === undefined ? here?.body : undefined);
  }

  /** Notes a request that is no GET of anything here. */
  note(path: string): void {
    if (this.#requests.length < requestsMax) this.#requests.push({ path, fault: false, most: undefined, taken: 0 });
  }

  /** Calls `listener` when an answer has stalled: for a client that knows this server, and need not look at a clock. */
  onStall(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Says that an answer has stalled. */
  stalled(): void {
    for (const listener of this.#waiting) listener();
  }

  /** The requests of this step, in order. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  /** Whether there were more requests than are noted. */
  get overrun(): boolean {
    return this.#overrun;
  }
}

/** What a client may take for a failure of the network, and ask for again: everything but a file, its absence or a redirect. */
function isFault(answer: ServedAnswer): boolean {
  const isOrdinary = [200, 403, 404, 410].includes(answer.status) || answer.redirect !== undefined;
  const isBroken = answer.drop !== undefined || answer.stall !== undefined || answer.contentLength !== undefined;
  return !isOrdinary || isBroken || answer.endless || answer.gzip;
}
