/**
 * RSASSA-PSS (RFC 8017, 8.1): the two salt lengths that verify, and the moduli that engines treat differently.
 *
 * @module
 */
import type { PublicKey } from '../metadata/public-key.ts';

export type RsaPssKey = Extract<PublicKey, { kind: 'rsa-pss' }>;

/** Bytes of each digest. */
export const digestSizes: Record<RsaPssKey['hash'], number> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * The salt lengths that are tried, one after the other: the digest's, and the longest that fits. The set is closed: a
 * backend's automatic detection is never used, since it accepts more and not every backend has it.
 */
// @spec A-55
export function saltLengths(key: RsaPssKey): number[] {
  const digestSize = digestSizes[key.hash];
  return [...new Set([digestSize, encodedSize(key) - digestSize - 2])];
}

/** Bytes of an encoded message, emLen: those of the modulus less its top bit. */
export function encodedSize(key: RsaPssKey): number {
  return key.modulus.length - (key.modulus[0] === 1 ? 1 : 0);
}

/**
 * Whether engines are asked about this key. They limit the modulus differently (Deno 2.9 to 4096 bits), which would make
 * every signature by a longer one false on some; those are computed by `rsa-pss-equation.ts` everywhere.
 */
export function isForEngines(key: RsaPssKey): boolean {
  return key.modulus.length <= 512;
}
