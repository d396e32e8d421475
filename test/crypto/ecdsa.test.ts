import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEcdsaSignature } from '../../src/crypto/ecdsa.ts';
import { der, derInteger, derSequence } from '../../src/metadata/der-writer.ts';
import { bigEndian, p256, p384 } from '../../src/metadata/nist-curves.ts';
import { backends, ecdsaKey, pemOf, verdict } from './backends.ts';

const message = Buffer.from('what is signed');
const bytesOf = (value: bigint): Uint8Array => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
};
const signatureOf = (r: bigint, s: bigint): Uint8Array => derSequence(derInteger(bytesOf(r)), derInteger(bytesOf(s)));

describe.each([
  ['P-256', p256],
  ['P-384', p384],
] as const)('ECDSA on %s', (name, curve) => {
  const key = ecdsaKey(name);
  const form = [key.keytype, key.scheme, key.text] as const;
  const signature = key.sign(message);
  const both = readEcdsaSignature(signature, name) as Uint8Array;
  const r = bigEndian(both.subarray(0, curve.size));
  const s = bigEndian(both.subarray(curve.size));
  const { n } = curve;

  it.each(backends)('[LIB-4] takes DER and refuses r and s side by side: %s', async (_, crypto) => {
    expect(await verdict(crypto, form, message, signature)).toBe(true);
    expect(await verdict(crypto, form, message, both)).toBe(false);
    expect(await verdict(crypto, form, Buffer.from('another'), signature)).toBe(false);
  });

  it.each(backends)('[A-55] accepts a low and a high s: %s', async (_, crypto) => {
    for (const each of [s, n - s]) expect(await verdict(crypto, form, message, signatureOf(r, each))).toBe(true);
  });

  it.each(backends)(
    '[A-55] refuses r and s outside 1 to n - 1, also those with the right remainder: %s',
    async (_, crypto) => {
      const cases: [bigint, bigint][] = [
        [0n, s],
        [r, 0n],
        [0n, 0n],
        [r, n],
        [n, s],
        [r + n, s],
        [r, s + n],
        [r, n - s + n],
        [r, 2n ** BigInt(16 * curve.size)],
      ];
      for (const [index, each] of cases.entries()) {
        expect(await verdict(crypto, form, message, signatureOf(...each)), String(index)).toBe(false);
      }
    },
  );

  it.each(backends)('[A-55] refuses every second encoding: %s', async (_, crypto) => {
    const [first, second] = [derInteger(bytesOf(r)), derInteger(bytesOf(s))];
    const integer = (content: Uint8Array) => der(2, content);
    const variants: Record<string, Uint8Array> = {
      'a leading zero too many': derSequence(integer(Uint8Array.of(0, ...first.subarray(2))), second),
      'negative numbers': derSequence(integer(Uint8Array.of(0x80, ...bytesOf(r).subarray(1))), second),
      'a byte after it': Uint8Array.of(...signature, 0),
      'a byte after s': derSequence(first, second, Uint8Array.of(0)),
      'a third number': derSequence(first, second, first),
      'one number': derSequence(first),
      'a length in the long form': Uint8Array.of(0x30, 0x81, ...signature.subarray(1)),
      'an indefinite length': Uint8Array.of(0x30, 0x80, ...first, ...second, 0, 0),
      'a SET': Uint8Array.of(0x31, ...signature.subarray(1)),
      'octet strings': derSequence(der(4, bytesOf(r)), second),
      'a million elements': Uint8Array.from({ length: 2 ** 21 }, (_, i) => (i % 2 === 0 ? 5 : 0)),
      'cut short': signature.subarray(0, -1),
      nothing: new Uint8Array(),
    };
    for (const [variant, bytes] of Object.entries(variants)) {
      expect(await verdict(crypto, form, message, bytes), variant).toBe(false);
    }
  });

  it('gives r and s as they are, each as long as the order', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: n - 1n }), fc.bigInt({ min: 1n, max: n - 1n }), (first, second) => {
        const read = readEcdsaSignature(signatureOf(first, second), name);
        expect(read).toHaveLength(2 * curve.size);
        expect(bigEndian((read as Uint8Array).subarray(0, curve.size))).toBe(first);
        expect(bigEndian((read as Uint8Array).subarray(curve.size))).toBe(second);
      }),
    );
  });
});

describe.each(backends)('hash functions of curves on %s', (_, crypto) => {
  it('[JF3] [A-55] verifies P-384 with SHA-384 and not with SHA-256', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const form = ['ecdsa', 'ecdsa-sha2-nistp384', pemOf(privateKey)] as const;
    expect(await verdict(crypto, form, message, sign('sha384', message, privateKey))).toBe(true);
    expect(await verdict(crypto, form, message, sign('sha256', message, privateKey))).toBe(false);
    expect(await verdict(crypto, form, message, sign('sha512', message, privateKey))).toBe(false);
  });

  it('[4.2.2-c] [SIG-08] makes a P-384 key unusable under the scheme of P-256', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const form = ['ecdsa', 'ecdsa-sha2-nistp256', pemOf(privateKey)] as const;
    expect(await verdict(crypto, form, message, sign('sha256', message, privateKey))).toBe(false);
  });
});
