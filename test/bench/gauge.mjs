/**
 * What a measured program counts about itself: CPU time of all its threads, and how far its peak memory rose above idle.
 * Started when everything is imported, stopped when the work is done.
 */
import { readFileSync } from 'node:fs';

/** @returns {() => { cpuMs: number, memoryMiB: number, peakMiB: number }} stops the gauge */
export function startGauge() {
  const idleKiB = memoryKiB('VmRSS') ?? process.memoryUsage.rss() / 1024;
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const peakKiB = memoryKiB('VmHWM') ?? process.resourceUsage().maxRSS;
    return { cpuMs: (user + system) / 1000, memoryMiB: (peakKiB - idleKiB) / 1024, peakMiB: peakKiB / 1024 };
  };
}

/** Linux counts the parent's memory in `maxRSS` of a new process; its own status file does not. */
function memoryKiB(field) {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return undefined; // not Linux
  }
}

/** The job that the parent gave, and the answer to it. */
export const job = JSON.parse(process.argv[2] ?? '{}');

/** Prints what was measured, once the target that was found is the right one. */
export function report(measured, found) {
  const wanted = `${job.length} ${job.sha256}`;
  if (found !== wanted) throw new Error(`found ${found}, not ${wanted}`);
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
