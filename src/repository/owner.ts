/**
 * Who holds a key, as far as a key says: the unrecognised member `x-tufa-owner` beside `keyval`. It is signed like all else
 * of a document and part of what the keyid digests. It is shown to people and trusted for nothing.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, type JsonObject, jsonOf, parseJson } from '../metadata/json.ts';
import type { Key } from '../metadata/key.ts';
import { hiddenCharacter } from './names.ts';
import { refused } from './refusal.ts';
import type { RoleKey } from './role-key.ts';

/** The member of a key object that names its owner. */
export const ownerMember = 'x-tufa-owner';

/** A name is for people to read: longer ones are no names. UTF-16 units. */
const ownerLengthMax = 200;

/** A key by its id and its owner, where it names one. */
export interface KeyName {
  readonly keyid: string;
  /** As the key says; may be anything. */
  readonly owner: string | null;
}

/** The owner that a key object names. */
export function ownerIn(key: Json | undefined): string | null {
  const owner = key instanceof Map ? (key as JsonObject).get(ownerMember) : undefined;
  return typeof owner === 'string' ? owner : null;
}

/** The owner of a key as a delegator lists it. */
export function ownerOf(key: Key | undefined): string | null {
  // This form of any object is JSON again.
  return key === undefined ? null : ownerIn(parseJson(key.canonical('rfc8785')));
}

/**
 * The key with the name of its owner, under the keyid that it has then.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a name that nobody could read.
 * @spec 4-a, 4.2.1-b
 */
export async function ownedKey(key: RoleKey, owner: string, crypto: Pick<Crypto, 'digest'>): Promise<RoleKey> {
  if (owner.trim() === '' || owner.length > ownerLengthMax || hiddenCharacter.test(owner)) {
    const hint = `give a name of 1 to ${ownerLengthMax} characters that can be seen`;
    throw refused('key', `${JSON.stringify(owner.slice(0, ownerLengthMax))} cannot be an owner`, hint);
  }
  const owned = { ...key.key, [ownerMember]: owner };
  return { ...key, key: owned, keyid: encodeHex(await crypto.digest('sha256', canonicalJson(jsonOf(owned)))) };
}
