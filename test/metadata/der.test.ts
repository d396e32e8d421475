import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positiveInteger, readDer, readDerSequence } from '../../src/metadata/der.ts';
import { der, derInteger, derSequence } from '../../src/metadata/der-writer.ts';
import { decodeHex, encodeHex } from '../../src/metadata/hex.ts';

const bytesOf = (hex: string): Uint8Array => decodeHex(hex.replaceAll(' ', '')) as Uint8Array;

describe('reading DER', () => {
  it('reads elements one after the other', () => {
    expect(readDer(bytesOf('020105 0500'))).toEqual([
      { tag: 2, content: Uint8Array.of(5) },
      { tag: 5, content: new Uint8Array() },
    ]);
    expect(readDer(new Uint8Array())).toEqual([]);
  });

  it('reads lengths of one and two bytes after the first', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535]) {
      const content = new Uint8Array(length).fill(7);
      expect(readDer(der(4, content)), String(length)).toEqual([{ tag: 4, content }]);
    }
  });

  it.each([
    ['a lone tag', '02'],
    ['a content that is cut short', '020205'],
    ['a length of one byte that is cut short', '0481'],
    ['a length of two bytes that is cut short', '048201'],
    ['an indefinite length', '3080 0000'],
    ['an indefinite length before 128 bytes', `3080${'00'.repeat(128)}`],
    ['a long form below 128', '04810100'],
    ['a long form with a leading zero', `048200ff${'00'.repeat(255)}`],
    ['a length of three bytes', `0483010000${'00'.repeat(65_536)}`],
    ['a length of four bytes that wraps', '0484ffffffff00'],
    ['the reserved first byte', '04ff00'],
  ])('refuses %s', (_, hex) => {
    expect(readDer(bytesOf(hex))).toBeUndefined();
  });

  it('reads 16 elements and no more', () => {
    expect(readDer(bytesOf('0500'.repeat(16)))).toHaveLength(16);
    expect(readDer(bytesOf('0500'.repeat(17)))).toBeUndefined();
    expect(readDerSequence(bytesOf(`3022${'0500'.repeat(17)}`))).toBeUndefined();
  });

  it('takes a sequence only whole and alone', () => {
    expect(readDerSequence(bytesOf('3003 020105'))).toHaveLength(1);
    for (const hex of ['', '020105', '3003 020105 00', '3003 020105 0500', '3002 0201', '3103 020105']) {
      expect(readDerSequence(bytesOf(hex)), hex).toBeUndefined();
    }
  });

  it('reads integers above zero in their one form', () => {
    const integer = (hex: string) => positiveInteger(readDer(bytesOf(hex))?.[0]);
    expect(integer('020105')).toEqual(Uint8Array.of(5));
    expect(integer('02020080')).toEqual(Uint8Array.of(0x80));
    for (const hex of ['0200', '020100', '020180', '0201ff', '02020005', '0203000080', '0202ff80', '040105']) {
      expect(integer(hex), hex).toBeUndefined();
    }
    expect(positiveInteger(undefined)).toBeUndefined();
  });

  it('never throws, and what it takes is the one encoding of what it gives', () => {
    const soup = fc.uint8Array({ maxLength: 12 });
    const nearly = fc
      .array(fc.tuple(fc.constantFrom(2, 3, 4, 5, 6, 0x30), fc.uint8Array({ maxLength: 140 })), { maxLength: 3 })
      .map((elements) => Uint8Array.from(elements.flatMap(([tag, content]) => [...der(tag, content)])));
    fc.assert(
      fc.property(fc.oneof(soup, nearly), (bytes) => {
        const elements = readDer(bytes);
        if (elements === undefined) return;
        const again = elements.flatMap(({ tag, content }) => [...der(tag, content)]);
        expect(encodeHex(Uint8Array.from(again))).toBe(encodeHex(bytes));
      }),
    );
  });

  it('reads the integers that are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 600n }), (value) => {
        const hex = value.toString(16);
        const magnitude = bytesOf(hex.length % 2 === 0 ? hex : `0${hex}`);
        expect(positiveInteger(readDerSequence(derSequence(derInteger(magnitude)))?.[0])).toEqual(magnitude);
      }),
    );
  });
});
