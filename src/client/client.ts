import { type AnyTufError, TufError } from '../errors.ts';
import type { CanonicalForm } from '../metadata/canonical-json.ts';
import { channelPath } from '../metadata/channel.ts';
import type { Instant } from '../metadata/date-time.ts';
import type { Profile } from '../metadata/document.ts';
import { type PlainJson, plainJson } from '../metadata/json.ts';
import { type Limits, limitsWith } from '../metadata/limits.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { isWellFormed } from '../metadata/utf8.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import type { FetchOrder } from '../workflow/fetch-order.ts';
import { fetchTarget } from '../workflow/fetch-target.ts';
import { findTarget, type Search } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import { isWithin, recallState } from '../workflow/recall-state.ts';
import { isRefusal } from '../workflow/recalled.ts';
import { refresh } from '../workflow/refresh.ts';
import { expiredRoles, type Offline, type UpdateContext, type UpdateState } from '../workflow/state.ts';
import type { Asking } from './asking.ts';
import { downloads, type OnState, searches } from './behind.ts';
import { TargetBuffer } from './buffer-sink.ts';
import { followChannel } from './channel.ts';
import { checkOffline, checkOptions, readFloor } from './check-options.ts';
import { type ClientEvent, type ClientEventOf, Listeners } from './event.ts';
import type { Mirrors } from './mirrors.ts';
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
  /** What `tufa floor` says of the time at which the application was built: a baseline for a client that has kept nothing. */
  readonly floor?: Floor | undefined;
  /** More places that have the repository; what `mirrors()` gives. */
  readonly mirrors?: Mirrors | undefined;
  /** Confirms every refresh online; what `asking()` of `tufa/ask` gives. */
  readonly asking?: Asking | undefined;
  /** False for a repository whose target files have plain names although its snapshots are consistent (3.1.1-b). */
  readonly prefixTargetsWithHash?: boolean | undefined;
}

/** Versions and a time that were current when the application was built; goes with a pinned root that is no newer. */
export interface Floor {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly time: string;
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
  /** Roles on whose word it rests that have expired: any only after a refresh with `offline: 'allow-expired'`. */
  readonly expired: readonly string[];
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
  /** `store`: nothing was asked for. */
  readonly from: 'server' | 'store';
  /** When an update last asked the server and succeeded; `undefined` where the store does not know. */
  readonly checkedAt: Date | undefined;
  /** Top-level roles that have expired: any only with `offline: 'allow-expired'`. */
  readonly expired: readonly string[];
  /**
   * What it rests on: `offline-chain`, signatures of the roles that hold until they expire; `online-signed`, also an answer to this
   * client's own question that nothing newer is permitted (`tufa/ask`).
   */
  readonly assurance: 'offline-chain' | 'online-signed';
}

export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason, and what is kept stays valid. */
  readonly signal?: AbortSignal | undefined;
}

export interface RefreshOptions extends CallOptions {
  /**
   * What to accept without asking for metadata, verified from the pinned root again: `strict` what is kept and has not
   * expired; `allow-expired` also what has, as the result says; `{ maxAgeMs }` what `strict` does if an update succeeded that
   * many milliseconds ago or later, and otherwise asks the server. Without the network, newer releases and revocations
   * stay unknown.
   */
  readonly offline?: Offline | { readonly maxAgeMs: number } | undefined;
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
  readonly #floor: UpdateContext['floor'];
  readonly #transport: Transport;
  readonly #crypto: Crypto;
  readonly #listeners = new Listeners();
  readonly #found: WeakMap<Target, Found> = new WeakMap();
  readonly #refreshing: SharedRun<Refreshed>;
  #state: UpdateState | undefined;
  /** Whether keyids were judged, and reported, when the state was made. */
  #keyidsReported = false;
  /** When the update succeeded that the state is of. */
  #checked: Instant | undefined;

