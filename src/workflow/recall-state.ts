import { compareInstants, type Instant } from '../metadata/date-time.ts';
import type { Root } from '../metadata/root.ts';
import { topLevelAuthority } from '../trust/authority.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { type Trusted, trustPinnedRoot, trustSnapshot, trustTimestamp } from '../trust/trusted.ts';
import { snapshotName, timestampName } from './baseline.ts';
import { notKept } from './fetch-metadata.ts';
import { checkFloor, standingFloor } from './floor.ts';
import { read, reportAccepted, type Workflow } from './question.ts';
import { contextOn, type Offline, type UpdateContext, type UpdateState } from './state.ts';
import { currentName, historyName, isAnotherInHistory, nextKept, readRoot } from './update-root.ts';
import { checkClock, type Memory, recall } from './update-state.ts';
import { updateTargets } from './update-targets.ts';

/** A state from the store alone. */
export interface RecalledState {
  readonly state: UpdateState;
  /** When an update last succeeded, where that is known. */
  readonly checkedAt: Instant | undefined;
}

/**
 * What an earlier update has kept, verified from the pinned root again as if it were fetched. Asks for nothing, and changes
 * nothing in the store: where what is there does not pass, the next update sees to it.
 *
 * Gives up, until a connection is there, timeliness and recovery from what has become known since.
 *
 * @param notBefore an update that succeeded earlier, or at a time that nobody knows, is not enough: gives `undefined`.
 * @throws {@link TufError} `ERR_TUF_STORE` where anything is not kept; those of every check.
 * @spec 5-a, 5.3.10, 5.4.4, A-18, A-64
 */
export function* recallState(
  pinnedBytes: Uint8Array,
  offline: Offline,
  context: UpdateContext,
  notBefore?: Instant,
): Workflow<RecalledState | undefined> {
  const within = contextOn({ offline, order: context.order }, context);
  const pinned = yield* trustPinnedRoot(pinnedBytes, context);
  checkFloor(context.floor, pinned);
  const memory = yield* recall();
  if (notBefore !== undefined && !isWithin(memory?.time, notBefore, context.time)) return undefined;
  yield* checkClock(memory, context);
  const roots = yield* keptRoots(pinned, memory, within);
  const root = roots[roots.length - 1] as Trusted<Root>;
  const floor = yield* standingFloor(context.floor, roots);
  checkFreeze(root, within.time);
  const timestampBytes = yield* kept('timestamp', timestampName, context.limits.timestampBytes);
  const timestamp = yield* trustTimestamp(root, timestampBytes, undefined, within, floor);
  yield* reportAccepted(timestamp, 'store');
  const snapshotBytes = yield* kept('snapshot', snapshotName, context.limits.snapshotBytes);
  const snapshot = yield* trustSnapshot(root, timestamp, snapshotBytes, undefined, within);
  yield* reportAccepted(snapshot, 'store');
  const targets = yield* updateTargets(topLevelAuthority(root, 'targets'), root, snapshot, within);
  const { order } = context;
  const delegated = new WeakMap();
  // Whoever takes what is young enough is not offline: what is not kept yet may be asked for.
  const mode = notBefore === undefined ? offline : undefined;
  const state = {
    root,
    roots,
    timestamp,
    snapshot,
    targets,
    rootWalkStatus: undefined,
    delegated,
    order,
    offline: mode,
  };
  return { state, checkedAt: memory?.time };
}

/** Whether a time is known, and neither before nor after two others. */
export function isWithin(time: Instant | undefined, from: Instant, to: Instant): boolean {
  return time !== undefined && compareInstants(from, time) <= 0 && compareInstants(time, to) <= 0;
}

/** The chain that is kept, from the pinned root to the one last used. */
function* keptRoots(
  pinned: Trusted<Root>,
  memory: Memory | undefined,
  context: UpdateContext,
): Workflow<Trusted<Root>[]> {
  if (yield* isAnotherInHistory(pinned, context)) throw notKept(historyName(pinned.signed.version), 'root');
  const roots = [pinned];
  for (;;) {
    const newest = roots[roots.length - 1] as Trusted<Root>;
    const next = yield* nextKept(newest, context);
    if (next === undefined) break;
    yield* reportAccepted(next, 'store');
    roots.push(next);
  }
  const { version } = (roots[roots.length - 1] as Trusted<Root>).signed;
  // A chain that is damaged would end at a root whose keys may be gone since.
  const current = yield* readRoot(currentName, context);
  const last = Math.max(memory?.root ?? 0, current?.signed.version ?? 0);
  if (version < last) throw notKept(historyName(version + 1), 'root');
  return roots;
}

function* kept(role: string, name: string, bytesMax: number): Workflow<Uint8Array> {
  const bytes = yield* read(name, bytesMax);
  if (bytes === undefined) throw notKept(name, role);
  return bytes;
}
