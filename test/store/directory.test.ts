import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileOperations, nodeFiles } from '../../src/node/atomic-write.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { processTag } from '../../src/store/process-tag.ts';
import { describeStore } from './contract.ts';
import { failingAt } from './faulty-files.ts';

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tufa-store-'));
  folder = join(base, 'store');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const storeError = (what: object = {}) => expect.objectContaining({ code: 'ERR_TUF_STORE', ...what });
/** All paths below a folder, and what the files hold. */
function tree(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    found[full.slice(path.length + 1)] = entry.isFile() ? readFileSync(full, 'utf8') : entry.isDirectory() ? '/' : '@';
  }
  return found;
}

describeStore('directoryStore', () => {
  const path = mkdtempSync(join(tmpdir(), 'tufa-contract-'));
  return {
    store: directoryStore(join(path, 'deep', 'store')),
    other: directoryStore(join(path, 'deep', 'store')),
    end: () => rmSync(path, { recursive: true }),
  };
});

describe('the files of a directory store', () => {
  it('are named as asked, with nothing else that ends in .json', async () => {
    const store = directoryStore(folder);
    await store.exclusive(async () => {
      await store.write('root.json', bytes('1'));
      await store.write('update-state', bytes('2'));
      await store.write('root_history/1.root.json', bytes('3'));
    });
    expect(tree(folder)).toEqual({
      '.lock': '/',
      'root.json': '1',
      'update-state': '2',
      root_history: '/',
      'root_history/1.root.json': '3',
    });
  });

  it('[PATH-05] are for their user alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const store = directoryStore(folder);
      await store.exclusive(() => store.write('root_history/1.root.json', bytes('x')));
    } finally {
      process.umask(before);
    }
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([folder, join(folder, 'root_history'), join(folder, '.lock')].map(mode)).toEqual(['700', '700', '700']);
    expect(mode(join(folder, 'root_history/1.root.json'))).toBe('600');
  });

  it('stay where they were when the working directory changes', async () => {
    const before = process.cwd();
    try {
      process.chdir(base);
      const store = directoryStore('store');
      process.chdir(tmpdir());
      await store.write('root.json', bytes('x'));
    } finally {
      process.chdir(before);
    }
    expect(existsSync(join(folder, 'root.json'))).toBe(true);
  });

  it('come back when the folder was removed meanwhile', async () => {
    const store = directoryStore(folder);
    await store.write('root.json', bytes('x'));
    rmSync(folder, { recursive: true });
    await store.exclusive(() => store.write('root.json', bytes('y')));
    expect(readFileSync(join(folder, 'root.json'), 'utf8')).toBe('y');
  });

  it('are removed by clear, and those of others are not', async () => {
    const store = directoryStore(folder);
    await store.write('root_history/1.root.json', bytes('x'));
    await store.write('root.json', bytes('x'));
    const foreign = ['notes.txt', 'Root.json', '.config', '.x.json', 'root_history/notes.txt', 'sub/notes.txt'];
    mkdirSync(join(folder, 'sub'));
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'odd.json'));
    symlinkSync('/', join(folder, 'link.json'));
    for (const name of foreign) writeFileSync(join(folder, name), 'theirs');
    await store.clear();
    const left = Object.keys(tree(folder)).sort();
    expect(left).toEqual([...foreign, 'sub', 'empty', 'odd.json', 'link.json', 'root_history'].sort());
  });

  it('take a path and options that make sense', () => {
    expect(() => directoryStore('')).toThrow(TypeError);
    expect(() => directoryStore(undefined as unknown as string)).toThrow(TypeError);
    expect(() => directoryStore('x', { lockTimeoutMs: -1 })).toThrow(TypeError);
    expect(() => directoryStore('x', { lockStaleMs: 0 })).toThrow(TypeError);
  });
});

