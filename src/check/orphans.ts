import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Root } from '../metadata/root.ts';
import { type CheckContext, fileOf } from './context.ts';
import { counted, some } from './finding.ts';
import type { DelegationGraph } from './graph.ts';
import { lenientJson } from './lenient-json.ts';
import { readFile } from './read-file.ts';
import { urlPathsOf } from './target-files.ts';
import { looseTargets, type MetaView, objectOf, type TargetsView } from './view.ts';

/**
 * Roles that the snapshot lists and that nothing leads to. A snapshot goes on listing what it has listed, so bins that were
 * given up stay in it for ever: they are left-overs where all that they list is listed elsewhere. Their files are listed, all
 * the same.
 *
 * @spec 5.5.5b
 */
export async function checkOrphans(
  context: CheckContext,
  root: Root,
  snapshot: MetaView,
  graph: DelegationGraph,
  unfound: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  // What stands behind a role that cannot be read is not known.
  const isWhole = [...graph.values()].every(
    ({ state, examined }) => state === 'unlisted' || examined?.view !== undefined,
  );
  if (!isWhole) return;
  const orphans = new Map<string, string>();
  for (const [name, version] of snapshot.meta.versions()) {
    const role = name.replace(/\.json$/, '');
    if (graph.has(role) || ['root', 'timestamp', 'snapshot'].includes(role)) continue;
    const urlPath = metadataUrlPath(role, root.consistentSnapshot ? version : undefined);
    orphans.set(role, urlPath);
    context.former.set(role, version);
    context.known.add(fileOf('metadata', urlPath));
  }
  if (orphans.size > 0) await judgeOrphans(context, orphans, foundIn(graph, unfound), root.consistentSnapshot);
}

/** The paths that clients find, wherever. */
function foundIn(graph: DelegationGraph, unfound: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { role, examined } of graph.values()) {
    for (const path of examined?.view?.targets.paths() ?? []) {
      if (unfound.get(role)?.has(path) !== true) found.add(path);
    }
  }
  return found;
}

/** Reads what these roles list, and tells left-overs from roles without which something is lost. */
async function judgeOrphans(
  context: CheckContext,
  orphans: ReadonlyMap<string, string>,
  found: ReadonlySet<string>,
  consistent: boolean,
): Promise<void> {
  const { findings, place, bounds, read } = context;
  const leftOver: string[] = [];
  const orphaned: string[] = [];
  const lost: string[] = [];
  for (const [role, urlPath] of orphans) {
    if (context.isOver()) return context.boundMet('time', 'the time is over before every former role was read', false);
    if (read.documents >= bounds.documents || read.bytes >= bounds.documentsBytes) {
      const unread = orphans.size - leftOver.length - orphaned.length;
      findings.add('bound-met', {}, `${counted(unread, 'role')} that nobody delegates to: not looked at`);
      break;
    }
    const answer = await readFile(place, 'metadata', urlPath, bounds.documentBytes);
    const bytes = answer.state === 'there' ? answer.bytes : new Uint8Array(0);
    read.documents += 1;
    read.bytes += bytes.length;
    context.onProgress(read);
    const { targets }: TargetsView = looseTargets(objectOf(objectOf(lenientJson(bytes)).get('signed')));
    const before = lost.length;
    for (const path of targets.paths()) {
      const target = targets.get(path);
      for (const name of target === undefined ? [] : urlPathsOf(target, consistent))
        context.known.add(fileOf('targets', name));
      if (!found.has(path)) lost.push(path);
    }
    (lost.length === before ? leftOver : orphaned).push(role);
  }
  if (orphaned.length > 0) {
    const what = `${counted(lost.length, 'target')} that only they list`;
    findings.add(
      'role-orphaned',
      { role: 'snapshot' },
      `no role delegates to ${some(orphaned)}: ${what}: ${some(lost)}`,
    );
  }
  if (leftOver.length > 0) {
    findings.add('role-left-over', { role: 'snapshot' }, `no role delegates to ${some(leftOver)}`);
  }
}
