import { createHash } from 'node:crypto';
import type { Crypto } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import type { PublicKey } from '../../src/metadata/public-key.ts';

/**
 * The platform's cryptography, which verifies the same true signature once: for tests that run nearly the same update
 * thousands of times. What it remembers is looked up by the whole key, message and signature.
 */
export function rememberingCrypto(): Crypto {
  const crypto = nodeCrypto();
  const valid = new Set<string>();
  return {
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
    verify(key, message, signature) {
      const id = createHash('sha256');
      for (const part of [...partsOf(key), message, signature]) id.update(`${part.length}:`).update(part);
      const name = id.digest('base64');
      if (valid.has(name)) return true;
      const verdict = crypto.verify(key, message, signature);
      if (verdict === true) valid.add(name);
      return verdict;
    },
  };
}

function partsOf(key: PublicKey): (string | Uint8Array)[] {
  switch (key.kind) {
    case 'ed25519':
      return [key.kind, key.bytes];
    case 'ecdsa':
      return [key.kind, key.curve, key.hash, key.point];
    case 'rsa-pss':
      return [key.kind, key.hash, key.modulus, String(key.exponent)];
    case 'ml-dsa':
      return [key.kind, String(key.parameterSet), key.bytes];
  }
}
