import { topLevelAuthority } from '../trust/authority.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { trustPinnedRoot } from '../trust/trusted.ts';
import { establishedUnder, sameBytes, sameTargets } from './established.ts';
import { checkFloor, standingFloor } from './floor.ts';
import type { Workflow } from './question.ts';
import { type UpdateContext, type UpdateState, withRootWalkStatus } from './state.ts';
import { type RootChain, updateRoot } from './update-root.ts';
import { updateSnapshot } from './update-snapshot.ts';
import { checkClock, type Memory, recall, remember } from './update-state.ts';
import { updateTargets } from './update-targets.ts';
import { recoverFromFastForward, updateTimestamp } from './update-timestamp.ts';

/**
 * The detailed client workflow: root, timestamp, snapshot, targets, in this order, each kept when all its checks have
 * passed. Wherever it ends, the next run can go on from what is kept.
 *
 * @param pinnedBytes the root that the application ships; nobody else may write to the bytes.
 * @throws {@link TufError} of every step; what was kept before stays.
 * @spec 5-a, 5.1, 5.2, 5.3.10, 5.3.11, 5.3.12, A-18, A-56, A-64
 */
export function* refresh(pinnedBytes: Uint8Array, context: UpdateContext): Workflow<UpdateState> {
  const known = sameBytes(context.established?.roots[0], pinnedBytes);
  const pinned = known ?? (yield* trustPinnedRoot(pinnedBytes, context));
  checkFloor(context.floor, pinned);
  const memory = yield* recall();
  yield* checkClock(memory, context);
  const chain = yield* updateRoot(pinned, memory?.root, context);
  return yield* withRootWalkStatus(chain.walkStatus, updateFrom(chain, chain.reRooted ? undefined : memory, context));
}

function* updateFrom(chain: RootChain, memory: Memory | undefined, context: UpdateContext): Workflow<UpdateState> {
  const { root, steps, walkStatus: rootWalkStatus } = chain;
  const floor = yield* standingFloor(context.floor, chain.roots);
  checkFreeze(root, context.time);
  yield* recoverFromFastForward(chain, context);
  // From here on timestamp and snapshot are used under this root: a first update that ends early keeps its baseline, too.
  // The time is that of the last update that succeeded, where one has.
  // A walk that was kept short of the root last used does not make the client forget how far it had come.
  const version = Math.max(root.signed.version, memory?.root ?? 0);
  const isNews = memory === undefined ? steps.length > 1 : memory.root !== version;
  if (isNews) yield* remember({ root: version, time: memory?.time });
  const timestamp = yield* updateTimestamp(chain, floor, context);
  const snapshot = yield* updateSnapshot(chain, timestamp, context);
  const same = yield* sameTargets(root, snapshot, context);
  const targets = same ?? (yield* updateTargets(topLevelAuthority(root, 'targets'), root, snapshot, context));
  yield* remember({ root: version, time: context.isTimeless ? undefined : context.time });
  return {
    root,
    roots: chain.roots,
    timestamp,
    snapshot,
    targets,
    rootWalkStatus,
    // By the same delegator as the same snapshot lists them: their expiry is looked at wherever they are used.
    delegated: (same && establishedUnder(root, context)?.delegated) ?? new WeakMap(),
    order: context.order,
    offline: undefined,
  };
}
