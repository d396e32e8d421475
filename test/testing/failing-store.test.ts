import { describe, expect, it } from 'vitest';
import { Client, memoryStore } from '../../src/index.node.ts';
import { failingStore, type StoreFaults, storeContract, TestClock, TestRepository } from '../../src/testing/index.ts';

describe('a store that fails', () => {
  for (const { name, run } of storeContract(() => ({ store: failingStore(memoryStore(), {}) }))) {
    it(`keeps the contract where nothing is to fail: ${name}`, run);
  }

  it.each([1, 2, 3, 4])(
    'has no space from write %i on: the client says so, and goes on when it is repaired',
    async (write) => {
      const repository = await TestRepository.create({ seed: 'disk', targets: { a: 'b' } });
      const store = failingStore(memoryStore(), { write });
      const client = new Client(repository.clientOptions({ store }));
      await expect(client.refresh()).rejects.toMatchObject({ code: 'ERR_TUF_STORE', evidence: { operation: 'write' } });
      expect(store.calls.write).toBe(write);
      store.repair();
      expect(await client.refresh()).toMatchObject(repository.versions);
    },
  );

  it.each(['read', 'write', 'remove', 'clear', 'exclusive'] as const)(
    'fails in %s, by its count',
    async (operation) => {
      const inner = memoryStore();
      const store = failingStore(inner, { [operation]: 2 });
      const works = {
        read: () => store.read('root.json', 9),
        write: () => store.write('root.json', new Uint8Array([store.calls.write])),
        remove: () => store.remove('root.json'),
        clear: () => store.clear(),
        exclusive: () => store.exclusive(async () => 'in'),
      };
      for (const [name, work] of Object.entries(works)) if (name !== operation) await work();
      await works[operation]();
      const before = await inner.read('root.json', 9);
      for (let n = 0; n < 2; n++) {
        await expect(works[operation]()).rejects.toMatchObject({ code: 'ERR_TUF_STORE', evidence: { operation } });
      }
      expect(await inner.read('root.json', 9)).toEqual(before);
      expect(store.calls[operation]).toBe(3);
      store.repair();
      await works[operation]();
    },
  );

  it('refuses counts and operations that are none', () => {
    for (const faults of [{ write: 0 }, { read: 1.5 }, { remove: -1 }, { delete: 1 }, { toString: 1 }]) {
      expect(() => failingStore(memoryStore(), faults as StoreFaults)).toThrow(TypeError);
    }
  });
});

describe('a test clock', () => {
  it('stands still until it is moved', () => {
    const clock = new TestClock(new Date(1000));
    const { now } = clock;
    now().setFullYear(1999);
    expect(now().getTime()).toBe(1000);
    clock.advance({ days: 1, hours: 1, minutes: 1, seconds: 1.5 });
    expect(now().getTime()).toBe(1000 + 86_400_000 + 3_600_000 + 60_000 + 1500);
    clock.advance({ hours: -1 });
    clock.set(new Date(5));
    expect(now().getTime()).toBe(5);
  });

  it('shows no date that is none', () => {
    const clock = new TestClock(new Date(0));
    expect(() => new TestClock(new Date(Number.NaN))).toThrow(TypeError);
    expect(() => clock.set(new Date(Number.NaN))).toThrow(TypeError);
    expect(() => clock.advance({ days: Number.POSITIVE_INFINITY })).toThrow(TypeError);
    expect(() => clock.advance({ days: 1e12 })).toThrow(TypeError);
    expect(clock.now().getTime()).toBe(0);
  });
});
