import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sink, TransportRequest } from '../../src/client/ports.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { collect } from './collect.ts';

const url = 'https://repository.test/metadata/1.root.json';
const request = (changes: Partial<TransportRequest> = {}): TransportRequest => ({
  bytesMax: 1000,
  fresh: false,
  sink: collect(),
  ...changes,
});
const failed = (what: object) => ({ code: 'ERR_TUF_TRANSPORT', family: 'unavailable', ...what });

describe('the fetch transport behind msw', () => {
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());

  it('hands over a body in order', async () => {
    server.use(
      http.get(url, () => {
        const chunks = ['one ', 'two ', 'three'].map((text) => new TextEncoder().encode(text));
        return new HttpResponse(new Blob(chunks).stream());
      }),
    );
    const sink = collect();
    expect(await fetchTransport().get(url, request({ sink }))).toEqual({ outcome: 'complete' });
    expect([sink.text(), sink.starts]).toEqual(['one two three', [undefined]]);
  });

  it.each([403, 404, 410])('[A-42] says unavailable for %i', async (status) => {
    server.use(http.get(url, () => new HttpResponse('no', { status })));
    expect(await fetchTransport().get(url, request())).toEqual({ outcome: 'unavailable', status });
  });

  it.each([400, 401, 429, 500, 503])('[A-42] throws for %i, with a hint', async (status) => {
    server.use(http.get(url, () => new HttpResponse('no', { status })));
    await expect(fetchTransport().get(url, request())).rejects.toMatchObject(
      failed({
        message: `https://repository.test/metadata/1.root.json: status ${status}`,
        evidence: { url, status },
        hint: expect.stringMatching(status === 429 || status >= 500 ? /try again later/ : /check the URL/),
      }),
    );
  });

  it('[T36] takes a refusal without a reason, as browsers give for CORS, for an error and never for absence', async () => {
    server.use(http.get(url, () => HttpResponse.error()));
    await expect(fetchTransport().get(url, request())).rejects.toMatchObject(
      failed({ cause: expect.any(TypeError), evidence: { url } }),
    );
    const blocked = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(fetchTransport({ fetch: blocked }).get(url, request())).rejects.toMatchObject(
      failed({ hint: expect.stringContaining('CORS') }),
    );
  });

  it('throws for a body that breaks off', async () => {
    server.use(
      http.get(
        url,
        () =>
          new HttpResponse(
            new ReadableStream({
              start(controller) {
                controller.enqueue(new Uint8Array(4));
                controller.error(new Error('gone'));
              },
            }),
          ),
      ),
    );
    await expect(fetchTransport().get(url, request())).rejects.toMatchObject(failed({ cause: expect.anything() }));
  });
});

/** A fetch that answers with one response, and notes what it was asked. */
function fetchOf(make: () => Response): { fetch: typeof fetch; asked: RequestInit[] } {
  const asked: RequestInit[] = [];
  return {
    asked,
    fetch: async (_input, init) => {
      asked.push(init ?? {});
      return make();
    },
  };
}

