/**
 * Signatures on drafts: asked of signers one after another, each verified at once, counted as a client counts them.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { type PublicKey, parsePublicKey } from '../metadata/public-key.ts';
import { checkThreshold } from '../trust/arbitrary-software.ts';
import type { Authority } from '../trust/authority.ts';
import type { DetachedSignature, Draft } from './draft.ts';
import { isSignatureBy, isVerified, keyidsOfSigner, keyListed } from './listed-key.ts';
import { answer } from './proof.ts';
import { refused } from './refusal.ts';
import type { Signer } from './signer.ts';

/** What a role still lacks. */
export interface MissingSignatures {
  readonly role: string;
  /** The role whose keys are required: a new root needs those of the old root and its own. */
  readonly delegator: string;
  readonly threshold: number;
  readonly validKeyids: readonly string[];
  /** Any of these can bring the role further. */
  readonly missingKeyids: readonly string[];
}

/** A draft after signing: whole, or with the names of those who can still sign. */
export type Signing<T extends DocumentHead> =
  | { readonly complete: true; readonly document: Signed<T> }
  | { readonly complete: false; readonly draft: Draft<T>; readonly missing: readonly MissingSignatures[] };

/**
 * Signs a draft with every signer whose key one of the authorities lists and that has not signed yet. The document is
 * complete when every authority's threshold is met: for a root the old root's and its own (6.1-c), for a delegated role
 * that of each delegator.
 *
 * @param welcome authorities whose signatures are added where a signer is at hand, and are not required.
 * @throws {@link TufError} `ERR_TUF_SIGNER` where a signer fails or signs other bytes; `ERR_TUF_REPOSITORY_REFUSED` where
 * the draft carries a signature over other bytes.
 * @spec 4.2.1-e, 6.1-c, 6.3.1, A-04
 */
export async function signDraft<T extends DocumentHead>(
  draft: Draft<T>,
  signers: readonly Signer[],
  authorities: readonly Authority[],
  crypto: Crypto,
  welcome: readonly Authority[] = [],
): Promise<Signing<T>> {
  const all = [...authorities, ...welcome];
  await checkSignatures(draft, all, crypto);
  const signed = new Set(draft.signatures.filter(({ sig }) => sig !== '').map(({ keyid }) => keyid));
  const added: DetachedSignature[] = [];
  for (const signer of signers) {
    const keyids = keyidsOfSigner(signer, all).filter((keyid) => !signed.has(keyid));
    if (keyids.length === 0) continue;
    const signature = await signOnce(draft, signer, keyids[0] as string, crypto);
    for (const keyid of keyids) {
      signed.add(keyid);
      added.push({ keyid, signature });
    }
  }
  return assess(added.length === 0 ? draft : draft.withSignatures(added), authorities, crypto);
}

/**
 * Attaches signatures that were made elsewhere, and says what is missing then.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a signature by nobody who is asked, or over other bytes.
 */
export async function attachSignatures<T extends DocumentHead>(
  draft: Draft<T>,
  signatures: readonly DetachedSignature[],
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<Signing<T>> {
  for (const { keyid } of signatures) {
    if (keyListed(keyid, authorities) !== undefined) continue;
    const hint = 'the key was removed from the role, or the signature belongs to another document';
    throw refused(draft.role, `no key of this role has the id ${keyid}`, hint);
  }
  const next = draft.withSignatures(signatures);
  await checkSignatures(next, authorities, crypto);
  return assess(next, authorities, crypto);
}

/** The error for a document that lacks signatures. */
export function unsigned(missing: MissingSignatures): TufError<'ERR_TUF_REPOSITORY_UNSIGNED'> {
  const { role, delegator, threshold, validKeyids, missingKeyids } = missing;
  const whose = role === 'root' && delegator !== 'root' ? ` of ${delegator}` : '';
  return new TufError(
    'ERR_TUF_REPOSITORY_UNSIGNED',
    `${role}: ${validKeyids.length} of ${threshold} signatures${whose}`,
    { role, threshold, validKeyids, missingKeyids },
    { hint: `have it signed by one of ${missingKeyids.join(', ')}` },
  );
}

async function assess<T extends DocumentHead>(
  draft: Draft<T>,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<Signing<T>> {
  const document = draft.document();
  const missing: MissingSignatures[] = [];
  for (const authority of authorities) {
    try {
      await answer(checkThreshold(authority, document), crypto);
    } catch (error) {
      if (!(error instanceof TufError) || error.code !== 'ERR_TUF_UNSIGNED') throw error;
      const { role, delegator, threshold } = authority;
      const { validKeyids } = error.evidence as { readonly validKeyids: readonly string[] };
      const missingKeyids = authority.keyids.filter((keyid) => !validKeyids.includes(keyid));
      missing.push({ role, delegator, threshold, validKeyids, missingKeyids });
    }
  }
  return missing.length === 0 ? { complete: true, document } : { complete: false, draft, missing };
}

async function signOnce(draft: Draft, signer: Signer, keyid: string, crypto: Crypto): Promise<Uint8Array> {
  const { keytype, scheme, keyval } = signer.key;
  const key = parsePublicKey(keytype, scheme, keyval.public) as PublicKey;
  const signature = (await signer.sign(draft.message(), { role: draft.role })).slice();
  if (await isVerified(key, draft, signature, crypto)) return signature;
  const hint = 'the signer changed or hashed what it was given, or holds another key than it says';
  throw new TufError(
    'ERR_TUF_SIGNER',
    `${draft.role}: the signature by ${keyid} is over other bytes`,
    { keyid },
    { hint },
  );
}

async function checkSignatures(draft: Draft, authorities: readonly Authority[], crypto: Crypto): Promise<void> {
  for (const entry of draft.signatures) {
    const key = keyListed(entry.keyid, authorities);
    // An empty signature is the place of one that is to come, as some ceremonies write it.
    if (key === undefined || entry.sig === '') continue;
    if (await isSignatureBy(key, draft, entry, crypto)) continue;
    const hint = 'the document was changed after it was signed, or the signature belongs to another one: sign it again';
    throw refused(draft.role, `the signature by ${entry.keyid} is over other bytes`, hint);
  }
}
