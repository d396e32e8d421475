/** What an operator is told: what clients see and until when, what to do next, and the same for a monitor. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusText } from '../../src/cli/prometheus.ts';
import { at } from '../tools/project.mjs';
import { newFolder, newShell, newVerdicts } from './harness.ts';
import { parsePrometheus } from './prometheus-text.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
afterAll(() => base.remove());
const original = join(base.path, 'original');
const start = new Date();
const inDays = (days: number): Date => new Date(start.getTime() + days * 86_400_000);
const atDay = (days: number): string[] => ['--at', inDays(days).toISOString()];

const copy = (): string => base.copy(original);

beforeAll(async () => {
  await ok(['init', original], { now: start });
  await ok(['delegate', original, 'releases', '--paths', 'releases/*', '--expires', '30d'], { now: start });
  await ok(['add', original, base.write('x.tgz', 'x'), '--role', 'releases', '--prefix', 'releases'], { now: start });
  await ok(['publish', original], { now: start });
});

const status = async (dir: string, ...args: string[]) => (await tufa(['status', dir, ...args, '--json'])).json;
// biome-ignore lint/suspicious/noExplicitAny: what --json gives
const warningsOf = ({ warnings }: any) => warnings.map(({ code, role, next }: any) => [code, role, next]);

describe('tufa status', () => {
  it('says until when clients accept what is published, and of each role who has signed it', async () => {
    const { stdout, exitCode } = await tufa(['status', original, ...atDay(0)]);
    expect(exitCode).toBe(0);
    const [first, root] = stdout.split('\n');
    expect(first).toMatch(/^accepted until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in 23 hours, when timestamp expires$/);
    expect(root).toMatch(
      /^root: version 1, expires \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in 364 days; signed by 1 of 1 keys, 1 needed$/,
    );
    const { roles, acceptedUntil, warnings } = await status(original, ...atDay(0));
    expect(warnings).toEqual([]);
    expect(acceptedUntil).toBe(roles[1].expires);
    expect(roles.at(-1)).toMatchObject({
      role: 'releases',
      threshold: 1,
      keys: 1,
      needs: [{ delegator: 'targets', threshold: 1, signed: [{}], missing: [], more: 0 }],
    });
  });

  it('warns in the last quarter of a lifetime, or as early as it is told, and says what renews the role', async () => {
    const dir = copy();
    expect(warningsOf(await status(dir, ...atDay(0.74)))).toEqual([]);
    expect(warningsOf(await status(dir, ...atDay(0.76)))).toEqual([
      ['expires-soon', 'timestamp', [`tufa timestamp ${dir}`]],
    ]);
    const early = await status(dir, ...atDay(0), '--warn-before', 'snapshot=7d', '--warn-before', 'targets=100d');
    expect(warningsOf(early)).toEqual([
      ['expires-soon', 'snapshot', [`tufa timestamp ${dir}`]],
      // What is said of targets goes for the roles that it delegates to.
      ['expires-soon', 'releases', [`tufa renew ${dir} releases`, `tufa publish ${dir}`]],
    ]);
    expect(early.accepted).toBe(true);
    const late = ['--warn-before', 'timestamp=1h'];
    expect(warningsOf(await status(dir, ...atDay(0.9), ...late))).toEqual([]);
    for (const wrong of ['timestamp', 'timestamp=soon', '=1d']) {
      await fails(['status', dir, '--warn-before', wrong], 2, 'ERR_TUF_USAGE');
    }
  });

  it.each([
    [2, 'timestamp', ['tufa timestamp DIR']],
    [8, 'timestamp', ['tufa timestamp DIR']],
    [31, 'timestamp', ['tufa publish DIR']],
    [400, 'root', ['tufa publish DIR']],
  ])('after %d days says what brings clients back, and that does it', async (days, role, next) => {
    const dir = copy();
    const now = inDays(days);
    const refused = await status(dir, ...atDay(days));
    expect(refused.error).toMatchObject({
      code: 'ERR_TUF_EXPIRED',
      message: expect.stringContaining(`${role} expired at `),
      next: next.map((command) => command.replace('DIR', dir)),
    });
    const { stdout, exitCode } = await tufa(['status', dir, ...atDay(days)]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`^refused: ${role} expired at .*\\n {2}next: tufa `));
    // What is said, to the letter: of all problems, in the order in which they are told.
    const commands = [...refused.warnings, refused.error].flatMap((each: { next: string[] }) => each.next);
    const told = [...new Set(commands)].sort((a, b) => Number(a.includes('publish')) - Number(b.includes('publish')));
    for (const command of told) await ok(command.split(' ').slice(1), { now });
    expect(await status(dir, ...atDay(days))).toMatchObject({ accepted: true, error: null, warnings: [] });
  });

  it('tells of an interrupted publication, of damage and of an older copy', async () => {
    const dir = copy();
    const backup = `${dir}-backup`;
    cpSync(join(dir, 'public'), backup, { recursive: true });
    await ok(['add', dir, base.write('a.txt', 'a')]);
    await ok(['publish', dir]);
    const newest = `${dir}-newest`;
    cpSync(join(dir, 'public'), newest, { recursive: true });
    const restore = (from: string): void => {
      rmSync(join(dir, 'public'), { recursive: true });
      cpSync(from, join(dir, 'public'), { recursive: true });
    };
    restore(backup);
    expect((await status(dir)).error).toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      hint: expect.stringContaining('bring back the newer files'),
      next: [],
    });
    restore(newest);
    const file = join(
      dir,
      'public/metadata',
      readdirSync(join(dir, 'public/metadata')).find((n) => /3\.targets/.test(n)) as string,
    );
    writeFileSync(file, '{}');
    const damaged = await status(dir);
    expect(damaged).toMatchObject({
      accepted: false,
      error: { hint: expect.stringContaining('from a backup'), next: [] },
    });
    expect((await tufa(['status', dir])).stdout).toMatch(
      /^refused: .*\n {2}hint: bring back what was served, from a backup/,
    );
    restore(newest);
    await ok(['add', dir, base.write('b.txt', 'b')]);
    const inTheWay = join(dir, 'public/metadata/4.snapshot.json');
    mkdirSync(inTheWay);
    expect((await tufa(['publish', dir])).exitCode).toBe(3);
    expect(warningsOf(await status(dir))).toContainEqual(['interrupted', null, [`tufa publish ${dir}`]]);
    rmSync(inTheWay, { recursive: true });
    await ok(['publish', dir]);
    expect((await status(dir)).interrupted).toBe(false);
  });

  it('tells of what is staged who signs it, and of drafts that lead nowhere what becomes of them', async () => {
    const dir = copy();
    await ok(['add', dir, base.write('a.txt', 'a')]);
    const { staged } = await status(dir);
    expect(staged).toMatchObject([{ role: 'targets', next: [`tufa publish ${dir}`] }]);
    // Elsewhere is the key of which the folder does not know.
    const config = JSON.parse(readFileSync(join(dir, 'tufa.json'), 'utf8'));
    writeFileSync(join(dir, 'tufa.json'), JSON.stringify({ ...config, signers: {} }));
    const [others] = (await status(dir)).staged;
    expect(others.next).toEqual([
      `tufa review ${dir} --to EVENT`,
      'tufa sign EVENT --key URI --root ROOT',
      `tufa merge ${dir} EVENT`,
    ]);
    writeFileSync(join(dir, 'tufa.json'), JSON.stringify(config));
    await ok(['sign', dir]);
    const [{ expires }] = (await status(dir)).staged;
    const late = ['--at', new Date(Date.parse(expires) + 1000).toISOString()];
    expect(warningsOf(await status(dir, ...late))).toContainEqual([
      'expired-draft',
      'targets',
      [`tufa renew ${dir} targets`],
    ]);
    cpSync(join(dir, 'drafts/targets.json'), join(base.path, 'stale.json'));
    await ok(['publish', dir]);
    cpSync(join(base.path, 'stale.json'), join(dir, 'drafts/targets.json'));
    const stale = await status(dir);
    expect(stale.accepted).toBe(true);
    expect(warningsOf(stale)).toEqual([['stale-draft', 'targets', [`tufa discard ${dir} targets`]]]);
    writeFileSync(join(dir, 'drafts/targets.json'), '{');
    expect(warningsOf(await status(dir))).toEqual([['unreadable-drafts', expect.anything(), [`tufa discard ${dir}`]]]);
  });
});

describe('tufa renew', () => {
  it('gives root, targets and delegated roles a later date before they end', async () => {
    const dir = copy();
    const now = inDays(280);
    const soon = await ok(['renew', dir], { now });
    expect(soon.staged.map(({ role, version }: { role: string; version: number }) => `${role} ${version}`)).toEqual([
      'root 2',
      'targets 3',
      'releases 2',
    ]);
    await ok(['publish', dir], { now });
    expect(await status(dir, ...atDay(280))).toMatchObject({ accepted: true, warnings: [], staged: [] });
    expect((await ok(['renew', dir], { now })).staged).toEqual([]);
    expect((await ok(['renew', dir, 'root'], { now: inDays(281) })).staged).toMatchObject([
      { role: 'root', version: 3 },
    ]);
    // A draft that was signed says something else now.
    await ok(['sign', dir], { now: inDays(281) });
    const again = await tufa(['renew', dir, 'root'], { now: inDays(282) });
    expect(again.stderr).toContain('the 1 signatures that it had are gone');
  });

  it('refuses what it cannot renew, and says what does', async () => {
    const ran = await fails(['renew', original, 'timestamp'], 2, 'ERR_TUF_USAGE');
    expect(ran.json.error.hint).toContain(`tufa timestamp ${original}`);
    await fails(['renew', original, 'nobody'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });
});

describe('tufa status --prometheus', () => {
  it('is the text format, with what a monitor needs, and the same exit code', async () => {
    const dir = copy();
    await ok(['add', dir, base.write('a.txt', 'a')]);
    const { stdout, exitCode } = await tufa(['status', dir, '--prometheus', ...atDay(0)]);
    expect(exitCode).toBe(0);
    const metrics = parsePrometheus(stdout);
    for (const [name, { type, help }] of metrics) {
      expect(name).toMatch(/^tufa_[a-z_]+$/);
      expect([type, help.endsWith('.')]).toEqual(['gauge', true]);
    }
    const json = await status(dir, ...atDay(0));
    const value = (name: string, labels: object) =>
      metrics.get(name)?.samples.find((sample) => {
        return Object.entries({ repository: dir, ...labels }).every(([key, each]) => sample.labels[key] === each);
      })?.value;
    expect(value('tufa_accepted', {})).toBe(1);
    expect(value('tufa_status_timestamp_seconds', {})).toBe(start.getTime() / 1000);
    for (const { role, version, expires, warnsFrom } of json.roles) {
      expect(value('tufa_role_version', { role })).toBe(version);
      expect(value('tufa_role_expiry_timestamp_seconds', { role })).toBe(Date.parse(expires) / 1000);
      expect(value('tufa_role_warning_timestamp_seconds', { role })).toBe(Date.parse(warnsFrom) / 1000);
      expect(value('tufa_role_signatures', { role })).toBe(1);
      expect(value('tufa_role_threshold', { role })).toBe(1);
    }
    expect(value('tufa_staged_missing_signatures', { role: 'targets', delegator: 'root version 1' })).toBe(1);
    expect(value('tufa_publication_interrupted', {})).toBe(0);
    const refused = await tufa(['status', dir, '--prometheus', ...atDay(2)]);
    expect([refused.exitCode, parsePrometheus(refused.stdout).get('tufa_accepted')?.samples[0]?.value]).toEqual([1, 0]);
    await fails(['status', dir, '--prometheus'], 2, 'ERR_TUF_USAGE');
  });

  it('[A-71] escapes names that somebody else chose', async () => {
    const evil = 'a"b\\c\nd\u001b[2J}';
    const json = await status(original);
    const roles = json.roles.map((role: object) => ({ ...role, role: evil }));
    const text = prometheusText({ ...json, roles: [roles[0]] }, evil);
    const [sample] = parsePrometheus(text).get('tufa_role_version')?.samples ?? [];
    expect(sample?.labels).toEqual({
      repository: 'a"b\\c\\u{a}d\\u{1b}[2J}',
      role: 'a"b\\u{5c}c\\u{a}d\\u{1b}[2J}',
    });
    // What is escaped and what looks like it stay two series.
    const alike = ['x\u001b', 'x\\u{1b}'].map((role) => ({ ...json.roles[0], role }));
    expect(
      parsePrometheus(prometheusText({ ...json, roles: alike }, 'r')).get('tufa_role_version')?.samples,
    ).toHaveLength(2);
  });

  it('has series for the top-level roles, and of many others for those that end first', async () => {
    const json = await status(original);
    const [top, bin] = [json.roles.slice(0, 4), json.roles.at(-1)];
    const bins = Array.from({ length: 300 }, (_, i) => {
      return { ...bin, role: `bin-${i}`, expires: new Date(Date.UTC(2030, 0, 300 - i)).toISOString() };
    });
    const text = prometheusText({ ...json, roles: [...top, ...bins] }, 'r');
    const roles = parsePrometheus(text)
      .get('tufa_role_version')
      ?.samples.map(({ labels }) => labels['role']);
    expect(roles).toHaveLength(104);
    expect(roles?.slice(0, 5)).toEqual(['root', 'timestamp', 'snapshot', 'targets', 'bin-299']);
  });

  it.each([
    ['tufa_x 1'],
    ['# HELP a b\n# TYPE a gauge\n'],
    ['# TYPE a gauge\na 1\n'],
    ['# HELP a b\n# TYPE a gauge\na 1\na 2\n'],
    ['# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n'],
    ['# HELP a b\n# TYPE a gauge\na{x="a"b"} 1\n'],
    ['# HELP a b\n# TYPE a gauge\na one\n'],
  ])('is read strictly: %j is not of the format', (text) => {
    expect(() => parsePrometheus(text)).toThrow(TypeError);
  });
});

describe('the page for every day', () => {
  const page = readFileSync(at('docs/operate/every-day.md'), 'utf8');

  it('names every metric, and its rules name no other', async () => {
    const dir = copy();
    await ok(['add', dir, base.write('a.txt', 'a')]);
    const { stdout } = await tufa(['status', dir, '--prometheus']);
    const names = [...parsePrometheus(stdout).keys()].sort();
    expect([...new Set(page.match(/\btufa_[a-z_]+/g))].sort()).toEqual(names);
  });
});
