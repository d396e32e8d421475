/**
 * A lock between processes, and between hosts that share a folder, made of nothing but exclusively created files.
 *
 * Whoever wants the lock announces itself by a file of its own in the folder `.lock`, and then looks: it holds the lock
 * when its file is there and no other is. Of two that announce themselves, the later to do so sees the earlier, so never
 * do both hold it; each may see the other, and then the one that began to wait first keeps its file and the other
 * withdraws. A file is named for its owner and used once, so removing that of an ended process can hit no other: there is
 * no race in taking over. docs/adr/0004-stores-and-locks.md has the whole argument.
 *
 * @module
 */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { errorCode, type FileOperations, notFolder, randomName, storeError } from '../node/atomic-write.ts';
import { describeProcess, hasEnded, processTag } from './process-tag.ts';

/** Options of {@link acquireLock}. */
interface LockOptions {
  readonly files: FileOperations;
  /** Milliseconds without a sign of life after which an announcement is dead, though its process may not have ended. */
  readonly staleMs: number;
  /** Lets milliseconds pass for the one that is in the way, in words; throws to end the wait. */
  readonly pause: (ms: number, holder: string) => Promise<void>;
}

/** A lock that is held. */
export interface Lock {
  /**
   * Throws `ERR_TUF_STORE` when the lock was lost, or may have been: this process was stopped for `staleMs`, by a
   * debugger for example. Once it has passed, nobody takes over for half of `staleMs`.
   */
  check(): Promise<void>;
  /** Gives the lock back. Throws `ERR_TUF_STORE` when it was lost. */
  release(): Promise<void>;
}

/** Waits for the lock of a folder, which is made if it is missing. Throws `ERR_TUF_STORE`, or what `pause` throws. */
export async function acquireLock(folder: string, options: LockOptions): Promise<Lock> {
  const { files, staleMs, pause } = options;
  const place = join(folder, '.lock');
  const ticket = new Ticket(place, files, staleMs);
  const watch = new Watch(place, files, staleMs);
  try {
    await checkPlace(place, files);
    await asStoreError(folder, ticket.announce());
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 64)) {
      const first = await asStoreError(folder, contend(ticket, watch));
      if (first === undefined) return ticket;
      await pause(pauseMs * (0.5 + Math.random()), describeProcess(tagOf(first)));
    }
  } catch (error) {
    await ticket.withdraw().catch(() => {}); // the error that led here matters more
    throw error;
  }
}

/** Announces or withdraws as the others demand, and gives the first that is in the way; none when the lock is held. */
async function contend(ticket: Ticket, watch: Watch): Promise<string | undefined> {
  for (;;) {
    const { own, first } = await watch.look(ticket.name);
    if (first !== undefined && first < ticket.name) {
      if (own) await ticket.withdraw();
      return first;
    }
    if (own) return first;
    await ticket.announce(); // and look again: only a look after the announcement counts
  }
}

/** `BEGAN.PID.MACHINE.RANDOM`: by its name, an announcement is older than those of later comers. */
const announcement = /^[0-9a-z]{9}\.(\d+\.[a-z0-9-]+)\.[0-9a-f]+$/;

function tagOf(name: string): string {
  return announcement.exec(name)?.[1] as string;
}

/** The announcements of one that wants the lock: one at a time, each under a new name. */
class Ticket implements Lock {
  readonly #place: string;
  readonly #files: FileOperations;
  readonly #staleMs: number;
  readonly #front: string;
  #name: string;
  #heart: NodeJS.Timeout | undefined;
  /** When the last sign of life began, by the clock that only goes forward and by that of the wall. */
  #alive = { running: 0, wall: 0 };

  constructor(place: string, files: FileOperations, staleMs: number) {
    this.#place = place;
    this.#files = files;
    this.#staleMs = staleMs;
    this.#front = `${Date.now().toString(36).padStart(9, '0')}.${processTag()}`;
    this.#name = `${this.#front}.${randomName()}`;
  }

