import { describe, expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator } from '../simulator/simulator.ts';

/** A simulator with its first root pinned, and a client that has refreshed once. */
async function started(options = {}) {
  const simulator = new Simulator(options);
  const pinned = simulator.bytes('metadata/1.root.json');
  const store = new OpenStore();
  await clientOf(simulator, store, pinned).client.refresh();
  simulator.requests.length = 0;
  return { simulator, pinned, store };
}

describe('the root walk', () => {
  it('[5.3.1, 5.3.2, 5.3.3, 5.3.9, 5.3.12] asks for every next root until there is none, then goes on', async () => {
    const simulator = new Simulator();
    const pinned = simulator.bytes('metadata/1.root.json');
    for (let i = 0; i < 4; i += 1) simulator.publishRoot();
    const { client } = clientOf(simulator, new OpenStore(), pinned);
    expect(await client.refresh()).toMatchObject({ root: 5, changed: true });
    expect(simulator.requests).toEqual([
      'metadata/2.root.json',
      'metadata/3.root.json',
      'metadata/4.root.json',
      'metadata/5.root.json',
      'metadata/6.root.json',
      'metadata/timestamp.json',
      'metadata/1.snapshot.json',
      'metadata/1.targets.json',
    ]);
  });

  it('[5.3.3] numbers roots although snapshots are not consistent', async () => {
    const simulator = new Simulator({ consistentSnapshot: false });
    const pinned = simulator.bytes('metadata/1.root.json');
    simulator.publishRoot();
    await clientOf(simulator, new OpenStore(), pinned).client.refresh();
    expect(simulator.requests).toEqual([
      'metadata/2.root.json',
      'metadata/3.root.json',
      'metadata/timestamp.json',
      'metadata/snapshot.json',
      'metadata/targets.json',
    ]);
  });

  it('[5.3.12] takes consistent_snapshot from the last root', async () => {
    const { simulator, pinned, store } = await started();
    simulator.root.consistent_snapshot = false;
    simulator.publishRoot();
    simulator.publishTargets();
    await clientOf(simulator, store, pinned).client.refresh();
    expect(simulator.requests).toContain('metadata/snapshot.json');
  });

  it('[5.2, A-20] does not mind that the pinned root has expired, but that it is unsigned or garbage', async () => {
    const simulator = new Simulator();
    simulator.root.expires = simulator.at(1);
    simulator.publishRoot();
    const pinned = simulator.bytes('metadata/2.root.json');
    simulator.root.expires = simulator.at(30);
    simulator.publishRoot();
    simulator.time += 2 * day;
    const { client } = clientOf(simulator, new OpenStore(), pinned);
    expect(await client.refresh()).toMatchObject({ root: 3 });

    simulator.requests.length = 0;
    const store = new OpenStore();
    const unsigned = simulator.signed(simulator.root, []);
    await refusal(clientOf(simulator, store, unsigned).client.refresh(), 'ERR_TUF_UNSIGNED');
    await refusal(clientOf(simulator, store, Buffer.from('{}')).client.refresh(), 'ERR_TUF_MALFORMED');
    expect(simulator.requests).toEqual([]);
    expect(store.dump()).toEqual({});
  });

  it('[5.3.4a] refuses a root that the old keys have not signed', async () => {
    const { simulator, pinned, store } = await started();
    const before = store.dump();
    simulator.trustKeys('root', [new SimKey('attacker')]);
    simulator.publishRoot();
    const error = await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(error.evidence).toMatchObject({ role: 'root', delegator: 'root', threshold: 1, validKeyids: [] });
    expect(store.dump()).toEqual(before);
  });

  it('[5.3.4b] refuses a root that its own keys have not signed', async () => {
    const { simulator, pinned, store } = await started();
    const old = simulator.keys.get('root') ?? [];
    simulator.trustKeys('root', [new SimKey('new')]);
    simulator.root.version += 1;
    simulator.serve('metadata/2.root.json', simulator.signed(simulator.root, old));
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_UNSIGNED');
  });

  it('[5.3.4e, 5-a] discards a refused root, and takes the honest one next time', async () => {
    const { simulator, pinned, store } = await started();
    simulator.serve(
      'metadata/2.root.json',
      simulator.signed({ ...simulator.root, version: 2 }, [new SimKey('attacker')]),
    );
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_UNSIGNED');
    simulator.publishRoot();
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 2 });
  });

  it.each([
    [1, 'ERR_TUF_ROLLBACK'],
    [2, 'ERR_TUF_ROLLBACK'],
    [4, 'ERR_TUF_VERSION_MISMATCH'],
    [2 ** 31, 'ERR_TUF_VERSION_MISMATCH'],
  ] as const)('[5.3.5, 4.3-d] refuses version %i under the name 3.root.json', async (version, code) => {
    const { simulator, pinned, store } = await started();
    simulator.publishRoot();
    simulator.serve(
      'metadata/3.root.json',
      simulator.signed({ ...simulator.root, version }, simulator.keys.get('root') ?? []),
    );
    await refusal(clientOf(simulator, store, pinned).client.refresh(), code);
    expect(store.version('root')).toBe(2);
  });

  it('[5.3.6, 5.3.7] passes over an expired root in between, and trusts by its keys', async () => {
    const { simulator, pinned, store } = await started();
    simulator.root.expires = simulator.at(-1);
    simulator.rotate('root', 'second');
    simulator.root.expires = simulator.at(30);
    simulator.rotate('root', 'third');
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 3 });
  });

  it('[5.3.8, A-56] keeps each root that is accepted, as received, also when a later one is refused', async () => {
    const { simulator, pinned, store } = await started({ layout: 'indented' });
    simulator.publishRoot();
    const second = simulator.bytes('metadata/2.root.json');
    simulator.serve('metadata/3.root.json', simulator.signed({ ...simulator.root, version: 3 }, []));
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(store.files.get('root.json')).toEqual(new Uint8Array(second));
    // A new process goes on from there, without fetching root 2 again.
    simulator.served.delete('metadata/3.root.json');
    simulator.requests.length = 0;
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 2 });
    expect(simulator.requests[0]).toBe('metadata/3.root.json');
  });

  it.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('[5.3.10, 4.3-e, A-10] a last root %i ms after its expiry', async (offset, accepted) => {
    const { simulator, pinned, store } = await started();
    simulator.root.expires = simulator.at(1);
    simulator.publishRoot();
    simulator.time += day + offset;
    const { client } = clientOf(simulator, store, pinned);
    if (accepted) await client.refresh();
    else {
      const error = await refusal(client.refresh(), 'ERR_TUF_EXPIRED');
      expect(error.role).toBe('root');
      expect(store.version('root')).toBe(2);
    }
  });

  it('[5.3.3, A-42] ends on 404, 403 and 410, and on nothing else', async () => {
    for (const status of [404, 403, 410]) {
      const { simulator, pinned, store } = await started();
      simulator.serve('metadata/2.root.json', { status });
      const { client, events } = clientOf(simulator, store, pinned);
      await client.refresh();
      expect(events).toContainEqual({ type: 'root-walk-ended', version: 1, status });
    }
    const { simulator, pinned, store } = await started();
    const before = store.dump();
    simulator.serve('metadata/2.root.json', { error: new TypeError('connection reset') });
    await expect(clientOf(simulator, store, pinned).client.refresh()).rejects.toThrow('connection reset');
    simulator.serve('metadata/2.root.json', Buffer.from('<!doctype html><title>not found</title>'));
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_MALFORMED');
    expect(store.dump()).toEqual(before);
  });

  it('[A-42] names the 403 when a later step is refused as unsigned or expired', async () => {
    const { simulator, pinned, store } = await started();
    simulator.rotate('timestamp', 'new timestamp');
    simulator.publishTimestamp();
    simulator.serve('metadata/2.root.json', { status: 403 });
    const unsigned = await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_UNSIGNED');
    expect(unsigned.evidence.rootWalkStatus).toBe(403);
    expect(unsigned.hint).toContain('403');
    simulator.time += 40 * day;
    const expired = await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_EXPIRED');
    expect(expired.evidence.rootWalkStatus).toBe(403);
  });

  it('[A-43, A-68] follows at most the limit of roots, reports it, and goes on next time', async () => {
    const { simulator, pinned, store } = await started();
    for (let i = 0; i < 5; i += 1) simulator.publishRoot();
    const limits = { rootRotations: 2 };
    const first = clientOf(simulator, store, pinned, { limits });
    expect(await first.client.refresh()).toMatchObject({ root: 3 });
    expect(first.events).toContainEqual({ type: 'root-limit', version: 3, limit: 2 });
    expect(await clientOf(simulator, store, pinned, { limits }).client.refresh()).toMatchObject({ root: 5 });
    expect(await clientOf(simulator, store, pinned, { limits }).client.refresh()).toMatchObject({ root: 6 });
  });

  it('[5.3.3, A-68] refuses a root above the limit of bytes and names the option', async () => {
    const { simulator, pinned, store } = await started();
    simulator.serve('metadata/2.root.json', { endless: true });
    const error = await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_TOO_LONG');
    expect(error.evidence).toMatchObject({ role: 'root', limit: 524288, option: 'rootBytes' });
  });

  it('[A-21] does not look for a successor of the highest version', async () => {
    const simulator = new Simulator();
    simulator.root.version = Number.MAX_SAFE_INTEGER - 1;
    simulator.publishRoot();
    const pinned = simulator.bytes(`metadata/${Number.MAX_SAFE_INTEGER}.root.json`);
    await clientOf(simulator, new OpenStore(), pinned).client.refresh();
    expect(simulator.requests[0]).toBe('metadata/timestamp.json');
  });
});

