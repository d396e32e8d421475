/**
 * Publishing an operator's folder: what `tufa publish` and `tufa init` do.
 *
 * @module
 */

import { nodeDigest } from '../crypto/node-crypto.ts';
import { isTufError, TufError } from '../errors.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import type { Draft, EditOptions } from '../repository/draft.ts';
import { canComplete, signatureNeeds } from '../repository/needs.ts';
import type { Content } from '../repository/ports.ts';
import { answer } from '../repository/proof.ts';
import { changedTargets, checkPublication, planPublication, previewOf, publish } from '../repository/publish.ts';
import { type Published, topLevelAuthorities } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { type Prepared, prepareRelease, type Release, type ReleaseDrafts } from '../repository/release.ts';
import { editRoot } from '../repository/root-draft.ts';
import type { Signer } from '../repository/signer.ts';
import { unsigned } from '../repository/signing.ts';
import { editTargets } from '../repository/targets-draft.ts';
import type { Authority } from '../trust/authority.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { isSignedUnder, type Trusted } from '../trust/trusted.ts';
import { checkStaged } from './check-staged.ts';
import { commandLine, option, place } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { later } from './duration.ts';
import { closeJournal, type Journal, recoverJournal, writeJournal } from './journal.ts';
import { askedKeyids } from './key-source.ts';
import { noSuchRole } from './role-names.ts';
import { eventSteps } from './staged-outlook.ts';
import { readDraft, readTargetsDrafts, stagedContent, writeDraft } from './staging.ts';
import { verifyRelease } from './verify-release.ts';
import { readMore, readPinnedRoot, readWorkspace, sha256, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

export interface PublishWorkspaceOptions {
  /** Opens the signers of those of the keys that are at hand. */
  readonly signers: (keyids: ReadonlySet<string>) => Promise<readonly Signer[]>;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
  /** Whether clients may be refused between two writes, since a key that is replaced is lost. */
  readonly acceptGap?: boolean | undefined;
  /** Roles whose drafts stay staged and are no part of it. */
  readonly without?: readonly string[] | undefined;
  /** Whether a change of delegations may take targets from clients. */
  readonly loseTargets?: boolean | undefined;
}

/** What came of it: the versions that are published now, and the roles that changed. */
export interface PublishOutcome {
  readonly published: boolean;
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  /** The first expiry of the four top-level roles: from then on clients refuse it. RFC 3339, in UTC. */
  readonly acceptedUntil: string;
  /** Whether this root is new. */
  readonly newRoot: boolean;
  /** Changed targets roles, with their versions. */
  readonly targets: Readonly<Record<string, number>>;
  /** Paths of new or changed target files. */
  readonly files: readonly string[];
}

/**
 * Publishes what is staged: finishes an interrupted publication first, signs with the keys at hand, verifies the result as
 * clients would, writes it down, and makes it visible. Where signatures are missing, those that there are stay in the
 * drafts. Runs under the lock of the folder.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_UNSIGNED` with the missing keyids, and whatever refuses the release.
 */
export function publishWorkspace(workspace: Workspace, options: PublishWorkspaceOptions): Promise<PublishOutcome> {
  return workspace.drafts.exclusive(async () => {
    await workspace.backend.sync?.();
    const resumed = await recoverJournal(workspace);
    if (resumed !== undefined) await finish(workspace, resumed);
    const known = await readWorkspace(workspace, new Set());
    const staged = await stagedDrafts(workspace, known, options);
    const { drafts, kept } = await leaveOut(staged, known, options.without);
    const before = known && (await readMore(workspace, known, rolesToRead(known, drafts)));
    const isStale = before !== undefined && hasExpired(before, options.now);
    if (before !== undefined && drafts.root === undefined && drafts.targets?.size === 0 && !isStale) {
      return outcomeSoFar(before, resumed !== undefined);
    }
    const renewSnapshot = before !== undefined && isExpired(before.snapshot, options.now);
    return publishDrafts(workspace, before, drafts, options, { renewSnapshot, keepsStaged: kept.length > 0 && kept });
  }, options.signal);
}

/**
 * Publishes a new timestamp over what is published, and a new snapshot where that would end before the new timestamp does.
 * What is staged stays staged. Runs under the lock of the folder.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` where nothing is published, or root or targets have expired;
 * `ERR_TUF_REPOSITORY_UNSIGNED` where the keys of these roles are not at hand.
 * @spec 6.5
 */
export function renewTimestamp(workspace: Workspace, options: PublishWorkspaceOptions): Promise<PublishOutcome> {
  return workspace.drafts.exclusive(async () => {
    await workspace.backend.sync?.();
    const resumed = await recoverJournal(workspace);
    if (resumed !== undefined) await finish(workspace, resumed);
    const before = await readWorkspace(workspace, new Set());
    const { folder, config } = workspace;
    if (before === undefined) {
      const problem = 'there is no timestamp to renew: nothing is published';
      throw new TufError(
        'ERR_TUF_REPOSITORY_REFUSED',
        problem,
        { path: folder },
        { hint: `publish it first: ${commandLine('publish', folder)}` },
      );
    }
    for (const document of [before.root, before.targets.get('targets')]) {
      if (document === undefined || !isExpired(document, options.now)) continue;
      const { role, signed } = document;
      const problem = `${role} expired at ${signed.expires}: clients refuse everything, whatever the timestamp says`;
      const hint = `${commandLine('publish', folder)} renews it where its keys are at hand`;
      throw new TufError('ERR_TUF_REPOSITORY_REFUSED', problem, { role }, { hint });
    }
    const end = later(options.now, lifetimeOf(config, 'timestamp'));
    const renewSnapshot = isExpired(before.snapshot, end);
    return publishDrafts(workspace, before, { targets: new Map() }, options, { renewSnapshot, keepsStaged: true });
  }, options.signal);
}

/**
 * The targets roles that a release has to know: those that change; all where delegations may change, or where two roles may
 * get into each other's way.
 */
function rolesToRead(before: Published, { root, targets }: ReleaseDrafts): ReadonlySet<string> | undefined {
  if (root !== undefined || !before.root.signed.consistentSnapshot) return undefined;
  for (const [role, { signed }] of targets ?? []) {
    if (signed.delegations !== undefined || before.targets.get(role)?.signed.delegations !== undefined)
      return undefined;
  }
  return new Set(targets?.keys());
}

async function publishDrafts(
  workspace: Workspace,
  before: Published | undefined,
  staged: ReleaseDrafts,
  options: PublishWorkspaceOptions,
  { renewSnapshot, keepsStaged }: { readonly renewSnapshot: boolean } & Pick<Journal, 'keepsStaged'>,
): Promise<PublishOutcome> {
  const { now, signal } = options;
  const needs = await signatureNeeds({ before, drafts: staged }, operatorCrypto());
  const authorities = topAuthorities(before, staged);
  const signers = await options.signers(await askedKeyids([...needs, { authorities }]));
  const isWhole = canComplete(needs, signers);
  const drafts = lastingDrafts(workspace, staged, now, (draft) => isWhole || isExpired(draft.document(), now));
  await checkStaged(before, drafts, { folder: workspace.folder, now, loseTargets: options.loseTargets });
  const date = (role: string): Date => later(now, lifetimeOf(workspace.config, role));
  const prepared = await prepareRelease(before, drafts, {
    crypto: operatorCrypto(),
    signers,
    now,
    expires: { snapshot: date('snapshot'), timestamp: date('timestamp') },
    renewSnapshot,
  });
  if (!prepared.complete) throw await keepSignatures(workspace, prepared);
  const { release } = prepared;
  const contents = (target: TargetFile): Promise<Content | undefined> => stagedContent(workspace, target);
  const publication = await planPublication(release, contents, {
    crypto: operatorCrypto(),
    digest: nodeDigest,
    acceptGap: options.acceptGap,
  });
  const changed = changedFiles(release);
  const delegators = [...release.targets.values()].filter(({ signed }) => signed.delegations !== undefined);
  const state = {
    ...versionsOf(release),
    delegators: delegators.map(({ role }) => role),
    snapshotSha256: await sha256(release.snapshot.bytes),
  };
  const journal = { publication, state, keepsStaged };
  await checkPublication(publication, workspace.backend);
  await verifyRelease(previewOf(publication, workspace.backend), {
    current: before === undefined ? undefined : workspace.backend,
    pinned: (await readPinnedRoot(workspace.folder)) ?? release.root.bytes,
    now,
    changed,
    signal,
    onShadowed: (path, role, found) => options.warn(`clients get ${path} from ${found}, not from ${role}`),
  });
  signal.throwIfAborted();
  await writeJournal(workspace, journal);
  await finish(workspace, journal);
  return outcomeOf(release, changed);
}

/**
 * What is staged without the drafts of some roles, and the roles whose drafts that leaves.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for what is no role, and where a root stays and targets do not, which
 * are staged for the keys that this root gives them.
 */
async function leaveOut(
  { root, targets = new Map() }: ReleaseDrafts,
  before: Published | undefined,
  without: readonly string[] = [],
): Promise<{ readonly drafts: ReleaseDrafts; readonly kept: readonly string[] }> {
  const staged: ReadonlySet<string> = new Set([...(root === undefined ? [] : ['root']), ...targets.keys()]);
  for (const role of without) {
    if (staged.has(role) || role === 'root' || before?.targets.has(role) || before?.unread.has(role)) continue;
    throw noSuchRole(role, { before, drafts: { root, targets } });
  }
  const kept = without.filter((role) => staged.has(role));
  const rest = new Map([...targets].filter(([role]) => !kept.includes(role)));
  const current = before?.targets.get('targets');
  if (root !== undefined && kept.includes('root') && rest.has('targets') && current !== undefined) {
    const isSame = await answer(isSignedUnder(root.document(), 'targets', current), operatorCrypto());
    const hint = 'leave both staged: --without root targets';
    if (!isSame) throw refused('targets', 'it is staged for the keys that the new root gives it', hint);
  }
  return { drafts: { root: kept.includes('root') ? undefined : root, targets: rest }, kept };
}

/** Makes visible what was written down, or goes on with it after an interruption. It was verified before it began. */
async function finish(workspace: Workspace, journal: Journal): Promise<void> {
  try {
    await publish(journal.publication, workspace.backend);
  } catch (error) {
    if (!isTufError(error) || error.code !== 'ERR_TUF_CONFLICT') throw error;
    const discard = commandLine('discard', workspace.folder);
    const hint = `what is served was changed by somebody else: restore it and publish again; or give this publication up: remove the folder drafts/journal, then what is staged with ${discard}`;
    throw new TufError(error.code, error.message, error.evidence, { cause: error, hint });
  }
  await closeJournal(workspace, journal);
}

/**
 * What is staged. A root or top-level targets that has expired is renewed, since clients would refuse whatever is
 * published with it (T39).
 */
async function stagedDrafts(
  workspace: Workspace,
  before: Published | undefined,
  { now, warn }: PublishWorkspaceOptions,
): Promise<ReleaseDrafts> {
  const options = (role: string): EditOptions => ({ expires: later(now, lifetimeOf(workspace.config, role)) });
  const targets = await readTargetsDrafts(workspace, before);
  const root = await readDraft<Root>(workspace, 'root');
  const isLost = (document: Published['root'] | Trusted<Targets> | undefined): boolean => {
    if (document === undefined || !isExpired(document, now)) return false;
    warn(`${document.role} had expired at ${document.signed.expires}, and is renewed`);
    return true;
  };
  const current = before?.targets.get('targets');
  if (!targets.has('targets') && current !== undefined && isLost(current)) {
    targets.set('targets', editTargets(current, () => {}, options('targets')) as Draft<Targets>);
  }
  if (root === undefined && before !== undefined && isLost(before.root)) {
    return { root: editRoot(before.root, () => {}, options('root')), targets };
  }
  return { root, targets };
}

/**
 * The same drafts, of which some last from now on, where nobody has signed them yet: those that the keys at hand finish, and
 * those that have expired on the way. What others are asked to sign stays, to the byte.
 */
function lastingDrafts(
  { config }: Workspace,
  { root, targets }: ReleaseDrafts,
  now: Date,
  isRenewed: (draft: Draft) => boolean,
): ReleaseDrafts {
  const options = (role: string): EditOptions => ({ expires: later(now, lifetimeOf(config, role)) });
  const isOpen = (draft: Draft): boolean => draft.signatures.length === 0 && isRenewed(draft);
  const lasting = [...(targets ?? [])].map(([role, draft]): [string, Draft<Targets>] => {
    return [role, isOpen(draft as Draft) ? (editTargets(draft, () => {}, options(role)) ?? draft) : draft];
  });
  const next = root !== undefined && isOpen(root as Draft) ? editRoot(root, () => {}, options('root')) : undefined;
  return { root: next ?? root, targets: new Map(lasting) };
}

/** Whose keys may sign the top-level roles of a release: under the old root too, so that its clients go on. */
function topAuthorities(before: Published | undefined, drafts: ReleaseDrafts): Authority[] {
  const roots = [drafts.root?.signed, before?.root.signed].filter((root) => root !== undefined);
  const roles: TopLevelRole[] = ['snapshot', 'timestamp'];
  if (drafts.root !== undefined) roles.push('root');
  if (drafts.targets?.has('targets')) roles.push('targets');
  return roots.flatMap((root) => roles.flatMap((role) => topLevelAuthorities(role, root, undefined)));
}

async function keepSignatures(workspace: Workspace, prepared: Prepared & { readonly complete: false }): Promise<Error> {
  const kept = prepared.drafts.filter(({ role }) => role !== 'snapshot' && role !== 'timestamp');
  for (const draft of kept) await writeDraft(workspace, draft as Draft);
  const error = unsigned(prepared.missing[0] as (typeof prepared.missing)[number]);
  const { code, message, evidence, hint } = error;
  // The two that follow from the others are made and signed in one go, where their keys are.
  const { folder } = workspace;
  if (!kept.some(({ role }) => role === error.role)) {
    const own = `publish where its keys are, or bring them here: ${commandLine('key list', folder)} says where they should be`;
    return new TufError(code, message, evidence, {
      hint: `${own}, and ${commandLine('key import', folder, place('URI'))} names another place`,
    });
  }
  const others = kept.filter(({ role }) => role !== error.role).length;
  const alone = commandLine('publish', folder, option('without', error.role as string));
  const rest = others > 0 ? `; what else is staged can go first: ${alone}` : '';
  const [write, sign, merge] = eventSteps(folder);
  const how = `${write} writes it for them, ${sign} signs it, ${merge} brings it back${rest}`;
  return new TufError(code, message, evidence, { hint: `${hint}: ${how}` });
}

/** New and changed target files, with the role that lists each. */
function changedFiles(release: Release): { path: string; role: string }[] {
  return changedTargets(release).flatMap(({ role, signed }) => {
    const before = release.before?.targets.get(role)?.signed.targets;
    return [...signed.targets.paths()]
      .filter((path) => digestsOf(signed, path) !== (before && digestsOf({ targets: before }, path)))
      .map((path) => ({ path, role }));
  });
}

function digestsOf({ targets }: Pick<Targets, 'targets'>, path: string): string | undefined {
  const target = targets.get(path);
  return target && JSON.stringify([target.length, ...target.hashes]);
}

function versionsOf({ root, timestamp, snapshot }: Pick<Release, 'root' | 'timestamp' | 'snapshot'>) {
  return { root: root.signed.version, timestamp: timestamp.signed.version, snapshot: snapshot.signed.version };
}

function outcomeOf(release: Release, changed: readonly { readonly path: string }[]): PublishOutcome {
  const targets = Object.fromEntries(changedTargets(release).map(({ role, signed }) => [role, signed.version]));
  const files = changed.map(({ path }) => path);
  const newRoot = release.root !== release.before?.root;
  return { published: true, ...versionsOf(release), acceptedUntil: firstExpiry(release), newRoot, targets, files };
}

/** Of what is published already. */
function outcomeSoFar(before: Published, published: boolean): PublishOutcome {
  const acceptedUntil = firstExpiry(before);
  return { published, ...versionsOf(before), acceptedUntil, newRoot: false, targets: {}, files: [] };
}

function firstExpiry({ root, timestamp, snapshot, targets }: Published | Release): string {
  const documents = [root, timestamp, snapshot, targets.get('targets')].filter((each) => each !== undefined);
  const [first] = documents
    .map(({ signed }) => signed)
    .sort((a, b) => {
      return a.expiresAt.milliseconds - b.expiresAt.milliseconds;
    });
  return (first as (typeof timestamp)['signed']).expires;
}

function hasExpired({ timestamp, snapshot }: Published, now: Date): boolean {
  return isExpired(timestamp, now) || isExpired(snapshot, now);
}

function isExpired(document: Parameters<typeof checkFreeze>[0], now: Date): boolean {
  try {
    checkFreeze(document, { milliseconds: now.getTime(), nanoseconds: 0 });
    return false;
  } catch (error) {
    if (isTufError(error) && error.code === 'ERR_TUF_EXPIRED') return true;
    throw error;
  }
}
