/**
 * What an operator's tools need of a secret: its public half, and signatures. Key files, agents, hardware and cloud keys
 * all look like this.
 *
 * @module
 */
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';

/** One secret that signs. */
export interface Signer {
  /** The public half as metadata lists it (spec 4.2.2). */
  readonly key: PublicKeyObject;
  /**
   * Signs `message`, for metadata the canonical form of `signed` (spec 4.2.1), and gives the raw bytes of the signature:
   *
   * - `ed25519`: 64 bytes (RFC 8032)
   * - `ecdsa-sha2-nistp256`, `-nistp384`: DER (RFC 3279), never r and s side by side
   * - `rsassa-pss-sha256`, `-sha384`, `-sha512`: as long as the modulus, with a salt as long as the digest
   *
   * - `ml-dsa-44/1`, `-65/1`, `-87/1`: 2420, 3309 or 4627 bytes (FIPS 204), over what TAP 21 makes of the message
   *
   * The whole message is given, never its digest. Calls may overlap. It may take as long as a person who looks for a
   * token. Every failure rejects with `ERR_TUF_SIGNER`, whose message and cause hold no secret. The caller verifies what
   * it gets before it publishes it.
   */
  sign(message: Uint8Array, purpose?: SigningPurpose): Promise<Uint8Array>;
}

/** What a signature is for, as far as the caller says: for people who are asked. It is no part of what is signed. */
export interface SigningPurpose {
  readonly role?: string | undefined;
}
