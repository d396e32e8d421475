import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, newFolder, newShell, startProcess } from './harness.ts';

const tufa = newShell();
const base = newFolder();
const dir = join(base.path, 'repository');
let main: string;

beforeAll(async () => {
  main = await buildCommand('main', base.path);
  await tufa(['init', dir]);
});

afterAll(() => base.remove());

function file(name: string, text: string): string {
  mkdirSync(join(base.path, 'files'), { recursive: true });
  writeFileSync(join(base.path, 'files', name), text);
  return join(base.path, 'files', name);
}

const run = (...args: string[]) => startProcess([main, ...args]).done;

describe('the executable', () => {
  it('speaks JSON on stdout, words on stderr, and by its exit code', async () => {
    const shown = await run('status', dir, '--json');
    expect(shown.end).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ accepted: true });
    expect(await run('frobnicate', '--json')).toMatchObject({
      end: 2,
      stderr: expect.stringContaining('unknown command'),
    });
    expect(await run('init', dir)).toMatchObject({
      end: 4,
      stdout: '',
      stderr: expect.stringMatching(/^tufa: .*\ntufa: hint: .*\n$/),
    });
    expect(
      await run('refresh', 'http://127.0.0.1:9', '--root', join(dir, 'root.json'), '--store', join(base.path, 's')),
    ).toMatchObject({ end: 3 });
  });

  it('serves until SIGTERM, and says where on its first line', async () => {
    const { child, done, line } = startProcess([main, 'serve', dir, '--json']);
    const { metadataUrl, targetsUrl } = JSON.parse(await line());
    expect([metadataUrl, targetsUrl]).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metadata\/$/),
      expect.stringMatching(/\/targets\/$/),
    ]);
    const store = join(base.path, 'client');
    expect(
      await run('refresh', metadataUrl, '--root', join(dir, 'public/metadata/1.root.json'), '--store', store, '--json'),
    ).toMatchObject({ end: 0 });
    child.kill('SIGTERM');
    expect((await done).end).toBe(0);
  });

  it('ends with 130 at Ctrl-C', async () => {
    const { child, done, line } = startProcess([main, 'serve', dir]);
    await line();
    child.kill('SIGINT');
    expect((await done).end).toBe(130);
  });

  it.each([
    ['Ctrl-C', 'SIGINT'],
    ['a service that ends it', 'SIGTERM'],
  ] as const)('leaves neither folders nor clients behind when an audit is ended by %s', async (_, signal) => {
    const scratch = join(base.path, signal);
    const mark = join(base.path, `${signal}.txt`);
    mkdirSync(scratch);
    const client = file(`client-${signal}.sh`, `echo $$ >"${mark}"; sleep 60`);
    const vectors = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
    const command = ['audit', 'client', '--vectors', vectors, '--filter', 'recovery/', '--protocol', 'command-line'];
    const { child, done } = startProcess([main, ...command, '--', '/bin/sh', client], { env: { TMPDIR: scratch } });
    while (!existsSync(mark)) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill(signal);
    expect((await done).end).toBe(130);
    expect(readdirSync(scratch)).toEqual([]);
    const pid = Number(readFileSync(mark, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('adds at the same time as others without losing their work', async () => {
    const added = await Promise.all(['x', 'y', 'z'].map((name) => run('add', dir, file(`${name}.txt`, name))));
    expect(added.map(({ end }) => end)).toEqual([0, 0, 0]);
    const { targets } = JSON.parse((await run('list', dir, '--json')).stdout);
    expect(targets.map(({ path }: { path: string }) => path)).toEqual(['x.txt', 'y.txt', 'z.txt']);
  });

  it('publishes at the same time as others, and everything is published once', async () => {
    await run('add', dir, file('w.txt', 'w'));
    const published = await Promise.all([run('publish', dir, '--json'), run('publish', dir, '--json')]);
    expect(published.map(({ end }) => end)).toEqual([0, 0]);
    expect(published.map(({ stdout }) => JSON.parse(stdout).published).sort()).toEqual([false, true]);
    expect(readdirSync(join(dir, 'public/metadata')).sort()).toEqual([
      '1.root.json',
      '1.snapshot.json',
      '1.targets.json',
      '2.snapshot.json',
      '2.targets.json',
      'timestamp.json',
    ]);
  });
});

describe('npm start', () => {
  it('shows on real files that everything holds, and leaves a repository to go on with', async () => {
    const start = await buildCommand('start', base.path);
    const cwd = join(base.path, 'cwd');
    const folder = join(cwd, 'folder');
    mkdirSync(join(folder, 'ünder'), { recursive: true });
    writeFileSync(join(folder, 'one.txt'), 'one');
    writeFileSync(join(folder, 'ünder/two.txt'), '');
    const { end, stdout, stderr } = await startProcess([start, folder], { cwd }).done;
    expect([end, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/NOT REFUSED|WAS WRITTEN|CHANGED/);
    expect(stdout).toContain('all 16 attacks were refused');
    for (const attack of [
      'ARBITRARY',
      'ROLLBACK of the root',
      'FREEZE',
      'MIX-AND-MATCH',
      'FAST-FORWARD',
      'ENDLESS',
      'WRONG',
      'COMPROMISED',
      'ONE KEY',
      'ESCAPES',
    ]) {
      expect(stdout).toContain(attack);
    }
    const repository = join(cwd, 'tufa-try/repository');
    const passphrase = /TUFA_PASSPHRASE=(\S+)/.exec(stdout)?.[1] ?? '';
    expect((await startProcess([main, 'status', repository]).done).end).toBe(0);
    const again = startProcess([main, 'add', repository, file('more.txt', 'more')]);
    expect((await again.done).end).toBe(0);
    expect((await startProcess([main, 'publish', repository], { env: { TUFA_PASSPHRASE: passphrase } }).done).end).toBe(
      0,
    );
    expect(readFileSync(join(cwd, 'tufa-try/root.json'), 'utf8')).toContain('"_type":"root"');
  });

  it('leaves alone what it has not made, and says what it needs', async () => {
    const start = join(base.path, 'start.mjs');
    const cwd = join(base.path, 'elsewhere');
    mkdirSync(join(cwd, 'tufa-try'), { recursive: true });
    writeFileSync(join(cwd, 'tufa-try/mine.txt'), 'mine');
    const folder = join(cwd, 'folder');
    mkdirSync(folder);
    expect(await startProcess([start, folder], { cwd }).done).toMatchObject({
      end: 2,
      stderr: expect.stringContaining('no files'),
    });
    writeFileSync(join(folder, 'x'), 'x');
    expect(await startProcess([start, folder], { cwd }).done).toMatchObject({ end: 4 });
    expect(readFileSync(join(cwd, 'tufa-try/mine.txt'), 'utf8')).toBe('mine');
  });
});
