/**
 * What is staged in `DIR/drafts`: one document for each role that changes, and the target files that are not published
 * yet, by their SHA-256.
 *
 * @module
 */

import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeCrypto, nodeDigest } from '../crypto/node-crypto.ts';
import { type FormatEvidence, isTufError, TufError } from '../errors.ts';
import { binName, delegatedRoles, type SuccinctRoles } from '../metadata/delegations.ts';
import type { DocumentHead } from '../metadata/document.ts';
import { isLongLocalName, localName } from '../metadata/file-name.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { errorCode, randomName, storeError, writeFileAtomic } from '../node/atomic-write.ts';
import { binBitsMax } from '../repository/bins.ts';
import { type Draft, parseDraft } from '../repository/draft.ts';
import type { Content } from '../repository/ports.ts';
import type { Published } from '../repository/published.ts';
import { commandLine } from './command-line.ts';
import { places, type Workspace } from './workspace.ts';

/** The staged draft of a role, or `undefined`. */
export async function readDraft<T extends DocumentHead>(
  workspace: Workspace,
  role: string,
): Promise<Draft<T> | undefined> {
  const name = await draftName(role);
  const bytes = await workspace.drafts.read(name, defaultLimits.targetsBytes);
  if (bytes === undefined) return undefined;
  try {
    return parseDraft<T>(bytes, role);
  } catch (error) {
    if (!isTufError(error) || error.family !== 'format') throw error;
    const message = `${join(workspace.folder, places.drafts, name)} is no draft of ${role}: ${error.message}`;
    const hint = `somebody changed or damaged it: give it up with ${commandLine('discard', workspace.folder, role)}`;
    throw new TufError(
      'ERR_TUF_MALFORMED',
      message,
      { ...(error.evidence as FormatEvidence), role },
      { cause: error, hint },
    );
  }
}

export async function writeDraft(workspace: Workspace, draft: Draft): Promise<void> {
  await workspace.drafts.write(await draftName(draft.role), draft.bytes);
}

export async function removeDraft(workspace: Workspace, role: string): Promise<void> {
  await workspace.drafts.remove(await draftName(role));
}

/** The staged drafts of all targets roles that can be reached from what is published and from each other. */
export async function readTargetsDrafts(
  workspace: Workspace,
  published: Published | undefined,
): Promise<Map<string, Draft<Targets>>> {
  const drafts = new Map<string, Draft<Targets>>();
  const files = new Set(await filesIn(join(workspace.folder, places.drafts)));
  const pending = ['targets'];
  for (const { role, signed } of published?.targets.values() ?? []) pending.push(role, ...namesIn(signed, files));
  const seen = new Set<string>();
  // It grows while it is gone through.
  for (const role of pending) {
    if (seen.has(role)) continue;
    seen.add(role);
    const draft = files.has(await draftName(role)) ? await readDraft<Targets>(workspace, role) : undefined;
    if (draft === undefined) continue;
    drafts.set(role, draft);
    pending.push(...namesIn(draft.signed, files));
  }
  return drafts;
}

/** To which roles one delegates; of bins, those that have a file. */
function namesIn({ delegations }: Targets, files: Iterable<string>): string[] {
  if (delegations === undefined) return [];
  const { succinct } = delegations;
  if (succinct === undefined) return delegations.roles.map(({ name }) => name);
  const first = binName(succinct, 0);
  if (isLongLocalName(first)) return allBins(succinct);
  // The digits of a bin are the same in the name of its file.
  const prefix = localName(first, '').replace(/0+$/, '');
  const digits = [...files].flatMap((file) => {
    return file.startsWith(prefix) && file.endsWith('.json') ? [file.slice(prefix.length, -'.json'.length)] : [];
  });
  return delegatedRoles(
    delegations,
    digits.map((each) => `${succinct.namePrefix}-${each}`),
  ).map(({ name }) => name);
}

/** Of bins with names so long that their files are called by digests. */
function allBins(succinct: SuccinctRoles): string[] {
  const count = Math.min(2 ** succinct.bitLength, 2 ** binBitsMax);
  return Array.from({ length: count }, (_, bin) => binName(succinct, bin));
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw storeError('read', folder, cause);
  }
}

const changesName = 'staging/changes.json';
const restoreDrafts = 'restore the drafts from a backup, or give the change up by removing drafts/staging';

/**
 * Stages several documents together, and drops the drafts of the snapshot and the timestamp, which follow from them. After
 * a crash in the middle the next command that takes the lock finishes it, or finds nothing of it.
 *
 * @param givenUp roles whose drafts go at the same time.
 */
export async function stageDrafts(
  workspace: Workspace,
  staged: readonly Draft[],
  givenUp: readonly string[] = [],
): Promise<void> {
  for (const derived of ['snapshot', 'timestamp']) await removeDraft(workspace, derived);
  if (staged.length === 1 && givenUp.length === 0) return writeDraft(workspace, staged[0] as Draft);
  const { drafts } = workspace;
  for (const [i, draft] of staged.entries()) await drafts.write(`staging/${i}.json`, draft.bytes);
  await drafts.write(changesName, Buffer.from(JSON.stringify({ staged: staged.map(({ role }) => role), givenUp })));
  await finishStaging(workspace);
}

