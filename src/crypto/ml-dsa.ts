/**
 * ML-DSA (FIPS 204, TAP 21) for any crypto port. Needs the package `@noble/post-quantum` beside tufa, which is loaded
 * with the first signature by such a key.
 *
 * ```ts
 * import { Client, webCrypto } from 'tufa';
 * import { withMlDsa } from 'tufa/ml-dsa';
 *
 * const client = new Client({ ...options, crypto: withMlDsa(webCrypto()) });
 * ```
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { notInstalled } from '../errors.ts';
import { mlDsaBytes, mlDsaMessage } from '../metadata/ml-dsa-key.ts';
import type { PublicKey } from '../metadata/public-key.ts';

/**
 * The same cryptography, which also verifies ML-DSA-44, -65 and -87: by noble on every platform, so that the verdict is
 * one. A signature of another length than that of its parameter set is false before any arithmetic; the message is what
 * TAP 21 makes of the document, the context is empty. Some milliseconds a signature.
 *
 * `verify` rejects with `ERR_TUF_ALGORITHM` where `@noble/post-quantum` cannot be loaded, which says nothing of a
 * signature.
 */
export function withMlDsa(crypto: Crypto): Crypto {
  return {
    verify: (key, message, signature) =>
      key.kind === 'ml-dsa' ? verifyMlDsa(crypto, key, message, signature) : crypto.verify(key, message, signature),
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
  };
}

async function verifyMlDsa(
  crypto: Crypto,
  { parameterSet, bytes }: Extract<PublicKey, { kind: 'ml-dsa' }>,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const sizes = mlDsaBytes[parameterSet];
  if (bytes.length !== sizes.publicKey || signature.length !== sizes.signature) return false;
  const signed = mlDsaMessage(await crypto.digest('sha512', message));
  const noble = await import('@noble/post-quantum/ml-dsa.js').catch(notInstalled('@noble/post-quantum', 'ML-DSA'));
  try {
    return noble[`ml_dsa${parameterSet}`].verify(signature, signed, bytes) === true;
  } catch {
    // An exception over a key or a signature says that the signature is false.
    return false;
  }
}
