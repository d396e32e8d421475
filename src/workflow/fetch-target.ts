import { TufError } from '../errors.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { targetUrlPath } from '../metadata/file-name.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { checkTargetFile, tooLong } from '../trust/mix-and-match.ts';
import type { Trusted } from '../trust/trusted.ts';
import { type Downloaded, download, type Place, type Workflow } from './question.ts';
import { isRefusal, only, unless } from './recalled.ts';
import { checkFreshness, contextOn, type UpdateContext, type UpdateState, withRootWalkStatus } from './state.ts';

/**
 * Downloads a target that a search on this state has found, and checks its length and every digest. Whoever answers holds
 * the bytes back until this program has ended without a throw.
 *
 * With consistent snapshots the file's name carries a digest: the strongest, then the next where that is not available.
 *
 * @param vouchers what the search gave with the target: every role on whose word it rests must still be fresh.
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_LENGTH_MISMATCH`, `ERR_TUF_HASH_MISMATCH`, `ERR_TUF_MALFORMED` for a
 * path that no URL carries, `ERR_TUF_EXPIRED`, `ERR_TUF_TRANSPORT`.
 * @spec 5.7.1, 5.7.3a, 5.7.3b, 5.7.3c, A-12, A-15, A-19, A-44, A-69
 */
export function fetchTarget(
  state: UpdateState,
  target: TargetFile,
  vouchers: readonly Trusted<Targets>[],
  context: UpdateContext,
): Workflow<void> {
  return withRootWalkStatus(state.rootWalkStatus, fetchFound(state, target, vouchers, contextOn(state, context)));
}

function* fetchFound(
  state: UpdateState,
  target: TargetFile,
  vouchers: readonly Trusted<Targets>[],
  context: UpdateContext,
): Workflow<void> {
  checkFreshness(state, context.time);
  for (const document of vouchers) checkFreeze(document, context.time);
  const algorithms = knownDigests(target.hashes).map(({ algorithm }) => algorithm);
  // Only unknown algorithms: refused before anything is asked for.
  if (algorithms.length === 0) checkTargetFile(target, target.length, new Map());
  const paths =
    state.root.signed.consistentSnapshot && context.prefixTargetsWithHash
      ? algorithms.map((algorithm) => targetUrlPath(target.path, target.hashes.get(algorithm)))
      : [targetUrlPath(target.path)];
  const attempt = (place?: Place): Workflow<void> => fetchFrom(paths, algorithms, target, place);
  yield* context.order?.first(attempt) ?? attempt();
}

function* fetchFrom(
  paths: readonly string[],
  algorithms: readonly HashAlgorithm[],
  target: TargetFile,
  place: Place | undefined,
): Workflow<void> {
  let status = 0;
  for (const path of paths) {
    const question = { target: target.path, path, bytesMax: target.length, algorithms, place };
    let answer = yield* download(question);
    if (answer.outcome !== 'unavailable' && answer.resumed) {
      if (yield* unless(isRefusal, checked(target, answer))) return;
      // Its parts may be of two files: one more answer, to no beginning, tells.
      answer = yield* download({ ...question, anew: true });
    }
    if (answer.outcome !== 'unavailable') {
      yield* checked(target, answer);
      return;
    }
    status = answer.status;
  }
  const last = paths[paths.length - 1] as string;
  throw new TufError(
    'ERR_TUF_TRANSPORT',
    `target ${JSON.stringify(target.path)}: the server answered ${status} for ${last}`,
    { url: last, path: target.path, status },
    { hint: 'check the targets URL, or ask the publisher' },
  );
}

/** Asks nothing. Throws what is wrong with an answer, and gives `true` where nothing is. */
function checked(target: TargetFile, answer: Exclude<Downloaded, { readonly outcome: 'unavailable' }>): Workflow<true> {
  return only(() => {
    if (answer.outcome === 'too-long') throw tooLong({ path: target.path }, target.length);
    checkTargetFile(target, answer.length, answer.digests);
    return true;
  });
}
