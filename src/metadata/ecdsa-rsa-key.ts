/**
 * ECDSA and RSA keys.
 *
 * @module
 */
import { positiveInteger, readDerSequence } from './der.ts';
import { bigEndian, bytesOf, type NistCurve, p256, p384, readPoint } from './nist-curves.ts';
import type { PublicKey, UnusableKey } from './public-key.ts';
import { keyvalCharsMax, subjectPublicKey } from './subject-public-key.ts';

/**
 * Reads a key object of ECDSA or RSA: see `parsePublicKey`.
 *
 * @spec
 */
export function parseEcdsaOrRsa(keytype: string, scheme: string, keyval: string): PublicKey | UnusableKey {
  if (keyval.length > keyvalCharsMax) return unusable(`it is longer than ${keyvalCharsMax} characters`);
  const curve = /^ecdsa-sha2-nistp(256|384)$/.exec(scheme)?.[1];
  if (curve !== undefined && (keytype === 'ecdsa' || keytype === scheme)) {
    return curve === '256' ? parseEcdsa(keyval, p256, 'sha256') : parseEcdsa(keyval, p384, 'sha384');
  }
  const hash = /^rsassa-pss-(sha256|sha384|sha512)$/.exec(scheme)?.[1];
  if (hash !== undefined && keytype === 'rsa') return parseRsa(keyval, hash as 'sha256' | 'sha384' | 'sha512');
  return unusable('its keytype and scheme are not supported');
}

function parseEcdsa(keyval: string, curve: NistCurve, hash: 'sha256' | 'sha384'): PublicKey | UnusableKey {
  const isHex = /^04(?:[0-9a-f]{2})*$/i.test(keyval);
  const bytes = isHex ? bytesOf(BigInt(`0x${keyval}`), keyval.length / 2) : subjectPublicKey(keyval, curve.name);
  const point = bytes && readPoint(bytes, curve);
  if (point === undefined) return unusable(`it is not a ${curve.name} public key`);
  const { name, size } = curve;
  return { kind: 'ecdsa', identity: `p${size * 8}:${hexOf(point.subarray(1, 1 + size))}`, curve: name, hash, point };
}

// @spec A-04 4.2.2-d: the modulus alone is the identity, since two exponents of one modulus share its secret.
function parseRsa(keyval: string, hash: 'sha256' | 'sha384' | 'sha512'): PublicKey | UnusableKey {
  const bytes = subjectPublicKey(keyval, 'rsa');
  const integers = bytes && readDerSequence(bytes);
  const modulus = positiveInteger(integers?.[0])?.slice();
  const exponent = positiveInteger(integers?.[1]);
  if (integers?.length !== 2 || !modulus || !exponent) return unusable('it is not an RSA public key');
  const bits = modulus.length * 8 - Math.clz32(modulus[0] as number) + 24;
  if (bits < 2048 || bits > 16_384) return unusable('its modulus is not of 2048 to 16384 bits');
  const e = exponent.length > 4 ? 0 : exponent.reduce((value, byte) => value * 256 + byte, 0);
  if (!isOdd(modulus) || !isOdd(exponent) || e < 3) return unusable('its modulus or its exponent is out of range');
  return { kind: 'rsa-pss', identity: `rsa:${hexOf(modulus)}`, hash, modulus, exponent: e };
}

/** Through a number: `hex.ts`, which a page has at once, would become a file of its own if this shared it. */
function hexOf(bytes: Uint8Array): string {
  return bigEndian(bytes)
    .toString(16)
    .padStart(2 * bytes.length, '0');
}

function isOdd(magnitude: Uint8Array): boolean {
  return ((magnitude.at(-1) as number) & 1) === 1;
}

function unusable(reason: string): UnusableKey {
  return { kind: 'unusable', reason };
}
