import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { headerOf, padded } from '../../src/bundle/tar.ts';
import type { VerifyBundleOptions } from '../../src/bundle/verify.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { bundleOf, joined, long, newRepository, type Part, partsOf, verify } from './bundled.ts';

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: unknown }) => error.code ?? error,
  );

/** A part with other content. */
function part(name: string, content: Uint8Array): Part {
  const header = headerOf(name, content.length);
  const blocks = new Uint8Array(header.length + padded(content.length));
  blocks.set(header);
  blocks.set(content, header.length);
  return { name, blocks, content };
}

/** What is written to a store. */
function watched() {
  const store = memoryStore();
  const written: string[] = [];
  const write = store.write.bind(store);
  store.write = (name, bytes, refetchable) => {
    written.push(name);
    return write(name, bytes, refetchable);
  };
  return { store, written };
}

describe('a bundle', () => {
  it('has the chain, every role that the search visits, and the file', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['plugins/p.txt']);
    expect((await partsOf(bundle)).map(({ name }) => name)).toEqual([
      'bundle.json',
      'metadata/1.root.json',
      'metadata/timestamp.json',
      ...['metadata/2.snapshot.json', 'metadata/2.targets.json', 'metadata/1.first.json', 'metadata/1.second.json'],
      expect.stringMatching(/^targets\/plugins\/[0-9a-f]{64}\.p\.txt$/),
    ]);
    const { links, targets, newerRoots, client } = await verify(bundle, repository);
    expect(links.map(({ role, version }) => `${role} ${version}`)).toEqual([
      ...['root 1', 'timestamp 2', 'snapshot 2', 'targets 2', 'first 1', 'second 1'],
    ]);
    expect(newerRoots).toBe('unseen');
    const [found] = targets;
    expect(found).toMatchObject({ path: 'plugins/p.txt', target: { role: 'second', length: 6 } });
    expect(Buffer.from(await client.download(found?.target as never)).toString()).toBe('plugin');
  });

  it('is what any tar reads, and a folder to serve', async () => {
    const repository = await newRepository();
    await repository.publish({ rotate: ['root'] });
    const bundle = await bundleOf(repository, 'all');
    const folder = mkdtempSync(join(tmpdir(), 'tufa-bundle-'));
    try {
      const file = join(folder, 'all.tufa');
      writeFileSync(file, new Uint8Array(await bundle.arrayBuffer()));
      const { status, stdout } = spawnSync('tar', ['-tf', file], { encoding: 'utf8' });
      expect([status, stdout.trim().split('\n')]).toEqual([0, (await partsOf(bundle)).map(({ name }) => name)]);
      spawnSync('tar', ['-xf', file, '-C', folder]);
      for (const { name, content } of await partsOf(bundle)) {
        expect(readFileSync(join(folder, name)).equals(content), name).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has all targets, those with long and with no names of ASCII, and empty files', async () => {
    const repository = await newRepository();
    await repository.publish({ targets: { 'größe/ß ☃.txt': 'snow', 'long-name': 'x', 'pax-header': 'y' } });
    const { targets } = await verify(await bundleOf(repository, 'all'), repository);
    const paths = [
      'app.txt',
      'empty.txt',
      'größe/ß ☃.txt',
      'long-name',
      'pax-header',
      long,
      'plugins/other.txt',
      'plugins/p.txt',
    ];
    expect(targets.map(({ path }) => path)).toEqual(paths);
    expect(targets.every(({ target }) => target !== undefined)).toBe(true);
  });

  it('proves that nobody lists a target', async () => {
    const repository = await newRepository();
    const { targets, links } = await verify(await bundleOf(repository, ['plugins/none.txt']), repository);
    expect(targets).toEqual([{ path: 'plugins/none.txt', target: undefined, included: false }]);
    expect(links.map(({ role }) => role)).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it('is the same each time', async () => {
    const repository = await newRepository();
    const [one, two] = [await bundleOf(repository, 'all'), await bundleOf(repository, 'all')];
    expect(Buffer.from(await one.arrayBuffer()).equals(Buffer.from(await two.arrayBuffer()))).toBe(true);
  });

  it('is verified by whoever pinned an earlier root, or a later one that it has', async () => {
    const repository = await newRepository();
    await repository.publish({ rotate: ['root', 'timestamp'] });
    await repository.publish({ rotate: ['root'] });
    const bundle = await bundleOf(repository, ['app.txt']);
    for (const version of [1, 2, 3]) {
      const root = repository.published(`metadata/${version}.root.json`) as Uint8Array;
      const { links } = await verify(bundle, repository, { root });
      expect(links.filter(({ role }) => role === 'root').map((link) => link.version)).toEqual(
        [1, 2, 3].slice(version - 1),
      );
    }
  });
});

describe('verifying asks no network and no store', () => {
  it('whatever is missing', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['app.txt']);
    const fetch = vi.spyOn(globalThis, 'fetch');
    await verify(bundle, repository);
    for (const { name } of await partsOf(bundle)) {
      await code(verify(joined((await partsOf(bundle)).filter((each) => each.name !== name)), repository));
    }
    expect(fetch).not.toHaveBeenCalled();
    fetch.mockRestore();
  });
});

