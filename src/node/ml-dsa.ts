/**
 * ML-DSA keys (FIPS 204) in the memory of this process: made, signed with, and as PKCS#8 (RFC 9881). By
 * `@noble/post-quantum`, since no node:crypto that we support has them all.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { notInstalled } from '../errors.ts';
import { encodeBase64 } from '../metadata/base64.ts';
import { type DerElement, readDer, readDerSequence } from '../metadata/der.ts';
import { der, derInteger, derSequence } from '../metadata/der-writer.ts';
import { type MlDsaParameterSet, mlDsaMessage } from '../metadata/ml-dsa-key.ts';
import type { PublicKey } from '../metadata/public-key.ts';
import { algorithmIdentifiers } from '../metadata/subject-public-key.ts';

const parameterSets = [44, 65, 87] as const;

type Noble = Awaited<ReturnType<typeof load>>;

/** @throws TufError `ERR_TUF_ALGORITHM` where the package is not installed. */
function load() {
  return import('@noble/post-quantum/ml-dsa.js').catch(notInstalled('@noble/post-quantum', 'ML-DSA'));
}

/** A private ML-DSA key, kept as its seed. What stands for a `KeyObject`, which Node 20 cannot make of one. */
export class MlDsaPrivateKey {
  readonly publicKey: Extract<PublicKey, { kind: 'ml-dsa' }>;
  readonly #seed: Uint8Array;
  readonly #secretKey: Uint8Array;
  readonly #noble: Noble;

  private constructor(noble: Noble, parameterSet: MlDsaParameterSet, seed: Uint8Array) {
    const { publicKey: bytes, secretKey } = noble[`ml_dsa${parameterSet}`].keygen(seed);
    this.publicKey = { kind: 'ml-dsa', identity: `ml-dsa:${encodeBase64(bytes)}`, parameterSet, bytes };
    this.#seed = seed;
    this.#secretKey = secretKey;
    this.#noble = noble;
  }

  /** The key of a seed of 32 bytes, which is copied; a new one without. Throws `ERR_TUF_ALGORITHM`. */
  static async of(
    parameterSet: MlDsaParameterSet,
    seed: Uint8Array = randomBytes(seedBytes),
  ): Promise<MlDsaPrivateKey> {
    if (seed.length !== seedBytes) throw new TypeError(`a seed has ${seedBytes} bytes`);
    return new MlDsaPrivateKey(await load(), parameterSet, Uint8Array.from(seed));
  }

  /** A hedged signature of a document in its canonical form, as TAP 21 has it signed. Takes some tens of milliseconds. */
  sign(message: Uint8Array): Uint8Array {
    return this.#noble[`ml_dsa${this.publicKey.parameterSet}`].sign(signedBytes(message), this.#secretKey);
  }

  /** The DER of the private key as its seed (RFC 9881, 6). To be wiped after its use; copies inside are. */
  pkcs8(): Uint8Array {
    const identifier = algorithmIdentifiers[`ml-dsa-${this.publicKey.parameterSet}`];
    const seed = der(0x80, this.#seed);
    const key = der(0x04, seed);
    try {
      return derSequence(derInteger(Uint8Array.of(0)), derSequence(Buffer.from(identifier, 'base64')), key);
    } finally {
      seed.fill(0);
      key.fill(0);
    }
  }

  /** Whether another key is the same one. */
  equals(other: unknown): boolean {
    return other instanceof MlDsaPrivateKey && other.publicKey.identity === this.publicKey.identity;
  }

  /** Whether the expanded form that stands beside the seed is that of the seed. */
  expandsTo(secretKey: Uint8Array): boolean {
    return Buffer.compare(this.#secretKey, secretKey) === 0;
  }
}

/** What an ML-DSA key signs for a document: 68 bytes (TAP 21). Programs and devices are given these. */
export function signedBytes(message: Uint8Array): Uint8Array {
  return mlDsaMessage(createHash('sha512').update(message).digest());
}

/** What PKCS#8 says of an ML-DSA key. */
export type MlDsaPkcs8 =
  | {
      readonly parameterSet: MlDsaParameterSet;
      readonly seed: Uint8Array;
      readonly expanded?: Uint8Array | undefined;
    }
  /** Why it cannot be used, and what to do. */
  | { readonly problem: string; readonly hint: string };

/**
 * Reads the DER of a private key (RFC 5958); `undefined` where it is of another algorithm. The seed, or the seed with what
 * it expands to, which OpenSSL writes; the expanded key alone cannot be turned back into a seed and is refused.
 */
export function readMlDsaPkcs8(bytes: Uint8Array): MlDsaPkcs8 | undefined {
  const [version, identifier, key, ...more] = readDerSequence(bytes) ?? [];
  const parameterSet = parameterSets.find(
    (set) => identifier?.tag === 0x30 && encodeBase64(identifier.content) === algorithmIdentifiers[`ml-dsa-${set}`],
  );
  if (parameterSet === undefined) return undefined;
  const damaged = {
    problem: `is no ML-DSA-${parameterSet} key: its parts are not as RFC 9881 has them`,
    hint: restore,
  };
  const isWhole = version?.tag === 0x02 && version.content.length === 1 && (version.content[0] as number) <= 1;
  const [choice, extra] = (isWhole && key?.tag === 0x04 && readDer(key.content)) || [];
  if (choice === undefined || extra !== undefined || more.length > 2) return damaged;
  if (choice.tag === 0x80)
    return choice.content.length === seedBytes ? { parameterSet, seed: choice.content } : damaged;
  if (choice.tag === 0x04) {
    return { problem: 'holds an expanded ML-DSA key without its seed', hint: 'export it with its seed (RFC 9881, 6)' };
  }
  const [seed, expanded, rest] = choice.tag === 0x30 ? (readDer(choice.content) ?? []) : [];
  const isBoth = isOctets(seed, seedBytes) && expanded?.tag === 0x04 && rest === undefined;
  return isBoth ? { parameterSet, seed: seed.content, expanded: expanded.content } : damaged;
}

function isOctets(element: DerElement | undefined, length: number): element is DerElement {
  return element?.tag === 0x04 && element.content.length === length;
}

const seedBytes = 32;

const restore = 'the key is damaged: take it from its backup';
