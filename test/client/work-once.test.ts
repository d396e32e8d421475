/** How often a client does its work: asserted by counts, since what it does twice shows in no result. */
import { describe, expect, it, vi } from 'vitest';
import { type ClientOptions, UpdateClient } from '../../src/client/client.ts';
import type { Crypto } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator, sha256 } from '../simulator/simulator.ts';

/** Every document that was read, by role and digest. */
const documents = vi.hoisted(() => [] as { role: string; bytes: Uint8Array }[]);

vi.mock('../../src/metadata/document.ts', async (original) => {
  const actual = await original<typeof import('../../src/metadata/document.ts')>();
  const parseSigned: typeof actual.parseSigned = (bytes, role, ...rest) => {
    documents.push({ role, bytes });
    return actual.parseSigned(bytes, role, ...rest);
  };
  return { ...actual, parseSigned };
});

/** A repository whose root was signed again by the same keys, with a delegated role that lists `f`. */
function setUp() {
  const simulator = new Simulator({ hashes: true });
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.publishRoot();
  simulator.trustKeys('root', [new SimKey('root'), new SimKey('root of later')]);
  simulator.publishRoot();
  simulator.delegate('targets', 'delegated');
  simulator.addTarget(simulator.delegated.get('delegated'), 'f', 'content');
  simulator.publishDelegated();
  simulator.publishTargets();
  return { simulator, pinned, store: new OpenStore() };
}

/** Cryptography that notes every verification by all that it depends on, and how long its message was. */
function notingCrypto(crypto: Crypto): Crypto & { readonly verified: string[] } {
  const verified: string[] = [];
  return {
    verified,
    digest: (algorithm, bytes) => crypto.digest(algorithm, bytes),
    verify(key, message, signature) {
      const bytes = key.kind === 'ed25519' ? key.bytes : new Uint8Array();
      verified.push([bytes, message, signature].map(sha256).join(' '));
      return crypto.verify(key, message, signature);
    },
  };
}

/** One process: refresh and find, and what it verified and read meanwhile. */
async function work(
  { simulator, pinned, store }: ReturnType<typeof setUp>,
  crypto: Crypto = nodeCrypto(),
  options: Partial<ClientOptions> = {},
) {
  const noting = notingCrypto(crypto);
  const { client, events } = clientOf(simulator, store, pinned, { crypto: noting, ...options });
  documents.length = 0;
  const refreshed = await client.refresh();
  const target = await client.find('f');
  const read = documents.map(({ role, bytes }) => `${role} ${sha256(bytes)}`);
  return { client, events, refreshed, target, verified: noting.verified, read };
}

/**
 * What each file in a store says, its signatures apart: one that the threshold does not need may say anything. The history
 * of the pinned root is read by no update, and its own bytes are believed in its place.
 */
function kept({ files }: OpenStore): Record<string, unknown> {
  const read = [...files].filter(([name]) => name !== 'root_history/1.root.json');
  const values = read.map(([name, bytes]) => [name, JSON.parse(Buffer.from(bytes).toString())] as const);
  return Object.fromEntries(values.map(([name, value]) => [name, value.signed ?? value]));
}

/** What a store has after that. */
const names = [
  ...['root.json', 'root_history/1.root.json', 'root_history/2.root.json', 'root_history/3.root.json'],
  ...['timestamp.json', 'snapshot.json', 'targets.json', 'delegated.json', 'update-state'],
];

const uniqueIn = (list: readonly string[]) => new Set(list).size;

