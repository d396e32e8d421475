/**
 * Ed25519 with one verdict on every backend: the strict checks that come before any of them.
 *
 * @module
 */
import { isStrictPoint, littleEndian } from '../metadata/edwards25519.ts';

/**
 * Whether a signature may be given to a backend: 64 bytes, S below the order of the base point, R in canonical form and
 * not of small order. Engines differ on exactly these.
 */
// @spec A-65
export function isStrictSignature(signature: Uint8Array): boolean {
  return (
    signature.length === 64 &&
    isStrictPoint(signature.subarray(0, 32)) &&
    littleEndian(signature.subarray(32)) < groupOrder
  );
}

/** The order of the base point, L (RFC 8032, 5.1). */
const groupOrder: bigint = 2n ** 252n + 27742317777372353535851937790883648493n;
