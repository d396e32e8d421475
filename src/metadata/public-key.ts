/**
 * Public keys (spec 4.2.2): from the text of a key object to what a backend is given.
 *
 * @module
 */
import { type DerElement, derTags, positiveInteger, readDerSequence } from './der.ts';
import { isStrictPoint } from './edwards25519.ts';
import { decodeHex, encodeHex } from './hex.ts';
import { type NistCurve, p256, p384, readPoint } from './nist-curves.ts';
import { parsePem } from './pem.ts';

/**
 * A public key as parsed: what a backend is given, whatever keytype, scheme, PEM wrapping or hex form it came in.
 * `identity` is equal for two keys exactly when one secret serves both.
 */
export type PublicKey =
  | {
      readonly kind: 'ed25519';
      readonly identity: string;
      /** 32 bytes, canonical, not of small order. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'ecdsa';
      readonly identity: string;
      readonly curve: 'P-256' | 'P-384';
      readonly hash: 'sha256' | 'sha384';
      /** Uncompressed point on the curve: 0x04, x, y. */
      readonly point: Uint8Array;
    }
  | {
      readonly kind: 'rsa-pss';
      readonly identity: string;
      readonly hash: 'sha256' | 'sha384' | 'sha512';
      /** Big-endian, without leading zeros; 2048 to 16384 bits, odd. */
      readonly modulus: Uint8Array;
      /** Odd, 3 to 2^32 - 1. */
      readonly exponent: number;
    };

/** A key that no signature can count for. The document that lists it stays valid, and its other keys count. */
export interface UnusableKey {
  readonly kind: 'unusable';
  /** Why, for people. Holds no text of the key. */
  readonly reason: string;
}

/**
 * Reads a key object (spec 4.2.2). Never throws: whatever is not one of the forms below is unusable.
 *
 * | keytype | scheme | public |
 * | --- | --- | --- |
 * | `ed25519` | `ed25519` | exactly 64 hex digits: a canonical point, not of small order (A-53, A-65) |
 * | `ecdsa`, `ecdsa-sha2-nistp256` | `ecdsa-sha2-nistp256` | P-256: PEM of a SubjectPublicKeyInfo, or the hex of an uncompressed point (A-54) |
 * | `ecdsa`, `ecdsa-sha2-nistp384` | `ecdsa-sha2-nistp384` | P-384: likewise |
 * | `rsa` | `rsassa-pss-sha256`, `-sha384`, `-sha512` | PEM of a SubjectPublicKeyInfo or of an RSAPublicKey, 2048 to 16384 bits |
 */
// @spec A-53 A-54 A-55 4.2.2-b 4.2.2-c 4.2.2-e 4.2.2-f
export function parsePublicKey(keytype: string, scheme: string, keyval: string): PublicKey | UnusableKey {
  if (keyval.length > keyvalCharsMax) return unusable(`it is longer than ${keyvalCharsMax} characters`);
  if (keytype === 'ed25519' && scheme === 'ed25519') return parseEd25519(keyval);
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

/** AlgorithmIdentifiers (RFC 3279, RFC 5480) as the content of their SEQUENCE. Other parameters make another key. */
export const algorithmIdentifiers: Record<'P-256' | 'P-384' | 'rsa', string> = {
  'P-256': '06072a8648ce3d020106082a8648ce3d030107',
  'P-384': '06072a8648ce3d020106052b81040022',
  rsa: '06092a864886f70d0101010500',
};

// @spec A-04: the two points of one x have secrets that are each other's negatives, so the sign is no part of identity.
function parseEd25519(keyval: string): PublicKey | UnusableKey {
  const bytes = decodeHex(keyval);
  if (bytes?.length !== 32) return unusable('it is not 64 hex digits');
  if (!isStrictPoint(bytes)) return unusable('its point is not canonical, or of small order');
  const unsigned = bytes.slice();
  unsigned[31] = (unsigned[31] as number) & 0x7f;
  return { kind: 'ed25519', identity: `ed25519:${encodeHex(unsigned)}`, bytes };
}

function parseEcdsa(keyval: string, curve: NistCurve, hash: 'sha256' | 'sha384'): PublicKey | UnusableKey {
  const encoded = decodeHex(keyval);
  const bytes = encoded?.[0] === 4 ? encoded : subjectPublicKey(keyval, curve.name);
  const point = bytes && readPoint(bytes, curve);
  if (point === undefined) return unusable(`it is not a ${curve.name} public key`);
  const x = encodeHex(point.subarray(1, 1 + curve.size));
  return {
    kind: 'ecdsa',
    identity: `p${curve.size * 8}:${x}`,
    curve: curve.name,
    hash,
    point,
  };
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
  return { kind: 'rsa-pss', identity: `rsa:${encodeHex(modulus)}`, hash, modulus, exponent: e };
}

/** The key inside a PEM SubjectPublicKeyInfo (RFC 5280, 4.1) of this algorithm, or a whole PEM RSAPublicKey (RFC 8017). */
function subjectPublicKey(keyval: string, algorithm: 'P-256' | 'P-384' | 'rsa'): Uint8Array | undefined {
  const pem = parsePem(keyval);
  if (pem?.label === 'RSA PUBLIC KEY' && algorithm === 'rsa') return pem.bytes;
  const elements = pem?.label === 'PUBLIC KEY' ? readDerSequence(pem.bytes) : undefined;
  const [identifier, key] = elements ?? [];
  if (elements?.length !== 2 || identifier?.tag !== derTags.sequence) return undefined;
  return encodeHex(identifier.content) === algorithmIdentifiers[algorithm] ? wholeBytes(key) : undefined;
}

/** The bytes of a BIT STRING without unused bits. */
function wholeBytes(element: DerElement | undefined): Uint8Array | undefined {
  return element?.tag === derTags.bitString && element.content[0] === 0 ? element.content.subarray(1) : undefined;
}

function isOdd(magnitude: Uint8Array): boolean {
  return ((magnitude.at(-1) as number) & 1) === 1;
}

function unusable(reason: string): UnusableKey {
  return { kind: 'unusable', reason };
}
