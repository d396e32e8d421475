// @ts-check
/**
 * The repository that the matrix attacks, with the roles of PEP 480: targets delegates to `claimed` (offline), which hands
 * each project over for good, then to `recently-claimed` and `unclaimed` (online). Three projects of one file each, and a
 * file of the two roles above them. Snapshot and timestamp list digests.
 */
import { testKeys } from './keys.mjs';
import { listing } from './matrix-model.mjs';
import { Repository, targetPath } from './repository.mjs';

/** @typedef {import('./matrix-model.mjs').Held} Held */
/** @typedef {import('./matrix-model.mjs').Role} Role */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signer} Signer */

/** The file that each role lists. Its names are of one length: a document that lists another one is as long. @type {Readonly<Record<string, string>>} */
export const ownFile = {
  targets: 'index.txt',
  claimed: 'about.txt',
  project: 'apple.txt',
  'recently-claimed': 'berry.txt',
  unclaimed: 'lemon.txt',
};

/** The bytes of a file in its first or second release, or of the attacker's in its place: of one length. @param {string} file @param {'first' | 'second' | 'evil'} which */
export function content(file, which) {
  const name = file.replace('.txt', '');
  return Buffer.from(`${name} ${{ first: '1.0.0', second: '2.0.0', evil: 'evil!' }[which]}\n`);
}

/**
 * Before its first release.
 *
 * @param {object} [options]
 * @param {'all' | 'version'} [options.listed] what snapshot and timestamp say of a file: its digest and length, or its version alone
 * @param {readonly Role[]} [options.delegated] the delegated roles that there are; the keys of the others exist all the same
 */
export function community({ listed = 'all', delegated = listing.slice(1) } = {}) {
  const targetsOf = (/** @type {string} */ role) => {
    const file = /** @type {string} */ (ownFile[role]);
    return { [file]: content(file, 'first') };
  };
  const all = [
    { name: 'claimed', delegation: { paths: ['*'] }, targets: targetsOf('claimed') },
    {
      name: 'project',
      by: 'claimed',
      delegation: { paths: ['apple*'], terminating: true },
      targets: targetsOf('project'),
    },
    { name: 'recently-claimed', delegation: { paths: ['*'] }, targets: targetsOf('recently-claimed') },
    { name: 'unclaimed', delegation: { paths: ['*'] }, targets: targetsOf('unclaimed') },
  ];
  const present = all.filter(({ name }) => delegated.includes(/** @type {Role} */ (name)));
  const repository = new Repository({ listed, targets: targetsOf('targets'), delegated: present });
  for (const role of listing) repository.signers[role] ??= testKeys(role, 1);
  return repository;
}

/** The keys that an attacker holds. @param {Repository} repository @param {Held} held @returns {readonly Signer[]} */
export function keysHeld(repository, held) {
  return held.flatMap((role) => repository.signers[role] ?? []);
}

/** The first listing role, in the order of a search, of those that are held. @param {Held} held @returns {Role | undefined} */
export function firstListing(held) {
  return listing.find((role) => held.includes(role));
}

/** The project's file that is attacked through a listing role. @param {Role | undefined} role */
export function victimOf(role) {
  return (role === 'recently-claimed' || role === 'unclaimed' ? ownFile[role] : undefined) ?? 'apple.txt';
}

/** A role lists one file in place of its own: the document stays as long. @param {Role} role @param {string} file @param {Buffer} bytes @returns {NonNullable<Changes['files']>} */
export function listedInstead(role, file, bytes) {
  return { [role]: { [/** @type {string} */ (ownFile[role])]: null, [file]: bytes } };
}

/** What a search for a victim asks for below targets, up to the document of `role`, and the file itself where no role is given. @param {Release} release @param {string} victim @param {Role} [role] */
export function searchFor(release, victim, role) {
  const way = wayTo(victim);
  const met = role === undefined ? way : way.slice(0, way.indexOf(role) + 1);
  const documents = met.map((each) => `metadata/${release.versions[each]}.${each}.json`);
  return role === undefined
    ? [...documents, `targets/${targetPath(victim, content(victim, 'first'), true)}`]
    : documents;
}

