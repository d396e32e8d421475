/**
 * What every place to publish to owes those who publish: the contract of `Backend`, as checks.
 *
 * A check is a name and a function that rejects where the contract is broken, so any test runner runs them:
 *
 * ```ts
 * for (const { name, run } of backendContract(openMine)) it(name, run);
 * ```
 *
 * Each check opens a place of its own, empty, and ends it.
 *
 * @module
 */
import type { Backend, HeadStore } from '../repository/ports.ts';
import { type Publication, type PublicationStep, publish } from '../repository/publish.ts';
import {
  BrokenContract,
  bytesContent,
  bytesOf,
  collect,
  content,
  cutContent,
  expect,
  expectBytes,
  expectCode,
  expectConflict,
  expectText,
  failingContent,
  large,
  rejection,
  text,
  utf8,
} from './contract-proof.ts';

/** A backend under test, with nothing in it. */
export interface BackendUnderTest {
  readonly backend: Backend;
  /** The same place, opened as another publisher on this machine opens it. */
  readonly other: Backend;
  /** Removes it. */
  readonly end?: (() => void | Promise<void>) | undefined;
}

/** One thing that a backend has to do. */
export interface ContractCheck {
  /** In words, without the backend: `a file is written once`. */
  readonly name: string;
  /** Rejects with {@link BrokenContract}, or with what the backend threw at a wrong time. */
  readonly run: () => Promise<void>;
}

type Check = (under: BackendUnderTest) => Promise<void>;

/**
 * The checks of the contract of {@link Backend}.
 *
 * @param open gives an empty place, a new one at each call.
 */
export function backendContract(open: () => BackendUnderTest | Promise<BackendUnderTest>): readonly ContractCheck[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const under = await open();
      try {
        await check(under);
      } finally {
        await under.end?.();
      }
    },
  }));
}

