import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/node/atomic-write.ts';
import { directoryStore } from '../../src/store/directory.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { hasEnded, processTag } from '../../src/store/process-tag.ts';
import { Wait } from '../../src/store/wait.ts';
import { buildChildren, type Children, killAtSteps } from './processes.ts';
import { heldByOneAtATime } from './scheduled-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ended = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
const [, machine] = processTag().split('.') as [string, string];
const announcement = (pid: string | number, host = machine) => `0aaaaaaaa.${pid}.${host}.00ff`;

/** Puts an announcement there, as another client would. */
function announce(name: string): string {
  mkdirSync(join(folder, '.lock'), { recursive: true });
  writeFileSync(join(folder, '.lock', name), '');
  return join(folder, '.lock', name);
}

describe('the lock of a directory store', () => {
  it('names its owner, and leaves nothing behind', async () => {
    await directoryStore(folder).exclusive(async () => {
      expect(readdirSync(join(folder, '.lock'))).toEqual([
        expect.stringMatching(new RegExp(`^[0-9a-z]{9}\\.${process.pid}\\.${machine}\\.[0-9a-f]{16}$`)),
      ]);
    });
    expect(readdirSync(join(folder, '.lock'))).toEqual([]);
  });

  it('is taken over at once from a process of this machine that has ended', async () => {
    announce(announcement(ended));
    const store = directoryStore(folder, { lockTimeoutMs: 0 });
    expect(await store.exclusive(async () => readdirSync(join(folder, '.lock')).length)).toBe(1);
  });

  it('is not taken from a process that lives, and the error names it', async () => {
    const path = announce(announcement(process.ppid));
    const waiting = directoryStore(folder, { lockTimeoutMs: 100 }).exclusive(async () => 1);
    await expect(waiting).rejects.toMatchObject({
      code: 'ERR_TUF_STORE',
      message: `cannot lock ${folder}`,
      evidence: { path: folder, operation: 'lock' },
      hint: `process ${process.ppid} is at work there: wait for it, end it, or raise lockTimeoutMs`,
    });
    expect(readdirSync(join(folder, '.lock'))).toEqual([announcement(process.ppid)]);
    rmSync(path);
  });

  it('is not taken from a process of another machine that may live, and the error names both', async () => {
    announce(announcement(ended, 'build-7'));
    const waiting = directoryStore(folder, { lockTimeoutMs: 100 }).exclusive(async () => 1);
    await expect(waiting).rejects.toMatchObject({
      hint: expect.stringContaining(`process ${ended} on build-7 is at work`),
    });
  });

  it.each([
    ['of another machine', announcement(ended, 'build-7')],
    ['whose number another process has now', announcement(process.ppid)],
    ['that was a thread of this one', announcement(process.pid)],
  ])('is taken over from a process %s when it gives no sign of life', async (_which, name) => {
    announce(name);
    expect(await directoryStore(folder, { lockStaleMs: 100 }).exclusive(async () => 1)).toBe(1);
    expect(readdirSync(join(folder, '.lock'))).toEqual([]);
  });

  it('stays with a client that works for long', async () => {
    const slow = directoryStore(folder, { lockStaleMs: 1000 });
    await slow.exclusive(async () => {
      // Not through the queue of this process: as if from another.
      const wait = new Wait(folder, 3000, undefined);
      const pause = (ms: number, holder: string) => wait.pause(ms, holder);
      const other = acquireLock(folder, { files: nodeFiles, staleMs: 1000, pause });
      await expect(other).rejects.toMatchObject({ hint: expect.stringContaining('this process is at work there') });
      await slow.write('root.json', bytes('still mine'));
    });
    expect(readFileSync(join(folder, 'root.json'), 'utf8')).toBe('still mine');
  });

  it('that is waited for within itself ends in an error that says so', async () => {
    const store = directoryStore(folder, { lockTimeoutMs: 50 });
    await store.exclusive(async () => {
      await expect(store.exclusive(async () => 1)).rejects.toMatchObject({
        code: 'ERR_TUF_STORE',
        hint: expect.stringContaining('this process is at work there'),
      });
    });
    expect(await store.exclusive(async () => 2)).toBe(2);
  });

  it('that was removed by somebody else lets nothing more be written', async () => {
    const store = directoryStore(folder, { lockStaleMs: 400 });
    await store.write('root.json', bytes('old'));
    const lost = { code: 'ERR_TUF_STORE', hint: expect.stringContaining('run it again') };
    await expect(
      store.exclusive(async () => {
        for (const name of readdirSync(join(folder, '.lock'))) rmSync(join(folder, '.lock', name));
        await new Promise((resolve) => setTimeout(resolve, 250));
        await expect(store.write('root.json', bytes('new'))).rejects.toMatchObject(lost);
        await expect(store.remove('root.json')).rejects.toMatchObject(lost);
        await expect(store.clear()).rejects.toMatchObject(lost);
      }),
    ).rejects.toMatchObject(lost);
    expect(readFileSync(join(folder, 'root.json'), 'utf8')).toBe('old');
    await store.exclusive(() => store.write('root.json', bytes('new')));
  });

  it('that cannot be given back does not hide why the work failed', async () => {
    const failure = new RangeError('mine');
    const work = async () => {
      rmSync(join(folder, '.lock'), { recursive: true });
      throw failure;
    };
    await expect(directoryStore(folder).exclusive(work)).rejects.toBe(failure);
  });

  it('minds no other files in its folder', async () => {
    for (const name of ['.nfs0001', 'notes', '0aaaaaaaa.x.y.z', '.DS_Store']) announce(name);
    expect(await directoryStore(folder, { lockTimeoutMs: 0 }).exclusive(async () => 1)).toBe(1);
  });
});

