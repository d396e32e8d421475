import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { downloadInto } from './behind.ts';
import type { DownloadOptions, Target, UpdateClient } from './client.ts';
import type { TargetSink } from './ports.ts';

/** A digest over a stream. */
interface Digest {
  update(chunk: Uint8Array): void;
  digest(): Uint8Array;
}

type NewDigest = (algorithm: HashAlgorithm) => Promise<Digest>;

/** Bytes that are collected before the platform takes them, which may put them on a disk. */
const pieceLength = 1024 * 1024;

/** `downloadToBlob`, for a way to digest as the bytes come. */
export async function downloadIntoBlob(
  client: UpdateClient,
  target: Target,
  newDigest: NewDigest,
  options: DownloadOptions,
): Promise<Blob> {
  if (typeof Blob !== 'function') throw new TypeError('this runtime has no Blob: use download()');
  const sink = new BlobSink(target, newDigest, options);
  await downloadInto(client, target, sink, options);
  return sink.blob();
}

class BlobSink implements TargetSink {
  length = 0;
  readonly #target: Target;
  readonly #newDigest: NewDigest;
  readonly #options: DownloadOptions;
  readonly #digests = new Map<HashAlgorithm, Digest>();
  #piece = new Uint8Array(0);
  #pieceLength = 0;
  #pieces: Blob[] = [];

  constructor(target: Target, newDigest: NewDigest, options: DownloadOptions) {
    this.#target = target;
    this.#newDigest = newDigest;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.length = 0;
    this.#pieces = [];
    this.#piece = new Uint8Array(Math.min(pieceLength, this.#target.length));
    this.#pieceLength = 0;
    for (const algorithm of hashAlgorithms) {
      if (Object.hasOwn(this.#target.hashes, algorithm)) this.#digests.set(algorithm, await this.#newDigest(algorithm));
    }
  }

  write(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.#target.length)
      throw new RangeError('the transport passed on too many bytes');
    // The digests and the blob get the same bytes, whatever the transport does with its chunk meanwhile (A-70, T41).
    const owned = new Uint8Array(chunk);
    for (const running of this.#digests.values()) running.update(owned);
    this.#collect(owned);
    this.length += owned.length;
    this.#options.onProgress?.(this.length, this.#target.length);
  }

  digest(algorithm: HashAlgorithm): Uint8Array {
    return (this.#digests.get(algorithm) as Digest).digest();
  }

  /** What was written since the last start. */
  blob(): Blob {
    this.#endPiece();
    return new Blob(this.#pieces);
  }

  /** Copies: a body may come byte by byte, and each array of its own would take a hundred times its bytes. */
  #collect(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const next = chunk.subarray(from, from + this.#piece.length - this.#pieceLength);
      this.#piece.set(next, this.#pieceLength);
      this.#pieceLength += next.length;
      from += next.length;
      if (this.#pieceLength === this.#piece.length) this.#endPiece();
    }
  }

  #endPiece(): void {
    this.#pieces.push(new Blob([this.#piece.subarray(0, this.#pieceLength)]));
    this.#pieceLength = 0;
  }
}
