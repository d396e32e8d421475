/**
 * RSASSA-PSS (RFC 8017, 8.1): the two salt lengths that verify, and the moduli that engines treat differently.
 *
 * @module
 */
import type { PublicKey } from '../metadata/public-key.ts';

export type RsaPssKey = Extract<PublicKey, { kind: 'rsa-pss' }>;

/**
 * The salt lengths that are tried, one after the other: the digest's, and the longest that fits. The set is closed: a
 * backend's automatic detection is never used, since it accepts more and not every backend has it.
 */
// @spec A-55
export function saltLengths(key: RsaPssKey): number[] {
  const digestSize = Number(key.hash.slice(3)) / 8;
  // An encoded message has one bit less than the modulus.
  const encodedSize = key.modulus.length - (key.modulus[0] === 1 ? 1 : 0);
  return [...new Set([digestSize, encodedSize - digestSize - 2])];
}

/**
 * Whether engines are asked about this key. They limit the modulus differently (Deno 2.9 to 4096 bits), which would make
 * every signature by a longer one false on some; those are computed by `rsa-pss-equation.ts` everywhere.
 */
export function isForEngines(key: RsaPssKey): boolean {
  return key.modulus.length <= 512;
}
