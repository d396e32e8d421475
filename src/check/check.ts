import type { Crypto } from '../client/ports.ts';
import { formatDateTime } from '../metadata/date-time.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import { StepBudget } from '../repository/delegation-reach.ts';
import type { StartDigest } from '../repository/ports.ts';
import { type AgainstReport, compareCopies } from './against.ts';
import { checkChannels } from './channels.ts';
import type { CheckCode, Severity } from './codes.ts';
import { type CheckBounds, CheckContext, type CheckProgress, defaultCheckBounds } from './context.ts';
import { type CalendarEntry, checkExpiry } from './expiry.ts';
import type { Finding } from './finding.ts';
import { checkFolder } from './folder-files.ts';
import { checkHosting, type HostingSample } from './hosting.ts';
import { checkDelegationKeys, checkRootKeys } from './keys.ts';
import { checkNaming } from './naming.ts';
import { checkOrphans } from './orphans.ts';
import type { Place } from './ports.ts';
import { type ReportedGraph, reportedGraph } from './reported-graph.ts';
import { checkReached } from './search.ts';
import { Site } from './site.ts';
import { checkSnapshotMeta, checkSpelling, checkTimestampMeta } from './spelling.ts';
import { type RepositoryState, readState } from './state.ts';
import { checkTargetFiles, urlPathsOf } from './target-files.ts';
import { checkTopology } from './topology.ts';

export interface CheckOptions {
  readonly crypto: Crypto;
  /** Digests of target files, as they stream. */
  readonly digest: StartDigest;
  /** The trusted root: the one thing that is believed. */
  readonly root: Uint8Array;
  /** The time for which expiries are judged. */
  readonly at: Date;
  /** Another copy to compare with. */
  readonly against?: Place | undefined;
  /** Versions that were published before, by role: less is a finding (`rolled-back`). */
  readonly floor?: Readonly<Partial<Record<string, number>>> | undefined;
  /** Do not read target files. Of a folder, that they are there and how long they are is checked all the same. */
  readonly skipContents?: boolean | undefined;
  readonly bounds?: Partial<CheckBounds> | undefined;
  /** Asked between files; once it gives true, what is left is not looked at (`check-incomplete`). */
  readonly isOver?: (() => boolean) | undefined;
  /** Told of each file that was read. */
  readonly onProgress?: ((read: CheckProgress) => void) | undefined;
}

/** All that a check has to say. The document of `tufa check --json`. */
export interface CheckReport {
  /** Where it was read, for people. */
  readonly place: string;
  /** RFC 3339. */
  readonly at: string;
  readonly counts: Readonly<Record<Severity, number>>;
  /** Errors first, then warnings, then notes. Texts may hold what others chose. */
  readonly findings: readonly Finding[];
  /** How many findings of a code are left out of `findings`. */
  readonly omitted: Partial<Record<CheckCode, number>>;
  /** What ends first comes first. */
  readonly calendar: readonly CalendarEntry[];
  readonly graph: ReportedGraph;
  /** What was looked at. */
  readonly read: {
    readonly roots: number;
    readonly documents: number;
    readonly documentBytes: number;
    readonly targetFiles: number;
  };
  readonly against: AgainstReport | null;
}

/**
 * Checks a repository: everything that can be known of it from one trusted root. What a client would refuse is a finding
 * and not an end.
 *
 * @throws {@link TufError} where the trusted root cannot be read, or is not signed by its own keys.
 */
export async function checkRepository(place: Place, options: CheckOptions): Promise<CheckReport> {
  const shared = {
    crypto: options.crypto,
    digest: options.digest,
    at: { milliseconds: options.at.getTime(), nanoseconds: 0 },
    bounds: { ...defaultCheckBounds, ...options.bounds },
    isOver: options.isOver ?? (() => false),
    onProgress: options.onProgress ?? (() => {}),
  };
  const context = new CheckContext(place, shared);
  const state = await readState(context, options.root);
  await checkDocuments(context, state);
  checkFloor(context, state, options.floor ?? {});
  const calendar = checkExpiry(context, [...state.documents.values()]);
  const budget = new StepBudget(context.bounds.steps);
  checkTopology(context, state.graph, budget);
  const unfound = await checkReached(context, state.graph, budget);
  await checkChannels(context, state.graph, budget);
  const { root, snapshot, graph } = state;
  if (snapshot?.view !== undefined) await checkOrphans(context, root.signed, snapshot.view, graph, unfound);
  await checkFiles(context, state, options.skipContents === true);
  if (place instanceof Site) await checkHosting(context, place, sampleOf(state));
  const against =
    options.against === undefined ? null : await compare(context, state, options.against, options.root, shared);
  return reportOf(context, state, calendar, against);
}

