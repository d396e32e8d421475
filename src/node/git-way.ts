/**
 * What stands in a working tree where a commit of others has something else: a folder where a file is to be, a file or a link
 * where a folder is. What belongs to no commit is kept, and named.
 *
 * @module
 */
import { lstat, readdir, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { TufError } from '../errors.ts';
import { errorCode, storeError } from './atomic-write.ts';

/**
 * The folders in which a file will be, or from which one goes: no link that leads elsewhere may stand there, and no file of
 * one's own where a file will be.
 *
 * @param gone paths of files that go with the commit; `undefined` where a file goes, which a file in its way has done before.
 * @param done folders that were looked at; those of this call are added.
 * @param isRemoval whether what is below is only to be removed: no link on the way is followed.
 * @throws {@link TufError} `ERR_TUF_CONFLICT`
 */
export async function checkWay(
  tree: string,
  folder: string,
  gone: ReadonlySet<string> | undefined,
  done: Set<string>,
  isRemoval = false,
): Promise<void> {
  if (folder === '.' || done.has(folder)) return;
  if (!isRemoval) done.add(folder);
  await checkWay(tree, dirname(folder), gone, done, isRemoval);
  const found = await lstat(join(tree, folder)).catch((cause) => {
    if (isAbsent(cause)) return undefined;
    throw storeError('read', join(tree, folder), cause);
  });
  if (found === undefined || found.isDirectory() || (found.isFile() && (gone?.has(folder) ?? true))) return;
  throw inTheWay(tree, folder, `${folder} ${gone === undefined ? 'is' : 'has become'} a folder there`);
}

/**
 * A folder that is to become a file: nothing may be in it but what goes.
 *
 * @throws {@link TufError} `ERR_TUF_CONFLICT`
 */
export async function checkFolder(tree: string, path: string, gone: ReadonlySet<string>): Promise<void> {
  const place = join(tree, path);
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw storeError('read', place, cause);
  });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const own = relative(tree, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!gone.has(own)) throw inTheWay(tree, own, `${path} has become a file there`);
  }
}

/** Removes a folder in which there are folders alone, if there is one. */
export async function removeEmpty(path: string): Promise<void> {
  if (!(await isFolder(path))) return;
  for (const name of await readdir(path)) await removeEmpty(join(path, name));
  await rmdir(path);
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw storeError('read', path, cause);
  }
}

/** Whether there is no such file, nor a folder in which it could be. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}

function inTheWay(tree: string, path: string, what: string): TufError<'ERR_TUF_CONFLICT'> {
  const hint = `move it elsewhere, then try again: ${join(tree, path)}`;
  return new TufError('ERR_TUF_CONFLICT', `${path} is in the way and in no commit: ${what}`, { path }, { hint });
}
