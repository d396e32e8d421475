/**
 * What trust asks of the world: is this signature right, what is this digest. Everything here is a generator that yields
 * a question and is resumed with its answer, so the core is synchronous, does no I/O, and can be replayed.
 *
 * @module
 */
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';

/** Is `signature` a signature of `message` by `key`? Answered with a boolean; never an exception. */
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

export type TrustQuestion = VerifyQuestion | DigestQuestion | TrustReport;

/** A step that may ask before it gives its result. */
export type Proof<T> = Generator<TrustQuestion, T, unknown>;

export function* verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): Proof<boolean> {
  return (yield { kind: 'verify', key, message, signature }) === true;
}

export function* digest(algorithm: HashAlgorithm, bytes: Uint8Array): Proof<Uint8Array> {
  return (yield { kind: 'digest', algorithm, bytes }) as Uint8Array;
}

export function* report(event: TrustEvent): Proof<void> {
  yield { kind: 'report', event };
}
