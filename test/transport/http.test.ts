import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TransportRequest } from '../../src/client/ports.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { collect } from './collect.ts';
import { answer, bytesThenEnd, bytesThenReset, type FaultServer, serveFaults } from './fault-server.ts';

const servers: FaultServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(choose: Parameters<typeof serveFaults>[0]): Promise<FaultServer> {
  const server = await serveFaults(choose);
  servers.push(server);
  return server;
}

const request = (): TransportRequest => ({ bytesMax: 1000, fresh: false, sink: collect() });

describe('what the http transport asks for', () => {
  it.each([
    ['/a/../b/./c', '/a/../b/./c'],
    ['/%2F/%2e%2e/%20/%5B/%23%3f', '/%2F/%2e%2e/%20/%5B/%23%3f'],
    ['/a//b///', '/a//b///'],
    ['/x?sig=a%2Fb&c=../d', '/x?sig=a%2Fb&c=../d'],
    ['?q', '/?q'],
    ['', '/'],
    ['/a#part', '/a'],
    ['#part', '/'],
    ['/!$&\'()*+,;=:@-._~[]|^"<>{}\\`', '/!$&\'()*+,;=:@-._~[]|^"<>{}\\`'],
    ['/é ü/\u{1F600}', '/%C3%A9%20%C3%BC/%F0%9F%98%80'],
    ['/a\r\nX-Injected: 1', '/a%0D%0AX-Injected:%201'],
  ])('sends %j as %j', async (written, sent) => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    await httpTransport().get(origin + written, request());
    expect(seen.map(({ target }) => target)).toEqual([sent]);
    expect(seen[0]?.head).not.toMatch(/^x-injected/im);
  });

  it('asks for no compression, names itself and the host', async () => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    await httpTransport().get(`${origin}/x`, request());
    const head = seen[0]?.head ?? '';
    expect(head).not.toMatch(/accept-encoding/i);
    expect(head).toMatch(/^user-agent: tufa$/im);
    expect(head).toMatch(new RegExp(`^host: ${origin.slice('http://'.length)}$`, 'im'));
  });

  it('reads an address of IPv6 and a host in upper case', async () => {
    const server = createServer((_request, response) => response.end('six'));
    server.listen(0, '::1');
    const listens = await Promise.race([once(server, 'listening'), once(server, 'error')]).then(([error]) => !error);
    if (!listens) return; // no IPv6 here
    const sink = collect();
    await httpTransport().get(`HTTP://[::1]:${(server.address() as AddressInfo).port}/x`, { ...request(), sink });
    expect(sink.text()).toBe('six');
    server.closeAllConnections();
    server.close();
  });

  it('goes through the agent it was given', async () => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    const agent = new Agent({ keepAlive: true });
    const transport = httpTransport({ agent });
    await transport.get(`${origin}/1`, request());
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
    await transport.get(`${origin}/2`, request());
    expect(seen.map(({ connection }) => connection)).toEqual([0, 0]);
    agent.destroy();
  });
});

describe('a kept connection that the server has closed', () => {
  it.each([
    ['ends', bytesThenEnd('')],
    ['is reset', bytesThenReset('')],
  ])('is replaced when it %s, without a word', async (_how, last) => {
    const { origin, seen } = await serve(({ connection, target }) =>
      connection === 0 && target === '/2' ? last : answer(200, 'x'),
    );
    const transport = httpTransport({ agent: new Agent({ keepAlive: true }) });
    await transport.get(`${origin}/1`, request());
    expect(await transport.get(`${origin}/2`, request())).toEqual({ outcome: 'complete' });
    expect(seen.map(({ target, connection }) => [target, connection])).toEqual([
      ['/1', 0],
      ['/2', 0],
      ['/2', 1],
    ]);
  });

  it('is not replaced for ever: a fresh one that fails is an error', async () => {
    const { origin, seen } = await serve(({ target }) => (target === '/1' ? answer(200, 'x') : bytesThenEnd('')));
    const transport = httpTransport({ agent: new Agent({ keepAlive: true }) });
    await transport.get(`${origin}/1`, request());
    await expect(transport.get(`${origin}/2`, request())).rejects.toMatchObject({
      code: 'ERR_TUF_TRANSPORT',
      message: `${origin}/2: no complete answer (ECONNRESET)`,
    });
    expect(seen.map(({ target, connection }) => [target, connection])).toEqual([
      ['/1', 0],
      ['/2', 0],
      ['/2', 1],
    ]);
  });

  it('is not replaced once the answer has begun', async () => {
    const { origin, seen } = await serve(({ target }) =>
      target === '/1' ? answer(200, 'x') : bytesThenEnd('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
    );
    const transport = httpTransport({ agent: new Agent({ keepAlive: true }) });
    await transport.get(`${origin}/1`, request());
    const sink = collect();
    await expect(transport.get(`${origin}/2`, { ...request(), sink })).rejects.toMatchObject({
      code: 'ERR_TUF_TRANSPORT',
    });
    expect(seen).toHaveLength(2);
    expect(sink.starts).toEqual([9]);
  });
});

describe('a process that uses the http transport', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tufa-http-'));
    buildSync({
      stdin: {
        contents: `
          import { httpTransport } from './src/transport/http.ts';
          const loaded = () => process.moduleLoadList.some((name) => name.endsWith(' _http_client'));
          const before = loaded();
          const transport = httpTransport();
          const made = loaded();
          const sink = { start() {}, write() {} };
          const request = { bytesMax: 1000, fresh: true, sink };
          const end = await transport.get(process.argv[2], request);
          console.log(JSON.stringify({ before, made, end, after: loaded() }));
        `,
        resolveDir: new URL('../..', import.meta.url).pathname,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'child.mjs'),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(url: string): Promise<{ child: ChildProcess; output: string; code: number | null }> {
    const child = spawn(process.execPath, [join(folder, 'child.mjs'), url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { child, output, code };
  }

  it('loads nothing before the first request, and ends while its connection is kept open by the server', async () => {
    // The server keeps its side open for ever: were the idle connection to hold the process, it would not end.
    const { origin } = await serve(() => answer(200, 'x'));
    const { output, code } = await run(`${origin}/x`);
    expect(JSON.parse(output)).toEqual({ before: false, made: false, end: { outcome: 'complete' }, after: true });
    expect(code).toBe(0);
  });
});
