/**
 * A store in IndexedDB, for pages, workers and extensions.
 *
 * @module
 */
import type { Store } from '../client/ports.ts';
import { checkName } from './name.ts';
import { isNamed, storageError } from './origin-storage.ts';
import { withWebLock } from './web-lock.ts';

const files = 'files';

/**
 * Keeps a client's files in a database of IndexedDB, one for each repository. Each write is a transaction of strict durability: it resolves
 * once the bytes are on the disk. `exclusive` holds between all tabs and workers of the origin.
 *
 * A browser may throw the database away, with everything that the client knew of versions: ask it to keep it
 * (`navigator.storage.persist()`), and give the client a floor.
 *
 * @param name of the database.
 * @throws TypeError for an empty name. Methods throw `ERR_TUF_STORE`: there is no IndexedDB (some private windows), or no
 * space.
 * @spec A-56
 */
export function indexedDbStore(name: string): Store {
  if (typeof name !== 'string' || name === '') throw new TypeError('a store needs the name of a database');
  let opened: Promise<IDBDatabase> | undefined;
  const forget = (): void => {
    opened = undefined;
  };
  const database = (): Promise<IDBDatabase> => {
    if (opened === undefined) {
      opened = open(name, forget);
      opened.catch(forget); // the caller is told
    }
    return opened;
  };

  /** One transaction. One more attempt on a connection that the browser has closed meanwhile. */
  const transact = async <T>(
    operation: string,
    path: string,
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    try {
      for (let isAgain = false; ; isAgain = true) {
        try {
          return await transaction(await database(), mode, act);
        } catch (error) {
          if (isAgain || !isNamed(error, 'InvalidStateError')) throw error;
          forget();
        }
      }
    } catch (cause) {
      throw storageError(operation, path === '' ? name : `${name}/${path}`, cause);
    }
  };

  return {
    async read(path, bytesMax) {
      checkName(path);
      const value = await transact('read', path, 'readonly', (store) => store.get(path));
      return value instanceof Uint8Array && value.length <= bytesMax ? new Uint8Array(value) : undefined;
    },
    async write(path, bytes) {
      checkName(path);
      const copy = new Uint8Array(bytes);
      await transact('write', path, 'readwrite', (store) => store.put(copy, path));
    },
    async remove(path) {
      checkName(path);
      await transact('remove', path, 'readwrite', (store) => store.delete(path));
    },
    async clear() {
      await transact('clear', '', 'readwrite', (store) => store.clear());
    },
    exclusive: (work, signal) => withWebLock(`tufa:indexed-db:${name}`, work, signal),
  };
}

function open(name: string, forget: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(files);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      // Another tab deletes it, or the browser does: the next call opens it anew.
      database.onversionchange = () => database.close();
      database.onclose = forget;
      resolve(database);
    };
  });
}

function transaction<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const each = database.transaction(files, mode, { durability: 'strict' });
    const request = act(each.objectStore(files));
    each.oncomplete = () => resolve(request.result);
    each.onabort = () => reject(each.error ?? request.error);
  });
}
