import { TufError, tryAnotherMirror } from '../errors.ts';
import type { DocumentHead, Signed } from '../metadata/document.ts';
import type { Root } from '../metadata/root.ts';
import type { Snapshot, Timestamp } from '../metadata/snapshot.ts';

/**
 * Refuses a root that is not exactly the next version.
 *
 * @throws {@link TufError} `ERR_TUF_ROLLBACK` for the same or a lower version, `ERR_TUF_VERSION_MISMATCH` for a later one.
 * @spec 4.3-d, 5.3.5
 */
export function checkRootSuccession(trusted: Signed<Root>, next: Signed<Root>): void {
  const expected = trusted.signed.version + 1;
  const { version } = next.signed;
  if (version < expected) throw rollback('root', 'root', trusted.signed.version, version);
  if (version > expected) throw versionMismatch('root', expected, version);
}

/**
 * Compares a timestamp with the one held: versions do not go back, neither its own nor that of the snapshot it lists.
 * Says whether it is newer; the same version is normal.
 *
 * @throws {@link TufError} `ERR_TUF_ROLLBACK`.
 * @spec 5.4.3.1a, 5.4.3.1b, 5.4.3.2
 */
export function compareTimestamps(held: Signed<Timestamp>, served: Signed<Timestamp>): 'newer' | 'same' {
  const { version } = served.signed;
  if (version < held.signed.version) throw rollback('timestamp', 'timestamp', held.signed.version, version);
  if (version === held.signed.version) return 'same';
  const heldSnapshot = held.signed.meta.version('snapshot.json') ?? 0;
  const snapshot = served.signed.meta.version('snapshot.json');
  if (snapshot === undefined || snapshot < heldSnapshot) {
    throw rollback('timestamp', 'snapshot.json', heldSnapshot, snapshot);
  }
  return 'newer';
}

/** Versions that were current at a known time, below which nothing is accepted although no file of them is held. */
export interface VersionFloor {
  readonly timestamp: number;
  readonly snapshot: number;
}

/**
 * Refuses a timestamp below a floor, and one that lists a snapshot below it.
 *
 * @throws {@link TufError} `ERR_TUF_ROLLBACK`.
 * @spec 5.4.3.1a, 5.4.3.2, T32
 */
export function checkTimestampFloor(floor: VersionFloor, served: Signed<Timestamp>): void {
  const { version, meta } = served.signed;
  if (version < floor.timestamp) throw rollback('timestamp', 'timestamp', floor.timestamp, version);
  const snapshot = meta.version('snapshot.json');
  if (snapshot === undefined || snapshot < floor.snapshot) {
    throw rollback('timestamp', 'snapshot.json', floor.snapshot, snapshot);
  }
}

/**
 * Refuses a chain of roots that ends below the version that a floor names.
 *
 * @throws {@link TufError} `ERR_TUF_ROLLBACK`.
 * @spec T32
 */
export function checkRootFloor(floor: number, newest: Signed<Root>): void {
  if (newest.signed.version < floor) throw rollback('root', 'root', floor, newest.signed.version);
}

/**
 * Refuses a snapshot older than the one held, and one in which any listed file is older or gone; all names count, those
 * of roles that this client has never fetched included.
 *
 * @throws {@link TufError} `ERR_TUF_ROLLBACK`.
 * @spec 5.5.5a, 5.5.5b, A-26, A-27, A-59
 */
export function checkSnapshotRollback(held: Signed<Snapshot>, served: Signed<Snapshot>): void {
  if (served.signed.version < held.signed.version) {
    throw rollback('snapshot', 'snapshot', held.signed.version, served.signed.version);
  }
  for (const [metapath, heldVersion] of held.signed.meta.versions()) {
    const version = served.signed.meta.version(metapath);
    if (version === undefined || version < heldVersion) throw rollback('snapshot', metapath, heldVersion, version);
  }
}

/**
 * Refuses a document whose version is not the one that the trusted file lists.
 *
 * @throws {@link TufError} `ERR_TUF_VERSION_MISMATCH`.
 * @spec 4.4-d, 5.5.4, 5.6.4
 */
export function checkListedVersion(document: Signed<DocumentHead>, expected: number): void {
  const { version } = document.signed;
  if (version !== expected) throw versionMismatch(document.role, expected, version);
}

function rollback(role: string, subject: string, trustedVersion: number, version: number | undefined): TufError {
  const what = subject === role ? 'version' : `${subject} at version`;
  return new TufError(
    'ERR_TUF_ROLLBACK',
    version === undefined
      ? `${role}: ${subject} is no longer listed (trusted at version ${trustedVersion})`
      : `${role}: ${what} ${version} is older than the trusted version ${trustedVersion}`,
    { role, subject, trustedVersion, version },
    { hint: tryAnotherMirror },
  );
}

function versionMismatch(role: string, expected: number, version: number): TufError {
  return new TufError(
    'ERR_TUF_VERSION_MISMATCH',
    `${role}: version ${version} was served, version ${expected} is due`,
    { role, expected, version },
    { hint: tryAnotherMirror },
  );
}
