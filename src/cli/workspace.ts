/**
 * An operator's folder.
 *
 * ```
 * DIR/tufa.json        what the operator decided: lifetimes, digests, where the private keys are
 * DIR/root.json        the newest root that was published: what the operator's own reading starts from
 * DIR/published.json   the versions that were published last, below which nothing is published again
 * DIR/keys/            private keys, encrypted
 * DIR/drafts/          what is staged: a document for each role, and target files by their digest
 * DIR/public/          what is served: metadata/ and targets/; perhaps a working tree of git
 * ```
 *
 * Commands that change something take turns, by the lock in `drafts/`. Each file is written whole or not at all.
 *
 * @module
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, type JsonObject, parseJson } from '../metadata/json.ts';
import { errorCode, storeError, writeFileAtomic } from '../node/atomic-write.ts';
import { folderRepository } from '../node/folder-repository.ts';
import { gitRepository } from '../node/git-repository.ts';
import type { Backend } from '../repository/ports.ts';
import { type Published, readPublished, readRoles } from '../repository/published.ts';
import { directoryStore } from '../store/directory.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { configName, formatConfig, parseConfig, type WorkspaceConfig } from './workspace-config.ts';

export interface Workspace {
  readonly folder: string;
  readonly config: WorkspaceConfig;
  /** Staged documents, and the lock. */
  readonly drafts: Store;
  readonly backend: Backend;
}

/** The parts of an operator's folder. */
export const places = {
  root: 'root.json',
  published: 'published.json',
  keys: 'keys',
  drafts: 'drafts',
  files: 'drafts/files',
  scratch: 'drafts/scratch',
  public: 'public',
} as const;

/** @throws {@link TufError} `ERR_TUF_STORE` where the folder is no repository, `ERR_TUF_MALFORMED` for its configuration. */
export async function openWorkspace(folder: string): Promise<Workspace> {
  const path = join(folder, configName);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const hint = `name the folder of a repository, or make one with: ${commandLine('init', folder)}`;
    throw new TufError(
      'ERR_TUF_STORE',
      `there is no repository in ${folder}`,
      { path, operation: 'read' },
      { cause, hint },
    );
  }
  const config = parseConfig(bytes, path);
  return {
    folder,
    config,
    // Others may be copying large files, or typing a passphrase.
    drafts: directoryStore(join(folder, places.drafts), { lockTimeoutMs: 300_000 }),
    backend: backendOf(folder, config),
  };
}

function backendOf(folder: string, { git }: WorkspaceConfig): Backend {
  const place = join(folder, places.public);
  return git === undefined
    ? folderRepository(place, { scratch: join(folder, places.scratch) })
    : gitRepository(place, git);
}

export async function writeConfig(folder: string, config: WorkspaceConfig): Promise<void> {
  await writeFileAtomic(join(folder, configName), formatConfig(config), { mode: 0o600 });
}

/**
 * What is published, verified from the operator's own root; `undefined` where nothing is.
 *
 * @param roles the targets roles that are needed, beside all that delegate; all without it.
 */
export async function readWorkspace(workspace: Workspace, roles?: ReadonlySet<string>): Promise<Published | undefined> {
  const pinned = await readPinnedRoot(workspace.folder);
  if (pinned === undefined) return undefined;
  const known = await readState(workspace.folder);
  const only = roles && known?.delegators && new Set([...roles, ...known.delegators]);
  const options = { crypto: operatorCrypto(), only };
  const published = await readPublished(workspace.backend, pinned, options);
  checkFloor(workspace.folder, known, published);
  // Somebody else published meanwhile: who delegates now is not known.
  if (published === undefined || (await sha256(published.snapshot.bytes)) === known?.snapshotSha256) return published;
  return readMore(workspace, published);
}

/** In lower-case hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return encodeHex(await operatorCrypto().digest('sha256', bytes));
}

/** The same with more targets roles; with all of them where none is named. */
export function readMore(
  { backend }: Workspace,
  published: Published,
  roles?: ReadonlySet<string>,
): Promise<Published> {
  const missing = [...(roles ?? published.unread)].some((role) => published.unread.has(role));
  if (!missing) return Promise.resolve(published);
  const wanted = roles && new Set([...roles, ...published.targets.keys()]);
  return readRoles(backend, published, wanted, { crypto: operatorCrypto() });
}

/** The operator's own copy of the newest root; `undefined` where nothing was published yet. */
export async function readPinnedRoot(folder: string): Promise<Uint8Array | undefined> {
  return readIfThere(join(folder, places.root));
}

/** The versions that clients may hold. */
const floorRoles = ['root', 'timestamp', 'snapshot'] as const;

/** What was published last, as the operator remembers it. */
export interface PublishedState extends Readonly<Record<(typeof floorRoles)[number], number>> {
  /** The targets roles that delegate, and the digest of the snapshot of which this is so; absent in older files. */
  readonly delegators?: readonly string[] | undefined;
  readonly snapshotSha256?: string | undefined;
}

/** Remembers what was published, apart from what is served. */
export async function writePublished(folder: string, root: Uint8Array, state: PublishedState): Promise<void> {
  await writeFileAtomic(join(folder, places.root), root, { mode: 0o644 });
  await writeFileAtomic(join(folder, places.published), Buffer.from(`${JSON.stringify(state)}\n`), {
    mode: 0o644,
  });
}

/**
 * What was published last, as the operator remembers it; `undefined` before the first publication.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_STORE`: a file that is damaged guards against nothing.
 */
export async function readState(folder: string): Promise<PublishedState | undefined> {
  const path = join(folder, places.published);
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  const hint = `restore the file from a backup; only if no client has anything newer than what is served, remove ${path}`;
  const damaged = (cause?: unknown): TufError => {
    const message = `${path}: it does not say what was published last`;
    return new TufError('ERR_TUF_MALFORMED', message, { role: places.published }, { cause, hint });
  };
  try {
    const state = publishedStateIn(parseJson(bytes, { role: path }));
    if (state !== undefined) return state;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

/** What was published, out of a file or a journal; `undefined` where that does not say all versions. */
export function publishedStateIn(document: Json | undefined): PublishedState | undefined {
  const members: JsonObject = document instanceof Map ? (document as JsonObject) : new Map();
  const [root, timestamp, snapshot] = floorRoles.map((role) => members.get(role)) as [Json, Json, Json];
  if (!isVersion(root) || !isVersion(timestamp) || !isVersion(snapshot)) return undefined;
  const [delegators, snapshotSha256] = [members.get('delegators'), members.get('snapshotSha256')];
  if (!Array.isArray(delegators) || typeof snapshotSha256 !== 'string') return { root, timestamp, snapshot };
  return { root, timestamp, snapshot, delegators: delegators.map(String), snapshotSha256 };
}

function isVersion(value: Json): value is number {
  return typeof value === 'number' && value >= 1;
}

/** Refuses to build on less than what was published: the served folder was restored from an older copy. @spec 4.3-d, T39 */
function checkFloor(folder: string, state: PublishedState | undefined, published: Published | undefined): void {
  const path = join(folder, places.published);
  for (const role of floorRoles) {
    const highest = state?.[role];
    const found = published?.[role].signed.version ?? 0;
    if (highest === undefined || found >= highest) continue;
    const hint = `clients that hold version ${highest} refuse what would follow: bring back the newer files; only if no client has them, remove ${path}`;
    const message = `${role}: version ${found} is served, and version ${highest} was published`;
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', message, { role, path }, { hint });
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw storeError('read', path, cause);
  }
}
