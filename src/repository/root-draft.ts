import type { Signed } from '../metadata/document.ts';
import { type Root, type TopLevelRole, topLevelRoles } from '../metadata/root.ts';
import { type Draft, draftOf, type EditOptions, editDocument, newTree, type Tree, treeIn } from './draft.ts';
import { checkRoleSpec, dropUnusedKeys, type RoleSpec, writeRoleSpec } from './role-key.ts';

/** What a first root says. */
export interface RootSpec {
  readonly expires: Date;
  readonly roles: Readonly<Record<TopLevelRole, RoleSpec>>;
  /** True by default. */
  readonly consistentSnapshot?: boolean | undefined;
}

/**
 * Version 1 of a root.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for keys or thresholds that cannot be meant.
 * @spec 4.3-c, 4.3-f, 6.2.1-e
 */
export function createRoot(spec: RootSpec): Draft<Root> {
  const tree = newTree('root', spec.expires);
  tree.set('consistent_snapshot', spec.consistentSnapshot ?? true);
  for (const role of topLevelRoles) setRole(tree, role, spec.roles[role]);
  return draftOf('root', 'root', tree, 'olpc');
}

/** What can be changed in a root. */
export interface RootEditor {
  /** Replaces the keys and the threshold of a role; keys that no role lists any longer are removed. */
  setRole(role: TopLevelRole, spec: RoleSpec): void;
}

/**
 * The next version of a root, or `undefined` where nothing changed. It has to be signed by a threshold of the old root
 * keys and by one of its own.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED`.
 * @spec 6.1-b, 6.1-c
 */
export function editRoot(
  current: Signed<Root> | Draft<Root>,
  change: (root: RootEditor) => void,
  options: EditOptions = {},
): Draft<Root> | undefined {
  return editDocument(current, (tree) => change({ setRole: (role, spec) => setRole(tree, role, spec) }), options);
}

function setRole(tree: Tree, role: TopLevelRole, spec: RoleSpec): void {
  checkRoleSpec(role, spec);
  const roles = treeIn(tree, 'roles');
  const keys = treeIn(tree, 'keys');
  writeRoleSpec(treeIn(roles, role), keys, spec);
  dropUnusedKeys(keys, roles.values());
}
