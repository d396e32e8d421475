import type { Store, Transport, TransportOutcome, TransportRequest } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { type BundleSource, bytesAt, type Entry } from './entries.ts';

/** Nobody resolves it: requests end at the entries. */
const base = 'https://bundle.invalid';

/** Base URLs under which a {@link BundlePlace} answers. */
export const bundleUrls: { readonly metadataUrl: string; readonly targetsUrl: string } = {
  metadataUrl: `${base}/metadata`,
  targetsUrl: `${base}/targets`,
};

/** The entry that a client asks for by a URL. */
export function entryName(url: string): string {
  return url
    .slice(base.length + 1)
    .split('/')
    .map(decodeURIComponent)
    .join('/');
}

const pieceBytes = 1024 * 1024;

/** A bundle as a client's transport: there is no way from here to a network. */
export class BundlePlace implements Transport {
  /** The entries that were asked for. */
  readonly used: Set<string> = new Set();
  readonly #source: BundleSource;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(source: BundleSource, entries: ReadonlyMap<string, Entry>) {
    this.#source = source;
    this.#entries = entries;
  }

  async get(url: string, { bytesMax, sink, signal }: TransportRequest): Promise<TransportOutcome> {
    const name = entryName(url);
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      // The root walk ends where there is no next one: whether there is anywhere else, a bundle cannot say. A file may be there by
      // another of its digests.
      const mayBeAbsent = name.startsWith('targets/') || /^metadata\/\d+\.root\.json$/.test(name);
      if (mayBeAbsent) return { outcome: 'unavailable', status: 404 };
      throw missing(name);
    }
    this.used.add(name);
    if (entry.size > bytesMax) return { outcome: 'too-long' };
    await sink.start(entry.size);
    for (let done = 0; done < entry.size; done += pieceBytes) {
      signal?.throwIfAborted();
      await sink.write(await bytesAt(this.#source, entry.at + done, Math.min(pieceBytes, entry.size - done)));
    }
    return { outcome: 'complete' };
  }
}

export function missing(name: string): TufError<'ERR_TUF_BUNDLE_MISSING'> {
  return new TufError(
    'ERR_TUF_BUNDLE_MISSING',
    `bundle: ${name} is not in it, and is needed`,
    { name },
    { hint: 'an incremental bundle needs the store of an older one; else have it made again' },
  );
}

/** A store in front of another: what is written waits, and what was read is known. */
export class WaitingStore implements Store {
  readonly #store: Store;
  readonly #changes = new Map<string, Uint8Array | undefined>();
  /** Every change, in the order in which it was made: a crash between two leaves what an update leaves that is cut there. */
  readonly #waiting: (() => Promise<void>)[] = [];
  #cleared = false;
  /** What came from the other store, by name. */
  readonly kept: Map<string, Uint8Array> = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    if (this.#changes.has(name)) {
      const bytes = this.#changes.get(name);
      return bytes && bytes.length <= bytesMax ? bytes.slice() : undefined;
    }
    const bytes = this.#cleared ? undefined : await this.#store.read(name, bytesMax);
    if (bytes !== undefined) this.kept.set(name, bytes.slice());
    return bytes;
  }

  async write(name: string, bytes: Uint8Array, refetchable = false): Promise<void> {
    const own = bytes.slice();
    this.#changes.set(name, own);
    this.#waiting.push(() => this.#store.write(name, own, refetchable));
  }

  async remove(name: string): Promise<void> {
    this.#changes.set(name, undefined);
    this.#waiting.push(() => this.#store.remove(name));
  }

  async clear(): Promise<void> {
    this.#cleared = true;
    this.#changes.clear();
    this.kept.clear();
    this.#waiting.push(() => this.#store.clear());
  }

  /** The whole verification runs within that of the other store. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Makes every change, in the order in which it was made. */
  async commit(): Promise<void> {
    for (const change of this.#waiting.splice(0)) await change();
  }
}
