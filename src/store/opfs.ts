/**
 * A store in the origin private file system, for pages and workers.
 *
 * @module
 */
import type { Store } from '../client/ports.ts';
import { checkName } from './name.ts';
import { isNamed, storageError } from './origin-storage.ts';
import { withWebLock } from './web-lock.ts';

/**
 * Keeps a client's files in a folder of the origin private file system, one for each repository. A file is replaced whole when
 * all its bytes are written. `exclusive` holds between all tabs and workers of the origin.
 *
 * A browser may throw the folder away, as it may a database: see {@link indexedDbStore}.
 *
 * @param name of the folder, of letters, digits, `.`, `_` and `-`.
 * @throws TypeError for another name. Methods throw `ERR_TUF_STORE`: there is no such file system, or no space.
 * @spec A-56
 */
export function opfsStore(name: string): Store {
  if (!/^[\w-][\w.-]{0,199}$/.test(name)) throw new TypeError('a store needs the name of a folder');

  const act = async <T>(operation: string, path: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw storageError(operation, path === '' ? name : `${name}/${path}`, cause);
    }
  };
  const folderOf = async (): Promise<FileSystemDirectoryHandle> =>
    (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });

  return {
    async read(path, bytesMax) {
      checkName(path);
      return act('read', path, async () => {
        const folder = await folderOf();
        for (let attempt = 1; ; attempt++) {
          const file = await unlessMissing((async () => (await folder.getFileHandle(flat(path))).getFile())());
          if (file === undefined || file.size > bytesMax) return undefined;
          try {
            return new Uint8Array(await file.arrayBuffer());
          } catch (error) {
            // It was replaced since it was opened: the new one, then.
            if (attempt === 10 || !isNamed(error, 'NotReadableError', 'NotFoundError')) throw error;
          }
        }
      });
    },
    async write(path, bytes) {
      checkName(path);
      const copy = new Uint8Array(bytes);
      await act('write', path, async () => {
        const handle = await (await folderOf()).getFileHandle(flat(path), { create: true });
        const stream = await handle.createWritable();
        try {
          await stream.write(copy);
        } catch (error) {
          await stream.abort().catch(() => {}); // the error that led here matters more
          throw error;
        }
        await stream.close();
      });
    },
    async remove(path) {
      checkName(path);
      await act('remove', path, async () => unlessMissing((await folderOf()).removeEntry(flat(path))));
    },
    async clear() {
      await act('clear', '', async () => {
        const origin = await navigator.storage.getDirectory();
        await unlessMissing(origin.removeEntry(name, { recursive: true }));
      });
    },
    exclusive: (work, signal) => withWebLock(`tufa:opfs:${name}`, work, signal),
  };
}

/** A file's name in one folder: no name of a store has `~`. */
function flat(path: string): string {
  return path.replace('/', '~');
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNamed(error, 'NotFoundError')) return undefined;
    throw error;
  }
}
