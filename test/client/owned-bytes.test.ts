import { expect, it } from 'vitest';
import { clientOf, OpenStore } from '../simulator/harness.ts';
import { Simulator } from '../simulator/simulator.ts';

/** Keeps what it is given, and then changes the bytes that it was given. */
class ScribblingStore extends OpenStore {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    await super.write(name, bytes);
    bytes.fill(0x20);
  }
}

it('[A-70] a store cannot change what the client trusts, the pinned root among it', async () => {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.addTarget(simulator.targets, 'f', 'content');
  simulator.publishTargets();
  const store = new ScribblingStore();
  const { client } = clientOf(simulator, store, pinned);
  expect(await client.refresh()).toMatchObject({ changed: true });
  store.files.clear();
  expect(await client.refresh()).toMatchObject({ changed: true, root: 1 });
  expect((await client.find('f'))?.path).toBe('f');
});
