import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withMlDsa } from '../../src/crypto/ml-dsa.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { mlDsaBytes } from '../../src/metadata/ml-dsa-key.ts';
import { backends, testKeys } from './backends.ts';
import { mlDsaKey, noble, signedBytesOf } from './ml-dsa-keys.ts';
import { publicKeySha256, signature65, message as theirMessage } from './ml-dsa-openssl.ts';

const message = Buffer.from('{"what":"is signed"}');
const sets = [44, 65, 87] as const;
const wrapped = backends.map(([name, crypto]) => [name, withMlDsa(crypto)] as const);
const anyBackend = withMlDsa(nodeCrypto());

/** A copy in which some bytes are others. */
function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  changed(bytes, (copy) => {
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  });

describe.each(wrapped)('ML-DSA over %s', (_, crypto) => {
  it.each(sets)('verifies what is signed as TAP 21 says: ML-DSA-%i', async (set) => {
    const { key, sign } = mlDsaKey('signer', set);
    const signature = sign(message);
    expect(signature).toHaveLength(mlDsaBytes[set].signature);
    expect(await crypto.verify(key, message, signature)).toBe(true);
    expect(await crypto.verify(key, Buffer.from('another'), signature)).toBe(false);
    expect(await crypto.verify(mlDsaKey('another', set).key, message, signature)).toBe(false);
  });

  it('verifies by all other keys as before', async () => {
    for (const { name, key, sign } of testKeys()) {
      expect(await crypto.verify(key, message, sign(message)), name).toBe(true);
      expect(await crypto.verify(key, Buffer.from('another'), sign(message)), name).toBe(false);
    }
    expect(Buffer.from(await crypto.digest('sha256', message)).toString('hex')).toBe(
      createHash('sha256').update(message).digest('hex'),
    );
  });
});

describe.each(backends)('%s alone', (_, crypto) => {
  it.each(sets)('says that it verifies nothing by ML-DSA-%i, whatever the signature', async (set) => {
    const { key, sign } = mlDsaKey('signer', set);
    for (const signature of [sign(message), new Uint8Array(mlDsaBytes[set].signature), new Uint8Array()]) {
      expect(await crypto.verify(key, message, signature)).toBeUndefined();
    }
  });
});

describe('another implementation', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, index) => index);

  it.each(sets)('makes the same public key of a seed: ML-DSA-%i', (set) => {
    const { publicKey } = noble[set].keygen(seed);
    expect(createHash('sha256').update(publicKey).digest('hex')).toBe(publicKeySha256[set]);
  });

  it('made a signature that is verified here', async () => {
    const bytes = noble[65].keygen(seed).publicKey;
    const key = { kind: 'ml-dsa', identity: 'of OpenSSL', parameterSet: 65, bytes } as const;
    const signature = new Uint8Array(Buffer.from(signature65, 'base64'));
    expect(await anyBackend.verify(key, Buffer.from(theirMessage), signature)).toBe(true);
    expect(await anyBackend.verify(key, Buffer.from(`${theirMessage}.`), signature)).toBe(false);
  });
});

