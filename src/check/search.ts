/**
 * Which listed targets clients find: each is searched for as a client does, depth first and in the order of the
 * delegations.
 *
 * @module
 */
import { type DelegatedRole, needsPathDigest, withDelegations } from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { encodeUtf8, isWellFormed } from '../metadata/utf8.ts';
import type { StepBudget } from '../repository/delegation-reach.ts';
import type { CheckContext } from './context.ts';
import { counted, some } from './finding.ts';
import { type DelegationGraph, Router } from './graph.ts';

/** How a search ends. */
export type End =
  | { readonly end: 'found'; readonly role: string }
  | { readonly end: 'nowhere' }
  /** A role on the way cannot be had: a client's search fails there. */
  | { readonly end: 'failed'; readonly role: string }
  | { readonly end: 'too-many' };

/**
 * Finds targets that clients never get, and gives them: the paths of each role that are not found there.
 *
 * @spec 4.5-n, 5.6.7, A-38, A-61
 */
export async function checkReached(
  context: CheckContext,
  graph: DelegationGraph,
  budget: StepBudget,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const unfound = new Map<string, Set<string>>();
  const search = new Searcher(context, graph, budget);
  for (const { role, examined } of graph.values()) {
    const { view } = examined ?? {};
    if (role === 'targets' || view === undefined) continue;
    const lost = new Map<
      string,
      { readonly code: 'target-unreachable' | 'target-shadowed'; readonly paths: string[] }
    >();
    for (const path of view.targets.paths()) {
      const end = await search.find(path);
      if (end === undefined) {
        const isTime = context.isOver();
        context.boundMet(isTime ? 'time' : 'steps', 'the search for every listed target is not finished');
        return unfound;
      }
      if (end.end === 'found' && end.role === role) continue;
      const problem = problemOf(end, search.listed(path, end), view.targets.get(path));
      const [code, text] = problem;
      const found = lost.get(text) ?? { code, paths: [] };
      found.paths.push(path);
      lost.set(text, found);
      unfound.set(role, (unfound.get(role) ?? new Set()).add(path));
    }
    for (const [text, { code, paths }] of lost) {
      const what = `${counted(paths.length, 'target')} of ${role} ${text}: ${some(paths)}`;
      context.findings.add(code, { role, file: examined?.file, path: paths[0] }, what);
    }
  }
  return unfound;
}

function problemOf(
  end: End,
  other: TargetFile | undefined,
  own: TargetFile | undefined,
): readonly ['target-unreachable' | 'target-shadowed', string] {
  switch (end.end) {
    case 'found': {
      const isSame = own !== undefined && other !== undefined && contentOf(own) === contentOf(other);
      return ['target-shadowed', `found at ${end.role} first, with ${isSame ? 'the same' : 'other'} content`];
    }
    case 'nowhere':
      return ['target-unreachable', 'found by no client: no delegation leads to it with such a path'];
    case 'failed':
      return ['target-unreachable', `not found: the search fails at ${end.role}, which cannot be had`];
    default:
      return ['target-unreachable', `not found within ${defaultLimits.delegatedRoles} delegated roles`];
  }
}

/** What tells two contents apart. */
export function contentOf({ length, hashes }: TargetFile): string {
  return JSON.stringify([length, [...hashes].sort()]);
}

/** Searches as a client does, over what was read. */
export class Searcher {
  readonly #context: CheckContext;
  readonly #graph: DelegationGraph;
  readonly #budget: StepBudget;
  readonly #routers = new Map<string, Router>();

  constructor(context: CheckContext, graph: DelegationGraph, budget: StepBudget) {
    this.#context = context;
    this.#graph = graph;
    this.#budget = budget;
  }

  listed(path: string, end: End): TargetFile | undefined {
    return end.end === 'found' ? this.#graph.get(end.role)?.examined?.view?.targets.get(path) : undefined;
  }

  /** `undefined` where the budget is spent. */
  async find(path: string): Promise<End | undefined> {
    const visited = new Set<string>();
    let digest: string | undefined;
    let pending: DelegatedRole[] = [];
    let role = 'targets';
    for (;;) {
      visited.add(role);
      const view = this.#graph.get(role)?.examined?.view;
      if (view === undefined) return { end: 'failed', role };
      if (view.targets.get(path) !== undefined) return { end: 'found', role };
      const { delegations } = view;
      if (delegations !== undefined) {
        if (needsPathDigest(delegations)) digest ??= await this.#digest(path);
        const router = this.#routers.get(role) ?? new Router(delegations);
        this.#routers.set(role, router);
        if (!this.#budget.take(router.steps(path)) || this.#context.isOver()) return undefined;
        pending = withDelegations(pending, router.rolesFor(path, digest ?? ''), (delegated) => delegated);
      }
      let next = pending.pop();
      while (next !== undefined && visited.has(next.name)) next = pending.pop();
      if (next === undefined) return { end: 'nowhere' };
      if (visited.size > defaultLimits.delegatedRoles) return { end: 'too-many' };
      role = next.name;
    }
  }

  async #digest(path: string): Promise<string> {
    if (!isWellFormed(path)) return '';
    return encodeHex(await this.#context.crypto.digest('sha256', encodeUtf8(path)));
  }
}
