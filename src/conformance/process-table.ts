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
}

/** The processes of a group that have not ended; `undefined` where the system does not tell. */
export function membersOf(group: number): number[] | undefined {
  return processes()
    ?.filter((each) => each.group === group)
    .map(({ pid }) => pid);
}

/** Bytes of memory that the processes of a group take together; 0 where the system does not tell. */
export function memoryOf(group: number): number {
  const members = membersOf(group) ?? [];
  return members.map(residentBytes).reduce((sum, bytes) => sum + bytes, 0);
}

/** The processes that were started with `NAME=VALUE` in their environment, wherever they are now. */
export function startedWith(variable: string): number[] {
  return (processes() ?? [])
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && read(`/proc/${pid}/environ`).split('\0').includes(variable));
}

/** Sends SIGKILL to one process, or with a negative number to a group. One that has ended is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, which is what was wanted.
  }
}

function processes(): Listed[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // The name of the program, which may hold anything, stands in parentheses before the rest.
      const text = read(`/proc/${name}/stat`);
      const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return text === '' || state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), group: Number(group) }];
    });
}

function residentBytes(pid: number): number {
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
