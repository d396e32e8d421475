/**
 * A signing event: the one file that travels between people who have to sign.
 *
 * It holds what is published, as far as the change touches it, and the drafts. Nothing that anybody says about the change
 * travels along: a signer verifies what was published from a root of his own, and reads the change from the documents.
 *
 * ```
 * { "format": "tufa-event/1",
 *   "published": null, or { "roots": [ … ], "timestamp": …, "snapshot": … },
 *   "documents": [ { "role": …, "previous"?: …, "draft"?: … } … ] }
 * ```
 *
 * Documents are base64 of their files. `roots` are consecutive and end with the newest; `previous` is the published document
 * of a targets role, `draft` what is to come. A document without a draft is there because it delegates to one with.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from '../metadata/base64.ts';
import type { DocumentHead } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import { Scanner } from '../metadata/scanner.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { delegatedAuthority, topLevelAuthority } from '../trust/authority.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import {
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../trust/trusted.ts';
import { isSameReach } from './delegation-reach.ts';
import { type Draft, parseDraft } from './draft.ts';
import { checkRoleName } from './names.ts';
import { answer, beforeAllExpiry } from './proof.ts';
import type { Published } from './published.ts';
import { refused } from './refusal.ts';
import { draftAuthorities, type ReleaseDrafts } from './release.ts';

export const eventFormat: string = 'tufa-event/1';

/** Bytes of an event file. */
export const eventBytesMax: number = 64 * 1024 * 1024;
/** Documents in one event, with those that delegate to them. */
export const eventDocumentsMax = 1024;
/** Published roots in one event: as many as a client follows in one update. */
export const eventRootsMax: number = defaultLimits.rootRotations;

/** What an event says of one role. Nothing of it is verified. */
export interface EventDocument {
  readonly role: string;
  /** The published document; `undefined` for a role that was never published, and for the root. */
  readonly previous: Uint8Array | undefined;
  /** What is to come; `undefined` for a role that stays. */
  readonly draft: Draft | undefined;
}

/** A signing event as it was read. Nothing of it is verified. */
export interface SigningEvent {
  /** `undefined` before the first release. */
  readonly published:
    | {
        /** Consecutive versions, the newest last. */
        readonly roots: readonly Uint8Array[];
        readonly timestamp: Uint8Array;
        readonly snapshot: Uint8Array;
      }
    | undefined;
  readonly documents: readonly EventDocument[];
}

/** What is published, and what is to change. */
export interface Proposal {
  /** Of targets roles at least those that the change touches, and those that delegate to them. */
  readonly before: Published | undefined;
  readonly drafts: ReleaseDrafts;
}

/**
 * The event of a change, with all that a signer needs to see it for himself.
 *
 * @param roots published roots, consecutive, the newest last; of more than {@link eventRootsMax} the newest are taken.
 */
export function eventOf({ before, drafts }: Proposal, roots: readonly Uint8Array[]): SigningEvent {
  const documents: EventDocument[] = [];
  if (drafts.root !== undefined) documents.push({ role: 'root', previous: undefined, draft: drafts.root as Draft });
  for (const role of touchedRoles(before, drafts)) {
    const draft = drafts.targets?.get(role) as Draft | undefined;
    const previous = before?.targets.get(role)?.bytes;
    if (draft !== undefined || previous !== undefined) documents.push({ role, previous, draft });
  }
  if (before === undefined) return { published: undefined, documents };
  const { timestamp, snapshot } = before;
  const published = { roots: roots.slice(-eventRootsMax), timestamp: timestamp.bytes, snapshot: snapshot.bytes };
  return { published, documents };
}

/** The roles that change or whose reach does, and all that delegate to them, `targets` first. */
function touchedRoles(before: Published | undefined, drafts: ReleaseDrafts): Set<string> {
  const roles = new Set(['targets', ...(drafts.targets?.keys() ?? [])]);
  for (const { role, signed } of drafts.targets?.values() ?? []) {
    const next = new Map(signed.delegations?.roles.map((each) => [each.name, each]));
    for (const old of before?.targets.get(role)?.signed.delegations?.roles ?? []) {
      if (!isSameReach(old, next.get(old.name))) roles.add(old.name);
    }
  }
  for (const role of roles) {
    for (const delegator of before?.targets.values() ?? []) {
      if (delegator.signed.delegations?.roles.some(({ name }) => name === role)) roles.add(delegator.role);
    }
  }
  return roles;
}

/**
 * The file of an event.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for more than an event can hold.
 */
