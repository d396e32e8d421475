/**
 * The files of a repository that is taken over, by whatever names they have.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { urlSegment } from '../metadata/file-name.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import { headName, metadataName } from './layout.ts';
import type { Backend, FileStore } from './ports.ts';

/** Where a repository is taken from. Nothing in it is believed for standing there. */
export interface ImportSource {
  /** Metadata by the name of its file, or `undefined`. Throws `ERR_TUF_TOO_LONG` for more than `bytesMax`. */
  metadata(name: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /** A target file by its name, or `undefined`; `bytesMax` ends it with an error. */
  target(name: string, bytesMax: number): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The names of all metadata. Absent where a place cannot tell. */
  list?(): AsyncIterable<string>;
}

/** The metadata of a source by the names that a server has, and by those that repositories have before they are served. */
export class SourceFiles {
  readonly #source: ImportSource;
  readonly #read = new Map<string, Uint8Array>();

  constructor(source: ImportSource) {
    this.#source = source;
  }

  /** As a place to read from; nothing is kept in it. */
  backend(): Backend {
    const none = async (): Promise<never> => {
      throw new TypeError('what is imported is only read');
    };
    const read: FileStore['read'] = (name, bytesMax) => {
      const version = /^([1-9]\d*)\.root\.json$/.exec(name)?.[1];
      return version === undefined ? this.read(name, bytesMax) : this.root(Number(version));
    };
    const files = { read, open: none, put: none, replace: none };
    const head = { read: () => this.#once(headName, defaultLimits.timestampBytes), replace: none };
    return { metadata: files, targets: files, head };
  }

  /** `VERSION.ROLE.json`, or else `ROLE.json`, whose version is compared when it is verified. */
  async read(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const plain = name.replace(/^[1-9]\d*\./, '');
    for (const each of new Set([name, encoded(name), plain, encoded(plain)])) {
      const bytes = await this.#once(each, bytesMax);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  /** A root by its version: by its name, from where ceremonies keep them, or the newest without a number. */
  async root(version: number): Promise<Uint8Array | undefined> {
    const name = metadataName('root', version, true);
    for (const each of [name, `root_history/${name}`, 'root.json']) {
      const bytes = await this.#once(each, defaultLimits.rootBytes);
      if (bytes === undefined || (each === 'root.json' && versionOf(bytes) !== version)) continue;
      return bytes;
    }
    return undefined;
  }

  async #once(name: string, bytesMax: number): Promise<Uint8Array | undefined> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const bytes = await this.#source.metadata(name, bytesMax);
    if (bytes !== undefined) this.#read.set(name, bytes);
    return bytes;
  }
}

/** The name of a file that some write as it stands in a URL. */
function encoded(name: string): string {
  return `${urlSegment(name.replace(/\.json$/, ''))}.json`;
}

/** The version of a root that may be anything; `undefined` for what is no root. */
function versionOf(bytes: Uint8Array): number | undefined {
  try {
    return parseRoot(bytes).signed.version;
  } catch (error) {
    return formatOrTrust(error);
  }
}

/** What is no root, or not trusted, is as if it were not there. */
export function formatOrTrust(error: unknown): undefined {
  if (error instanceof TufError && ['format', 'security'].includes(error.family)) return undefined;
  throw error;
}
