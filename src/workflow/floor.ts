import type { Instant } from '../metadata/date-time.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import { keyWasRemoved } from '../trust/fast-forward.ts';
import { checkRootFloor, type VersionFloor } from '../trust/rollback.ts';
import type { Trusted } from '../trust/trusted.ts';
import { report, type Workflow } from './question.ts';

/**
 * What was current when the application was built, shipped with the pinned root: the baseline of a client that has kept
 * nothing yet, or never keeps anything.
 *
 * @spec T32
 */
export interface Floor extends VersionFloor {
  /** The newest root then: under it, the versions were current. */
  readonly root: number;
  readonly time: Instant;
}

/**
 * Throws TypeError for a floor that is older than the pinned root: what became of keys in between, nobody here knows.
 */
export function checkFloor(floor: Floor | undefined, pinned: Trusted<Root>): void {
  if (floor === undefined || floor.root >= pinned.signed.version) return;
  throw new TypeError('the floor is older than the pinned root: make it anew, with `tufa floor`');
}

/**
 * The versions of a floor, as far as they still guard. They fall as any other baseline does once a later root has removed
 * a key of timestamp or snapshot, or asks for more signatures than made them.
 *
 * @param roots every root from the pinned one to the newest.
 * @throws {@link TufError} `ERR_TUF_ROLLBACK` where the newest root is older than the floor's.
 * @spec 5.3.11, A-18, T32
 */
export function* standingFloor(
  floor: Floor | undefined,
  roots: readonly Trusted<Root>[],
): Workflow<VersionFloor | undefined> {
  if (floor === undefined) return undefined;
  const newest = roots[roots.length - 1] as Trusted<Root>;
  checkRootFloor(floor.root, newest);
  for (const [i, after] of roots.entries()) {
    const before = roots[i - 1];
    if (before === undefined || before.signed.version < floor.root) continue;
    for (const role of ['timestamp', 'snapshot'] as const) {
      if (!(asksForMore(before, after, role) || (yield* keyWasRemoved(before, after, role)))) continue;
      const [fromRoot, toRoot] = [floor.root, newest.signed.version];
      yield* report({ type: 'fast-forward-recovery', fromRoot, toRoot });
      return undefined;
    }
  }
  return floor;
}

function asksForMore(before: Trusted<Root>, after: Trusted<Root>, role: TopLevelRole): boolean {
  return after.signed.roles[role].threshold > before.signed.roles[role].threshold;
}
