import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const dir = join(base.path, 'repository');
afterAll(() => base.remove());

function file(name: string): string {
  const folder = join(base.path, 'files');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), name);
  return join(folder, name);
}

const words = async (...args: string[]) => (await tufa(['explain', ...args])).stdout.trimEnd().split('\n');

beforeAll(async () => {
  await ok(['init', dir]);
  await ok(['delegate', dir, 'stable', '--paths', 'v*/*', '--terminating']);
  await ok(['delegate', dir, 'nightly', '--paths', '*/*']);
  await ok(['delegate', dir, 'other', '--paths', 'other/*']);
  await ok(['add', dir, file('app.tgz'), '--prefix', 'v1', '--role', 'stable']);
  await ok(['add', dir, file('top.tgz')]);
  await ok(['add', dir, file('x.tgz'), '--prefix', 'odd', '--role', 'nightly']);
  await ok(['publish', dir]);
});

describe('tufa explain', () => {
  it('says who lists a target, and by which pattern a search came there', async () => {
    expect(await words(dir, 'v1/app.tgz')).toEqual([
      'targets does not list it; 1 delegation is for other paths',
      '  delegates to stable, by v*/*, terminating: asked',
      '  delegates to nightly, by */*: not asked: a terminating delegation stands before it',
      'stable lists it',
      '"v1/app.tgz" is found: stable lists it, 7 bytes',
    ]);
    expect(await words(dir, 'top.tgz')).toEqual(['targets lists it', '"top.tgz" is found: targets lists it, 7 bytes']);
  });

  it('[5.6.7.2.1] says that nobody who is trusted with a path lists it', async () => {
    const ran = await tufa(['explain', dir, 'v1/none.tgz', '--json']);
    expect(ran.exitCode).toBe(3);
    expect(ran.json).toMatchObject({
      outcome: 'not-found',
      role: null,
      target: null,
      error: { code: 'ERR_TUF_NOT_FOUND' },
      visited: [
        {
          role: 'targets',
          listed: false,
          others: 1,
          matching: [
            { role: 'stable', by: { kind: 'pattern', text: 'v*/*' }, terminating: true, fate: 'visited' },
            { role: 'nightly', fate: 'cut-off' },
          ],
        },
        { role: 'stable', listed: false, matching: [], others: 0 },
      ],
    });
  });

  it('says which role refuses, and what was asked before it', async () => {
    const broken = join(base.path, 'broken');
    cpSync(dir, broken, { recursive: true });
    rmSync(join(broken, 'public/metadata/1.nightly.json'));
    const ran = await tufa(['explain', broken, 'odd/x.tgz', '--json']);
    expect(ran.exitCode).toBe(3);
    expect(ran.json).toMatchObject({
      outcome: 'refused',
      error: { code: 'ERR_TUF_TRANSPORT' },
      visited: [{ role: 'targets', matching: [{ role: 'nightly', fate: 'not-reached' }] }],
    });
    const late = await tufa(['explain', dir, 'top.tgz', '--at', '2040-01-01', '--json']);
    expect([late.exitCode, late.json.error.code]).toEqual([1, 'ERR_TUF_EXPIRED']);
  });

  it('finds the hash bin of a path', async () => {
    const binned = join(base.path, 'binned');
    await ok(['init', binned]);
    await ok(['add', binned, file('app.tgz')]);
    await ok(['bins', binned, '--bits', '1']);
    await ok(['publish', binned]);
    const lines = await words(binned, 'app.tgz');
    expect(lines[1]).toMatch(/^ {2}delegates to bin-[01], the hash bin of this path: asked$/);
    expect(lines.at(-1)).toMatch(/^"app.tgz" is found: bin-[01] lists it, 7 bytes$/);
  });

  it('asks a served repository, and a folder that is served, from a root that is given', async () => {
    const root = join(dir, 'root.json');
    const served = join(dir, 'public');
    const found = '"top.tgz" is found: targets lists it, 7 bytes';
    expect((await words(served, 'top.tgz', '--root', root)).at(-1)).toBe(found);
    const server = await serveFolder(served, 0);
    try {
      expect((await words(server.metadataUrl, 'top.tgz', '--root', root)).at(-1)).toBe(found);
      await fails(['explain', server.metadataUrl, 'top.tgz'], 2, 'ERR_TUF_USAGE');
    } finally {
      await server.close();
    }
    await fails(['explain', served, 'top.tgz'], 2, 'ERR_TUF_USAGE');
    await fails(['explain', base.path, 'top.tgz'], 3, 'ERR_TUF_STORE');
  });

  it('says what is staged for a target, and that clients do not see it yet', async () => {
    const later = join(base.path, 'later');
    await ok(['init', later]);
    await ok(['add', later, file('app.tgz')]);
    expect((await words(later, 'app.tgz')).slice(-3)).toEqual([
      '"app.tgz" is not found: no role that is trusted with this path lists it',
      'staged for targets, and not published yet: added',
      `what comes next for it says: tufa status ${later}`,
    ]);
    const ran = await tufa(['explain', later, 'app.tgz', '--json']);
    expect([ran.exitCode, ran.json.staged]).toEqual([3, [{ role: 'targets', change: 'added' }]]);
    expect(await words(later, 'other.tgz')).toHaveLength(2);
    await ok(['publish', later]);
    expect((await tufa(['explain', later, 'app.tgz', '--json'])).json).toMatchObject({ outcome: 'found', staged: [] });
    await ok(['remove', later, 'app.tgz']);
    const { json, exitCode } = await tufa(['explain', later, 'app.tgz', '--json']);
    expect([exitCode, json.outcome, json.staged]).toEqual([0, 'found', [{ role: 'targets', change: 'removed' }]]);
    writeFileSync(join(later, 'drafts/targets.json'), '{');
    const damaged = await tufa(['explain', later, 'app.tgz']);
    expect([damaged.exitCode, damaged.stderr]).toEqual([0, expect.stringContaining('what is staged cannot be read')]);
  });

  it('shows no character that a terminal would act on', async () => {
    const { stdout } = await tufa(['explain', dir, 'v1/\u001b[31m']);
    expect(stdout).not.toContain('\u001b');
  });
});
