/**
 * What becomes of what is staged: which drafts the keys at hand can publish, which wait for somebody, which lead nowhere, and
 * the commands that bring each further. Every command that stages or signs ends with it, and `tufa status` says it at any time.
 *
 * @module
 */

import { isTufError } from '../errors.ts';
import type { Root } from '../metadata/root.ts';
import { warnOfMissed } from '../repository/delegation-warnings.ts';
import type { Draft } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { type DraftNeeds, type SignatureNeed, signatureNeeds } from '../repository/needs.ts';
import { answer } from '../repository/proof.ts';
import { type Published, topLevelAuthorities } from '../repository/published.ts';
import type { Authority } from '../trust/authority.ts';
import { isSignedUnder } from '../trust/trusted.ts';
import { commandLine, option, type Place, place } from './command-line.ts';
import { operatorCrypto, operatorReach } from './crypto.ts';
import { standardKeyid } from './key.ts';
import { absenceOf, type SignerWorld, signerPlaces } from './signers.ts';
import type { Workspace } from './workspace.ts';

/** Something to be done, with the commands that do it. */
export interface StagedWarning {
  /** Stable, for programs. */
  readonly code: 'stale-draft' | 'expired-draft' | 'targets-unreachable' | 'keys-absent' | 'replaced-key-absent';
  readonly role: string;
  readonly text: string;
  readonly next: readonly string[];
}

/** A draft, who still has to sign it, and the commands that come next for it. */
export interface DraftOutlook extends DraftNeeds {
  /** Whether the keys at hand can publish it now, alone or with others. */
  readonly isReady: boolean;
  readonly next: readonly string[];
}

export interface StagedOutlook {
  readonly drafts: readonly DraftOutlook[];
  readonly warnings: readonly StagedWarning[];
}

/**
 * Looks at what is staged, and changes nothing. No key is opened: whether it is there is all that is asked.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a draft of a role that nobody delegates to.
 */
export async function outlookOf(
  proposal: Proposal,
  workspace: Workspace,
  { at, world }: { readonly at: Date; readonly world: SignerWorld },
): Promise<StagedOutlook> {
  const { folder } = workspace;
  const found = await signatureNeeds(proposal, operatorCrypto());
  const held = await keysAtHand(workspace, world);
  const problems = [
    ...found.flatMap(({ draft }) => uselessDraft(draft, proposal, folder, at)),
    ...(await unreachable(proposal, folder)),
  ];
  const inVain = new Map(problems.map(({ role, next }) => [role, next]));
  const signable = found.filter((each) => !inVain.has(each.draft.role) && isSignable(each, proposal, held));
  const going = await publishable(proposal, new Set(signable.map(({ draft }) => draft.role)), held);
  const left = found.map(({ draft }) => draft.role).filter((role) => !going.has(role));
  const publish = commandLine('publish', folder, ...left.map((role) => option('without', role)));
  const absent = await absentKeys(
    proposal,
    found.filter(({ draft }) => going.has(draft.role)),
    held,
    folder,
  );
  const drafts = found.map((each): DraftOutlook => {
    const { role } = each.draft;
    const isReady = going.has(role) && absent.length === 0;
    const own = isOurs(each, held) ? [commandLine('sign', folder)] : [];
    const next = isReady ? [publish] : going.has(role) ? own : [...own, ...eventSteps(folder)];
    return { ...each, isReady, next: inVain.get(role) ?? next };
  });
  return { drafts, warnings: [...problems, ...absent] };
}

/** The ids of the keys that the folder names and that are there, as its configuration knows them. */
export async function keysAtHand(workspace: Workspace, world: SignerWorld): Promise<ReadonlySet<string>> {
  const held = new Set<string>();
  for (const place of signerPlaces(workspace)) {
    if ((await absenceOf(place, workspace.folder, world)) === undefined) held.add(place.keyid);
  }
  return held;
}

/** A key with the name of its owner has another id than the configuration knows it by. */
function isHeld(keyid: string, { keys }: Pick<Authority, 'keys'>, held: ReadonlySet<string>): boolean {
  return held.has(keyid) || held.has(standardKeyid(keys.get(keyid)) ?? keyid);
}

/** Whether the keys at hand are enough to sign anew for an authority. */
export function canSign(authority: Authority, held: ReadonlySet<string>): boolean {
  return authority.keyids.filter((keyid) => isHeld(keyid, authority, held)).length >= authority.threshold;
}

function canMeet({ missing, more }: SignatureNeed, authority: Authority, held: ReadonlySet<string>): boolean {
  return missing.filter(({ keyid }) => isHeld(keyid, authority, held)).length >= more;
}

/** Whether signatures and keys at hand are enough; what the old keys of targets would add is no condition. */
function isSignable({ draft, authorities, needs }: DraftNeeds, proposal: Proposal, held: ReadonlySet<string>): boolean {
  return authorities.every((authority, i) => {
    return canMeet(needs[i] as SignatureNeed, authority, held) || isFormer(draft.role, authority, proposal);
  });
}

function isFormer(role: string, { delegator }: Authority, { before, drafts }: Proposal): boolean {
  return role === 'targets' && drafts.root !== undefined && delegator === `root version ${before?.root.signed.version}`;
}

/** Of some drafts those that can be published without the rest: one may stand on another. */
async function publishable(
  { before, drafts }: Proposal,
  roles: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const going = new Set(roles);
  for (let size = -1; size !== going.size && going.size > 0; ) {
    size = going.size;
    const root = going.has('root') ? drafts.root : undefined;
    const targets = new Map([...(drafts.targets ?? [])].filter(([role]) => going.has(role)));
    const part = { before, drafts: { root, targets } };
    for (const role of await failing(part, held)) going.delete(role);
  }
  return going;
}

