/**
 * What is about to be published, written down before the first byte of it is: a publication that ends in the middle is
 * finished by the next one, with the same bytes.
 *
 * It lives in `drafts/journal/`; `manifest.json` is written last and removed last. Once everything is published the
 * manifest says so, and what is staged is removed.
 *
 * @module
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeDigest } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { syncFolder } from '../node/atomic-write.ts';
import type { Content } from '../repository/ports.ts';
import { contentOf, type Publication, type PublicationStep, verifiedContent } from '../repository/publish.ts';
import { commandLine } from './command-line.ts';
import { clearStaging, finishStaging, stagedContent } from './staging.ts';
import { type PublishedState, places, publishedStateIn, type Workspace, writePublished } from './workspace.ts';

/** A publication that was begun. */
export interface Journal {
  readonly publication: Publication;
  readonly state: PublishedState;
  /** What is staged and no part of it, so that it stays: all of it, or the drafts of some roles. */
  readonly keepsStaged: boolean | readonly string[];
}

const manifestName = 'journal/manifest.json';

/** Writes down a publication. Its target files are the staged ones. */
export async function writeJournal(workspace: Workspace, journal: Journal): Promise<void> {
  const { publication, state, keepsStaged } = journal;
  const { drafts } = workspace;
  let count = 0;
  const save = async (bytes: Uint8Array): Promise<string> => {
    const name = `journal/${count++}.json`;
    await drafts.write(name, bytes);
    return name;
  };
  const saveStep = async ({ store, write, name, content, target }: PublicationStep) => {
    if (target !== undefined)
      return { store, write, name, target: { ...target, hashes: Object.fromEntries(target.hashes) } };
    return { store, write, name, file: await save(await bytesOf(content)) };
  };
  const saveSteps = async (steps: readonly PublicationStep[]) => {
    const saved = [];
    for (const step of steps) saved.push(await saveStep(step));
    return saved;
  };
  const manifest = {
    done: false,
    keepsStaged,
    versions: state,
    base: publication.base === undefined ? null : await save(publication.base),
    beforeHead: await saveSteps(publication.beforeHead),
    head: await save(publication.head),
    afterHead: await saveSteps(publication.afterHead),
    root: await save(publication.root),
  };
  await writeManifest(workspace, manifest);
}

/** Says that everything is published, remembers the versions, and removes what was staged for it. Safe to repeat. */
export async function closeJournal(workspace: Workspace, { publication, state, keepsStaged }: Journal): Promise<void> {
  await writePublished(workspace.folder, publication.root, state);
  await writeManifest(workspace, { done: true, keepsStaged });
  await clear(workspace, keepsStaged);
}

/** Whether a publication was begun and not finished. Changes nothing, so it needs no lock. */
export async function wasInterrupted(workspace: Workspace): Promise<boolean> {
  const manifest = await readManifest(workspace);
  return manifest !== undefined && manifest.get('done') !== true;
}

async function readManifest(workspace: Workspace): Promise<JsonObject | undefined> {
  const bytes = await workspace.drafts.read(manifestName, defaultLimits.targetsBytes);
  return bytes && (parseJson(bytes, { role: manifestName }) as JsonObject);
}

/**
 * The publication that was begun and not finished. What only has to be tidied up is tidied up, so this needs the lock.
 *
 * @throws {@link TufError} `ERR_TUF_STORE`, `ERR_TUF_MALFORMED`.
 */
export async function recoverJournal(workspace: Workspace): Promise<Journal | undefined> {
  await finishStaging(workspace);
  const manifest = await readManifest(workspace);
  if (manifest === undefined) {
    // Written down in part before a crash, or removed in part after it.
    await rm(join(workspace.folder, places.drafts, 'journal'), { recursive: true, force: true });
    return undefined;
  }
  if (manifest.get('done') === true) {
    await clear(workspace, keptBy(manifest));
    return undefined;
  }
  const state = publishedStateIn(manifest.get('versions'));
  if (state === undefined) throw lost(`what ${manifestName} says of versions`);
  const base = manifest.get('base') as string | null;
  const steps = (name: string): Promise<PublicationStep[]> =>
    Promise.all((manifest.get(name) as readonly JsonObject[]).map((step) => readStep(workspace, step)));
  const publication = {
    base: base === null ? undefined : await saved(workspace, base),
    beforeHead: await steps('beforeHead'),
    head: await saved(workspace, manifest.get('head') as string),
    afterHead: await steps('afterHead'),
    required: [],
    root: await saved(workspace, manifest.get('root') as string),
  };
  return { publication, state, keepsStaged: keptBy(manifest) };
}

/** Refuses to change what is staged while a publication waits to be finished. Needs the lock. */
export async function checkNoJournal(workspace: Workspace): Promise<void> {
  if ((await recoverJournal(workspace)) === undefined) return;
  const hint = `finish it with: ${commandLine('publish', workspace.folder)}; where that fails, it says how to give it up`;
  throw new TufError('ERR_TUF_CONFLICT', 'a publication was interrupted', { path: manifestName }, { hint });
}

async function readStep(workspace: Workspace, step: JsonObject): Promise<PublicationStep> {
  const [store, write, name] = ['store', 'write', 'name'].map((member) => step.get(member)) as [
    PublicationStep['store'],
    PublicationStep['write'],
    string,
  ];
  const listed = step.get('target') as JsonObject | undefined;
  if (listed === undefined) {
    const content = contentOf(await saved(workspace, step.get('file') as string));
    return { store, write, name, content, target: undefined };
  }
  const target: TargetFile = {
    path: listed.get('path') as string,
    length: listed.get('length') as number,
    hashes: new Map(listed.get('hashes') as ReadonlyMap<string, string>),
    custom: undefined,
  };
  const content = await stagedContent(workspace, target);
  if (content === undefined) throw lost(`the staged file of ${JSON.stringify(target.path)}`);
  return { store, write, name, content: verifiedContent(target, content, nodeDigest), target };
}

async function saved(workspace: Workspace, name: string): Promise<Uint8Array> {
  return (await workspace.drafts.read(name, defaultLimits.targetsBytes)) ?? Promise.reject(lost(name));
}

function lost(what: string): TufError {
  const hint = 'restore the drafts from a backup, or give the publication up by removing drafts/journal';
  const message = `${what} is gone, and the interrupted publication needs it`;
  return new TufError('ERR_TUF_STORE', message, { path: what, operation: 'read' }, { hint });
}

async function writeManifest(workspace: Workspace, manifest: object): Promise<void> {
  await workspace.drafts.write(manifestName, Buffer.from(JSON.stringify(manifest)));
}

/** The journal, and what was staged unless that stays; the manifest last: while it is there, this is done again. */
async function clear(workspace: Workspace, keepsStaged: Journal['keepsStaged']): Promise<void> {
  const { folder, drafts } = workspace;
  const place = join(folder, places.drafts);
  await rm(join(folder, places.scratch), { recursive: true, force: true });
  if (keepsStaged !== true) await clearStaging(workspace, keepsStaged === false ? [] : keepsStaged);
  await syncFolder(place);
  await drafts.remove(manifestName);
  await rm(join(place, 'journal'), { recursive: true, force: true });
}

function keptBy(manifest: JsonObject): Journal['keepsStaged'] {
  const kept = manifest.get('keepsStaged');
  return Array.isArray(kept) ? (kept as readonly string[]) : kept === true;
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
