/**
 * From the pinned root to the newest one: every version in between, each signed by the one before.
 *
 * Roots fetched earlier are kept, so that each start is from the pinned root and still costs one request. What is kept is
 * verified like what is fetched; a kept file that fails is fetched again.
 *
 * @spec 5.2, 5.3.1, 5.3.2, 5.3.3, 5.3.4e, 5.3.8, 5.3.9, 5.3.12, A-18, A-20, A-42, A-43, A-62, A-68
 * @module
 */
import type { Signed } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import { equalBytes, tooLong } from '../trust/mix-and-match.ts';
import { isSignedUnder, isUnsigned, type Trusted, trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
import { readBaseline } from './baseline.ts';
import { sameBytes, sameSuccessor } from './established.ts';
import {
  clear,
  type Fetched,
  fetch,
  read,
  report,
  reportAccepted,
  type UpdateEvent,
  type Workflow,
  write,
} from './question.ts';
import { ignored, isRefusal, only, recalled, unless } from './recalled.ts';
import type { UpdateContext } from './state.ts';

/** The roots of one update. */
export interface RootChain {
  /** The newest; whether it has expired is still to be checked. */
  readonly root: Trusted<Root>;
  /** From the one last used, or the pinned one, to the newest: the steps that A-18 looks at. */
  readonly steps: readonly Signed<Root>[];
  /** Every one, from the pinned one to the newest. */
  readonly roots: readonly Trusted<Root>[];
  /** Whether the store was emptied: nothing that it remembered holds. */
  readonly reRooted: boolean;
  /** 403 or 410, where that ended the walk. */
  readonly walkStatus: number | undefined;
}

/** The root that was current when it was kept. */
export const currentName = 'root.json';
/** Where a root of the chain is kept. */
export const historyName = (version: number): string => `root_history/${version}.root.json`;

/**
 * Walks the chain. Each root that is accepted is kept at once, so an interrupted walk goes on where it stopped.
 *
 * @param lastUsed version of the root under which the local timestamp and snapshot were last used, where known.
 * @throws {@link TufError} the errors of {@link trustPinnedRoot} and {@link trustNextRoot}, `ERR_TUF_TOO_LONG`,
 * `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 */
export function* updateRoot(
  pinned: Trusted<Root>,
  lastUsed: number | undefined,
  context: UpdateContext,
): Workflow<RootChain> {
  const stored = yield* readRoot(currentName, context, ignored(currentName));
  const link = yield* linkStored(stored, lastUsed, pinned, context);
  const earlier = typeof link === 'string' ? [] : link;
  const isLower = stored !== undefined && stored.signed.version < pinned.signed.version;
  const linked = isLower && typeof link !== 'string';
  const walk = new Walk(pinned, linked ? undefined : stored);
  if (isLower && link === 'refused') walk.lineage = 'other';
  if (walk.lineage === 'open' && (yield* isAnotherInHistory(pinned, context))) walk.lineage = 'other';
  for (const root of earlier) yield* keep(root, context);
  if (stored === undefined || linked) yield* keepCurrent(pinned, context);
  let status: number | undefined;
  let fetched = 0;
  while (walk.newest.signed.version < Number.MAX_SAFE_INTEGER) {
    const kept = yield* nextKept(walk.newest, context);
    if (kept !== undefined) {
      yield* advance(walk, kept, 'store', context);
      continue;
    }
    if (fetched >= context.limits.rootRotations) {
      yield* report({ type: 'root-limit', version: walk.newest.signed.version, limit: fetched });
      break;
    }
    const answer = yield* fetchNext(walk.newest, context);
    if (typeof answer === 'number') {
      status = answer;
      yield* report({ type: 'root-walk-ended', version: walk.newest.signed.version, status });
      break;
    }
    fetched += 1;
    yield* advance(walk, answer, 'server', context);
  }
  const steps = stepsSince(lastUsed, earlier, walk.roots);
  if (stored !== undefined && walk.lineage !== 'same') {
    const guards = walk.lineage === 'open' && (status === undefined || (yield* baselineHolds(walk.roots, context)));
    if (!guards) yield* reRoot(walk, stored, context);
    else if (isLower) {
      // What the store says was current may have been used with keys that are gone since.
      steps.unshift(stored);
      yield* write(historyName(stored.signed.version), stored.bytes);
    }
  }
  const walkStatus = status === 404 ? undefined : status;
  yield* keepCurrent(walk.newest, context);
  const { newest: root, roots, reRooted } = walk;
  return { root, roots, steps, walkStatus, reRooted };
}

/**
 * The walk so far, and what it has shown of the store: `same` lineage once it passes through the stored root, or where
 * there is none; `other` once it finds another root of that version. Until then it is open, and may stay so: an answer that
 * there is no next root is no proof, since whoever holds the network can give it.
 */
class Walk {
  readonly roots: Trusted<Root>[];
  readonly #stored: Signed<Root> | undefined;
  lineage: 'same' | 'other' | 'open';
  reRooted = false;

  constructor(pinned: Trusted<Root>, stored: Signed<Root> | undefined) {
    this.roots = [pinned];
    this.#stored = stored;
    this.lineage = stored === undefined ? 'same' : 'open';
    this.#compare(pinned);
  }

  get newest(): Trusted<Root> {
    return this.roots[this.roots.length - 1] as Trusted<Root>;
  }

  add(root: Trusted<Root>): void {
    this.roots.push(root);
    this.#compare(root);
  }

  #compare(root: Signed<Root>): void {
    const stored = this.#stored;
    if (this.lineage !== 'open' || root.signed.version !== stored?.signed.version) return;
    this.lineage = equalBytes(root.message(), stored.message()) ? 'same' : 'other';
  }
}

