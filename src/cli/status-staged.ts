/**
 * What is staged, for `tufa status`: who still has to sign, and which drafts lead nowhere.
 *
 * @module
 */

import { isTufError } from '../errors.ts';
import type { Proposal } from '../repository/event.ts';
import type { SignatureNeed } from '../repository/needs.ts';
import type { KeyName } from '../repository/owner.ts';
import type { Published } from '../repository/published.ts';
import type { MissingSignatures } from '../repository/signing.ts';
import { commandLine } from './command-line.ts';
import { isEmpty, readDrafts } from './proposal.ts';
import type { SignerWorld } from './signers.ts';
import { type DraftOutlook, outlookOf } from './staged-outlook.ts';
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

interface StagedWork {
  readonly staged: readonly StagedStatus[];
  /** The documents; none where they cannot be read. */
  readonly drafts: Proposal['drafts'];
  readonly warnings: readonly StatusWarning[];
}

/** The drafts of a folder, and warnings of those that cannot be published. */
export async function stagedStatus(
  workspace: Workspace,
  before: Published | undefined,
  { at, world }: { readonly at: Date; readonly world: SignerWorld },
): Promise<StagedWork> {
  const { folder } = workspace;
  try {
    const proposal = { before, drafts: await readDrafts(workspace, before) };
    if (isEmpty(proposal)) return { staged: [], drafts: proposal.drafts, warnings: [] };
    const { drafts, warnings } = await outlookOf(proposal, workspace, { at, world });
    return { staged: drafts.map(describe), drafts: proposal.drafts, warnings: [...warnings] };
  } catch (error) {
    if (!isTufError(error) || error.family === 'unavailable') throw error;
    const text = `what is staged cannot be published: ${error.message}`;
    const next = [commandLine('discard', folder)];
    return { staged: [], drafts: {}, warnings: [{ code: 'unreadable-drafts', role: error.role ?? null, text, next }] };
  }
}

function describe({ draft, needs, falseKeyids, next }: DraftOutlook): StagedStatus {
  return {
    role: draft.role,
    version: draft.signed.version,
    expires: draft.signed.expires,
    missing: needs.filter(({ more }) => more > 0).map(missingOf),
    needs,
    falseKeyids,
    next,
  };
}

function missingOf({ role, delegator, threshold, signed, missing }: SignatureNeed): MissingSignatures {
  const keyids = (names: readonly KeyName[]): string[] => names.map(({ keyid }) => keyid);
  return { role, delegator, threshold, validKeyids: keyids(signed), missingKeyids: keyids(missing) };
}
