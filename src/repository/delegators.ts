/**
 * Who delegates to whom, among many roles: found once, asked often.
 *
 * @module
 */
import { delegatedRole } from '../metadata/delegations.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Authority, delegatedAuthority } from '../trust/authority.ts';

/** A role that may delegate: a published document, or a draft of one. */
export interface Delegator {
  readonly role: string;
  readonly signed: Targets;
}

/** Gives whose signatures a delegated role needs: those of every role that delegates to it, bins included. @spec A-36 */
export function authoritiesAmong(delegators: Iterable<Delegator>): (role: string) => readonly Authority[] {
  const named = new Map<string, Authority[]>();
  const withBins: Delegator[] = [];
  for (const delegator of delegators) {
    const { delegations } = delegator.signed;
    if (delegations?.succinct !== undefined) withBins.push(delegator);
    for (const role of delegations?.roles ?? []) {
      const authority = delegatedAuthority(delegator, role);
      const found = named.get(role.name);
      if (found === undefined) named.set(role.name, [authority]);
      else found.push(authority);
    }
  }
  return (role) => [...(named.get(role) ?? []), ...withBins.flatMap((delegator) => binAuthorities(delegator, role))];
}

function binAuthorities(delegator: Delegator, name: string): Authority[] {
  const { delegations } = delegator.signed;
  const role = delegations && delegatedRole(delegations, name);
  return role === undefined ? [] : [delegatedAuthority(delegator, role)];
}
