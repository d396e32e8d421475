import { type Command, Option } from 'commander';
import type { Signed } from '../metadata/document.ts';
import type { Key } from '../metadata/key.ts';
import type { Root, TopLevelRole } from '../metadata/root.ts';
import { topLevelRoles } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import { signerScheme } from '../node/signers.ts';
import type { Draft, EditOptions } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { withDrafts } from '../repository/needs.ts';
import { ownerOf } from '../repository/owner.ts';
import { delegatedAuthorities, topLevelAuthorities } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { resignedTargets, rotateKeys } from '../repository/rotation.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { later } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { standardKeyid } from './key.ts';
import { type NamedKey, type NewKey, namedKeyOptions, newKeyAt } from './key-source.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { readProposal } from './proposal.ts';
import { keyWords, needWords } from './review-words.ts';
import { checkRoles } from './role-names.ts';
import { signerPlaces, storedUri } from './signers.ts';
import { removeDraft, writeDraft } from './staging.ts';
import { openWorkspace, type Workspace, writeConfig } from './workspace.ts';
import { lifetimeOf, type SignerEntry } from './workspace-config.ts';

interface RotateOptions extends GlobalOptions {
  readonly add?: readonly NamedKey[];
  readonly remove?: readonly string[];
  readonly owner?: string;
  readonly threshold?: string;
  readonly from?: string;
}

export function rotateCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<RotateOptions>(
    parent,
    {
      usage: 'rotate <dir> <role>',
      summary: 'stage other keys or another threshold for a role',
      options: [
        ...namedKeyOptions('--add <uri...>', 'keys that come: private ones, or files that tufa key export wrote'),
        new Option(
          '--remove <key...>',
          'keys that go, by what tufa key list shows: URI, owner, id or the beginning of the id',
        ),
        new Option('--owner <name>', 'who holds the keys that come'),
        new Option('--threshold <n>', 'how many must sign from now on; without, as many as before'),
        new Option('--from <role>', 'the role that delegates to it, where several do'),
      ],
      details: ['The changes of several roles gather in one draft of root, and are signed as one.'],
      json: ['role', 'added', 'staged', 'needs', 'next'],
      examples: [
        'rotate repository root --add alice.json --owner Alice --remove 3f1c0a5e',
        'rotate repository root --add carol.json --owner Carol --remove Bob',
        'rotate repository timestamp --add file:new.pem --remove file:keys/timestamp-1.pem',
      ],
      action: rotate,
    },
    io,
    outcome,
  );
}

async function rotate(session: Session, options: RotateOptions, [dir, role]: readonly string[]): Promise<number> {
  const name = role as string;
  const { add: named = [], remove = [], owner, threshold } = options;
  if (named.length === 0 && remove.length === 0 && threshold === undefined) {
    throw new UsageError('what is to change?', 'give --add URI, --remove KEY or --threshold N');
  }
  if (threshold !== undefined && !/^[1-9]\d{0,3}$/.test(threshold)) {
    throw new UsageError(`--threshold ${threshold}: a number from 1 to 9999 is needed`);
  }
  if (owner !== undefined && named.length === 0) {
    throw new UsageError('--owner names who holds the keys of --add, and there is none', 'give --add URI');
  }
  const keys: NewKey[] = [];
  for (const each of named) keys.push(await newKeyAt(each, dir as string, owner, session));
  const workspace = await openWorkspace(dir as string);
  const rotated = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    await rememberKeys(workspace, keys);
    const proposal = await readProposal(workspace);
    const wish = { ...options, add: keys, remove, threshold: threshold === undefined ? undefined : Number(threshold) };
    const drafts = await draftsOf(name, wish, proposal, workspace, session);
    for (const derived of ['snapshot', 'timestamp']) await removeDraft(workspace, derived);
    // What is signed anew comes first: the change of keys is never staged without it.
    for (const draft of drafts) await writeDraft(workspace, draft);
    return { drafts, proposal: withDrafts(proposal, drafts) };
  }, session.signal);
  return report(session, dir as string, name, keys, rotated);
}

async function report(
  session: Session,
  dir: string,
  role: string,
  keys: readonly NewKey[],
  { drafts, proposal }: { readonly drafts: readonly Draft[]; readonly proposal: Proposal },
): Promise<number> {
  const { voice } = session;
  const staged = drafts.map((draft) => ({ role: draft.role, version: draft.signed.version }));
  if (staged.length === 0) voice.say('nothing changed');
  for (const each of staged) voice.say(`staged ${each.role} version ${each.version}`);
  // Keys that were added just now are looked for, too.
  const outlook = await lookAhead(proposal, await openWorkspace(dir), session);
  const needs = outlook.drafts.flatMap((each) => each.needs);
  for (const need of needs) voice.say(`${need.role}: ${needWords(need)}`);
  const next = sayNext(voice, outlook, { isToldAlready: true });
  const added = keys.map(({ key: { keyid }, place }) => ({ keyid, uri: place?.uri ?? null }));
  voice.result({ role, added, staged, needs, next });
  return 0;
}

/** Where the private halves of new keys are, as far as they are at hand. */
async function rememberKeys(workspace: Workspace, keys: readonly NewKey[]): Promise<void> {
  const known = keys.flatMap(({ key: { keyid }, place }): [string, SignerEntry][] => {
    return place === undefined ? [] : [[keyid, place.entry]];
  });
  if (known.length === 0) return;
  const { config } = await openWorkspace(workspace.folder);
  await writeConfig(workspace.folder, { ...config, signers: new Map([...config.signers, ...known]) });
}

