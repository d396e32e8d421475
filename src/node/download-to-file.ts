import { type DownloadOptions, downloadInto, type Target, type UpdateClient } from '../client/client.ts';
import type { Sink } from '../client/ports.ts';
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
  const sink = new FileSink(path, target.length, options);
  try {
    await downloadInto(client, target, sink, options);
    await sink.commit();
  } finally {
    await sink.abort();
  }
}

class FileSink implements Sink {
  readonly #path: string;
  readonly #length: number;
  readonly #options: DownloadToFileOptions;
  #file: AtomicFile | undefined;
  #bytes = 0;

  constructor(path: string, length: number, options: DownloadToFileOptions) {
    this.#path = path;
    this.#length = length;
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.abort();
    this.#bytes = 0;
    const { mode } = this.#options;
    this.#file = await openAtomicFile(this.#path, mode === undefined ? {} : { mode });
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#file?.write(chunk);
    this.#bytes += chunk.length;
    this.#options.onProgress?.(this.#bytes, this.#length);
  }

  async commit(): Promise<void> {
    await this.#file?.commit();
  }

  async abort(): Promise<void> {
    await this.#file?.abort();
    this.#file = undefined;
  }
}