describe('the fetch transport on other runtimes', () => {
  it.each([
    ['fewer bytes than Content-Length', '5', 'hell', 'complete'],
    ['more bytes than Content-Length', '5', 'hello!', 'complete'],
  ])('throws for %s where fetch lets it pass', async (_case, length, body) => {
    const { fetch } = fetchOf(() => new Response(body, { headers: { 'content-length': length } }));
    await expect(fetchTransport({ fetch }).get(url, request())).rejects.toMatchObject(
      failed({ message: `${url}: ${body.length} bytes received, Content-Length is 5` }),
    );
  });

  it.each([
    ['an encoded body', { 'content-encoding': 'br' }, 'default'],
    ['a body of another origin, whose encoding CORS hides', {}, 'cors'],
  ] as const)('does not take Content-Length for the length of %s', async (_case, headers, type) => {
    const { fetch } = fetchOf(() => {
      const response = new Response('hello', { headers: { 'content-length': '2000', ...headers } });
      return Object.defineProperty(response, 'type', { value: type });
    });
    const sink = collect();
    expect(await fetchTransport({ fetch }).get(url, request({ sink }))).toEqual({ outcome: 'complete' });
    expect([sink.text(), sink.starts]).toEqual(['hello', [undefined]]);
  });

  it('refuses a redirect that a browser hides, with a hint', async () => {
    const { fetch, asked } = fetchOf(() => {
      const opaque = Response.error();
      return Object.defineProperties(opaque, { type: { value: 'opaqueredirect' }, status: { value: 0 } });
    });
    await expect(fetchTransport({ fetch }).get(url, request())).rejects.toMatchObject(
      failed({ message: expect.stringContaining('redirect'), hint: expect.stringContaining('give that URL') }),
    );
    expect(asked[0]?.redirect).toBe('manual');
  });

  it('[T36] asks past every cache for what must be fresh', async () => {
    const { fetch, asked } = fetchOf(() => new Response('x'));
    const transport = fetchTransport({ fetch, headers: { a: 'b' } });
    await transport.get(url, request({ fresh: true }));
    await transport.get(url, request());
    expect(asked.map(({ cache, headers }) => [cache, headers])).toEqual([
      ['no-store', { a: 'b' }],
      ['no-cache', { a: 'b' }],
    ]);
  });

  it('[T36] asks by a header where the runtime throws for the cache option', async () => {
    class CacheLess extends Request {
      constructor(input: string, init?: RequestInit) {
        super(input, init);
        if (init?.cache) throw new TypeError('not implemented');
      }
    }
    vi.stubGlobal('Request', CacheLess);
    try {
      const { fetch, asked } = fetchOf(() => new Response('x'));
      const transport = fetchTransport({ fetch, headers: { a: 'b' } });
      await transport.get(url, request({ fresh: true }));
      await transport.get(url, request());
      expect(asked[0]).not.toHaveProperty('cache');
      expect(asked.map(({ headers }) => headers)).toEqual([{ a: 'b', 'cache-control': 'no-cache' }, { a: 'b' }]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('gives up a fetch that heeds no signal', async () => {
    const deaf: typeof fetch = () => new Promise(() => {});
    await expect(fetchTransport({ fetch: deaf, idleTimeoutMs: 20 }).get(url, request())).rejects.toMatchObject(
      failed({ message: expect.stringContaining('too slow: 0 bytes') }),
    );
    const signal = AbortSignal.timeout(20);
    await expect(fetchTransport({ fetch: deaf }).get(url, request({ signal }))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('gives up a body that heeds no signal, and cancels it', async () => {
    let cancelled = false;
    const { fetch } = fetchOf(
      () =>
        new Response(
          new ReadableStream({
            cancel: () => {
              cancelled = true;
            },
          }),
        ),
    );
    await expect(fetchTransport({ fetch, idleTimeoutMs: 20 }).get(url, request())).rejects.toMatchObject(failed({}));
    expect(cancelled).toBe(true);
  });

  it('[T2] cancels a body that is too long', async () => {
    let cancelled = false;
    const { fetch } = fetchOf(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(400)),
            cancel: () => {
              cancelled = true;
            },
          }),
        ),
    );
    const sink = collect();
    expect(await fetchTransport({ fetch }).get(url, request({ sink }))).toEqual({ outcome: 'too-long' });
    expect([sink.size, cancelled]).toEqual([800, true]);
  });

  it('takes what an injected fetch throws for a failure of the network', async () => {
    const broken = (() => {
      throw new RangeError('not today');
    }) as unknown as typeof fetch;
    await expect(fetchTransport({ fetch: broken }).get(url, request())).rejects.toMatchObject(
      failed({ cause: expect.any(RangeError) }),
    );
  });

  it('calls fetch without a receiver, as browsers demand', async () => {
    const strict = function (this: unknown) {
      if (this !== undefined) return Promise.reject(new TypeError('Illegal invocation'));
      return Promise.resolve(new Response('x'));
    } as typeof fetch;
    expect(await fetchTransport({ fetch: strict }).get(url, request())).toEqual({ outcome: 'complete' });
  });

  it('takes a response without a body for an empty file', async () => {
    const { fetch } = fetchOf(() => new Response(null));
    const sink = collect();
    expect(await fetchTransport({ fetch }).get(url, request({ sink }))).toEqual({ outcome: 'complete' });
    expect(sink.starts).toEqual([undefined]);
  });

  it('holds no chunk back: memory is that of one chunk however long the body', async () => {
    const total = 64 << 20;
    const { fetch } = fetchOf(() => {
      let left = total;
      return new Response(
        new ReadableStream(
          {
            pull(controller) {
              if (left === 0) return controller.close();
              left -= 65_536;
              controller.enqueue(new Uint8Array(65_536));
            },
          },
          { highWaterMark: 0 },
        ),
      );
    });
    const alive = new Set<WeakRef<Uint8Array>>();
    let size = 0;
    const sink: Sink = {
      start() {},
      write(chunk) {
        size += chunk.length;
        alive.add(new WeakRef(chunk));
      },
    };
    await fetchTransport({ fetch }).get(url, request({ sink, bytesMax: total }));
    expect(size).toBe(total);
    await new Promise((resolve) => setTimeout(resolve, 10));
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    expect([...alive].filter((reference) => reference.deref() !== undefined).length).toBeLessThan(10);
  });
});
