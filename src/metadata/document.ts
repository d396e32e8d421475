/**
 * The envelope `{ signed, signatures }` and the members that every role's `signed` has.
 *
 * A document is read in one pass over its bytes and keeps them. Signatures cover the canonical form of `signed` *as
 * received*: where it already stands in that form, the very bytes; otherwise the received value, canonicalised once. A
 * typed object is never serialised to check a signature.
 *
 * @spec 4-a, 4-b, 4.2.1-a, 4.2.1-c, 4.2.1-d, 4.2.1-e, A-01, A-05
 * @module
 */
import { TufError } from '../errors.ts';
import { type CanonicalForm, canonicalJson } from './canonical-json.ts';
import { type Instant, parseDateTime } from './date-time.ts';
import { decodeHex } from './hex.ts';
import { type Json, type JsonObject, parseJson, readJson } from './json.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { readMembers } from './members.ts';
import { Scanner } from './scanner.ts';

/** `default` reads what deployed repositories write; `strict` the letter of the specification (spec-decisions, profiles). */
export type Profile = 'default' | 'strict';

/** How a document is read. */
export interface ReadOptions {
  readonly profile?: Profile | undefined;
  /** The repository's canonical form; `olpc` by default. */
  readonly canonicalForm?: CanonicalForm | undefined;
  readonly limits?: Limits | undefined;
}

/** The `_type` of a document. Delegated targets are `targets`. */
export type RoleType = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** The members that every role has. @spec */
export interface DocumentHead {
  readonly type: RoleType;
  readonly specVersion: string;
  /** 1 to 2^53 − 1. */
  readonly version: number;
  /** As received. */
  readonly expires: string;
  readonly expiresAt: Instant;
}

/** One entry of `signatures`. */
export interface Signature {
  readonly keyid: string;
  /** As received; text that is no hex is a signature that never counts. */
  readonly sig: string;
}

/** A document that was read and whose schema holds, but which nobody has verified. */
export class Signed<T extends DocumentHead = DocumentHead> {
  /** The role by which the document was asked for: `root`, or the name of a delegated role. */
  readonly role: string;
  /** The whole file as received. */
  readonly bytes: Uint8Array;
  readonly signed: T;
  /** Keyids are unique. */
  readonly signatures: readonly Signature[];
  readonly canonicalForm: CanonicalForm;
  readonly #from: number;
  readonly #to: number;
  readonly #depth: number;
  readonly #inPlace: boolean;
  #message: Uint8Array | undefined;

  constructor(role: string, signed: T, parts: EnvelopeParts) {
    this.role = role;
    this.bytes = parts.bytes;
    this.signed = signed;
    this.signatures = parts.signatures;
    this.canonicalForm = parts.canonicalForm;
    this.#from = parts.from;
    this.#to = parts.to;
    this.#inPlace = parts.inPlace;
    this.#depth = parts.depth;
  }

  /** Whether `signed` stands in canonical form in the bytes, so that signatures are verified over them in place. */
  get inPlace(): boolean {
    return this.#inPlace;
  }

