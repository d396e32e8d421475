import { TufError } from '../errors.ts';
import { compareInstants, formatDateTime, type Instant, parseDateTime } from '../metadata/date-time.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { read, report, type Workflow, write } from './question.ts';
import type { UpdateContext } from './state.ts';

/**
 * What the client remembers besides metadata, in a small local file: the root version under which timestamp and snapshot
 * were last used, and the time of the last update.
 */
export interface Memory {
  readonly root: number;
  readonly time: Instant;
}

const name = 'update-state';
const bytesMax = 1024;

/** Reads the memory; a damaged file is reported and ignored. */
export function* recall(): Workflow<Memory | undefined> {
  const bytes = yield* read(name, bytesMax);
  if (bytes === undefined) return undefined;
  try {
    const value = parseJson(bytes, { role: name });
    const object: JsonObject = value instanceof Map ? value : new Map();
    const root = object.get('root');
    const time = parseDateTime(String(object.get('time')));
    if (object.get('format') === 1 && typeof root === 'number' && root >= 1 && time !== undefined)
      return { root, time };
    yield* report({ type: 'local-file-ignored', name, cause: 'not in the form that tufa writes' });
  } catch (error) {
    yield* report({ type: 'local-file-ignored', name, cause: error });
  }
  return undefined;
}

export function* remember(memory: Memory): Workflow<void> {
  const time = formatDateTime(memory.time);
  yield* write(name, encodeUtf8(`{"format":1,"root":${memory.root},"time":"${time}"}\n`));
}

/**
 * Reports a clock that is earlier than at the last update, and refuses it under the strict profile. It is no hard floor:
 * a clock that was once far ahead would lock the client out.
 *
 * @throws {@link TufError} `ERR_TUF_CLOCK` under the strict profile.
 * @spec A-64
 */
export function* checkClock(memory: Memory | undefined, context: UpdateContext): Workflow<void> {
  // The memory keeps whole seconds.
  if (memory === undefined || compareInstants(context.time, memory.time) >= 0) return;
  const evidence = { time: formatDateTime(context.time), lastTime: formatDateTime(memory.time) };
  yield* report({ type: 'clock-went-back', ...evidence });
  if (context.profile !== 'strict') return;
  throw new TufError(
    'ERR_TUF_CLOCK',
    `the clock says ${evidence.time}, earlier than the last update at ${evidence.lastTime}`,
    evidence,
    { hint: 'set the clock; the default profile reports this and goes on' },
  );
}
