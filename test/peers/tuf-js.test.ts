/** tuf-js 5, an independent client, on what tufa's repository library writes. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Root } from '../../src/metadata/root.ts';
import type { Targets } from '../../src/metadata/targets.ts';
import { KeySigner } from '../../src/node/signer.ts';
import {
  createRoot,
  createTargets,
  type DelegationSpec,
  type Draft,
  editRoot,
  editTargets,
  publish,
  roleKey,
} from '../../src/repository/index.ts';
import type { Trusted } from '../../src/trust/trusted.ts';
import {
  crypto,
  type Files,
  inDays,
  MemoryBackend,
  newKeys,
  newRoles,
  nextPublication,
  now,
  plan,
  publishedMemory,
  release,
  signersOf,
  type TestKey,
  type TestRoles,
  withFiles,
} from '../repository/fixture.ts';
import { type Loopback, serveLoopback } from './loopback.ts';

const files: Files = {
  'hello.txt': 'hello, world\n',
  'dir/sub/data.txt': 'two folders down\n',
  empty: '',
  'café/naïve ☃ 😀.txt': 'its name is not ASCII\n',
};

let room: string;
let served: Loopback | undefined;

beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'tufa-peers-'));
  // The peer asks no one but the clock of the process.
  vi.useFakeTimers({ toFake: ['Date'], now });
});

afterEach(async () => {
  vi.useRealTimers();
  await served?.close();
  served = undefined;
  rmSync(room, { recursive: true, force: true });
});

/** A new tuf-js client; it goes on with what an earlier one kept under the same name. */
async function peer(backend: MemoryBackend, root: Uint8Array, name = 'peer'): Promise<Updater> {
  served ??= await serveLoopback((path) => backend.files.get(path));
  const [metadataDir, targetDir] = [join(room, name, 'metadata'), join(room, name, 'targets')];
  for (const folder of [metadataDir, targetDir]) mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(metadataDir, 'root.json'), root, { flag: 'wx' });
  } catch {
    // An earlier client has kept a root, this one or a newer one.
  }
  const urls = { metadataBaseUrl: `${served.url}/metadata`, targetBaseUrl: `${served.url}/targets` };
  return new Updater({ metadataDir, targetDir, ...urls, config: { fetchRetry: 0 } });
}

async function download(client: Updater, path: string): Promise<string | undefined> {
  const target = await client.getTargetInfo(path);
  return target === undefined ? undefined : readFileSync(await client.downloadTarget(target), 'utf8');
}

async function downloadAll(client: Updater, paths: readonly string[]): Promise<Record<string, string | undefined>> {
  const texts: Record<string, string | undefined> = {};
  for (const path of paths) texts[path] = await download(client, path);
  return texts;
}

async function newKeyOf(kind: 'ed25519' | 'ec' | 'rsa'): Promise<TestKey> {
  const { privateKey } = {
    ed25519: () => generateKeyPairSync('ed25519'),
    ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }[kind]();
  const signer = new KeySigner(privateKey);
  return { ...(await roleKey(signer.key, crypto)), signer };
}

/** Three keys, one of each kind, any two of which sign every role. */
async function mixedRoles(): Promise<TestRoles> {
  const keys = await Promise.all([newKeyOf('ed25519'), newKeyOf('ec'), newKeyOf('rsa')]);
  const all = { keys, threshold: 2 };
  return { root: all, timestamp: all, snapshot: all, targets: all };
}

/** A repository with one delegation. */
async function delegated(spec: Omit<DelegationSpec, 'keys' | 'threshold' | 'name'>, listed: Files) {
  const roles = await newRoles();
  const keys = await newKeys(2);
  const backend = new MemoryBackend();
  const targets = editTargets(createTargets({ expires: inDays(100) }), (editor) => {
    editor.delegate({ ...spec, name: 'apps', keys, threshold: 2 });
  }) as Draft<Targets>;
  const apps = await withFiles(createTargets({ expires: inDays(100), role: 'apps' }), listed);
  const drafts = {
    root: createRoot({ expires: inDays(365), roles }),
    targets: new Map([
      ['targets', targets],
      ['apps', apps],
    ]),
  };
  const publication = await plan(await release(undefined, drafts, signersOf(roles, ...keys)), listed);
  await publish(publication, backend);
  return { backend, root: publication.root };
}

