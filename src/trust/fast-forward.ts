import type { Signed } from '../metadata/document.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';

/**
 * Whether any public key was removed from a role between two roots. Adding or reordering keys is no compromise; a key
 * that was removed may have signed a version so high that no honest one follows it.
 *
 * @spec 5.3.11, A-18
 */
export function keyWasRemoved(before: Signed<Root>, after: Signed<Root>, role: TopLevelRole): boolean {
  const kept = identities(after, role);
  for (const identity of identities(before, role)) if (!kept.has(identity)) return true;
  return false;
}

function identities(root: Signed<Root>, role: TopLevelRole): Set<string> {
  const found = new Set<string>();
  for (const keyid of root.signed.roles[role].keyids) {
    const key = root.signed.keys.get(keyid);
    const publicKey = key?.publicKey();
    if (publicKey !== undefined && publicKey.kind !== 'unusable') found.add(publicKey.identity);
  }
  return found;
}
