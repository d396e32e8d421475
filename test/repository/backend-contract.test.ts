import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { folderRepository, nodeFolder } from '../../src/node/folder-repository.ts';
import type { Backend, Content, FileStore } from '../../src/repository/index.ts';
import { type BackendUnderTest, BrokenContract, backendContract, memoryBackend } from '../../src/testing/index.ts';
import { describeBackend } from './backend-contract.ts';

describeBackend('a backend in memory', () => {
  const files = new Map<string, Uint8Array>();
  return { backend: memoryBackend(files), other: memoryBackend(files) };
});

/** The file system of Node, but nothing waits for the disk: what is flushed is shown elsewhere. */
const files = { ...nodeFolder, sync: async () => {} };

describeBackend('a folder', () => {
  const base = mkdtempSync(join(tmpdir(), 'tufa-contract-'));
  const open = () => folderRepository(join(base, 'public'), { files });
  return { backend: open(), other: open(), end: () => rmSync(base, { recursive: true }) };
});

/** What somebody might write who has not read the ports, each breaking one sentence of them. */
const mistakes: Readonly<
  Record<string, { readonly backend: (files: Map<string, Uint8Array>) => Backend; readonly breaks: string }>
> = {
  'overwrites files': {
    backend: changed((_base, store) => ({
      put: async (name, content) => {
        await store.replace(name, content);
        return 'written';
      },
    })),
    breaks: 'a file is written once: the same bytes are fine, others are a conflict and stay away',
  },
  'looks, waits and then writes': {
    backend: changed((_base, store, all) => ({
      put: async (name, content) => {
        const found = await store.open(name);
        if (found !== undefined) return store.put(name, content);
        const bytes = await bytesOf(content);
        await new Promise((resolve) => setImmediate(resolve));
        all.set(`targets/${name}`, bytes);
        return 'written';
      },
    })),
    breaks: 'of many that put one name at once, one wins and the others are told',
  },
  'writes as it goes': {
    backend: changed((base, store, all) => ({
      replace: async (name, content) => {
        let bytes = new Uint8Array(0);
        for await (const chunk of content.chunks()) {
          bytes = new Uint8Array(Buffer.concat([bytes, chunk]));
          all.set(`${base}/${name}`, bytes);
        }
        await store.replace(name, content);
      },
    })),
    breaks: 'a source that fails leaves nothing, and what it threw is thrown',
  },
  'cuts what is too long': {
    backend: changed((_base, store) => ({
      read: async (name, bytesMax) => (await store.read(name, 1 << 30))?.subarray(0, bytesMax),
    })),
    breaks: 'more than bytesMax is refused, and exactly so much is not',
  },
  'takes any name': {
    backend: changed((base, store, all) => ({
      put: async (name, content) => {
        if (!name.includes('..')) return store.put(name, content);
        all.set(`${base}/${name}`, await bytesOf(content));
        return 'written';
      },
    })),
    breaks: 'what is no name is refused, and nothing is written',
  },
  'decodes the names that it writes': {
    backend: changed((_base, store) => ({ put: (name, content) => store.put(decodeURIComponent(name), content) })),
    breaks: 'names are kept apart',
  },
  'gives its own memory away': {
    backend: changed((base, _store, all) => ({ read: async (name) => all.get(`${base}/${name}`) })),
    breaks: 'nobody reaches into what is kept',
  },
  'has one base': {
    backend: (files) => {
      const backend = memoryBackend(files);
      return { ...backend, targets: backend.metadata };
    },
    breaks: 'the two bases are apart',
  },
  'has a head apart from what clients read': {
    backend: (files) => {
      const apart = memoryBackend(new Map());
      return { ...memoryBackend(files), head: apart.head };
    },
    breaks: 'the head is timestamp.json, and is replaced by who read it last',
  },
  'compares the head, waits and then replaces it': {
    backend: (files) => {
      const backend = memoryBackend(files);
      const replace: Backend['head']['replace'] = async (expected, next) => {
        const found = await backend.head.read();
        if (Buffer.compare(found ?? Buffer.alloc(0), expected ?? Buffer.alloc(0)) !== 0) {
          throw new TufError('ERR_TUF_CONFLICT', 'moved', { path: 'timestamp.json' });
        }
        await new Promise((resolve) => setImmediate(resolve));
        files.set('metadata/timestamp.json', next.slice());
      };
      return { ...backend, head: { ...backend.head, replace } };
    },
    breaks: 'of many that replace the head at once, one wins and the others are told',
  },
  'says so by another error': {
    backend: changed((_base, store) => ({
      put: (name, content) =>
        store.put(name, content).catch((error: unknown) => {
          throw error instanceof TufError ? new RangeError('taken') : error;
        }),
    })),
    breaks: 'a file is written once: the same bytes are fine, others are a conflict and stay away',
  },
};

/** A backend in memory of which some calls are others. */
function changed(
  change: (base: string, store: FileStore, all: Map<string, Uint8Array>) => Partial<FileStore>,
): (files: Map<string, Uint8Array>) => Backend {
  return (files) => {
    const backend = memoryBackend(files);
    const of = (base: 'metadata' | 'targets') => ({ ...backend[base], ...change(base, backend[base], files) });
    return { metadata: of('metadata'), targets: of('targets'), head: backend.head };
  };
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

describe('the contract of a backend', () => {
  it.each(Object.entries(mistakes))('finds one that %s', async (_, { backend, breaks }) => {
    const open = (): BackendUnderTest => {
      const files = new Map<string, Uint8Array>();
      return { backend: backend(files), other: backend(files) };
    };
    const check = backendContract(open).find(({ name }) => name === breaks);
    const thrown = await check?.run().then(
      () => undefined,
      (error: unknown) => error,
    );
    // What it throws of itself, where it had to do something, says enough.
    expect(thrown instanceof BrokenContract || thrown instanceof TufError, String(thrown)).toBe(true);
  });

  it('ends each place, also after a failure', async () => {
    let open = 0;
    const under = (): BackendUnderTest => {
      open += 1;
      const end = (): void => {
        open -= 1;
      };
      return { backend: memoryBackend(), other: memoryBackend(), end };
    };
    const results = await Promise.allSettled(backendContract(under).map(({ run }) => run()));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    expect(open).toBe(0);
  });
});
