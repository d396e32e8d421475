import { onlyReported, TufError } from '../errors.ts';
import { compareInstants, formatDateTime, type Instant } from '../metadata/date-time.ts';
import { readMembers, readPositive, readTime } from '../metadata/members.ts';
import { Scanner } from '../metadata/scanner.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { report, type Workflow, write } from './question.ts';
import { ignored, only, recalled } from './recalled.ts';
import type { UpdateContext } from './state.ts';

/**
 * What the client remembers besides metadata, in a small local file: the root version under which timestamp and snapshot
 * were last used, and the time of the last update that succeeded, where one has.
 */
export interface Memory {
  readonly root: number;
  readonly time: Instant | undefined;
}

const name = 'update-state';
const bytesMax = 1024;

/** Reads the memory; a damaged file is reported and ignored. */
export function recall(): Workflow<Memory | undefined> {
  return recalled(name, bytesMax, (bytes) => only(() => readMemory(bytes)), ignored(name));
}

function readMemory(bytes: Uint8Array): Memory {
  const scanner = new Scanner(bytes, { role: name, depth: 1 });
  const readers = { format: readPositive, root: readPositive, time: readTime };
  const { format, root, time } = readMembers(scanner, readers, 'time');
  scanner.finish();
  return format === 1 ? { root, time: time?.instant } : scanner.fail('not in the form that tufa writes', 0);
}

export function* remember({ root, time }: Memory): Workflow<void> {
  const known = time === undefined ? '' : `,"time":"${formatDateTime(time)}"`;
  yield* write(name, encodeUtf8(`{"format":1,"root":${root}${known}}\n`));
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || (b !== undefined && compareInstants(a, b) < 0) ? b : a;
}

/**
 * Reports a clock that is earlier than at the last update or than the floor, and refuses it under the strict profile. It is no hard floor:
 * a clock that was once far ahead would lock the client out.
 *
 * @throws {@link TufError} `ERR_TUF_CLOCK` under the strict profile.
 * @spec A-64
 */
export function* checkClock(memory: Memory | undefined, context: UpdateContext): Workflow<void> {
  // Both are of whole seconds.
  const last = later(memory?.time, context.floor?.time);
  if (context.isTimeless || last === undefined || compareInstants(context.time, last) >= 0) return;
  const evidence = { time: formatDateTime(context.time), lastTime: formatDateTime(last) };
  yield* report({ type: 'clock-went-back', ...evidence });
  if (context.profile !== 'strict') return;
  throw new TufError(
    'ERR_TUF_CLOCK',
    `clock: ${evidence.time} is before ${evidence.lastTime}, when the metadata was known to be current`,
    evidence,
    { hint: `set the clock; ${onlyReported}` },
  );
}
