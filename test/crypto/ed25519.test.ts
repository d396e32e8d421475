import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStrictSignature } from '../../src/crypto/ed25519.ts';
import { verifyEd25519ByEquation } from '../../src/crypto/ed25519-equation.ts';
import { parsePublicKey } from '../../src/metadata/public-key.ts';
import { backends, hexOf, verdict } from './backends.ts';
import { build, edgeCases, equations, forgeries, L, smallOrderNonces } from './ed25519-cases.ts';

const sha512 = (bytes: Uint8Array): Uint8Array => createHash('sha512').update(bytes).digest();
const text = (key: Uint8Array) => ['ed25519', 'ed25519', hexOf(key)] as const;

describe('the cases are what they are called', () => {
  it('the plain equation holds in 0-3, 6, 7, 9 and 11; the cofactored one in 4 and 5 as well', () => {
    const holding = (equation: 'plain' | 'cofactored') =>
      edgeCases.flatMap(({ key, message, signature }, index) =>
        index !== 8 && index !== 10 && equations(key, message, signature)[equation] ? [index] : [],
      );
    expect(holding('plain')).toEqual([0, 1, 2, 3, 6, 7, 9, 11]);
    expect(holding('cofactored')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 11]);
  });

  it('the 14 small-order keys are forged without a secret, and the 14 nonces satisfy the plain equation', () => {
    expect(forgeries).toHaveLength(14);
    expect(smallOrderNonces).toHaveLength(14);
    for (const { key, message, signature } of [...forgeries, ...smallOrderNonces]) {
      expect(equations(key, message, signature).plain).toBe(true);
    }
  });
});

describe.each(backends)('Ed25519 on %s', (_, crypto) => {
  it.each(edgeCases)(
    '[A-65] [LIB-3] gives the one verdict on $name',
    async ({ key, message, signature, verdict: expected }) => {
      expect(await verdict(crypto, text(key), message, signature)).toBe(expected);
    },
  );

  it('[A-65] [LIB-3] refuses signatures that anyone makes for keys of small order', async () => {
    for (const { name, key, message, signature } of forgeries) {
      expect(parsePublicKey(...text(key)).kind, name).toBe('unusable');
      expect(await verdict(crypto, text(key), message, signature), name).toBe(false);
    }
  });

  it('[A-65] [LIB-3] refuses R of small order, also where the equation holds', async () => {
    for (const { name, key, message, signature } of smallOrderNonces) {
      expect(parsePublicKey(...text(key)).kind, name).toBe('ed25519');
      expect(await verdict(crypto, text(key), message, signature), name).toBe(false);
    }
  });

  it('[A-65] gives false, and no exception, for wrong lengths and for keys that are not on the curve', async () => {
    const message = Buffer.from('message');
    const { key, signature } = build({ a: 5n, r: 7n, message });
    expect(await verdict(crypto, text(key), message, signature)).toBe(true);
    for (const length of [0, 1, 32, 63, 65, 128]) {
      const wrong = new Uint8Array(length);
      wrong.set(signature.subarray(0, Math.min(length, 64)));
      expect(await verdict(crypto, text(key), message, wrong), String(length)).toBe(false);
    }
    const offCurve = new Uint8Array(32);
    offCurve[0] = 2;
    expect(parsePublicKey(...text(offCurve)).kind).toBe('ed25519');
    expect(await verdict(crypto, text(offCurve), message, signature)).toBe(false);
    const offCurveNonce = signature.slice();
    offCurveNonce.set(offCurve);
    expect(await verdict(crypto, text(key), message, offCurveNonce)).toBe(false);
  });

  it('[A-65] follows the plain equation for every mixture of torsion in A and R', async () => {
    const scalar = fc.bigInt({ min: 1n, max: L - 1n });
    const eighth = fc.integer({ min: 0, max: 7 });
    await fc.assert(
      fc.asyncProperty(
        scalar,
        scalar,
        eighth,
        eighth,
        fc.uint8Array(),
        async (a, r, keyTorsion, nonceTorsion, message) => {
          const { key, signature, k } = build({ a, r, keyTorsion, nonceTorsion, message });
          const expected = (BigInt(nonceTorsion) + k * BigInt(keyTorsion)) % 8n === 0n;
          expect(await verdict(crypto, text(key), message, signature)).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the parts', () => {
  it('[A-65] bounds S by the order', () => {
    const withS = (s: bigint): Uint8Array => {
      const signature = build({ a: 1n, r: 1n, message: new Uint8Array() }).signature;
      signature.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(), 32);
      return signature;
    };
    for (const s of [0n, 1n, L - 1n]) expect(isStrictSignature(withS(s)), String(s)).toBe(true);
    for (const s of [L, L + 1n, 2n ** 253n, 2n ** 256n - 1n])
      expect(isStrictSignature(withS(s)), String(s)).toBe(false);
  });

  it('the equation alone refuses what noble would accept', async () => {
    const [, , , , four, five] = edgeCases;
    for (const each of [four, five]) {
      if (each === undefined) throw new TypeError('there are twelve cases');
      expect(await verifyEd25519ByEquation(each.key, each.message, each.signature, sha512)).toBe(false);
    }
  });
});
