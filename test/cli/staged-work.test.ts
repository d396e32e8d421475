/** Work that is staged: some of it goes first, some is given up, and nobody's signature is lost by the way. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
afterAll(() => base.remove());
const original = join(base.path, 'original');
const bob = join(base.path, 'bob.pem');
const bobFile = join(base.path, 'bob.json');
let bobId: string;
const copy = (source = original): string => base.copy(source);
const roles = async (dir: string): Promise<string[]> =>
  (await tufa(['status', dir, '--json'])).json.staged.map(({ role }: { role: string }) => role);
const read = (dir: string, name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8'));
const clientReads = (dir: string, paths: readonly string[]): Promise<void> =>
  readAll(
    clientOf(
      folderRepository(join(dir, 'public')),
      readFileSync(join(dir, 'public/metadata/1.root.json')),
      memoryStore(),
      new Date(),
    ),
    paths,
  );

/** A root that waits for Bob, who is elsewhere. */
async function waiting(dir: string): Promise<void> {
  await ok(['rotate', dir, 'root', '--add', bobFile, '--threshold', '2']);
  await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
}

beforeAll(async () => {
  await ok(['init', original]);
  const made = await ok(['key', 'create', `file:${bob}`, '--owner', 'Bob']);
  writeFileSync(bobFile, JSON.stringify(made));
  bobId = made.keyid;
});

