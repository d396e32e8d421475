import { nodeCrypto } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import type { Signed } from '../metadata/document.ts';
import type { Targets } from '../metadata/targets.ts';
import { binOfPath } from '../repository/bins.ts';
import type { Draft } from '../repository/draft.ts';
import type { Proposal } from '../repository/event.ts';
import { delegatedAuthorities, type Published } from '../repository/published.ts';
import {
  createTargets,
  type DelegationSpec,
  editTargets,
  type TargetEntry,
  type TargetsEditor,
} from '../repository/targets-draft.ts';
import { commandLine, option, place } from './command-line.ts';
import { later } from './duration.ts';
import { checkNoJournal } from './journal.ts';
import { readDrafts } from './proposal.ts';
import { roleWords } from './role-names.ts';
import { dropUnlisted, isSameTarget, readDraft, readTargetsDrafts, stageDrafts } from './staging.ts';
import { readMore, readWorkspace, type Workspace } from './workspace.ts';
import { lifetimeOf } from './workspace-config.ts';

/** What became of a target. */
interface StagedChange {
  readonly path: string;
  /** The role that lists it: the bin, where the role delegates to hash bins. */
  readonly role: string;
  /** Against what was staged or published before. */
  readonly change: 'added' | 'updated' | 'removed' | 'unchanged';
  readonly length?: number;
  readonly hashes?: Readonly<Record<string, string>>;
}

/** What is to be changed; it is done in one go when all of it is known. */
export interface StagedEditor {
  put(path: string, entry: TargetEntry): void;
  /** A path that is not listed is `ERR_TUF_NOT_FOUND`, and nothing is changed then. */
  remove(path: string): void;
  delegate(spec: DelegationSpec): void;
}

/** A document that a change starts from. */
type Current = Signed<Targets> | Draft<Targets>;

/** What became of targets, and all that is staged after it on what is published, as far as that was read. */
export interface StagedEdit {
  readonly changes: readonly StagedChange[];
  readonly proposal: Proposal;
}

/**
 * Changes what is staged for a targets role, under the lock of the folder: commands that run at the same time build on
 * each other's work. Where the role delegates to hash bins, its targets go to the bins that they belong to. The drafts go
 * to the disk all or none.
 *
 * @param change may take its time; it is called once, with what is published as far as it was read.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role that nobody delegates to; `ERR_TUF_CONFLICT` while an
 * interrupted publication waits to be finished.
 */
export function editStaged(
  workspace: Workspace,
  role: string,
  session: { readonly signal: AbortSignal; now(): Date },
  change: (targets: StagedEditor, published: Published | undefined) => void | Promise<void>,
): Promise<StagedEdit> {
  return workspace.drafts.exclusive(async () => {
    await checkNoJournal(workspace);
    const known = await readWorkspace(workspace, new Set([role]));
    const expires = later(session.now(), lifetimeOf(workspace.config, role));
    const current = await currentOf(workspace, role, known, expires);
    const recorder = new Recorder();
    // Files are copied and digested before a document is touched: the change itself is made at once.
    await change(recorder, known);
    const byRole = await recorder.byRole(current);
    const published = known && (await readMore(workspace, known, new Set(byRole.keys())));
    const changes: StagedChange[] = [];
    const drafts: Draft<Targets>[] = [];
    for (const [name, edits] of byRole) {
      const before = name === role ? current : await currentOf(workspace, name, published, expires);
      const draft = edited(before, edits, expires);
      if (draft !== undefined) drafts.push(draft);
      changes.push(...changesOf(name, edits, before.signed, (draft ?? before).signed));
    }
    drafts.push(...(await begunAnew(workspace, recorder.delegated, published, drafts, expires)));
    if (drafts.length > 0) await stageDrafts(workspace, drafts);
    const staged = await readDrafts(workspace, published);
    await dropUnlisted(workspace, staged.targets?.values() ?? []);
    return { changes, proposal: { before: published, drafts: staged } };
  }, session.signal);
}

