/** Commands that are killed at every change of the disk, or at some, and what everybody finds then. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { buildCommand, newFolder, newShell, type ProcessRan, startProcess } from './harness.ts';

const preload = fileURLToPath(new URL('kill-at.mjs', import.meta.url));

export interface KillPoints {
  /** Kills `tufa publish` at every `stride`th change. Gives the number of changes that it makes. */
  publish(stride: number, from?: number): Promise<number>;
  add(stride: number, from?: number): Promise<number>;
  bins(stride: number, from?: number): Promise<number>;
  init(stride: number, from?: number): Promise<number>;
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
        expect(readdirSync(join(dir, 'drafts'))).toEqual(['.lock']);
      }),
    init: (stride, from = 1) =>
      sweep(['init', dir], undefined, [stride, from], async () => {
        if (existsSync(dir)) expect((await tufa('status', dir)).end).toBe(0);
        else expect((await tufa('init', dir)).end).toBe(0);
      }),
    remove: () => base.remove(),
  };
}

/** Makes a repository, and puts keys in it that need not be decrypted: that takes time at each start. */
async function makeRepository(dir: string): Promise<void> {
  const tufa = newShell();
  expect(await tufa(['init', dir])).toMatchObject({ exitCode: 0 });
  for (const name of readdirSync(join(dir, 'keys'))) {
    const path = join(dir, 'keys', name);
    const key = await readKeyFile(path, { passphrase: 'of the test' });
    rmSync(path);
    await writeKeyFile(path, key, { unencrypted: true });
  }
}
