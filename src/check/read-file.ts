import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { StartDigest } from '../repository/ports.ts';
import type { Half, NoBytes, Place } from './ports.ts';
import type { Beginning } from './private-key.ts';

/** What became of one file that was read. */
export type FileRead = { readonly state: 'there'; readonly bytes: Uint8Array } | NoBytes;

/** What became of one file that was measured as it streamed. */
export type FileMeasured =
  | { readonly state: 'there'; readonly length: number; readonly digests: ReadonlyMap<HashAlgorithm, Uint8Array> }
  | NoBytes;

/** A whole file. */
export async function readFile(place: Place, half: Half, urlPath: string, bytesMax: number): Promise<FileRead> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const none = await place.pour(half, urlPath, bytesMax, (chunk) => {
    chunks.push(new Uint8Array(chunk)); // `slice` of a Buffer would be no copy
    length += chunk.length;
  });
  if (none !== undefined) return none;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { state: 'there', bytes };
}

/** The length and digests of a file of which nothing is kept but its beginning. */
export async function measureFile(
  place: Place,
  half: Half,
  urlPath: string,
  bytesMax: number,
  digestsOf: {
    readonly algorithms: readonly HashAlgorithm[];
    readonly start: StartDigest;
    readonly beginning: Beginning;
  },
): Promise<FileMeasured> {
  const { algorithms, start, beginning } = digestsOf;
  const running = await Promise.all(algorithms.map(async (name) => [name, await start(name)] as const));
  let length = 0;
  const none = await place.pour(half, urlPath, bytesMax, (chunk) => {
    length += chunk.length;
    beginning.add(chunk);
    for (const [, digest] of running) digest.update(chunk);
  });
  if (none !== undefined) return none;
  const digests = await Promise.all(running.map(async ([name, digest]) => [name, await digest.digest()] as const));
  return { state: 'there', length, digests: new Map(digests) };
}
