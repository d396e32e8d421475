import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { TufError } from '../errors.ts';
import { writeFileAtomic } from '../node/atomic-write.ts';
import { Draft, digestOf } from '../repository/draft.ts';
import { formatEvent, type Proposal, type SigningEvent } from '../repository/event.ts';
import { asksFor, type DraftNeeds, type SignatureNeed, signatureNeeds, withDrafts } from '../repository/needs.ts';
import { ownerOf } from '../repository/owner.ts';
import { topLevelAuthorities } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { type ReviewWarning, reviewProposal } from '../repository/review.ts';
import type { Signer } from '../repository/signer.ts';
import { signDraft } from '../repository/signing.ts';
import type { Authority } from '../trust/authority.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine, place } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { type NamedKey, namedKeyOptions, signerAt, signersAtHand } from './key-source.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { isEmpty, isFolder, readEventFile, readProposal } from './proposal.ts';
import { rootOption, verifyEventFile } from './review.ts';
import { keyWords, needWords, warningWords } from './review-words.ts';
import { checkRoles } from './role-names.ts';
import { writeDraft } from './staging.ts';
import { openWorkspace } from './workspace.ts';

interface SignOptions extends GlobalOptions {
  readonly key?: readonly NamedKey[];
  readonly role?: readonly string[];
  readonly root?: string;
  readonly digest?: readonly string[];
}

/** One signature that was made. */
interface MadeSignature {
  readonly role: string;
  readonly version: number;
  readonly keyid: string;
  readonly owner: string | null;
  readonly sha256: string;
}

export function signCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<SignOptions>(
    parent,
    {
      usage: 'sign <path>',
      summary: 'sign what is staged in a repository, or an event that somebody sent, with your own keys',
      options: [
        ...namedKeyOptions('--key <uri...>', 'the keys to sign with; for a repository, those at hand without it'),
        new Option('--role <name...>', 'sign for these roles only'),
        rootOption(),
        new Option('--digest <sha256...>', 'sign only what has one of these digests; a first root needs it'),
      ],
      json: ['signed', 'needs', 'warnings', 'next'],
      examples: [
        'sign event.json --key file:alice.pem --root root.json',
        `sign event.json --key 'exec:sign-by-token?arg=2' --public-key token.pem --root root.json`,
        'sign repository',
      ],
      action: sign,
    },
    io,
    outcome,
  );
}

async function sign(session: Session, options: SignOptions, [path]: readonly string[]): Promise<number> {
  const folder = await isFolder(path as string);
  const done = folder
    ? await signFolder(session, options, path as string)
    : await signEvent(session, options, path as string);
  for (const line of warningWords(done.warnings)) session.voice.warn(line);
  for (const { role, version, sha256, ...key } of done.signed) {
    session.voice.say(`signed ${role} version ${version} with ${keyWords(key)}: sha256 ${sha256}`);
  }
  if (done.signed.length === 0) session.voice.say('these keys have signed already: nothing is added');
  for (const need of done.needs) session.voice.say(`${need.role}: ${needWords(need)}`);
  const next = folder ? await nextInFolder(done, path as string, session) : nextOfFile(done, path as string, session);
  session.voice.result(
    { signed: done.signed, needs: done.needs, warnings: done.warnings, next },
    done.signed.map(({ sha256, role, version }) => `${sha256} ${role} ${version}`),
  );
  return 0;
}

async function nextInFolder({ proposal }: SignedProposal, folder: string, session: Session): Promise<string[]> {
  const outlook = await lookAhead(proposal, await openWorkspace(folder), session);
  return sayNext(session.voice, outlook, { isToldAlready: true });
}

/** Where the repository is, only whoever sent the file knows. */
function nextOfFile({ needs }: SignedProposal, file: string, { voice }: Session): string[] {
  const isWhole = needs.every(({ more }) => more === 0);
  voice.say(`${isWhole ? 'no signature is missing any more: ' : ''}send ${file} back to whoever sent it`);
  const next = [commandLine('merge', place('DIR'), file)];
  for (const command of next) voice.say(`next, where the repository is: ${command}`);
  return next;
}

interface SignedProposal {
  /** What was signed, with its signatures. */
  readonly proposal: Proposal;
  /** The drafts that have more signatures now. */
  readonly changed: readonly Draft[];
  readonly signed: readonly MadeSignature[];
  readonly needs: readonly SignatureNeed[];
  readonly warnings: readonly ReviewWarning[];
}

async function signFolder(session: Session, options: SignOptions, folder: string): Promise<SignedProposal> {
  const workspace = await openWorkspace(folder);
  const passphrase = session.passphrase();
  return workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const proposal = await readProposal(workspace);
    if (isEmpty(proposal))
      throw new UsageError(
        'nothing is staged that could be signed',
        `stage something first, and see it with: ${commandLine('review', folder)}`,
      );
    const done = await signProposal(proposal, options, session, async (found) => {
      if (options.key !== undefined) return openGiven(options.key, session);
      return signersAtHand(workspace, found, passphrase, session);
    });
    for (const draft of done.changed) await writeDraft(workspace, draft);
    return done;
  }, session.signal);
}

