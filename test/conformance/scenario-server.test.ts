import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckedJson } from '../../src/conformance/checked-json.ts';
import { bufferedBytesMax, Scenario } from '../../src/conformance/scenario.ts';
import { type ScenarioServer, serveScenarios } from '../../src/conformance/scenario-server.ts';
import { readVector } from '../../src/conformance/vector.ts';
import { sequenceVector } from './own-vectors.ts';

let server: ScenarioServer;
beforeAll(async () => {
  server = await serveScenarios();
});
afterAll(() => server.close());

/** A scenario whose server has these answers below the metadata URL, one step after another. */
function serve(...steps: Record<string, unknown>[]) {
  const expected = { result: 'accept', trusted: {} };
  const vector = sequenceVector(
    'own/served',
    steps.map((metadata) => ({ serve: { metadata }, do: 'refresh', expect: expected })),
    {},
    { file: { text: 'a file of 22 characters' }, zeros: { byte: 48, count: 5 } },
  );
  const { sequence } = readVector(CheckedJson.parse(Buffer.from(JSON.stringify(vector)), 'own'));
  const scenario = new Scenario();
  const all = sequence?.steps ?? [];
  if (all[0]) scenario.advance(all[0]);
  const mounted = server.mount('own/%2F served?#', scenario);
  return { ...mounted, scenario, advance: (i: number) => all[i] && scenario.advance(all[i]) };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Whether the body ended as its framing says. */
  readonly whole: boolean;
}

/** Asks with the path as it is written; gives what came before the connection ended, and `undefined` for nothing. */
function get(url: string, path: string, method = 'GET'): Promise<Answer | undefined> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    const request = httpRequest({ hostname, port, path: `${pathname}${path}`, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', () => {});
      response.on('close', () => {
        const { statusCode: status = 0, headers, complete: whole } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), whole });
      });
    });
    request.on('error', () => resolve(undefined));
    request.end();
  });
}