describe('tuf-js 5 on a repository of tufa', () => {
  it.each([true, false])('[6.2.1-b] downloads every file, consistent_snapshot %s', async (consistentSnapshot) => {
    const options = { consistentSnapshot, algorithms: ['sha256', 'sha512'] as const };
    const { backend, root } = await publishedMemory(files, options);
    const client = await peer(backend, root);
    expect(await downloadAll(client, Object.keys(files))).toEqual(files);
    expect(await download(client, 'nope.txt')).toBeUndefined();
  });

  it('[6.3.1] goes on to the next release', async () => {
    const { backend, root, roles } = await publishedMemory(files);
    await (await peer(backend, root)).refresh();
    await publish(await nextPublication(roles, backend, root, { 'hello.txt': 'hello again\n' }), backend);
    expect(await download(await peer(backend, root), 'hello.txt')).toBe('hello again\n');
    expect(await download(await peer(backend, root, 'another'), 'hello.txt')).toBe('hello again\n');
  });

  it('[4.2.2-b][4.2.1-e] counts signatures by keys of three kinds', async () => {
    const { backend, root } = await publishedMemory({ 'hello.txt': 'hello\n' }, { roles: await mixedRoles() });
    expect(await download(await peer(backend, root), 'hello.txt')).toBe('hello\n');
  });

  it('[6.1-b][6.1-c] follows a rotation of every key', async () => {
    const { backend, root, roles, read } = await publishedMemory(files);
    await (await peer(backend, root)).refresh();
    const next = await newRoles({ root: [3, 2] });
    const before = await read();
    const nextRoot = editRoot(before.root, (editor) => {
      for (const [role, spec] of Object.entries(next)) editor.setRole(role as keyof TestRoles, spec);
    }) as Draft<Root>;
    const targets = await withFiles(before.targets.get('targets') as Trusted<Targets>, { 'hello.txt': 'rotated\n' });
    const drafts = { root: nextRoot, targets: new Map([['targets', targets]]) };
    const rotated = await release(before, drafts, [...signersOf(roles), ...signersOf(next)]);
    await publish(await plan(rotated, { 'hello.txt': 'rotated\n' }), backend);
    expect(await download(await peer(backend, root), 'hello.txt')).toBe('rotated\n');
    expect(await download(await peer(backend, root, 'another'), 'hello.txt')).toBe('rotated\n');
    expect((await read()).root.signed.version).toBe(2);
  });

  it('[4.5-m] follows a delegation by path patterns, and no further', async () => {
    const listed = { 'apps/one.txt': 'one\n', 'apps/x/two.tgz': 'two\n', 'elsewhere.txt': 'not its own\n' };
    const { backend, root } = await delegated({ paths: ['apps/*', 'apps/?/*.tgz'] }, listed);
    const client = await peer(backend, root);
    const expected = { ...listed, 'elsewhere.txt': undefined };
    expect(await downloadAll(client, Object.keys(listed))).toEqual(expected);
  });

  it('[4.5-i] follows a delegation by path hash prefixes', async () => {
    const listed = { 'a.txt': 'a\n', 'b/ö.txt': 'b\n' };
    const { backend, root } = await delegated({ pathHashPrefixes: [...'0123456789abcdef'] }, listed);
    expect(await downloadAll(await peer(backend, root), Object.keys(listed))).toEqual(listed);
  });

  it('refuses a changed target and a changed timestamp', async () => {
    const { backend, root } = await publishedMemory({ 'hello.txt': 'hello\n' });
    for (const [name, bytes] of backend.files) {
      if (name.startsWith('targets/')) backend.files.set(name, bytes.slice().fill(0x20, 0, 1));
    }
    await expect(download(await peer(backend, root), 'hello.txt')).rejects.toThrow();
    const timestamp = Buffer.from(backend.files.get('metadata/timestamp.json') ?? []).toString();
    backend.files.set('metadata/timestamp.json', Buffer.from(timestamp.replace('"expires":"20', '"expires":"21')));
    await expect((await peer(backend, root, 'another')).refresh()).rejects.toThrow(/signed by 0\/1/);
  });
});
