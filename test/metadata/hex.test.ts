import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHex, encodeHex } from '../../src/metadata/hex.ts';

describe('hex', () => {
  it('[A-13] reads both cases as the same bytes and writes lower case', () => {
    expect(decodeHex('00fFAb9C')).toEqual(Uint8Array.of(0, 255, 0xab, 0x9c));
    expect(encodeHex(Uint8Array.of(0, 255, 0xab, 0x9c))).toBe('00ffab9c');
  });

  it('takes the empty text for no bytes', () => {
    expect(decodeHex('')).toEqual(new Uint8Array());
    expect(encodeHex(new Uint8Array())).toBe('');
  });

  it('[4.2.1-d] gives undefined for an odd length and for every other character', () => {
    for (const text of [
      '0',
      'abc',
      '0g',
      'g0',
      ' 0',
      '0 ',
      '0x00',
      '+1',
      '-1',
      '1_',
      '１２',
      'ａa',
      '0\n',
      '\u0000\u0000',
    ]) {
      expect(decodeHex(text), text).toBeUndefined();
    }
    // Characters whose low bits are those of a digit.
    for (const code of [0x130, 0x141, 0x161, 0x441, 0xff11]) {
      expect(decodeHex(`0${String.fromCharCode(code)}`), String(code)).toBeUndefined();
    }
  });

  it('agrees with a regular expression on what is hex', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEFgG /:@`\u00e0') }), (text) => {
        expect(decodeHex(text) !== undefined).toBe(/^([0-9a-fA-F]{2})*$/.test(text));
      }),
    );
  });

  it('reads what it writes, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes);
        expect(decodeHex(encodeHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });
});
