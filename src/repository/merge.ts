/**
 * Merging is adding signatures: in any order, any number of times, each verified over the bytes that are staged here.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { TufError } from '../errors.ts';
import { Signed } from '../metadata/document.ts';
import type { Authority } from '../trust/authority.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import { type DetachedSignature, type Draft, digestOf } from './draft.ts';
import type { Proposal } from './event.ts';
import { isSignatureBy, keyListed } from './listed-key.ts';
import { draftsIn } from './needs.ts';
import { ownerOf } from './owner.ts';
import { topLevelAuthorities } from './published.ts';
import { draftAuthorities } from './release.ts';
import { staleDraft } from './verify-event.ts';

/** One signature of a file that was merged, and what became of it. */
export interface MergedSignature {
  readonly role: string;
  readonly version: number;
  readonly keyid: string;
  readonly owner: string | null;
  /**
   * - `added`: it is right, and was not there
   * - `repeated`: the draft has a right one by this key already
   * - `other-bytes`: it is right over another draft of this version, which is not the one that is staged here
   * - `unknown-key`: by no key of the role
   * - `false`: over no bytes that are known
   * - `not-staged`: for a role of which nothing is staged
   */
  readonly outcome: 'added' | 'repeated' | 'other-bytes' | 'unknown-key' | 'false' | 'not-staged';
  /** SHA-256 of the bytes that are staged and of those that were signed, where they differ. */
  readonly staged?: string;
  readonly signed?: string;
}

export interface Merged {
  /** The drafts that have more signatures now. */
  readonly changed: readonly Draft[];
  readonly signatures: readonly MergedSignature[];
  /** For each draft whose version is published meanwhile: nothing of it was taken. */
  readonly stale: readonly TufError<'ERR_TUF_CONFLICT'>[];
  /** Roles and versions that are published as they are in the file: nothing is left to do. */
  readonly published: readonly { readonly role: string; readonly version: number }[];
}

/**
 * Adds the signatures of drafts that were signed elsewhere to the drafts that are staged here.
 *
 * @param offered drafts out of files; nothing of them is believed.
 * @spec 4.2.1-e, 6.1-c
 */
export async function mergeSignatures(proposal: Proposal, offered: Iterable<Draft>, crypto: Crypto): Promise<Merged> {
  const staged = new Map(draftsIn(proposal).map((draft) => [draft.role, draft]));
  const changed = new Map<string, Draft>();
  const signatures: MergedSignature[] = [];
  const stale: TufError<'ERR_TUF_CONFLICT'>[] = [];
  const published: { role: string; version: number }[] = [];
  const authoritiesOf = staged.size === 0 ? () => [] : authoritiesWith(proposal);
  for (const offer of offered) {
    const { role } = offer;
    const { version } = offer.signed;
    const current = publishedOf(proposal, role);
    if (current !== undefined && version <= current.signed.version) {
      const isSame = version === current.signed.version && equalBytes(current.message(), offer.message());
      if (isSame) published.push({ role, version });
      else stale.push(staleDraft(role, version, current.signed.version));
      continue;
    }
    const draft = changed.get(role) ?? staged.get(role);
    if (draft === undefined) {
      for (const { keyid } of offer.signatures) {
        signatures.push({ role, version, keyid, owner: null, outcome: 'not-staged' });
      }
      continue;
    }
    const judged = await judgeOffer(draft, offer, authoritiesOf(role), crypto);
    signatures.push(...judged.signatures);
    if (judged.added.length > 0) changed.set(role, draft.withSignatures(judged.added));
  }
  return { changed: [...changed.values()], signatures, stale, published };
}

/** With the keys that signed until now: their signatures are welcome on a release that replaces them. */
function authoritiesWith(proposal: Proposal): (role: string) => readonly Authority[] {
  const authoritiesOf = draftAuthorities(proposal.before, proposal.drafts);
  const former = proposal.before?.root.signed;
  return (role) => [
    ...authoritiesOf(role),
    ...(role === 'targets' && former !== undefined ? topLevelAuthorities('targets', former, undefined) : []),
  ];
}

function publishedOf({ before }: Proposal, role: string): Signed | undefined {
  return role === 'root' ? before?.root : before?.targets.get(role);
}

async function judgeOffer(
  draft: Draft,
  offer: Draft,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<{ readonly added: DetachedSignature[]; readonly signatures: MergedSignature[] }> {
  const { role } = draft;
  const isSame = equalBytes(draft.message(), offer.message());
  const digests = isSame ? {} : { staged: await digestOf(draft, crypto), signed: await digestOf(offer, crypto) };
  const there = new Map(draft.signatures.map((signature) => [signature.keyid, signature]));
  const added: DetachedSignature[] = [];
  const signatures: MergedSignature[] = [];
  for (const signature of offer.signatures) {
    const { keyid } = signature;
    // An empty one is the place of a signature that is to come.
    if (signature.sig === '') continue;
    const key = keyListed(keyid, authorities);
    const owner = ownerOf(authorities.find(({ keyids }) => keyids.includes(keyid))?.keys.get(keyid));
    const note = (outcome: MergedSignature['outcome'], more: object = {}): void => {
      signatures.push({ role, version: offer.signed.version, keyid, owner, outcome, ...more });
    };
    const present = there.get(keyid);
    if (key === undefined) note('unknown-key');
    else if (await isSignatureBy(key, draft, signature, crypto)) {
      if (present !== undefined && (await isSignatureBy(key, draft, present, crypto))) note('repeated');
      else {
        added.push({ keyid, signature: Signed.signatureBytes(signature) as Uint8Array });
        note('added');
      }
    } else if (!isSame && (await isSignatureBy(key, offer, signature, crypto))) note('other-bytes', digests);
    else note('false');
  }
  return { added, signatures };
}
