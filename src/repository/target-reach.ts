/**
 * Where clients would find the targets that a change brings: the search of a client over documents that nobody has published
 * yet. Patterns and paths are anybody's, so every comparison takes from a budget.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import {
  type DelegatedRole,
  type Delegations,
  needsPathDigest,
  rolesForPath,
  withDelegations,
} from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import type { StepBudget } from './delegation-reach.ts';
import { authoritiesAmong, type Delegator } from './delegators.ts';
import type { Proposal } from './event.ts';

/** A new or changed target that clients would not take from the role that lists it. */
export interface MissedTarget {
  readonly path: string;
  /** The role that lists it. */
  readonly role: string;
  /** The role that clients would take it from; `undefined` where they would not find it at all. */
  readonly found: string | undefined;
}

/** What comparing needs: digests, and a bound that all comparisons share. */
export interface ReachContext {
  readonly crypto: Pick<Crypto, 'digest'>;
  readonly budget: StepBudget;
}

/**
 * The new and changed targets of a change that clients would not take from the role that lists them: it is not trusted with
 * their paths, or another is asked first. Roles that were not read are taken for empty. Where the budget is spent it ends
 * with what it has.
 *
 * @spec 5.6.7.2, A-61
 */
export async function missedTargets({ before, drafts }: Proposal, context: ReachContext): Promise<MissedTarget[]> {
  const roles = new Map<string, Targets>();
  for (const [role, { signed }] of before?.targets ?? []) roles.set(role, signed);
  for (const [role, { signed }] of drafts.targets ?? []) roles.set(role, signed);
  const missed: MissedTarget[] = [];
  for (const [role, { signed }] of drafts.targets ?? []) {
    const old = before?.targets.get(role)?.signed.targets;
    for (const path of signed.targets.paths()) {
      if (!context.budget.take(path.length)) return missed;
      // Top-level targets are asked first, and for every path.
      if (role === 'targets' || isSameFile(signed.targets.get(path), old?.get(path))) continue;
      const found = await roleThatClientsFind(path, roles, context);
      if (context.budget.isSpent) return missed;
      if (found !== role) missed.push({ path, role, found });
    }
  }
  return missed;
}

/** What roles of a change are trusted with, for people: patterns, prefixes of digests, or the paths of a bin. */
export function trustedPaths(role: string, { before, drafts }: Proposal): string {
  const delegators = new Map<string, Delegator>(before?.targets);
  for (const [name, draft] of drafts.targets ?? []) delegators.set(name, draft);
  const patterns: string[] = [];
  for (const { delegator } of authoritiesAmong(delegators.values())(role)) {
    const { delegations } = (delegators.get(delegator) as Delegator).signed;
    if (delegations?.succinct !== undefined) patterns.push('the paths of its bin');
    for (const each of delegations?.roles ?? []) if (each.name === role) patterns.push(...reachOf(each));
  }
  const shown = patterns.slice(0, patternsShown).join(', ');
  return `${shown || 'nothing'}${patterns.length > patternsShown ? ', …' : ''}`;
}

/** Patterns that are told. */
const patternsShown = 5;

function reachOf({ paths, pathHashPrefixes }: DelegatedRole): string[] {
  return [...(paths ?? []), ...(pathHashPrefixes ?? []).map((prefix) => `paths whose SHA-256 begins with ${prefix}`)];
}

/** Targets roles by name, as a `Map` has them or as they are read when they are asked for. */
export interface RoleLookup {
  get(role: string): Targets | undefined | Promise<Targets | undefined>;
}

/**
 * The role that clients take a target from, or `undefined`: in pre-order, until somebody lists the path; a terminating
 * delegation is the last that is asked. `undefined` also where the budget is spent.
 */
export async function roleThatClientsFind(
  path: string,
  roles: RoleLookup,
  context: ReachContext,
): Promise<string | undefined> {
  let pending = ['targets'];
  const seen = new Set<string>();
  while (pending.length > 0) {
    const role = pending.pop() as string;
    if (seen.has(role)) continue;
    seen.add(role);
    const signed = await roles.get(role);
    if (signed?.targets.get(path) !== undefined) return role;
    if (signed?.delegations === undefined) continue;
    pending = withDelegations(pending, await delegatesFor(signed.delegations, path, context), ({ name }) => name);
  }
  return undefined;
}

/** What a digest of a path takes, by the measure of comparisons. */
const digestSteps = 1000;

async function delegatesFor(
  delegations: Delegations,
  path: string,
  { crypto, budget }: ReachContext,
): Promise<DelegatedRole[]> {
  const isDigested = needsPathDigest(delegations);
  const steps = delegations.roles.reduce((sum, role) => sum + matchSteps(role, path), isDigested ? digestSteps : 1);
  if (!budget.take(steps)) return [];
  const digest = isDigested ? encodeHex(await crypto.digest('sha256', encodeUtf8(path))) : '';
  return rolesForPath(delegations, path, digest);
}

/** What matching a path with a delegation takes at most: with a run, each character of the path for each of the pattern. */
export function matchSteps({ paths, pathHashPrefixes }: DelegatedRole, path: string): number {
  return (paths ?? []).reduce(
    (sum, pattern) => {
      return sum + (pattern.includes('*') ? pattern.length * path.length : pattern.length + path.length);
    },
    (pathHashPrefixes?.length ?? 0) + 1,
  );
}

function isSameFile(one: TargetFile | undefined, other: TargetFile | undefined): boolean {
  const text = (file: TargetFile | undefined): string => JSON.stringify(file && [file.length, ...file.hashes]);
  return text(one) === text(other);
}
