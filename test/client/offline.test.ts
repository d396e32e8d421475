import { describe, expect, it } from 'vitest';
import type { ClientOptions, RefreshOptions } from '../../src/client/client.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { day, Simulator } from '../simulator/simulator.ts';

/** A repository with a delegated role, and the store of a client that has found `a/f` but never looked for `b/f`. */
async function setUp() {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.rotate('targets', 'next');
  for (const role of ['a', 'b']) simulator.delegate('targets', role, { paths: [`${role}/*`], terminating: true });
  for (const role of ['a', 'b']) simulator.addTarget(simulator.delegated.get(role), `${role}/f`, `content of ${role}`);
  simulator.publishDelegated();
  simulator.publishTargets();
  const store = new OpenStore();
  const world = (options: Partial<ClientOptions> = {}, root = pinned) => clientOf(simulator, store, root, options);
  await world().client.find('a/f');
  const before = store.dump();
  simulator.requests.length = 0;
  return { simulator, pinned, store, before, world };
}

const checkedAt = new Date('2030-01-01T00:00:00Z');
const versions = { root: 2, timestamp: 2, snapshot: 2, targets: 2 };

describe('a refresh without the network', () => {
  it.each(['strict', 'allow-expired'] as const)(
    '[JS5] verifies what is kept, asks for nothing: %s',
    async (offline) => {
      const { simulator, store, before, world } = await setUp();
      const { client, events } = world();
      expect(await client.refresh({ offline })).toEqual({
        ...versions,
        changed: false,
        from: 'store',
        checkedAt,
        expired: [],
        assurance: 'offline-chain',
      });
      expect((await client.find('a/f'))?.expired).toEqual([]);
      expect(await client.find('nothing')).toBeUndefined();
      expect(simulator.requests).toEqual([]);
      expect(store.dump()).toEqual(before);
      const accepted = events.flatMap((event) => (event.type === 'accepted' ? [[event.role, event.from]] : []));
      expect(accepted).toEqual(['root', 'timestamp', 'snapshot', 'targets', 'a'].map((role) => [role, 'store']));
    },
  );

  it('says which role is not kept, and goes on with the others', async () => {
    const { simulator, world } = await setUp();
    const { client } = world();
    await client.refresh({ offline: 'strict' });
    const error = await refusal(client.find('b/f'), 'ERR_TUF_STORE');
    expect(error.evidence).toEqual({ path: 'b.json', operation: 'read' });
    expect(error.message).toMatch(/^b: /);
    expect((await client.find('a/f'))?.role).toBe('a');
    expect(simulator.requests).toEqual([]);
    // With a connection again, it is had.
    await client.refresh();
    expect((await client.find('b/f'))?.role).toBe('b');
  });

  it('downloads by what is kept: the file itself is asked for, and nothing else', async () => {
    const { simulator, world } = await setUp();
    const { client } = world();
    await client.refresh({ offline: 'strict' });
    const target = await client.find('a/f');
    expect(Buffer.from(await client.download(target as never)).toString()).toBe('content of a');
    expect(simulator.requests).toEqual([expect.stringMatching(/^targets\/a\/[0-9a-f]{64}\.f$/)]);
  });

  describe('of what has expired', () => {
    it('[OFF-03] is refused when strict, also between two calls', async () => {
      const { simulator, world } = await setUp();
      const { client } = world();
      simulator.time += 30 * day - 1000;
      await client.refresh({ offline: 'strict' });
      const target = await client.find('a/f');
      simulator.time += 1000;
      await refusal(client.find('a/f'), 'ERR_TUF_EXPIRED');
      await refusal(client.download(target as never), 'ERR_TUF_EXPIRED');
      await refusal(client.refresh({ offline: 'strict' }), 'ERR_TUF_EXPIRED');
      await refusal(world().client.refresh({ offline: 'strict' }), 'ERR_TUF_EXPIRED');
    });

    it('[OFF-03] is accepted when that is allowed, and the results say so', async () => {
      const { simulator, store, before, world } = await setUp();
      simulator.time += 30 * day;
      const { client } = world();
      const roles = ['root', 'timestamp', 'snapshot', 'targets'];
      expect(await client.refresh({ offline: 'allow-expired' })).toMatchObject({ from: 'store', expired: roles });
      const target = await client.find('a/f');
      expect(target?.expired).toEqual(['root', 'timestamp', 'snapshot', 'a', 'targets']);
      expect(Buffer.from(await client.download(target as never)).toString()).toBe('content of a');
      expect(store.dump()).toEqual(before);
      // The next one with a connection allows nothing of the kind.
      await refusal(client.refresh(), 'ERR_TUF_EXPIRED');
    });
  });

  it.each(['timestamp.json', 'snapshot.json', 'targets.json', 'root_history/2.root.json'])(
    'refuses without %s, or with a damaged one, and changes nothing',
    async (name) => {
      const { simulator, store, world } = await setUp();
      const bytes = store.files.get(name) as Uint8Array;
      const damages = [
        undefined,
        bytes.slice(0, -1),
        bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte)),
      ];
      for (const damaged of damages) {
        if (damaged === undefined) store.files.delete(name);
        else store.files.set(name, damaged);
        const before = store.dump();
        for (const offline of ['strict', 'allow-expired'] as const) {
          await expect(world().client.refresh({ offline })).rejects.toMatchObject({ name: 'TufError' });
        }
        expect(store.dump()).toEqual(before);
      }
      expect(simulator.requests).toEqual([]);
    },
  );

  it('refuses an older set that was put into the store below the root last used', async () => {
    const { store, world } = await setUp();
    store.files.delete('root_history/2.root.json');
    store.files.delete('update-state');
    const { evidence } = await refusal(world().client.refresh({ offline: 'strict' }), 'ERR_TUF_STORE');
    expect(evidence).toEqual({ path: 'root_history/2.root.json', operation: 'read' });
  });

  it('refuses files of another lineage', async () => {
    const { store, world } = await setUp();
    const other = new Simulator();
    other.root.version = 0;
    other.root.expires = other.at(60);
    other.publishRoot();
    const pinned = other.bytes('metadata/1.root.json');
    const before = store.dump();
    await expect(world({}, pinned).client.refresh({ offline: 'strict' })).rejects.toMatchObject({ name: 'TufError' });
    expect(store.dump()).toEqual(before);
  });

  it('goes on where the application ships a later root of the same lineage', async () => {
    const { simulator, world } = await setUp();
    simulator.rotate('root', 'later');
    const pinned = simulator.bytes('metadata/3.root.json');
    expect(await world({}, pinned).client.refresh({ offline: 'strict' })).toMatchObject({ ...versions, root: 3 });
  });

  it('refuses what a later pinned root no longer vouches for (A-18)', async () => {
    const { simulator, world } = await setUp();
    simulator.rotate('timestamp', 'new');
    const pinned = simulator.bytes('metadata/3.root.json');
    await refusal(world({}, pinned).client.refresh({ offline: 'allow-expired' }), 'ERR_TUF_UNSIGNED');
  });

  it('is held against the floor', async () => {
    const { world } = await setUp();
    const floor = { root: 2, timestamp: 3, snapshot: 3, time: '2030-01-01T00:00:00Z' };
    await refusal(world({ floor }).client.refresh({ offline: 'allow-expired' }), 'ERR_TUF_ROLLBACK');
  });

  it('reports a clock that went back, and under strict refuses it', async () => {
    const { simulator, world } = await setUp();
    simulator.time -= day;
    const { client, events } = world();
    await client.refresh({ offline: 'strict' });
    expect(events.map(({ type }) => type)).toContain('clock-went-back');
    await refusal(world({ profile: 'strict' }).client.refresh({ offline: 'strict' }), 'ERR_TUF_CLOCK');
  });

  it('does not know when the last update was, where the store does not', async () => {
    const { store, world } = await setUp();
    store.files.delete('update-state');
    expect((await world().client.refresh({ offline: 'strict' })).checkedAt).toBeUndefined();
  });

  it('is refused after an update that broke off half-way: its parts do not fit together', async () => {
    const { simulator, world } = await setUp();
    simulator.publishTargets();
    simulator.serve('metadata/3.snapshot.json', { error: new TypeError('no connection') });
    await expect(world().client.refresh()).rejects.toThrow();
    await refusal(world().client.refresh({ offline: 'strict' }), 'ERR_TUF_VERSION_MISMATCH');
  });

  it('never replaces what a later update has established, however late its lock is reported free', async () => {
    const { simulator, store, world } = await setUp();
    const { client } = world();
    let report = () => {};
    const reported = new Promise<void>((resolve) => {
      report = resolve;
    });
    let over = () => {};
    const worked = new Promise<void>((resolve) => {
      over = resolve;
    });
    let calls = 0;
    store.exclusive = async (work) => {
      const isFirst = calls++ === 0;
      const value = await work();
      over();
      if (isFirst) await reported;
      return value;
    };
    const recalling = client.refresh({ offline: 'allow-expired' });
    await worked;
    simulator.addTarget(simulator.targets, 'new', 'content');
    simulator.publishTargets();
    expect(await client.refresh()).toMatchObject({ targets: 3, from: 'server' });
    report();
    expect(await recalling).toMatchObject({ targets: 2, from: 'store' });
    expect((await client.find('new'))?.path).toBe('new');
    expect(await client.refresh({ offline: { maxAgeMs: day } })).toMatchObject({ targets: 3 });
    simulator.time += 30 * day;
    await refusal(client.find('new'), 'ERR_TUF_EXPIRED');
  });

  it('ends with the reason of an abort', async () => {
    const { world } = await setUp();
    const signal = AbortSignal.abort(new RangeError('enough'));
    await expect(world().client.refresh({ offline: 'strict', signal })).rejects.toThrow('enough');
  });

  it.each(['Strict', '', null, {}, { maxAgeMs: -1 }, { maxAgeMs: Number.NaN }, { maxAgeMs: '1' }])(
    'is misuse with offline: %j',
    async (offline) => {
      const { simulator, world } = await setUp();
      await expect(world().client.refresh({ offline } as unknown as RefreshOptions)).rejects.toThrow(TypeError);
      expect(simulator.requests).toEqual([]);
    },
  );
});

