/**
 * Who still has to sign: for each draft and each authority over it, who has signed, who can, and how many more it takes.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Authority, topLevelAuthority } from '../trust/authority.ts';
import { isSignedUnder } from '../trust/trusted.ts';
import type { Draft } from './draft.ts';
import type { Proposal } from './event.ts';
import { identityOfSigner, isSignatureBy, keyidsOfSigner, keyListed, listedKey } from './listed-key.ts';
import { type KeyName, ownerOf } from './owner.ts';
import { answer } from './proof.ts';
import { draftAuthorities } from './release.ts';
import type { Signer } from './signer.ts';

/** What one authority asks of a draft. */
export interface SignatureNeed {
  readonly role: string;
  /** Whose keys are asked: `root version 1`, or the role that delegates. */
  readonly delegator: string;
  readonly threshold: number;
  /** Whose signatures are there and right. */
  readonly signed: readonly KeyName[];
  /** Whose are not, of those keys that can sign at all. */
  readonly missing: readonly KeyName[];
  /** How many more it takes; 0 where the threshold is met. */
  readonly more: number;
}

/** A draft of a change, with all that have a say in it. */
export interface DraftNeeds {
  readonly draft: Draft;
  readonly authorities: readonly Authority[];
  readonly needs: readonly SignatureNeed[];
  /** Signatures that stand in the draft and are false, by the keyid that they claim. */
  readonly falseKeyids: readonly string[];
}

/** The drafts of a change in the order in which they are read: root, targets, delegated roles. */
export function draftsIn({ drafts }: Pick<Proposal, 'drafts'>): Draft[] {
  const targets = [...(drafts.targets?.values() ?? [])] as Draft[];
  const first = targets.filter(({ role }) => role === 'targets');
  const others = targets.filter(({ role }) => role !== 'targets');
  return [...(drafts.root === undefined ? [] : [drafts.root as Draft]), ...first, ...others];
}

/**
 * Who has signed the drafts of a change, and who still has to.
 *
 * A root is signed under the old root and under its own keys. Targets whose keys were replaced are signed under both
 * roots too: clients read them before and after they have seen the new one.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role that nobody delegates to.
 * @spec 4.2.1-e, 6.1-b, 6.1-c, A-04
 */
export async function signatureNeeds(proposal: Proposal, crypto: Crypto): Promise<DraftNeeds[]> {
  const authoritiesOf = draftAuthorities(proposal.before, proposal.drafts);
  const found: DraftNeeds[] = [];
  for (const draft of draftsIn(proposal)) {
    const authorities = [...(await formerAuthority(draft.role, proposal, crypto)), ...authoritiesOf(draft.role)];
    const named = authorities.map((authority) => nameAuthority(authority, proposal));
    const verdicts = await judgeSignatures(draft, named, crypto);
    const needs = named.map((authority) => needOf(authority, verdicts));
    const falseKeyids = [...verdicts].filter(([, isRight]) => !isRight).map(([keyid]) => keyid);
    found.push({ draft, authorities: named, needs, falseKeyids });
  }
  return found;
}

/**
 * What each of some authorities asks of one document, and who has given it.
 *
 * @param draft of a published document, too.
 * @spec 4.2.1-e, A-04
 */
export async function needsOf(
  draft: Draft,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<SignatureNeed[]> {
  const verdicts = await judgeSignatures(draft, authorities, crypto);
  return authorities.map((authority) => needOf(authority, verdicts));
}

/** The new root's keys are called by its version, so that nobody takes them for the old one's. */
function nameAuthority(authority: Authority, { before, drafts }: Proposal): Authority {
  if (authority.delegator !== 'root') return authority;
  const version = drafts.root?.signed.version ?? before?.root.signed.version;
  return { ...authority, delegator: `root version ${version}` };
}

/** The old root's say in targets, where what is published is not enough for clients of the new one. */
async function formerAuthority(role: string, { before, drafts }: Proposal, crypto: Crypto): Promise<Authority[]> {
  const published = before?.targets.get('targets');
  if (role !== 'targets' || before === undefined || drafts.root === undefined || published === undefined) return [];
  if (await answer(isSignedUnder(drafts.root.document(), 'targets', published), crypto)) return [];
  const { version } = before.root.signed;
  return [{ ...topLevelAuthority(before.root, 'targets'), delegator: `root version ${version}` }];
}

/** Each signature by a key that is asked: right or not. Empty ones are places of those to come. */
async function judgeSignatures(
  draft: Draft,
  authorities: readonly Authority[],
  crypto: Crypto,
): Promise<Map<string, boolean>> {
  const verdicts = new Map<string, boolean>();
  for (const signature of draft.signatures) {
    const key = signature.sig === '' ? undefined : keyListed(signature.keyid, authorities);
    if (key !== undefined) verdicts.set(signature.keyid, await isSignatureBy(key, draft, signature, crypto));
  }
  return verdicts;
}

function needOf(authority: Authority, verdicts: ReadonlyMap<string, boolean>): SignatureNeed {
  const { role, delegator, threshold, keyids, keys } = authority;
  const counted = new Set<string>();
  const signed: KeyName[] = [];
  const missing: (KeyName & { readonly identity: string })[] = [];
  for (const keyid of keyids) {
    const key = listedKey(authority, keyid);
    if (key === undefined) continue;
    const name = { keyid, owner: ownerOf(keys.get(keyid)) };
    if (verdicts.get(keyid) !== true) missing.push({ ...name, identity: key.identity });
    else {
      counted.add(key.identity);
      signed.push(name);
    }
  }
  // One secret counts once, whatever it is listed as.
  const open = missing.filter(({ identity }) => !counted.has(identity)).map(({ keyid, owner }) => ({ keyid, owner }));
  return { role, delegator, threshold, signed, missing: open, more: Math.max(0, threshold - counted.size) };
}

/** Whether these signers can complete every draft of a change. */
export function canComplete(found: readonly DraftNeeds[], signers: readonly Pick<Signer, 'key'>[]): boolean {
  const held = new Set(signers.map(identityOfSigner).filter((identity) => identity !== undefined));
  return found.every(({ authorities, needs }) =>
    authorities.every((authority, i) => {
      const { missing, more } = needs[i] as SignatureNeed;
      const ours = new Set(missing.map(({ keyid }) => listedKey(authority, keyid)?.identity ?? ''));
      return [...ours].filter((identity) => held.has(identity)).length >= more;
    }),
  );
}

/** Whether one of these authorities lists the key of a signer, under whatever id. */
export function asksFor(authorities: readonly Authority[], signer: Pick<Signer, 'key'>): boolean {
  return keyidsOfSigner(signer, authorities).length > 0;
}

/** A change with some of its drafts replaced by the same ones with other signatures. */
export function withDrafts({ before, drafts }: Proposal, changed: readonly Draft[]): Proposal {
  const targets = new Map(drafts.targets);
  let { root } = drafts;
  for (const draft of changed) {
    if (draft.role === 'root') root = draft as Draft as typeof root;
    else targets.set(draft.role, draft as Draft as Draft<Targets>);
  }
  return { before, drafts: { ...drafts, root, targets } };
}
