import { expect, it } from 'vitest';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { Simulator } from '../simulator/simulator.ts';

/** A client at root 1 and timestamp 4; then the root keys leak and are replaced, and the application ships root 3. */
async function leaked() {
  const simulator = new Simulator();
  const first = simulator.bytes('metadata/1.root.json');
  const store = new OpenStore();
  simulator.publishTargets();
  const earlier = simulator.save();
  simulator.publishTargets();
  simulator.publishTargets();
  await clientOf(simulator, store, first).client.refresh();
  const oldKeys = [...(simulator.keys.get('root') ?? [])];
  simulator.rotate('root', 'replaced');
  simulator.publishRoot();
  const pinned = simulator.bytes('metadata/3.root.json');
  const replay = (): void => {
    for (const [path, answer] of earlier) if (path === 'metadata/timestamp.json') simulator.serve(path, answer);
  };
  const { signed } = JSON.parse(Buffer.from(first).toString());
  const forge = (): void =>
    simulator.serve('metadata/2.root.json', simulator.signed({ ...signed, version: 2 }, oldKeys));
  return { simulator, store, pinned, replay, forge };
}

it('[A-18] root keys that were rotated away cannot make a client with a newer pinned root forget its baseline', async () => {
  const { simulator, store, pinned, replay, forge } = await leaked();
  replay();
  forge();
  const { client, events } = clientOf(simulator, store, pinned);
  const { evidence } = await refusal(client.refresh(), 'ERR_TUF_ROLLBACK');
  expect(evidence).toMatchObject({ role: 'timestamp', trustedVersion: 4, version: 2 });
  expect(events.map(({ type }) => type)).not.toContain('re-rooted');
  expect(store.version('timestamp')).toBe(4);
});

it('[A-18] nor can they keep it from what is newer', async () => {
  const { simulator, store, pinned, forge } = await leaked();
  simulator.publishTargets();
  forge();
  const { client } = clientOf(simulator, store, pinned);
  expect(await client.refresh()).toMatchObject({ root: 3, timestamp: 5 });
  expect(store.version('root')).toBe(3);
});
