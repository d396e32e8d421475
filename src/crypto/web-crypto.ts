/**
 * The crypto port on WebCrypto: browsers, workers, and every other runtime that has `crypto.subtle`.
 *
 * @module
 */

import type { Crypto } from '../client/ports.ts';
import { notLoaded } from '../errors.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { isStrictSignature } from './ed25519.ts';

/** How {@link webCrypto} verifies. */
export interface WebCryptoOptions {
  /**
   * `'auto'` (default): natively where the engine takes the Ed25519 key, which is tried once for each, and by
   * `@noble/ed25519` elsewhere. `'noble'`: never natively; for tests, since the verdicts are the same and it is about ten
   * times slower.
   */
  readonly ed25519?: 'auto' | 'noble' | undefined;
}

/**
 * Verification and digests by `globalThis.crypto.subtle`, with the verdicts of on every engine.
 *
 * - What few repositories use, and what engines lack or limit, is loaded when first needed: ECDSA and RSA; Ed25519 and
 *   blake2b-256 from noble, RSA above 4096 bits as own arithmetic. What cannot be loaded says nothing about a signature:
 *   it rejects with `ERR_TUF_TRANSPORT`.
 * - A key is imported once, for as long as its `PublicKey` lives.
 * - ML-DSA is not among what it verifies: see `tufa/ml-dsa`.
 *
 * Digests reject with the engine's error where there is no `crypto.subtle` (a page without HTTPS); there `verify` is
 * false for everything.
 */
// @spec A-55 A-65 A-12
export function webCrypto({ ed25519 = 'auto' }: WebCryptoOptions = {}): Crypto {
  const keys = new WeakMap<Ed25519Key, Promise<CryptoKey>>();

  async function imported(key: Ed25519Key): Promise<CryptoKey> {
    const promise = keys.get(key) ?? subtle().importKey('raw', buffer(key.bytes), 'Ed25519', false, ['verify']);
    keys.set(key, promise);
    return promise;
  }

  async function verifyEd25519(key: Ed25519Key, message: Bytes, signature: Bytes): Promise<boolean> {
    if (!isStrictSignature(signature)) return false;
    if (ed25519 === 'auto' && (await isFulfilled(imported(key)))) {
      return subtle()
        .verify('Ed25519', await imported(key), signature, message)
        .catch(isFalse);
    }
    const { verifyEd25519ByEquation } = await import('./ed25519-equation.ts').catch(notLoaded);
    return verifyEd25519ByEquation(key.bytes, message, signature, (bytes) => digest('sha512', bytes)).catch(isFalse);
  }

  return {
    async verify(key, message, signature) {
      if (key.kind === 'ed25519') return verifyEd25519(key, buffer(message), buffer(signature));
      const { verifyOther } = await import('./web-crypto-ecdsa-rsa.ts').catch(notLoaded);
      return verifyOther(key, buffer(message), buffer(signature), digest).catch(notLoaded);
    },
    digest,
  };
}

type Bytes = Uint8Array<ArrayBuffer>;
type Ed25519Key = Extract<PublicKey, { kind: 'ed25519' }>;
type Subtle = typeof globalThis.crypto.subtle;
type CryptoKey = Awaited<ReturnType<Subtle['importKey']>>;

function subtle(): Subtle {
  return globalThis.crypto.subtle;
}

/** An engine that refuses a key or a signature by an exception says that the signature is false. */
function isFalse(): boolean {
  return false;
}

async function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<Uint8Array> {
  if (algorithm !== 'blake2b-256') {
    return new Uint8Array(await subtle().digest(algorithm.replace('sha', 'SHA-'), buffer(bytes)));
  }
  const { blake2b256 } = await import('./blake2b.ts').catch(notLoaded);
  const running = blake2b256();
  running.update(bytes);
  return running.digest();
}

function isFulfilled(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** WebCrypto refuses views of shared memory. */
function buffer(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}
