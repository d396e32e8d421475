import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/client/client.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { Simulator } from '../simulator/simulator.ts';

function setUp(options = {}) {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.addTarget(simulator.targets, 'f', 'content');
  simulator.publishTargets();
  const store = new OpenStore();
  return { simulator, pinned, store, ...clientOf(simulator, store, pinned, options) };
}

/** A promise and the function that resolves it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

describe('a client', () => {
  it('refreshes by itself before the first search, once for all who ask (J10)', async () => {
    const { simulator, client } = setUp();
    const found = await Promise.all(Array.from({ length: 20 }, () => client.find('f')));
    expect(found.every((target) => target?.path === 'f')).toBe(true);
    expect(simulator.requests.filter((path) => path === 'metadata/timestamp.json')).toHaveLength(1);
  });

  it('refreshes again and again, and sees what is new (J10)', async () => {
    const { simulator, client } = setUp();
    expect(await client.refresh()).toMatchObject({ changed: true, targets: 2 });
    expect(await client.refresh()).toMatchObject({ changed: false, targets: 2 });
    simulator.publishTargets();
    const both = await Promise.all([client.refresh(), client.refresh()]);
    expect(both).toEqual([both[0], both[0]]);
    expect(both[0]).toMatchObject({ changed: true, targets: 3 });
  });

  it('goes on with what it trusts after a refused refresh', async () => {
    const { simulator, client, events } = setUp();
    const target = (await client.find('f')) as Target;
    simulator.serve('metadata/timestamp.json', simulator.signed({ ...simulator.timestamp, version: 1 }, []));
    const error = await refusal(client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(events).toContainEqual({ type: 'refused', error });
    expect(Buffer.from(await client.download(target)).toString()).toBe('content');
  });

  it('rejects with the reason of an abort, at every point, and refreshes afterwards', async () => {
    const { simulator, pinned } = setUp();
    for (let at = 0; at < 5; at += 1) {
      const store = new OpenStore();
      const controller = new AbortController();
      let requests = 0;
      const transport = {
        get: (...all: Parameters<typeof simulator.transport.get>) => {
          if (requests === at) controller.abort(new Error('enough'));
          requests += 1;
          return simulator.transport.get(...all);
        },
      };
      const { client } = clientOf(simulator, store, pinned, { transport });
      const call = client.refresh({ signal: controller.signal });
      if (at < 4) await expect(call).rejects.toThrow('enough');
      else await call;
      expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ targets: 2 });
    }
  });

  it('lets one caller leave a shared refresh without ending it for the other', async () => {
    const { simulator, client } = setUp();
    const { passed, open } = gate();
    const get = simulator.transport.get;
    const slow = { get: async (...all: Parameters<typeof get>) => passed.then(() => get(...all)) };
    const { client: other } = clientOf(simulator, new OpenStore(), simulator.bytes('metadata/1.root.json'), {
      transport: slow,
    });
    const controller = new AbortController();
    const leaving = other.refresh({ signal: controller.signal });
    const staying = other.refresh();
    controller.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    open();
    expect(await staying).toMatchObject({ targets: 2 });
    // And begins anew when all have left.
    const alone = new AbortController();
    const gone = client.refresh({ signal: alone.signal });
    alone.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    expect(await client.refresh()).toMatchObject({ targets: 2 });
  });

  it('reports progress of a download', async () => {
    const { client } = setUp();
    const seen: [number, number][] = [];
    await client.download((await client.find('f')) as Target, { onProgress: (...progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual([7, 7]);
    expect(seen.map(([bytes]) => bytes)).toEqual([...seen.map(([bytes]) => bytes)].sort((a, b) => a - b));
  });

  it('hands out bytes that nobody else holds (A-70, T41)', async () => {
    const { simulator, client } = setUp();
    const target = (await client.find('f')) as Target;
    const first = await client.download(target);
    first.fill(0);
    expect(Buffer.from(await client.download(target)).toString()).toBe('content');
    // The simulator overwrites each chunk once it has been written.
    expect(simulator.requests.length).toBeGreaterThan(0);
  });

  it('[A-70] takes nothing from a transport that goes on after its end, and nothing from a store that does', async () => {
    const { simulator, pinned } = setUp();
    for (let wait = 0; wait < 12; wait += 1) {
      const transport = {
        get: async (...[url, request]: Parameters<typeof simulator.transport.get>) => {
          const outcome = await simulator.transport.get(url, request);
          const later = async (turns: number): Promise<void> => {
            for (let i = 0; i < turns; i += 1) await undefined;
            await request.sink.start(7);
            await request.sink.write(Buffer.from('hostile'));
          };
          if (url.includes('/targets/')) later(wait).catch(() => {});
          return outcome;
        },
      };
      const { client } = clientOf(simulator, new OpenStore(), pinned, { transport });
      // Where it goes on before it has said its end, what it says last is judged.
      const bytes = await client.download((await client.find('f')) as Target).catch((error: unknown) => error);
      if (bytes instanceof Uint8Array) expect(Buffer.from(bytes).toString()).toBe('content');
      else expect(bytes).toMatchObject({ family: 'security' });
    }
  });

  it('downloads only what it has found itself', async () => {
    const { simulator, pinned, client } = setUp();
    const target = (await client.find('f')) as Target;
    const other = clientOf(simulator, new OpenStore(), pinned).client;
    await expect(other.download(target)).rejects.toThrow(TypeError);
    await expect(client.download({ ...target })).rejects.toThrow(TypeError);
    expect(() => Object.assign(target, { length: 1 })).toThrow(TypeError);
  });

  it('names misuse as a TypeError', async () => {
    const { simulator, pinned, client } = setUp();
    const store = new OpenStore();
    const start = (more: object) => () => clientOf(simulator, store, pinned, more);
    expect(start({ root: undefined })).toThrow(TypeError);
    expect(start({ store: undefined })).toThrow(TypeError);
    for (const wrong of [
      { profile: 'Strict' },
      { canonicalForm: 'rfc-8785' },
      { metadataUrl: undefined },
      { now: 1 },
      { targetsUrl: 'x' },
    ]) {
      expect(start(wrong)).toThrow(Object.keys(wrong)[0]);
    }
    expect(start({ limits: { rootByte: 1 } })).toThrow('rootByte');
    expect(start({ limits: { rootBytes: 1.5 } })).toThrow(TypeError);
    await expect(client.find('\ud800')).rejects.toThrow(TypeError);
    await expect(client.find(1 as never)).rejects.toThrow(TypeError);
    await expect(
      clientOf(simulator, store, pinned, { now: () => new Date(Number.NaN) }).client.refresh(),
    ).rejects.toThrow(TypeError);
    const finder = clientOf(simulator, store, pinned, { targetsUrl: undefined }).client;
    await expect(finder.download((await finder.find('f')) as Target)).rejects.toThrow('targetsUrl');
  });

  it('wraps what a store throws, and leaves its own errors alone', async () => {
    const { simulator, pinned } = setUp();
    const store = new OpenStore();
    const cause = new Error('disk full');
    store.before = (operation) => {
      if (operation === 'write') throw cause;
    };
    const error = await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_STORE');
    expect(error.cause).toBe(cause);
    expect(error.evidence).toMatchObject({ operation: 'write' });
  });

  it('calls listeners until told otherwise', async () => {
    const { client } = setUp();
    const roles: string[] = [];
    const end = client.on('accepted', ({ role, from }) => roles.push(`${role} from ${from}`));
    await client.refresh();
    expect(roles).toEqual(['timestamp from server', 'snapshot from server', 'targets from server']);
    end();
    await client.refresh();
    expect(roles).toHaveLength(3);
  });

  it('takes base URLs with and without a slash, and keeps their query', async () => {
    const { simulator, pinned } = setUp();
    const seen: string[] = [];
    const transport = {
      get: (url: string, request: Parameters<typeof simulator.transport.get>[1]) => {
        seen.push(url);
        return simulator.transport.get(url.replace('?sig=a/b', ''), request);
      },
    };
    for (const metadataUrl of [
      'https://simulator.example/metadata',
      new URL('https://simulator.example/metadata/?sig=a/b'),
    ]) {
      await clientOf(simulator, new OpenStore(), pinned, { transport, metadataUrl }).client.refresh();
    }
    expect(seen[0]).toBe('https://simulator.example/metadata/2.root.json');
    expect(seen[4]).toBe('https://simulator.example/metadata/2.root.json?sig=a/b');
  });

  it('[A-67] gives hashes and custom data without a prototype', async () => {
    const { simulator, client } = setUp();
    simulator.targets.targets.f.custom = { a: { b: 1 } };
    simulator.publishTargets();
    const target = (await client.find('f')) as Target;
    for (const object of [target.hashes, target.custom, target.custom?.['a']]) {
      expect(Object.getPrototypeOf(object)).toBeNull();
    }
  });
});
