/**
 * The crypto port on node:crypto. Importing this file loads nothing; node:crypto is fetched at the first use.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Crypto } from '../client/ports.ts';
import { notLoaded } from '../errors.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { isStrictSignature } from './ed25519.ts';
import { isForEngines, type RsaPssKey, saltLengths } from './rsa-pss.ts';
import type { RunningDigest } from './running-digest.ts';

/**
 * Verification and digests by node:crypto, with the verdicts of. Answers at once, without a promise, except
 * for what is loaded when first needed: ECDSA, blake2b-256, and RSA above 4096 bits. A key object is made once, for as
 * long as its `PublicKey` lives. ML-DSA is not among what it verifies: see `tufa/ml-dsa`.
 */
// @spec A-55 A-65 A-12
export function nodeCrypto(): Crypto {
  const keys = new WeakMap<PublicKey, KeyObject>();

  function keyObject(key: NodeKey): KeyObject {
    let object = keys.get(key);
    if (object === undefined) {
      object = nodeModule().createPublicKey({ key: jwkOf(key), format: 'jwk' });
      keys.set(key, object);
    }
    return object;
  }

  function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean | undefined | Promise<boolean> {
    switch (key.kind) {
      case 'ed25519':
        return isStrictSignature(signature) && nodeModule().verify(null, message, keyObject(key), signature);
      case 'ecdsa':
        return verifyEcdsa(key, message, signature);
      case 'rsa-pss':
        if (signature.length !== key.modulus.length) return false;
        return isForEngines(key) ? verifyRsa(key, message, signature) : verifyLongRsa(key, message, signature);
      case 'ml-dsa':
        return undefined; // `withMlDsa` verifies it
    }
  }

  async function verifyEcdsa(key: EcdsaKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const { readEcdsaSignature } = await import('./ecdsa.ts').catch(notLoaded);
    const both = readEcdsaSignature(signature, key.curve);
    return unlessThrown(
      () =>
        both !== undefined &&
        nodeModule().verify(key.hash, message, { key: keyObject(key), dsaEncoding: 'ieee-p1363' }, both),
    );
  }

  function verifyRsa(key: RsaPssKey, message: Uint8Array, signature: Uint8Array): boolean {
    const { constants, verify } = nodeModule();
    const options = { key: keyObject(key), padding: constants.RSA_PKCS1_PSS_PADDING };
    return saltLengths(key).some((saltLength) => verify(key.hash, message, { ...options, saltLength }, signature));
  }

  return {
    verify: (key, message, signature) => unlessThrown(() => verify(key, message, signature)),
    digest,
  };
}

function unlessThrown<T>(verify: () => T): T | false {
  try {
    return verify();
  } catch {
    // An engine that refuses a key or a signature by an exception says that the signature is false.
    return false;
  }
}

/** A digest over a stream, in bounded memory. */
// @spec A-12
export async function nodeDigest(algorithm: HashAlgorithm): Promise<RunningDigest> {
  if (algorithm === 'blake2b-256') return blake2b();
  const hash = nodeModule().createHash(algorithm);
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
}

/** The kinds of keys that node:crypto is given. */
type NodeKey = Exclude<PublicKey, { kind: 'ml-dsa' }>;
type EcdsaKey = Extract<PublicKey, { kind: 'ecdsa' }>;

function nodeModule(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (algorithm !== 'blake2b-256') return new Uint8Array(nodeModule().createHash(algorithm).update(bytes).digest());
  return blake2b().then((running) => {
    running.update(bytes);
    return running.digest();
  });
}

async function blake2b(): Promise<RunningDigest> {
  return (await import('./blake2b.ts').catch(notLoaded)).blake2b256();
}

async function verifyLongRsa(key: RsaPssKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { verifyRsaPssByEquation } = await import('./rsa-pss-equation.ts').catch(notLoaded);
  return verifyRsaPssByEquation(key, message, signature, saltLengths(key), (bytes) => digest(key.hash, bytes));
}

function jwkOf(key: NodeKey): Record<string, string> {
  switch (key.kind) {
    case 'ed25519':
      return { kty: 'OKP', crv: 'Ed25519', x: base64url(key.bytes) };
    case 'ecdsa': {
      const size = (key.point.length - 1) / 2;
      const [x, y] = [key.point.subarray(1, 1 + size), key.point.subarray(1 + size)].map(base64url) as [string, string];
      return { kty: 'EC', crv: key.curve, x, y };
    }
    case 'rsa-pss': {
      const exponent = key.exponent.toString(16);
      const e = base64url(Buffer.from(exponent.padStart(exponent.length + (exponent.length % 2), '0'), 'hex'));
      return { kty: 'RSA', n: base64url(key.modulus), e };
    }
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}
