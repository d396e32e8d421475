/**
 * The trusted core: which bytes are to be believed, and why. Pure and synchronous.
 *
 * @module
 */
export { checkKeyids, checkThreshold } from './arbitrary-software.ts';
export { type Authority, delegatedAuthority, topLevelAuthority } from './authority.ts';
export { keyWasRemoved } from './fast-forward.ts';
export { checkFreeze } from './freeze.ts';
export { checkListedBytes, checkTargetFile } from './mix-and-match.ts';
export type {
  DigestQuestion,
  Proof,
  PublicKeyQuestion,
  TrustEvent,
  TrustQuestion,
  TrustReport,
  VerifyQuestion,
} from './question.ts';
export {
  checkListedVersion,
  checkRootFloor,
  checkRootSuccession,
  checkSnapshotRollback,
  checkTimestampFloor,
  compareTimestamps,
  type VersionFloor,
} from './rollback.ts';
export {
  type Authentic,
  authenticSnapshot,
  authenticTimestamp,
  isSignedUnder,
  type KeyContext,
  snapshotMeta,
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustHeldSnapshot,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from './trusted.ts';
