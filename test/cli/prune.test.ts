import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository, nodeFolder } from '../../src/node/folder-repository.ts';
import { findGarbage, readPublished, removeGarbage } from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { git } from '../node/git-place.ts';
import { clientOf, crypto, readAll } from '../repository/fixture.ts';
import { newFolder, newShell } from './harness.ts';

const base = newFolder();
afterAll(() => base.remove());
const tufa = newShell();
const path = (...names: string[]) => join(base.path, ...names);
const later = (days: number): Date => new Date(Date.now() + days * 86_400_000);

/** Runs a command that has to work. */
async function run(args: readonly string[], now?: Date) {
  const ran = await tufa(args, now === undefined ? {} : { now });
  expect(ran.exitCode, `${args.join(' ')}: ${ran.stderr}`).toBe(0);
  return ran;
}

/** A repository with three releases of one file, a week apart. */
async function makeHistory(dir: string, ...options: string[]): Promise<void> {
  await run(['init', dir, ...options]);
  for (const week of [0, 1, 2]) {
    base.write('a.txt', `week ${week}`);
    await run(['add', dir, path('a.txt')], later(7 * week));
    await run(['publish', dir], later(7 * week));
  }
}

function names(dir: string): string[] {
  return readdirSync(join(dir, 'public'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('.git/'),
  );
}

describe('tufa prune', () => {
  const dir = path('repository');
  beforeAll(() => makeHistory(dir));
  const copy = (name: string): string => {
    cpSync(dir, path(name), { recursive: true });
    return path(name);
  };
  const soon = later(14.5);

  it('removes what only expired snapshots list, and tells what it would', async () => {
    const at = copy('usual');
    const before = names(at);
    expect((await run(['prune', at, '--json'], soon)).json).toMatchObject({ metadata: [], targets: [] });
    const would = (await run(['prune', at, '--dry-run', '--keep', '1s', '--json'], soon)).json;
    expect(would).toMatchObject({
      removed: false,
      metadata: [1, 2, 3].map((n) => `${n}.snapshot.json`).concat([1, 2, 3].map((n) => `${n}.targets.json`)),
      targets: [1, 2].map(() => expect.stringMatching(/^[0-9a-f]{64}\.a\.txt$/)),
    });
    expect(names(at)).toEqual(before);
    const did = (await run(['prune', at, '--keep', '1s', '--json'], soon)).json;
    expect(did).toEqual({ ...would, removed: true });
    const gone = [
      ...did.metadata.map((name: string) => `metadata/${name}`),
      ...did.targets.map((name: string) => `targets/${name}`),
    ];
    expect(names(at).sort()).toEqual(before.filter((name) => !gone.includes(name)).sort());
    expect(did.bytes).toBe(gone.reduce((sum, name) => sum + readFileSync(join(dir, 'public', name)).length, 0));
    const root = new Uint8Array(readFileSync(join(at, 'public/metadata/1.root.json')));
    await readAll(clientOf(folderRepository(join(at, 'public')), root, memoryStore(), soon), ['a.txt']);
    await run(['status', at], soon);
    base.write('a.txt', 'another');
    await run(['add', at, path('a.txt')], soon);
    await run(['publish', at], soon);
  });

  it('leaves what is staged', async () => {
    const at = copy('staged');
    base.write('a.txt', 'week 0');
    await run(['add', at, path('a.txt')], soon);
    const staged = readdirSync(join(at, 'drafts'), { recursive: true });
    expect((await run(['prune', at, '--keep', '1s', '--json'], soon)).json.targets).toHaveLength(1);
    expect(readdirSync(join(at, 'drafts'), { recursive: true })).toEqual(staged);
    await run(['publish', at], soon);
  });

  it('waits for a publication that was interrupted', async () => {
    const at = copy('interrupted');
    mkdirSync(join(at, 'drafts/journal'), { recursive: true });
    const manifest = {
      done: false,
      keepsStaged: true,
      versions: { root: 1, timestamp: 1, snapshot: 1 },
      base: null,
      beforeHead: [],
      head: 'journal/0.json',
      afterHead: [],
      root: 'journal/0.json',
    };
    writeFileSync(join(at, 'drafts/journal/0.json'), '{}');
    writeFileSync(join(at, 'drafts/journal/manifest.json'), JSON.stringify(manifest));
    const ran = await tufa(['prune', at, '--keep', '1s'], { now: soon });
    expect(ran).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('tufa publish') });
    expect(names(at)).toEqual(names(dir));
  });

  it('is finished by another run after it ends at any removal, and clients see nothing of it', async () => {
    const root = new Uint8Array(readFileSync(join(dir, 'public/metadata/1.root.json')));
    const done = copy('done');
    await run(['prune', done, '--keep', '1s'], soon);
    let stopped = 0;
    for (let nth = 1; ; nth += 1) {
      const at = copy(`stopped-${nth}`);
      let count = 0;
      const unlink = (file: string): Promise<void> => {
        count += 1;
        return count < nth ? nodeFolder.unlink(file) : Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
      };
      const dying = folderRepository(join(at, 'public'), { files: { ...nodeFolder, unlink } });
      const published = await readPublished(dying, new Uint8Array(readFileSync(join(at, 'root.json'))), { crypto });
      if (published === undefined) throw new TypeError('nothing is published');
      const garbage = await findGarbage(dying, published, { usableAt: soon });
      const ended = await removeGarbage(dying, garbage).then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('ERR_TUF_STORE');
          return false;
        },
      );
      await readAll(clientOf(folderRepository(join(at, 'public')), root, memoryStore(), soon), ['a.txt']);
      await run(['prune', at, '--keep', '1s'], soon);
      expect(names(at).sort()).toEqual(names(done).sort());
      stopped = nth;
      if (ended) break;
    }
    expect(stopped).toBe(9);
  });

  it('says where it cannot tell', async () => {
    await run(['init', path('plain'), '--no-consistent-snapshot']);
    expect(await tufa(['prune', path('plain')])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('without consistent snapshots'),
    });
    expect((await tufa(['prune', dir, '--keep', 'long'])).exitCode).toBe(2);
  });

  it('makes a commit of it where the place is git', async () => {
    const at = path('git');
    await makeHistory(at, '--git');
    const did = (await run(['prune', at, '--keep', '1s', '--json'], soon)).json;
    expect(did.metadata).toHaveLength(6);
    const tree = join(at, 'public');
    expect(git(tree, 'status', '--porcelain')).toBe('');
    expect(git(tree, 'ls-files').trim().split('\n').sort()).toEqual(
      names(at)
        .filter((name) => /\.\w+$/.test(name) && !name.endsWith('.git'))
        .sort(),
    );
    expect(git(tree, 'log', '-1', '--format=%s')).toBe('remove 8 files\n');
    expect(existsSync(join(tree, 'metadata/1.snapshot.json'))).toBe(false);
    await run(['publish', at], soon);
    await run(['timestamp', at], soon);
  });
});