/** A release of which somebody on the way has replaced files. @param {Release} release @param {{ [path: string]: Buffer }} metadata @param {{ [path: string]: Buffer }} [targets] @returns {Release} */
export function withFiles(release, metadata, targets = {}) {
  return { ...release, metadata: { ...release.metadata, ...metadata }, targets: { ...release.targets, ...targets } };
}

/**
 * A release without what nobody asks for who refreshes and looks for these target files.
 *
 * @param {Release} release @param {readonly string[]} [files] @returns {Release}
 */
export function askedFor(release, files = []) {
  const roles = ['root', 'timestamp', 'snapshot', 'targets', ...files.flatMap(wayTo)];
  const isAsked = (/** @type {string} */ path) => roles.includes(path.replace(/^\d+\.|\.json$/g, ''));
  const isFile = (/** @type {string} */ path) => files.includes(path.replace(/^[0-9a-f]+\./, ''));
  const metadata = Object.entries(release.metadata).filter(([path]) => isAsked(path) && path !== '1.root.json');
  const targets = Object.entries(release.targets).filter(([path]) => isFile(path));
  return { ...release, metadata: Object.fromEntries(metadata), targets: Object.fromEntries(targets) };
}

/** The delegated roles that a search for a project's file meets. @param {string} file @returns {Role[]} */
function wayTo(file) {
  if (file === 'index.txt') return [];
  if (file === 'about.txt') return ['claimed'];
  if (file.startsWith('apple')) return ['claimed', 'project'];
  return file === 'berry.txt' ? ['claimed', 'recently-claimed'] : ['claimed', 'recently-claimed', 'unclaimed'];
}

/** The attacker's document takes the place of an honest one: it has to be as long, so that its digest alone tells. @param {Buffer} forged @param {Buffer | undefined} honest */
export function inPlaceOf(forged, honest) {
  if (forged.length !== honest?.length) throw new Error('what is forged is not as long as what it stands for');
  return forged;
}

/** The attacker's own key, and what makes a root list it for some roles. @param {readonly ('timestamp' | 'snapshot' | 'targets')[]} taken */
export function takenOver(taken) {
  const own = testKeys('attacker', 1);
  const [{ keyid, key }] = /** @type {[Signer]} */ (/** @type {unknown} */ (own));
  /** @type {NonNullable<Changes['signed']>[string]} */
  const root = (signed) => {
    const roles = /** @type {{ [role: string]: import('./tree.mjs').Tree }} */ (signed['roles']);
    const replaced = Object.fromEntries(taken.map((role) => [role, { keyids: [keyid], threshold: 1 }]));
    const still = { ...roles, ...replaced };
    const listed = new Set(Object.values(still).flatMap((role) => /** @type {{ keyids: string[] }} */ (role).keyids));
    const known = { .../** @type {{ [keyid: string]: import('./tree.mjs').Tree }} */ (signed['keys']), [keyid]: key };
    const keys = Object.fromEntries(Object.entries(known).filter(([id]) => listed.has(id)));
    return { ...signed, keys, roles: still };
  };
  return { root, signers: Object.fromEntries(taken.map((role) => [role, own])) };
}

/** The operator's answer to stolen online keys: a root with two new ones, under which versions may be low again (5.3.11). @param {Repository} repository @param {Changes} changes besides; `bump` always has root, snapshot and timestamp */
export function rotated(repository, changes = {}) {
  for (const role of /** @type {const} */ (['timestamp', 'snapshot']))
    repository.signers[role] = testKeys(`${role} after the theft`, 1);
  return repository.publish({ ...changes, bump: ['root', 'snapshot', 'timestamp', ...(changes.bump ?? [])] });
}

/** The next honest release, with a timestamp above the version that the attacker has signed. @param {Repository} repository */
export function outnumbered(repository) {
  repository.publish({ bump: ['timestamp'] });
  return repository.publish({ bump: ['snapshot', 'timestamp'] });
}

/** The file of a role in its second release. @param {Role} role @returns {{ [file: string]: Buffer }} */
export function secondOf(role) {
  const file = /** @type {string} */ (ownFile[role]);
  return { [file]: content(file, 'second') };
}
