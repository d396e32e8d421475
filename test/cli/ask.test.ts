import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handlerOn } from '../../src/answer/handler.ts';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { readKeyFile } from '../../src/node/key-file.ts';
import { type RunningHandler, serveHandler } from '../../src/node/serve-handler.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { newFolder, newShell, newVerdicts } from './harness.ts';

const tufa = newShell();
const { ok, fails } = newVerdicts(tufa);
const base = newFolder();
const dir = join(base.path, 'repository');
const key = `file:${join(base.path, 'answer.pem')}`;
let server: StaticServer;
let answers: RunningHandler;
let stores = 0;

/** What a client is told beside what it asks. */
const known = (): string[] => {
  stores += 1;
  const root = join(dir, 'public/metadata/1.root.json');
  const store = join(base.path, `store-${stores}`);
  return ['--targets-url', server.targetsUrl, '--root', root, '--store', store, '--answers', `${answers.origin}/`];
};

beforeAll(async () => {
  const file = base.write('app.tgz', 'release 1');
  await ok(['init', dir]);
  await ok(['add', dir, file]);
  await ok(['publish', dir]);
  server = await serveFolder(join(dir, 'public'), 0);
  await ok(['key', 'create', key]);
  const signer = new KeySigner(await readKeyFile(key.slice('file:'.length), { passphrase: async () => 'of the test' }));
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const response = await fetch(new URL(`../${path}`, server.metadataUrl));
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  };
  const root = new Uint8Array(readFileSync(join(dir, 'public/metadata/1.root.json')));
  const handler = handlerOn(nodeCrypto(), { files: { read }, root, signer, refreshMs: 0 });
  answers = await serveHandler(handler);
});

afterAll(async () => {
  await answers.close();
  await server.close();
  base.remove();
});

describe('tufa ask', () => {
  it('is refused before a key is authorised', async () => {
    await fails(['ask', server.metadataUrl, ...known()], 1, 'ERR_TUF_ANSWER_KEY');
  });

  it('refuses to authorise the key of any role', async () => {
    const other = join(base.path, 'delegated');
    await ok(['init', other]);
    const developer = `file:${join(base.path, 'developer.pem')}`;
    await ok(['key', 'create', developer]);
    await ok(['delegate', other, 'plugins', '--paths', 'plugins/*', '--key', developer]);
    await ok(['publish', other]);
    const [timestamp] = readdirSync(join(other, 'keys')).filter((name) => name.startsWith('timestamp'));
    for (const named of [developer, `file:${join(other, 'keys', timestamp as string)}`])
      await fails(['ask', 'authorize', other, named], 4, 'ERR_TUF_REPOSITORY_REFUSED');
  });

  it('authorises a key that is then asked', async () => {
    const { keyids, next } = await ok(['ask', 'authorize', dir, key]);
    expect(keyids).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(next).toEqual([`tufa publish ${dir}`]);
    await ok(['publish', dir]);
    expect(await ok(['ask', server.metadataUrl, 'app.tgz', ...known()])).toMatchObject({
      root: 1,
      targets: 3,
      answer: { keyid: keyids[0], lifetime: 30 },
      permissions: [{ path: 'app.tgz', permitted: true }],
    });
  });

  it('says what is not permitted, with exit code 1', async () => {
    const ran = await tufa(['ask', server.metadataUrl, 'app.tgz', 'other.tgz', ...known()]);
    expect([ran.exitCode, ran.stdout]).toEqual([1, 'permitted app.tgz\nnot permitted other.tgz: not-listed\n']);
  });

  it('confirms a refresh and a download, and replaces a clock', async () => {
    const more = known();
    expect(await ok(['refresh', server.metadataUrl, ...more])).toMatchObject({ targets: 3 });
    const to = join(base.path, 'to');
    const now = new Date('2050-01-01T00:00:00Z');
    const args = ['get', server.metadataUrl, 'app.tgz', '--to', to, ...known()];
    await fails(args, 1, 'ERR_TUF_EXPIRED', { now });
    await ok([...args, '--clock', 'untrusted'], { now });
    expect(readFileSync(join(to, 'app.tgz'), 'utf8')).toBe('release 1');
  });

  it('says what is missing', async () => {
    await fails(
      ['get', server.metadataUrl, 'app.tgz', '--to', base.path, ...known().slice(0, 6), '--clock', 'untrusted'],
      2,
      'ERR_TUF_USAGE',
    );
    const nowhere = [...known().slice(0, 6), '--answers', 'http://127.0.0.1:9/'];
    await fails(['ask', server.metadataUrl, ...nowhere], 3, 'ERR_TUF_ANSWER_MISSING');
    await fails(
      ['ask', server.metadataUrl, ...known().slice(0, 6), '--answers', 'http://example.com/'],
      2,
      'ERR_TUF_USAGE',
    );
    await fails(['ask', 'serve', dir], 2, 'ERR_TUF_USAGE');
    await fails(['ask', 'serve', dir, '--key', key, '--lifetime', '2h'], 2, 'ERR_TUF_USAGE');
  });

  it('serves answers until it is ended', async () => {
    const aborter = new AbortController();
    const ran = tufa(['ask', 'serve', dir, '--key', key, '--json'], { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 1500);
    expect((await ran).stdout).toMatch(/^\{ "answersUrl": "http:\/\/127\.0\.0\.1:\d+\/" \}\n/);
  });
});
