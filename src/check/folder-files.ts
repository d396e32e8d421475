/**
 * What a folder holds beside what clients ask for now: older versions, whose targets are compared with the newer ones,
 * and files that nothing lists.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { metadataUrlPath, urlSegment } from '../metadata/file-name.ts';
import type { Root } from '../metadata/root.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { type CheckContext, fileOf } from './context.ts';
import { counted, some } from './finding.ts';
import type { DelegationGraph } from './graph.ts';
import type { Listing } from './ports.ts';
import { Beginning } from './private-key.ts';
import { contentOf } from './search.ts';
import { urlPathsOf } from './target-files.ts';

/** Files that no client needs whose beginning is looked at for a private key, and how long such a file is at most. */
const peeksMax = 10_000;
const keyBytesMax = 65_536;

/** The newest version of each role that is published. */
export interface CurrentVersions {
  readonly root: { readonly signed: Root };
  readonly timestamp: number | undefined;
  readonly snapshot: number | undefined;
  /** Whether everything that lists files could be read. */
  readonly isWhole: boolean;
  /** Whether files that something lists are not to be read. */
  readonly skipContents: boolean;
}

/** Everything that only a folder can be asked. */
export async function checkFolder(
  context: CheckContext,
  listing: Listing,
  graph: DelegationGraph,
  current: CurrentVersions,
): Promise<void> {
  if (!listing.complete) context.boundMet('files', 'the folder has more files');
  const { consistentSnapshot } = current.root.signed;
  const older = sortVersions(context, listing, graph, current);
  if (consistentSnapshot) await compareVersions(context, graph, older);
  await lookForKeys(context, listing, current.skipContents);
  if (current.isWhole) checkExtra(context, listing);
}

/** Marks older versions as known, names what is ahead, and gives the older versions of each targets role, newest first. */
function sortVersions(
  context: CheckContext,
  { files }: Listing,
  graph: DelegationGraph,
  { root, timestamp, snapshot }: CurrentVersions,
): Map<string, number[]> {
  const { findings, known, former } = context;
  const older = new Map<string, number[]>();
  const newestRoot = root.signed.version;
  const top = new Map([
    ['root', newestRoot],
    ['timestamp', timestamp],
    ['snapshot', snapshot],
  ]);
  for (const file of files.keys()) {
    const match = /^metadata\/(\d{1,15})\.(.+)\.json$/.exec(file);
    if (match === null || known.has(file)) continue;
    const version = Number(match[1]);
    const name = match[2] as string;
    const role = graph.has(name) || former.has(name) ? name : decoded(name);
    const published = top.get(role) ?? graph.get(role)?.examined?.view?.version ?? former.get(role);
    if (published === undefined) continue;
    known.add(file);
    if (role === 'root' && version > newestRoot + 1) {
      const missing = some(
        Array.from({ length: Math.min(version - newestRoot - 1, 5) }, (_, i) => `${newestRoot + 1 + i}`),
      );
      findings.add('root-missing', { role, file }, `${file} is there, and version ${missing} is not`);
    } else if (version > published) {
      findings.add('file-ahead', { role, file }, `${file} is there, and version ${published} is published`);
    } else if (graph.has(role)) {
      const versions = older.get(role);
      if (versions === undefined) older.set(role, [version]);
      else versions.push(version);
    }
  }
  // Both names of the newest root are in use.
  known.add('metadata/root.json');
  for (const versions of older.values()) versions.sort((a, b) => b - a);
  return older;
}

/** Whether a path had another content in an older version. What a version lists is known, and no extra file. */
async function compareVersions(
  context: CheckContext,
  graph: DelegationGraph,
  older: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  const { findings, bounds, known } = context;
  for (const [role, versions] of older) {
    const { view, file } = graph.get(role)?.examined ?? {};
    if (view === undefined) continue;
    if (versions.length > bounds.history) context.boundMet('history', `${role} has more older versions`);
    const last = new Map<string, { readonly content: string; readonly version: number | undefined }>();
    const changed: string[] = [];
    const compare = (targets: Pick<Targets, 'targets' | 'version'> | typeof view): void => {
      for (const path of targets.targets.paths()) {
        const target = targets.targets.get(path);
        if (target === undefined) continue;
        for (const urlPath of urlPathsOf(target, true)) known.add(fileOf('targets', urlPath));
        const content = contentOf(target);
        const after = last.get(path);
        if (after !== undefined && after.content !== content) {
          changed.push(`${path} (version ${targets.version} to ${after.version})`);
        }
        last.set(path, { content, version: targets.version });
      }
    };
    compare(view);
    for (const version of versions.slice(0, bounds.history)) {
      // What clients need was read before.
      const { documents, bytes } = context.read;
      if (documents >= bounds.documents || bytes >= bounds.documentsBytes) {
        return context.boundMet('history', 'there are more older versions than are read');
      }
      const answered = await context.document(metadataUrlPath(role, version), { role });
      if (answered === undefined) return;
      const targets = answered.state === 'there' ? readOld(answered.bytes, role) : undefined;
      if (targets !== undefined) compare(targets);
    }
    if (changed.length > 0) {
      findings.add(
        'target-changed',
        { role, file },
        `${counted(changed.length, 'change')} in ${role}: ${some(changed)}`,
      );
    }
  }
}

function readOld(bytes: Uint8Array, role: string): Targets | undefined {
  try {
    return parseTargets(bytes, role).signed;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return undefined; // no client asks for it any more
  }
}

/** Private keys among what no client needs: files that nothing lists, and targets of older versions. */
async function lookForKeys(context: CheckContext, { files }: Listing, skipContents: boolean): Promise<void> {
  const { findings, known, looked, place } = context;
  let peeks = 0;
  for (const [file, length] of files) {
    const isListed = known.has(file);
    const isRead = isListed && (skipContents || file.startsWith('metadata/') || looked.has(file));
    if (isRead || length > keyBytesMax) continue;
    if (context.isOver())
      return context.boundMet('time', 'the time is over before private keys were looked for', false);
    if (peeks >= peeksMax) {
      const text = `private keys were looked for in ${peeksMax} of the files that no client needs`;
      return findings.add('bound-met', {}, text);
    }
    peeks += 1;
    const half = file.startsWith('metadata/') ? 'metadata' : 'targets';
    const urlPath = file.split('/').slice(1).map(urlSegment).join('/');
    const beginning = new Beginning();
    // What cannot be read here is told where it is needed.
    await place.pour(half, urlPath, keyBytesMax, (chunk) => beginning.add(chunk));
    if (beginning.isPrivateKey()) findings.add('key-private-published', { file }, `${file} is a private key`);
  }
}

function checkExtra({ findings, known }: CheckContext, { files }: Listing): void {
  const extra = [...files.keys()].filter((file) => !known.has(file));
  for (const half of ['metadata', 'targets'] as const) {
    const own = extra.filter((file) => file.startsWith(`${half}/`));
    if (own.length === 0) continue;
    findings.add(
      'file-extra',
      { file: own[0] },
      `nothing lists ${counted(own.length, 'file')} in ${half}: ${some(own)}`,
    );
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a name with a bare percent sign is itself
  }
}
