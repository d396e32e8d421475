import { describe, expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator, sha256 } from '../simulator/simulator.ts';

async function started(options = {}) {
  const simulator = new Simulator(options);
  simulator.delegate('targets', 'x');
  simulator.delegated.get('x').version = 5;
  simulator.publishDelegated();
  const pinned = simulator.bytes('metadata/1.root.json');
  const store = new OpenStore();
  simulator.publishTargets();
  await clientOf(simulator, store, pinned).client.refresh();
  const refresh = (more = {}) => clientOf(simulator, store, pinned, more).client.refresh();
  return { simulator, pinned, store, refresh };
}

/** Publishes a snapshot with some members changed, and a timestamp that lists it. */
function publishSnapshot(simulator: Simulator, change: (meta: Record<string, unknown>) => void): void {
  simulator.publishSnapshot();
  change(simulator.snapshot.meta);
  const { version } = simulator.snapshot;
  const bytes = simulator.signed(simulator.snapshot, simulator.keys.get('snapshot') ?? []);
  simulator.serve(`metadata/${version}.snapshot.json`, bytes);
  simulator.timestamp.version -= 1;
  simulator.publishTimestamp();
}

describe('the snapshot', () => {
  it('[5.5.1, 4.4-e] is asked for by the listed version, up to the listed length', async () => {
    const { simulator, store, refresh } = await started({ hashes: true });
    simulator.publishSnapshot();
    const bytes = simulator.bytes('metadata/3.snapshot.json');
    simulator.serve('metadata/3.snapshot.json', Buffer.concat([bytes, Buffer.from(' ')]));
    const error = await refusal(refresh(), 'ERR_TUF_TOO_LONG');
    expect(error.evidence).toEqual({ role: 'snapshot', limit: bytes.length, option: undefined });
    expect([store.version('timestamp'), store.version('snapshot')]).toEqual([3, 2]);
  });

  it('[4.4-e, A-68] without a listed length is read up to the limit, which the error names', async () => {
    const { simulator, refresh } = await started();
    simulator.publishSnapshot();
    simulator.serve('metadata/3.snapshot.json', { endless: true });
    const error = await refusal(refresh({ limits: { snapshotBytes: 5000 } }), 'ERR_TUF_TOO_LONG');
    expect(error.evidence).toEqual({ role: 'snapshot', limit: 5000, option: 'snapshotBytes' });
  });

  it('[5.5.2, A-12, A-13] has to match every known hash, and at least one', async () => {
    const { simulator, refresh } = await started({ hashes: true });
    simulator.publishSnapshot();
    const bytes = simulator.bytes('metadata/3.snapshot.json');
    const good = sha256(bytes);
    const serve = (hashes: object) => {
      const meta = { 'snapshot.json': { version: 3, length: bytes.length, hashes } };
      const timestamp = { ...simulator.timestamp, version: 4, meta };
      simulator.serve('metadata/timestamp.json', simulator.signed(timestamp, simulator.keys.get('timestamp') ?? []));
    };
    for (const hashes of [
      { sha256: good.replace(/^../, 'ff') },
      { sha256: good, sha512: 'ab'.repeat(64) },
      { md5: 'ab' },
    ]) {
      serve(hashes);
      await refusal(refresh(), 'ERR_TUF_HASH_MISMATCH');
      simulator.timestamp.version = 4;
    }
    serve({ sha256: good.toUpperCase(), md5: 'ab' });
    // The timestamp of this version is held already; a newer one lists the hashes in upper case.
    const meta = { 'snapshot.json': { version: 3, hashes: { sha256: good.toUpperCase(), md5: 'ab' } } };
    const timestamp = { ...simulator.timestamp, version: 5, meta };
    simulator.serve('metadata/timestamp.json', simulator.signed(timestamp, simulator.keys.get('timestamp') ?? []));
    expect(await refresh()).toMatchObject({ snapshot: 3 });
  });

  it('[5.5.2] is held against its hashes before it is parsed', async () => {
    const { simulator, refresh } = await started({ hashes: true });
    simulator.publishSnapshot();
    simulator.serve('metadata/3.snapshot.json', Buffer.alloc(simulator.bytes('metadata/3.snapshot.json').length, '{'));
    await refusal(refresh(), 'ERR_TUF_HASH_MISMATCH');
  });

  it('[5.5.3] is refused when its role has not signed it', async () => {
    const { simulator, store, refresh } = await started();
    simulator.publishSnapshot();
    simulator.serve(
      'metadata/3.snapshot.json',
      simulator.signed(simulator.snapshot, simulator.keys.get('timestamp') ?? []),
    );
    await refusal(refresh(), 'ERR_TUF_UNSIGNED');
    expect([store.version('timestamp'), store.version('snapshot')]).toEqual([3, 2]);
  });

  it.each([2, 4])('[5.5.4, 4.4-d] is refused at version %i where 3 is listed', async (version) => {
    const { simulator, refresh } = await started();
    simulator.publishSnapshot();
    const document = { ...simulator.snapshot, version };
    simulator.serve('metadata/3.snapshot.json', simulator.signed(document, simulator.keys.get('snapshot') ?? []));
    expect((await refusal(refresh(), 'ERR_TUF_VERSION_MISMATCH')).evidence).toEqual({
      role: 'snapshot',
      expected: 3,
      version,
    });
  });

  it('[5.5.5a, 5.5.5b, A-26] may lower or drop no listed file, also one that was never fetched', async () => {
    const { simulator, store, refresh } = await started();
    const changes: [(meta: Record<string, unknown>) => void, string, number | undefined][] = [
      [
        (meta) => {
          meta['targets.json'] = { version: 1 };
        },
        'targets.json',
        1,
      ],
      [
        (meta) => {
          meta['x.json'] = { version: 4 };
        },
        'x.json',
        4,
      ],
      [
        (meta) => {
          delete meta['x.json'];
        },
        'x.json',
        undefined,
      ],
      [
        (meta) => {
          delete meta['targets.json'];
        },
        'targets.json',
        undefined,
      ],
    ];
    for (const [change, subject, version] of changes) {
      const saved = structuredClone({ s: simulator.snapshot, t: simulator.timestamp });
      publishSnapshot(simulator, change);
      const error = await refusal(refresh(), 'ERR_TUF_ROLLBACK');
      expect(error.evidence).toMatchObject({ role: 'snapshot', subject, version });
      expect(store.version('snapshot')).toBe(2);
      simulator.snapshot = saved.s;
      simulator.timestamp = { ...saved.t, version: store.version('timestamp') };
    }
    simulator.snapshot.version = 3;
    simulator.publishSnapshot();
    expect(await refresh()).toMatchObject({ snapshot: 4 });
  });

  it('[A-59] may list a new file at any version', async () => {
    const { simulator, refresh } = await started();
    publishSnapshot(simulator, (meta) => {
      meta['new.json'] = { version: 7 };
      meta['rekor.json'] = { version: 1, length: 5, hashes: { sha256: 'ab'.repeat(32) } };
    });
    expect(await refresh()).toMatchObject({ snapshot: 3 });
  });

  it('[A-27] may not itself go back, also when the timestamp was lost', async () => {
    const { simulator, store, refresh } = await started();
    const first = simulator.save();
    simulator.publishSnapshot();
    await refresh();
    store.files.delete('timestamp.json');
    simulator.restore(first);
    const error = await refusal(refresh(), 'ERR_TUF_ROLLBACK');
    expect(error.evidence).toMatchObject({ role: 'snapshot', subject: 'snapshot', trustedVersion: 3, version: 2 });
  });

  it.each([
    [-1, true],
    [0, false],
  ])('[5.5.6, A-10] %i ms after its expiry', async (offset, accepted) => {
    const { simulator, store, refresh } = await started();
    simulator.snapshot.expires = simulator.at(1);
    simulator.publishSnapshot();
    simulator.time += day + offset;
    if (accepted) await refresh();
    else {
      expect((await refusal(refresh(), 'ERR_TUF_EXPIRED')).role).toBe('snapshot');
      expect(store.version('snapshot')).toBe(2);
    }
  });

  it('[5.5.7, A-17, A-58] that is held guards against rollback in a new process, although it has expired', async () => {
    const { simulator, refresh } = await started();
    simulator.time += 31 * day;
    simulator.root.expires = simulator.timestamp.expires = simulator.snapshot.expires = simulator.at(30);
    simulator.publishRoot();
    publishSnapshot(simulator, (meta) => {
      meta['x.json'] = { version: 1 };
    });
    await refusal(refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('[A-57, A-58] that is held is used without a request where version and hashes agree, else fetched', async () => {
    const { simulator, store, refresh } = await started({ hashes: true });
    simulator.publishTimestamp();
    simulator.requests.length = 0;
    await refresh();
    expect(simulator.requests).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
    // Same version, other bytes: not the listed ones.
    const other = simulator.signed({ ...simulator.snapshot, 'x-other': 1 }, simulator.keys.get('snapshot') ?? []);
    store.files.set('snapshot.json', other);
    simulator.requests.length = 0;
    await refresh();
    expect(simulator.requests).toContain('metadata/2.snapshot.json');
    expect(store.files.get('snapshot.json')).toEqual(new Uint8Array(simulator.bytes('metadata/2.snapshot.json')));
  });

  it('[4.4-a, 4.4-c, 6.2.1-d] has to list targets.json under that very name', async () => {
    const simulator = new Simulator();
    const pinned = simulator.bytes('metadata/1.root.json');
    publishSnapshot(simulator, (meta) => {
      delete meta['targets.json'];
      meta['1.targets.json'] = { version: 1 };
    });
    const error = await refusal(clientOf(simulator, new OpenStore(), pinned).client.refresh(), 'ERR_TUF_MISSING_META');
    expect(error.evidence).toEqual({ role: 'snapshot', subject: 'targets.json' });
  });

  it('that is lost as a baseline is reported', async () => {
    const { simulator, pinned, store } = await started();
    store.files.set('snapshot.json', simulator.signed(simulator.snapshot, [new SimKey('attacker')]));
    const { client, events } = clientOf(simulator, store, pinned);
    await client.refresh();
    expect(events).toContainEqual(expect.objectContaining({ type: 'baseline-lost', role: 'snapshot' }));
  });

  it('[4.4-b, 4.4-f, A-11] may list length and hashes or not; length 0 always fails', async () => {
    for (const hashes of [true, false])
      expect(await (await started({ hashes })).refresh()).toMatchObject({ snapshot: 2 });
    const { simulator, refresh } = await started();
    const meta = { 'snapshot.json': { version: 3, length: 0 } };
    simulator.publishSnapshot();
    const timestamp = { ...simulator.timestamp, meta };
    simulator.serve('metadata/timestamp.json', simulator.signed(timestamp, simulator.keys.get('timestamp') ?? []));
    await refusal(refresh(), 'ERR_TUF_TOO_LONG');
  });
});
