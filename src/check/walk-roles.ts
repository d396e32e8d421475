import {
  binName,
  type DelegatedRole,
  type Delegations,
  delegatedRoles,
  type SuccinctRoles,
} from '../metadata/delegations.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Root } from '../metadata/root.ts';
import { parseTargets } from '../metadata/targets.ts';
import { topLevelAuthority } from '../trust/authority.ts';
import { type CheckContext, fileOf } from './context.ts';
import { checkListed, checkSigned, type Examined, examine } from './document.ts';
import { counted, some } from './finding.ts';
import type { DelegationGraph, Edge, RoleNode } from './graph.ts';
import { looseTargets, type MetaView, type TargetsView } from './view.ts';

/**
 * Reads the top-level targets and every role that delegations lead to, and holds each against the snapshot and against
 * the keys of all who delegate to it.
 *
 * @spec 5.6.2, 5.6.3, A-36, A-45
 */
export async function walkRoles(
  context: CheckContext,
  root: { readonly signed: Root },
  snapshot: MetaView,
): Promise<DelegationGraph> {
  const graph = new Map<string, RoleNode>();
  const pending: { readonly role: string; readonly edges: Edge[] }[] = [];
  const asked = new Map<string, Edge[]>();
  const ask = (role: string, edge?: Edge): void => {
    const known = asked.get(role);
    if (known !== undefined) {
      if (edge !== undefined) known.push(edge);
      return;
    }
    const own = edge === undefined ? [] : [edge];
    asked.set(role, own);
    pending.push({ role, edges: own });
  };
  const listed = [...snapshot.meta.versions()].map(([name]) => name.replace(/\.json$/, ''));
  ask('targets');
  let edgeCount = 0;
  let isCut = false;
  // Not shifted: there may be very many.
  for (let i = 0; i < pending.length; i += 1) {
    const { role, edges } = pending[i] as (typeof pending)[number];
    const node = await readRole(context, root.signed, snapshot, role, edges, isCut);
    graph.set(role, node);
    const view = node.examined?.view;
    if (view === undefined) continue;
    for (const edge of edgesOf(context, role, view, listed)) {
      isCut ||= isBeyond(context, edgeCount);
      edgeCount += 1;
      // What is beyond has its name in the graph, so that nobody takes it for a role of no delegator.
      ask(edge.delegated.name, isCut ? undefined : edge);
    }
  }
  await checkAuthorities(context, root, graph);
  sayUnpublished(context, graph);
  return graph;
}

function isBeyond(context: CheckContext, edgeCount: number): boolean {
  if (edgeCount >= context.bounds.edges) context.boundMet('edges', 'there are more delegations');
  else if (edgeCount % 1024 === 0 && context.isOver()) {
    context.boundMet('time', 'the time is over before every delegation was followed');
  } else return false;
  return true;
}

async function readRole(
  context: CheckContext,
  root: Root,
  snapshot: MetaView,
  role: string,
  edges: Edge[],
  isCut: boolean,
): Promise<RoleNode> {
  const { findings } = context;
  const listed = snapshot.meta.get(`${role}.json`);
  if (listed === undefined) return { role, edges, state: isCut ? 'unread' : 'unlisted', examined: undefined };
  const urlPath = metadataUrlPath(role, root.consistentSnapshot ? listed.version : undefined);
  const file = fileOf('metadata', urlPath);
  if (isCut) {
    context.known.add(file);
    return { role, edges, state: 'unread', examined: undefined };
  }
  const answered = await context.document(urlPath, { role });
  if (answered?.state !== 'there') {
    if (answered?.state === 'absent') findings.add('file-missing', { role, file }, `${file} is listed and not there`);
    return { role, edges, state: answered === undefined ? 'unread' : 'gone', examined: undefined };
  }
  const examined: Examined<TargetsView> = examine<TargetsView>(
    context,
    { role, file },
    answered.bytes,
    (bytes) => parseTargets(bytes, role),
    looseTargets,
  );
  const isListed = await checkListed(context, examined, listed);
  return { role, edges, state: 'there', examined: { ...examined, sound: examined.sound && isListed } };
}

/** One by one: there may be more than memory holds. */
function* edgesOf(
  context: CheckContext,
  delegator: string,
  view: TargetsView,
  listed: readonly string[],
): Generator<Edge> {
  const { delegations } = view;
  if (delegations === undefined) return;
  const { succinct, keys } = delegations;
  const edge = (delegated: DelegatedRole, isBin: boolean): Edge => {
    const { keyids, threshold, name } = delegated;
    return { delegator, delegated, authority: { keyids, threshold, role: name, delegator, keys }, isBin };
  };
  const bins = succinct === undefined ? [] : binsOf(context, delegator, delegations, succinct, listed);
  for (const role of delegations.roles) yield edge(role, false);
  for (const bin of bins) yield edge(bin, true);
}

/** The bins that are listed; those that are not are counted. @spec A-35 */
function binsOf(
  { findings }: CheckContext,
  delegator: string,
  delegations: Delegations,
  succinct: SuccinctRoles,
  listed: readonly string[],
): readonly DelegatedRole[] {
  const bins = delegatedRoles(delegations, listed);
  const total = 2 ** succinct.bitLength;
  if (bins.length === total) return bins;
  const there = new Set(bins.map(({ name }) => name));
  const missing: string[] = [];
  for (let i = 0; missing.length < 5 && i < total; i += 1) {
    const name = binName(succinct, i);
    if (!there.has(name)) missing.push(name);
  }
  const absent = total - bins.length;
  const what = `${absent} of ${counted(total, 'bin')} that ${delegator} delegates to`;
  const text = `${what} ${absent === 1 ? 'is' : 'are'} not published: ${some(missing, absent)}`;
  findings.add('role-unpublished', { role: delegator }, text);
  return bins;
}

async function checkAuthorities(
  context: CheckContext,
  root: { readonly signed: Root },
  graph: Map<string, RoleNode>,
): Promise<void> {
  for (const [role, node] of graph) {
    if (node.examined === undefined) continue;
    const authorities =
      role === 'targets' ? [topLevelAuthority(root, 'targets')] : node.edges.map(({ authority }) => authority);
    const isSigned = await checkSigned(context, node.examined, authorities);
    if (!isSigned) graph.set(role, { ...node, examined: { ...node.examined, sound: false } });
  }
}

function sayUnpublished({ findings }: CheckContext, graph: DelegationGraph): void {
  for (const { role, edges, state } of graph.values()) {
    if (state !== 'unlisted') continue;
    if (role === 'targets')
      findings.add('meta-missing', { role: 'snapshot' }, 'the snapshot does not list targets.json');
    else
      findings.add(
        'role-unpublished',
        { role },
        `${some([...new Set(edges.map(({ delegator }) => delegator))])} delegates to ${role}, and the snapshot does not list it`,
      );
  }
}
