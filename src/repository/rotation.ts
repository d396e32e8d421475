/**
 * Replacing keys: one draft of root, or of a role that delegates, in which the changes of several roles gather; and the
 * roles that have to be signed again by their new keys.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { Signed } from '../metadata/document.ts';
import { type Json, jsonOf } from '../metadata/json.ts';
import type { Key } from '../metadata/key.ts';
import type { Root } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import type { Authority } from '../trust/authority.ts';
import { isUnsigned } from '../trust/trusted.ts';
import { type Draft, type EditOptions, editDocument, type Tree, treeIn } from './draft.ts';
import { usableKey } from './listed-key.ts';
import { answer } from './proof.ts';
import { refused } from './refusal.ts';
import { checkThresholdMet, dropUnusedKeys, type RoleKey } from './role-key.ts';

/** What becomes of the keys of one role. */
export interface KeyRotation {
  readonly role: string;
  readonly add?: readonly RoleKey[] | undefined;
  /** Keyids. */
  readonly remove?: readonly string[] | undefined;
  /** Without it, the threshold stays. */
  readonly threshold?: number | undefined;
}

/**
 * The draft that changes the keys of a role: of the root for a top-level role, of the delegating role for a delegated one.
 * `undefined` where nothing changes. All other keys and members stay as they stand.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role that the document does not delegate to, a key that is to
 * go and is not listed, one that is to come and is, and a threshold that the keys that can sign do not meet.
 * @spec 4.2.1-e, 6.1-b, 6.1-c, A-04, A-06, A-08, A-22
 */
export function rotateKeys<T extends Root | Targets>(
  current: Signed<T> | Draft<T>,
  rotation: KeyRotation,
  options: EditOptions = {},
): Draft<T> | undefined {
  const { signed } = current;
  const isRoot = signed.type === 'root';
  const listedKeys = 'keys' in signed ? signed.keys : signed.delegations?.keys;
  const changed = editDocument<T>(current, (tree) => {
    const delegator = isRoot ? tree : treeIn(tree, 'delegations');
    const roles = isRoot ? [...treeIn(tree, 'roles').values()] : [...((delegator.get('roles') ?? []) as Json[])];
    const entry = isRoot
      ? (treeIn(tree, 'roles').get(rotation.role) as Tree | undefined)
      : (roles as Tree[]).find((role) => role.get('name') === rotation.role);
    if (entry === undefined) {
      throw refused(rotation.role, `${current.role} does not delegate to it`, 'see the roles with: tufa key list DIR');
    }
    const keys = treeIn(delegator, 'keys');
    writeKeys(rotation, entry, keys, listedKeys);
    dropUnusedKeys(keys, roles);
  });
  // A new date alone is no change of keys.
  return changed && (editDocument<T>(changed, () => {}, options) ?? changed);
}

function writeKeys(
  { role, add = [], remove = [], threshold }: KeyRotation,
  entry: Tree,
  keys: Tree,
  listedKeys: ReadonlyMap<string, Key> | undefined,
): void {
  const listed = entry.get('keyids') as readonly string[];
  for (const keyid of remove) {
    if (!listed.includes(keyid)) {
      throw refused(role, `no key of it has the id ${keyid}`, 'see its keys with: tufa key list DIR');
    }
  }
  const left = listed.filter((keyid) => !remove.includes(keyid));
  const usable = left.map((keyid) => usableKey(listedKeys?.get(keyid))?.identity);
  const identities = new Set(usable.filter((identity) => identity !== undefined));
  for (const { keyid, key, identity } of add) {
    if (identities.has(identity)) {
      throw refused(role, `the key ${keyid} is listed already`, 'one key counts once: list each public key once');
    }
    identities.add(identity);
    keys.set(keyid, jsonOf(key));
  }
  const next = threshold ?? (entry.get('threshold') as number);
  checkThresholdMet(role, next, identities.size);
  entry.set('keyids', [...left, ...add.map(({ keyid }) => keyid)]);
  entry.set('threshold', next);
}

/**
 * The next version of a targets role with the same content, for new keys to sign; `undefined` where the published one is
 * signed as these authorities require.
 *
 * @spec 6.1-b
 */
export async function resignedTargets(
  published: Signed<Targets>,
  authorities: readonly Authority[],
  crypto: Crypto,
  options: EditOptions,
): Promise<Draft<Targets> | undefined> {
  for (const authority of authorities) {
    try {
      await answer(checkThreshold(authority, published), crypto);
    } catch (error) {
      if (!isUnsigned(error)) throw error;
      return editDocument<Targets>(published, () => {}, { version: published.signed.version + 1, ...options });
    }
  }
  return undefined;
}
