/** The contract of a store, for vitest, with bytes at random. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StoreUnderTest, storeContract } from '../../src/testing/store-contract.ts';

/** What a check of the contract proves, by its name. */
const tags: Readonly<Record<string, string>> = {
  'keeps every name that the encoder makes apart': '[A-39] ',
  'refuses every other name': '[A-39] ',
  'shares no memory with those who write and read': '[A-70] [T41] ',
};

/** The contract of `Store` in `src/client/ports.ts`. */
export function describeStore(title: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${title} keeps the contract of a store:`, () => {
    for (const { name, run } of storeContract(open)) it(`${tags[name] ?? ''}${name}`, run);

    it('keeps bytes at random as they are', async () => {
      const { store, end } = await open();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
          await store.write('root.json', bytes);
          expect(await store.read('root.json', 5000)).toEqual(new Uint8Array(bytes));
        }),
        { numRuns: 30 },
      );
      await end?.();
    });
  });
}
