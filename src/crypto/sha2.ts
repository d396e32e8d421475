/**
 * sha2 over a stream, for runtimes whose engine digests whole buffers only. A file of its own, loaded when first needed.
 *
 * @module
 */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { RunningDigest } from '../client/ports.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';

const functions = { sha256, sha384, sha512 };

/** A digest over a stream, in bounded memory. About 8 ms a megabyte for sha256, 15 for the others. */
// @spec A-12
export function sha2(algorithm: Exclude<HashAlgorithm, 'blake2b-256'>): RunningDigest {
  const hash = functions[algorithm].create();
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => hash.digest(),
  };
}
