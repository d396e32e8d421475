/**
 * What a change of delegations takes from whom: roles that are hidden by others, targets that no path leads to any longer.
 * Patterns are anybody's, so every comparison takes from a budget.
 *
 * @module
 */
import { type DelegatedRole, type Delegations, needsPathDigest, rolesForPath } from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { isSameReach, patternsOverlap, type StepBudget } from './delegation-reach.ts';
import type { Draft } from './draft.ts';
import type { Proposal } from './event.ts';
import type { Warn } from './review-warnings.ts';
import { matchSteps, missedTargets, type ReachContext, trustedPaths } from './target-reach.ts';

/** Of two roles that are trusted with the same path, the one that stands first is asked first. @spec 4.5-n, A-33 */
export function warnOfShadows(
  after: Delegations,
  before: Delegations | undefined,
  budget: StepBudget,
  warn: Warn,
): void {
  const old = new Map((before?.roles ?? []).map((role, at) => [role.name, { role, at }]));
  const roles = after.roles.map((role, at) => {
    const was = old.get(role.name);
    const isSame = was?.role.terminating === role.terminating && isSameReach(was.role, role);
    return { role, at, was, stays: isSame };
  });
  // Where the roles that stay as they are keep their order, one of each pair is another.
  const ordered = roles
    .filter(({ stays }) => stays)
    .every(({ was }, i, all) => i === 0 || follows(was, all[i - 1]?.was));
  const older = roles.filter(({ was }) => was !== undefined);
  const touched = older.filter(({ stays }) => !(stays && ordered));
  for (const first of roles) {
    for (const second of first.stays && ordered ? touched : older) {
      if (!budget.take(1)) return;
      if (second.at <= first.at) continue;
      const { was } = first;
      const secondWas = second.was as NonNullable<typeof was>;
      const stood = was !== undefined && was.at < secondWas.at;
      if (stood && first.stays && second.stays) continue;
      const { terminating } = first.role;
      if (!overlap(first.role, second.role, budget)) continue;
      if (stood && overlap(was.role, secondWas.role, budget) && was.role.terminating === terminating) continue;
      // What is not known is not said of one pair.
      if (budget.isSpent) return;
      const how = terminating ? 'is asked in place of' : 'is asked before';
      warn('delegation-shadows', `${first.role.name} ${how} ${second.role.name} for paths that both are trusted with`);
    }
  }
}

function follows(one: { readonly at: number } | undefined, other: { readonly at: number } | undefined): boolean {
  return (one?.at ?? 0) > (other?.at ?? 0);
}

/** Whether a path may be that both are trusted with, or the budget is spent; of patterns and prefixes together nobody can tell. */
function overlap(a: DelegatedRole, b: DelegatedRole, budget: StepBudget): boolean {
  if (a.paths !== undefined && b.paths !== undefined) {
    return a.paths.some((one) => (b.paths as readonly string[]).some((other) => patternsOverlap(one, other, budget)));
  }
  if (a.pathHashPrefixes !== undefined && b.pathHashPrefixes !== undefined) {
    return a.pathHashPrefixes.some((one) =>
      (b.pathHashPrefixes as readonly string[]).some(
        (other) => !budget.take(1) || one.startsWith(other) || other.startsWith(one),
      ),
    );
  }
  const reach = ({ paths, pathHashPrefixes }: DelegatedRole): number => (paths ?? pathHashPrefixes ?? []).length;
  return reach(a) > 0 && reach(b) > 0;
}

/** Targets of roles that this one delegated to, which no path leads to any longer. */
export async function warnOfOrphans(
  draft: Draft<Targets>,
  proposal: Proposal,
  context: ReachContext,
  warn: Warn,
): Promise<void> {
  const before = proposal.before?.targets.get(draft.role)?.signed.delegations;
  const after = draft.signed.delegations;
  const kept = new Map(after?.roles.map((role) => [role.name, role]));
  for (const old of before?.roles ?? []) {
    const { name } = old;
    const next = kept.get(name);
    if (isSameReach(old, next)) continue;
    const listed = (proposal.drafts.targets?.get(name) ?? proposal.before?.targets.get(name))?.signed.targets;
    if (listed === undefined && proposal.before?.snapshot.signed.meta.version(`${name}.json`) !== undefined) {
      warn('targets-unseen', `${name} is published and not here: which of its targets are lost cannot be told`);
    }
    const lost: string[] = [];
    for (const path of listed?.paths() ?? []) {
      const isLost = (await leadsTo(old, path, context)) && !(await leadsTo(next, path, context));
      if (context.budget.isSpent) return;
      if (isLost) lost.push(path);
    }
    if (lost.length === 0) continue;
    warn('targets-orphaned', `${lost.length} targets of ${name} are found no longer: ${some(lost)}`);
  }
}

/** Targets of a change that clients would not take from the role that lists them. */
export async function warnOfMissed(
  proposal: Proposal,
  context: ReachContext,
  warn: (code: 'targets-unreachable' | 'targets-shadowed', role: string, text: string) => void,
): Promise<void> {
  const missed = new Map<string, { role: string; found: string | undefined; paths: string[] }>();
  for (const { path, role, found } of await missedTargets(proposal, context)) {
    const key = JSON.stringify([role, found ?? null]);
    const group = missed.get(key) ?? { role, found, paths: [] };
    group.paths.push(path);
    missed.set(key, group);
  }
  for (const { role, found, paths } of missed.values()) {
    if (found !== undefined)
      warn('targets-shadowed', role, `clients get ${some(paths)} from ${found}, not from ${role}`);
    else {
      const text = `no client would find ${some(paths)} in ${role}, which is trusted with ${trustedPaths(role, proposal)}`;
      warn('targets-unreachable', role, text);
    }
  }
}

/** Whether a delegation is trusted with a path. */
async function leadsTo(
  role: DelegatedRole | undefined,
  path: string,
  { crypto, budget }: ReachContext,
): Promise<boolean> {
  if (role === undefined || !budget.take(matchSteps(role, path))) return false;
  const delegations: Delegations = { keys: new Map(), roles: [role], succinct: undefined };
  const digest = needsPathDigest(delegations) ? encodeHex(await crypto.digest('sha256', encodeUtf8(path))) : '';
  return rolesForPath(delegations, path, digest).length > 0;
}

/** The first of many names. */
export function some(names: readonly string[]): string {
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
}
