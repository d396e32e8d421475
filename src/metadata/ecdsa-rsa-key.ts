/**
 * ECDSA and RSA keys. A client loads this when it meets such a key: most repositories have none.
 *
 * @module
 */
import { encodeBase64 } from './base64.ts';
import { type DerElement, derTags, positiveInteger, readDerSequence } from './der.ts';
import { bigEndian, bytesOf, type NistCurve, p256, p384, readPoint } from './nist-curves.ts';
import { parsePem } from './pem.ts';
import type { PublicKey, UnusableKey } from './public-key.ts';

/**
 * Reads a key object of any kind but Ed25519: see `parsePublicKey`.
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

/** Three times the text of the longest key that is accepted. */
const keyvalCharsMax = 16_384;

/** AlgorithmIdentifiers (RFC 3279, RFC 5480) as the content of their SEQUENCE, base64. Other parameters make another key. */
export const algorithmIdentifiers: Record<'P-256' | 'P-384' | 'rsa', string> = {
  'P-256': 'BgcqhkjOPQIBBggqhkjOPQMBBw==', // id-ecPublicKey (1.2.840.10045.2.1), prime256v1 (1.2.840.10045.3.1.7)
  'P-384': 'BgcqhkjOPQIBBgUrgQQAIg==', // id-ecPublicKey, secp384r1 (1.3.132.0.34)
  rsa: 'BgkqhkiG9w0BAQEFAA==', // rsaEncryption (1.2.840.113549.1.1.1), NULL
};

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

/** The key inside a PEM SubjectPublicKeyInfo (RFC 5280, 4.1) of this algorithm, or a whole PEM RSAPublicKey (RFC 8017). */
function subjectPublicKey(keyval: string, algorithm: 'P-256' | 'P-384' | 'rsa'): Uint8Array | undefined {
  const pem = parsePem(keyval);
  if (pem?.label === 'RSA PUBLIC KEY' && algorithm === 'rsa') return pem.bytes;
  const elements = pem?.label === 'PUBLIC KEY' ? readDerSequence(pem.bytes) : undefined;
  const [identifier, key] = elements ?? [];
  if (elements?.length !== 2 || identifier?.tag !== derTags.sequence) return undefined;
  return encodeBase64(identifier.content) === algorithmIdentifiers[algorithm] ? wholeBytes(key) : undefined;
}

/** The bytes of a BIT STRING without unused bits. */
function wholeBytes(element: DerElement | undefined): Uint8Array | undefined {
  return element?.tag === derTags.bitString && element.content[0] === 0 ? element.content.subarray(1) : undefined;
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
