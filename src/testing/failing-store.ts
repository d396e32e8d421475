import type { Store } from '../client/ports.ts';
import { TufError } from '../errors.ts';

/** Which call of an operation fails first, counted from 1: it and all after it, until the store is repaired. */
export interface StoreFaults {
  readonly read?: number | undefined;
  readonly write?: number | undefined;
  readonly remove?: number | undefined;
  readonly clear?: number | undefined;
  /** Nobody is let in: as where another process holds the lock and never lets go. */
  readonly exclusive?: number | undefined;
}

/** A store that fails. */
export interface FailingStore extends Store {
  /** How often each operation was called, the failed calls included. */
  readonly calls: Readonly<Record<keyof StoreFaults, number>>;
  /** From here on everything works: the disk has space again. */
  repair(): void;
}

/**
 * A store that works until it does not: a full disk (`write`), one that is gone (`read`). What was written before stays, and
 * a write that fails leaves the file from before.
 *
 * @param store where the files are: `memoryStore()`.
 * @throws TypeError for a fault that is no count from 1. Its operations throw `ERR_TUF_STORE`, beside what `store` throws.
 */
export function failingStore(store: Store, faults: StoreFaults): FailingStore {
  for (const [operation, first] of Object.entries(faults)) {
    if (!Object.hasOwn(none, operation)) throw new TypeError(`a store has no operation ${JSON.stringify(operation)}`);
    if (first !== undefined && !(Number.isSafeInteger(first) && first > 0)) {
      throw new TypeError(`${operation}: which call is the first to fail is an integer above 0`);
    }
  }
  const calls = { ...none };
  let isRepaired = false;
  const attempt = (operation: keyof StoreFaults, path: string): void => {
    calls[operation] += 1;
    if (isRepaired || calls[operation] < (faults[operation] ?? Number.POSITIVE_INFINITY)) return;
    const message = `${operation} ${path}: the store fails, as the test wants it`;
    throw new TufError('ERR_TUF_STORE', message, { path, operation }, { hint: 'repair() ends it' });
  };
  return {
    calls,
    repair: () => {
      isRepaired = true;
    },
    async read(name, bytesMax) {
      attempt('read', name);
      return store.read(name, bytesMax);
    },
    async write(name, bytes, refetchable) {
      attempt('write', name);
      await store.write(name, bytes, refetchable);
    },
    async remove(name) {
      attempt('remove', name);
      await store.remove(name);
    },
    async clear() {
      attempt('clear', 'everything');
      await store.clear();
    },
    async exclusive(work, signal) {
      attempt('exclusive', 'lock');
      return store.exclusive(work, signal);
    },
  };
}

const none = { read: 0, write: 0, remove: 0, clear: 0, exclusive: 0 };
