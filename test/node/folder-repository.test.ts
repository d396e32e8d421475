import {
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/client/ports.ts';
import { type FolderOperations, folderRepository, nodeFolder } from '../../src/node/folder-repository.ts';
import { type Backend, contentOf, type Publication, publish } from '../../src/repository/index.ts';
import { memoryStore } from '../../src/store/memory.ts';
import {
  clientOf,
  firstPublication,
  newRoles,
  nextPublication,
  readAll,
  type TestRoles,
  text,
} from '../repository/fixture.ts';

const base = mkdtempSync(join(tmpdir(), 'tufa-folder-'));
let count = 0;
const newFolder = (): string => {
  const folder = join(base, String(++count));
  mkdirSync(folder);
  return folder;
};
afterAll(() => rmSync(base, { recursive: true }));

/** Calls that change what is on the disk. At all others a crash leaves what the last of these left. */
const changing = ['open for writing', 'write', 'rename', 'link', 'unlink', 'mkdir'];

/**
 * A file system whose process ends at the `nth` call that changes something: before it, or in the middle of a write. Nothing
 * is flushed, which takes the time and shows nothing here.
 */
function dying(nth: number, when: 'before' | 'within'): { files: FolderOperations; calls: string[]; died(): boolean } {
  const calls: string[] = [];
  let dead = false;
  const die = (): never => {
    dead = true;
    throw Object.assign(new Error('the process has ended'), { code: 'EIO' });
  };
  const wrap =
    (name: string, act: (...all: unknown[]) => Promise<unknown>) =>
    async (...all: unknown[]): Promise<unknown> => {
      if (dead) die();
      const call = name === 'open' && ((all[1] as number) & constants.O_CREAT) !== 0 ? 'open for writing' : name;
      if (!changing.includes(call)) return name === 'sync' ? undefined : act(...all);
      calls.push(call);
      if (calls.length < nth) return act(...all);
      if (when === 'within' && call === 'write') {
        const [fd, bytes, offset] = all as [number, Uint8Array, number];
        await act(fd, bytes.subarray(0, offset + Math.floor((bytes.length - offset) / 2)), offset);
      }
      return die();
    };
  const entries = Object.entries(nodeFolder).map(([call, act]) => [call, wrap(call, act as never)]);
  return { files: Object.fromEntries(entries) as FolderOperations, calls, died: () => dead };
}

/** A store that also writes into a map. */
function recording(files: Map<string, Uint8Array>): Store {
  const store = memoryStore();
  const write: Store['write'] = (name, bytes) => {
    files.set(name, bytes.slice());
    return store.write(name, bytes);
  };
  return { ...store, write };
}

/** A client's store that starts with the files of another one. */
async function storeWith(files: ReadonlyMap<string, Uint8Array>): Promise<Store> {
  const store = memoryStore();
  for (const [name, bytes] of files) await store.write(name, bytes);
  return store;
}

function filesBelow(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

describe('the files of a folder', () => {
  it('are put once: the same bytes are fine, others are a conflict and stay away', async () => {
    const { metadata } = folderRepository(newFolder());
    const content = contentOf(Buffer.from('one'));
    expect(await metadata.put('1.a.json', content)).toBe('written');
    expect(await metadata.put('1.a.json', content)).toBe('there');
    for (const other of ['two', 'on', 'ones', '']) {
      const refusal = { code: 'ERR_TUF_CONFLICT', evidence: { path: '1.a.json' } };
      await expect(metadata.put('1.a.json', contentOf(Buffer.from(other)))).rejects.toMatchObject(refusal);
    }
    expect(text(await metadata.read('1.a.json', 10))).toBe('one');
  });

  it('are put by one of many', async () => {
    const folder = newFolder();
    const put = (n: number) => folderRepository(folder).targets.put('d/e/f', contentOf(Buffer.from(`writer ${n}`)));
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => put(n)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(readFileSync(join(folder, 'targets/d/e/f'), 'utf8')).toBe(`writer ${winner}`);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_TUF_CONFLICT' });
  });

  it('compare in pieces however they are cut', async () => {
    const { targets } = folderRepository(newFolder());
    const bytes = Buffer.alloc(300_000, 'abc');
    const cut = (size: number) => ({
      length: bytes.length,
      *chunks() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      },
    });
    expect(await targets.put('big', cut(1000))).toBe('written');
    for (const size of [7, 65_536, 70_000, 300_000]) expect(await targets.put('big', cut(size))).toBe('there');
    await expect(targets.put('big', contentOf(bytes.subarray(1)))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
  });

  it('are whole or not there: a source that fails leaves nothing', async () => {
    const folder = newFolder();
    const { targets } = folderRepository(folder, { scratch: join(folder, 'scratch') });
    const failing = {
      length: 10,
      async *chunks() {
        yield Buffer.from('half');
        throw new TypeError('the source failed');
      },
    };
    await expect(targets.put('x', failing)).rejects.toThrow('the source failed');
    await expect(targets.replace('x', failing)).rejects.toThrow('the source failed');
    expect(await targets.open('x')).toBeUndefined();
    expect(filesBelow(folder)).toEqual({});
  });

  it('have names that stay inside', async () => {
    const { metadata } = folderRepository(newFolder());
    for (const name of ['', '..', '../x', 'a/../../x', '/x', 'a//b', './a', 'a\\b', 'a\0b']) {
      await expect(metadata.put(name, contentOf(Buffer.from('x'))), name).rejects.toThrow(TypeError);
      await expect(metadata.read(name, 1), name).rejects.toThrow(TypeError);
    }
  });

  it('say how much is too much', async () => {
    const { metadata } = folderRepository(newFolder());
    await metadata.put('a', contentOf(Buffer.from('four')));
    await expect(metadata.read('a', 3)).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
    expect(await metadata.read('b', 3)).toBeUndefined();
  });

  it('are written by renaming where the file system has no second names', async () => {
    const folder = newFolder();
    const link = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));
    const { metadata } = folderRepository(folder, { files: { ...nodeFolder, link } });
    expect(await metadata.put('a', contentOf(Buffer.from('x')))).toBe('written');
    await expect(metadata.put('a', contentOf(Buffer.from('y')))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
  });

  it('can be read by whoever serves them', async () => {
    const folder = newFolder();
    await folderRepository(folder).metadata.put('a', contentOf(Buffer.from('x')));
    expect(statSync(join(folder, 'metadata/a')).mode & 0o777).toBe(0o644 & ~process.umask());
  });
});

describe('the head of a folder', () => {
  const head = (folder: string) => folderRepository(folder).head;
  const bytes = (value: string) => Buffer.from(value);

  it('is replaced by who read it last', async () => {
    const folder = newFolder();
    await head(folder).replace(undefined, bytes('1'));
    await expect(head(folder).replace(undefined, bytes('2'))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    await expect(head(folder).replace(bytes('0'), bytes('2'))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    await head(folder).replace(bytes('1'), bytes('2'));
    expect(text(await head(folder).read())).toBe('2');
    await head(folder).replace(bytes('2'), bytes('3'));
  });

  it('goes to one of many at each turn, and no turn is lost', async () => {
    const folder = newFolder();
    await head(folder).replace(undefined, bytes('0'));
    const increment = async (_: unknown, writer: number): Promise<void> => {
      for (;;) {
        const found = (await head(folder).read()) as Uint8Array;
        try {
          await head(folder).replace(found, bytes(`${Number.parseInt(text(found), 10) + 1} by ${writer}`));
          return;
        } catch (error) {
          if ((error as { code?: string }).code !== 'ERR_TUF_CONFLICT') throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, increment));
    expect(text(await head(folder).read())).toMatch(/^12 by /);
  });

  it('is replaced where the file system has no second names', async () => {
    const link = () => Promise.reject(Object.assign(new Error('no links'), { code: 'ENOTSUP' }));
    const one = folderRepository(newFolder(), { files: { ...nodeFolder, link } }).head;
    await one.replace(undefined, bytes('1'));
    await one.replace(bytes('1'), bytes('2'));
    await expect(one.replace(bytes('1'), bytes('3'))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    expect(text(await one.read())).toBe('2');
  });

  it('is not taken from a publication that ended in the middle, until that is finished', async () => {
    const folder = newFolder();
    const scratch = join(folder, 'scratch');
    const with_ = (files: FolderOperations) => folderRepository(folder, { scratch, files }).head;
    await with_(nodeFolder).replace(undefined, bytes('1'));
    const dead = {
      ...nodeFolder,
      rename: (from: string, to: string) =>
        to.endsWith('timestamp.json') ? new Promise<never>(() => {}) : nodeFolder.rename(from, to),
    };
    void with_(dead).replace(bytes('1'), bytes('2'));
    while (!readdirSync(scratch).includes('head.claim')) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(with_(nodeFolder).replace(bytes('1'), bytes('3'))).rejects.toMatchObject({
      code: 'ERR_TUF_CONFLICT',
      hint: expect.stringContaining('head.claim'),
    });
    await with_(nodeFolder).replace(bytes('1'), bytes('2'));
    await with_(nodeFolder).replace(bytes('2'), bytes('3'));
    expect(text(await with_(nodeFolder).read())).toBe('3');
  });
});

describe.each([true, false])('a publication into a folder, consistent snapshots %s', (consistentSnapshot) => {
  const old = { 'a.txt': 'first', 'ü/b.txt': 'other' };
  const next = { 'a.txt': 'changed', 'c.txt': 'new' };
  let roles: TestRoles;
  let published: string;
  let root: Uint8Array;
  let second: Publication;
  let finished: Record<string, string>;
  const held = new Map<string, Uint8Array>();

  const backendIn = (folder: string, files: FolderOperations = nodeFolder): Backend =>
    folderRepository(join(folder, 'public'), { scratch: join(folder, 'scratch'), files });

  beforeAll(async () => {
    roles = await newRoles();
    published = newFolder();
    const first = await firstPublication(roles, old, { consistentSnapshot });
    root = first.root;
    await publish(first, backendIn(published));
    await clientOf(backendIn(published), root, recording(held)).refresh();
    second = await nextPublication(roles, backendIn(published), root, next);
    const copy = newFolder();
    cpSync(published, copy, { recursive: true });
    await publish(second, backendIn(copy));
    finished = filesBelow(join(copy, 'public'));
  });

  /** What a client reads after a crash: which state, or what refused it. */
  async function stateFor(folder: string, store: Store): Promise<string> {
    const client = clientOf(backendIn(folder), root, store);
    try {
      await client.refresh();
      const isNew = (await client.find('c.txt')) !== undefined;
      await readAll(client, Object.keys(isNew ? { ...old, ...next } : old));
      return isNew ? 'new' : 'old';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  /** A client that is new, and one that was there before. */
  const statesFor = async (folder: string): Promise<string[]> => [
    await stateFor(folder, memoryStore()),
    await stateFor(folder, await storeWith(held)),
  ];

  it.each(['before', 'within'] as const)(
    '[T26] is read whole by every client after a crash %s any call that changes the disk, and is finished by repeating it',
    async (when) => {
      const seen = new Set<string>();
      let total = 0;
      for (let nth = 1; ; nth += 1) {
        const folder = newFolder();
        cpSync(published, folder, { recursive: true });
        const { files, calls, died } = dying(nth, when);
        await publish(second, backendIn(folder, files)).catch(() => {});
        const where = `${nth}: ${calls.at(-1)}`;
        if (when === 'before' || !died() || calls.at(-1) === 'write') {
          const states = await statesFor(folder);
          for (const state of states) seen.add(state);
          if (consistentSnapshot) expect(new Set(states).size, where).toBe(1);
          await publish(second, backendIn(folder, dying(Number.POSITIVE_INFINITY, 'before').files));
          expect(filesBelow(join(folder, 'public')), where).toEqual(finished);
          expect(await statesFor(folder), where).toEqual(['new', 'new']);
        }
        rmSync(folder, { recursive: true });
        total = nth;
        if (!died()) break;
      }
      expect(total).toBeGreaterThan(20);
      const refusals = ['ERR_TUF_HASH_MISMATCH', 'ERR_TUF_LENGTH_MISMATCH', 'ERR_TUF_TOO_LONG'];
      for (const state of seen) {
        expect(consistentSnapshot ? ['old', 'new'] : ['old', 'new', ...refusals]).toContain(state);
      }
      expect([...seen]).toEqual(expect.arrayContaining(['old', 'new']));
    },
  );

  it('leaves no file of its own making where clients look', async () => {
    expect(Object.keys(finished).filter((name) => /tmp|claim|lock/.test(name))).toEqual([]);
  });

  it('that finds the disk full says so, and changes nothing that clients read', async () => {
    const folder = newFolder();
    cpSync(published, folder, { recursive: true });
    const full = { ...nodeFolder, write: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) };
    await expect(publish(second, backendIn(folder, full))).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      hint: expect.stringContaining('space'),
    });
    expect(await stateFor(folder, memoryStore())).toBe('old');
  });

  it('that meets a file somebody put in its way is a conflict', async () => {
    const folder = newFolder();
    cpSync(published, folder, { recursive: true });
    if (!consistentSnapshot) return;
    writeFileSync(join(folder, 'public/metadata/2.targets.json'), '{}');
    await expect(publish(second, backendIn(folder))).rejects.toMatchObject({ code: 'ERR_TUF_CONFLICT' });
    expect(await stateFor(folder, memoryStore())).toBe('old');
  });
});

describe('a file that was opened', () => {
  it('is closed once, whether it is read, given up before the first chunk, or in the middle', async () => {
    const folder = newFolder();
    const counts = { open: 0, close: 0 };
    const counting: typeof nodeFolder = {
      ...nodeFolder,
      open: (...args) => {
        counts.open += 1;
        return nodeFolder.open(...args);
      },
      close: (fd) => {
        counts.close += 1;
        return nodeFolder.close(fd);
      },
    };
    const { targets } = folderRepository(folder, { files: counting });
    await targets.put('a.bin', contentOf(new Uint8Array(200_000)));
    counts.open = counts.close = 0;
    const open = async () => ((await targets.open('a.bin')) as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await (await open()).return?.();
    const middle = await open();
    await middle.next();
    await middle.return?.();
    await middle.return?.();
    const whole = await open();
    while ((await whole.next()).done !== true);
    await whole.return?.();
    expect(counts).toEqual({ open: 3, close: 3 });
  });
});