describe('a bundle is refused, and nothing is stored,', () => {
  const parts = async (): Promise<{ repository: Awaited<ReturnType<typeof newRepository>>; all: Part[] }> => {
    const repository = await newRepository();
    await repository.publish({ rotate: ['root'], targets: { 'app.txt': 'release 2' } });
    return { repository, all: await partsOf(await bundleOf(repository, ['app.txt', 'plugins/p.txt'])) };
  };
  const refused = async (
    bundle: Blob,
    repository: Awaited<ReturnType<typeof newRepository>>,
    more: Partial<VerifyBundleOptions> = {},
  ): Promise<unknown> => {
    const { store, written } = watched();
    const found = await code(verify(bundle, repository, { store, ...more }));
    expect(written).toEqual([]);
    return found;
  };

  it('that lacks any one link', async () => {
    const { repository, all } = await parts();
    for (const { name } of all) {
      const without = joined(all.filter((each) => each.name !== name));
      // Whoever pinned the first does not need it; of the newest nobody knows that it is there, and its keys are those of before.
      if (name.endsWith('.root.json')) {
        expect((await verify(without, repository)).newerRoots).toBe('unseen');
        continue;
      }
      const found = await refused(without, repository);
      if (name === 'bundle.json') expect(found).toBe('ERR_TUF_BUNDLE_MALFORMED');
      else expect([name, found]).toEqual([name, 'ERR_TUF_BUNDLE_MISSING']);
    }
  });

  it('that lacks a root in the middle', async () => {
    const repository = await newRepository();
    for (let i = 0; i < 3; i++) await repository.publish({ rotate: ['root'] });
    const all = await partsOf(await bundleOf(repository, ['app.txt']));
    const without = joined(all.filter(({ name }) => name !== 'metadata/3.root.json'));
    expect(await refused(without, repository)).toBe('ERR_TUF_BUNDLE_MISSING');
  });

  it('that has one link more, of any kind', async () => {
    const { repository, all } = await parts();
    const content = Buffer.from('{}');
    for (const name of ['metadata/3.first.json', 'metadata/9.second.json', 'targets/more.txt', 'metadata/other.json']) {
      expect([name, await refused(joined([...all, part(name, content)]), repository)]).toEqual([
        name,
        'ERR_TUF_BUNDLE_EXTRA',
      ]);
    }
    const older = repository.published('metadata/1.targets.json') as Uint8Array;
    expect(await refused(joined([...all, part('metadata/1.targets.json', older)]), repository)).toBe(
      'ERR_TUF_BUNDLE_EXTRA',
    );
  });

  it('that has one twice, or in another case', async () => {
    const { repository, all } = await parts();
    for (const each of all) {
      expect(await refused(joined([...all, each]), repository)).toBe('ERR_TUF_BUNDLE_DUPLICATE');
    }
    expect(await refused(joined([...all, part('metadata/TIMESTAMP.json', Buffer.from('{}'))]), repository)).toBe(
      'ERR_TUF_BUNDLE_DUPLICATE',
    );
  });

  it('that has the link of another release or of another repository in a place', async () => {
    const { repository, all } = await parts();
    const other = await newRepository('another');
    await other.publish({ rotate: ['root'], targets: { 'app.txt': 'release 2' } });
    const theirs = await partsOf(await bundleOf(other, ['app.txt', 'plugins/p.txt']));
    for (const [i, { name }] of all.entries()) {
      if (!name.startsWith('metadata/')) continue;
      const swapped = joined(all.with(i, part(name, (theirs[i] as Part).content)));
      const expected =
        name === 'metadata/1.root.json'
          ? 'ERR_TUF_BUNDLE_FOREIGN'
          : /^ERR_TUF_(UNSIGNED|HASH_MISMATCH|LENGTH_MISMATCH|TOO_LONG)$/;
      expect([name, await refused(swapped, repository)]).toEqual([
        name,
        typeof expected === 'string' ? expected : expect.stringMatching(expected),
      ]);
    }
    expect(await refused(joined(theirs), repository)).toBe('ERR_TUF_BUNDLE_FOREIGN');
  });

  it('that ends anywhere before its end, or goes on behind it', async () => {
    const { repository, all } = await parts();
    const bytes = new Uint8Array(await joined(all).arrayBuffer());
    for (let length = 0; length < bytes.length; length += 256) {
      const found = await refused(new Blob([bytes.slice(0, length)]), repository);
      expect([length, found]).toEqual([length, 'ERR_TUF_BUNDLE_TRUNCATED']);
    }
    expect(await refused(new Blob([bytes, new Uint8Array(512)]), repository)).toBe('ERR_TUF_BUNDLE_MALFORMED');
    expect(await refused(new Blob([bytes, 'x']), repository)).toBe('ERR_TUF_BUNDLE_MALFORMED');
  });

  it('of which any bit of a header is turned', async () => {
    const { repository, all } = await parts();
    const bytes = new Uint8Array(await joined(all.slice(0, 3)).arrayBuffer());
    for (let at = 0; at < 512; at++) {
      const turned = bytes.slice();
      turned[at] = (turned[at] as number) ^ 1;
      expect([at, await refused(new Blob([turned]), repository)]).toEqual([
        at,
        expect.stringMatching(/^ERR_TUF_BUNDLE_(MALFORMED|TRUNCATED)$/),
      ]);
    }
  });

  it('that is compressed', async () => {
    const { repository } = await parts();
    const beginnings: Record<string, number[]> = {
      gzip: [0x1f, 0x8b, 8],
      zstd: [0x28, 0xb5, 0x2f, 0xfd],
      xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      bzip2: [0x42, 0x5a, 0x68, 0x39],
      zip: [0x50, 0x4b, 3, 4],
    };
    for (const bytes of Object.values(beginnings)) {
      const bomb = new Blob([new Uint8Array(bytes), new Uint8Array(10_000)]);
      expect(await refused(bomb, repository)).toBe('ERR_TUF_BUNDLE_COMPRESSED');
    }
  });

  it.each([
    '/etc/passwd',
    '../x',
    'metadata/../x.json',
    'metadata//x.json',
    'targets/a\\b',
    'targets/\u0001',
    'metadata/a/b.json',
    'other/x',
    'targets',
  ])('that has an entry %j', async (name) => {
    const { repository, all } = await parts();
    expect(await refused(joined([...all, part(name, Buffer.from('x'))]), repository)).toBe('ERR_TUF_BUNDLE_MALFORMED');
  });

  it('whose head is of another form, or out of order', async () => {
    const { repository, all } = await parts();
    const heads = [
      '',
      '{}',
      '{"_type":"tufa-bundle","version":2,"targets":[],"files":false,"incremental":false}',
      '{"_type":"tufa-bundle","version":1,"targets":[],"files":false,"incremental":false,"more":1}',
      '{"_type":"tufa-bundle","version":1,"targets":["b","a"],"files":false,"incremental":false}',
      '{"_type":"tufa-bundle","version":1,"targets":["a","a"],"files":false,"incremental":false}',
    ];
    for (const head of heads) {
      const changed = joined([part('bundle.json', Buffer.from(head)), ...all.slice(1)]);
      expect(await refused(changed, repository)).toBe('ERR_TUF_BUNDLE_MALFORMED');
    }
    expect(await refused(joined([...all.slice(1), all[0] as Part]), repository)).toBe('ERR_TUF_BUNDLE_MALFORMED');
  });

  it('whose files are not what is listed', async () => {
    const { repository, all } = await parts();
    const at = all.findIndex(({ name }) => name.startsWith('targets/'));
    const { name, content } = all[at] as Part;
    const turned = Buffer.from(content);
    turned[0] = (turned[0] as number) ^ 1;
    expect(await refused(joined(all.with(at, part(name, turned))), repository)).toBe('ERR_TUF_HASH_MISMATCH');
    expect(await refused(joined(all.with(at, part(name, content.subarray(1)))), repository)).toBe(
      'ERR_TUF_LENGTH_MISMATCH',
    );
  });

  it('that has expired', async () => {
    const { repository, all } = await parts();
    const now = (): Date => new Date(repository.clock.now().getTime() + 3 * 86_400_000);
    expect(await refused(joined(all), repository, { now })).toBe('ERR_TUF_EXPIRED');
  });
});