describe('[PATH-03] links in a directory store', () => {
  let outside: string;
  beforeEach(() => {
    outside = join(base, 'outside');
    mkdirSync(outside);
    mkdirSync(folder);
    writeFileSync(join(outside, 'root.json'), 'theirs');
  });

  it.each([
    ['to a file', () => join(outside, 'root.json')],
    ['to nothing', () => join(outside, 'new.json')],
    ['to itself', () => join(folder, 'root.json')],
    ['to a folder', () => outside],
  ])('in place of a file, %s, are not read, and a write replaces them', async (_to, target) => {
    const link = join(folder, 'root.json');
    symlinkSync(target(), link);
    const store = directoryStore(folder);
    await expect(store.read('root.json', 1000)).rejects.toEqual(
      storeError({ evidence: { path: link, operation: 'read' }, hint: expect.stringContaining('a file is expected') }),
    );
    expect(readlinkSync(link)).toBe(target());
    await store.write('root.json', bytes('ours'));
    expect(lstatSync(link).isFile()).toBe(true);
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
  });

  it('in place of a file are removed, not what they lead to', async () => {
    symlinkSync(join(outside, 'root.json'), join(folder, 'root.json'));
    await directoryStore(folder).remove('root.json');
    expect(readdirSync(folder)).toEqual([]);
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
  });

  it.each(['outside', 'nowhere'])('in place of a folder, to %s, are refused', async (target) => {
    symlinkSync(join(base, target), join(folder, 'root_history'));
    const store = directoryStore(folder);
    const refused = storeError({ hint: expect.stringContaining('a folder is expected') });
    await expect(store.read('root_history/root.json', 1000)).rejects.toEqual(refused);
    await expect(store.write('root_history/root.json', bytes('x'))).rejects.toEqual(refused);
    await expect(store.remove('root_history/root.json')).rejects.toEqual(refused);
    await store.clear();
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
    expect(existsSync(join(base, 'nowhere'))).toBe(false);
  });

  it('in place of the lock are refused', async () => {
    symlinkSync(outside, join(folder, '.lock'));
    await expect(directoryStore(folder).exclusive(async () => 1)).rejects.toEqual(
      storeError({ hint: expect.stringContaining('a folder is expected') }),
    );
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
  });

  it('under the name of a temporary are not followed', async () => {
    const foreseen: FileOperations = {
      ...nodeFiles,
      open(path, flags, mode) {
        // Whatever name is drawn, the attacker was there first.
        if (path.endsWith('.tmp')) symlinkSync(join(outside, 'stolen'), path);
        return nodeFiles.open(path, flags, mode);
      },
    };
    await expect(directoryStore(folder, { files: foreseen }).write('root.json', bytes('x'))).rejects.toEqual(
      storeError(),
    );
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
    expect(existsSync(join(folder, 'root.json'))).toBe(false);
  });

  it('to a file of many names are cut: a write leaves the other names alone', async () => {
    linkSync(join(outside, 'root.json'), join(folder, 'root.json'));
    await directoryStore(folder).write('root.json', bytes('ours'));
    expect(tree(outside)).toEqual({ 'root.json': 'theirs' });
  });

  it('above the folder are the choice of the user', async () => {
    symlinkSync(outside, join(base, 'way'));
    await directoryStore(join(base, 'way', 'store')).write('root.json', bytes('ours'));
    expect(readFileSync(join(outside, 'store', 'root.json'), 'utf8')).toBe('ours');
  });
});

describe('what is no file', () => {
  it('is an error, not an absence', async () => {
    mkdirSync(join(folder, 'root.json'), { recursive: true });
    const store = directoryStore(folder);
    const refused = storeError({ hint: expect.stringContaining('a file is expected') });
    await expect(store.read('root.json', 1000)).rejects.toEqual(refused);
    await expect(store.write('root.json', bytes('x'))).rejects.toEqual(storeError());
    await expect(store.remove('root.json')).rejects.toEqual(storeError());
    expect(tree(folder)).toEqual({ 'root.json': '/' });
  });

  it.skipIf(process.platform === 'win32')('does not block: a pipe is an error', async () => {
    mkdirSync(folder);
    execFileSync('mkfifo', [join(folder, 'root.json')]);
    await expect(directoryStore(folder).read('root.json', 1000)).rejects.toEqual(storeError());
  });

  it('may be a file in place of a folder', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'root_history'), 'x');
    writeFileSync(join(base, 'file'), 'x');
    const refused = storeError({ hint: expect.stringContaining('a folder is expected') });
    await expect(directoryStore(folder).read('root_history/1.root.json', 10)).rejects.toEqual(refused);
    await expect(directoryStore(folder).write('root_history/1.root.json', bytes('x'))).rejects.toEqual(refused);
    await expect(directoryStore(join(base, 'file')).write('root.json', bytes('x'))).rejects.toEqual(refused);
    await expect(directoryStore(join(base, 'file')).exclusive(async () => 1)).rejects.toEqual(refused);
  });
});

