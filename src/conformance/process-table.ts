/**
 * What the system says of processes: whom a group holds, what memory it takes, and who has left it. Where there is no
 * `/proc`, nothing is known and nothing is limited by it.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** A process that has not ended. */
interface Listed {
  readonly pid: number;
  readonly group: number;
  /** Clock ticks since the system started. */
  readonly started: number;
}

/** The processes of a group that have not ended; none where the system does not tell. */
export function membersOf(group: number): number[] {
  return processes()
    .filter((each) => each.group === group)
    .map(({ pid }) => pid);
}

/** Bytes of memory that the processes of a group take together; 0 where the system does not tell. */
export function memoryOf(group: number): number {
  return membersOf(group)
    .map(residentBytes)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** When a process was started, for {@link startedWith}; 0 where the system does not tell. */
export function startOf(pid: number): number {
  return listed(pid)?.started ?? 0;
}

/**
 * The processes that were started with `NAME=VALUE` in their environment, wherever they are now.
 *
 * @param since the start of the first of them: what was there before is not looked at.
 */
export function startedWith(variable: string, since: number): number[] {
  return processes()
    .filter(({ pid, started }) => started >= since && pid !== process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(variable));
}

/** Whether a group has any process; `true` also for one that has ended and is not yet taken off the table. */
export function hasMembers(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends SIGKILL to one process, or with a negative number to a group. One that has ended is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, which is what was wanted.
  }
}

function processes(): Listed[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (listed(Number(name)) ?? []) : []));
}

/** One process, unless it has ended. */
function listed(pid: number): Listed | undefined {
  // The name of the program, which may hold anything, stands in parentheses before the rest.
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group] = fields;
  return text === '' || state === 'Z' || state === 'X'
    ? undefined
    : { pid, group: Number(group), started: Number(fields[19]) };
}

/** Bytes of memory that one process takes; 0 where the system does not tell. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return Number(kibibytes) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended meanwhile, or belongs to somebody else
  }
}
