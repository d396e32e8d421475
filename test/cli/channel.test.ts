import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const original = join(base.path, 'original');
const releases = ['app-1.tgz', 'app-2.tgz', 'app-3.tgz'];
const servers: StaticServer[] = [];

/** A copy of the repository with three releases, of which no channel names any. */
const copy = (): string => base.copy(original);

/** Adds a target by hand, whatever tufa channel would say to it. */
const addByHand = async (dir: string, name: string, custom: unknown, ...more: string[]): Promise<void> => {
  const file = base.write(name, 'by hand\n');
  await ok(['add', dir, file, '--prefix', 'channels', '--custom', JSON.stringify(custom), ...more]);
};

let clients = 0;

/** A client of its own; each call is a process of it. */
async function clientOf(dir: string) {
  const server = await serveFolder(join(dir, 'public'), 0);
  servers.push(server);
  clients += 1;
  const to = join(base.path, `to-${clients}`);
  const root = join(dir, 'public/metadata/1.root.json');
  const store = join(base.path, `store-${clients}`);
  const known = ['--targets-url', server.targetsUrl, '--root', root, '--store', store, '--to', to];
  const downloaded = (): string[] => (existsSync(to) ? readdirSync(to).sort() : []);
  return { args: (...more: string[]) => ['get', server.metadataUrl, ...more, ...known], downloaded };
}

beforeAll(async () => {
  const files = join(base.path, 'files');
  mkdirSync(files);
  for (const name of releases) writeFileSync(join(files, name), `content of ${name}`);
  await ok(['init', original]);
  await ok(['add', original, files]);
  await ok(['publish', original]);
});

afterAll(async () => {
  for (const server of servers) await server.close();
  base.remove();
});

