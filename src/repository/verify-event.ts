/**
 * Whether an event stands on what is published: the way from a root that the signer knows to the documents that the drafts
 * follow.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { delegatedRoles } from '../metadata/delegations.ts';
import { encodeHex } from '../metadata/hex.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { delegatedAuthority, topLevelAuthority } from '../trust/authority.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import {
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../trust/trusted.ts';
import type { Draft } from './draft.ts';
import { malformed, type Proposal, type SigningEvent, within } from './event.ts';
import { answer, beforeAllExpiry } from './proof.ts';
import type { Published } from './published.ts';
import { refused } from './refusal.ts';
import { draftAuthorities, type ReleaseDrafts } from './release.ts';

/**
 * Verifies what an event takes for published, from a root that the signer knows, as a client would but for expiry. The
 * drafts are what they are: nobody has signed them yet.
 *
 * @param knownRoot a root from the signer's own hands; `undefined` for the first release, which has nothing to start from.
 * @throws {@link TufError} the codes of a client that refuses; `ERR_TUF_CONFLICT` for an event that is older than the root
 * that is known, and for a draft of a version that is published; `ERR_TUF_REPOSITORY_REFUSED` for a draft that cannot
 * follow, or that nobody delegates to.
 * @spec 5.3.4a, 5.3.4b, 5.3.5, A-45
 */
export async function verifyEvent(
  event: SigningEvent,
  knownRoot: Uint8Array | undefined,
  crypto: Crypto,
): Promise<Proposal> {
  const before = await verifyPublished(event, knownRoot, crypto);
  const drafts = draftsOf(event);
  checkRootDraft(drafts.root, before?.root.signed.version);
  const authoritiesOf = draftAuthorities(before, drafts);
  for (const role of drafts.targets?.keys() ?? []) authoritiesOf(role);
  return { before, drafts };
}

function draftsOf({ documents }: SigningEvent): ReleaseDrafts {
  let root: Draft<Root> | undefined;
  const targets = new Map<string, Draft<Targets>>();
  for (const { role, draft } of documents) {
    if (draft === undefined) continue;
    if (role === 'root') root = draft as Draft as Draft<Root>;
    else targets.set(role, draft as Draft as Draft<Targets>);
  }
  return { root, targets };
}

function checkRootDraft(root: Draft<Root> | undefined, published: number | undefined): void {
  if (published === undefined && root === undefined) throw malformed('the first release has a root', '/documents');
  if (root === undefined) return;
  const { version } = root.signed;
  if (published !== undefined && version <= published) throw staleDraft('root', version, published);
  if (version === (published ?? 0) + 1) return;
  const hint = 'clients take root versions one by one: do not sign it';
  throw refused('root', `version ${version} cannot follow version ${published ?? 0}`, hint);
}

/** For a draft of a version that is published, or older. */
export function staleDraft(role: string, version: number, published: number): TufError<'ERR_TUF_CONFLICT'> {
  const message = `${role}: this draft is for version ${version}, and version ${published} is published already`;
  const hint =
    'somebody published meanwhile: make the change again on top of that, and write a new event with: tufa review DIR --to FILE';
  const evidence = { path: `${role}.json`, expected: `version ${published + 1}`, found: `version ${version}` };
  return new TufError('ERR_TUF_CONFLICT', message, evidence, { hint });
}

