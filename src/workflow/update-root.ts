/**
 * From the pinned root to the newest one: every version in between, each signed by the one before.
 *
 * Roots fetched earlier are kept, so that each start is from the pinned root and still costs one request. What is kept is
 * verified like what is fetched; a kept file that fails is fetched again.
 *
 * @spec 5.2, 5.3.1, 5.3.2, 5.3.3, 5.3.4e, 5.3.8, 5.3.9, 5.3.10, 5.3.12, A-18, A-20, A-42, A-43, A-62, A-68
 * @module
 */
import { TufError } from '../errors.ts';
import type { Signed } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { equalBytes, tooLong } from '../trust/mix-and-match.ts';
import { type Trusted, trustNextRoot, trustPinnedRoot } from '../trust/trusted.ts';
import { clear, fetch, read, report, reportAccepted, type Workflow, write } from './question.ts';
import { rootWalkBlamed, type UpdateContext } from './state.ts';

/** The roots of one update. */
export interface RootChain {
  /** The newest. */
  readonly root: Trusted<Root>;
  /** From the one last used, or the pinned one, to the newest: the steps that A-18 looks at. */
  readonly steps: readonly Trusted<Root>[];
  /** 403 or 410, where that ended the walk. */
  readonly walkStatus: number | undefined;
}

const current = 'root.json';
const historyName = (version: number): string => `root_history/${version}.root.json`;

/**
 * Walks the chain. Each root that is accepted is kept at once, so an interrupted walk goes on where it stopped.
 *
 * @param lastUsed version of the root under which the local timestamp and snapshot were last used, where known.
 * @throws {@link TufError} the errors of {@link trustPinnedRoot} and {@link trustNextRoot}, `ERR_TUF_TOO_LONG`,
 * `ERR_TUF_EXPIRED` of the newest root, `ERR_TUF_TRANSPORT`, `ERR_TUF_STORE`.
 */
export function* updateRoot(
  pinned: Trusted<Root>,
  lastUsed: number | undefined,
  context: UpdateContext,
): Workflow<RootChain> {
  const stored = yield* readStored(context);
  const earlier = yield* linkStored(stored, lastUsed, pinned, context);
  const linked = stored !== undefined && stored.signed.version < pinned.signed.version && earlier !== undefined;
  const walk = new Walk(pinned, linked ? undefined : stored);
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
  if (!walk.settled) yield* reRoot(walk, stored as Signed<Root>, context);
  const walkStatus = status === 404 ? undefined : status;
  yield* keepCurrent(walk.newest, context);
  try {
    checkFreeze(walk.newest, context.time);
  } catch (error) {
    throw rootWalkBlamed(walkStatus, error);
  }
  return { root: walk.newest, steps: stepsSince(lastUsed, earlier ?? [], walk.roots), walkStatus };
}

/**
 * The walk so far. While a stored root of a higher version than the pinned one is not yet reached, it is open whether the
 * store is of this lineage, and nothing is written.
 */
class Walk {
  readonly roots: Trusted<Root>[];
  readonly #stored: Signed<Root> | undefined;
  settled: boolean;

  constructor(pinned: Trusted<Root>, stored: Signed<Root> | undefined) {
    this.roots = [pinned];
    this.#stored = stored;
    this.settled = stored === undefined || this.#reached(pinned);
  }

  get newest(): Trusted<Root> {
    return this.roots[this.roots.length - 1] as Trusted<Root>;
  }

  /** Adds a root; says whether this has just settled the lineage. */
  add(root: Trusted<Root>): boolean {
    this.roots.push(root);
    if (this.settled || !this.#reached(root)) return false;
    this.settled = true;
    return true;
  }

  #reached(root: Signed<Root>): boolean {
    const stored = this.#stored as Signed<Root>;
    return root.signed.version === stored.signed.version && equalBytes(root.message(), stored.message());
  }
}

function* advance(walk: Walk, root: Trusted<Root>, from: 'store' | 'server', context: UpdateContext): Workflow<void> {
  const settledNow = walk.add(root);
  yield* reportAccepted(root, from);
  if (settledNow) for (const each of walk.roots.slice(1)) yield* keep(each, context);
  else if (walk.settled && from === 'server') {
    yield* keep(root, context);
    yield* keepCurrent(root, context);
  }
}

