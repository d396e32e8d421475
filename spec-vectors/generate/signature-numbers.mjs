// @ts-check
/** Numbers and their bytes, for the cryptography of the vectors. Nothing here is constant in time: the keys are public. */
import { createHash } from 'node:crypto';

/** The number that bytes give, most significant byte first. @param {Buffer} bytes */
export function fromBytes(bytes) {
  return BigInt(`0x0${bytes.toString('hex')}`);
}

/** So many bytes of a number, most significant byte first. @param {bigint} number @param {number} size */
export function toBytes(number, size) {
  const hex = number.toString(16).padStart(2 * size, '0');
  if (number < 0n || hex.length > 2 * size) throw new Error(`a number does not fit into ${size} bytes`);
  return Buffer.from(hex, 'hex');
}

/** The fewest bytes of a number above zero. @param {bigint} number */
export function shortBytes(number) {
  return toBytes(number, Math.ceil(number.toString(16).length / 2));
}

/** @param {bigint} number @param {bigint} modulus */
export function mod(number, modulus) {
  const rest = number % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** @param {bigint} base @param {bigint} exponent @param {bigint} modulus */
export function power(base, exponent, modulus) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

/** @param {bigint} number @param {bigint} modulus */
export function inverse(number, modulus) {
  let [a, b, x, y] = [mod(number, modulus), modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  if (a !== 1n) throw new Error('there is no inverse');
  return mod(x, modulus);
}

/** Bytes that a text stands for: SHA-256 of the text with a counter, as often as needed. @param {string} text @param {number} size */
export function expand(text, size) {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, index) =>
    createHash('sha256').update(`${text}, block ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}
