// @ts-check
/**
 * The goal `inconsistency`: the client ends with files that are honest, and that no release had together. The second
 * release changes apple.txt and berry.txt; the attacker wants the first apple.txt beside the second berry.txt. One vector
 * for each set of stolen keys.
 */
import { allSets } from './matrix-model.mjs';
import {
  askedFor,
  community,
  content,
  firstListing,
  inPlaceOf,
  keysHeld,
  listedInstead,
  outnumbered,
  rotated,
  searchFor,
  secondOf,
  takenOver,
  victimOf,
  withFiles,
} from './matrix-repository.mjs';
import { matrixVector, onceEach } from './matrix-vector.mjs';
import { indistinguishable, limit, outnumbering, rotation } from './matrix-words.mjs';

/** @typedef {import('./matrix-model.mjs').Held} Held */
/** @typedef {import('./matrix-model.mjs').Role} Role */
/** @typedef {import('./matrix-vector.mjs').Attack} Attack */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Repository} Repository */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {{ comment: string, about: Omit<About, 'attack'>, steps: Step[], victims?: string[] }} Scenario */

const files = ['apple.txt', 'berry.txt'];
const online = ['snapshot', 'timestamp'];
const mixed = { 'apple.txt': content('apple.txt', 'first'), 'berry.txt': content('berry.txt', 'second') };
const none = { 'apple.txt': null, 'berry.txt': null };
const newBerry = { bump: ['recently-claimed', ...online], files: { 'recently-claimed': secondOf('recently-claimed') } };

export function vectors() {
  return allSets().map((held) => matrixVector('inconsistency', held, attackOf(held)));
}

/** @type {ReturnType<typeof onceEach<Attack>>} */
const once = onceEach();

/** @param {Held} held @returns {Attack} */
function attackOf(held) {
  if (held.includes('root')) return once('root', () => begun(withRoot, community({ delegated: ['claimed'] })));
  const [hasTimestamp, hasSnapshot] = [held.includes('timestamp'), held.includes('snapshot')];
  if (hasTimestamp && hasSnapshot) return once('online keys', () => begun(withOnlineKeys));
  if (hasTimestamp) return begun((repository) => withTimestamp(held, repository));
  if (hasSnapshot) return once('snapshot', () => begun(withSnapshot));
  const lists = firstListing(held);
  if (lists === undefined) return begun(withNothing);
  return once(lists, () => begun((repository, first) => withListing(lists, repository, first)));
}

/** @param {(repository: Repository, first: Release) => Scenario} scenario @param {Repository} [repository] @returns {Attack} */
function begun(scenario, repository = community()) {
  const first = repository.publish();
  const { comment, about, steps, victims = files } = scenario(repository, first);
  const asked = (/** @type {Step} */ step) => ({
    ...step,
    serve: askedFor(/** @type {Release} */ (step.serve), victims),
  });
  return {
    root: /** @type {Buffer} */ (first.documents['root']),
    comment,
    about: { ...about, attack: 'mix-and-match' },
    steps: [{ serve: first }, ...steps].map(asked),
  };
}

/** Root: snapshot and timestamp become the attacker's. Nothing below claimed matters, nor is it there. @param {Repository} repository @param {Release} first @returns {Scenario} */
function withRoot(repository, first) {
  const { root, signers } = takenOver(['timestamp', 'snapshot']);
  const mix = repository.forge({
    bump: ['root', 'claimed', ...online],
    files: { claimed: secondOf('claimed') },
    signers,
    signed: { root },
  });
  const victims = ['index.txt', 'about.txt'];
  const written = { 'index.txt': content('index.txt', 'first'), 'about.txt': content('about.txt', 'second') };
  return {
    comment: `He signs a root that gives timestamp and snapshot to a key of his own, and a snapshot that lists the old targets beside the new claimed. ${limit} the old index.txt and the new about.txt are installed, and only another pinned root ends it.`,
    about: { section: '2.2', level: 'decision', rows: ['T15'], effect: indistinguishable },
    steps: [{ serve: withFiles(mix, {}, first.targets), download: victims, written }],
    victims,
  };
}

/** @param {Repository} repository @param {Release} first @returns {Scenario} */
function withOnlineKeys(repository, first) {
  const mix = repository.forge(newBerry);
  const recovered = rotated(repository, {
    bump: ['project', 'recently-claimed'],
    files: { project: secondOf('project'), 'recently-claimed': secondOf('recently-claimed') },
  });
  return {
    comment: `His snapshot lists the old project beside the new recently-claimed: no version goes back. ${limit} both are installed. ${rotation}`,
    about: { section: '2.2', level: 'decision', rows: ['T8', 'T12'], effect: indistinguishable },
    steps: [
      { serve: withFiles(mix, {}, first.targets), download: files, written: mixed },
      { serve: recovered, download: files, written: bothNew() },
    ],
  };
}

