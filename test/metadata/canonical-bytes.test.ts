import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { canonicalBytes } from '../../src/metadata/canonical-bytes.ts';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { parseJson } from '../../src/metadata/json.ts';
import { object, spell, spelling, tree, utf8 } from './json-texts.ts';

const forms = ['olpc', 'rfc8785'] as const;

describe('canonical bytes without a tree', () => {
  it.each(forms)('[A-01, 4-b] under %s are those of the tree, whatever the spelling', (form) => {
    fc.assert(
      fc.property(fc.oneof(object, tree), spelling, (value, how) => {
        const bytes = utf8(spell(value, how));
        expect(Buffer.compare(canonicalBytes(bytes, form, 64), canonicalJson(parseJson(bytes), form))).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '{}',
    '[]',
    ' { "a" : [ ] , "A" : { } } ',
    '{"c":{"b":1,"a":[{"z":0,"y":"\\u00e9"},[]]},"b":{"d":{},"c":{"b":2,"a":3}},"a":"\\n\\"\\\\\\/"}',
    '{"\\uffff":1,"\\ud83d\\ude00":2}',
    '{"\\ud83d\\ude00":1,"\ue000":2}',
    '"\u007f\u0080"',
    '{"\u{1f600}":1,"\uffff":{"\u{1f600}":1,"\ue000":2}}',
    '[-9007199254740991,0,true,false,null,""]',
    `{${Array.from({ length: 5000 }, (_, i) => `"${(i * 7919) % 5000}":[${i}]`).join()}}`,
  ])('[A-01] are those of the tree: %#', (text) => {
    for (const form of forms) {
      const expected = Buffer.from(canonicalJson(parseJson(utf8(text)), form)).toString();
      expect(Buffer.from(canonicalBytes(utf8(text), form, 64)).toString()).toBe(expected);
    }
  });

  it('are of one whole text that is no deeper than is allowed', () => {
    for (const [text, depth] of [
      ['', 64],
      ['{} {}', 64],
      ['{"a":1,"a":1}', 64],
      ['[[[]]]', 2],
    ] as const) {
      expect(() => canonicalBytes(utf8(text), 'olpc', depth), text).toThrow(TufError);
    }
    expect(canonicalBytes(utf8('[[[]]]'), 'olpc', 3)).toEqual(utf8('[[[]]]'));
  });
});
