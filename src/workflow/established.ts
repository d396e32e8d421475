/**
 * What a client that lives need not do again. A document that it trusted itself, in an earlier update, has passed every check:
 * where the same bytes are at hand under the same root, all that can have changed is the time. Nothing of this is ever read
 * from a store or outlives the client.
 *
 * @module
 */
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import type { Trusted } from '../trust/trusted.ts';
import { reportAccepted, type Workflow } from './question.ts';
import { isRefusal, only, unless } from './recalled.ts';
import type { UpdateContext, UpdateState } from './state.ts';

/** A document of an earlier update, where these are its very bytes. */
export function sameBytes<T extends Signed>(document: T | undefined, bytes: Uint8Array): T | undefined {
  return document !== undefined && equalBytes(document.bytes, bytes) ? document : undefined;
}

/** The root that followed this very one in an earlier update, where these are its bytes. */
export function sameSuccessor(
  root: Trusted<Root>,
  bytes: Uint8Array,
  { established }: UpdateContext,
): Trusted<Root> | undefined {
  const roots = established?.roots ?? [];
  const at = roots.indexOf(root);
  return at < 0 ? undefined : sameBytes(roots[at + 1], bytes);
}

/** The state of an earlier update under this very root: its documents were held against the same keys. */
export function establishedUnder(root: Trusted<Root>, { established }: UpdateContext): UpdateState | undefined {
  return established?.root === root ? established : undefined;
}

/** A document that was trusted before and has not expired since. Throws `ERR_TUF_EXPIRED`. @spec 5.5.6, 5.6.5, A-69 */
export function stillFresh<T extends DocumentHead>(document: Trusted<T>, context: UpdateContext): Workflow<Trusted<T>> {
  return only(() => {
    checkFreeze(document, context.time);
    return document;
  });
}

/**
 * The top-level targets of an earlier update, where it is this very snapshot that lists them, so that they have its length,
 * its digests and its version; `undefined` where they have to be read.
 */
export function* sameTargets(
  root: Trusted<Root>,
  snapshot: Trusted<Snapshot>,
  context: UpdateContext,
): Workflow<Trusted<Targets> | undefined> {
  const before = establishedUnder(root, context);
  if (before?.snapshot !== snapshot) return undefined;
  const targets = yield* unless(isRefusal, stillFresh(before.targets, context));
  if (targets !== undefined) yield* reportAccepted(targets, 'store');
  return targets;
}