describe('the kept roots', () => {
  it('never make a planted root trusted (ROOT-03)', async () => {
    const { simulator, pinned, store } = await started();
    const attacker = new Simulator();
    attacker.rotate('root', 'attacker root');
    store.files.set('root.json', attacker.bytes('metadata/2.root.json'));
    store.files.set('root_history/2.root.json', attacker.signed(attacker.root, [new SimKey('attacker root')]));
    const { client, events } = clientOf(simulator, store, pinned);
    expect(await client.refresh()).toMatchObject({ root: 1 });
    expect(events.map((event) => event.type)).toContain('local-file-ignored');
    expect(store.files.get('root.json')).toEqual(new Uint8Array(pinned));
  });

  it.each(['', '{', 'rolled back', 'truncated'])('are fetched again when damaged: %j (ROOT-04)', async (damage) => {
    const { simulator, pinned, store } = await started();
    simulator.publishRoot();
    simulator.publishRoot();
    await clientOf(simulator, store, pinned).client.refresh();
    const second = simulator.bytes('metadata/2.root.json');
    const bytes =
      damage === 'rolled back' ? pinned : damage === 'truncated' ? second.subarray(0, 100) : Buffer.from(damage);
    store.files.set('root_history/2.root.json', bytes);
    simulator.requests.length = 0;
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 3 });
    expect(simulator.requests.slice(0, 2)).toEqual(['metadata/2.root.json', 'metadata/4.root.json']);
    expect(store.files.get('root_history/2.root.json')).toEqual(new Uint8Array(second));
  });

  it('are mended after a crash between the history and the current root', async () => {
    const { simulator, pinned, store } = await started();
    simulator.publishRoot();
    store.before = (operation, name) => {
      if (operation === 'write' && name === 'root.json') throw new Error('power loss');
    };
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_STORE');
    store.before = () => {};
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 2 });
    expect(store.version('root')).toBe(2);
  });
});

