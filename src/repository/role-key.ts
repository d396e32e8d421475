import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, jsonOf } from '../metadata/json.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import { keyOf, type PublicKeyObject } from '../metadata/public-key-writer.ts';
import type { Tree } from './draft.ts';
import { refused } from './refusal.ts';

/** A public key as a role lists it. */
export interface RoleKey {
  /** SHA-256 of the canonical form of `key`, in lower-case hex. */
  readonly keyid: string;
  /** The three standard members and no other. */
  readonly key: PublicKeyObject;
  /** Equal for two keys exactly when one secret serves both. */
  readonly identity: string;
}

/** Who may sign a role, and how many of them must. */
export interface RoleSpec {
  readonly keys: readonly RoleKey[];
  /** 1 to the number of keys. */
  readonly threshold: number;
}

/**
 * A key with its keyid.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a key with which no client verifies.
 * @spec 4.2.1-b, 4.3-g, A-02, A-03
 */
export async function roleKey(key: PublicKeyObject, crypto: Pick<Crypto, 'digest'>): Promise<RoleKey> {
  const parsed = parsePublicKey(key.keytype, key.scheme, key.keyval.public);
  if (parsed.kind === 'unusable') {
    const hint = 'use an Ed25519, ECDSA (P-256 or P-384) or ML-DSA key, or RSA of at least 2048 bits';
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', `the key cannot be used: ${parsed.reason}`, {}, { hint });
  }
  const standard = keyOf(parsed);
  const keyid = encodeHex(await crypto.digest('sha256', canonicalJson(jsonOf(standard))));
  return { keyid, key: standard, identity: parsed.identity };
}

/**
 * Refuses keys and a threshold that cannot be meant: a threshold that no set of signatures meets, and one key listed twice
 * under whatever keyids.
 *
 * @spec 4.2.1-e, 4.3-i, 4.5-f, A-04, A-06, A-08, A-22
 */
export function checkRoleSpec(role: string, { keys, threshold }: RoleSpec): void {
  const identities = new Set(keys.map(({ identity }) => identity));
  if (identities.size < keys.length) {
    throw refused(role, 'a key is listed twice', 'one key counts once: list each public key once');
  }
  checkThresholdMet(role, threshold, identities.size);
}

/** Refuses a threshold that no set of signatures by so many different keys meets. @spec 4.2.1-e, 4.3-i */
export function checkThresholdMet(role: string, threshold: number, keys: number): void {
  if (!Number.isSafeInteger(threshold) || threshold < 1) throw new TypeError('a threshold is an integer of at least 1');
  if (threshold <= keys) return;
  const found = `${keys} ${keys === 1 ? 'key' : 'keys'}`;
  throw refused(role, `a threshold of ${threshold} cannot be met by ${found}`, 'add keys, or lower the threshold');
}

/** Writes the keyids and the threshold into a role's entry, and the keys into the map of its delegator. */
export function writeRoleSpec(entry: Tree, keys: Tree, spec: RoleSpec): void {
  entry.set(
    'keyids',
    spec.keys.map(({ keyid }) => keyid),
  );
  entry.set('threshold', spec.threshold);
  for (const { keyid, key } of spec.keys) keys.set(keyid, jsonOf(key));
}

/** Removes the keys that no role of a delegator lists any longer. */
export function dropUnusedKeys(keys: Tree, roles: Iterable<Json>): void {
  const used = new Set<Json>();
  for (const role of roles) for (const keyid of (role as Tree).get('keyids') as readonly Json[]) used.add(keyid);
  for (const keyid of [...keys.keys()]) if (!used.has(keyid)) keys.delete(keyid);
}
