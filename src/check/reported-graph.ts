import type { DelegationGraph, Edge } from './graph.ts';

/** A role in a report. Hash bins of one delegator are one. */
export interface ReportedRole {
  readonly role: string;
  readonly version: number | null;
  /** `unlisted`: not in the snapshot; `gone`: listed and not there; `unread`: a bound was met before it. */
  readonly state: 'there' | 'unlisted' | 'gone' | 'unread';
  /** Listed targets; of bins all together. */
  readonly targets: number;
  /** How many bins this stands for; 0 for a role. */
  readonly bins: number;
}

/** A delegation in a report. */
export interface ReportedEdge {
  readonly from: string;
  readonly to: string;
  /** Patterns, or prefixes of digests; the first few. */
  readonly reach: readonly string[];
  readonly reachKind: 'paths' | 'prefixes' | 'bins' | 'nothing';
  /** How many patterns or prefixes there are. */
  readonly reachCount: number;
  readonly terminating: boolean;
  readonly threshold: number;
  readonly keys: number;
}

/** Who delegates to whom. */
export interface ReportedGraph {
  readonly roles: readonly ReportedRole[];
  readonly edges: readonly ReportedEdge[];
  /** Roles that are left out. */
  readonly omitted: number;
}

const rolesMax = 1000;
const edgesMax = 5000;
const reachMax = 8;

/** The graph as values, bounded. */
export function reportedGraph(graph: DelegationGraph): ReportedGraph {
  const roles = new Map<string, ReportedRole>();
  const edges = new Map<string, ReportedEdge>();
  let omitted = 0;
  for (const node of graph.values()) {
    const { role, state, examined } = node;
    const bin = node.edges.find(({ isBin }) => isBin);
    const name = bin === undefined ? role : binsName(bin);
    const before = roles.get(name);
    const targets = (before?.targets ?? 0) + (examined?.view?.targets.size ?? 0);
    const bins = bin === undefined ? 0 : (before?.bins ?? 0) + 1;
    if (before === undefined && roles.size >= rolesMax) {
      omitted += 1;
      continue;
    }
    const version = bin === undefined ? (examined?.view?.version ?? null) : null;
    roles.set(name, { role: name, version, state, targets, bins });
    for (const edge of node.edges) {
      const key = JSON.stringify([edge.delegator, name]);
      if (!edges.has(key) && edges.size < edgesMax) edges.set(key, edgeOf(edge, name));
    }
  }
  return { roles: [...roles.values()], edges: [...edges.values()].filter((each) => roles.has(each.from)), omitted };
}

function edgeOf({ delegator, delegated, isBin }: Edge, to: string): ReportedEdge {
  const { paths, pathHashPrefixes, terminating, threshold, keyids } = delegated;
  const reach = paths ?? pathHashPrefixes ?? [];
  const kind = isBin ? 'bins' : reach.length === 0 ? 'nothing' : paths === undefined ? 'prefixes' : 'paths';
  return {
    from: delegator,
    to,
    reach: reach.slice(0, reachMax),
    reachKind: kind,
    reachCount: reach.length,
    terminating,
    threshold,
    keys: keyids.length,
  };
}

function binsName({ delegator, delegated }: Edge): string {
  return `${delegated.name.replace(/-[^-]*$/, '')}-… of ${delegator}`;
}
