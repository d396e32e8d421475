import { isLongLocalName, localName, metadataUrlPath } from '../metadata/file-name.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import type { Authority } from '../trust/authority.ts';
import { digest } from '../trust/question.ts';
import { type Trusted, targetsMeta, trustTargets } from '../trust/trusted.ts';
import { isRefusal } from './baseline.ts';
import { read, report, reportAccepted, type Workflow, write } from './question.ts';
import { rootWalkBlamed, type UpdateContext } from './state.ts';
import { fetchListed } from './update-snapshot.ts';

/**
 * A targets role as the snapshot lists it, the top-level one or a delegated one: the local file where it passes every
 * check, or else a fetched one.
 *
 * @throws {@link TufError} those of {@link trustTargets}, `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 * @spec 5.6.1, 5.6.6, 6.2.1-d, A-40, A-45, A-56, A-57
 */
export function* updateTargets(
  authority: Authority,
  root: Trusted<Root>,
  snapshot: Trusted<Snapshot>,
  rootWalkStatus: number | undefined,
  context: UpdateContext,
): Workflow<Trusted<Targets>> {
  const { role } = authority;
  const meta = targetsMeta(snapshot, role);
  const { targetsBytes } = context.limits;
  const name = yield* localNameOf(role);
  const held = yield* read(name, Math.min(meta.length ?? targetsBytes, targetsBytes));
  if (held !== undefined) {
    try {
      const targets = yield* trustTargets(authority, snapshot, held, context);
      yield* reportAccepted(targets, 'store');
      return targets;
    } catch (error) {
      // An older version is what an update finds as a rule; anything else that is wrong with it is worth knowing.
      if (!isRefusal(error)) throw error;
      if (error.family === 'format') yield* report({ type: 'local-file-ignored', name, cause: error });
    }
  }
  const path = metadataUrlPath(role, root.signed.consistentSnapshot ? meta.version : undefined);
  const bytes = yield* fetchListed(role, path, meta, targetsBytes, 'targetsBytes');
  try {
    const targets = yield* trustTargets(authority, snapshot, bytes, context);
    yield* write(name, targets.bytes, true);
    yield* reportAccepted(targets, 'server');
    return targets;
  } catch (error) {
    throw rootWalkBlamed(rootWalkStatus, error);
  }
}

function* localNameOf(role: string): Workflow<string> {
  const long = isLongLocalName(role);
  return localName(role, '.json', long ? encodeHex(yield* digest('sha256', encodeUtf8(role))) : undefined);
}
