import { type Command, Option } from 'commander';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import type { Io } from './io.ts';
import { type PublishOutcome, type PublishWorkspaceOptions, publishWorkspace } from './publish-workspace.ts';
import { openSigners, signerWorld } from './signers.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** Roles that are named one by one; hash bins are thousands. */
const rolesShown = 10;

interface PublishOptions extends GlobalOptions {
  readonly acceptGap?: boolean | undefined;
  readonly without?: readonly string[] | undefined;
  readonly loseTargets?: boolean | undefined;
}

export function publishCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<PublishOptions>(
    parent,
    {
      usage: 'publish <dir>',
      summary: 'sign what is staged with the keys at hand, check it as clients do, and make it visible',
      options: [
        new Option(
          '--accept-gap',
          'publish although a key that is replaced is lost: clients are refused until it is done',
        ),
        new Option(
          '--without <role...>',
          'publish the rest, and leave staged what these roles have, such as a root that others sign',
        ),
        new Option('--lose-targets', 'publish a change of delegations although clients find some targets no longer'),
      ],
      exits: ['4 here: signatures are missing, or clients would refuse it; what is staged stays'],
      json: ['published', 'root', 'timestamp', 'snapshot', 'acceptedUntil', 'newRoot', 'targets', 'files', 'next'],
      examples: ['publish repository', 'publish repository --without root'],
      action: async (session, { acceptGap, without, loseTargets }, [dir]) => {
        const result = await publishFolder(dir as string, session, { acceptGap, without, loseTargets });
        if (result.newRoot) session.voice.say(`published root version ${result.root}`);
        const roles = Object.entries(result.targets);
        for (const [role, version] of roles.slice(0, rolesShown))
          session.voice.say(`published ${role} version ${version}`);
        if (roles.length > rolesShown) session.voice.say(`published ${roles.length - rolesShown} more roles`);
        const { snapshot, timestamp, acceptedUntil } = result;
        if (result.published)
          session.voice.say(`published snapshot version ${snapshot} and timestamp version ${timestamp}`);
        else session.voice.say('nothing is staged: what is published stays as it is');
        session.voice.say(`clients accept it until ${acceptedUntil}`);
        const next = [commandLine('timestamp', dir as string)];
        session.voice.say(`next: ${next[0]}, before then`);
        session.voice.result({ ...result, next });
        return 0;
      },
    },
    io,
    outcome,
  );
}

type PublishingSession = Pick<Session, 'passphrase' | 'openedKeys' | 'signal' | 'voice' | 'now'> &
  Partial<Pick<Session, 'io'>>;

/** Publishes an operator's folder with the keys that its configuration names. */
export async function publishFolder(
  dir: string,
  session: PublishingSession,
  options: Pick<PublishOptions, 'acceptGap' | 'without' | 'loseTargets'> = {},
): Promise<PublishOutcome> {
  const workspace = await openWorkspace(dir);
  return publishWorkspace(workspace, { ...publishingBy(workspace, session), ...options });
}

/** How a folder is published by a command: with the keys that its configuration names. */
export function publishingBy(workspace: Workspace, session: PublishingSession): PublishWorkspaceOptions {
  const passphrase = session.passphrase();
  const world = session.io === undefined ? {} : signerWorld({ ...session, io: session.io });
  return {
    signers: (keyids) => openSigners(workspace, keyids, passphrase, session.openedKeys, world),
    now: session.now(),
    signal: session.signal,
    warn: (text) => session.voice.warn(text),
  };
}
