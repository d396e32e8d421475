import type { Store } from '../client/ports.ts';
import { checkName } from './name.ts';
import { Turns } from './turns.ts';

/** A place that keeps values under names: the storage of an extension, of a worker, of a database. */
export interface KeyValueBackend {
  /** The value of a name; `undefined` or `null` where there is none. The store copies it. */
  get(name: string): Promise<Uint8Array | null | undefined>;
  /** Replaces a value. A reader must see the old one or the new one, and once this has resolved the new one. */
  set(name: string, value: Uint8Array): Promise<unknown>;
  /** Removes a value; one that is not there is no error. */
  delete(name: string): Promise<unknown>;
  /** All names that begin with a text. */
  list(prefix: string): Promise<Iterable<string>>;
  /**
   * Runs work while no other client of this place runs any, in this process or another; rejects with `signal.reason` where
   * it is aborted while it waits. Without it, clients of this store only wait for each other: two processes, tabs or
   * workers may then lose each other's updates, and a refresh may find an older version than another client has seen.
   */
  readonly exclusive?: (<T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>) | undefined;
}

/**
 * A store on any place that keeps values under names.
 *
 * @param prefix of every name in that place: clients of different repositories need different ones.
 */
export function keyValueStore(backend: KeyValueBackend, prefix = 'tufa/'): Store {
  const turns = new Turns();
  const place = (name: string): string => {
    checkName(name);
    return prefix + name;
  };
  return {
    async read(name, bytesMax) {
      const value = await backend.get(place(name));
      return value == null || value.length > bytesMax ? undefined : new Uint8Array(value);
    },
    async write(name, bytes) {
      await backend.set(place(name), new Uint8Array(bytes));
    },
    async remove(name) {
      await backend.delete(place(name));
    },
    async clear() {
      for (const name of [...(await backend.list(prefix))]) await backend.delete(name);
    },
    exclusive: (work, signal) =>
      turns.run(() => (backend.exclusive === undefined ? work() : backend.exclusive(work, signal)), signal),
  };
}
