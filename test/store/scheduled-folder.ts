/** The lock of a folder in memory whose calls take effect in an order that a scheduler of fast-check chooses. */
import type { Stats } from 'node:fs';
import { basename } from 'node:path';
import fc, { type Scheduler } from 'fast-check';
import { expect } from 'vitest';
import { type FileOperations, nodeFiles } from '../../src/node/atomic-write.ts';
import { acquireLock } from '../../src/store/lock.ts';

class ScheduledFolder {
  readonly files: FileOperations;
  readonly #scheduler: Scheduler;
  readonly #names = new Set<string>();

  /** `coin` decides whether a listing shows a name that came or went meanwhile: the system promises neither. */
  constructor(scheduler: Scheduler, coin: () => boolean) {
    this.#scheduler = scheduler;
    const step = <T>(label: string, act: () => T): Promise<T> => scheduler.schedule(Promise.resolve(), label).then(act);
    const missing = () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    };
    this.files = {
      ...nodeFiles,
      open: (path) => step('open', () => this.#names.add(basename(path)) && 0),
      close: () => step('close', () => {}),
      unlink: (path) => step('unlink', () => this.#names.delete(basename(path)) || missing()).then(() => {}),
      touch: (path) => step('touch', () => this.#names.has(basename(path)) || missing()).then(() => {}),
      lstat: async (path) => {
        await step('lstat', () => path.endsWith('.lock') || this.#names.has(basename(path)) || missing());
        return { isDirectory: () => true, mtimeMs: 0 } as Stats;
      },
      readdir: async () => {
        const before = await step('opendir', () => new Set(this.#names));
        const after = await step('readdir', () => new Set(this.#names));
        return [...new Set([...before, ...after])].filter((name) => (before.has(name) && after.has(name)) || coin());
      },
    };
  }

  names(): string[] {
    return [...this.#names];
  }

  /** Lets calls take effect until all work is done. */
  async run(work: readonly Promise<unknown>[]): Promise<void> {
    let done = false;
    const all = Promise.all(work).finally(() => {
      done = true;
    });
    while (!done) {
      if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await all;
  }
}

/** Two to four contenders, who each take the lock twice. */
export const heldByOneAtATime = fc.asyncProperty(
  fc.scheduler(),
  fc.integer({ min: 2, max: 4 }),
  fc.infiniteStream(fc.boolean()),
  async (scheduler, contenders, coin) => {
    const folder = new ScheduledFolder(scheduler, () => coin.next().value as boolean);
    const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / 4));
    let holders = 0;
    let turns = 0;
    const contend = async () => {
      for (let i = 0; i < 2; i++) {
        const lock = await acquireLock('/store', { files: folder.files, staleMs: 1e6, pause });
        expect(++holders).toBe(1);
        await scheduler.schedule(Promise.resolve(), 'work');
        await lock.check();
        holders--;
        turns++;
        await lock.release();
      }
    };
    await folder.run(Array.from({ length: contenders }, contend));
    expect(turns).toBe(contenders * 2);
    expect(folder.names()).toEqual([]);
  },
);
