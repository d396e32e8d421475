import { describe, expect, it } from 'vitest';
import type { ClientOptions, Floor } from '../../src/client/client.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { Simulator } from '../simulator/simulator.ts';

/** Three releases, of which the second is the floor; clients have seen nothing. */
function setUp() {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  const first = simulator.save();
  simulator.publishTargets();
  const second = simulator.save();
  const floor = floorOf(simulator);
  simulator.publishTargets();
  const client = (options: Partial<ClientOptions> = {}, root = pinned) =>
    clientOf(simulator, new OpenStore(), root, { floor, ...options });
  return { simulator, pinned, first, second, floor, client };
}

function floorOf({ root, timestamp, snapshot, time }: Simulator): Floor {
  const at = new Date(time).toISOString().replace('.000', '');
  return { root: root.version, timestamp: timestamp.version, snapshot: snapshot.version, time: at };
}

describe('a floor', () => {
  it('refuses the whole set of an earlier release to a client that has kept nothing (T32)', async () => {
    const { simulator, first, second, client } = setUp();
    const third = simulator.save();
    for (const [served, accepted] of [
      [first, false],
      [second, true],
      [third, true],
    ] as const) {
      simulator.restore(served);
      if (accepted) await client().client.refresh();
      else {
        const { evidence } = await refusal(client().client.refresh(), 'ERR_TUF_ROLLBACK');
        expect(evidence).toEqual({ role: 'timestamp', subject: 'timestamp', trustedVersion: 2, version: 1 });
      }
      // Without it, that is the limit of any client: expiry alone.
      const bare = client({ floor: undefined });
      await bare.client.refresh();
      expect(bare.events).toContainEqual({ type: 'no-baseline' });
    }
  });

  it('refuses an older timestamp also where that has expired: it is a rollback first', async () => {
    const { simulator, first, client } = setUp();
    simulator.restore(first);
    simulator.time += 100 * 86_400_000;
    simulator.publishRoot();
    await refusal(client().client.refresh(), 'ERR_TUF_EXPIRED'); // the root that expired stands before
    simulator.root.expires = simulator.at(30);
    simulator.publishRoot();
    await refusal(client().client.refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('refuses a new timestamp that lists an older snapshot (5.4.3.2)', async () => {
    const { simulator, client } = setUp();
    simulator.snapshot.version = 1;
    simulator.publishTimestamp();
    const { evidence } = await refusal(client().client.refresh(), 'ERR_TUF_ROLLBACK');
    expect(evidence).toEqual({ role: 'timestamp', subject: 'snapshot.json', trustedVersion: 2, version: 1 });
  });

  it('keeps nothing of what it refused', async () => {
    const { simulator, pinned, first, floor } = setUp();
    simulator.restore(first);
    const store = new OpenStore();
    await refusal(clientOf(simulator, store, pinned, { floor }).client.refresh(), 'ERR_TUF_ROLLBACK');
    expect([...store.files.keys()].sort()).toEqual(['root.json']);
  });

  it('guards beside what is held, whichever is higher', async () => {
    const { simulator, pinned, first, second, floor } = setUp();
    const store = new OpenStore();
    await clientOf(simulator, store, pinned).client.refresh();
    simulator.restore(second);
    await refusal(clientOf(simulator, store, pinned, { floor }).client.refresh(), 'ERR_TUF_ROLLBACK');
    const low = new OpenStore();
    simulator.restore(first);
    await clientOf(simulator, low, pinned).client.refresh();
    await refusal(clientOf(simulator, low, pinned, { floor }).client.refresh(), 'ERR_TUF_ROLLBACK');
    simulator.restore(second);
    await clientOf(simulator, low, pinned, { floor }).client.refresh();
  });

  it('guards against what is held, too, where the server has another timestamp of that version (A-16)', async () => {
    const { simulator, pinned } = setUp();
    simulator.snapshot.version -= 1;
    simulator.timestamp.version -= 1;
    simulator.publishTimestamp();
    const store = new OpenStore();
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ timestamp: 3, snapshot: 2 });
    simulator.snapshot.version += 1;
    simulator.timestamp.version -= 1;
    simulator.publishTimestamp();
    const floor = floorOf(simulator);
    expect(floor).toMatchObject({ timestamp: 3, snapshot: 3 });
    const { evidence } = await refusal(
      clientOf(simulator, store, pinned, { floor }).client.refresh(),
      'ERR_TUF_ROLLBACK',
    );
    expect(evidence).toEqual({ role: 'timestamp', subject: 'snapshot.json', trustedVersion: 3, version: 2 });
    // The next timestamp ends it.
    simulator.publishTimestamp();
    expect(await clientOf(simulator, store, pinned, { floor }).client.refresh()).toMatchObject({ snapshot: 3 });
  });

  describe.each(['timestamp', 'snapshot'])('under a later root that takes a key of %s away (A-18)', (role) => {
    it('falls, as any baseline does, and says so', async () => {
      const { simulator, client } = setUp();
      simulator.timestamp.version = simulator.snapshot.version = 0;
      simulator.rotate(role, 'another');
      simulator.publishTargets();
      expect(simulator.timestamp.version).toBe(1);
      const { client: one, events } = client();
      expect(await one.refresh()).toMatchObject({ root: 2, timestamp: 1, snapshot: 1 });
      expect(events).toContainEqual({ type: 'fast-forward-recovery', fromRoot: 1, toRoot: 2 });
    });
  });

  it('falls where a later root asks for more signatures than made it', async () => {
    const { simulator, client } = setUp();
    const [key] = simulator.keys.get('timestamp') as [SimKey];
    simulator.timestamp.version = simulator.snapshot.version = 0;
    simulator.trustKeys('timestamp', [key, new SimKey('second')], 2);
    simulator.publishRoot();
    simulator.publishTargets();
    expect(await client().client.refresh()).toMatchObject({ timestamp: 1 });
  });

  it('stands under later roots that only add keys, or rotate those of root and targets', async () => {
    const { simulator, first, client } = setUp();
    const [key] = simulator.keys.get('timestamp') as [SimKey];
    simulator.trustKeys('timestamp', [key, new SimKey('second')]);
    simulator.rotate('root', 'new root');
    simulator.rotate('targets', 'new targets');
    simulator.serve('metadata/timestamp.json', first.get('metadata/timestamp.json') as Uint8Array);
    await refusal(client().client.refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('looks at roots from its own on: what the pinned one replaced before does not count', async () => {
    const { simulator, pinned, client } = setUp();
    simulator.rotate('timestamp', 'another');
    simulator.publishTargets();
    const floor = floorOf(simulator);
    const served = simulator.save();
    simulator.timestamp.version -= 2;
    simulator.publishTimestamp();
    await refusal(client({ floor }, pinned).client.refresh(), 'ERR_TUF_ROLLBACK');
    simulator.restore(served);
    await client({ floor }, pinned).client.refresh();
  });

  it('refuses a server that withholds the root it names', async () => {
    const { simulator, client } = setUp();
    const before = simulator.save();
    simulator.rotate('targets', 'another');
    simulator.publishTargets();
    const floor = floorOf(simulator);
    simulator.restore(before);
    const { evidence } = await refusal(client({ floor }).client.refresh(), 'ERR_TUF_ROLLBACK');
    expect(evidence).toEqual({ role: 'root', subject: 'root', trustedVersion: 2, version: 1 });
  });

  it('reports a clock before its time, and under strict refuses it (A-64)', async () => {
    const { simulator, floor, client } = setUp();
    simulator.time -= 1000;
    const [one, strict] = [client(), client({ profile: 'strict' })];
    await one.client.refresh();
    const lastTime = floor.time;
    const time = '2029-12-31T23:59:59Z';
    expect(one.events).toContainEqual({ type: 'clock-went-back', time, lastTime });
    expect((await refusal(strict.client.refresh(), 'ERR_TUF_CLOCK')).evidence).toEqual({ time, lastTime });
    simulator.time += 1000;
    const right = client();
    await right.client.refresh();
    expect(right.events.map(({ type }) => type)).not.toContain('clock-went-back');
  });

  it('that is older than the pinned root is misuse, and nothing is asked for', async () => {
    const { simulator, client, floor } = setUp();
    simulator.publishRoot();
    simulator.requests.length = 0;
    await expect(client({ floor }, simulator.bytes('metadata/2.root.json')).client.refresh()).rejects.toThrow(
      'the floor is older than the pinned root',
    );
    expect(simulator.requests).toEqual([]);
  });

  it.each([
    {},
    { root: 0 },
    { timestamp: 1.5 },
    { snapshot: '2' },
    { snapshot: 2 ** 53 },
    { time: 'yesterday' },
    { time: 1 },
    null,
  ])('of another form is misuse: %j', (change) => {
    const { floor, client } = setUp();
    const wrong = change === null || Object.keys(change).length === 0 ? change : { ...floor, ...change };
    expect(() => client({ floor: wrong as never })).toThrow(/the option floor/);
  });
});