export function formatEvent({ published, documents }: SigningEvent): Uint8Array {
  const document = {
    format: eventFormat,
    published:
      published === undefined
        ? null
        : {
            roots: published.roots.map(encodeBase64),
            timestamp: encodeBase64(published.timestamp),
            snapshot: encodeBase64(published.snapshot),
          },
    documents: documents.map(({ role, previous, draft }) => ({
      role,
      ...(previous === undefined ? {} : { previous: encodeBase64(previous) }),
      ...(draft === undefined ? {} : { draft: encodeBase64(draft.bytes) }),
    })),
  };
  const bytes = encodeUtf8(`${JSON.stringify(document, undefined, 1)}\n`);
  if (documents.length <= eventDocumentsMax && bytes.length <= eventBytesMax) return bytes;
  const most = `${eventDocumentsMax} documents and ${eventBytesMax} bytes`;
  throw refused('event', `the change is larger than ${most}`, 'publish it in parts: stage fewer roles at once');
}

/**
 * Reads the file of an event strictly: what it does not know is refused, since nobody would have seen it.
 *
 * @throws {@link TufError} the format errors, with a pointer into the event, or through a document of it into the document.
 */
export function parseEvent(bytes: Uint8Array): SigningEvent {
  if (bytes.length > eventBytesMax) {
    const hint = 'an event holds a change and not a repository: ask for another one';
    throw new TufError(
      'ERR_TUF_TOO_LONG',
      `event: longer than ${eventBytesMax} bytes`,
      { limit: eventBytesMax },
      { hint },
    );
  }
  const scanner = new Scanner(bytes, { role: 'event', depth: 8 });
  let published: SigningEvent['published'];
  let documents: EventDocument[] = [];
  readExactly(scanner, ['format', 'published', 'documents'], [], {
    format: () => {
      const format = scanner.string();
      if (format !== eventFormat) scanner.fail(`the format is not ${eventFormat}`, scanner.valueAt);
    },
    published: () => {
      published = readPublishedPart(scanner);
    },
    documents: () => {
      documents = readDocuments(scanner);
    },
  });
  scanner.finish();
  if (!documents.some(({ draft }) => draft !== undefined)) {
    throw malformed('it holds no draft', '/documents');
  }
  return { published, documents };
}

function readPublishedPart(scanner: Scanner): SigningEvent['published'] {
  if (scanner.peek() === 'n') {
    scanner.scalar();
    return undefined;
  }
  const roots: Uint8Array[] = [];
  let timestamp: Uint8Array = new Uint8Array();
  let snapshot: Uint8Array = new Uint8Array();
  readExactly(scanner, ['roots', 'timestamp', 'snapshot'], [], {
    roots: () => {
      scanner.array(() => {
        const root = readBase64(scanner, defaultLimits.rootBytes);
        if (roots.push(root) > eventRootsMax) scanner.fail(`more than ${eventRootsMax} roots`, scanner.valueAt);
      });
      if (roots.length === 0) scanner.fail('it lists no root', scanner.at - 1);
    },
    timestamp: () => {
      timestamp = readBase64(scanner, defaultLimits.timestampBytes);
    },
    snapshot: () => {
      snapshot = readBase64(scanner, defaultLimits.snapshotBytes);
    },
  });
  return { roots, timestamp, snapshot };
}

function readDocuments(scanner: Scanner): EventDocument[] {
  const documents = new Map<string, EventDocument>();
  scanner.array(() => {
    if (documents.size === eventDocumentsMax) {
      scanner.fail(`more than ${eventDocumentsMax} documents`, scanner.at);
    }
    const pointer = `/documents/${documents.size}`;
    let role = '';
    let previous: Uint8Array | undefined;
    let draft: Uint8Array | undefined;
    readExactly(scanner, ['role'], ['previous', 'draft'], {
      role: () => {
        role = scanner.string();
        if (documents.has(role)) scanner.fail('two documents are of one role', scanner.valueAt);
      },
      previous: () => {
        previous = readBase64(scanner, defaultLimits.targetsBytes);
      },
      draft: () => {
        draft = readBase64(scanner, defaultLimits.targetsBytes);
      },
    });
    documents.set(role, checkedDocument(pointer, role, previous, draft));
  });
  return [...documents.values()];
}

/** Whether the documents are of the role, and the draft comes after what is published. */
function checkedDocument(
  pointer: string,
  role: string,
  previous: Uint8Array | undefined,
  draft: Uint8Array | undefined,
): EventDocument {
  if (role === 'snapshot' || role === 'timestamp') {
    throw malformed(`${role} is made when the release is published`, `${pointer}/role`);
  }
  if (role === 'root' && previous !== undefined) throw malformed('roots stand in published', `${pointer}/previous`);
  if (role !== 'root' && role !== 'targets') within(`${pointer}/role`, () => checkRoleName(role));
  if (previous === undefined && draft === undefined) throw malformed('it holds neither document', pointer);
  const published = previous && within(`${pointer}/previous`, () => parseTargets(previous, role));
  const next = draft && within<Draft<DocumentHead>>(`${pointer}/draft`, () => parseDraft(draft, role));
  if (published !== undefined && next !== undefined && next.signed.version <= published.signed.version) {
    const problem = `${role}: version ${next.signed.version} does not come after version ${published.signed.version}`;
    throw malformed(problem, `${pointer}/draft/signed/version`);
  }
  return { role, previous, draft: next };
}

