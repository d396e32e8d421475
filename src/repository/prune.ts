/**
 * Which published files nobody can need any more.
 *
 * A client may go by a snapshot until that expires, whatever timestamp led it there: one that a cache still gives, or one
 * that it took in before. So everything that a snapshot lists which has not expired stays, and so does what the current
 * one lists; roots stay for ever. What goes is what such a snapshot does not list, and was listed by a targets role that
 * goes: files of another origin are left alone.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { defaultLimits, type Limits } from '../metadata/limits.ts';
import { parseSnapshot, type Snapshot } from '../metadata/snapshot.ts';
import { parseTargets, type TargetFile, type Targets } from '../metadata/targets.ts';
import { metadataName, targetNames } from './layout.ts';
import type { Backend, FileStore } from './ports.ts';
import type { Published } from './published.ts';
import { refused } from './refusal.ts';

/** How what nobody needs is found. */
export interface PruneOptions {
  /** A snapshot that expires after this may still be somebody's. Earlier than now by as much as clocks are slow. */
  readonly usableAt: Date;
  /** Targets roles that are staged: what they list stays. */
  readonly staged?: Iterable<Targets> | undefined;
  readonly limits?: Limits | undefined;
}

/** What can be removed, in the order in which it has to be: what says which files there are goes last. */
export interface Garbage {
  /** Names below the targets base. */
  readonly targets: readonly string[];
  /** Names below the metadata base. */
  readonly metadata: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Metadata that could go, had it been understood. */
  readonly leftAlone: readonly string[];
}

/** A store whose files can be listed and removed. */
type ListedStore = FileStore & Required<Pick<FileStore, 'list' | 'remove'>>;

/**
 * Finds what nobody needs. Changes nothing.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` where the backend lists no files, where snapshots are not
 * consistent, and where metadata that stays cannot be read, since it may list anything.
 * @spec 4.4-f, 6.2.1-f
 */
export async function findGarbage(backend: Backend, published: Published, options: PruneOptions): Promise<Garbage> {
  if (!published.root.signed.consistentSnapshot) {
    const hint = 'remove what you know that nobody uses by hand; new versions are written over old ones';
    throw refused('root', 'without consistent snapshots no file tells until when it is used', hint);
  }
  const files = await listMetadata(listedStore(backend.metadata));
  const { limits = defaultLimits } = options;
  const reader = new Reader(backend.metadata, limits);
  const current = published.snapshot.signed;
  const live: Snapshot[] = [current];
  const garbage: VersionedName[] = [];
  const leftAlone: string[] = [];
  let bytes = 0;
  for (const file of files.filter(({ role }) => role === 'snapshot')) {
    if (file.version === current.version) continue;
    const found = await reader.snapshot(file);
    // What is above the current one belongs to a publication on its way.
    const isOld = file.version < current.version;
    if (found === undefined && !isOld) throw unreadable(file.name);
    if (found === undefined) leftAlone.push(file.name);
    else if (isOld && found.signed.expiresAt.milliseconds <= options.usableAt.getTime()) garbage.push(file);
    else live.push(found.signed);
  }
  const isListed = ({ role, version }: VersionedName): boolean =>
    live.some(({ meta }) => meta.version(`${role}.json`) === version);
  const kept = new NameSet();
  const gone = new NameSet();
  for (const file of files.filter(({ role }) => role !== 'snapshot' && role !== 'root')) {
    const newest = current.meta.version(`${file.role}.json`);
    const isOld = newest !== undefined && file.version < newest && !isListed(file);
    const found = await reader.targets(file);
    if (found === undefined && !isOld) throw unreadable(file.name);
    if (found === undefined) leftAlone.push(file.name);
    else if (isOld) garbage.push(file);
    if (found !== undefined) (isOld ? gone : kept).addAll(found);
  }
  for (const staged of options.staged ?? []) kept.addAll(staged);
  const targets: string[] = [];
  for (const [name, length] of gone.without(kept)) {
    if (!(await isThere(backend.targets, name))) continue;
    targets.push(name);
    bytes += length;
  }
  return { targets, metadata: garbage.map(({ name }) => name), bytes: bytes + reader.bytesOf(garbage), leftAlone };
}