async function checkDocuments(context: CheckContext, state: RepositoryState): Promise<void> {
  const { root, timestamp, snapshot, graph, documents } = state;
  for (const examined of documents.values()) checkSpelling(context, examined);
  const { file } = documents.get('root') as { readonly file: string };
  await checkRootKeys(context, root.signed, file);
  if (!root.signed.consistentSnapshot) {
    context.findings.add('consistent-snapshot-off', { role: 'root', file }, 'root says so, or says nothing');
  }
  if (timestamp?.view !== undefined) checkTimestampMeta(context, timestamp.view, timestamp.file);
  if (snapshot?.view !== undefined) {
    checkSnapshotMeta(context, snapshot.view, snapshot.file);
  }
  for (const node of graph.values()) {
    checkNaming(context, node);
    const { view, role, file: own } = node.examined ?? {};
    if (view !== undefined) await checkDelegationKeys(context, view, { role, file: own });
  }
}

/** @spec 4.3-d, T39 */
function checkFloor({ findings }: CheckContext, { documents }: RepositoryState, floor: object): void {
  for (const [role, highest] of Object.entries(floor)) {
    const { view, file } = documents.get(role) ?? {};
    if (view?.version === undefined || view.version >= highest) continue;
    const text = `${role} has version ${view.version}, and version ${highest} was published`;
    findings.add('rolled-back', { role, file }, text);
  }
}

async function checkFiles(context: CheckContext, state: RepositoryState, skipContents: boolean): Promise<void> {
  const { place, bounds } = context;
  const { root, timestamp, snapshot, graph } = state;
  const listing = await place.list?.(bounds.files);
  const consistent = root.signed.consistentSnapshot;
  await checkTargetFiles(context, graph, { consistent, skipContents, listing });
  if (listing === undefined) return;
  const versions = { timestamp: timestamp?.view?.version, snapshot: snapshot?.view?.version };
  // What stands behind a document that cannot be read is not known, and nothing is extra for that.
  const isWhole =
    snapshot?.view !== undefined &&
    [...graph.values()].every(({ state: each, examined }) => each === 'unlisted' || examined?.view !== undefined);
  await checkFolder(context, listing, graph, { root, ...versions, isWhole, skipContents });
}

function sampleOf({ root, timestamp, graph }: RepositoryState): HostingSample {
  const { consistentSnapshot: consistent, version } = root.signed;
  const listed = timestamp?.view?.meta.get('snapshot.json')?.version;
  const snapshot = listed === undefined ? undefined : metadataUrlPath('snapshot', consistent ? listed : undefined);
  let target: HostingSample['target'];
  for (const { examined } of graph.values()) {
    for (const path of examined?.view?.targets.paths() ?? []) {
      const file = examined?.view?.targets.get(path);
      const urlPath = file && urlPathsOf(file, consistent)[0];
      // A small one is enough, and an empty one has no range.
      if (file === undefined || urlPath === undefined || file.length < 2) continue;
      if (target === undefined || file.length < target.length) target = { urlPath, length: file.length };
    }
  }
  return {
    root: metadataUrlPath('root', version),
    nextRoot: metadataUrlPath('root', version + 1),
    snapshot,
    target,
    consistent,
  };
}

/** The other copy is read in the same way; what is wrong with it is not a finding of this one. */
async function compare(
  context: CheckContext,
  state: RepositoryState,
  other: Place,
  root: Uint8Array,
  shared: ConstructorParameters<typeof CheckContext>[1],
): Promise<AgainstReport> {
  const otherContext = new CheckContext(other, shared);
  const otherState = await readState(otherContext, root);
  const { incomplete } = otherContext;
  if (incomplete !== undefined) context.findings.add('check-incomplete', {}, `of the other copy: ${incomplete}`);
  return compareCopies(context, state, otherState, other.name);
}

const order: readonly Severity[] = ['error', 'warning', 'note'];

function reportOf(
  { findings, place, at, read }: CheckContext,
  { rootsServed, graph }: RepositoryState,
  calendar: readonly CalendarEntry[],
  against: AgainstReport | null,
): CheckReport {
  return {
    place: place.name,
    at: formatDateTime(at),
    counts: findings.counts(),
    findings: order.flatMap((severity) => findings.all.filter((finding) => finding.severity === severity)),
    omitted: findings.omitted(),
    calendar,
    graph: reportedGraph(graph),
    read: { roots: rootsServed, documents: read.documents, documentBytes: read.bytes, targetFiles: read.targets },
    against,
  };
}
