import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Transport, TransportRequest } from '../../src/client/ports.ts';
import { isTufError, TufError } from '../../src/errors.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { retrying } from '../../src/transport/retry.ts';
import { collect } from './collect.ts';
import {
  answer,
  bytes,
  bytesThenEnd,
  bytesThenReset,
  type FaultServer,
  type Scenario,
  serveFaults,
} from './fault-server.ts';

const servers: FaultServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** Answers the requests one after the other; the last answer for all that follow. */
async function serve(...scenarios: Scenario[]): Promise<FaultServer> {
  let asked = 0;
  const server = await serveFaults(() => scenarios[Math.min(asked++, scenarios.length - 1)] as Scenario);
  servers.push(server);
  return server;
}

async function failure(work: Promise<unknown>): Promise<TufError<'ERR_TUF_TRANSPORT'>> {
  const error = await work.then(
    () => undefined,
    (error) => error,
  );
  if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT') throw new Error(`not refused as expected: ${error}`);
  return error;
}

const quick = { backoffMs: 1 };
const half = (etag = '"v1"') => bytesThenReset(`HTTP/1.1 200 OK\r\nETag: ${etag}\r\nContent-Length: 10\r\n\r\n01234`);
const rest = (range = 'bytes 5-9/10') => answer(206, '56789', [`Content-Range: ${range}`]);
const header = (head: string | undefined, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(head ?? '')?.[1]?.trim();

const transports: [string, () => Transport][] = [
  ['fetch', () => fetchTransport({ idleTimeoutMs: 200 })],
  ['http', () => httpTransport({ idleTimeoutMs: 200 })],
];

describe.each(transports)('%s, with more than one attempt', (_, transport) => {
  const request = (more: Omit<Partial<TransportRequest>, 'sink'> = {}) => ({
    bytesMax: 1000,
    fresh: false,
    sink: collect(),
    ...more,
  });

  it.each<[string, Scenario]>([
    ['a reset connection', (socket) => socket.resetAndDestroy()],
    ['an end without an answer', bytesThenEnd('')],
    ['silence', bytes('')],
    ['408', answer(408)],
    ['425', answer(425)],
    ['429', answer(429)],
    ['500', answer(500)],
    ['502', answer(502)],
    ['503 with Retry-After', answer(503, '', ['Retry-After: 0'])],
    ['504', answer(504)],
  ])('tries again after %s', async (_, fault) => {
    const server = await serve(fault, fault, answer(200, 'hello'));
    const wanted = request();
    expect(await retrying(transport(), quick).get(`${server.origin}/a`, wanted)).toEqual({ outcome: 'complete' });
    expect(wanted.sink.text()).toBe('hello');
    // fetch of Node sends a request again by itself where its kept connection was closed.
    expect(server.seen.length).toBeGreaterThanOrEqual(3);
  });

  it.each<[string, Scenario]>([
    ['400', answer(400)],
    ['401', answer(401)],
    ['501', answer(501)],
    ['a redirect elsewhere', answer(302, '', ['Location: http://127.0.0.1:1/'])],
    ['503 with a Retry-After above the limit', answer(503, '', ['Retry-After: 11'])],
    ['503 with a date above the limit', answer(503, '', ['Retry-After: Fri, 31 Dec 2999 23:59:59 GMT'])],
  ])('does not try again after %s', async (_, fault) => {
    const server = await serve(fault);
    const error = await failure(retrying(transport(), quick).get(`${server.origin}/a`, request()));
    expect(server.seen).toHaveLength(1);
    expect(error.evidence.attempts).toBeUndefined();
  });

  it.each([404, 403, 410])('takes %i for an answer', async (status) => {
    const server = await serve(answer(status));
    const outcome = await retrying(transport(), quick).get(`${server.origin}/a`, request());
    expect(outcome).toEqual({ outcome: 'unavailable', status });
    expect(server.seen).toHaveLength(1);
  });

  it('says how often and for how long, with the last error as the cause', async () => {
    const server = await serve(answer(500), answer(503), answer(502));
    const error = await failure(retrying(transport(), quick).get(`${server.origin}/a`, request()));
    expect(server.seen).toHaveLength(3);
    expect(error.evidence).toMatchObject({ attempts: 3, status: 502 });
    expect(error.message).toMatch(/status 502 \(tried 3 times in \d+ ms\)$/);
    expect(error.cause).toMatchObject({ code: 'ERR_TUF_TRANSPORT', evidence: { status: 502 } });
  });

  it('ends a pause with an abort', async () => {
    const server = await serve(answer(503, '', ['Retry-After: 9']));
    const controller = new AbortController();
    const work = retrying(transport()).get(`${server.origin}/a`, request({ signal: controller.signal }));
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 100);
    await expect(work).rejects.toBe(reason);
    expect(server.seen).toHaveLength(1);
  });

  it('resumes a body that broke off', async () => {
    const server = await serve(half(), rest());
    const wanted = request();
    const outcome = await retrying(transport(), quick).get(`${server.origin}/a`, wanted);
    expect(outcome).toEqual({ outcome: 'complete', resumed: true });
    expect(wanted.sink.text()).toBe('0123456789');
    expect(wanted.sink.starts).toEqual([10]);
    expect(header(server.seen[1]?.head, 'range')).toBe('bytes=5-');
    expect(header(server.seen[1]?.head, 'if-range')).toBe('"v1"');
  });

  it('does not name a weak ETag', async () => {
    const server = await serve(half('W/"v1"'), rest());
    await retrying(transport(), quick).get(`${server.origin}/a`, request());
    expect(header(server.seen[1]?.head, 'range')).toBe('bytes=5-');
    expect(header(server.seen[1]?.head, 'if-range')).toBeUndefined();
  });

  it.each<[string, Scenario[]]>([
    ['the whole, since the file is another', [answer(200, 'abcdefghij')]],
    ['another range', [rest('bytes 4-8/10'), answer(200, 'abcdefghij')]],
    ['a range without its place', [answer(206, '56789'), answer(200, 'abcdefghij')]],
    [
      'the rest in an encoding',
      [answer(206, '56789', ['Content-Range: bytes 5-9/10', 'Content-Encoding: gzip']), answer(200, 'abcdefghij')],
    ],
    ['416', [answer(416, '', ['Content-Range: bytes */3']), answer(200, 'abcdefghij')]],
  ])('begins anew when the server gives %s', async (_, scenarios) => {
    const server = await serve(half(), ...scenarios);
    const wanted = request();
    const outcome = await retrying(transport(), quick).get(`${server.origin}/a`, wanted);
    expect(outcome).toEqual({ outcome: 'complete' });
    expect(wanted.sink.text()).toBe('abcdefghij');
    expect(wanted.sink.starts).toEqual([10, 10]);
    expect(header(server.seen.at(-1)?.head, 'range')).toBe(scenarios.length > 1 ? undefined : 'bytes=5-');
  });

  it('resumes again what breaks off again', async () => {
    const part = bytesThenReset('HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56');
    const server = await serve(half(), part, answer(206, '789', ['Content-Range: bytes 7-9/10']));
    const wanted = request();
    await retrying(transport(), quick).get(`${server.origin}/a`, wanted);
    expect(wanted.sink.text()).toBe('0123456789');
    expect(header(server.seen[2]?.head, 'range')).toBe('bytes=7-');
  });

  it.each<[string, Scenario]>([
    ['announced', answer(206, 'x'.repeat(996), ['Content-Range: bytes 5-1000/1001'])],
    [
      'unannounced',
      bytesThenEnd(`HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\nConnection: close\r\n\r\n${'x'.repeat(996)}`),
    ],
  ])('counts what the sink has towards bytesMax: %s', async (_, scenario) => {
    const server = await serve(half(), scenario);
    const wanted = request();
    expect(await retrying(transport(), quick).get(`${server.origin}/a`, wanted)).toEqual({ outcome: 'too-long' });
    expect(wanted.sink.size).toBeLessThanOrEqual(1000);
  });

  it('takes no 206 that was not asked for', async () => {
    const server = await serve(rest());
    const error = await failure(retrying(transport(), quick).get(`${server.origin}/a`, request()));
    expect(error.evidence.status).toBe(206);
  });

  it('passes on what the sink throws, once', async () => {
    const server = await serve(answer(200, 'hello'));
    const full = new TufError('ERR_TUF_STORE', 'full', { path: 'x', operation: 'write' });
    const sink = { start: () => {}, write: () => Promise.reject(full) };
    await expect(retrying(transport(), quick).get(`${server.origin}/a`, { ...request(), sink })).rejects.toBe(full);
    expect(server.seen).toHaveLength(1);
  });
});

