/**
 * Every failure of the outside world, in one file: what went wrong, with which evidence, and what a person can do next.
 *
 * A caller's own mistake is a plain `TypeError`; a caller's abort rethrows `signal.reason`. Everything else that a
 * network, a file, a signer or a repository can cause is a {@link TufError}.
 *
 * @module
 */

/** The family says what a caller can do: report, alert, retry later, redo, or fix the request. */
export type TufErrorFamily = 'format' | 'security' | 'unavailable' | 'conflict' | 'operator';

/** Why one signature did not count towards a threshold. */
export interface RejectedSignature {
  readonly keyid: string;
  readonly reason:
    | 'unknown-keyid'
    | 'key-missing'
    | 'key-unusable'
    | 'same-key'
    | 'false-signature'
    /** The cryptography that the client was given verifies no key of this kind; ML-DSA needs `tufa/ml-dsa`. */
    | 'no-verifier'
    | 'malformed-signature';
}

/** Where in a document a reader stopped. */
export interface FormatEvidence {
  /** The role or document, `undefined` for bytes that are not metadata of a role. */
  readonly role?: string | undefined;
  /** JSON pointer (RFC 6901) of the value. */
  readonly pointer?: string | undefined;
  /** Byte offset in the document. */
  readonly offset?: number | undefined;
  /** The limit that was met, and the name of the option that raises it. */
  readonly limit?: number | undefined;
  readonly option?: string | undefined;
  readonly url?: string | undefined;
}

