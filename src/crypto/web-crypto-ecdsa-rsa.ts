/**
 * ECDSA and RSA-PSS on WebCrypto. Loaded with the first such key.
 *
 * @module
 */
import { encodeBase64 } from '../metadata/base64.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { readEcdsaSignature } from './ecdsa.ts';
import { isBelowModulus, isForEngines, type RsaPssKey, saltLengths } from './rsa-pss.ts';

type EcdsaKey = Extract<PublicKey, { kind: 'ecdsa' }>;
type Bytes = Uint8Array<ArrayBuffer>;
type CryptoKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

/** Each key as the engine has it, for as long as the `PublicKey` lives. */
const keys = new WeakMap<PublicKey, Promise<CryptoKey>>();

/** Every key but those of Ed25519; `undefined` for ML-DSA. Rejects where the arithmetic of long moduli cannot be loaded. */
export async function verifyOther(
  key: PublicKey,
  message: Bytes,
  signature: Bytes,
  digest: (algorithm: HashAlgorithm, bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<boolean | undefined> {
  if (key.kind === 'ecdsa') return verifyEcdsa(key, message, signature);
  return key.kind === 'rsa-pss' ? verifyRsaPss(key, message, signature, digest) : undefined;
}

// @spec A-55
async function verifyEcdsa(key: EcdsaKey, message: Bytes, signature: Uint8Array): Promise<boolean> {
  try {
    const both = readEcdsaSignature(signature, key.curve);
    if (both === undefined) return false;
    return await crypto.subtle.verify({ name: 'ECDSA', hash: nameOf(key.hash) }, await imported(key), both, message);
  } catch {
    // An engine that refuses the key or the signature says that the signature is false.
    return false;
  }
}

/** Of moduli above 4096 bits by own arithmetic, see {@link isForEngines}: rejects where that cannot be loaded. */
// @spec A-55
async function verifyRsaPss(
  key: RsaPssKey,
  message: Bytes,
  signature: Bytes,
  digest: (algorithm: HashAlgorithm, bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<boolean> {
  if (signature.length !== key.modulus.length || !isBelowModulus(signature, key)) return false;
  const salts = saltLengths(key);
  const long = isForEngines(key) ? undefined : await import('./rsa-pss-equation.ts');
  try {
    const hash = (bytes: Uint8Array): Promise<Uint8Array> => digest(key.hash, bytes);
    if (long) return await long.verifyRsaPssByEquation(key, message, signature, salts, hash);
    for (const saltLength of salts) {
      const algorithm = { name: 'RSA-PSS', saltLength };
      if (await crypto.subtle.verify(algorithm, await imported(key), signature, message)) return true;
    }
  } catch {
    // An engine that refuses the key or the signature says that the signature is false.
  }
  return false;
}

/** WebCrypto's name of a digest. */
function nameOf(hash: 'sha256' | 'sha384' | 'sha512'): string {
  return hash.replace('sha', 'SHA-');
}

function imported(key: EcdsaKey | RsaPssKey): Promise<CryptoKey> {
  const promise = keys.get(key) ?? importKey(key);
  keys.set(key, promise);
  return promise;
}

function importKey(key: EcdsaKey | RsaPssKey): Promise<CryptoKey> {
  const { subtle } = crypto;
  if (key.kind === 'ecdsa') {
    const algorithm = { name: 'ECDSA', namedCurve: key.curve };
    return subtle.importKey('raw', new Uint8Array(key.point), algorithm, false, ['verify']);
  }
  const jwk = { kty: 'RSA', n: base64url(key.modulus), e: base64url(bytesOf(key.exponent)) };
  return subtle.importKey('jwk', jwk, { name: 'RSA-PSS', hash: nameOf(key.hash) }, false, ['verify']);
}

/** Of a number of 2 to 32 bits, without leading zeros. */
function bytesOf(exponent: number): Uint8Array {
  const bytes = Uint8Array.of(exponent >>> 24, exponent >>> 16, exponent >>> 8, exponent);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

function base64url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
