/** What others may have done to the branch, and what a clone may be like: each is taken over, or refused without a loss. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contentOf } from '../../src/repository/index.ts';
import { branch, GitPlace, git, plainEnv } from './git-place.ts';
import { filesBelow, served } from './git-publication.ts';

const place = new GitPlace();
afterAll(() => place.remove());

const bytes = (value: string) => Buffer.from(value, 'latin1');
const remote = { remote: 'origin' };

const write = (tree: string, path: string, text: string): void => {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
};

const commit = (tree: string, what = 'by hand'): void => {
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '-m', what);
  git(tree, 'push', '--quiet', 'origin', branch);
};

/** A remote with a head and these files, somebody's clone of it, and the clone that is looked at. */
async function clones(files: Record<string, string> = {}) {
  const url = place.bare();
  const theirs = await place.tree(url);
  for (const [path, text] of Object.entries(files)) write(theirs, path, text);
  await place.open(theirs, remote).head.replace(undefined, bytes('1'));
  if (Object.keys(files).length > 0) commit(theirs, 'files');
  return { url, theirs, ours: place.clone(url) };
}

async function expectTaken(tree: string, url: string): Promise<void> {
  await place.open(tree, remote).sync();
  expect(filesBelow(tree)).toEqual(served(url));
  expect(git(tree, 'status', '--porcelain')).toBe('');
}