describe('a cold refresh and find', () => {
  it('verifies each signature by each key once, though a root is held against two roots', async () => {
    const set = setUp();
    const { verified, refreshed } = await work(set);
    expect(refreshed).toMatchObject({ root: 3, targets: 2 });
    expect(uniqueIn(verified)).toBe(verified.length);
    // Three roots, of which the third has the signature of a key that the second does not list and the threshold does not
    // need; timestamp, snapshot, targets and the delegated role.
    expect(verified).toHaveLength(3 + 4);
  });

  it('verifies no signature beyond the threshold', async () => {
    const set = setUp();
    const keys = ['one', 'two', 'three'].map((name) => new SimKey(name));
    set.simulator.trustKeys('timestamp', keys, 2);
    set.simulator.publishRoot();
    set.simulator.publishTimestamp();
    const { verified } = await work(set);
    expect(verified).toHaveLength(4 + 2 + 3);
  });

  it('reads each document once', async () => {
    const { read } = await work(setUp());
    expect(uniqueIn(read)).toBe(read.length);
    expect(read.map((each) => each.split(' ')[0])).toEqual([
      ...['root', 'root', 'root', 'timestamp', 'snapshot', 'targets', 'delegated'],
    ]);
  });

  it('imports each key once into node:crypto, though each root lists it anew', async () => {
    const set = setUp();
    const spy = vi.spyOn(process.getBuiltinModule('node:crypto'), 'createPublicKey');
    try {
      await work(set);
      const imported = spy.mock.calls.map(([key]) => JSON.stringify(key));
      expect(uniqueIn(imported)).toBe(imported.length);
      // Root, timestamp, snapshot, targets, delegated.
      expect(imported).toHaveLength(5);
    } finally {
      spy.mockRestore();
    }
  });

  it('imports each key once into WebCrypto', async () => {
    const set = setUp();
    const spy = vi.spyOn(globalThis.crypto.subtle, 'importKey');
    try {
      await work(set, webCrypto());
      const imported = spy.mock.calls.map(([, key]) => Buffer.from(key as Uint8Array).toString('hex'));
      expect(uniqueIn(imported)).toBe(imported.length);
      expect(imported).toHaveLength(5);
    } finally {
      spy.mockRestore();
    }
  });
});

describe('another process on the same store', () => {
  it('verifies again all that is kept, and asks for two files only', async () => {
    const set = setUp();
    const cold = await work(set);
    set.simulator.requests.length = 0;
    const warm = await work(set);
    expect(set.simulator.requests).toEqual(['metadata/4.root.json', 'metadata/timestamp.json']);
    expect(new Set(warm.verified)).toEqual(new Set(cold.verified));
    expect(new Set(warm.read)).toEqual(new Set(cold.read));
  });

  it('keeps the files that are changed below', async () => {
    const set = setUp();
    await work(set);
    expect([...set.store.files.keys()].sort()).toEqual(names.toSorted());
  });

  it.each(names)('trusts no changed byte of %s', async (name) => {
    const honest = setUp();
    const { target } = await work(honest);
    const bytes = honest.store.files.get(name) as Uint8Array;
    const before = kept(honest.store);
    const step = Math.max(1, Math.floor(bytes.length / 40));
    for (let at = 0; at < bytes.length; at += step) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      honest.store.files.set(name, changed);
      const found = await work(honest);
      expect(found.refreshed).toMatchObject({ root: 3, timestamp: 2, snapshot: 2, targets: 2 });
      expect({ ...found.target }).toEqual({ ...target });
      // What did not pass was had again.
      expect(kept(honest.store)).toEqual(before);
    }
  });
});

