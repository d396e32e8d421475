import { type DownloadOptions, downloadInto, type Target, type UpdateClient } from '../client/client.ts';
import type { TargetSink } from '../client/ports.ts';
import { nodeDigest } from '../crypto/node-crypto.ts';
import type { RunningDigest } from '../crypto/running-digest.ts';
import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { type AtomicFile, openAtomicFile } from './atomic-write.ts';

export interface DownloadToFileOptions extends DownloadOptions {
  /** Permissions of the file; 0o666 less the umask by default. */
  readonly mode?: number | undefined;
}

/**
 * Downloads a target into a file, streaming and digesting as it comes. The file appears under its name once every byte is
 * verified, in place of what was there; before, and after any failure, what was there stays.
 *
 * @param path where the file goes. It is the caller's: a target's own path is no safe file name.
 * @throws {@link TufError} those of `client.download`, but for the limit on memory, and `ERR_TUF_STORE`.
 * @spec 2-a, 5.7.3d
 */
export async function downloadToFile(
  client: UpdateClient,
  target: Target,
  path: string,
  options: DownloadToFileOptions = {},
): Promise<void> {
  const sink = new FileSink(path, target, options);
  try {
    await downloadInto(client, target, sink, options);
    await sink.commit();
  } finally {
    await sink.abort();
  }
}

class FileSink implements TargetSink {
  length = 0;
  readonly #path: string;
  readonly #target: Target;
  readonly #options: DownloadToFileOptions;
  readonly #digests = new Map<HashAlgorithm, RunningDigest>();
  #file: AtomicFile | undefined;

  constructor(path: string, target: Target, options: DownloadToFileOptions) {
    this.#path = path;
    this.#target = target;
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.abort();
    this.length = 0;
    for (const algorithm of hashAlgorithms) {
      if (algorithm in this.#target.hashes) this.#digests.set(algorithm, await nodeDigest(algorithm));
    }
    const { mode } = this.#options;
    this.#file = await openAtomicFile(this.#path, mode === undefined ? {} : { mode });
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
