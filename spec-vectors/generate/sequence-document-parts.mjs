// @ts-check
/** A document of one role that is unusual, between two honest releases: taken, or refused. */
import { Repository } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import { found, hello, rootOf, targetRequest, text } from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets' | 'a'} Role a top-level role, or the delegated role a */

/** @type {readonly Role[]} */
export const roles = ['root', 'timestamp', 'snapshot', 'targets', 'a'];
/** How a comment names a role. */
export const words = {
  root: 'root',
  timestamp: 'timestamp',
  snapshot: 'snapshot',
  targets: 'targets',
  a: 'the delegated role a',
};
/** How an id names it. */
export const labels = {
  root: 'root',
  timestamp: 'timestamp',
  snapshot: 'snapshot',
  targets: 'targets',
  a: 'delegated',
};
const path = 'a/file.txt';
const content = text('the file of the delegated role a\n');

/** @param {Options} [options] */
export function repositoryOf(options) {
  return new Repository({
    targets: { 'hello.txt': hello },
    delegated: [{ name: 'a', delegation: { paths: ['a/*'] }, targets: { [path]: content } }],
    ...options,
  });
}

/** All roles are new in a release, root where it is the one in question. @param {Role} role @param {Changes} changes @returns {Changes} */
function renewed(role, changes) {
  return { bump: ['timestamp', 'snapshot', 'targets', 'a', ...(role === 'root' ? ['root'] : [])], ...changes };
}

/**
 * The second release has an unusual document, which is taken.
 *
 * @param {Role} role @param {string} name @param {string} comment @param {About} about @param {Changes} changes
 * @param {{ options?: Options, exact?: boolean }} [more] `exact`: what is kept are the bytes that were served
 */
export function takes(role, name, comment, about, changes, { options, exact = false } = {}) {
  const repository = repositoryOf(options);
  const before = repository.publish();
  const after = repository.publish(renewed(role, changes));
  const step = role === 'a' ? found(after, path, content, ['a']) : { serve: after };
  return sequenceVector(`document/${name}`, comment, about, rootOf(before), [
    { serve: before },
    exact ? { ...step, exact } : step,
  ]);
}

/**
 * The second release has a document that is refused; then it has an honest one.
 *
 * @param {Role} role @param {string} name @param {string} comment @param {About} about @param {string} reason
 * @param {Changes | Buffer} fault what is different in that release, or what is served in place of the document
 * @param {{ options?: Options }} [more]
 */
export function refuses(role, name, comment, about, reason, fault, { options } = {}) {
  const repository = repositoryOf(options);
  const before = repository.publish();
  const isServed = Buffer.isBuffer(fault);
  const bad = repository.forge(renewed(role, isServed ? {} : fault));
  const after = repository.publish(renewed(role, {}));
  const file = role === 'root' ? '2.root.json' : metadataPath(bad, role).replace('metadata/', '');
  /** @type {Step} */
  const faulty = { serve: bad, reject: reason, ...(isServed ? { but: { metadata: { [file]: fault } } } : {}) };
  const refused =
    role === 'a'
      ? { ...faulty, download: [path], further: [metadataPath(bad, 'a')], notTrusted: ['a'], written: { [path]: null } }
      : { ...faulty, stopsAt: role };
  return sequenceVector(`document/${name}`, comment, about, rootOf(before), [
    { serve: before },
    refused,
    // A release that is honest to the end has the same documents before the faulty one, which need not be fetched again.
    role === 'a' ? recovered(after) : { serve: after },
  ]);
}

/** @param {Release} release @returns {Step} */
function recovered(release) {
  return {
    serve: release,
    download: [path],
    further: [metadataPath(release, 'a'), targetRequest(release, path, content)],
    alsoTrusted: ['a'],
    written: { [path]: content },
  };
}

/** The change that puts other content into the signed part of a role. @param {Role} role @param {(signed: Signed) => Tree} change @returns {Changes} */
export function signedAs(role, change) {
  return { signed: { [role]: change } };
}

/** The change that alters the signed part of a role after it was signed. @param {Role} role @param {(signed: Signed) => Tree} asSigned @param {(signed: Tree) => Tree} altered @returns {Changes} */
export function alteredAfterwards(role, asSigned, altered) {
  return {
    signed: { [role]: asSigned },
    envelope: { [role]: ({ signatures, signed }) => ({ signatures, signed: altered(signed) }) },
  };
}
