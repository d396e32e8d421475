/**
 * What the client needs of the world, beside its consumer. An adapter implements one of these and knows nothing else of
 * tufa; nothing in `metadata`, `trust` or `workflow` imports an adapter.
 *
 * @module
 */
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';

/** One GET request. */
export interface TransportRequest {
  /** Most bytes, after any transport decoding, that may be handed to `sink`. */
  readonly bytesMax: number;
  /** Bypass every cache: set for timestamp.json and the next root (T36). */
  readonly fresh: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Give up at the first failure, since another place can be asked. */
  readonly once?: boolean | undefined;
  /**
   * Where the sink already has the beginning of the body: only the rest is wanted. A server that gives anything else than
   * that rest gives the whole, and the sink is started anew.
   */
  readonly resume?: Resume | undefined;
  /** Receives the body in order. The transport waits for a returned promise before it reads on. */
  readonly sink: Sink;
}

/** What a sink has of a body. */
export interface Resume {
  /** Bytes, above 0. They count towards `bytesMax`. */
  readonly offset: number;
  /** The strong ETag of the answer that they are from, where one was given. */
  readonly etag: string | undefined;
}

/** Where a body goes, chunk by chunk. A chunk belongs to the transport and may be reused once `write` has settled. */
export interface Sink {
  /**
   * Called before the first chunk of each whole body, with Content-Length and a strong ETag where the server gave them;
   * resets the sink. Not called where a body is resumed.
   */
  start(length: number | undefined, etag?: string): void | Promise<void>;
  write(chunk: Uint8Array): void | Promise<void>;
}

/** How a request ended. Every other end is a thrown `ERR_TUF_TRANSPORT`, or `signal.reason` after an abort. */
export type TransportOutcome =
  /** The sink has the whole body; `resumed` where not all of it came with this answer. */
  | { readonly outcome: 'complete'; readonly resumed?: boolean }
  /** The server says the file is not there: 404, 403 or 410 only. */
  | { readonly outcome: 'unavailable'; readonly status: number }
  /** The body is longer than `bytesMax`; the connection was closed, and the sink received at most `bytesMax` bytes. */
  | { readonly outcome: 'too-long' };

/** Fetches files. Implementations: `transport/fetch.ts` (everywhere), `transport/http.ts` (Node). */
export interface Transport {
  get(url: string, request: TransportRequest): Promise<TransportOutcome>;
}

/**
 * Keeps the client's files. Names are made by the one encoder of `metadata/file-name.ts`: lower-case ASCII, safe on every
 * file system, at most one `/`. What is read is never trusted for having been there.
 *
 * The contract, tested by `storeContract` of `tufa/testing`: a write is atomic (a reader sees the old bytes or the new ones, never
 * a mixture, also after a crash); what a resolved write wrote is what a later read gives; `remove` of an absent name is
 * no error; all failures are `ERR_TUF_STORE`.
 */
export interface Store {
  /** The bytes, or `undefined` when there are none or more than `bytesMax`. The caller may keep and change them. */
  read(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /**
   * The store copies or finishes with `bytes` before it resolves. Where it is `refetchable`, the file guards against nothing and can be
   * fetched again: it need not survive a power cut.
   */
  write(name: string, bytes: Uint8Array, refetchable?: boolean): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes every file that this store wrote. */
  clear(): Promise<void>;
  /** Runs `work` while no other client, in this process or another, runs work on the same store. */
  exclusive<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Signature verification and digests. One verdict on every backend. */
export interface Crypto {
  /**
   * False for every wrong signature, whatever its shape; never throws for one. `undefined` for a key of a kind that this
   * backend verifies no signature of: such a key counts for nothing, and errors say `no-verifier`.
   */
  verify(
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): boolean | undefined | Promise<boolean | undefined>;
  digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Where a target goes until it is verified, and what is known of it then. */
export interface TargetSink extends Sink {
  /**
   * What the sink has of the file before anything is asked for, up to the whole of it: then nothing is. Like any beginning it is
   * only believed with the whole, and given up by `start`.
   */
  readonly resume?: Resume | undefined;
  /** Bytes since the last start, those of `resume` included where there was none. */
  readonly length: number;
  /** The digest of these bytes, for an algorithm that the target lists. */
  digest(algorithm: HashAlgorithm): Uint8Array | Promise<Uint8Array>;
}

/** What becomes of a question to an answer server. */
type SentQuestion =
  /** Milliseconds; `sentMs` of a clock that never goes back, before the first byte went out. */
  | { readonly outcome: 'answered'; readonly bytes: Uint8Array; readonly sentMs: number; readonly roundTripMs: number }
  | { readonly outcome: 'missing'; readonly cause: unknown };

/** Sends a question: at most `bytesMax` bytes come back within `roundTripMs`. Rejects only with the reason of `signal`. */
export type SendQuestion = (
  question: { readonly body: Uint8Array; readonly bytesMax: number; readonly roundTripMs: number },
  signal: AbortSignal | undefined,
) => Promise<SentQuestion>;
