/** Every failure of `tufa get` says what happened, what was tried, and what to do. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { networkFailure } from '../../src/cli/network-failure.ts';
import { followsProxies, proxyTransport } from '../../src/cli/proxy-transport.ts';
import { TufError } from '../../src/errors.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { at } from '../tools/project.mjs';
import { answer } from '../transport/fault-server.ts';
import { content, type GetServer, serveRepository } from './get-server.ts';
import { buildCommand, newShell } from './harness.ts';

const tufa = newShell();
let server: GetServer;
let tls: Server;
let cases = 0;

beforeAll(async () => {
  server = await serveRepository();
  const [key, certificate] = [join(server.base.path, 'key.pem'), join(server.base.path, 'certificate.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'],
    ...['-keyout', key, '-out', certificate, '-days', '2'],
  ]);
  expect(made.status, String(made.stderr)).toBe(0);
  tls = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }).listen(0, '127.0.0.1');
  await once(tls, 'listening');
});
afterEach(() => {
  server.fileScenario = undefined;
  vi.useRealTimers();
});
afterAll(async () => {
  tls.close();
  await server.stop();
  server.base.remove();
});

interface Said {
  readonly exitCode: number;
  readonly code: string;
  /** What happened, and what was tried. */
  readonly what: RegExp;
  readonly hint: RegExp;
}

/** The arguments with some replaced. */
function get(replaced: Readonly<Record<string, string>> = {}): string[] {
  const args = server.get(`case-${++cases}`, '--parts', join(server.base.path, 'parts'), '--json');
  for (const [name, value] of Object.entries(replaced)) {
    const index = name === 'url' ? 1 : name === 'target' ? 2 : args.indexOf(name) + 1;
    args[index] = value;
  }
  return args;
}

async function fails(args: readonly string[], { exitCode, code, what, hint }: Said, options = {}): Promise<void> {
  const ran = await tufa(args, options);
  expect([ran.exitCode, ran.json?.error?.code], ran.stderr).toEqual([exitCode, code]);
  expect(ran.json.error.message).toMatch(what);
  expect(ran.json.error.hint).toMatch(hint);
  expect(ran.stderr).toContain(`tufa: ${ran.json.error.message}\n`);
  expect(ran.stderr).toMatch(/^tufa: hint: \S/m);
  expect(existsSync(join(server.base.path, `case-${cases}`, 'app.bin'))).toBe(false);
}

const thrice = /\(tried 3 times in \d+ ms\)$/;
const once1 = /\(tried once\)$/;
const transport = { exitCode: 3, code: 'ERR_TUF_TRANSPORT' } as const;
const store = { exitCode: 3, code: 'ERR_TUF_STORE' } as const;

