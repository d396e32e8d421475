/**
 * What the client workflow asks of the world. The workflow is a pure program: it yields one question after another, and
 * whoever runs it gives the answers. The browser, Node, a simulator and a replayed transcript differ in the answerer only.
 *
 * An answerer that cannot answer throws into the program; a failing signature or digest is an answer.
 *
 * @module
 */
import type { Delegations } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { TrustEvent, TrustQuestion, TrustReport } from '../trust/question.ts';

/** One of several places that have the repository. */
export interface Place {
  /** 0 is the client's own base URLs. */
  readonly mirror: number;
  /** Give up at the first failure: another place can be asked. */
  readonly once: boolean;
}

/** Fetch a metadata file below the metadata base URL. Answered with {@link Fetched}. */
export interface FetchQuestion {
  readonly kind: 'fetch';
  readonly role: string;
  /** Relative to the base, percent-encoded. */
  readonly path: string;
  readonly bytesMax: number;
  /** Bypass every cache. */
  readonly fresh: boolean;
  /** The client's own base URL where it is `undefined`. */
  readonly place?: Place | undefined;
  /** A small target file that the workflow itself reads, below the base URL of the targets. */
  readonly below?: 'targetsUrl';
}

/** Fetch the same of several places at once. Answered with one {@link MirrorAnswer} each, in the order of `mirrors`. */
export interface FetchAllQuestion extends Omit<FetchQuestion, 'kind' | 'place'> {
  readonly kind: 'fetch-all';
  readonly mirrors: readonly number[];
  /** Milliseconds that the others get once one has answered. */
  readonly graceMs: number;
}

/** What one place answered; `late` where it did not in time. */
export type MirrorAnswer =
  | { readonly mirror: number; readonly answer: Fetched }
  | { readonly mirror: number; readonly failure: unknown }
  | { readonly mirror: number; readonly late: true };

/** The bytes are owned by the program: nobody else can write to them. */
export type Fetched =
  | { readonly outcome: 'complete'; readonly bytes: Uint8Array }
  | { readonly outcome: 'unavailable'; readonly status: number }
  | { readonly outcome: 'too-long' };

/** Hand a target file to the caller's sink while digesting it. Answered with {@link Downloaded}. */
export interface DownloadQuestion {
  readonly kind: 'download';
  readonly target: string;
  /** Relative to the targets base URL, percent-encoded. */
  readonly path: string;
  readonly bytesMax: number;
  readonly algorithms: readonly HashAlgorithm[];
  readonly place?: Place | undefined;
  /** From the beginning, whatever the sink has of the file. */
  readonly anew?: boolean;
}

export type Downloaded =
  | {
      readonly outcome: 'complete';
      readonly length: number;
      readonly digests: ReadonlyMap<HashAlgorithm, Uint8Array>;
      /** Whether the file was put together from more than one answer, which may be of two files. */
      readonly resumed: boolean;
    }
  | { readonly outcome: 'unavailable'; readonly status: number }
  /** `resumed` where only the rest of the file was asked for. */
  | { readonly outcome: 'too-long'; readonly resumed: boolean };

/** Read a local file. Answered with bytes the program owns, or `undefined`. */
interface ReadQuestion {
  readonly kind: 'read';
  readonly name: string;
  readonly bytesMax: number;
}

/** Replace a local file atomically. */
interface WriteQuestion {
  readonly kind: 'write';
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The file guards against nothing and can be fetched again. */
  readonly refetchable: boolean;
}

/** Remove a local file, if it is there. */
interface RemoveQuestion {
  readonly kind: 'remove';
  readonly name: string;
}

/** Remove every local file. */
interface ClearQuestion {
  readonly kind: 'clear';
}

/**
 * What a program asks that confirms an update online (`tufa/ask`): a nonce, answered with bytes that were never used before; a question sent to the
 * answer server, answered with {@link Sent}; milliseconds of the monotonic clock; a pause. Whoever confirms answers.
 */
export type OnlineQuestion =
  | { readonly kind: 'nonce' }
  | { readonly kind: 'send'; readonly body: Uint8Array; readonly bytesMax: number; readonly roundTripMs: number }
  | { readonly kind: 'monotonic' }
  | { readonly kind: 'wait'; readonly ms: number };

/** What became of a question that was sent. `sentMs` is of the monotonic clock, before the first byte went out. */
export type Sent =
  | { readonly outcome: 'answered'; readonly bytes: Uint8Array; readonly sentMs: number; readonly roundTripMs: number }
  | { readonly outcome: 'missing'; readonly cause: unknown };

