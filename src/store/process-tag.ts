/**
 * Which process a file belongs to, in its name: `PID.MACHINE`.
 *
 * A process id means something only where it was given. On Linux the machine is therefore the host's name with the boot
 * and the namespace of process ids: two containers on one volume, of one name, are two machines.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** This process. */
export function processTag(): string {
  return `${process.pid}.${machine()}`;
}

/** Whether the process of a tag has ended: surely (`true`), surely not (`false`), or unknown from here. */
export function hasEnded(tag: string): boolean | undefined {
  const [pid, host] = tag.split('.');
  if (host !== machine()) return undefined;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH'; // EPERM is a process of another user
  }
}

/** A tag for people. */
export function describeProcess(tag: string): string {
  const [pid, host] = tag.split('.') as [string, string];
  if (host !== machine()) return `process ${pid} on ${host}`;
  return Number(pid) === process.pid ? 'this process' : `process ${pid}`;
}

let known: string | undefined;

function machine(): string {
  known ??= [hostname(), boot(), namespace()].map(plain).filter(Boolean).join('-') || 'unknown';
  return known;
}

function boot(): string {
  return orNone(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8));
}

function namespace(): string {
  return orNone(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
}

function orNone(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // only Linux tells
  }
}
