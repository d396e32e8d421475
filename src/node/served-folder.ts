/**
 * A served folder as a place to check: its files by the names that a static server finds, and the list of all of them.
 *
 * @module
 */
import { constants } from 'node:fs';
import { open, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Half, Listing, NoBytes, Place } from '../check/ports.ts';
import { errorCode } from './atomic-write.ts';

const chunkBytes = 256 * 1024;
/** Folders within folders. */
const depthMax = 64;

/** Where the two halves of a repository are. */
export interface ServedFolders {
  readonly metadata: string;
  readonly targets: string;
  /** The folder that both are in. A half that a link leads out of it is not read; by default they may be anywhere. */
  readonly within?: string;
}

/**
 * The files below two folders. What stands behind a link that leads out of them is not there, as for a careful server; of
 * a half that itself leads out of `within` nothing is listed, and nothing can be read.
 * Nothing throws for what is on the disk: it is said.
 */
export function servedFolder(folders: ServedFolders): Place & Required<Pick<Place, 'list'>> {
  return new ServedFolder(folders);
}

class ServedFolder implements Place {
  readonly name: string;
  readonly #folders: ServedFolders;

  constructor(folders: ServedFolders) {
    this.name = folders.metadata.replace(/(.)[\\/]metadata[\\/]?$/, '$1');
    this.#folders = folders;
  }

  async list(filesMax: number): Promise<Listing> {
    const files = new Map<string, number>();
    let complete = true;
    const targets = (await this.#base('targets'))?.path;
    const enter = async (base: string, folder: string, prefix: string, depth: number): Promise<void> => {
      const entries = await opendir(folder).catch(() => undefined); // what cannot be listed is found by name, or not
      if (entries === undefined) return;
      for await (const entry of entries) {
        const path = join(folder, entry.name);
        const name = `${prefix}/${entry.name}`;
        if (files.size >= filesMax || depth > depthMax) {
          complete = false;
          return;
        }
        if (entry.isDirectory()) {
          // The targets may stand in a folder of the metadata: each file is listed once.
          if (path !== targets) await enter(base, path, name, depth + 1);
        } else {
          if (entry.isSymbolicLink() && !isBelow(await realpath(path).catch(() => ''), base)) continue;
          const found = await stat(path).catch(() => undefined); // a link to nothing is no file
          if (found?.isFile()) files.set(name, found.size);
        }
      }
    };
    for (const half of ['metadata', 'targets'] as const) {
      const base = await this.#base(half);
      if (base?.isInside) await enter(base.path, base.path, half, 0);
    }
    return { files, complete };
  }

  async pour(
    half: Half,
    urlPath: string,
    bytesMax: number,
    sink: (chunk: Uint8Array) => void,
  ): Promise<NoBytes | undefined> {
    const base = await this.#base(half);
    if (base?.isInside === false) {
      return { state: 'unreadable', problem: `${half} is a link that leads out of the folder` };
    }
    const path = base && (await placeIn(base.path, urlPath));
    if (path === undefined) return { state: 'absent' };
    try {
      // Waits for no other end of a pipe.
      const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        if (!(await file.stat()).isFile()) return { state: 'absent' };
        const buffer = Buffer.allocUnsafe(chunkBytes);
        for (let length = 0; ; ) {
          const { bytesRead } = await file.read(buffer, 0, chunkBytes);
          if (bytesRead === 0) return undefined;
          length += bytesRead;
          if (length > bytesMax) return { state: 'too-long' };
          sink(buffer.subarray(0, bytesRead));
        }
      } finally {
        await file.close();
      }
    } catch (cause) {
      return { state: 'unreadable', problem: `it cannot be read (${errorCode(cause) ?? 'no reason'})` };
    }
  }

  /** Where a half really is, once links are followed. */
  async #base(half: Half): Promise<{ readonly path: string; readonly isInside: boolean } | undefined> {
    const { within } = this.#folders;
    try {
      const path = await realpath(this.#folders[half]);
      const outer = within === undefined ? path : await realpath(within);
      return { path, isInside: path === outer || isBelow(path, outer) };
    } catch {
      return undefined; // whatever the reason, there is nothing to serve
    }
  }
}

/** The file that a static server finds for a URL; with the escapes as they are where decoding would make two parts. */
async function placeIn(base: string, urlPath: string): Promise<string | undefined> {
  const parts = urlPath.split('/').map((part) => {
    const decoded = decodeURIComponent(part);
    return /[/\\\0]/.test(decoded) ? part : decoded;
  });
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return undefined;
  try {
    const path = await realpath(join(base, ...parts));
    return isBelow(path, base) ? path : undefined;
  } catch {
    return undefined; // whatever the reason, there is nothing to serve
  }
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
