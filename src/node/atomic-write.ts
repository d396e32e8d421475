/**
 * Files that appear whole or not at all.
 *
 * The bytes go into a temporary file in the same folder, which is flushed to the disk and then renamed onto the final
 * name; the folder is flushed last. A reader, and the next process after a crash or a power cut, sees the old file or
 * the new one. No symbolic link is followed: the temporary is created exclusively under a random name, and a rename
 * replaces a link instead of writing through it.
 *
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TufError } from '../errors.ts';

/** The calls of the file system that tufa's writers make, so that a test can let each of them fail. */
export interface FileOperations {
  open(path: string, flags: number, mode: number): Promise<number>;
  /** Bytes read into `buffer` from `offset` on; 0 at the end. */
  read(fd: number, buffer: Uint8Array, offset: number): Promise<number>;
  /** Bytes written of those from `offset` on. */
  write(fd: number, bytes: Uint8Array, offset: number): Promise<number>;
  sync(fd: number): Promise<void>;
  close(fd: number): Promise<void>;
  fstat(fd: number): Promise<fs.Stats>;
  lstat(path: string): Promise<fs.Stats>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the folders that are missing on the way, too. */
  mkdir(path: string, mode: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  /** Sets the time of the last change to now. */
  touch(path: string): Promise<void>;
}

const pooled = { read: promisify(fs.read), write: promisify(fs.write), sync: promisify(fs.fsync) };
/** Copying fewer bytes than this takes less time than asking another thread to. */
const pooledBytesMin = 262_144;

/**
 * The file system of Node. What waits for the disk or copies megabytes is done by the thread pool; the other calls take
 * microseconds, a tenth of what it costs to hand them over.
 */
export const nodeFiles: FileOperations = {
  open: async (path, flags, mode) => {
    await letOthersRun();
    return fs.openSync(path, flags, mode);
  },
  read: async (fd, buffer, offset) => {
    const length = buffer.length - offset;
    if (length < pooledBytesMin) return fs.readSync(fd, buffer, offset, length, null);
    return (await pooled.read(fd, buffer, offset, length, null)).bytesRead;
  },
  write: async (fd, bytes, offset) => {
    if (bytes.length - offset < pooledBytesMin) return fs.writeSync(fd, bytes, offset);
    return (await pooled.write(fd, bytes, offset)).bytesWritten;
  },
  sync: pooled.sync,
  close: async (fd) => fs.closeSync(fd),
  fstat: async (fd) => fs.fstatSync(fd),
  lstat: async (path) => fs.lstatSync(path),
  rename: async (from, to) => fs.renameSync(from, to),
  unlink: async (path) => fs.unlinkSync(path),
  mkdir: async (path, mode) => void fs.mkdirSync(path, { recursive: true, mode }),
  rmdir: async (path) => fs.rmdirSync(path),
  readdir: async (path) => fs.readdirSync(path),
  touch: async (path) => fs.utimesSync(path, new Date(), new Date()),
};

const turnMs = 50;
let lastTurn = 0;

/**
 * Lets timers and signals have their turn now and then: the calls above are done at once, so a loop over a hundred thousand
 * files would keep a lock from showing that its holder lives.
 */
async function letOthersRun(): Promise<void> {
  if (performance.now() - lastTurn < turnMs) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastTurn = performance.now();
}

/** Options of {@link openAtomicFile} and {@link writeFileAtomic}. */
export interface AtomicWriteOptions {
  /** Permissions of the file, less those that the umask takes away. Default `0o666`. */
  readonly mode?: number;
  /** Creates missing folders with these permissions; without it, a missing folder is an error. */
  readonly folderMode?: number;
  /** Awaited just before the new bytes become visible; what it throws ends the write. */
  readonly check?: () => void | Promise<void>;
  /** The name of the temporary in the same folder. Default: a new random one, `.PID.RANDOM.tmp`. */
  readonly temporaryName?: string;
  /**
   * False: whole for every reader, but not flushed to the disk: a power cut may leave the old file, the new one or a damaged
   * one. For what its reader verifies and can have again. Default true.
   */
  readonly flush?: boolean;
  /** The file system; tests let it fail. */
  readonly files?: FileOperations;
}

/** A file that is being written. Nothing is visible under its name before `commit` resolves or fails in its last step. */
export interface AtomicFile {
  /** Appends. The chunk may be reused once this has settled. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the file visible, in place of what was there. */
  commit(): Promise<void>;
  /** Forgets what was written; after a failure or a commit, does nothing. Never throws. */
  abort(): Promise<void>;
}

/**
 * Begins a file. After a failure of any method nothing is left behind.
 *
 * @throws {@link TufError} `ERR_TUF_STORE`, as its methods do.
 * @spec A-56
 */
export async function openAtomicFile(path: string, options: AtomicWriteOptions = {}): Promise<AtomicFile> {
  const { mode = 0o666, folderMode, files = nodeFiles } = options;
  const folder = dirname(path);
  const temporary = join(folder, options.temporaryName ?? `.${process.pid}.${randomName()}.tmp`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = fs.constants;
  const open = () => files.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    const fd = await open().catch(async (error) => {
      if (folderMode === undefined || errorCode(error) !== 'ENOENT') throw error;
      await createFolder(folder, folderMode, files);
      return open();
    });
    return new OpenFile(path, temporary, fd, files, options);
  } catch (cause) {
    throw storeError('write', path, cause);
  }
}

/** Writes a file of bytes, or of chunks as they come. What an iterable throws is thrown on, and nothing is left behind. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const file = await openAtomicFile(path, options);
  try {
    if (content instanceof Uint8Array) await file.write(content);
    else for await (const chunk of content) await file.write(chunk);
    await file.commit();
  } finally {
    await file.abort();
  }
}

/** A name that nobody can foresee or has used: 16 characters of lower-case hex. */
export function randomName(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex');
}

/** The code of an error of the operating system, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}

/** An `ERR_TUF_STORE` about a file, with what to do about its cause; a cause that is one already is given back as it is. */
export function storeError(
  operation: string,
  path: string,
  cause: unknown,
  hint: string | undefined = hintFor(operation, errorCode(cause)),
): TufError<'ERR_TUF_STORE'> {
  if (cause instanceof TufError && cause.code === 'ERR_TUF_STORE') return cause;
  const code = errorCode(cause);
  const message = `cannot ${operation} ${path}${code === undefined ? '' : ` (${code})`}`;
  return new TufError('ERR_TUF_STORE', message, { path, operation }, cause === undefined ? { hint } : { cause, hint });
}

/** What to do where a folder or a link is in the place of a file. */
export const notFile = 'remove what is there: a file is expected, no folder and no link';
/** What to do where a file or a link is in the place of a folder. */
export const notFolder = 'remove what is there: a folder is expected, no file and no link';
const permission = 'give the user of this process access to it, or choose another folder';
const hints: Readonly<Record<string, string>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: permission,
  ENOSPC: 'free some space on the disk',
  EDQUOT: 'free some space within the quota',
  EFBIG: 'let the process write larger files, or choose another disk',
  EMFILE: 'let the process open more files',
  ENOENT: 'create the folder first', // of what is to be written
  ELOOP: notFile,
  EISDIR: notFile,
  ENOTDIR: notFolder,
  ENAMETOOLONG: 'choose a shorter path',
};

