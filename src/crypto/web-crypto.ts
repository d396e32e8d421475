/**
 * The crypto port on WebCrypto: browsers, workers, and every other runtime that has `crypto.subtle`.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { readEcdsaSignature } from './ecdsa.ts';
import { isStrictSignature } from './ed25519.ts';
import { isForEngines, type RsaPssKey, saltLengths } from './rsa-pss.ts';

/** How {@link webCrypto} verifies. */
export interface WebCryptoOptions {
  /**
   * `'auto'` (default): natively where the engine takes an Ed25519 key, which is tried once, and by `@noble/ed25519`
   * elsewhere. `'noble'`: never natively; for tests, since the verdicts are the same and it is about ten times slower.
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
  let native: Promise<boolean> | undefined = ed25519 === 'noble' ? Promise.resolve(false) : undefined;

  function imported(key: PublicKey): Promise<CryptoKey> {
    let promise = keys.get(key);
    if (promise === undefined) {
      promise = importKey(key);
      keys.set(key, promise);
    }
    return promise;
  }

  async function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    switch (key.kind) {
      case 'ed25519': {
        if (!isStrictSignature(signature)) return false;
        native ??= hasEd25519();
        if (!(await native)) return verifyEd25519(key.bytes, message, signature);
        return subtle().verify('Ed25519', await imported(key), buffer(signature), buffer(message));
      }
      case 'ecdsa': {
        const both = readEcdsaSignature(signature, key.curve);
        const algorithm = { name: 'ECDSA', hash: digestNames[key.hash] };
        return both !== undefined && subtle().verify(algorithm, await imported(key), both, buffer(message));
      }
      case 'rsa-pss':
        if (signature.length !== key.modulus.length) return false;
        return isForEngines(key) ? verifyRsa(key, message, signature) : verifyLongRsa(key, message, signature);
    }
  }

  async function verifyRsa(key: RsaPssKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const cryptoKey = await imported(key);
    for (const saltLength of saltLengths(key)) {
      const algorithm = { name: 'RSA-PSS', saltLength };
      if (await subtle().verify(algorithm, cryptoKey, buffer(signature), buffer(message))) return true;
    }
    return false;
  }

  return {
    // An engine that refuses a key or a signature by an exception says that the signature is false, and nothing else.
    verify: (key, message, signature) => verify(key, message, signature).catch(() => false),
    digest,
  };
}

type Subtle = typeof globalThis.crypto.subtle;
type CryptoKey = Awaited<ReturnType<Subtle['importKey']>>;

const digestNames = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const;

function subtle(): Subtle {
  return globalThis.crypto.subtle;
}

async function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Promise<Uint8Array> {
  if (algorithm !== 'blake2b-256') return new Uint8Array(await subtle().digest(digestNames[algorithm], buffer(bytes)));
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
  return verifyRsaPssByEquation(key, message, signature, (bytes) => digest(key.hash, bytes));
}

function importKey(key: PublicKey): Promise<CryptoKey> {
  switch (key.kind) {
    case 'ed25519':
      return subtle().importKey('raw', buffer(key.bytes), 'Ed25519', false, ['verify']);
    case 'ecdsa':
      return subtle().importKey('raw', buffer(key.point), { name: 'ECDSA', namedCurve: key.curve }, false, ['verify']);
    case 'rsa-pss': {
      const exponent = new Uint8Array(4);
      new DataView(exponent.buffer).setUint32(0, key.exponent);
      const e = base64url(exponent.subarray(exponent.findIndex((byte) => byte !== 0)));
      const jwk = { kty: 'RSA', n: base64url(key.modulus), e };
      return subtle().importKey('jwk', jwk, { name: 'RSA-PSS', hash: digestNames[key.hash] }, false, ['verify']);
    }
  }
}

/** Whether the engine takes an Ed25519 key: here the base point. */
async function hasEd25519(): Promise<boolean> {
  const basePoint = new Uint8Array(32).fill(0x66);
  basePoint[0] = 0x58;
  return subtle()
    .importKey('raw', basePoint, 'Ed25519', false, ['verify'])
    .then(
      () => true,
      () => false,
    );
}

/** WebCrypto refuses views of shared memory. */
function buffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
