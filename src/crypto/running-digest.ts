/** A digest over a stream of chunks. */
export interface RunningDigest {
  /** Keeps nothing of the chunk. */
  update(chunk: Uint8Array): void;
  digest(): Uint8Array;
}