describe('a newly pinned root', () => {
  /** Another repository, with other keys. */
  function another(): Simulator {
    const other = new Simulator();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets'])
      other.trustKeys(role, [new SimKey(`other ${role}`)]);
    other.root.version = 0;
    other.served.clear();
    other.publishRoot();
    return other;
  }

  it.each([0, 1, 5])(
    '[A-18] of another lineage starts a new store, the stored root being %i higher',
    async (higher) => {
      const { simulator, pinned, store } = await started();
      for (let i = 0; i < higher; i += 1) simulator.publishRoot();
      simulator.timestamp.version = 1000;
      simulator.publishTargets();
      await clientOf(simulator, store, pinned).client.refresh();

      const other = another();
      other.timestamp.version = other.snapshot.version = other.targets.version = 0;
      other.publishTargets();
      const { client, events } = clientOf(other, store, other.bytes('metadata/1.root.json'));
      expect(await client.refresh()).toMatchObject({ root: 1, timestamp: 1, snapshot: 1 });
      expect(events).toContainEqual({ type: 're-rooted', storedVersion: 1 + higher, pinnedVersion: 1 });
      expect(store.version('timestamp')).toBe(1);
      // And the other way round, with a pinned root that is higher than the stored one.
      const newest = simulator.bytes(`metadata/${1 + higher}.root.json`);
      const back = clientOf(simulator, store, newest);
      expect(await back.client.refresh()).toMatchObject({ root: 1 + higher, timestamp: 1001 });
      expect(back.events.map((event) => event.type)).toContain('re-rooted');
    },
  );

  it('[A-18] of the same lineage, lower or higher than the stored one, keeps the baseline', async () => {
    const { simulator, pinned, store } = await started();
    for (let i = 0; i < 4; i += 1) simulator.publishRoot();
    const third = simulator.bytes('metadata/3.root.json');
    await clientOf(simulator, store, third).client.refresh();
    for (const root of [pinned, simulator.bytes('metadata/5.root.json'), third]) {
      const { client, events } = clientOf(simulator, store, root);
      expect(await client.refresh()).toMatchObject({ root: 5 });
      expect(events.map((event) => event.type)).not.toContain('re-rooted');
    }
    for (let i = 0; i < 3; i += 1) simulator.publishRoot();
    simulator.publishTimestamp();
    const { client, events } = clientOf(simulator, store, simulator.bytes('metadata/8.root.json'));
    expect(await client.refresh()).toMatchObject({ root: 8 });
    expect(events.map((event) => event.type)).not.toContain('re-rooted');
    simulator.timestamp.version = 0;
    simulator.publishTimestamp();
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('[A-18] counts the step from the stored root as a root update: a removed key drops the baseline', async () => {
    const { simulator, store } = await started();
    simulator.rotate('timestamp', 'new timestamp');
    simulator.timestamp.version = 0;
    simulator.publishTimestamp();
    const { client, events } = clientOf(simulator, store, simulator.bytes('metadata/2.root.json'));
    expect(await client.refresh()).toMatchObject({ root: 2, timestamp: 1 });
    expect(events).toContainEqual({ type: 'fast-forward-recovery', fromRoot: 1, toRoot: 2 });
  });

  it.each([
    ['404', { status: 404 }],
    ['an endless body', { endless: true } as const],
    ['garbage', Buffer.from('{}')],
  ])('[A-18, A-42] loses no baseline to a network that answers %s for a root on the way', async (_, answer) => {
    const { simulator, pinned, store } = await started();
    const old = simulator.bytes('metadata/timestamp.json');
    simulator.publishTimestamp();
    simulator.publishTimestamp();
    await clientOf(simulator, store, pinned).client.refresh();
    simulator.publishRoot();
    simulator.publishRoot();
    const second = simulator.bytes('metadata/2.root.json');
    simulator.serve('metadata/2.root.json', answer);
    simulator.serve('metadata/timestamp.json', old);
    const higher = simulator.bytes('metadata/3.root.json');
    const { client, events } = clientOf(simulator, store, higher);
    await expect(client.refresh()).rejects.toThrow();
    expect(events.map((event) => event.type)).not.toContain('re-rooted');
    expect(store.version('timestamp')).toBe(3);
    // And with all roots served again, the old timestamp is still refused and the new one taken.
    simulator.serve('metadata/2.root.json', second);
    await refusal(clientOf(simulator, store, higher).client.refresh(), 'ERR_TUF_ROLLBACK');
    simulator.publishTimestamp();
    expect(await clientOf(simulator, store, higher).client.refresh()).toMatchObject({ timestamp: 4 });
  });

  it('[A-18, A-43] lower than a store without history loses no baseline to a 404 or to the limit of roots', async () => {
    const { simulator, pinned, store } = await started();
    for (let i = 0; i < 6; i += 1) simulator.publishRoot();
    const old = simulator.bytes('metadata/timestamp.json');
    simulator.publishTimestamp();
    await clientOf(simulator, store, pinned).client.refresh();
    for (const name of [...store.files.keys()]) if (name.startsWith('root_history')) store.files.delete(name);
    const saved = simulator.save();
    simulator.serve('metadata/2.root.json', { status: 404 });
    simulator.serve('metadata/timestamp.json', old);
    await refusal(clientOf(simulator, store, pinned).client.refresh(), 'ERR_TUF_ROLLBACK');
    simulator.restore(saved);
    const limits = { rootRotations: 2 };
    const { client, events } = clientOf(simulator, store, pinned, { limits });
    expect(await client.refresh()).toMatchObject({ root: 3, timestamp: 2 });
    expect(events.map((event) => event.type)).not.toContain('re-rooted');
    expect(await clientOf(simulator, store, pinned).client.refresh()).toMatchObject({ root: 7, timestamp: 2 });
  });

  it('[A-18] recovers from a fast-forward also when the first run after it was pinned is interrupted', async () => {
    const { simulator, pinned, store } = await started();
    simulator.snapshot.version = 1_000_000;
    simulator.publishSnapshot();
    await clientOf(simulator, store, pinned).client.refresh();
    simulator.rotate('snapshot', 'new snapshot');
    simulator.snapshot.version = 1;
    simulator.publishSnapshot();
    const higher = simulator.bytes('metadata/2.root.json');
    simulator.serve('metadata/3.root.json', { error: new TypeError('reset') });
    await expect(clientOf(simulator, store, higher).client.refresh()).rejects.toThrow('reset');
    simulator.served.delete('metadata/3.root.json');
    const { client, events } = clientOf(simulator, store, higher);
    expect(await client.refresh()).toMatchObject({ root: 2, snapshot: 2 });
    expect(events.map((event) => event.type)).toContain('fast-forward-recovery');
  });

  it('[A-70] is copied: changing the array afterwards changes nothing', async () => {
    const simulator = new Simulator();
    const pinned = Buffer.from(simulator.bytes('metadata/1.root.json'));
    const { client } = clientOf(simulator, new OpenStore(), pinned);
    pinned.fill(0);
    expect(await client.refresh()).toMatchObject({ root: 1 });
  });
});
