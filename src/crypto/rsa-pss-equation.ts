/**
 * RSASSA-PSS verification by its definition, for moduli that engines treat differently. All values are public, so nothing
 * here has to be constant in time. Loaded when first needed, and complete in itself: what it shared with others would
 * become a file of its own on each page.
 *
 * @module
 */
import type { RsaPssKey } from './rsa-pss.ts';

/** The digest of the key's hash function. */
export type Digest = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * RSASSA-PSS-VERIFY (RFC 8017, 8.1.2 and 9.1.2) with MGF1 over the same hash. At most a few milliseconds for 16384 bits.
 *
 * @param saltLengths those that count, see `saltLengths` of `rsa-pss.ts`.
 */
// @spec A-55
export async function verifyRsaPssByEquation(
  key: RsaPssKey,
  message: Uint8Array,
  signature: Uint8Array,
  saltLengths: readonly number[],
  digest: Digest,
): Promise<boolean> {
  if (signature.length !== key.modulus.length) return false;
  const n = numberOf(key.modulus);
  const s = numberOf(signature);
  if (s >= n) return false;
  const topBits = 32 - Math.clz32(key.modulus[0] as number);
  // The encoded message has one bit less than the modulus.
  const encoded = bytesOf(power(s, key.exponent, n), signature.length - (topBits === 1 ? 1 : 0));
  if (encoded?.at(-1) !== 0xbc) return false;

  const messageHash = await digest(message);
  const digestSize = messageHash.length;
  const hash = encoded.slice(-1 - digestSize, -1);
  const block = encoded.subarray(0, -1 - digestSize);
  // The bits above it are zero, before and after the mask.
  const unusedBits = (0xff00 >> ((9 - topBits) % 8)) & 0xff;
  if ((block[0] as number) & unusedBits) return false;
  await applyMask(block, hash, digest);
  block[0] = (block[0] as number) & ~unusedBits;

  for (const saltLength of saltLengths) {
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
async function applyMask(block: Uint8Array, seed: Uint8Array, digest: Digest): Promise<void> {
  const input = new Uint8Array(seed.length + 4);
  input.set(seed);
  for (let counter = 0, offset = 0; offset < block.length; counter++, offset += seed.length) {
    new DataView(input.buffer).setUint32(seed.length, counter);
    const mask = await digest(input);
    for (const [index, byte] of mask.entries()) {
      if (offset + index < block.length) block[offset + index] = (block[offset + index] as number) ^ byte;
    }
  }
}

/** `base` to the `exponent`, modulo `modulus`. */
function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

/** So many bytes of a number, the most significant first; `undefined` where it needs more. */
function bytesOf(number: bigint, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size);
  let rest = number;
  for (let index = size - 1; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 255n);
  return rest === 0n ? bytes : undefined;
}