function hintFor(operation: string, code = ''): string | undefined {
  return operation === 'read' && code === 'ENOENT' ? 'check the path: there is no such file' : hints[code];
}

/** Flushes the names in a folder to the disk, where the system can. */
export async function syncFolder(folder: string, files: FileOperations = nodeFiles): Promise<void> {
  if (process.platform === 'win32') return; // it opens no folders
  const fd = await files.open(folder, fs.constants.O_RDONLY, 0);
  try {
    await files.sync(fd);
  } catch (error) {
    // Some file systems, over a network mostly, flush names by themselves and refuse to be asked.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await files.close(fd);
  }
}

async function createFolder(folder: string, mode: number, files: FileOperations): Promise<void> {
  await files.mkdir(folder, mode);
  await syncFolder(dirname(folder), files);
}

class OpenFile implements AtomicFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #files: FileOperations;
  readonly #options: AtomicWriteOptions;
  #fd: number | undefined;
  /** Whether the temporary exists. */
  #pending = true;

  constructor(path: string, temporary: string, fd: number, files: FileOperations, options: AtomicWriteOptions) {
    this.#path = path;
    this.#temporary = temporary;
    this.#fd = fd;
    this.#files = files;
    this.#options = options;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const fd = this.#open();
    await this.#guarded(async () => {
      for (let from = 0; from < chunk.length; ) {
        const count = await this.#files.write(fd, chunk, from);
        if (count === 0) throw storeError('write', this.#path, undefined, 'the disk takes no more bytes');
        from += count;
      }
    });
  }

  async commit(): Promise<void> {
    const fd = this.#open();
    await this.#guarded(async () => {
      if (this.#options.flush !== false) await this.#files.sync(fd);
      this.#fd = undefined;
      await this.#files.close(fd);
    });
    try {
      await this.#options.check?.();
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.#guarded(async () => {
      await rename(this.#temporary, this.#path, this.#files);
      this.#pending = false;
      if (this.#options.flush !== false) await syncFolder(dirname(this.#path), this.#files);
    });
  }

  async abort(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await this.#files.close(fd).catch(() => {}); // the error that led here matters more
    if (this.#pending) await this.#files.unlink(this.#temporary).catch(() => {}); // and dead temporaries are removed later
    this.#pending = false;
  }

  #open(): number {
    if (this.#fd === undefined) throw new TypeError('the file is not open any more');
    return this.#fd;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      await this.abort();
      throw storeError('write', this.#path, cause);
    }
  }
}

/** Windows refuses to replace a file while a scanner or a reader has it open, for a moment. */
async function rename(from: string, to: string, files: FileOperations): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await files.rename(from, to);
      return;
    } catch (error) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error) ?? '');
      if (process.platform !== 'win32' || !busy || attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 10));
    }
  }
}
