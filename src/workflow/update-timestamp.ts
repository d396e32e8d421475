import { TufError } from '../errors.ts';
import type { Signed } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import { parseSnapshot, parseTimestamp, type Timestamp } from '../metadata/snapshot.ts';
import { keyWasRemoved } from '../trust/fast-forward.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import { type Authentic, authenticTimestamp, isSignedUnder, type Trusted, trustTimestamp } from '../trust/trusted.ts';
import { type Fetched, fetch, read, remove, report, reportAccepted, type Workflow, write } from './question.ts';
import { rootWalkBlamed, type UpdateContext } from './state.ts';
import { isRefusal, type RootChain } from './update-root.ts';

const timestampName = 'timestamp.json';
export const snapshotName = 'snapshot.json';

/**
 * Forgets timestamp and snapshot when the root has changed in a way that a fast-forward would need to be undone: a public
 * key was removed from either role, or what is held is not signed as every root since requires. Says whether it did.
 *
 * @spec 5.3.11, A-18
 */
export function* recoverFromFastForward(chain: RootChain, context: UpdateContext): Workflow<boolean> {
  const [first, ...later] = chain.steps;
  if (first === undefined || later.length === 0) return false;
  let before = first;
  let removed = false;
  for (const root of later) {
    removed ||= keyWasRemoved(before, root, 'timestamp') || keyWasRemoved(before, root, 'snapshot');
    before = root;
  }
  const timestamp = yield* readHeld(timestampName, context.limits.timestampBytes, (b) => parseTimestamp(b, context));
  const snapshot = yield* readHeld(snapshotName, context.limits.snapshotBytes, (b) => parseSnapshot(b, context));
  if (timestamp === undefined && snapshot === undefined) return false;
  let unsigned = false;
  for (const root of later) {
    if (timestamp !== undefined && !(yield* isSignedUnder(root, 'timestamp', timestamp))) unsigned = true;
    if (snapshot !== undefined && !(yield* isSignedUnder(root, 'snapshot', snapshot))) unsigned = true;
  }
  if (!removed && !unsigned) return false;
  yield* report({
    type: 'fast-forward-recovery',
    fromRoot: first.signed.version,
    toRoot: chain.root.signed.version,
  });
  yield* remove(timestampName);
  yield* remove(snapshotName);
  return true;
}

/** A local file as far as it can be read. That it cannot is reported where it is missed as a baseline. */
function* readHeld<T>(name: string, bytesMax: number, parse: (bytes: Uint8Array) => T): Workflow<T | undefined> {
  const bytes = yield* read(name, bytesMax);
  try {
    return bytes === undefined ? undefined : parse(bytes);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
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
