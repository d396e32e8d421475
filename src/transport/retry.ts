/**
 * A second and a third attempt for what may go better then: no connection, a body that breaks off, a server that asks for
 * patience. What is believed does not depend on it: a transport never sees a verdict.
 *
 * @module
 */
import type { Resume, Sink, Transport, TransportRequest } from '../client/ports.ts';
import { isTufError, TufError } from '../errors.ts';

/** Options of {@link retrying}. */
export interface RetryOptions {
  /** Most attempts for one request. Default 3. */
  readonly attemptsMax?: number;
  /** Milliseconds before the second attempt, doubled before each later one. The pause is a random part of it. Default 250. */
  readonly backoffMs?: number;
  /**
   * Longest Retry-After, in milliseconds, that is waited for; a server that asks for more ends the request at once.
   * Default 10,000.
   */
  readonly retryAfterMsMax?: number;
  /** Milliseconds after which no further attempt begins. Default 120,000. */
  readonly totalMsMax?: number;
}

/**
 * A transport that tries again what ended with a temporary failure: no connection, a body that breaks off or is too slow,
 * 408, 425, 429, 500, 502, 503 and 504. An attempt that broke off in its body is resumed where the server can.
 *
 * Throws `TypeError` for an option that is none. `get` throws what the transport throws; after more than one attempt the
 * error's evidence has `attempts` and `elapsedMs`, and its `cause` is the error of the last.
 */
export function retrying(transport: Transport, options: RetryOptions = {}): Transport {
  const { attemptsMax = 3, backoffMs = 250, retryAfterMsMax = 10_000, totalMsMax = 120_000 } = options;
  if (!(Number.isInteger(attemptsMax) && attemptsMax > 0)) throw new TypeError('attemptsMax is an integer above 0');
  if (!(backoffMs >= 0 && retryAfterMsMax >= 0 && totalMsMax >= 0)) throw new TypeError('times are not below 0');

  /** Milliseconds to the next attempt; none when there is to be no other. */
  const pauseAfter = (error: unknown, attempts: number, elapsedMs: number): number | undefined => {
    if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT' || !error.evidence.isTemporary) return undefined;
    const { retryAfterMs = 0 } = error.evidence;
    const pause = Math.max(retryAfterMs, Math.random() * backoffMs * 2 ** (attempts - 1));
    return attempts < attemptsMax && retryAfterMs <= retryAfterMsMax && elapsedMs + pause < totalMsMax
      ? pause
      : undefined;
  };

  return {
    async get(url, request) {
      const since = performance.now();
      const received = new Received(request);
      for (let attempts = 1; ; attempts++) {
        try {
          return await transport.get(url, { ...request, sink: received, resume: received.resume() });
        } catch (error) {
          const elapsedMs = Math.round(performance.now() - since);
          const pause = request.once || request.signal?.aborted ? undefined : pauseAfter(error, attempts, elapsedMs);
          if (pause === undefined) throw attempts === 1 ? error : afterAll(error, attempts, elapsedMs);
          await received.taken();
          await sleep(pause, request.signal);
        }
      }
    },
  };
}

/** The caller's sink, and how much of the body it has. */
class Received implements Sink {
  readonly #request: TransportRequest;
  #offset: number;
  #etag: string | undefined;
  #taking: Promise<void> | undefined;

  constructor(request: TransportRequest) {
    this.#request = request;
    this.#offset = request.resume?.offset ?? 0;
    this.#etag = request.resume?.etag;
  }

  /** Under a name that is used again, such as timestamp.json, the rest of the next version would fit: only an ETag tells. */
  resume(): Resume | undefined {
    return this.#offset > 0 && (this.#etag || !this.#request.fresh)
      ? { offset: this.#offset, etag: this.#etag }
      : undefined;
  }

  start(length: number | undefined, etag?: string): void | Promise<void> {
    this.#offset = 0;
    this.#etag = etag;
    const started = this.#request.sink.start(length, etag);
    this.#taking = started || undefined;
    return started;
  }

  /** Without a promise where the sink needs none: then a transport goes on at once. */
  write(chunk: Uint8Array): void | Promise<void> {
    const { length } = chunk;
    const count = (): void => {
      this.#offset += length;
    };
    const written = this.#request.sink.write(chunk);
    this.#taking = written ? written.then(count) : undefined;
    return this.#taking ?? count();
  }

  /** A connection may break while the sink is at work: what it has then, and whether it failed, is known after that alone. */
  async taken(): Promise<void> {
    await this.#taking;
  }
}

function afterAll(error: unknown, attempts: number, elapsedMs: number): unknown {
  if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT') return error;
  const { message, evidence, hint } = error;
  const text = `${message} (tried ${attempts} times in ${elapsedMs} ms)`;
  return new TufError('ERR_TUF_TRANSPORT', text, { ...evidence, attempts, elapsedMs }, { cause: error, hint });
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
