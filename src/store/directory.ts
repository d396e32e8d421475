/**
 * A store in a folder, for Node.
 *
 * @module
 */
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Store } from '../client/ports.ts';
import {
  errorCode,
  type FileOperations,
  nodeFiles,
  notFile,
  notFolder,
  randomName,
  storeError,
  syncFolder,
  writeFileAtomic,
} from '../node/atomic-write.ts';
import { acquireLock, type Lock } from './lock.ts';
import { checkName, isSegment, isStoreName } from './name.ts';
import { hasEnded, processTag } from './process-tag.ts';
import { Turns } from './turns.ts';
import { Wait } from './wait.ts';

/** Options of {@link directoryStore}. */
export interface DirectoryStoreOptions {
  /** Most milliseconds to wait for another client on the same folder. Default 60,000. */
  readonly lockTimeoutMs?: number;
  /**
   * Milliseconds after which a client that gives no sign of life is taken for dead, where its process cannot be looked up:
   * on another host, or stopped. One that has ended on this host is known at once. Default 20,000.
   */
  readonly lockStaleMs?: number;
  /** The file system; tests let it fail. */
  readonly files?: FileOperations;
}

/**
 * Keeps a client's files in a folder, which is made when it is first needed, for its user alone (mode 0700).
 *
 * Each write is atomic, and flushed to the disk unless the file can be had again. `exclusive` holds between all processes on the host, and between hosts
 * that share the folder. The path may lead through symbolic links; below the folder none is followed, and one in place of
 * a file is an error. Do not put other files there: `clear` removes whatever is named like a file of a store.
 *
 * @throws TypeError for a path or an option that is none. Methods throw `ERR_TUF_STORE`, and `TypeError` for a name that
 * the client never makes.
 * @spec A-56
 */
export function directoryStore(path: string, options: DirectoryStoreOptions = {}): Store {
  const { lockTimeoutMs = 60_000, lockStaleMs = 20_000, files = nodeFiles } = options;
  if (typeof path !== 'string' || path === '') throw new TypeError('a store needs the path of a folder');
  if (!(lockTimeoutMs >= 0 && lockStaleMs > 0)) throw new TypeError('lockTimeoutMs and lockStaleMs are milliseconds');
  return new DirectoryStore(resolve(path), lockTimeoutMs, lockStaleMs, files);
}

/** One queue per folder, for all stores on it in this process. Few folders are used, so they are never forgotten. */
const turnsByFolder = new Map<string, Turns>();

class DirectoryStore implements Store {
  readonly #folder: string;
  readonly #lockTimeoutMs: number;
  readonly #lockStaleMs: number;
  readonly #files: FileOperations;
  #lock: Lock | undefined;
  #cleaned = false;

  constructor(folder: string, lockTimeoutMs: number, lockStaleMs: number, files: FileOperations) {
    this.#folder = folder;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#lockStaleMs = lockStaleMs;
    this.#files = files;
  }

  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const path = await this.#pathOf(name);
    try {
      return await readRegularFile(path, bytesMax, this.#files);
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw storeError('read', path, cause);
    }
  }

  async write(name: string, bytes: Uint8Array, refetchable = false): Promise<void> {
    const path = await this.#pathOf(name);
    await this.#lock?.check();
    await writeFileAtomic(path, bytes, {
      mode: 0o600,
      folderMode: 0o700,
      flush: !refetchable,
      temporaryName: `.${processTag()}.${randomName()}.tmp`,
      check: () => this.#lock?.check(),
      files: this.#files,
    });
  }

