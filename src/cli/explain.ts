import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { UpdateClient } from '../client/client.ts';
import { type Explanation, explainTarget, type MatchingDelegation, type VisitedRole } from '../client/explain.ts';
import { TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import { storeError } from '../node/atomic-write.ts';
import { folderRepository } from '../node/folder-repository.ts';
import { memoryStore } from '../store/memory.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { parseDate } from './duration.ts';
import { failureOf, UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { openWorkspace, places } from './workspace.ts';
import { configName } from './workspace-config.ts';

interface ExplainOptions extends GlobalOptions {
  readonly root?: string;
  readonly at?: Date;
}

export function explainCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ExplainOptions>(
    parent,
    {
      usage: 'explain <dir|url> <target>',
      summary:
        'why clients find a target, are denied it, or do not find it: the roles that they ask, and by which pattern',
      options: [
        new Option('--root <file>', 'the root that is trusted; without, that of the folder'),
        new Option('--at <date>', 'as it will be then, if nobody does anything').argParser(parseDate),
      ],
      examples: ['explain repository v2/app.tgz', 'explain https://example.com/metadata v2/app.tgz --root root.json'],
      action: explain,
    },
    io,
    outcome,
  );
}

async function explain(session: Session, options: ExplainOptions, [where, path]: readonly string[]): Promise<number> {
  const client = await clientOf(session, options, where as string);
  const explanation = await explainTarget(client, path as string, { signal: session.signal });
  session.voice.result(documentOf(explanation), linesOf(explanation));
  if (explanation.outcome === 'found') return 0;
  return failureOf(explanation.error ?? notFound(explanation.path)).exitCode;
}

/** A client that has seen nothing yet, of whatever is served there. */
async function clientOf(session: Session, options: ExplainOptions, where: string): Promise<UpdateClient> {
  const at = options.at ?? session.now();
  const world = { store: memoryStore(), now: () => at };
  if (/^https?:\/\//i.test(where)) {
    if (options.root === undefined) throw new UsageError('which root is trusted?', 'give --root FILE');
    return new Client({ ...world, root: await readRoot(options.root), metadataUrl: where });
  }
  const isWorkspace = await isThere(join(where, configName));
  if (!isWorkspace && !(await isThere(join(where, 'metadata')))) {
    const hint = 'name the folder of a repository, or one that has metadata/, or the URL of its metadata';
    const evidence = { path: where, operation: 'read' } as const;
    throw new TufError('ERR_TUF_STORE', `there is no repository in ${where}`, evidence, { hint });
  }
  const file = options.root ?? (isWorkspace ? join(where, places.root) : undefined);
  if (file === undefined) throw new UsageError('which root is trusted?', 'give --root FILE');
  const backend = isWorkspace ? (await openWorkspace(where)).backend : folderRepository(where);
  return new Client({ ...world, root: await readRoot(file), transport: previewTransport(backend), ...previewUrls });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readRoot(file: string): Promise<Uint8Array> {
  return new Uint8Array(
    await readFile(file).catch((cause) => {
      throw storeError('read', file, cause);
    }),
  );
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
