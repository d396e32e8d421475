import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/cli/escape.ts';
import { htmlReport } from '../../src/conformance/report-html.ts';
import { jsonReport } from '../../src/conformance/report-json.ts';
import { junitReport } from '../../src/conformance/report-junit.ts';
import { terminalReport } from '../../src/conformance/report-terminal.ts';
import type { RunResult, VectorResult } from '../../src/conformance/result.ts';

const at = '2030-01-01T00:00:00.000Z';

/** Everything that a reader of a report may be sent: escape sequences, reordering, markup, ends of sections, commands. */
const hostile = [
  '\u001b[2J\u001b]8;;https://example.com\u0007',
  '\u202egnp.exe\u2066',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '"\'><svg/onload=alert(1)>',
  ']]>',
  '-->',
  '</pre></details></style>',
  '&lt;&amp;&#0;',
  '::set-output name=x::y',
  '##[group]',
  '\0\u0007\b\uffff\ud800',
  '\u2028\u200b\ufeff',
].join(' ');

const head = {
  family: 'own',
  schema: 'sequence/1',
  section: '5.4',
  level: 'MUST',
  attack: 'rollback',
  duration: 12,
} as const;
const passed: VectorResult = { ...head, id: 'own/passed', verdict: 'passed', by: 'call' };
const skipped: VectorResult = { ...head, id: 'own/skipped', level: 'decision', verdict: 'skipped', reason: hostile };
const failed: VectorResult = {
  ...head,
  id: 'own/failed',
  family: 'own',
  level: 'SHOULD',
  verdict: 'failed',
  by: 'lines',
  failure: {
    comment: `${hostile} comment`,
    effect: `${hostile} effect`,
    problems: [
      { what: 'trusted', where: 'step 2', expected: `${hostile} expected`, found: `${hostile} found` },
      { what: 'result', where: '', expected: 'refused (expired)', found: 'accepted' },
    ],
    served: [`metadata/timestamp.json: ${hostile}`, 'second'],
    output: `first line\n::error::${hostile}`,
  },
};
const result: RunResult = {
  client: `client ${hostile}`,
  spec: '1.0.34',
  passed: 1,
  failed: 1,
  skipped: 1,
  results: [passed, failed, skipped],
};

