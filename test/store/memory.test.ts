import { expect, it } from 'vitest';
import { memoryStore } from '../../src/store/memory.ts';
import { describeStore } from './contract.ts';

describeStore('memoryStore', () => ({ store: memoryStore() }));

it('memoryStore shares nothing with another one', async () => {
  await memoryStore().write('root.json', new Uint8Array(1));
  expect(await memoryStore().read('root.json', 10)).toBeUndefined();
});
