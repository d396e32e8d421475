/** How often a client does its work: asserted by counts, since what it does twice shows in no result. */
import { describe, expect, it, vi } from 'vitest';
import type { ClientOptions } from '../../src/client/client.ts';
import type { Crypto } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { clientOf, OpenStore } from '../simulator/harness.ts';
import { SimKey } from '../simulator/key.ts';
import { Simulator, sha256 } from '../simulator/simulator.ts';

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

  const names = [
    ...['root.json', 'root_history/1.root.json', 'root_history/2.root.json', 'root_history/3.root.json'],
    ...['timestamp.json', 'snapshot.json', 'targets.json', 'delegated.json', 'update-state'],
  ];

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
