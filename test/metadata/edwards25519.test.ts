import { describe, expect, it } from 'vitest';
import { isStrictPoint, littleEndian } from '../../src/metadata/edwards25519.ts';
import { canonicalSmallOrder, encodingOf, nonCanonicalSmallOrder, Point, p, torsion } from '../crypto/ed25519-cases.ts';

describe('strict encodings of edwards25519 points', () => {
  it('the table of small-order encodings is that of the curve: all multiples of a point of order 8', () => {
    const multiples = Array.from({ length: 8 }, (_, index) => Buffer.from(torsion(index).toBytes()).toString('hex'));
    expect(canonicalSmallOrder.map((bytes) => Buffer.from(bytes).toString('hex')).sort()).toEqual(multiples.sort());
  });

  it('[A-65] refuses the 8 canonical encodings of points of small order', () => {
    expect(canonicalSmallOrder).toHaveLength(8);
    for (const bytes of canonicalSmallOrder) expect(isStrictPoint(bytes)).toBe(false);
  });

  it('[A-65] refuses their 6 non-canonical encodings', () => {
    expect(nonCanonicalSmallOrder).toHaveLength(6);
    for (const bytes of nonCanonicalSmallOrder) {
      expect(isStrictPoint(bytes)).toBe(false);
      // They are what they are said to be: lenient decoding finds a point of small order.
      expect(Point.fromBytes(bytes, true).isSmallOrder()).toBe(true);
    }
  });

  it('[A-65] refuses every y from p on, with either sign', () => {
    for (let more = 0n; more < 19n; more++) {
      for (const sign of [0, 1]) expect(isStrictPoint(encodingOf(p + more, sign)), `p + ${more}`).toBe(false);
    }
  });

  it('accepts points of the prime order and points with a torsion part', () => {
    expect(isStrictPoint(Point.BASE.toBytes())).toBe(true);
    for (let index = 0; index < 8; index++) {
      const point = Point.BASE.multiply(12_345n).add(torsion(index));
      expect(isStrictPoint(point.toBytes())).toBe(true);
      expect(isStrictPoint(point.negate().toBytes())).toBe(true);
    }
    expect(isStrictPoint(encodingOf(p - 2n, 0))).toBe(true);
  });

  it('refuses other lengths', () => {
    for (const length of [0, 31, 33, 64]) expect(isStrictPoint(new Uint8Array(length).fill(2))).toBe(false);
  });

  it('reads numbers with the least significant byte first', () => {
    expect(littleEndian(Uint8Array.of(1, 2, 3))).toBe(0x030201n);
  });
});
