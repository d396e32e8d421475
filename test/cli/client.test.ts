import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { newFolder, newShell } from './harness.ts';

const tufa = newShell();
const base = newFolder();
const dir = join(base.path, 'repository');
let server: StaticServer;
let root: string;
let stores = 0;

const names = { 'app.txt': 'the app', 'ordner/größe.txt': 'x', 'a b#c?d%2e.txt': 'odd', '::notice.txt': 'bold' };

beforeAll(async () => {
  await tufa(['init', dir]);
  const folder = join(base.path, 'files');
  for (const [name, text] of Object.entries(names)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await tufa(['add', dir, folder, '--custom', '{"note":"\\u001b[2J"}']);
  await tufa(['publish', dir]);
  server = await serveFolder(join(dir, 'public'), 0);
  root = join(dir, 'public/metadata/1.root.json');
});

afterAll(async () => {
  await server.close();
  base.remove();
});

const newStore = (): string => join(base.path, `store-${++stores}`);

function get(paths: readonly string[], store: string, to: string, ...more: string[]) {
  const args = [
    'get',
    server.metadataUrl,
    ...paths,
    '--targets-url',
    server.targetsUrl,
    '--root',
    root,
    '--store',
    store,
    '--to',
    to,
  ];
  return tufa([...args, '--json', ...more]);
}

describe('tufa refresh', () => {
  it('gives the versions it has verified, and whether they are news', async () => {
    const store = newStore();
    const args = ['refresh', server.metadataUrl, '--root', root, '--store', store];
    expect(await tufa([...args, '--json'])).toMatchObject({
      exitCode: 0,
      json: { changed: true, root: 1, timestamp: 2, snapshot: 2, targets: 2 },
    });
    expect(await tufa([...args, '--json', '--profile', 'strict'])).toMatchObject({
      exitCode: 0,
      json: { changed: false },
    });
    const spoken = await tufa(args);
    expect([spoken.stdout, spoken.stderr]).toEqual([
      '',
      'tufa: already up to date: root 1, timestamp 2, snapshot 2, targets 2\n',
    ]);
    expect((await tufa([...args, '--quiet'])).stderr).toBe('');
  });

  it('is refused (1), unavailable (3), by the kind of failure', async () => {
    const other = join(base.path, 'other');
    await tufa(['init', other]);
    const wrong = ['--root', join(other, 'public/metadata/1.root.json')];
    const refused = await tufa(['refresh', server.metadataUrl, ...wrong, '--store', newStore(), '--json']);
    expect(refused).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'ERR_TUF_UNSIGNED', role: 'timestamp', threshold: 1 } },
    });
    const nowhere = await tufa(['refresh', 'http://127.0.0.1:9/', '--root', root, '--store', newStore(), '--json']);
    expect(nowhere).toMatchObject({ exitCode: 3, json: { error: { code: 'ERR_TUF_TRANSPORT' } } });
    const missing = await tufa(['refresh', server.metadataUrl, '--root', '/nowhere', '--store', newStore(), '--json']);
    expect(missing).toMatchObject({ exitCode: 3, json: { error: { code: 'ERR_TUF_STORE' } } });
    const page = base.write('page.html', '<html>');
    expect(await tufa(['refresh', server.metadataUrl, '--root', page, '--store', newStore(), '--json'])).toMatchObject({
      exitCode: 1,
    });
    const late = { now: new Date(Date.now() + 3 * 86_400_000) };
    const expired = await tufa(['refresh', server.metadataUrl, '--root', root, '--store', newStore(), '--json'], late);
    expect(expired).toMatchObject({ exitCode: 1, json: { error: { code: 'ERR_TUF_EXPIRED', role: 'timestamp' } } });
  });
});