/** @param {Held} held @param {Repository} repository @returns {Scenario} */
function withTimestamp(held, repository) {
  const mix = repository.forge({ ...newBerry, signers: { snapshot: keysHeld(repository, held) } });
  const recovered = outnumbered(repository);
  return {
    comment: `His timestamp lists, with its digest, a snapshot with the old project beside the new recently-claimed, which he signed with every key that he has. A client that takes the digest for proof takes it. ${outnumbering}`,
    about: {
      section: '5.5.3',
      level: 'MUST',
      rows: ['5.5.3', 'T8', 'T11'],
      effect:
        'a timestamp key makes a snapshot key unnecessary: its holder installs files together that were never tried together',
    },
    steps: [
      { serve: mix, download: files, reject: 'unsigned', stopsAt: 'snapshot', written: none },
      { serve: recovered, download: files, written: bothOld() },
    ],
  };
}

/** @param {Repository} repository @param {Release} first @returns {Scenario} */
function withSnapshot(repository, first) {
  const mix = repository.forge(newBerry);
  const second = publishSecond(repository);
  const forged = inPlaceOf(/** @type {Buffer} */ (mix.documents['snapshot']), second.documents['snapshot']);
  return {
    comment:
      'In place of the snapshot that the honest timestamp lists he serves one of the same version and length, with the old project beside the new recently-claimed. Only its digest differs.',
    about: {
      section: '5.5.2',
      level: 'MUST',
      rows: ['5.5.2', 'T8'],
      effect:
        'a snapshot key makes a timestamp key unnecessary: its holder installs files together that were never tried together',
    },
    steps: [
      {
        serve: withFiles(second, { '2.snapshot.json': forged }, first.targets),
        download: files,
        reject: 'hash-mismatch',
        stopsAt: 'snapshot',
        written: none,
      },
      { serve: second, download: files, written: bothNew() },
    ],
  };
}

/** A role that lists files: it says under its new version what it said before. @param {Role} lists @param {Repository} repository @param {Release} first @returns {Scenario} */
function withListing(lists, repository, first) {
  const victim = victimOf(lists);
  const old = repository.forge({
    bump: [lists],
    files: listedInstead(lists, victim, content(victim, 'first')),
  });
  const second = publishSecond(repository, lists);
  const forged = inPlaceOf(/** @type {Buffer} */ (old.documents[lists]), second.documents[lists]);
  const ends =
    lists === 'targets'
      ? { stopsAt: /** @type {const} */ ('targets') }
      : { further: searchFor(second, victim, lists), trusted: second };
  return {
    comment: `In place of the document of ${lists} that the honest snapshot lists he serves one of the same version and length, validly signed, with the old ${victim}. Only its digest differs.`,
    about: {
      section: '5.6.2',
      level: 'MUST',
      rows: ['5.6.2', ...(lists === 'targets' ? [] : ['A-45']), 'T8', 'T13'],
      effect:
        'one stolen key of a role that lists files installs old files beside new ones: the snapshot protects nothing',
    },
    steps: [
      {
        serve: withFiles(second, { [`2.${lists}.json`]: forged }, first.targets),
        download: [victim],
        reject: 'hash-mismatch',
        ...ends,
        written: { [victim]: null },
      },
      { serve: second, download: [victim], written: { [victim]: content(victim, 'second') } },
    ],
    victims: [victim],
  };
}

/** @param {Repository} repository @param {Release} first @returns {Scenario} */
function withNothing(repository, first) {
  const victim = 'apple.txt';
  const second = publishSecond(repository);
  const old = inPlaceOf(/** @type {Buffer} */ (first.documents['project']), second.documents['project']);
  return {
    comment:
      'Under the name of the new document of project he serves the old one, which is as long. Its digest and its version differ.',
    about: {
      section: '5.6.2',
      level: 'MUST',
      rows: ['5.6.2', '5.6.4', 'A-45', 'T8'],
      effect: 'whoever stands on the way installs old files beside new ones, each of them validly signed',
    },
    steps: [
      {
        serve: withFiles(second, { '2.project.json': old }, first.targets),
        download: [victim],
        reject: 'hash-mismatch',
        further: searchFor(second, victim, 'project'),
        trusted: second,
        written: { [victim]: null },
      },
      { serve: second, download: [victim], written: { [victim]: content(victim, 'second') } },
    ],
    victims: [victim],
  };
}

/** The second release: new files of project and recently-claimed, and of one more role. @param {Repository} repository @param {Role} [more] */
function publishSecond(repository, more) {
  const changed = [
    ...new Set(/** @type {Role[]} */ (['project', 'recently-claimed', ...(more === undefined ? [] : [more])])),
  ];
  return repository.publish({
    bump: [...changed, ...online],
    files: Object.fromEntries(changed.map((role) => [role, secondOf(role)])),
  });
}

function bothOld() {
  return Object.fromEntries(files.map((file) => [file, content(file, 'first')]));
}

function bothNew() {
  return Object.fromEntries(files.map((file) => [file, content(file, 'second')]));
}
