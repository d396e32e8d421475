/**
 * A repository in a folder: what a static server serves, written so that a reader, and the next process after a crash,
 * finds whole files only.
 *
 * A file is written and flushed in a scratch folder apart from what is served, then linked under its name, which fails
 * where the name is taken: of two writers one wins, whatever they are. The head is claimed in the same way, then renamed.
 * No lock is held, so none is ever left behind but the claim of a publication that ended in the middle: the same
 * publication, repeated, goes on from it.
 *
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TufError } from '../errors.ts';
import type { Backend, Content, FileStore, HeadStore } from '../repository/ports.ts';
import {
  errorCode,
  type FileOperations,
  nodeFiles,
  randomName,
  storeError,
  syncFolder,
  writeFileAtomic,
} from './atomic-write.ts';

/** The calls of the file system that a folder repository makes. */
export interface FolderOperations extends FileOperations {
  /** A second name for a file; fails with `EEXIST` where the name is taken. */
  link(from: string, to: string): Promise<void>;
}

/** The file system of Node. */
export const nodeFolder: FolderOperations = { ...nodeFiles, link: promisify(fs.link) };

export interface FolderRepositoryOptions {
  /** Where files are prepared: on the same file system, and not served. Default: `.NAME.scratch` beside the folder. */
  readonly scratch?: string | undefined;
  /** The file system; tests let it fail. */
  readonly files?: FolderOperations | undefined;
}

/**
 * The repository that is served from `folder`: `metadata/` and `targets/` in it, and `metadata/timestamp.json` as the head.
 *
 * @throws {@link TufError} `ERR_TUF_STORE`, and the conflicts of the ports.
 */
export function folderRepository(folder: string, options: FolderRepositoryOptions = {}): Backend {
  const { files = nodeFolder } = options;
  const scratch = options.scratch ?? join(dirname(folder), `.${folder.split(/[/\\]/).at(-1)}.scratch`);
  const metadata = new FolderFiles(join(folder, 'metadata'), scratch, files);
  const targets = new FolderFiles(join(folder, 'targets'), scratch, files);
  return { metadata, targets, head: new FolderHead(metadata, join(scratch, 'head.claim'), files) };
}

/** Readable by all and writable by the owner alone, whatever the umask leaves: they are to be served. */
const fileMode = 0o644;
const folderMode = 0o755;

class FolderFiles implements FileStore {
  readonly #base: string;
  readonly #scratch: string;
  readonly #files: FolderOperations;

