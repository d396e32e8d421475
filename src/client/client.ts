import type { AnyTufError } from '../errors.ts';
import type { CanonicalForm } from '../metadata/canonical-json.ts';
import type { Profile } from '../metadata/document.ts';
import { type PlainJson, plainJson } from '../metadata/json.ts';
import { type Limits, limitsWith } from '../metadata/limits.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { isWellFormed } from '../metadata/utf8.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import { fetchTarget } from '../workflow/fetch-target.ts';
import { findTarget, type Search } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import { isRefusal } from '../workflow/recalled.ts';
import { refresh } from '../workflow/refresh.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import { TargetBuffer } from './buffer-sink.ts';
import { type ClientEvent, type ClientEventOf, Listeners } from './event.ts';
import type { Crypto, Store, TargetSink, Transport } from './ports.ts';
import { run } from './run.ts';
import { SharedRun } from './shared-run.ts';

/** What a client is made of. */
export interface ClientOptions {
  /** The pinned root that the application ships: the only thing that is believed without proof. Copied. */
  readonly root: Uint8Array;
  /** Where verified metadata is kept: without it a client has no baseline against rollback. */
  readonly store: Store;
  /** Base URL of the metadata, with or without a trailing slash; a query is kept. */
  readonly metadataUrl: string | URL;
  /** Base URL of the targets; without it the client can find but not download. */
  readonly targetsUrl?: string | URL | undefined;
  /** Replaces the platform's own way to fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Replaces the transport altogether; `fetch` is then not used. */
  readonly transport?: Transport | undefined;
  /** Replaces the platform's cryptography. */
  readonly crypto?: Crypto | undefined;
  /** The clock; the system's by default. */
  readonly now?: (() => Date) | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** `default`, or `strict` for the letter of the specification. */
  readonly profile?: Profile | undefined;
  /** The canonical form that this repository signs; `olpc` by default. */
  readonly canonicalForm?: CanonicalForm | undefined;
  /** False for a repository whose target files have plain names although its snapshots are consistent (3.1.1-b). */
  readonly prefixTargetsWithHash?: boolean | undefined;
}

/** What a platform brings. */
export interface Platform {
  transport(fetch: typeof globalThis.fetch | undefined): Transport;
  crypto(): Crypto;
}

/** A target that was found: who vouches for it, and what the file must be. Frozen; only its client accepts it. */
export interface Target {
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** Algorithm to hex digest, as listed; without prototype. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The publisher's own data, without prototype; text in it may be anything. */
  readonly custom: { readonly [name: string]: PlainJson } | undefined;
  /** The role that vouches for it. */
  readonly role: string;
}

/** What a refresh has established. */
export interface Refreshed {
  /** Whether anything new was accepted. */
  readonly changed: boolean;
  /** Versions now trusted. */
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
}

export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason, and what is kept stays valid. */
  readonly signal?: AbortSignal | undefined;
}

export interface DownloadOptions extends CallOptions {
  /** Called as bytes arrive, with the number so far; they are not verified yet. */
  readonly onProgress?: ((bytes: number, length: number) => void) | undefined;
}

/** A found target with the state it was found on. */
interface Found {
  readonly file: TargetFile;
  readonly state: UpdateState;
  readonly vouchers: Search['vouchers'];
}

/**
 * A TUF client. Long-lived and re-entrant: calls may overlap, concurrent refreshes are one, and every search and download
 * runs on one immutable state whose expiry is checked at each use.
 *
 * Every failure of the world is a `TufError`, an abort rejects with `signal.reason`, misuse is a `TypeError`.
 */
export class UpdateClient {
  readonly #pinned: Uint8Array;
  readonly #options: ClientOptions;
  readonly #limits: Limits;
  readonly #transport: Transport;
  readonly #crypto: Crypto;
  readonly #listeners = new Listeners();
  readonly #found = new WeakMap<Target, Found>();
  readonly #refreshing: SharedRun<Refreshed>;
  #state: UpdateState | undefined;

