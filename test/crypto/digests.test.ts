import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeDigest } from '../../src/crypto/node-crypto.ts';
import { type HashAlgorithm, hashAlgorithms } from '../../src/metadata/hashes.ts';
import { backends, hexOf } from './backends.ts';

/** Of "abc": FIPS 180-4's examples, and RFC 7693's function with a digest of 32 bytes. */
const ofAbc: Record<HashAlgorithm, string> = {
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  'blake2b-256': 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319',
};

describe.each(backends)('digests on %s', (_, crypto) => {
  it.each(hashAlgorithms)('[A-12] %s of abc', async (algorithm) => {
    const abc = Buffer.from('abc');
    expect(hexOf(await crypto.digest(algorithm, abc))).toBe(ofAbc[algorithm]);
    const running = await nodeDigest(algorithm);
    running.update(abc.subarray(0, 1));
    running.update(new Uint8Array());
    running.update(abc.subarray(1));
    expect(hexOf(await running.digest())).toBe(ofAbc[algorithm]);
  });

  it('[A-12] a digest over chunks is that of the whole, and several run side by side', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (chunks) => {
        const whole = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
        const running = await Promise.all(hashAlgorithms.map((algorithm) => nodeDigest(algorithm)));
        for (const chunk of chunks) for (const each of running) each.update(chunk);
        for (const [index, algorithm] of hashAlgorithms.entries()) {
          const found = hexOf((await running[index]?.digest()) as Uint8Array);
          expect(found).toBe(hexOf(await crypto.digest(algorithm, whole)));
          if (algorithm !== 'blake2b-256') expect(found).toBe(createHash(algorithm).update(whole).digest('hex'));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps nothing of a chunk, which its owner may use again', async () => {
    for (const algorithm of hashAlgorithms) {
      const running = await nodeDigest(algorithm);
      const chunk = Buffer.from('abc');
      running.update(chunk);
      chunk.fill(0);
      expect(hexOf(await running.digest())).toBe(ofAbc[algorithm]);
    }
  });

  it('gives plain bytes of its own', async () => {
    for (const algorithm of hashAlgorithms) {
      expect(Object.getPrototypeOf(await crypto.digest(algorithm, new Uint8Array()))).toBe(Uint8Array.prototype);
    }
  });

  it('takes views of shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(Buffer.from('abc'));
    expect(hexOf(await crypto.digest('sha256', shared))).toBe(ofAbc.sha256);
  });
});