/** The store is of another lineage: nothing of it is baseline or cache. */
function* reRoot(walk: Walk, stored: Signed<Root>, context: UpdateContext): Workflow<void> {
  const pinnedVersion = (walk.roots[0] as Trusted<Root>).signed.version;
  yield* report({ type: 're-rooted', storedVersion: stored.signed.version, pinnedVersion });
  yield* clear();
  for (const root of walk.roots.slice(1)) yield* keep(root, context);
}

/** The root that the store says is current; only a hint until the chain reaches it. */
function* readStored(context: UpdateContext): Workflow<Signed<Root> | undefined> {
  const bytes = yield* read(current, context.limits.rootBytes);
  if (bytes === undefined) return undefined;
  try {
    return parseRoot(bytes, context);
  } catch (error) {
    yield* report({ type: 'local-file-ignored', name: current, cause: error });
    return undefined;
  }
}

/**
 * Where the root last used is below the pinned one: the chain from it up to the pinned one, or `undefined` when there is
 * none. A stored root below the pinned one without such a chain makes the store one of another lineage.
 */
function* linkStored(
  stored: Signed<Root> | undefined,
  lastUsed: number | undefined,
  pinned: Trusted<Root>,
  context: UpdateContext,
): Workflow<Trusted<Root>[] | undefined> {
  if (stored === undefined) return undefined;
  const from = Math.min(lastUsed ?? stored.signed.version, stored.signed.version);
  if (from >= pinned.signed.version) return undefined;
  const bytes = from === stored.signed.version ? undefined : yield* read(historyName(from), context.limits.rootBytes);
  try {
    const roots = [yield* trustPinnedRoot(bytes ?? stored.bytes, context)];
    while (roots.length <= context.limits.rootRotations) {
      const newest = roots[roots.length - 1] as Trusted<Root>;
      if (newest.signed.version >= pinned.signed.version - 1) {
        yield* trustNextRoot(newest, pinned.bytes, context);
        return roots;
      }
      const next = (yield* nextKept(newest, context)) ?? (yield* fetchNext(newest, context));
      if (typeof next === 'number') return undefined;
      roots.push(next);
    }
  } catch (error) {
    // A refusal is the answer: there is no chain.
    if (!isRefusal(error)) throw error;
  }
  return undefined;
}

function* nextKept(newest: Trusted<Root>, context: UpdateContext): Workflow<Trusted<Root> | undefined> {
  const name = historyName(newest.signed.version + 1);
  const bytes = yield* read(name, context.limits.rootBytes);
  if (bytes === undefined) return undefined;
  try {
    return yield* trustNextRoot(newest, bytes, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    yield* report({ type: 'local-file-ignored', name, cause: error });
    return undefined;
  }
}

/** The next root, or the status that says that there is none. */
function* fetchNext(newest: Trusted<Root>, context: UpdateContext): Workflow<Trusted<Root> | number> {
  const { rootBytes } = context.limits;
  const path = metadataUrlPath('root', newest.signed.version + 1);
  const answer = yield* fetch({ role: 'root', path, bytesMax: rootBytes, fresh: true });
  if (answer.outcome === 'unavailable') return answer.status;
  if (answer.outcome === 'too-long') throw tooLong({ role: 'root' }, rootBytes, 'rootBytes');
  return yield* trustNextRoot(newest, answer.bytes, context);
}

/** Keeps a root where the chain is read from; writes only what differs. The pinned root is always at hand. */
function* keep(root: Trusted<Root>, context: UpdateContext): Workflow<void> {
  const name = historyName(root.signed.version);
  const kept = yield* read(name, context.limits.rootBytes);
  if (kept === undefined || !equalBytes(kept, root.bytes)) yield* write(name, root.bytes);
}

/** Keeps a root as the current one; after its history, so that a crash between the two loses nothing. */
function* keepCurrent(root: Trusted<Root>, context: UpdateContext): Workflow<void> {
  const kept = yield* read(current, context.limits.rootBytes);
  if (kept === undefined || !equalBytes(kept, root.bytes)) yield* write(current, root.bytes);
}

/** The roots from the one last used on; all of them where that is unknown, which is the cautious side. */
function stepsSince(
  lastUsed: number | undefined,
  earlier: readonly Trusted<Root>[],
  roots: readonly Trusted<Root>[],
): Trusted<Root>[] {
  const all = [...earlier, ...roots];
  return lastUsed === undefined ? all : all.filter((root) => root.signed.version >= lastUsed);
}

/** A refusal by format or trust, as against a world that did not answer. */
export function isRefusal(error: unknown): error is TufError {
  return error instanceof TufError && (error.family === 'format' || error.family === 'security');
}
