import { describe, expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator } from '../simulator/simulator.ts';

async function started(options = {}) {
  const simulator = new Simulator(options);
  const pinned = simulator.bytes('metadata/1.root.json');
  const store = new OpenStore();
  simulator.publishTargets();
  simulator.publishTargets();
  await clientOf(simulator, store, pinned).client.refresh();
  const refresh = (more = {}) => clientOf(simulator, store, pinned, more).client.refresh();
  return { simulator, pinned, store, refresh };
}

/** Serves a timestamp with some members changed, signed by the role's keys. */
function serveTimestamp(simulator: Simulator, changes: object, keys = simulator.keys.get('timestamp') ?? []): void {
  simulator.serve('metadata/timestamp.json', simulator.signed({ ...simulator.timestamp, ...changes }, keys));
}

const listing = (version: number) => ({ meta: { 'snapshot.json': { version } } });

describe('the timestamp', () => {
  it('[5.4.1, A-50] is always asked for without a version, and up to its limit', async () => {
    const { simulator, refresh, store } = await started();
    const before = store.dump();
    simulator.requests.length = 0;
    await refresh();
    expect(simulator.requests).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
    simulator.serve('metadata/timestamp.json', { endless: true });
    const error = await refusal(refresh(), 'ERR_TUF_TOO_LONG');
    expect(error.evidence).toEqual({ role: 'timestamp', limit: 65536, option: 'timestampBytes' });
    expect(store.dump()).toEqual(before);
  });

  it('[5.4.2, 4-a] is refused unsigned, signed by another role or a rotated key, or altered in any member', async () => {
    const { simulator, store, refresh } = await started();
    const before = store.dump();
    for (const keys of [[], simulator.keys.get('snapshot') ?? [], [new SimKey('attacker')]]) {
      serveTimestamp(simulator, { version: 9 }, keys);
      await refusal(refresh(), 'ERR_TUF_UNSIGNED');
    }
    simulator.timestamp['x-note'] = { a: 'one' };
    simulator.publishTimestamp();
    const text = Buffer.from(simulator.bytes('metadata/timestamp.json')).toString();
    for (const altered of [
      text.replace('"one"', '"two"'),
      text.replace('"meta":{', '"meta":{"evil.json":{"version":1},'),
    ]) {
      expect(altered).not.toBe(text);
      simulator.serve('metadata/timestamp.json', Buffer.from(altered));
      await refusal(refresh(), 'ERR_TUF_UNSIGNED');
    }
    expect(store.dump()).toEqual(before);
    simulator.serve('metadata/timestamp.json', Buffer.from(text));
    await refresh();
  });

  it('[5.4.3.1a, 5.4.5] is refused when older, also by a new process', async () => {
    const { simulator, store, refresh } = await started();
    const before = store.dump();
    serveTimestamp(simulator, { version: 2 });
    const error = await refusal(refresh(), 'ERR_TUF_ROLLBACK');
    expect(error.evidence).toEqual({ role: 'timestamp', subject: 'timestamp', trustedVersion: 3, version: 2 });
    expect(store.dump()).toEqual(before);
  });

  it('[5.4.3.1b, A-16, A-57] of the same version is no news: what is held stays, and a difference is reported', async () => {
    const { simulator, pinned, store } = await started();
    const before = store.files.get('timestamp.json');
    serveTimestamp(simulator, { 'x-other': 1 });
    const { client, events } = clientOf(simulator, store, pinned);
    expect(await client.refresh()).toMatchObject({ changed: false });
    expect(store.files.get('timestamp.json')).toEqual(before);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'equivocation', version: 3, held: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    );
  });

  it('[A-16] of the same version still has to be fresh', async () => {
    const { simulator, refresh } = await started();
    simulator.time += 31 * day;
    const error = await refusal(refresh(), 'ERR_TUF_EXPIRED');
    expect(error.role).toBe('root');
    simulator.root.expires = simulator.at(30);
    simulator.publishRoot();
    expect((await refusal(refresh(), 'ERR_TUF_EXPIRED')).role).toBe('timestamp');
  });

  it('[A-16] of the same version lets an interrupted update go on', async () => {
    const { simulator, store, refresh } = await started();
    simulator.publishTargets();
    const saved = simulator.save();
    simulator.served.delete('metadata/4.snapshot.json');
    await refusal(refresh(), 'ERR_TUF_TRANSPORT');
    expect([store.version('timestamp'), store.version('snapshot')]).toEqual([4, 3]);
    simulator.restore(saved);
    expect(await refresh()).toMatchObject({ snapshot: 4, targets: 4 });
  });

  it('[5.4.3.2] that lists an older snapshot is refused and not kept, and the next honest one is taken', async () => {
    const { simulator, store, refresh } = await started();
    const before = store.dump();
    serveTimestamp(simulator, { version: 4, ...listing(2) });
    const error = await refusal(refresh(), 'ERR_TUF_ROLLBACK');
    expect(error.evidence).toEqual({ role: 'timestamp', subject: 'snapshot.json', trustedVersion: 3, version: 2 });
    expect(store.dump()).toEqual(before);
    simulator.publishTimestamp();
    expect(await refresh()).toMatchObject({ timestamp: 4 });
  });

  it.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('[5.4.4, A-10] %i ms after its expiry', async (offset, accepted) => {
    const { simulator, store, refresh } = await started();
    simulator.timestamp.expires = simulator.at(1);
    simulator.publishTimestamp();
    simulator.time += day + offset;
    if (accepted) await refresh();
    else {
      const error = await refusal(refresh(), 'ERR_TUF_EXPIRED');
      expect(error.evidence).toMatchObject({ role: 'timestamp', version: 4 });
      expect(store.version('timestamp')).toBe(3);
    }
  });

  it('[A-17] that is held guards against rollback although it has expired', async () => {
    const { simulator, refresh } = await started();
    simulator.time += 31 * day;
    simulator.root.expires = simulator.at(30);
    simulator.publishRoot();
    serveTimestamp(simulator, { version: 2, expires: simulator.at(1) });
    await refusal(refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('[4.6-a, A-25] has to list snapshot.json; other entries are reported, and refused under strict', async () => {
    const { simulator, pinned, store, refresh } = await started();
    serveTimestamp(simulator, { version: 4, meta: { 'targets.json': { version: 3 } } });
    expect((await refusal(refresh(), 'ERR_TUF_MISSING_META')).evidence).toEqual({
      role: 'timestamp',
      subject: 'snapshot.json',
    });
    serveTimestamp(simulator, { version: 4, meta: { ...simulator.timestamp.meta, 'root.json': { version: 1 } } });
    await refusal(refresh({ profile: 'strict' }), 'ERR_TUF_MALFORMED');
    const { client, events } = clientOf(simulator, store, pinned);
    await client.refresh();
    expect(events).toContainEqual({ type: 'extra-timestamp-meta', names: ['root.json'] });
  });

  it('[A-24] need not list hashes of the snapshot', async () => {
    const { simulator } = await started({ hashes: false });
    expect(simulator.timestamp.meta['snapshot.json']).toEqual({ version: 3 });
  });

  it('[4.3-a, 4.5-p, A-23] of another type is refused as such, by whoever it is signed', async () => {
    const { simulator, store, refresh } = await started();
    const before = store.dump();
    simulator.serve('metadata/timestamp.json', simulator.bytes('metadata/3.snapshot.json'));
    const error = await refusal(refresh(), 'ERR_TUF_WRONG_TYPE');
    expect(error.evidence).toMatchObject({ role: 'timestamp', expected: 'timestamp', found: 'snapshot' });
    simulator.serve('metadata/timestamp.json', simulator.bytes('metadata/3.targets.json'));
    await refusal(refresh(), 'ERR_TUF_WRONG_TYPE');
    serveTimestamp(simulator, { _type: 'Timestamp' });
    await refusal(refresh(), 'ERR_TUF_WRONG_TYPE');
    expect(store.dump()).toEqual(before);
  });

  it.each(['truncated', 'not signed', 'another role'])(
    '[A-17] that is lost as a baseline (%s) is reported',
    async (damage) => {
      const { simulator, pinned, store } = await started();
      const files: Record<string, Uint8Array> = {
        truncated: simulator.bytes('metadata/timestamp.json').subarray(0, 50),
        'not signed': simulator.signed(simulator.timestamp, []),
        'another role': simulator.bytes('metadata/3.snapshot.json'),
      };
      store.files.set('timestamp.json', files[damage] as Uint8Array);
      const { client, events } = clientOf(simulator, store, pinned);
      expect(await client.refresh()).toMatchObject({ timestamp: 3 });
      expect(events).toContainEqual(expect.objectContaining({ type: 'baseline-lost', role: 'timestamp' }));
    },
  );
});

describe('fast-forward', () => {
  const high = Number.MAX_SAFE_INTEGER;

  /** Lets an attacker with the keys of a role push versions to the limit. */
  async function fastForwarded() {
    const all = await started();
    const { simulator, refresh } = all;
    simulator.timestamp.version = high - 1;
    simulator.snapshot.version = high - 1;
    simulator.publishSnapshot();
    await refresh();
    simulator.timestamp.version = 3;
    simulator.snapshot.version = 3;
    return all;
  }

  it.each([['timestamp'], ['snapshot'], ['timestamp', 'snapshot']])(
    '[5.3.11, A-18] is undone by a root that removes a key of %s %s',
    async (...roles) => {
      const { simulator, pinned, store } = await fastForwarded();
      for (const role of roles) simulator.rotate(role, `new ${role}`);
      simulator.publishSnapshot();
      const { client, events } = clientOf(simulator, store, pinned);
      expect(await client.refresh()).toMatchObject({ timestamp: 4, snapshot: 4 });
      expect(events.map((event) => event.type)).toContain('fast-forward-recovery');
    },
  );

  it('[5.3.11, A-18] is undone when one of two keys is removed', async () => {
    const { simulator, refresh } = await started();
    const keys = [new SimKey('timestamp'), new SimKey('second timestamp')];
    simulator.trustKeys('timestamp', keys);
    simulator.publishRoot();
    simulator.timestamp.version = high - 1;
    simulator.publishTimestamp();
    await refresh();
    simulator.trustKeys('timestamp', keys.slice(0, 1));
    simulator.publishRoot();
    simulator.timestamp.version = 3;
    simulator.publishTimestamp();
    expect(await refresh()).toMatchObject({ timestamp: 4 });
  });

  it('[A-18] is not undone when keys are added or reordered, or nothing changes', async () => {
    const { simulator, store, refresh } = await fastForwarded();
    simulator.publishSnapshot();
    await refusal(refresh(), 'ERR_TUF_ROLLBACK');
    simulator.trustKeys('timestamp', [new SimKey('added'), new SimKey('timestamp')]);
    simulator.publishRoot();
    simulator.publishSnapshot();
    await refusal(refresh(), 'ERR_TUF_ROLLBACK');
    expect(store.version('timestamp')).toBe(high);
  });

  it('[A-18] is undone although the rotation was rotated back since', async () => {
    const { simulator, refresh } = await fastForwarded();
    simulator.rotate('timestamp', 'other');
    simulator.rotate('timestamp', 'timestamp');
    simulator.publishSnapshot();
    expect(await refresh()).toMatchObject({ timestamp: 4 });
  });

  it.each(['timestamp.json', 'snapshot.json', 'update-state'])(
    '[A-18] is undone by the next run when this one is interrupted at %s',
    async (name) => {
      const { simulator, pinned, store, refresh } = await fastForwarded();
      simulator.rotate('timestamp', 'other');
      simulator.rotate('timestamp', 'timestamp');
      simulator.publishSnapshot();
      store.before = (operation, at) => {
        if (operation !== 'read' && at === name) throw new Error('power loss');
      };
      await refusal(refresh(), 'ERR_TUF_STORE');
      store.before = () => {};
      const { client } = clientOf(simulator, store, pinned);
      expect(await client.refresh()).toMatchObject({ timestamp: 4 });
    },
  );

  it('[A-21] beyond 2^53 - 1 is malformed', async () => {
    const { simulator, refresh } = await started();
    for (const version of ['9007199254740992', '18446744073709551616', '9223372036854775807']) {
      const document = simulator.bytes('metadata/timestamp.json');
      const text = Buffer.from(document).toString().replace('"version":3}', `"version":${version}}`);
      simulator.serve('metadata/timestamp.json', Buffer.from(text));
      await refusal(refresh(), 'ERR_TUF_MALFORMED');
    }
  });
});

describe('the clock', () => {
  it('[A-64] that went back is reported, and refused under strict', async () => {
    const { simulator, pinned, store, refresh } = await started();
    simulator.time -= day;
    await refusal(refresh({ profile: 'strict' }), 'ERR_TUF_CLOCK');
    const { client, events } = clientOf(simulator, store, pinned);
    await client.refresh();
    expect(events).toContainEqual({
      type: 'clock-went-back',
      time: '2029-12-31T00:00:00Z',
      lastTime: '2030-01-01T00:00:00Z',
    });
  });

  it.each(['{}', 'garbage', '{"format":1,"root":0,"time":"2030-01-01T00:00:00Z"}', '[]'])(
    '[A-64] is forgotten with a damaged memory: %s',
    async (text) => {
      const { simulator, pinned, store } = await started();
      store.files.set('update-state', Buffer.from(text));
      const { client, events } = clientOf(simulator, store, pinned);
      await client.refresh();
      expect(events).toContainEqual(expect.objectContaining({ type: 'local-file-ignored', name: 'update-state' }));
    },
  );

  it('[5.1] is read once for one update', async () => {
    const { simulator, refresh } = await started();
    simulator.targets.expires = simulator.at(1);
    simulator.publishTargets();
    const targets = simulator.bytes('metadata/4.targets.json');
    simulator.serve('metadata/4.targets.json', () => {
      simulator.time += 2 * day;
      return targets;
    });
    expect(await refresh()).toMatchObject({ targets: 4 });
  });
});