describe('what is no signature', () => {
  const { key, sign, signRaw } = mlDsaKey('signer');
  const signature = sign(message);
  const verify = (bytes: Uint8Array, over: Uint8Array = message) => anyBackend.verify(key, over, bytes);

  it.each([0, 1, 64, 2420, 3308, 3310, 4627, 8192])('%i bytes', async (length) => {
    const bytes = new Uint8Array(length);
    bytes.set(signature.subarray(0, length));
    expect(await verify(bytes)).toBe(false);
  });

  it('one by a key object whose bytes are too few or too many', async () => {
    for (const bytes of [key.bytes.subarray(1), new Uint8Array(1953), new Uint8Array()]) {
      expect(await anyBackend.verify({ ...key, bytes }, message, signature)).toBe(false);
    }
  });

  it('one over the document itself, its digest, another version or another context', async () => {
    const digest = createHash('sha512').update(message).digest();
    const prefixed = (prefix: string): Uint8Array =>
      new Uint8Array(Buffer.concat([Buffer.from(prefix, 'latin1'), digest]));
    expect(await verify(signRaw(prefixed('tuf\u0001')))).toBe(true);
    for (const other of [message, digest, prefixed('tuf\u0002'), prefixed('TUF\u0001'), prefixed('tuf')]) {
      expect(await verify(signRaw(other))).toBe(false);
    }
    const { secretKey } = noble[65].keygen(createHash('sha256').update('signer').digest());
    const context = noble[65].sign(signedBytesOf(message), secretKey, { context: Buffer.from('tuf') });
    expect(await verify(context)).toBe(false);
  });

  // The parts of a signature of ML-DSA-65 (FIPS 204, algorithm 26): 48 bytes of c~, 5 * 640 of z, 55 + 6 of hints.
  const parts = { challenge: [0, 48], response: [48, 3248], hints: [3248, 3303], counts: [3303, 3309] } as const;

  it.each(Object.entries(parts))('one with any bit of its %s changed', async (_, [from, to]) => {
    const bits = [8 * from, 8 * from + 7, 8 * to - 8, 8 * to - 1];
    const someBit = fc.integer({ min: 8 * from, max: 8 * to - 1 });
    for (const bit of bits) expect(await verify(flipped(signature, bit))).toBe(false);
    await fc.assert(
      fc.asyncProperty(someBit, async (bit) => {
        expect(await verify(flipped(signature, bit))).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  it('[A-55] one whose hints are written in a second way', async () => {
    // Signatures differ in how many hints they have: one with two hints in its first polynomial and room at the end.
    let found = signature;
    const counts = (bytes: Uint8Array): Uint8Array => bytes.subarray(3303);
    for (let n = 0; n < 200 && !((counts(found)[0] as number) > 1 && (counts(found)[5] as number) < 55); n++) {
      found = sign(message);
    }
    const [first = 0] = counts(found);
    const last = counts(found)[5] as number;
    expect([first > 1, last < 55]).toEqual([true, true]);
    expect(await verify(found)).toBe(true);
    const ways: Record<string, (copy: Uint8Array) => void> = {
      'out of order': (copy) => copy.subarray(3248, 3250).reverse(),
      'one twice': (copy) => copy.copyWithin(3249, 3248, 3249),
      'padded with another byte': (copy) => copy.fill(1, 3302, 3303),
      'counted past the end': (copy) => copy.fill(56, 3308),
      'counted backwards': (copy) => copy.fill(first - 1, 3304, 3305),
      'counted as far as 255': (copy) => copy.fill(255, 3308),
    };
    for (const [name, change] of Object.entries(ways)) {
      expect(await verify(changed(found, change)), name).toBe(false);
    }
  });

  it('one whose response is out of range', async () => {
    // Twenty bits a coefficient, written as 2^19 less its value: all zeros is 2^19, past gamma1 - beta = 2^19 - 196.
    const first20 = (value: number) => (copy: Uint8Array) => {
      copy[48] = value & 255;
      copy[49] = (value >> 8) & 255;
      copy[50] = ((copy[50] as number) & 0xf0) | (value >> 16);
    };
    for (const value of [0, 1, 195, 196, 0xfffff]) {
      expect(await verify(changed(signature, first20(value)))).toBe(false);
    }
  });

  it('one of all zeros or all ones, by a key of zeros as well', async () => {
    const zeroKey = { ...key, bytes: new Uint8Array(1952) };
    for (const fill of [0, 255]) {
      const bytes = new Uint8Array(3309).fill(fill);
      expect(await verify(bytes)).toBe(false);
      expect(await anyBackend.verify(zeroKey, message, bytes)).toBe(false);
    }
  });
});

it('what is signed is verified, and nothing else', async () => {
  const { key, sign } = mlDsaKey('property');
  const texts = fc.uniqueArray(fc.uint8Array({ maxLength: 4096 }), {
    minLength: 2,
    maxLength: 2,
    selector: (bytes) => Buffer.from(bytes).toString('hex'),
  });
  await fc.assert(
    fc.asyncProperty(texts, async ([mine, other]) => {
      const signature = sign(mine as Uint8Array);
      expect(await anyBackend.verify(key, mine as Uint8Array, signature)).toBe(true);
      expect(await anyBackend.verify(key, other as Uint8Array, signature)).toBe(false);
    }),
    { numRuns: 15 },
  );
});

describe('without the package', () => {
  afterEach(() => {
    vi.doUnmock('@noble/post-quantum/ml-dsa.js');
    vi.resetModules();
  });

  it('says what to install, and nothing of the signature; all other keys are verified', async () => {
    vi.doMock('@noble/post-quantum/ml-dsa.js', () => {
      throw new Error('it is not there');
    });
    vi.resetModules();
    const fresh = await import('../../src/crypto/ml-dsa.ts');
    const crypto = fresh.withMlDsa(webCrypto());
    const { key, sign } = mlDsaKey('signer');
    await expect(crypto.verify(key, message, sign(message))).rejects.toMatchObject({
      code: 'ERR_TUF_ALGORITHM',
      family: 'unavailable',
      evidence: { algorithm: 'ML-DSA', package: '@noble/post-quantum' },
      hint: expect.stringContaining('npm install @noble/post-quantum'),
    });
    expect(await crypto.verify(key, message, new Uint8Array(3308))).toBe(false);
    for (const other of testKeys()) expect(await crypto.verify(other.key, message, other.sign(message))).toBe(true);
  });
});