  async remove(name: string): Promise<void> {
    const path = await this.#pathOf(name);
    await this.#lock?.check();
    try {
      await this.#files.unlink(path);
      await syncFolder(dirname(path), this.#files);
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') throw storeError('remove', path, cause);
    }
  }

  async clear(): Promise<void> {
    await this.#lock?.check();
    try {
      for (const folder of await this.#folders()) {
        if ((await this.#removeFiles(folder, 'folder/')) > 0) await this.#files.rmdir(folder).catch(() => {}); // not empty
      }
      await this.#removeFiles(this.#folder, '');
      await syncFolder(this.#folder, this.#files);
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') throw storeError('clear', this.#folder, cause);
    }
  }

  async exclusive<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const wait = new Wait(this.#folder, this.#lockTimeoutMs, signal);
    const turns = turnsByFolder.get(this.#folder) ?? new Turns();
    turnsByFolder.set(this.#folder, turns);
    const turn = turns.join();
    try {
      if (turn.ready) await wait.until(turn.ready);
      const pause = (ms: number, holder: string) => wait.pause(ms, holder);
      const lock = await acquireLock(this.#folder, { files: this.#files, staleMs: this.#lockStaleMs, pause });
      return await this.#hold(lock, work, signal);
    } finally {
      turn.leave();
    }
  }

  async #hold<T>(lock: Lock, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#lock = lock;
    let result: T;
    try {
      await this.#removeTemporaries();
      signal?.throwIfAborted();
      result = await work();
    } catch (error) {
      await lock.release().catch(() => {}); // the error that led here matters more
      throw error;
    } finally {
      this.#lock = undefined;
    }
    await lock.release();
    return result;
  }

  /** Once, and under the lock: what writers that have ended left behind. */
  async #removeTemporaries(): Promise<void> {
    if (this.#cleaned) return;
    this.#cleaned = true;
    try {
      for (const folder of [this.#folder, ...(await this.#folders())]) {
        for (const name of await this.#files.readdir(folder)) {
          if (await isLeftBehind(join(folder, name), name, this.#files)) await this.#files.unlink(join(folder, name));
        }
      }
    } catch {
      // what is left behind does no harm
    }
  }

  /** The path of a file, whose folder is no link. */
  async #pathOf(name: string): Promise<string> {
    checkName(name);
    const path = join(this.#folder, name);
    if (name.includes('/')) await checkFolder(dirname(path), this.#files);
    return path;
  }

  /** Removes the files that a store can have written in a folder, and gives their number. */
  async #removeFiles(folder: string, front: string): Promise<number> {
    let count = 0;
    for (const name of await this.#files.readdir(folder)) {
      const path = join(folder, name);
      if (!isStoreName(front + name) || !(await this.#files.lstat(path)).isFile()) continue;
      await this.#files.unlink(path);
      count++;
    }
    return count;
  }

  async #folders(): Promise<string[]> {
    const folders: string[] = [];
    for (const name of await this.#files.readdir(this.#folder)) {
      const path = join(this.#folder, name);
      if (isSegment(name) && !name.endsWith('.json') && (await this.#files.lstat(path)).isDirectory())
        folders.push(path);
    }
    return folders;
  }
}

async function readRegularFile(path: string, bytesMax: number, files: FileOperations): Promise<Uint8Array | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK = 0 } = constants;
  // Where the system cannot refuse a link by itself, it is looked for.
  if (O_NOFOLLOW === undefined && !(await files.lstat(path)).isFile())
    throw storeError('read', path, undefined, notFile);
  const fd = await files.open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | O_NONBLOCK, 0);
  try {
    const stats = await files.fstat(fd);
    if (!stats.isFile()) throw storeError('read', path, undefined, notFile);
    if (stats.size > bytesMax) return undefined;
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(stats.size).buffer);
    let length = 0;
    while (length < bytes.length) {
      const count = await files.read(fd, bytes, length);
      if (count === 0) return bytes.slice(0, length);
      length += count;
    }
    return bytes;
  } finally {
    await files.close(fd);
  }
}

/** A folder of the store may be missing; it may not be a link, through which files would be read and written elsewhere. */
async function checkFolder(folder: string, files: FileOperations): Promise<void> {
  try {
    if (!(await files.lstat(folder)).isDirectory()) {
      throw storeError('open', folder, undefined, notFolder);
    }
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw storeError('open', folder, cause);
  }
}

const dayMs = 86_400_000;

/** Whether a temporary's writer has ended, or, where that cannot be known, has left it alone for a day. */
async function isLeftBehind(path: string, name: string, files: FileOperations): Promise<boolean> {
  const tag = /^\.(\d+\.[a-z0-9-]+)\.[0-9a-f]+\.tmp$/.exec(name)?.[1];
  if (tag === undefined) return false;
  return hasEnded(tag) ?? Date.now() - (await files.lstat(path)).mtimeMs > dayMs;
}
