import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileOperations, nodeFiles, openAtomicFile, writeFileAtomic } from '../../src/node/atomic-write.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-atomic-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const content = () => readFileSync(path, 'utf8');
const storeError = (what: object = {}) => expect.objectContaining({ code: 'ERR_TUF_STORE', ...what });

describe('writeFileAtomic', () => {
  it('writes bytes and chunks of every kind', async () => {
    await writeFileAtomic(path, bytes('bytes'));
    expect(content()).toBe('bytes');
    await writeFileAtomic(path, [bytes('an '), bytes(''), bytes('iterable')]);
    expect(content()).toBe('an iterable');
    async function* chunks() {
      const reused = new Uint8Array(1);
      for (const byte of bytes('a generator that reuses its chunk')) {
        reused[0] = byte;
        yield reused;
      }
    }
    await writeFileAtomic(path, chunks());
    expect(content()).toBe('a generator that reuses its chunk');
    await writeFileAtomic(path, []);
    expect(content()).toBe('');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('throws on what an iterable throws, and leaves the old file alone', async () => {
    await writeFileAtomic(path, bytes('old'));
    const failure = new RangeError('no more');
    function* chunks() {
      yield bytes('new');
      throw failure;
    }
    await expect(writeFileAtomic(path, chunks())).rejects.toBe(failure);
    expect([content(), readdirSync(folder)]).toEqual(['old', ['file']]);
  });

  it('gives the permissions that were asked for, less the umask', async () => {
    const before = process.umask(0o022);
    try {
      await writeFileAtomic(path, bytes('x'));
      await writeFileAtomic(join(folder, 'own'), bytes('x'), { mode: 0o600 });
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(statSync(join(folder, 'own')).mode & 0o777).toBe(0o600);
  });

  it('makes missing folders only when it is told to', async () => {
    const deep = join(folder, 'a', 'b', 'file');
    await expect(writeFileAtomic(deep, bytes('x'))).rejects.toEqual(
      storeError({ evidence: { path: deep, operation: 'write' }, hint: 'create the folder first' }),
    );
    await writeFileAtomic(deep, bytes('x'), { folderMode: 0o700 });
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  });

  it('[PATH-03] replaces a link and does not follow it', async () => {
    writeFileSync(join(folder, 'theirs'), 'theirs');
    symlinkSync(join(folder, 'theirs'), path);
    await writeFileAtomic(path, bytes('ours'));
    expect(lstatSync(path).isFile()).toBe(true);
    expect([content(), readFileSync(join(folder, 'theirs'), 'utf8')]).toEqual(['ours', 'theirs']);
  });

  it('replaces a file that may not be written, since the folder may', async () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o400);
    await writeFileAtomic(path, bytes('new'));
    expect(content()).toBe('new');
  });

  it('does not replace a folder', async () => {
    mkdirSync(path);
    await expect(writeFileAtomic(path, bytes('x'))).rejects.toEqual(storeError());
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('asks for leave just before the file becomes visible', async () => {
    await writeFileAtomic(path, bytes('old'));
    const failure = new RangeError('not now');
    const seen: (string | undefined)[] = [];
    const check = () => {
      seen.push(content());
      throw failure;
    };
    await expect(writeFileAtomic(path, bytes('new'), { check })).rejects.toBe(failure);
    expect([content(), seen, readdirSync(folder)]).toEqual(['old', ['old'], ['file']]);
  });

  it('flushes the bytes before the name, and the folder after it', async () => {
    const calls: string[] = [];
    const files = Object.fromEntries(
      Object.entries(nodeFiles).map(([call, act]) => [
        call,
        (...rest: unknown[]) => {
          calls.push(call);
          return (act as (...all: unknown[]) => Promise<unknown>)(...rest);
        },
      ]),
    ) as unknown as FileOperations;
    await writeFileAtomic(path, bytes('x'), { files });
    const flushOfFolder = process.platform === 'win32' ? [] : ['open', 'sync', 'close'];
    expect(calls).toEqual(['open', 'write', 'sync', 'close', 'rename', ...flushOfFolder]);
  });

  it('does without the flush of a folder where the file system has none', async () => {
    let folderFd = -1;
    const files: FileOperations = {
      ...nodeFiles,
      open: async (name, flags, mode) => {
        const fd = await nodeFiles.open(name, flags, mode);
        if (name === folder) folderFd = fd;
        return fd;
      },
      sync: (fd) =>
        fd === folderFd ? Promise.reject(Object.assign(new Error('x'), { code: 'EINVAL' })) : nodeFiles.sync(fd),
    };
    await writeFileAtomic(path, bytes('x'), { files });
    expect(content()).toBe('x');
  });

  it('gives up on a disk that takes nothing', async () => {
    const files: FileOperations = { ...nodeFiles, write: async () => 0 };
    await expect(writeFileAtomic(path, bytes('x'), { files })).rejects.toEqual(storeError());
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the calls of the file system', () => {
  it('let timers have their turn in a long loop', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const path = join(folder, 'a.txt');
    writeFileSync(path, 'a');
    const began = performance.now();
    while (turns === 0 && performance.now() - began < 10_000) await nodeFiles.close(await nodeFiles.open(path, 0, 0));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

describe('openAtomicFile', () => {
  it('shows nothing before the commit, and everything after it', async () => {
    await writeFileAtomic(path, bytes('old'));
    const file = await openAtomicFile(path);
    await file.write(bytes('new '));
    expect(content()).toBe('old');
    await file.write(bytes('bytes'));
    await file.commit();
    expect(content()).toBe('new bytes');
    await file.abort();
    expect([content(), readdirSync(folder)]).toEqual(['new bytes', ['file']]);
  });

  it('leaves nothing of what is aborted', async () => {
    const file = await openAtomicFile(path);
    await file.write(bytes('half'));
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.\d+\.[0-9a-f]{16}\.tmp$/)]);
    await file.abort();
    await file.abort();
    expect(readdirSync(folder)).toEqual([]);
    await expect(file.write(bytes('more'))).rejects.toThrow(TypeError);
    await expect(file.commit()).rejects.toThrow(TypeError);
  });

  it('lets two write at once: the last commit wins, whole', async () => {
    const [one, two] = [await openAtomicFile(path), await openAtomicFile(path)];
    await one.write(bytes('one'));
    await two.write(bytes('two, longer'));
    await two.commit();
    await one.commit();
    expect(content()).toBe('one');
  });
});
