import { resolve } from 'node:path';
import { downloadInto } from '../client/behind.ts';
import type { DownloadOptions, Target, UpdateClient } from '../client/client.ts';
import type { Resume, TargetSink } from '../client/ports.ts';
import { nodeDigest } from '../crypto/node-crypto.ts';
import type { RunningDigest } from '../crypto/running-digest.ts';
import { isTufError, TufError, type TufErrorCode } from '../errors.ts';
import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import { hasEnded, processTag } from '../store/process-tag.ts';
import { type AtomicFile, type FileOperations, nodeFiles, openAtomicFile } from './atomic-write.ts';
import { createPart, type Part, type PartsFolder, prunePartsFolder, takePart } from './download-parts.ts';

export interface DownloadToFileOptions extends DownloadOptions {
  /** Permissions of the file; 0o666 less the umask by default. */
  readonly mode?: number | undefined;
  /**
   * A folder, neither the target's nor a store's, that keeps what was received when a download fails or its process dies; the
   * next call for a target of the same digests and length asks for the rest. Made when it is first needed, for this user
   * alone. It holds at most 16 parts that nobody works on, none of them older than 7 days.
   */
  readonly parts?: string | undefined;
  /** Called where a download goes on from what an earlier one received, with the number of those bytes. They are not verified yet. */
  readonly onResume?: ((bytes: number) => void) | undefined;
  /** The file system; tests let it fail. */
  readonly files?: FileOperations | undefined;
}

/** How a file came. */
export interface DownloadedFile {
  /** How many of its bytes an earlier call had received. */
  readonly resumedFrom: number;
}

/**
 * Downloads a target into a file, streaming and digesting as it comes. The file appears under its name once every byte is
 * verified, in place of what was there; before, and after any failure, what was there stays.
 *
 * With `parts`, the bytes go there first. Verified, they are copied into a file beside the target's and digested once more on
 * the way, so that what appears under its name is what was verified, whoever can write to the folder of parts; the disk holds
 * them twice for that long.
 *
 * @param path where the file goes. It is the caller's: a target's own path is no safe file name.
 * @throws {@link TufError} those of `client.download`, but for the limit on memory, and `ERR_TUF_STORE`.
 * @spec 2-a, 5.7.3d, A-70
 */
export async function downloadToFile(
  client: UpdateClient,
  target: Target,
  path: string,
  options: DownloadToFileOptions = {},
): Promise<DownloadedFile> {
  if (options.parts !== undefined) return downloadByParts(client, target, path, options.parts, options);
  const sink = new FileSink(path, target, options);
  try {
    await downloadInto(client, target, sink, options);
    await sink.commit();
  } finally {
    await sink.abort();
  }
  return { resumedFrom: 0 };
}

const refusals: readonly TufErrorCode[] = ['ERR_TUF_HASH_MISMATCH', 'ERR_TUF_LENGTH_MISMATCH', 'ERR_TUF_TOO_LONG'];

/** Whether nobody should go on from these bytes: they are not the target, or the server refuses to be asked for the rest. */
function isHopeless(error: unknown): boolean {
  if (!isTufError(error)) return false;
  if (error.code !== 'ERR_TUF_TRANSPORT') return refusals.includes(error.code);
  return error.evidence.status !== undefined && error.evidence.isTemporary !== true;
}

async function downloadByParts(
  client: UpdateClient,
  target: Target,
  path: string,
  parts: string,
  options: DownloadToFileOptions,
): Promise<DownloadedFile> {
  if (typeof parts !== 'string' || parts === '') throw new TypeError('parts is the path of a folder');
  const { files = nodeFiles } = options;
  const folder: PartsFolder = { path: resolve(parts), files, tag: processTag(), hasEnded };
  await prunePartsFolder(folder);
  const of = partOf(target);
  // Without a known digest the target is refused, and nothing of it is asked for.
  const sink = new PartSink(folder, of ?? '', target, options, of && (await takePart(folder, of, target.length)));
  try {
    await downloadInto(client, target, sink, options);
    await sink.commit(path, files);
  } catch (error) {
    if (isHopeless(error)) await sink.discard();
    else await sink.release();
    throw error;
  }
  await prunePartsFolder(folder, of);
  return { resumedFrom: sink.resumedFrom };
}

/** The digests that a target lists and that count, strongest first. */
function listedAlgorithms(target: Target): HashAlgorithm[] {
  return hashAlgorithms.filter((algorithm) => Object.hasOwn(target.hashes, algorithm));
}

/** What a part is of: the strongest digest, at most 64 characters of it for the sake of file systems, and the length. */
function partOf(target: Target): string | undefined {
  const [algorithm] = listedAlgorithms(target);
  const digest = algorithm && target.hashes[algorithm]?.toLowerCase().slice(0, 64);
  return digest && `${algorithm}-${digest}.${target.length}`;
}

async function newDigests(target: Target): Promise<Map<HashAlgorithm, RunningDigest>> {
  const algorithms = listedAlgorithms(target);
  return new Map(await Promise.all(algorithms.map(async (each) => [each, await nodeDigest(each)] as const)));
}

class FileSink implements TargetSink {
  length = 0;
  readonly #path: string;
  readonly #target: Target;
  readonly #options: DownloadToFileOptions;
  #digests = new Map<HashAlgorithm, RunningDigest>();
  #file: AtomicFile | undefined;

