import { ed25519Signer } from '../crypto/ed25519-signer.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { topLevelRoles } from '../metadata/root.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import type { Signer } from '../repository/signer.ts';

/** A key with its public half as a role lists it. */
export interface TestKey extends RoleKey {
  readonly signer: Signer;
}

const crypto = webCrypto();

/** Makes Ed25519 keys that follow from a seed: the same seed makes the same keys in the same order. */
export class KeySource {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  async next(role: string): Promise<TestKey> {
    this.#count += 1;
    const secret = await crypto.digest('sha256', encodeUtf8(JSON.stringify([this.#seed, role, this.#count])));
    const signer = await ed25519Signer(secret);
    return { signer, ...(await roleKey(signer.key, crypto)) };
  }
}

/** The one key of each role. A change gives another ring, so that a release that fails changes none. */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, TestKey>;

  constructor(keys: ReadonlyMap<string, TestKey>) {
    this.#keys = keys;
  }

  /** A key for each top-level role. */
  static async make(source: KeySource): Promise<KeyRing> {
    const keys = new Map<string, TestKey>();
    for (const role of topLevelRoles) keys.set(role, await source.next(role));
    return new KeyRing(keys);
  }

  has(role: string): boolean {
    return this.#keys.has(role);
  }

  /** @throws TypeError for a role that there is not. */
  of(role: string): TestKey {
    const key = this.#keys.get(role);
    if (key === undefined) throw new TypeError(`there is no role ${JSON.stringify(role)}`);
    return key;
  }

  get signers(): readonly Signer[] {
    return [...this.#keys.values()].map(({ signer }) => signer);
  }

  with(role: string, key: TestKey): KeyRing {
    return new KeyRing(new Map(this.#keys).set(role, key));
  }

  without(role: string): KeyRing {
    const keys = new Map(this.#keys);
    keys.delete(role);
    return new KeyRing(keys);
  }
}