/** The document that a change of a role starts from: what is staged, what is published, or a new one. */
export async function currentOf(
  workspace: Workspace,
  role: string,
  published: Published | undefined,
  expires: Date,
): Promise<Current> {
  const staged = await readDraft<Targets>(workspace, role);
  if (staged !== undefined) return staged;
  const found = published?.targets.get(role);
  if (found !== undefined) return found;
  const drafts = await readTargetsDrafts(workspace, published);
  const delegators = [...(published?.targets.values() ?? []), ...drafts.values()];
  if (delegatedAuthorities(role, delegators).length > 0) {
    // One that was ended may be delegated to again: its versions go on.
    const listed = published?.snapshot.signed.meta.version(`${role}.json`);
    return createTargets({ role, expires, version: (listed ?? 0) + 1 });
  }
  const roles = roleWords({ before: published, drafts: { root: undefined, targets: drafts } });
  const delegate = commandLine('delegate', workspace.folder, role, option('paths', place('PATTERN')));
  const hint = `the roles are ${roles}; or delegate to it first: ${delegate}`;
  throw new TufError('ERR_TUF_REPOSITORY_REFUSED', `no role delegates to ${JSON.stringify(role)}`, { role }, { hint });
}

/**
 * The next versions, empty, of roles that are delegated to again: the snapshot lists them still, and what stands there is
 * signed by whoever signed it then.
 */
async function begunAnew(
  workspace: Workspace,
  delegated: ReadonlySet<string>,
  published: Published | undefined,
  drafts: readonly Draft<Targets>[],
  expires: Date,
): Promise<Draft<Targets>[]> {
  const anew: Draft<Targets>[] = [];
  for (const role of delegated) {
    const listed = published?.snapshot.signed.meta.version(`${role}.json`);
    const isKnown = published?.targets.has(role) === true || published?.unread.has(role) === true;
    const isStaged = drafts.some((draft) => draft.role === role) || (await readDraft(workspace, role)) !== undefined;
    if (listed !== undefined && !isKnown && !isStaged) anew.push(createTargets({ role, expires, version: listed + 1 }));
  }
  return anew;
}

/** The edits of one document, in order. */
interface Edits {
  readonly calls: ((targets: TargetsEditor) => void)[];
  /** The paths of targets that are touched, each once. */
  readonly paths: Set<string>;
}

class Recorder implements StagedEditor {
  /** The roles that are delegated to. */
  readonly delegated: Set<string> = new Set<string>();
  readonly #edits: { readonly path: string | undefined; readonly call: (targets: TargetsEditor) => void }[] = [];

  put(path: string, entry: TargetEntry): void {
    this.#edits.push({ path, call: (targets) => targets.put(path, entry) });
  }

  remove(path: string): void {
    this.#edits.push({ path, call: (targets) => removeListed(targets, path) });
  }

  delegate(spec: DelegationSpec): void {
    this.delegated.add(spec.name);
    this.#edits.push({ path: undefined, call: (targets) => targets.delegate(spec) });
  }

  /** Which document each edit is of. What the role lists itself, clients find there, whatever its bins list. */
  async byRole({ role, signed }: Current): Promise<Map<string, Edits>> {
    const edits = new Map<string, Edits>();
    const succinct = signed.delegations?.succinct;
    for (const { path, call } of this.#edits) {
      const isOwn = succinct === undefined || path === undefined || signed.targets.get(path) !== undefined;
      const name = isOwn ? role : await binOfPath(succinct, path, nodeCrypto());
      const found = edits.get(name) ?? { calls: [], paths: new Set() };
      found.calls.push(call);
      if (path !== undefined) found.paths.add(path);
      edits.set(name, found);
    }
    return edits;
  }
}

function removeListed(targets: TargetsEditor, path: string): void {
  if (targets.remove(path)) return;
  const hint = 'see what is listed with: tufa list';
  throw new TufError('ERR_TUF_NOT_FOUND', `no target ${JSON.stringify(path)} is listed`, { path }, { hint });
}

function edited(current: Current, { calls }: Edits, expires: Date): Draft<Targets> | undefined {
  const draft = editTargets(current, (targets) => {
    for (const call of calls) call(targets);
  });
  return draft && (editTargets(draft, () => {}, { expires }) ?? draft);
}

function changesOf(role: string, { paths }: Edits, before: Targets, after: Targets): StagedChange[] {
  return [...paths].map((path) => changeOf(path, role, before, after));
}

function changeOf(path: string, role: string, before: Targets, after: Targets): StagedChange {
  const [old, now] = [before.targets.get(path), after.targets.get(path)];
  if (now === undefined) return { path, role, change: 'removed' };
  const { length, hashes } = now;
  const change = old === undefined ? 'added' : isSameTarget(old, now) ? 'unchanged' : 'updated';
  return { path, role, change, length, hashes: Object.fromEntries(hashes) };
}
