import type { Command } from 'commander';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Draft } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { withDrafts } from '../repository/needs.ts';
import { refused } from '../repository/refusal.ts';
import { editRoot } from '../repository/root-draft.ts';
import { editTargets } from '../repository/targets-draft.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { addLine, commandLine } from './command-line.ts';
import { later } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { readProposal } from './proposal.ts';
import { checkRoles } from './role-names.ts';
import { removeDraft, writeDraft } from './staging.ts';
import { statusOf } from './status-report.ts';
import { openWorkspace, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

export function renewCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    parent,
    {
      usage: 'renew <dir> [role...]',
      summary: 'stage root, targets or delegated roles with a later date; without a name, those that end soon',
      json: ['staged', 'next'],
      examples: ['renew repository', 'renew repository root'],
      action: renew,
    },
    io,
    outcome,
  );
}

async function renew(session: Session, _options: GlobalOptions, [dir, ...named]: readonly string[]): Promise<number> {
  for (const role of named) {
    if (role !== 'timestamp' && role !== 'snapshot') continue;
    throw new UsageError(
      `${role} is made when something is published`,
      `renew it with: ${commandLine('timestamp', dir as string)}`,
    );
  }
  const workspace = await openWorkspace(dir as string);
  const { voice } = session;
  const { staged, proposal } = await workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const proposal = await readProposal(workspace);
    checkRoles(named, proposal);
    const roles = named.length > 0 ? [...new Set(named)] : await endingRoles(workspace, session);
    const drafts = roles.map((role) => renewed(role, proposal, workspace, session));
    if (drafts.length > 0) for (const derived of ['snapshot', 'timestamp']) await removeDraft(workspace, derived);
    for (const draft of drafts) await writeDraft(workspace, draft);
    return { staged: drafts, proposal: withDrafts(proposal, drafts) };
  }, session.signal);
  for (const { role, signed } of staged) voice.say(`staged ${role} version ${signed.version}, until ${signed.expires}`);
  if (staged.length === 0) voice.say('nothing ends soon: name the roles that are to be renewed all the same');
  const next = sayNext(voice, await lookAhead(proposal, workspace, session));
  voice.result({ staged: staged.map(({ role, signed: { version, expires } }) => ({ role, version, expires })), next });
  return 0;
}

/** Those of which `tufa status` warns. */
async function endingRoles(workspace: Workspace, { now }: Session): Promise<string[]> {
  const at = now();
  const { roles } = await statusOf(workspace, { at });
  const ending = roles.filter(({ warnsFrom }) => Date.parse(warnsFrom) <= at.getTime()).map(({ role }) => role);
  return ending.filter((role) => role !== 'timestamp' && role !== 'snapshot');
}

/** The next version of a role, or its staged draft, with a new date. */
function renewed(role: string, { before, drafts }: Proposal, { folder, config }: Workspace, session: Session): Draft {
  const expires = later(session.now(), lifetimeOf(config, role));
  const staged = (role === 'root' ? drafts.root : drafts.targets?.get(role)) as Draft | undefined;
  const current = staged ?? ((role === 'root' ? before?.root : before?.targets.get(role)) as Signed<DocumentHead>);
  if (current === undefined)
    throw refused(role, 'nothing is published or staged for it', `add something to it: ${addLine(folder, role)}`);
  const draft =
    role === 'root'
      ? editRoot(current as Signed<Root>, () => {}, { expires })
      : editTargets(current as Signed<Targets>, () => {}, { expires });
  // The same second, and the same date.
  if (draft === undefined) return staged ?? refuseSame(role);
  const count = staged?.signatures.length ?? 0;
  if (count > 0) session.voice.warn(`${role}: the ${count} signatures that it had are gone: it has another date now`);
  return draft as Draft;
}

function refuseSame(role: string): never {
  throw refused(role, 'it was renewed this second', 'there is nothing to do');
}
