import type { Command } from 'commander';
import { Option } from 'commander';
import { plainJson } from '../metadata/json.ts';
import type { TargetFile, Targets } from '../metadata/targets.ts';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import type { Io } from './io.ts';
import { checkRoles } from './role-names.ts';
import { isSameTarget, readTargetsDrafts } from './staging.ts';
import { openWorkspace, readWorkspace } from './workspace.ts';

/** One target of a role, as `tufa list` shows it. */
interface ListedTarget {
  readonly path: string;
  readonly role: string;
  readonly state: 'published' | 'added' | 'updated' | 'removed';
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly custom: unknown;
}

export function listCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly role?: string } & GlobalOptions>(
    parent,
    {
      usage: 'list <dir>',
      summary: 'list the targets that are published, and those that are staged',
      options: [new Option('--role <name>', 'those of this role only')],
      json: ['targets'],
      examples: ['list repository', 'list repository --role releases'],
      action: async (session, options, [dir]) => {
        const workspace = await openWorkspace(dir as string);
        const published = await readWorkspace(workspace);
        const before = published?.targets ?? new Map();
        const drafts = await readTargetsDrafts(workspace, published);
        const proposal = { before: published, drafts: { root: undefined, targets: drafts } };
        if (options.role !== undefined) checkRoles([options.role], proposal);
        const targets = [...new Set([...before.keys(), ...drafts.keys()])]
          .filter((role) => options.role === undefined || role === options.role)
          .flatMap((role) => compare(role, before.get(role)?.signed, drafts.get(role)?.signed));
        const lines = targets.map(({ path, role, state, length }) => {
          const notes = [role === 'targets' ? '' : `, ${role}`, state === 'published' ? '' : `, ${state}`].join('');
          return `${path} (${length} bytes${notes})`;
        });
        session.voice.result({ targets }, lines);
        return 0;
      },
    },
    io,
    outcome,
  );
}

function compare(role: string, before: Targets | undefined, staged: Targets | undefined): ListedTarget[] {
  const after = staged ?? before;
  const show = (target: TargetFile, state: ListedTarget['state']): ListedTarget => {
    const { path, length, hashes, custom } = target;
    const plain = custom === undefined ? null : plainJson(custom);
    return { path, role, state, length, hashes: Object.fromEntries(hashes), custom: plain };
  };
  const found: ListedTarget[] = [];
  for (const path of after?.targets.paths() ?? []) {
    const [old, now] = [before?.targets.get(path), after?.targets.get(path) as TargetFile];
    found.push(show(now, old === undefined ? 'added' : isSameTarget(old, now) ? 'published' : 'updated'));
  }
  for (const path of before?.targets.paths() ?? []) {
    if (after?.targets.get(path) === undefined) found.push(show(before?.targets.get(path) as TargetFile, 'removed'));
  }
  return found;
}
