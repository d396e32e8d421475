/**
 * A clock for a program that cannot be told the time: `faketime`, a program that starts another one with a clock of its own.
 *
 * @module
 */
import { accessSync, constants, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the system keeps the memory that faketime shares with what it starts. */
const sharedFolder = '/dev/shm';
const sharedName = /^(?:sem\.faketime_sem|faketime_shm)_([0-9]{1,10})$/;

/** Whether programs can be given a clock. */
export function hasFakeClock(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'faketime'), constants.X_OK);
      return true;
    } catch {
      return false; // not in this one
    }
  });
}

/** The words that set the clock of what follows. */
export function fakeClock(time: string | undefined): string[] {
  if (time === undefined) return [];
  return ['faketime', `${time.slice(0, 10)} ${time.slice(11, 19)}.000000+00:00`];
}

/**
 * Removes what clocks that were ended by force left behind: faketime names it by its process, and refuses to start as
 * another process of that number.
 *
 * @param isAlive whether a process of this number runs.
 */
export function removeLeftClocks(isAlive: (pid: number) => boolean, folder: string = sharedFolder): void {
  for (const name of namesIn(folder)) {
    const pid = Number(sharedName.exec(name)?.[1]);
    // What belongs to somebody else stays, and is his to remove.
    if (pid > 0 && !isAlive(pid)) remove(join(folder, name));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such folder on this system
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // not ours
  }
}

/** Whether a process runs, as far as the system tells. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
