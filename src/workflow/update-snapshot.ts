import { metadataUrlPath } from '../metadata/file-name.ts';
import type { MetaFile, Snapshot, Timestamp } from '../metadata/snapshot.ts';
import { type Authentic, authenticSnapshot, snapshotMeta, type Trusted, trustSnapshot } from '../trust/trusted.ts';
import { isRefusal, snapshotName } from './baseline.ts';
import { fetch, read, report, reportAccepted, type Workflow, write } from './question.ts';
import type { UpdateContext } from './state.ts';
import { rootWalkBlamed } from './state.ts';
import type { RootChain } from './update-root.ts';
import { complete } from './update-timestamp.ts';

/**
 * The snapshot that the timestamp lists: the one that is held, where it is that one, or else a fetched one. What is held
 * guards against rollback in both cases, also when it has expired.
 *
 * @throws {@link TufError} those of {@link trustSnapshot}, `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 * @spec 4.4-e, 5.5.1, 5.5.7, A-17, A-51, A-56, A-57, A-58
 */
export function* updateSnapshot(
  chain: RootChain,
  timestamp: Trusted<Timestamp>,
  context: UpdateContext,
): Workflow<Trusted<Snapshot>> {
  const { root } = chain;
  const meta = snapshotMeta(timestamp);
  const held = yield* heldSnapshot(root, context);
  if (held !== undefined && held.signed.version === meta.version) {
    try {
      const snapshot = yield* trustSnapshot(root, timestamp, held.bytes, undefined, context);
      yield* reportAccepted(snapshot, 'store');
      return snapshot;
    } catch (error) {
      // Not the listed bytes, or expired: the server may have the right ones.
      if (!isRefusal(error)) throw error;
    }
  }
  const path = metadataUrlPath('snapshot', root.signed.consistentSnapshot ? meta.version : undefined);
  const bytes = yield* fetchListed('snapshot', path, meta, context.limits.snapshotBytes, 'snapshotBytes');
  try {
    const snapshot = yield* trustSnapshot(root, timestamp, bytes, held, context);
    yield* write(snapshotName, snapshot.bytes);
    yield* reportAccepted(snapshot, 'server');
    return snapshot;
  } catch (error) {
    throw rootWalkBlamed(chain.walkStatus, error);
  }
}

function* heldSnapshot(root: RootChain['root'], context: UpdateContext): Workflow<Authentic<Snapshot> | undefined> {
  const bytes = yield* read(snapshotName, context.limits.snapshotBytes);
  if (bytes === undefined) return undefined;
  try {
    return yield* authenticSnapshot(root, bytes, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    yield* report({ type: 'baseline-lost', role: 'snapshot', cause: error });
    return undefined;
  }
}

/** Fetches a listed file: no more bytes than are listed, and never more than the limit. @spec 4.4-e, A-11, A-68 */
export function* fetchListed(
  role: string,
  path: string,
  meta: MetaFile,
  limit: number,
  option: string,
): Workflow<Uint8Array> {
  const listed = meta.length ?? Number.POSITIVE_INFINITY;
  const bytesMax = Math.min(listed, limit);
  const answer = yield* fetch({ role, path, bytesMax, fresh: false });
  return complete(answer, role, path, bytesMax, listed <= limit ? undefined : option);
}
