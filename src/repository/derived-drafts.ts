/**
 * The two roles that follow from what changed: the snapshot lists every targets role, the timestamp lists the snapshot.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import { jsonOf } from '../metadata/json.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Draft, draftOf, type EditOptions, editDocument, newTree, type Tree, treeIn } from './draft.ts';
import { refused } from './refusal.ts';

/** How a derived role is made. */
export interface DeriveOptions extends EditOptions {
  readonly crypto: Pick<Crypto, 'digest'>;
}

/**
 * The next snapshot: what the current one lists, with version, length and SHA-256 of each role that changed. What is listed
 * once stays listed, since clients refuse a snapshot that drops a file. `undefined` where nothing changed.
 *
 * @param current `undefined` for the first snapshot, which needs `options.expires`.
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role whose version would go back, `ERR_TUF_CONFLICT` for one
 * with the version that is listed and other bytes.
 * @spec 4.4-a, 4.4-b, 4.4-d, 4.4-f, 5.5.5b, 6.3.2
 */
export async function deriveSnapshot(
  current: Signed<Snapshot> | undefined,
  changed: Iterable<Signed<Targets>>,
  options: DeriveOptions,
): Promise<Draft<Snapshot> | undefined> {
  const entries = await Promise.all([...changed].map((document) => entryOf(document, options.crypto)));
  for (const entry of entries) checkEntry(current, entry);
  return derive('snapshot', current, entries, options);
}

/**
 * The next timestamp, for a snapshot. `undefined` where nothing changed.
 *
 * @param current `undefined` for the first timestamp, which needs `options.expires`.
 * @spec 4.6-a, 6.3.3, A-24, A-50
 */
export async function deriveTimestamp(
  current: Signed<Timestamp> | undefined,
  snapshot: Signed<Snapshot>,
  options: DeriveOptions,
): Promise<Draft<Timestamp> | undefined> {
  const entry = await entryOf(snapshot, options.crypto);
  checkEntry(current, entry);
  return derive('timestamp', current, [entry], options);
}

interface MetaEntry {
  readonly role: string;
  readonly version: number;
  readonly length: number;
  readonly sha256: string;
}

async function entryOf(document: Signed<DocumentHead>, crypto: Pick<Crypto, 'digest'>): Promise<MetaEntry> {
  const { role, bytes, signed } = document;
  return {
    role,
    version: signed.version,
    length: bytes.length,
    sha256: encodeHex(await crypto.digest('sha256', bytes)),
  };
}

function checkEntry(current: Signed<Snapshot | Timestamp> | undefined, entry: MetaEntry): void {
  const listed = current?.signed.meta.get(`${entry.role}.json`);
  if (listed === undefined || entry.version > listed.version) return;
  const { role, version, sha256 } = entry;
  if (version < listed.version) {
    const hint = 'clients refuse it: publish a version above the highest that was ever served';
    throw refused(role, `version ${version} is older than the published version ${listed.version}`, hint);
  }
  const expected = listed.hashes?.get('sha256')?.toLowerCase();
  if (expected === undefined || expected === sha256) return;
  const hint = 'a version names one content for ever: give the change the next version';
  const message = `${role}: version ${version} is published with other bytes`;
  throw new TufError('ERR_TUF_CONFLICT', message, { path: `${role}.json`, expected, found: sha256 }, { hint });
}

function derive<T extends Snapshot | Timestamp>(
  role: 'snapshot' | 'timestamp',
  current: Signed<T> | undefined,
  entries: readonly MetaEntry[],
  options: DeriveOptions,
): Draft<T> | undefined {
  const write = (tree: Tree): void => {
    const meta = treeIn(tree, 'meta');
    for (const { role: name, version, length, sha256 } of entries) {
      const entry = treeIn(meta, `${name}.json`);
      entry.set('version', version).set('length', length).set('hashes', jsonOf({ sha256 }));
    }
  };
  if (current !== undefined) return editDocument(current, write, options);
  if (options.expires === undefined) throw new TypeError(`the first ${role} needs a date on which it expires`);
  const tree = newTree(role, options.expires, options.issued);
  write(tree);
  return draftOf(role, role, tree, 'olpc');
}
