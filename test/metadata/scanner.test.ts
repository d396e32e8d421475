import { describe, expect, it } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { parseJson } from '../../src/metadata/json.ts';
import { Scanner } from '../../src/metadata/scanner.ts';
import { decodeUtf8, encodeUtf8, isWellFormed } from '../../src/metadata/utf8.ts';
import { countedCharacters } from './counted-characters.ts';
import { utf8 } from './json-texts.ts';

/** What the platform's own decoder makes of a string's bytes. */
function platformText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readText(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!isTufError(error)) throw error;
    return undefined;
  }
}

const quoted = (...bytes: number[]): Uint8Array => Uint8Array.of(0x22, ...bytes, 0x22);
const plain = (byte: number): boolean => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;

describe('strings', () => {
  it('[A-46] are read exactly where they are UTF-8: every sequence of two bytes', () => {
    for (let first = 0; first < 256; first += 1) {
      for (let second = 0; second < 256; second += 1) {
        if (!plain(first) || !plain(second)) continue;
        const bytes = quoted(first, second);
        const expected = platformText(bytes)?.slice(1, -1);
        if (readText(bytes) !== expected) expect.fail(`${first.toString(16)} ${second.toString(16)}`);
      }
    }
  });

  it('[A-46] are read exactly where they are UTF-8: the edges of every class of longer sequences', () => {
    const leads = [0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef];
    leads.push(0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfe, 0xff);
    const rest = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
    for (const a of leads) {
      for (const b of rest) {
        for (const c of rest) {
          for (const d of [undefined, ...rest]) {
            const bytes = d === undefined ? quoted(a, b, c) : quoted(a, b, c, d);
            if (readText(bytes) !== platformText(bytes)?.slice(1, -1)) expect.fail([a, b, c, d].join(' '));
          }
        }
      }
    }
  });

  it('[A-46] may hold every scalar value as it is and as escapes, and no surrogate alone', () => {
    for (let unit = 0; unit < 0x10000; unit += 1) {
      const hex = unit.toString(16).padStart(4, '0');
      const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
      const expected = isSurrogate ? undefined : String.fromCharCode(unit);
      if (readText(utf8(`"\\u${hex}"`)) !== expected) expect.fail(hex);
      if (readText(utf8(`"\\u${hex.toUpperCase()}"`)) !== expected) expect.fail(hex);
      if (isSurrogate || unit < 0x20 || unit === 0x22 || unit === 0x5c) continue;
      if (readText(utf8(`"${String.fromCharCode(unit)}"`)) !== expected) expect.fail(hex);
    }
    for (const high of [0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000]) {
      for (const low of [0xdbff, 0xdc00, 0xdfff, 0xe000, 0x0041]) {
        const chars = String.fromCharCode(high, low);
        const document = `"\\u${high.toString(16)}\\u${low.toString(16).padStart(4, '0')}"`;
        expect(readText(utf8(document)), document).toBe(isWellFormed(chars) ? chars : undefined);
      }
    }
  });

  it('[A-46] have the eight short escapes of JSON and no other', () => {
    const short: Record<string, string> = {
      b: '\b',
      f: '\f',
      n: '\n',
      r: '\r',
      t: '\t',
      '"': '"',
      '\\': '\\',
      '/': '/',
    };
    for (let code = 0; code < 128; code += 1) {
      const character = String.fromCharCode(code);
      expect(readText(utf8(`"\\${character}"`)), String(code)).toBe(short[character]);
    }
  });

  it('are the same however they are written', () => {
    const scanner = new Scanner(utf8('["version","\\u0076ersion","versio","versions",""]'), { depth: 1 });
    const found: string[] = [];
    scanner.array(() => found.push(scanner.string()));
    expect(found).toEqual(['version', 'version', 'versio', 'versions', '']);
  });
});

describe('UTF-8', () => {
  it('is never written for a lone surrogate', () => {
    for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
      expect(() => encodeUtf8(text)).toThrow(TypeError);
      expect(isWellFormed(text)).toBe(false);
    }
    expect(decodeUtf8(encodeUtf8('\ufeff\ud83d\ude00'))).toBe('\ufeff\ud83d\ude00');
    expect(() => decodeUtf8(Uint8Array.of(0xff))).toThrow(TypeError);
  });
});

describe('the time that reading takes', () => {
  /** How many characters are looked at while a document is read or refused. */
  function steps(bytes: Uint8Array): number {
    return countedCharacters(() => {
      try {
        const scanner = new Scanner(bytes, { depth: 64 });
        scanner.skip();
        scanner.finish();
      } catch (error) {
        if (!isTufError(error)) throw error;
      }
    });
  }

  const names = (n: number, name: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => `${JSON.stringify(name(i))}:0`).join(',');
  const padded = (i: number): string => String(i).padStart(7, '0');
  const nest = (levels: number, members: string): string =>
    Array.from({ length: levels }, () => `{${members},"":`).join('') + '0'.padEnd(levels + 1, '}');

  it.each<[string, (n: number) => string]>([
    ['names in order', (n) => `{${names(n, padded)}}`],
    ['names in the opposite order', (n) => `{${names(n, (i) => padded(n - i))}}`],
    ['names in order but the last', (n) => `{${names(n, padded)},"":0}`],
    ['names in and out of order by turns', (n) => `{${names(n, (i) => padded(i % 2 === 0 ? i : n * 2 - i))}}`],
    ['names that differ in their last character only', (n) => `{${names(n, (i) => `${'x'.repeat(40)}${padded(i)}`)}}`],
    ['escaped names', (n) => `{${Array.from({ length: n }, (_, i) => `"\\u0061${padded(i)}":0`).join(',')}}`],
    ['escaped names out of order', (n) => `{${Array.from({ length: n }, (_, i) => `"\\u0061${padded(n - i)}":0`)}}`],
    [
      'unordered objects in each other',
      (n) =>
        nest(
          60,
          names(n / 60, (i) => padded(n - i)),
        ),
    ],
    ['ordered objects that turn at each level', (n) => nest(60, names(n / 60, padded))],
    ['many small unordered objects', (n) => `[${Array.from({ length: n }, () => '{"b":0,"a":0}').join(',')}]`],
    ['one long string', (n) => `"${'a'.repeat(n * 8)}"`],
    ['one long string of escapes', (n) => `"${'\\u00e9'.repeat(n)}"`],
    ['one long name', (n) => `{"a":0,"${'a'.repeat(n * 8)}":0,"b":0}`],
    ['digits without end', (n) => '1'.repeat(n * 8)],
    ['blanks', (n) => `[${' '.repeat(n * 8)}]`],
    ['a fault at the end', (n) => `{${names(n, padded)},"0":0,"0":0}`],
    ['a string that does not end', (n) => `["${'a'.repeat(n * 8)}`],
    ['brackets', (n) => '['.repeat(n * 8)],
  ])('grows with the bytes and no faster: %s', (_, document) => {
    const [small, large] = [600, 6000].map((n) => {
      const bytes = utf8(document(n));
      return steps(bytes) / bytes.length;
    }) as [number, number];
    expect(small).toBeLessThan(12);
    expect(large).toBeLessThan(small * 1.2 + 1);
  });
});
