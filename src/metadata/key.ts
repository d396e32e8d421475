import { canonicalBytes } from './canonical-bytes.ts';
import type { CanonicalForm } from './canonical-json.ts';
import { readMembers, readString } from './members.ts';
import type { ParsePublicKey, PublicKey, UnusableKey } from './public-key.ts';
import type { Scanner } from './scanner.ts';
import { encodeUtf8 } from './utf8.ts';

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
  readonly #text: string;
  readonly #depth: number;
  #parsed: PublicKey | UnusableKey | undefined;

  /** `text` is the whole key object as received, nested no deeper than `depth`. */
  constructor(
    keyid: string,
    keytype: string,
    scheme: string,
    publicText: string | undefined,
    text: string,
    depth: number,
  ) {
    this.keyid = keyid;
    this.keytype = keytype;
    this.scheme = scheme;
    this.public = publicText;
    this.#text = text;
    this.#depth = depth;
  }

  /**
   * What `parse` makes of the key, once for all calls: it has to read this key's kind. A key by which no signature can
   * count, as one of an unknown kind, is skipped and is no error.
   */
  publicKey(parse: ParsePublicKey): PublicKey | UnusableKey {
    this.#parsed ??=
      this.public === undefined
        ? { kind: 'unusable', reason: 'it has no public part' }
        : parse(this.keytype, this.scheme, this.public);
    return this.#parsed;
  }

  /** The bytes whose SHA-256 the keyid should be: the canonical form of the whole key object. */
  canonical(form: CanonicalForm): Uint8Array {
    return canonicalBytes(encodeUtf8(this.#text), form, this.#depth);
  }
}

/** Reads a map of keyid to key. */
export function readKeys(scanner: Scanner): Map<string, Key> {
  const keys = new Map<string, Key>();
  scanner.object((keyid) => keys.set(keyid, readKey(scanner, keyid)));
  return keys;
}

function readKey(scanner: Scanner, keyid: string): Key {
  const { at } = scanner;
  const { keytype, scheme, keyval } = readMembers(scanner, {
    keytype: readString,
    scheme: readString,
    keyval: () => readMembers(scanner, { public: readString }, 'public'),
  });
  return new Key(keyid, keytype, scheme, keyval.public, scanner.text.slice(at, scanner.at), scanner.depthMax);
}
