import { describe, expect, it } from 'vitest';
import { Client, memoryStore } from '../../src/index.node.ts';
import * as testing from '../../src/testing/index.ts';
import { type TestRelease, TestRepository, type TestTarget } from '../../src/testing/index.ts';
import { bundleForBrowser } from '../tools/bundle.mjs';
import { at } from '../tools/project.mjs';

async function read(client: Client, path: string): Promise<string | undefined> {
  const target = await client.find(path);
  return target && new TextDecoder().decode(await client.download(target));
}

describe('a test repository', () => {
  it('publishes what a client reads: text, bytes and custom data', async () => {
    const repository = await TestRepository.create({
      targets: { text: 'text', bytes: new Uint8Array([0x62]), more: { content: 'more', custom: { version: [1, 2] } } },
    });
    const client = new Client(repository.clientOptions());
    expect(await client.refresh()).toMatchObject({ changed: true, ...repository.versions });
    expect([await read(client, 'text'), await read(client, 'bytes'), await read(client, 'more')]).toEqual([
      'text',
      'b',
      'more',
    ]);
    expect((await client.find('more'))?.custom).toEqual({ version: [1, 2] });
    await repository.publish({ targets: { more: 'most' }, remove: ['bytes'] });
    await client.refresh();
    expect([await read(client, 'text'), await read(client, 'bytes'), await read(client, 'more')]).toEqual([
      'text',
      undefined,
      'most',
    ]);
    expect((await client.find('more'))?.custom).toEqual({ version: [1, 2] });
  });

  it('is the same for the same seed, and another for another', async () => {
    const files = async (seed: string | undefined): Promise<string> => {
      const repository = await TestRepository.create({ seed, targets: { a: 'b' } });
      await repository.publish({ rotate: ['timestamp'] });
      const answer = await repository.network.fetch('https://updates.test/metadata/timestamp.json');
      return `${new TextDecoder().decode(repository.root)}${await answer.text()}`;
    };
    const [one, again, other, random] = await Promise.all([
      files('one'),
      files('one'),
      files('other'),
      files(undefined),
    ]);
    expect(again).toBe(one);
    expect(new Set([one, other, random, await files(undefined)]).size).toBe(4);
  });

  it('has a seed with which a random one can be made again', async () => {
    const random = await TestRepository.create();
    expect((await TestRepository.create({ seed: random.seed })).root).toEqual(random.root);
  });

  it('delegates, in several steps and levels, and ends it', async () => {
    const repository = await TestRepository.create({
      targets: { app: 'app' },
      delegations: {
        plugins: {
          paths: ['plugins/*', 'plugins/*/*'],
          targets: { 'plugins/a': 'a' },
          delegations: {
            theirs: { paths: ['plugins/theirs/*'], targets: { 'plugins/theirs/b': 'b', app: 'not theirs' } },
          },
        },
      },
    });
    const client = new Client(repository.clientOptions());
    expect([await read(client, 'plugins/a'), await read(client, 'plugins/theirs/b')]).toEqual(['a', 'b']);
    expect((await client.find('app'))?.role).toBe('targets');
    await repository.publish({ rotate: ['theirs'], delegations: { plugins: { targets: { 'plugins/a': 'a2' } } } });
    await repository.publish({
      delegations: { plugins: { delegations: { theirs: { targets: { 'plugins/theirs/b': 'b2' } } } } },
    });
    await client.refresh();
    expect([await read(client, 'plugins/a'), await read(client, 'plugins/theirs/b')]).toEqual(['a2', 'b2']);
    await repository.publish({ delegations: { plugins: { revoke: ['theirs'] } } });
    await client.refresh();
    expect(await read(client, 'plugins/theirs/b')).toBeUndefined();
    await repository.publish({ delegations: { theirs: { paths: ['*'], targets: { back: 'again' } } } });
    await client.refresh();
    expect(await read(client, 'back')).toBe('again');
  });

  it('ends a role that has expired, and keeps what a change of a delegation does not name', async () => {
    const repository = await TestRepository.create({
      delegations: {
        first: { paths: ['a'], terminating: true },
        second: { paths: ['*'], targets: { a: 'out of reach', b: 'out of reach', c: 'c' } },
      },
    });
    await repository.publish({ delegations: { first: { paths: ['a', 'b'] } } });
    const client = new Client(repository.clientOptions());
    expect([await read(client, 'a'), await read(client, 'b'), await read(client, 'c')]).toEqual([
      undefined,
      undefined,
      'c',
    ]);
    await repository.publish({ delegations: { first: { terminating: false } } });
    await client.refresh();
    expect(await read(client, 'a')).toBe('out of reach');
    repository.clock.advance({ days: 100 });
    await repository.publish({ revoke: ['second'] });
    await client.refresh();
    expect(await read(client, 'c')).toBeUndefined();
  });

  it('expires by its clock, and is renewed by a release with nothing to say', async () => {
    const repository = await TestRepository.create({ targets: { a: 'b' }, lifetimes: { timestamp: { hours: 1 } } });
    const store = memoryStore();
    const client = new Client(repository.clientOptions({ store }));
    await client.refresh();
    repository.clock.advance({ minutes: 59, seconds: 59 });
    await client.refresh();
    repository.clock.advance({ seconds: 1 });
    await expect(client.refresh()).rejects.toMatchObject({ code: 'ERR_TUF_EXPIRED' });
    for (const days of [0, 1, 8, 91, 366, 3660]) {
      repository.clock.advance({ days });
      await repository.publish();
      expect(await new Client(repository.clientOptions({ store })).refresh()).toMatchObject(repository.versions);
      expect(await read(new Client(repository.clientOptions()), 'a')).toBe('b');
    }
  });

  it('takes no release that does not fit, and stays as it was', async () => {
    const repository = await TestRepository.create({ targets: { a: 'b' }, delegations: { sub: { paths: ['*'] } } });
    const { versions } = repository;
    const wrong: readonly TestRelease[] = [
      { remove: ['nothing'] },
      { revoke: ['nobody'] },
      { rotate: ['nobody'] },
      { delegations: { fresh: {} } },
      { targets: { 'new': 'x' }, delegations: { sub: { delegations: { sub: { paths: ['*'] } } } } },
    ];
    for (const release of wrong) await expect(repository.publish(release)).rejects.toThrow(TypeError);
    await expect(repository.publish({ targets: { '../x': 'x' } })).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
    expect(repository.versions).toEqual(versions);
    await repository.publish({ rotate: ['root', 'targets', 'snapshot', 'timestamp', 'sub'] });
    const client = new Client(repository.clientOptions());
    expect([await read(client, 'a'), await read(client, 'new')]).toEqual(['b', undefined]);
    await expect(TestRepository.create({ baseUrl: 'ftp://x' })).rejects.toThrow(TypeError);
    await expect(TestRepository.create({ baseUrl: 'https://x/' })).rejects.toThrow(TypeError);
  });

  it('publishes releases that overlap one after another', async () => {
    const repository = await TestRepository.create();
    const { timestamp } = repository.versions;
    await Promise.all(['a', 'b', 'c'].map((name) => repository.publish({ targets: { [name]: name } })));
    expect(repository.versions.timestamp).toBe(timestamp + 3);
    const client = new Client(repository.clientOptions());
    for (const name of ['a', 'b', 'c']) expect(await read(client, name)).toBe(name);
  });

  it('needs nothing of Node', async () => {
    const { nodeImports } = await bundleForBrowser(at('src/testing/index.ts'), Object.keys(testing));
    expect(nodeImports).toEqual([]);
  });
});

