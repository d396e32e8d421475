/**
 * Ed25519 with one verdict on every backend: strict checks before any of them, then the cofactorless equation.
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
    signature.length === 64 && isStrictPoint(signature.subarray(0, 32)) && littleEndian(signature.subarray(32)) < L
  );
}

/**
 * The equation for engines without Ed25519: computes R' = [S]B - [k]A and compares its encoding with R, as OpenSSL does
 * and RFC 8032 allows. noble's own `verify` multiplies by the cofactor in both of its modes and so accepts more. The
 * checks of {@link isStrictSignature} come first and are the caller's. Costs about 2 ms.
 *
 * @param publicKey 32 bytes that passed the checks of a key
 * @param sha512 the digest that makes k
 */
// @spec A-65
export async function verifyByEquation(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  sha512: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<boolean> {
  const { Point } = await import('@noble/ed25519');
  const challenge = new Uint8Array(64 + message.length);
  challenge.set(signature.subarray(0, 32));
  challenge.set(publicKey, 32);
  challenge.set(message, 64);
  const k = littleEndian(await sha512(challenge)) % L;
  const s = littleEndian(signature.subarray(32));
  const negativeA = Point.fromBytes(publicKey).negate();
  const r = Point.BASE.multiply(s, false).add(negativeA.multiply(k, false)).toBytes();
  return r.every((byte, index) => byte === signature[index]);
}

/** The order of the base point (RFC 8032, 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
