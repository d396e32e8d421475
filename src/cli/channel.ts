import { type Command, Option } from 'commander';
import { channelPath } from '../metadata/channel.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { channelFile, channelsOf, checkChannelTarget } from '../repository/channel.ts';
import { roleThatClientsFind } from '../repository/target-reach.ts';
import { checkChannelName } from './channel-target.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { operatorCrypto, operatorReach } from './crypto.ts';
import { editStaged, type StagedEdit } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { readProposal } from './proposal.ts';
import { StagedRoles } from './staged-roles.ts';
import { isSameTarget, stageBytes } from './staging.ts';
import { openWorkspace, readWorkspace, type Workspace } from './workspace.ts';

interface ChannelOptions extends GlobalOptions {
  readonly role?: string;
  readonly remove?: boolean;
}

/** A channel as `--json` shows it. */
interface ShownChannel {
  readonly name: string;
  /** The role that lists it. */
  readonly role: string;
  /** The path that it names; `null` where it is not of the form of a channel, or is being removed. */
  readonly target: string | null;
  /** The role that clients find that target at; `null` where they do not. */
  readonly foundAt: string | null;
  /** As `tufa list` says it. */
  readonly state: 'published' | 'added' | 'updated' | 'removed' | 'unchanged';
}

export function channelCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ChannelOptions>(
    parent,
    {
      usage: 'channel <dir> [name] [target]',
      summary: 'stage which target a channel names, or list the channels',
      options: [
        new Option('--role <name>', 'the targets role that lists it; without, the one that does now, or targets'),
        new Option('--remove', 'stage that there is no such channel any longer'),
      ],
      details: [
        'A channel is the target channels/NAME: which release clients take is signed like the release itself.',
        'Clients see nothing of it before tufa publish; tufa get --channel NAME follows it.',
      ],
      exits: ['3: also where no client would find the target that the channel is to name'],
      json: ['channels', 'next'],
      examples: ['channel repository stable app-1.3.0.tgz', 'channel repository beta --remove', 'channel repository'],
      action: (session, options, [dir, name, target]) => {
        if (name === undefined) return list(session, options, dir as string);
        checkChannelName(name);
        if (options.remove === true) return remove(session, options, dir as string, name, target);
        return set(session, options, dir as string, name, target);
      },
    },
    io,
    outcome,
  );
}

async function set(
  session: Session,
  options: ChannelOptions,
  dir: string,
  name: string,
  target: string | undefined,
): Promise<number> {
  if (target === undefined) throw new UsageError(`which target is the channel ${JSON.stringify(name)} to name?`);
  const workspace = await openWorkspace(dir);
  const role = options.role ?? (await roleOf(workspace, name));
  let foundAt = role;
  const staged = await editStaged(workspace, role, session, async (targets, published) => {
    foundAt = await checkChannelTarget(name, target, await StagedRoles.of(workspace, published), operatorReach());
    const { path, content, entry } = await channelFile(name, target, workspace.config.hashes, operatorCrypto());
    await stageBytes(workspace, content);
    targets.put(path, entry);
  });
  return report(session, workspace, { name, target, foundAt }, staged);
}

async function remove(
  session: Session,
  options: ChannelOptions,
  dir: string,
  name: string,
  target: string | undefined,
): Promise<number> {
  if (target !== undefined) throw new UsageError('a channel is removed by its name alone');
  const workspace = await openWorkspace(dir);
  const role = options.role ?? (await roleOf(workspace, name));
  const staged = await editStaged(workspace, role, session, (targets) => targets.remove(channelPath(name)));
  return report(session, workspace, { name, target: null, foundAt: null }, staged);
}

/** The role whose word clients take for a channel now: another one would be asked before it, or never. */
async function roleOf(workspace: Workspace, name: string): Promise<string> {
  const roles = await StagedRoles.of(workspace, await readWorkspace(workspace, new Set()));
  return (await roles.owner(channelPath(name))) ?? 'targets';
}

async function report(
  session: Session,
  workspace: Workspace,
  { name, target, foundAt }: Pick<ShownChannel, 'name' | 'target' | 'foundAt'>,
  { changes, proposal }: StagedEdit,
): Promise<number> {
  const { voice } = session;
  const channels = changes.map(({ role, change }): ShownChannel => ({ name, role, target, foundAt, state: change }));
  for (const { role, state } of channels) {
    if (state === 'unchanged') voice.say('nothing changed');
    else if (state === 'removed') voice.say(`staged for ${role}: there is no channel ${name} any longer`);
    else voice.say(`staged for ${role}: ${name} names ${JSON.stringify(target)}`);
  }
  const next = sayNext(voice, await lookAhead(proposal, workspace, session));
  voice.result({ channels, next });
  return 0;
}

async function list(session: Session, options: ChannelOptions, dir: string): Promise<number> {
  if (options.remove === true) throw new UsageError('which channel is to be removed?');
  const { before, drafts } = await readProposal(await openWorkspace(dir));
  const after = new Map(
    [...(before?.targets ?? []), ...(drafts.targets ?? [])].map(([role, { signed }]) => [role, signed]),
  );
  const reach = operatorReach();
  const channels: ShownChannel[] = [];
  const isWanted = ({ role }: { readonly role: string }): boolean =>
    options.role === undefined || options.role === role;
  for (const [role, signed] of after) {
    const old = before?.targets.get(role)?.signed;
    for (const each of [...channelsOf(role, signed)].filter(isWanted)) {
      const foundAt = each.target === undefined ? undefined : await roleThatClientsFind(each.target, after, reach);
      const path = channelPath(each.name);
      const state = stateOf(old?.targets.get(path), signed.targets.get(path) as TargetFile);
      channels.push({ ...each, target: each.target ?? null, foundAt: foundAt ?? null, state });
    }
    const gone = [...(old === undefined ? [] : channelsOf(role, old))].filter(({ name }) => {
      return signed.targets.get(channelPath(name)) === undefined;
    });
    for (const { name } of gone.filter(isWanted)) {
      channels.push({ name, role, target: null, foundAt: null, state: 'removed' });
    }
  }
  channels.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const { name, target, foundAt, state } of channels) {
    if (target === null && state !== 'removed')
      session.voice.warn(`the channel ${name} is of no form that clients read`);
    else if (target !== null && foundAt === null) session.voice.warn(`the channel ${name} names what no client finds`);
  }
  session.voice.result({ channels, next: [] }, channels.map(lineOf));
  return 0;
}

function stateOf(old: TargetFile | undefined, now: TargetFile): ShownChannel['state'] {
  return old === undefined ? 'added' : isSameTarget(old, now) ? 'published' : 'updated';
}

function lineOf({ name, role, target, state }: ShownChannel): string {
  const notes = [...(role === 'targets' ? [] : [role]), ...(state === 'published' ? [] : [state])];
  return `${name}: ${target ?? '-'}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}
