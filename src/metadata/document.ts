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
import { publishAgain, TufError } from '../errors.ts';
import { canonicalBytes } from './canonical-bytes.ts';
import type { CanonicalForm } from './canonical-json.ts';
import type { Instant } from './date-time.ts';
import { decodeHex } from './hex.ts';
import { type JsonObject, parseJson } from './json.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { type Read, type Readers, readMembers, readPositive, readString, readTime } from './members.ts';
import { Scanner } from './scanner.ts';

/** `default` reads what deployed repositories write; `strict` the letter of the specification. */
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
  readonly #parts: EnvelopeParts;
  #message: Uint8Array | undefined;

  constructor(role: string, signed: T, parts: EnvelopeParts) {
    this.role = role;
    this.bytes = parts.bytes;
    this.signed = signed;
    this.signatures = parts.signatures;
    this.canonicalForm = parts.canonicalForm;
    this.#parts = parts;
  }

  /** Whether `signed` stands in canonical form in the bytes, so that signatures are verified over them in place. */
  get inPlace(): boolean {
    return this.#parts.inPlace;
  }

  /** The bytes that signatures cover. Made once; not to be changed. */
  message(): Uint8Array {
    if (this.#message === undefined) {
      const { inPlace, canonicalForm, depth } = this.#parts;
      const bytes = this.signedBytes();
      this.#message = inPlace ? bytes : canonicalBytes(bytes, canonicalForm, depth);
    }
    return this.#message;
  }

  /** The bytes of `signed` as they stand in the file, canonical or not. */
  signedBytes(): Uint8Array {
    return this.bytes.subarray(this.#parts.from, this.#parts.to);
  }

  /** `signed` as a tree, unrecognised members included. */
  signedJson(): JsonObject {
    return parseJson(this.signedBytes(), this.#parts) as JsonObject;
  }

  /** The whole envelope as a tree. */
  json(): JsonObject {
    return parseJson(this.bytes, this.#parts) as JsonObject;
  }

  /**
   * The bytes of a signature, or `undefined` for text that is no hex or longer than 16384 digits: no supported scheme has
   * signatures of more than 4627 bytes.
   */
  static signatureBytes({ sig }: Signature): Uint8Array | undefined {
    return sig.length > 16_384 ? undefined : decodeHex(sig);
  }
}

/** What an envelope holds besides the value of `signed`. */
export interface EnvelopeParts {
  readonly bytes: Uint8Array;
  readonly signatures: readonly Signature[];
  readonly canonicalForm: CanonicalForm;
  /** Where `signed` stands in the bytes. */
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
  const { limits = defaultLimits, canonicalForm = 'olpc', profile } = options;
  const { depth } = limits;
  const scanner = new Scanner(bytes, { role, depth });
  try {
    const { signed, signatures } = readMembers(scanner, {
      signed: () => {
        scanner.peek();
        const { at } = scanner;
        scanner.canonical = true;
        const value = body({ scanner, type, strict: profile === 'strict', limits });
        // RFC 8785 orders names otherwise where there are characters above U+FFFF.
        const ordered = canonicalForm === 'olpc' || !/[\ud800-\udfff]/.test(scanner.text.slice(at, scanner.at));
        const inPlace = scanner.canonical && ordered;
        return { value, inPlace, from: scanner.byteOffset(at), to: scanner.byteOffset(scanner.at) };
      },
      signatures: readSignatures,
    });
    scanner.finish();
    return new Signed(role, signed.value, { ...signed, bytes, signatures, canonicalForm, depth });
  } catch (error) {
    // A document of another type or version breaks this type's schema anywhere; say what it is, not where it differs.
    if (error instanceof TufError && error.code === 'ERR_TUF_MALFORMED') checkTypeOf(scanner, type);
    throw error;
  }
}

function readSignatures(scanner: Scanner): Signature[] {
  const signatures = new Map<string, Signature>();
  scanner.array(() => {
    const signature = readMembers(scanner, { keyid: readString, sig: readString });
    const { keyid } = signature;
    if (signatures.has(keyid)) scanner.fail('two signatures have one keyid', scanner.at - 1);
    signatures.set(keyid, signature);
  });
  return [...signatures.values()];
}

/** Reads the value of `signed`: the members that every role has, and those that `readers` read. */
export function readSigned<R extends Readers, O extends keyof R & string = never>(
  { scanner, type, strict }: Reading,
  readers: R,
  ...optional: readonly O[]
): NoInfer<Omit<DocumentHead, 'type'> & Read<R, O>> {
  const own = {
    _type: () => checkType(scanner.role, type, scanner.string()),
    spec_version: () => checkSpecVersion(scanner.role, scanner.string()),
    version: readPositive,
    expires: () => readTime(scanner, strict),
  };
  const values: Read<R & typeof own, O> = readMembers(scanner, { ...own, ...readers }, ...optional);
  const { spec_version: specVersion, expires, version } = values as Read<typeof own, never>;
  return { ...values, expires: expires.text, expiresAt: expires.instant, version, specVersion };
}

/** @spec 4.3-a, 4.5-p, A-23 */
function checkType(role: string | undefined, expected: RoleType, found: string): void {
  if (found === expected) return;
  throw new TufError(
    'ERR_TUF_WRONG_TYPE',
    `${role}: _type is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`,
    { role, expected, found },
    { hint: publishAgain },
  );
}

/** Major version 1, with one or two further numbers (Sigstore writes "1.0"). @spec 4.3-b, A-31 */
function checkSpecVersion(role: string | undefined, found: string): string {
  if (/^1\.[0-9]+(\.[0-9]+)?$/.test(found)) return found;
  throw new TufError(
    'ERR_TUF_SPEC_VERSION',
    `${role}: spec_version ${JSON.stringify(found)} is not supported`,
    { role, found },
    { hint: 'this client reads specification 1.x: update it' },
  );
}

/**
 * Throws the more telling error when the document says that it is something else. Silent when it is no JSON at all. Builds
 * nothing: what cannot be read may hold any number of values.
 */
function checkTypeOf({ text, role, depthMax: depth }: Scanner, type: RoleType): void {
  const scanner = new Scanner(text, { depth });
  const string = () => (scanner.peek() === '"' ? scanner.string() : scanner.skip());
  const head = () =>
    scanner.peek() === '{'
      ? readMembers(scanner, { _type: string, spec_version: string }, '_type', 'spec_version')
      : scanner.skip();
  let says: ReturnType<typeof head>;
  try {
    says = readMembers(scanner, { signed: head }, 'signed').signed;
    scanner.finish();
  } catch {
    // The reader's own error already says what is wrong with the JSON.
    return;
  }
  if (typeof says?._type === 'string') checkType(role, type, says._type);
  if (typeof says?.spec_version === 'string') checkSpecVersion(role, says.spec_version);
}
