/**
 * A document on its way: its next version is made, its signatures are not all there yet.
 *
 * Three types say how far a document has come, and none is taken for another: a `Draft` lacks signatures, a `Signed` was
 * read and may say anything, a `Trusted` has passed every check of its role.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { TufError } from '../errors.ts';
import type { CanonicalForm } from '../metadata/canonical-json.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { formatDateTime } from '../metadata/date-time.ts';
import type { DocumentHead, RoleType, Signature, Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { issuedMember } from '../metadata/issued.ts';
import type { Json, JsonObject } from '../metadata/json.ts';
import { parseRoot } from '../metadata/root.ts';
import { parseSnapshot, parseTimestamp } from '../metadata/snapshot.ts';
import { parseTargets } from '../metadata/targets.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { refused } from './refusal.ts';
import { wireEnvelope, wireJson } from './wire-json.ts';

/** The version of the specification that a new document says it follows. */
export const specVersion = '1.0.34';

/** A JSON object that is being edited. */
export type Tree = Map<string, Json>;

/** One signature to attach. */
export interface DetachedSignature {
  readonly keyid: string;
  /** Raw bytes. */
  readonly signature: Uint8Array;
}

/** A version of a document that has some of its signatures, or none. Immutable: a change gives another draft. */
export class Draft<T extends DocumentHead = DocumentHead> {
  readonly #document: Signed<T>;

  /** Of a document as read from a file of drafts; nothing of it is verified. */
  constructor(document: Signed<T>) {
    this.#document = document;
  }

  get role(): string {
    return this.#document.role;
  }

  get signed(): T {
    return this.#document.signed;
  }

  get signatures(): readonly Signature[] {
    return this.#document.signatures;
  }

  get canonicalForm(): CanonicalForm {
    return this.#document.canonicalForm;
  }

  /** The whole file: `{ signatures, signed }`. Not to be changed. */
  get bytes(): Uint8Array {
    return this.#document.bytes;
  }

  /** The bytes that are to be signed. Not to be changed. */
  message(): Uint8Array {
    return this.#document.message();
  }

  /** `signed` as a tree, unrecognised members included. */
  signedJson(): JsonObject {
    return this.#document.signedJson();
  }

  /** The draft as a document that was read, for those who verify it. */
  document(): Signed<T> {
    return this.#document;
  }