/** What moves, hides or reorders text; newlines and tabs are looked at by themselves. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\u2028\u2029]/u;

/** The elements of a document whose tags are balanced, with their attributes; throws where they are not. */
function elementsOf(
  markup: string,
  voids: readonly string[] = [],
): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  const token = /<!doctype html>|<\?xml[^<>]*\?>|<(\/?)([a-z0-9]+)((?:\s+[a-z-]+="[^"<]*")*)\s*(\/?)>|[^<]+|</gi;
  for (const [text, end, name = '', attributes = '', empty] of markup.matchAll(token)) {
    if (text === '<') throw new Error(`a stray < before ${markup.slice(0, 40)}`);
    if (name === '') {
      if (!text.startsWith('<') && /&(?!(amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a stray & in ${text}`);
      continue;
    }
    if (end === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes something else`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([a-z-]+)="([^"]*)"/gi)].map(([, key, value]) => [key, value]);
    found.push({ name, attributes: Object.fromEntries(pairs) });
    if (empty !== '/' && !voids.includes(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`);
  return found;
}

describe('the page', () => {
  const page = htmlReport(result, at);
  const body = page.replace(/<style>.*<\/style>/s, '<style></style>');
  const elements = elementsOf(body, ['meta']);

  it('is one page: no script, nothing from elsewhere, and nothing that is allowed to be', () => {
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ['script', 'link', 'img', 'svg', 'iframe', 'object', 'a', 'form', 'base']) {
      expect(names, name).not.toContain(name);
    }
    const attributes = new Set(elements.flatMap((element) => Object.keys(element.attributes)));
    expect([...attributes].sort()).toEqual([
      'charset',
      'class',
      'content',
      'http-equiv',
      'id',
      'lang',
      'name',
      'scope',
    ]);
    const policy = elements.find((element) => element.attributes['http-equiv'] === 'Content-Security-Policy');
    expect(policy?.attributes['content']).toBe(`default-src 'none'; style-src 'unsafe-inline'`);
    expect(page).not.toMatch(/url\(|@import|https?:\/\/(?!example\.com)/);
  });

  it('[A-71] shows foreign text as text', () => {
    expect(body).not.toMatch(unseen);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('\\u{1b}[2J');
    expect(page).toContain('\\u{202e}gnp.exe');
  });

  it('has a matrix by family and level, and what was served, expected and found', () => {
    expect(page).toMatch(
      /<th scope="row">own<\/th><td class="is-passed"><span class="passed">✓ 1<\/span><\/td><td class="is-failed"/,
    );
    for (const text of [
      'step 2, trusted metadata',
      'verdict',
      'refused (expired)',
      'accepted',
      'second',
      'first line\n',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('<span class="level should">SHOULD</span> own/failed');
    expect(page).toContain('1: \\u{1b}');
    expect(page).toContain('@media (prefers-color-scheme: dark)');
    expect(page).toContain('name="viewport" content="width=device-width, initial-scale=1"');
  });

  it('says that nothing failed', () => {
    const page = htmlReport({ ...result, failed: 0, results: [passed] }, at);
    expect(page).toContain('<h2>Failures</h2>\n<p>None.</p>');
    expect(page).not.toContain('Skipped');
  });

  it('stays small, whatever fails', () => {
    const long = 'x'.repeat(1_000_000);
    const huge = {
      ...failed,
      failure: { ...failed.failure, comment: 'c', effect: 'e', served: [], output: long },
    } as VectorResult;
    const many = Array.from({ length: 3000 }, (_, i) => ({ ...huge, id: `own/failed-${i}` }));
    const page = htmlReport({ ...result, results: many }, at);
    expect(page.length).toBeLessThan(8_000_000);
    expect(page).toContain('And 2600 more');
  });
});

describe('JUnit', () => {
  const xml = junitReport(result);

  it('[A-71] is well-formed, whatever is in it', () => {
    const elements = elementsOf(xml);
    expect(xml).not.toMatch(unseen);
    expect(xml).not.toContain(']]>');
    expect(elements.map(({ name }) => name)).toEqual([
      ...['testsuites', 'testsuite', 'testcase', 'testcase', 'failure', 'testcase', 'skipped'],
    ]);
    const [suites, suite, first] = elements;
    expect(suites?.attributes).toMatchObject({ tests: '3', failures: '1', skipped: '1', time: '0.036' });
    expect(suite?.attributes).toMatchObject({ name: 'own', tests: '3', failures: '1', skipped: '1', errors: '0' });
    expect(first?.attributes).toEqual({ classname: 'own', name: 'own/passed', time: '0.012' });
  });
});

describe('JSON', () => {
  it('is what the contract says, and more', () => {
    expect(jsonReport(result)).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 1,
      results: [
        { id: 'own/passed', verdict: 'passed', by: 'call', level: 'MUST' },
        {
          id: 'own/failed',
          verdict: 'failed',
          effect: `${hostile} effect`,
          problems: [{ what: 'trusted' }, { what: 'result' }],
        },
        { id: 'own/skipped', verdict: 'skipped', reason: hostile },
      ],
    });
    const { failure: _, ...rest } = failed;
    expect(Object.keys(jsonReport({ ...result, results: [rest] }) as object)).toContain('client');
  });

  it('[A-71] is printed without what cannot be seen, and is the same', () => {
    const wellFormed = hostile.replace('\ud800', '');
    const text = jsonText(jsonReport({ ...result, client: wellFormed, results: [] }));
    expect(text.replaceAll('\n', '')).not.toMatch(unseen);
    expect(JSON.parse(text).client).toBe(wellFormed);
  });
});

describe('the terminal', () => {
  it('gets a table by family and level, and a sum', () => {
    const lines = terminalReport({
      ...result,
      client: 'c',
      results: [passed, { ...failed, family: 'other-family' }, passed],
    });
    expect(lines.slice(-7)).toEqual([
      'passed/failed/skipped',
      'family         MUST  SHOULD  decision',
      'own           2/0/0       -         -',
      'other-family      -   0/1/0         -',
      '',
      'client: c',
      '1 passed, 1 failed, 1 skipped',
    ]);
    expect(lines[0]).toMatch(/^failed own\/failed \(SHOULD\): /);
    expect(lines.some((line) => line.startsWith('    step 2, trusted metadata: expected '))).toBe(true);
  });

  it('gets no more lines than can be read', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ ...failed, id: `own/failed-${i}` }));
    const reasons = Array.from({ length: 500 }, (_, i) => ({ ...skipped, reason: `reason ${i}` }));
    const lines = terminalReport({ ...result, results: [...many, ...reasons] });
    expect(lines.length).toBeLessThan(300);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(500);
    expect(lines).toContain('and 4880 more: see --json or --report');
    expect(lines).toContain('and for 480 more reasons');
  });
});
