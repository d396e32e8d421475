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
import { TufError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from '../metadata/base64.ts';
import { delegatedRole, delegatedRoles } from '../metadata/delegations.ts';
import type { DocumentHead } from '../metadata/document.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { Scanner } from '../metadata/scanner.ts';
import { parseTargets } from '../metadata/targets.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { isSameBins, isSameReach } from './delegation-reach.ts';
import { type Draft, parseDraft } from './draft.ts';
import { checkRoleName } from './names.ts';
import type { Published } from './published.ts';
import { refused } from './refusal.ts';
import type { ReleaseDrafts } from './release.ts';

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
 * @param roots published roots, consecutive, the newest last; of more than 256 the newest are taken.
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
    const old = before?.targets.get(role)?.signed.delegations;
    if (old === undefined) continue;
    const known = [...(before?.targets.keys() ?? [])];
    const next = new Map(
      (signed.delegations === undefined ? [] : delegatedRoles(signed.delegations, known)).map((each) => [
        each.name,
        each,
      ]),
    );
    const isRebinned = !isSameBins(old.succinct, signed.delegations?.succinct);
    for (const each of delegatedRoles(old, known)) {
      if (isRebinned || !isSameReach(each, next.get(each.name))) roles.add(each.name);
    }
  }
  for (const role of roles) {
    for (const delegator of before?.targets.values() ?? []) {
      const { delegations } = delegator.signed;
      if (delegations !== undefined && delegatedRole(delegations, role) !== undefined) roles.add(delegator.role);
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
  if (role !== 'root' && role !== 'targets') within(`${pointer}/role`, () => checkRoleName(role, { isNew: false }));
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
export function within<T>(pointer: string, read: () => T): T {
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

/** For what is no event, or does not fit together. */
export function malformed(problem: string, pointer: string): TufError<'ERR_TUF_MALFORMED'> {
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
