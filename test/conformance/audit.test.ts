import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newShell } from '../cli/harness.ts';
import { lineClient, newClients } from './clients.ts';
import { type OwnFolder, ownFolder, patternVector } from './own-vectors.ts';

const tufa = newShell();
const clients = newClients();
let folder: OwnFolder;
let honest: string[];
let wrong: string[];

const name = '\u001b[31m\u202e<script>]]>\n::set-output name=x::y';

beforeAll(() => {
  folder = ownFolder([
    patternVector('own/matched', 'a*', 'abc', true),
    patternVector('own/other', 'a*', 'bc', false, { control: 'own/matched', level: 'decision' }),
  ]);
  const hello = `return { matched: request.path[0] === 'a' };`;
  honest = clients.node('honest', lineClient(['match'], hello));
  wrong = clients.node('wrong', lineClient(['match'], `return { matched: ${JSON.stringify(name)} };`));
});

afterAll(() => {
  clients.remove();
  folder.remove();
});

const audit = (command: readonly string[], ...options: string[]) =>
  tufa(['audit', 'client', '--vectors', folder.path, ...options, '--', ...command]);

describe('tufa audit client', () => {
  it('is 0 where nothing fails, and prints a table', async () => {
    const { exitCode, stdout, stderr } = await audit(honest);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'passed/failed/skipped',
        'family   MUST  SHOULD  decision',
        'own     1/0/0       -     1/0/0',
        '',
        'client: test 1',
        '2 passed, 0 failed',
        '',
      ].join('\n'),
    );
  });

  it('[A-71] is 1 where a vector fails, and shows nothing of the client unescaped', async () => {
    const report = join(clients.path, 'report.html');
    const junit = join(clients.path, 'junit.xml');
    const { exitCode, stdout } = await audit(wrong, '--report', report, '--junit', junit);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('failed own/matched (MUST): what own/matched does');
    expect(stdout).toContain('    effect: what own/matched costs');
    for (const text of [stdout, readFileSync(report, 'utf8'), readFileSync(junit, 'utf8')]) {
      expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|^::/mu);
    }
    expect(readFileSync(report, 'utf8')).not.toContain('<script>');
    expect(readFileSync(junit, 'utf8')).toContain('&lt;script&gt;');
  });

  it('is one JSON document on request', async () => {
    const { exitCode, json, stderr } = await audit(wrong, '--json');
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(json).toMatchObject({
      client: 'test 1',
      passed: 0,
      failed: 2,
      skipped: 0,
      results: [
        { id: 'own/matched', verdict: 'failed', effect: 'what own/matched costs' },
        { id: 'own/other', verdict: 'failed' },
      ],
    });
  });

  it('runs what the filter leaves, and takes its other options', async () => {
    const { json } = await audit(
      honest,
      '--json',
      '--filter',
      'oth',
      '--jobs',
      '2',
      '--timeout',
      '30s',
      '--at',
      '2030-01-01',
    );
    expect(json.results.map(({ id }: { id: string }) => id)).toEqual(['own/other']);
    expect((await audit(honest, '--json', '--protocol', 'lines')).json.passed).toBe(2);
    expect((await audit(honest, '--json', '--protocol', 'command-line')).json.skipped).toBe(2);
    expect((await audit(honest, '--quiet')).stderr).toBe('');
  });

  it('shows its progress on a terminal alone', async () => {
    const args = ['audit', 'client', '--vectors', folder.path, '--', ...honest];
    const { stderr } = await tufa(args, { isTTY: true });
    expect(stderr).toMatch(/\rtufa: 1 of 2 vectors, 0 failed, 0 skipped, about \d+ s left/);
    expect(stderr.endsWith('\r')).toBe(true);
    expect((await tufa(['--json', ...args], { isTTY: true })).stderr).toBe('');
  });

  it('says where expected disagreements are listed', async () => {
    const file = `${wrong[1]}.xfails`;
    writeFileSync(file, 'own/*\n');
    const { exitCode, stdout, stderr } = await audit(wrong);
    rmSync(file);
    expect([exitCode, stderr]).toEqual([0, `tufa: expected disagreements are listed in ${file}\n`]);
    expect(stdout).toContain(`skipped 2: an expected disagreement (${file})`);
  });

  it.each<[string, string[], number, string]>([
    ['no command', ['--'], 2, "missing required argument 'command'"],
    ['a filter that leaves nothing', ['--filter', 'nobody', '--', 'true'], 2, 'no vector has "nobody" in its id'],
    ['another protocol', ['--protocol', 'smoke', '--', 'true'], 2, 'smoke'],
    ['no jobs', ['--jobs', '0', '--', 'true'], 2, 'jobs are a number'],
    ['no time', ['--timeout', 'soon', '--', 'true'], 2, 'is no duration'],
    ['too much time', ['--timeout', '1y', '--', 'true'], 2, 'a timeout is at most 24 days'],
    ['no date', ['--at', 'soon', '--', 'true'], 2, 'is no date'],
    ['a program that is not there', ['--', '/nowhere/client'], 3, 'cannot start /nowhere/client'],
    ['no folder', ['--vectors', '/nowhere', '--', 'true'], 3, 'cannot read /nowhere/index.json'],
  ])('with %s is refused in words', async (_, args, code, message) => {
    const { exitCode, stdout, stderr } = await tufa(['audit', 'client', '--vectors', folder.path, ...args]);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^tufa: hint: /m);
  });

  it('refuses malformed vectors with file and pointer', async () => {
    const broken = ownFolder([{ ...patternVector('own/broken', '*', 'a', true), input: { pattern: 1, path: '' } }]);
    const { exitCode, json } = await tufa(['audit', 'client', '--json', '--vectors', broken.path, '--', ...honest]);
    broken.remove();
    expect([exitCode, json.error]).toMatchObject([
      1,
      { code: 'ERR_TUF_MALFORMED', role: 'own/broken.json', pointer: '/input/pattern', hint: expect.any(String) },
    ]);
  });

  it('writes no report where the run does not come to its end', async () => {
    const report = join(clients.path, 'none.html');
    const controller = new AbortController();
    controller.abort(new DOMException('enough', 'AbortError'));
    const args = ['audit', 'client', '--vectors', folder.path, '--report', report, '--', ...honest];
    expect((await tufa(args, { signal: controller.signal })).exitCode).toBe(130);
    expect(existsSync(report)).toBe(false);
  });
});
