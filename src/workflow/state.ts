import { TufError } from '../errors.ts';
import type { Instant } from '../metadata/date-time.ts';
import type { Profile, ReadOptions } from '../metadata/document.ts';
import type { Limits } from '../metadata/limits.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { checkFreeze } from '../trust/freeze.ts';
import type { TrustContext, Trusted } from '../trust/trusted.ts';
import type { Workflow } from './question.ts';

/** What one update has established. Immutable; a search and a download run on one state from begin to end. */
export interface UpdateState {
  readonly root: Trusted<Root>;
  readonly timestamp: Trusted<Timestamp>;
  readonly snapshot: Trusted<Snapshot>;
  readonly targets: Trusted<Targets>;
  /** The status that ended the root walk, where it was 403 or 410: a later refusal may come from it. */
  readonly rootWalkStatus: number | undefined;
  /** Delegated roles that were verified on this state, by the delegator that vouched for them. */
  readonly delegated: WeakMap<Trusted<Targets>, Map<string, Trusted<Targets>>>;
}

/** What one run of the workflow is given. */
export interface UpdateContext extends TrustContext {
  readonly profile: Profile;
  readonly limits: Limits;
  readonly canonicalForm: NonNullable<ReadOptions['canonicalForm']>;
  /** The fixed start time (5.1); for a search or a download, its own. */
  readonly time: Instant;
}

/**
 * Refuses a state of which a part has expired since: trust does not outlive its time in memory.
 *
 * @throws {@link TufError} `ERR_TUF_EXPIRED`.
 * @spec A-69
 */
export function checkFreshness(state: UpdateState, time: Instant): void {
  for (const document of [state.root, state.timestamp, state.snapshot, state.targets]) checkFreeze(document, time);
}

/** Runs a program; adds to a refusal that the root walk ended on a 403 or 410, which may be its reason. @spec A-42 */
export function* withRootWalkStatus<T>(status: number | undefined, program: Workflow<T>): Workflow<T> {
  try {
    return yield* program;
  } catch (error) {
    throw status === undefined ? error : rootWalkBlamed(status, error);
  }
}

function rootWalkBlamed(status: number, error: unknown): unknown {
  if (!(error instanceof TufError)) return error;
  if (error.code !== 'ERR_TUF_UNSIGNED' && error.code !== 'ERR_TUF_EXPIRED') return error;
  const hint = `${error.hint}; the server answered ${status} for the next root, which may be withheld`;
  return new TufError(error.code, error.message, { ...error.evidence, rootWalkStatus: status } as never, {
    cause: error,
    hint,
  });
}
