import { describe, expect, it } from 'vitest';
import { shouldIgnore } from './messages.mjs';
import type { Mutant } from './mutants.mjs';
import { compareWithList, holds, merged, mutantsOf, nameOf, rangeOf, tally, withoutFalseTimeouts } from './mutants.mjs';

const file = 'src/trust/x.ts';
const source = 'first();\nif (a < b) throw fail(\n  a,\n);\n';
const hashes: Record<string, string> = { 'test/a.test.ts': 'A', 'test/b.test.ts': 'B' };
const hashOf = (path: string): string => hashes[path] ?? 'none';

const at = (line: number, from: number, to: number, endLine = line) => ({
  start: { line, column: from },
  end: { line: endLine, column: to },
});
const report = (source: string, mutants: object[]) => ({
  files: { [file]: { source, mutants } },
  testFiles: { 'test/a.test.ts': { tests: [{ id: '0' }, { id: '1' }] }, 'test/b.test.ts': { tests: [{ id: '2' }] } },
});
const survivor = { mutatorName: 'EqualityOperator', location: at(2, 5, 10), replacement: 'a <= b', status: 'Survived' };
const read = (mutants: object[], text = source) =>
  mutantsOf(report(text, mutants), file, ['test/a.test.ts'], hashOf) as [Mutant, Mutant];

describe('what a report says of mutants', () => {
  it('is where they stand, in words that outlast a shift of lines', () => {
    const [one, block] = read([survivor, { ...survivor, location: at(2, 12, 2, 4), replacement: '{}' }]);
    expect(one).toMatchObject({ line: 'if (a < b) throw fail(', original: 'a < b', replacement: 'a <= b' });
    expect(block).toMatchObject({ original: 'throw fail( a, )', replacement: '{}' });
    expect(rangeOf(one)).toBe('2:4-2:9');
    const [shifted] = read([{ ...survivor, location: at(4, 5, 10) }], `// more\n\n${source}`);
    expect(nameOf(file, shifted)).toBe(nameOf(file, one));
  });

  it('is by which test files they fell, or which they outlived', () => {
    const [one, killed] = read([survivor, { ...survivor, status: 'Killed', killedBy: ['2', '0'] }]);
    expect(one).toMatchObject({ seen: { 'test/a.test.ts': 'A' } });
    expect(killed).toMatchObject({ by: { 'test/a.test.ts': 'A', 'test/b.test.ts': 'B' } });
  });
});

describe('a verdict', () => {
  const [one] = read([survivor]);
  const [killed] = read([{ ...survivor, status: 'Killed', killedBy: ['0'] }]);
  const [endless] = read([{ ...survivor, status: 'Timeout' }]);
  const changed = (path: string): string => (path === 'test/a.test.ts' ? 'changed' : hashOf(path));

  it('holds until a test is another that it rests on', () => {
    for (const each of [one, killed, endless]) {
      expect(holds(each, ['test/a.test.ts'], hashOf)).toBe(true);
      expect(holds(each, ['test/a.test.ts'], changed)).toBe(false);
    }
  });

  it('of a survivor holds for no test that it has not met', () => {
    expect(holds(one, ['test/a.test.ts', 'test/b.test.ts'], hashOf)).toBe(false);
    expect(holds(killed, ['test/a.test.ts', 'test/b.test.ts'], hashOf)).toBe(true);
  });

  it('gives way to a later one only where it does not hold', () => {
    const again = { ...one, seen: { 'test/b.test.ts': 'B' } };
    expect(merged([killed], [again], () => true)).toEqual([killed]);
    expect(merged([one], [killed], () => false)).toEqual([killed]);
    expect(merged([one], [again], () => false)).toEqual([
      { ...one, seen: { 'test/a.test.ts': 'A', 'test/b.test.ts': 'B' } },
    ]);
    expect(merged([one], [], () => false)).toEqual([one]);
  });
});

describe('the list of survivors', () => {
  const [one] = read([survivor]);
  const entry = { file, reason: 'the same', ...JSON.parse(JSON.stringify(one)) };

  it('has to name all that are left, and no other', () => {
    const left = new Map([[file, [one]]]);
    expect(compareWithList(left, [entry])).toMatchObject({ unlisted: [], gone: [] });
    expect(compareWithList(left, [])).toMatchObject({ unlisted: [{ file, mutant: one }], gone: [] });
    const other = { ...entry, replacement: 'a > b' };
    expect(compareWithList(left, [entry, other])).toMatchObject({ unlisted: [], gone: [other] });
    expect(compareWithList(new Map([[file, [{ ...one, status: 'Killed' }]]]), [entry])).toMatchObject({
      gone: [entry],
    });
    expect(compareWithList(new Map(), [entry])).toMatchObject({ gone: [] });
  });

  it('names survivors that a slow machine takes for endless', () => {
    const timeout: Mutant = { ...one, status: 'Timeout' };
    expect(withoutFalseTimeouts(file, [timeout], [entry])).toEqual([one]);
    expect(withoutFalseTimeouts(file, [timeout], [])).toEqual([timeout]);
  });

  it('does not make up for a low score', () => {
    const statuses = ['Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored'] as const;
    const all = statuses.map((status) => ({ ...one, status }));
    expect(tally(all)).toEqual({ judged: 5, killed: 2, timeout: 1, survived: 1, uncovered: 1, ignored: 1, score: 60 });
    expect(tally([]).score).toBeUndefined();
  });
});

describe('what is left out', () => {
  const text = { type: 'StringLiteral', value: 'x y' };
  const argument = (callee: object, index: number, node: object = text, type = 'CallExpression') =>
    shouldIgnore({ node, parent: { type, callee, arguments: [] }, key: index, listKey: 'arguments' });
  const error = { type: 'Identifier', name: 'TufError' };
  const fail = { type: 'MemberExpression', property: { name: 'fail' } };

  it('is the message and the hint of an error, and neither its code nor its evidence', () => {
    const made = [0, 1, 2, 3].map((index) => argument(error, index, text, 'NewExpression') !== undefined);
    expect(made).toEqual([false, true, false, false]);
    const options = (...names: string[]) => ({
      type: 'ObjectExpression',
      properties: names.map((name) => ({ key: { name } })),
    });
    expect(argument(error, 3, options('hint'), 'NewExpression')).toMatch(/hint/);
    expect(argument(error, 3, options('hint', 'cause'), 'NewExpression')).toBeUndefined();
  });

  it('is the problem that a reader tells, and not where it stands', () => {
    expect([0, 1, 2].map((index) => argument(fail, index) !== undefined)).toEqual([true, false, false]);
    expect(argument({ type: 'Identifier', name: 'read' }, 0)).toBeUndefined();
  });
});
