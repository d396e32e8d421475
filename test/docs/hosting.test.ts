/** The configuration of the page on a real nginx, where one is installed, and others that are wrong. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkCodes, Site } from '../../src/check/index.ts';
import { httpAsker } from '../../src/node/http-asker.ts';
import { check, codesOf, type Planted, publish } from '../check/planted.ts';
import { at } from '../tools/project.mjs';

const page = readFileSync(at('docs/operate/hosting.md'), 'utf8');
const ofPage = /^```nginx\n(.*?)^```$/ms.exec(page)?.[1] ?? '';

const nginx = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(
  (each) => spawnSync(each, ['-v']).error === undefined,
);
if (nginx === undefined) process.stderr.write('skipped: nginx is not installed\n');

describe('the page of hosting', () => {
  it('names codes that there are', () => {
    const named = [...page.matchAll(/`([a-z]+(?:-[a-z0-9]+)+)`/g)].map(([, code = '']) => code);
    expect(named.length).toBeGreaterThan(15);
    const others = ['no-cache', 'no-store', 'max-age'];
    expect(named.filter((code) => !(code in checkCodes) && !others.includes(code))).toEqual([]);
  });
});

describe.skipIf(nginx === undefined)('nginx', () => {
  let folder: string;
  let planted: Planted;
  let server: ChildProcess | undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tufa-nginx-'));
    // Long enough that nginx would compress it.
    planted = publish((draft) => {
      draft.root['x-remark'] = 'r'.repeat(2000);
    });
    for (const [file, bytes] of planted.files) {
      mkdirSync(dirname(join(folder, 'public', file)), { recursive: true });
      writeFileSync(join(folder, 'public', file), bytes);
    }
    writeFileSync(join(folder, 'public/index.html'), '<!doctype html><title>app</title>');
    // Workers may run as another user.
    for (const path of ['.', 'public', 'public/metadata', 'public/targets']) chmodSync(join(folder, path), 0o755);
  });
  afterEach(async () => {
    const ended = server;
    server = undefined;
    if (ended === undefined || ended.exitCode !== null) return;
    const closed = new Promise((resolve) => ended.once('close', resolve));
    ended.kill('SIGTERM');
    await closed;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts nginx with these lines in its server block; resolves with the address once it answers. */
  async function start(lines: string): Promise<string> {
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    );
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const configuration = [
      `daemon off; master_process off; ${user} pid ${join(folder, 'nginx.pid')}; error_log stderr warn;`,
      'events { worker_connections 64; }',
      `http { access_log off; ${temporary.join(' ')}`,
      `server { listen 127.0.0.1:${port};`,
      lines.replaceAll('/srv/repository/public', join(folder, 'public')),
      '} }',
    ].join('\n');
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration);
    const child = spawn(nginx as string, ['-p', folder, '-c', file, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    for (;;) {
      if (child.exitCode !== null) throw new TypeError(`nginx ended: ${said}`);
      if (await answers(port)) return `http://127.0.0.1:${port}`;
    }
  }

  const checkAt = async (lines: string) => {
    const base = await start(lines);
    const urls = { metadataUrl: `${base}/metadata`, targetsUrl: `${base}/targets` };
    return check(planted, { place: new Site(urls, httpAsker()) });
  };

  it('is clean with the lines of the page', async () => {
    const report = await checkAt(ofPage);
    expect(report.findings).toEqual([]);
    expect(report.read).toMatchObject({ roots: 1, documents: 4, targetFiles: 1 });
  });

  const root = 'root /srv/repository/public;';
  it.each([
    [
      'nothing but the folder',
      root,
      ['cors-missing', 'cors-missing-on-404', 'immutable-cache-short', 'timestamp-cache-unsaid'],
    ],
    [
      'an application that answers for everything',
      `${root} location / { try_files $uri /index.html; }`,
      [
        ...['next-root-answered', 'missing-answered', 'cors-missing'],
        ...['immutable-cache-short', 'timestamp-cache-unsaid'],
      ],
    ],
    [
      'a page with status 200 in place of 404',
      ofPage
        .replace('error_page 404 = @missing;', 'error_page 404 =200 /index.html;')
        .replace('location / {', 'location = /index.html { } location / {'),
      ['next-root-answered', 'missing-answered'],
    ],
    [
      'headers that are left out with errors',
      ofPage.replaceAll(' always;', ';').replace('error_page 404 = @missing;', ''),
      ['cors-missing-on-404'],
    ],
    ['a day for everything', ofPage.replace('"no-cache"', '"max-age=86400"'), ['timestamp-cached']],
    ['a 404 that is kept', ofPage.replace('"no-store" always', '"max-age=86400" always'), ['missing-cached']],
    ['compression', ofPage.replace('gzip off;', 'gzip on; gzip_types *;'), ['encoding-offered']],
    [
      'another host for the targets',
      `${ofPage} rewrite ^/targets/(.*)$ https://mirror.example/$1 permanent;`,
      ['redirect-refused', 'file-unreadable'],
    ],
  ])('is found wrong: %s', async (_what, lines, codes) => {
    expect(codesOf(await checkAt(lines))).toEqual([...codes].sort());
  });
});

/** One that nobody listens on, a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .on('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .on('error', () => setTimeout(() => resolve(false), 20));
  });
}
