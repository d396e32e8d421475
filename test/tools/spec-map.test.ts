import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { specMap, tagsOfCode, tagsOfTests } from './spec-map.mjs';

// Tags are put together here, so that the fixtures do not count as tests of the rows that they name.
const title = (ids: string, text = 'holds') => `it('[${ids}] ${text}', () => {});\n`;

const tree: Record<string, string> = {
  'docs/audit/spec-rows.json': JSON.stringify([
    { id: '5.3.4a', kind: 'requirement', level: 'MUST', section: '5.3.4', subject: 'old keys' },
    { id: '5.3.5', kind: 'requirement', level: 'MUST', section: '5.3.5', subject: 'one higher' },
    { id: '4-c', kind: 'requirement', level: 'step', section: '4', subject: 'new names' },
    { id: 'A-65', kind: 'decision', level: 'tufa', section: '4.2.2', subject: 'one verdict' },
    { id: 'A-50', kind: 'decision', level: 'tufa', section: '6.2.1', subject: 'no prefix' },
  ]),
  'docs/audit/spec-na.json': JSON.stringify({ '4-c': 'for editors', 'A-50': 'adr/0007' }),
  'docs/adr/0007-prefixes.md': '# Prefixes\n',
  'src/trust/root.ts': '/** Checks. @spec 5.3.4a, 5.3.5 */\nexport const a = 1;\n',
  'src/crypto/ed25519.ts': '// @spec A-65 before any backend\nexport const b = 1;\n',
  'test/trust/root.test.ts': title('5.3.4a') + title('5.3.5'),
  'test/crypto/ed25519.test.ts': title('A-65', 'refuses a small order'),
  'docs/audit/attacks.md': '| Id | Name |\n| --- | --- |\n| T9 | Rollback |\n',
  'docs/audit/peer-defects.md':
    '| Id | Where | What | Caught by |\n| --- | --- | --- | --- |\n| XY-1 | a client | counts twice | SIG-01 |\n| OP-1 | a tool | x | x |\n',
  'docs/audit/vector-na.json': JSON.stringify({ 'OP-*': 'n/a: for operators' }),
  'spec-vectors/index.json': JSON.stringify({ vectors: [{ id: 'update-root/a' }, { id: 'update-root/b' }] }),
  'spec-vectors/update-root/a.json': JSON.stringify({ rows: ['5.3.4a', '5.3.5', 'A-65', 'T9'] }),
  'spec-vectors/update-root/b.json': JSON.stringify({ rows: ['5.3.5', 'SIG-01'] }),
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function mapOf(changes: Record<string, string> = {}): { page: string; problems: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-spec-map-'));
  folders.push(folder);
  for (const [name, text] of Object.entries({ ...tree, ...changes })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return specMap(folder);
}

describe('the map from the specification to the code', () => {
  it('links each row to its code and its tests', () => {
    const { page, problems } = mapOf();
    expect(problems).toEqual([]);
    expect(page).toContain(
      '| 5.3.5 | MUST | 5.3.5 | one higher | [trust/root](../../src/trust/root.ts) | [trust/root](../../test/trust/root.test.ts) | [update-root](../../spec-vectors/update-root) 2 |',
    );
    expect(page).toContain('| 4-c | step | 4 | new names | n/a: for editors | n/a | n/a |');
    expect(page).toContain('| overruled: [adr/0007](../adr/0007-prefixes.md) | n/a | n/a |');
  });

  it('links attacks and defects to their vectors, defects also by the input that catches them', () => {
    const { page } = mapOf();
    expect(page).toContain('| T9 | Rollback | [update-root](../../spec-vectors/update-root) 1 |');
    expect(page).toContain('| XY-1 | a client | [update-root](../../spec-vectors/update-root) 1 |');
    expect(page).toContain('| OP-1 | a tool | n/a: for operators |');
  });

  it('fails for a row that loses its vector, and for an excuse that is none', () => {
    const vectors = { 'spec-vectors/update-root/a.json': JSON.stringify({ rows: ['5.3.4a', 'T9'] }) };
    expect(mapOf(vectors).problems).toEqual(['A-65 has no vector']);
    const excuses = { 'docs/audit/vector-na.json': JSON.stringify({ 'OP-*': 'later', T9: 'n/a: x', T8: 'n/a: x' }) };
    expect(mapOf(excuses).problems).toEqual([
      'vector-na.json: T8 is no row',
      'T9 has vectors: take it out of vector-na.json',
      'vector-na.json: OP-1 gives no reason',
    ]);
    const test = { 'docs/audit/vector-na.json': JSON.stringify({ 'OP-*': 'test: test/none.test.ts' }) };
    expect(mapOf(test).problems).toEqual(['vector-na.json: OP-1 names test/none.test.ts, which is not there']);
  });

  it('fails for a row that loses its test', () => {
    const { page, problems } = mapOf({ 'test/trust/root.test.ts': title('5.3.4a') });
    expect(problems).toEqual(['5.3.5 lacks a test']);
    expect(page).toContain('| one higher | [trust/root](../../src/trust/root.ts) | **missing** |');
  });

  it('fails for a row whose only test is skipped', () => {
    const skipped = title('5.3.5').replace('it(', 'it.skip(');
    expect(mapOf({ 'test/trust/root.test.ts': title('5.3.4a') + skipped }).problems).toEqual(['5.3.5 lacks a test']);
  });

  it('fails for a row that loses its code', () => {
    expect(mapOf({ 'src/trust/root.ts': '/** @spec 5.3.4a */\n' }).problems).toEqual(['5.3.5 lacks code']);
    expect(mapOf({ 'src/crypto/ed25519.ts': '', 'test/crypto/ed25519.test.ts': '' }).problems).toEqual([
      'A-65 lacks code and a test',
    ]);
  });

  it('fails for a tag that names no row, unless its section has none', () => {
    expect(mapOf({ 'src/a.ts': '// @spec A-99\n' }).problems).toEqual(['src/a.ts: A-99 is no row']);
    expect(mapOf({ 'test/a.test.ts': title('5.3.4z') }).problems).toEqual(['test/a.test.ts: 5.3.4z is no row']);
    expect(mapOf({ 'src/a.ts': '// @spec 6.2.1-c, 458-b\n' }).problems).toEqual([]);
  });

  it('fails for an exemption that is not one', () => {
    const na = { '4-c': 'for editors', 'A-50': 'adr/0008', 'A-51': 'gone', 'A-65': 'too hard' };
    expect(mapOf({ 'docs/audit/spec-na.json': JSON.stringify(na) }).problems).toEqual([
      'A-65 has code and a test: take it out of spec-na.json',
      'spec-na.json: A-50 names no ADR: adr/0008',
      'spec-na.json: A-51 is no row',
    ]);
  });
});

describe('tags', () => {
  it('are read from comments, also across lines', () => {
    expect(tagsOfCode('/**\n * Checks (@spec 5.3.4a, A-04).\n * @spec 5.4.3.1b,\n * A-09b\n */')).toEqual([
      '5.3.4a',
      'A-04',
      '5.4.3.1b',
      'A-09b',
    ]);
    expect(tagsOfCode('// @spec 4.2.1-c: a keyid twice\n// @spec 5-a A-56 after 10.5s')).toEqual([
      '4.2.1-c',
      '5-a',
      'A-56',
    ]);
    expect(tagsOfCode("const text = 'no tag 5.3.5';")).toEqual([]);
  });

  it('are read from the titles of tests, however they are called', () => {
    const text = [
      "describe('[5-a] all', () => {});",
      "it.each([1])('[A-10, A-69] %s', () => {});",
      "it('plain', () => { expect(1, '[A-04]').toBe(1); });",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a test is the input here
      'for (const role of roles) test(`[5.4.4] ${role} [5.5.6]`, () => {});',
      "describe.skip('[A-01]', () => {});",
      "it.todo('[A-02]');",
      "it.skipIf(false)('[A-03]', () => {});",
    ].join('\n');
    expect(tagsOfTests(text)).toEqual(['5-a', 'A-10', 'A-69', '5.4.4', '5.5.6', 'A-03']);
  });
});
