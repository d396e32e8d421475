import { isLongLocalName, localName } from '../metadata/file-name.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import type { Authority } from '../trust/authority.ts';
import { digest } from '../trust/question.ts';
import { type Trusted, targetsMeta, trustTargets } from '../trust/trusted.ts';
import { fetchListed, notKept } from './fetch-metadata.ts';
import { read, reportAccepted, type Workflow } from './question.ts';
import { ignored, recalled } from './recalled.ts';
import type { UpdateContext } from './state.ts';

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
  context: UpdateContext,
): Workflow<Trusted<Targets>> {
  const { role } = authority;
  const { limits, offline, order } = context;
  const meta = targetsMeta(snapshot, role);
  const name = yield* localNameOf(role);
  const trust = (bytes: Uint8Array) => trustTargets(authority, snapshot, bytes, context);
  const bytesMax = Math.min(meta.length ?? limits.targetsBytes, limits.targetsBytes);
  if (offline) {
    const kept = yield* read(name, bytesMax);
    if (kept === undefined) throw notKept(name, role);
    const targets = yield* trust(kept);
    yield* reportAccepted(targets, 'store');
    return targets;
  }
  // An older version is what an update finds as a rule; anything else that is wrong with it is worth knowing.
  const held = yield* recalled(name, bytesMax, trust, (cause) =>
    cause.family === 'format' ? ignored(name)(cause) : undefined,
  );
  if (held !== undefined) {
    yield* reportAccepted(held, 'store');
    return held;
  }
  const { consistentSnapshot } = root.signed;
  return yield* fetchListed(
    { role, meta, consistentSnapshot, limits, option: 'targetsBytes', name, refetchable: true, order },
    trust,
  );
}

function* localNameOf(role: string): Workflow<string> {
  const long = isLongLocalName(role);
  return localName(role, '.json', long ? encodeHex(yield* digest('sha256', encodeUtf8(role))) : undefined);
}
