import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../src/cli/static-server.ts';
import { buildCommand, newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const base = newFolder();
afterAll(() => base.remove());
const env = { TUFA_PASSPHRASE: 'of the test', PATH: process.env['PATH'] ?? '' };
const { ok } = newVerdicts(tufa, { env });
const dir = join(base.path, 'repository');
const at = (...names: string[]): string => join(base.path, ...names);

/** A root, targets and timestamp of two keys each, an Ed25519 and an ML-DSA one, both of which must sign. */
beforeAll(async () => {
  const given: string[] = [];
  for (const role of ['root', 'targets', 'timestamp']) {
    for (const type of ['ed25519', 'ml-dsa-65']) {
      const path = at(`${role}-${type}.pem`);
      await ok(['key', 'create', `file:${path}`, '--type', type]);
      given.push('--key', `${role}=file:${path}`);
    }
    given.push('--threshold', `${role}=2`);
  }
  await ok(['init', dir, ...given]);
  base.write('app.txt', 'the app');
  await ok(['add', dir, at('app.txt')]);
  await ok(['publish', dir]);
}, 60_000);

const rootOf = () => JSON.parse(readFileSync(join(dir, 'public/metadata/1.root.json'), 'utf8'));

async function getApp(run: (args: readonly string[]) => unknown) {
  const server = await serveFolder(join(dir, 'public'), 0);
  try {
    const root = ['--root', join(dir, 'public/metadata/1.root.json')];
    const places = ['--targets-url', server.targetsUrl, '--store', at('store'), '--to', at('downloads')];
    return await run(['get', server.metadataUrl, 'app.txt', ...places, ...root, '--json']);
  } finally {
    await server.close();
  }
}

describe('ML-DSA at the command line', () => {
  it('lists and publishes what both kinds of keys sign', async () => {
    const { roles, keys } = rootOf().signed;
    expect(roles.root.threshold).toBe(2);
    const kinds = roles.root.keyids.map((keyid: string) => keys[keyid].scheme);
    expect(kinds).toEqual(['ed25519', 'ml-dsa-65/1']);
    expect(rootOf().signatures.map(({ sig }: { sig: string }) => sig.length)).toEqual([128, 6618]);
  });

  it('says in status and check that all is well, and whom it shuts out', async () => {
    expect((await ok(['status', dir])).error ?? null).toBeNull();
    const { findings } = await ok(['check', dir]);
    const codes = findings.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(codes).toEqual([]);
    expect(findings.map(({ code }: { code: string }) => code)).toContain('threshold-not-portable');
  });

  it('downloads what it published', async () => {
    expect(await getApp((args) => ok(args))).toBeDefined();
    expect(readFileSync(at('downloads', 'app.txt'), 'utf8')).toBe('the app');
  });

  it('shows the public half of a key that is encrypted', async () => {
    const { key } = await ok(['key', 'export', `file:${at('root-ml-dsa-65.pem')}`]);
    expect(key).toMatchObject({ keytype: 'ml-dsa', scheme: 'ml-dsa-65/1' });
    expect(key.keyval.public).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  });
});

describe('where the package is not installed', () => {
  /** The command, in a folder of its own where the package is one that exports nothing, whatever stands above it. */
  let command: string;
  const run = (args: readonly string[]) => {
    const ran = spawnSync(process.execPath, [command, ...args], { env, encoding: 'utf8', input: '' });
    return { ...ran, json: ran.stdout === '' ? undefined : JSON.parse(ran.stdout) };
  };
  beforeAll(async () => {
    mkdirSync(at('alone/node_modules/@noble/post-quantum'), { recursive: true });
    base.write('alone/node_modules/@noble/post-quantum/package.json', '{ "exports": {} }');
    command = at('alone', 'tufa.mjs');
    copyFileSync(await buildCommand('main', at('alone')), command);
  }, 60_000);

  it.each([
    ['key create', () => ['key', 'create', `file:${at('new.pem')}`, '--type', 'ml-dsa-65']],
    ['key export', () => ['key', 'export', `file:${at('root-ml-dsa-65.pem')}`]],
    ['check', () => ['check', dir]],
    ['publish', () => ['publish', dir]],
  ])('tufa %s says what to install', (_, args) => {
    const { status, json } = run([...args(), '--json', '--no-input']);
    expect([status, json.error.code]).toEqual([3, 'ERR_TUF_ALGORITHM']);
    expect(json.error.hint).toContain('npm install @noble/post-quantum');
  });

  it('tufa goes on with all other keys', () => {
    expect(run(['key', 'create', `file:${at('other.pem')}`, '--json', '--no-input']).status).toBe(0);
  });
});
