import type { Signed } from '../metadata/document.ts';
import type { Timestamp } from '../metadata/snapshot.ts';
import { keyWasRemoved } from '../trust/fast-forward.ts';
import type { VersionFloor } from '../trust/rollback.ts';
import { type Authentic, authenticTimestamp, isSignedUnder, type Trusted, trustTimestamp } from '../trust/trusted.ts';
import { readBaseline, snapshotName, timestampName } from './baseline.ts';
import { establishedUnder, sameBytes } from './established.ts';
import { bytesOf } from './fetch-metadata.ts';
import { type Fetched, fetch, remove, report, reportAccepted, type Workflow, write } from './question.ts';
import { baselineLost, recalled } from './recalled.ts';
import type { UpdateContext } from './state.ts';
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
    compromised ||= yield* keyWasRemoved(before, root, 'timestamp');
    compromised ||= yield* keyWasRemoved(before, root, 'snapshot');
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
export function* updateTimestamp(
  { root }: Pick<RootChain, 'root'>,
  floor: VersionFloor | undefined,
  context: UpdateContext,
): Workflow<Trusted<Timestamp>> {
  const { timestampBytes } = context.limits;
  const before = establishedUnder(root, context);
  const authenticate = function* (bytes: Uint8Array): Workflow<Authentic<Timestamp>> {
    return sameBytes(before?.timestamp, bytes) ?? (yield* authenticTimestamp(root, bytes, context));
  };
  const held = yield* recalled(timestampName, timestampBytes, authenticate, baselineLost('timestamp'));
  if (held === undefined && floor === undefined) yield* report({ type: 'no-baseline' });
  const question = { role: 'timestamp', path: timestampName, bytesMax: timestampBytes, fresh: true };
  const accept = (answer: Fetched) =>
    trustTimestamp(root, bytesOf(answer, question, 'timestampBytes'), held, context, floor);
  const timestamp = yield* context.order?.best(question, accept, ({ signed }) => signed.version) ??
    accept(yield* fetch(question));
  const isHeld = (timestamp as Signed) === held;
  if (!isHeld) yield* write(timestampName, timestamp.bytes);
  yield* reportAccepted(timestamp, isHeld ? 'store' : 'server');
  return timestamp;
}