/** The evidence that each code carries. Versions are integers, times RFC 3339 text, digests lower-case hex. */
export interface TufErrorEvidence {
  ERR_TUF_MALFORMED: FormatEvidence;
  ERR_TUF_WRONG_TYPE: FormatEvidence & { readonly expected: string; readonly found: string };
  ERR_TUF_SPEC_VERSION: FormatEvidence & { readonly found: string };
  ERR_TUF_KEYID_MISMATCH: { readonly role: string; readonly keyid: string; readonly computed: string };
  ERR_TUF_UNSIGNED: {
    readonly role: string;
    /** The role whose keys were required. */
    readonly delegator: string;
    readonly version?: number | undefined;
    readonly threshold: number;
    readonly trustedKeyids: readonly string[];
    readonly validKeyids: readonly string[];
    readonly rejected: readonly RejectedSignature[];
    /** The HTTP status that ended the root walk, where it was 403 or 410. */
    readonly rootWalkStatus?: number | undefined;
  };
  ERR_TUF_ROLLBACK: {
    readonly role: string;
    /** The file whose version went back; equal to `role` when it is the document itself. */
    readonly subject: string;
    readonly trustedVersion: number;
    /** `undefined` when the file is no longer listed at all. */
    readonly version: number | undefined;
  };
  ERR_TUF_EXPIRED: {
    readonly role: string;
    readonly version: number;
    readonly expires: string;
    readonly time: string;
    readonly rootWalkStatus?: number | undefined;
  };
  /** Strict profile only: the clock is earlier than at the last update. */
  ERR_TUF_CLOCK: { readonly time: string; readonly lastTime: string };
  ERR_TUF_VERSION_MISMATCH: { readonly role: string; readonly expected: number; readonly version: number };
  ERR_TUF_HASH_MISMATCH: {
    readonly role?: string | undefined;
    readonly path?: string | undefined;
    readonly algorithm?: string | undefined;
    readonly expected?: string | undefined;
    readonly found?: string | undefined;
  };
  ERR_TUF_LENGTH_MISMATCH: {
    readonly role?: string | undefined;
    readonly path?: string | undefined;
    readonly expected: number;
    readonly length: number;
  };
  ERR_TUF_TOO_LONG: {
    readonly role?: string | undefined;
    readonly path?: string | undefined;
    readonly limit: number;
    /** The option that raises the limit; absent where the trusted metadata gave the length. */
    readonly option?: string | undefined;
  };
  ERR_TUF_MISSING_META: { readonly role: string; readonly subject: string };
  ERR_TUF_TOO_MANY_ROLES: { readonly path: string; readonly limit: number; readonly option: string };
  ERR_TUF_TRANSPORT: {
    readonly url: string;
    readonly role?: string | undefined;
    readonly path?: string | undefined;
    readonly status?: number | undefined;
    /** Whether the same request may succeed later, and after how many milliseconds the server allows it. */
    readonly isTemporary?: boolean | undefined;
    readonly retryAfterMs?: number | undefined;
    /** How often it was tried, and for how many milliseconds, where that was more than once. */
    readonly attempts?: number | undefined;
    readonly elapsedMs?: number | undefined;
  };
  /** A signature can be neither made nor judged here, since what computes it is not at hand. */
  ERR_TUF_ALGORITHM: {
    readonly algorithm: string;
    /** The package that has to be installed, where that is what is missing. */
    readonly package?: string | undefined;
    readonly role?: string | undefined;
  };
  /** An answer, its state, a decision or the list of answer keys is of another form. */
  ERR_TUF_ANSWER_MALFORMED: FormatEvidence;
  /** No key may answer, or one that is a role's, too. */
  ERR_TUF_ANSWER_KEY: { readonly path: string; readonly keyid?: string | undefined };
  ERR_TUF_ANSWER_UNSIGNED: { readonly trustedKeyids: readonly string[]; readonly keyids: readonly string[] };
  /** An answer to another question. Digests of the tree's head. */
  ERR_TUF_ANSWER_MISMATCH: { readonly expected: string | undefined; readonly found: string };
  /** `time` is that of the clock, or the best that was known. */
  ERR_TUF_ANSWER_TIME: { readonly issued: string; readonly time: string };
  ERR_TUF_ANSWER_EXPIRED: { readonly elapsedMs: number; readonly limitMs: number };
  /** The answer is of an older state. */
  ERR_TUF_ANSWER_STALE: { readonly role: string; readonly version: number; readonly trustedVersion: number };
  ERR_TUF_ANSWER_MISSING: { readonly url: string | undefined };
  /** Two files of one version: the digests of what is trusted here, and of what the answer server has. */
  ERR_TUF_FORK: { readonly role: string; readonly version: number; readonly held: string; readonly answered: string };
  /** A newer state is answered than anybody serves. */
  ERR_TUF_FROZEN: { readonly role: string; readonly version: number; readonly answered: number };
  ERR_TUF_DENIED: { readonly path: string; readonly reason: string; readonly text?: string | undefined };
  /** No bundle as tufa writes them; bytes from its beginning. */
  ERR_TUF_BUNDLE_MALFORMED: { readonly offset: number };
  ERR_TUF_BUNDLE_TRUNCATED: { readonly length: number };
  ERR_TUF_BUNDLE_COMPRESSED: { readonly algorithm: string };
  ERR_TUF_BUNDLE_DUPLICATE: { readonly name: string };
  /** A link that the verification needs is not in the bundle. */
  ERR_TUF_BUNDLE_MISSING: { readonly name: string };
  /** An entry that nothing in the bundle vouches for. */
  ERR_TUF_BUNDLE_EXTRA: { readonly name: string };
  /** The pinned version of root is in the bundle with other bytes. */
  ERR_TUF_BUNDLE_FOREIGN: { readonly version: number };
  /** Issued longer ago than is accepted, or at a time that nobody knows. */
  ERR_TUF_TOO_OLD: {
    readonly role: string;
    readonly version: number;
    readonly issued: string | undefined;
    readonly maxAgeMs: number;
  };
  ERR_TUF_NOT_FOUND: { readonly path: string };
  ERR_TUF_STORE: { readonly path: string; readonly operation: string };
  ERR_TUF_SIGNER: { readonly keyid?: string | undefined; readonly uri?: string | undefined };
  ERR_TUF_CONFLICT: {
    readonly path: string;
    readonly expected?: string | undefined;
    readonly found?: string | undefined;
  };
  ERR_TUF_REPOSITORY_REFUSED: { readonly role?: string | undefined; readonly path?: string | undefined };
  ERR_TUF_REPOSITORY_UNSIGNED: {
    readonly role: string;
    readonly threshold: number;
    readonly validKeyids: readonly string[];
    readonly missingKeyids: readonly string[];
  };
}

/** A stable name for each failure; never parse a message. */
export type TufErrorCode = keyof TufErrorEvidence;

/** What must not be believed; the families of all other codes are in a table. */
type SecurityCode =
  | 'ERR_TUF_UNSIGNED'
  | 'ERR_TUF_ROLLBACK'
  | 'ERR_TUF_EXPIRED'
  | 'ERR_TUF_CLOCK'
  | 'ERR_TUF_VERSION_MISMATCH'
  | 'ERR_TUF_HASH_MISMATCH'
  | 'ERR_TUF_LENGTH_MISMATCH'
  | 'ERR_TUF_TOO_LONG'
  | 'ERR_TUF_MISSING_META'
  | 'ERR_TUF_TOO_MANY_ROLES'
  | 'ERR_TUF_ANSWER_KEY'
  | 'ERR_TUF_ANSWER_UNSIGNED'
  | 'ERR_TUF_ANSWER_MISMATCH'
  | 'ERR_TUF_ANSWER_TIME'
  | 'ERR_TUF_ANSWER_EXPIRED'
  | 'ERR_TUF_ANSWER_STALE'
  | 'ERR_TUF_FORK'
  | 'ERR_TUF_FROZEN'
  | 'ERR_TUF_DENIED'
  | 'ERR_TUF_BUNDLE_MISSING'
  | 'ERR_TUF_BUNDLE_EXTRA'
  | 'ERR_TUF_BUNDLE_FOREIGN'
  | 'ERR_TUF_TOO_OLD';