describe('a network that fails', () => {
  it('nobody listens', () =>
    fails(get({ url: 'http://127.0.0.1:9/' }), { ...transport, what: thrice, hint: /^nothing listens there/ }));

  it('no such host', () =>
    fails(get({ url: 'http://nowhere.invalid/' }), {
      ...transport,
      what: thrice,
      hint: /^no such host is known|^no name server answers/,
    }));

  it('a certificate of nobody', () =>
    fails(get({ url: `https://127.0.0.1:${(tls.address() as AddressInfo).port}/` }), {
      ...transport,
      what: once1,
      hint: /NODE_EXTRA_CA_CERTS/,
    }));

  it('no TLS', async () => {
    const plain = createHttpServer().listen(0, '127.0.0.1');
    await once(plain, 'listening');
    try {
      const url = `https://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
      await fails(get({ url }), { ...transport, what: thrice, hint: /speaks no TLS/ });
    } finally {
      plain.close();
    }
  });

  it.each([
    ['ENETUNREACH', /no way to that host/],
    ['EAI_AGAIN', /online/],
    ['CERT_HAS_EXPIRED', /out of date, or the clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['ERR_PROXY_TUNNEL', /the proxy refused/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /speaks no TLS/],
    ['ESOMETHING', /^as it was$/],
  ])('%s, wherever it stands among the causes', (code, hint) => {
    const cause = new AggregateError([Object.assign(new Error('deep'), { code })]);
    const error = new TufError('ERR_TUF_TRANSPORT', 'u: no', { url: 'http://u' }, { cause, hint: 'as it was' });
    expect(networkFailure(error, {})).toMatchObject({
      message: 'u: no (tried once)',
      hint: expect.stringMatching(hint),
    });
  });

  it('a proxy that is set and not followed, where this Node.js does not', () => {
    const error = new TufError('ERR_TUF_TRANSPORT', 'u: no', { url: 'http://u' }, { hint: 'x' });
    const said = (networkFailure(error, { HTTPS_PROXY: 'http://me:secret@proxy' }) as TufError).hint;
    expect(said).toMatch(
      followsProxies(process.versions.node) ? /^x$/ : /^x; HTTPS_PROXY is set, and Node.js .* does not follow/,
    );
    expect(said).not.toContain('secret');
  });
});

describe('a server that answers something else', () => {
  it.each([
    ['404', () => answer(404), /the server answered 404 for .*app\.bin$/, /^check the targets URL/],
    ['503', () => answer(503), thrice, /^try again later/],
    ['503 for hours', () => answer(503, '', ['Retry-After: 7200']), once1, /^try again later/],
    ['401', () => answer(401), once1, /asks who you are/],
    ['407', () => answer(407), once1, /HTTP_PROXY/],
    ['a redirect elsewhere', () => answer(302, '', ['Location: https://mirror.example/']), once1, /\S/],
    ['a coding', () => answer(200, 'x', ['Content-Encoding: gzip']), once1, /Content-Encoding/],
    [
      'half of it',
      () => (socket: { end(text: string): void }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
      thrice,
      /check the address/,
    ],
  ])('%s', async (_, scenario, what, hint) => {
    server.fileScenario = scenario;
    await fails(get(), { ...transport, what, hint });
  });

  it.each([
    ['other bytes', content.map((byte) => byte ^ 1), 'ERR_TUF_HASH_MISMATCH'],
    ['fewer bytes', content.subarray(1), 'ERR_TUF_LENGTH_MISMATCH'],
    ['more bytes', Buffer.concat([content, content]), 'ERR_TUF_TOO_LONG'],
  ])('%s', async (_, bytes, code) => {
    server.fileScenario = () => answer(200, bytes);
    await fails(get(), { exitCode: 1, code, what: /app\.bin/, hint: /another mirror/ });
  });

  it('no metadata', () => fails(get({ url: `${server.origin}/elsewhere` }), { ...transport, what: /404/, hint: /\S/ }));
});

describe('what must not be believed', () => {
  it('an expired repository', () =>
    fails(
      get(),
      { exitCode: 1, code: 'ERR_TUF_EXPIRED', what: /timestamp/, hint: /clock/ },
      { now: new Date(Date.now() + 3 * 86_400_000) },
    ));

  it('a root of another repository', async () => {
    const other = join(server.base.path, 'other');
    await tufa(['init', other]);
    const root = join(other, 'public/metadata/1.root.json');
    await fails(get({ '--root': root }), {
      exitCode: 1,
      code: 'ERR_TUF_UNSIGNED',
      what: /timestamp/,
      hint: /pinned root/,
    });
  });

  it('a root that is none, and one that is not there', async () => {
    const page = server.base.write('page.html', '<html>');
    await fails(get({ '--root': page }), { exitCode: 1, code: 'ERR_TUF_MALFORMED', what: /./, hint: /\S/ });
    await fails(get({ '--root': join(server.base.path, 'absent') }), {
      ...store,
      what: /absent/,
      hint: /no such file/,
    });
  });

  it('a target that nobody lists', () =>
    fails(get({ target: 'none.bin' }), {
      exitCode: 3,
      code: 'ERR_TUF_NOT_FOUND',
      what: /none\.bin/,
      hint: /exact path/,
    }));
});

describe('this machine', () => {
  it('a store at which another is at work', async () => {
    const args = get();
    const folder = args[args.indexOf('--store') + 1] as string;
    let release = (): void => {};
    const held = directoryStore(folder).exclusive(() => new Promise<void>((resolve) => (release = resolve)));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ended = fails(args, { ...store, what: /lock/, hint: /at work there: wait for it, end it/ });
    let isOver = false;
    void ended.finally(() => (isOver = true)).catch(() => {}); // `ended` itself is awaited below
    while (!isOver) {
      await vi.advanceTimersByTimeAsync(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    release();
    await held;
  });

  it('a file where the folder is to be', () =>
    fails(get({ '--to': server.base.write('file', '') }), { ...store, what: /file/, hint: /a folder is expected/ }));

  it('a disk that takes no more', async () => {
    const main = await buildCommand('main', server.base.path);
    const args = get().map((each) => `'${each}'`);
    // The limit on the size of a file, in blocks of 512 bytes or 1 KiB.
    const script = `ulimit -f 300; exec '${process.execPath}' '${main}' ${args.join(' ')}`;
    const ran = spawnServed(script);
    const { stdout } = await ran;
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe('ERR_TUF_STORE');
    expect(error.message).toMatch(/parts.*EFBIG/);
    expect(error.hint).toMatch(/larger files/);
  });
});

/** A script that talks to the servers of this process. */
async function spawnServed(script: string): Promise<{ stdout: string; stderr: string }> {
  const { spawn } = await import('node:child_process');
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await once(child, 'close');
  return { stdout, stderr };
}

/** Releases of Node that find their way through a proxy, as far as they are at hand. */
const nodes = [
  process.execPath,
  ...['n22', 'n24', 'n26'].map((name) => at(`.cache/runtimes/node_modules/${name}/bin/node`)),
]
  .filter((path) => existsSync(path))
  .filter((path) =>
    followsProxies(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()),
  );
if (nodes.length === 0) process.stderr.write('skipped: no Node.js that follows proxies is here\n');

describe('proxies', () => {
  it('are followed from 22.21 and 24.5 on, where one is set', () => {
    const versions = ['20.20.2', '22.20.0', '23.11.0', '24.4.1', '22.21.0', '24.5.0', '25.0.0', '26.1.0'];
    expect(versions.filter(followsProxies)).toEqual(['22.21.0', '24.5.0', '25.0.0', '26.1.0']);
    expect(proxyTransport({}, '24.5.0')).toBeUndefined();
    expect(proxyTransport({ HTTP_PROXY: '' }, '24.5.0')).toBeUndefined();
    expect(proxyTransport({ https_proxy: 'http://127.0.0.1:1' }, '20.1.0')).toBeUndefined();
    expect(proxyTransport({ https_proxy: 'http://127.0.0.1:1' }, '24.5.0')).toBeDefined();
  });

  it.each(nodes)('lead through, refuse, and are passed by: %s', async (node) => {
    const seen: string[] = [];
    let refuses = false;
    const proxy = createHttpServer((request, response) => {
      seen.push(request.url ?? '');
      if (refuses) return void response.writeHead(407).end();
      const path = (request.url ?? '').replace('http://repository.invalid', '');
      fetch(`${server.origin}${path}`).then(
        async (from) => response.writeHead(from.status).end(Buffer.from(await from.arrayBuffer())),
        (error) => response.destroy(error),
      );
    }).on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const main = await buildCommand('main', server.base.path);
    const through = (args: string[], env: string) =>
      spawnServed(`${env} exec '${node}' '${main}' ${args.map((each) => `'${each}'`).join(' ')}`);
    try {
      const away = { url: 'http://repository.invalid/metadata', '--targets-url': 'http://repository.invalid/targets' };
      const led = await through(get(away), `HTTP_PROXY=${address}`);
      expect(JSON.parse(led.stdout).files, led.stderr).toHaveLength(1);
      expect(seen.length).toBeGreaterThan(4);
      expect(seen.every((url) => url.startsWith('http://repository.invalid/'))).toBe(true);

      refuses = true;
      for (const [url, env] of [
        [away.url, `HTTP_PROXY=${address}`],
        ['https://repository.invalid/metadata', `HTTPS_PROXY=${address}`],
      ] as const) {
        const refused = await through(get({ ...away, url }), env);
        expect(JSON.parse(refused.stdout).error).toMatchObject({
          code: 'ERR_TUF_TRANSPORT',
          hint: expect.stringMatching(/^the proxy/),
        });
        expect(refused.stdout + refused.stderr).not.toContain('secret');
      }

      seen.length = 0;
      const passed = await through(get(), `HTTP_PROXY=${address} NO_PROXY=127.0.0.1`);
      expect([JSON.parse(passed.stdout).files.length, seen]).toEqual([1, []]);
    } finally {
      proxy.close();
    }
  });
});
