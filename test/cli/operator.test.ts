import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const base = newFolder();
afterAll(() => base.remove());

/** A repository that each test gets a copy of. */
const original = join(base.path, 'original');
let count = 0;

const copy = (): string => base.copy(original);

function files(tree: Record<string, string>): string {
  const folder = join(base.path, `files-${++count}`);
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const { ok, fails } = newVerdicts(tufa);

const served = (dir: string): string[] =>
  readdirSync(join(dir, 'public'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + '/public/'.length))
    .map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'))
    .sort();

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);

beforeAll(async () => {
  const made = await ok(['init', original]);
  expect(made).toMatchObject({ dir: original, root: 1, timestamp: 1, snapshot: 1, targets: { targets: 1 } });
});

describe('tufa init', () => {
  it('publishes an empty repository, with its keys elsewhere, encrypted and closed to others', () => {
    expect(served(original)).toEqual([
      'metadata/1.root.json',
      'metadata/1.snapshot.json',
      'metadata/1.targets.json',
      'metadata/timestamp.json',
    ]);
    for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
      const path = join(original, 'keys', `${role}-1.pem`);
      expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(original, 'keys')).mode & 0o777).toBe(0o700);
  });

  it('[OP-8] puts no way to a private key into what is served', () => {
    for (const name of readdirSync(join(original, 'public/metadata'))) {
      expect(readFileSync(join(original, 'public/metadata', name), 'utf8')).not.toMatch(/pem|file:|uri/);
    }
  });

  it('[4.2.1-b][A-03] lists keys with the three standard members alone', () => {
    const { signed } = JSON.parse(readFileSync(join(original, 'public/metadata/1.root.json'), 'utf8'));
    for (const key of Object.values(signed.keys))
      expect(Object.keys(key as object).sort()).toEqual(['keytype', 'keyval', 'scheme']);
  });

  it('makes what it is told to', async () => {
    const dir = join(base.path, 'told');
    const flags = ['--keys', 'root=2', '--threshold', 'root=2', '--expires', 'timestamp=7d', '--expires', 'root=P1Y'];
    const more = ['--no-consistent-snapshot', '--key-type', 'ecdsa-p256', '--hashes', 'sha256,sha512'];
    const at = new Date('2030-01-01T00:00:00Z');
    const made = await ok(['init', dir, ...flags, ...more], { now: at });
    expect(made.keys.root).toHaveLength(2);
    const { signed, signatures } = JSON.parse(readFileSync(join(dir, 'public/metadata/1.root.json'), 'utf8'));
    expect(signed).toMatchObject({ consistent_snapshot: false, expires: '2031-01-01T00:00:00Z' });
    expect(signed.roles.root).toEqual({
      keyids: made.keys.root.map(({ keyid }: { keyid: string }) => keyid),
      threshold: 2,
    });
    expect(signatures).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(dir, 'public/metadata/timestamp.json'), 'utf8')).signed.expires).toBe(
      '2030-01-08T00:00:00Z',
    );
    expect((Object.values(signed.keys) as { scheme: string }[])[0]?.scheme).toBe('ecdsa-sha2-nistp256');
    await ok(['add', dir, files({ 'a.txt': 'a' })], { now: at });
    await ok(['publish', dir], { now: at });
    expect(served(dir)).toEqual([
      'metadata/1.root.json',
      'metadata/snapshot.json',
      'metadata/targets.json',
      'metadata/timestamp.json',
      'targets/a.txt',
    ]);
  });

  it('fills an empty folder that is there', async () => {
    const dir = join(base.path, 'empty');
    mkdirSync(dir);
    const { ino } = statSync(dir);
    await ok(['init', dir]);
    expect(statSync(dir).ino).toBe(ino);
    expect((await tufa(['status', dir])).exitCode).toBe(0);
    expect(readdirSync(base.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves nothing behind where it cannot', async () => {
    await fails(['init', original], 4, 'ERR_TUF_CONFLICT');
    const before = readdirSync(base.path);
    const dir = join(base.path, 'never');
    await fails(['init', dir, '--threshold', 'root=2'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['init', dir, '--no-input'], 2, 'ERR_TUF_USAGE', { env: {} });
    await fails(['init', dir], 2, 'ERR_TUF_USAGE', { env: {} });
    expect(readdirSync(base.path)).toEqual(before);
  });
});

describe('tufa add', () => {
  it('[6.3.1][J26] stages a folder by names relative to it, in bytes, and shows nothing to clients yet', async () => {
    const dir = copy();
    const added = await ok([
      'add',
      dir,
      files({ 'app.txt': 'héllo', 'ü/größe.txt': 'x' }),
      '--custom',
      '{"channel":"stable"}',
    ]);
    expect(added).toMatchObject({
      role: 'targets',
      targets: [
        { path: 'app.txt', change: 'added', length: 6, hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
        { path: 'ü/größe.txt', change: 'added', length: 1 },
      ],
    });
    expect(served(dir)).toEqual(served(original));
    const { targets } = await ok(['list', dir]);
    expect(targets[0]).toMatchObject({
      path: 'app.txt',
      state: 'added',
      role: 'targets',
      custom: { channel: 'stable' },
    });
    await ok(['publish', dir]);
    expect(served(dir)).toContain('targets/HASH.app.txt');
    expect(served(dir)).toContain('targets/ü/HASH.größe.txt');
    expect((await ok(['list', dir])).targets.map(({ state }: { state: string }) => state)).toEqual([
      'published',
      'published',
    ]);
    expect(readdirSync(join(dir, 'drafts'))).toEqual(['.lock']);
  });

  it('takes single files, a prefix, and an update', async () => {
    const dir = copy();
    const folder = files({ 'a.txt': '1', 'b.txt': '2' });
    await ok(['add', dir, join(folder, 'a.txt'), '--prefix', 'v1', '--custom', '{"x":1}']);
    await ok(['publish', dir]);
    const again = await ok(['add', dir, join(folder, 'a.txt'), '--prefix', 'v1/']);
    expect(again.targets).toMatchObject([{ path: 'v1/a.txt', change: 'unchanged' }]);
    expect(await ok(['publish', dir])).toMatchObject({ published: false, timestamp: 2 });
    writeFileSync(join(folder, 'a.txt'), 'changed');
    expect((await ok(['add', dir, join(folder, 'a.txt'), '--prefix', 'v1'])).targets).toMatchObject([
      { change: 'updated' },
    ]);
    expect(await ok(['publish', dir])).toMatchObject({
      published: true,
      timestamp: 3,
      targets: { targets: 3 },
      files: ['v1/a.txt'],
    });
    const { targets } = await ok(['list', dir]);
    expect(targets).toMatchObject([{ path: 'v1/a.txt', length: 7, custom: { x: 1 } }]);
  });

  it('keeps nothing of what is staged no longer', async () => {
    const dir = copy();
    const folder = files({ 'a.txt': 'old bytes' });
    await ok(['add', dir, folder]);
    writeFileSync(join(folder, 'a.txt'), 'new bytes');
    await ok(['add', dir, folder]);
    expect(readdirSync(join(dir, 'drafts/files'))).toHaveLength(1);
    await ok(['remove', dir, 'a.txt']);
    expect(readdirSync(join(dir, 'drafts/files'))).toHaveLength(0);
  });

  it('loses no work of another that runs at the same time', async () => {
    const dir = copy();
    const added = await Promise.all(
      Array.from({ length: 6 }, (_, n) => ok(['add', dir, files({ [`${n}.txt`]: `${n}` })])),
    );
    expect(added).toHaveLength(6);
    expect((await ok(['list', dir])).targets.map(({ path }: { path: string }) => path)).toEqual([
      '0.txt',
      '1.txt',
      '2.txt',
      '3.txt',
      '4.txt',
      '5.txt',
    ]);
  });

  it('[A-15] refuses names and passes over links', async () => {
    const dir = copy();
    const folder = files({ 'a.txt': 'a' });
    symlinkSync('/etc/passwd', join(folder, 'link'));
    const ran = await tufa(['add', dir, folder]);
    expect(ran.stderr).toContain('passed over');
    expect((await ok(['list', dir])).targets).toHaveLength(1);
    await fails(['add', dir, files({ 'a\\b': 'x' })], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['add', dir, files({ 'a\nb': 'x' })], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['add', dir, folder, '--prefix', '../x'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['add', dir, join(folder, 'nothing')], 3, 'ERR_TUF_STORE');
    for (const custom of ['[]', '{"a":1.5}', '{"a":1,"a":2}', 'x'])
      await fails(['add', dir, folder, '--custom', custom], 2, 'ERR_TUF_USAGE');
    await fails(['add', dir, folder, join(folder, 'a.txt')], 2, 'ERR_TUF_USAGE');
    await fails(['add', join(base.path, 'nowhere'), folder], 3, 'ERR_TUF_STORE');
    await fails(['add', dir, folder, '--role', 'nobody'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });
});

describe('tufa remove', () => {
  it('takes a target off its list, and keeps its file for clients in the middle of an update', async () => {
    const dir = copy();
    await ok(['add', dir, files({ 'a.txt': 'a', 'b.txt': 'b' })]);
    await ok(['publish', dir]);
    expect((await ok(['remove', dir, 'a.txt'])).targets).toEqual([
      { path: 'a.txt', role: 'targets', change: 'removed' },
    ]);
    await ok(['publish', dir]);
    expect((await ok(['list', dir])).targets.map(({ path }: { path: string }) => path)).toEqual(['b.txt']);
    expect(served(dir)).toContain('targets/HASH.a.txt');
    await fails(['remove', dir, 'a.txt'], 3, 'ERR_TUF_NOT_FOUND');
  });
});

describe('tufa delegate', () => {
  it('makes a role with keys of its own, which can be added to and published', async () => {
    const dir = copy();
    const made = await ok([
      'delegate',
      dir,
      'releases',
      '--paths',
      'releases/*',
      '--terminating',
      '--keys',
      '2',
      '--threshold',
      '2',
      '--expires',
      '30d',
    ]);
    expect(made).toMatchObject({
      role: 'releases',
      from: 'targets',
      keys: [{ uri: expect.stringContaining('releases-1') }, {}],
    });
    await ok(['add', dir, files({ 'x.tgz': 'x' }), '--role', 'releases', '--prefix', 'releases']);
    expect(await ok(['publish', dir])).toMatchObject({
      targets: { targets: 2, releases: 1 },
      files: ['releases/x.tgz'],
    });
    const { roles } = await ok(['status', dir]);
    expect(roles.find(({ role }: { role: string }) => role === 'releases')).toMatchObject({
      version: 1,
      threshold: 2,
      keys: 2,
      expired: false,
    });
    expect(await tufa(['status', dir, '--at', inDays(31).toISOString().slice(0, 10)])).toMatchObject({ exitCode: 1 });
  });

  it('[A-61] does not publish what no client would find', async () => {
    const dir = copy();
    await ok(['delegate', dir, 'releases', '--paths', 'releases/*']);
    await ok(['add', dir, files({ 'x.tgz': 'x' }), '--role', 'releases', '--prefix', 'elsewhere']);
    const ran = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(ran.json.error).toMatchObject({ role: 'releases', path: 'elsewhere/x.tgz' });
    expect(served(dir)).toEqual(served(original));
  });

  it('[A-40] refuses a name that another file could have', async () => {
    await fails(['delegate', copy(), '2.root', '--paths', '*'], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });
});

describe('tufa publish', () => {
  it('says what is missing, keeps what it has signed, and goes on when the keys are there', async () => {
    const dir = join(base.path, 'ceremony');
    const made = await ok(['init', dir, '--keys', 'targets=3', '--threshold', 'targets=2']);
    const away = ['targets-2.pem', 'targets-3.pem'];
    for (const name of away) renameSync(join(dir, 'keys', name), join(base.path, name));
    await ok(['add', dir, files({ 'a.txt': 'a' })]);
    const ran = await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED');
    const [first, second, third] = made.keys.targets.map(({ keyid }: { keyid: string }) => keyid);
    expect(ran.json.error).toMatchObject({
      role: 'targets',
      threshold: 2,
      validKeyids: [first],
      missingKeyids: [second, third],
    });
    expect((await ok(['status', dir])).staged).toMatchObject([
      { role: 'targets', version: 2, missing: [{ validKeyids: [first] }] },
    ]);
    renameSync(join(dir, 'keys', 'targets-1.pem'), join(base.path, 'targets-1.pem'));
    renameSync(join(base.path, 'targets-3.pem'), join(dir, 'keys', 'targets-3.pem'));
    await ok(['publish', dir]);
    const { signatures } = JSON.parse(readFileSync(join(dir, 'public/metadata/2.targets.json'), 'utf8'));
    expect(signatures.map(({ keyid }: { keyid: string }) => keyid)).toEqual([first, third]);
  });

  it('renews what has expired, though nothing is staged', async () => {
    const dir = copy();
    expect(await ok(['publish', dir], { now: inDays(2) })).toMatchObject({
      published: true,
      timestamp: 2,
      snapshot: 1,
      targets: {},
    });
    expect(await ok(['publish', dir], { now: inDays(20) })).toMatchObject({
      published: true,
      timestamp: 3,
      snapshot: 2,
    });
    expect(await ok(['publish', dir], { now: inDays(20) })).toMatchObject({ published: false });
  });

  it('[T39] renews a root and targets that have expired, for which clients would refuse all else', async () => {
    const dir = copy();
    const late = inDays(400);
    expect((await tufa(['status', dir, '--json'], { now: late })).json).toMatchObject({ accepted: false });
    const ran = await tufa(['publish', dir, '--json'], { now: late });
    expect(ran).toMatchObject({ exitCode: 0, json: { root: 2, targets: { targets: 2 } } });
    expect(ran.stderr).toContain('root had expired at');
    expect((await tufa(['status', dir, '--json'], { now: late })).json).toMatchObject({ accepted: true });
  });

  it('signs a draft for its whole lifetime, however long it was staged', async () => {
    const dir = copy();
    await ok(['add', dir, files({ 'a.txt': 'a' })]);
    await ok(['publish', dir], { now: inDays(100) });
    const { signed } = JSON.parse(readFileSync(join(dir, 'public/metadata/2.targets.json'), 'utf8'));
    expect(Date.parse(signed.expires)).toBeGreaterThan(inDays(464).getTime());
  });

  it('[T39] does not build on an older copy of what was served', async () => {
    const dir = copy();
    const backup = join(base.path, 'backup');
    cpSync(join(dir, 'public'), backup, { recursive: true });
    await ok(['add', dir, files({ 'a.txt': 'a' })]);
    await ok(['publish', dir]);
    rmSync(join(dir, 'public'), { recursive: true });
    cpSync(backup, join(dir, 'public'), { recursive: true });
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    await fails(['add', dir, files({ 'b.txt': 'b' })], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });

  it('does not build on what somebody changed in the served folder', async () => {
    const dir = copy();
    const path = join(dir, 'public/metadata/1.targets.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"targets":{}', '"targets":{ }'));
    await fails(['add', dir, files({ 'a.txt': 'a' })], 1, 'ERR_TUF_TOO_LONG');
    expect((await tufa(['status', dir, '--json'])).json).toMatchObject({
      accepted: false,
      error: { code: 'ERR_TUF_TOO_LONG' },
    });
  });

  it('finishes what was interrupted, with the same bytes, and lets nobody stage in between', async () => {
    const dir = copy();
    await ok(['add', dir, files({ 'a.txt': 'a' })]);
    const inTheWay = join(dir, 'public/metadata/2.snapshot.json');
    writeFileSync(inTheWay, '{}');
    const ran = await fails(['publish', dir], 4, 'ERR_TUF_CONFLICT');
    expect(ran.json.error.hint).toContain('drafts/journal');
    expect(await ok(['status', dir])).toMatchObject({ accepted: true, interrupted: true });
    await fails(['add', dir, files({ 'b.txt': 'b' })], 4, 'ERR_TUF_CONFLICT');
    const written = readFileSync(join(dir, 'public/metadata/2.targets.json'), 'utf8');
    rmSync(inTheWay);
    expect(await ok(['publish', dir])).toMatchObject({ published: true, timestamp: 2, snapshot: 2 });
    expect(readFileSync(join(dir, 'public/metadata/2.targets.json'), 'utf8')).toBe(written);
    expect(await ok(['status', dir])).toMatchObject({ accepted: true, interrupted: false, staged: [] });
    await ok(['add', dir, files({ 'b.txt': 'b' })]);
    await ok(['publish', dir]);
  });

  it('asks for the passphrase where it has to sign, and takes no other', async () => {
    const dir = copy();
    const wrong = { env: { TUFA_PASSPHRASE: 'wrong' } };
    expect((await tufa(['publish', dir, '--json'], wrong)).json).toMatchObject({ published: false });
    await ok(['add', dir, files({ 'a.txt': 'a' })], wrong);
    await fails(['publish', dir], 3, 'ERR_TUF_SIGNER', wrong);
    await fails(['publish', dir, '--no-input'], 2, 'ERR_TUF_USAGE', { env: {} });
    const file = base.write('passphrase', 'of the test\nignored\n');
    await ok(['publish', dir], { env: { TUFA_PASSPHRASE_FILE: file } });
    await fails(['key', 'export', join(dir, 'keys/root-1.pem')], 3, 'ERR_TUF_STORE', {
      env: { TUFA_PASSPHRASE_FILE: '/nowhere' },
    });
  });
});

describe('tufa status', () => {
  it('is 0 while a client accepts what is published, and 1 from the second on in which it expires', async () => {
    const { exitCode, json } = await tufa(['status', original, '--json']);
    expect([exitCode, json.accepted, json.error]).toEqual([0, true, null]);
    expect(json.roles.map(({ role, version }: { role: string; version: number }) => [role, version])).toEqual([
      ['root', 1],
      ['timestamp', 1],
      ['snapshot', 1],
      ['targets', 1],
    ]);
    const expires = json.roles[1].expires;
    expect(await tufa(['status', original, '--at', expires, '--json'])).toMatchObject({
      exitCode: 1,
      json: { accepted: false, error: { code: 'ERR_TUF_EXPIRED' } },
    });
    const second = new Date(Date.parse(expires) - 1000).toISOString().replace('.000', '');
    const soon = await tufa(['status', original, '--at', second, '--json']);
    expect(soon).toMatchObject({
      exitCode: 0,
      json: { warnings: [{ code: 'expires-soon', text: expect.stringContaining('timestamp expires soon') }] },
    });
  });

  it('says so in words', async () => {
    const { stdout } = await tufa(['status', original]);
    expect(stdout).toMatch(
      /^root: version 1, expires \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in \d+ days; signed by 1 of 1 keys, 1 needed$/m,
    );
  });
});

describe('tufa key', () => {
  it('makes, shows, lists and takes over keys', async () => {
    const uri = `file:${join(base.path, 'extra.pem')}`;
    const made = await ok(['key', 'create', uri, '--type', 'ecdsa-p256']);
    expect(made).toMatchObject({
      keyid: expect.stringMatching(/^[0-9a-f]{64}$/),
      uri,
      key: { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' },
    });
    expect(await ok(['key', 'export', uri])).toEqual({ keyid: made.keyid, key: made.key });
    await fails(['key', 'create', uri], 4, 'ERR_TUF_CONFLICT');
    await fails(['key', 'create', 'pkcs11:x'], 2, 'ERR_TUF_USAGE');
    await fails(['key', 'export', '/nowhere.pem'], 3, 'ERR_TUF_SIGNER');
    const dir = copy();
    expect(await ok(['key', 'import', dir, uri])).toEqual({ keyid: made.keyid, uri, key: made.key });
    expect(readFileSync(join(dir, 'tufa.json'), 'utf8')).toContain(made.keyid);
    rmSync(join(dir, 'keys/root-1.pem'));
    const { roles } = await ok(['key', 'list', dir]);
    expect(
      roles.map(({ role, keys }: { role: string; keys: { isHere: boolean }[] }) => [role, keys[0]?.isHere]),
    ).toEqual([
      ['root', false],
      ['targets', true],
      ['snapshot', true],
      ['timestamp', true],
    ]);
  });
});

describe('tufa show', () => {
  it('says in words what a file says, and escapes it', async () => {
    const { exitCode, stdout } = await tufa(['show', join(original, 'public/metadata/1.root.json')]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^root version 1, expires /);
    const evil = {
      _type: 'targets',
      spec_version: '1.0',
      version: 1,
      expires: '2030-01-01T00:00:00Z',
      targets: { '\u001b[2J::x': { length: 1, hashes: { sha256: '0'.repeat(64) } } },
    };
    const path = base.write('evil.json', JSON.stringify({ signed: evil, signatures: [] }));
    expect((await tufa(['show', path])).stdout).toContain('target \\u{1b}[2J::x: 1 bytes');
    expect((await ok(['show', path])).signed.targets).toEqual(evil.targets);
    await fails(['show', base.write('page.html', '<html>')], 1, 'ERR_TUF_MALFORMED');
    await fails(['show', base.write('other.json', '{}')], 1, 'ERR_TUF_MALFORMED');
    await fails(['show', join(base.path, 'nowhere')], 3, 'ERR_TUF_STORE');
  });
});

describe('the configuration', () => {
  it('is refused where it cannot be meant', async () => {
    const dir = copy();
    const path = join(dir, 'tufa.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    for (const change of [{ format: 2 }, { hashes: ['md5'] }, { signers: { a: 1 } }, { expires: {} }]) {
      writeFileSync(path, JSON.stringify({ ...config, ...change }));
      await fails(['list', dir], 1, 'ERR_TUF_MALFORMED');
    }
    expect(existsSync(path)).toBe(true);
  });
});

describe('tufa add of many files', () => {
  it('shows how far it is on a terminal, and stages each under its own digest', async () => {
    const dir = copy();
    const tree = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`f${i}.txt`, `text of ${i} `.repeat(i + 1)]));
    const ran = await tufa(['add', dir, files(tree)], { isTTY: true });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/\[#{30}\] 100 %, \d+ of 25 files, 0\.0 of 0\.0 MiB/);
    const { targets } = await ok(['list', dir]);
    const digestOf = (path: string) =>
      createHash('sha256')
        .update(tree[path] as string)
        .digest('hex');
    expect(targets).toHaveLength(25);
    for (const { path, hashes } of targets) expect(hashes.sha256).toBe(digestOf(path));
  });

  it('ends at the first that cannot be read, and stages none', async () => {
    const dir = copy();
    const folder = files({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c', 'd.txt': 'd', 'e.txt': 'e', 'f.txt': 'f' });
    const names = ['a.txt', 'none.txt', 'b.txt', 'c.txt'].map((name) => join(folder, name));
    await fails(['add', dir, ...names], 3, 'ERR_TUF_STORE');
    expect((await ok(['list', dir])).targets).toEqual([]);
  });
});

describe('tufa add of what nobody should see', () => {
  const pem = (kind: string) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`;

  it('refuses what belongs to the repository itself', async () => {
    const dir = copy();
    for (const name of ['keys', 'tufa.json', '.']) {
      const { stderr } = await fails(['add', dir, join(dir, name)], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(stderr).toContain('belongs to the repository itself');
    }
    expect((await ok(['list', dir])).targets).toEqual([]);
  });

  it.each(['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'PGP PRIVATE KEY BLOCK', 'RSA PRIVATE KEY'])(
    'refuses %s, unless it is told that it is meant',
    async (kind) => {
      const dir = copy();
      const folder = files({ 'a.txt': 'a', 'key.pem': pem(kind) });
      const { stderr } = await fails(['add', dir, folder], 4, 'ERR_TUF_REPOSITORY_REFUSED');
      expect(stderr).toContain('looks like a private key');
      expect((await ok(['list', dir])).targets).toEqual([]);
      expect((await ok(['add', dir, folder, '--allow-private-keys'])).targets).toHaveLength(2);
    },
  );

  it.each([
    ['ssh.com', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n'],
    ['PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\n'],
    ['UTF-16', pem('PRIVATE KEY').replace(/./gs, '$&\0')],
  ])('refuses a key of %s', async (_, text) => {
    const { stderr } = await fails(['add', copy(), files({ 'key.txt': text })], 4, 'ERR_TUF_REPOSITORY_REFUSED');
    expect(stderr).toContain('looks like a private key');
  });

  it('takes a public key', async () => {
    expect((await ok(['add', copy(), files({ 'key.pub': pem('PUBLIC KEY') })])).targets).toHaveLength(1);
  });
});

describe('what was published last', () => {
  it.each(['', '[]', '{"root":"1"}', '{"root":1,"timestamp":0,"snapshot":1}'])(
    '[T39] guards against an older copy, and is not passed over where it is damaged: %j',
    async (text) => {
      const dir = copy();
      writeFileSync(join(dir, 'published.json'), text);
      const { stderr } = await fails(['timestamp', dir], 1, 'ERR_TUF_MALFORMED');
      expect(stderr).toContain('it does not say what was published last');
      expect(readFileSync(join(dir, 'published.json'), 'utf8')).toBe(text);
    },
  );
});
