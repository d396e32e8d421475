/**
 * RSASSA-PSS verification by its definition, for moduli that engines treat differently. All values are public, so nothing
 * here has to be constant in time.
 *
 * @module
 */
import { decodeHex } from '../metadata/hex.ts';
import { bigEndian, power } from '../metadata/nist-curves.ts';
import { digestSizes, encodedSize, type RsaPssKey, saltLengths } from './rsa-pss.ts';

/** The digest of the key's hash function. */
export type Digest = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * RSASSA-PSS-VERIFY (RFC 8017, 8.1.2 and 9.1.2) with MGF1 over the same hash and the salt lengths of
 * {@link saltLengths}. At most a few milliseconds for 16384 bits.
 */
// @spec A-55
export async function verifyRsaPssByEquation(
  key: RsaPssKey,
  message: Uint8Array,
  signature: Uint8Array,
  digest: Digest,
): Promise<boolean> {
  if (signature.length !== key.modulus.length) return false;
  const n = bigEndian(key.modulus);
  const s = bigEndian(signature);
  if (s >= n) return false;
  const size = encodedSize(key);
  const encoded = decodeHex(
    power(s, BigInt(key.exponent), n)
      .toString(16)
      .padStart(2 * size, '0'),
  );
  if (encoded?.length !== size || encoded[size - 1] !== 0xbc) return false;

  const digestSize = digestSizes[key.hash];
  const hash = encoded.slice(size - 1 - digestSize, size - 1);
  const block = encoded.subarray(0, size - 1 - digestSize);
  // An encoded message has one bit less than the modulus; the bits above it are zero, before and after the mask.
  const topBits = 32 - Math.clz32(key.modulus[0] as number);
  const unusedBits = (0xff00 >> ((9 - topBits) % 8)) & 0xff;
  if ((block[0] as number) & unusedBits) return false;
  await applyMask(block, hash, digest, digestSize);
  block[0] = (block[0] as number) & ~unusedBits;

  const messageHash = await digest(message);
  for (const saltLength of saltLengths(key)) {
    const padding = block.length - saltLength - 1;
    if (padding < 0 || block[padding] !== 1 || block.subarray(0, padding).some((byte) => byte !== 0)) continue;
    const input = new Uint8Array(8 + digestSize + saltLength);
    input.set(messageHash, 8);
    input.set(block.subarray(padding + 1), 8 + digestSize);
    const expected = await digest(input);
    if (expected.every((byte, index) => byte === hash[index])) return true;
  }
  return false;
}

/** MGF1 (RFC 8017, B.2.1), xored into `block`. */
async function applyMask(block: Uint8Array, seed: Uint8Array, digest: Digest, digestSize: number): Promise<void> {
  const input = new Uint8Array(digestSize + 4);
  input.set(seed);
  for (let counter = 0, offset = 0; offset < block.length; counter++, offset += digestSize) {
    new DataView(input.buffer).setUint32(digestSize, counter);
    const mask = await digest(input);
    for (const [index, byte] of mask.entries()) {
      if (offset + index < block.length) block[offset + index] = (block[offset + index] as number) ^ byte;
    }
  }
}