  constructor(base: string, scratch: string, files: FolderOperations) {
    this.#base = base;
    this.#scratch = scratch;
    this.#files = files;
  }

  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const chunks = await this.open(name);
    if (chunks === undefined) return undefined;
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > bytesMax) throw storeError('read', this.path(name), undefined, `it has more than ${bytesMax} bytes`);
      parts.push(chunk);
    }
    return Buffer.concat(parts).subarray();
  }

  async open(name: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.path(name);
    try {
      const fd = await this.#files.open(path, fs.constants.O_RDONLY, 0);
      return new OpenFile(fd, path, this.#files);
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause) ?? '')) return undefined;
      throw storeError('read', path, cause);
    }
  }

  async put(name: string, content: Content): Promise<'written' | 'there'> {
    const found = await this.open(name);
    if (found !== undefined) return this.#checkSame(name, found, content);
    const prepared = await this.prepare(content);
    try {
      await this.#createFolder(name);
      await this.#linkNew(prepared, name);
      await this.#flush(name);
      return 'written';
    } catch (cause) {
      const other = errorCode(cause) === 'EEXIST' ? await this.open(name) : undefined;
      if (other !== undefined) return await this.#checkSame(name, other, content);
      throw cause instanceof TufError ? cause : storeError('write', this.path(name), cause);
    } finally {
      await this.#files.unlink(prepared).catch(() => {}); // what is left in the scratch folder harms nobody
    }
  }

  async replace(name: string, content: Content): Promise<void> {
    const prepared = await this.prepare(content);
    try {
      await this.#createFolder(name);
      await this.#files.rename(prepared, this.path(name));
      await this.#flush(name);
    } catch (cause) {
      await this.#files.unlink(prepared).catch(() => {}); // as above
      throw cause instanceof TufError ? cause : storeError('write', this.path(name), cause);
    }
  }

  async *list(below = ''): AsyncGenerator<string> {
    const folder = join(this.#base, below);
    try {
      for (const name of (await this.#files.readdir(folder)).sort()) {
        const path = below === '' ? name : `${below}/${name}`;
        const found = await this.#files.lstat(join(this.#base, path));
        if (found.isDirectory()) yield* this.list(path);
        else if (found.isFile()) yield path;
      }
    } catch (cause) {
      if (below === '' && errorCode(cause) === 'ENOENT') return;
      throw storeError('read', folder, cause);
    }
  }

  async remove(names: readonly string[]): Promise<void> {
    const folders = new Set<string>();
    for (const name of names) {
      const path = this.path(name);
      try {
        await this.#files.unlink(path);
        folders.add(dirname(path));
      } catch (cause) {
        if (!['ENOENT', 'ENOTDIR'].includes(errorCode(cause) ?? '')) throw storeError('remove', path, cause);
      }
    }
    for (const folder of folders) await syncFolder(folder, this.#files);
  }

  /** Writes and flushes the content beside what is served. */
  async prepare(content: Content): Promise<string> {
    const path = join(this.#scratch, `${randomName()}.tmp`);
    await writeFileAtomic(path, content.chunks(), { mode: fileMode, folderMode: 0o700, files: this.#files });
    return path;
  }

  path(name: string): string {
    const segments = name.split('/');
    if (segments.some((segment) => segment === '' || segment === '.' || segment === '..' || /[\0\\]/.test(segment))) {
      throw new TypeError(`${JSON.stringify(name)} is no name of a file in a repository`);
    }
    return join(this.#base, ...segments);
  }

  async #linkNew(prepared: string, name: string): Promise<void> {
    const path = this.path(name);
    try {
      await this.#files.link(prepared, path);
    } catch (error) {
      // There, whoever publishes has to be alone.
      if (!hasNoLinks(error)) throw error;
      if (await this.#isThere(name)) throw Object.assign(new TypeError('exists'), { code: 'EEXIST' });
      await this.#files.rename(prepared, path);
    }
  }

  async #isThere(name: string): Promise<boolean> {
    const found = await this.open(name);
    await found?.[Symbol.asyncIterator]().return?.();
    return found !== undefined;
  }

  async #checkSame(name: string, found: AsyncIterable<Uint8Array>, content: Content): Promise<'there'> {
    if (await sameBytes(found, content.chunks())) {
      // Another process may have linked it and ended before it was flushed.
      await this.#flush(name);
      return 'there';
    }
    const hint =
      'somebody published this version, or a publication ended in the middle: publish again on top of what is there';
    throw new TufError('ERR_TUF_CONFLICT', `${name} is there with other bytes`, { path: name }, { hint });
  }

  async #createFolder(name: string): Promise<void> {
    await this.#files.mkdir(dirname(this.path(name)), folderMode);
  }

  /** Makes the name last, and the folders on the way to it. */
  async #flush(name: string): Promise<void> {
    const stop = dirname(this.#base);
    for (let folder = dirname(this.path(name)); folder.length >= stop.length; folder = dirname(folder)) {
      await syncFolder(folder, this.#files);
      if (folder === stop) return;
    }
  }
}

const headName = 'timestamp.json';
const headBytesMax = 16 * 1024 * 1024;

class FolderHead implements HeadStore {
  readonly #metadata: FolderFiles;
  readonly #claim: string;
  readonly #files: FolderOperations;

  constructor(metadata: FolderFiles, claim: string, files: FolderOperations) {
    this.#metadata = metadata;
    this.#claim = claim;
    this.#files = files;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#metadata.read(headName, headBytesMax);
  }

  async replace(expected: Uint8Array | undefined, next: Uint8Array): Promise<void> {
    await this.#checkHead(expected);
    const content: Content = { length: next.length, chunks: () => [next] };
    const prepared = await this.#metadata.prepare(content);
    try {
      while (!(await this.#isClaimed(prepared, next)));
    } finally {
      await this.#files.unlink(prepared).catch(() => {}); // what is left in the scratch folder harms nobody
    }
    try {
      // Whoever claimed before has renamed before giving its claim up, so the head that is read now is the last one.
      await this.#checkHead(expected);
      await this.#metadata.replace(headName, content);
    } finally {
      // Where nothing was renamed, the head is as it was, and the next publication may claim it.
      await this.#files.unlink(this.#claim).catch(() => {}); // a claim that stays is the same publication's to finish
    }
  }

  async #checkHead(expected: Uint8Array | undefined): Promise<void> {
    const found = await this.read();
    if (expected === undefined ? found === undefined : found !== undefined && Buffer.compare(found, expected) === 0)
      return;
    const hint = 'somebody published meanwhile: publish again, on top of that';
    throw new TufError('ERR_TUF_CONFLICT', `${headName} is not the one that was read`, { path: headName }, { hint });
  }

  /** Claims the head; false where another claim was just given up, and one has to try again. */
  async #isClaimed(prepared: string, next: Uint8Array): Promise<boolean> {
    try {
      await this.#files.link(prepared, this.#claim).catch((error) => {
        if (!hasNoLinks(error)) throw error;
        return this.#create(next);
      });
      return true;
    } catch (cause) {
      if (errorCode(cause) !== 'EEXIST') throw storeError('write', this.#claim, cause);
    }
    const claimed = await readWhole(this.#claim, this.#files);
    if (claimed === undefined) return false;
    // Left by this very publication when it was interrupted.
    if (Buffer.compare(claimed, next) === 0) return true;
    const hint = `another publication is on its way; if none runs, finish the interrupted one, or remove ${this.#claim}`;
    throw new TufError('ERR_TUF_CONFLICT', 'another publication has claimed the head', { path: headName }, { hint });
  }

  /** The claim where it cannot be a link: a crash may leave it cut, and then it has to be removed by hand. */
  async #create(next: Uint8Array): Promise<void> {
    const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
    const fd = await this.#files.open(this.#claim, O_WRONLY | O_CREAT | O_EXCL, fileMode);
    try {
      for (let from = 0; from < next.length; ) from += await this.#files.write(fd, next, from);
      await this.#files.sync(fd);
    } finally {
      await this.#files.close(fd);
    }
  }
}

/** Some file systems know no second names. */
function hasNoLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '');
}

async function readWhole(path: string, files: FolderOperations): Promise<Uint8Array | undefined> {
  try {
    const fd = await files.open(path, fs.constants.O_RDONLY, 0);
    const parts: Uint8Array[] = [];
    for await (const chunk of chunksOf(fd, path, files)) parts.push(chunk);
    return Buffer.concat(parts);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw cause instanceof TufError ? cause : storeError('read', path, cause);
  }
}

/** An open file as its chunks. Who gives it up before the first one closes it, too. */
class OpenFile implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #close: () => Promise<void>;
  #isRead = false;

  constructor(fd: number, path: string, files: FolderOperations) {
    this.#chunks = chunksOf(fd, path, files);
    this.#close = () => files.close(fd).catch(() => {}); // nothing was written to it
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    this.#isRead = true;
    return this.#chunks.next();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    // A generator that has not begun ends without what it has in `finally`.
    if (!this.#isRead) await this.#close();
    this.#isRead = true;
    return this.#chunks.return(undefined);
  }
}

async function* chunksOf(fd: number, path: string, files: FolderOperations): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(65_536);
      const length = await files.read(fd, buffer, 0);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } catch (cause) {
    throw storeError('read', path, cause);
  } finally {
    await files.close(fd).catch(() => {}); // nothing was written to it
  }
}

/** Whether two streams have the same bytes, however they are cut. */
async function sameBytes(
  a: AsyncIterable<Uint8Array>,
  b: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<boolean> {
  const others = (async function* () {
    yield* b;
  })();
  let rest: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of a) {
      for (let at = 0; at < chunk.length; ) {
        if (rest.length === 0) {
          const next = await others.next();
          if (next.done === true) return false;
          rest = next.value;
          continue;
        }
        const length = Math.min(rest.length, chunk.length - at);
        if (Buffer.compare(chunk.subarray(at, at + length), rest.subarray(0, length)) !== 0) return false;
        rest = rest.subarray(length);
        at += length;
      }
    }
    if (rest.length > 0) return false;
    for await (const chunk of others) if (chunk.length > 0) return false;
    return true;
  } finally {
    await others.return(undefined);
  }
}
