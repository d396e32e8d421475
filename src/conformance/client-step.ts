/**
 * One step of a vector as tufa's client takes it: in this process, or in another runtime to which all that the client has was
 * brought.
 *
 * @module
 */
import type { Target, UpdateClient } from '../client/client.ts';
import type { Crypto, Store } from '../client/ports.ts';
import { isTufError } from '../errors.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { encodeHex } from '../metadata/hex.ts';
import { memoryStore } from '../store/memory.ts';
import type { HeldFile, StepOutcome } from './client-under-test.ts';
import { reasonOf } from './refusal.ts';

/** What a step is taken with. */
export interface StepWorld {
  /** Made within the step, since it may refuse what it is made of. */
  readonly client: () => UpdateClient;
  readonly crypto: Pick<Crypto, 'digest'>;
  /** The target files that were downloaded, by path; new ones are added. */
  readonly targets: Map<string, Uint8Array>;
}

/** Refreshes, and downloads the targets that are wanted and not there. Never rejects for what the client refuses. */
export async function takeStep(
  { client: make, crypto, targets }: StepWorld,
  download: readonly string[] = [],
): Promise<StepOutcome> {
  try {
    const client = make();
    await client.refresh();
    for (const path of download) {
      const target = await client.find(path);
      if (target === undefined) return { result: 'reject', reason: 'not-found' };
      if (!(await isThere(target, targets.get(path), crypto))) targets.set(path, await client.download(target));
    }
    return { result: 'accept' };
  } catch (error) {
    if (isTufError(error)) return { result: 'reject', reason: reasonOf(error) };
    return { failure: String((error as Error | undefined)?.stack ?? error) };
  }
}

/** What is there already and is the listed file is not downloaded again. */
async function isThere(
  { length, hashes }: Target,
  bytes: Uint8Array | undefined,
  crypto: Pick<Crypto, 'digest'>,
): Promise<boolean> {
  if (bytes?.length !== length) return false;
  const known = knownDigests(new Map(Object.entries(hashes)));
  for (const { algorithm, digest } of known) {
    if (encodeHex(await crypto.digest(algorithm, bytes)) !== encodeHex(digest)) return false;
  }
  return known.length > 0;
}

/** A store in memory that tells what it holds. */
export class ListedStore implements Store {
  readonly #store = memoryStore();
  readonly #names = new Set<string>();

  read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    return this.#store.read(name, bytesMax);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#store.write(name, bytes);
    this.#names.add(name);
  }

  async remove(name: string): Promise<void> {
    await this.#store.remove(name);
    this.#names.delete(name);
  }

  async clear(): Promise<void> {
    await this.#store.clear();
    this.#names.clear();
  }

  exclusive<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#store.exclusive(work, signal);
  }

  /** All files. */
  async files(): Promise<HeldFile[]> {
    const files: HeldFile[] = [];
    for (const name of this.#names) {
      const bytes = await this.read(name, Number.MAX_SAFE_INTEGER);
      if (bytes !== undefined) files.push({ name, bytes });
    }
    return files;
  }
}

/** The files that a folder would hold directly under names that end in `.json`. */
export function isMetadataFile({ name }: Pick<HeldFile, 'name'>): boolean {
  return name.endsWith('.json') && !name.includes('/');
}
