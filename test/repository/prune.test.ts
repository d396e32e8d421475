import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/client/ports.ts';
import { nodeDigest } from '../../src/crypto/node-crypto.ts';
import {
  type Backend,
  contentOf,
  createRoot,
  createTargets,
  editTargets,
  findGarbage,
  type Garbage,
  planPublication,
  prepareRelease,
  publish,
  readPublished,
  removeGarbage,
} from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { memoryBackend } from '../../src/testing/index.ts';
import {
  clientOf,
  crypto,
  newKey,
  newRoles,
  now,
  readAll,
  signersOf,
  type TestKey,
  type TestRoles,
} from './fixture.ts';

const day = 86_400_000;
const start = now.getTime();

/** What clients could see at some time. */
interface State {
  readonly head: Uint8Array;
  readonly files: readonly string[];
  readonly timestampUntil: number;
  readonly snapshotUntil: number;
  /** What a client keeps that was there then. */
  readonly held: ReadonlyMap<string, Uint8Array>;
}

/** A repository with a history, in memory. */
class History {
  readonly files = new Map<string, Uint8Array>();
  readonly backend: Backend = memoryBackend(this.files);
  readonly states: State[] = [];
  time = start;
  root: Uint8Array = new Uint8Array();
  readonly #roles: TestRoles;
  readonly #delegated: TestKey;
  /** What each role lists, path to text. */
  readonly #listed = new Map<string, Map<string, string>>();
  #count = 0;

  constructor(roles: TestRoles, delegated: TestKey) {
    this.#roles = roles;
    this.#delegated = delegated;
  }

