/**
 * The transport for Node, on `node:http` and `node:https`: a fifth of the CPU time of `fetch` for a small update.
 *
 * The path of a URL is sent as it is written. No compression is asked for and none is taken. Nothing is loaded before the
 * first request.
 *
 * @module
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Transport, TransportOutcome, TransportRequest } from '../client/ports.ts';
import {
  isRedirect,
  isRest,
  isUnavailable,
  networkError,
  rangeHeaders,
  statusError,
  strongETag,
  transportError,
} from './failure.ts';
import { redirectTarget, splitUrl } from './location.ts';
import { type Patience, type PatienceOptions, patienceFor } from './patience.ts';

/** Options of {@link httpTransport}. */
export interface HttpTransportOptions extends PatienceOptions {
  /**
   * Default: the global agent of each protocol, which keeps connections alive, lets the process end while they idle, and
   * follows the proxy that the application or `NODE_USE_ENV_PROXY` gave it, from Node 22.21 and 24.0 on.
   */
  readonly agent?: Agent;
  /** Sent with every request, to the metadata's and the targets' servers alike. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A transport on `node:http` and `node:https`.
 *
 * `get` throws `ERR_TUF_TRANSPORT`, the caller's `signal.reason`, what the sink throws, or `TypeError` for a URL that is
 * not http(s). 404, 403 and 410 are `unavailable`; every other status but 200 is an error, and so is a body with a
 * Content-Encoding. Redirects are followed to the same origin only. A request that finds its kept connection closed is
 * sent again on a fresh one.
 *
 * @spec A-42
 */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const patience = patienceFor(options);
  const headers = { accept: '*/*', 'user-agent': 'tufa', ...options.headers };
  const freshHeaders = { ...headers, 'cache-control': 'no-cache', pragma: 'no-cache' };
  return {
    async get(url, request) {
      const spent = patience();
      let at = url;
      let { resume } = request;
      for (let redirects = 0; ; ) {
        request.signal?.throwIfAborted();
        const own = request.fresh ? freshHeaders : headers;
        const asked = resume === undefined ? own : { ...own, ...rangeHeaders(resume) };
        const target = { ...place(at), agent: options.agent, headers: asked };
        const end = await new Exchange(at, { ...request, resume }, spent).run(target);
        if (end === 'stale') continue; // the agent drops the dead connection, so this comes to an end
        if (end === 'not-the-rest') {
          resume = undefined;
          continue;
        }
        if (!('location' in end)) return end;
        at = redirectTarget(at, end.location, redirects++);
      }
    },
  };
}

type Target = RequestOptions & { readonly protocol: string };
type End = TransportOutcome | { readonly location: string | undefined } | 'stale' | 'not-the-rest';

/** One request and its answer. */
class Exchange {
  readonly #url: string;
  readonly #wanted: TransportRequest;
  readonly #patience: Patience;
  readonly #onAbort = () => this.#fail(this.#wanted.signal?.reason);
  readonly #onLate = () => this.#checkPatience();
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #resolve: (end: End) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #settled = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the current wait for the network began; `undefined` while the sink works. */
  #since: number | undefined;
  #received = 0;
  #ended = false;
  /** Whether the body of this answer goes to the sink. */
  #isWanted = false;

  constructor(url: string, wanted: TransportRequest, patience: Patience) {
    this.#url = url;
    this.#wanted = wanted;
    this.#patience = patience;
  }

  run(target: Target): Promise<End> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      const { request } = process.getBuiltinModule(target.protocol === 'https:' ? 'node:https' : 'node:http');
      this.#request = request(target)
        .on('response', (response) => this.#answer(response))
        .on('error', (cause) => this.#broken(cause))
        .on('close', () => {
          if (this.#response === undefined) this.#broken(undefined);
        });
      this.#request.end();
      this.#wanted.signal?.addEventListener('abort', this.#onAbort);
      this.#since = performance.now();
      this.#timer = setTimeout(this.#onLate, this.#patience.left());
    });
  }

