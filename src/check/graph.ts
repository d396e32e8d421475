import { type DelegatedRole, type Delegations, rolesForPath } from '../metadata/delegations.ts';
import { matchesPattern } from '../metadata/target-path.ts';
import type { Authority } from '../trust/authority.ts';
import type { Examined } from './document.ts';
import type { TargetsView } from './view.ts';

/** Who delegates to a role, and how. */
export interface Edge {
  readonly delegator: string;
  readonly delegated: DelegatedRole;
  readonly authority: Authority;
  /** Whether it is one of many succinct bins. */
  readonly isBin: boolean;
}

/** A role that somebody delegates to, or the top-level targets. */
export interface RoleNode {
  readonly role: string;
  /** Empty for the top-level targets. */
  readonly edges: Edge[];
  /** `unlisted`: not in the snapshot; `gone`: listed and not there; `unread`: a bound was met before it. */
  readonly state: 'there' | 'unlisted' | 'gone' | 'unread';
  readonly examined: Examined<TargetsView> | undefined;
}

/** Every role that delegations lead to, in the order in which they do. */
export type DelegationGraph = ReadonlyMap<string, RoleNode>;

/** The edges that begin at a role, bins left out: they have a place of their own in their delegator. */
export function delegatedBy(node: RoleNode | undefined): readonly DelegatedRole[] {
  return node?.examined?.view?.delegations?.roles ?? [];
}

/**
 * The roles that one delegator trusts with a path, found without asking each of thousands of hash prefixes.
 *
 * @spec 4.5-i, 4.5-n, A-49
 */
export class Router {
  readonly #delegations: Delegations;
  readonly #byPrefix = new Map<string, number[]>();
  readonly #lengths: readonly number[];
  readonly #patterned: readonly number[];
  /** UTF-16 units of all patterns with a star, and of all others. */
  readonly #starredUnits: number;
  readonly #plainUnits: number;

  constructor(delegations: Delegations) {
    this.#delegations = delegations;
    const patterned: number[] = [];
    for (const [i, { paths, pathHashPrefixes }] of delegations.roles.entries()) {
      if (paths !== undefined) patterned.push(i);
      for (const prefix of pathHashPrefixes ?? []) {
        const roles = this.#byPrefix.get(prefix);
        if (roles === undefined) this.#byPrefix.set(prefix, [i]);
        else roles.push(i);
      }
    }
    this.#patterned = patterned;
    const patterns = delegations.roles.flatMap(({ paths }) => paths ?? []);
    const unitsOf = (isStarred: boolean): number =>
      patterns.filter((each) => each.includes('*') === isStarred).reduce((sum, { length }) => sum + length, 0);
    this.#starredUnits = unitsOf(true);
    this.#plainUnits = unitsOf(false);
    this.#lengths = [...new Set([...this.#byPrefix.keys()].map(({ length }) => length))];
  }

  /** What one question costs at most: see `StepBudget`. */
  steps(path: string): number {
    return 1 + this.#lengths.length + this.#plainUnits + this.#starredUnits * path.length;
  }

  /** In order of priority. */
  rolesFor(path: string, digest: string): DelegatedRole[] {
    if (this.#delegations.succinct !== undefined) return rolesForPath(this.#delegations, path, digest);
    const found = new Set<number>();
    for (const length of this.#lengths) {
      for (const i of this.#byPrefix.get(digest.slice(0, length)) ?? []) found.add(i);
    }
    for (const i of this.#patterned) {
      const { paths } = this.#delegations.roles[i] as DelegatedRole;
      if (paths?.some((pattern) => matchesPattern(pattern, path))) found.add(i);
    }
    return [...found].sort((a, b) => a - b).map((i) => this.#delegations.roles[i] as DelegatedRole);
  }
}
