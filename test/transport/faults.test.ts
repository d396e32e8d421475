import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/client/ports.ts';
import { isTufError } from '../../src/errors.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { httpTransport } from '../../src/transport/http.ts';
import type { PatienceOptions } from '../../src/transport/patience.ts';
import { collect } from './collect.ts';
import {
  answer,
  bytes,
  bytesThenEnd,
  bytesThenReset,
  drip,
  endless,
  type FaultServer,
  type Scenario,
  serveFaults,
} from './fault-server.ts';

/** What a request ends with: an outcome, with what the sink holds, or a code, with the status. */
type Verdict =
  | { outcome: 'complete'; body: string; starts: (number | undefined)[] }
  | { outcome: 'unavailable'; status: number }
  | { outcome: 'too-long' }
  | { code: 'ERR_TUF_TRANSPORT'; status?: number; url?: string };

interface Case {
  readonly serve: Scenario;
  readonly verdict: Verdict | { fetch: Verdict; http: Verdict };
  readonly patience?: PatienceOptions;
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
const failed: Verdict = { code: 'ERR_TUF_TRANSPORT' };
const tooLong: Verdict = { outcome: 'too-long' };
const complete = (body: string, length?: number): Verdict => ({ outcome: 'complete', body, starts: [length] });
const page = '<!doctype html><title>Not here</title>';
const bomb = gzipSync(Buffer.alloc(50_000_000));
/** Trips at once where nothing comes, and never in time where something is to be proven about what does come. */
const hasty = { idleTimeoutMs: 150 };
const bytesMax = 1000;

const cases: Record<string, Case> = {
  'a body with its length': { serve: answer(200, 'hello'), verdict: complete('hello', 5) },
  'an empty body': { serve: answer(200), verdict: complete('', 0) },
  'a body of exactly bytesMax': { serve: answer(200, 'x'.repeat(1000)), verdict: complete('x'.repeat(1000), 1000) },
  'a chunked body': { serve: bytes(`${chunked}5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n`), verdict: complete('hello!') },
  'a body that the end of the connection ends': {
    serve: bytesThenEnd('HTTP/1.0 200 OK\r\n\r\nhello'),
    verdict: complete('hello'),
  },
  'a body before a closed connection': {
    serve: bytesThenEnd(`${ok}Connection: close\r\nContent-Length: 5\r\n\r\nhello`),
    verdict: complete('hello', 5),
  },
  'a page of HTML is just bytes': {
    serve: answer(200, page, ['Content-Type: text/html']),
    verdict: complete(page, 38),
  },
  'other than UTF-8': { serve: answer(200, Buffer.from([0xff, 0, 0x80])), verdict: complete('\xff\x00\x80', 3) },
  'a length above bytesMax': { serve: answer(200, 'x'.repeat(1001)), verdict: tooLong },
  'a length above bytesMax, without the body': { serve: bytes(`${ok}Content-Length: 1001\r\n\r\n`), verdict: tooLong },
  'an endless body': { serve: endless(`${ok}\r\n`), verdict: tooLong },
  'an endless chunked body': {
    serve: endless(chunked, (zeros) => `${zeros.length.toString(16)}\r\n${zeros.toString('latin1')}\r\n`),
    verdict: tooLong,
  },
  'an endless body with a huge length': { serve: endless(`${ok}Content-Length: 9999999999\r\n\r\n`), verdict: tooLong },
  'more bytes than a small length': {
    serve: bytes(`${ok}Content-Length: 5\r\n\r\nhelloEXTRA`),
    verdict: complete('hello', 5),
  },
  'an endless body behind a small length': {
    serve: endless(`${ok}Content-Length: 5\r\n\r\nhello`),
    verdict: complete('hello', 5),
  },
  'fewer bytes than the length': { serve: bytesThenEnd(`${ok}Content-Length: 50\r\n\r\nhello`), verdict: failed },
  'chunks without the last': { serve: bytesThenEnd(`${chunked}5\r\nhello\r\n`), verdict: failed },
  'a chunk without an end': { serve: bytesThenEnd(`${chunked}50\r\nhello`), verdict: failed },
  'a chunk size that is none': { serve: bytes(`${chunked}zz\r\nhello`), verdict: failed },
  'a length that is none': { serve: bytes(`${ok}Content-Length: five\r\n\r\nhello`), verdict: failed },
  'a negative length': { serve: bytes(`${ok}Content-Length: -5\r\n\r\nhello`), verdict: failed },
  'two lengths': { serve: bytes(`${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`), verdict: failed },
  'a length and chunks': {
    serve: bytes(`${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
    verdict: failed,
  },
  'no answer at all': { serve: bytesThenEnd(''), verdict: failed },
  'a reset before the answer': { serve: bytesThenReset(''), verdict: failed },
  'a reset in the head': { serve: bytesThenReset(`${ok}Content-Len`), verdict: failed },
  'a reset in the body': { serve: bytesThenReset(`${ok}Content-Length: 50\r\n\r\nhello`), verdict: failed },
  'what is no HTTP': { serve: bytes('hello\r\n\r\n'), verdict: failed },
  'a head without an end': { serve: endless(`${ok}X: `, (zeros) => 'x'.repeat(zeros.length)), verdict: failed },
  'an upgrade that nobody asked for': {
    serve: bytes('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: tea\r\n\r\n'),
    verdict: failed,
  },
  '[T3] a stall before the answer': { serve: bytes(''), verdict: failed, patience: hasty },
  '[T3] a stall in the head': { serve: bytes(ok), verdict: failed, patience: hasty },
  '[T3] a stall after the head': { serve: bytes(`${ok}Content-Length: 5\r\n\r\n`), verdict: failed, patience: hasty },
  '[T3] a stall in the body': { serve: bytes(`${ok}Content-Length: 5\r\n\r\nhel`), verdict: failed, patience: hasty },
  '[T3] a drip below the rate': {
    serve: drip(`${ok}Content-Length: 900\r\n\r\n`, 20),
    verdict: failed,
    patience: { idleTimeoutMs: 200, bytesPerSecondMin: 1000 },
  },
  '[T3] a drip beyond the total': {
    serve: drip(`${ok}Content-Length: 900\r\n\r\n`, 20),
    verdict: failed,
    patience: { totalTimeoutMs: 200 },
  },
  ...Object.fromEntries(
    [404, 403, 410].map((status) => [
      `[A-42] ${status}`,
      { serve: answer(status, 'no'), verdict: { outcome: 'unavailable', status } satisfies Verdict },
    ]),
  ),
  '[A-42] 404 with an endless body': {
    serve: endless('HTTP/1.1 404 Not Found\r\n\r\n'),
    verdict: { outcome: 'unavailable', status: 404 },
  },
  '[A-42] 404 and a stall': {
    serve: bytes('HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n'),
    verdict: { outcome: 'unavailable', status: 404 },
  },
  '[A-42] 404 and a reset': {
    serve: bytesThenReset('HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhel'),
    verdict: { outcome: 'unavailable', status: 404 },
  },
  ...Object.fromEntries(
    [201, 204, 206, 300, 304, 400, 401, 405, 418, 429, 451, 500, 502, 503, 504].map((status) => [
      `[A-42] ${status}`,
      { serve: answer(status), verdict: { code: 'ERR_TUF_TRANSPORT', status } satisfies Verdict },
    ]),
  ),
  // The standard of fetch turns this one into a network error.
  '[A-42] 407': { serve: answer(407), verdict: { fetch: failed, http: { code: 'ERR_TUF_TRANSPORT', status: 407 } } },
  '[A-42] 500 with an endless body': {
    serve: endless('HTTP/1.1 500 Oh\r\n\r\n'),
    verdict: { code: 'ERR_TUF_TRANSPORT', status: 500 },
  },
  '[A-42] a redirect to the same origin': {
    serve: answer(302, '', ['Location: /final']),
    verdict: complete('final', 5),
  },
  '[A-42] a relative redirect': { serve: answer(307, 'moved', ['Location: ../final']), verdict: complete('final', 5) },
  '[A-42] a redirect in a loop': { serve: answer(301, '', ['Location: ?again']), verdict: failed },
  '[A-42] a redirect to another origin': {
    serve: answer(302, '', ['Location: http://localhost:1/final']),
    verdict: failed,
  },
  '[A-42] a redirect to another scheme': {
    serve: answer(302, '', ['Location: data:text/plain,hello']),
    verdict: failed,
  },
  '[A-42] a redirect without a place': { serve: answer(308), verdict: failed },
  '[A-42] a redirect to what is no URL': { serve: answer(303, '', ['Location: http://[']), verdict: failed },
  '[T2] a small body that decodes to a large one': {
    serve: answer(200, bomb.subarray(0, 900), ['Content-Encoding: gzip']),
    verdict: { fetch: tooLong, http: failed },
  },
  'a compressed body': {
    serve: answer(200, gzipSync('hello'), ['Content-Encoding: gzip']),
    verdict: { fetch: complete('hello'), http: failed },
  },
  'a body that is named as not encoded': {
    serve: answer(200, 'hello', ['Content-Encoding: identity']),
    verdict: complete('hello', 5),
  },
};

let server: FaultServer;
let cell = 0;
const running = new Map<string, Scenario>();

beforeAll(async () => {
  server = await serveFaults(({ target }) => {
    if (target.endsWith('/final')) return answer(200, 'final');
    return running.get(target.split(/[/?]/)[1] as string) as Scenario;
  });
});
afterAll(() => server.stop());

async function verdictOf(transport: Transport, serve: Scenario): Promise<Verdict & { sunk: number }> {
  const key = `case${cell++}`;
  running.set(key, serve);
  const url = `${server.origin}/${key}/file.json`;
  const sink = collect();
  try {
    const end = await transport.get(url, { bytesMax, fresh: false, sink });
    if (end.outcome !== 'complete') return { ...end, sunk: sink.size };
    return { ...end, body: sink.text(), starts: sink.starts, sunk: sink.size };
  } catch (error) {
    if (!isTufError(error) || error.code !== 'ERR_TUF_TRANSPORT') throw error;
    const { status } = error.evidence;
    expect(error.hint).toMatch(/\w+ \w+/);
    expect(new URL(error.evidence.url).origin).toBe(server.origin);
    return { code: error.code, ...(status === undefined ? {} : { status }), sunk: sink.size };
  }
}

describe.each([
  ['fetch', fetchTransport],
  ['http', httpTransport],
] as const)('the %s transport ends', (name, make) => {
  it.each(Object.entries(cases))('%s', async (_title, { serve, verdict, patience }) => {
    const { sunk, ...found } = await verdictOf(make(patience), serve);
    expect(found).toEqual('fetch' in verdict ? verdict[name] : verdict);
    expect(sunk).toBeLessThanOrEqual(bytesMax);
  });

  it.each([
    'an endless body',
    'an endless chunked body',
    '[A-42] 404 with an endless body',
    '[T3] a stall in the body',
  ])('[T2] and closes the connection after %s', async (title) => {
    const { serve, patience } = cases[title] as Case;
    const own = await serveFaults(() => serve);
    try {
      const request = { bytesMax, fresh: false, sink: collect() };
      await make(patience)
        .get(`${own.origin}/x`, request)
        .catch(() => {});
      await own.closed();
    } finally {
      await own.stop();
    }
  });

  it('refuses a port where nothing listens, with the reason', async () => {
    const gone = await serveFaults(() => bytes(''));
    await gone.stop();
    const get = make().get(`${gone.origin}/a.json?token=secret`, { bytesMax, fresh: false, sink: collect() });
    await expect(get).rejects.toMatchObject({
      code: 'ERR_TUF_TRANSPORT',
      message: `${gone.origin}/a.json: no complete answer (ECONNREFUSED)`,
      hint: 'check the address, the network and any proxy, then try again',
      evidence: { url: `${gone.origin}/a.json?token=secret` },
      cause: expect.objectContaining({ message: expect.any(String) }),
    });
  });

  it.each([
    '',
    'a.json',
    '/a.json',
    'file:///etc/passwd',
    'data:,x',
    'http://',
    'http://user:pw@127.0.0.1/',
    'http://a\\@b/',
  ])('takes %j for a mistake of the caller', async (url) => {
    await expect(make().get(url, { bytesMax, fresh: false, sink: collect() })).rejects.toThrow(TypeError);
  });

  it.each([{ idleTimeoutMs: 0 }, { idleTimeoutMs: Number.NaN }, { totalTimeoutMs: -1 }, { bytesPerSecondMin: -1 }])(
    'takes %j for a mistake of the caller',
    (options) => {
      expect(() => make(options)).toThrow(TypeError);
    },
  );
});
