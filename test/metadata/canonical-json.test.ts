import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { type Json, parseJson } from '../../src/metadata/json.ts';
import { Scanner } from '../../src/metadata/scanner.ts';
import { compareCodePoints } from '../../src/metadata/utf8.ts';
import { olpc } from '../simulator/olpc.ts';
import { mapsOf, plainOf, spell, spelling, text, tree, utf8 } from './json-texts.ts';

const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('canonical JSON', () => {
  it('[A-01, 4.1-a] under olpc is what an independent encoder writes, whatever the spelling', () => {
    fc.assert(
      fc.property(tree, spelling, (value, how) => {
        const canonical = bytesText(canonicalJson(parseJson(utf8(spell(value, how)))));
        expect(canonical).toBe(bytesText(olpc(plainOf(value))));
      }),
      { numRuns: 1000 },
    );
  });

  it('[A-01] under rfc8785 is what the canonicalize package writes', () => {
    fc.assert(
      fc.property(tree, spelling, (value, how) => {
        const canonical = bytesText(canonicalJson(parseJson(utf8(spell(value, how))), 'rfc8785'));
        expect(canonical).toBe(canonicalize(plainOf(value)));
      }),
      { numRuns: 500 },
    );
  });

  it('[A-01] is its own canonical form: always under rfc8785, without raw controls under olpc', () => {
    fc.assert(
      fc.property(tree, (value) => {
        for (const form of ['rfc8785', 'olpc'] as const) {
          const canonical = canonicalJson(mapsOf(value) as Json, form);
          if (form === 'olpc' && canonical.some((byte) => byte < 0x20)) continue;
          expect(canonicalJson(parseJson(canonical), form)).toEqual(canonical);
        }
      }),
    );
  });

  it('[A-01] is recognised in place exactly where the bytes are the canonical ones', () => {
    let inPlace = 0;
    fc.assert(
      fc.property(tree, spelling, fc.boolean(), (value, how, asCanonical) => {
        const bytes = asCanonical ? olpc(plainOf(value)) : utf8(spell(value, how));
        fc.pre(!bytes.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13));
        fc.pre(!asCanonical || !bytes.some((byte) => byte < 0x20));
        const scanner = new Scanner(bytes, { depth: 64 });
        scanner.skip();
        scanner.finish();
        const canonical = bytesText(olpc(plainOf(value)));
        // A control can stand in the canonical bytes and never in JSON, so such a document is never in place.
        expect(scanner.canonical).toBe(canonical === bytesText(bytes));
        if (!scanner.canonical || /[\ud800-\udfff]/.test(scanner.text)) return;
        inPlace += 1;
        expect(bytesText(bytes)).toBe(canonicalize(plainOf(value)));
      }),
      { numRuns: 1000 },
    );
    expect(inPlace).toBeGreaterThan(100);
  });

  it('[A-60] normalises nothing: four spellings of one glyph are four texts', () => {
    const spellings = ['\u00e9', 'e\u0301', '\u212b', '\u00c5', 'A\u030a'];
    const forms = new Set(spellings.map((each) => bytesText(canonicalJson(each))));
    expect(forms.size).toBe(spellings.length);
    const object = new Map(spellings.map((each) => [each, 0]));
    expect(parseJson(canonicalJson(object))).toEqual(object);
  });

  it('[4-b, A-01] writes a long document in parts as it would in one', () => {
    const long = new Map([
      ['\u{1f600}'.repeat(9000), 'x'.repeat(70_000)],
      ['a', ['\n'.repeat(20_000), '\u00e9'.repeat(40_000)]],
    ] as [string, Json][]);
    expect(bytesText(canonicalJson(long))).toBe(bytesText(olpc(Object.fromEntries(long))));
  });
});

describe('the order of names', () => {
  it('is that of code points, which is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1000 },
    );
    expect(compareCodePoints('\uffff', '\u{10000}')).toBeLessThan(0);
    expect('\uffff' < '\u{10000}').toBe(false);
    expect(compareCodePoints('\ue000\u{10000}', 'z')).toBeGreaterThan(0);
  });
});
