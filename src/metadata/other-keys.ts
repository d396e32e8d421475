/**
 * Keys of every kind but Ed25519. A client loads this when it meets such a key: most repositories have none.
 *
 * @module
 */
import { parseEcdsaOrRsa } from './ecdsa-rsa-key.ts';
import { parseMlDsa } from './ml-dsa-key.ts';
import type { PublicKey, UnusableKey } from './public-key.ts';

/** Reads a key object of any kind but Ed25519: see `parsePublicKey`. */
export function parseOtherKey(keytype: string, scheme: string, keyval: string): PublicKey | UnusableKey {
  return keytype === 'ml-dsa' ? parseMlDsa(scheme, keyval) : parseEcdsaOrRsa(keytype, scheme, keyval);
}