describe('a commit of somebody else', () => {
  it('may make a file of a folder, also where that was stopped half way', async () => {
    const { url, theirs, ours } = await clones({ 'targets/doc/a/index.html': 'a page', 'targets/doc/b': 'b' });
    const [half, most] = [place.clone(url), place.clone(url)];
    rmSync(join(theirs, 'targets/doc'), { recursive: true });
    write(theirs, 'targets/doc', 'a file');
    commit(theirs);
    rmSync(join(half, 'targets/doc/a/index.html'));
    rmSync(join(most, 'targets/doc'), { recursive: true });
    write(most, 'targets/doc', 'a file');
    for (const tree of [ours, half, most]) await expectTaken(tree, url);
  });

  it('may do so while something of our own is in the folder: that stays, and is named', async () => {
    const { theirs, ours } = await clones({ 'page/index.html': 'a page' });
    rmSync(join(theirs, 'page'), { recursive: true });
    write(theirs, 'page', 'a file');
    commit(theirs);
    write(ours, 'page/mine/notes.txt', 'mine');
    const before = filesBelow(ours);
    await expect(place.open(ours, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      message: 'page/mine/notes.txt is in the way and in no commit: page has become a file there',
      hint: expect.stringContaining('move it elsewhere'),
    });
    expect(filesBelow(ours)).toEqual(before);
    renameSync(join(ours, 'page/mine/notes.txt'), join(place.path, 'notes.txt'));
    await place.open(ours, remote).sync();
    expect(readFileSync(join(ours, 'page'), 'utf8')).toBe('a file');
  });

  it('may make a folder where a file of our own is, or a link that leads elsewhere: that stays, and is named', async () => {
    for (const isLink of [false, true]) {
      const { theirs, ours } = await clones();
      write(theirs, 'page/index.html', 'a page');
      commit(theirs);
      const elsewhere = place.fresh();
      mkdirSync(elsewhere);
      if (isLink) symlinkSync(elsewhere, join(ours, 'page'));
      else write(ours, 'page', 'mine');
      await expect(place.open(ours, remote).sync()).rejects.toMatchObject({
        code: 'ERR_TUF_CONFLICT',
        message: 'page is in the way and in no commit: page has become a folder there',
      });
      expect(existsSync(join(elsewhere, 'index.html'))).toBe(false);
      if (!isLink) expect(readFileSync(join(ours, 'page'), 'utf8')).toBe('mine');
    }
  });

  it('may take a file away whose folder is a link here that leads elsewhere: nothing there is touched', async () => {
    const { theirs, ours } = await clones({ 'page/index.html': 'a page' });
    const elsewhere = place.fresh();
    write(elsewhere, 'index.html', 'a page');
    rmSync(join(ours, 'page'), { recursive: true });
    symlinkSync(elsewhere, join(ours, 'page'));
    rmSync(join(theirs, 'page'), { recursive: true });
    commit(theirs);
    await expect(place.open(ours, remote).sync()).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    expect(readFileSync(join(elsewhere, 'index.html'), 'utf8')).toBe('a page');
  });

  it('may write a name with other cases', async () => {
    const { url, theirs, ours } = await clones({ 'targets/README': 'read me', 'Index.html': 'a page' });
    git(theirs, 'mv', 'targets/README', 'targets/readme');
    git(theirs, 'mv', 'Index.html', 'index.html');
    write(theirs, 'index.html', 'another page');
    commit(theirs);
    // As git sets it where names are the same in all cases.
    git(ours, 'config', 'core.ignoreCase', 'true');
    await expectTaken(ours, url);
    expect(Object.keys(filesBelow(ours))).toEqual(expect.arrayContaining(['targets/readme', 'index.html']));
  });

  it('is refused where it has a link or a submodule, by name, and nothing is taken of it', async () => {
    const { url, theirs } = await clones();
    const other = await clones({ x: 'x' });
    const head = git(other.theirs, 'rev-parse', 'HEAD').trim();
    const plants: [string, string, () => void][] = [
      ['targets/link', 'a symbolic link', () => symlinkSync('../metadata', join(theirs, 'targets/link'))],
      [
        'targets/module',
        'a submodule',
        () => git(theirs, 'update-index', '--add', '--cacheinfo', `160000,${head},targets/module`),
      ],
    ];
    for (const [path, kind, plant] of plants) {
      const ours = place.clone(url);
      const before = filesBelow(ours);
      write(theirs, 'targets/beside', kind);
      git(theirs, 'add', '--all');
      plant();
      if (kind === 'a symbolic link') git(theirs, 'add', '--all');
      git(theirs, 'commit', '--quiet', '-m', kind);
      git(theirs, 'push', '--quiet', 'origin', branch);
      await expect(place.open(ours, remote).sync()).rejects.toMatchObject({
        code: 'ERR_TUF_REPOSITORY_REFUSED',
        message: `${path} is no regular file in git, but ${kind}`,
        // Never the name that somebody pushed: it would stand in a command to type.
        hint: expect.stringContaining('git rm --cached -- PATH;'),
      });
      expect(filesBelow(ours)).toEqual(before);
      git(theirs, 'rm', '--quiet', '--cached', path);
      rmSync(join(theirs, path), { force: true });
      git(theirs, 'commit', '--quiet', '-m', 'gone');
      git(theirs, 'push', '--quiet', 'origin', branch);
      await expectTaken(ours, url);
    }
  });

  it('may bring attributes that convert line ends: what is signed keeps its bytes, here and in the branch', async () => {
    const text = { 'targets/lf': 'a\nb\n', 'targets/crlf': 'a\r\nb\r\n' };
    const { url, theirs, ours } = await clones({ '.gitattributes': '* text=auto\n' });
    const backend = place.open(theirs, remote);
    await backend.sync();
    for (const [path, content] of Object.entries(text)) {
      await backend.targets.put(path.slice('targets/'.length), contentOf(bytes(content)));
    }
    await backend.head.replace(bytes('1'), bytes('{\r\n}\n'));
    expect(served(url)).toMatchObject({
      ...text,
      'metadata/timestamp.json': '{\r\n}\n',
      '.gitattributes': '* text=auto\n',
    });
    await place.open(ours, remote).sync();
    expect(filesBelow(ours)).toEqual(served(url));
    expect(await place.open(ours).head.read()).toEqual(new Uint8Array(bytes('{\r\n}\n')));
    // Where a clone would change them as it writes them, nothing is taken over.
    write(theirs, '.gitattributes', '* text eol=crlf\n');
    git(theirs, 'add', '.gitattributes');
    git(theirs, 'commit', '--quiet', '-m', 'line ends', '--', '.gitattributes');
    git(theirs, 'push', '--quiet', 'origin', branch);
    await backend.sync();
    await backend.targets.put('more', contentOf(bytes('c\n')));
    await backend.head.replace(bytes('{\r\n}\n'), bytes('3'));
    expect(served(url)).toMatchObject({ ...text, 'targets/more': 'c\n' });
    await place.open(ours, remote).sync();
    expect(filesBelow(ours)).toEqual(served(url));
    await backend.targets.put('last', contentOf(bytes('d\n')));
    await backend.head.replace(bytes('3'), bytes('4'));
    const before = filesBelow(ours);
    await expect(place.open(ours, remote).sync()).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      message: expect.stringMatching(/^git changes the bytes of /),
      hint: expect.stringContaining('.gitattributes'),
    });
    expect(filesBelow(ours)).toEqual(before);
  });
});

