import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../src/metadata/target-path.ts';
import { randomFrom } from './json-texts.ts';

type Row = readonly [pattern: string, path: string, matches: boolean];

/** The four examples of section 4.5, and their opposites. */
const ofTheSpecification: Row[] = [
  ['targets/*.tgz', 'targets/foo.tgz', true],
  ['targets/*.tgz', 'targets/bar.tgz', true],
  ['targets/*.tgz', 'targets/foo.txt', false],
  ['targets/foo-version-?.tgz', 'targets/foo-version-2.tgz', true],
  ['targets/foo-version-?.tgz', 'targets/foo-version-a.tgz', true],
  ['targets/foo-version-?.tgz', 'targets/foo-version-alpha.tgz', false],
  ['*.tgz', 'foo.tgz', true],
  ['*.tgz', 'targets/foo.tgz', false],
  ['foo.tgz', 'foo.tgz', true],
  ['foo.tgz', 'targets/foo.tgz', false],
];

const ofSegments: Row[] = [
  ['foo/*', 'foo/a', true],
  ['foo/*', 'foo/a/b', false],
  ['foo/*', 'foo', false],
  ['foo/*', 'foo/', true],
  ['*/*', 'a/b', true],
  ['*', '', true],
  ['?', '', false],
  ['', '', true],
  ['/foo/*', 'foo/x', false],
  ['foo/*', '/foo/x', false],
  ['/foo/*', '/foo/x', true],
  ['foo//x', 'foo/x', false],
  ['foo/*/x', 'foo//x', true],
  ['**', 'a', true],
  ['**', 'a/b', false],
  ['a/**', 'a/b/c', false],
  ['a/**/b', 'a/b', false],
  ['a/b/', 'a/b', false],
];

const ofCharacters: Row[] = [
  ['Foo/*', 'foo/x', false],
  ['foo/*', 'FOO/x', false],
  ['*', '.hidden', true],
  ['?hidden', '.hidden', true],
  ['.*', '.hidden', true],
  ['[.]x', '.x', true],
  ['a?c', 'a\u{1f600}c', true],
  ['a??c', 'a\u{1f600}c', false],
  ['?', '\u00e9', true],
  ['?', 'e\u0301', false],
  ['\u00e9', 'e\u0301', false],
  ['a\\b', 'a\\b', true],
  ['a/b', 'a\\b', false],
  ['\\*', '*', false],
  ['\\*', '\\*', true],
  ['\\*', '\\anything', true],
];

const notOfThisGlob: Row[] = [
  ['!secret', 'other', false],
  ['!secret', '!secret', true],
  ['#x', '#x', true],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['{1..3}', '2', false],
  ['+(a)', 'a', false],
  ['+(a)', '+(a)', true],
  ['@(a|b)', 'a', false],
  ['(a|b)', 'a', false],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['^a$', 'a', false],
];

const ofClasses: Row[] = [
  ['[ab]', 'a', true],
  ['[ab]', 'c', false],
  ['[ab]', 'ab', false],
  ['[!a]', 'a', false],
  ['[!a]', 'b', true],
  ['[!a]', '!', true],
  ['[!a]', '', false],
  ['[^a]', 'a', true],
  ['[^a]', '^', true],
  ['[^a]', 'b', false],
  ['[a!]', '!', true],
  ['[a-a]x', 'ax', true],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[a-c]', 'B', false],
  ['[!a-c]', 'd', true],
  ['[a-]', '-', true],
  ['[-a]', '-', true],
  ['[--0]', '.', true],
  ['[]]', ']', true],
  ['[]a]', 'a', true],
  ['[!]]', ']', false],
  ['[!]a]', 'b', true],
  ['[]-a]', '_', true],
  ['[[]', '[', true],
  ['[*?]', '*', true],
  ['[*?]', 'x', false],
  ['[\\]', '\\', true],
  ['[\u{1f600}-\u{1f602}]', '\u{1f601}', true],
  ['[\ue000-\u{10ffff}]', '\u{1f601}', true],
  ['[a-z]*[0-9]', 'release7', true],
  ['[:alpha:]', 'l', true],
  ['[:alpha:]', 'z', false],
  // Malformed: never closed, or a range the wrong way round.
  ['[', '[', false],
  ['[a', '[a', false],
  ['[]', '[]', false],
  ['[!]', '[!]', false],
  ['[!', '!', false],
  ['x[a', 'x[a', false],
  ['*[', 'anything', false],
  ['[a/b]', 'a', false],
  ['[a/b]', '[a/b]', false],
  ['[z-a]', 'z', false],
  ['[z-a]', 'm', false],
  ['[!z-a]', 'm', false],
  ['[z-ab]', 'b', false],
];

