import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { countedCharacters } from './counted-characters.ts';
import { Members, object, plainSpelling, type Spelling, spell, spelling, type Tree, text, utf8 } from './json-texts.ts';

const sha256 = 'ab'.repeat(32);

function document(type: string, member: string, list: readonly (readonly [string, Tree])[]): Members {
  return new Members([
    ['signatures', []],
    [
      'signed',
      new Members([
        ['_type', type],
        ['expires', '2031-01-01T00:00:00Z'],
        ['spec_version', '1.0.34'],
        ['version', 1],
        [member, new Members(list)],
      ]),
    ],
  ]);
}

const names = fc.uniqueArray(text, { maxLength: 40 });
const sorted = (list: readonly string[]): string[] =>
  [...list].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Names as listed, in code point order or not, and spelled plainly or with escapes and blanks. */
const cases = fc.tuple(names, fc.boolean(), spelling, text).map(([list, inOrder, how, absent]) => ({
  list: inOrder ? sorted(list) : list,
  how: { ...how, shuffle: false } as Spelling,
  absent,
}));

describe('look-ups in the bytes', () => {
  it('[A-67] find every target by its exact name, however written, and no other', () => {
    fc.assert(
      fc.property(cases, fc.array(object, { maxLength: 3 }), ({ list, how, absent }, customs) => {
        const entries = list.map((name, i): readonly [string, Tree] => {
          const custom = customs[i % (customs.length + 1)];
          const digest = new Members([['sha256', sha256]]);
          const members: (readonly [string, Tree])[] = [
            ['length', i],
            ['hashes', digest],
          ];
          return [name, new Members(custom === undefined ? members : [...members, ['custom', custom]])];
        });
        const { targets } = parseTargets(utf8(spell(document('targets', 'targets', entries), how))).signed;
        expect(targets.size).toBe(list.length);
        expect([...targets.paths()]).toEqual(list);
        for (const [i, name] of list.entries()) {
          const found = targets.get(name);
          expect(found).toMatchObject({ path: name, length: i });
          expect(found?.custom === undefined).toBe(customs[i % (customs.length + 1)] === undefined);
        }
        for (const name of [absent, 'toString', '__proto__', '\ud800', `${list[0]}\0`]) {
          expect(targets.get(name) !== undefined, name).toBe(list.includes(name));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[A-67] find every listed file and its version', () => {
    fc.assert(
      fc.property(cases, ({ list, how, absent }) => {
        const entries = list.map((name, i) => [name, new Members([['version', i + 1]])] as const);
        const { meta } = parseSnapshot(utf8(spell(document('snapshot', 'meta', entries), how))).signed;
        expect([...meta.versions()]).toEqual(list.map((name, i) => [name, i + 1]));
        for (const name of [...list, absent, 'constructor', '\udfff']) {
          const version = list.includes(name) ? list.indexOf(name) + 1 : undefined;
          expect(meta.version(name)).toBe(version);
          expect(meta.get(name)?.version).toBe(version);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('take no more comparisons than a binary search where names ascend', () => {
    const list = Array.from({ length: 4096 }, (_, i) => `t${String(i).padStart(5, '0')}`);
    const entries = list.map((name) => [name, new Members([['version', 1]])] as const);
    const { meta } = parseSnapshot(utf8(spell(document('snapshot', 'meta', entries), plainSpelling))).signed;
    for (const name of [...list.slice(0, 3), ...list.slice(-3), 't', 't00000 ', 't99999', '', 'T00000']) {
      let version: number | undefined;
      const looks = countedCharacters(() => {
        version = meta.version(name);
      });
      expect(version === undefined).toBe(!list.includes(name));
      // Each comparison reads the member's name, which takes two passes and its quotes, and looks at both names once.
      expect(looks).toBeLessThanOrEqual(13 * (2 * ('t00000'.length + 1) + name.length + 't00000'.length));
      expect(looks).toBeGreaterThan(0);
    }
  });
});