describe('a refresh that takes what is kept up to an age', () => {
  it('asks for nothing until then, and from then on does', async () => {
    const { simulator, world } = await setUp();
    const offline = { maxAgeMs: 5000 };
    simulator.time += 5000;
    expect(await world().client.refresh({ offline })).toMatchObject({ from: 'store', checkedAt });
    expect(simulator.requests).toEqual([]);
    simulator.time += 1000;
    expect(await world().client.refresh({ offline })).toMatchObject({
      from: 'server',
      changed: false,
      checkedAt: new Date(simulator.time),
    });
    expect(simulator.requests).toEqual(['metadata/3.root.json', 'metadata/timestamp.json']);
    simulator.requests.length = 0;
    expect(await world().client.refresh({ offline })).toMatchObject({ from: 'store' });
    expect(simulator.requests).toEqual([]);
  });

  it('asks for a delegated role that is not kept yet: it is not offline', async () => {
    const { simulator, world } = await setUp();
    const { client } = world();
    expect((await client.refresh({ offline: { maxAgeMs: day } })).from).toBe('store');
    expect((await client.find('b/f'))?.role).toBe('b');
    expect(simulator.requests).toEqual(['metadata/1.b.json']);
  });

  it('asks not even the store while the state in memory is as young, and has not expired', async () => {
    const { simulator, store, world } = await setUp();
    const { client } = world();
    await client.refresh();
    store.before = (operation) => {
      throw new Error(`asked to ${operation}`);
    };
    simulator.time += 1000;
    simulator.requests.length = 0;
    expect(await client.refresh({ offline: { maxAgeMs: 1000 } })).toMatchObject({ ...versions, from: 'store' });
    expect(simulator.requests).toEqual([]);
    store.before = () => {};
    simulator.time += 30 * day;
    await refusal(client.refresh({ offline: { maxAgeMs: 60 * day } }), 'ERR_TUF_EXPIRED');
    await client.refresh({ offline: 'allow-expired' });
    await refusal(client.refresh({ offline: { maxAgeMs: 60 * day } }), 'ERR_TUF_EXPIRED');
  });

  it('takes no state of which expiry was allowed: it would go on when it has', async () => {
    const { simulator, world } = await setUp();
    const { client } = world();
    simulator.time += 30 * day - 2000;
    await client.refresh({ offline: 'allow-expired' });
    await client.refresh({ offline: { maxAgeMs: 30 * day } });
    simulator.time += 2000;
    await refusal(client.find('a/f'), 'ERR_TUF_EXPIRED');
  });

  it.each([
    ['nothing is kept', (store: OpenStore) => store.files.clear()],
    ['a file is damaged', (store: OpenStore) => store.files.set('snapshot.json', new Uint8Array(9))],
    ['the time is not known', (store: OpenStore) => store.files.delete('update-state')],
  ])('asks where %s', async (_, damage) => {
    const { store, world } = await setUp();
    damage(store);
    expect(await world().client.refresh({ offline: { maxAgeMs: day } })).toMatchObject({ ...versions, from: 'server' });
  });

  it('asks where the clock is before the last update, or what is kept has expired', async () => {
    const { simulator, world } = await setUp();
    simulator.time -= 1000;
    expect((await world().client.refresh({ offline: { maxAgeMs: day } })).from).toBe('server');
    simulator.time += 30 * day + 1000;
    await refusal(world().client.refresh({ offline: { maxAgeMs: 60 * day } }), 'ERR_TUF_EXPIRED');
    expect(simulator.requests.length).toBeGreaterThan(2);
  });

  it('takes no failed update for one that succeeded', async () => {
    const { simulator, pinned } = await setUp();
    const store = new OpenStore();
    const timestamp = simulator.bytes('metadata/timestamp.json');
    simulator.serve('metadata/2.targets.json', { error: new TypeError('no connection') });
    await expect(clientOf(simulator, store, pinned).client.refresh()).rejects.toThrow();
    simulator.serve('metadata/timestamp.json', timestamp);
    simulator.requests.length = 0;
    const again = clientOf(simulator, store, pinned).client.refresh({ offline: { maxAgeMs: day } });
    await expect(again).rejects.toThrow();
    expect(simulator.requests).toContain('metadata/timestamp.json');
  });

  it('takes no failed update for one that succeeded, where the time of the last one was lost', async () => {
    const { simulator, store, world } = await setUp();
    store.files.delete('update-state');
    simulator.time += day;
    simulator.serve('metadata/timestamp.json', { error: new TypeError('no connection') });
    await expect(world().client.refresh()).rejects.toThrow();
    await expect(world().client.refresh({ offline: { maxAgeMs: 1000 } })).rejects.toThrow();
    expect(await world().client.refresh({ offline: 'strict' })).toMatchObject({ ...versions, checkedAt: undefined });
  });

  it('shares one update among calls that come to ask', async () => {
    const { simulator, world } = await setUp();
    const { client } = world();
    simulator.time += day;
    const calls = Array.from({ length: 5 }, () => client.refresh({ offline: { maxAgeMs: 1 } }));
    expect((await Promise.all(calls)).map(({ from }) => from)).toEqual(Array(5).fill('server'));
    expect(simulator.requests).toEqual(['metadata/3.root.json', 'metadata/timestamp.json']);
  });
});
