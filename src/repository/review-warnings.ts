/**
 * What a signer should look at before anything else, rule by rule. Each has a stable code; the text is one clause for
 * people, in which names stand as they are in the metadata: escape it where it is shown.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { Delegations } from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Key } from '../metadata/key.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import type { RoleKeys } from '../metadata/role.ts';
import type { Root } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { isSignedUnder } from '../trust/trusted.ts';
import { type BinnedTargets, binnedTargets } from './binned-targets.ts';
import type { Change } from './change.ts';
import { StepBudget } from './delegation-reach.ts';
import { some, warnOfMissed, warnOfOrphans, warnOfShadows } from './delegation-warnings.ts';
import type { Draft } from './draft.ts';
import type { Proposal } from './event.ts';
import { closedTo, signaturesOfMlDsa } from './ml-dsa-portability.ts';
import { hiddenCharacter } from './names.ts';
import type { DraftNeeds } from './needs.ts';
import { ownerIn, ownerOf } from './owner.ts';
import { answer } from './proof.ts';
import type { DocumentReview } from './review.ts';

/** The rules. A code keeps its meaning; new ones may come. */
export type ReviewWarningCode =
  /** The first root: nothing vouches for it but those who compare its digest. */
  | 'first-root'
  /** One root key alone can make a new root. */
  | 'root-threshold-one'
  /** A root key also signs for a role that is online. */
  | 'root-key-online'
  /** One owner holds as many root keys as the threshold asks for. */
  | 'owner-meets-threshold'
  /** One key stands under the names of several owners. */
  | 'key-shared'
  /** A keyid that stays names another key. */
  | 'key-changed'
  /** A keyid is not the digest of its key. */
  | 'keyid-mismatch'
  /** A key that a role lists is not there, or verifies nothing. */
  | 'key-unusable'
  /** The threshold cannot be met without ML-DSA: clients without TAP 21 refuse what the role signs. */
  | 'threshold-not-portable'
  /** No key that a role had stays. */
  | 'keys-replaced'
  | 'threshold-lowered'
  /** More signatures are asked for than there are keys. */
  | 'threshold-unmet'
  | 'expiry-past'
  | 'expiry-earlier'
  /** The version is not the next one. */
  | 'version-skipped'
  | 'consistent-snapshot-changed'
  | 'targets-removed'
  /** Targets that clients find now and would not find any longer. */
  | 'targets-orphaned'
  /** New or changed targets in a role that is not trusted with their paths: no client would find them. */
  | 'targets-unreachable'
  /** New or changed targets that clients would take from another role, which is asked first. */
  | 'targets-shadowed'
  /** The same as orphaned, of a role whose published document is not in the event: it cannot be told. */
  | 'targets-unseen'
  /** A role is asked before another for paths that both are trusted with, and was not before. */
  | 'delegation-shadows'
  /** There are too many delegations to compare all of them. */
  | 'delegations-not-compared'
  | 'bins-changed'
  | 'unrecognised-changed'
  /** The published targets are not signed by the new keys, and no new version is in the change. */
  | 'targets-not-resigned'
  /** A signature stands in the draft and is false. */
  | 'signature-false'
  /** A name has characters that cannot be seen, or that reorder what is. */
  | 'text-hidden';

export interface ReviewWarning {
  readonly code: ReviewWarningCode;
  /** The draft that it is about. */
  readonly role: string;
  readonly text: string;
}

/** Removing as many targets at once is worth a word, and so is removing most of a role's. */
const removedMin = 10;
/** For each draft: what a comparison of foreign patterns with patterns and paths may take. */
const comparisonStepsMax = 100_000_000;

const tooMany = 'there are too many delegations and paths to tell what the change takes from whom';

/** Notes a warning about one draft. */
export type Warn = (code: ReviewWarningCode, text: string) => void;

/** All warnings about a change, in the order of its documents. */
export async function warningsOf(
  proposal: Proposal,
  documents: readonly DocumentReview[],
  needs: readonly DraftNeeds[],
  { crypto, now }: { readonly crypto: Crypto; readonly now: Date },
): Promise<ReviewWarning[]> {
  const warnings: ReviewWarning[] = [];
  const moved = new Set<string>();
  for (const { draft } of needs) {
    if (draft.role === 'root') continue;
    const budget = new StepBudget(comparisonStepsMax);
    const binned = await binnedTargets(draft as Draft as Draft<Targets>, proposal, { crypto, budget });
    for (const path of binned?.kept ?? []) moved.add(path);
    const { role } = draft;
    if (binned !== undefined) warnOfBins(role, binned, (code, text) => warnings.push({ code, role, text }));
    else if (budget.isSpent) warnings.push({ code: 'delegations-not-compared', role, text: tooMany });
  }
  for (const [i, { draft, falseKeyids }] of needs.entries()) {
    const { role } = draft;
    const warn: Warn = (code, text) => warnings.push({ code, role, text });
    const review = documents[i] as DocumentReview;
    for (const keyid of falseKeyids) warn('signature-false', `the signature by ${keyid} is over other bytes`);
    warnOfVersion(review, draft, now, warn);
    warnOfChanges(review, warn);
    if (role === 'root') await warnOfRoot(draft as Draft as Draft<Root>, proposal, crypto, warn);
    else await warnOfTargets(draft as Draft as Draft<Targets>, review, proposal, { crypto, moved }, warn);
  }
  const budget = new StepBudget(comparisonStepsMax);
  await warnOfMissed(proposal, { crypto, budget }, (code, role, text) => warnings.push({ code, role, text }));
  return warnings;
}

