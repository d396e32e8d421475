/**
 * blake2b-256 (RFC 7693 with a digest of 32 bytes), the same on every runtime: WebCrypto has none, and OpenSSL 3.0 gives
 * 64 bytes only. Repositories of RSTUF list it alone, most others never, so it is loaded when first asked for.
 *
 * @module
 */
import type { RunningDigest } from '../client/ports.ts';

/** A digest over a stream, in bounded memory. */
// @spec A-12
export async function blake2b256(): Promise<RunningDigest> {
  const { blake2b } = await import('@noble/hashes/blake2.js');
  const hash = blake2b.create({ dkLen: 32 });
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => hash.digest(),
  };
}