  constructor(options: ClientOptions, platform: Platform) {
    checkOptions(options);
    this.#pinned = new Uint8Array(options.root);
    this.#options = { ...options };
    this.#limits = limitsWith(options.limits);
    this.#floor = options.floor === undefined ? undefined : readFloor(options.floor);
    this.#transport = options.transport ?? platform.transport(options.fetch);
    this.#crypto = options.crypto ?? platform.crypto();
    this.#refreshing = new SharedRun((signal) => options.store.exclusive(() => this.#refresh(signal), signal));
    downloads.set(this, (target, sink, more) => this.#download(target, sink, more));
    searches.set(this, (program, more) => this.#onState(program, more));
  }

  /**
   * Updates root, timestamp, snapshot and targets. Calls that overlap share one update.
   *
   * @throws {@link TufError} with the code of the check that refused; what was trusted before stays. Offline,
   * `ERR_TUF_STORE` where what is needed is not kept.
   */
  async refresh({ offline, signal }: RefreshOptions = {}): Promise<Refreshed> {
    const recalled = offline === undefined ? undefined : await this.#recall(offline, signal);
    return recalled ?? this.#refreshing.join(signal);
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
    return this.#search((state, context) => findTarget(state, path, context), options);
  }

  /**
   * Finds the target that a channel names: which release is the latest is signed, not guessed (T33). `undefined` where no
   * trusted role lists the channel. The target is to be had as long as every role is fresh that vouches for it or for the channel.
   *
   * @param name 1 to 64 of a-z, 0-9, ".", "_" and "-", with a letter or digit first and last; else `TypeError`.
   * @throws {@link TufError} `ERR_TUF_NOT_FOUND` where no trusted role lists what the channel names: never another target in
   * its place; `ERR_TUF_MALFORMED` for a channel of another form; those of {@link find}.
   */
  async channel(name: string, options: CallOptions = {}): Promise<Target | undefined> {
    const path = channelPath(name);
    return this.#search((state, context) => followChannel(state, path, context), options);
  }

  async #search(
    program: (state: UpdateState, context: UpdateContext) => Workflow<Search>,
    options: CallOptions,
  ): Promise<Target | undefined> {
    const found = this.#found;
    return this.#onState(function* (state, context) {
      const search = yield* program(state, context);
      if (search.target === undefined || search.role === undefined) return undefined;
      const { root, timestamp, snapshot } = state;
      const expired = expiredRoles([root, timestamp, snapshot, ...search.vouchers], context.time);
      const target = publicTarget(search.target, search.role, expired);
      found.set(target, { file: search.target, state, vouchers: search.vouchers });
      return target;
    }, options);
  }

  async #onState<T>(program: OnState<T>, options: CallOptions): Promise<T> {
    if (this.#state === undefined) await this.refresh(options);
    const state = this.#state as unknown as UpdateState;
    return this.#run(program(state, this.#context(undefined, state), this.#options.asking), options.signal);
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
    const own = this.#context(this.#options.mirrors?.begin());
    // Whoever listens for keyids since hears of those that were not judged before: everything is verified anew.
    const isKnown = this.#state?.offline === undefined && (this.#keyidsReported || !own.reportKeyids);
    const context = { ...own, established: isKnown ? this.#state : undefined };
    const { asking } = this.#options;
    const program = asking?.refresh(this.#pinned, context) ?? refresh(this.#pinned, context);
    const state = await this.#run(program, signal, undefined, (event) => {
      if (event.type === 'accepted' && event.from === 'server') changed = true;
    });
    const time = asking?.timeOf(state, context.time) ?? context.time;
    return this.#establish(state, { ...context, time }, time, 'server', changed);
  }

  /** What is kept, or `undefined` where the server has to be asked. */
  async #recall(accepted: Exclude<RefreshOptions['offline'], undefined>, signal: AbortSignal | undefined) {
    checkOffline(accepted);
    const context = this.#context(this.#options.mirrors?.begin());
    const isCacheFirst = typeof accepted === 'object';
    const notBefore = isCacheFirst ? earlier(context.time, accepted.maxAgeMs) : undefined;
    const state = this.#state;
    // A state of which expiry was allowed is none that goes on when it has expired.
    const isStrict = state !== undefined && state.offline !== 'allow-expired';
    const program = recallState(this.#pinned, isCacheFirst ? 'strict' : accepted, context, notBefore);
    try {
      if (isStrict && notBefore !== undefined && isWithin(this.#checked, notBefore, context.time)) {
        const known = this.#establish(state, context, this.#checked);
        if (known.expired.length === 0) return known;
      }
      // Established before another run may begin: what came later is not to be replaced by what came before.
      return await this.#options.store.exclusive(async () => {
        const recalled = await this.#run(program, signal);
        return recalled && this.#establish(recalled.state, context, recalled.checkedAt);
      }, signal);
    } catch (error) {
      if (isCacheFirst && error instanceof TufError) return undefined;
      throw error;
    }
  }

  #establish(
    state: UpdateState,
    { time, reportKeyids = true }: UpdateContext,
    checked: Instant | undefined,
    from: Refreshed['from'] = 'store',
    changed = false,
  ): Refreshed {
    const { root, timestamp, snapshot, targets } = state;
    // Throws where an answer is required, and what is kept has none.
    const { asking } = this.#options;
    asking?.timeOf(state, time);
    this.#state = state;
    this.#checked = checked;
    this.#keyidsReported = reportKeyids;
    return {
      changed,
      root: root.signed.version,
      timestamp: timestamp.signed.version,
      snapshot: snapshot.signed.version,
      targets: targets.signed.version,
      from,
      checkedAt: checked && new Date(checked.milliseconds),
      expired: expiredRoles([root, timestamp, snapshot, targets], time),
      assurance: asking?.isConfirmed(state) ? 'online-signed' : 'offline-chain',
    };
  }

  async #download(target: Target, sink: TargetSink, options: CallOptions): Promise<void> {
    const { file, state, vouchers } = this.#foundBy(target);
    await this.#run(fetchTarget(state, file, vouchers, this.#context(undefined, state)), options.signal, sink);
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
    const { store, metadataUrl, targetsUrl, mirrors, asking } = this.#options;
    try {
      return await run(program, {
        transport: this.#transport,
        crypto: this.#crypto,
        store,
        metadataUrl: String(metadataUrl),
        targetsUrl: targetsUrl === undefined ? undefined : String(targetsUrl),
        mirrors,
        asking,
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

  /** The clock is read here and nowhere else: once for each call (5.1, A-69). For what is done on a state, it may be an answer's. */
  #context(order?: FetchOrder, state?: UpdateState): UpdateContext {
    const { asking } = this.#options;
    const milliseconds = (this.#options.now?.() ?? new Date()).getTime();
    if (!Number.isSafeInteger(milliseconds)) throw new TypeError('now() gives a valid Date');
    const time = { milliseconds, nanoseconds: 0 };
    return {
      time: (state && asking?.timeOf(state, time)) ?? time,
      prefixTargetsWithHash: this.#options.prefixTargetsWithHash ?? true,
      profile: this.#options.profile ?? 'default',
      reportKeyids: this.#listeners.has('keyid-mismatch'),
      canonicalForm: this.#options.canonicalForm ?? 'olpc',
      limits: this.#limits,
      floor: this.#floor,
      order,
    };
  }
}

function earlier({ milliseconds, nanoseconds }: Instant, ms: number): Instant {
  return { milliseconds: milliseconds - ms, nanoseconds };
}

function publicTarget(file: TargetFile, role: string, expired: readonly string[]): Target {
  const hashes = plainJson(file.hashes) as Record<string, string>;
  const custom = file.custom === undefined ? undefined : (plainJson(file.custom) as { [name: string]: PlainJson });
  return Object.freeze({ path: file.path, length: file.length, hashes: Object.freeze(hashes), custom, role, expired });
}
