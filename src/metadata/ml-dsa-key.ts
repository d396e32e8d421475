/**
 * ML-DSA keys (FIPS 204) as TAP 21 lists them. A client loads this when it meets a key that is not of Ed25519; what
 * verifies with one is `tufa/ml-dsa`.
 *
 * @module
 */
import { encodeBase64 } from './base64.ts';
import type { PublicKey, UnusableKey } from './public-key.ts';
import { keyvalCharsMax, subjectPublicKey } from './subject-public-key.ts';

/** The parameter sets of FIPS 204, by the number in their names. */
export type MlDsaParameterSet = 44 | 65 | 87;

/** Bytes of a public key and of a signature (FIPS 204, table 2): exactly these, or it is none. */
export const mlDsaBytes: Readonly<
  Record<MlDsaParameterSet, { readonly publicKey: number; readonly signature: number }>
> = {
  44: { publicKey: 1312, signature: 2420 },
  65: { publicKey: 1952, signature: 3309 },
  87: { publicKey: 2592, signature: 4627 },
};

/**
 * Reads a key object whose keytype is `ml-dsa`: see `parsePublicKey`. Every string of the right length is a key: each of
 * its coefficients has ten bits, and all of their values are in range (FIPS 204, algorithm 23).
 */
export function parseMlDsa(scheme: string, keyval: string): PublicKey | UnusableKey {
  const parameterSet = Number(/^ml-dsa-(44|65|87)\/1$/.exec(scheme)?.[1] ?? 0) as MlDsaParameterSet | 0;
  if (parameterSet === 0) return unusable('its keytype and scheme are not supported');
  if (keyval.length > keyvalCharsMax) return unusable(`it is longer than ${keyvalCharsMax} characters`);
  const bytes = subjectPublicKey(keyval, `ml-dsa-${parameterSet}`)?.slice();
  if (bytes?.length !== mlDsaBytes[parameterSet].publicKey)
    return unusable(`it is no ML-DSA-${parameterSet} public key`);
  return { kind: 'ml-dsa', identity: `ml-dsa:${encodeBase64(bytes)}`, parameterSet, bytes };
}

/**
 * What an ML-DSA key signs in place of the canonical form of a document: the three letters `tuf`, the version 1, and the
 * SHA-512 of that form (TAP 21).
 */
export function mlDsaMessage(sha512: Uint8Array): Uint8Array {
  const message = Uint8Array.of(0x74, 0x75, 0x66, 1, ...sha512);
  if (message.length !== 68) throw new TypeError('a SHA-512 has 64 bytes');
  return message;
}

function unusable(reason: string): UnusableKey {
  return { kind: 'unusable', reason };
}
