/** What every store owes the client. A backend's test is one call of {@link describeStore}. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/client/ports.ts';

/** A backend under test, empty. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another store on the same files, as another client would open it; absent where there is no such thing. */
  readonly other?: Store;
  readonly end?: () => void | Promise<void>;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = async (store: Store, name: string): Promise<string | undefined> => {
  const bytes = await store.read(name, 1 << 20);
  return bytes && new TextDecoder().decode(bytes);
};

const names = [
  'root.json',
  'timestamp.json',
  'update-state',
  'root_history/12.root.json',
  '%52ole.json',
  'role.json',
  '%.json',
  'a%2Fb.json',
  '%2E.%2Foutside.json',
  '%C3%A9.json',
  'e%CC%81.json',
  '%63on.json',
  `%sha256-${'0'.repeat(64)}.json`,
  `${'x'.repeat(250)}.json`,
  '-.json',
  '__proto__.json',
  'constructor',
  '__proto__',
];

const notNames = [
  '',
  '.',
  '..',
  '/',
  '/root.json',
  'root.json/',
  '../root.json',
  './root.json',
  'a/../root.json',
  'a//root.json',
  'a/b/root.json',
  '.lock',
  '.hidden.json',
  'a/.hidden.json',
  'root.json.',
  'root.',
  'Root.json',
  'a b.json',
  'a\\b.json',
  'a\0.json',
  'a\n.json',
  'é.json',
  'a:b.json',
  'C:root.json',
  'root.json~',
  'root.txt',
  'a/root.txt',
  `${'x'.repeat(251)}.json`,
];

/** The contract of `Store` in `src/client/ports.ts`. */
export function describeStore(title: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${title} keeps the contract of a store:`, () => {
    let made: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      made = await open();
      store = made.store;
    });
    afterEach(() => made.end?.());

    it('has nothing at first', async () => {
      expect(await store.read('root.json', 1000)).toBeUndefined();
      expect(await store.read('root_history/1.root.json', 1000)).toBeUndefined();
      await store.remove('root.json');
      await store.remove('root_history/1.root.json');
      await store.clear();
    });

    it('gives what was written last', async () => {
      await store.write('root.json', text('one'));
      await store.write('root.json', text('two, longer'));
      await store.write('root.json', text('3'));
      expect(await read(store, 'root.json')).toBe('3');
      expect(await read(made.other ?? store, 'root.json')).toBe('3');
    });

    it('[A-39] keeps every name that the encoder makes apart', async () => {
      for (const name of names) await store.write(name, text(name));
      for (const name of names) expect(await read(store, name)).toBe(name);
      for (const name of names) {
        await store.remove(name);
        expect(await store.read(name, 1000)).toBeUndefined();
      }
    });

    it.each(notNames)('[A-39] refuses the name %j', async (name) => {
      await expect(store.read(name, 1000)).rejects.toThrow(TypeError);
      await expect(store.write(name, text('x'))).rejects.toThrow(TypeError);
      await expect(store.remove(name)).rejects.toThrow(TypeError);
    });

    it('gives nothing above bytesMax', async () => {
      await store.write('root.json', text('12345'));
      expect(await store.read('root.json', 5)).toEqual(text('12345'));
      expect(await store.read('root.json', 4)).toBeUndefined();
      expect(await store.read('root.json', 0)).toBeUndefined();
      await store.write('root.json', text(''));
      expect(await store.read('root.json', 0)).toEqual(text(''));
    });

    it('keeps any bytes as they are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
          await store.write('root.json', bytes);
          expect(await store.read('root.json', 5000)).toEqual(new Uint8Array(bytes));
        }),
        { numRuns: 30 },
      );
    });

    it('[A-70] [T41] shares no memory with those who write and read', async () => {
      const given = text('given');
      const view = new Uint8Array(given.buffer, 1, 3);
      await store.write('root.json', view);
      given.fill(0);
      const first = (await store.read('root.json', 100)) as Uint8Array;
      expect(first).toEqual(text('ive'));
      expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
      expect(first.buffer.byteLength).toBe(3);
      first.fill(0);
      expect(await read(store, 'root.json')).toBe('ive');
    });

    it('forgets everything that it wrote, and works on', async () => {
      for (const name of names) await store.write(name, text(name));
      await store.clear();
      for (const name of names) expect(await store.read(name, 1000)).toBeUndefined();
      await store.write('root_history/1.root.json', text('again'));
      expect(await read(store, 'root_history/1.root.json')).toBe('again');
    });

    it('gives a reader the old bytes or the new ones', async () => {
      const versions = Array.from({ length: 20 }, (_, i) => new Uint8Array(100_000 + i).fill(i));
      await store.write('root.json', versions[0] as Uint8Array);
      let done = false;
      const reading = (async () => {
        while (!done) {
          const bytes = (await (made.other ?? store).read('root.json', 1 << 20)) as Uint8Array;
          expect(bytes.length).toBe(100_000 + (bytes[0] as number));
          expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      for (const bytes of versions) await store.write('root.json', bytes);
      done = true;
      await reading;
    });

    it('takes the last of writes that overlap, whole', async () => {
      const all = Array.from({ length: 10 }, (_, i) => text(String(i).repeat(10_000)));
      await Promise.all(all.map((bytes) => store.write('root.json', bytes)));
      expect(all.map((bytes) => new TextDecoder().decode(bytes))).toContain(await read(store, 'root.json'));
    });

    it('runs exclusive work alone, in turn, whichever store asks', async () => {
      let running = 0;
      const order: number[] = [];
      const work = (i: number) => async () => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 2));
        order.push(i);
        running--;
        return i;
      };
      const stores = [store, made.other ?? store];
      const all = Array.from({ length: 10 }, (_, i) => (stores[i % 2] as Store).exclusive(work(i)));
      expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(order.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('loses no update of exclusive work', async () => {
      const increment = (each: Store) =>
        each.exclusive(async () => {
          const count = Number((await read(each, 'update-state')) ?? '0');
          await each.write('update-state', text(String(count + 1)));
        });
      await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 ? store : (made.other ?? store))));
      expect(await read(store, 'update-state')).toBe('20');
    });

    it('passes on what exclusive work throws, and lets the next in', async () => {
      const failure = new RangeError('mine');
      await expect(store.exclusive(() => Promise.reject(failure))).rejects.toBe(failure);
      const thrown = () => {
        throw failure;
      };
      await expect(store.exclusive(thrown)).rejects.toBe(failure);
      expect(await store.exclusive(async () => 'next')).toBe('next');
    });

    it('ends a wait for exclusive work on an abort, and nobody waits for those that went', async () => {
      let open!: () => void;
      let begun!: () => void;
      const started = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const first = store.exclusive(() => {
        begun();
        return new Promise<void>((resolve) => {
          open = resolve;
        });
      });
      await started;
      const abort = new AbortController();
      const waiting = [store, made.other ?? store].map((each) =>
        expect(each.exclusive(() => Promise.reject(new RangeError('never run')), abort.signal)).rejects.toBe('enough'),
      );
      const last = (made.other ?? store).exclusive(async () => 'last');
      abort.abort('enough');
      await Promise.all(waiting);
      open();
      await first;
      expect(await last).toBe('last');
      await expect(store.exclusive(async () => 1, AbortSignal.abort('before'))).rejects.toBe('before');
    });
  });
}
