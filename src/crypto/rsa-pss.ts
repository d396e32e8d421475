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
 * Whether engines are asked about this key. They limit the modulus (Deno 2.9 to 4096 bits) and the exponent (workerd to less
 * than 32) differently, which would make every signature by some keys false on some of them; those are computed by
 * `rsa-pss-equation.ts` everywhere.
 */
export function isForEngines(key: RsaPssKey): boolean {
  return key.modulus.length <= 512 && key.exponent <= 65_537;
}

/**
 * Whether a signature as long as the modulus is a number below it (RFC 8017, 5.2.2). Not every engine checks: Deno 2.9 takes
 * a signature with the modulus added for the signature itself.
 */
// @spec A-55
export function isBelowModulus(signature: Uint8Array, { modulus }: RsaPssKey): boolean {
  const first = signature.findIndex((byte, i) => byte !== modulus[i]);
  return first !== -1 && (signature[first] as number) < (modulus[first] as number);
}
