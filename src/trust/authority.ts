import type { DelegatedRole } from '../metadata/delegations.ts';
import type { Key } from '../metadata/key.ts';
import type { RoleKeys } from '../metadata/role.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';

/**
 * One edge of the trust graph: by which keys of which delegator a role is trusted, and how many must sign. Keyids are
 * looked up in this delegator's map and in no other (A-02, T21).
 *
 * @spec 3.1.2-c, 4.3-h, A-02, A-45
 */
export interface Authority extends RoleKeys {
  readonly role: string;
  readonly delegator: string;
  readonly keys: ReadonlyMap<string, Key>;
}

/** Who may sign a top-level role. */
export function topLevelAuthority(root: { readonly signed: Root }, role: TopLevelRole): Authority {
  return { ...root.signed.roles[role], role, delegator: 'root', keys: root.signed.keys };
}

/** Who may sign a delegated role. */
export function delegatedAuthority(
  delegator: { readonly role: string; readonly signed: Targets },
  role: DelegatedRole,
): Authority {
  const { keyids, threshold } = role;
  const keys = delegator.signed.delegations?.keys ?? new Map<string, Key>();
  return { keyids, threshold, role: role.name, delegator: delegator.role, keys };
}
