/**
 * What downloads that did not end have received so far, in a folder of its own, for a later process to go on from.
 *
 * A part is one file: a head of 512 bytes with the strong ETag of the answer that its bytes are from, then these bytes. Its
 * name says what it is a part of, `DIGEST.LENGTH.RANDOM.part`, and while somebody writes to it also who does,
 * `….RANDOM.PID.MACHINE.part`. It is taken by a rename, which one of two processes that try carries out; so nobody writes to
 * a part of another. One whose process has ended is free again.
 *
 * Nothing here is believed. Whoever can write to the folder can make a download begin anew, and no more: see
 * docs/design/client.md, "Resumed by a later process".
 *
 * @module
 */
import { constants, type Stats } from 'node:fs';
import { join } from 'node:path';
import { type FileOperations, randomName, storeError } from './atomic-write.ts';

/** A folder of parts, and how the processes that use it know each other. */
export interface PartsFolder {
  readonly path: string;
  readonly files: FileOperations;
  /** `PID.MACHINE` of this process. */
  readonly tag: string;
  /** Whether the process of a tag has ended; `undefined` where that cannot be known from here. */
  hasEnded(tag: string): boolean | undefined;
}

/** Milliseconds without a byte after which a part is removed. */
const ageMsMax = 7 * 86_400_000;
/** The same, after which it is free, where nobody can tell whether its process has ended. */
const silenceMsMax = 3_600_000;
/** Most parts that nobody writes to; the oldest go first. */
const partsMax = 16;
/** Most names that are looked at, of a folder in which somebody put others. */
const namesMax = 10_000;

const headLength = 512;
const magic = 'tufa part 1\n';
/** Of a longer one, or one that is no plain text, nothing is kept. */
const etagForm = /^"[\x21\x23-\x7e]{0,400}"$/;
const blockLength = 262_144;

/** `OF.RANDOM[.PID.MACHINE].part`, where OF is `DIGEST.LENGTH`. */
const partName = /^([a-z0-9-]+\.\d+)\.([0-9a-f]{16})(?:\.(\d+\.[a-z0-9-]+))?\.part$/;

/** The parts that this process writes to. */
const held = new Set<string>();

/** A part that this process alone writes to. */
export class Part {
  /** The strong ETag of the answer that the bytes are from. */
  readonly etag: string | undefined;
  readonly path: string;
  readonly #folder: PartsFolder;
  readonly #free: string;
  readonly #fd: number;
  #length: number;
  #open = true;

