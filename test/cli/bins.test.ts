import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRepository } from '../../src/node/folder-repository.ts';
import { clientOf, readAll } from '../repository/fixture.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const dir = join(base.path, 'repository');
const files = join(base.path, 'files');
afterAll(() => base.remove());

const names = Array.from({ length: 12 }, (_, i) => `app-${i}.tgz`);
const client = (folder = dir, now = new Date()) =>
  clientOf(folderRepository(join(folder, 'public')), readFileSync(join(folder, 'root.json')), undefined, now);

beforeAll(async () => {
  mkdirSync(files);
  for (const name of names) writeFileSync(join(files, name), name);
  await ok(['init', dir]);
  await ok(['add', dir, files]);
  await ok(['publish', dir]);
});

describe('tufa bins', () => {
  it('moves the targets of a role to bins of a new key, and says what it did', async () => {
    const made = await ok(['bins', dir, '--bits', '2', '--expires', '30d']);
    expect(made).toMatchObject({
      role: 'targets',
      bins: { bitLength: 2, namePrefix: 'bin' },
      targets: 12,
      staged: 5,
      keys: [{ uri: expect.stringMatching(/^file:keys\/bin-1-[0-9a-f]{8}\.pem$/) }],
      unreachable: [],
    });
    expect((await ok(['publish', dir])).targets).toEqual({
      targets: 3,
      'bin-0': 1,
      'bin-1': 1,
      'bin-2': 1,
      'bin-3': 1,
    });
    await readAll(client(), names);
    const config = JSON.parse(readFileSync(join(dir, 'tufa.json'), 'utf8'));
    expect(config.expires['bin-*']).toBe('30d');
  });

  it('lets targets be added, updated and removed in the bins that they belong to', async () => {
    const fresh = join(base.path, 'fresh.tgz');
    writeFileSync(fresh, 'fresh');
    const { targets } = await ok(['add', dir, fresh]);
    expect(targets).toMatchObject([{ path: 'fresh.tgz', role: expect.stringMatching(/^bin-[0-3]$/), change: 'added' }]);
    const before = readdirSync(join(dir, 'public/metadata')).length;
    await ok(['publish', dir]);
    // One bin, and the snapshot.
    expect(readdirSync(join(dir, 'public/metadata')).length).toBe(before + 2);
    await readAll(client(), [...names, 'fresh.tgz']);
    expect((await ok(['add', dir, fresh])).targets).toMatchObject([{ change: 'unchanged' }]);
    await ok(['remove', dir, 'fresh.tgz', names[0] as string]);
    await ok(['publish', dir]);
    expect(await client().find('fresh.tgz')).toBeUndefined();
    expect(await client().find(names[0] as string)).toBeUndefined();
    await readAll(client(), names.slice(1));
  });

  it('changes nothing where a path is not listed', async () => {
    const { stderr } = await fails(['remove', dir, names[1] as string, 'none.tgz'], 3, 'ERR_TUF_NOT_FOUND');
    expect(stderr).toContain('"none.tgz"');
    expect((await ok(['publish', dir])).published).toBe(false);
  });

  it('makes other bins of the same keys, as many as the targets need, and takes the targets back', async () => {
    const more = await ok(['bins', dir, '--bits', '3']);
    expect(more).toMatchObject({ bins: { bitLength: 3 }, keys: [], targets: 11, staged: 9 });
    const { stdout } = await tufa(['review', dir]);
    expect(stdout).toContain('hash bins: 8 named bin-…, before: 4 named bin-…');
    await ok(['bins', dir, '--bits', '4']);
    const status = await tufa(['status', dir]);
    expect(status.stdout).toContain('and 7 roles more are staged: see --json');
    const { stderr } = await tufa(['publish', dir]);
    expect(stderr).toContain('published 7 more roles');
    await readAll(client(), names.slice(1));
    expect(await ok(['bins', dir])).toMatchObject({ bins: { bitLength: 1 } });
    await ok(['publish', dir]);
    await readAll(client(), names.slice(1));
    expect(await ok(['bins', dir, '--remove'])).toMatchObject({ bins: null, targets: 11, staged: 1 });
    await ok(['publish', dir]);
    await readAll(client(), names.slice(1));
  });

  it('is seen by whoever reviews it, and nothing is lost', async () => {
    await ok(['bins', dir, '--bits', '1', '--keys', '1']);
    const { documents, warnings } = await ok(['review', dir]);
    expect(documents.map(({ role }: { role: string }) => role)).toEqual(['targets', 'bin-0', 'bin-1']);
    expect(documents[0].changes.map(({ kind }: { kind: string }) => kind)).toContain('bins');
    const codes = warnings.map(({ code }: { code: string }) => code);
    expect(codes).not.toContain('targets-orphaned');
    expect(codes).not.toContain('targets-removed');
    await ok(['publish', dir]);
    await readAll(client(), names.slice(1));
  });

  it('is finished by the next command where it was stopped, and says so where that cannot be', async () => {
    const cut = join(base.path, 'cut');
    cpSync(dir, cut, { recursive: true });
    const staging = join(cut, 'drafts/staging');
    mkdirSync(staging);
    writeFileSync(join(staging, 'changes.json'), JSON.stringify({ staged: ['targets'], givenUp: [] }));
    const { stderr } = await fails(['publish', cut], 3, 'ERR_TUF_STORE');
    expect(stderr).toContain('by removing drafts/staging');
    rmSync(staging, { recursive: true });
    await ok(['publish', cut]);
  });

  it('gives up what is staged for bins that it replaces, whatever was done before', async () => {
    const twice = join(base.path, 'twice');
    await ok(['init', twice]);
    await ok(['add', twice, files]);
    await ok(['bins', twice, '--bits', '2']);
    await ok(['bins', twice, '--bits', '5']);
    await ok(['publish', twice]);
    const fresh = join(base.path, 'late.tgz');
    writeFileSync(fresh, 'late');
    await ok(['add', twice, fresh]);
    await ok(['bins', twice, '--bits', '3']);
    await ok(['publish', twice]);
    await ok(['remove', twice, 'late.tgz']);
    await ok(['bins', twice, '--remove']);
    await ok(['publish', twice]);
    const root = readFileSync(join(twice, 'root.json'));
    const found = clientOf(folderRepository(join(twice, 'public')), root, undefined, new Date());
    await readAll(found, names);
    expect(await found.find('late.tgz')).toBeUndefined();
  });

  it('takes no bins for its own that another role has', async () => {
    const two = join(base.path, 'two');
    await ok(['init', two]);
    for (const role of ['a', 'b']) {
      await ok(['delegate', two, role, '--paths', `${role}/*`]);
      await ok(['add', two, files, '--prefix', role, '--role', role]);
    }
    await ok(['publish', two]);
    await ok(['bins', two, '--from', 'a', '--bits', '1', '--prefix', 'bin']);
    await ok(['publish', two]);
    const args = ['bins', two, '--from', 'b', '--bits', '1'];
    const { stderr } = await fails([...args, '--prefix', 'bin'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(stderr).toContain('a delegates to it');
    expect(await ok(args)).toMatchObject({ bins: { namePrefix: 'b-bin' } });
    await ok(['publish', two]);
    const root = readFileSync(join(two, 'root.json'));
    const found = clientOf(folderRepository(join(two, 'public')), root, undefined, new Date());
    await readAll(
      found,
      names.flatMap((name) => [`a/${name}`, `b/${name}`]),
    );
  });

  it('lets a bin that was given up be delegated to by name, with nothing in it', async () => {
    const again = join(base.path, 'again');
    await ok(['init', again]);
    await ok(['add', again, files]);
    await ok(['bins', again, '--bits', '1']);
    await ok(['publish', again]);
    await ok(['bins', again, '--remove']);
    await ok(['publish', again]);
    await ok(['delegate', again, 'bin-0', '--paths', 'x/*']);
    expect((await ok(['publish', again])).targets).toEqual({ targets: 4, 'bin-0': 2 });
    const root = readFileSync(join(again, 'root.json'));
    const found = clientOf(folderRepository(join(again, 'public')), root, undefined, new Date());
    expect(await found.find('x/none')).toBeUndefined();
    await readAll(found, names);
  });

  describe('and their dates', () => {
    const dated = join(base.path, 'dated');
    const inDays = (days: number): { readonly now: Date } => ({ now: new Date(Date.now() + days * 86_400_000) });
    const rolesIn = ({ staged }: { staged: { role: string }[] }): string[] => staged.map(({ role }) => role);

    beforeAll(async () => {
      await ok(['init', dated]);
      await ok(['add', dated, files]);
      await ok(['bins', dated, '--bits', '2', '--expires', '30d']);
      await ok(['publish', dated]);
    });

    it('are renewed together before they end, or one by one, and clients go on', async () => {
      const soon = inDays(25);
      const bins = ['bin-0', 'bin-1', 'bin-2', 'bin-3'];
      expect(rolesIn(await ok(['renew', dated], soon))).toEqual(bins);
      expect((await ok(['publish', dated], soon)).targets).toEqual(Object.fromEntries(bins.map((bin) => [bin, 2])));
      const { roles } = await ok(['status', dated], soon);
      for (const bin of bins) {
        const { expires } = roles.find(({ role }: { role: string }) => role === bin);
        expect(Date.parse(expires) - soon.now.getTime()).toBeGreaterThan(29 * 86_400_000);
      }
      const later = inDays(26);
      expect(rolesIn(await ok(['renew', dated, 'bin-2'], later))).toEqual(['bin-2']);
      expect((await ok(['publish', dated], later)).targets).toEqual({ 'bin-2': 3 });
      await readAll(client(dated, later.now), names);
      const ran = await fails(['renew', dated, 'bin-4'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(ran.json.error.hint).toContain('bin-0 to bin-3');
    });

    it('are given up one by one, and together', async () => {
      const { now } = inDays(27);
      await ok(['renew', dated, 'bin-0', 'bin-1', 'root'], { now });
      expect((await ok(['discard', dated, 'bin-0'])).discarded).toEqual(['bin-0']);
      expect((await ok(['publish', dated], { now })).targets).toEqual({ 'bin-1': 3 });
      await ok(['bins', dated, '--bits', '3'], { now });
      // The bins that only the draft of targets names cannot stay without it.
      const ran = await fails(['discard', dated, 'targets'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(ran.json.error.hint).toContain(`tufa discard ${dated} targets bin-`);
      await fails(['discard', dated, 'bin-9'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect((await ok(['discard', dated])).discarded).toHaveLength(9);
      expect(await ok(['publish', dated], { now })).toMatchObject({ published: false });
      await readAll(client(dated, now), names);
    });

    it('leave no bin behind that was to be given up, and no target', async () => {
      const { now } = inDays(28);
      const fresh = join(base.path, 'fresh-2.tgz');
      writeFileSync(fresh, 'fresh');
      const [{ role }] = (await ok(['add', dated, fresh], { now })).targets;
      await ok(['discard', dated, role]);
      expect(await ok(['list', dated, '--role', role])).toMatchObject({
        targets: expect.not.arrayContaining([expect.objectContaining({ path: 'fresh-2.tgz' })]),
      });
      expect(readdirSync(join(dated, 'drafts')).filter((name) => name.endsWith('.json'))).toEqual([]);
      expect(readdirSync(join(dated, 'drafts/files'))).toEqual([]);
    });
  });

  it.each([
    [['--bits', '17'], 2, 'ERR_TUF_USAGE', '--bits 17'],
    [['--bits', 'x'], 2, 'ERR_TUF_USAGE', 'no number'],
    [['--threshold', '2'], 2, 'ERR_TUF_USAGE', '--threshold goes with'],
    [['--remove', '--bits', '3'], 2, 'ERR_TUF_USAGE', 'cannot be used'],
    [['--from', 'nobody'], 4, 'ERR_TUF_REPOSITORY_REFUSED', 'no role delegates'],
    [['--prefix', 'a/b', '--keys', '1'], 4, 'ERR_TUF_REPOSITORY_REFUSED', 'separator'],
  ] as const)('refuses %j, and makes no key', async (args, exitCode, code, problem) => {
    const keys = readdirSync(join(dir, 'keys'));
    expect((await fails(['bins', dir, ...args], exitCode, code)).stderr).toContain(problem);
    expect(readdirSync(join(dir, 'keys'))).toEqual(keys);
  });
});
