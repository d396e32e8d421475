import { TufError } from '../errors.ts';
import { type Hashes, knownDigests } from '../metadata/file-meta.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { findTarget } from '../workflow/find-target.ts';
import type { Workflow } from '../workflow/question.ts';
import type { UpdateContext, UpdateState } from '../workflow/state.ts';
import type { Decision } from './decisions.ts';
import { type AskSettings, answerKeys, ask, compareStates } from './exchange.ts';

/** What is permitted now of one target. */
export interface Permission {
  readonly path: string;
  readonly permitted: boolean;
  /**
   * `not-listed`: no trusted role lists it. `denied`: the answer takes it back. `disagrees`: the answer permits another file
   * than the trusted roles list, or one that none of them lists.
   */
  readonly reason: 'not-listed' | 'denied' | 'disagrees' | undefined;
  /** The operator's words for people; foreign text (A-71). */
  readonly text: string | undefined;
}

/** Permissions, or `undefined` where the answer is of a newer state: refresh and ask again. */
export type Permissions = readonly Permission[] | 'newer' | undefined;

/**
 * Asks for a decision on each path, and intersects it with what a search on this state gives: an answer takes away, and
 * never adds.
 *
 * @throws {@link TufError} those of {@link ask}, `ERR_TUF_ANSWER_STALE`, `ERR_TUF_FORK`, and those of a search.
 */
export function* askPermission(
  state: UpdateState,
  paths: readonly string[],
  context: UpdateContext,
  settings: AskSettings,
): Workflow<Permissions> {
  const keys = yield* answerKeys(state, context, settings);
  const confirmed = keys && (yield* ask(state, keys, context, settings, undefined, paths));
  if (confirmed === undefined) return undefined;
  const { answered } = confirmed;
  if ((yield* compareStates(state, answered)) === 'newer') return 'newer';
  const permissions: Permission[] = [];
  for (const decision of answered.decisions ?? []) permissions.push(yield* judge(decision, state, context));
  return permissions;
}

function* judge(decision: Decision, state: UpdateState, context: UpdateContext): Workflow<Permission> {
  const { path } = decision;
  const { target } = yield* findTarget(state, path, context);
  if (target === undefined && !decision.permitted)
    return { path, permitted: false, reason: 'not-listed', text: undefined };
  if (!decision.permitted) {
    // A target that is listed here and "not listed" there is denied by whatever name.
    return { path, permitted: false, reason: 'denied', text: decision.text };
  }
  const isSame = target?.length === decision.length && sameDigests(target.hashes, decision.hashes);
  return { path, permitted: isSame, reason: isSame ? undefined : 'disagrees', text: undefined };
}

/** Whether two lists have the same digests of the algorithms that count, at least one. */
function sameDigests(a: Hashes, b: Hashes): boolean {
  const [ours, theirs] = [knownDigests(a), knownDigests(b)];
  return (
    ours.length > 0 &&
    ours.length === theirs.length &&
    ours.every(({ algorithm, digest }, i) => {
      const other = theirs[i];
      return algorithm === other?.algorithm && equalBytes(digest, other.digest);
    })
  );
}

/** For a target that is not permitted now. */
export function denied({ path, reason = 'denied', text }: Permission): TufError<'ERR_TUF_DENIED'> {
  return new TufError(
    'ERR_TUF_DENIED',
    `${JSON.stringify(path)} is not permitted now: ${reason}${text === undefined ? '' : `: ${JSON.stringify(text)}`}`,
    { path, reason, text },
    { hint: 'do not install it, and if it is installed, ask its publisher' },
  );
}
