/** The client of browsers, workers, Deno and Bun. */

import type { KeyValueBackend, Store } from '../../src/browser.ts';
import {
  Client,
  fetchTransport,
  indexedDbStore,
  keyValueStore,
  memoryStore,
  opfsStore,
  webCrypto,
} from '../../src/browser.ts';
import { type Place, work } from './worker.ts';

const place: Place = {
  Client,
  crypto: webCrypto,
  transport: () => fetchTransport({ idleTimeoutMs: 2000 }),
  stores: {
    memory: () => memoryStore(),
    'key-value': keyValues,
    ...('indexedDB' in globalThis ? { 'indexed-db': indexedDbStore } : {}),
    ...(hasOpfs() ? { opfs: opfsStore } : {}),
  },
};

/** What several clients of one place share, by its name. */
const shared = new Map<string, KeyValueBackend>();

function keyValues(id: string): Store {
  const backend = shared.get(id) ?? valuesInMemory();
  shared.set(id, backend);
  return keyValueStore(backend);
}

function valuesInMemory(): KeyValueBackend {
  const values = new Map<string, Uint8Array>();
  const lock = memoryStore();
  return {
    get: async (name) => values.get(name) ?? null,
    set: async (name, value) => values.set(name, value),
    delete: async (name) => values.delete(name),
    list: async (prefix) => [...values.keys()].filter((name) => name.startsWith(prefix)),
    exclusive: (run, signal) => lock.exclusive(run, signal),
  };
}

function hasOpfs(): boolean {
  return typeof globalThis.navigator?.storage?.getDirectory === 'function';
}

/** Works for the runner at an origin. */
export const workFor = (origin: string): Promise<void> => work(place, origin);

// Deno and Bun know `process`, too; a browser's page and workerd call by themselves.
const started = (globalThis as { process?: { argv?: string[] } }).process?.argv?.[2];
if (started?.startsWith('http://')) await workFor(started);
