import { describe, expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator } from '../simulator/simulator.ts';

async function started(options = {}) {
  const simulator = new Simulator(options);
  const pinned = simulator.bytes('metadata/1.root.json');
  const store = new OpenStore();
  await clientOf(simulator, store, pinned).client.refresh();
  const refresh = (more = {}) => clientOf(simulator, store, pinned, more).client.refresh();
  return { simulator, pinned, store, refresh };
}

describe('the top-level targets', () => {
  it('[5.6.1] are asked for by the listed version, up to the listed length or the limit', async () => {
    const hashed = await started({ hashes: true });
    hashed.simulator.publishTargets();
    const bytes = hashed.simulator.bytes('metadata/2.targets.json');
    hashed.simulator.serve('metadata/2.targets.json', { endless: true });
    expect((await refusal(hashed.refresh(), 'ERR_TUF_TOO_LONG')).evidence).toEqual({
      role: 'targets',
      limit: bytes.length,
      option: undefined,
    });
    hashed.simulator.serve('metadata/2.targets.json', bytes.subarray(0, -1));
    await refusal(hashed.refresh(), 'ERR_TUF_LENGTH_MISMATCH');
    const plain = await started();
    plain.simulator.publishTargets();
    plain.simulator.serve('metadata/2.targets.json', { endless: true });
    const limits = { targetsBytes: 4096 };
    expect((await refusal(plain.refresh({ limits }), 'ERR_TUF_TOO_LONG')).evidence).toEqual({
      role: 'targets',
      limit: 4096,
      option: 'targetsBytes',
    });
  });

  it('[5.6.2] have to match the listed hashes', async () => {
    const { simulator, store, refresh } = await started({ hashes: true });
    simulator.publishTargets();
    const bytes = new Uint8Array(simulator.bytes('metadata/2.targets.json'));
    bytes[20] = (bytes[20] as number) ^ 1;
    simulator.serve('metadata/2.targets.json', bytes);
    await refusal(refresh(), 'ERR_TUF_HASH_MISMATCH');
    expect([store.version('snapshot'), store.version('targets')]).toEqual([2, 1]);
  });

  it('[5.6.3] have to be signed by their role', async () => {
    const { simulator, store, refresh } = await started();
    simulator.publishTargets();
    simulator.serve('metadata/2.targets.json', simulator.signed(simulator.targets, [new SimKey('snapshot')]));
    const error = await refusal(refresh(), 'ERR_TUF_UNSIGNED');
    expect(error.evidence).toMatchObject({ role: 'targets', delegator: 'root', threshold: 1 });
    expect(store.version('targets')).toBe(1);
  });

  it.each([1, 3])('[5.6.4] have to be of the listed version, not %i', async (version) => {
    const { simulator, refresh } = await started();
    simulator.publishTargets();
    const document = { ...simulator.targets, version };
    simulator.serve('metadata/2.targets.json', simulator.signed(document, simulator.keys.get('targets') ?? []));
    await refusal(refresh(), 'ERR_TUF_VERSION_MISMATCH');
  });

  it.each([
    [-1, true],
    [0, false],
  ])('[5.6.5, A-10] %i ms after their expiry', async (offset, accepted) => {
    const { simulator, store, refresh } = await started();
    simulator.targets.expires = simulator.at(1);
    simulator.publishTargets();
    simulator.time += day + offset;
    if (accepted) await refresh();
    else {
      expect((await refusal(refresh(), 'ERR_TUF_EXPIRED')).role).toBe('targets');
      expect(store.version('targets')).toBe(1);
    }
  });

  it('[5.6.6, A-56] are kept as received, and used again without a request', async () => {
    const { simulator, store, refresh } = await started({ layout: 'indented' });
    expect(store.files.get('targets.json')).toEqual(new Uint8Array(simulator.bytes('metadata/1.targets.json')));
    simulator.requests.length = 0;
    await refresh();
    expect(simulator.requests).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
  });

  it('are verified again when they are read from the store (B3, OFF-01)', async () => {
    const { simulator, store, refresh } = await started();
    const forged = simulator.signed({ ...simulator.targets, targets: {}, 'x-forged': 1 }, [new SimKey('attacker')]);
    store.files.set('targets.json', forged);
    simulator.requests.length = 0;
    await refresh();
    expect(simulator.requests).toContain('metadata/1.targets.json');
    expect(store.files.get('targets.json')).not.toEqual(new Uint8Array(forged));
  });

  it('[A-07, A-08] under an unsatisfiable threshold are never signed', async () => {
    const { simulator, refresh } = await started();
    simulator.root.roles.targets.threshold = 2;
    simulator.root.roles.targets.keyids.push('absent');
    simulator.publishRoot();
    simulator.publishTargets();
    const error = await refusal(refresh(), 'ERR_TUF_UNSIGNED');
    expect(error.evidence).toMatchObject({ threshold: 2 });
  });
});
