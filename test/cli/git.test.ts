import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../src/cli/static-server.ts';
import { GitPlace, git, plainEnv } from '../node/git-place.ts';
import { newFolder, newShell } from './harness.ts';

const base = newFolder();
const place = new GitPlace();
afterAll(() => {
  base.remove();
  place.remove();
});
const tufa = newShell();
const path = (...names: string[]) => join(base.path, ...names);
const run = async (...args: string[]) => {
  const ran = await tufa(args);
  expect(ran.exitCode, `${args.join(' ')}: ${ran.stderr}`).toBe(0);
  return ran;
};

describe('tufa with git', () => {
  it('commits each publication to a branch of its own, without a remote', async () => {
    await run('init', path('alone'), '--git');
    expect(JSON.parse(readFileSync(path('alone/tufa.json'), 'utf8')).git).toEqual({ branch: 'main' });
    base.write('a.txt', 'a');
    await run('add', path('alone'), path('a.txt'));
    await run('publish', path('alone'));
    await run('timestamp', path('alone'));
    await run('status', path('alone'));
    expect(git(path('alone/public'), 'log', '--format=%s').trim().split('\n')).toHaveLength(3);
    expect(git(path('alone/public'), 'status', '--porcelain')).toBe('');
    // What changes the configuration keeps the rest of it.
    await run('key', 'import', path('alone'), `file:${path('alone/keys/root-1.pem')}`);
    expect(JSON.parse(readFileSync(path('alone/tufa.json'), 'utf8')).git).toEqual({ branch: 'main' });
  });

  it('goes on from a branch that has a page, and refuses one that has a repository', async () => {
    const url = place.bare();
    const tree = place.clone(url);
    writeFileSync(join(tree, 'CNAME'), 'example.org');
    git(tree, 'add', 'CNAME');
    git(tree, 'commit', '--quiet', '-m', 'a name');
    git(tree, 'push', '--quiet', 'origin', 'HEAD:main');
    await run('init', path('pushed'), '--git', '--git-remote', url);
    const names = git(url, 'ls-tree', '-r', '--name-only', 'main').trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['CNAME', '.nojekyll', 'metadata/timestamp.json']));
    expect(await tufa(['init', path('again'), '--git', '--git-remote', url])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('is published on the branch main already'),
    });
    expect(existsSync(path('again'))).toBe(false);
  });

  it('says that the first push failed, and pushes with the next publication', async () => {
    const url = place.bare();
    writeFileSync(join(url, 'hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await tufa(['init', path('late'), '--git', '--git-remote', url])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('tufa publish'),
    });
    rmSync(join(url, 'hooks/pre-receive'));
    await run('publish', path('late'));
    expect(git(url, 'ls-tree', '--name-only', 'main')).toContain('metadata');
  });

  it('tells the one of two operators who is late, who then goes on', async () => {
    const url = place.bare();
    await run('init', path('one'), '--git', '--git-remote', url);
    mkdirSync(path('two'));
    for (const name of ['tufa.json', 'root.json', 'published.json', 'keys']) {
      cpSync(path('one', name), path('two', name), { recursive: true });
    }
    execFileSync('git', ['clone', '--quiet', url, path('two/public')], { env: plainEnv });
    for (const name of ['one', 'two']) {
      base.write(`${name}.txt`, name);
      await run('add', path(name), path(`${name}.txt`));
    }
    await run('publish', path('one'));
    const late = await tufa(['publish', path('two')]);
    expect(late.exitCode, late.stderr).toBe(4);
    await run('discard', path('two'));
    await run('add', path('two'), path('two.txt'));
    await run('publish', path('two'));
    const clone = place.clone(url);
    expect(git(clone, 'ls-files', 'targets').trim().split('\n')).toHaveLength(2);
  });

  it("serves what is published, and nothing of git's own", async () => {
    await run('init', path('served'), '--git');
    const server = await serveFolder(path('served/public'), 0);
    try {
      const status = async (name: string) => (await fetch(new URL(`../${name}`, server.metadataUrl))).status;
      expect(await status('metadata/timestamp.json')).toBe(200);
      for (const name of ['.git/HEAD', '.git/config', '.GIT/config', '%2egit/config', '.git']) {
        expect(await status(name), name).toBe(404);
      }
    } finally {
      await server.close();
    }
  });

  it.each([
    ['--git-remote', 'x'],
    ['--git', '-x'],
    ['--git', 'a..b'],
    ['--git', 'x.lock'],
  ])('refuses init %s %s', async (...options) => {
    expect((await tufa(['init', path('bad'), ...options])).exitCode).toBe(2);
  });

  it('refuses a configuration that names something else', async () => {
    await run('init', path('config'), '--git');
    const file = path('config/tufa.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    for (const bad of [
      null,
      'main',
      {},
      { branch: '--upload-pack=x' },
      { branch: 'main', remote: '-x' },
      { branch: 1 },
    ]) {
      writeFileSync(file, JSON.stringify({ ...config, git: bad }));
      expect(await tufa(['status', path('config')])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('git'),
      });
    }
  });
});
