/**
 * Which clients a role with ML-DSA keys is closed to.
 *
 * @module
 */
import type { Key } from '../metadata/key.ts';
import type { RoleKeys } from '../metadata/role.ts';
import { usableKey } from './listed-key.ts';

/** Who counts no signature by ML-DSA, as far as was looked at for ADR 11. */
export const closedTo =
  'clients without TAP 21 (tuf-js, tough, older go-tuf, python-tuf before securesystemslib 1.6, tufa without tufa/ml-dsa)';

/**
 * How many signatures a role needs at least of its ML-DSA keys: 0 where the others can meet its threshold; `undefined` where
 * it lists no such key, or cannot be met at all.
 */
export function signaturesOfMlDsa({ keyids, threshold }: RoleKeys, keys: ReadonlyMap<string, Key>): number | undefined {
  const all = new Set<string>();
  const others = new Set<string>();
  for (const keyid of keyids) {
    const key = usableKey(keys.get(keyid));
    if (key === undefined) continue;
    all.add(key.identity);
    if (key.kind !== 'ml-dsa') others.add(key.identity);
  }
  if (others.size === all.size || threshold > all.size) return undefined;
  return Math.max(0, threshold - others.size);
}
