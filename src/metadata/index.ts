/**
 * Section 4 of the specification: bytes to values and back. Pure.
 *
 * @module
 */
export { type CanonicalForm, canonicalJson } from './canonical-json.ts';
export { compareInstants, formatDateTime, type Instant, parseDateTime } from './date-time.ts';
export {
  binName,
  type DelegatedRole,
  type Delegations,
  needsPathDigest,
  rolesForPath,
  type SuccinctRoles,
} from './delegations.ts';
export {
  type DocumentHead,
  type EnvelopeParts,
  type Profile,
  type ReadOptions,
  type RoleType,
  type Signature,
  Signed,
} from './document.ts';
export { type Hashes, knownDigests } from './file-meta.ts';
export { isLongLocalName, joinUrl, localName, metadataUrlPath, targetUrlPath } from './file-name.ts';
export { type HashAlgorithm, hashAlgorithms } from './hashes.ts';
export {
  type Json,
  type JsonObject,
  jsonOf,
  type ParseJsonOptions,
  type PlainJson,
  parseJson,
  plainJson,
} from './json.ts';
export { Key } from './key.ts';
export { defaultLimits, type Limits, limitsWith } from './limits.ts';
export type { MlDsaParameterSet } from './ml-dsa-key.ts';
export { type ParsePublicKey, type PublicKey, parsePublicKey, type UnusableKey } from './public-key.ts';
export { keyOf, type PublicKeyObject, spkiOf } from './public-key-writer.ts';
export type { RoleKeys } from './role.ts';
export { parseRoot, type Root, type TopLevelRole, topLevelRoles } from './root.ts';
export {
  type MetaFile,
  type MetaFiles,
  parseSnapshot,
  parseTimestamp,
  type Snapshot,
  type Timestamp,
} from './snapshot.ts';
export { matchesPattern } from './target-path.ts';
export { parseTargets, type TargetFile, type TargetFiles, type Targets } from './targets.ts';