/** Lets an error about a document of the event say where in the event the document stands. */
function within<T>(pointer: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    const inner = (error.evidence as { readonly pointer?: string }).pointer ?? '';
    const evidence = { ...error.evidence, pointer: `${pointer}${inner}` };
    const { code, message, hint } = error;
    const isFormat = error.family === 'format';
    throw new TufError(isFormat ? code : 'ERR_TUF_MALFORMED', `event: ${pointer}: ${message}`, evidence as never, {
      cause: error,
      hint,
    });
  }
}

function malformed(problem: string, pointer: string): TufError<'ERR_TUF_MALFORMED'> {
  const hint = 'ask whoever sent it for an event that tufa review --to wrote';
  return new TufError('ERR_TUF_MALFORMED', `event: ${problem} at ${pointer}`, { role: 'event', pointer }, { hint });
}

/** Reads an object that has these members and no others. */
function readExactly(
  scanner: Scanner,
  required: readonly string[],
  optional: readonly string[],
  readers: Readonly<Record<string, () => void>>,
): void {
  const seen = new Set<string>();
  scanner.object((name) => {
    if (!required.includes(name) && !optional.includes(name)) {
      scanner.fail('an event has no such member', scanner.valueAt);
    }
    seen.add(name);
    readers[name]?.();
  });
  for (const name of required) {
    if (!seen.has(name)) scanner.fail(`the member ${JSON.stringify(name)} is missing`, scanner.at - 1, name);
  }
}

function readBase64(scanner: Scanner, bytesMax: number): Uint8Array {
  const text = scanner.string();
  const { valueAt } = scanner;
  if (text.length > Math.ceil(bytesMax / 3) * 4) scanner.fail(`a document of more than ${bytesMax} bytes`, valueAt);
  return decodeBase64(text) ?? scanner.fail('expected standard base64 with padding', valueAt);
}

/**
 * Verifies what an event takes for published, from a root that the signer knows, as a client would but for expiry. The
 * drafts are what they are: nobody has signed them yet.
 *
 * @param knownRoot a root from the signer's own hands; `undefined` for the first release, which has nothing to start from.
 * @throws {@link TufError} the codes of a client that refuses; `ERR_TUF_CONFLICT` for an event that is older than the root
 * that is known, and for a draft of a version that is published; `ERR_TUF_REPOSITORY_REFUSED` for a draft that cannot
 * follow, or that nobody delegates to.
 * @spec 5.3.4a, 5.3.4b, 5.3.5, A-45
 */
export async function verifyEvent(
  event: SigningEvent,
  knownRoot: Uint8Array | undefined,
  crypto: Crypto,
): Promise<Proposal> {
  const before = await verifyPublished(event, knownRoot, crypto);
  const drafts = draftsOf(event);
  checkRootDraft(drafts.root, before?.root.signed.version);
  const authoritiesOf = draftAuthorities(before, drafts);
  for (const role of drafts.targets?.keys() ?? []) authoritiesOf(role);
  return { before, drafts };
}

function draftsOf({ documents }: SigningEvent): ReleaseDrafts {
  let root: Draft<Root> | undefined;
  const targets = new Map<string, Draft<Targets>>();
  for (const { role, draft } of documents) {
    if (draft === undefined) continue;
    if (role === 'root') root = draft as Draft as Draft<Root>;
    else targets.set(role, draft as Draft as Draft<Targets>);
  }
  return { root, targets };
}

function checkRootDraft(root: Draft<Root> | undefined, published: number | undefined): void {
  if (published === undefined && root === undefined) throw malformed('the first release has a root', '/documents');
  if (root === undefined) return;
  const { version } = root.signed;
  if (published !== undefined && version <= published) throw staleDraft('root', version, published);
  if (version === (published ?? 0) + 1) return;
  const hint = 'clients take root versions one by one: do not sign it';
  throw refused('root', `version ${version} cannot follow version ${published ?? 0}`, hint);
}

/** For a draft of a version that is published, or older. */
export function staleDraft(role: string, version: number, published: number): TufError<'ERR_TUF_CONFLICT'> {
  const message = `${role}: this draft is for version ${version}, and version ${published} is published already`;
  const hint =
    'somebody published meanwhile: make the change again on top of that, and write a new event with: tufa review DIR --to FILE';
  const evidence = { path: `${role}.json`, expected: `version ${published + 1}`, found: `version ${version}` };
  return new TufError('ERR_TUF_CONFLICT', message, evidence, { hint });
}