  /** Publishes what a change makes of one role's files; nothing but a timestamp where it changes nothing. */
  async release(
    role: string,
    change: (files: Map<string, string>) => void,
    lifetimes: { timestamp: number; snapshot: number },
  ) {
    const at = new Date(this.time);
    const after = (days: number): Date => new Date(this.time + days * day);
    const isFirst = this.root.length === 0;
    const before = isFirst ? undefined : await readPublished(this.backend, this.root, { crypto });
    const files = this.#listed.get(role) ?? new Map<string, string>();
    this.#listed.set(role, files);
    const texts = new Map(files);
    change(texts);
    const gone = [...files.keys()].filter((path) => !texts.has(path));
    files.clear();
    for (const entry of texts) files.set(...entry);
    const current = before?.targets.get(role) ?? createTargets({ expires: after(900), role });
    const digests = new Map<string, string>();
    for (const [path, text] of texts)
      digests.set(path, Buffer.from(await crypto.digest('sha256', Buffer.from(text))).toString('hex'));
    let draft = editTargets(current, (targets) => {
      for (const path of gone) targets.remove(path);
      for (const [path, text] of texts) {
        targets.put(path, { length: Buffer.byteLength(text), hashes: { sha256: digests.get(path) as string } });
      }
      if (isFirst) {
        targets.delegate({ name: 'below', keys: [this.#delegated], threshold: 1, paths: ['below/*'] });
      }
    });
    if (isFirst) draft ??= createTargets({ expires: after(900) });
    const prepared = await prepareRelease(
      before,
      {
        root: isFirst ? createRoot({ expires: after(900), roles: this.#roles }) : undefined,
        targets: new Map(draft === undefined ? [] : [[role, draft]]),
      },
      {
        crypto,
        signers: signersOf(this.#roles, this.#delegated),
        now: at,
        expires: { timestamp: after(lifetimes.timestamp), snapshot: after(lifetimes.snapshot) },
        renewSnapshot: before !== undefined && before.snapshot.signed.expiresAt.milliseconds <= this.time + day,
      },
    );
    if (!prepared.complete) throw new TypeError(JSON.stringify(prepared.missing));
    const contents = ({ path }: { path: string }) => contentOf(Buffer.from(texts.get(path) as string));
    const publication = await planPublication(prepared.release, contents, { crypto, digest: nodeDigest });
    await publish(publication, this.backend);
    this.root = publication.root;
    await this.#remember(prepared.release.snapshot.signed.expiresAt.milliseconds, lifetimes.timestamp);
  }

  /** New text, never the same twice unless it is asked for. */
  text(): string {
    this.#count += 1;
    return `text ${this.#count}`;
  }

  async #remember(snapshotUntil: number, days: number): Promise<void> {
    const held = new Map<string, Uint8Array>();
    const store = memoryStore();
    const write: Store['write'] = (name, bytes) => {
      held.set(name, bytes.slice());
      return store.write(name, bytes);
    };
    const paths = [...this.#listed.values()].flatMap((files) => [...files.keys()]);
    const client = clientOf(this.backend, await this.firstRoot(), { ...store, write }, new Date(this.time));
    await readAll(client, paths);
    const head = (await this.backend.head.read()) as Uint8Array;
    this.states.push({ head, files: paths, timestampUntil: this.time + days * day, snapshotUntil, held });
  }

  async firstRoot(): Promise<Uint8Array> {
    return (await this.backend.metadata.read('1.root.json', 1 << 20)) as Uint8Array;
  }

  async find(keepDays = 0): Promise<Garbage> {
    const published = await readPublished(this.backend, this.root, { crypto });
    if (published === undefined) throw new TypeError('nothing is published');
    return findGarbage(this.backend, published, { usableAt: new Date(this.time - keepDays * day) });
  }

  /** The repository behind a cache that still has an earlier head. */
  cached({ head }: State): Backend {
    const files = new Map(this.files);
    files.set('metadata/timestamp.json', head);
    return memoryBackend(files);
  }
}

async function storeOf({ held }: State): Promise<Store> {
  const store = memoryStore();
  for (const [name, bytes] of held) await store.write(name, bytes);
  return store;
}

/** A history with a change of everything that goes and stays. */
async function usualHistory(): Promise<History> {
  const history = new History(await newRoles(), await newKey());
  const lifetimes = { timestamp: 1, snapshot: 3 };
  for (let n = 0; n < 4; n += 1) {
    await history.release(
      'targets',
      (files) =>
        files
          .set('a', history.text())
          .set(`only-${n}`, 'x')
          .delete(`only-${n - 1}`),
      lifetimes,
    );
    await history.release('below', (files) => files.set('below/b', history.text()), lifetimes);
    history.time += 2 * day;
  }
  await history.release('targets', (files) => files.set('c', 'c'), lifetimes);
  return history;
}

describe('garbage', () => {
  it('is what only expired snapshots list, and no root', async () => {
    const history = await usualHistory();
    const before = [...history.files.keys()];
    const garbage = await history.find();
    expect(garbage.leftAlone).toEqual([]);
    expect(garbage.metadata).toEqual(expect.arrayContaining(['1.snapshot.json', '1.targets.json', '1.below.json']));
    expect(garbage.metadata.filter((name) => /root|timestamp/.test(name))).toEqual([]);
    // Of four texts under each name: a snapshot that lasts lists the last of `a`, and the last two of `b` one after another.
    expect(garbage.targets.filter((name) => name.endsWith('.a'))).toHaveLength(3);
    expect(garbage.targets.filter((name) => name.endsWith('.b'))).toHaveLength(2);
    const sizes = [
      ...garbage.targets.map((name) => `targets/${name}`),
      ...garbage.metadata.map((name) => `metadata/${name}`),
    ];
    expect(garbage.bytes).toBe(sizes.reduce((sum, name) => sum + (history.files.get(name)?.length ?? 0), 0));
    await removeGarbage(history.backend, garbage);
    expect([...history.files.keys()]).toEqual(before.filter((name) => !sizes.includes(name)));
    expect(await history.find()).toEqual({ targets: [], metadata: [], bytes: 0, leftAlone: [] });
  });

  it('is less where more is kept', async () => {
    const history = await usualHistory();
    const [all, some, none] = await Promise.all([history.find(), history.find(3), history.find(30)]);
    expect(none).toEqual({ targets: [], metadata: [], bytes: 0, leftAlone: [] });
    expect(some.metadata.length).toBeGreaterThan(0);
    expect(some.metadata.length).toBeLessThan(all.metadata.length);
    expect(all.metadata).toEqual(expect.arrayContaining([...some.metadata]));
  });

  it('is nothing that is staged, of another origin, or on its way to be published', async () => {
    const history = await usualHistory();
    const all = await history.find();
    const others = ['99.targets.json', '99.snapshot.json', '7.new.json', 'x.json', '01.targets.json', 'index.html'];
    const snapshot = history.files.get('metadata/1.snapshot.json') as Uint8Array;
    const targets = history.files.get('metadata/1.targets.json') as Uint8Array;
    for (const name of others) history.files.set(`metadata/${name}`, name.includes('snapshot') ? snapshot : targets);
    history.files.set('targets/readme.txt', Buffer.from('mine'));
    const fewer = await history.find();
    // One of the others lists the first version, so that stays too.
    expect(fewer.metadata).toEqual(all.metadata.filter((name) => name !== '1.targets.json'));
    expect(all.targets).toEqual(expect.arrayContaining([...fewer.targets]));
    for (const name of others) history.files.delete(`metadata/${name}`);
    const published = await readPublished(history.backend, history.root, { crypto });
    if (published === undefined) throw new TypeError('nothing is published');
    const digest = all.targets.find((name) => name.endsWith('.a'))?.slice(0, 64) as string;
    const staged = editTargets(createTargets({ expires: new Date(start) }), (edit) =>
      edit.put('a', { length: 6, hashes: { sha256: digest } }),
    )?.signed;
    const usableAt = new Date(history.time);
    const found = await findGarbage(history.backend, published, { usableAt, staged: staged && [staged] });
    expect(found.targets).toEqual(all.targets.filter((name) => !name.startsWith(digest)));
  });

  it('is found beside a copy of a head, which is no targets role', async () => {
    const history = await usualHistory();
    const garbage = await history.find();
    history.files.set('metadata/3.timestamp.json', history.files.get('metadata/timestamp.json') as Uint8Array);
    expect(await history.find()).toEqual(garbage);
  });

  it('is not looked for where something that stays cannot be read, and what could go unread is left alone', async () => {
    const history = await usualHistory();
    history.files.set('metadata/1.targets.json', Buffer.from('{'));
    const garbage = await history.find();
    expect(garbage.leftAlone).toEqual(['1.targets.json']);
    expect(garbage.metadata).not.toContain('1.targets.json');
    history.files.set('metadata/99.other.json', Buffer.from('{'));
    await expect(history.find()).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
      evidence: { path: '99.other.json' },
    });
  });

  it('is not looked for where a place lists nothing', async () => {
    const history = await usualHistory();
    const { list: _list, ...metadata } = history.backend.metadata;
    const published = await readPublished(history.backend, history.root, { crypto });
    if (published === undefined) throw new TypeError('nothing is published');
    const backend = { ...history.backend, metadata };
    await expect(findGarbage(backend, published, { usableAt: now })).rejects.toMatchObject({
      code: 'ERR_TUF_REPOSITORY_REFUSED',
    });
  });

  it('is needed by no client: with any earlier state that is still valid, each goes on', {
    timeout: 120_000,
  }, async () => {
    const [roles, delegated] = [await newRoles(), await newKey()];
    const step = fc.record({
      role: fc.constantFrom('targets', 'below'),
      path: fc.constantFrom('a', 'b', 'c'),
      change: fc.constantFrom('new', 'old', 'remove', 'nothing'),
      timestamp: fc.integer({ min: 1, max: 6 }),
      snapshot: fc.integer({ min: 1, max: 9 }),
      wait: fc.integer({ min: 0, max: 4 }),
      prune: fc.boolean(),
    });
    let removed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const history = new History(roles, delegated);
        await history.release('targets', () => {}, { timestamp: 1, snapshot: 2 });
        for (const { role, path, change, timestamp, snapshot, wait, prune } of steps) {
          const name = role === 'below' ? `below/${path}` : path;
          const edit = (files: Map<string, string>): void => {
            if (change === 'new') files.set(name, history.text());
            else if (change === 'old') files.set(name, 'the same each time');
            else if (change === 'remove') files.delete(name);
          };
          await history.release(role, edit, { timestamp, snapshot });
          if (prune) {
            const garbage = await history.find();
            await removeGarbage(history.backend, garbage);
            removed += garbage.metadata.length + garbage.targets.length;
          }
          await checkClients(history);
          history.time += wait * day;
        }
      }),
      { numRuns: 10 },
    );
    expect(removed).toBeGreaterThan(10);
  });
});

/** Every client that was there at some time updates; and where a head is valid still, so does whoever is given that. */
async function checkClients(history: History): Promise<void> {
  const root = await history.firstRoot();
  const at = new Date(history.time);
  const current = history.states.at(-1) as State;
  for (const state of history.states) {
    await readAll(clientOf(history.backend, root, await storeOf(state), at), current.files);
    if (Math.min(state.timestampUntil, state.snapshotUntil) <= history.time) continue;
    const cached = history.cached(state);
    for (const store of [memoryStore(), await storeOf(state)])
      await readAll(clientOf(cached, root, store, at), state.files);
  }
}