/** Every byte that the server sends until it closes the connection. */
async function raw(url: string, path: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(`GET ${pathname}${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

const paths = (scenario: Scenario) => scenario.requests.map(({ path }) => path);
const text = 'a file of 22 characters';

describe('the server of a scenario', () => {
  it('has base URLs as the public suite has them', () => {
    const { metadataUrl, targetsUrl } = serve({});
    expect(metadataUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/own%2F%252F%20served%3F%23\/metadata\/$/);
    expect(targetsUrl).toBe(metadataUrl.replace('/metadata/', '/targets/'));
  });

  it('gives files as they are, by the path as it stands in the request, and notes every request', async () => {
    const { metadataUrl, targetsUrl, scenario } = serve({ '1.%2E%2E%2Frole.json': 'file', 'a?b': 'zeros' });
    expect(await get(metadataUrl, '1.%2E%2E%2Frole.json')).toMatchObject({
      status: 200,
      headers: { 'content-length': '23', connection: 'close' },
      body: Buffer.from(text),
      whole: true,
    });
    expect((await get(metadataUrl, 'a?b'))?.body.toString()).toBe('00000');
    for (const path of ['1.../role.json', '1.%2e%2e%2Frole.json', 'a', '']) {
      expect((await get(metadataUrl, path))?.status).toBe(404);
    }
    expect((await get(targetsUrl, 'x'))?.status).toBe(404);
    expect(paths(scenario)).toEqual([
      'metadata/1.%2E%2E%2Frole.json',
      'metadata/a?b',
      'metadata/1.../role.json',
      'metadata/1.%2e%2e%2Frole.json',
      'metadata/a',
      'metadata/',
      'targets/x',
    ]);
  });

  it('has nothing elsewhere, and nothing after the end', async () => {
    const { metadataUrl, scenario, unmount } = serve({ 'a.json': 'file' });
    const origin = metadataUrl.replace(/(\d)\/.*/, '$1/');
    expect((await get(origin, 'metadata/a.json'))?.status).toBe(404);
    expect((await get(origin, ''))?.status).toBe(404);
    expect((await get(metadataUrl, 'a.json', 'HEAD'))?.status).toBe(501);
    expect(paths(scenario)).toEqual(['HEAD metadata/a.json']);
    unmount();
    expect((await get(metadataUrl, 'a.json'))?.status).toBe(404);
  });

  it('changes from step to step, and counts a list of answers until it is replaced', async () => {
    const list = ['zeros', { status: 503 }, 'file'];
    const { metadataUrl, scenario, advance } = serve({ a: list, b: 'file' }, { b: null, c: 'zeros' }, { a: list });
    const statuses = async (...names: string[]) => {
      const found = [];
      for (const name of names) found.push((await get(metadataUrl, name))?.status);
      return found;
    };
    expect(await statuses('a', 'a', 'b', 'c')).toEqual([200, 503, 200, 404]);
    expect(scenario.requests.map(({ fault }) => fault)).toEqual([false, true, false, false]);
    advance(1);
    expect(scenario.requests).toEqual([]);
    expect(await statuses('a', 'a', 'b', 'c')).toEqual([200, 200, 404, 200]);
    advance(2);
    expect((await get(metadataUrl, 'a'))?.body.toString()).toBe('00000');
    expect(await statuses('a')).toEqual([503]);
  });

  it('takes only so many requests', async () => {
    const { scenario } = serve({ a: 'file' });
    for (let i = 0; i < 20_000; i += 1) scenario.answer('metadata/a');
    expect(scenario.overrun).toBe(false);
    expect(scenario.answer('metadata/a').answer).toBe('drop');
    expect([scenario.overrun, scenario.requests.length]).toEqual([true, 20_000]);
  });
});

describe('a fault', () => {
  const ask = async (answer: unknown) => {
    const { metadataUrl, scenario } = serve({ a: answer });
    return { answer: await get(metadataUrl, 'a'), bytes: await raw(metadataUrl, 'a'), seen: scenario.requests };
  };

  it('of status and headers', async () => {
    const { answer, bytes } = await ask({ body: 'file', status: 403, headers: { 'X-A': 'b', 'Retry-After': '1' } });
    expect(answer).toMatchObject({ status: 403, headers: { 'x-a': 'b', 'retry-after': '1' }, body: Buffer.from(text) });
    expect(bytes).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect((await ask({ status: 500 })).answer).toMatchObject({ status: 500, body: Buffer.alloc(0), whole: true });
  });

  it('of a Content-Length that is too long: the connection closes after the body', async () => {
    const { answer, bytes } = await ask({ body: 'file', contentLength: 30 });
    expect(answer).toMatchObject({ headers: { 'content-length': '30' }, body: Buffer.from(text), whole: false });
    expect(bytes.endsWith(`\r\n\r\n${text}`)).toBe(true);
  });

  it('of a Content-Length that is too short: all of the body is sent', async () => {
    const { bytes } = await ask({ body: 'file', contentLength: 6 });
    expect(bytes.endsWith(`Content-Length: 6\r\nConnection: close\r\n\r\n${text}`)).toBe(true);
  });

  it('of no Content-Length', async () => {
    const { answer, bytes } = await ask({ body: 'file', chunked: true });
    expect(answer).toMatchObject({ headers: { 'transfer-encoding': 'chunked' }, body: Buffer.from(text), whole: true });
    expect(answer?.headers).not.toHaveProperty('content-length');
    expect(bytes.endsWith('\r\n\r\nc\r\na file of 22\r\nb\r\n characters\r\n0\r\n\r\n')).toBe(true);
    expect((await ask({ chunked: true })).answer).toMatchObject({ body: Buffer.alloc(0), whole: true });
  });

  it('of compression', async () => {
    const { answer } = await ask({ body: 'file', gzip: true });
    expect(answer?.headers['content-encoding']).toBe('gzip');
    expect(Number(answer?.headers['content-length'])).toBe(answer?.body.length);
    expect(gunzipSync(answer?.body as Buffer).toString()).toBe(text);
  });

  it('of a connection that is closed', async () => {
    expect((await ask({ body: 'file', drop: 'before-headers' })).bytes).toBe('');
    expect((await ask({ body: 'file', drop: 'before-headers' })).answer).toBeUndefined();
    const headers = await ask({ body: 'file', drop: 'after-headers' });
    expect(headers.bytes).toMatch(/Content-Length: 23\r\n.*\r\n\r\n$/s);
    expect(headers.answer).toMatchObject({ body: Buffer.alloc(0), whole: false });
    const middle = await ask({ body: 'file', drop: 'mid-body' });
    expect(middle.answer).toMatchObject({ body: Buffer.from('a file of 2'), whole: false });
    expect((await ask({ drop: 'mid-body' })).answer).toMatchObject({ body: Buffer.alloc(512), whole: false });
    expect((await ask({ body: 'file', chunked: true, drop: 'mid-body' })).answer?.whole).toBe(false);
    expect(middle.seen.every(({ fault }) => fault)).toBe(true);
  });

  it.each([
    ['before-headers', ''],
    ['after-headers', '\r\n\r\n'],
    ['mid-body', 'a file of 2'],
  ])('of a connection that stays open %s, until the end', async (stall, last) => {
    const { metadataUrl, unmount } = serve({ a: { body: 'file', stall } });
    const { hostname, port, pathname } = new URL(metadataUrl);
    const socket = connect(Number(port), hostname);
    let bytes = '';
    let closed = false;
    socket.on('data', (chunk) => {
      bytes += chunk;
    });
    socket.on('close', () => {
      closed = true;
    });
    socket.on('error', () => {});
    socket.write(`GET ${pathname}a HTTP/1.1\r\n\r\n`);
    while (last !== '' && !bytes.endsWith(last)) await once(socket, 'data');
    // Another request comes and goes meanwhile.
    await get(metadataUrl, 'b');
    await get(metadataUrl, 'b');
    expect([closed, bytes.endsWith(last)]).toEqual([false, true]);
    unmount();
    await once(socket, 'close');
  });

  it('of zeros without end, cut off where the client takes too many', async () => {
    const { metadataUrl, scenario } = serve({ a: { body: 'file', endless: true, most: 1000 } });
    const answer = await get(metadataUrl, 'a');
    expect(answer?.body.subarray(0, 25).toString('latin1')).toBe(`${text}\0\0`);
    expect(answer?.headers).not.toHaveProperty('content-length');
    expect(scenario.requests[0]?.taken).toBeGreaterThan(1000 + bufferedBytesMax);
  });

  it('of zeros without end, of which nobody takes more than the buffers of the connection do', async () => {
    const { metadataUrl, scenario } = serve({ a: { endless: true, most: 1000 } });
    const { hostname, port, pathname } = new URL(metadataUrl);
    const socket = connect(Number(port), hostname).pause();
    socket.write(`GET ${pathname}a HTTP/1.1\r\n\r\n`);
    let before = -1;
    for (
      let taken = 0;
      taken !== before || taken === 0;
      taken = scenario.requests.find(({ path }) => path === 'metadata/a')?.taken ?? 0
    ) {
      before = taken;
      for (let i = 0; i < 20; i += 1) await get(metadataUrl, 'b');
    }
    expect(before).toBeLessThan(bufferedBytesMax);
    socket.destroy();
  });

  it('of a redirect below the same base', async () => {
    const { metadataUrl, scenario } = serve({
      a: { redirect: 'metadata/b' },
      b: 'file',
      c: { redirect: 'targets/x', status: 307 },
    });
    const { answer } = { answer: await get(metadataUrl, 'a') };
    expect(answer).toMatchObject({ status: 302, body: Buffer.alloc(0), whole: true });
    expect(`http://127.0.0.1:${new URL(metadataUrl).port}${answer?.headers.location}`).toBe(`${metadataUrl}b`);
    expect((await get(metadataUrl, 'c'))?.status).toBe(307);
    expect(scenario.requests.map(({ fault }) => fault)).toEqual([false, false]);
  });

  it('of a redirect to another origin, which has the file', async () => {
    const { metadataUrl, scenario } = serve({ a: { redirect: 'other-origin', body: 'file' }, b: 'zeros' });
    const location = (await get(metadataUrl, 'a'))?.headers.location ?? '';
    expect(new URL(location).pathname).toBe(new URL(`${metadataUrl}a`).pathname);
    expect(new URL(location).port).not.toBe(new URL(metadataUrl).port);
    expect((await get(location.slice(0, -1), 'a'))?.body.toString()).toBe(text);
    expect((await get(location.slice(0, -1), 'b'))?.body.toString()).toBe('00000');
    expect((await get(location.slice(0, -1), 'c'))?.status).toBe(404);
    expect(paths(scenario)).toEqual(['metadata/a', ...['a', 'b', 'c'].map((name) => `other-origin/metadata/${name}`)]);
  });

  it('of a client that sends no request, or one without end', async () => {
    const { metadataUrl } = serve({});
    const { hostname, port } = new URL(metadataUrl);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.resume();
    socket.write('x'.repeat(70_000));
    await once(socket, 'close');
    expect((await get(metadataUrl, 'a'))?.status).toBe(404);
  });
});