async function signEvent(session: Session, options: SignOptions, path: string): Promise<SignedProposal> {
  const { key: keys } = options;
  if (keys === undefined)
    throw new UsageError('which key signs?', 'give --key file:PATH, or the URI of a key that is no file');
  const event = await readEventFile(path);
  const proposal = await verifyEventFile(event, options.root);
  if (proposal.before === undefined && options.digest === undefined) {
    const hint = `see it with: ${commandLine('review', path)}, compare it with the others by another way, and give --digest SHA256`;
    throw new UsageError('nothing vouches for a first root but its digest', hint);
  }
  const done = await signProposal(proposal, options, session, () => openGiven(keys, session));
  if (done.changed.length === 0) return done;
  const changed = new Map(done.changed.map((draft) => [draft.role, draft]));
  const documents = event.documents.map((each) => ({ ...each, draft: changed.get(each.role) ?? each.draft }));
  await writeEvent(path, { ...event, documents });
  return done;
}

/** In place of the file that was read, with its permissions. */
async function writeEvent(path: string, event: SigningEvent): Promise<void> {
  const { mode } = await stat(path);
  await writeFileAtomic(path, formatEvent(event), { mode: mode & 0o777 });
}

async function openGiven(keys: readonly NamedKey[], session: Session): Promise<Signer[]> {
  const passphrase = session.passphrase();
  const signers = [];
  for (const key of keys) signers.push(await signerAt(key, passphrase, session));
  return signers;
}

async function signProposal(
  proposal: Proposal,
  { role: roles, digest, key }: SignOptions,
  session: Session,
  open: (found: readonly DraftNeeds[]) => Promise<readonly Signer[]>,
): Promise<SignedProposal> {
  const crypto = operatorCrypto();
  const review = await reviewProposal(proposal, { crypto, now: session.now() });
  const all = await signatureNeeds(proposal, crypto);
  for (const role of roles ?? []) {
    if (all.some(({ draft }) => draft.role === role)) continue;
    checkRoles([role], proposal);
    throw refused(
      role,
      'nothing is staged for it',
      `what is to be signed is ${all.map(({ draft }) => draft.role).join(', ')}`,
    );
  }
  const found = all.filter(({ draft }) => roles === undefined || roles.includes(draft.role));
  const signers = await open(found);
  const changed: Draft[] = [];
  const signed: MadeSignature[] = [];
  let asked = 0;
  for (const { draft, authorities } of found) {
    const welcome = formerTargets(draft, proposal);
    const mine = signers.filter((signer) => asksFor([...authorities, ...welcome], signer));
    if (mine.length === 0) continue;
    asked += 1;
    const sha256 = await digestOf(draft, crypto);
    checkDigest(draft, sha256, digest);
    const signing = await signDraft(draft, mine, authorities, crypto, welcome);
    const after = signing.complete ? new Draft(signing.document) : signing.draft;
    const before = new Set(draft.signatures.filter(({ sig }) => sig !== '').map(({ keyid }) => keyid));
    const added = after.signatures.filter(({ keyid, sig }) => sig !== '' && !before.has(keyid));
    if (added.length === 0) continue;
    changed.push(after);
    for (const { keyid } of added) {
      const listed = [...authorities, ...welcome].find(({ keyids }) => keyids.includes(keyid))?.keys.get(keyid);
      signed.push({ role: draft.role, version: draft.signed.version, keyid, owner: ownerOf(listed), sha256 });
    }
  }
  if (asked === 0) throw notAsked(found, key !== undefined);
  const now = withDrafts(proposal, changed);
  const after = await signatureNeeds(now, crypto);
  return { proposal: now, changed, signed, needs: after.flatMap(({ needs }) => needs), warnings: review.warnings };
}

/** The keys that signed targets until now: with their signatures too, clients of the old root read it at once. */
function formerTargets(draft: Draft, { before }: Proposal): Authority[] {
  return draft.role !== 'targets' || before === undefined
    ? []
    : topLevelAuthorities('targets', before.root.signed, undefined);
}

/** What was compared with others is what is signed, and nothing else. */
function checkDigest(draft: Draft, found: string, digests: readonly string[] | undefined): void {
  if (digests === undefined || digests.some((digest) => digest.toLowerCase() === found)) return;
  const { role } = draft;
  const hint = 'somebody changed it, or it belongs to something else: review it again, and do not sign it before';
  const message = `${role}: its digest is none of those that were given`;
  const evidence = { role, algorithm: 'sha256', expected: digests.join(', '), found };
  throw new TufError('ERR_TUF_HASH_MISMATCH', message, evidence, { hint });
}

function notAsked(found: readonly DraftNeeds[], isGiven: boolean): TufError {
  const missing = found.flatMap(({ needs }) => needs.flatMap((need) => (need.more > 0 ? need.missing : [])));
  const names = [...new Set(missing.slice(0, 10).map(keyWords))].join(', ');
  const hint = names === '' ? 'nothing is missing' : `it is asked of ${names}`;
  if (isGiven) return refused('sign', 'no draft asks for these keys', hint);
  return new TufError('ERR_TUF_SIGNER', 'none of the keys that are asked is at hand', {}, { hint });
}
