/**
 * What a signer decides about: the change of each draft as values, warnings by rule, who still has to sign, and the digest
 * of the bytes that are signed. Documents in, values out: how they are worded is the business of whoever shows them.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { JsonObject } from '../metadata/json.ts';
import { type Change, changesOf } from './change.ts';
import { type Draft, digestOf } from './draft.ts';
import type { Proposal } from './event.ts';
import { type DraftNeeds, type SignatureNeed, signatureNeeds } from './needs.ts';
import { type ReviewWarning, warningsOf } from './review-warnings.ts';

export type { ReviewWarning, ReviewWarningCode } from './review-warnings.ts';

/** One draft, seen by a signer. */
export interface DocumentReview {
  readonly role: string;
  readonly version: number;
  /** `null` for a new role. */
  readonly previousVersion: number | null;
  readonly expires: string;
  readonly changes: readonly Change[];
  readonly needs: readonly SignatureNeed[];
  /** SHA-256 of the bytes that are signed, in lower-case hex. */
  readonly sha256: string;
}

export interface Review {
  /** The published state that the change is made on; `null` before the first release. */
  readonly published: { readonly root: number; readonly timestamp: number; readonly snapshot: number } | null;
  /** What a signer should look at first. */
  readonly warnings: readonly ReviewWarning[];
  /** Root, targets, delegated roles. */
  readonly documents: readonly DocumentReview[];
}

/**
 * Reviews a change. What is published in it has been verified, by `readPublished` or `verifyEvent`.
 *
 * @param now for warnings about expiry.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a draft of a role that nobody delegates to.
 */
export async function reviewProposal(
  proposal: Proposal,
  { crypto, now }: { readonly crypto: Crypto; readonly now: Date },
): Promise<Review> {
  const { before } = proposal;
  const found = await signatureNeeds(proposal, crypto);
  const documents = await Promise.all(found.map((each) => reviewDraft(each, proposal, crypto)));
  return {
    published:
      before === undefined
        ? null
        : {
            root: before.root.signed.version,
            timestamp: before.timestamp.signed.version,
            snapshot: before.snapshot.signed.version,
          },
    warnings: await warningsOf(proposal, documents, found, { crypto, now }),
    documents,
  };
}

async function reviewDraft({ draft, needs }: DraftNeeds, proposal: Proposal, crypto: Crypto): Promise<DocumentReview> {
  const { role, signed } = draft;
  const previous = role === 'root' ? proposal.before?.root : proposal.before?.targets.get(role);
  return {
    role,
    version: signed.version,
    previousVersion: previous?.signed.version ?? null,
    expires: signed.expires,
    changes: changesBetween(previous?.signedJson(), draft),
    needs,
    sha256: await digestOf(draft, crypto),
  };
}

function changesBetween(before: JsonObject | undefined, draft: Draft): Change[] {
  return changesOf(draft.role === 'root' ? 'root' : 'targets', before, draft.signedJson());
}