/**
 * Removes it. Whatever stops this, the next {@link findGarbage} finds the rest. Nobody else may publish meanwhile.
 *
 * @throws {@link TufError} `ERR_TUF_STORE`, `ERR_TUF_CONFLICT`.
 */
export async function removeGarbage(backend: Backend, garbage: Garbage): Promise<void> {
  await listedStore(backend.targets).remove(garbage.targets);
  await listedStore(backend.metadata).remove(garbage.metadata);
  await backend.settle?.();
}

interface VersionedName {
  readonly name: string;
  readonly role: string;
  readonly version: number;
}

/** The versioned metadata that is there, in the order of versions. */
async function listMetadata(store: ListedStore): Promise<VersionedName[]> {
  const found: VersionedName[] = [];
  for await (const name of store.list()) {
    const match = /^([1-9]\d{0,15})\.(.+)\.json$/s.exec(name);
    const [version, role] = [Number(match?.[1]), match?.[2] ?? ''];
    // Some tools keep copies of heads; no client asks for one, and it is no targets role.
    if (role === 'timestamp') continue;
    if (!Number.isSafeInteger(version) || /[/\\]/.test(role) || metadataName(role, version, true) !== name) continue;
    found.push({ name, role, version });
  }
  return found.sort((a, b) => a.version - b.version);
}

/** Reads metadata that is not verified: it says what was listed, and nothing is built on it. */
class Reader {
  readonly #store: FileStore;
  readonly #limits: Limits;
  readonly #bytes = new Map<string, number>();

  constructor(store: FileStore, limits: Limits) {
    this.#store = store;
    this.#limits = limits;
  }

  bytesOf(files: readonly VersionedName[]): number {
    return files.reduce((sum, { name }) => sum + (this.#bytes.get(name) ?? 0), 0);
  }

  async snapshot(file: VersionedName): Promise<ReturnType<typeof parseSnapshot> | undefined> {
    return this.#read(file, this.#limits.snapshotBytes, (bytes) => parseSnapshot(bytes, { limits: this.#limits }));
  }

  async targets(file: VersionedName): Promise<Targets | undefined> {
    const { role } = file;
    const parse = (bytes: Uint8Array) => parseTargets(bytes, role, { limits: this.#limits });
    return (await this.#read(file, this.#limits.targetsBytes, parse))?.signed;
  }

  async #read<T>({ name }: VersionedName, bytesMax: number, parse: (bytes: Uint8Array) => T): Promise<T | undefined> {
    const bytes = await this.#store.read(name, bytesMax);
    this.#bytes.set(name, bytes?.length ?? 0);
    try {
      return bytes && parse(bytes);
    } catch (error) {
      if (error instanceof TufError && error.family === 'format') return undefined;
      throw error;
    }
  }
}

/** The files of targets roles, by name, with their lengths. */
class NameSet {
  readonly #names = new Map<string, number>();

  addAll({ targets }: Targets): void {
    for (const path of targets.paths()) {
      const target = targets.get(path) as TargetFile;
      for (const name of targetNames(target, true)) this.#names.set(name, target.length);
    }
  }

  *without(other: NameSet): Generator<[string, number]> {
    for (const entry of this.#names) if (!other.#names.has(entry[0])) yield entry;
  }
}

async function isThere(store: FileStore, name: string): Promise<boolean> {
  const found = await store.open(name);
  await found?.[Symbol.asyncIterator]().return?.();
  return found !== undefined;
}

function listedStore(store: FileStore): ListedStore {
  if (store.list !== undefined && store.remove !== undefined) return store as ListedStore;
  throw refused('root', 'this place lists and removes no files', 'remove them by its own means');
}

function unreadable(name: string): TufError {
  const hint = 'restore it from a backup, or move it away: what it lists is not known, so nothing is removed';
  const message = `${name} stays, and is no metadata that can be read`;
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { path: name }, { hint });
}