  constructor(options: ClientOptions, platform: Platform) {
    checkOptions(options);
    this.#pinned = new Uint8Array(options.root);
    this.#options = { ...options };
    this.#limits = limitsWith(options.limits);
    this.#transport = options.transport ?? platform.transport(options.fetch);
    this.#crypto = options.crypto ?? platform.crypto();
    this.#refreshing = new SharedRun((signal) => options.store.exclusive(() => this.#refresh(signal), signal));
    downloads.set(this, (target, sink, more) => this.#download(target, sink, more));
  }

  /**
   * Updates root, timestamp, snapshot and targets. Calls that overlap share one update.
   *
   * @throws {@link TufError} with the code of the check that refused; what was trusted before stays.
   */
  refresh(options: CallOptions = {}): Promise<Refreshed> {
    return this.#refreshing.join(options.signal);
  }

  /**
   * Finds a target by its exact path; `undefined` when no trusted role lists it. Refreshes first where the client has not
   * yet.
   *
   * @throws {@link TufError} `ERR_TUF_EXPIRED` when the trusted state has expired since: refresh again; the codes of a
   * delegated role that cannot be had or believed; `ERR_TUF_TOO_MANY_ROLES`.
   */
  async find(path: string, options: CallOptions = {}): Promise<Target | undefined> {
    if (typeof path !== 'string' || !isWellFormed(path)) throw new TypeError('a path is well-formed text');
    if (this.#state === undefined) await this.refresh(options);
    const state = this.#state as unknown as UpdateState;
    const search = await this.#run(findTarget(state, path, this.#context()), options.signal);
    if (search.target === undefined || search.role === undefined) return undefined;
    const target = publicTarget(search.target, search.role);
    this.#found.set(target, { file: search.target, state, vouchers: search.vouchers });
    return target;
  }

  /**
   * Downloads a target that {@link find} of this client gave, and resolves with its verified bytes.
   *
   * @throws {@link TufError} `ERR_TUF_HASH_MISMATCH`, `ERR_TUF_LENGTH_MISMATCH`, `ERR_TUF_TOO_LONG`, `ERR_TUF_EXPIRED`,
   * `ERR_TUF_MALFORMED` for a path that no URL carries, `ERR_TUF_TRANSPORT`.
   */
  async download(target: Target, options: DownloadOptions = {}): Promise<Uint8Array> {
    const { targetBytes } = this.#limits;
    const { file } = this.#foundBy(target);
    if (file.length > targetBytes) throw tooLong({ path: file.path }, targetBytes, 'targetBytes');
    const progress = (bytes: number): void => options.onProgress?.(bytes, file.length);
    const sink = new TargetBuffer(file.length, this.#crypto, progress);
    await this.#download(target, sink, options);
    return sink.bytes();
  }

  /** Calls `listener` for every event of a type. Gives the function that ends it. */
  on<T extends ClientEvent['type']>(type: T, listener: (event: ClientEventOf<T>) => void): () => void {
    return this.#listeners.add(type, listener);
  }

  async #refresh(signal: AbortSignal | undefined): Promise<Refreshed> {
    let changed = false;
    const state = await this.#run(refresh(this.#pinned, this.#context()), signal, undefined, (event) => {
      if (event.type === 'accepted' && event.from === 'server') changed = true;
    });
    this.#state = state;
    const version = (document: { readonly signed: { readonly version: number } }): number => document.signed.version;
    return {
      changed,
      root: version(state.root),
      timestamp: version(state.timestamp),
      snapshot: version(state.snapshot),
      targets: version(state.targets),
    };
  }

  async #download(target: Target, sink: TargetSink, options: CallOptions): Promise<void> {
    const { file, state, vouchers } = this.#foundBy(target);
    const prefix = this.#options.prefixTargetsWithHash ?? true;
    await this.#run(fetchTarget(state, file, vouchers, prefix, this.#context()), options.signal, sink);
  }

  #foundBy(target: Target): Found {
    const found = this.#found.get(target);
    if (found === undefined) throw new TypeError('the target is not from find() of this client');
    return found;
  }

  async #run<T>(
    program: Workflow<T>,
    signal?: AbortSignal,
    sink?: TargetSink,
    watch?: (event: ClientEvent) => void,
  ): Promise<T> {
    const { store, metadataUrl, targetsUrl } = this.#options;
    try {
      return await run(program, {
        transport: this.#transport,
        crypto: this.#crypto,
        store,
        metadataUrl: String(metadataUrl),
        targetsUrl: targetsUrl === undefined ? undefined : String(targetsUrl),
        signal,
        sink,
        report: (event) => {
          watch?.(event);
          this.#listeners.emit(event);
        },
      });
    } catch (error) {
      if (isRefusal(error)) this.#listeners.emit({ type: 'refused', error: error as AnyTufError });
      throw error;
    }
  }

  /** The clock is read here and nowhere else: once for each call (5.1, A-69). */
  #context(): UpdateContext {
    const milliseconds = (this.#options.now?.() ?? new Date()).getTime();
    if (!Number.isSafeInteger(milliseconds)) throw new TypeError('now() gives a valid Date');
    return {
      time: { milliseconds, nanoseconds: 0 },
      profile: this.#options.profile ?? 'default',
      reportKeyids: this.#listeners.has('keyid-mismatch'),
      canonicalForm: this.#options.canonicalForm ?? 'olpc',
      limits: this.#limits,
    };
  }
}

/** Throws `TypeError` for what would fail later, or worse: be taken for the default. */
function checkOptions(options: ClientOptions): void {
  const { root, store, metadataUrl, targetsUrl = metadataUrl, now } = options;
  const { profile = 'default', canonicalForm = 'olpc' } = options;
  const isUrl = (url: unknown): boolean => /^https?:\/\//i.test(String(url));
  const holds = {
    root: root instanceof Uint8Array,
    store: typeof store?.exclusive === 'function',
    metadataUrl: isUrl(metadataUrl),
    targetsUrl: isUrl(targetsUrl),
    now: now === undefined || typeof now === 'function',
    profile: /^(default|strict)$/.test(profile),
    canonicalForm: /^(olpc|rfc8785)$/.test(canonicalForm),
  };
  for (const [name, isSo] of Object.entries(holds)) {
    if (!isSo) throw new TypeError(`the option ${name} is missing or not as ClientOptions describes it`);
  }
}

type Download = (target: Target, sink: TargetSink, options: CallOptions) => Promise<void>;

const downloads = new WeakMap<UpdateClient, Download>();

/**
 * Downloads into a sink. For `downloadToFile` and its like, which keep the bytes from everyone until this resolves; not
 * part of the public interface, since a sink sees bytes before they are verified.
 */
export function downloadInto(
  client: UpdateClient,
  target: Target,
  sink: TargetSink,
  options: CallOptions,
): Promise<void> {
  const download = downloads.get(client);
  if (download === undefined) throw new TypeError('client is a tufa Client');
  return download(target, sink, options);
}

function publicTarget(file: TargetFile, role: string): Target {
  const hashes = plainJson(file.hashes) as Record<string, string>;
  const custom = file.custom === undefined ? undefined : (plainJson(file.custom) as { [name: string]: PlainJson });
  return Object.freeze({ path: file.path, length: file.length, hashes: Object.freeze(hashes), custom, role });
}