  /** The same draft with signatures added; the bytes of `signed` stay as they are. One by a keyid that is there replaces it. */
  withSignatures(added: readonly DetachedSignature[]): Draft<T> {
    return new Draft(withSignatures(this.#document, added));
  }
}

/** SHA-256 of the bytes that are signed, in lower-case hex: two people who see the same sign the same. */
export async function digestOf(draft: Draft, crypto: Pick<Crypto, 'digest'>): Promise<string> {
  return encodeHex(await crypto.digest('sha256', draft.message()));
}

/** A document with signatures added or replaced; the bytes of `signed` and all other members stay as they are. */
function withSignatures<T extends DocumentHead>(document: Signed<T>, added: readonly DetachedSignature[]): Signed<T> {
  const others = new Map(document.json());
  const entries = new Map<string, Json>();
  for (const entry of (others.get('signatures') ?? []) as readonly JsonObject[]) {
    entries.set(entry.get('keyid') as string, entry);
  }
  for (const { keyid, signature } of added) {
    const entry = new Map(entries.get(keyid) as JsonObject | undefined);
    entries.set(keyid, entry.set('keyid', keyid).set('sig', encodeHex(signature)));
  }
  others.delete('signatures');
  others.delete('signed');
  const { role, canonicalForm, signed } = document;
  const bytes = wireEnvelope([...entries.values()], document.signedBytes(), others, canonicalForm);
  return read(role, signed.type, bytes, canonicalForm);
}

/** A draft without signatures of the tree of its `signed`. */
export function draftOf<T extends DocumentHead>(
  role: string,
  type: RoleType,
  signed: JsonObject,
  form: CanonicalForm,
): Draft<T> {
  return new Draft(read<T>(role, type, wireEnvelope([], wireJson(signed, form), new Map(), form), form));
}

/** A draft as it was kept in a file. Throws the format errors of its role. */
export function parseDraft<T extends DocumentHead>(
  bytes: Uint8Array,
  role: string,
  form: CanonicalForm = 'olpc',
): Draft<T> {
  const type = role === 'root' || role === 'snapshot' || role === 'timestamp' ? role : 'targets';
  return new Draft(read<T>(role, type, bytes, form));
}

function read<T extends DocumentHead>(
  role: string,
  type: RoleType,
  bytes: Uint8Array,
  canonicalForm: CanonicalForm,
): Signed<T> {
  const options = { canonicalForm };
  switch (type) {
    case 'root':
      return parseRoot(bytes, options) as Signed<DocumentHead> as Signed<T>;
    case 'snapshot':
      return parseSnapshot(bytes, options) as Signed<DocumentHead> as Signed<T>;
    case 'timestamp':
      return parseTimestamp(bytes, options) as Signed<DocumentHead> as Signed<T>;
    case 'targets':
      return parseTargets(bytes, role, options) as Signed<DocumentHead> as Signed<T>;
  }
}

/** When a version ends. Written as `YYYY-MM-DDTHH:MM:SSZ`; a fraction of a second is dropped. @spec 4.2.3-a, A-09 */
function expiresText(expires: Date): string {
  const milliseconds = expires.getTime();
  const year = expires.getUTCFullYear();
  if (Number.isNaN(milliseconds) || year < 1 || year > 9999)
    throw new TypeError('expires is a date of the years 1 to 9999');
  return formatDateTime({ milliseconds, nanoseconds: 0 });
}

/** The members that every new document has, at version 1. */
export function newTree(type: RoleType, expires: Date, issued?: Date): Tree {
  const tree = new Map<string, Json>([
    ['_type', type],
    ['spec_version', specVersion],
    ['version', 1],
    ['expires', expiresText(expires)],
  ]);
  setIssued(tree, issued);
  return tree;
}

/** A version says when it was issued or says nothing: never when the one before was. */
function setIssued(tree: Tree, issued: Date | undefined): void {
  if (issued === undefined) tree.delete(issuedMember);
  else tree.set(issuedMember, expiresText(issued));
}

/** How an existing document is edited. */
export interface EditOptions {
  /** When the new version ends; without it the old date stays. */
  readonly expires?: Date | undefined;
  /** When the new version is issued, by the signer's own word: the member `x-tufa-issued`, which bundles show. Left out without it. */
  readonly issued?: Date | undefined;
  /** The new version, where numbers have to be passed over; one above the old one without it. */
  readonly version?: number | undefined;
}

/**
 * The draft of a change: the next version of a published document, or the same version of a draft, whose signatures go.
 * `undefined` when nothing changed: then there is nothing to write or to sign.
 *
 * For members of one's own, which no specification knows and clients pass over: `editRoot` and `editTargets` are for what
 * TUF knows, and refuse names, keys and thresholds that some client reads otherwise; here only what no reader takes is
 * refused. A member of a snapshot or a timestamp goes into the draft that `prepareRelease` gives back where it has no
 * signer for that role yet.
 *
 * @param change is given the tree of `signed`, to be changed in place. `version` and `expires` are `options`' to say.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` where versions are used up, or would not go up; the format errors
 * of the role for a tree that is no such document any longer.
 * @spec 4-a, 4.3-d, A-21
 */
export function editDocument<T extends DocumentHead>(
  current: Signed<T> | Draft<T>,
  change: (tree: Tree) => void,
  options: EditOptions = {},
): Draft<T> | undefined {
  const { role, canonicalForm } = current;
  const before = current.signedJson();
  const tree = current.signedJson() as Tree;
  change(tree);
  if (options.expires !== undefined) tree.set('expires', expiresText(options.expires));
  const same = equalJson(before, tree, canonicalForm);
  if (!(current instanceof Draft && same)) setIssued(tree, options.issued);
  if (current instanceof Draft) return same ? undefined : draftOf<T>(role, current.signed.type, tree, canonicalForm);
  if (same && options.version === undefined) return undefined;
  tree.set('version', options.version ?? nextVersion(role, current.signed.version));
  if ((tree.get('version') as number) <= current.signed.version) {
    throw refusedVersion(role, `version ${tree.get('version')} is not above version ${current.signed.version}`);
  }
  return draftOf<T>(role, current.signed.type, tree, canonicalForm);
}

function nextVersion(role: string, version: number): number {
  if (version < Number.MAX_SAFE_INTEGER) return version + 1;
  throw refusedVersion(role, `version ${version} is the last one there is`);
}

function refusedVersion(role: string, problem: string): TufError {
  return refused(
    role,
    problem,
    'versions only go up; after a fast-forward, rotate the keys of the timestamp and the snapshot',
  );
}

function equalJson(a: JsonObject, b: JsonObject, form: CanonicalForm): boolean {
  return equalBytes(canonicalJson(a, form), canonicalJson(b, form));
}

/** A member that is an object, for editing; made where it is absent. */
export function treeIn(tree: Tree, name: string): Tree {
  const found = tree.get(name);
  if (found instanceof Map) return found as Tree;
  const made: Tree = new Map();
  tree.set(name, made);
  return made;
}
