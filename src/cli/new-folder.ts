/**
 * Folders that are made beside their final place and moved there when they are whole: a failure leaves nothing behind.
 *
 * @module
 */

import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TufError } from '../errors.ts';
import { errorCode, storeError } from '../node/atomic-write.ts';
import { commandLine } from './command-line.ts';
import { configName } from './workspace-config.ts';

/**
 * Refuses a place where something is.
 *
 * @throws {@link TufError} `ERR_TUF_CONFLICT`, `ERR_TUF_STORE`.
 */
export async function checkFree(dir: string): Promise<void> {
  const names = await readdir(dir).catch((cause) => {
    if (errorCode(cause) === 'ENOENT') return [] as string[];
    throw storeError('read', dir, cause);
  });
  if (names.length === 0) return;
  const isRepository = names.includes(configName);
  const message = isRepository ? `there is a repository in ${dir} already` : `${dir} is not empty`;
  const status = isRepository ? `; what is there says: ${commandLine('status', dir)}` : '';
  const hint = `choose another folder, or an empty one${status}`;
  throw new TufError('ERR_TUF_CONFLICT', message, { path: dir }, { hint });
}

/**
 * Lets a folder be filled, and gives it its name.
 *
 * @param fill gets the folder under the name that it has until then.
 * @throws {@link TufError} `ERR_TUF_STORE`, and whatever `fill` throws.
 */
export async function makeFolder<T>(dir: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const place = resolve(dir);
  let folder: string | undefined;
  try {
    await mkdir(dirname(place), { recursive: true });
    folder = await mkdtemp(join(dirname(place), `.${basename(place)}.`));
    const made = await fill(folder);
    // Keys and drafts have folders of their own that are closed; what is served has to be reached by a server.
    await chmod(folder, 0o755 & ~process.umask());
    await moveInto(folder, place);
    return made;
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw errorCode(error)?.startsWith('E') && !(error instanceof TufError) ? storeError('write', dir, error) : error;
  }
}

/** A folder that is there stays, since somebody may be standing in it; what makes it a repository comes last. */
async function moveInto(folder: string, place: string): Promise<void> {
  if (!(await isThere(place))) return rename(folder, place);
  const names = await readdir(folder);
  for (const name of names.filter((each) => each !== configName)) await rename(join(folder, name), join(place, name));
  await rename(join(folder, configName), join(place, configName));
  await rmdir(folder);
}

async function isThere(place: string): Promise<boolean> {
  return readdir(place).then(
    () => true,
    () => false, // whatever the reason, moving the folder there says it
  );
}
