/** Commands that are killed at every change of the disk, or at some, and what everybody finds then. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { git, plainEnv } from '../node/git-place.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { buildCommand, newFolder, newShell, type ProcessRan, startProcess } from './harness.ts';

const preload = fileURLToPath(new URL('kill-at.mjs', import.meta.url));

export interface KillPoints {
  /** Kills `tufa publish` at every `stride`th change. Gives the number of changes that it makes. */
  publish(stride: number, from?: number): Promise<number>;
  add(stride: number, from?: number): Promise<number>;
  bins(stride: number, from?: number): Promise<number>;
  init(stride: number, from?: number): Promise<number>;
  prune(stride: number, from?: number): Promise<number>;
  import(stride: number, from?: number): Promise<number>;
  /** `tufa publish` into a working tree of git that is pushed. */
  publishByGit(stride: number, from?: number): Promise<number>;
  remove(): void;
}

export async function killPoints(): Promise<KillPoints> {
  const base = newFolder();
  const main = await buildCommand('main', base.path);
  const work = join(base.path, 'work');
  const dir = join(work, 'repository');
  const published = join(base.path, 'published');
  const staged = join(base.path, 'staged');
  const files = join(base.path, 'files');
  const tufa = (...args: string[]) => startProcess([main, ...args]).done;
  const counted = (killAt: number, ...args: string[]): Promise<ProcessRan> =>
    startProcess(['--import', preload, main, ...args], { env: killAt === 0 ? {} : { KILL_AT: String(killAt) } }).done;

  mkdirSync(files);
  writeFileSync(join(files, 'a.txt'), 'first');
  writeFileSync(join(files, 'b.txt'), 'other');
  await makeRepository(published);
  expect(await tufa('add', published, files)).toMatchObject({ end: 0 });
  expect(await tufa('publish', published)).toMatchObject({ end: 0 });
  writeFileSync(join(files, 'a.txt'), 'changed');
  writeFileSync(join(files, 'c.txt'), 'new');
  cpSync(published, staged, { recursive: true });
  expect(await tufa('add', staged, files)).toMatchObject({ end: 0 });

  const binKey = (): string[] => ['--key', `file:${join(staged, 'keys', 'targets-1.pem')}`];
  const backend = () => folderRepository(join(dir, 'public'));
  const root = (await folderRepository(join(published, 'public')).metadata.read('1.root.json', 10_000)) as Uint8Array;

  /** Which state a new client and an old one read; both whole, and the same one. */
  async function state(): Promise<'old' | 'new'> {
    const held = memoryStore();
    await clientOf(folderRepository(join(published, 'public')), root, held, new Date()).refresh();
    const states = [];
    for (const store of [memoryStore(), held]) {
      const client = clientOf(backend(), root, store, new Date());
      await client.refresh();
      const isNew = (await client.find('c.txt')) !== undefined;
      await readAll(client, isNew ? ['a.txt', 'b.txt', 'c.txt'] : ['a.txt', 'b.txt']);
      states.push(isNew ? 'new' : 'old');
    }
    expect(new Set(states).size).toBe(1);
    return states[0] as 'old' | 'new';
  }

  /** Kills a command at some of its changes, each time on a new copy. */
  async function sweep(
    command: readonly string[],
    source: string | undefined,
    [stride, from]: readonly [number, number],
    check: (ran: ProcessRan) => Promise<void>,
  ): Promise<number> {
    const prepare = (): void => {
      rmSync(work, { recursive: true, force: true });
      mkdirSync(work);
      if (source !== undefined) cpSync(source, dir, { recursive: true });
    };
    prepare();
    const whole = await counted(0, ...command);
    expect(whole.end, whole.stderr).toBe(0);
    const changes = Number(/changes: (\d+)/.exec(whole.stderr)?.[1]);
    for (let nth = from; nth <= changes; nth += stride) {
      prepare();
      const ran = await counted(nth, ...command);
      expect(ran.end, `change ${nth} of ${changes}`).toBe('SIGKILL');
      await check(ran);
    }
    return changes;
  }

  return {
    publish: (stride, from = 1) =>
      sweep(['publish', dir], staged, [stride, from], async () => {
        expect(['old', 'new']).toContain(await state());
        expect((await tufa('status', dir)).end).toBe(0);
        const again = await tufa('publish', dir);
        expect(again.end, again.stderr).toBe(0);
        expect(await state()).toBe('new');
        expect(readdirSync(join(dir, 'drafts'))).toEqual(['.lock']);
        expect(await tufa('publish', dir, '--json')).toMatchObject({
          end: 0,
          stdout: expect.stringContaining('"published": false'),
        });
      }),
    add: (stride, from = 1) =>
      sweep(['add', dir, files], published, [stride, from], async () => {
        expect(await state()).toBe('old');
        expect((await tufa('add', dir, files)).end).toBe(0);
        expect((await tufa('publish', dir)).end).toBe(0);
        expect(await state()).toBe('new');
      }),
    bins: (stride, from = 1) =>
      sweep(['bins', dir, '--bits', '2', ...binKey()], staged, [stride, from], async () => {
        expect(await state()).toBe('old');
        // All of it is staged, or nothing.
        expect((await tufa('publish', dir)).end).toBe(0);
        expect(await state()).toBe('new');
        expect([0, 4]).toContain(
          readdirSync(join(dir, 'public/metadata')).filter((name) => name.includes('bin-')).length,
        );
        const again = await tufa('bins', dir, '--bits', '2', ...binKey());
        expect(again.end, again.stderr).toBe(0);
        expect((await tufa('publish', dir)).end).toBe(0);
        expect(await state()).toBe('new');
        // Where nothing was left to publish, the empty folder of staged files stays.
        expect(readdirSync(join(dir, 'drafts')).filter((name) => !['.lock', 'files'].includes(name))).toEqual([]);
      }),
    init: (stride, from = 1) =>
      sweep(['init', dir], undefined, [stride, from], async () => {
        if (existsSync(dir)) expect((await tufa('status', dir)).end).toBe(0);
        else expect((await tufa('init', dir)).end).toBe(0);
      }),
    prune: async (stride, from = 1) => {
      const history = join(base.path, 'history');
      const done = join(base.path, 'pruned');
      await makeHistory(history, files);
      cpSync(history, done, { recursive: true });
      expect(await tufa('prune', done, '--keep', '1d')).toMatchObject({ end: 0 });
      expect(namesIn(history).length - namesIn(done).length).toBeGreaterThan(4);
      const first = new Uint8Array(readFileSync(join(history, 'public/metadata/1.root.json')));
      return sweep(['prune', dir, '--keep', '1d'], history, [stride, from], async () => {
        await readAll(clientOf(backend(), first, memoryStore(), new Date()), ['a.txt', 'b.txt', 'c.txt']);
        expect((await tufa('status', dir)).end).toBe(0);
        expect((await tufa('prune', dir, '--keep', '1d')).end).toBe(0);
        expect(namesIn(dir)).toEqual(namesIn(done));
      });
    },
    import: (stride, from = 1) => {
      const command = ['import', dir, '--from', join(published, 'public'), '--root', join(published, 'root.json')];
      return sweep(command, undefined, [stride, from], async () => {
        if (!existsSync(dir)) expect((await tufa(...command)).end).toBe(0);
        expect((await tufa('status', dir)).end).toBe(0);
        expect(namesIn(dir)).toEqual(namesIn(published));
      });
    },
    publishByGit: async (stride, from = 1) => {
      const source = join(base.path, 'by-git');
      await makeGitRepository(source, base.path);
      writeFileSync(join(files, 'c.txt'), 'new');
      expect(await tufa('add', source, files)).toMatchObject({ end: 0 });
      const first = new Uint8Array(readFileSync(join(source, 'root.json')));
      const host = join(dir, 'host.git');
      const isNew = async (): Promise<boolean> => {
        const clone = join(work, 'clone');
        execFileSync('git', ['clone', '--quiet', '--branch', 'main', host, clone], { env: plainEnv });
        const client = clientOf(folderRepository(clone), first, memoryStore(), new Date());
        await client.refresh();
        const found = (await client.find('c.txt')) !== undefined;
        if (found) await readAll(client, ['a.txt', 'b.txt', 'c.txt']);
        rmSync(clone, { recursive: true });
        return found;
      };
      return sweep(['publish', dir], source, [stride, from], async () => {
        await isNew();
        const again = await tufa('publish', dir);
        expect(again.end, again.stderr).toBe(0);
        expect(await isNew()).toBe(true);
        expect(git(join(dir, 'public'), 'status', '--porcelain')).toBe('');
        expect(readdirSync(join(dir, 'drafts'))).toEqual(['.lock']);
      });
    },
    remove: () => base.remove(),
  };
}

