/** What both transports owe their caller on the way: order, patience with the sink, an abort that is heard, kept connections. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Sink, TransportRequest } from '../../src/client/ports.ts';
import { fetchTransport } from '../../src/transport/fetch.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { collect } from './collect.ts';
import {
  answer,
  bytes,
  bytesThenReset,
  endless,
  type FaultServer,
  type SeenRequest,
  serveFaults,
} from './fault-server.ts';

const servers: FaultServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(choose: Parameters<typeof serveFaults>[0]): Promise<FaultServer> {
  const server = await serveFaults(choose);
  servers.push(server);
  return server;
}

function request(changes: Partial<TransportRequest> = {}): TransportRequest {
  return { bytesMax: 1 << 30, fresh: false, sink: collect(), ...changes };
}

/** A value to resolve or reject from outside. */
function gate(): { promise: Promise<void>; open(): void; fail(reason: unknown): void } {
  let open!: () => void;
  let fail!: (reason: unknown) => void;
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

describe.each([
  ['fetch', fetchTransport],
  ['http', httpTransport],
] as const)('the %s transport', (name, make) => {
  it('waits for the sink before it reads on', async () => {
    const { origin } = await serve(() => answer(200, body));
    let busy = false;
    const received: Buffer[] = [];
    const unhurried = async (work: () => void) => {
      expect(busy).toBe(false);
      busy = true;
      await new Promise((resolve) => setTimeout(resolve, 3));
      work();
      busy = false;
    };
    const sink: Sink = {
      start: () => unhurried(() => {}),
      write: (chunk) => unhurried(() => received.push(Buffer.from(chunk))),
    };
    expect(await make().get(`${origin}/x`, request({ sink }))).toEqual({ outcome: 'complete' });
    expect(Buffer.concat(received).equals(body)).toBe(true);
    expect(busy).toBe(false);
  });

  it('[T2] holds a fast server back while the sink is busy', async () => {
    let written = 0;
    const { origin } = await serve(() => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const block = Buffer.alloc(65_536);
      const more = () => {
        do written += block.length;
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', more);
      more();
    });
    const first = gate();
    const abort = new AbortController();
    const sink: Sink = {
      start() {},
      write() {
        first.open();
        return new Promise(() => {});
      },
    };
    const end = make().get(`${origin}/x`, request({ sink, signal: abort.signal }));
    await first.promise;
    let before = -1;
    // The kernel's buffers fill, and then nothing more is written.
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(written).toBeLessThan(64 << 20);
    abort.abort('enough');
    await expect(end).rejects.toBe('enough');
  });

  it('does not count the time of the sink as the time of the server', async () => {
    const { origin } = await serve(() => answer(200, body));
    const sink: Sink = {
      start: () => new Promise((resolve) => setTimeout(resolve, 1200)),
      write: (() => {
        let first = true;
        return () => {
          if (!first) return;
          first = false;
          return new Promise<void>((resolve) => setTimeout(resolve, 1200));
        };
      })(),
    };
    const transport = make({ idleTimeoutMs: 1000, totalTimeoutMs: 1000 });
    expect(await transport.get(`${origin}/x`, request({ sink }))).toEqual({ outcome: 'complete' });
  });

  it.each(['start', 'write'] as const)('passes on what the sink throws in %s, at once or later', async (step) => {
    for (const later of [false, true]) {
      const server = await serve(() => endless('HTTP/1.1 200 OK\r\n\r\n'));
      const failure = new RangeError('no more');
      const fail = () => {
        if (later) return Promise.reject(failure);
        throw failure;
      };
      const sink: Sink = { start() {}, write() {}, [step]: fail };
      await expect(make().get(`${server.origin}/x`, request({ sink }))).rejects.toBe(failure);
      await server.closed();
    }
  });

  it('starts the sink again after a redirect only once', async () => {
    const { origin } = await serve(({ target }) =>
      target === '/a' ? answer(302, 'not this', ['Location: /b']) : answer(200, 'this'),
    );
    const sink = collect();
    await make().get(`${origin}/a`, request({ sink }));
    expect([sink.starts, sink.text()]).toEqual([[4], 'this']);
  });

  it('follows five redirects and not six', async () => {
    const { origin, seen } = await serve(({ target }) => {
      const left = Number(target.slice(1));
      return left === 0 ? answer(200, 'done') : answer(301, '', [`Location: /${left - 1}`]);
    });
    expect(await make().get(`${origin}/5`, request())).toEqual({ outcome: 'complete' });
    seen.length = 0;
    await expect(make().get(`${origin}/6`, request())).rejects.toMatchObject({
      code: 'ERR_TUF_TRANSPORT',
      message: expect.stringContaining('more than 5 redirects'),
    });
    expect(seen.map(({ target }) => target)).toEqual(['/6', '/5', '/4', '/3', '/2', '/1']);
  });

  it('[A-42] asks nothing of another origin', async () => {
    const other = await serve(() => answer(200, 'other'));
    const { origin } = await serve(() => answer(302, '', [`Location: ${other.origin}/x`]));
    await expect(make({ headers: { authorization: 'secret' } }).get(`${origin}/x`, request())).rejects.toMatchObject({
      message: expect.stringContaining(`a redirect to ${other.origin} is not followed`),
      hint: expect.stringContaining('give that URL to the client'),
    });
    expect(other.seen).toEqual([]);
  });

  it('[T36] tells caches to stand aside for what must be fresh, and only then', async () => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    await make().get(`${origin}/x`, request({ fresh: true }));
    await make().get(`${origin}/x`, request());
    expect(seen.map(({ head }) => /^cache-control: no-cache\r?$/im.test(head))).toEqual([true, false]);
  });

  it('sends the headers it was given', async () => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    const transport = make({ headers: { 'x-token': 'abc', 'user-agent': 'app/1' } });
    await transport.get(`${origin}/x`, request({ fresh: true }));
    expect(seen[0]?.head).toMatch(/^x-token: abc$/im);
    expect(seen[0]?.head).toMatch(/^user-agent: app\/1$/im);
  });

  it('uses one connection for requests that follow each other, also after 404, 500 and a redirect', async () => {
    const { origin, seen } = await serve(({ target }) => {
      if (target === '/moved') return answer(301, 'over there', ['Location: /3']);
      return answer(target === '/0' ? 404 : target === '/1' ? 500 : 200, 'text');
    });
    const transport = make();
    for (const path of ['/0', '/1', '/2', '/moved', '/4']) {
      await transport.get(`${origin}${path}`, request()).catch(() => {});
    }
    // One after the other; the fetch of Node frees a connection a moment late, and so needs two.
    expect(new Set(seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(name === 'http' ? 1 : 2);
    expect(seen).toHaveLength(6);
  });

  it('opens a new connection after one that it gave up', async () => {
    const { origin, seen } = await serve(({ target }) => (target === '/long' ? answer(200, body) : answer(200, 'x')));
    const transport = make();
    expect(await transport.get(`${origin}/long`, request({ bytesMax: 10 }))).toEqual({ outcome: 'too-long' });
    expect(await transport.get(`${origin}/x`, request())).toEqual({ outcome: 'complete' });
    expect(seen.map(({ connection }) => connection)).toEqual([0, 1]);
  });

  const stages: Record<string, Parameters<typeof serveFaults>[0]> = {
    'before the answer': () => bytes(''),
    'in the head': () => bytes('HTTP/1.1 200 OK\r\n'),
    'before the body': () => bytes('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
    'in the body': () => bytes('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'),
    'in an endless body': () => endless('HTTP/1.1 200 OK\r\n\r\n'),
    'in the body of a 404': () => bytes('HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nhel'),
  };
  it.each(Object.entries(stages))('rethrows the reason of an abort %s', async (_stage, choose) => {
    const asked = gate();
    const server = await serve((seen: SeenRequest) => (socket) => {
      choose(seen)(socket, seen);
      setTimeout(asked.open, 50);
    });
    const abort = new AbortController();
    const end = make().get(`${server.origin}/x`, request({ signal: abort.signal }));
    const seen = expect(end).rejects.toBe('my reason');
    await asked.promise;
    abort.abort('my reason');
    await seen;
    await server.closed();
  });

  it('asks nothing when it is aborted before', async () => {
    const { origin, seen } = await serve(() => answer(200, 'x'));
    const signal = AbortSignal.abort('before');
    await expect(make().get(`${origin}/x`, request({ signal }))).rejects.toBe('before');
    expect(seen).toEqual([]);
  });

  it('rethrows the reason of an abort while the sink is busy, and no later failure of the sink escapes', async () => {
    const { origin } = await serve(() => answer(200, 'hello'));
    const abort = new AbortController();
    const held = gate();
    const begun = gate();
    const sink: Sink = {
      start() {},
      write() {
        begun.open();
        return held.promise;
      },
    };
    const end = make().get(`${origin}/x`, request({ sink, signal: abort.signal }));
    await begun.promise;
    abort.abort('now');
    await expect(end).rejects.toBe('now');
    held.fail(new Error('too late to matter'));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('leaves no listener on the signal', async () => {
    const { origin } = await serve(({ target }) =>
      target === '/ok' ? answer(200, 'x') : bytesThenReset('HTTP/1.1 2'),
    );
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...rest: Parameters<typeof add>) => {
        listeners++;
        add(...rest);
      },
      removeEventListener: (...rest: Parameters<typeof remove>) => {
        listeners--;
        remove(...rest);
      },
    });
    await make().get(`${origin}/ok`, request({ signal }));
    await make()
      .get(`${origin}/reset`, request({ signal }))
      .catch(() => {});
    expect(listeners).toBe(0);
  });

  it('[T41] keeps no chunk: one that is changed after it was written changes nothing', async () => {
    const { origin } = await serve(() => answer(200, body));
    let seen = Buffer.alloc(0);
    const sink: Sink = {
      start() {},
      write(chunk) {
        seen = Buffer.concat([seen, chunk]);
        chunk.fill(0);
      },
    };
    await make().get(`${origin}/x`, request({ sink }));
    expect(seen.equals(body)).toBe(true);
  });
});
