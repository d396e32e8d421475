/**
 * What is staged in a folder as a change, and the files in which changes travel between people.
 *
 * @module
 */
import { open, stat } from 'node:fs/promises';
import { type FormatEvidence, isTufError, TufError } from '../errors.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { Root } from '../metadata/root.ts';
import { errorCode, storeError } from '../node/atomic-write.ts';
import { eventBytesMax, eventRootsMax, type Proposal, parseEvent, type SigningEvent } from '../repository/event.ts';
import { metadataName } from '../repository/layout.ts';
import type { Published } from '../repository/published.ts';
import { readDraft, readTargetsDrafts } from './staging.ts';
import { readWorkspace, type Workspace } from './workspace.ts';

/** What is published, and what is staged. */
export async function readProposal(workspace: Workspace): Promise<Proposal> {
  const before = await readWorkspace(workspace);
  return { before, drafts: await readDrafts(workspace, before) };
}

/** What is staged on top of what is published. */
export async function readDrafts(workspace: Workspace, before: Published | undefined): Promise<Proposal['drafts']> {
  const root = await readDraft<Root>(workspace, 'root');
  return { root, targets: await readTargetsDrafts(workspace, before) };
}

/** Whether anything is staged. */
export function isEmpty({ drafts }: Proposal): boolean {
  return drafts.root === undefined && (drafts.targets?.size ?? 0) === 0;
}

/** The published roots that an event takes along, the newest last. */
export async function publishedRoots({ backend }: Workspace, before: Published | undefined): Promise<Uint8Array[]> {
  if (before === undefined) return [];
  const roots = [before.root.bytes];
  for (let version = before.root.signed.version - 1; version > 0 && roots.length < eventRootsMax; version -= 1) {
    const bytes = await backend.metadata.read(metadataName('root', version, true), defaultLimits.rootBytes);
    // Whoever knows an older root only has to be given a newer one.
    if (bytes === undefined) break;
    roots.unshift(bytes);
  }
  return roots;
}

/** Whether a path is a repository's folder and not a file. Throws `ERR_TUF_STORE` where there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw storeError('read', path, cause, 'name the folder of a repository, or a file that tufa review --to wrote');
  }
}

/** Reads an event; nothing of it is verified. Throws `ERR_TUF_STORE`, `ERR_TUF_TOO_LONG` and the format errors. */
export async function readEventFile(path: string): Promise<SigningEvent> {
  const bytes = await readBounded(path, eventBytesMax);
  try {
    return parseEvent(bytes);
  } catch (error) {
    if (!isTufError(error) || error.family !== 'format') throw error;
    const hint = 'name a file that tufa review --to wrote; if it is one, it was damaged on its way: ask for it again';
    const evidence = error.evidence as FormatEvidence;
    throw new TufError('ERR_TUF_MALFORMED', `${path} is no event: ${error.message}`, evidence, { cause: error, hint });
  }
}

/** A file of somebody else, of at most so many bytes. `hint` is for one that cannot be read. */
export async function readBounded(path: string, bytesMax: number, hint?: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > bytesMax) throw tooLong(path, bytesMax);
      const bytes = new Uint8Array(await file.readFile());
      if (bytes.length > bytesMax) throw tooLong(path, bytesMax);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof TufError) throw cause;
    const isAbsent = errorCode(cause) === 'ENOENT' && hint !== undefined;
    throw storeError('read', path, cause, isAbsent ? `check the path: there is no such file; or ${hint}` : hint);
  }
}

function tooLong(path: string, limit: number): TufError {
  const hint = 'it is not what it is taken for: ask whoever sent it for another one';
  return new TufError('ERR_TUF_TOO_LONG', `${path}: longer than ${limit} bytes`, { path, limit }, { hint });
}
