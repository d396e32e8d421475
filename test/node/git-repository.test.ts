import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { type GitRepositoryOptions, gitRepository } from '../../src/node/git-repository.ts';
import { contentOf, type Publication, publish } from '../../src/repository/index.ts';
import { clientOf, firstPublication, newRoles, nextPublication, readAll } from '../repository/fixture.ts';
import { branch, GitPlace, git, plainEnv } from './git-place.ts';
import { describePublication, filesBelow, served } from './git-publication.ts';

const place = new GitPlace();
afterAll(() => place.remove());

const bytes = (value: string) => Buffer.from(value, 'latin1');
const remote = { remote: 'origin' };

describe('a working tree of git', () => {
  it('commits what was put, with the head, in the layout of a folder', async () => {
    const tree = await place.tree();
    const backend = place.open(tree);
    await backend.targets.put('a/b.bin', contentOf(bytes('\0\r\n\xff')));
    await backend.metadata.put('1.root.json', contentOf(bytes('{}')));
    expect(git(tree, 'status', '--porcelain').split('\n')).toContain('?? metadata/');
    await backend.head.replace(undefined, bytes('head'));
    expect(served(tree)).toEqual({
      '.gitattributes': '* -text -filter -ident -working-tree-encoding\n',
      '.nojekyll': '',
      'metadata/1.root.json': '{}',
      'metadata/timestamp.json': 'head',
      'targets/a/b.bin': '\0\r\n\xff',
    });
    expect(filesBelow(tree)).toEqual(served(tree));
    expect(git(tree, 'status', '--porcelain')).toBe('');
  });

  it('commits nothing else that is in the tree or staged', async () => {
    const tree = await place.tree();
    const backend = place.open(tree);
    await backend.head.replace(undefined, bytes('1'));
    writeFileSync(join(tree, 'CNAME'), 'example.org');
    writeFileSync(join(tree, 'notes.txt'), 'mine');
    git(tree, 'add', 'CNAME');
    await backend.metadata.put('1.root.json', contentOf(bytes('{}')));
    await backend.head.replace(bytes('1'), bytes('2'));
    expect(Object.keys(served(tree))).not.toContain('CNAME');
    expect(git(tree, 'status', '--porcelain')).toBe('A  CNAME\n?? notes.txt\n');
    git(tree, 'commit', '--quiet', '-m', 'by hand');
    await backend.head.replace(bytes('2'), bytes('3'));
    expect(served(tree)).toMatchObject({ CNAME: 'example.org', 'metadata/timestamp.json': '3' });
  });

  it('commits what is put after the head when the publication ends', async () => {
    const tree = await place.tree(place.bare());
    const backend = place.open(tree, remote);
    await backend.head.replace(undefined, bytes('1'));
    await backend.metadata.put('2.root.json', contentOf(bytes('{}')));
    expect(Object.keys(served(tree))).not.toContain('metadata/2.root.json');
    await backend.settle();
    expect(Object.keys(served(tree))).toContain('metadata/2.root.json');
    expect(git(tree, 'rev-parse', branch)).toBe(git(tree, 'rev-parse', 'origin/main'));
  });

  it('keeps any name that a target may have, and refuses those that git cannot keep', async () => {
    const tree = await place.tree();
    const backend = place.open(tree);
    const names = ['a "b"\\', '-x', '--force', ':(top)x', 'a\tb', 'a\nb', '"q"', 'ü/猫', '.gitignore', '*', 'HEAD'];
    for (const name of names) if (!name.includes('\\')) await backend.targets.put(name, contentOf(Buffer.from(name)));
    await backend.head.replace(undefined, bytes('1'));
    for (const name of names) {
      if (!name.includes('\\'))
        expect(git(tree, 'show', `${branch}:targets/${name}`)).toBe(Buffer.from(name).toString('latin1'));
    }
    for (const name of ['.git', '.git/config', 'a/.GIT/x', 'git~1', '.git ', '.g\u200cit']) {
      await expect(backend.targets.put(name, contentOf(bytes('x'))), name).rejects.toMatchObject({
        code: 'ERR_TUF_REPOSITORY_REFUSED',
        hint: expect.stringContaining('rename'),
      });
    }
  });

  it("does what a person's configuration says nothing of: bytes, hooks and signatures are as they are", async () => {
    const home = place.fresh();
    mkdirSync(join(home, 'hooks'), { recursive: true });
    for (const hook of ['pre-commit', 'commit-msg', 'pre-push', 'reference-transaction', 'post-index-change']) {
      writeFileSync(join(home, 'hooks', hook), `#!/bin/sh\ntouch ${home}/ran\nexit 1\n`, { mode: 0o755 });
    }
    writeFileSync(join(home, 'attributes'), '* text eol=crlf filter=shout\n');
    writeFileSync(
      join(home, '.gitconfig'),
      `[core]
  autocrlf = true
  eol = crlf
  safecrlf = true
  attributesFile = ${home}/attributes
  excludesFile = ${home}/attributes
[commit]
  gpgSign = true
[push]
  gpgSign = true
  followTags = true
[gpg]
  program = /bin/false
[user]
  name = Somebody
  email = somebody@example.org
[filter "shout"]
  clean = tr a-z A-Z
  smudge = tr a-z A-Z
  required = true
`,
    );
    const env = {
      PATH: plainEnv.PATH,
      HOME: home,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_DIR: '/nonexistent',
      GIT_INDEX_FILE: '/x',
      TUFA_PASSPHRASE: 'secret',
    };
    const url = place.bare();
    const tree = await place.tree(url);
    git(tree, 'config', 'core.hooksPath', join(home, 'hooks'));
    git(tree, 'config', 'core.fsmonitor', join(home, 'hooks/pre-commit'));
    const backend = place.open(tree, { ...remote, env });
    const content = { 'a.txt': 'a\nb\n', 'b.txt': 'a\r\nb\r\n', 'c.txt': '$Id$ \0 \xff' };
    for (const [name, text] of Object.entries(content)) await backend.targets.put(name, contentOf(bytes(text)));
    await backend.head.replace(undefined, bytes('head\n'));
    for (const [name, text] of Object.entries(content)) expect(served(url)[`targets/${name}`]).toBe(text);
    expect(existsSync(join(home, 'ran'))).toBe(false);
    expect(git(tree, 'log', '-1', '--format=%an <%ae> %G?')).toBe('Somebody <somebody@example.org> N\n');
    const other = place.clone(url);
    rmSync(join(other, 'targets'), { recursive: true });
    git(other, '-c', 'core.autocrlf=true', 'checkout', '--quiet', '--', '.');
    expect(filesBelow(other)).toEqual(served(url));
    await backend.targets.put('d.txt', contentOf(bytes('\n')));
    await backend.head.replace(bytes('head\n'), bytes('head\r\n'));
    await place.open(other, { ...remote, env }).sync();
    expect(filesBelow(other)).toEqual(served(url));
    expect(git(other, 'status', '--porcelain')).toBe('');
  });

  it('refuses what this clone alone would change on its way to the disk', async () => {
    const url = place.bare();
    const backend = place.open(await place.tree(url), remote);
    await backend.targets.put('a.txt', contentOf(bytes('a\n')));
    await backend.head.replace(undefined, bytes('1'));
    const other = await place.tree(url);
    mkdirSync(join(other, '.git/info'), { recursive: true });
    writeFileSync(join(other, '.git/info/attributes'), '* text eol=crlf\n');
    await expect(place.open(other, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      message: expect.stringContaining('git changes the bytes'),
      hint: expect.stringContaining('info/attributes'),
    });
    expect(existsSync(join(other, 'targets'))).toBe(false);
  });
});

