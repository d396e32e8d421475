import { type Command, Option } from 'commander';
import { findGarbage, type Garbage, removeGarbage } from '../repository/prune.ts';
import { refused } from '../repository/refusal.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { commandLine } from './command-line.ts';
import { later, parseDuration } from './duration.ts';
import type { Io } from './io.ts';
import { checkNoJournal } from './journal.ts';
import { readDrafts } from './proposal.ts';
import { openWorkspace, readWorkspace } from './workspace.ts';

interface PruneOptions extends GlobalOptions {
  readonly dryRun?: boolean;
  readonly keep: string;
}

export function pruneCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<PruneOptions>(
    parent,
    {
      usage: 'prune <dir>',
      summary: 'remove published files that no client can need any more; roots stay for ever',
      options: [
        new Option('--dry-run', 'say what would be removed, and remove nothing'),
        new Option('--keep <duration>', 'how long after a snapshot expires what it lists stays').default('30d'),
      ],
      json: ['removed', 'targets', 'metadata', 'bytes', 'leftAlone'],
      examples: ['prune repository --dry-run', 'prune repository --keep 90d'],
      action: async (session, options, [dir]) => {
        const garbage = await prune(dir as string, options, session);
        const { targets, metadata, bytes, leftAlone } = garbage;
        const verb = options.dryRun === true ? 'would remove' : 'removed';
        session.voice.say(`${verb} ${targets.length} target files and ${metadata.length} of metadata, ${bytes} bytes`);
        for (const name of leftAlone) session.voice.warn(`left ${name} alone: it is no metadata that can be read`);
        const names = [...targets.map((name) => `targets/${name}`), ...metadata.map((name) => `metadata/${name}`)];
        session.voice.result({ removed: options.dryRun !== true, targets, metadata, bytes, leftAlone }, names);
        return 0;
      },
    },
    io,
    outcome,
  );
}

/** Under the lock of the folder: nothing is published and nothing staged meanwhile. */
async function prune(dir: string, { dryRun, keep }: PruneOptions, session: Session): Promise<Garbage> {
  const span = parseDuration(keep);
  const workspace = await openWorkspace(dir);
  return workspace.drafts.exclusive(async () => {
    await workspace.backend.sync?.();
    await checkNoJournal(workspace);
    const published = await readWorkspace(workspace);
    if (published === undefined) throw refused('root', 'nothing is published', commandLine('publish', dir));
    const drafts = await readDrafts(workspace, published);
    const staged = [...(drafts.targets?.values() ?? [])].map(({ signed }) => signed);
    const garbage = await findGarbage(workspace.backend, published, { usableAt: earlier(session.now(), span), staged });
    if (dryRun !== true) await removeGarbage(workspace.backend, garbage);
    return garbage;
  }, session.signal);
}

/** As long before a date as a span is after it. */
function earlier(date: Date, span: ReturnType<typeof parseDuration>): Date {
  return new Date(2 * date.getTime() - later(date, span).getTime());
}
