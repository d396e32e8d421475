import { type DocumentHead, parseSigned, type Reading, type ReadOptions, readSigned, type Signed } from './document.ts';
import { Entries } from './entries.ts';
import { type Hashes, readHashes } from './file-meta.ts';
import { readLength, readMembers, readPositive } from './members.ts';
import type { Scanner } from './scanner.ts';

/** METAFILES of one file, section 4.4. */
export interface MetaFile {
  readonly version: number;
  /** Bytes of the file; absent: the client's own limit applies. */
  readonly length: number | undefined;
  readonly hashes: Hashes | undefined;
}

/** `meta` of a timestamp or snapshot: METAPATH to METAFILES, built when asked for. */
export class MetaFiles {
  readonly #entries: Entries;
  readonly #versions: readonly number[];

  constructor(entries: Entries, versions: readonly number[]) {
    this.#entries = entries;
    this.#versions = versions;
  }

  get size(): number {
    return this.#versions.length;
  }

  /** The entry of a METAPATH such as `targets.json`. */
  get(metapath: string): MetaFile | undefined {
    const scanner = this.#entries.find(metapath);
    return scanner && readMetaFile(scanner);
  }

  /** The listed version, without building the entry. */
  version(metapath: string): number | undefined {
    const index = this.#entries.indexOf(metapath);
    return index === undefined ? undefined : this.#versions[index];
  }

  /** METAPATH and version of every entry, in written order. */
  *versions(): Generator<readonly [string, number]> {
    let i = 0;
    for (const name of this.#entries.names()) {
      yield [name, this.#versions[i] as number];
      i += 1;
    }
  }
}

/** Section 4.4. */
export interface Snapshot extends DocumentHead {
  readonly type: 'snapshot';
  readonly meta: MetaFiles;
}

/** Section 4.6. Only `snapshot.json` of `meta` is used; other entries are tolerated and reported. */
export interface Timestamp extends DocumentHead {
  readonly type: 'timestamp';
  readonly meta: MetaFiles;
}

/**
 * Reads a snapshot. Keeps `bytes`.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_WRONG_TYPE`, `ERR_TUF_SPEC_VERSION`.
 * @spec 4.4-b, 4.4-c, 4.4-g
 */
export function parseSnapshot(bytes: Uint8Array, options: ReadOptions = {}): Signed<Snapshot> {
  return parseSigned(bytes, 'snapshot', 'snapshot', options, (reading) => ({
    ...readWithMeta(reading),
    type: 'snapshot',
  }));
}

/**
 * Reads a timestamp. Keeps `bytes`.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_WRONG_TYPE`, `ERR_TUF_SPEC_VERSION`.
 */
export function parseTimestamp(bytes: Uint8Array, options: ReadOptions = {}): Signed<Timestamp> {
  return parseSigned(bytes, 'timestamp', 'timestamp', options, (reading) => ({
    ...readWithMeta(reading),
    type: 'timestamp',
  }));
}

function readWithMeta(reading: Reading): Omit<DocumentHead, 'type'> & { readonly meta: MetaFiles } {
  return readSigned(reading, { meta: readMeta });
}

function readMeta(scanner: Scanner): MetaFiles {
  const versions: number[] = [];
  const entries = new Entries(
    scanner,
    plainMetaFile,
    () => versions.push(readMetaFile(scanner).version),
    (end) => versions.push(Number(scanner.text.slice(scanner.text.lastIndexOf(':', end) + 1, end - 1))),
  );
  return new MetaFiles(entries, versions);
}

/** The spelling of almost every entry. */
const plainMetaFile =
  /"[ !#-[\]-~]{0,999}":\{(?:"hashes":\{"sha256":"[0-9a-fA-F]{64}"\},)?(?:"length":(?:0|[1-9][0-9]{0,14}),)?"version":[1-9][0-9]{0,14}\}/y;

const metaFileReaders = { version: readPositive, length: readLength, hashes: readHashes };

function readMetaFile(scanner: Scanner): MetaFile {
  return { length: undefined, hashes: undefined, ...readMembers(scanner, metaFileReaders, 'length', 'hashes') };
}
