import { TufError } from '../errors.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Draft } from '../repository/draft.ts';
import { delegatedAuthorities, type Published } from '../repository/published.ts';
import { createTargets, editTargets, type TargetsEditor } from '../repository/targets-draft.ts';
import { later } from './duration.ts';
import { checkNoJournal } from './journal.ts';
import { dropUnlisted, isSameTarget, readDraft, readTargetsDrafts, removeDraft, writeDraft } from './staging.ts';
import { readWorkspace, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

/** What became of a target. */
export interface StagedChange {
  readonly path: string;
  /** Against what was staged or published before. */
  readonly change: 'added' | 'updated' | 'removed' | 'unchanged';
  readonly length?: number;
  readonly hashes?: Readonly<Record<string, string>>;
}

/**
 * Changes what is staged for a targets role, under the lock of the folder: commands that run at the same time build on
 * each other's work. The draft goes to the disk whole or not at all.
 *
 * @param change may take its time; it is called once.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role that nobody delegates to; `ERR_TUF_CONFLICT` while an
 * interrupted publication waits to be finished.
 */
export function editStaged(
  workspace: Workspace,
  role: string,
  session: { readonly signal: AbortSignal; now(): Date },
  change: (targets: TargetsEditor) => void | Promise<void>,
): Promise<StagedChange[]> {
  return workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const published = await readWorkspace(workspace);
    const expires = later(session.now(), lifetimeOf(workspace.config, role));
    const current = await currentOf(workspace, role, published, expires);
    const calls: ((targets: TargetsEditor) => void)[] = [];
    const touched = new Set<string>();
    // Files are copied and digested before the document is touched: the change itself is made at once.
    await change(recorderOf(calls, touched, current.signed));
    const draft = editTargets(current, (targets) => {
      for (const call of calls) call(targets);
    });
    if (draft !== undefined) {
      const lasting = editTargets(draft, () => {}, { expires }) ?? draft;
      for (const derived of ['snapshot', 'timestamp']) await removeDraft(workspace, derived);
      await writeDraft(workspace, lasting);
    }
    const drafts = await readTargetsDrafts(workspace, published);
    await dropUnlisted(workspace, drafts.values());
    return [...touched].map((path) => changeOf(path, current.signed, (draft ?? current).signed));
  }, session.signal);
}

/** The document that a change of a role starts from. */
async function currentOf(
  workspace: Workspace,
  role: string,
  published: Published | undefined,
  expires: Date,
): Promise<Draft<Targets> | NonNullable<ReturnType<Published['targets']['get']>>> {
  const staged = await readDraft<Targets>(workspace, role);
  if (staged !== undefined) return staged;
  const found = published?.targets.get(role);
  if (found !== undefined) return found;
  const drafts = await readTargetsDrafts(workspace, published);
  const delegators = [...(published?.targets.values() ?? []), ...drafts.values()];
  if (delegatedAuthorities(role, delegators).length > 0) return createTargets({ role, expires });
  const hint = `delegate to it first: tufa delegate ${workspace.folder} ${role} --paths PATTERN`;
  throw new TufError('ERR_TUF_REPOSITORY_REFUSED', `no role delegates to ${JSON.stringify(role)}`, { role }, { hint });
}

/** Notes what is to be changed, so that it can be done in one go. */
function recorderOf(
  calls: ((targets: TargetsEditor) => void)[],
  touched: Set<string>,
  current: Targets,
): TargetsEditor {
  const names = new Set(current.delegations?.roles.map(({ name }) => name));
  const record = (call: (targets: TargetsEditor) => void, path?: string): void => {
    calls.push(call);
    if (path !== undefined) touched.add(path);
  };
  return {
    put: (path, entry) => record((targets) => targets.put(path, entry), path),
    remove: (path) => {
      record((targets) => targets.remove(path), path);
      return current.targets.get(path) !== undefined;
    },
    delegate: (spec) => record((targets) => targets.delegate(spec)),
    revoke: (name) => {
      record((targets) => targets.revoke(name));
      return names.has(name);
    },
  };
}

function changeOf(path: string, before: Targets, after: Targets): StagedChange {
  const [old, now] = [before.targets.get(path), after.targets.get(path)];
  if (now === undefined) return { path, change: 'removed' };
  const { length, hashes } = now;
  const change = old === undefined ? 'added' : isSameTarget(old, now) ? 'unchanged' : 'updated';
  return { path, change, length, hashes: Object.fromEntries(hashes) };
}