describe('PATHPATTERN', () => {
  it.each(ofTheSpecification)('[4.5-k] %j on %j: %j, as the specification has it', (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  it.each(ofSegments)('[4.5-l, 4.5-m, A-47] %j on %j: %j, segment by segment', (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  it.each(ofCharacters)('[A-47, A-48] %j on %j: %j, code point by code point', (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  it.each(notOfThisGlob)('[A-47] %j on %j: %j, without what other globs know', (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  it.each(ofClasses)('[A-47] %j on %j: %j', (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  it('[A-47] gives the verdicts of a matcher written from glob(7) alone', () => {
    let matched = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = randomFrom(seed);
        const pick = (from: readonly string[], most: number): string =>
          Array.from({ length: Math.floor(random() * most) }, () => from[Math.floor(random() * from.length)]).join('');
        const pattern = pick(['a', 'b', '*', '*', '?', '/', '[', ']', '!', '-', 'c', '\u{1f600}', '.'], 12);
        const path = pick(['a', 'b', 'c', 'a', '/', ']', '[', '!', '-', '\u{1f600}', '.'], 8);
        const expected = reference(pattern, path);
        if (expected) matched += 1;
        expect(matchesPattern(pattern, path), `${pattern} on ${path}`).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
    expect(matched).toBeGreaterThan(200);
  });

  it.each([
    ['*a*a*a*a*a*a*b', 'a'.repeat(60)],
    ['*'.repeat(100_000), 'a'.repeat(1000)],
    ['*a'.repeat(1000), 'a'.repeat(5000)],
    [`${'*?'.repeat(500)}b`, 'a'.repeat(5000)],
    ['+(a|aa)+(a|aa)b', 'a'.repeat(34)],
    ['{1..300}{1..300}', '150150'],
    [`*[${'a'.repeat(10_000)}]b`, 'a'.repeat(10_000)],
    [`${'[!b]*'.repeat(300)}b`, 'a'.repeat(3000)],
    ['*/'.repeat(2000), 'a/'.repeat(2000)],
  ])('[A-47] is answered without going back over and over, however hostile (J6): %#', (pattern, path) => {
    // A matcher that backtracks does not end here; this one looks at most once at each pair of a token and a character.
    expect(typeof matchesPattern(pattern, path)).toBe('boolean');
  });

  it('[A-47] is no for a pattern of more than 4096 UTF-16 units, such as a class of millions of ranges', () => {
    expect(matchesPattern(`[${'b-c'.repeat(4_000_000)}a]`, 'a')).toBe(false);
    expect(matchesPattern('a'.repeat(4096), 'a'.repeat(4096))).toBe(true);
    expect(matchesPattern('a'.repeat(4097), 'a'.repeat(4097))).toBe(false);
    expect(matchesPattern('*'.repeat(4097), 'a')).toBe(false);
  });
});

/** A pattern as an item for each thing that one character can be: the straightforward way, by dynamic programming. */
function reference(pattern: string, path: string): boolean {
  const patterns = pattern.split('/');
  const paths = path.split('/');
  return patterns.length === paths.length && patterns.every((each, i) => referenceSegment(each, paths[i] as string));
}

function referenceSegment(pattern: string, name: string): boolean {
  const items = itemsOf([...pattern]);
  if (items === undefined) return false;
  // reached[i]: the characters so far can be the first i items.
  let reached = starsPassed([true, ...items.map(() => false)], items);
  for (const character of name) {
    const next = items.map((item, i) =>
      item === '*' ? reached[i + 1] === true : reached[i] === true && accepts(item, character),
    );
    reached = starsPassed([false, ...next], items);
  }
  return reached[items.length] === true;
}

/** A star may stand for nothing. */
function starsPassed(reached: readonly boolean[], items: readonly Item[]): boolean[] {
  const passed = [...reached];
  for (const [i, item] of items.entries()) if (item === '*' && passed[i] === true) passed[i + 1] = true;
  return passed;
}

type Item = '*' | '?' | { readonly not: boolean; readonly members: readonly string[] } | { readonly only: string };

function accepts(item: Item, character: string): boolean {
  if (item === '?' || item === '*') return true;
  if ('only' in item) return item.only === character;
  return item.members.includes(character) !== item.not;
}

/** `undefined` for a pattern with a malformed class: it matches nothing. */
function itemsOf(pattern: readonly string[]): Item[] | undefined {
  if (pattern.length === 0) return [];
  const [first, ...rest] = pattern as [string, ...string[]];
  if (first !== '[') {
    const items = itemsOf(rest);
    return items && [first === '*' || first === '?' ? first : { only: first }, ...items];
  }
  const not = rest[0] === '!';
  const body = not ? rest.slice(1) : rest;
  const end = body.indexOf(']', 1);
  if (end === -1) return undefined;
  const members: string[] = [];
  for (let i = 0; i < end; i += 1) {
    const low = body[i] as string;
    if (body[i + 1] === '-' && i + 2 < end) {
      const high = (body[i + 2] as string).codePointAt(0) as number;
      if ((low.codePointAt(0) as number) > high) return undefined;
      // The alphabet of the test is small: a range is the members of it that lie between.
      members.push(
        ...['a', 'b', 'c', ']', '[', '!', '-', '\u{1f600}', '.'].filter((each) => {
          const point = each.codePointAt(0) as number;
          return point >= (low.codePointAt(0) as number) && point <= high;
        }),
      );
      i += 2;
    } else members.push(low);
  }
  const items = itemsOf(body.slice(end + 1));
  return items && [{ not, members }, ...items];
}