describe('a disk that fails', () => {
  it('[T26] is an error with its reason and a way out, and the old file stays', async () => {
    await directoryStore(folder).write('root.json', bytes('old'));
    for (const [code, hint] of [
      ['EROFS', /access to it/],
      ['EACCES', /access to it/],
      ['ENOSPC', /free some space/],
      ['EDQUOT', /quota/],
      ['EIO', undefined],
    ] as const) {
      const store = directoryStore(folder, { files: failingAt(1, { code, only: ['open'] }).files });
      const failure = await store.write('root.json', bytes('new')).catch((error) => error);
      expect(failure).toMatchObject({
        code: 'ERR_TUF_STORE',
        message: `cannot write ${join(folder, 'root.json')} (${code})`,
        cause: { code },
        hint: hint === undefined ? undefined : expect.stringMatching(hint),
      });
      expect(tree(folder)).toEqual({ 'root.json': 'old' });
    }
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    '[T26] is like a folder that may not be written, until it may',
    async () => {
      const store = directoryStore(folder);
      await store.write('root.json', bytes('old'));
      chmodSync(folder, 0o500);
      const refused = storeError({ hint: expect.stringContaining('access to it') });
      await expect(store.write('root.json', bytes('new'))).rejects.toEqual(refused);
      await expect(store.exclusive(async () => 1)).rejects.toEqual(refused);
      expect(await store.read('root.json', 100)).toEqual(bytes('old'));
      chmodSync(folder, 0o700);
      await store.exclusive(() => store.write('root.json', bytes('new')));
      expect(await store.read('root.json', 100)).toEqual(bytes('new'));
    },
  );

  it('[A-56] at any step of a write leaves the old bytes or the new ones, and no temporary', async () => {
    const name = 'root_history/1.root.json';
    let steps = 0;
    for (const fresh of [false, true]) {
      for (let step = 1; ; step++) {
        const path = join(base, `${fresh}${step}`);
        if (!fresh) await directoryStore(path).write(name, bytes('old'));
        const faulty = failingAt(step, { code: 'EIO' });
        const store = directoryStore(path, { files: faulty.files });
        const failure = await store.write(name, bytes('new')).catch((error) => error);
        const found = await directoryStore(path).read(name, 100);
        const text = found && new TextDecoder().decode(found);
        if (!faulty.failed()) {
          expect([failure, text]).toEqual([undefined, 'new']);
          break;
        }
        expect(failure).toEqual(storeError({ cause: expect.objectContaining({ code: 'EIO' }) }));
        // After the rename only the flush of the folder can fail: then it is new, and not known to be durable.
        expect(text).toBe(faulty.done.includes('rename') ? 'new' : fresh ? undefined : 'old');
        expect(Object.keys(existsSync(path) ? tree(path) : {}).filter((file) => file.includes('.tmp'))).toEqual([]);
        steps++;
      }
    }
    expect(steps).toBeGreaterThanOrEqual(15);
  });

  it('that writes a little at a time still gets all of it', async () => {
    const slow: FileOperations = {
      ...nodeFiles,
      write: (fd, all, from) => nodeFiles.write(fd, all.subarray(0, Math.min(all.length, from + 3)), from),
      read: (fd, all, from) => nodeFiles.read(fd, all.subarray(0, Math.min(all.length, from + 2)), from),
    };
    const store = directoryStore(folder, { files: slow });
    await store.write('root.json', bytes('all of these bytes'));
    expect(await store.read('root.json', 100)).toEqual(bytes('all of these bytes'));
  });

  it.each(['lstat', 'open', 'close', 'readdir', 'unlink'] as const)(
    'in %s of the lock is an error, and the lock is not stuck',
    async (call) => {
      const faulty = failingAt(1, { code: 'EIO', only: [call], ...(call === 'close' ? {} : { path: /\.lock/ }) });
      const store = directoryStore(folder, { files: faulty.files, lockStaleMs: 200 });
      await expect(store.exclusive(async () => 1)).rejects.toEqual(storeError());
      expect(faulty.failed()).toBe(true);
      // An announcement that could not be removed is dead when it gives no sign of life any more.
      expect(await store.exclusive(async () => 2)).toBe(2);
    },
  );
});

describe('[T26] what writers that ended left behind', () => {
  const [, machine] = processTag().split('.') as [string, string];
  const ended = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();

  it('is removed under the lock, and what is still being written is not', async () => {
    const store = directoryStore(folder);
    await store.write('root_history/1.root.json', bytes('x'));
    const left = [
      `.${ended}.${machine}.00ff.tmp`,
      `root_history/.${ended}.${machine}.00ff.tmp`,
      '.1.elsewhere-1.00ff.tmp',
    ];
    const kept = [
      `.${process.pid}.${machine}.00ff.tmp`,
      '.1.elsewhere-2.00ff.tmp',
      `.${ended}.${machine}.zz.tmp`,
      '.other.tmp',
    ];
    for (const name of [...left, ...kept]) writeFileSync(join(folder, name), 'half');
    const old = new Date(Date.now() - 2 * 86_400_000);
    utimesSync(join(folder, left[2] as string), old, old);
    await directoryStore(folder).write('root.json', bytes('x'));
    expect(readdirSync(folder)).toContain(left[0]);
    await directoryStore(folder).exclusive(async () => {});
    const names = Object.keys(tree(folder));
    for (const name of left) expect(names).not.toContain(name);
    for (const name of kept) expect(names).toContain(name);
  });

  it('that cannot be removed stops nobody', async () => {
    const store = directoryStore(folder, {
      files: failingAt(1, { code: 'EPERM', only: ['unlink'], path: /\.tmp$/ }).files,
    });
    await store.write('root.json', bytes('x'));
    writeFileSync(join(folder, `.${ended}.${machine}.00ff.tmp`), 'half');
    expect(await store.exclusive(async () => 1)).toBe(1);
  });
});
