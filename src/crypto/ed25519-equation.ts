/**
 * Ed25519 for engines that lack it. Loaded when first needed, and complete in itself: what it shared with others would
 * become a file of its own on each page.
 *
 * @module
 */
import { etc, Point } from '@noble/ed25519';

/**
 * Computes R' = [S]B - [k]A and compares its encoding with R: the cofactorless equation, as OpenSSL has it and RFC 8032
 * allows. noble's own `verify` multiplies by the cofactor in both of its modes and so accepts more. The checks of
 * `isStrictSignature` come first and are the caller's. Rejects where the key is not on the curve. Costs 2 to 3 ms.
 *
 * @param publicKey 32 bytes that passed the checks of a key
 * @param sha512 the digest that makes k
 */
// @spec A-65
export async function verifyEd25519ByEquation(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  sha512: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<boolean> {
  const challenge = etc.concatBytes(signature.subarray(0, 32), publicKey, message);
  const k = littleEndian(await sha512(challenge)) % Point.CURVE().n;
  const s = littleEndian(signature.subarray(32));
  const negativeA = Point.fromBytes(publicKey).negate();
  const r = Point.BASE.multiply(s, false).add(negativeA.multiply(k, false)).toBytes();
  return r.every((byte, index) => byte === signature[index]);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${etc.bytesToHex(bytes.toReversed())}`);
}
