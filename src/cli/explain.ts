import { type Command, Option } from 'commander';
import { type Explanation, explainTarget, type MatchingDelegation, type VisitedRole } from '../client/explain.ts';
import { isTufError, TufError } from '../errors.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import { parseDate } from './duration.ts';
import { failureOf } from './failure.ts';
import type { Io } from './io.ts';
import { clientAt } from './place-client.ts';
import { readProposal } from './proposal.ts';
import { isSameTarget } from './staging.ts';
import type { Workspace } from './workspace.ts';

interface ExplainOptions extends GlobalOptions {
  readonly root?: string;
  readonly at?: Date;
}

export function explainCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ExplainOptions>(
    parent,
    {
      usage: 'explain <dir|url> <target>',
      summary: 'say why clients find a target, or not: which roles they ask',
      options: [
        new Option('--root <file>', 'the root that is trusted; of an operator, DIR/root.json by default'),
        new Option('--at <date>', 'as it will be then, if nobody does anything').argParser(parseDate),
      ],
      exits: ['3 here: no client finds the target; 1: clients refuse it'],
      json: ['path', 'outcome', 'role', 'target', 'visited', 'staged'],
      examples: ['explain repository v2/app.tgz', 'explain https://example.com/metadata v2/app.tgz --root root.json'],
      action: explain,
    },
    io,
    outcome,
  );
}

async function explain(session: Session, options: ExplainOptions, [where, path]: readonly string[]): Promise<number> {
  const { client, workspace } = await clientAt(session, where as string, options);
  const explanation = await explainTarget(client, path as string, { signal: session.signal });
  const staged = workspace === undefined ? [] : await stagedFor(explanation, workspace, session);
  const lines = [...linesOf(explanation), ...staged.map(stagedLine)];
  if (staged.length > 0) lines.push(`what comes next for it says: ${commandLine('status', where as string)}`);
  session.voice.result({ ...documentOf(explanation), staged }, lines);
  if (explanation.outcome === 'found') return 0;
  return failureOf(explanation.error ?? notFound(explanation.path)).exitCode;
}

/** A change of a target that clients do not see yet. */
interface StagedTarget {
  readonly role: string;
  readonly change: 'added' | 'updated' | 'removed';
}

/** What is staged for a path, where what is published can be believed. */
async function stagedFor(
  { path, outcome }: Explanation,
  workspace: Workspace,
  { voice }: Session,
): Promise<StagedTarget[]> {
  if (outcome === 'refused') return [];
  try {
    const { before, drafts } = await readProposal(workspace);
    return [...(drafts.targets ?? [])].flatMap(([role, { signed }]): StagedTarget[] => {
      const [old, now] = [before?.targets.get(role)?.signed.targets.get(path), signed.targets.get(path)];
      if (now === undefined) return old === undefined ? [] : [{ role, change: 'removed' }];
      if (old !== undefined && isSameTarget(old, now)) return [];
      return [{ role, change: old === undefined ? 'added' : 'updated' }];
    });
  } catch (error) {
    if (!isTufError(error)) throw error;
    voice.warn(`what is staged cannot be read: ${error.message}`);
    return [];
  }
}

function stagedLine({ role, change }: StagedTarget): string {
  return `staged for ${role}, and not published yet: ${change}`;
}

function notFound(path: string): TufError {
  const hint = 'ask for the exact path, as it was published; it may have been removed';
  const message = `no trusted role lists the target ${JSON.stringify(path)}`;
  return new TufError('ERR_TUF_NOT_FOUND', message, { path }, { hint });
}

function documentOf({ path, outcome, target, error, visited }: Explanation): object {
  const failed = error ?? (outcome === 'not-found' ? notFound(path) : undefined);
  return {
    path,
    outcome,
    role: target?.role ?? null,
    target:
      target === undefined ? null : { length: target.length, hashes: target.hashes, custom: target.custom ?? null },
    visited,
    ...(failed === undefined ? {} : failureOf(failed).document),
  };
}

function linesOf({ path, outcome, target, error, visited }: Explanation): string[] {
  const lines = visited.flatMap(roleLines);
  const name = JSON.stringify(path);
  if (target !== undefined) return [...lines, `${name} is found: ${target.role} lists it, ${target.length} bytes`];
  if (outcome === 'not-found') {
    return [...lines, `${name} is not found: no role that is trusted with this path lists it`];
  }
  const { message, hint } = error as TufError;
  return [...lines, `${name} is refused: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
}

function roleLines({ role, listed, matching, others }: VisitedRole): string[] {
  if (listed) return [`${role} lists it`];
  const rest = others === 0 ? '' : `; ${others} ${others === 1 ? 'delegation is' : 'delegations are'} for other paths`;
  return [`${role} does not list it${rest}`, ...matching.map((each) => `  ${delegationLine(each)}`)];
}

const fates = {
  visited: 'asked',
  'cut-off': 'not asked: a terminating delegation stands before it',
  known: 'asked already',
  'not-reached': 'not asked: the search ended before',
} as const;

function delegationLine({ role, by: { kind, text }, terminating, fate }: MatchingDelegation): string {
  const why =
    kind === 'bin' ? 'the hash bin of this path' : `${kind === 'pattern' ? 'by' : 'by the hash prefix'} ${text}`;
  return `delegates to ${role}, ${why}${terminating && kind !== 'bin' ? ', terminating' : ''}: ${fates[fate]}`;
}
