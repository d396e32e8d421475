import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isForEngines, type RsaPssKey, saltLengths } from '../../src/crypto/rsa-pss.ts';
import { verifyRsaPssByEquation } from '../../src/crypto/rsa-pss-equation.ts';
import { bigEndian } from '../../src/metadata/nist-curves.ts';
import { backends, pemOf, rsaKey, signPss, usable } from './backends.ts';

const message = Buffer.from('what is signed');
const digestSizes = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** The backends, and the arithmetic that stands in for them where a modulus is long. */
const verifiers: readonly (readonly [
  string,
  (key: RsaPssKey, signature: Uint8Array) => Promise<boolean | undefined>,
])[] = [
  ...backends
    .slice(0, 2)
    .map(
      ([name, crypto]) =>
        [name, async (key: RsaPssKey, signature: Uint8Array) => crypto.verify(key, message, signature)] as const,
    ),
  [
    'arithmetic',
    (key, signature) =>
      verifyRsaPssByEquation(key, message, signature, saltLengths(key), (bytes) =>
        createHash(key.hash).update(bytes).digest(),
      ),
  ],
];

/** Moduli whose top byte has each number of bits matters: with 2049 the encoded message is a byte shorter. */
const keys = [2048, 2049, 2050, 2055, 2056].flatMap((bits, index) => {
  const hash = (['sha256', 'sha384', 'sha512'] as const)[index % 3] ?? 'sha256';
  const made = rsaKey(bits, hash, index === 1 ? 3 : 65_537);
  return [{ ...made, bits, hash, key: made.key as RsaPssKey }];
});

describe.each(verifiers)('RSASSA-PSS on %s', (_, verify) => {
  it.each(keys)(
    '[A-55] accepts two salt lengths and no other: $bits bits, $hash',
    async ({ privateKey, key, hash, bits }) => {
      const longest = Math.ceil((bits - 1) / 8) - digestSizes[hash] - 2;
      expect(saltLengths(key)).toEqual([digestSizes[hash], longest]);
      for (const length of [digestSizes[hash], longest]) {
        expect(await verify(key, signPss(privateKey, hash, message, length)), String(length)).toBe(true);
      }
      for (const length of [0, 1, 20, digestSizes[hash] - 1, digestSizes[hash] + 1, longest - 1]) {
        expect(await verify(key, signPss(privateKey, hash, message, length)), String(length)).toBe(false);
      }
    },
  );

  it.each(keys)('refuses every flipped bit and every other length: $bits bits', async ({ key, sign: signWith }) => {
    const signature = signWith(message);
    for (let index = 0; index < signature.length; index += 17) {
      const flipped = signature.slice();
      flipped[index] = (flipped[index] as number) ^ (1 << (index % 8));
      expect(await verify(key, flipped), String(index)).toBe(false);
    }
    for (const wrong of [
      signature.slice(1),
      signature.slice(0, -1),
      Uint8Array.of(0, ...signature),
      new Uint8Array(),
    ]) {
      expect(await verify(key, wrong)).toBe(false);
    }
  });

  it('refuses a signature with its leading zero dropped, and one raised by the modulus', async () => {
    const { key, privateKey, hash } = keys[1] as (typeof keys)[number];
    let signature: Uint8Array;
    do signature = signPss(privateKey, hash, message, 48);
    while (signature[0] !== 0);
    expect(await verify(key, signature)).toBe(true);
    expect(await verify(key, signature.slice(1))).toBe(false);
    const raised = (bigEndian(signature) + bigEndian(key.modulus)).toString(16).padStart(2 * key.modulus.length, '0');
    expect(raised).toHaveLength(2 * key.modulus.length);
    expect(await verify(key, Buffer.from(raised, 'hex'))).toBe(false);
  });

  it('[4.2.2-c] refuses PKCS#1 v1.5, another hash function, and 0 and 1', async () => {
    const { key, privateKey } = keys[0] as (typeof keys)[number];
    expect(await verify(key, sign('sha256', message, privateKey))).toBe(false);
    expect(await verify(key, signPss(privateKey, 'sha384', message, constants.RSA_PSS_SALTLEN_DIGEST))).toBe(false);
    const last = (byte: number) => {
      const bytes = new Uint8Array(key.modulus.length);
      bytes[bytes.length - 1] = byte;
      return bytes;
    };
    expect(await verify(key, last(0))).toBe(false);
    expect(await verify(key, last(1))).toBe(false);
    expect(await verify(key, key.modulus)).toBe(false);
  });
});

describe('moduli that engines treat differently', () => {
  const made = (['sha256', 'sha512'] as const).map((hash, index) => ({
    hash,
    ...rsaKey(4096 + 8 * (index + 1), hash),
  }));

  it('are verified by arithmetic from 4097 bits on', () => {
    expect(keys.every(({ key }) => isForEngines(key))).toBe(true);
    expect(made.some(({ key }) => isForEngines(key as RsaPssKey))).toBe(false);
  });

  it.each(backends)('[A-55] get the same verdicts: %s', async (_, crypto) => {
    for (const { key, hash, privateKey } of made) {
      const longest = (key as RsaPssKey).modulus.length - digestSizes[hash] - 2;
      for (const length of [digestSizes[hash], longest]) {
        expect(await crypto.verify(key, message, signPss(privateKey, hash, message, length))).toBe(true);
      }
      for (const length of [0, digestSizes[hash] + 1, longest - 1]) {
        expect(await crypto.verify(key, message, signPss(privateKey, hash, message, length))).toBe(false);
      }
      expect(await crypto.verify(key, message, new Uint8Array())).toBe(false);
      expect(await crypto.verify(key, message, key.kind === 'rsa-pss' ? key.modulus : new Uint8Array())).toBe(false);
    }
  });

  it.each(backends)('an exponent of 3 and one near 2^32 verify: %s', async (_, crypto) => {
    for (const publicExponent of [3, 4_294_967_291]) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent });
      const key = usable('rsa', 'rsassa-pss-sha256', pemOf(privateKey));
      expect(await crypto.verify(key, message, signPss(privateKey, 'sha256', message, 32))).toBe(true);
      expect(await crypto.verify(key, message, signPss(privateKey, 'sha256', message, 31))).toBe(false);
    }
  });
});
