/**
 * Public keys as text (spec 4.2.2). For those who write metadata and keys; a client does not carry it.
 *
 * @module
 */

import { decodeBase64 } from './base64.ts';
import { derTags } from './der.ts';
import { der, derInteger, derSequence } from './der-writer.ts';
import { decodeHex, encodeHex } from './hex.ts';
import { formatPem } from './pem.ts';
import type { PublicKey } from './public-key.ts';
import { algorithmIdentifiers } from './subject-public-key.ts';

/** A key object as tufa writes it: the three standard members and no other. */
export interface PublicKeyObject {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

/**
 * The key object of a key: `ed25519` as 64 lower-case hex digits; `ecdsa` (never the older keytypes, A-54), `rsa`
 * and `ml-dsa` as the PEM of their SubjectPublicKeyInfo, with a newline at its end.
 */
// @spec A-03 A-54
export function keyOf(key: PublicKey): PublicKeyObject {
  switch (key.kind) {
    case 'ed25519':
      return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: encodeHex(key.bytes) } };
    case 'ecdsa': {
      const scheme = key.curve === 'P-256' ? 'ecdsa-sha2-nistp256' : 'ecdsa-sha2-nistp384';
      return { keytype: 'ecdsa', scheme, keyval: { public: pemOf(key) } };
    }
    case 'rsa-pss':
      return { keytype: 'rsa', scheme: `rsassa-pss-${key.hash}`, keyval: { public: pemOf(key) } };
    case 'ml-dsa':
      return { keytype: 'ml-dsa', scheme: `ml-dsa-${key.parameterSet}/1`, keyval: { public: pemOf(key) } };
  }
}

/** The DER of a key's SubjectPublicKeyInfo (RFC 5280, RFC 8410, RFC 5480 with an uncompressed point, RFC 3279, RFC 9881). */
export function spkiOf(key: PublicKey): Uint8Array {
  switch (key.kind) {
    case 'ed25519':
      return spki('BgMrZXA=', key.bytes);
    case 'ecdsa':
      return spki(algorithmIdentifiers[key.curve], key.point);
    case 'rsa-pss': {
      const exponent = decodeHex(key.exponent.toString(16).padStart(8, '0')) as Uint8Array;
      return spki(algorithmIdentifiers.rsa, derSequence(derInteger(key.modulus), derInteger(exponent)));
    }
    case 'ml-dsa':
      return spki(algorithmIdentifiers[`ml-dsa-${key.parameterSet}`], key.bytes);
  }
}

function pemOf(key: PublicKey): string {
  return formatPem('PUBLIC KEY', spkiOf(key));
}

/** `algorithm` is the content of an AlgorithmIdentifier, base64. */
function spki(algorithm: string, key: Uint8Array): Uint8Array {
  const identifier = decodeBase64(algorithm) as Uint8Array;
  return derSequence(derSequence(identifier), der(derTags.bitString, Uint8Array.of(0), key));
}
