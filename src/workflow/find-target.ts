import { raiseLimit, TufError } from '../errors.ts';
import { type DelegatedRole, needsPathDigest, rolesForPath, withDelegations } from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { delegatedAuthority } from '../trust/authority.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { digest } from '../trust/question.ts';
import type { Trusted } from '../trust/trusted.ts';
import { report, type Workflow } from './question.ts';
import { checkFreshness, contextOn, type UpdateContext, type UpdateState, withRootWalkStatus } from './state.ts';
import { updateTargets } from './update-targets.ts';

/** What a search has found, and the roles it has visited in order. */
export interface Search {
  readonly target: TargetFile | undefined;
  /** The role that vouches for the target. */
  readonly role: string | undefined;
  /** The documents on whose word the target rests, that role's first. */
  readonly vouchers: readonly Trusted<Targets>[];
  readonly visited: readonly string[];
}

/** One edge still to be followed: a delegated role and the trusted role that delegates to it. */
interface Edge {
  readonly delegator: Trusted<Targets>;
  readonly role: DelegatedRole;
}

function edgesFrom(delegator: Trusted<Targets>): (role: DelegatedRole) => Edge {
  return (role) => ({ delegator, role });
}

/** Delegated roles that are kept in memory for one delegator. */
const delegatedInMemoryMax = 64;

/**
 * Searches for a target, depth first and in the order of the delegations. A role that cannot be fetched or verified ends
 * the search with its error: never another role's answer in its place. Each role is visited once in a search, and is
 * verified by the keys of whoever delegates to it.
 *
 * @throws {@link TufError} `ERR_TUF_TOO_MANY_ROLES`, `ERR_TUF_EXPIRED`, and those of {@link updateTargets}.
 * @spec 4.5-j, 4.5-n, 5.6.7, 5.6.7.1a, 5.6.7.1b, 5.6.7.1c, 5.6.7.2, 5.6.7.2.1, 5.6.7.2.2, 5.7.2, A-34, A-36, A-37, A-38,
 *
 */
export function findTarget(state: UpdateState, path: string, context: UpdateContext): Workflow<Search> {
  return withRootWalkStatus(state.rootWalkStatus, search(state, path, contextOn(state, context)));
}

function* search(state: UpdateState, path: string, context: UpdateContext): Workflow<Search> {
  checkFreshness(state, context.time);
  const visited = new Set<string>();
  const delegators = new Map<Trusted<Targets>, Trusted<Targets>>();
  let pathDigest: string | undefined;
  let pending: Edge[] = [];
  let targets = state.targets;
  let role = 'targets';
  for (;;) {
    visited.add(role);
    const target = targets.signed.targets.get(path);
    const { delegations } = targets.signed;
    const listed = target !== undefined;
    if (!listed && delegations !== undefined && needsPathDigest(delegations))
      pathDigest ??= encodeHex(yield* digest('sha256', encodeUtf8(path)));
    yield* report({ type: 'searched', path, role, listed, delegations, pathDigest });
    if (listed) return { target, role, vouchers: chainTo(targets, delegators), visited: [...visited] };
    if (delegations !== undefined) {
      const roles = rolesForPath(delegations, path, pathDigest ?? '');
      pending = withDelegations(pending, roles, edgesFrom(targets));
    }
    let edge = pending.pop();
    while (edge !== undefined && visited.has(edge.role.name)) edge = pending.pop();
    if (edge === undefined) return { target: undefined, role: undefined, vouchers: [], visited: [...visited] };
    if (visited.size > context.limits.delegatedRoles) throw tooManyRoles(path, context.limits.delegatedRoles);
    targets = yield* delegatedTargets(state, edge, context);
    delegators.set(targets, edge.delegator);
    role = edge.role.name;
  }
}

/** A role's document and those of its delegators, up to the top-level targets. */
function chainTo(
  targets: Trusted<Targets>,
  delegators: ReadonlyMap<Trusted<Targets>, Trusted<Targets>>,
): Trusted<Targets>[] {
  const chain: Trusted<Targets>[] = [];
  for (let each: Trusted<Targets> | undefined = targets; each !== undefined; each = delegators.get(each))
    chain.push(each);
  return chain;
}

function* delegatedTargets(state: UpdateState, edge: Edge, context: UpdateContext): Workflow<Trusted<Targets>> {
  const vouched = state.delegated.get(edge.delegator) ?? new Map<string, Trusted<Targets>>();
  const known = vouched.get(edge.role.name);
  if (known !== undefined) {
    checkFreeze(known, context.time);
    return known;
  }
  const authority = delegatedAuthority(edge.delegator, edge.role);
  const targets = yield* updateTargets(authority, state.root, state.snapshot, context);
  const oldest = vouched.keys().next();
  if (vouched.size >= delegatedInMemoryMax && oldest.done !== true) vouched.delete(oldest.value);
  vouched.set(edge.role.name, targets);
  state.delegated.set(edge.delegator, vouched);
  return targets;
}

function tooManyRoles(path: string, limit: number): TufError {
  return new TufError(
    'ERR_TUF_TOO_MANY_ROLES',
    `target ${JSON.stringify(path)}: not found in ${limit} delegated roles`,
    { path, limit, option: 'delegatedRoles' },
    { hint: raiseLimit('delegatedRoles') },
  );
}