async function failing(part: Proposal, held: ReadonlySet<string>): Promise<string[]> {
  const { before, drafts } = part;
  if (before === undefined && drafts.root === undefined) return [...(drafts.targets?.keys() ?? [])];
  const published = before?.targets.get('targets');
  if (drafts.root !== undefined && published !== undefined && drafts.targets?.has('targets') !== true) {
    // Targets whose keys the new root replaces go with it, or neither goes.
    if (!(await answer(isSignedUnder(drafts.root.document(), 'targets', published), operatorCrypto()))) return ['root'];
  }
  try {
    const found = await signatureNeeds(part, operatorCrypto());
    return found.filter((each) => !isSignable(each, part, held)).map(({ draft }) => draft.role);
  } catch (error) {
    if (!isTufError(error) || error.role === undefined || drafts.targets?.has(error.role) !== true) throw error;
    return [error.role];
  }
}

/** Whether keys at hand have still to sign a draft. */
function isOurs({ authorities, needs }: DraftNeeds, held: ReadonlySet<string>): boolean {
  return needs.some(({ missing, more }, i) => {
    return more > 0 && missing.some(({ keyid }) => isHeld(keyid, authorities[i] as Authority, held));
  });
}

/** How others sign what is staged in a folder. */
export function eventSteps(folder: string): string[] {
  const event = place('EVENT');
  return [commandLine('review', folder, option('to', event)), signLine(event), commandLine('merge', folder, event)];
}

/** How somebody signs an event elsewhere, from a root of his own. */
export function signLine(event: string | Place): string {
  return commandLine('sign', event, option('key', place('URI')), option('root', place('ROOT')));
}

/** Drafts that nobody publishes any more, whoever signs them. */
function uselessDraft(
  { role, signed, signatures }: Draft,
  { before }: Proposal,
  folder: string,
  at: Date,
): StagedWarning[] {
  const published = (role === 'root' ? before?.root : before?.targets.get(role))?.signed.version;
  if (published !== undefined && signed.version <= published) {
    const text = `the draft of ${role} is stale: it is version ${signed.version}, and version ${published} is published`;
    return [{ code: 'stale-draft', role, text, next: [commandLine('discard', folder, role)] }];
  }
  // One that nobody has signed gets a new date on its way.
  if (signatures.length === 0 || signed.expiresAt.milliseconds > at.getTime()) return [];
  const text = `the draft of ${role} expired at ${signed.expires}, and its signatures with it`;
  return [{ code: 'expired-draft', role, text, next: [commandLine('renew', folder, role)] }];
}

/** What `publish` refuses since no client would find it. */
async function unreachable(proposal: Proposal, folder: string): Promise<StagedWarning[]> {
  const warnings: StagedWarning[] = [];
  await warnOfMissed(proposal, operatorReach(), (code, role, text) => {
    if (code !== 'targets-unreachable') return;
    const next = [
      commandLine('remove', folder, place('PATH'), option('role', role)),
      commandLine('delegate', folder, role, option('paths', place('PATTERN'))),
    ];
    warnings.push({ code, role, text, next });
  });
  return warnings;
}

/** Keys without which nothing is published here, though all drafts can be signed. */
async function absentKeys(
  { before, drafts }: Proposal,
  going: readonly DraftNeeds[],
  held: ReadonlySet<string>,
  folder: string,
): Promise<StagedWarning[]> {
  const draft = going.some(({ draft: { role } }) => role === 'root') ? drafts.root : undefined;
  const root = draft?.signed ?? before?.root.signed;
  if (going.length === 0 || root === undefined) return [];
  const lacking = (of: Root): ('snapshot' | 'timestamp')[] => {
    return (['snapshot', 'timestamp'] as const).filter((role) => {
      return !topLevelAuthorities(role, of, undefined).every((authority) => canSign(authority, held));
    });
  };
  const importLine = commandLine('key import', folder, place('URI'));
  const [role, other] = lacking(root);
  if (role !== undefined) {
    const names = other === undefined ? role : `${role} and ${other}`;
    const text = `publishing needs the keys of ${names}, which are not at hand: publish where they are, or bring them here`;
    return [{ code: 'keys-absent', role, text, next: [commandLine('key list', folder), importLine] }];
  }
  if (draft === undefined || before === undefined || (await isSuccessor(draft, before))) return [];
  const targets = going.find((each) => each.draft.role === 'targets');
  const former =
    targets?.authorities.findIndex((authority) => isFormer('targets', authority, { before, drafts })) ?? -1;
  const isLost =
    former >= 0 && !canMeet(targets?.needs[former] as SignatureNeed, targets?.authorities[former] as Authority, held);
  const lost = [...(isLost ? ['targets'] : []), ...lacking(before.root.signed)];
  if (lost.length === 0) return [];
  const text = `the replaced keys of ${lost.join(' and ')} are not at hand: bring them along for this release; only where they are lost, publish with --accept-gap, and clients are refused for a moment`;
  const next = [importLine, commandLine('publish', folder, option('accept-gap'))];
  return [{ code: 'replaced-key-absent', role: lost[0] as string, text, next }];
}

/** Whether clients of a new root accept what is published already, so that no old key has to sign along. @spec 6.1-b */
async function isSuccessor(root: Draft<Root>, { timestamp, snapshot, targets }: Published): Promise<boolean> {
  const document = root.document();
  const listed = targets.get('targets');
  return (
    (await answer(isSignedUnder(document, 'timestamp', timestamp), operatorCrypto())) &&
    (await answer(isSignedUnder(document, 'snapshot', snapshot), operatorCrypto())) &&
    (listed === undefined || (await answer(isSignedUnder(document, 'targets', listed), operatorCrypto())))
  );
}