  get name(): string {
    return this.#name;
  }

  async announce(): Promise<void> {
    clearInterval(this.#heart);
    this.#name = `${this.#front}.${randomName()}`;
    const path = join(this.#place, this.#name);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    const create = () => this.#files.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.#alive = now();
    const fd = await create().catch(async (error) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      await this.#files.mkdir(this.#place, 0o700);
      return create();
    });
    await this.#files.close(fd);
    this.#heart = setInterval(() => this.#beat().catch(() => {}), this.#staleMs / 5).unref(); // check() tells
  }

  async withdraw(): Promise<void> {
    clearInterval(this.#heart);
    await this.#files.unlink(join(this.#place, this.#name)).catch((error) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }

  async check(): Promise<void> {
    const { running, wall } = now();
    const age = running - this.#alive.running;
    if (age >= this.#staleMs) throw this.#lost();
    if (Math.max(age, wall - this.#alive.wall) < this.#staleMs / 2) return;
    const before = this.#alive.running;
    try {
      await this.#beat();
    } catch (cause) {
      throw this.#lost(cause);
    }
    if (performance.now() - before >= this.#staleMs) throw this.#lost();
  }

  async release(): Promise<void> {
    clearInterval(this.#heart);
    try {
      await this.#files.unlink(join(this.#place, this.#name));
    } catch (cause) {
      throw this.#lost(cause);
    }
  }

  /** A sign of life. */
  async #beat(): Promise<void> {
    const time = now();
    await this.#files.touch(join(this.#place, this.#name));
    this.#alive = time;
  }

  #lost(cause?: unknown): Error {
    const hint = 'this process was stopped while it held the lock, or the lock was removed: run it again';
    return storeError('hold', this.#place, cause, hint);
  }
}

/** The announcements of others, as one process sees them over time. */
class Watch {
  readonly #place: string;
  readonly #files: FileOperations;
  readonly #staleMs: number;
  /** The last sign of life of each, and since when this process has known of none later, by its own running clock. */
  readonly #signs = new Map<string, { readonly mtimeMs: number; readonly since: number }>();

  constructor(place: string, files: FileOperations, staleMs: number) {
    this.#place = place;
    this.#files = files;
    this.#staleMs = staleMs;
  }

  /** Whether the announcement `own` is there, and the first of the others. Dead ones are removed. */
  async look(own: string): Promise<{ own: boolean; first: string | undefined }> {
    const names = (await this.#files.readdir(this.#place)).filter((name) => announcement.test(name)).sort();
    let first: string | undefined;
    for (const name of names) {
      if (name !== own && first === undefined && !(await this.#isDead(name))) first = name;
    }
    return { own: names.includes(own), first };
  }

  async #isDead(name: string): Promise<boolean> {
    try {
      if (!hasEnded(tagOf(name)) && !(await this.#isStale(name))) return false;
      await this.#files.unlink(join(this.#place, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error; // it is gone: dead enough
    }
    return true;
  }

  /** Judged by this process's own clock alone: those of two hosts differ, and a machine may sleep. */
  async #isStale(name: string): Promise<boolean> {
    const { mtimeMs } = await this.#files.lstat(join(this.#place, name));
    const seen = this.#signs.get(name);
    if (seen?.mtimeMs === mtimeMs) return performance.now() - seen.since >= this.#staleMs;
    this.#signs.set(name, { mtimeMs, since: performance.now() });
    return false;
  }
}

async function asStoreError<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw storeError('lock', folder, cause);
  }
}

async function checkPlace(place: string, files: FileOperations): Promise<void> {
  const stats = await files.lstat(place).catch((cause) => {
    if (errorCode(cause) !== 'ENOENT') throw storeError('lock', place, cause);
  });
  if (stats && !stats.isDirectory()) {
    throw storeError('lock', place, undefined, notFolder);
  }
}

function now(): { running: number; wall: number } {
  return { running: performance.now(), wall: Date.now() };
}