const families: Record<Exclude<TufErrorCode, SecurityCode>, TufErrorFamily> & Partial<Record<SecurityCode, never>> = {
  ERR_TUF_MALFORMED: 'format',
  ERR_TUF_WRONG_TYPE: 'format',
  ERR_TUF_SPEC_VERSION: 'format',
  ERR_TUF_KEYID_MISMATCH: 'format',
  ERR_TUF_TRANSPORT: 'unavailable',
  ERR_TUF_ALGORITHM: 'unavailable',
  ERR_TUF_ANSWER_MALFORMED: 'format',
  ERR_TUF_BUNDLE_MALFORMED: 'format',
  ERR_TUF_BUNDLE_TRUNCATED: 'format',
  ERR_TUF_BUNDLE_COMPRESSED: 'format',
  ERR_TUF_BUNDLE_DUPLICATE: 'format',
  ERR_TUF_ANSWER_MISSING: 'unavailable',
  ERR_TUF_NOT_FOUND: 'unavailable',
  ERR_TUF_STORE: 'unavailable',
  ERR_TUF_SIGNER: 'unavailable',
  ERR_TUF_CONFLICT: 'conflict',
  ERR_TUF_REPOSITORY_REFUSED: 'operator',
  ERR_TUF_REPOSITORY_UNSIGNED: 'operator',
};

/** What to do about a file that is not the one that is listed. */
export const tryAnotherMirror = 'try again, then another mirror: the file is stale, damaged or hostile';

/** What to do about a repository whose files do not fit together. */
export const publishAgain = 'its operator has to publish the repository again';

/** What to do about something that is refused under the strict profile only. */
export const onlyReported = 'the default profile only reports this';

/** What to do about a limit that was met. */
export function raiseLimit(option: string): string {
  return `if the repository needs more, raise the limit "${option}"`;
}

/** For a part of tufa that is loaded when it is first needed, and cannot be: says nothing about what needs it. */
export function notLoaded(cause: unknown): never {
  const hint = 'try again; if it stays so, check how the application serves its own code';
  throw new TufError('ERR_TUF_TRANSPORT', 'client: a part of tufa cannot be loaded', { url: 'tufa' }, { cause, hint });
}

/** For a package that stands beside tufa where somebody wants it, and cannot be loaded. */
export function notInstalled(name: string, algorithm: string): (cause: unknown) => never {
  return (cause) => {
    const hint = `run npm install ${name}; where that was done, see that the application can load it`;
    throw new TufError(
      'ERR_TUF_ALGORITHM',
      `${algorithm} needs the package ${name}, which cannot be loaded`,
      { algorithm, package: name },
      { cause, hint },
    );
  };
}

/**
 * A failure of the outside world.
 *
 * `message` is for people and begins with the role; `hint` says what to do next. Both may contain text from metadata:
 * escape them before they reach a terminal, a log or HTML.
 */
export class TufError<C extends TufErrorCode = TufErrorCode> extends Error {
  readonly code: C;
  readonly family: TufErrorFamily;
  readonly evidence: TufErrorEvidence[C];
  readonly hint: string | undefined;

  constructor(
    code: C,
    message: string,
    evidence: TufErrorEvidence[C],
    options: { readonly cause?: unknown; readonly hint?: string | undefined } = {},
  ) {
    super(message, options);
    this.name = 'TufError';
    this.code = code;
    this.family = families[code] ?? 'security';
    this.evidence = evidence;
    this.hint = options.hint;
  }

  /** The role concerned, where there is one. */
  get role(): string | undefined {
    return (this.evidence as { role?: string }).role;
  }
}

/** For exhaustive `switch (error.code)`: each member has the evidence of its code. */
export type AnyTufError = { [C in TufErrorCode]: TufError<C> }[TufErrorCode];

/** Whether a caught value is a {@link TufError}, narrowed to the union of all codes. */
export function isTufError(value: unknown): value is AnyTufError {
  return value instanceof TufError;
}