interface Wish {
  readonly add: readonly NewKey[];
  /** Keyids or their beginnings, owners, URIs. */
  readonly remove: readonly string[];
  readonly threshold: number | undefined;
  readonly from?: string | undefined;
}

/** The drafts that change, in the order in which they are written. */
async function draftsOf(
  role: string,
  wish: Wish,
  proposal: Proposal,
  workspace: Workspace,
  session: Session,
): Promise<Draft[]> {
  const { before, drafts } = proposal;
  const lasting = (of: string): EditOptions => ({ expires: later(session.now(), lifetimeOf(workspace.config, of)) });
  const rotation = (listed: readonly string[], listedKeys: ReadonlyMap<string, Key> | undefined) => ({
    role,
    add: wish.add.map(({ key }) => key),
    remove: wish.remove.map((text) => keyidOf(role, text, listed, listedKeys, workspace)),
    threshold: wish.threshold,
  });
  if ((topLevelRoles as readonly string[]).includes(role)) {
    const current = drafts.root ?? before?.root;
    if (current === undefined)
      throw refused('root', 'there is none yet', `make a repository with: ${commandLine('init', workspace.folder)}`);
    warnOfSignatures(drafts.root as Draft | undefined, session);
    const { roles, keys } = current.signed;
    const { keyids } = roles[role as TopLevelRole];
    const root = rotateKeys<Root>(current, rotation(keyids, keys), lasting('root'));
    if (root === undefined) return [];
    const resigned = await resignedTop(root, proposal, lasting('targets'));
    return [...(resigned === undefined ? [] : [resigned as Draft]), root as Draft];
  }
  checkRoles([role, ...(wish.from === undefined ? [] : [wish.from])], proposal);
  const { current, from } = delegatorOf(role, wish.from, proposal, workspace.folder);
  warnOfSignatures(drafts.targets?.get(from) as Draft | undefined, session);
  const { delegations } = current.signed;
  const listed = delegations?.roles.find(({ name }) => name === role)?.keyids ?? [];
  const delegator = rotateKeys<Targets>(current, rotation(listed, delegations?.keys), lasting(from));
  if (delegator === undefined) return [];
  const published = before?.targets.get(role);
  const resigned =
    published === undefined || drafts.targets?.has(role) === true
      ? undefined
      : await resignedTargets(published, delegatedAuthorities(role, [delegator]), operatorCrypto(), lasting(role));
  return [...(resigned === undefined ? [] : [resigned as Draft]), delegator as Draft];
}

/** Targets for their new keys, where what is published is not enough for clients of the new root. */
async function resignedTop(
  root: Draft<Root>,
  { before, drafts }: Proposal,
  options: EditOptions,
): Promise<Draft<Targets> | undefined> {
  const published = before?.targets.get('targets');
  if (published === undefined || drafts.targets?.has('targets') === true) return undefined;
  return resignedTargets(published, topLevelAuthorities('targets', root.signed, undefined), operatorCrypto(), options);
}

function delegatorOf(role: string, from: string | undefined, { before, drafts }: Proposal, folder: string) {
  const roles = new Map<string, Signed<Targets> | Draft<Targets>>(before?.targets);
  for (const [name, draft] of drafts.targets ?? []) roles.set(name, draft);
  const found = [...roles].filter(([, { signed }]) => signed.delegations?.roles.some(({ name }) => name === role));
  const [only] = from === undefined ? found : found.filter(([name]) => name === from);
  if (only === undefined)
    throw refused(
      role,
      from === undefined ? 'no role delegates to it' : `${from} does not delegate to it`,
      `see the roles with: ${commandLine('key list', folder)}`,
    );
  if (from === undefined && found.length > 1) {
    throw new UsageError(
      `several roles delegate to ${role}`,
      `give --from ${found.map(([name]) => name).join(' or ')}`,
    );
  }
  return { from: only[0], current: only[1] };
}

/** The key that is meant by its id, the beginning of that, its owner, or where this folder has it. */
function keyidOf(
  role: string,
  text: string,
  listed: readonly string[],
  keys: ReadonlyMap<string, Key> | undefined,
  { folder, config }: Workspace,
): string {
  if (listed.includes(text)) return text;
  // As `tufa key list` prints it, or as it is typed here.
  const uris = signerScheme(text) === undefined ? [text] : [text, storedUri(text, folder)];
  const ours = new Set(signerPlaces({ config }).flatMap(({ keyid, uri }) => (uris.includes(uri) ? [keyid] : [])));
  const found = listed.filter((keyid) => {
    const key = keys?.get(keyid);
    const begins = text.length >= 8 && keyid.startsWith(text);
    return begins || ownerOf(key) === text || ours.has(keyid) || ours.has(standardKeyid(key) ?? keyid);
  });
  if (found.length === 1) return found[0] as string;
  const problem = `${found.length === 0 ? 'no key of it is' : 'several keys of it are'} ${JSON.stringify(text)}`;
  const names = listed.map((keyid) => keyWords({ keyid, owner: ownerOf(keys?.get(keyid)) }));
  throw refused(
    role,
    problem,
    `its keys are ${names.join(', ')}; where they are says ${commandLine('key list', folder)}`,
  );
}

function warnOfSignatures(draft: Draft | undefined, { voice }: Session): void {
  const count = draft?.signatures.length ?? 0;
  if (count > 0) voice.warn(`${draft?.role}: the ${count} signatures that it had are gone: it says something else now`);
}
