import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { isTufError, TufError } from '../errors.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Draft } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { signatureNeeds } from '../repository/needs.ts';
import { topLevelAuthorities } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { resignedTargets } from '../repository/rotation.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { readDrafts } from './proposal.ts';
import { checkRoles } from './role-names.ts';
import { clearStaging, draftName, dropUnlisted, removeDraft } from './staging.ts';
import { openWorkspace, places, readWorkspace, type Workspace } from './workspace.ts';

interface DiscardOptions extends GlobalOptions {
  readonly loseSignatures?: boolean;
}

export function discardCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<DiscardOptions>(
    parent,
    {
      usage: 'discard <dir> [role...]',
      summary: 'give up what is staged: all of it, or the drafts of these roles; what is published stays',
      options: [new Option('--lose-signatures', 'also give up drafts that others have signed')],
      json: ['discarded'],
      examples: ['discard repository', 'discard repository root', 'discard repository root --lose-signatures'],
      action: discard,
    },
    io,
    outcome,
  );
}

async function discard(session: Session, options: DiscardOptions, [dir, ...named]: readonly string[]): Promise<number> {
  const workspace = await openWorkspace(dir as string);
  const gone = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const files = await draftFiles(workspace);
    const names = new Map<string, string>();
    for (const role of named) {
      const name = await draftName(role);
      if (!files.includes(name)) {
        const proposal = await readAll(workspace);
        if (proposal !== undefined) checkRoles([role], proposal);
        throw refused(role, 'nothing is staged for it', `see what is with: ${commandLine('status', dir as string)}`);
      }
      names.set(name, role);
    }
    const chosen = named.length === 0 ? files : [...names.keys()];
    if (options.loseSignatures !== true) for (const name of chosen) await checkOwn(name, workspace);
    if (named.length === 0) {
      const roles = await rolesOf(files, workspace);
      await clearStaging(workspace);
      return roles;
    }
    const left = await remaining(workspace, new Set(named));
    for (const derived of ['snapshot', 'timestamp']) await removeDraft(workspace, derived);
    for (const role of named) await removeDraft(workspace, role);
    if (left !== undefined) await dropUnlisted(workspace, left);
    return [...new Set(named)];
  }, session.signal);
  for (const role of gone) session.voice.say(`discarded the draft of ${role}`);
  if (gone.length === 0) session.voice.say('nothing is staged');
  session.voice.result({ discarded: gone });
  return 0;
}

async function draftFiles({ folder }: Workspace): Promise<string[]> {
  const names = await readdir(join(folder, places.drafts));
  return names.filter((name) => name.endsWith('.json')).sort();
}

/** The roles of files of drafts. One whose file is named by a digest is known where the drafts can be read. */
async function rolesOf(files: readonly string[], workspace: Workspace): Promise<string[]> {
  const long = new Map<string, string>();
  if (files.some((name) => name.startsWith('%sha256-'))) {
    const { targets } = (await readAll(workspace))?.drafts ?? {};
    for (const role of targets?.keys() ?? []) long.set(await draftName(role), role);
  }
  return files.map((name) => long.get(name) ?? roleOf(name));
}

/** The role of a file of a draft; its name without the ending where that does not tell. */
function roleOf(name: string): string {
  const encoded = name.replace(/\.json$/, '');
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded; // not of our making
  }
}

/** Refuses to lose what somebody else would have to do again. */
async function checkOwn(name: string, { folder, config, drafts }: Workspace): Promise<void> {
  const others = (await signersOf(name, drafts)).filter((keyid) => !config.signers.has(keyid));
  if (others.length === 0) return;
  const path = join(folder, places.drafts, name);
  const message = `${roleOf(name)}: its draft has ${others.length} signatures by keys of others`;
  const hint = 'they would have to sign again: only if that is meant, add --lose-signatures';
  throw new TufError('ERR_TUF_CONFLICT', message, { path, found: others.join(', ') }, { hint });
}

async function signersOf(name: string, drafts: Workspace['drafts']): Promise<string[]> {
  try {
    const bytes = await drafts.read(name, defaultLimits.targetsBytes);
    const document = bytes && parseJson(bytes);
    const signatures = document instanceof Map ? (document as JsonObject).get('signatures') : undefined;
    const entries = (Array.isArray(signatures) ? signatures : []) as readonly JsonObject[];
    return entries.flatMap((entry) => (entry.get('sig') === '' ? [] : [String(entry.get('keyid'))]));
  } catch (error) {
    // What cannot be read holds no signature that anybody could use.
    if (isTufError(error) && error.family !== 'unavailable') return [];
    throw error;
  }
}

/**
 * The drafts of targets roles that stay. Refuses to leave what cannot be published without those that go; `undefined` where the drafts
 * cannot be read as a whole, so that nothing is known of them.
 */
async function remaining(workspace: Workspace, gone: ReadonlySet<string>): Promise<Draft<Targets>[] | undefined> {
  const proposal = await readAll(workspace);
  if (proposal === undefined) return undefined;
  const { before, drafts } = proposal;
  const root = gone.has('root') ? undefined : drafts.root;
  const targets = new Map([...(drafts.targets ?? [])].filter(([role]) => !gone.has(role)));
  const left = { before, drafts: { root, targets } };
  await checkDelegated(left, gone, workspace.folder);
  const published = before?.targets.get('targets');
  if (root !== undefined && gone.has('targets') && published !== undefined) {
    const authorities = topLevelAuthorities('targets', root.signed, undefined);
    const isNeeded = (await resignedTargets(published, authorities, operatorCrypto(), {})) !== undefined;
    const hint = `discard both, or neither: ${commandLine('discard', workspace.folder, 'root', 'targets')}`;
    if (isNeeded) throw refused('targets', 'the staged root gives it keys that have to sign it anew', hint);
  }
  return [...targets.values()];
}

async function readAll(workspace: Workspace): Promise<Proposal | undefined> {
  try {
    const before = await readWorkspace(workspace);
    return { before, drafts: await readDrafts(workspace, before) };
  } catch (error) {
    if (isTufError(error) && error.family !== 'unavailable') return undefined;
    throw error;
  }
}

/** A role that only a draft delegates to cannot stay without it. */
async function checkDelegated(left: Proposal, gone: ReadonlySet<string>, folder: string): Promise<void> {
  if (left.before === undefined && left.drafts.root === undefined) return;
  try {
    await signatureNeeds(left, operatorCrypto());
  } catch (error) {
    const role = isTufError(error) ? error.role : undefined;
    if (role === undefined || !left.drafts.targets?.has(role)) throw error;
    const problem = `only the draft of ${[...gone].join(', ')} delegates to it`;
    throw refused(role, problem, `discard it too: ${commandLine('discard', folder, ...gone, role)}`);
  }
}
