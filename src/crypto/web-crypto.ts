/**
 * The crypto port on WebCrypto: browsers, workers, and every other runtime that has `crypto.subtle`.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { decodeHex } from '../metadata/hex.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { encodeBase64 } from '../metadata/utf8.ts';
import { readEcdsaSignature } from './ecdsa.ts';
import { isStrictSignature } from './ed25519.ts';
import { isForEngines, type RsaPssKey, saltLengths } from './rsa-pss.ts';

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
 * - What engines lack or limit is loaded when first needed: Ed25519 and blake2b-256 from noble, RSA above 4096 bits as
 *   own arithmetic.
 * - A key is imported once, for as long as its `PublicKey` lives.
 *
 * Digests reject with the engine's error where there is no `crypto.subtle` (a page without HTTPS); there `verify` is
 * false for everything.
 */
// @spec A-55 A-65 A-12
export function webCrypto({ ed25519 = 'auto' }: WebCryptoOptions = {}): Crypto {
  const keys = new WeakMap<PublicKey, Promise<CryptoKey>>();

  function imported(key: PublicKey): Promise<CryptoKey> {
    const promise = keys.get(key) ?? importKey(key);
    keys.set(key, promise);
    return promise;
  }

  async function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const natively = async (algorithm: Parameters<Subtle['verify']>[0], form = signature): Promise<boolean> =>
      subtle().verify(algorithm, await imported(key), buffer(form), buffer(message));
    switch (key.kind) {
      case 'ed25519': {
        if (!isStrictSignature(signature)) return false;
        const isNative = ed25519 === 'auto' && (await isFulfilled(imported(key)));
        return isNative ? natively('Ed25519') : verifyEd25519(key.bytes, message, signature);
      }
      case 'ecdsa': {
        const both = readEcdsaSignature(signature, key.curve);
        return both !== undefined && natively({ name: 'ECDSA', hash: nameOf(key.hash) }, both);
      }
      case 'rsa-pss': {
        if (signature.length !== key.modulus.length) return false;
        if (!isForEngines(key)) return verifyLongRsa(key, message, signature);
        for (const saltLength of saltLengths(key)) if (await natively({ name: 'RSA-PSS', saltLength })) return true;
        return false;
      }
    }
  }

  return {
    // An engine that refuses a key or a signature by an exception says that the signature is false, and nothing else.
    verify: (key, message, signature) => verify(key, message, signature).catch(() => false),
    digest,
  };
}

type Subtle = typeof globalThis.crypto.subtle;
type CryptoKey = Awaited<ReturnType<Subtle['importKey']>>;

function subtle(): Subtle {
  return globalThis.crypto.subtle;
}

/** WebCrypto's name of a digest. */
function nameOf(hash: 'sha256' | 'sha384' | 'sha512'): string {
  return hash.replace('sha', 'SHA-');
}

async function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<Uint8Array> {
  if (algorithm !== 'blake2b-256') return new Uint8Array(await subtle().digest(nameOf(algorithm), buffer(bytes)));
  const running = (await import('./blake2b.ts')).blake2b256();
  running.update(bytes);
  return running.digest();
}

async function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { verifyEd25519ByEquation } = await import('./ed25519-equation.ts');
  return verifyEd25519ByEquation(publicKey, message, signature, (bytes) => digest('sha512', bytes));
}

async function verifyLongRsa(key: RsaPssKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { verifyRsaPssByEquation } = await import('./rsa-pss-equation.ts');
  return verifyRsaPssByEquation(key, message, signature, saltLengths(key), (bytes) => digest(key.hash, bytes));
}

function importKey(key: PublicKey): Promise<CryptoKey> {
  const raw = (bytes: Uint8Array, algorithm: Parameters<Subtle['importKey']>[2]): Promise<CryptoKey> =>
    subtle().importKey('raw', buffer(bytes), algorithm, false, ['verify']);
  switch (key.kind) {
    case 'ed25519':
      return raw(key.bytes, 'Ed25519');
    case 'ecdsa':
      return raw(key.point, { name: 'ECDSA', namedCurve: key.curve });
    case 'rsa-pss': {
      // An exponent has 2 to 32 bits, so eight digits hold it.
      const exponent = decodeHex(key.exponent.toString(16).padStart(8, '0')) as Uint8Array;
      const e = base64url(exponent.subarray(exponent.findIndex((byte) => byte !== 0)));
      const jwk = { kty: 'RSA', n: base64url(key.modulus), e };
      return subtle().importKey('jwk', jwk, { name: 'RSA-PSS', hash: nameOf(key.hash) }, false, ['verify']);
    }
  }
}

function isFulfilled(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** WebCrypto refuses views of shared memory. */
function buffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function base64url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
