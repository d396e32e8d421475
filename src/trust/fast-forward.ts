import type { Signed } from '../metadata/document.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import { type Proof, publicKeyOf } from './question.ts';

/**
 * Whether any public key was removed from a role between two roots. Adding or reordering keys is no compromise; a key
 * that was removed may have signed a version so high that no honest one follows it.
 *
 * @spec 5.3.11, A-18
 */
export function* keyWasRemoved(before: Signed<Root>, after: Signed<Root>, role: TopLevelRole): Proof<boolean> {
  const kept = yield* identities(after, role);
  for (const identity of yield* identities(before, role)) if (!kept.has(identity)) return true;
  return false;
}

function* identities(root: Signed<Root>, role: TopLevelRole): Proof<Set<string>> {
  const found = new Set<string>();
  for (const keyid of root.signed.roles[role].keyids) {
    const key = root.signed.keys.get(keyid);
    if (key === undefined) continue;
    const publicKey = yield* publicKeyOf(key);
    if (publicKey.kind !== 'unusable') found.add(publicKey.identity);
  }
  return found;
}
