/**
 * Why a target is found, denied or not found: the roles that a search visited, and which of their delegations lead on.
 *
 * @module
 */
import { type AnyTufError, isTufError } from '../errors.ts';
import { type DelegatedRole, type Delegations, delegatedRoles, rolesForPath } from '../metadata/delegations.ts';
import { matchesPattern } from '../metadata/target-path.ts';
import type { CallOptions, Target, UpdateClient } from './client.ts';
import type { ClientEventOf } from './event.ts';

/** A delegation that is trusted with the path. */
export interface MatchingDelegation {
  readonly role: string;
  /** The pattern or hash prefix that matches; the bin of the path, for hash bins. */
  readonly by: { readonly kind: 'pattern' | 'hash-prefix' | 'bin'; readonly text: string };
  /** No delegation after it is asked for this path. */
  readonly terminating: boolean;
  /**
   * - `visited`: it was asked, and is among the visited roles
   * - `cut-off`: a terminating delegation stands before it
   * - `known`: it was asked before, through another role, and is not asked again
   * - `not-reached`: the search ended before its turn
   */
  readonly fate: 'visited' | 'cut-off' | 'known' | 'not-reached';
}

/** A role that a search looked into. */
export interface VisitedRole {
  readonly role: string;
  /** Whether it lists the target itself: the search ends there. */
  readonly listed: boolean;
  /** In order of priority. Empty where it lists the target. */
  readonly matching: readonly MatchingDelegation[];
  /** How many of its delegations are not trusted with the path. */
  readonly others: number;
}

/** What a search found, and how. Text in it comes from metadata: escape it where it is shown. */
export interface Explanation {
  readonly path: string;
  /**
   * - `found`: by the last of the visited roles
   * - `not-found`: every role that is trusted with the path was asked
   * - `refused`: a role that had to be asked cannot be had, or believed
   */
  readonly outcome: 'found' | 'not-found' | 'refused';
  readonly target: Target | undefined;
  /** Why it is refused. */
  readonly error: AnyTufError | undefined;
  readonly visited: readonly VisitedRole[];
}

/**
 * Searches for a target as {@link UpdateClient.find} does, and tells how. A role that refuses is part of the explanation;
 * a refresh that refuses is thrown, since there is nothing to search then.
 *
 * @throws {@link TufError} what the refresh throws, where the client has not refreshed yet.
 * @spec 5.6.7, A-34, A-36
 */
export async function explainTarget(
  client: UpdateClient,
  path: string,
  options: CallOptions = {},
): Promise<Explanation> {
  await client.refresh(options);
  const searched = new Map<string, ClientEventOf<'searched'>>();
  const end = client.on('searched', (event) => {
    // Another search for the same path visits the same roles.
    if (event.path === path && !searched.has(event.role)) searched.set(event.role, event);
  });
  try {
    const target = await client.find(path, options);
    return explained(path, target === undefined ? 'not-found' : 'found', searched, target);
  } catch (error) {
    if (!isTufError(error)) throw error;
    return explained(path, 'refused', searched, undefined, error as AnyTufError);
  } finally {
    end();
  }
}

function explained(
  path: string,
  outcome: Explanation['outcome'],
  searched: ReadonlyMap<string, ClientEventOf<'searched'>>,
  target: Target | undefined,
  error?: AnyTufError,
): Explanation {
  const order = [...searched.keys()];
  const visited = [...searched.values()].map((event) => explainedRole(event, order));
  return { path, outcome, target, error, visited };
}

function explainedRole(event: ClientEventOf<'searched'>, order: readonly string[]): VisitedRole {
  const { role, listed, delegations, pathDigest = '', path } = event;
  if (listed || delegations === undefined) return { role, listed, matching: [], others: 0 };
  const trusted = rolesForPath(delegations, path, pathDigest);
  const last = trusted.findIndex(({ terminating }) => terminating);
  const matching = trusted.map((delegated, i): MatchingDelegation => {
    const { name, terminating } = delegated;
    const at = order.indexOf(name);
    const isCutOff = last !== -1 && i > last;
    const asked = at === -1 ? 'not-reached' : at > order.indexOf(role) ? 'visited' : 'known';
    return {
      role: name,
      by: reason(delegations, delegated, path, pathDigest),
      terminating,
      fate: isCutOff ? 'cut-off' : asked,
    };
  });
  const all = delegations.succinct === undefined ? delegatedRoles(delegations, []).length : matching.length;
  return { role, listed, matching, others: all - matching.length };
}

function reason(
  { succinct }: Delegations,
  { name, paths, pathHashPrefixes }: DelegatedRole,
  path: string,
  pathDigest: string,
): MatchingDelegation['by'] {
  if (succinct !== undefined) return { kind: 'bin', text: name };
  const pattern = paths?.find((each) => matchesPattern(each, path));
  if (pattern !== undefined) return { kind: 'pattern', text: pattern };
  return { kind: 'hash-prefix', text: pathHashPrefixes?.find((each) => pathDigest.startsWith(each)) ?? '' };
}