/** What is served of a repository. */
function namesIn(dir: string): string[] {
  return readdirSync(join(dir, 'public'), { recursive: true, encoding: 'utf8' }).sort();
}

/** A repository with releases of long ago, and one of now. */
async function makeHistory(dir: string, files: string): Promise<void> {
  const tufa = newShell();
  for (const days of [60, 40, 20, 0]) {
    const now = new Date(Date.now() - days * 86_400_000);
    if (days === 60) expect(await tufa(['init', dir], { now })).toMatchObject({ exitCode: 0 });
    writeFileSync(join(files, 'a.txt'), `${days} days ago`);
    expect(await tufa(['add', dir, files], { now })).toMatchObject({ exitCode: 0 });
    expect(await tufa(['publish', dir], { now })).toMatchObject({ exitCode: 0 });
  }
}

/** A repository that is pushed to one in its own folder, so that copies have each their own. */
async function makeGitRepository(dir: string, base: string): Promise<void> {
  const host = join(base, 'host.git');
  execFileSync('git', ['init', '--quiet', '--bare', host], { env: plainEnv });
  await makeRepository(dir, '--git', 'main', '--git-remote', host);
  renameSync(host, join(dir, 'host.git'));
  git(join(dir, 'public'), 'remote', 'set-url', 'origin', '../host.git');
}

/** Makes a repository, and puts keys in it that need not be decrypted: that takes time at each start. */
async function makeRepository(dir: string, ...options: string[]): Promise<void> {
  const tufa = newShell();
  expect(await tufa(['init', dir, ...options])).toMatchObject({ exitCode: 0 });
  for (const name of readdirSync(join(dir, 'keys'))) {
    const path = join(dir, 'keys', name);
    const key = await readKeyFile(path, { passphrase: 'of the test' });
    rmSync(path);
    await writeKeyFile(path, key, { unencrypted: true });
  }
}