describe('tufa channel', () => {
  it('stages what a channel names, and clients follow it once it is published', async () => {
    const dir = copy();
    const set = await ok(['channel', dir, 'stable', 'app-1.tgz']);
    expect(set).toEqual({
      channels: [{ name: 'stable', role: 'targets', target: 'app-1.tgz', foundAt: 'targets', state: 'added' }],
      next: [`tufa publish ${dir}`],
    });
    const client = await clientOf(dir);
    await fails(client.args('--channel', 'stable'), 3, 'ERR_TUF_NOT_FOUND');
    expect(client.downloaded()).toEqual([]);
    await ok(['publish', dir]);
    const { files } = await ok(client.args('--channel', 'stable', 'app-3.tgz'));
    expect(files).toMatchObject([{ path: 'app-3.tgz' }, { path: 'app-1.tgz', role: 'targets' }]);
    expect(readFileSync(files[1].file, 'utf8')).toBe('content of app-1.tgz');

    await ok(['channel', dir, 'stable', 'app-2.tgz']);
    await ok(['publish', dir]);
    expect(await ok(client.args('--channel', 'stable'))).toMatchObject({ files: [{ path: 'app-2.tgz' }] });
    // Any TUF client: the file has the path in a line, and there is the rest of it.
    const [file] = (await ok(client.args('channels/stable'))).files;
    expect(readFileSync(file.file, 'utf8')).toBe('app-2.tgz\n');
    expect(file.custom).toEqual({ 'tufa-channel': { target: 'app-2.tgz' } });
  });

  it('lists the channels, those that are staged too', async () => {
    const dir = copy();
    const states = async () => {
      const { channels } = await ok(['channel', dir]);
      return channels.map(({ name, target, state }: Record<string, string>) => `${name} ${target} ${state}`);
    };
    expect(await states()).toEqual([]);
    await ok(['channel', dir, 'stable', 'app-1.tgz']);
    await ok(['channel', dir, 'beta', 'app-2.tgz']);
    expect(await states()).toEqual(['beta app-2.tgz added', 'stable app-1.tgz added']);
    await ok(['publish', dir]);
    expect((await ok(['channel', dir, 'beta', 'app-2.tgz'])).channels).toMatchObject([{ state: 'unchanged' }]);
    await ok(['channel', dir, 'stable', 'app-3.tgz']);
    await ok(['channel', dir, 'beta', '--remove']);
    expect(await states()).toEqual(['beta null removed', 'stable app-3.tgz updated']);
    const { stdout } = await tufa(['channel', dir]);
    expect(stdout).toBe('beta: - (removed)\nstable: app-3.tgz (updated)\n');
    await ok(['publish', dir]);
    expect(await states()).toEqual(['stable app-3.tgz published']);
    expect((await tufa(['channel', dir])).stdout).toBe('stable: app-3.tgz\n');
    expect((await tufa(['channel', dir, '--role', 'other'])).stdout).toBe('');
    await fails(['channel', dir, 'beta', '--remove'], 3, 'ERR_TUF_NOT_FOUND');
  });

  it('refuses what no client could follow, and stages nothing then', async () => {
    const dir = copy();
    await fails(['channel', dir, 'stable', 'app-9.tgz'], 3, 'ERR_TUF_NOT_FOUND');
    await fails(['channel', dir, 'stable', ''], 3, 'ERR_TUF_NOT_FOUND');
    await fails(['channel', dir, 'stable', 'channels/stable'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['channel', dir, 'stable', 'app-1.tgz', '--role', 'nobody'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    for (const name of ['Stable', 'a/b', '..', 'stable.', 'x'.repeat(65)]) {
      await fails(['channel', dir, name, 'app-1.tgz'], 2, 'ERR_TUF_USAGE');
      await fails(['channel', dir, name, '--remove'], 2, 'ERR_TUF_USAGE');
    }
    await fails(['channel', dir, 'stable'], 2, 'ERR_TUF_USAGE');
    await fails(['channel', dir, '--remove'], 2, 'ERR_TUF_USAGE');
    await fails(['channel', dir, 'stable', 'app-1.tgz', '--remove'], 2, 'ERR_TUF_USAGE');
    expect((await ok(['publish', dir])).published).toBe(false);
  });

  it('lets a role of its own sign what is the latest, and goes on with that role', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'choosers', '--paths', 'channels/*', '--terminating']);
    await ok(['channel', dir, 'stable', 'app-1.tgz', '--role', 'choosers']);
    await ok(['publish', dir]);
    const moved = await ok(['channel', dir, 'stable', 'app-2.tgz']);
    expect(moved.channels).toMatchObject([{ role: 'choosers', foundAt: 'targets', state: 'updated' }]);
    await ok(['publish', dir]);
    const client = await clientOf(dir);
    expect(await ok(client.args('--channel', 'stable'))).toMatchObject({
      files: [{ path: 'app-2.tgz', role: 'targets' }],
    });
    expect((await tufa(['channel', dir])).stdout).toBe('stable: app-2.tgz (choosers)\n');
    const { stderr } = await fails(['remove', dir, 'app-2.tgz'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(stderr).toContain(`tufa channel ${dir} stable PATH --role=choosers`);
    await ok(['channel', dir, 'stable', '--remove']);
    await ok(['remove', dir, 'app-2.tgz']);
    await ok(['publish', dir]);
    await fails(client.args('--channel', 'stable'), 3, 'ERR_TUF_NOT_FOUND');
  });

  it('finds its place in hash bins, and what is named there', async () => {
    const dir = copy();
    await ok(['bins', dir, '--bits', '2']);
    await ok(['publish', dir]);
    const { channels } = await ok(['channel', dir, 'stable', 'app-1.tgz']);
    expect(channels).toMatchObject([{ role: expect.stringMatching(/^bin-/), foundAt: expect.stringMatching(/^bin-/) }]);
    await ok(['publish', dir]);
    const client = await clientOf(dir);
    expect(await ok(client.args('--channel', 'stable'))).toMatchObject({ files: [{ path: 'app-1.tgz' }] });
    await ok(['channel', dir, 'stable', 'app-2.tgz']);
    await ok(['publish', dir]);
    expect(await ok(client.args('--channel', 'stable'))).toMatchObject({ files: [{ path: 'app-2.tgz' }] });
    await ok(['channel', dir, 'stable', '--remove']);
    await ok(['publish', dir]);
    await fails(client.args('--channel', 'stable'), 3, 'ERR_TUF_NOT_FOUND');
  });

  it('tells of channels that were made by other means and lead nowhere', async () => {
    const dir = copy();
    await addByHand(dir, 'odd', { 'tufa-channel': 7 });
    await addByHand(dir, 'gone', { 'tufa-channel': { target: 'none.tgz' } });
    await addByHand(dir, 'plain', { note: 'no channel' });
    const { stdout, stderr } = await tufa(['channel', dir]);
    expect(stdout).toBe('gone: none.tgz (added)\nodd: - (added)\n');
    expect(stderr).toContain('warning: the channel odd is of no form that clients read');
    expect(stderr).toContain('warning: the channel gone names what no client finds');
    await ok(['publish', dir]);
    const client = await clientOf(dir);
    await fails(client.args('--channel', 'odd'), 1, 'ERR_TUF_MALFORMED');
    await fails(client.args('--channel', 'plain'), 1, 'ERR_TUF_MALFORMED');
    await fails(client.args('--channel', 'gone', 'app-1.tgz'), 3, 'ERR_TUF_NOT_FOUND');
    expect(client.downloaded()).toEqual([]);
  });
});

describe('tufa remove', () => {
  it('refuses a target that a channel names, until it names another', async () => {
    const dir = copy();
    await ok(['channel', dir, 'stable', 'app-1.tgz']);
    const { stderr } = await fails(['remove', dir, 'app-3.tgz', 'app-1.tgz'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(stderr).toContain('the channel "stable" names the target "app-1.tgz"');
    expect((await ok(['list', dir])).targets).toHaveLength(4);
    await ok(['channel', dir, 'stable', 'app-2.tgz']);
    await ok(['remove', dir, 'app-3.tgz', 'app-1.tgz']);
    await fails(['remove', dir, 'app-2.tgz'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await ok(['remove', dir, 'app-2.tgz', 'channels/stable']);
  });
});

describe('tufa remove of a target in hash bins', () => {
  it('refuses it as well, by the name of the role and by that of the bin', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'packages', '--paths', 'packages/*']);
    await ok(['add', dir, base.write('lib.tgz', 'a library'), '--prefix', 'packages', '--role', 'packages']);
    await ok(['bins', dir, '--from', 'packages', '--bits', '1']);
    await ok(['publish', dir]);
    const [{ foundAt }] = (await ok(['channel', dir, 'libs', 'packages/lib.tgz'])).channels;
    expect(foundAt).toMatch(/^packages-bin-[01]$/);
    for (const role of ['packages', foundAt]) {
      await fails(['remove', dir, 'packages/lib.tgz', '--role', role], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    }
    await ok(['channel', dir, 'libs', '--remove']);
    await ok(['remove', dir, 'packages/lib.tgz', '--role', 'packages']);
  });
});

describe('an old choice of the latest (T33)', () => {
  it('is refused by a client that has seen the newer one, and nothing is downloaded', async () => {
    const dir = copy();
    await ok(['channel', dir, 'stable', 'app-1.tgz']);
    await ok(['publish', dir]);
    const served = join(dir, 'public');
    const old = join(base.path, 'old');
    cpSync(served, old, { recursive: true });
    await ok(['channel', dir, 'stable', 'app-2.tgz']);
    await ok(['publish', dir]);
    const client = await clientOf(dir);
    await ok(client.args('--channel', 'stable'));
    rmSync(served, { recursive: true });
    cpSync(old, served, { recursive: true });
    await fails(client.args('--channel', 'stable'), 1, 'ERR_TUF_ROLLBACK');
    expect(client.downloaded()).toEqual(['app-2.tgz']);
  });
});

describe('tufa get', () => {
  it('needs a target or a channel, and a name that a channel can have', async () => {
    const client = await clientOf(copy());
    await fails(client.args(), 2, 'ERR_TUF_USAGE');
    await fails(client.args('--channel', '../stable'), 2, 'ERR_TUF_USAGE');
    await fails(client.args('--channel', 'stable'), 3, 'ERR_TUF_NOT_FOUND');
    expect(client.downloaded()).toEqual([]);
  });
});
