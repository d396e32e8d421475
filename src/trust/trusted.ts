/**
 * The one file that mints trust. A `Trusted<T>` exists only because every check of its step in section 5 has passed; the
 * types make a step that skips one a compile error.
 *
 * Each function takes the bytes as they came, in memory that nobody else can write to, checks what can be checked
 * before parsing, parses, verifies signatures, then versions, then expiry, in the order of the specification.
 *
 * @spec 4.1-b, 5.7.1, A-45, A-56
 * @module
 */
import { onlyReported, publishAgain, TufError } from '../errors.ts';
import type { Instant } from '../metadata/date-time.ts';
import type { DocumentHead, ReadOptions, Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { parseRoot, type Root, type TopLevelRole } from '../metadata/root.ts';
import { type MetaFile, parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { checkKeyids, checkThreshold } from './arbitrary-software.ts';
import { type Authority, topLevelAuthority } from './authority.ts';
import { checkFreeze } from './freeze.ts';
import { checkListedBytes, equalBytes } from './mix-and-match.ts';
import { digest, type Proof, report } from './question.ts';
import {
  checkListedVersion,
  checkRootSuccession,
  checkSnapshotRollback,
  checkTimestampFloor,
  compareTimestamps,
  type VersionFloor,
} from './rollback.ts';

declare const authentic: unique symbol;
declare const trusted: unique symbol;

/** A document that a threshold of its role's keys has signed. It may be old or expired: good as a baseline only. */
export type Authentic<T extends DocumentHead> = Signed<T> & { readonly [authentic]: true };

/** A document that has passed every check of its step. */
export type Trusted<T extends DocumentHead> = Authentic<T> & { readonly [trusted]: true };

/** How documents are read and keyids are judged. */
export interface KeyContext extends ReadOptions {
  /** False: nobody hears of a keyid that is not its key's digest, so under the default profile none is computed. */
  readonly reportKeyids?: boolean | undefined;
}

/** The same with the fixed start time of the update (5.1). */
export interface TrustContext extends KeyContext {
  readonly time: Instant;
}

function mint<T extends DocumentHead>(document: Signed<T>): Trusted<T> {
  return document as Trusted<T>;
}

/**
 * The root that the application ships. Its expiry does not matter; its own threshold does.
 *
 * @throws {@link TufError} the format errors of {@link parseRoot}, `ERR_TUF_UNSIGNED`.
 * @spec 5.2, A-20
 */
export function* trustPinnedRoot(bytes: Uint8Array, context: KeyContext): Proof<Trusted<Root>> {
  const root = parseRoot(bytes, context);
  yield* checkThreshold(topLevelAuthority(root, 'root'), root);
  yield* checkRootKeyids(root, context);
  return mint(root);
}

/**
 * The successor of a trusted root: signed by a threshold of the old keys and of its own, and exactly the next version.
 * Its expiry does not matter here.
 *
 * @throws {@link TufError} the format errors, `ERR_TUF_UNSIGNED`, `ERR_TUF_ROLLBACK`, `ERR_TUF_VERSION_MISMATCH`.
 * @spec 5.3.4a, 5.3.4b, 5.3.5, 5.3.6, 5.3.7
 */
export function* trustNextRoot(current: Trusted<Root>, bytes: Uint8Array, context: KeyContext): Proof<Trusted<Root>> {
  const next = parseRoot(bytes, context);
  yield* checkThreshold(topLevelAuthority(current, 'root'), next);
  yield* checkThreshold(topLevelAuthority(next, 'root'), next);
  checkRootSuccession(current, next);
  yield* checkRootKeyids(next, context);
  return mint(next);
}

function* judgeKeyids(authority: Authority, document: Signed<DocumentHead>, context: KeyContext): Proof<void> {
  const strict = context.profile === 'strict';
  if (strict || context.reportKeyids !== false) yield* checkKeyids(authority, document, strict);
}

function* checkRootKeyids(root: Signed<Root>, context: KeyContext): Proof<void> {
  const authority = { ...topLevelAuthority(root, 'root'), keyids: [...root.signed.keys.keys()] };
  yield* judgeKeyids(authority, root, context);
}

/**
 * A timestamp or snapshot that is held from an earlier update, under the keys of `root`: a baseline against rollback,
 * also when it has expired.
 *
 * @throws {@link TufError} the format errors, `ERR_TUF_UNSIGNED`, `ERR_TUF_MISSING_META`.
 */
export function* authenticTimestamp(
  root: Trusted<Root>,
  bytes: Uint8Array,
  context: ReadOptions,
): Proof<Authentic<Timestamp>> {
  const timestamp = parseTimestamp(bytes, context);
  yield* checkThreshold(topLevelAuthority(root, 'timestamp'), timestamp);
  snapshotMeta(timestamp);
  return mint(timestamp);
}

/** The same for a snapshot. */
export function* authenticSnapshot(
  root: Trusted<Root>,
  bytes: Uint8Array,
  context: ReadOptions,
): Proof<Authentic<Snapshot>> {
  const snapshot = parseSnapshot(bytes, context);
  yield* checkThreshold(topLevelAuthority(root, 'snapshot'), snapshot);
  return mint(snapshot);
}

/** Whether a document is signed as a root requires: for what is forgotten and in what order operators publish. */
export function* isSignedUnder(root: Signed<Root>, role: TopLevelRole, document: Signed<DocumentHead>): Proof<boolean> {
  try {
    yield* checkThreshold(topLevelAuthority(root, role), document);
    return true;
  } catch (error) {
    if (isUnsigned(error)) return false;
    throw error;
  }
}

/** Whether an error says that too few keys have signed. */
export function isUnsigned(error: unknown): boolean {
  return error instanceof TufError && error.code === 'ERR_TUF_UNSIGNED';
}

/**
 * A timestamp. One of the version that is held already is no news and no error: what is held stays, and must be fresh.
 *
 * @param floor versions that guard beside what is held, or where nothing is.
 * @throws {@link TufError} the format errors, `ERR_TUF_UNSIGNED`, `ERR_TUF_MISSING_META`, `ERR_TUF_ROLLBACK`, `ERR_TUF_EXPIRED`.
 * @spec 4.6-a, 5.4.2, 5.4.3.1a, 5.4.3.1b, 5.4.3.2, 5.4.4, A-16, A-17, A-24, A-25
 */
export function* trustTimestamp(
  root: Trusted<Root>,
  bytes: Uint8Array,
  held: Authentic<Timestamp> | undefined,
  context: TrustContext,
  floor?: VersionFloor,
): Proof<Trusted<Timestamp>> {
  const served = yield* authenticTimestamp(root, bytes, context);
  if (floor !== undefined) checkTimestampFloor(floor, served);
  const extra = [...served.signed.meta.versions()].map(([name]) => name).filter((name) => name !== 'snapshot.json');
  if (extra.length > 0) yield* extraMeta(extra, context);
  if (held !== undefined && compareTimestamps(held, served) === 'same') {
    // Of two timestamps of one version, what is held may list less than the one that was served.
    if (floor !== undefined) checkTimestampFloor(floor, held);
    if (!equalBytes(held.message(), served.message())) yield* equivocation(held, served);
    // What is held becomes trusted here, so it is held against the keys of this very root.
    yield* checkThreshold(topLevelAuthority(root, 'timestamp'), held);
    checkFreeze(held, context.time);
    return mint(held);
  }
  checkFreeze(served, context.time);
  return mint(served);
}

function* extraMeta(names: readonly string[], context: ReadOptions): Proof<void> {
  if (context.profile !== 'strict') {
    yield* report({ type: 'extra-timestamp-meta', names });
    return;
  }
  throw new TufError(
    'ERR_TUF_MALFORMED',
    'timestamp: lists files besides snapshot.json',
    { role: 'timestamp', pointer: '/signed/meta' },
    { hint: onlyReported },
  );
}

function* equivocation(held: Signed<Timestamp>, served: Signed<Timestamp>): Proof<void> {
  yield* report({
    type: 'equivocation',
    role: 'timestamp',
    version: held.signed.version,
    held: encodeHex(yield* digest('sha256', held.bytes)),
    served: encodeHex(yield* digest('sha256', served.bytes)),
  });
}

/** What a timestamp lists of the snapshot. Throws `ERR_TUF_MISSING_META`. @spec 4.6-a, A-25 */
export function snapshotMeta(timestamp: Signed<Timestamp>): MetaFile {
  return listed('timestamp', timestamp, 'snapshot.json');
}

/** What a snapshot lists of a targets role. Throws `ERR_TUF_MISSING_META`. @spec 4.4-a, A-41 */
export function targetsMeta(snapshot: Signed<Snapshot>, role: string): MetaFile {
  return listed('snapshot', snapshot, `${role}.json`);
}

function listed(role: string, document: Signed<Timestamp | Snapshot>, metapath: string): MetaFile {
  const meta = document.signed.meta.get(metapath);
  if (meta !== undefined) return meta;
  throw new TufError(
    'ERR_TUF_MISSING_META',
    `${role}: ${JSON.stringify(metapath)} is not listed`,
    { role, subject: metapath },
    { hint: publishAgain },
  );
}

/**
 * A snapshot.
 *
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_LENGTH_MISMATCH`, `ERR_TUF_HASH_MISMATCH`, the format errors,
 * `ERR_TUF_UNSIGNED`, `ERR_TUF_VERSION_MISMATCH`, `ERR_TUF_ROLLBACK`, `ERR_TUF_MISSING_META`, `ERR_TUF_EXPIRED`.
 * @spec 4.4-a, 5.5.2, 5.5.3, 5.5.4, 5.5.5a, 5.5.5b, 5.5.6, A-17, A-27
 */
export function* trustSnapshot(
  root: Trusted<Root>,
  timestamp: Trusted<Timestamp>,
  bytes: Uint8Array,
  held: Authentic<Snapshot> | undefined,
  context: TrustContext,
): Proof<Trusted<Snapshot>> {
  yield* checkListedBytes('snapshot', bytes, snapshotMeta(timestamp));
  const snapshot = yield* authenticSnapshot(root, bytes, context);
  return acceptSnapshot(timestamp, snapshot, held, context);
}

/**
 * The snapshot that is held already, where it is the one that the timestamp lists: the same checks, without reading it
 * again. It becomes trusted here, so it is held against the keys of this very root.
 *
 * @throws {@link TufError} as {@link trustSnapshot}.
 * @spec
 */
export function* trustHeldSnapshot(
  root: Trusted<Root>,
  timestamp: Trusted<Timestamp>,
  held: Authentic<Snapshot>,
  context: TrustContext,
): Proof<Trusted<Snapshot>> {
  yield* checkListedBytes('snapshot', held.bytes, snapshotMeta(timestamp));
  yield* checkThreshold(topLevelAuthority(root, 'snapshot'), held);
  return acceptSnapshot(timestamp, held, undefined, context);
}

function acceptSnapshot(
  timestamp: Trusted<Timestamp>,
  snapshot: Authentic<Snapshot>,
  held: Authentic<Snapshot> | undefined,
  context: TrustContext,
): Trusted<Snapshot> {
  checkListedVersion(snapshot, snapshotMeta(timestamp).version);
  if (held !== undefined) checkSnapshotRollback(held, snapshot);
  targetsMeta(snapshot, 'targets');
  checkFreeze(snapshot, context.time);
  return mint(snapshot);
}

/**
 * The top-level targets role or a delegated one: the same steps for every edge.
 *
 * @throws {@link TufError} as {@link trustSnapshot}, and `ERR_TUF_KEYID_MISMATCH` under the strict profile.
 * @spec 4.5-j, 5.6.2, 5.6.3, 5.6.4, 5.6.5, A-36, A-45
 */
export function* trustTargets(
  authority: Authority,
  snapshot: Trusted<Snapshot>,
  bytes: Uint8Array,
  context: TrustContext,
): Proof<Trusted<Targets>> {
  const meta = targetsMeta(snapshot, authority.role);
  yield* checkListedBytes(authority.role, bytes, meta);
  const targets = parseTargets(bytes, authority.role, context);
  yield* checkThreshold(authority, targets);
  if (authority.delegator !== 'root') yield* judgeKeyids(authority, targets, context);
  checkListedVersion(targets, meta.version);
  checkFreeze(targets, context.time);
  return mint(targets);
}
