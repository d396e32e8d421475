import { describe, expect, it } from 'vitest';
import { der, derInteger, derObjectIdentifier, derSequence } from '../../src/metadata/der-writer.ts';
import { encodeHex } from '../../src/metadata/hex.ts';

describe('writing DER', () => {
  it('writes minimal lengths', () => {
    for (const [length, header] of [
      [0, '0400'],
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
      [65_536, '0483010000'],
    ] as const) {
      expect(encodeHex(der(4, new Uint8Array(length)).subarray(0, header.length / 2))).toBe(header);
    }
  });

  it('writes minimal integers, never negative', () => {
    const integer = (...bytes: number[]) => encodeHex(derInteger(Uint8Array.from(bytes)));
    expect(integer()).toBe('020100');
    expect(integer(0)).toBe('020100');
    expect(integer(0, 0, 5)).toBe('020105');
    expect(integer(0x80)).toBe('02020080');
    expect(integer(0, 0x80)).toBe('02020080');
    expect(integer(1, 0, 1)).toBe('0203010001');
  });

  it('writes sequences and object identifiers', () => {
    expect(encodeHex(derSequence(derObjectIdentifier('2b6570'), derInteger(Uint8Array.of(1))))).toBe(
      '3008 06032b6570 020101'.replaceAll(' ', ''),
    );
  });

  it('takes a malformed object identifier for the mistake of its caller', () => {
    for (const hex of ['', '2b657']) expect(() => derObjectIdentifier(hex)).toThrow(/content octets/);
  });
});
