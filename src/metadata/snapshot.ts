import {
  type DocumentHead,
  headReaders,
  parseSigned,
  type Reading,
  type ReadOptions,
  type Signed,
} from './document.ts';
import { Entries } from './entries.ts';
import { type Hashes, passHashes, readHashes } from './file-meta.ts';
import { readMembers } from './members.ts';
import { Scanner } from './scanner.ts';

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
  readonly #versions: Float64Array;
  readonly #depth: number;

  constructor(entries: Entries, versions: readonly number[], depth: number) {
    this.#entries = entries;
    this.#versions = Float64Array.from(versions);
    this.#depth = depth;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a METAPATH such as `targets.json`. */
  get(metapath: string): MetaFile | undefined {
    const at = this.#entries.find(metapath);
    return at === undefined
      ? undefined
      : readMetaFile(new Scanner(this.#entries.bytes, { depth: this.#depth }, at, this.#entries.bytes.length));
  }

  /** The listed version, without building the entry. */
  version(metapath: string): number | undefined {
    const index = this.#entries.indexOf(metapath);
    return index === undefined ? undefined : this.#versions[index];
  }

  /** METAPATH and version of every entry, in written order. */
  *versions(): Generator<readonly [string, number]> {
    for (let i = 0; i < this.size; i += 1) yield [this.#entries.name(i), this.#versions[i] as number];
  }
}

/** Section 4.4. */
export interface Snapshot extends DocumentHead {
  readonly type: 'snapshot';
  readonly meta: MetaFiles;
}

/** Section 4.6. Only `snapshot.json` of `meta` is used; other entries are tolerated and reported (A-25). */
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

function readWithMeta(reading: Reading): DocumentHead & { readonly meta: MetaFiles } {
  const { scanner } = reading;
  const { required, readers, head } = headReaders(reading);
  const entries = new Entries(scanner.bytes);
  const versions: number[] = [];
  readMembers(scanner, [...required, 'meta'], {
    ...readers,
    meta: () => {
      scanner.enterObject();
      do {
        const { spans, ends } = scanner.takeMembers(plainMetaFile);
        entries.addAll(spans);
        for (const end of ends) versions.push(integerBefore(scanner.bytes, end - 1));
      } while (passMetaFile(scanner, entries, versions));
      entries.close(scanner.ascending);
    },
  });
  return { ...head(), meta: new MetaFiles(entries, versions, scanner.depthMax) };
}

/** The spelling of almost every entry. */
const plainMetaFile =
  /":\{(?:"hashes":\{"sha256":"[0-9a-fA-F]{64}"\},)?(?:"length":(?:0|[1-9][0-9]{0,14}),)?"version":[1-9][0-9]{0,14}\}/y;

/** Checks the next entry and notes its version; false when there is none. */
function passMetaFile(scanner: Scanner, entries: Entries, versions: number[]): boolean {
  let version = 0;
  if (!scanner.nextName()) return false;
  entries.add(scanner);
  scanner.enterObject();
  while (scanner.nextName()) {
    if (scanner.is('version')) version = scanner.integer(1);
    else if (scanner.is('length')) scanner.integer(0);
    else if (scanner.is('hashes')) passHashes(scanner);
    else scanner.skip();
  }
  if (version === 0) scanner.fail('the member "version" is missing', scanner.at - 1, 'version');
  versions.push(version);
  return true;
}

/** The integer whose last digit stands before an offset. */
function integerBefore(bytes: Uint8Array, end: number): number {
  let value = 0;
  for (let i = end - 1, unit = 1; (bytes[i] as number) >= 0x30 && (bytes[i] as number) <= 0x39; i -= 1, unit *= 10) {
    value += ((bytes[i] as number) - 0x30) * unit;
  }
  return value;
}

function readMetaFile(scanner: Scanner): MetaFile {
  let version = 0;
  let length: number | undefined;
  let hashes: Hashes | undefined;
  readMembers(scanner, [], {
    version: () => {
      version = scanner.integer(1);
    },
    length: () => {
      length = scanner.integer(0);
    },
    hashes: () => {
      hashes = readHashes(scanner);
    },
  });
  return { version, length, hashes };
}