function warnOfVersion(review: DocumentReview, draft: Draft, now: Date, warn: Warn): void {
  const { version, previousVersion, expires } = review;
  if (version !== (previousVersion ?? 0) + 1) {
    warn('version-skipped', `version ${version} follows ${previousVersion ?? 'nothing'}: some are passed over`);
  }
  if (draft.signed.expiresAt.milliseconds <= now.getTime()) warn('expiry-past', `it has expired at ${expires}`);
}

function warnOfChanges({ changes }: DocumentReview, warn: Warn): void {
  for (const change of changes) {
    if (change.kind === 'expires' && change.movedSeconds !== null && change.movedSeconds < 0) {
      warn('expiry-earlier', `it ends at ${change.after}, and the one before ends at ${change.before}`);
    }
    if (change.kind === 'threshold' && change.before !== null && change.after < change.before) {
      warn('threshold-lowered', `${change.role} needs ${change.after} signatures, and needed ${change.before}`);
    }
    if (change.kind === 'role-keys' && change.before.length > 0 && change.removed.length === change.before.length) {
      warn('keys-replaced', `no key that ${change.role} had stays`);
    }
    if (change.kind === 'key-changed') warn('key-changed', `the id ${change.keyid} names another key than before`);
    if (change.kind === 'consistent-snapshot' && change.before !== null) {
      warn('consistent-snapshot-changed', 'files would be asked for by other names');
    }
    if (change.kind === 'bins' && change.before !== null) warn('bins-changed', 'other hash bins take over the targets');
    if (change.kind === 'unrecognised') {
      warn('unrecognised-changed', `tufa does not know what ${change.pointer} means, and it changes`);
    }
    for (const text of namesIn(change)) {
      if (hiddenCharacter.test(text)) warn('text-hidden', `a name has characters that cannot be seen: ${text}`);
    }
  }
}

/** What a person reads by name in a change. */
function namesIn(change: Change): string[] {
  switch (change.kind) {
    case 'key-added':
      return [change.keyid, ...(change.owner === null ? [] : [change.owner])];
    case 'key-changed':
      return [ownerIn(change.after) ?? ''];
    case 'target-added':
    case 'target-changed':
      return [change.path];
    case 'delegation-added':
    case 'delegation-changed':
      return [change.role, ...((change.after.get('paths') ?? []) as readonly string[])];
    default:
      return [];
  }
}

/** Many at once, or most of what a role lists. */
function warnOfRemoved(changes: readonly Change[], listed: number, warn: Warn): void {
  const removed = changes.filter(({ kind }) => kind === 'target-removed').length;
  if (removed < removedMin && (removed <= 1 || removed * 2 <= listed)) return;
  warn('targets-removed', `${removed} of ${listed} targets are removed`);
}

async function warnOfRoot(draft: Draft<Root>, proposal: Proposal, crypto: Crypto, warn: Warn): Promise<void> {
  const { signed } = draft;
  if (proposal.before === undefined) {
    warn('first-root', 'nothing vouches for the first root: compare its digest with the others who sign it');
  }
  const { roles, keys } = signed;
  if (roles.root.threshold === 1) warn('root-threshold-one', 'one root key alone can make a new root');
  const rootKeys = identitiesOf(roles.root, keys);
  for (const role of ['snapshot', 'timestamp'] as const) {
    for (const identity of identitiesOf(roles[role], keys).keys()) {
      const keyid = rootKeys.get(identity);
      if (keyid !== undefined) warn('root-key-online', `the root key ${keyid} also signs ${role}`);
    }
  }
  warnOfOwners(signed, warn);
  for (const [role, entry] of Object.entries(roles)) warnOfRoleKeys(role, entry, keys, warn);
  await warnOfKeyids(draft, keys, crypto, warn);
  await warnOfUnsignedTargets(draft, proposal, crypto, warn);
}

