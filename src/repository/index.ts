/**
 * Section 6 of the specification: what an operator does. Documents are drafted, signed, joined to a release and published;
 * nothing here reads a clock, a file or a key: `Signer`, `Backend` and `Crypto` bring the world.
 *
 * @module
 */

export type { PublicKeyObject } from '../metadata/public-key-writer.ts';
export { type Binning, binBitsMax, binOfPath, putIntoBins } from './bins.ts';
export type { Change } from './change.ts';
export { type ChannelFile, channelsOf, type ListedChannel, setChannel } from './channel.ts';
export type { Delegator } from './delegators.ts';
export { type DeriveOptions, deriveSnapshot, deriveTimestamp } from './derived-drafts.ts';
export {
  type DetachedSignature,
  Draft,
  digestOf,
  type EditOptions,
  editDocument,
  parseDraft,
  specVersion,
  type Tree,
} from './draft.ts';
export {
  type EventDocument,
  eventBytesMax,
  eventDocumentsMax,
  eventFormat,
  eventOf,
  formatEvent,
  type Proposal,
  parseEvent,
  type SigningEvent,
} from './event.ts';
export { type Imported, type ImportOptions, type ImportSource, planImport } from './import.ts';
export { metadataName, targetNames } from './layout.ts';
export { type Merged, type MergedSignature, mergeSignatures } from './merge.ts';
export {
  checkPathPattern,
  checkRoleName,
  checkTargetPath,
  roleNameWarnings,
  targetPathWarnings,
} from './names.ts';
export { type DraftNeeds, type SignatureNeed, signatureNeeds } from './needs.ts';
export { type KeyName, ownedKey, ownerMember, ownerOf } from './owner.ts';
export type { Backend, Content, FileStore, HeadStore, StartDigest, StreamDigest } from './ports.ts';
export { answer } from './proof.ts';
export { findGarbage, type Garbage, type PruneOptions, removeGarbage } from './prune.ts';
export {
  checkPublication,
  contentOf,
  type PlanOptions,
  type Preview,
  type Publication,
  type PublicationStep,
  planPublication,
  previewOf,
  publish,
  type TargetContents,
} from './publish.ts';
export {
  delegatedAuthorities,
  type Published,
  type ReadPublishedOptions,
  readPublished,
  readRoles,
  topLevelAuthorities,
} from './published.ts';
export {
  draftAuthorities,
  type Prepared,
  prepareRelease,
  type Release,
  type ReleaseDrafts,
  type ReleaseOptions,
} from './release.ts';
export {
  type DocumentReview,
  type Review,
  type ReviewWarning,
  type ReviewWarningCode,
  reviewProposal,
} from './review.ts';
export { type RoleKey, type RoleSpec, roleKey } from './role-key.ts';
export { createRoot, editRoot, type RootEditor, type RootSpec } from './root-draft.ts';
export type { Signer, SigningPurpose } from './signer.ts';
export { attachSignatures, type MissingSignatures, type Signing, signDraft } from './signing.ts';
export type { RoleLookup } from './target-reach.ts';
export {
  type BinsSpec,
  createTargets,
  type DelegationSpec,
  editTargets,
  type TargetEntry,
  type TargetsEditor,
} from './targets-draft.ts';
export { verifyEvent } from './verify-event.ts';