/** Keeps each root in the history, which is read from the pinned one on only; the current one once the lineage is sure. */
function* advance(walk: Walk, root: Trusted<Root>, from: 'store' | 'server', context: UpdateContext): Workflow<void> {
  const before = walk.newest;
  walk.add(root);
  yield* reportAccepted(root, from);
  if (from === 'store') return;
  if (walk.roots.length === 2) yield* keep(before, context);
  yield* keep(root, context);
  if (walk.lineage === 'same') yield* keepCurrent(root, context);
}

/** Whether the store's own history has another root of the pinned one's version. */
export function* isAnotherInHistory(pinned: Trusted<Root>, context: UpdateContext): Workflow<boolean> {
  const { version } = pinned.signed;
  // A damaged file proves nothing.
  const root = yield* readRoot(historyName(version), context);
  return root?.signed.version === version && !equalBytes(root.message(), pinned.message());
}

/** Whether there is a baseline, and every root of the walk vouches for it: then it guards, whatever the lineage is. */
function* baselineHolds(roots: readonly Trusted<Root>[], context: UpdateContext): Workflow<boolean> {
  const held = yield* readBaseline(context);
  for (const root of roots) {
    for (const { role, document } of held) if (!(yield* isSignedUnder(root, role, document))) return false;
  }
  return held.length > 0;
}

/** The store is of another lineage: nothing of it is baseline or cache. */
function* reRoot(walk: Walk, stored: Signed<Root>, context: UpdateContext): Workflow<void> {
  const pinnedVersion = (walk.roots[0] as Trusted<Root>).signed.version;
  yield* report({ type: 're-rooted', storedVersion: stored.signed.version, pinnedVersion });
  yield* clear();
  for (const root of walk.roots.slice(1)) yield* keep(root, context);
  walk.reRooted = true;
}

/** The root that a local file says it is; only a hint until the chain reaches it. */
export function readRoot(
  name: string,
  context: UpdateContext,
  lost?: (cause: unknown) => UpdateEvent,
): Workflow<Signed<Root> | undefined> {
  const verify = (bytes: Uint8Array) =>
    only(() => context.established?.roots.find((root) => sameBytes(root, bytes)) ?? parseRoot(bytes, context));
  return recalled<Signed<Root>>(name, context.limits.rootBytes, verify, lost);
}

/**
 * Where the root last used is below the pinned one: the chain from it up to the pinned one. `refused`: the store's own
 * chain leads to the pinned root's version and not to it, so the store is of another lineage. `open`: neither the store nor
 * the server shows it.
 *
 * @throws {@link TufError} for an answer that is no root at all, as any step of the walk.
 */