describe('a client that lives', () => {
  /** A client that has refreshed and found, and what it does from here on. */
  async function living(options: Partial<ClientOptions> = {}) {
    const set = setUp();
    const noting = notingCrypto(nodeCrypto());
    const { client, events } = clientOf(set.simulator, set.store, set.pinned, { crypto: noting, ...options });
    await client.refresh();
    await client.find('f');
    const filesRead: string[] = [];
    set.store.before = (operation, name) => {
      if (operation === 'read') filesRead.push(name);
    };
    set.simulator.requests.length = 0;
    noting.verified.length = 0;
    documents.length = 0;
    return { ...set, client, events, verified: noting.verified, filesRead };
  }

  it('asks for two files and verifies the timestamp alone, where nothing has changed', async () => {
    const { client, simulator, verified, filesRead } = await living();
    expect(await client.refresh()).toMatchObject({ changed: false, root: 3, targets: 2 });
    expect(simulator.requests).toEqual(['metadata/4.root.json', 'metadata/timestamp.json']);
    expect(documents.map(({ role }) => role)).toEqual(['timestamp']);
    expect(uniqueIn(verified)).toBe(1);
    // What guards against rollback is read: another process may have gone on.
    expect(filesRead).toEqual(expect.arrayContaining(['root.json', 'timestamp.json', 'snapshot.json']));
    expect(filesRead).not.toContain('targets.json');
    expect(await client.find('f')).toMatchObject({ path: 'f' });
    expect(documents).toHaveLength(1);
  });

  it('verifies what has changed, and what it lists', async () => {
    const { client, simulator } = await living();
    simulator.publishTimestamp();
    expect(await client.refresh()).toMatchObject({ changed: true, timestamp: 3, snapshot: 2 });
    expect(documents.map(({ role }) => role)).toEqual(['timestamp']);
    simulator.publishSnapshot();
    expect(await client.refresh()).toMatchObject({ snapshot: 3, targets: 2 });
    expect(documents.map(({ role }) => role)).toEqual(['timestamp', 'timestamp', 'snapshot', 'targets']);
  });

  it.each(names)('trusts no changed byte of %s', async (name) => {
    const { client, store } = await living();
    const target = await client.find('f');
    const bytes = store.files.get(name) as Uint8Array;
    const before = kept(store);
    const step = Math.max(1, Math.floor(bytes.length / 20));
    for (let at = 0; at < bytes.length; at += step) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      store.files.set(name, changed);
      expect(await client.refresh()).toMatchObject({ root: 3, timestamp: 2, snapshot: 2, targets: 2 });
      expect({ ...(await client.find('f')) }).toEqual({ ...target });
      // What it holds in memory it does not read; the next process verifies it, and has it again.
      if (!['targets.json', 'delegated.json'].includes(name)) expect(kept(store)).toEqual(before);
    }
  });

  it('refuses what has expired since (A-69)', async () => {
    const { client, simulator } = await living();
    simulator.time += 31 * day;
    simulator.root.expires = simulator.at(30);
    simulator.timestamp.expires = simulator.at(30);
    simulator.publishRoot();
    simulator.publishTimestamp();
    expect((await refusal(client.refresh(), 'ERR_TUF_EXPIRED')).evidence.role).toBe('snapshot');
    simulator.snapshot.expires = simulator.at(30);
    simulator.publishSnapshot();
    expect((await refusal(client.refresh(), 'ERR_TUF_EXPIRED')).evidence.role).toBe('targets');
  });

  it('refuses the same targets where they alone have expired since (A-69)', async () => {
    const { client, simulator } = await living();
    for (const document of [simulator.root, simulator.timestamp, simulator.snapshot])
      document.expires = simulator.at(60);
    simulator.publishRoot();
    simulator.publishSnapshot();
    await client.refresh();
    simulator.time += 31 * day;
    expect((await refusal(client.refresh(), 'ERR_TUF_EXPIRED')).evidence.role).toBe('targets');
  });

  it.each(['timestamp', 'snapshot', 'targets'])(
    'holds the same %s against the keys of a new root (5.3.11, 5.5.3)',
    async (role) => {
      const { client, simulator } = await living();
      simulator.rotate(role, `${role} of later`);
      expect((await refusal(client.refresh(), 'ERR_TUF_UNSIGNED')).evidence.role).toBe(role);
    },
  );

  it('refuses what is older than another process has seen (T7)', async () => {
    const { client, simulator, store, pinned } = await living();
    const served = simulator.save();
    simulator.publishTargets();
    await clientOf(simulator, store, pinned).client.refresh();
    simulator.restore(served);
    await refusal(client.refresh(), 'ERR_TUF_ROLLBACK');
  });

  it('takes nothing over into a store that is of another lineage', async () => {
    const { client, simulator, store } = await living();
    store.files.clear();
    simulator.requests.length = 0;
    expect(await client.refresh()).toMatchObject({ changed: true, root: 3, targets: 2 });
    expect(simulator.requests).toContain('metadata/2.snapshot.json');
    expect(simulator.requests).toContain('metadata/2.targets.json');
    expect(store.files.has('targets.json')).toBe(true);
  });

  it('judges keyids again for whoever listens since (A-02)', async () => {
    const set = setUp();
    set.simulator.trustKeys('timestamp', [new SimKey('timestamp', 'a name')]);
    set.simulator.publishRoot();
    set.simulator.publishTimestamp();
    const client = new UpdateClient(
      {
        ...{ root: set.pinned, store: set.store, metadataUrl: 'https://simulator.example/metadata/' },
        now: () => new Date(set.simulator.time),
      },
      { transport: () => set.simulator.transport, crypto: nodeCrypto },
    );
    await client.refresh();
    const heard: string[] = [];
    client.on('keyid-mismatch', ({ keyid }) => heard.push(keyid));
    await client.refresh();
    expect(heard).toEqual(['a name']);
  });
});