const checks: Readonly<Record<string, Check>> = {
  'there is nothing at first': async ({ backend }) => {
    for (const files of [backend.metadata, backend.targets]) {
      expectText(await files.read('1.root.json', 100), undefined, 'read of a file that is not there');
      expect((await files.open('a/b/c')) === undefined, 'open of a file that is not there gave something');
    }
    expectText(await backend.head.read(), undefined, 'the head of an empty place');
  },

  'a file is whole, for everybody, once it is put': async ({ backend, other }) => {
    for (const bytes of [text(''), text('one'), large(300_001)]) {
      for (const size of [1000, 65_536, 1 << 20]) {
        const name = `a/b/${bytes.length}-${size}`;
        const result = await backend.targets.put(name, cutContent(bytes, size));
        expect(result === 'written', `put of a new file gave ${JSON.stringify(result)}`);
        expectBytes(await other.targets.read(name, bytes.length), bytes, `read of ${name}`);
        expectBytes(await collect(other.targets, name), bytes, `open of ${name}`);
      }
    }
  },

  'the two bases are apart': async ({ backend }) => {
    await backend.metadata.put('same', content('metadata'));
    await backend.targets.put('same', content('targets'));
    expectText(await backend.metadata.read('same', 100), 'metadata', 'read of a name that targets has too');
    expectText(await backend.targets.read('same', 100), 'targets', 'read of a name that metadata has too');
  },

  'a file is written once: the same bytes are fine, others are a conflict and stay away': async ({
    backend,
    other,
  }) => {
    await backend.metadata.put('1.a.json', content('first'));
    const again = await other.metadata.put('1.a.json', cutContent(text('first'), 2));
    expect(again === 'there', `put of the same bytes gave ${JSON.stringify(again)}`);
    for (const bytes of ['other', 'firs', 'first ', '']) {
      const putting = other.metadata.put('1.a.json', content(bytes));
      await expectCode(putting, 'ERR_TUF_CONFLICT', 'put of other bytes');
      expectText(await backend.metadata.read('1.a.json', 100), 'first', 'what was put first');
    }
  },

  'of many that put one name at once, one wins and the others are told': async ({ backend, other }) => {
    const put = (n: number) => (n % 2 === 0 ? backend : other).targets.put('d/e', content(`writer ${n}`));
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => put(n)));
    const winners = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    expect(winners.length === 1, `${winners.length} of 8 put different bytes under one name`);
    expectText(await backend.targets.read('d/e', 100), `writer ${winners[0]}`, 'what the winner wrote');
    for (const result of results) if (result.status === 'rejected') expectConflict(result.reason, 'a put that lost');
  },

  'a source that fails leaves nothing, and what it threw is thrown': async ({ backend, other }) => {
    const failure = new TypeError('the source failed');
    for (const write of ['put', 'replace'] as const) {
      const thrown = await rejection(backend.targets[write]('x/y', failingContent(failure)));
      expect(thrown === failure, `${write} threw ${String(thrown)}, not what the source threw`);
      expect((await other.targets.open('x/y')) === undefined, `${write} left a file of a source that failed`);
    }
    await backend.targets.put('x/y', content('whole'));
    await rejection(backend.targets.replace('x/y', failingContent(failure)));
    expectText(await other.targets.read('x/y', 100), 'whole', 'what a failed replace was to replace');
  },

  'a file can be replaced, and a reader has the old bytes or the new ones': async ({ backend, other }) => {
    const versions = Array.from({ length: 10 }, (_, n) => new Uint8Array(200_000 + n).fill(n));
    await backend.metadata.replace('targets.json', bytesContent(versions[0] as Uint8Array));
    let done = false;
    const reading = (async () => {
      while (!done) {
        const bytes = await other.metadata.read('targets.json', 1 << 20);
        const first = bytes?.[0] ?? -1;
        const isWhole = bytes?.length === 200_000 + first && bytes.every((byte) => byte === first);
        expect(isWhole, 'a reader had something of two versions');
      }
    })();
    try {
      for (const bytes of versions) await backend.metadata.replace('targets.json', bytesContent(bytes));
    } finally {
      done = true;
    }
    await reading;
    expectBytes(await other.metadata.read('targets.json', 1 << 20), versions[9], 'what was written last');
  },

  'more than bytesMax is refused, and exactly so much is not': async ({ backend }) => {
    await backend.metadata.put('a', content('four'));
    expectText(await backend.metadata.read('a', 4), 'four', 'a file of exactly bytesMax');
    for (const bytesMax of [3, 0])
      await expectCode(backend.metadata.read('a', bytesMax), 'ERR_TUF_STORE', `read with bytesMax ${bytesMax}`);
    expectText(await backend.metadata.read('b', 0), undefined, 'a file that is not there, whatever bytesMax');
  },

  'what is no name is refused, and nothing is written': async ({ backend }) => {
    for (const files of [backend.metadata, backend.targets]) {
      for (const name of notNames) {
        const thrown = await rejection(files.put(name, content('x')));
        expect(thrown instanceof TypeError, `put of ${JSON.stringify(name)} threw ${String(thrown)}, no TypeError`);
        await rejection(files.replace(name, content('x')));
        await rejection(files.read(name, 100));
        await rejection(files.open(name));
      }
    }
    expectText(await backend.head.read(), undefined, 'the head after writes of what is no name');
  },

  'names are kept apart': async ({ backend, other }) => {
    const written: string[] = [];
    for (const name of names) {
      // A file system that takes two names for one says so, in place of mixing them up.
      const thrown = await backend.targets.put(name, content(`the file ${name}`)).then(
        () => written.push(name) < 0,
        (error: unknown) => error,
      );
      if (thrown !== false) expectConflict(thrown, `put of ${JSON.stringify(name)}`);
    }
    for (const name of written)
      expectText(await other.targets.read(name, 1000), `the file ${name}`, JSON.stringify(name));
    expect(written.length > names.length / 2, 'most names are taken for one another');
  },

  'a reader may leave at any time': async ({ backend }) => {
    await backend.targets.put('big', bytesContent(large(500_000)));
    for (let n = 0; n < 20; n += 1) {
      const before = (await backend.targets.open('big')) as AsyncIterable<Uint8Array>;
      await before[Symbol.asyncIterator]().return?.();
      for await (const _ of (await backend.targets.open('big')) as AsyncIterable<Uint8Array>) break;
    }
    expectBytes(await collect(backend.targets, 'big'), large(500_000), 'the file after many that left');
  },

  'nobody reaches into what is kept': async ({ backend }) => {
    const given = text('kept');
    await backend.metadata.put('a', bytesContent(given));
    await backend.head.replace(undefined, given);
    given.fill(0);
    for (const read of [() => backend.metadata.read('a', 100), () => backend.head.read()]) {
      const found = await read();
      expectText(found, 'kept', 'what was changed after it was written');
      found?.fill(0);
      expectText(await read(), 'kept', 'what was changed after it was read');
    }
  },

  'the head is timestamp.json, and is replaced by who read it last': async ({ backend, other }) => {
    await expectCode(backend.head.replace(text('0'), text('1')), 'ERR_TUF_CONFLICT', 'replace where no head is');
    await backend.head.replace(undefined, text('1'));
    for (const expected of [undefined, text('0'), text(''), text('11')]) {
      const replacing = other.head.replace(expected, text('x'));
      await expectCode(replacing, 'ERR_TUF_CONFLICT', 'replace of a head that was not read');
    }
    await other.head.replace(text('1'), text('2'));
    expectText(await backend.head.read(), '2', 'the head');
    expectText(await backend.metadata.read('timestamp.json', 100), '2', 'the head, read as clients do');
    await backend.head.replace(text('2'), text('3'));
    expectText(await other.head.read(), '3', 'the head');
  },

  'of many that replace the head at once, one wins and the others are told': async ({ backend, other }) => {
    for (const expected of [undefined, text('first')]) {
      if (expected !== undefined) await backend.head.replace((await backend.head.read()) as Uint8Array, expected);
      const race = Array.from({ length: 6 }, (_, n) =>
        (n % 2 === 0 ? backend : other).head.replace(expected, text(`writer ${n}`)),
      );
      const results = await Promise.allSettled(race);
      const winners = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
      expect(winners.length === 1, `${winners.length} of 6 replaced the same head`);
      expectText(await backend.head.read(), `writer ${winners[0]}`, 'the head of the winner');
      for (const result of results)
        if (result.status === 'rejected') expectConflict(result.reason, 'a replace that lost');
    }
  },

  'no turn at the head is lost': async ({ backend, other }) => {
    await backend.head.replace(undefined, text('0'));
    const turn = async ({ head }: { readonly head: HeadStore }): Promise<void> => {
      for (let tries = 0; tries < 200; tries += 1) {
        const found = (await head.read()) as Uint8Array;
        const thrown = await head.replace(found, text(`${Number(utf8.decode(found)) + 1}`)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (thrown === undefined) return;
        expectConflict(thrown, 'a replace that lost');
      }
      throw new BrokenContract('somebody never had a turn');
    };
    await Promise.all([backend, other, backend, other].map(turn));
    expectText(await backend.head.read(), '4', 'the head after four turns');
  },

  'what is listed is what is there, and can be removed, where the place can': async ({ backend, other }) => {
    const { targets } = backend;
    if (targets.list === undefined || targets.remove === undefined) return;
    for (const name of ['a', 'b/c/d', 'b/e']) await targets.put(name, content(name));
    await backend.head.replace(undefined, text('head'));
    expectNames(await namesIn(targets.list()), ['a', 'b/c/d', 'b/e']);
    await targets.remove(['b/c/d', 'a', 'never there']);
    await backend.settle?.();
    if (other.targets.list !== undefined) expectNames(await namesIn(other.targets.list()), ['b/e']);
    expectText(await other.targets.read('a', 100), undefined, 'a file that was removed');
    await other.targets.put('a', content('again'));
    expectText(await targets.read('a', 100), 'again', 'a file that was put again');
  },

  'a publication is the same when it is repeated': async ({ backend, other }) => {
    const first = publicationOf(undefined, 'one');
    for (const each of [backend, other, backend]) await publish(first, each);
    const second = publicationOf(first.head, 'two');
    await publish(second, other);
    await publish(second, backend);
    await expectCode(publish(first, backend), 'ERR_TUF_CONFLICT', 'a publication that goes back');
    for (const { store, name, content: each } of [...second.beforeHead, ...second.afterHead])
      expectBytes(await other[store].read(name, 1000), await bytesOf(each), `${store}/${name}`);
    expectBytes(await other.head.read(), second.head, 'the head');
  },

  'of two publications on one head, one is whole and the other is told': async ({ backend, other }) => {
    const first = publicationOf(undefined, 'first');
    await publish(first, backend);
    const rivals = ['left', 'right'].map((name) => publicationOf(first.head, name));
    const results = await Promise.allSettled(rivals.map((each, n) => publish(each, [backend, other][n] as Backend)));
    const winners = rivals.filter((_, n) => results[n]?.status === 'fulfilled');
    expect(winners.length === 1, `${winners.length} of 2 publications on one head were published`);
    for (const result of results) if (result.status === 'rejected') expectConflict(result.reason, 'the other one');
    expectBytes(await backend.head.read(), winners[0]?.head, 'the head');
  },
};