  constructor(folder: PartsFolder, names: PartNames, fd: number, length: number, etag: string | undefined) {
    this.#folder = folder;
    this.path = names.held;
    this.#free = names.free;
    this.#fd = fd;
    this.#length = length;
    this.etag = etag;
  }

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  /** Throws `ERR_TUF_STORE`. The chunk may be reused once this has settled. */
  async append(chunk: Uint8Array): Promise<void> {
    await write(this.#folder.files, this.#fd, chunk, this.path);
    this.#length += chunk.length;
  }

  /**
   * The bytes from the first on, as they are on the disk now, in blocks that are used again.
   *
   * @throws {@link TufError} `ERR_TUF_STORE`, also where another file is in its place or bytes are missing.
   */
  async *blocks(): AsyncGenerator<Uint8Array> {
    const { files } = this.#folder;
    const fd = await this.#reading(files.open(this.path, readFlags, 0));
    try {
      if (!isSame(await this.#reading(files.fstat(fd)), await this.#reading(files.fstat(this.#fd))))
        throw replaced(this.path);
      await this.#reading(readFully(files, fd, new Uint8Array(headLength), this.path));
      const block = new Uint8Array(Math.min(blockLength, this.#length));
      for (let left = this.#length; left > 0; ) {
        const next = left < block.length ? block.subarray(0, left) : block;
        await this.#reading(readFully(files, fd, next, this.path));
        yield next;
        left -= next.length;
      }
    } finally {
      await files.close(fd).catch(() => {}); // nothing was written
    }
  }

  /** Leaves the bytes for a later download. Never throws. */
  async release(): Promise<void> {
    if (this.#length === 0) return this.discard();
    await this.#end((files) => files.rename(this.path, this.#free));
  }

  /** Removes the file. Never throws. */
  async discard(): Promise<void> {
    await this.#end((files) => files.unlink(this.path));
  }

  #reading<T>(work: Promise<T>): Promise<T> {
    return work.catch((cause) => {
      throw storeError('read', this.path, cause);
    });
  }

  async #end(last: (files: FileOperations) => Promise<void>): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const { files } = this.#folder;
    await files.close(this.#fd).catch(() => {}); // nothing is lost that a later process would not ask for again
    await last(files).catch(() => {}); // it is free when this process has ended, and removed with its age
    held.delete(this.path);
  }
}

/** Where a part is while it is written to, and where it is left. */
interface PartNames {
  readonly held: string;
  readonly free: string;
}

/** Begins a part of `of`. Throws `ERR_TUF_STORE`; then nothing is left behind. */
export async function createPart(folder: PartsFolder, of: string, etag: string | undefined): Promise<Part> {
  const { files } = folder;
  const names = namesOf(folder, of, randomName());
  const kept = etag !== undefined && etagForm.test(etag) ? etag : undefined;
  const head = new TextEncoder().encode(`${magic}${kept ?? ''}\n`.padEnd(headLength));
  let fd: number | undefined;
  held.add(names.held);
  try {
    await files.mkdir(folder.path, 0o700);
    fd = await files.open(names.held, writeFlags | constants.O_CREAT | constants.O_EXCL, 0o600);
    await write(files, fd, head, names.held);
    return new Part(folder, names, fd, 0, kept);
  } catch (cause) {
    if (fd !== undefined) {
      await files.close(fd).catch(() => {}); // the error that led here matters more
      await files.unlink(names.held).catch(() => {}); // it is removed with its age
    }
    held.delete(names.held);
    throw storeError('write', names.held, cause);
  }
}

/**
 * Takes the longest part of `of` that nobody writes to and that is no longer than `bytesMax`; `undefined` where there is
 * none. What is no regular file of this user under one name, and what does not begin as a part, is left out. Never throws.
 */
export async function takePart(folder: PartsFolder, of: string, bytesMax: number): Promise<Part | undefined> {
  const found = (await look(folder)).filter(
    (each) => each.of === of && each.isFree && isOwnFile(each.stats) && each.stats.size <= headLength + bytesMax,
  );
  for (const each of found.sort((a, b) => b.stats.size - a.stats.size)) {
    const part = await take(folder, each).catch(() => undefined); // somebody else was faster, or it cannot be used
    if (part !== undefined) return part;
  }
  return undefined;
}

/** Removes the parts that are too old or too many, and those of `done`, which is whole. Never throws. */
export async function prunePartsFolder(folder: PartsFolder, done?: string): Promise<void> {
  const { files } = folder;
  const oldest = Date.now() - ageMsMax;
  const found = (await look(folder)).filter(({ stats }) => !stats.isDirectory() && isOwn(stats));
  const free = found.filter(({ isFree }) => isFree).sort((a, b) => b.stats.mtimeMs - a.stats.mtimeMs);
  for (const each of found) {
    const isOld = each.stats.mtimeMs < oldest && !held.has(each.path);
    if (!isOld && free.indexOf(each) < partsMax && !(each.isFree && each.of === done)) continue;
    await files.unlink(each.path).catch(() => {}); // somebody else has removed it, or taken it
  }
}

/** A file of the folder that is named as a part. */
interface FoundPart {
  readonly of: string;
  readonly random: string;
  readonly path: string;
  readonly stats: Stats;
  /** Whether nobody writes to it. */
  readonly isFree: boolean;
}

async function look(folder: PartsFolder): Promise<FoundPart[]> {
  const names = await folder.files.readdir(folder.path).catch(() => []); // there is none yet, or nothing can be had of it
  const found: FoundPart[] = [];
  for (const name of names.slice(0, namesMax)) {
    const [, of, random, tag] = partName.exec(name) ?? [];
    if (of === undefined || random === undefined) continue;
    const path = join(folder.path, name);
    const stats = await folder.files.lstat(path).catch(() => undefined); // it is gone
    if (stats !== undefined) found.push({ of, random, path, stats, isFree: isFree(folder, path, tag, stats) });
  }
  return found;
}

/**
 * A process may be stopped for long and go on, and the tag of this one may be that of another thread, or of one before it in
 * a container that was started again.
 */
function isFree(folder: PartsFolder, path: string, tag: string | undefined, { mtimeMs }: Stats): boolean {
  if (tag === undefined) return true;
  if (held.has(path)) return false;
  const ended = tag === folder.tag ? undefined : folder.hasEnded(tag);
  return ended ?? Date.now() - mtimeMs > silenceMsMax;
}

async function take(folder: PartsFolder, found: FoundPart): Promise<Part | undefined> {
  const { files } = folder;
  const names = namesOf(folder, found.of, found.random);
  held.add(names.held);
  try {
    await files.rename(found.path, names.held);
    const fd = await files.open(names.held, writeFlags, 0);
    const stats = await files.fstat(fd).catch(() => undefined); // then it is none
    const etag = stats && (await readHead(files, names.held, stats).catch(() => undefined)); // it is none
    const part = new Part(folder, names, fd, found.stats.size - headLength, etag || undefined);
    if (etag !== undefined && stats !== undefined && isSame(stats, found.stats) && stats.size === found.stats.size)
      return part;
    await part.discard();
    return undefined;
  } catch (error) {
    held.delete(names.held);
    throw error;
  }
}

/** The ETag, empty where there is none. Throws for what is no part. */
async function readHead(files: FileOperations, path: string, expected: Stats): Promise<string> {
  const fd = await files.open(path, readFlags, 0);
  try {
    if (!isSame(await files.fstat(fd), expected)) throw replaced(path);
    const head = new Uint8Array(headLength);
    await readFully(files, fd, head, path);
    const text = new TextDecoder().decode(head);
    const etag = text.slice(magic.length).split('\n')[0] ?? '';
    if (!text.startsWith(magic) || !(etag === '' || etagForm.test(etag))) throw replaced(path);
    return etag;
  } finally {
    await files.close(fd);
  }
}

function namesOf(folder: PartsFolder, of: string, random: string): PartNames {
  return {
    held: join(folder.path, `${of}.${random}.${folder.tag}.part`),
    free: join(folder.path, `${of}.${random}.part`),
  };
}

const { O_RDONLY, O_WRONLY, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
// No link is followed, and no pipe is waited for.
const readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const writeFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;

/** A regular file of this user under one name: a second one would be another's way to it. */
function isOwnFile(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1 && isOwn(stats) && stats.size > headLength;
}

function isOwn({ uid }: Stats): boolean {
  return process.geteuid === undefined || uid === process.geteuid();
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function replaced(path: string): Error {
  return storeError('read', path, undefined, 'something else writes to this folder: download it again');
}

async function readFully(files: FileOperations, fd: number, block: Uint8Array, path: string): Promise<void> {
  for (let length = 0; length < block.length; ) {
    const count = await files.read(fd, block, length);
    if (count === 0) throw replaced(path);
    length += count;
  }
}

async function write(files: FileOperations, fd: number, bytes: Uint8Array, path: string): Promise<void> {
  try {
    for (let from = 0; from < bytes.length; ) {
      const count = await files.write(fd, bytes, from);
      if (count === 0) throw storeError('write', path, undefined, 'the disk takes no more bytes');
      from += count;
    }
  } catch (cause) {
    throw storeError('write', path, cause);
  }
}
