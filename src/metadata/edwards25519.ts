/**
 * The encodings of edwards25519 points (RFC 8032, 5.1.2) that take part in signatures, without any curve arithmetic.
 *
 * @module
 */
import { encodeHex } from './hex.ts';

/**
 * Whether 32 bytes encode a point as RFC 8032 does, y below p and no sign where x is 0, and not one of the eight points
 * of small order, to which a signature by anyone fits. Says nothing about whether the point is on the curve: no equation
 * holds for one that is not.
 */
// @spec A-65
export function isStrictPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = littleEndian(bytes) & yMask;
  // With y the negative too is of small order. y = 1 and y = p - 1 have x = 0, so their second spelling goes as well.
  const folded = 2n * y > p ? p - y : y;
  return y < p && !smallOrder.includes(folded);
}

/** The number that bytes give, least significant byte first. */
export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${encodeHex(bytes.toReversed())}`);
}

const p = 2n ** 255n - 19n;
const yMask = 2n ** 255n - 1n;

/** The y of the points of order 4, of order 1 and 2 (y = -1), and of order 8, each up to its sign. */
const smallOrder: readonly bigint[] = [0n, 1n, 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n];