/** Goes on with what {@link stageDrafts} wrote down. Needs the lock. */
export async function finishStaging(workspace: Workspace): Promise<void> {
  const { drafts, folder } = workspace;
  const bytes = await drafts.read(changesName, defaultLimits.targetsBytes);
  const changes = bytes && (parseJson(bytes, { role: changesName }) as JsonObject);
  const rolesIn = (name: string): readonly string[] => (changes?.get(name) ?? []) as readonly string[];
  for (const [i, role] of rolesIn('staged').entries()) {
    const name = `staging/${i}.json`;
    const draft = await drafts.read(name, defaultLimits.targetsBytes);
    if (draft === undefined) throw storeError('read', join(folder, places.drafts, name), undefined, restoreDrafts);
    await drafts.write(await draftName(role), draft);
  }
  for (const role of rolesIn('givenUp')) await removeDraft(workspace, role);
  if (changes !== undefined) await drafts.remove(changesName);
  await rm(join(folder, places.drafts, 'staging'), { recursive: true, force: true });
}

/** Whether two entries of a target list the same file with the same `custom`. */
export function isSameTarget(a: TargetFile, b: TargetFile): boolean {
  const text = ({ length, hashes, custom }: TargetFile): string =>
    JSON.stringify([length, [...hashes].sort(), custom === undefined ? null : [...custom]], mapsAsArrays);
  return text(a) === text(b);
}

function mapsAsArrays(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** The file of a draft in the folder of drafts. */
export async function draftName(role: string): Promise<string> {
  const digest = isLongLocalName(role) ? await nodeCrypto().digest('sha256', encodeUtf8(role)) : undefined;
  return localName(role, '.json', digest && encodeHex(digest));
}

/** What a file is, by all digests that the repository lists. */
export interface StagedFile {
  readonly length: number;
  readonly hashes: ReadonlyMap<HashAlgorithm, string>;
}

/**
 * Copies a file into the drafts and digests it on the way, in one pass of fixed memory.
 *
 * @param onProgress hears the number of bytes so far.
 * @throws {@link TufError} `ERR_TUF_STORE`.
 */
export async function stageFile(
  workspace: Workspace,
  path: string,
  options: { readonly onProgress?: (bytes: number) => void; readonly signal?: AbortSignal } = {},
): Promise<StagedFile> {
  const algorithms = workspace.config.hashes;
  const running = await Promise.all(algorithms.map((algorithm) => nodeDigest(algorithm)));
  let length = 0;
  const digested = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of createReadStream(path, { signal: options.signal }) as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        for (const each of running) each.update(chunk);
        options.onProgress?.(length);
        yield chunk;
      }
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw storeError('read', path, cause);
    }
  };
  const folder = join(workspace.folder, places.files);
  const temporary = join(folder, `.${randomName()}.tmp`);
  await writeFileAtomic(temporary, digested(), { mode: 0o600, folderMode: 0o700 });
  const digests = await Promise.all(running.map(async (each) => encodeHex(await each.digest())));
  const hashes = new Map(algorithms.map((algorithm, i) => [algorithm, digests[i] as string]));
  const place = join(folder, hashes.get('sha256') as string);
  try {
    await rename(temporary, place);
  } catch (cause) {
    await unlink(temporary).catch(() => {}); // the error that led here matters more
    throw storeError('write', place, cause);
  }
  return { length, hashes };
}

/** Writes the content of a target into the drafts; what it lists has its SHA-256. Throws `ERR_TUF_STORE`. */
export async function stageBytes(workspace: Workspace, bytes: Uint8Array): Promise<void> {
  const sha256 = encodeHex(await nodeCrypto().digest('sha256', bytes));
  await writeFileAtomic(join(workspace.folder, places.files, sha256), bytes, { mode: 0o600, folderMode: 0o700 });
}

/** The staged content of a target, or `undefined` where none is. */
export async function stagedContent(workspace: Workspace, target: TargetFile): Promise<Content | undefined> {
  const sha256 = target.hashes.get('sha256');
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  const path = join(workspace.folder, places.files, sha256);
  try {
    const { size } = await stat(path);
    return { length: size, chunks: () => createReadStream(path) as AsyncIterable<Uint8Array> };
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw storeError('read', path, cause);
  }
}

/** Removes staged files that no draft lists any longer. */
export async function dropUnlisted(workspace: Workspace, drafts: Iterable<Draft<Targets>>): Promise<void> {
  const folder = join(workspace.folder, places.files);
  const listed = new Set<string>();
  for (const { signed } of drafts) {
    for (const path of signed.targets.paths()) listed.add(signed.targets.get(path)?.hashes.get('sha256') ?? '');
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) if (!listed.has(name)) await rm(join(folder, name), { force: true });
}

/** Removes what is staged, but for the drafts of some roles and the files that those list. Safe to repeat; needs the lock. */
export async function clearStaging(workspace: Workspace, kept: readonly string[] = []): Promise<void> {
  const { folder } = workspace;
  const place = join(folder, places.drafts);
  const names = new Set(await Promise.all(kept.map(draftName)));
  for (const name of await readdir(place)) {
    if (name.endsWith('.json') && !names.has(name)) await rm(join(place, name), { force: true });
  }
  if (kept.length === 0) return rm(join(folder, places.files), { recursive: true, force: true });
  const drafts = await Promise.all(
    kept.filter((role) => role !== 'root').map((role) => readDraft<Targets>(workspace, role)),
  );
  return dropUnlisted(
    workspace,
    drafts.filter((draft) => draft !== undefined),
  );
}