  constructor(path: string, target: Target, options: DownloadToFileOptions) {
    this.#path = path;
    this.#target = target;
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.abort();
    this.length = 0;
    this.#digests = await newDigests(this.#target);
    this.#file = await openAtomicFile(this.#path, fileOptions(this.#options));
  }

  async write(chunk: Uint8Array): Promise<void> {
    // The digests and the file get the same bytes, whatever the transport does with its chunk meanwhile (A-70, T41).
    const owned = new Uint8Array(chunk);
    for (const running of this.#digests.values()) running.update(owned);
    await this.#file?.write(owned);
    this.length += owned.length;
    this.#options.onProgress?.(this.length, this.#target.length);
  }

  digest(algorithm: HashAlgorithm): Uint8Array {
    return (this.#digests.get(algorithm) as RunningDigest).digest();
  }

  async commit(): Promise<void> {
    if (this.#file === undefined) throw new TypeError('nothing was downloaded');
    await this.#file.commit();
  }

  async abort(): Promise<void> {
    await this.#file?.abort();
    this.#file = undefined;
  }
}

/** Bytes that go to a part, after those that it may have already. */
class PartSink implements TargetSink {
  /** Until a body or a digest has been had of it: then what it has is of this call, and may be refused. */
  resume: Resume | undefined;
  length = 0;
  resumedFrom = 0;
  readonly #folder: PartsFolder;
  readonly #of: string;
  readonly #target: Target;
  readonly #options: DownloadToFileOptions;
  #part: Part | undefined;
  /** None until the beginning was read, or the body has begun. */
  #digests: Map<HashAlgorithm, RunningDigest> | undefined;
  /** What the whole was verified by. */
  #verified: { readonly algorithm: HashAlgorithm; readonly digest: Uint8Array } | undefined;

  constructor(
    folder: PartsFolder,
    of: string,
    target: Target,
    options: DownloadToFileOptions,
    part: Part | '' | undefined,
  ) {
    this.#folder = folder;
    this.#of = of;
    this.#target = target;
    this.#options = options;
    this.#part = part || undefined;
    this.resume = part ? { offset: part.length, etag: part.etag } : undefined;
  }

  async start(_length: number | undefined, etag?: string): Promise<void> {
    await this.discard();
    this.resume = undefined;
    this.length = 0;
    this.resumedFrom = 0;
    this.#verified = undefined;
    this.#digests = await newDigests(this.#target);
    this.#part = await createPart(this.#folder, this.#of, etag);
  }

  async write(chunk: Uint8Array): Promise<void> {
    const digests = this.#digests ?? (await this.#readBeginning());
    // The digests and the file get the same bytes, whatever the transport does with its chunk meanwhile (A-70, T41).
    const owned = new Uint8Array(chunk);
    for (const running of digests.values()) running.update(owned);
    await this.#begun().append(owned);
    this.length += owned.length;
    this.#options.onProgress?.(this.length, this.#target.length);
  }

  async digest(algorithm: HashAlgorithm): Promise<Uint8Array> {
    const digests = this.#digests ?? (await this.#readBeginning());
    const digest = (digests.get(algorithm) as RunningDigest).digest();
    this.#verified ??= { algorithm, digest };
    return digest;
  }

  /** Puts the bytes under their name, once they were verified. The part is gone afterwards. */
  async commit(path: string, files: FileOperations): Promise<void> {
    const { algorithm, digest } = this.#verified ?? nothing();
    const file = await openAtomicFile(path, fileOptions({ ...this.#options, files }));
    try {
      const running = await nodeDigest(algorithm);
      for await (const block of this.#begun().blocks()) {
        this.#options.signal?.throwIfAborted();
        running.update(block);
        await file.write(block);
      }
      // The part was written to since it was verified, by whoever can (T41).
      const found = encodeHex(running.digest());
      if (found !== encodeHex(digest)) throw changed(this.#target.path, algorithm, encodeHex(digest), found);
      await file.commit();
    } finally {
      await file.abort();
    }
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#part?.discard();
    this.#part = undefined;
  }

  async release(): Promise<void> {
    await this.#part?.release();
    this.#part = undefined;
  }

  async #readBeginning(): Promise<Map<HashAlgorithm, RunningDigest>> {
    const part = this.#begun();
    this.resume = undefined;
    const digests = await newDigests(this.#target);
    for await (const block of part.blocks()) {
      this.#options.signal?.throwIfAborted();
      for (const running of digests.values()) running.update(block);
    }
    this.length = part.length;
    this.resumedFrom = part.length;
    this.#digests = digests;
    this.#options.onResume?.(part.length);
    return digests;
  }

  #begun(): Part {
    return this.#part ?? nothing();
  }
}

function nothing(): never {
  throw new TypeError('nothing was downloaded');
}

function fileOptions({ mode, files }: DownloadToFileOptions): { mode?: number; files?: FileOperations } {
  return { ...(mode === undefined ? {} : { mode }), ...(files === undefined ? {} : { files }) };
}

function changed(path: string, algorithm: string, expected: string, found: string): TufError<'ERR_TUF_HASH_MISMATCH'> {
  return new TufError(
    'ERR_TUF_HASH_MISMATCH',
    `target ${JSON.stringify(path)} was changed on this disk after it was verified`,
    { path, algorithm, expected, found },
    { hint: 'see who else writes to the folder of parts, give it to this user alone, then download it again' },
  );
}
