// @ts-check
/**
 * The matrix where snapshot and timestamp list versions alone, as the specification allows: which keys are enough then. Not
 * every set of them, but one for each answer that changes, and one that does not.
 */
import {
  askedFor,
  community,
  content,
  inPlaceOf,
  listedInstead,
  searchFor,
  secondOf,
  withFiles,
} from './matrix-repository.mjs';
import { limit, opening } from './matrix-words.mjs';
import { targetPath } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';

/** @typedef {import('./matrix-model.mjs').Role} Role */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./vector.mjs').About} About */

const victim = 'apple.txt';
const online = ['snapshot', 'timestamp'];
const noDigests = 'Snapshot and timestamp list versions and no digests.';
const effect =
  'no client can tell, since nothing but the version says which document is meant: operators list digests, and the matrix holds';

export function vectors() {
  return [
    ...['targets', 'project'].map((role) => maliciousUpdate(/** @type {Role} */ (role))),
    mixedSnapshot(),
    oldDocument(),
  ];
}

/** A listing role's key alone. @param {Role} role */
function maliciousUpdate(role) {
  const repository = community({ listed: 'version' });
  const first = repository.publish();
  const evil = content(victim, 'evil');
  const forged = repository.forge({ bump: [role], files: listedInstead(role, victim, evil) }).documents[role];
  const second = repository.publish({ bump: [role, ...online], files: { [role]: secondOf(role) } });
  const served = withFiles(
    second,
    { [`2.${role}.json`]: inPlaceOf(/** @type {Buffer} */ (forged), second.documents[role]) },
    { [targetPath(victim, evil, true)]: evil },
  );
  return vector(
    `malicious-update-${role}`,
    `${opening([role])} ${noDigests} In place of the document of ${role} that the honest snapshot lists he serves one of the same version, validly signed, with his ${victim}. ${limit} it is installed, without the keys of snapshot and timestamp.`,
    { section: '4.4', level: 'decision', attack: 'arbitrary-software', rows: ['4.4-f', 'A-57', 'T13'], effect },
    first,
    { serve: served, download: [victim], written: { [victim]: evil }, trusted: trustedOf(second, role, forged) },
  );
}

/** The snapshot key alone. */
function mixedSnapshot() {
  const repository = community({ listed: 'version' });
  const first = repository.publish();
  const files = { 'recently-claimed': secondOf('recently-claimed') };
  const mix = repository.forge({ bump: ['recently-claimed', ...online], files }).documents['snapshot'];
  const second = repository.publish({
    bump: ['project', 'recently-claimed', ...online],
    files: { ...files, project: secondOf('project') },
  });
  const forged = inPlaceOf(/** @type {Buffer} */ (mix), second.documents['snapshot']);
  return vector(
    'inconsistency-snapshot',
    `${opening(['snapshot'])} ${noDigests} In place of the snapshot that the honest timestamp lists he serves one of the same version, with the old project beside the new recently-claimed. ${limit} both are installed, without the key of timestamp.`,
    { section: '4.4', level: 'decision', attack: 'mix-and-match', rows: ['4.4-f', 'A-24', 'T8'], effect },
    first,
    {
      serve: withFiles(second, { '2.snapshot.json': forged }, first.targets),
      download: [victim, 'berry.txt'],
      written: { [victim]: content(victim, 'first'), 'berry.txt': content('berry.txt', 'second') },
      trusted: trustedOf(second, 'snapshot', forged),
    },
    [victim, 'berry.txt'],
  );
}

/** No key: versions still tell. */
function oldDocument() {
  const repository = community({ listed: 'version' });
  const first = repository.publish();
  const second = repository.publish({ bump: ['project', ...online], files: { project: secondOf('project') } });
  const old = inPlaceOf(/** @type {Buffer} */ (first.documents['project']), second.documents['project']);
  return vector(
    'inconsistency-none',
    `${opening([])} ${noDigests} Under the name of the new document of project he serves the old one. Its version differs from the listed one.`,
    {
      section: '5.6.4',
      level: 'MUST',
      attack: 'mix-and-match',
      rows: ['5.6.4', 'A-45', 'T8'],
      effect: 'whoever stands on the way installs old files beside new ones, each of them validly signed',
    },
    first,
    {
      serve: withFiles(second, { '2.project.json': old }, first.targets),
      download: [victim],
      reject: 'version-mismatch',
      further: searchFor(second, victim, 'project'),
      trusted: second,
      written: { [victim]: null },
    },
  );
}

/** @param {string} name @param {string} comment @param {About} about @param {Release} first @param {Step} attack @param {readonly string[]} [files] */
function vector(name, comment, about, first, attack, files = [victim]) {
  const serve = askedFor(/** @type {Release} */ (attack.serve), files);
  const steps = [{ serve: askedFor(first, files) }, { ...attack, serve }];
  const root = /** @type {Buffer} */ (first.documents['root']);
  return sequenceVector(`matrix/without-digests-${name}`, comment, about, root, steps);
}

/** The top-level documents of a release, with one that was put in the place of another. @param {Release} release @param {string} role @param {Buffer | undefined} bytes */
function trustedOf({ documents }, role, bytes) {
  const { root, timestamp, snapshot, targets } = documents;
  const all = /** @type {{ [role: string]: Buffer }} */ ({ root, timestamp, snapshot, targets });
  return role in all ? { ...all, [role]: /** @type {Buffer} */ (bytes) } : all;
}