/** Mulberry32: numbers of [0, 1) from a seed. */
function lots(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('an honest life of fifty steps', () => {
  const seeds = [1, 2, Math.floor(Math.random() * 2 ** 31)];

  it.each(seeds)('is followed by clients of every age (seed %i)', async (seed) => {
    const random = lots(seed);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const repository = await TestRepository.create({ seed, delegations: { sub: { paths: ['sub/*'] } } });
    const listed = new Map<string, string>();
    const store = memoryStore();
    let client = new Client(repository.clientOptions({ store }));
    const steps: Record<string, () => Promise<unknown> | unknown> = {
      add: () => {
        const path = pick(['a', 'b', 'c', 'sub/a', 'sub/b']);
        listed.set(path, `${path} ${random()}`);
        const targets: Record<string, TestTarget> = { [path]: listed.get(path) as string };
        return repository.publish(path.startsWith('sub/') ? { delegations: { sub: { targets } } } : { targets });
      },
      remove: () => {
        const path = pick([...listed.keys()]);
        if (path === undefined) return undefined;
        listed.delete(path);
        const remove = [path];
        return repository.publish(path.startsWith('sub/') ? { delegations: { sub: { remove } } } : { remove });
      },
      rotate: () => repository.publish({ rotate: [pick(['root', 'targets', 'snapshot', 'timestamp', 'sub'])] }),
      wait: () => {
        repository.clock.advance({ days: pick([0.5, 2, 10, 100, 400]) });
        return repository.publish();
      },
      restart: () => {
        client = new Client(repository.clientOptions({ store }));
      },
      'lose a request': async () => {
        repository.network.fail(pick(['root.json', 'timestamp.json']), { times: 1 });
        await expect(client.refresh()).rejects.toMatchObject({ code: 'ERR_TUF_TRANSPORT' });
      },
    };
    for (let n = 1; n <= 50; n++) {
      const step = pick(Object.keys(steps));
      await steps[step]?.();
      await client.refresh();
      const youngest = new Client(repository.clientOptions());
      for (const each of n % 10 === 0 ? [client, youngest] : [client]) {
        for (const path of ['a', 'sub/a', 'nothing']) {
          expect(await read(each, path), `seed ${seed}, step ${n}, ${step}, ${path}`).toBe(listed.get(path));
        }
      }
    }
  });
});
