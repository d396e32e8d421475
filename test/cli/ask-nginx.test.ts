/** The answer server as it stands in the world: a process of its own, behind nginx with TLS, asked by another process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, newFolder, newShell, newVerdicts, startProcess } from './harness.ts';

const isThere = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;
const nginx = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((each) => isThere(each, '-v'));
const skipped = nginx === undefined || !isThere('openssl', 'version');
if (skipped) process.stderr.write('skipped: nginx or openssl is not installed\n');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

describe.skipIf(skipped)('an answer server behind nginx with TLS', () => {
  const base = newFolder();
  const { ok } = newVerdicts(newShell());
  const at = (name: string): string => join(base.path, name);
  const running: ChildProcess[] = [];
  let main: string;
  let origin: string;

  beforeAll(async () => {
    main = await buildCommand('main', base.path);
    await ok(['init', at('repository')]);
    await ok(['add', at('repository'), base.write('app.tgz', 'release 1')]);
    await ok(['key', 'create', `file:${at('answer.pem')}`]);
    await ok(['ask', 'authorize', at('repository'), `file:${at('answer.pem')}`]);
    await ok(['publish', at('repository')]);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', at('tls.key'), '-out', at('tls.pem')];
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files]);
    const serving = startProcess([
      main,
      'ask',
      'serve',
      at('repository'),
      '--key',
      `file:${at('answer.pem')}`,
      '--json',
    ]);
    running.push(serving.child);
    const { answersUrl } = JSON.parse(await serving.line());
    const port = await freePort();
    origin = `https://127.0.0.1:${port}`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${at(each)};`,
    );
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    writeFileSync(
      at('nginx.conf'),
      `daemon off; master_process off; ${user} pid ${at('nginx.pid')}; error_log stderr warn;
      events { worker_connections 64; }
      http { access_log off; ${temporary.join(' ')}
        limit_req_zone $binary_remote_addr zone=answers:1m rate=100r/s;
        server {
          listen 127.0.0.1:${port} ssl; ssl_certificate ${at('tls.pem')}; ssl_certificate_key ${at('tls.key')};
          root ${at('repository/public')};
          location /answers/ { limit_req zone=answers burst=20; client_max_body_size 64k; proxy_pass ${answersUrl}; }
        }
      }`,
    );
    running.push(
      spawn(nginx as string, ['-p', base.path, '-c', at('nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' }),
    );
    while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  afterAll(async () => {
    for (const child of running) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await closed;
    }
    base.remove();
  });

  const asked = (more: readonly string[], answers = `${origin}/answers/`) => {
    const places = ['--targets-url', `${origin}/targets`, '--root', at('repository/public/metadata/1.root.json')];
    const args = ['ask', `${origin}/metadata`, ...more, ...places, '--store', at('store'), '--answers', answers];
    return startProcess([main, ...args, '--json'], { env: { NODE_EXTRA_CA_CERTS: at('tls.pem') } }).done;
  };

  it('answers', async () => {
    const { end, stdout, stderr } = await asked(['app.tgz']);
    expect(end, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ permissions: [{ path: 'app.tgz', permitted: true }] });
  });

  it('is missing where the address is another, and where TLS is of somebody else', async () => {
    const { end, stdout } = await asked([], `${origin}/nothing`);
    expect([end, JSON.parse(stdout).error.code]).toEqual([3, 'ERR_TUF_ANSWER_MISSING']);
    const url = `${origin}/answers/`;
    const places = ['--targets-url', `${origin}/targets`, '--root', at('repository/public/metadata/1.root.json')];
    const stranger = startProcess([
      main,
      'ask',
      `${origin}/metadata`,
      ...places,
      '--store',
      at('other'),
      '--answers',
      url,
      '--json',
    ]);
    expect((await stranger.done).end).toBe(3);
  });
});
