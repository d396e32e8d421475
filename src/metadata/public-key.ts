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