describe('a clone', () => {
  it('may be shallow', async () => {
    const { url, theirs } = await clones({ a: '1' });
    for (const text of ['2', '3']) {
      write(theirs, 'a', text);
      commit(theirs);
    }
    const shallow = place.fresh();
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${url}`, shallow], { env: plainEnv });
    expect(existsSync(join(shallow, '.git/shallow'))).toBe(true);
    write(theirs, 'a', '4');
    commit(theirs);
    const backend = place.open(shallow, remote);
    await backend.sync();
    await backend.head.replace(bytes('1'), bytes('2'));
    await expectTaken(theirs, url);
    expect(served(url)).toMatchObject({ a: '4', 'metadata/timestamp.json': '2' });
    expect(git(theirs, 'log', '--format=%s').split('\n')).toHaveLength(7);
  });

  it('may have nobody who commits: then it is tufa', async () => {
    const { theirs, ours } = await clones();
    const own = place.open(ours, remote);
    await own.sync();
    await own.head.replace(bytes('1'), bytes('2'));
    expect(git(ours, 'log', '-1', '--format=%an <%ae>, %cn')).toBe('tufa <tufa@localhost>, tufa\n');
    git(theirs, 'config', 'user.name', 'Ann');
    git(theirs, 'config', 'user.email', 'ann@example.org');
    const backend = place.open(theirs, remote);
    await backend.sync();
    await backend.head.replace(bytes('2'), bytes('3'));
    expect(git(theirs, 'log', '-1', '--format=%an <%ae>, %cn')).toBe('Ann <ann@example.org>, Ann\n');
  });

  it('may be late: the push is refused, and all that was put is there for the next one', async () => {
    const { url, theirs, ours } = await clones();
    const backend = place.open(ours, remote);
    await backend.sync();
    await backend.targets.put('ours', contentOf(bytes('ours')));
    write(theirs, 'theirs', 'theirs');
    commit(theirs);
    await expect(backend.head.replace(bytes('1'), bytes('2'))).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      message: 'the branch of origin has moved',
      hint: expect.stringContaining('publish again'),
    });
    expect(served(url)).toMatchObject({ theirs: 'theirs', 'metadata/timestamp.json': '1' });
    expect(readFileSync(join(ours, 'targets/ours'), 'utf8')).toBe('ours');
    await backend.sync();
    await backend.head.replace(bytes('1'), bytes('2'));
    expect(served(url)).toMatchObject({ theirs: 'theirs', 'targets/ours': 'ours', 'metadata/timestamp.json': '2' });
  });

  it('is told what a hook of the host says', async () => {
    const { url, ours } = await clones();
    const script = '#!/bin/sh\necho "this branch takes pull requests only" >&2\nexit 1\n';
    writeFileSync(join(url, 'hooks/pre-receive'), script, { mode: 0o755 });
    const backend = place.open(ours, remote);
    await backend.sync();
    await expect(backend.head.replace(bytes('1'), bytes('2'))).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: expect.stringMatching(
        /^git push: this branch takes pull requests only; .*\(pre-receive hook declined\)/,
      ),
      hint: expect.stringContaining('nothing has changed there'),
    });
    expect(await place.open(ours, remote).head.read()).toEqual(new Uint8Array(bytes('1')));
    expect(served(url)).toMatchObject({ 'metadata/timestamp.json': '1' });
  });
});