async function namesIn(list: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const name of list) found.push(name);
  return found;
}

function expectNames(found: readonly string[], expected: readonly string[]): void {
  expect([...found].sort().join() === expected.join(), `the list is ${found.join()}, not ${expected.join()}`);
}

/** Names that a repository may have; some systems take two of them for one. */
const names = [
  '1.root.json',
  '10.root.json',
  'a/b/c',
  'a/b/d',
  'a/B/d',
  'A',
  'a%2Fb',
  '%2e%2e',
  'a b',
  'a+b',
  'a#b?c',
  'ü',
  'u\u0308',
  '猫/猫.txt',
  '-',
  '--help',
  '.hidden',
  '__proto__',
  'constructor',
  `${'x'.repeat(200)}.json`,
];

const notNames = ['', '/', '/x', 'x/', '.', '..', './a', 'a/.', '../x', 'a/../../x', 'a//b', 'a\\b', 'a\0b'];

/** A publication of one file of each kind; what it says is no metadata, which no backend reads. */
function publicationOf(base: Uint8Array | undefined, name: string): Publication {
  const step = (store: 'metadata' | 'targets', file: string): PublicationStep => ({
    store,
    write: 'put',
    name: file,
    content: content(`${file} of ${name}`),
    target: undefined,
  });
  return {
    base,
    beforeHead: [step('targets', `files/${name}.bin`), step('metadata', `${name}.targets.json`)],
    head: text(`the head of ${name}`),
    afterHead: [step('metadata', `${name}.root.json`)],
    required: [],
    root: text(''),
  };
}
