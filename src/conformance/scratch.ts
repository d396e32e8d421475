/**
 * The folders of one client for one sequence, deep inside a folder that is watched: what a client writes above them, by
 * names with `..`, is seen.
 *
 * @module
 */
import {
  closeSync,
  constants,
  cpSync,
  type Dirent,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  opendirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { TufError } from '../errors.ts';
import type { Held, HeldFile, SavedTrial } from './client-under-test.ts';

const filesMax = 10_000;
const fileBytesMax = 96 * 1024 * 1024;
const allBytesMax = 256 * 1024 * 1024;
/** Folders between the client's and the watched one. */
const above = ['watched', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'client'];

/** A folder in which every trial has one of its own. */
export class ScratchFolder {
  readonly #base: string;
  #count = 0;

  /** @throws {@link TufError} `ERR_TUF_STORE`. */
  constructor() {
    this.#base = stored('make a folder in', tmpdir(), () => mkdtempSync(join(tmpdir(), 'tufa-audit-')));
  }

  /** A trial's folders: always the same ones for a lane, which has one trial at a time. */
  begin(lane?: string, from?: SavedTrial): Scratch {
    const path = join(this.#base, lane ?? String(++this.#count));
    return new Scratch(path, () => join(this.#base, `saved-${++this.#count}`), from);
  }

  remove(): void {
    removeFolder(this.#base);
  }
}

/** The folders of one trial. */
export class Scratch {
  readonly #watched: string;
  readonly #allowed: ReadonlySet<string>;
  readonly #misdeeds = new Set<string>();
  readonly #newPlace: () => string;
  #root: Uint8Array | undefined;
  readonly metadata: string;
  readonly targets: string;
  /** For what a client writes where temporary files are written. */
  readonly temporary: string;
  /** The pinned root. */
  readonly rootFile: string;

  /**
   * @param wanted where they are, unless something is there that cannot be removed.
   * @param newPlace gives paths at which nothing is yet.
   * @param from what another trial had when it was saved.
   */
  constructor(wanted: string, newPlace: () => string, from?: SavedTrial) {
    // What stands there was left by a client before this one, or put there by it.
    if (isThere(wanted)) removeFolder(wanted);
    const path = isThere(wanted) ? newPlace() : wanted;
    this.#watched = path;
    this.#newPlace = newPlace;
    const client = join(path, ...above);
    const given = join(path, 'watched', 'given');
    [this.metadata, this.targets, this.temporary] = ['metadata', 'targets', 'tmp'].map((name) =>
      join(client, name),
    ) as [string, string, string];
    this.rootFile = join(given, 'pinned.json');
    stored('make folders in', path, () => {
      for (const folder of [this.metadata, this.targets, this.temporary, given]) mkdirSync(folder, { recursive: true });
    });
    this.#allowed = new Set(above.map((_, i) => join(path, ...above.slice(0, i + 1))).concat(given, this.rootFile));
    if (from === undefined) return;
    this.give(from.root);
    stored('copy to', client, () => copyFolder(from.folder, client));
  }

  /** Copies the client's folders; `undefined` where it is not plain files and folders, or has done what it may not. */
  save(): SavedTrial | undefined {
    this.#lookAround();
    const client = dirname(this.metadata);
    if (this.#root === undefined || this.#misdeeds.size > 0 || !isPlain(client)) return undefined;
    const folder = this.#newPlace();
    try {
      copyFolder(client, folder);
    } catch {
      // Closed to us, or the disk is full: it is run again where it is needed.
      removeFolder(folder);
      return undefined;
    }
    return { root: this.#root, folder };
  }

  /** Writes the pinned root. */
  give(root: Uint8Array): void {
    this.#root = root;
    this.#put(this.rootFile, root);
  }

  /** Replaces a file of the metadata folder, or takes it away. */
  change(name: string, bytes: Uint8Array | null): void {
    this.#put(join(this.metadata, name), bytes);
  }

  /** Replaces every target file with the bytes `was`, or takes it away. */
  changeTarget(was: Uint8Array, now: Uint8Array | null): void {
    for (const { name, bytes } of this.held().targets) {
      const path = join(this.targets, name);
      if (Buffer.compare(bytes, was) !== 0) continue;
      this.#put(path, now);
    }
  }

  /** Writes a file anew, or removes it. No link that the client has put in its place, or in a folder's, is followed. */
  #put(path: string, bytes: Uint8Array | null): void {
    const folders = relative(this.#watched, dirname(path)).split(sep);
    const isOwn = ['', ...folders].every((_, i) => isFolder(join(this.#watched, ...folders.slice(0, i))));
    if (!isOwn) {
      this.note(`${relative(this.#watched, dirname(path))} is no folder any more`);
      return;
    }
    stored('write', path, () => {
      rmSync(path, { recursive: true, force: true });
      if (bytes !== null) writeFileSync(path, bytes, { flag: 'wx' });
    });
  }

  /** What the client holds. What is no file, or too much, is a misdeed and is left out. */
  held(): Held {
    const isJson = ({ name }: Dirent): boolean => name.endsWith('.json');
    return {
      metadata: this.#files(this.metadata, false, isJson),
      targets: this.#files(this.targets, true, () => true),
    };
  }

  /** Notes what no client may do. */
  note(misdeed: string): void {
    this.#misdeeds.add(misdeed);
  }

  /** Everything that was done and may not be; then everything is removed. */
  end(): readonly string[] {
    this.#lookAround();
    removeFolder(this.#watched);
    return [...this.#misdeeds];
  }

  #lookAround(): void {
    this.#look(this.#watched);
    if (this.#root !== undefined && Buffer.compare(this.#root, readOr(this.rootFile)) !== 0) {
      this.note('it changed the file that it was given the root in');
    }
  }

  #look(folder: string): void {
    const own = [this.metadata, this.targets, this.temporary];
    for (const entry of entriesOf(folder, filesMax)) {
      const path = join(folder, entry.name);
      if (own.includes(path) && entry.isDirectory()) continue;
      if (!this.#allowed.has(path)) this.note(`it wrote outside its folders: ${relative(this.#watched, path)}`);
      else if (entry.isDirectory()) this.#look(path);
    }
  }

  #files(folder: string, isDeep: boolean, isWanted: (entry: Dirent) => boolean): HeldFile[] {
    const found: HeldFile[] = [];
    let left = allBytesMax;
    const walk = (at: string): void => {
      for (const entry of entriesOf(at, filesMax)) {
        const path = join(at, entry.name);
        if (entry.name.startsWith('.')) continue;
        if (entry.isDirectory() && isDeep) walk(path);
        else if (!entry.isDirectory() && isWanted(entry)) {
          const file = entry.isSymbolicLink() ? insideOf(folder, path) : path;
          const isWithin = file !== undefined && found.length < filesMax;
          const bytes = isWithin ? readBounded(file, Math.min(left, fileBytesMax)) : undefined;
          if (bytes === undefined) this.note(`${relative(this.#watched, path)} is no file, or too much`);
          else found.push({ name: relative(folder, path), bytes });
          left -= bytes?.length ?? 0;
        }
      }
    };
    if (isFolder(folder)) walk(folder);
    else this.note(`${relative(this.#watched, folder)} is no folder any more`);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

const savedEntriesMax = 1000;
const savedBytesMax = 8 * 1024 * 1024;

/** Whether a folder holds nothing but files, folders and links, and not much of them. */
function isPlain(folder: string): boolean {
  let [entries, bytes] = [0, 0];
  const walk = (at: string): boolean =>
    entriesOf(at, savedEntriesMax).every((entry) => {
      const path = join(at, entry.name);
      entries += 1;
      if (entries >= savedEntriesMax) return false;
      if (entry.isDirectory()) return walk(path);
      if (entry.isFile()) bytes += sizeOf(path);
      return bytes <= savedBytesMax && (entry.isFile() || entry.isSymbolicLink());
    });
  return walk(folder);
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return Number.POSITIVE_INFINITY; // it cannot be copied either
  }
}

/** Copies what is in a folder, links as they are. */
function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

/** Where a link leads, as long as that is in the same folder: some clients keep their newest root as one. */
function insideOf(folder: string, link: string): string | undefined {
  try {
    const path = realpathSync(link);
    return path.startsWith(realpathSync(folder) + sep) ? path : undefined;
  } catch {
    return undefined; // it leads nowhere
  }
}

/** Whether a path names something now, whatever it is. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // no name that a file can have, or below something that is no folder
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false; // it is gone
  }
}

/** The first entries of a folder. */
function entriesOf(folder: string, most: number): Dirent[] {
  const entries: Dirent[] = [];
  try {
    const opened = opendirSync(folder);
    try {
      for (let entry = opened.readSync(); entry !== null && entries.length < most; entry = opened.readSync()) {
        entries.push(entry);
      }
    } finally {
      opened.closeSync();
    }
  } catch {
    // Gone, or closed to us: what is not there is judged where it is missed.
  }
  return entries;
}

/** The bytes of a regular file; no link in its place is followed, and nothing is waited for. */
function readBounded(path: string, bytesMax: number): Uint8Array | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(fd);
      return stats.isFile() && stats.size <= bytesMax ? new Uint8Array(readFileSync(fd)) : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // a link, or closed to us
  }
}

function readOr(path: string): Uint8Array {
  return readBounded(path, fileBytesMax) ?? new Uint8Array(0);
}

function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Something is still writing there, or has closed a folder to us; the system's own cleaning gets it.
  }
}

function stored<T>(operation: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const hint = 'check that the folder for temporary files is writable and not full';
    throw new TufError('ERR_TUF_STORE', `cannot ${operation} ${path}`, { path, operation }, { cause, hint });
  }
}
