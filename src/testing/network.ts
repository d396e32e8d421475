/**
 * A network with one server on it, in memory: a `fetch` that answers from a repository's files, and all that can go wrong
 * on the way. It takes no time: an answer comes within the same turn of the event loop, unless a fault says otherwise.
 *
 * @module
 */
import { type Answer, answerOf, noConnection, responseOf } from './answer.ts';

/** One request that a client has sent. */
export interface TestRequest {
  readonly url: string;
  /** Below the base URL, decoded: `metadata/3.snapshot.json`, `targets/HASH.app.tgz`. */
  readonly path: string;
  /** What it is, whatever version or digest is asked for: `snapshot.json`, `targets/app.tgz`. */
  readonly file: string;
  /** The version that is asked for, where the name has one. */
  readonly version: number | undefined;
}

/** How long a fault lasts. */
export interface FaultOptions {
  /** How many requests it hits; all until it is ended, without it. */
  readonly times?: number | undefined;
}

/** Ends a fault. */
export type EndFault = () => void;

/** What decides on an answer: `undefined` is no connection, `silent` neither an answer nor an end but by an abort. */
type Change = (answer: Answer, request: TestRequest) => Answer | 'silent' | undefined;

interface Fault {
  readonly matches: (request: TestRequest) => boolean;
  readonly change: Change;
  timesLeft: number;
}

/**
 * The network between a {@link TestRepository} and its clients.
 *
 * A fault names a file: `timestamp.json`, `snapshot.json`, `root.json` or `ROLE.json` for whichever version is asked for,
 * `targets/PATH` for a target file, `*` for everything. Faults add up, in the order in which they began.
 */
export class TestNetwork {
  /** Every request so far, in order; also those that never got an answer. */
  readonly requests: TestRequest[] = [];
  readonly #base: string;
  readonly #read: (path: string) => Uint8Array | undefined;
  readonly #faults = new Set<Fault>();
  readonly #waiting = new Set<{ readonly file: string; readonly resolve: (request: TestRequest) => void }>();
  #isOffline = false;

  /**
   * @param base the URL of the server, without a slash at the end.
   * @param read gives the bytes that are served at a path below it.
   */
  constructor(base: string, read: (path: string) => Uint8Array | undefined) {
    this.#base = base;
    this.#read = read;
  }

