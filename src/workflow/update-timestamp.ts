import { TufError } from '../errors.ts';
import type { Signed } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Timestamp } from '../metadata/snapshot.ts';
import { keyWasRemoved } from '../trust/fast-forward.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import { type Authentic, authenticTimestamp, isSignedUnder, type Trusted, trustTimestamp } from '../trust/trusted.ts';
import { isRefusal, readBaseline, snapshotName, timestampName } from './baseline.ts';
import { type Fetched, fetch, read, remove, report, reportAccepted, type Workflow, write } from './question.ts';
import { rootWalkBlamed, type UpdateContext } from './state.ts';
import type { RootChain } from './update-root.ts';

/**
 * Forgets timestamp and snapshot when the root has changed in a way that a fast-forward would need to be undone: a public
 * key was removed from either role, or what is held is not signed as every root since requires.
 *
 * @spec 5.3.11, A-18
 */
export function* recoverFromFastForward(chain: RootChain, context: UpdateContext): Workflow<void> {
  const [first, ...later] = chain.steps;
  if (first === undefined || later.length === 0) return;
  const held = yield* readBaseline(context);
  if (held.length === 0) return;
  let before = first;
  let compromised = false;
  for (const root of later) {
    compromised ||= keyWasRemoved(before, root, 'timestamp') || keyWasRemoved(before, root, 'snapshot');
    for (const { role, document } of held) compromised ||= !(yield* isSignedUnder(root, role, document));
    before = root;
  }
  if (!compromised) return;
  yield* report({
    type: 'fast-forward-recovery',
    fromRoot: first.signed.version,
    toRoot: chain.root.signed.version,
  });
  yield* remove(timestampName);
  yield* remove(snapshotName);
}

/**
 * Fetches and checks the timestamp. One that is newer is kept; one of the version that is held changes nothing.
 *
 * @throws {@link TufError} those of {@link trustTimestamp}, `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 * @spec 5.4.1, 5.4.5, A-16, A-17, A-50, A-56
 */
export function* updateTimestamp(chain: RootChain, context: UpdateContext): Workflow<Trusted<Timestamp>> {
  const { root } = chain;
  const { timestampBytes } = context.limits;
  const held = yield* heldTimestamp(root, context);
  const path = metadataUrlPath('timestamp');
  const answer = yield* fetch({ role: 'timestamp', path, bytesMax: timestampBytes, fresh: true });
  const bytes = complete(answer, 'timestamp', path, timestampBytes, 'timestampBytes');
  let timestamp: Trusted<Timestamp>;
  try {
    timestamp = yield* trustTimestamp(root, bytes, held, context);
  } catch (error) {
    throw rootWalkBlamed(chain.walkStatus, error);
  }
  const isHeld = (timestamp as Signed) === held;
  if (!isHeld) yield* write(timestampName, timestamp.bytes);
  yield* reportAccepted(timestamp, isHeld ? 'store' : 'server');
  return timestamp;
}

function* heldTimestamp(root: RootChain['root'], context: UpdateContext): Workflow<Authentic<Timestamp> | undefined> {
  const bytes = yield* read(timestampName, context.limits.timestampBytes);
  if (bytes === undefined) return undefined;
  try {
    return yield* authenticTimestamp(root, bytes, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    yield* report({ type: 'baseline-lost', role: 'timestamp', cause: error });
    return undefined;
  }
}

/** The bytes of a file that has to be there. `option` names the limit where it is one. */
export function complete(
  answer: Fetched,
  role: string,
  path: string,
  limit: number,
  option: string | undefined,
): Uint8Array {
  if (answer.outcome === 'complete') return answer.bytes;
  if (answer.outcome === 'too-long') throw tooLong({ role }, limit, option);
  throw new TufError(
    'ERR_TUF_TRANSPORT',
    `${role}: the server answered ${answer.status} for ${path}`,
    { url: path, role, status: answer.status },
    { hint: 'check the metadata URL; a repository in the middle of a publish answers so for a moment: try again' },
  );
}
