/**
 * What is in a bundle: where each entry stands, found by its headers alone.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import {
  blockBytes,
  headerOf,
  isElsewhere,
  isEntryName,
  nameBytesMax,
  padded,
  readHeader,
  readPaxRecord,
} from './tar.ts';

/** Bytes that can be read in any order: a `Blob`, a `File` of an input, what `fs.openAsBlob` gives. */
export interface BundleSource {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** One file of a bundle. */
export interface Entry {
  readonly name: string;
  /** Where its content begins, in bytes from the beginning of the bundle. */
  readonly at: number;
  readonly size: number;
}

/** Entries of one bundle. */
export const entriesMax = 100_000;

/** Throws `ERR_TUF_STORE` where they cannot be read, or are there no more. */
export async function bytesAt(source: BundleSource, start: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  let cause: unknown = new RangeError('it has become shorter');
  try {
    const bytes = new Uint8Array(await source.slice(start, start + length).arrayBuffer());
    if (bytes.length === length) return bytes;
  } catch (error) {
    if (error instanceof TufError) throw error;
    cause = error;
  }
  throw new TufError(
    'ERR_TUF_STORE',
    'bundle: it cannot be read',
    { path: 'bundle', operation: 'read' },
    { cause, hint: 'check that the file is there, may be read, and that nobody writes to it' },
  );
}

/** What two names share that one folder may take for one: they differ in the case of letters of ASCII. */
export function foldedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * The entries of a bundle by name, in their order.
 *
 * @throws {@link TufError} `ERR_TUF_BUNDLE_COMPRESSED`, `ERR_TUF_BUNDLE_TRUNCATED`, `ERR_TUF_BUNDLE_DUPLICATE`,
 * `ERR_TUF_BUNDLE_MALFORMED`.
 */
export async function readEntries(source: BundleSource): Promise<Map<string, Entry>> {
  await checkBeginning(source);
  const entries = new Map<string, Entry>();
  const folded = new Set<string>();
  let at = 0;
  for (;;) {
    const header = await blockAt(source, at);
    if (header.every((byte) => byte === 0)) break;
    const entry = await entryAt(source, header, at);
    const fold = foldedName(entry.name);
    if (folded.has(fold)) throw duplicate(entry.name);
    folded.add(fold);
    entries.set(entry.name, entry);
    if (entries.size > entriesMax) throw malformed(`it has more than ${entriesMax} entries`, at);
    const end = entry.at + entry.size;
    const next = entry.at + padded(entry.size);
    if (next > source.size) throw truncated(source.size);
    const rest = await bytesAt(source, end, next - end);
    if (rest.some((byte) => byte !== 0)) throw malformed(`something stands behind ${JSON.stringify(entry.name)}`, end);
    at = next;
  }
  const last = await blockAt(source, at + blockBytes);
  const end = at + 2 * blockBytes;
  if (last.some((byte) => byte !== 0) || source.size !== end) throw malformed('something stands behind its end', end);
  return entries;
}

async function entryAt(source: BundleSource, block: Uint8Array, at: number): Promise<Entry> {
  const first = readHeader(block);
  if (first === undefined) throw malformed('no header of a bundle', at);
  let header = first;
  let { name } = header;
  let content = at + blockBytes;
  if (header.type === 'pax') {
    if (header.size > nameBytesMax + 32) throw malformed('a name that is too long', at);
    if (content + padded(header.size) > source.size) throw truncated(source.size);
    const record = await bytesAt(source, content, padded(header.size));
    const found = readPaxRecord(record.slice(0, header.size));
    const next = readHeader(await blockAt(source, content + padded(header.size)));
    if (found === undefined || next === undefined || !isElsewhere(next)) throw malformed('no name of a bundle', at);
    if (record.slice(header.size).some((byte) => byte !== 0)) throw malformed('something stands behind a name', at);
    name = found;
    header = next;
    content += padded(record.length) + blockBytes;
  } else if (isElsewhere(header)) throw malformed('a name is missing', at);
  if (!isEntryName(name)) throw malformed(`no bundle has an entry ${JSON.stringify(name.slice(0, 200))}`, at);
  return { name, at: content, size: header.size };
}

async function blockAt(source: BundleSource, at: number): Promise<Uint8Array> {
  if (at + blockBytes > source.size) throw truncated(source.size);
  return bytesAt(source, at, blockBytes);
}

/** By what they begin with: what compressors write, and ZIP. */
const compressions: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['zip', [0x50, 0x4b]],
];

async function checkBeginning(source: BundleSource): Promise<void> {
  const beginning = await bytesAt(source, 0, Math.min(8, source.size));
  const found = compressions.find(([, bytes]) => bytes.every((byte, i) => beginning[i] === byte));
  if (found === undefined) return;
  const [algorithm] = found;
  throw new TufError(
    'ERR_TUF_BUNDLE_COMPRESSED',
    `bundle: it is compressed (${algorithm}), and bundles are not`,
    { algorithm },
    { hint: 'unpack it first, with a limit on what comes out' },
  );
}

export function malformed(problem: string, offset: number, cause?: unknown): TufError<'ERR_TUF_BUNDLE_MALFORMED'> {
  return new TufError(
    'ERR_TUF_BUNDLE_MALFORMED',
    `bundle: ${problem} (byte ${offset})`,
    { offset },
    { cause, hint: 'check that it is a bundle, then get it again from whoever made it' },
  );
}

function truncated(length: number): TufError<'ERR_TUF_BUNDLE_TRUNCATED'> {
  return new TufError(
    'ERR_TUF_BUNDLE_TRUNCATED',
    `bundle: it ends after ${length} bytes, before its end`,
    { length },
    { hint: 'get it again: a part of it is missing' },
  );
}

export function duplicate(name: string): TufError<'ERR_TUF_BUNDLE_DUPLICATE'> {
  return new TufError(
    'ERR_TUF_BUNDLE_DUPLICATE',
    `bundle: the entry ${JSON.stringify(name)} is there twice`,
    { name },
    { hint: 'do not use it: two readers would see two things' },
  );
}

/** The pieces of an entry that holds these bytes. */
export function* entryOf(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield headerOf(name, bytes.length);
  yield bytes;
  yield new Uint8Array(padded(bytes.length) - bytes.length);
}

/** What a bundle ends with. */
export const endOfBundle: Uint8Array = new Uint8Array(2 * blockBytes);