  /** The bytes that signatures cover. Made once; not to be changed. */
  message(): Uint8Array {
    this.#message ??= this.#inPlace
      ? this.bytes.subarray(this.#from, this.#to)
      : canonicalJson(this.signedJson(), this.canonicalForm);
    return this.#message;
  }

  /** The bytes of `signed` as they stand in the file, canonical or not. */
  signedBytes(): Uint8Array {
    return this.bytes.subarray(this.#from, this.#to);
  }

  /** `signed` as a tree, unrecognised members included. */
  signedJson(): JsonObject {
    const scanner = new Scanner(this.bytes, { role: this.role, depth: this.#depth }, this.#from, this.#to);
    return readJson(scanner) as JsonObject;
  }

  /** The whole envelope as a tree. */
  json(): JsonObject {
    return parseJson(this.bytes, { role: this.role, depth: this.#depth }) as JsonObject;
  }

  /** The bytes of a signature, or `undefined` for text that is no hex. */
  static signatureBytes(signature: Signature): Uint8Array | undefined {
    return decodeHex(signature.sig);
  }
}

/** Where the parts of a document stand. */
export interface EnvelopeParts {
  readonly bytes: Uint8Array;
  readonly signatures: readonly Signature[];
  readonly canonicalForm: CanonicalForm;
  readonly from: number;
  readonly to: number;
  readonly inPlace: boolean;
  readonly depth: number;
}

/** What a role's own reader is given. */
export interface Reading {
  readonly scanner: Scanner;
  readonly type: RoleType;
  readonly strict: boolean;
  readonly limits: Limits;
}

/**
 * Reads a whole document. `body` reads the value of `signed`.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED`, `ERR_TUF_WRONG_TYPE`, `ERR_TUF_SPEC_VERSION`.
 */
export function parseSigned<T extends DocumentHead>(
  bytes: Uint8Array,
  role: string,
  type: RoleType,
  options: ReadOptions,
  body: (reading: Reading) => T,
): Signed<T> {
  const limits = options.limits ?? defaultLimits;
  const scanner = new Scanner(bytes, { role, depth: limits.depth });
  try {
    return readEnvelope(scanner, role, options.canonicalForm ?? 'olpc', () =>
      body({ scanner, type, strict: options.profile === 'strict', limits }),
    );
  } catch (error) {
    // A document of another type or version breaks this type's schema anywhere; say what it is, not where it differs.
    if (error instanceof TufError && error.code === 'ERR_TUF_MALFORMED') checkTypeOf(bytes, role, type, limits);
    throw error;
  }
}

function readEnvelope<T extends DocumentHead>(
  scanner: Scanner,
  role: string,
  canonicalForm: CanonicalForm,
  body: () => T,
): Signed<T> {
  let signed: T | undefined;
  let signatures: readonly Signature[] = [];
  let from = 0;
  let to = 0;
  let inPlace = false;
  readMembers(scanner, ['signed', 'signatures'], {
    signed: () => {
      scanner.peek();
      from = scanner.valueAt;
      scanner.canonical = true;
      scanner.astralName = false;
      signed = body();
      to = scanner.at;
      inPlace = scanner.canonical && (canonicalForm === 'olpc' || !scanner.astralName);
    },
    signatures: () => {
      signatures = readSignatures(scanner);
    },
  });
  scanner.finish();
  const parts = { bytes: scanner.bytes, signatures, canonicalForm, from, to, inPlace, depth: scanner.depthMax };
  return new Signed(role, signed as T, parts);
}

function readSignatures(scanner: Scanner): Signature[] {
  const signatures: Signature[] = [];
  const keyids = new Set<string>();
  scanner.enterArray();
  while (scanner.nextItem()) {
    let keyid = '';
    let sig = '';
    readMembers(scanner, ['keyid', 'sig'], {
      keyid: () => {
        scanner.string();
        keyid = scanner.text();
        if (keyids.has(keyid)) scanner.fail('two signatures have one keyid', scanner.valueAt);
        keyids.add(keyid);
      },
      sig: () => {
        scanner.string();
        sig = scanner.text();
      },
    });
    signatures.push({ keyid, sig });
  }
  return signatures;
}

/** Readers of the members that every role has, and what they have read. */
export function headReaders(reading: Reading): {
  readonly required: readonly string[];
  readonly readers: { readonly [name: string]: () => void };
  head(): DocumentHead;
} {
  const { scanner, type, strict } = reading;
  let specVersion = '';
  let version = 0;
  let expires = '';
  let expiresAt: Instant = { milliseconds: 0, nanoseconds: 0 };
  const text = (): string => {
    scanner.string();
    return scanner.text();
  };
  return {
    required: ['_type', 'spec_version', 'version', 'expires'],
    readers: {
      _type: () => checkType(scanner.role, type, text()),
      spec_version: () => {
        specVersion = text();
        checkSpecVersion(scanner.role, specVersion);
      },
      version: () => {
        version = scanner.integer(1);
      },
      expires: () => {
        expires = text();
        const instant = parseDateTime(expires, strict);
        if (instant === undefined)
          scanner.fail(`expires is no date-time${strict ? ' of the form YYYY-MM-DDTHH:MM:SSZ' : ''}`, scanner.valueAt);
        expiresAt = instant as Instant;
      },
    },
    head: () => ({ type, specVersion, version, expires, expiresAt }),
  };
}

/** @spec 4.3-a, 4.5-p, A-23 */
function checkType(role: string | undefined, expected: RoleType, found: string): void {
  if (found === expected) return;
  throw new TufError(
    'ERR_TUF_WRONG_TYPE',
    `${role}: the document's _type is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`,
    { role, expected, found },
    { hint: "another role's file was served under this name; check how the repository was published" },
  );
}

/** Major version 1, with one or two further numbers (Sigstore writes "1.0"). @spec 4.3-b, A-31 */
function checkSpecVersion(role: string | undefined, found: string): void {
  if (/^1\.[0-9]+(\.[0-9]+)?$/.test(found)) return;
  throw new TufError(
    'ERR_TUF_SPEC_VERSION',
    `${role}: spec_version ${JSON.stringify(found)} is not supported`,
    { role, found },
    { hint: 'this version reads specification 1.x; a repository of another major version needs a newer client' },
  );
}

/** Throws the more telling error when the document says that it is something else. Silent when it is no JSON at all. */
function checkTypeOf(bytes: Uint8Array, role: string, type: RoleType, limits: Limits): void {
  let signed: Json | undefined;
  try {
    const document = parseJson(bytes, { role, depth: limits.depth });
    signed = document instanceof Map ? (document as JsonObject).get('signed') : undefined;
  } catch {
    // The reader's own error already says what is wrong with the JSON.
    return;
  }
  if (!(signed instanceof Map)) return;
  const found = (signed as JsonObject).get('_type');
  const specVersion = (signed as JsonObject).get('spec_version');
  if (typeof found === 'string') checkType(role, type, found);
  if (typeof specVersion === 'string') checkSpecVersion(role, specVersion);
}