function* linkStored(
  stored: Signed<Root> | undefined,
  lastUsed: number | undefined,
  pinned: Trusted<Root>,
  context: UpdateContext,
): Workflow<Trusted<Root>[] | 'refused' | 'open'> {
  if (stored === undefined) return [];
  const from = Math.min(lastUsed ?? stored.signed.version, stored.signed.version);
  if (from >= pinned.signed.version) return [];
  const bytes = from === stored.signed.version ? undefined : yield* read(historyName(from), context.limits.rootBytes);
  const first = yield* unless(isRefusal, trustPinnedRoot(bytes ?? stored.bytes, context));
  // A damaged local file proves nothing.
  if (first?.signed.version !== from) return 'open';
  const roots = [first];
  let isAllKept = true;
  while (roots.length <= context.limits.rootRotations) {
    const newest = roots[roots.length - 1] as Trusted<Root>;
    if (newest.signed.version >= pinned.signed.version - 1) {
      if ((yield* unless(isRefusal, trustNextRoot(newest, pinned.bytes, context))) !== undefined) return roots;
      // Of fetched roots it proves nothing: keys that were rotated away since may have leaked, and have signed another chain.
      return isAllKept ? 'refused' : 'open';
    }
    const kept = yield* nextKept(newest, context);
    isAllKept &&= kept !== undefined;
    const next = kept ?? (yield* fetchForLink(newest, context));
    if (next === undefined) return 'open';
    roots.push(next);
  }
  return 'open';
}

/** The next root of the store's chain. A root that the chain does not vouch for is the server's word, and proves nothing. */
function* fetchForLink(newest: Trusted<Root>, context: UpdateContext): Workflow<Trusted<Root> | undefined> {
  const next = yield* unless(isUnsigned, fetchNext(newest, context));
  return typeof next === 'number' ? undefined : next;
}

/** The next root that is kept, where it passes; it is verified like one that is fetched. */
export function nextKept(newest: Trusted<Root>, context: UpdateContext): Workflow<Trusted<Root> | undefined> {
  const name = historyName(newest.signed.version + 1);
  const verify = function* (bytes: Uint8Array) {
    return sameSuccessor(newest, bytes, context) ?? (yield* trustNextRoot(newest, bytes, context));
  };
  return recalled(name, context.limits.rootBytes, verify, ignored(name));
}

/** The next root, or the status that says that there is none. */
function* fetchNext(newest: Trusted<Root>, context: UpdateContext): Workflow<Trusted<Root> | number> {
  const { rootBytes } = context.limits;
  const path = metadataUrlPath('root', newest.signed.version + 1);
  const question = { role: 'root', path, bytesMax: rootBytes, fresh: true };
  const accept = function* (answer: Fetched): Workflow<Trusted<Root> | number> {
    if (answer.outcome === 'unavailable') return answer.status;
    if (answer.outcome === 'too-long') throw tooLong({ role: 'root' }, rootBytes, 'rootBytes');
    return yield* trustNextRoot(newest, answer.bytes, context);
  };
  // The walk ends where every place that answers says so.
  return yield* context.order?.best(question, accept, rankOf) ?? accept(yield* fetch(question));
}

function rankOf(next: Trusted<Root> | number): number {
  return typeof next === 'number' ? Number(next === 404) : 2;
}

/** Keeps a root in the history, where the chain is read from, or as the current one; writes only what differs. */
function* keep(root: Trusted<Root>, context: UpdateContext, name = historyName(root.signed.version)): Workflow<void> {
  const kept = yield* read(name, context.limits.rootBytes);
  if (kept === undefined || !equalBytes(kept, root.bytes)) yield* write(name, root.bytes);
}

/** After its history, so that a crash between the two loses nothing. */
function keepCurrent(root: Trusted<Root>, context: UpdateContext): Workflow<void> {
  return keep(root, context, currentName);
}

/** The roots from the one last used on; all of them where that is unknown, which is the cautious side. */
function stepsSince(
  lastUsed: number | undefined,
  earlier: readonly Trusted<Root>[],
  roots: readonly Trusted<Root>[],
): Signed<Root>[] {
  const all = [...earlier, ...roots];
  return lastUsed === undefined ? all : all.filter((root) => root.signed.version >= lastUsed);
}
