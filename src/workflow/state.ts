import { TufError } from '../errors.ts';
import { compareInstants, type Instant } from '../metadata/date-time.ts';
import type { DocumentHead, Profile, ReadOptions, Signed } from '../metadata/document.ts';
import type { Limits } from '../metadata/limits.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { checkFreeze } from '../trust/freeze.ts';
import type { TrustContext, Trusted } from '../trust/trusted.ts';
import type { FetchOrder } from './fetch-order.ts';
import type { Floor } from './floor.ts';
import type { Workflow } from './question.ts';

/**
 * How a state is had without asking for metadata: `strict` as if it were asked for, `allow-expired` whether it has expired
 * or not.
 */
export type Offline = 'strict' | 'allow-expired';

/** What one update has established. Immutable; a search and a download run on one state from begin to end. */
export interface UpdateState {
  readonly root: Trusted<Root>;
  /** Every root from the pinned one to that. */
  readonly roots: readonly Trusted<Root>[];
  readonly timestamp: Trusted<Timestamp>;
  readonly snapshot: Trusted<Snapshot>;
  readonly targets: Trusted<Targets>;
  /** The status that ended the root walk, where it was 403 or 410: a later refusal may come from it. */
  readonly rootWalkStatus: number | undefined;
  /** The places that the update asked, the best first, where there are several. */
  readonly order: FetchOrder | undefined;
  /** Set where no metadata was asked for; nor is any on this state. */
  readonly offline: Offline | undefined;
  /** Delegated roles that were verified on this state, by the delegator that vouched for them. */
  readonly delegated: WeakMap<Trusted<Targets>, Map<string, Trusted<Targets>>>;
}

/** What one run of the workflow is given. */
export interface UpdateContext extends TrustContext {
  readonly profile: Profile;
  readonly limits: Limits;
  readonly canonicalForm: NonNullable<ReadOptions['canonicalForm']>;
  /** Shipped with the pinned root. */
  readonly floor?: Floor | undefined;
  /** Where files are asked for, where that is more than one place. */
  readonly order?: FetchOrder | undefined;
  /** What this client has established before, for what it need not verify again (established.ts). */
  readonly established?: UpdateState | undefined;
  /** Only what is kept is read: a metadata file that is not kept ends the run. */
  readonly offline?: boolean;
  /** Whether target files have a digest in their names where snapshots are consistent (3.1.1-b). */
  readonly prefixTargetsWithHash: boolean;
  /** The time is nobody's clock: it is not compared with earlier ones, and not remembered. */
  readonly isTimeless?: boolean;
  /** The fixed start time (5.1); for a search or a download, its own. */
  readonly time: Instant;
}

/** A time at which nothing has expired: for what is read whether it has or not. */
export const beforeAll: Instant = { milliseconds: Number.MIN_SAFE_INTEGER, nanoseconds: 0 };

/** The context of a run on a state: it accepts what the state was made to accept. */
export function contextOn(
  { offline, order }: Pick<UpdateState, 'offline' | 'order'>,
  context: UpdateContext,
): UpdateContext {
  if (offline === undefined) return { ...context, order };
  return { ...context, order, offline: true, time: offline === 'allow-expired' ? beforeAll : context.time };
}

/** The roles that have expired at `time`, of documents that were read whether they had or not. */
export function expiredRoles(documents: readonly Signed<DocumentHead>[], time: Instant): string[] {
  return documents.filter(({ signed }) => compareInstants(signed.expiresAt, time) <= 0).map(({ role }) => role);
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