describe('a working tree of git that cannot be used', () => {
  const head = async (tree: string, options: Partial<GitRepositoryOptions> = {}) =>
    place.open(tree, options).head.replace(undefined, bytes('1'));

  it('says that git is missing', async () => {
    const env = { PATH: place.fresh() };
    await expect(head(await place.tree(), { env })).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: 'git is not there',
      hint: expect.stringContaining('install git'),
    });
  });

  it('says that it is none, or no top of one, whatever is around it', async () => {
    const around = await place.tree();
    const inside = join(around, 'public');
    mkdirSync(inside);
    const bare = place.fresh();
    mkdirSync(bare);
    for (const folder of [inside, bare]) {
      await expect(head(folder)).rejects.toMatchObject({
        code: 'ERR_TUF_STORE',
        message: expect.stringContaining('not the top'),
        hint: expect.stringContaining('git clone'),
      });
    }
    await expect(head(place.fresh())).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
  });

  it('says that it is on another branch, or on none', async () => {
    const tree = await place.tree();
    await head(tree);
    git(tree, 'switch', '--quiet', '-c', 'other');
    await expect(head(tree)).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      message: expect.stringContaining('refs/heads/other'),
      hint: expect.stringContaining('switch main'),
    });
    git(tree, 'switch', '--quiet', '--detach');
    await expect(head(tree)).rejects.toMatchObject({ message: expect.stringContaining('no branch') });
  });

  it('says what differs from the branch, and changes nothing', async () => {
    for (const damage of [(path: string) => writeFileSync(path, 'changed'), (path: string) => rmSync(path)]) {
      const tree = await place.tree();
      const backend = place.open(tree);
      await backend.metadata.put('1.root.json', contentOf(bytes('{}')));
      await backend.head.replace(undefined, bytes('1'));
      const before = served(tree);
      damage(join(tree, 'metadata/1.root.json'));
      await expect(backend.head.replace(bytes('1'), bytes('2'))).rejects.toMatchObject({
        code: 'ERR_TUF_CONFLICT',
        evidence: { path: 'metadata/1.root.json' },
        hint: expect.stringContaining('status'),
      });
      expect(served(tree)).toEqual(before);
      git(tree, 'checkout', '--', '.');
      await backend.head.replace(bytes('1'), bytes('2'));
    }
  });

  it('gives a git that does not end, or does not stop talking, up', async () => {
    const tree = await place.tree();
    const slow = place.envWith('case "$*" in *write-tree*) sleep 60;; esac; exec $GIT "$@"');
    await expect(head(tree, { env: slow, timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: 'git write-tree took too long',
    });
    const loud = place.envWith('case "$*" in *write-tree*) yes;; esac; exec $GIT "$@"');
    await expect(head(tree, { env: loud })).rejects.toMatchObject({ message: 'git write-tree said too much' });
    await head(tree);
  });

  it('tells of a remote that refuses, and loses nothing', async () => {
    const url = place.bare();
    writeFileSync(join(url, 'hooks/pre-receive'), '#!/bin/sh\necho "this branch is protected" >&2\nexit 1\n', {
      mode: 0o755,
    });
    const tree = await place.tree(url);
    const backend = place.open(tree, remote);
    await backend.metadata.put('1.root.json', contentOf(bytes('{}')));
    await expect(backend.head.replace(undefined, bytes('1'))).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: expect.stringContaining('git push'),
    });
    expect(await backend.head.read()).toBeUndefined();
    rmSync(join(url, 'hooks/pre-receive'));
    await backend.head.replace(undefined, bytes('1'));
    expect(served(url)).toMatchObject({ 'metadata/1.root.json': '{}', 'metadata/timestamp.json': '1' });
  });

  it('tells of a remote that is not there', async () => {
    const tree = await place.tree(join(place.path, 'nowhere.git'));
    await expect(place.open(tree, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: expect.stringContaining('git ls-remote'),
      hint: expect.stringContaining('check the address of the remote'),
    });
  });
});

