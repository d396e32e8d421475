/**
 * What every store owes the client: the contract of `Store`, as checks for any test runner on any runtime:
 *
 * ```ts
 * for (const { name, run } of storeContract(openMine)) it(name, run);
 * ```
 *
 * Each check opens a store of its own, empty, and ends it.
 *
 * @module
 */
import type { Store } from '../client/ports.ts';
import type { ContractCheck } from './backend-contract.ts';
import { expect, expectBytes, expectText, rejection, text } from './contract-proof.ts';

/** A store under test, with nothing in it. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another store on the same files, as another client opens it; absent where there is no such thing. */
  readonly other?: Store | undefined;
  /** Removes it. */
  readonly end?: (() => void | Promise<void>) | undefined;
}

/** A store, and the same place as another client sees it: the store itself where there is no other. */
interface Opened {
  readonly store: Store;
  readonly other: Store;
}

/**
 * The checks of the contract of {@link Store}.
 *
 * @param open gives an empty store, a new one at each call.
 * @spec
 */
export function storeContract(open: () => StoreUnderTest | Promise<StoreUnderTest>): readonly ContractCheck[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const { store, other = store, end } = await open();
      try {
        await check({ store, other });
      } finally {
        await end?.();
      }
    },
  }));
}

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

const checks: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
  'has nothing at first': async ({ store }) => {
    expectBytes(await store.read('root.json', 1000), undefined, 'a file of an empty store');
    expectBytes(await store.read('root_history/1.root.json', 1000), undefined, 'a file of an empty store');
    await store.remove('root.json');
    await store.remove('root_history/1.root.json');
    await store.clear();
  },

  'gives what was written last, also to another client': async ({ store, other }) => {
    for (const value of ['one', 'two, longer', '3']) {
      await store.write('root.json', text(value));
      expectText(await store.read('root.json', 1000), value, 'what was written');
      expectText(await other.read('root.json', 1000), value, 'what the other client reads');
    }
  },

  'keeps every name that the encoder makes apart': async ({ store }) => {
    for (const name of names) await store.write(name, text(name));
    for (const name of names) expectText(await store.read(name, 1000), name, name);
    for (const name of names) {
      await store.remove(name);
      expectBytes(await store.read(name, 1000), undefined, `${name}, which was removed`);
    }
  },

  'refuses every other name': async ({ store }) => {
    for (const name of notNames) {
      const works = [() => store.read(name, 1000), () => store.write(name, text('x')), () => store.remove(name)];
      for (const work of works) {
        const thrown = await rejection((async () => void (await work()))());
        expect(thrown instanceof TypeError, `${JSON.stringify(name)} threw ${String(thrown)}, not a TypeError`);
      }
    }
  },

  'gives nothing above bytesMax': async ({ store }) => {
    await store.write('root.json', text('12345'));
    expectText(await store.read('root.json', 5), '12345', 'a file of bytesMax bytes');
    expectBytes(await store.read('root.json', 4), undefined, 'a file above bytesMax');
    expectBytes(await store.read('root.json', 0), undefined, 'a file above bytesMax');
    await store.write('root.json', text(''));
    expectText(await store.read('root.json', 0), '', 'an empty file');
  },

  'keeps any bytes as they are': async ({ store }) => {
    const all = Uint8Array.from({ length: 70_000 }, (_, n) => (n * 31 + (n >> 8)) & 255);
    for (const length of [0, 1, 255, 256, 65_535, 65_536, 70_000]) {
      await store.write('root.json', all.subarray(0, length));
      expectBytes(await store.read('root.json', 70_000), all.subarray(0, length), 'what was written');
    }
  },

  'shares no memory with those who write and read': async ({ store }) => {
    const given = text('given');
    await store.write('root.json', new Uint8Array(given.buffer, 1, 3));
    given.fill(0);
    const first = await store.read('root.json', 100);
    expectText(first, 'ive', 'what was written, before the writer changed its memory');
    expect(Object.getPrototypeOf(first) === Uint8Array.prototype, 'what is read is no plain Uint8Array');
    expect(first?.buffer.byteLength === 3, 'what is read is a part of something larger');
    first?.fill(0);
    expectText(await store.read('root.json', 100), 'ive', 'what was read before, and changed by its reader');
  },

  'forgets everything that it wrote, and works on': async ({ store }) => {
    for (const name of names) await store.write(name, text(name));
    await store.clear();
    for (const name of names) expectBytes(await store.read(name, 1000), undefined, `${name} after clear`);
    await store.write('root_history/1.root.json', text('again'));
    expectText(await store.read('root_history/1.root.json', 100), 'again', 'what was written after clear');
  },

  'gives a reader the old bytes or the new ones': async ({ store, other }) => {
    const versions = Array.from({ length: 20 }, (_, n) => new Uint8Array(100_000 + n).fill(n));
    await store.write('root.json', versions[0] as Uint8Array);
    let isDone = false;
    const reading = (async () => {
      while (!isDone) {
        const bytes = (await other.read('root.json', 1 << 20)) as Uint8Array;
        const n = bytes[0] as number;
        expect(bytes.length === 100_000 + n && bytes.every((byte) => byte === n), 'a reader sees a mixture');
        await soon();
      }
    })();
    for (const bytes of versions) await store.write('root.json', bytes);
    isDone = true;
    await reading;
  },

  'takes the last of writes that overlap, whole': async ({ store }) => {
    const all = Array.from({ length: 10 }, (_, n) => text(String(n).repeat(10_000)));
    await Promise.all(all.map((bytes) => store.write('root.json', bytes)));
    const found = new TextDecoder().decode(await store.read('root.json', 1 << 20));
    expect(found.length === 10_000 && /^(\d)\1*$/.test(found), 'writes that overlapped left a mixture');
  },

  'runs exclusive work alone, whichever client asks': async ({ store, other }) => {
    let running = 0;
    const order: number[] = [];
    const work = (n: number) => async () => {
      running += 1;
      expect(running === 1, 'two did exclusive work at the same time');
      await soon();
      order.push(n);
      running -= 1;
      return n;
    };
    const all = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? store : other).exclusive(work(n)));
    const given = await Promise.all(all);
    expect(given.join() === '0,1,2,3,4,5,6,7,8,9', 'exclusive work gave the result of another');
    expect(order.length === 10, `${order.length} of 10 did exclusive work`);
  },

  'loses no update of exclusive work': async ({ store, other }) => {
    const increment = (each: Store) =>
      each.exclusive(async () => {
        const bytes = await each.read('update-state', 100);
        const count = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
        await each.write('update-state', text(String(count + 1)));
      });
    await Promise.all(Array.from({ length: 20 }, (_, n) => increment(n % 2 === 0 ? store : other)));
    expectText(await store.read('update-state', 100), '20', 'a count of twenty updates');
  },

  'passes on what exclusive work throws, and lets the next in': async ({ store }) => {
    const failure = new RangeError('mine');
    const throwing = (): Promise<void> => {
      throw failure;
    };
    for (const work of [() => Promise.reject(failure), throwing]) {
      const thrown = await rejection(store.exclusive(work));
      expect(thrown === failure, `exclusive threw ${String(thrown)}, not what the work threw`);
    }
    expect((await store.exclusive(async () => 'next')) === 'next', 'the next one was not let in');
  },

  'ends a wait for exclusive work on an abort, and nobody waits for those that went': async ({ store, other }) => {
    let open = (): void => {};
    let isOpen = false;
    let begun = (): void => {};
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
    const waiting = [store, other].map(async (each) => {
      const thrown = await rejection(each.exclusive(async () => {}, abort.signal));
      expect(thrown === 'enough', `an abort threw ${String(thrown)}, not its reason`);
      expect(!isOpen, 'an abort waited for the one that was in the way');
    });
    const last = other.exclusive(async () => 'last');
    abort.abort('enough');
    await Promise.all(waiting);
    isOpen = true;
    open();
    await first;
    expect((await last) === 'last', 'the last one was not let in');
    const before = await rejection(store.exclusive(async () => 1, AbortSignal.abort('before')));
    expect(before === 'before', `an abort before threw ${String(before)}, not its reason`);
  },
};

/** After timers and messages had their turn. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
