/**
 * Public keys (spec 4.2.2): from the text of a key object to what a backend is given.
 *
 * @module
 */
import { parseEd25519 } from './ed25519-key.ts';
import type { MlDsaParameterSet } from './ml-dsa-key.ts';
import { parseOtherKey } from './other-keys.ts';

/**
 * A public key as parsed: what a backend is given, whatever keytype, scheme, PEM wrapping or hex form it came in.
 * Where `identity` is equal, one secret serves both keys. The converse fails for Ed25519, where the holder of a secret can
 * also sign for its point plus one of small order, and is not claimed for ML-DSA: such a key has another identity, as has
 * any second key of the same person.
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
    }
  | {
      readonly kind: 'ml-dsa';
      readonly identity: string;
      readonly parameterSet: MlDsaParameterSet;
      /** As long as the parameter set asks: 1312, 1952 or 2592 bytes (FIPS 204, algorithm 22). */
      readonly bytes: Uint8Array;
    };

/** A key that no signature can count for. The document that lists it stays valid, and its other keys count. */
export interface UnusableKey {
  readonly kind: 'unusable';
  /** Why, for people. Holds no text of the key. */
  readonly reason: string;
}

/** Reads a key object, or those of some kinds; all others are unusable. Never throws. */
export type ParsePublicKey = (keytype: string, scheme: string, keyval: string) => PublicKey | UnusableKey;

/**
 * Reads a key object (spec 4.2.2). Never throws: whatever is not one of the forms below is unusable.
 *
 * | keytype | scheme | public |
 * | --- | --- | --- |
 * | `ed25519` | `ed25519` | exactly 64 hex digits: a canonical point, not of small order (A-53, A-65) |
 * | `ecdsa`, `ecdsa-sha2-nistp256` | `ecdsa-sha2-nistp256` | P-256: PEM of a SubjectPublicKeyInfo, or the hex of an uncompressed point (A-54) |
 * | `ecdsa`, `ecdsa-sha2-nistp384` | `ecdsa-sha2-nistp384` | P-384: likewise |
 * | `rsa` | `rsassa-pss-sha256`, `-sha384`, `-sha512` | PEM of a SubjectPublicKeyInfo or of an RSAPublicKey, 2048 to 16384 bits |
 * | `ml-dsa` | `ml-dsa-44/1`, `ml-dsa-65/1`, `ml-dsa-87/1` | PEM of a SubjectPublicKeyInfo (TAP 21, RFC 9881) |
 *
 * That a key is read says nothing about a backend: see `Crypto.verify` for kinds that one cannot verify.
 */
// @spec A-53 A-54 A-55 4.2.2-b 4.2.2-c 4.2.2-e 4.2.2-f
export const parsePublicKey: ParsePublicKey = (keytype, scheme, keyval) =>
  (keytype === 'ed25519' ? parseEd25519 : parseOtherKey)(keytype, scheme, keyval);