async function verifyPublished(
  { published, documents }: SigningEvent,
  knownRoot: Uint8Array | undefined,
  crypto: Crypto,
): Promise<Published | undefined> {
  const context: TrustContext = { time: beforeAllExpiry };
  const known = knownRoot && (await answer(trustPinnedRoot(knownRoot, context), crypto));
  if (published === undefined) {
    if (known === undefined) return undefined;
    const trustedVersion = known.signed.version;
    const message = `event: takes nothing for published, and you know root version ${trustedVersion}`;
    const hint = 'do not sign it: the repository would begin anew, with keys that nobody vouches for';
    const evidence = { role: 'root', subject: 'root', trustedVersion, version: undefined };
    throw new TufError('ERR_TUF_ROLLBACK', message, evidence, { hint });
  }
  if (known === undefined) throw new TypeError('an event of a published repository is verified from a root');
  const root = await followRoots(known, published.roots, context, crypto);
  const timestamp = await answer(trustTimestamp(root, published.timestamp, undefined, context), crypto);
  const snapshot = await answer(trustSnapshot(root, timestamp, published.snapshot, undefined, context), crypto);
  const previous = new Map(documents.map((document) => [document.role, document.previous]));
  const targets = new Map<string, Trusted<Targets>>();
  const pending = [topLevelAuthority(root, 'targets')];
  for (let authority = pending.shift(); authority !== undefined; authority = pending.shift()) {
    const { role } = authority;
    const bytes = previous.get(role);
    if (targets.has(role) || bytes === undefined) continue;
    targetsMeta(snapshot, role);
    const document = await answer(trustTargets(authority, snapshot, bytes, context), crypto);
    targets.set(role, document);
    const { delegations } = document.signed;
    for (const delegated of delegations === undefined ? [] : delegatedRoles(delegations, previous.keys())) {
      if (previous.has(delegated.name)) pending.push(delegatedAuthority(document, delegated));
    }
  }
  documents.forEach(({ role, previous: bytes }, i) => {
    const pointer = `/documents/${i}/previous`;
    if (bytes !== undefined && !targets.has(role))
      throw malformed(`${role}: nothing published delegates to it`, pointer);
    const listed = role === 'root' ? undefined : snapshot.signed.meta.version(`${role}.json`);
    if (bytes === undefined && listed !== undefined) {
      throw malformed(`${role}: version ${listed} is published, and the event does not hold it`, pointer);
    }
  });
  return { root, timestamp, snapshot, targets, unread: new Set() };
}

/** From the root that is known to the newest of the event. */
async function followRoots(
  known: Trusted<Root>,
  roots: readonly Uint8Array[],
  context: TrustContext,
  crypto: Crypto,
): Promise<Trusted<Root>> {
  const versions = roots.map((bytes, i) => within(`/published/roots/${i}`, () => parseRoot(bytes)).signed.version);
  versions.forEach((version, i) => {
    if (i > 0 && version !== (versions[i - 1] as number) + 1) {
      throw malformed('roots are not consecutive', `/published/roots/${i}/signed/version`);
    }
  });
  const { version } = known.signed;
  const [oldest, newest] = [versions[0] as number, versions.at(-1) as number];
  if (newest < version) {
    const message = `event: it was made when root version ${newest} was published, and you know version ${version}`;
    const hint = 'somebody published meanwhile: ask for an event that is made on top of that';
    const evidence = { path: 'root.json', expected: `version ${version}`, found: `version ${newest}` };
    throw new TufError('ERR_TUF_CONFLICT', message, evidence, { hint });
  }
  if (oldest > version) {
    const message = `event: its roots begin with version ${oldest}, and you know version ${version}`;
    const hint = 'give a newer root with --root, one that you have from where you trust, as from an application';
    throw new TufError(
      'ERR_TUF_VERSION_MISMATCH',
      message,
      { role: 'root', expected: version, version: oldest },
      { hint },
    );
  }
  const same = parseRoot(roots[version - oldest] as Uint8Array);
  if (!equalBytes(same.message(), known.message())) {
    const [expected, found] = await Promise.all(
      [known, same].map(async (each) => encodeHex(await crypto.digest('sha256', each.message()))),
    );
    const message = `event: its root version ${version} is not the one that you know`;
    const hint = 'do not sign it: it belongs to another repository, or somebody wants you to believe so';
    throw new TufError(
      'ERR_TUF_HASH_MISMATCH',
      message,
      { role: 'root', algorithm: 'sha256', expected, found },
      { hint },
    );
  }
  let root = known;
  for (const bytes of roots.slice(version - oldest + 1))
    root = await answer(trustNextRoot(root, bytes, context), crypto);
  return root;
}