/** What the workflow reports, beside the events of trust. */
export type UpdateEvent =
  | TrustEvent
  /** A file has passed every check and is kept. */
  | { readonly type: 'accepted'; readonly role: string; readonly version: number; readonly from: 'server' | 'store' }
  /** The walk to the newest root has ended: no next one (404, 403, 410). */
  | { readonly type: 'root-walk-ended'; readonly version: number; readonly status: number }
  /** More root versions than one update follows; the next update goes on. */
  | { readonly type: 'root-limit'; readonly version: number; readonly limit: number }
  /** Timestamp and snapshot were forgotten, since a key that could have signed them was removed. */
  | { readonly type: 'fast-forward-recovery'; readonly fromRoot: number; readonly toRoot: number }
  /** Nothing is held, and no floor given, that the timestamp could be older than: only its expiry bounds a rollback (T32). */
  | { readonly type: 'no-baseline' }
  /** A local file that guarded against rollback cannot be used, and guards no more. */
  | { readonly type: 'baseline-lost'; readonly role: string; readonly cause: unknown }
  /** A local file was damaged or foreign, and is ignored. */
  | { readonly type: 'local-file-ignored'; readonly name: string; readonly cause: unknown }
  /** One of several mirrors did not give what it should have; 0 is the client's own base URLs. */
  | { readonly type: 'mirror-failed'; readonly mirror: number; readonly cause: unknown }
  /** The store belonged to a root of another lineage and was emptied. */
  | { readonly type: 're-rooted'; readonly storedVersion: number; readonly pinnedVersion: number }
  /** A search looks into a role, which delegates so; `pathDigest` is there where a delegation goes by it. */
  | {
      readonly type: 'searched';
      readonly path: string;
      readonly role: string;
      readonly listed: boolean;
      readonly delegations: Delegations | undefined;
      readonly pathDigest: string | undefined;
    }
  /** The answer server says that this state is the current one; `issued` is its time. */
  | { readonly type: 'answered'; readonly issued: string; readonly lifetime: number; readonly keyid: string }
  /** No answer was had, and the policy is to go on without. */
  | { readonly type: 'answer-missing'; readonly cause: unknown }
  /** The clock is earlier than at the last update, or than the floor. */
  | { readonly type: 'clock-went-back'; readonly time: string; readonly lastTime: string };

/** A report of the workflow. Not answered. */
interface UpdateReport {
  readonly kind: 'report';
  readonly event: UpdateEvent;
}

export type Question =
  | TrustQuestion
  | TrustReport
  | UpdateReport
  | FetchQuestion
  | FetchAllQuestion
  | DownloadQuestion
  | ReadQuestion
  | WriteQuestion
  | RemoveQuestion
  | ClearQuestion
  | OnlineQuestion;

/** A program of the workflow. */
export type Workflow<T> = Generator<Question, T, unknown>;

export function* fetch(question: Omit<FetchQuestion, 'kind'>): Workflow<Fetched> {
  return (yield { kind: 'fetch', ...question }) as Fetched;
}

export function* fetchAll(question: Omit<FetchAllQuestion, 'kind'>): Workflow<MirrorAnswer[]> {
  return (yield { kind: 'fetch-all', ...question }) as MirrorAnswer[];
}

export function* download(question: Omit<DownloadQuestion, 'kind'>): Workflow<Downloaded> {
  return (yield { kind: 'download', ...question }) as Downloaded;
}

export function* read(name: string, bytesMax: number): Workflow<Uint8Array | undefined> {
  return (yield { kind: 'read', name, bytesMax }) as Uint8Array | undefined;
}

export function* write(name: string, bytes: Uint8Array, refetchable = false): Workflow<void> {
  yield { kind: 'write', name, bytes, refetchable };
}

export function* remove(name: string): Workflow<void> {
  yield { kind: 'remove', name };
}

export function* clear(): Workflow<void> {
  yield { kind: 'clear' };
}

export function* takeNonce(): Workflow<Uint8Array> {
  return (yield { kind: 'nonce' }) as Uint8Array;
}

export function* sendQuestion(body: Uint8Array, bytesMax: number, roundTripMs: number): Workflow<Sent> {
  return (yield { kind: 'send', body, bytesMax, roundTripMs }) as Sent;
}

export function* monotonicTime(): Workflow<number> {
  return (yield { kind: 'monotonic' }) as number;
}

export function* wait(ms: number): Workflow<void> {
  yield { kind: 'wait', ms };
}

export function* report(event: UpdateEvent): Workflow<void> {
  yield { kind: 'report', event };
}

export function* reportAccepted(document: Signed, from: 'server' | 'store'): Workflow<void> {
  yield* report({ type: 'accepted', role: document.role, version: document.signed.version, from });
}
