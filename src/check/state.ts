import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Root } from '../metadata/root.ts';
import { parseSnapshot, parseTimestamp } from '../metadata/snapshot.ts';
import { topLevelAuthority } from '../trust/authority.ts';
import type { Trusted } from '../trust/trusted.ts';
import { type CheckContext, fileOf } from './context.ts';
import { checkListed, checkSigned, type Examined, examine } from './document.ts';
import type { DelegationGraph } from './graph.ts';
import { checkRoots } from './root-chain.ts';
import { type HeadView, looseMeta, type MetaView } from './view.ts';
import { walkRoles } from './walk-roles.ts';

/** All that is published now, as far as it can be read. */
export interface RepositoryState {
  readonly root: Trusted<Root>;
  /** Versions of root that are served. */
  readonly rootsServed: number;
  readonly timestamp: Examined<MetaView> | undefined;
  readonly snapshot: Examined<MetaView> | undefined;
  readonly graph: DelegationGraph;
  /** Each document that clients need now, by its role. */
  readonly documents: ReadonlyMap<string, Examined<HeadView>>;
}

/** Reads and verifies what is published, from the trusted root on. */
export async function readState(context: CheckContext, pinned: Uint8Array): Promise<RepositoryState> {
  const { root, served } = await checkRoots(context, pinned);
  const timestamp = await readTimestamp(context, root);
  const snapshot = timestamp?.view === undefined ? undefined : await readSnapshot(context, root, timestamp.view);
  const graph = snapshot?.view === undefined ? new Map() : await walkRoles(context, root, snapshot.view);
  const documents = new Map<string, Examined<HeadView>>();
  const { bytes, signed: view } = root;
  const file = fileOf('metadata', metadataUrlPath('root', view.version));
  documents.set('root', { role: 'root', file, bytes, document: root, view, sound: true });
  if (timestamp !== undefined) documents.set('timestamp', timestamp);
  if (snapshot !== undefined) documents.set('snapshot', snapshot);
  for (const [role, { examined }] of graph as DelegationGraph)
    if (examined !== undefined) documents.set(role, examined);
  return { root, rootsServed: served, timestamp, snapshot, graph, documents };
}

/** @spec 5.4.2, 4.6-a */
async function readTimestamp(context: CheckContext, root: Trusted<Root>): Promise<Examined<MetaView> | undefined> {
  const { findings } = context;
  const urlPath = metadataUrlPath('timestamp');
  const file = fileOf('metadata', urlPath);
  const about = { role: 'timestamp', file };
  const answered = await context.document(urlPath, about);
  if (answered?.state === 'absent') findings.add('nothing-published', about, `${file} is not there`);
  if (answered?.state !== 'there') return undefined;
  const examined = examine<MetaView>(context, about, answered.bytes, (bytes) => parseTimestamp(bytes), looseMeta);
  const isSigned = await checkSigned(context, examined, [topLevelAuthority(root, 'timestamp')]);
  if (examined.view !== undefined && examined.view.meta.get('snapshot.json') === undefined) {
    findings.add('meta-missing', about, 'the timestamp does not list snapshot.json');
  }
  return { ...examined, sound: examined.sound && isSigned };
}

/** @spec 5.5.2, 5.5.3 */
async function readSnapshot(
  context: CheckContext,
  root: Trusted<Root>,
  timestamp: MetaView,
): Promise<Examined<MetaView> | undefined> {
  const listed = timestamp.meta.get('snapshot.json');
  if (listed === undefined) return undefined;
  const urlPath = metadataUrlPath('snapshot', root.signed.consistentSnapshot ? listed.version : undefined);
  const about = { role: 'snapshot', file: fileOf('metadata', urlPath) };
  const answered = await context.document(urlPath, about);
  if (answered?.state === 'absent') {
    context.findings.add('file-missing', about, `${about.file} is listed and not there`);
  }
  if (answered?.state !== 'there') return undefined;
  const examined = examine<MetaView>(context, about, answered.bytes, (bytes) => parseSnapshot(bytes), looseMeta);
  const isListed = await checkListed(context, examined, listed);
  const isSigned = await checkSigned(context, examined, [topLevelAuthority(root, 'snapshot')]);
  return { ...examined, sound: examined.sound && isListed && isSigned };
}
