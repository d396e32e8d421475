/**
 * The transport for every runtime with WHATWG `fetch`: browsers, workers, Deno, Bun, Node.
 *
 * What `fetch` cannot do, this one cannot: it normalises `..` in a URL, asks for compression and decodes it (limits are
 * on decoded bytes), and in a browser hides where a redirect leads.
 *
 * @module
 */
import type { Resume, Transport, TransportOutcome, TransportRequest } from '../client/ports.ts';
import {
  isRedirect,
  isRest,
  isUnavailable,
  lengthError,
  networkError,
  rangeHeaders,
  statusError,
  strongETag,
  transportError,
} from './failure.ts';
import { hint, redirectTarget, splitUrl } from './location.ts';
import { type Patience, type PatienceOptions, patienceFor } from './patience.ts';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions extends PatienceOptions {
  /** Default: the global `fetch` at the time of each request. */
  readonly fetch?: typeof fetch;
  /** Sent with every request, to the metadata's and the targets' servers alike. In a browser most ask for a preflight. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A transport on `fetch`.
 *
 * `get` throws `ERR_TUF_TRANSPORT`, the caller's `signal.reason`, what the sink throws, or `TypeError` for a URL that is
 * not http(s). 404, 403 and 410 are `unavailable`; every other status but 200 is an error. Redirects are followed to the
 * same origin only, and in browsers, which hide where they lead, not at all.
 *
 * @spec A-42
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const patience = patienceFor(options);
  return {
    async get(url, request) {
      splitUrl(url);
      request.signal?.throwIfAborted();
      const exchange = new Exchange(url, request, patience());
      try {
        return await exchange.run(options.fetch ?? fetch, options.headers);
      } finally {
        exchange.end();
      }
    },
  };
}

/** One request with its redirects. */
class Exchange {
  readonly #url: string;
  readonly #request: TransportRequest;
  readonly #patience: Patience;
  readonly #abort = new AbortController();
  readonly #onAbort = () => this.#stop(this.#request.signal?.reason);
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Whether nothing is left to read on the connection. */
  #complete = false;
  /** Rejects the wait in progress. */
  #fail: (reason: unknown) => void = () => {};

  constructor(url: string, request: TransportRequest, patience: Patience) {
    this.#url = url;
    this.#request = request;
    this.#patience = patience;
    request.signal?.addEventListener('abort', this.#onAbort);
  }

  async run(send: typeof fetch, headers: Readonly<Record<string, string>> = {}): Promise<TransportOutcome> {
    let { resume } = this.#request;
    let at = this.#url;
    for (let redirects = 0; ; ) {
      const init = this.#init(headers, resume);
      const response = await this.#wait(async () => send(at, init));
      const { status, type } = response;
      this.#reader = response.body?.getReader();
      this.#complete = false;
      if (status === 200) return this.#receive(response, 0);
      const range = response.headers.get('content-range');
      // Of an encoded body, nobody knows which bytes the range counts.
      if (resume !== undefined && status === 206 && isRest(range, resume.offset) && isPlain(response)) {
        return this.#receive(response, resume.offset);
      }
      if (resume !== undefined && (status === 206 || status === 416)) {
        // Not the rest that was asked for: the whole, then.
        resume = undefined;
        await this.#discard();
        continue;
      }
      if (type === 'opaqueredirect') throw transportError(at, 'a redirect, which a browser does not show', { hint });
      await this.#discard();
      if (isUnavailable(status)) return { outcome: 'unavailable', status };
      if (!isRedirect(status)) throw statusError(at, status, response.headers.get('retry-after'));
      at = redirectTarget(at, response.headers.get('location'), redirects++);
    }
  }

  /**
   * What is not fresh may come from a cache once its server has said that it still holds: a browser keeps a 410, or a 404 of a
   * careless host, as long as a file.
   *
   * @spec T36
   */
  #init(given: Readonly<Record<string, string>>, resume: Resume | undefined): RequestInit {
    const headers = resume === undefined ? given : { ...given, ...rangeHeaders(resume) };
    const init = { headers, redirect: 'manual', signal: this.#abort.signal } as const;
    const cache = this.#request.fresh ? 'no-store' : 'no-cache';
    if (takesCache(cache)) return { ...init, cache };
    return this.#request.fresh ? { ...init, headers: { ...headers, 'cache-control': 'no-cache' } } : init;
  }

  /** Lets go of the caller's signal, and of the connection unless everything was read. */
  end(): void {
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#complete) this.#stop(undefined);
  }

  /** @spec 5.3.3, 5.4.1, 5.5.1, 5.6.1 */
  async #receive(response: Response, offset: number): Promise<TransportOutcome> {
    const { bytesMax, sink } = this.#request;
    const rest = plainLength(response);
    const length = rest === undefined ? undefined : offset + rest;
    if (length !== undefined && length > bytesMax) return { outcome: 'too-long' };
    // Another origin does not let a browser ask with If-Range.
    const etag = response.type === 'cors' ? undefined : strongETag(response.headers.get('etag'));
    if (offset === 0) await this.#unhurried(sink.start(length, etag));
    let received = offset;
    for (;;) {
      const chunk = await this.#read();
      if (chunk === undefined) break;
      received += chunk.length;
      if (received > bytesMax) return { outcome: 'too-long' };
      await this.#unhurried(sink.write(chunk));
    }
    if (length !== undefined && received !== length) throw lengthError(this.#url, length, received);
    this.#complete = true;
    return offset === 0 ? { outcome: 'complete' } : { outcome: 'complete', resumed: true };
  }

  /** Reads a small body that nobody wants, so that the connection can be used again; gives up on a large or slow one. */
  async #discard(): Promise<void> {
    const stop = () => this.#cancel();
    const timer = setTimeout(stop, 1000);
    try {
      for (let left = 65_536; left > 0; ) left -= (await this.#reader?.read())?.value?.length ?? left;
    } catch {
      // what this body was to say is not worth an error
    }
    clearTimeout(timer);
    stop();
    this.#complete = true;
    this.#request.signal?.throwIfAborted();
  }

  async #read(): Promise<Uint8Array | undefined> {
    const reader = this.#reader;
    return reader && (await this.#wait(() => reader.read())).value;
  }

  /** Waits for an answer or a chunk, no longer than patience lasts. */
  async #wait<T extends object>(work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const waited = (): number => performance.now() - since;
    const late = () => this.#stop(this.#patience.error(this.#url, waited()));
    const timer = setTimeout(late, this.#patience.left());
    try {
      const value = await this.#unlessStopped(
        work().catch((cause) => {
          throw networkError(this.#url, cause);
        }),
      );
      this.#patience.spent(waited(), (value as { value?: Uint8Array }).value?.length ?? 0);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the sink, as long as it takes. */
  #unhurried(work: void | Promise<void>): void | Promise<void> {
    return work && this.#unlessStopped(work);
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      work.then(resolve, reject);
    });
  }

  #stop(reason: unknown): void {
    this.#fail(reason);
    this.#cancel();
    this.#abort.abort(reason);
  }

  #cancel(): void {
    this.#reader?.cancel().catch(() => {}); // it is over either way
  }
}

/** Some workers know no cache and throw for the option, or for some of its values. */
function takesCache(cache: 'no-store' | 'no-cache'): boolean {
  try {
    return new Request('http://localhost/', { cache }).cache === cache;
  } catch {
    return false; // it says so by throwing
  }
}

/** Content-Length where it counts the bytes that are read: not of an encoded body, which CORS may hide. */
function plainLength({ headers, type }: Response): number | undefined {
  const length = headers.get('content-length') ?? '';
  const isCounted = type !== 'cors' && isPlain({ headers }) && /^\d+$/.test(length);
  return isCounted ? Number(length) : undefined;
}

function isPlain({ headers }: Pick<Response, 'headers'>): boolean {
  return (headers.get('content-encoding') ?? 'identity') === 'identity';
}
