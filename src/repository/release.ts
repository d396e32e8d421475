/**
 * A release: every document of the next state of a repository, signed, with the order in which its files are written.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Authority } from '../trust/authority.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { isSignedUnder } from '../trust/trusted.ts';
import { authoritiesAmong, type Delegator } from './delegators.ts';
import { deriveSnapshot, deriveTimestamp } from './derived-drafts.ts';
import { type Draft, parseDraft } from './draft.ts';
import { answer, instantOf } from './proof.ts';
import { type Published, topLevelAuthorities } from './published.ts';
import { refused } from './refusal.ts';
import type { Signer } from './signer.ts';
import { type MissingSignatures, type Signing, signDraft } from './signing.ts';

/** What is to change. Nothing but the drafts that differ from what is published. */
export interface ReleaseDrafts {
  readonly root?: Draft<Root> | undefined;
  /** The top-level targets role and delegated ones, by name. */
  readonly targets?: ReadonlyMap<string, Draft<Targets>> | undefined;
  /** A snapshot and a timestamp that wait for signatures made elsewhere. */
  readonly snapshot?: Draft<Snapshot> | undefined;
  readonly timestamp?: Draft<Timestamp> | undefined;
}

export interface ReleaseOptions {
  readonly crypto: Crypto;
  readonly signers: readonly Signer[];
  readonly now: Date;
  /** When the new snapshot and the new timestamp expire. */
  readonly expires: { readonly snapshot: Date; readonly timestamp: Date };
  /** Also makes a new snapshot where no targets role changed. */
  readonly renewSnapshot?: boolean | undefined;
}

/** The documents of the next state; those that stay as they are included. */
export interface Release {
  readonly before: Published | undefined;
  readonly root: Signed<Root>;
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
  readonly snapshot: Signed<Snapshot>;
  readonly timestamp: Signed<Timestamp>;
}

/** A release that can be published, or the drafts with the signatures that there are and those that are missing. */
export type Prepared =
  | { readonly complete: true; readonly release: Release }
  | { readonly complete: false; readonly drafts: readonly Draft[]; readonly missing: readonly MissingSignatures[] };

/**
 * Signs what changed and derives the snapshot and the timestamp. A role that did not change is neither rewritten nor
 * signed again. The snapshot is made when all targets roles are complete, the timestamp when the snapshot is.
 *
 * @throws {@link TufError} `ERR_TUF_SIGNER`; `ERR_TUF_REPOSITORY_REFUSED` for versions that go back, a delegated role that
 * nobody delegates to, and a draft that has expired; `ERR_TUF_CONFLICT` for a published version with other bytes.
 * @spec 6.3.1, 6.3.2, 6.3.3
 */
export async function prepareRelease(
  before: Published | undefined,
  drafts: ReleaseDrafts,
  options: ReleaseOptions,
): Promise<Prepared> {
  const signing = new SigningTable(options);
  const rootDraft = drafts.root;
  const nextRoot = rootDraft?.signed ?? before?.root.signed;
  if (nextRoot === undefined) throw refused('root', 'the first release needs a root', 'create one');
  const authoritiesOf = draftAuthorities(before, drafts);
  if (rootDraft !== undefined) {
    checkSuccession(rootDraft, before?.root.signed.version);
    await signing.sign(rootDraft, authoritiesOf('root'));
  }
  const targetDrafts = [...(drafts.targets?.values() ?? [])];
  for (const draft of targetDrafts) {
    checkVersion(draft, before?.targets.get(draft.role) ?? listedVersion(before, draft.role));
    await signing.sign(
      draft,
      authoritiesOf(draft.role),
      draft.role === 'targets' ? formerAuthorities('targets', before) : [],
    );
  }
  if (signing.missing.length > 0) return signing.incomplete();

  const changed = targetDrafts.map(({ role }) => signing.document<Targets>(role));
  const root = rootDraft === undefined ? (before as Published).root : signing.document<Root>('root');
  const snapshot = await nextSnapshot(before, root, changed, drafts, options);
  if (isDraft(snapshot)) {
    const former = formerAuthorities('snapshot', before);
    await signing.sign(snapshot, topLevelAuthorities('snapshot', nextRoot, undefined), former);
  }
  if (signing.missing.length > 0) return signing.incomplete();

  const signedSnapshot = isDraft(snapshot) ? signing.document<Snapshot>('snapshot') : snapshot;
  const timestamp = await nextTimestamp(before, signedSnapshot, drafts, options);
  const former = formerAuthorities('timestamp', before);
  await signing.sign(timestamp, topLevelAuthorities('timestamp', nextRoot, undefined), former);
  if (signing.missing.length > 0) return signing.incomplete();
  const targets = new Map<string, Signed<Targets>>(before?.targets);
  for (const document of changed) targets.set(document.role, document);
  const release = {
    before,
    root,
    targets,
    snapshot: signedSnapshot,
    timestamp: signing.document<Timestamp>('timestamp'),
  };
  return { complete: true, release };
}

/** Those who signed a role until now: with their signatures too, clients read it before and after they see a new root. */
function formerAuthorities(role: 'targets' | 'snapshot' | 'timestamp', before: Published | undefined): Authority[] {
  return before === undefined ? [] : topLevelAuthorities(role, before.root.signed, undefined);
}

/** Signs drafts and keeps what came of each. */
class SigningTable {
  readonly missing: MissingSignatures[] = [];
  readonly #options: ReleaseOptions;
  readonly #signings = new Map<string, Signing<DocumentHead>>();

