import { createECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bigEndian, type NistCurve, p256, p384, power, readPoint } from '../../src/metadata/nist-curves.ts';

/** With the x of a point whose y is 1. */
const curves: readonly (readonly [string, NistCurve, string])[] = [
  ['prime256v1', p256, '6916fac45e568b6b9e2e2ecd611b282e5fcc40a3067d601057f879ce5a8a73cc'],
  [
    'secp384r1',
    p384,
    '2261b2bf605c22f2f3aef6338719b2c486388ad5240719a5257315969ef01ba27f0a104c89704773a81fdabee6ab5c78',
  ],
];

function pointOn(name: string): { compressed: Uint8Array; uncompressed: Uint8Array; hybrid: Uint8Array } {
  const keys = createECDH(name);
  keys.generateKeys();
  const form = (format: 'compressed' | 'uncompressed' | 'hybrid') => new Uint8Array(keys.getPublicKey(null, format));
  return { compressed: form('compressed'), uncompressed: form('uncompressed'), hybrid: form('hybrid') };
}

describe.each(curves)('points of %s', (name, curve, xOfOne) => {
  it('[A-04] are one point, compressed or not', () => {
    const forms = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const { compressed, uncompressed } = pointOn(name);
      forms.add(compressed[0] as number);
      expect(readPoint(compressed, curve)).toEqual(uncompressed);
      expect(readPoint(uncompressed, curve)).toEqual(uncompressed);
    }
    expect([...forms].sort()).toEqual([2, 3]);
  });

  it('are refused off the curve, in hybrid form, at infinity, and with any other length', () => {
    const { compressed, uncompressed, hybrid } = pointOn(name);
    expect(readPoint(hybrid, curve)).toBeUndefined();
    expect(readPoint(Uint8Array.of(0), curve)).toBeUndefined();
    expect(readPoint(new Uint8Array(), curve)).toBeUndefined();
    expect(readPoint(uncompressed.slice(0, -1), curve)).toBeUndefined();
    expect(readPoint(Uint8Array.of(...uncompressed, 0), curve)).toBeUndefined();
    expect(readPoint(Uint8Array.of(...compressed, 0), curve)).toBeUndefined();
    const off = uncompressed.slice();
    off[off.length - 1] = (off.at(-1) as number) ^ 1;
    expect(readPoint(off, curve)).toBeUndefined();
    const zeros = new Uint8Array(uncompressed.length);
    zeros[0] = 4;
    expect(readPoint(zeros, curve)).toBeUndefined();
  });

  it('have a square root for about half of all x, and are refused for the others', () => {
    let found = 0;
    for (let x = 1; x <= 64; x++) {
      const compressed = new Uint8Array(1 + curve.size);
      compressed[0] = 2;
      compressed[curve.size] = x;
      const point = readPoint(compressed, curve);
      if (point === undefined) continue;
      found++;
      const y = bigEndian(point.subarray(1 + curve.size));
      const square = BigInt(x) ** 3n - 3n * BigInt(x) + curve.b;
      expect((y * y - square) % curve.p).toBe(0n);
      expect(y % 2n).toBe(0n);
    }
    expect(found).toBeGreaterThan(10);
    expect(found).toBeLessThan(54);
  });

  it('are refused with a coordinate from p on, though its remainder be on the curve', () => {
    for (let x = 0n; x < 64n; x++) {
      const compressed = new Uint8Array(1 + curve.size);
      compressed[0] = 2;
      compressed.set(Buffer.from((curve.p + x).toString(16), 'hex'), 1);
      expect(readPoint(compressed, curve), String(x)).toBeUndefined();
    }
    const withY = (y: bigint) =>
      Uint8Array.from(Buffer.from(`04${xOfOne}${y.toString(16).padStart(2 * curve.size, '0')}`, 'hex'));
    expect(readPoint(withY(1n), curve)).toEqual(withY(1n));
    expect(readPoint(withY(curve.p - 1n), curve)).toEqual(withY(curve.p - 1n));
    expect(readPoint(withY(curve.p + 1n), curve)).toBeUndefined();
  });
});

it('power is the modular one', () => {
  expect(power(3n, 0n, 7n)).toBe(1n);
  expect(power(3n, 5n, 7n)).toBe(5n);
  expect(power(10n, 65_537n, 1_000_003n)).toBe(10n ** 65_537n % 1_000_003n);
});
