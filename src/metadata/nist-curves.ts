/**
 * The two NIST curves of TUF keys (FIPS 186-5, SP 800-186): what is needed to read a point and to bound a signature.
 *
 * @module
 */
/** y² = x³ - 3x + b over the field of p elements; n is the order. */
export interface NistCurve {
  readonly name: 'P-256' | 'P-384';
  /** Bytes of a coordinate and of a scalar. */
  readonly size: number;
  readonly p: bigint;
  readonly b: bigint;
  readonly n: bigint;
}

export const p256: NistCurve = {
  name: 'P-256',
  size: 32,
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

export const p384: NistCurve = {
  name: 'P-384',
  size: 48,
  p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

/**
 * The uncompressed form of a point in uncompressed (04, x, y) or compressed (02 or 03, x) form (SEC 1, 2.3.4), or
 * `undefined` where the bytes are no point of the curve. The hybrid forms and the point at infinity are refused.
 */
export function readPoint(bytes: Uint8Array, curve: NistCurve): Uint8Array | undefined {
  const { p, b, size } = curve;
  const form = bytes[0];
  const compressed = form === 2 || form === 3;
  if (!(compressed || form === 4) || bytes.length !== 1 + (compressed ? size : 2 * size)) return undefined;
  const x = bigEndian(bytes.subarray(1, 1 + size));
  const square = ((((x * x - 3n) * x + b) % p) + p) % p;
  let y = bigEndian(bytes.subarray(1 + size));
  if (compressed) {
    // p = 3 modulo 4 on both curves, so this is a square root where there is one.
    y = power(square, (p + 1n) / 4n, p);
    if (y % 2n !== BigInt(form & 1)) y = p - y;
  }
  if (x >= p || y >= p || (y * y) % p !== square) return undefined;
  return Uint8Array.of(4, ...bytesOf(x, size), ...bytesOf(y, size));
}

/** The number that bytes give, most significant byte first. */
export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

/** So many bytes of a number that has no more, most significant byte first. */
export function bytesOf(number: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = size - 1, rest = number; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 255n);
  return bytes;
}

/** `base` to the `exponent`, modulo `modulus`. Not constant in time: for public values only. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = base % modulus; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
