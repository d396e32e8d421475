import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const dir = join(base.path, 'repository');
const first = join(base.path, 'first');
const root = join(dir, 'public/metadata/1.root.json');
const floorFile = join(base.path, 'floor.json');
let current: StaticServer;
let earlier: StaticServer;
let stores = 0;

beforeAll(async () => {
  await ok(['init', dir]);
  writeFileSync(join(base.path, 'a.txt'), 'a');
  await ok(['add', dir, join(base.path, 'a.txt')]);
  await ok(['publish', dir]);
  cpSync(join(dir, 'public'), first, { recursive: true });
  await ok(['timestamp', dir]);
  current = await serveFolder(join(dir, 'public'), 0);
  earlier = await serveFolder(first, 0);
});

afterAll(async () => {
  await current.close();
  await earlier.close();
  base.remove();
});

const newStore = (): string => join(base.path, `store-${++stores}`);

function get({ metadataUrl, targetsUrl }: StaticServer, store: string, ...more: string[]): string[] {
  const places = ['--targets-url', targetsUrl, '--root', root, '--store', store, '--to', join(base.path, 'to')];
  return ['get', metadataUrl, 'a.txt', ...places, ...more];
}

describe('tufa floor', () => {
  it('says what is current, in a folder and at an address alike', async () => {
    const words = (await tufa(['floor', dir])).stdout;
    expect(JSON.parse(words)).toEqual({
      root: 1,
      timestamp: 3,
      snapshot: 2,
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
    });
    const { time: _, ...versions } = JSON.parse(words);
    expect(await ok(['floor', current.metadataUrl, '--root', root, '--to', floorFile])).toMatchObject(versions);
    expect(JSON.parse(readFileSync(floorFile, 'utf8'))).toMatchObject(versions);
  });

  it('of what clients refuse says nothing but that', async () => {
    const to = join(base.path, 'none.json');
    const other = join(base.path, 'other');
    await ok(['init', other]);
    await fails(['floor', current.metadataUrl, '--root', join(other, 'root.json'), '--to', to], 1, 'ERR_TUF_UNSIGNED');
    expect(() => readFileSync(to)).toThrow('ENOENT');
    await fails(['floor', current.metadataUrl], 2, 'ERR_TUF_USAGE');
  });
});

describe('tufa get with a floor', () => {
  it('refuses an earlier release though the store is empty (T32)', async () => {
    await ok(get(earlier, newStore()));
    const refused = await fails(get(earlier, newStore(), '--floor', floorFile), 1, 'ERR_TUF_ROLLBACK');
    expect(refused.stderr).toContain('version 2 is older than the trusted version 3');
    await ok(get(current, newStore(), '--floor', floorFile));
  });

  it.each([
    ['is not there', undefined, 3, 'ERR_TUF_STORE'],
    ['is no JSON', 'floor', 1, 'ERR_TUF_MALFORMED'],
    ['lacks a member', '{"root":1,"timestamp":2,"snapshot":2}', 1, 'ERR_TUF_MALFORMED'],
    [
      'has a wrong version',
      '{"root":1,"timestamp":0,"snapshot":2,"time":"2030-01-01T00:00:00Z"}',
      1,
      'ERR_TUF_MALFORMED',
    ],
    ['is a root', 'root', 1, 'ERR_TUF_TOO_LONG'],
  ])('says when its file %s', async (_, text, exitCode, code) => {
    const file = join(base.path, `floor-${++stores}.json`);
    if (text === 'root') cpSync(root, file);
    else if (text !== undefined) writeFileSync(file, text);
    await fails(get(current, newStore(), '--floor', file), exitCode, code);
  });

  it('says when it is older than the pinned root', async () => {
    const later = join(base.path, 'later');
    cpSync(dir, later, { recursive: true });
    // A minute later than it was made: within one second there is nothing to renew.
    await ok(['renew', later, 'root'], { now: new Date(Date.now() + 60_000) });
    await ok(['publish', later]);
    const pinned = join(later, 'public/metadata/2.root.json');
    const args = get(current, newStore(), '--floor', floorFile).map((word) => (word === root ? pinned : word));
    const refused = await fails(args, 2, 'ERR_TUF_USAGE');
    expect(refused.stderr).toContain('is of root 1, before the pinned root 2');
  });
});

describe('tufa get with mirrors', () => {
  const below = ({ metadataUrl }: StaticServer): string => metadataUrl.replace(/metadata\/?$/, '');

  it('takes the newest that any of them has, and says who did not give it', async () => {
    const gone = await serveFolder(first, 0);
    await gone.close();
    const got = await tufa(get(gone, newStore(), '--mirror', below(earlier), '--mirror', below(current), '--json'));
    expect([got.exitCode, got.stderr]).toEqual([0, expect.stringContaining(`${gone.metadataUrl} did not give`)]);
    const refresh = ['refresh', gone.metadataUrl, '--root', root, '--store', newStore(), '--mirror', below(earlier)];
    expect(await ok(refresh)).toMatchObject({ timestamp: 2 });
    expect(await ok([...refresh, '--mirror', below(current)])).toMatchObject({ timestamp: 3 });
    await fails([...refresh, '--mirror', 'nowhere'], 2, 'ERR_TUF_USAGE');
  });
});

describe('tufa refresh and get without the network', () => {
  it('take what is kept, and say from when it is', async () => {
    const server = await serveFolder(first, 0);
    const store = newStore();
    await ok(get(server, store));
    await server.close();
    const refresh = ['refresh', server.metadataUrl, '--root', root, '--store', store];
    const kept = await tufa([...refresh, '--offline', 'strict']);
    expect(kept.stderr).toMatch(/^tufa: as it was on \d{4}-.*Z, without the network: root 1, timestamp 2/);
    const document = await ok([...refresh, '--offline', '1h']);
    expect(document).toMatchObject({ changed: false, timestamp: 2, from: 'store', expired: [] });
    expect(new Date((document as { checkedAt: string }).checkedAt).getTime()).toBeLessThanOrEqual(Date.now());
    // The file is there from before: it is held against what is kept.
    expect((await tufa(get(server, store, '--offline', 'strict'))).stderr).toContain('already have a.txt');
    await fails(refresh, 3, 'ERR_TUF_TRANSPORT');
    const never = await fails(get(server, newStore(), '--offline', 'strict'), 3, 'ERR_TUF_STORE');
    expect(never.stderr).toContain('refresh once with a connection');
    await fails([...refresh, '--offline', 'perhaps'], 2, 'ERR_TUF_USAGE');
  });
});
