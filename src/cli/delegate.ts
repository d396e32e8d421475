import { type Command, Option } from 'commander';
import { checkRoleName, roleNameWarnings } from '../repository/names.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { parseDuration } from './duration.ts';
import { editStaged } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { type KeyOptions, keyOptions, keysFor, numberOf, rememberKeys } from './role-keys.ts';
import { openWorkspace } from './workspace.ts';

interface DelegateOptions extends GlobalOptions, KeyOptions {
  readonly from: string;
  readonly paths?: readonly string[];
  readonly pathHashPrefixes?: readonly string[];
  readonly terminating?: boolean;
  readonly before?: string;
  readonly expires?: string;
}

export function delegateCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<DelegateOptions>(
    parent,
    {
      usage: 'delegate <dir> <role>',
      summary: 'stage a delegation to a role, to new keys or to those of somebody else',
      options: [
        new Option('--from <role>', 'the role that delegates').default('targets'),
        new Option('--paths <pattern...>', 'which target paths it is trusted with'),
        new Option('--path-hash-prefixes <prefix...>', 'or which prefixes of their SHA-256').conflicts('paths'),
        new Option('--terminating', 'no later delegation is asked for these paths'),
        new Option('--before <role>', 'ask it before this one; without, after all others'),
        ...keyOptions(),
        new Option('--expires <duration>', 'for how long it is signed; without, as targets is'),
      ],
      examples: [
        `delegate repository releases --paths 'releases/*'`,
        `delegate repository nightly --paths 'nightly/*' --key dana.json --owner Dana`,
      ],
      action: delegate,
    },
    io,
    outcome,
  );
}

async function delegate(session: Session, options: DelegateOptions, [dir, role]: readonly string[]): Promise<number> {
  const name = role as string;
  const { from, paths, pathHashPrefixes, terminating, before } = options;
  if (paths === undefined && pathHashPrefixes === undefined) {
    throw new UsageError('what is the role trusted with?', `give --paths 'releases/*', or --path-hash-prefixes`);
  }
  const threshold = numberOf('--threshold', options.threshold ?? '1');
  if (options.expires !== undefined) parseDuration(options.expires);
  checkRoleName(name);
  for (const warning of roleNameWarnings(name)) session.voice.warn(`${name}: ${warning}`);
  const workspace = await openWorkspace(dir as string);
  const held = await keysFor(session, workspace.folder, name, options);
  await editStaged(workspace, from, session, async (targets) => {
    targets.delegate({
      name,
      keys: held.map(({ key }) => key),
      threshold,
      paths,
      pathHashPrefixes,
      terminating,
      before,
    });
    await rememberKeys(workspace.folder, held, { role: name, expires: options.expires });
  });
  session.voice.say(`staged: ${from} delegates to ${name}; add to it with: tufa add ${dir} FILE… --role ${name}`);
  session.voice.result({ role: name, from, keys: held.map(({ key: { keyid }, uri }) => ({ keyid, uri })) });
  return 0;
}