describe('with a store', () => {
  it('what passed is kept, and an older bundle is refused', async () => {
    const repository = await newRepository();
    const old = await bundleOf(repository, ['app.txt']);
    await repository.publish({ targets: { 'app.txt': 'release 2' } });
    const { store, written } = watched();
    await verify(await bundleOf(repository, ['app.txt']), repository, { store });
    expect(written).toEqual(expect.arrayContaining(['timestamp.json', 'snapshot.json', 'targets.json']));
    const before = written.length;
    expect(await code(verify(old, repository, { store }))).toBe('ERR_TUF_ROLLBACK');
    expect(written.length).toBe(before);
    // The same again is no news.
    await verify(await bundleOf(repository, ['app.txt']), repository, { store });
  });

  it('an incremental bundle adds to an older one, and is nothing without it', async () => {
    const repository = await newRepository();
    const old = await bundleOf(repository, ['app.txt', 'plugins/p.txt']);
    await repository.publish({ targets: { 'app.txt': 'release 2' } });
    const since = await bundleOf(repository, ['app.txt', 'plugins/p.txt'], { since: old, files: false });
    expect((await partsOf(since)).map(({ name }) => name)).toEqual([
      ...['bundle.json', 'metadata/timestamp.json', 'metadata/3.snapshot.json', 'metadata/3.targets.json'],
    ]);
    expect(await code(verify(since, repository))).toBe('ERR_TUF_BUNDLE_MISSING');
    const { store } = watched();
    await verify(old, repository, { store });
    const { head, targets } = await verify(since, repository, { store });
    expect([head.incremental, targets.map(({ target }) => target?.length)]).toEqual([true, [9, 6]]);
  });
});

describe('the age of a link', () => {
  it('is what its signers say, and unknown where they say nothing', async () => {
    const repository = await newRepository();
    const { links } = await verify(await bundleOf(repository, ['app.txt']), repository);
    const issued = new Date('2030-01-01T00:00:00Z');
    expect(links.map((link) => [link.role, link.issued])).toEqual([
      ['root', undefined],
      ['timestamp', issued],
      ['snapshot', issued],
      ['targets', undefined],
    ]);
  });

  it('is refused where it is unknown', async () => {
    const repository = await newRepository();
    const bundle = await bundleOf(repository, ['app.txt']);
    expect(await code(verify(bundle, repository, { maxAgeMs: { root: 1000 } }))).toBe('ERR_TUF_TOO_OLD');
    await verify(bundle, repository, { maxAgeMs: 1000 });
    repository.clock.advance({ hours: 1 });
    expect(await code(verify(bundle, repository, { maxAgeMs: 1000 }))).toBe('ERR_TUF_TOO_OLD');
    // A time that is still to come says nothing.
    const now = (): Date => new Date('2029-12-31T23:00:00Z');
    expect(await code(verify(bundle, repository, { now, maxAgeMs: 1000 }))).toBe('ERR_TUF_TOO_OLD');
  });
});
