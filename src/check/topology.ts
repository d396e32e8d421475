/**
 * Faults of the delegation graph as such: cycles, diamonds, and delegations that get into each other's way.
 *
 * @module
 */
import type { DelegatedRole } from '../metadata/delegations.ts';
import { matchesPattern } from '../metadata/target-path.ts';
import { patternsOverlap, type StepBudget } from '../repository/delegation-reach.ts';
import type { CheckContext } from './context.ts';
import { some } from './finding.ts';
import { type DelegationGraph, delegatedBy, type RoleNode } from './graph.ts';

export function checkTopology(context: CheckContext, graph: DelegationGraph, budget: StepBudget): void {
  checkCycles(context, graph);
  for (const node of graph.values()) {
    checkDiamond(context, node);
    checkOrder(context, node, budget);
  }
  if (budget.isSpent) context.boundMet('steps', 'there are too many delegations to compare all of them');
}

/** One finding for each delegation that leads back to a role on the way to it. */
function checkCycles({ findings }: CheckContext, graph: DelegationGraph): void {
  const done = new Set<string>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const left: { readonly roles: readonly DelegatedRole[]; next: number }[] = [];
  const enter = (role: string): void => {
    path.push(role);
    onPath.add(role);
    left.push({ roles: delegatedBy(graph.get(role)), next: 0 });
  };
  enter('targets');
  while (path.length > 0) {
    const last = left.at(-1) as (typeof left)[number];
    const next = last.roles[last.next];
    last.next += 1;
    if (next === undefined) {
      const role = path.pop() as string;
      left.pop();
      onPath.delete(role);
      done.add(role);
    } else if (onPath.has(next.name)) {
      const cycle = [...path.slice(path.indexOf(next.name)), next.name];
      const shown = cycle.length > 8 ? [...cycle.slice(0, 4), '…', ...cycle.slice(-3)] : cycle;
      findings.add('delegation-cycle', { role: path.at(-1) }, shown.join(' → '));
    } else if (!done.has(next.name) && graph.has(next.name)) enter(next.name);
  }
}

function checkDiamond({ findings }: CheckContext, { role, edges }: RoleNode): void {
  const delegators = [...new Set(edges.map(({ delegator }) => delegator))];
  if (delegators.length < 2) return;
  const keys = new Set(
    edges.map(({ delegated }) => `${delegated.threshold} ${[...delegated.keyids].sort().join(' ')}`),
  );
  const how = keys.size > 1 ? ', by different keys or thresholds' : '';
  findings.add('delegation-diamond', { role }, `${some(delegators)} delegate to ${role}${how}`);
}

/** Of two delegations of one role that are trusted with the same paths, the first is asked first. @spec 4.5-n, A-33 */
function checkOrder({ findings }: CheckContext, node: RoleNode, budget: StepBudget): void {
  const about = { role: node.role, file: node.examined?.file };
  const roles = delegatedBy(node);
  const say = (first: DelegatedRole, second: DelegatedRole, isCovered: boolean): void => {
    if (first.terminating && isCovered) {
      findings.add('delegation-blocked', about, `${second.name} is never asked: ${first.name} ends the search before`);
    } else {
      const how = first.terminating ? ', and ends the search' : '';
      findings.add('delegation-overlap', about, `${first.name} is asked before ${second.name}${how}`);
    }
  };
  comparePrefixes(roles, say);
  const patterned = roles.filter(({ paths }) => paths !== undefined && paths.length > 0);
  for (const [i, first] of patterned.entries()) {
    for (let j = i + 1; j < patterned.length; j += 1) {
      const second = patterned[j] as DelegatedRole;
      if (!budget.take(1)) return;
      const isBoth = overlaps(first.paths ?? [], second.paths ?? [], budget);
      // What is not known is not said of one pair.
      if (budget.isSpent) return;
      if (isBoth) say(first, second, covers(first.paths ?? [], second.paths ?? []));
    }
  }
}

function overlaps(first: readonly string[], second: readonly string[], budget: StepBudget): boolean {
  return first.some((one) => second.some((other) => patternsOverlap(one, other, budget)));
}

/**
 * Whether every path that the second patterns match is matched by one of the first: told for sure of patterns whose only
 * sign is `*`, since then what stands for any characters in the other can only be matched by it.
 */
function covers(first: readonly string[], second: readonly string[]): boolean {
  const wide = first.filter((pattern) => !/[?[\]]/.test(pattern));
  return second.every((other) => first.includes(other) || wide.some((pattern) => matchesPattern(pattern, other)));
}

/** Finds prefixes that begin with another role's, without comparing each with each. */
function comparePrefixes(
  roles: readonly DelegatedRole[],
  say: (first: DelegatedRole, second: DelegatedRole, isCovered: boolean) => void,
): void {
  const prefixes = roles
    .flatMap((role, at) => (role.pathHashPrefixes ?? []).map((prefix) => ({ prefix, at })))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : a.at - b.at));
  const open: typeof prefixes = [];
  const said = new Set<string>();
  for (const each of prefixes) {
    while (open.length > 0 && !each.prefix.startsWith((open.at(-1) as typeof each).prefix)) open.pop();
    const outer = open.at(-1);
    open.push(each);
    if (outer === undefined || outer.at === each.at) continue;
    const [first, second] = [Math.min(outer.at, each.at), Math.max(outer.at, each.at)];
    if (said.has(`${first} ${second}`)) continue;
    said.add(`${first} ${second}`);
    const [one, other] = [roles[first] as DelegatedRole, roles[second] as DelegatedRole];
    const isCovered = (other.pathHashPrefixes ?? []).every((prefix) =>
      (one.pathHashPrefixes ?? []).some((begin) => prefix.startsWith(begin)),
    );
    say(one, other, isCovered);
  }
}