describe('two clones of one remote', () => {
  it('take over what the other published, and keep what belongs to neither', async () => {
    const url = place.bare();
    const one = await place.tree(url);
    await place.open(one, remote).head.replace(undefined, bytes('1'));
    const two = place.clone(url);
    writeFileSync(join(two, 'notes.txt'), 'mine');
    const backend = place.open(one, remote);
    await backend.targets.put('a/b', contentOf(bytes('x')));
    await backend.head.replace(bytes('1'), bytes('2'));
    const other = place.open(two, remote);
    expect(await other.head.read()).toEqual(new Uint8Array(bytes('1')));
    await other.sync();
    expect(await other.head.read()).toEqual(new Uint8Array(bytes('2')));
    expect(filesBelow(two)).toEqual({ ...served(url), 'notes.txt': 'mine' });
    expect(git(two, 'status', '--porcelain')).toBe('?? notes.txt\n');
    git(two, 'rm', '--quiet', 'targets/a/b');
    git(two, 'commit', '--quiet', '-m', 'gone');
    await other.sync();
    await backend.sync();
    expect(filesBelow(one)).toEqual(served(url));
  });

  it('take over that a file has become a folder, also when that was stopped half way', async () => {
    const url = place.bare();
    const one = await place.tree(url);
    const backend = place.open(one, remote);
    writeFileSync(join(one, 'doc'), 'a file');
    git(one, 'add', 'doc');
    git(one, 'commit', '--quiet', '-m', 'a file');
    await backend.head.replace(undefined, bytes('1'));
    const [two, three] = [place.clone(url), place.clone(url)];
    rmSync(join(one, 'doc'));
    mkdirSync(join(one, 'doc'));
    writeFileSync(join(one, 'doc/index.html'), 'a page');
    git(one, 'add', '--all', 'doc');
    git(one, 'commit', '--quiet', '-m', 'a folder');
    git(one, 'push', '--quiet', 'origin', branch);
    rmSync(join(three, 'doc'));
    cpSync(join(one, 'doc'), join(three, 'doc'), { recursive: true });
    for (const tree of [two, three]) {
      await place.open(tree, remote).sync();
      expect(filesBelow(tree)).toEqual(served(url));
      expect(git(tree, 'status', '--porcelain')).toBe('');
    }
  });

  it('do not overwrite what somebody changed', async () => {
    const url = place.bare();
    const one = await place.tree(url);
    const backend = place.open(one, remote);
    await backend.head.replace(undefined, bytes('1'));
    const two = place.clone(url);
    writeFileSync(join(one, 'index.html'), 'hello');
    git(one, 'add', 'index.html');
    git(one, 'commit', '--quiet', '-m', 'a page');
    await backend.sync();
    writeFileSync(join(two, 'index.html'), 'mine');
    await expect(place.open(two, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      evidence: { path: 'index.html' },
    });
    expect(readFileSync(join(two, 'index.html'), 'utf8')).toBe('mine');
    git(two, 'commit', '--quiet', '--allow-empty', '-m', 'another way');
    await expect(place.open(two, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      message: expect.stringContaining('different ways'),
      hint: expect.stringContaining('log'),
    });
  });

  it('refuse what is no file', async () => {
    const url = place.bare();
    const one = await place.tree(url);
    await place.open(one, remote).head.replace(undefined, bytes('1'));
    const two = place.clone(url);
    git(two, 'config', 'core.symlinks', 'true');
    execSymlink(two);
    git(two, 'add', 'targets');
    git(two, 'commit', '--quiet', '-m', 'a link');
    git(two, 'push', '--quiet');
    await expect(place.open(one, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      evidence: { path: 'targets/link' },
    });
    expect(existsSync(join(one, 'targets'))).toBe(false);
  });

  function execSymlink(tree: string): void {
    mkdirSync(join(tree, 'targets'));
    cpSync('/proc/self/cwd', join(tree, 'targets/link'), { verbatimSymlinks: true });
  }

  it('that publish at once: one is first, the other is told and goes on from it', async () => {
    const url = place.bare();
    const roles = await newRoles();
    const first = await firstPublication(roles, { 'a.txt': 'first' });
    const one = await place.tree(url);
    await publish(first, place.open(one, remote));
    const trees = [one, place.clone(url)];
    const names = ['left.txt', 'right.txt'];
    const publications: Publication[] = [];
    for (const [n, tree] of trees.entries()) {
      const backend = place.open(tree, remote);
      await backend.sync();
      publications.push(await nextPublication(roles, backend, first.root, { [names[n] as string]: 'x' }));
    }
    const results = await Promise.allSettled(
      publications.map((each, n) => publish(each, place.open(trees[n] as string, remote))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const loser = results.findIndex(({ status }) => status === 'rejected');
    expect(results[loser]).toMatchObject({ reason: { code: 'ERR_TUF_CONFLICT' } });
    const winner = clientOf(folderRepository(place.clone(url)), first.root);
    await readAll(winner, ['a.txt', names[1 - loser] as string]);
    expect(await winner.find(names[loser] as string)).toBeUndefined();
    const backend = place.open(trees[loser] as string, remote);
    await backend.sync();
    const again = await nextPublication(roles, backend, first.root, { [names[loser] as string]: 'x' });
    await publish(again, backend);
    await readAll(clientOf(folderRepository(place.clone(url)), first.root), ['a.txt', ...names]);
  });
});

describePublication(place, { consistentSnapshot: true, stride: 13 });

describe('the sources of git', () => {
  it('are opened without being looked at', async () => {
    // A command that only reads the configuration opens one where no git is.
    expect(gitRepository('/nonexistent', { branch })).toBeDefined();
  });
});
