// @ts-check
/** Steps that many sequences have in common: a target that is found, one that is not, a file that is refused. */
import { sha256, testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import { valueAt, withValue } from './tree.mjs';

/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./tree.mjs').Named} Named */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {{ [path: string]: Buffer }} Files */

/** The first key of a role. @param {string} role @returns {Signer} */
export function keyOf(role) {
  return /** @type {Signer} */ (testKeys(role, 1)[0]);
}

/** The first two keys of a role. @param {string} role @returns {readonly [Signer, Signer]} */
export function twoKeys(role) {
  return [keyOf(role), /** @type {Signer} */ (testKeys(role, 2)[1])];
}

/** @param {string} content */
export function text(content) {
  return Buffer.from(content);
}

/** The first release of a repository. @param {Options} options @param {Changes} [changes] */
export function released(options, changes) {
  return new Repository(options).publish(changes);
}

/** The request for a target. @param {Release} release @param {string} path @param {Buffer} content @param {string} [digest] by which it is asked for */
export function targetRequest({ consistentSnapshot }, path, content, digest = sha256(content)) {
  const segments = path.split('/').map(encodeURIComponent);
  if (consistentSnapshot) segments.push(`${digest}.${segments.pop()}`);
  return `targets/${segments.join('/')}`;
}

/** @param {Release} release @param {readonly string[]} visits */
function visitsOf(release, visits) {
  return visits.map((role) => metadataPath(release, role));
}

/**
 * A download that succeeds, and what is asked for after its refresh.
 *
 * @param {Release} release @param {string} path @param {Buffer} content
 * @param {readonly string[]} [visits] the delegated roles that are fetched, in order; they are held afterwards
 * @returns {Step}
 */
export function found(release, path, content, visits = []) {
  return {
    serve: release,
    download: [path],
    further: [...visitsOf(release, visits), targetRequest(release, path, content)],
    alsoTrusted: visits,
    written: { [path]: content },
  };
}

/**
 * A download that ends in the search: no target is asked for.
 *
 * @param {Release} release @param {string} path @param {string} reason
 * @param {readonly string[]} [visits] the delegated roles that are fetched, in order; they are held afterwards
 * @param {readonly string[]} [last] the role that is fetched last, and refused
 * @returns {Step}
 */
export function notFound(release, path, reason = 'not-found', visits = [], last = []) {
  return {
    serve: release,
    download: [path],
    reject: reason,
    further: visitsOf(release, [...visits, ...last]),
    alsoTrusted: visits,
    notTrusted: last,
    written: { [path]: null },
  };
}

/** The target that every repository has unless it says otherwise. */
export const hello = text('hello\n');

/** A download of the target that every repository has, which every honest client manages. @param {Release} release @returns {Step} */
export function helloAgain(release) {
  return { ...found(release, 'hello.txt', hello), written: { 'hello.txt': hello } };
}

/**
 * A vector of one release in which a search ends with nothing: accepted before and after.
 *
 * @param {string} id @param {string} comment @param {About} about @param {Release} release @param {string} path
 * @param {readonly string[]} visits @param {string} [reason]
 */
export function absentVector(id, comment, about, release, path, visits, reason) {
  const steps = [{ serve: release }, notFound(release, path, reason, visits), helloAgain(release)];
  return sequenceVector(id, comment, about, rootOf(release), steps);
}

/**
 * What a client that has taken a release holds of the top-level roles.
 *
 * @param {Release} release @returns {{ [role: string]: Buffer | null }}
 */
export function topLevelOf({ documents }) {
  return Object.fromEntries(
    ['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, documents[role] ?? null]),
  );
}

/** The root that is pinned: the first. @param {Release} release */
export function rootOf(release) {
  return /** @type {Buffer} */ (release.metadata['1.root.json']);
}

/**
 * A vector in which the targets of a second release delegate in a way that is refused, and then do not.
 *
 * @param {string} name @param {string} comment @param {About} about @param {string} reason @param {Options} options
 * @param {(role: Named) => Tree} change of the first delegated role
 * @param {(roles: Tree[]) => Tree} [changeAll] of the list, after it
 */
export function wrongDelegation(name, comment, about, reason, options, change, changeAll = (roles) => roles) {
  const place = ['delegations', 'roles'];
  const repository = new Repository(options);
  const first = repository.publish();
  const bad = repository.forge({
    signed: {
      targets: (signed) => {
        const [role, ...others] = /** @type {Named[]} */ (valueAt(signed, place));
        return withValue(signed, place, changeAll([change(/** @type {Named} */ (role)), ...others]));
      },
    },
  });
  const next = repository.publish();
  const steps = [
    { serve: first },
    { serve: bad, reject: reason, stopsAt: /** @type {const} */ ('targets') },
    { serve: next },
  ];
  return sequenceVector(`delegation/${name}`, comment, about, rootOf(first), steps);
}