describe('retrying', () => {
  it('waits as long as Retry-After says, and no longer', async () => {
    vi.useFakeTimers();
    try {
      let attempts = 0;
      const busy = new TufError('ERR_TUF_TRANSPORT', 'busy', { url: 'a', isTemporary: true, retryAfterMs: 5000 });
      const get = async () => {
        attempts++;
        if (attempts === 1) throw busy;
        return { outcome: 'complete' } as const;
      };
      const work = retrying({ get }, quick).get('https://a.test/', { bytesMax: 1, fresh: false, sink: collect() });
      await vi.advanceTimersByTimeAsync(4999);
      expect(attempts).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(await work).toEqual({ outcome: 'complete' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets a transport go on at once where the sink needs no promise', async () => {
    const given: unknown[] = [];
    const transport: Transport = {
      async get(_url, { sink }) {
        given.push(sink.start(1), sink.write(Uint8Array.of(1)));
        return { outcome: 'complete' };
      },
    };
    await retrying(transport).get('https://a.test/', { bytesMax: 1, fresh: false, sink: collect() });
    expect(given).toEqual([undefined, undefined]);
  });

  it.each([{ attemptsMax: 0 }, { attemptsMax: 1.5 }, { backoffMs: -1 }, { retryAfterMsMax: Number.NaN }])(
    'refuses %o',
    (options) => {
      expect(() => retrying(httpTransport(), options)).toThrow(TypeError);
    },
  );

  it.each([
    ['of a name that is used again, unless an ETag says that it is the same', true, undefined, 0],
    ['of a name that is used again, by its ETag', true, '"a"', 5],
    ['of a name of its own', false, undefined, 5],
  ])('asks for the rest %s', async (_, fresh, etag, offset) => {
    const asked: number[] = [];
    const transport: Transport = {
      async get(_url, { sink, resume }) {
        asked.push(resume?.offset ?? 0);
        if (asked.length > 1) return { outcome: 'complete' };
        await sink.start(10, etag);
        await sink.write(new Uint8Array(5));
        throw new TufError('ERR_TUF_TRANSPORT', 'broken off', { url: 'x', isTemporary: true });
      },
    };
    await retrying(transport, { backoffMs: 0 }).get('https://a.example/timestamp.json', {
      bytesMax: 10,
      fresh,
      sink: { start() {}, write() {} },
    });
    expect(asked).toEqual([0, offset]);
  });

  it('waits for what the sink was given before it asks for the rest', async () => {
    const events: unknown[] = [];
    let asked = 0;
    const transport: Transport = {
      async get(_, { sink, resume }) {
        events.push(resume?.offset ?? 0);
        if (asked++ > 0) return { outcome: 'complete', resumed: true };
        await sink.start(undefined);
        void sink.write(new Uint8Array(5));
        throw new TufError('ERR_TUF_TRANSPORT', 'broken off', { url: 'x', isTemporary: true });
      },
    };
    const sink = {
      start() {},
      async write() {
        for (let i = 0; i < 10; i++) await new Promise((next) => setTimeout(next, 2));
        events.push('written');
      },
    };
    await retrying(transport, quick).get('https://x/', { bytesMax: 10, fresh: false, sink });
    expect(events).toEqual([0, 'written', 5]);
  });

  it('ends with what the sink has thrown although the connection broke first', async () => {
    let asked = 0;
    const transport: Transport = {
      async get(_, { sink }) {
        asked++;
        void Promise.resolve(sink.write(new Uint8Array(5))).catch(() => {}); // the transport has failed already
        throw new TufError('ERR_TUF_TRANSPORT', 'broken off', { url: 'x', isTemporary: true });
      },
    };
    const sink = {
      start() {},
      async write() {
        await new Promise((next) => setTimeout(next, 10));
        throw new RangeError('the disk is full');
      },
    };
    const got = retrying(transport, quick).get('https://x/', { bytesMax: 10, fresh: false, sink });
    await expect(got).rejects.toThrow('the disk is full');
    expect(asked).toBe(1);
  });

  it('begins no attempt after its time', async () => {
    const server = await serve(answer(500));
    await failure(
      retrying(httpTransport(), { attemptsMax: 100, backoffMs: 60_000, totalMsMax: 10 }).get(`${server.origin}/a`, {
        bytesMax: 10,
        fresh: false,
        sink: collect(),
      }),
    );
    expect(server.seen.length).toBeLessThanOrEqual(2);
  });

  it('does not repeat a certificate that is refused', async () => {
    const refused = { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
    let attempts = 0;
    const fetch = async () => {
      attempts++;
      throw Object.assign(new TypeError('fetch failed'), { cause: refused });
    };
    await failure(
      retrying(fetchTransport({ fetch }), quick).get('https://a.test/', { bytesMax: 1, fresh: false, sink: collect() }),
    );
    expect(attempts).toBe(1);
  });
});