describe('the owner of a key', () => {
  it('is part of what create, export and import print, and of the keyid, and signs under it', async () => {
    const exported = await ok(['key', 'export', `file:${bob}`, '--owner', 'Bob']);
    expect(exported).toMatchObject({ keyid: bobId, key: { 'x-tufa-owner': 'Bob' } });
    expect((await ok(['key', 'export', `file:${bob}`])).keyid).not.toBe(bobId);
    const dir = copy();
    expect(await ok(['key', 'import', dir, `file:${bob}`, '--owner', 'Bob'])).toMatchObject({ keyid: bobId });
    // Bob's key is at hand here.
    await ok(['rotate', dir, 'root', '--add', bobFile, '--threshold', '2']);
    await ok(['publish', dir]);
    expect(read(dir, 'root.json').signed).toMatchObject({ version: 2, roles: { root: { threshold: 2 } } });
    const { roles: listed } = await ok(['key', 'list', dir]);
    expect(listed[0].keys[1]).toMatchObject({ keyid: bobId, owner: 'Bob', isHere: true });
    expect((await tufa(['key', 'list', dir])).stdout).toContain(`  ${bobId} (Bob)  file:`);
    for (const owner of ['', ' ', 'a\u202eb', 'x'.repeat(201)]) {
      await fails(['key', 'export', `file:${bob}`, '--owner', owner], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    }
  });

  it('names the key that goes, as do its place and the beginning of its id', async () => {
    const dir = copy();
    await ok(['key', 'import', dir, `file:${bob}`]);
    await ok(['rotate', dir, 'root', '--add', bobFile]);
    await ok(['publish', dir]);
    const gone = async (name: string): Promise<string> => {
      const here = copy(dir);
      await ok(['rotate', here, 'root', '--remove', name]);
      const before = read(dir, 'root.json').signed.roles.root.keyids as string[];
      const after = read(here, 'drafts/root.json').signed.roles.root.keyids as string[];
      return before.filter((keyid) => !after.includes(keyid)).join();
    };
    expect(await gone('Bob')).toBe(bobId);
    expect(await gone(bobId.slice(0, 8))).toBe(bobId);
    expect(await gone(`file:${bob}`)).toBe(bobId);
    const ran = await fails(['rotate', dir, 'root', '--remove', 'Alice'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(ran.json.error).toMatchObject({
      message: 'root: no key of it is "Alice"',
      hint: expect.stringContaining(`${bobId} (Bob)`),
    });
    // Two owners of one name are told apart by their ids alone.
    const [second, file] = [join(base.path, 'second.pem'), join(base.path, 'second.json')];
    writeFileSync(file, JSON.stringify(await ok(['key', 'create', `file:${second}`, '--owner', 'Bob'])));
    await ok(['rotate', dir, 'root', '--add', file]);
    const several = await fails(['rotate', dir, 'root', '--remove', 'Bob'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(several.json.error.message).toBe('root: several keys of it are "Bob"');
  });
});

describe('tufa publish --without', () => {
  it('publishes other work while a root waits for its signatures, and keeps those that it has', async () => {
    const dir = copy();
    await waiting(dir);
    await ok(['add', dir, base.write('a.txt', 'first')]);
    const ran = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    expect(ran.json.error.hint).toContain(`tufa publish ${dir} --without=root`);
    const draft = readFileSync(join(dir, 'drafts/root.json'));
    expect(await ok(['publish', dir, '--without', 'root'])).toMatchObject({ root: 1, files: ['a.txt'] });
    await clientReads(dir, ['a.txt']);
    expect(readFileSync(join(dir, 'drafts/root.json')).equals(draft)).toBe(true);
    expect(await roles(dir)).toEqual(['root']);
    expect(await ok(['publish', dir, '--without', 'root'])).toMatchObject({ published: false });
    const event = join(base.path, 'event.json');
    await ok(['review', dir, '--to', event]);
    await ok(['sign', event, '--key', `file:${bob}`, '--root', join(dir, 'root.json')]);
    await ok(['merge', dir, event]);
    expect(await ok(['publish', dir])).toMatchObject({ root: 2 });
    await clientReads(dir, ['a.txt']);
  });

  it('keeps the files of the drafts that stay', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'releases', '--paths', 'releases/*']);
    await ok(['publish', dir]);
    await ok(['add', dir, base.write('a.txt', 'first')]);
    await ok(['add', dir, base.write('x.tgz', 'x'), '--role', 'releases', '--prefix', 'releases']);
    expect(await ok(['publish', dir, '--without', 'releases'])).toMatchObject({ files: ['a.txt'] });
    expect(readdirSync(join(dir, 'drafts/files'))).toHaveLength(1);
    expect(await ok(['publish', dir])).toMatchObject({ files: ['releases/x.tgz'] });
    await clientReads(dir, ['a.txt', 'releases/x.tgz']);
  });

  it('leaves no root behind that needs targets which it publishes, and takes no name that is no role', async () => {
    const dir = copy();
    const fresh = join(base.path, 'targets.pem');
    await ok(['key', 'create', `file:${fresh}`]);
    await ok([
      'rotate',
      dir,
      'targets',
      '--add',
      `file:${fresh}`,
      '--remove',
      `file:${join(dir, 'keys/targets-1.pem')}`,
    ]);
    const ran = await fails(['publish', dir, '--without', 'root'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(ran.json.error.hint).toContain('--without root targets');
    expect(await ok(['publish', dir, '--without', 'root', 'targets'])).toMatchObject({ published: false });
    expect(await roles(dir)).toEqual(['root', 'targets']);
    await fails(['publish', dir, '--without', 'rooot'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(await ok(['publish', dir])).toMatchObject({ root: 2, targets: { targets: 2 } });
  });
});

describe('tufa discard', () => {
  it('gives up all that is staged, and the files with it', async () => {
    const dir = copy();
    await ok(['add', dir, base.write('a.txt', 'first')]);
    await ok(['rotate', dir, 'root', '--add', bobFile]);
    expect(await ok(['discard', dir])).toEqual({ discarded: ['root', 'targets'] });
    expect(await roles(dir)).toEqual([]);
    expect(existsSync(join(dir, 'drafts/files'))).toBe(false);
    expect(await ok(['discard', dir])).toEqual({ discarded: [] });
    expect(await ok(['publish', dir])).toMatchObject({ published: false });
  });

  it('names roles, not files, also where a draft cannot be read', async () => {
    const dir = copy();
    const names = ['Y', 'a b', 'R'.repeat(100)];
    const file = base.write('a.txt', 'first');
    for (const [i, name] of names.entries()) {
      await ok(['delegate', dir, name, '--paths', `${i}/*`]);
      await ok(['add', dir, file, '--prefix', `${i}`, '--role', name]);
    }
    const damaged = copy(dir);
    expect([...(await ok(['discard', dir])).discarded].sort()).toEqual([...names, 'targets'].sort());
    writeFileSync(join(damaged, 'drafts/%59.json'), '{');
    const { discarded } = await ok(['discard', damaged]);
    expect(discarded).toEqual(expect.arrayContaining(['Y', 'a b', 'targets']));
    expect(discarded).toHaveLength(4);
  });

  it('gives up the draft of one role, its files too, and leaves the others', async () => {
    const dir = copy();
    await ok(['add', dir, base.write('a.txt', 'first')]);
    await ok(['rotate', dir, 'root', '--add', bobFile]);
    expect(await ok(['discard', dir, 'targets'])).toEqual({ discarded: ['targets'] });
    expect(await roles(dir)).toEqual(['root']);
    expect(readdirSync(join(dir, 'drafts/files'))).toEqual([]);
    await fails(['discard', dir, 'targets'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });

  it('keeps what others have signed, unless it is told to lose that', async () => {
    const dir = copy();
    await waiting(dir);
    // What the keys of this folder have signed they sign again.
    const mine = copy(dir);
    expect(await ok(['discard', mine, 'root'])).toEqual({ discarded: ['root'] });
    const event = join(base.path, 'signed.json');
    await ok(['review', dir, '--to', event]);
    await ok(['sign', event, '--key', `file:${bob}`, '--root', join(dir, 'root.json')]);
    await ok(['merge', dir, event]);
    for (const role of [['root'], []]) {
      const ran = await fails(['discard', dir, ...role], 4, 'ERR_TUF_CONFLICT');
      expect(ran.json.error).toMatchObject({ found: bobId, hint: expect.stringContaining('--lose-signatures') });
    }
    expect(await roles(dir)).toEqual(['root']);
    await ok(['discard', dir, 'root', '--lose-signatures']);
    expect(await roles(dir)).toEqual([]);
  });

  it('leaves no draft behind that cannot be published without those that go', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'releases', '--paths', 'releases/*']);
    await ok(['add', dir, base.write('x.tgz', 'x'), '--role', 'releases', '--prefix', 'releases']);
    const ran = await fails(['discard', dir, 'targets'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(ran.json.error.hint).toContain(`tufa discard ${dir} targets releases`);
    expect(await roles(dir)).toEqual(['targets', 'releases']);
    expect((await ok(['discard', dir, 'targets', 'releases'])).discarded).toEqual(['targets', 'releases']);

    const rotated = copy();
    const fresh = join(base.path, 'other-targets.pem');
    await ok(['key', 'create', `file:${fresh}`]);
    await ok([
      'rotate',
      rotated,
      'targets',
      '--add',
      `file:${fresh}`,
      '--remove',
      `file:${join(rotated, 'keys/targets-1.pem')}`,
    ]);
    const needed = await fails(['discard', rotated, 'targets'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(needed.json.error.hint).toContain('root targets');
    await ok(['discard', rotated, 'root', 'targets']);
  });

  it('removes what cannot be read, and waits for a publication that was interrupted', async () => {
    const dir = copy();
    writeFileSync(join(dir, 'drafts/targets.json'), '{');
    await ok(['discard', dir, 'targets']);
    await ok(['add', dir, base.write('a.txt', 'first')]);
    const inTheWay = join(dir, 'public/metadata/2.snapshot.json');
    writeFileSync(inTheWay, '{}');
    await fails(['publish', dir], 4, 'ERR_TUF_CONFLICT');
    await fails(['discard', dir], 4, 'ERR_TUF_CONFLICT');
    rmSync(inTheWay);
    await ok(['publish', dir]);
  });
});

describe('a key behind a program', () => {
  it('signs an event with the public half that stands after it', async () => {
    const dir = copy();
    await waiting(dir);
    const event = join(base.path, 'by-program.json');
    await ok(['review', dir, '--to', event]);
    const signer = base.write(
      'sign.mjs',
      `import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
const key = createPrivateKey({ key: readFileSync(${JSON.stringify(bob)}), passphrase: 'of the test' });
process.stdout.write(sign(null, readFileSync(0), key));`,
    );
    const uri = `exec:${process.execPath}?arg=${encodeURIComponent(signer)}`;
    const args = ['sign', event, '--root', join(dir, 'root.json')];
    const ran = await fails([...args, '--key', uri], 3, 'ERR_TUF_SIGNER');
    expect(ran.json.error.hint).toContain('--public-key');
    await fails([...args, '--public-key', bobFile, '--key', uri], 2, 'ERR_TUF_USAGE');
    const { signed } = await ok([...args, '--key', uri, '--public-key', bobFile]);
    expect(signed).toMatchObject([{ role: 'root', keyid: bobId, owner: 'Bob' }]);
  });
});

it('nobody chooses a passphrase before the keys that are given are known to work', async () => {
  const dir = join(base.path, 'never');
  const away = `${bob}.away`;
  renameSync(bob, away);
  await fails(['init', dir, '--key', `root=file:${bob}`, '--no-input'], 3, 'ERR_TUF_SIGNER', { env: {} });
  renameSync(away, bob);
  expect(existsSync(dir)).toBe(false);
});

it('a publication that somebody else is in the way of can be given up, as the hints say, and the timestamp goes on', async () => {
  const dir = copy();
  await ok(['delegate', dir, 'late', '--paths', 'late/*']);
  writeFileSync(join(dir, 'public/metadata/1.late.json'), '{}');
  await ok(['add', dir, base.write('late.txt', 'late'), '--role', 'late', '--prefix', 'late']);
  const stuck = await fails(['publish', dir], 4, 'ERR_TUF_CONFLICT');
  expect(stuck.json.error.hint).toMatch(/remove the folder drafts\/journal, then what is staged with tufa discard/);
  await fails(['timestamp', dir], 4, 'ERR_TUF_CONFLICT');
  const hint = (await fails(['discard', dir], 4, 'ERR_TUF_CONFLICT')).json.error.hint;
  expect(hint).toMatch(/^finish it with: tufa publish .*; where that fails, it says how to give it up$/);
  rmSync(join(dir, 'drafts/journal'), { recursive: true });
  await ok(['discard', dir]);
  expect(await ok(['timestamp', dir])).toBeDefined();
  await ok(['status', dir]);
});