describe('a process tag', () => {
  it('is known to live, to have ended, or not known', () => {
    expect(processTag()).toMatch(/^\d+\.[a-z0-9-]+$/);
    expect(hasEnded(processTag())).toBe(false);
    expect(hasEnded(`${ended}.${machine}`)).toBe(true);
    expect(hasEnded(`${ended}.elsewhere`)).toBeUndefined();
  });
});

describe('the lock on a folder whose calls come in any order', () => {
  it('is held by one at a time, and by everyone in the end', () => fc.assert(heldByOneAtATime, { numRuns: 40 }));
});

describe.skipIf(process.platform === 'win32')('processes on one directory store', () => {
  let children: Children;
  beforeAll(async () => {
    children = await buildChildren();
  });
  afterAll(() => children.stop());

  it('take over from a holder that was killed, and find its work undone or done', async () => {
    const store = directoryStore(folder);
    await store.write('root.json', bytes('old'));
    const holder = children.start('hold', folder);
    expect(await holder.next()).toBe('held');
    const next = store.exclusive(async () => new TextDecoder().decode(await store.read('root.json', 100)));
    holder.process.kill('SIGKILL');
    expect(await next).toBe('old');
    expect(await holder.end).toBe('SIGKILL');
  });

  it('take over from a holder that was stopped, which then writes nothing', async () => {
    const staleMs = 500;
    const store = directoryStore(folder, { lockStaleMs: staleMs });
    const holder = children.start('hold', folder, staleMs);
    expect(await holder.next()).toBe('held');
    holder.process.kill('SIGSTOP');
    await store.exclusive(() => store.write('root.json', bytes('taken over')));
    const answer = holder.next();
    holder.process.stdin.write('go on\n');
    holder.process.kill('SIGCONT');
    expect(await answer).toMatch(/^ERR_TUF_STORE this process was stopped while it held the lock/);
    expect(await holder.end).toBe(0);
    expect(readFileSync(join(folder, 'root.json'), 'utf8')).toBe('taken over');
  });

  it('wait for a holder that works', async () => {
    const holder = children.start('hold', folder);
    expect(await holder.next()).toBe('held');
    const store = directoryStore(folder);
    const next = store.exclusive(async () => new TextDecoder().decode(await store.read('root.json', 100)));
    const answer = holder.next();
    holder.process.stdin.write('go on\n');
    expect(await answer).toBe('written');
    expect(await next).toBe('from the holder');
  });

  it('lose no increment of a counter', async () => {
    const both = [1, 2].map(() => children.start('increment', folder, 200));
    expect(await Promise.all(both.map(({ end }) => end))).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'update-state'), 'utf8')).toBe('400');
    const seen = both.flatMap(({ lines }) => lines.map(Number)).sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  });

  it('[A-56] [T26] killed at some steps leave old files or new ones, and the next goes on', () =>
    killAtSteps(children, folder, 6));
});