  /**
   * WHATWG `fetch`, for whoever takes one; may be taken off the network. It knows GET and this network's own server: all
   * else rejects with a TypeError, as an address without a server does.
   */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const { url, method, signal } = requestOf(input, init);
    signal?.throwIfAborted();
    if (!url.startsWith(`${this.#base}/`)) throw noConnection(url);
    const request = requestAt(url, this.#base);
    this.requests.push(request);
    for (const waiting of [...this.#waiting]) {
      if (!isOf(waiting.file)(request)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(request);
    }
    if (this.#isOffline) throw noConnection(url);
    if (method !== 'GET') return responseOf(answerOf(undefined, 405), url, signal);
    const answer = this.#answer(request);
    if (answer === 'silent') return silence(signal);
    if (answer === undefined) throw noConnection(url);
    return responseOf(answer, url, signal);
  };

  /** Every request fails, until {@link online}. */
  offline(): void {
    this.#isOffline = true;
  }

  online(): void {
    this.#isOffline = false;
  }

  /** Ends all faults, and is online. Attacks go on. */
  restore(): void {
    this.#isOffline = false;
    this.#faults.clear();
  }

  /**
   * An error of the server, or no connection where there is no status.
   *
   * @param options.status 200 to 599.
   * @param options.retryAfter what the header Retry-After says: seconds, or a date.
   */
  fail(
    file: string,
    options: FaultOptions & { readonly status?: number; readonly retryAfter?: string } = {},
  ): EndFault {
    const { status, retryAfter } = options;
    if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
      throw new TypeError('a status is 200 to 599');
    }
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const change = (): Answer | undefined =>
      status === undefined ? undefined : { ...answerOf(undefined, status), headers };
    return this.#begin(file, options, change);
  }

  /** The connection breaks off after some bytes of the body; after half of them without `bytes`. */
  drop(file: string, options: FaultOptions & { readonly bytes?: number } = {}): EndFault {
    return this.#begin(file, options, (answer) => ({ ...cut(answer, options.bytes), end: 'broken' }));
  }

  /**
   * Nothing more comes after some bytes of the body, and no end; without `bytes`, not even a status. Only the client ends
   * it: by its patience, or because it is aborted.
   */
  stall(file: string, options: FaultOptions & { readonly bytes?: number } = {}): EndFault {
    const { bytes } = options;
    return this.#begin(file, options, (answer) =>
      bytes === undefined ? 'silent' : { ...cut(answer, bytes), end: 'stalled' },
    );
  }

  /** The body comes in small pieces, of one byte without `bytes`, each in a turn of the event loop of its own. */
  slow(file: string, options: FaultOptions & { readonly bytes?: number } = {}): EndFault {
    const { bytes: pieceBytes = 1 } = options;
    if (!(Number.isSafeInteger(pieceBytes) && pieceBytes > 0)) throw new TypeError('a piece has at least one byte');
    return this.#begin(file, options, (answer) => ({ ...answer, pieceBytes, isSlow: true }));
  }

  /** The body ends after some bytes as if it were whole; after half of them without `bytes`. */
  truncate(file: string, options: FaultOptions & { readonly bytes?: number } = {}): EndFault {
    return this.#begin(file, options, (answer) => {
      const shorter = cut(answer, options.bytes);
      return { ...shorter, length: shorter.body.length };
    });
  }

  /** Content-Length says one byte more than there is. */
  misstateLength(file: string, options: FaultOptions = {}): EndFault {
    return this.#begin(file, options, (answer) => ({ ...answer, length: (answer.length ?? 0) + 1 }));
  }

  /** The body never ends. */
  endless(file: string, options: FaultOptions = {}): EndFault {
    return this.#begin(file, options, (answer) => ({ ...answer, status: 200, body: 'endless', length: undefined }));
  }

  /** Other bytes, with status 200 unless told: the page of a hotel's network, or a file by another hand. */
  replace(
    file: string,
    body: Uint8Array | string,
    options: FaultOptions & { readonly status?: number } = {},
  ): EndFault {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body.slice();
    return this.#begin(file, options, () => answerOf(bytes, options.status ?? 200));
  }

  /** Resolves with the next request for a file, before it is answered: to abort or to publish in the middle of an update. */
  nextRequest(file: string): Promise<TestRequest> {
    return new Promise((resolve) => this.#waiting.add({ file, resolve }));
  }

  /**
   * For what no other method does: decides on every answer, after all faults that began before.
   *
   * @param change is given the answer so far, and gives another; `undefined` is no connection.
   */
  intercept(change: (answer: Answer, request: TestRequest) => Answer | undefined): EndFault {
    return this.#begin('*', {}, change);
  }

  #begin(file: string, { times = Number.POSITIVE_INFINITY }: FaultOptions, change: Change): EndFault {
    if (!(times > 0)) throw new TypeError('a fault hits at least one request');
    const fault = { matches: isOf(file), change, timesLeft: times };
    this.#faults.add(fault);
    return () => void this.#faults.delete(fault);
  }

  #answer(request: TestRequest): Answer | 'silent' | undefined {
    let answer = answerOf(this.#read(request.path));
    for (const fault of [...this.#faults]) {
      if (!fault.matches(request)) continue;
      fault.timesLeft -= 1;
      if (fault.timesLeft <= 0) this.#faults.delete(fault);
      const next = fault.change(answer, request);
      if (next === undefined || next === 'silent') return next;
      answer = next;
    }
    return answer;
  }
}

function isOf(file: string): (request: TestRequest) => boolean {
  return (request) => file === '*' || request.file === file;
}

function cut(answer: Answer, bytes: number | undefined): Answer & { readonly body: Uint8Array } {
  const { body } = answer;
  if (body === 'endless') return { ...answer, body: new Uint8Array(bytes ?? 0) };
  return { ...answer, body: body.subarray(0, bytes ?? body.length >> 1) };
}

function requestOf(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit = {},
): { readonly url: string; readonly method: string; readonly signal: AbortSignal | undefined } {
  const given = input instanceof Request ? input : undefined;
  return {
    url: given?.url ?? String(input),
    method: (init.method ?? given?.method ?? 'GET').toUpperCase(),
    signal: init.signal ?? given?.signal,
  };
}

function requestAt(url: string, base: string): TestRequest {
  const path = decoded(url.slice(base.length + 1).replace(/[?#].*$/s, ''));
  const metadata = /^metadata\/(?:(\d+)\.)?(.+\.json)$/s.exec(path);
  if (metadata !== null) {
    const [, version, file = ''] = metadata;
    return { url, path, file, version: version === undefined ? undefined : Number(version) };
  }
  return { url, path, file: path.replace(/(^|\/)[0-9a-f]{64,128}\.([^/]+)$/s, '$1$2'), version: undefined };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // what cannot be decoded is no file of a repository
  }
}

function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
