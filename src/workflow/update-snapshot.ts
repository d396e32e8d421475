import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import {
  type Authentic,
  authenticSnapshot,
  snapshotMeta,
  type Trusted,
  trustHeldSnapshot,
  trustSnapshot,
} from '../trust/trusted.ts';
import { snapshotName } from './baseline.ts';
import { establishedUnder, sameBytes, stillFresh } from './established.ts';
import { fetchListed } from './fetch-metadata.ts';
import { reportAccepted, type Workflow } from './question.ts';
import { baselineLost, isRefusal, recalled, unless } from './recalled.ts';
import type { UpdateContext } from './state.ts';
import type { RootChain } from './update-root.ts';

/**
 * The snapshot that the timestamp lists: the one that is held, where it is that one, or else a fetched one. What is held
 * guards against rollback in both cases, also when it has expired.
 *
 * @throws {@link TufError} those of {@link trustSnapshot}, `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 * @spec 4.4-e, 5.5.1, 5.5.7, A-17, A-51, A-56, A-57, A-58
 */
export function* updateSnapshot(
  { root }: Pick<RootChain, 'root'>,
  timestamp: Trusted<Timestamp>,
  context: UpdateContext,
): Workflow<Trusted<Snapshot>> {
  const { limits, order } = context;
  const meta = snapshotMeta(timestamp);
  const before = establishedUnder(root, context);
  const authenticate = function* (bytes: Uint8Array): Workflow<Authentic<Snapshot>> {
    return sameBytes(before?.snapshot, bytes) ?? (yield* authenticSnapshot(root, bytes, context));
  };
  const held = yield* recalled(snapshotName, limits.snapshotBytes, authenticate, baselineLost('snapshot'));
  if (held !== undefined && held.signed.version === meta.version) {
    // Refused: not the listed bytes, or expired. The server may have the right ones.
    const isSame = before?.timestamp === timestamp && before.snapshot === held;
    const again = isSame ? stillFresh(before.snapshot, context) : trustHeldSnapshot(root, timestamp, held, context);
    const snapshot = yield* unless(isRefusal, again);
    if (snapshot !== undefined) {
      yield* reportAccepted(snapshot, 'store');
      return snapshot;
    }
  }
  const { consistentSnapshot } = root.signed;
  return yield* fetchListed(
    {
      role: 'snapshot',
      meta,
      consistentSnapshot,
      limits,
      option: 'snapshotBytes',
      name: snapshotName,
      refetchable: false,
      order,
    },
    (bytes) => trustSnapshot(root, timestamp, bytes, held, context),
  );
}
