import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { Crypto, Sink, TargetSink } from './ports.ts';

/** Collects a body in memory that nobody else can reach. */
export class BufferSink implements Sink {
  readonly #bytesMax: number;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(bytesMax: number, onProgress?: (bytes: number) => void) {
    this.#bytesMax = bytesMax;
    this.#onProgress = onProgress;
  }

  start(length: number | undefined): void {
    // What a server announces is believed up to the limit only; without it the buffer grows with the body.
    this.#buffer = new Uint8Array(Math.min(length ?? 16384, this.#bytesMax));
    this.#length = 0;
  }

  write(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytesMax) throw new RangeError('the transport passed on too many bytes');
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(length, this.#buffer.length * 2), this.#bytesMax));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
    this.#onProgress?.(length);
  }

  /** Bytes of the body so far. */
  get length(): number {
    return this.#length;
  }

  /** The body. The sink keeps no reference that writes. */
  bytes(): Uint8Array {
    const whole = this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
    this.#buffer = new Uint8Array(0);
    return whole;
  }
}

/** The same for a target, digested whole: an engine that digests whole buffers only does it natively. */
export class TargetBuffer extends BufferSink implements TargetSink {
  readonly #crypto: Crypto;
  #whole: Uint8Array | undefined;

  constructor(bytesMax: number, crypto: Crypto, onProgress: (bytes: number) => void) {
    super(bytesMax, onProgress);
    this.#crypto = crypto;
  }

  override start(length: number | undefined): void {
    this.#whole = undefined;
    super.start(length);
  }

  digest(algorithm: HashAlgorithm): Uint8Array | Promise<Uint8Array> {
    return this.#crypto.digest(algorithm, this.bytes());
  }

  override bytes(): Uint8Array {
    this.#whole ??= super.bytes();
    return this.#whole;
  }
}