  constructor(options: ReleaseOptions) {
    this.#options = options;
  }

  async sign(draft: Draft, authorities: readonly Authority[], welcome: readonly Authority[] = []): Promise<void> {
    const { signers, crypto, now } = this.#options;
    checkFreeze(draft.document(), instantOf(now));
    const signing = await signDraft(draft, signers, authorities, crypto, welcome);
    this.#signings.set(draft.role, signing);
    if (!signing.complete) this.missing.push(...signing.missing);
  }

  document<T extends DocumentHead>(role: string): Signed<T> {
    return (this.#signings.get(role) as { readonly document: Signed<DocumentHead> }).document as Signed<T>;
  }

  incomplete(): Prepared {
    const drafts = [...this.#signings.values()].map((signing) =>
      signing.complete
        ? parseDraft(signing.document.bytes, signing.document.role, signing.document.canonicalForm)
        : signing.draft,
    );
    return { complete: false, drafts, missing: this.missing };
  }
}

function isDraft(document: Signed<Snapshot> | Draft<Snapshot>): document is Draft<Snapshot> {
  return 'withSignatures' in document;
}

async function nextSnapshot(
  before: Published | undefined,
  root: Signed<Root>,
  changed: readonly Signed<Targets>[],
  drafts: ReleaseDrafts,
  { crypto, expires, now, renewSnapshot }: ReleaseOptions,
): Promise<Signed<Snapshot> | Draft<Snapshot>> {
  if (drafts.snapshot !== undefined) return drafts.snapshot;
  const current = before?.snapshot;
  if (current !== undefined && changed.length === 0 && renewSnapshot !== true) {
    if (root === before?.root || (await answer(isSignedUnder(root, 'snapshot', current), crypto))) return current;
  }
  const derived = { crypto, expires: expires.snapshot, issued: now };
  const draft = await deriveSnapshot(current, changed, derived);
  if (draft !== undefined) return draft;
  // Nothing in it changes, not even its date; its keys did.
  const version = (current as Signed<Snapshot>).signed.version + 1;
  return (await deriveSnapshot(current, changed, { ...derived, version })) as Draft<Snapshot>;
}

async function nextTimestamp(
  before: Published | undefined,
  snapshot: Signed<Snapshot>,
  drafts: ReleaseDrafts,
  { crypto, expires, now }: ReleaseOptions,
): Promise<Draft<Timestamp>> {
  if (drafts.timestamp !== undefined) return drafts.timestamp;
  const current = before?.timestamp;
  const options = { crypto, expires: expires.timestamp, issued: now };
  const draft = await deriveTimestamp(current, snapshot, options);
  if (draft !== undefined) return draft;
  const again = { ...options, version: (current as Signed<Timestamp>).signed.version + 1 };
  return (await deriveTimestamp(current, snapshot, again)) as Draft<Timestamp>;
}

/** Every targets role of the next state: who delegates to whom. */
function effectiveTargets(before: Published | undefined, drafts: readonly Draft<Targets>[]): Delegator[] {
  const roles = new Map<string, Delegator>(before?.targets);
  for (const draft of drafts) roles.set(draft.role, draft);
  return [...roles.values()];
}

/**
 * Whose signatures the drafts of a release need, by role, `root` included: for a root those of the old one and its own.
 * What it gives throws `ERR_TUF_REPOSITORY_REFUSED` for a role that nobody delegates to.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` where there is no root at all.
 * @spec 6.1-c, A-36
 */
export function draftAuthorities(
  before: Published | undefined,
  drafts: ReleaseDrafts,
): (role: string) => readonly Authority[] {
  const nextRoot = drafts.root?.signed ?? before?.root.signed;
  if (nextRoot === undefined) throw refused('root', 'the first release needs a root', 'create one');
  const delegated = authoritiesAmong(effectiveTargets(before, [...(drafts.targets?.values() ?? [])]));
  return (role) => {
    if (role === 'root') return topLevelAuthorities('root', nextRoot, before?.root.signed);
    if (role === 'targets') return topLevelAuthorities('targets', nextRoot, undefined);
    const authorities = delegated(role);
    return authorities.length > 0 ? authorities : notDelegated(role);
  };
}

function notDelegated(role: string): never {
  throw refused(role, 'no role delegates to it', 'delegate to it first, or take it out of the release');
}

/** @spec 5.3.5, 6.1-b */
function checkSuccession(root: Draft<Root>, published: number | undefined): void {
  const { version } = root.signed;
  if (published === undefined || version === published + 1) return;
  const hint = 'clients take root versions one by one: make the next one from what is published';
  throw refused('root', `version ${version} cannot follow version ${published}`, hint);
}

/** @spec 4.3-d */
function checkVersion(draft: Draft<Targets>, published: Signed<Targets> | number | undefined): void {
  const before = typeof published === 'object' ? published.signed.version : published;
  const { version } = draft.signed;
  if (before === undefined || version > before) return;
  if (version < before) {
    const hint = 'somebody published since this draft was made: make it again from what is published';
    throw refused(draft.role, `version ${version} is older than the published version ${before}`, hint);
  }
  const hint = 'somebody published this version since the draft was made: make it again from what is published';
  const message = `${draft.role}: version ${version} is published already`;
  throw new TufError('ERR_TUF_CONFLICT', message, { path: `${draft.role}.json` }, { hint });
}

/** Of a role that is listed and that nothing delegates to any longer. */
function listedVersion(before: Published | undefined, role: string): number | undefined {
  return before?.snapshot.signed.meta.version(`${role}.json`);
}
