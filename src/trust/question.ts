/**
 * What trust asks of the world: what is this key, is this signature right, what is this digest. Everything here is a generator that yields
 * a question and is resumed with its answer, so the core is synchronous, does no I/O, and can be replayed.
 *
 * @module
 */

import { parseEd25519 } from '../metadata/ed25519-key.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { Key } from '../metadata/key.ts';
import type { PublicKey, UnusableKey } from '../metadata/public-key.ts';

/**
 * Which public key does a key object hold? Asked of all kinds but Ed25519: what reads them is large and seldom needed, so
 * a page loads it then. Answered with `key.publicKey(parsePublicKey)`.
 */
export interface PublicKeyQuestion {
  readonly kind: 'public-key';
  readonly key: Key;
}

/**
 * Is `signature` a signature of `message` by `key`? Answered with a boolean, or with `undefined` by a backend that verifies
 * no key of this kind; never an exception.
 */
export interface VerifyQuestion {
  readonly kind: 'verify';
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The digest of `bytes`. Answered with its bytes. */
export interface DigestQuestion {
  readonly kind: 'digest';
  readonly algorithm: HashAlgorithm;
  readonly bytes: Uint8Array;
}

/** Something that is tolerated but worth knowing. Not answered. */
export interface TrustReport {
  readonly kind: 'report';
  readonly event: TrustEvent;
}

/** What trust tolerates and reports. */
export type TrustEvent =
  /** A keyid is not the digest of its key. */
  | { readonly type: 'keyid-mismatch'; readonly role: string; readonly keyid: string; readonly computed: string }
  /** The timestamp lists files besides snapshot.json. */
  | { readonly type: 'extra-timestamp-meta'; readonly names: readonly string[] }
  /** Two different timestamps of one version, both validly signed; the one held is kept. Digests are SHA-256, hex. */
  | {
      readonly type: 'equivocation';
      readonly role: string;
      readonly version: number;
      readonly held: string;
      readonly served: string;
    };

export type TrustQuestion = PublicKeyQuestion | VerifyQuestion | DigestQuestion | TrustReport;

/** A step that may ask before it gives its result. */
export type Proof<T> = Generator<TrustQuestion, T, unknown>;

/** The public key that a key object holds: what counts towards a threshold, whatever the keyid. */
export function* publicKeyOf(key: Key): Proof<PublicKey | UnusableKey> {
  if (key.keytype === 'ed25519') return key.publicKey(parseEd25519);
  return (yield { kind: 'public-key', key }) as PublicKey | UnusableKey;
}

export function* verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): Proof<unknown> {
  return yield { kind: 'verify', key, message, signature };
}

export function* digest(algorithm: HashAlgorithm, bytes: Uint8Array): Proof<Uint8Array> {
  return (yield { kind: 'digest', algorithm, bytes }) as Uint8Array;
}

export function* report(event: TrustEvent): Proof<void> {
  yield { kind: 'report', event };
}
