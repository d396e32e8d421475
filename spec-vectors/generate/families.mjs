// @ts-check
/** Every family of vectors: its floor, and the modules that make its vectors. A new family is a line here. */
import * as binNames from './bin-names.mjs';
import * as binPrefixes from './bin-prefixes.mjs';
import * as canonicalEncoding from './canonical-encoding.mjs';
import * as canonicalLimits from './canonical-limits.mjs';
import * as canonicalNames from './canonical-names.mjs';
import * as canonicalNumbers from './canonical-numbers.mjs';
import * as canonicalStrings from './canonical-strings.mjs';
import * as canonicalStructure from './canonical-structure.mjs';
import * as dateCalendar from './date-calendar.mjs';
import * as dateRefusals from './date-refusals.mjs';
import * as keyid from './keyid.mjs';
import * as matrixDigests from './matrix-digests.mjs';
import * as matrixFreeze from './matrix-freeze.mjs';
import * as matrixInconsistency from './matrix-inconsistency.mjs';
import * as matrixMalicious from './matrix-malicious.mjs';
import * as patternClasses from './pattern-classes.mjs';
import * as patternCost from './pattern-cost.mjs';
import * as patternDialects from './pattern-dialects.mjs';
import * as patternSegments from './pattern-segments.mjs';
import * as readingDates from './reading-dates.mjs';
import * as readingDelegations from './reading-delegations.mjs';
import * as readingEnvelope from './reading-envelope.mjs';
import * as readingJson from './reading-json.mjs';
import * as readingJsonValues from './reading-json-values.mjs';
import * as readingKeys from './reading-keys.mjs';
import * as readingMeta from './reading-meta.mjs';
import * as readingOpening from './reading-opening.mjs';
import * as readingRoles from './reading-roles.mjs';
import * as readingSuccinct from './reading-succinct.mjs';
import * as readingTargets from './reading-targets.mjs';
import * as recoveryFastForward from './recovery-fast-forward.mjs';
import * as recoveryInterrupted from './recovery-interrupted.mjs';
import * as sequenceDelegationAttacks from './sequence-delegation-attacks.mjs';
import * as sequenceDelegationBins from './sequence-delegation-bins.mjs';
import * as sequenceDelegationNames from './sequence-delegation-names.mjs';
import * as sequenceDelegationOrder from './sequence-delegation-order.mjs';
import * as sequenceDelegationPaths from './sequence-delegation-paths.mjs';
import * as sequenceDelegationTrust from './sequence-delegation-trust.mjs';
import * as sequenceDocument from './sequence-document.mjs';
import * as sequenceDocumentJson from './sequence-document-json.mjs';
import * as sequenceDownload from './sequence-download.mjs';
import * as sequenceDownloadNames from './sequence-download-names.mjs';
import * as sequenceDownloadPointer from './sequence-download-pointer.mjs';
import * as sequenceTransport from './sequence-transport.mjs';
import * as signatureEcdsa from './signature-ecdsa.mjs';
import * as signatureEcdsaKeys from './signature-ecdsa-keys.mjs';
import * as signatureEddsa from './signature-eddsa.mjs';
import * as signatureEddsaGroups from './signature-eddsa-groups.mjs';
import * as signatureKinds from './signature-kinds.mjs';
import * as signatureRsaKeys from './signature-rsa-keys.mjs';
import * as signatureRsaPss from './signature-rsa-pss.mjs';
import * as strictProfile from './strict-profile.mjs';
import * as thresholdCost from './threshold-cost.mjs';
import * as thresholdEdges from './threshold-edges.mjs';
import * as thresholdKeys from './threshold-keys.mjs';
import * as thresholdNumbers from './threshold-numbers.mjs';
import * as thresholdRoles from './threshold-roles.mjs';
import * as thresholdSignatures from './threshold-signatures.mjs';
import * as updateRootChain from './update-root-chain.mjs';
import * as updateRootPinned from './update-root-pinned.mjs';
import * as updateRootSignatures from './update-root-signatures.mjs';
import * as updateRootWalk from './update-root-walk.mjs';
import * as updateSnapshot from './update-snapshot.mjs';
import * as updateTargets from './update-targets.mjs';
import * as updateTimestamp from './update-timestamp.mjs';
import * as urlNames from './url-names.mjs';

/** @typedef {import('./vector.mjs').Vector} Vector */

/**
 * @typedef {object} Family
 * @property {string} name the folder, and the first part of every id
 * @property {number} floor fewer vectors than this are a mistake
 * @property {readonly { vectors: () => Vector[] }[]} modules
 */

/** @type {readonly Family[]} */
export const families = [
  {
    name: 'canonical-json',
    floor: 300,
    modules: [
      canonicalStrings,
      canonicalNames,
      canonicalNumbers,
      canonicalEncoding,
      canonicalStructure,
      canonicalLimits,
    ],
  },
  {
    name: 'strict-reading',
    floor: 1000,
    modules: [
      readingOpening,
      readingDates,
      readingEnvelope,
      readingKeys,
      readingRoles,
      readingMeta,
      readingTargets,
      readingDelegations,
      readingSuccinct,
      readingJson,
      readingJsonValues,
    ],
  },
  { name: 'keyid', floor: 20, modules: [keyid] },
  {
    name: 'signature',
    floor: 100,
    modules: [
      signatureEddsa,
      signatureEddsaGroups,
      signatureEcdsa,
      signatureEcdsaKeys,
      signatureRsaPss,
      signatureRsaKeys,
      signatureKinds,
    ],
  },
  {
    name: 'threshold',
    floor: 40,
    modules: [thresholdRoles, thresholdKeys, thresholdSignatures, thresholdNumbers, thresholdEdges, thresholdCost],
  },
  { name: 'date-time', floor: 70, modules: [dateCalendar, dateRefusals] },
  {
    name: 'path-pattern',
    floor: 120,
    modules: [patternSegments, patternClasses, patternDialects, patternCost],
  },
  { name: 'hash-bin', floor: 40, modules: [binNames, binPrefixes] },
  { name: 'target-url', floor: 60, modules: [urlNames] },
  { name: 'matrix', floor: 768, modules: [matrixMalicious, matrixFreeze, matrixInconsistency, matrixDigests] },
  {
    name: 'delegation',
    floor: 70,
    modules: [
      sequenceDelegationOrder,
      sequenceDelegationTrust,
      sequenceDelegationPaths,
      sequenceDelegationNames,
      sequenceDelegationBins,
      sequenceDelegationAttacks,
    ],
  },
  { name: 'download', floor: 40, modules: [sequenceDownload, sequenceDownloadNames, sequenceDownloadPointer] },
  {
    name: 'update-root',
    floor: 45,
    modules: [updateRootChain, updateRootSignatures, updateRootWalk, updateRootPinned],
  },
  { name: 'update-timestamp', floor: 35, modules: [updateTimestamp] },
  { name: 'update-snapshot', floor: 40, modules: [updateSnapshot] },
  { name: 'update-targets', floor: 30, modules: [updateTargets] },
  { name: 'recovery', floor: 35, modules: [recoveryFastForward, recoveryInterrupted] },
  { name: 'transport', floor: 40, modules: [sequenceTransport] },
  { name: 'document', floor: 40, modules: [sequenceDocument, sequenceDocumentJson] },
  { name: 'strict-profile', floor: 6, modules: [strictProfile] },
];
