/**
 * ECDSA signatures: TUF writes DER, WebCrypto reads r and s side by side (IEEE P1363). One strict reader stands before
 * every backend, and all of them verify the second form.
 *
 * @module
 */
import { positiveInteger, readDerSequence } from '../metadata/der.ts';
import { bigEndian, p256, p384 } from '../metadata/nist-curves.ts';

/**
 * r and s of a DER signature (RFC 3279, 2.2.3), each as long as the order of the curve, or `undefined` for a false
 * signature: BER, bytes that follow, more than 2 * size + 16 bytes, and r or s outside 1 to n - 1. A high s is accepted.
 */
// @spec A-55
export function readEcdsaSignature(
  signature: Uint8Array,
  curve: 'P-256' | 'P-384',
): Uint8Array<ArrayBuffer> | undefined {
  const { size, n } = curve === 'P-256' ? p256 : p384;
  // Two integers with a sign octet each and three headers are shorter.
  const integers = signature.length > 2 * size + 16 ? undefined : readDerSequence(signature);
  if (integers?.length !== 2) return undefined;
  const both = new Uint8Array(2 * size);
  for (const [index, element] of integers.entries()) {
    const magnitude = positiveInteger(element);
    if (magnitude === undefined || magnitude.length > size) return undefined;
    both.set(magnitude, (index + 1) * size - magnitude.length);
    if (bigEndian(magnitude) >= n) return undefined;
  }
  return both;
}