describe('tufa get', () => {
  it('[5.7.3d][A-15] downloads each target into one file of the folder, whatever its name', async () => {
    const to = join(base.path, 'to');
    const { exitCode, json, stdout } = await get(Object.keys(names), newStore(), to);
    expect(exitCode).toBe(0);
    expect(json.files).toHaveLength(4);
    for (const { path, file, length, hashes, role, custom } of json.files) {
      expect(readFileSync(file, 'utf8')).toBe(names[path as keyof typeof names]);
      expect(file.startsWith(`${to}/`) && !file.slice(to.length + 1).includes('/')).toBe(true);
      expect([length, role, custom]).toEqual([
        Buffer.byteLength(names[path as keyof typeof names]),
        'targets',
        { note: '\u001b[2J' },
      ]);
      expect(hashes.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(stdout).not.toContain('\u001b');
    expect(readdirSync(to)).toHaveLength(4);
  });

  it('[T27] does not ask again for a file that it has, and does for one that was changed', async () => {
    const to = join(base.path, 'again');
    const store = newStore();
    await get(['app.txt'], store, to);
    const file = join(to, 'app.txt');
    const { mtimeMs } = statSync(file);
    expect((await get(['app.txt'], store, to)).json.files).toMatchObject([{ cached: true }]);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    writeFileSync(file, 'THE APP');
    expect((await get(['app.txt'], store, to)).json.files).toMatchObject([{ cached: false }]);
    expect(readFileSync(file, 'utf8')).toBe('the app');
  });

  it('is exit 3 for a target that nobody lists, and says which', async () => {
    const ran = await get(['app.txt', '../../etc/passwd'], newStore(), join(base.path, 'none'));
    expect([ran.exitCode, ran.json.error.code, ran.json.error.path]).toEqual([
      3,
      'ERR_TUF_NOT_FOUND',
      '../../etc/passwd',
    ]);
  });

  it('[A-71] says what it did without letting names speak', async () => {
    const args = [
      'get',
      server.metadataUrl,
      '::notice.txt',
      '--targets-url',
      server.targetsUrl,
      '--root',
      root,
      '--store',
      newStore(),
      '--to',
      join(base.path, 'loud'),
    ];
    const { stdout, stderr } = await tufa(args);
    expect(stdout).toMatch(/loud\/%3A%3Anotice\.txt\n$/);
    expect(stderr).toBe('tufa: verified ::notice.txt, by targets\n');
  });

  it('shows progress on a terminal only, and leaves none of it', async () => {
    const args = [
      'get',
      server.metadataUrl,
      'app.txt',
      '--targets-url',
      server.targetsUrl,
      '--root',
      root,
      '--store',
      newStore(),
    ];
    const { stderr } = await tufa([...args, '--to', join(base.path, 'seen')], { isTTY: true });
    expect(stderr).toContain('\rtufa: app.txt: 7 of 7 bytes');
    expect(stderr.endsWith('\rtufa: verified app.txt, by targets\n')).toBe(true);
    const quiet = await tufa([...args, '--to', join(base.path, 'quiet'), '--quiet'], { isTTY: true });
    expect(quiet.stderr).toBe('');
  });
});

describe('the static server', () => {
  /** One request, as it is written. */
  const ask = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port, hostname } = new URL(server.metadataUrl);
      let answer = '';
      const socket = connect(Number(port), hostname, () =>
        socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      socket
        .on('data', (chunk) => (answer += chunk))
        .on('end', () => resolve(answer))
        .on('error', reject);
    });

  it('serves what is published', async () => {
    expect(await ask('GET /metadata/timestamp.json')).toMatch(
      /^HTTP\/1.1 200 OK\r\n.*Content-Type: application\/json\r\n.*"_type":"timestamp"/s,
    );
    const head = await ask('HEAD /metadata/timestamp.json');
    expect(head).toMatch(/^HTTP\/1.1 200 /);
    expect(head.endsWith('\r\n\r\n')).toBe(true);
  });

  it.each([
    '/metadata/../../tufa.json',
    '/metadata/..%2f..%2ftufa.json',
    '/metadata/%2e%2e/%2e%2e/tufa.json',
    '/..%5c..%5ctufa.json',
    '/%2e%2e/keys/root-1.pem',
    '/metadata//timestamp.json',
    '/metadata/',
    '/metadata',
    '/',
    '/metadata/timestamp.json%00',
    '/metadata/%zz',
    '/metadata/2.root.json',
    'http://x/metadata/timestamp.json',
    '*',
  ])('is 404 for %s', async (path) => {
    expect(await ask(`GET ${path}`)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('follows no link out of its folder, and answers to reading only', async () => {
    const { symlinkSync } = await import('node:fs');
    symlinkSync(join(dir, 'tufa.json'), join(dir, 'public/metadata/leak.json'));
    expect(await ask('GET /metadata/leak.json')).toMatch(/^HTTP\/1.1 404 /);
    expect(await ask('DELETE /metadata/timestamp.json')).toMatch(/^HTTP\/1.1 405 /);
    expect(await ask('POST /metadata/timestamp.json')).toMatch(/^HTTP\/1.1 405 /);
  });

  it('says when its port is taken', async () => {
    const port = new URL(server.metadataUrl).port;
    expect(await tufa(['serve', dir, '--port', port, '--json'])).toMatchObject({
      exitCode: 3,
      json: { error: { code: 'ERR_TUF_STORE' } },
    });
  });

  it('ends with 130 when the user ends it', async () => {
    const { Aborted } = await import('../../src/cli/failure.ts');
    const aborter = new AbortController();
    const serving = tufa(['serve', dir], { signal: aborter.signal });
    setTimeout(() => aborter.abort(new Aborted()), 50);
    expect((await serving).exitCode).toBe(130);
  });
});
