/** Corners of bundles: what honest ones have to be taken for, and what others must not. */
import { describe, expect, it } from 'vitest';
import { createOn } from '../../src/bundle/create.ts';
import { headerOf, padded } from '../../src/bundle/tar.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { TestRepository } from '../../src/testing/repository.ts';
import { bundleOf, joined, newRepository, type Part, partsOf, placeOf, verify } from './bundled.ts';

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'accepted',
    (e: { code?: unknown; message?: string }) => e.code ?? String(e),
  );

function part(name: string, content: Uint8Array): Part {
  const header = headerOf(name, content.length);
  const blocks = new Uint8Array(header.length + padded(content.length));
  blocks.set(header);
  blocks.set(content, header.length);
  return { name, blocks, content };
}

describe('a bundle', () => {
  it('of all targets passes where a role lists nothing', async () => {
    const repository = await TestRepository.create({
      seed: 'x',
      targets: { 'a.txt': 'a' },
      delegations: { empty: { paths: ['none/*'] } },
    });
    expect(await outcome(bundleOf(repository, 'all').then((b) => verify(b, repository)))).toBe('accepted');
  });
  it('of all targets passes where what a role lists is found elsewhere', async () => {
    const repository = await TestRepository.create({
      seed: 'x',
      targets: { 'a.txt': 'a' },
      delegations: { stray: { paths: ['none/*'], targets: { 'none/x': 'x' } } },
    });
    await repository.publish({ targets: { 'none/x': 'mine' } });
    expect(await outcome(bundleOf(repository, 'all').then((b) => verify(b, repository)))).toBe('accepted');
  });
  it('that is incremental leaves files out that have not changed', async () => {
    const repository = await newRepository();
    const old = await bundleOf(repository, ['app.txt', 'plugins/p.txt']);
    await repository.publish({ targets: { 'app.txt': 'release 2' } });
    const next = await bundleOf(repository, ['app.txt', 'plugins/p.txt'], { since: old });
    const store = memoryStore();
    await verify(old, repository, { store });
    expect(await outcome(verify(next, repository, { store }))).toBe('accepted');
  });
  it('that is incremental passes where nothing is new', async () => {
    const repository = await newRepository();
    const old = await bundleOf(repository, ['app.txt']);
    const next = await bundleOf(repository, ['app.txt'], { since: old, files: false });
    const store = memoryStore();
    await verify(old, repository, { store });
    expect(await outcome(verify(next, repository, { store }))).toBe('accepted');
  });
  it('is refused with a root before the pinned one that does not lead to it', async () => {
    const repository = await newRepository();
    await repository.publish({ rotate: ['root'] });
    const other = await newRepository('other');
    const all = await partsOf(await bundleOf(repository, ['app.txt']));
    const swapped = all.map((p) =>
      p.name === 'metadata/1.root.json' ? part(p.name, other.published('metadata/1.root.json') as Uint8Array) : p,
    );
    const root = repository.published('metadata/2.root.json') as Uint8Array;
    expect(await outcome(verify(joined(swapped), repository, { root }))).not.toBe('accepted');
  });
  it('is refused with a root in another spelling', async () => {
    const repository = await newRepository();
    const all = await partsOf(await bundleOf(repository, ['app.txt']));
    const more = [...all, part('metadata/001.root.json', repository.root)];
    expect(await outcome(verify(joined(more), repository))).toBe('ERR_TUF_BUNDLE_EXTRA');
  });
  it('is refused with what the store has, under another name', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['app.txt']);
    const store = memoryStore();
    await verify(bundle, repository, { store });
    const all = await partsOf(bundle);
    const ts = repository.published('metadata/timestamp.json') as Uint8Array;
    expect(await outcome(verify(joined([...all, part('targets/evil', ts)]), repository, { store }))).toBe(
      'ERR_TUF_BUNDLE_EXTRA',
    );
  });
  it('is refused with what the store had before', async () => {
    const repository = await newRepository();
    const old = await bundleOf(repository, ['app.txt']);
    const store = memoryStore();
    await verify(old, repository, { store });
    await repository.publish({ targets: { 'app.txt': '2' } });
    const all = await partsOf(await bundleOf(repository, ['app.txt']));
    const stale = (await partsOf(old)).find((p) => p.name === 'metadata/2.snapshot.json') as Part;
    expect(await outcome(verify(joined([...all, stale]), repository, { store }))).toBe('ERR_TUF_BUNDLE_EXTRA');
  });
  it('is too old for a role that it says nothing of', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['app.txt']);
    expect(await outcome(verify(bundle, repository, { maxAgeMs: { timestmap: 1 } }))).not.toBe('accepted');
  });
  it('shows the roles that a search visits and does not find in', async () => {
    const repository = await newRepository();
    const { links } = await verify(await bundleOf(repository, ['plugins/p.txt']), repository);
    expect(links.map(({ role }) => role)).toContain('first');
    const none = await verify(await bundleOf(repository, ['plugins/none.txt']), repository);
    expect(none.links.map(({ role }) => role)).toContain('second');
  });
  it('need not be taken to its end', async () => {
    const repository = await newRepository();
    const pieces = createOn(
      {
        ...{
          root: repository.root,
          transport: placeOf(repository),
          targets: 'all',
          files: true,
          now: repository.clock.now,
        },
      },
      nodeCrypto(),
    );
    let count = 0;
    for await (const piece of pieces) {
      count += piece.length;
      if (count > 20_000) break;
    }
    expect(count).toBeGreaterThan(0);
  });
  it('is not made where no reader would take it', async () => {
    const delegations = {
      One: { paths: ['t/*'], targets: { 't/x': 'x' } },
      one: { paths: ['u/*'], targets: { 'u/x': 'x' } },
    };
    const repository = await TestRepository.create({ seed: 'n', targets: { 'a.txt': 'a' }, delegations });
    expect(await outcome(bundleOf(repository, 'all'))).toBe('ERR_TUF_BUNDLE_DUPLICATE');
  });
  it('says so where it cannot be read, or has become shorter', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['app.txt']);
    let reads = 0;
    const failing = {
      size: bundle.size,
      slice: (a: number, b: number) => ({
        arrayBuffer: async () => {
          if (++reads > 6) throw new DOMException('gone', 'NotReadableError');
          return bundle.slice(a, b).arrayBuffer();
        },
      }),
    };
    expect.soft(await outcome(verify(failing as never, repository))).toMatch(/^ERR_TUF/);
    const short = { size: bundle.size, slice: () => ({ arrayBuffer: async () => new ArrayBuffer(0) }) };
    expect.soft(await outcome(verify(short as never, repository))).toMatch(/^ERR_TUF/);
  });
  it('is kept in the order of an update', async () => {
    const repository = await newRepository();
    await repository.publish({ rotate: ['root'] });
    const bundle = await bundleOf(repository, ['app.txt']);
    const store = memoryStore();
    const names: string[] = [];
    const write = store.write.bind(store);
    store.write = (n, b, r) => {
      names.push(n);
      return write(n, b, r);
    };
    await verify(bundle, repository, { store });
    expect.soft(names.lastIndexOf('root.json')).toBeGreaterThan(names.indexOf('root_history/2.root.json'));
    expect.soft(names.lastIndexOf('update-state')).toBeGreaterThan(names.indexOf('targets.json'));
  });
});
