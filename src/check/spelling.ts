/**
 * What deployed clients read differently in a document as such: dates, numbers, the form, what is listed besides.
 *
 * @module
 */
import { canonicalBytes } from '../metadata/canonical-bytes.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { wireJson } from '../repository/wire-json.ts';
import { equalBytes } from '../trust/mix-and-match.ts';
import type { CheckContext } from './context.ts';
import type { Examined } from './document.ts';
import { type About, some } from './finding.ts';
import type { HeadView, MetaView } from './view.ts';

/** What python-tuf, go-tuf and tuf-js take by default where no length is listed. */
const peerBytesMax: Readonly<Record<string, number>> = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000 };
const peerTargetsBytesMax = 5_000_000;
/** Larger documents are not written anew for a note on their spelling. */
const spellingBytesMax = 4 * 1024 * 1024;

/** @spec */
export function checkSpelling(context: CheckContext, examined: Examined<HeadView>): void {
  const { findings } = context;
  const { role, file, bytes, view, document } = examined;
  const about: About = { role, file };
  const { expires, specVersion, version } = view ?? {};
  if (expires !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expires)) {
    findings.add('expires-form', { ...about, pointer: '/signed/expires' }, `${file} expires at ${expires}`);
  }
  if (specVersion !== undefined && !/^1\.\d+\.\d+$/.test(specVersion)) {
    findings.add('spec-version-form', { ...about, pointer: '/signed/spec_version' }, `${file} says ${specVersion}`);
  }
  if (version !== undefined && version >= 2 ** 31) {
    findings.add('number-large', { ...about, pointer: '/signed/version' }, `${file} has version ${version}`);
  }
  const bytesMax = peerBytesMax[role] ?? peerTargetsBytesMax;
  if (bytes.length > bytesMax) {
    findings.add('document-large', about, `${file} has ${bytes.length} bytes, some clients take ${bytesMax}`);
  }
  if (document !== undefined && bytes.length <= spellingBytesMax) checkForm(context, about, document);
}

function checkForm({ findings }: CheckContext, about: About, document: Signed<DocumentHead>): void {
  if (document.inPlace) return;
  const bytes = document.signedBytes();
  const plain = canonicalBytes(bytes, 'olpc', defaultLimits.depth);
  // The newlines of a PEM key stand escaped in JSON and raw in the canonical form: nobody writes them otherwise.
  if (equalBytes(bytes, plain) || equalBytes(bytes, wireJson(parseJson(bytes) as JsonObject, 'olpc'))) return;
  findings.add('document-spelling', about, `${about.file} is indented, or its members stand in another order`);
}

/** What a timestamp lists. @spec 4.6-a, A-24, A-25 */
export function checkTimestampMeta({ findings }: CheckContext, view: MetaView, file: string): void {
  const about: About = { role: 'timestamp', file };
  const others = [...view.meta.versions()].map(([name]) => name).filter((name) => name !== 'snapshot.json');
  if (others.length > 0) findings.add('timestamp-extra', about, `it lists ${some(others)}`);
  const listed = view.meta.get('snapshot.json');
  if (listed !== undefined && (listed.length === undefined || listed.hashes === undefined)) {
    findings.add('meta-unbounded', about, 'the snapshot is listed without length or hashes');
  }
}

/** What a snapshot lists. @spec 4.4-a, A-26 */
export function checkSnapshotMeta({ findings }: CheckContext, view: MetaView, file: string): void {
  const about: About = { role: 'snapshot', file };
  const others: string[] = [];
  const unbounded: string[] = [];
  for (const [name] of view.meta.versions()) {
    const listed = view.meta.get(name);
    if (['root.json', 'timestamp.json', 'snapshot.json'].includes(name) || !name.endsWith('.json')) others.push(name);
    else if (listed?.length === undefined || listed.hashes === undefined) unbounded.push(name);
  }
  if (others.length > 0) findings.add('snapshot-extra', about, `it lists ${some(others)}`);
  if (unbounded.length > 0) findings.add('meta-unbounded', about, `without length or hashes: ${some(unbounded)}`);
}
