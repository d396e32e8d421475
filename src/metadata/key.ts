import { type CanonicalForm, canonicalJson } from './canonical-json.ts';
import { type Json, readJson } from './json.ts';
import { readMembers, readString } from './members.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';
import { Scanner } from './scanner.ts';

/**
 * A key as a delegator lists it. The keyid is only a label within that delegator's own map: safety comes from counting
 * unique public keys.
 *
 * @spec 4.2.2-a, A-02, A-03, A-07
 */
export class Key {
  readonly keyid: string;
  readonly keytype: string;
  readonly scheme: string;
  /** `keyval.public`, or `undefined` where an unknown kind of key has none. */
  readonly public: string | undefined;
  readonly #value: Json;
  #parsed: PublicKey | { readonly kind: 'unusable'; readonly reason: string } | undefined;

  constructor(keyid: string, keytype: string, scheme: string, publicText: string | undefined, value: Json) {
    this.keyid = keyid;
    this.keytype = keytype;
    this.scheme = scheme;
    this.public = publicText;
    this.#value = value;
  }

  /** The parsed key, or why no signature by it can count: unknown kinds of key are skipped, they are no error. */
  publicKey(): PublicKey | { readonly kind: 'unusable'; readonly reason: string } {
    this.#parsed ??=
      this.public === undefined
        ? { kind: 'unusable', reason: 'it has no public part' }
        : parsePublicKey(this.keytype, this.scheme, this.public);
    return this.#parsed;
  }

  /** The bytes whose SHA-256 the keyid should be: the canonical form of the whole key object. */
  canonical(form: CanonicalForm): Uint8Array {
    return canonicalJson(this.#value, form);
  }
}

/** Reads a map of keyid to key. */
export function readKeys(scanner: Scanner): Map<string, Key> {
  const keys = new Map<string, Key>();
  scanner.object((keyid) => keys.set(keyid, readKey(scanner, keyid)));
  return keys;
}

function readKey(scanner: Scanner, keyid: string): Key {
  const { text, role, depthMax: depth, at } = scanner;
  const { keytype, scheme, keyval } = readMembers(scanner, {
    keytype: readString,
    scheme: readString,
    keyval: () => readMembers(scanner, { public: readString }, 'public'),
  });
  return new Key(keyid, keytype, scheme, keyval.public, readJson(new Scanner(text, { role, depth }, at)));
}