  #answer(response: IncomingMessage): void {
    this.#response = response;
    this.#progress(0);
    const status = response.statusCode as number;
    response.on('error', (cause) => this.#broken(cause));
    const { resume } = this.#wanted;
    const { 'content-range': range, 'content-encoding': encoding = 'identity' } = response.headers;
    // Of an encoded body, nobody knows which bytes the range counts.
    const isPlain = encoding === 'identity';
    const isResumed = status === 206 && resume !== undefined && isRest(range, resume.offset) && isPlain;
    this.#isWanted = status === 200 || isResumed;
    if (isResumed) this.#received = resume.offset;
    if (this.#isWanted) this.#open(response).catch((error) => this.#fail(error));
    else if (resume !== undefined && (status === 206 || status === 416))
      this.#discard(response, () => this.#finish('not-the-rest'));
    else if (isUnavailable(status)) this.#discard(response, () => this.#finish({ outcome: 'unavailable', status }));
    else if (isRedirect(status)) this.#discard(response, () => this.#finish({ location: response.headers.location }));
    else {
      const retryAfter = response.headers['retry-after'];
      this.#discard(response, () => this.#fail(statusError(this.#url, status, retryAfter)));
    }
  }

  async #open(response: IncomingMessage): Promise<void> {
    const { 'content-encoding': encoding = 'identity', 'content-length': length } = response.headers;
    if (encoding !== 'identity') {
      throw transportError(this.#url, `a body encoded as ${JSON.stringify(encoding)}, which was not asked for`, {
        hint: 'let the server send these files as they are, without Content-Encoding',
      });
    }
    // The parser of Node has checked that it is a number, and ends the body there.
    const offset = this.#received;
    if (offset + Number(length ?? 0) > this.#wanted.bytesMax) {
      this.#tooLong();
      return;
    }
    const whole = length === undefined ? undefined : Number(length);
    const started = offset === 0 && this.#wanted.sink.start(whole, strongETag(response.headers.etag));
    if (started) await this.#untimed(started);
    if (this.#settled) return;
    response.on('data', (chunk: Uint8Array) => this.#take(response, chunk));
    response.on('end', () => {
      this.#ended = true;
      if (this.#since !== undefined) this.#whole();
    });
  }

  /** @spec 5.3.3, 5.4.1, 5.5.1, 5.6.1 */
  #take(response: IncomingMessage, chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#progress(chunk.length);
    this.#received += chunk.length;
    if (this.#received > this.#wanted.bytesMax) {
      this.#tooLong();
      return;
    }
    try {
      const written = this.#wanted.sink.write(chunk);
      if (!written) return;
      response.pause();
      this.#untimed(written).then(
        // The end may have come with the chunk, in spite of the pause.
        () => (this.#ended ? this.#whole() : response.resume()),
        (error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #whole(): void {
    const isResumed = this.#response?.statusCode === 206;
    this.#finish(isResumed ? { outcome: 'complete', resumed: true } : { outcome: 'complete' });
  }

  #tooLong(): void {
    this.#finish({ outcome: 'too-long' });
    this.#request?.destroy();
  }

  /** Reads a small body that nobody wants, so that the connection can be used again; gives up on a large or slow one. */
  #discard(response: IncomingMessage, then: () => void): void {
    let left = 65_536;
    const give = () => {
      then();
      this.#request?.destroy();
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(give, 1000);
    response.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) give();
    });
    response.on('end', then);
    response.on('close', then);
  }

  /** The connection failed, or the answer is no HTTP. */
  #broken(cause: unknown): void {
    // What follows a complete answer on its connection is not part of it; what breaks a discarded body is no matter.
    if (this.#settled || this.#response?.complete || (this.#response && !this.#isWanted)) return;
    if (this.#response === undefined && this.#request?.reusedSocket) this.#finish('stale');
    else this.#fail(networkError(this.#url, cause));
  }

  /** Waits for the sink without counting the time. */
  async #untimed(work: Promise<void>): Promise<void> {
    this.#since = undefined;
    await work;
    this.#since = performance.now();
  }

  #progress(bytes: number): void {
    const now = performance.now();
    this.#patience.spent(this.#since === undefined ? 0 : now - this.#since, bytes);
    this.#since = now;
  }

  /** One timer for all waits: it looks at the time when it fires, so that a chunk costs no timer. */
  #checkPatience(): void {
    const waited = this.#since === undefined ? 0 : performance.now() - this.#since;
    const left = this.#patience.left() - waited;
    if (left > 0 || this.#since === undefined) this.#timer = setTimeout(this.#onLate, left);
    else this.#fail(this.#patience.error(this.#url, waited));
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#request?.destroy();
    this.#reject(error);
  }

  #finish(end: End): void {
    if (this.#settled) return;
    this.#settle();
    this.#resolve(end);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#wanted.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Where to connect and what to ask for; the path is sent as it is written, whatever the URL standard makes of it. */
function place(url: string): Target {
  const [origin, path] = splitUrl(url);
  const { protocol, hostname, port } = new URL(origin);
  return {
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port || undefined,
    // Only what a request line cannot carry at all is encoded.
    path: (path.startsWith('/') ? path : `/${path}`).replace(/[^\x21-\x7e]+/gu, encodeURIComponent),
  };
}
