/**
 * SHA-2 over a stream: WebCrypto digests whole buffers only. A file of its own, loaded when first needed.
 *
 * @module
 */
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import type { RunningDigest } from './running-digest.ts';

const hashes = { sha256, sha384, sha512 };

/** A digest over a stream, in bounded memory. */
// @spec A-12
export function sha2(algorithm: 'sha256' | 'sha384' | 'sha512'): RunningDigest {
  const hash = hashes[algorithm].create();
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => hash.digest(),
  };
}
