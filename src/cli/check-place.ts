import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ask, Place } from '../check/ports.ts';
import { Site } from '../check/site.ts';
import { isTufError, TufError } from '../errors.ts';
import { joinUrl } from '../metadata/file-name.ts';
import { httpAsker } from '../node/http-asker.ts';
import { type ServedFolders, servedFolder } from '../node/served-folder.ts';
import { UsageError } from './failure.ts';
import { places } from './workspace.ts';
import { configName } from './workspace-config.ts';

/** A place to check, and the operator's folder that it is in. */
export interface Located {
  readonly place: Place;
  readonly workspace: string | undefined;
}

export interface LocateOptions {
  readonly targetsUrl?: string | undefined;
  /** Milliseconds that are left for all requests to a server. */
  readonly timeLeftMs: () => number;
  readonly signal: AbortSignal;
}

/** Finds what is served: by an address, in an operator's folder, or in a folder that is served. */
export async function locate(text: string, options: LocateOptions): Promise<Located> {
  if (/^https?:\/\//i.test(text)) {
    checkUrl(text);
    if (options.targetsUrl !== undefined) checkUrl(options.targetsUrl);
    return { place: await locateSite(text, options), workspace: undefined };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) throw new UsageError(`${text} is no address of http or https`);
  const isWorkspace = (await isThere(join(text, configName))) || (await isThere(join(text, places.public)));
  const folders = await foldersOf(isWorkspace ? join(text, places.public) : text);
  if (folders === undefined) {
    const hint =
      'name the folder of a repository, or one that has metadata/ and targets/, or the address of its metadata';
    throw new TufError(
      'ERR_TUF_STORE',
      `there is no repository in ${text}`,
      { path: text, operation: 'read' },
      { hint },
    );
  }
  return { place: servedFolder(folders), workspace: isWorkspace ? text : undefined };
}

function checkUrl(text: string): void {
  if (/^https?:/i.test(text) && URL.canParse(text) && new URL(text).username === '') return;
  throw new UsageError('an address is one of http or https, without a name and a password');
}

async function foldersOf(folder: string): Promise<ServedFolders | undefined> {
  const metadata = join(folder, 'metadata');
  if (await isThere(metadata)) return { metadata, targets: join(folder, 'targets'), within: folder };
  if (!(await isThere(join(folder, 'timestamp.json'))) && !(await isThere(join(folder, '1.root.json'))))
    return undefined;
  const beside = join(dirname(folder), 'targets');
  const isHalf = basename(folder) === 'metadata' && (await isThere(beside));
  return isHalf
    ? { metadata: folder, targets: beside, within: dirname(folder) }
    : { metadata: folder, targets: join(folder, 'targets'), within: folder };
}

/** The address of the metadata, or one below which there are `metadata/` and `targets/`. */
async function locateSite(url: string, { targetsUrl, timeLeftMs, signal }: LocateOptions): Promise<Site> {
  const ask = httpAsker({ timeLeftMs, signal });
  await checkReachable(ask, joinUrl(url, 'timestamp.json'));
  const site = (metadataUrl: string, targets: string): Site =>
    new Site({ metadataUrl, targetsUrl: targetsUrl ?? targets }, ask);
  const own = /\/metadata\/?$/.test(url.replace(/[?#].*/s, ''))
    ? site(url, url.replace(/\/metadata\/?(?=[?#]|$)/, '/targets'))
    : site(url, joinUrl(url, 'targets'));
  const below = site(joinUrl(url, 'metadata'), joinUrl(url, 'targets'));
  const isAbsent = async (each: Site): Promise<boolean> =>
    (await each.pour('metadata', 'timestamp.json', 65_536, () => {}))?.state === 'absent';
  return (await isAbsent(own)) && !(await isAbsent(below)) ? below : own;
}

/** A server that is not there at all is no finding about a repository. Whatever it answers is. */
async function checkReachable(ask: Ask, url: string): Promise<void> {
  try {
    await ask(url, { headers: {}, bytesMax: 0, sink: () => {} });
  } catch (error) {
    const { syscall } = ((error as Error).cause ?? {}) as { readonly syscall?: string };
    if (!isTufError(error) || syscall === 'connect' || syscall === 'getaddrinfo') throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