async function verifyPublished(
  { published, documents }: SigningEvent,
  knownRoot: Uint8Array | undefined,
  crypto: Crypto,
): Promise<Published | undefined> {
  const context: TrustContext = { time: beforeAllExpiry };
  const known = knownRoot && (await answer(trustPinnedRoot(knownRoot, context), crypto));
  if (published === undefined) {
    if (known === undefined) return undefined;
    const trustedVersion = known.signed.version;
    const message = `event: takes nothing for published, and you know root version ${trustedVersion}`;
    const hint = 'do not sign it: the repository would begin anew, with keys that nobody vouches for';
    const evidence = { role: 'root', subject: 'root', trustedVersion, version: undefined };
    throw new TufError('ERR_TUF_ROLLBACK', message, evidence, { hint });
  }
  if (known === undefined) throw new TypeError('an event of a published repository is verified from a root');
  const root = await followRoots(known, published.roots, context, crypto);
  const timestamp = await answer(trustTimestamp(root, published.timestamp, undefined, context), crypto);
  const snapshot = await answer(trustSnapshot(root, timestamp, published.snapshot, undefined, context), crypto);
  const previous = new Map(documents.map((document) => [document.role, document.previous]));
  const targets = new Map<string, Trusted<Targets>>();
  const pending = [topLevelAuthority(root, 'targets')];
  for (let authority = pending.shift(); authority !== undefined; authority = pending.shift()) {
    const { role } = authority;
    const bytes = previous.get(role);
    if (targets.has(role) || bytes === undefined) continue;
    targetsMeta(snapshot, role);
    const document = await answer(trustTargets(authority, snapshot, bytes, context), crypto);
    targets.set(role, document);
    for (const delegated of document.signed.delegations?.roles ?? []) {
      if (previous.has(delegated.name)) pending.push(delegatedAuthority(document, delegated));
    }
  }
  documents.forEach(({ role, previous: bytes }, i) => {
    const pointer = `/documents/${i}/previous`;
    if (bytes !== undefined && !targets.has(role))
      throw malformed(`${role}: nothing published delegates to it`, pointer);
    const listed = role === 'root' ? undefined : snapshot.signed.meta.version(`${role}.json`);
    if (bytes === undefined && listed !== undefined) {
      throw malformed(`${role}: version ${listed} is published, and the event does not hold it`, pointer);
    }
  });
  return { root, timestamp, snapshot, targets };
}

/** From the root that is known to the newest of the event. */
async function followRoots(
  known: Trusted<Root>,
  roots: readonly Uint8Array[],
  context: TrustContext,
  crypto: Crypto,
): Promise<Trusted<Root>> {
  const versions = roots.map((bytes, i) => within(`/published/roots/${i}`, () => parseRoot(bytes)).signed.version);
  versions.forEach((version, i) => {
    if (i > 0 && version !== (versions[i - 1] as number) + 1) {
      throw malformed('roots are not consecutive', `/published/roots/${i}/signed/version`);
    }
  });
  const { version } = known.signed;
  const [oldest, newest] = [versions[0] as number, versions.at(-1) as number];
  if (newest < version) {
    const message = `event: it was made when root version ${newest} was published, and you know version ${version}`;
    const hint = 'somebody published meanwhile: ask for an event that is made on top of that';
    const evidence = { path: 'root.json', expected: `version ${version}`, found: `version ${newest}` };
    throw new TufError('ERR_TUF_CONFLICT', message, evidence, { hint });
  }
  if (oldest > version) {
    const message = `event: its roots begin with version ${oldest}, and you know version ${version}`;
    const hint = 'give a newer root with --root, one that you have from where you trust, as from an application';
    throw new TufError(
      'ERR_TUF_VERSION_MISMATCH',
      message,
      { role: 'root', expected: version, version: oldest },
      { hint },
    );
  }
  const same = parseRoot(roots[version - oldest] as Uint8Array);
  if (!equalBytes(same.message(), known.message())) {
    const [expected, found] = await Promise.all(
      [known, same].map(async (each) => encodeHex(await crypto.digest('sha256', each.message()))),
    );
    const message = `event: its root version ${version} is not the one that you know`;
    const hint = 'do not sign it: it belongs to another repository, or somebody wants you to believe so';
    throw new TufError(
      'ERR_TUF_HASH_MISMATCH',
      message,
      { role: 'root', algorithm: 'sha256', expected, found },
      { hint },
    );
  }
  let root = known;
  for (const bytes of roots.slice(version - oldest + 1))
    root = await answer(trustNextRoot(root, bytes, context), crypto);
  return root;
}
