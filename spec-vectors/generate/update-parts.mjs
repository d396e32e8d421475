// @ts-check
/** What the sequences of the update families are made of: a fault between two honest releases, and documents that are wrong. */
import { testKeys } from './keys.mjs';
import { documentOf, Repository } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import { entriesOf, members } from './tree.mjs';
import { peersSeen } from './update-peers.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets'} TopLevel */

/** Every role that one release renews; root only where it is named. */
export const all = ['root', 'timestamp', 'snapshot', 'targets'];
/** The keys of somebody whom nobody trusts. */
export const attacker = /** @type {Signer} */ (testKeys('attacker', 1)[0]);

/** The root that is pinned: the first. @param {Release} release */
export function firstRoot(release) {
  return /** @type {Buffer} */ (release.metadata['1.root.json']);
}

/** A sequence that begins at the first root of what its first step serves. @param {string} id @param {string} comment @param {About} about @param {readonly Step[]} steps @param {{ control?: string, pinned?: Buffer }} [options] @returns {Vector} */
export function vectorOf(id, comment, about, steps, { control, pinned } = {}) {
  const root = pinned ?? steps[0]?.serve.metadata['1.root.json'];
  if (!Buffer.isBuffer(root)) throw new Error(`${id}: no root to begin with`);
  const peers = [...peersSeen(id), ...(about.peers ?? [])];
  const why = { ...about, peers: peers.length === 0 ? undefined : peers };
  return sequenceVector(id, comment, why, root, steps, control === undefined ? {} : { control });
}

/**
 * An honest release, then what is refused, then an honest release that is accepted.
 *
 * @param {string} id @param {string} comment @param {About} about @param {string} reason @param {TopLevel} stopsAt
 * @param {(repository: Repository, first: Release) => Release | Step} fault what is served then
 * @param {{ repository?: Repository, first?: Changes, recovery?: Changes, time?: string }} [options] the changes of the two honest releases
 * @returns {Vector}
 */
export function refused(id, comment, about, reason, stopsAt, fault, options = {}) {
  const { repository = new Repository(), recovery, time } = options;
  const clock = time === undefined ? {} : { time };
  const first = repository.publish(options.first);
  const bad = fault(repository, first);
  const step = 'serve' in bad ? bad : { serve: bad };
  const next = repository.publish(recovery);
  return vectorOf(id, comment, about, [
    { ...clock, serve: first },
    { ...clock, reject: reason, stopsAt, ...step },
    { ...clock, serve: next },
  ]);
}

/**
 * An honest release, then another that is unusual and good.
 *
 * @param {string} id @param {string} comment @param {About} about
 * @param {(repository: Repository, first: Release) => Release | Step} next
 * @param {{ repository?: Repository, first?: Changes, time?: string }} [options]
 * @returns {Vector}
 */
export function accepted(id, comment, about, next, { repository = new Repository(), first: changes, time } = {}) {
  const clock = time === undefined ? {} : { time };
  const first = repository.publish(changes);
  const served = next(repository, first);
  const step = 'serve' in served ? served : { serve: served };
  return vectorOf(id, comment, about, [
    { ...clock, serve: first },
    { ...clock, ...step },
  ]);
}

/** A release in which one answer is another. @param {Release} release @param {TopLevel} role @param {import('./sequence.mjs').Answer | null} answer @returns {Step} */
export function but(release, role, answer) {
  return { serve: release, but: { metadata: { [pathOf(release, role)]: answer } } };
}

/** Where the document of a role is, below the metadata URL. @param {Release} release @param {string} role */
export function pathOf(release, role) {
  if (role === 'root') return `${release.versions['root']}.root.json`;
  return metadataPath(release, role).slice('metadata/'.length);
}

/** The document of a role in a release. @param {Release} release @param {string} role */
export function documentIn(release, role) {
  const bytes = release.documents[role];
  if (bytes === undefined) throw new Error(`no document of ${role}`);
  return bytes;
}

/** The `signed` of a document, to be changed and signed anew. @param {Buffer} bytes @returns {Signed} */
function signedOf(bytes) {
  return JSON.parse(bytes.toString()).signed;
}

/** A document with another `signed`, signed anew. @param {Buffer} bytes @param {(signed: Signed) => Tree} change @param {readonly Signer[]} signers */
export function remade(bytes, change, signers) {
  return documentOf(change(signedOf(bytes)), signers);
}

/** Bytes in which one text is another, once: nothing is signed anew. @param {Buffer} bytes @param {string} from @param {string} to */
export function altered(bytes, from, to) {
  const [before, after, ...more] = bytes.toString().split(from);
  if (after === undefined || more.length > 0) throw new Error(`${from} is not there once`);
  return Buffer.from(`${before}${to}${after}`);
}

/** A text that JSON readers take for the same, with spaces behind it. @param {Buffer} bytes @param {number} length */
export function padded(bytes, length) {
  if (bytes.length > length) throw new Error(`${bytes.length} bytes are more than ${length}`);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
}

/** The same members with others in front. @param {Signed} signed @param {readonly import('./tree.mjs').Entry[]} entries */
export function withFirst(signed, entries) {
  return members([...entries, ...entriesOf(signed)]);
}

/** One role's key is another one from the next root on. @param {Repository} repository @param {string} role @param {number} [count] @returns {readonly Signer[]} the former ones */
export function rotate(repository, role, count = 1) {
  const former = repository.signers[role] ?? [];
  repository.signers[role] = testKeys(`new ${role}`, count);
  return former;
}

/** The requests for roots. @param {readonly number[]} versions */
export function rootRequests(...versions) {
  return versions.map((version) => `metadata/${version}.root.json`);
}

/** The page of a host that answers 200 for everything. */
export const page = Buffer.from('<!doctype html>\n<title>Not found</title>\n<p>There is nothing here.</p>\n');
