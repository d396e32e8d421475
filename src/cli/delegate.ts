import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { parseJson, plainJson } from '../metadata/json.ts';
import { usableKey } from '../repository/listed-key.ts';
import { checkPathHashPrefix, checkPathPattern, checkRoleName, roleNameWarnings } from '../repository/names.ts';
import { refused } from '../repository/refusal.ts';
import type { RoleKey } from '../repository/role-key.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { addLine } from './command-line.ts';
import { parseDuration } from './duration.ts';
import { editStaged, type StagedEditor } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { plural } from './plural.ts';
import { type HeldKey, type KeyOptions, keyOptions, keysFor, numberOf, rememberKeys } from './role-keys.ts';
import { readTargetsDrafts } from './staging.ts';
import { openWorkspace, readWorkspace, type Workspace } from './workspace.ts';

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
      summary: 'stage that a role is trusted with target paths',
      options: [
        new Option('--from <role>', 'the role that delegates').default('targets'),
        new Option('--paths <pattern...>', 'which target paths it is trusted with'),
        new Option(
          '--path-hash-prefixes <prefix...>',
          'in place of --paths: prefixes of the SHA-256 of these paths, in hex',
        ).conflicts('paths'),
        new Option('--terminating', 'for these paths, ask no delegation after this one'),
        new Option('--before <role>', 'ask it before this one; without, after all others'),
        ...keyOptions(),
        new Option('--expires <duration>', 'for how long the role is signed; without it, as targets is'),
      ],
      json: ['role', 'from', 'keys', 'next'],
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
  if (options.expires !== undefined) parseDuration(options.expires);
  checkRoleName(name);
  for (const warning of roleNameWarnings(name)) session.voice.warn(`${name}: ${warning}`);
  const workspace = await openWorkspace(dir as string);
  const former =
    options.key === undefined && options.keys === undefined ? await formerOf(workspace, from, name) : undefined;
  const threshold = numberOf('--threshold', options.threshold ?? String(former?.threshold ?? 1));
  checkBefore(name, options, threshold, former?.keys.length);
  const held = former === undefined ? await keysFor(session, workspace.folder, name, options) : former.held;
  const change = async (targets: StagedEditor): Promise<void> => {
    targets.delegate({
      name,
      keys: former?.keys ?? held.map(({ key }) => key),
      threshold,
      paths,
      pathHashPrefixes,
      terminating,
      before,
    });
    await rememberKeys(workspace.folder, held, { role: name, expires: options.expires });
  };
  const { proposal } = await editStaged(workspace, from, session, change).catch(async (error) => {
    // Keys of a delegation that did not come about were never used.
    if (options.key === undefined) for (const { uri } of held) await removeKeyFile(workspace.folder, uri);
    throw error;
  });
  const keyids =
    former?.keys.map(({ keyid }) => ({ keyid, uri: null })) ?? held.map(({ key, uri }) => ({ keyid: key.keyid, uri }));
  if (former !== undefined) session.voice.say(`${name} keeps its ${plural(former.keys.length, 'key')}`);
  session.voice.say(`staged: ${from} delegates to ${name}`);
  const next = sayNext(session.voice, await lookAhead(proposal, workspace, session));
  if (former === undefined) session.voice.say(`add files to it with: ${addLine(dir as string, name as string)}`);
  session.voice.result({ role: name, from, keys: keyids, next });
  return 0;
}

/** What the role has already, where the delegation exists: its keys change by `tufa rotate`, or where new ones are named. */
async function formerOf(
  workspace: Workspace,
  from: string,
  name: string,
): Promise<{ readonly keys: readonly RoleKey[]; readonly threshold: number; readonly held: HeldKey[] } | undefined> {
  const published = await readWorkspace(workspace);
  const current = (await readTargetsDrafts(workspace, published)).get(from) ?? published?.targets.get(from);
  const delegations = current?.signed.delegations;
  const role = delegations?.roles.find((each) => each.name === name);
  if (role === undefined) return undefined;
  const keys = role.keyids.flatMap((keyid): RoleKey[] => {
    const key = delegations?.keys.get(keyid);
    const identity = usableKey(key)?.identity;
    if (key === undefined || identity === undefined) return [];
    return [{ keyid, key: plainJson(parseJson(key.canonical('rfc8785'))) as unknown as RoleKey['key'], identity }];
  });
  return { keys, threshold: role.threshold, held: [] };
}

/** What would be refused anyway, before a key is made for it. @spec A-08 */
function checkBefore(
  name: string,
  { paths, pathHashPrefixes, key, keys = '1' }: DelegateOptions,
  threshold: number,
  former: number | undefined,
): void {
  for (const pattern of paths ?? []) checkPathPattern(name, pattern);
  for (const prefix of pathHashPrefixes ?? []) checkPathHashPrefix(name, prefix);
  const count = former ?? key?.length ?? numberOf('--keys', keys);
  if (threshold <= count) return;
  const problem = `a threshold of ${threshold} cannot be met by ${plural(count, 'key')}`;
  throw refused(name, problem, `give it more with --keys ${threshold}, or with --key`);
}

async function removeKeyFile(folder: string, uri: string | null): Promise<void> {
  if (uri?.startsWith('file:') === true) await rm(join(folder, uri.slice('file:'.length)), { force: true });
}
