import { access, constants, mkdir } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { storeError } from '../node/atomic-write.ts';
import type { Session } from './command.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where what was received of downloads is kept: `tufa/parts` in the user's folder for caches, `undefined` where there is
 * none. A relative XDG_CACHE_HOME counts for nothing, as its specification has it.
 */
export function partsFolderOf(env: Env, platform: NodeJS.Platform): string | undefined {
  const { join, isAbsolute } = platform === 'win32' ? win32 : posix;
  const below = (folder: string | undefined, ...names: string[]): string | undefined =>
    folder !== undefined && isAbsolute(folder) ? join(folder, ...names, 'tufa', 'parts') : undefined;
  if (platform === 'win32') return below(env['LOCALAPPDATA']);
  if (platform === 'darwin') return below(env['HOME'], 'Library', 'Caches');
  return below(env['XDG_CACHE_HOME']) ?? below(env['HOME'], '.cache');
}

/**
 * Makes the folder of parts. One that somebody named has to be usable; without the user's own, a download works and begins
 * anew when it is broken off.
 */
export async function preparePartsFolder(session: Session, named: string | undefined): Promise<string | undefined> {
  const folder = named ?? partsFolderOf(session.io.env, process.platform);
  if (folder === undefined) return undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (cause) {
    if (named !== undefined) throw storeError('write', folder, cause);
    session.voice.warn(`cannot write to ${folder}: a download that is broken off begins anew`);
    return undefined;
  }
}