function warnOfOwners({ roles, keys }: Root, warn: Warn): void {
  const held = new Map<string, number>();
  const owners = new Map<string, Set<string>>();
  for (const [keyid, key] of keys) {
    const owner = ownerOf(key);
    const parsed = key.publicKey(parsePublicKey);
    if (owner === null || parsed.kind === 'unusable') continue;
    owners.set(parsed.identity, (owners.get(parsed.identity) ?? new Set()).add(owner));
    if (roles.root.keyids.includes(keyid)) held.set(owner, (held.get(owner) ?? 0) + 1);
  }
  for (const names of owners.values()) {
    if (names.size > 1) warn('key-shared', `one key stands for several owners: ${[...names].join(', ')}`);
  }
  const { threshold } = roles.root;
  for (const [owner, count] of held) {
    if (threshold > 1 && count >= threshold) {
      warn('owner-meets-threshold', `${owner} holds ${count} root keys, as many as it takes to make a new root`);
    }
  }
}

/** The keys of a role that can sign, each secret once, with a keyid of each. */
function identitiesOf({ keyids }: RoleKeys, keys: ReadonlyMap<string, Key>): Map<string, string> {
  const found = new Map<string, string>();
  for (const keyid of keyids) {
    const key = keys.get(keyid)?.publicKey(parsePublicKey);
    if (key !== undefined && key.kind !== 'unusable') found.set(key.identity, keyid);
  }
  return found;
}

function warnOfRoleKeys(role: string, entry: RoleKeys, keys: ReadonlyMap<string, Key>, warn: Warn): void {
  const usable = identitiesOf(entry, keys);
  for (const keyid of entry.keyids) {
    const key = keys.get(keyid)?.publicKey(parsePublicKey);
    if (key === undefined) warn('key-unusable', `${role} lists the key ${keyid}, which is not there`);
    else if (key.kind === 'unusable') warn('key-unusable', `${role} lists the key ${keyid}: ${key.reason}`);
  }
  if ((signaturesOfMlDsa(entry, keys) ?? 0) > 0) {
    warn('threshold-not-portable', `${role} needs ML-DSA: ${closedTo} refuse what it signs`);
  }
  if (entry.threshold <= usable.size) return;
  warn('threshold-unmet', `${role} needs ${entry.threshold} signatures, and ${usable.size} keys can sign`);
}

/** @spec 4.2.1-b, A-03 */
async function warnOfKeyids(draft: Draft, keys: ReadonlyMap<string, Key>, crypto: Crypto, warn: Warn): Promise<void> {
  for (const [keyid, key] of keys) {
    if (encodeHex(await crypto.digest('sha256', key.canonical(draft.canonicalForm))) === keyid) continue;
    warn('keyid-mismatch', `the id ${keyid} is not the digest of its key`);
  }
}

async function warnOfUnsignedTargets(
  draft: Draft<Root>,
  { before, drafts }: Proposal,
  crypto: Crypto,
  warn: Warn,
): Promise<void> {
  const published = before?.targets.get('targets');
  if (published === undefined || drafts.targets?.has('targets') === true) return;
  if (await answer(isSignedUnder(draft.document(), 'targets', published), crypto)) return;
  warn('targets-not-resigned', 'the published targets are not signed by the new keys: a new version has to be, too');
}

async function warnOfTargets(
  draft: Draft<Targets>,
  review: DocumentReview,
  proposal: Proposal,
  { crypto, moved }: { readonly crypto: Crypto; readonly moved: ReadonlySet<string> },
  warn: Warn,
): Promise<void> {
  const delegations = draft.signed.delegations;
  const before = proposal.before?.targets.get(draft.role)?.signed;
  const budget = new StepBudget(comparisonStepsMax);
  const gone = review.changes.filter((change) => change.kind !== 'target-removed' || !moved.has(change.path));
  warnOfRemoved(gone, before?.targets.size ?? 0, warn);
  if (delegations !== undefined) {
    for (const role of delegations.roles) {
      if (isTouched(role.name, review.changes)) warnOfRoleKeys(role.name, role, delegations.keys, warn);
    }
    await warnOfKeyids(draft, newKeys(delegations, before?.delegations), crypto, warn);
    warnOfShadows(delegations, before?.delegations, budget, warn);
  }
  await warnOfOrphans(draft, proposal, { crypto, budget }, warn);
  if (budget.isSpent) warn('delegations-not-compared', tooMany);
}

function warnOfBins(role: string, { lost, unseen }: BinnedTargets, warn: Warn): void {
  if (unseen > 0) warn('targets-unseen', `${unseen} bins are published and not here: what is lost cannot be told`);
  if (lost.length > 0) warn('targets-orphaned', `${lost.length} targets of ${role} are found no longer: ${some(lost)}`);
}

function isTouched(role: string, changes: readonly Change[]): boolean {
  return changes.some((change) => {
    const isAbout = 'role' in change && change.role === role;
    return isAbout && ['delegation-added', 'role-keys', 'threshold'].includes(change.kind);
  });
}

function newKeys(after: Delegations, before: Delegations | undefined): Map<string, Key> {
  return new Map([...after.keys].filter(([keyid]) => before?.keys.has(keyid) !== true));
}
