/**
 * What is staged, for `tufa status`: who still has to sign, and which drafts lead nowhere.
 *
 * @module
 */
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import type { Draft } from '../repository/draft.ts';
import { type DraftNeeds, type SignatureNeed, signatureNeeds } from '../repository/needs.ts';
import type { KeyName } from '../repository/owner.ts';
import type { Published } from '../repository/published.ts';
import type { MissingSignatures } from '../repository/signing.ts';
import { askedKeyids } from './key-source.ts';
import { isEmpty, readDrafts } from './proposal.ts';
import type { StatusWarning } from './status-report.ts';
import type { Workspace } from './workspace.ts';

/** A draft, and what it lacks. */
export interface StagedStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly missing: readonly MissingSignatures[];
  /** Of each authority that has a say in it. */
  readonly needs: readonly SignatureNeed[];
  /** Signatures that stand in the draft and are false. */
  readonly falseKeyids: readonly string[];
  /** The commands that bring it further. */
  readonly next: readonly string[];
}

/** The drafts of a folder, and warnings of those that cannot be published. */
export async function stagedStatus(
  workspace: Workspace,
  before: Published | undefined,
  at: Date,
): Promise<{ readonly staged: StagedStatus[]; readonly warnings: StatusWarning[] }> {
  const { folder } = workspace;
  try {
    const proposal = { before, drafts: await readDrafts(workspace, before) };
    if (isEmpty(proposal)) return { staged: [], warnings: [] };
    const found = await signatureNeeds(proposal, nodeCrypto());
    const staged = [];
    for (const each of found) staged.push(await describe(each, workspace));
    return { staged, warnings: found.flatMap(({ draft }) => warningOf(draft, before, folder, at)) };
  } catch (error) {
    if (!isTufError(error) || error.family === 'unavailable') throw error;
    const text = `what is staged cannot be published: ${error.message}`;
    const next = [`tufa discard ${folder}`];
    return { staged: [], warnings: [{ code: 'unreadable-drafts', role: error.role ?? null, text, next }] };
  }
}

async function describe(found: DraftNeeds, workspace: Workspace): Promise<StagedStatus> {
  const { draft, needs, falseKeyids } = found;
  return {
    role: draft.role,
    version: draft.signed.version,
    expires: draft.signed.expires,
    missing: needs.filter(({ more }) => more > 0).map(missingOf),
    needs,
    falseKeyids,
    next: await nextFor(found, workspace),
  };
}

/** Whether the keys that the folder names are enough, or others have to be asked. */
async function nextFor({ authorities, needs }: DraftNeeds, { folder, config }: Workspace): Promise<string[]> {
  const isOurs = async (need: SignatureNeed, i: number): Promise<boolean> => {
    let ours = 0;
    const { keys } = authorities[i] as DraftNeeds['authorities'][number];
    for (const { keyid } of need.missing) {
      const known = await askedKeyids([
        { authorities: [{ role: '', delegator: '', threshold: 1, keyids: [keyid], keys }] },
      ]);
      if ([...known].some((id) => config.signers.has(id))) ours += 1;
    }
    return ours >= need.more;
  };
  const all = await Promise.all(needs.map(isOurs));
  if (all.every((isMet) => isMet)) return [`tufa publish ${folder}`];
  return [`tufa review ${folder} --to FILE`, 'tufa sign FILE --key URI --root FILE', `tufa merge ${folder} FILE`];
}

function missingOf({ role, delegator, threshold, signed, missing }: SignatureNeed): MissingSignatures {
  const keyids = (names: readonly KeyName[]): string[] => names.map(({ keyid }) => keyid);
  return { role, delegator, threshold, validKeyids: keyids(signed), missingKeyids: keyids(missing) };
}

function warningOf(
  { role, signed, signatures }: Draft,
  before: Published | undefined,
  folder: string,
  at: Date,
): StatusWarning[] {
  const published = (role === 'root' ? before?.root : before?.targets.get(role))?.signed.version;
  if (published !== undefined && signed.version <= published) {
    const text = `the draft of ${role} is stale: it is version ${signed.version}, and version ${published} is published`;
    return [{ code: 'stale-draft', role, text, next: [`tufa discard ${folder} ${role}`] }];
  }
  // One that nobody has signed gets a new date on its way.
  if (signatures.length === 0 || signed.expiresAt.milliseconds > at.getTime()) return [];
  const text = `the draft of ${role} expired at ${signed.expires}, and its signatures with it`;
  return [{ code: 'expired-draft', role, text, next: [`tufa renew ${folder} ${role}`] }];
}
