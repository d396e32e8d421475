/**
 * blake2b-256 (RFC 7693 with a digest of 32 bytes), the same on every runtime: WebCrypto has none, and OpenSSL 3.0 gives
 * 64 bytes only. Repositories of RSTUF list it alone, most others never: a file of its own, loaded when first
 * needed.
 *
 * @module
 */
import { blake2b } from '@noble/hashes/blake2.js';
import type { RunningDigest } from './running-digest.ts';

/** A digest over a stream, in bounded memory. */
// @spec A-12
export function blake2b256(): RunningDigest {
  const hash = blake2b.create({ dkLen: 32 });
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => hash.digest(),
  };
}
