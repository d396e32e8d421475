/**
 * What is published, read as the operator's own client: from a root that the operator keeps, through every signature,
 * digest and version. Nothing that stands in the served folder is edited or signed on for having stood there.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { CanonicalForm } from '../metadata/canonical-json.ts';
import { delegatedRoles } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import { defaultLimits, type Limits } from '../metadata/limits.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Authority, delegatedAuthority, topLevelAuthority } from '../trust/authority.ts';
import {
  snapshotMeta,
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../trust/trusted.ts';
import { authoritiesAmong, type Delegator } from './delegators.ts';
import { metadataName } from './layout.ts';
import type { Backend } from './ports.ts';
import { answer, beforeAllExpiry } from './proof.ts';

/** The documents that clients are given now. They may have expired. */
export interface Published {
  readonly root: Trusted<Root>;
  readonly timestamp: Trusted<Timestamp>;
  readonly snapshot: Trusted<Snapshot>;
  /** The targets roles that can be reached by delegations and are listed, but for those that were not asked for. */
  readonly targets: ReadonlyMap<string, Trusted<Targets>>;
  /** Listed roles that a role in `targets` delegates to and that were passed over; what they delegate to is not known. */
  readonly unread: ReadonlySet<string>;
}

export interface ReadPublishedOptions {
  readonly crypto: Crypto;
  readonly limits?: Limits | undefined;
  readonly canonicalForm?: CanonicalForm | undefined;
  /**
   * Of the delegated roles only these are read. A change of such a role stands on what is read where these include every
   * role that delegates; without it all are read.
   */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * Reads and verifies what is published, expiry aside. `undefined` where nothing is.
 *
 * @param pinnedRoot a root that the operator keeps apart from what is served.
 * @throws {@link TufError} the codes of a client that refuses; `ERR_TUF_REPOSITORY_REFUSED` where a listed file is gone;
 * `ERR_TUF_STORE`.
 * @spec A-45
 */
export async function readPublished(
  backend: Backend,
  pinnedRoot: Uint8Array,
  options: ReadPublishedOptions,
): Promise<Published | undefined> {
  const limits = options.limits ?? defaultLimits;
  const context: TrustContext = { limits, canonicalForm: options.canonicalForm, time: beforeAllExpiry };
  const { crypto } = options;
  const root = await readRoots(backend, pinnedRoot, context, crypto);
  const head = await backend.head.read();
  if (head === undefined) return undefined;
  const timestamp = await answer(trustTimestamp(root, head, undefined, context), crypto);
  const { version } = snapshotMeta(timestamp);
  const bytes = await readListed(backend, root, 'snapshot', version, limits.snapshotBytes);
  const snapshot = await answer(trustSnapshot(root, timestamp, bytes, undefined, context), crypto);
  const published = { root, timestamp, snapshot, targets: new Map(), unread: new Set<string>() };
  return readRoles(backend, published, options.only, options);
}

/**
 * Reads roles that were passed over, and all that have to be read on the way to them.
 *
 * @param roles the names of those that are wanted; all without it. What nobody delegates to is not found, and no error.
 * @throws {@link TufError} as {@link readPublished}.
 */
export async function readRoles(
  backend: Backend,
  published: Published,
  roles: ReadonlySet<string> | undefined,
  options: Omit<ReadPublishedOptions, 'only'>,
): Promise<Published> {
  const limits = options.limits ?? defaultLimits;
  const context: TrustContext = { limits, canonicalForm: options.canonicalForm, time: beforeAllExpiry };
  const { root, snapshot } = published;
  const targets = new Map(published.targets);
  const unread = new Set<string>();
  const listed = listedRoles(snapshot);
  const pending = [topLevelAuthority(root, 'targets')];
  const seen = new Set<string>();
  // It grows while it is gone through.
  for (const authority of pending) {
    const { role } = authority;
    // A role that was delegated and never published yet is not listed.
    if (seen.has(role) || !listed.has(role)) continue;
    let document = targets.get(role);
    if (document === undefined) {
      if (roles !== undefined && role !== 'targets' && !roles.has(role)) {
        unread.add(role);
        continue;
      }
      const { version } = targetsMeta(snapshot, role);
      const found = await readListed(backend, root, role, version, limits.targetsBytes);
      document = await answer(trustTargets(authority, snapshot, found, context), options.crypto);
      targets.set(role, document);
    }
    seen.add(role);
    unread.delete(role);
    const { delegations } = document.signed;
    if (delegations === undefined) continue;
    for (const delegated of delegatedRoles(delegations, listed)) pending.push(delegatedAuthority(document, delegated));
  }
  return { ...published, targets, unread };
}

/** The names of the targets roles that a snapshot lists. */
export function listedRoles(snapshot: Signed<Snapshot>): Set<string> {
  const names = new Set<string>();
  for (const [metapath] of snapshot.signed.meta.versions()) {
    if (metapath.endsWith('.json')) names.add(metapath.slice(0, -'.json'.length));
  }
  return names;
}

/** The newest root that a chain of signatures joins to the pinned one. @spec 6.2.1-f */
async function readRoots(
  backend: Backend,
  pinnedRoot: Uint8Array,
  context: TrustContext,
  crypto: Crypto,
): Promise<Trusted<Root>> {
  const bytesMax = (context.limits ?? defaultLimits).rootBytes;
  let root = await answer(trustPinnedRoot(pinnedRoot, context), crypto);
  for (;;) {
    const next = await backend.metadata.read(metadataName('root', root.signed.version + 1, true), bytesMax);
    if (next === undefined) return root;
    root = await answer(trustNextRoot(root, next, context), crypto);
  }
}

async function readListed(
  backend: Backend,
  root: Trusted<Root>,
  role: string,
  version: number,
  bytesMax: number,
): Promise<Uint8Array> {
  const path = metadataName(role, version, root.signed.consistentSnapshot);
  const bytes = await backend.metadata.read(path, bytesMax);
  if (bytes !== undefined) return bytes;
  const hint = 'restore the file from a backup of what was served';
  throw new TufError(
    'ERR_TUF_REPOSITORY_REFUSED',
    `${role}: version ${version} is listed and not there`,
    { role, path },
    { hint },
  );
}

/** Whose signatures a top-level role of the next release needs: those of the old root too, where it is the root itself. */
export function topLevelAuthorities(role: TopLevelRole, next: Root, before: Root | undefined): Authority[] {
  const own = topLevelAuthority({ signed: next }, role);
  if (role !== 'root' || before === undefined) return [own];
  return [{ ...topLevelAuthority({ signed: before }, role), delegator: `root version ${before.version}` }, own];
}

/** Whose signatures a delegated role needs: those of every role that delegates to it. @spec A-36 */
export function delegatedAuthorities(role: string, delegators: Iterable<Delegator>): readonly Authority[] {
  return authoritiesAmong(delegators)(role);
}
