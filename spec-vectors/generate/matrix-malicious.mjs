// @ts-check
/** The goal `malicious-update`: a file that none of its owners signed is installed. One vector for each set of stolen keys. */
import { allSets, listing, reach } from './matrix-model.mjs';
import {
  askedFor,
  community,
  content,
  firstListing,
  inPlaceOf,
  keysHeld,
  listedInstead,
  outnumbered,
  ownFile,
  rotated,
  searchFor,
  takenOver,
  victimOf,
  withFiles,
} from './matrix-repository.mjs';
import { matrixVector, onceEach } from './matrix-vector.mjs';
import { indistinguishable, limit, listOf, outnumbering, rotation } from './matrix-words.mjs';
import { targetPath } from './repository.mjs';

/** @typedef {import('./matrix-model.mjs').Held} Held */
/** @typedef {import('./matrix-model.mjs').Role} Role */
/** @typedef {import('./matrix-vector.mjs').Attack} Attack */
/** @typedef {import('./sequence.mjs').Step} Step */

const files = ['apple.txt', 'berry.txt', 'lemon.txt'];
const evilFiles = Object.fromEntries(files.map((file) => [file, content(file, 'evil')]));
const online = ['snapshot', 'timestamp'];
const attack = 'arbitrary-software';

export function vectors() {
  return allSets().map((held) => matrixVector('malicious-update', held, attackOf(held)));
}

/** @type {ReturnType<typeof onceEach<Attack>>} */
const once = onceEach();

/** @param {Held} held @returns {Attack} */
function attackOf(held) {
  if (held.includes('root')) return once('root', withRoot);
  const [hasTimestamp, hasSnapshot] = [held.includes('timestamp'), held.includes('snapshot')];
  const lists = firstListing(held);
  if (hasTimestamp && hasSnapshot) return lists === undefined ? withOnlineKeys(held) : withAll(held);
  if (hasTimestamp) return withTimestamp(held);
  if (hasSnapshot) return once(`snapshot ${lists}`, () => withSnapshot(held));
  return lists === undefined ? withNothing() : once(lists, () => withListing(lists));
}

/** Root: every other key is the attacker's too. @returns {Attack} */
function withRoot() {
  const repository = community({ delegated: [] });
  const first = repository.publish();
  const { root, signers } = takenOver(['timestamp', 'snapshot', 'targets']);
  const evil = repository.forge({
    bump: ['root', 'targets', ...online],
    files: { targets: { [String(ownFile['targets'])]: null, ...evilFiles } },
    signers,
    signed: { root },
  });
  const targets = Object.fromEntries(files.map((file) => evilTarget(file)));
  return {
    root: documentOf(first, 'root'),
    comment: `He signs a root that gives timestamp, snapshot and targets to a key of his own, and lists his files. ${limit} they are installed, and only another pinned root ends it.`,
    about: { section: '2.2', level: 'decision', attack, rows: ['T15'], effect: indistinguishable },
    steps: [{ serve: askedFor(first) }, { serve: { ...askedFor(evil), targets }, download: files, written: evilFiles }],
  };
}

/** Timestamp, snapshot and a role that lists files: each such role lists all three files. @param {Held} held @returns {Attack} */
function withAll(held) {
  const repository = community();
  const first = repository.publish();
  const lists = listing.filter((role) => held.includes(role));
  const evil = repository.forge({
    bump: [...lists, ...online],
    files: Object.fromEntries(lists.map((role) => [role, evilFiles])),
  });
  const reached = reach(held).map((project) => `${project}.txt`);
  const isBounded = reached.length < files.length;
  const written = Object.fromEntries(
    files.map((file) => [file, content(file, reached.includes(file) ? 'evil' : 'first')]),
  );
  /** @type {Step[]} */
  const steps = [
    { serve: askedFor(first, files) },
    { serve: askedFor(withFiles(evil, {}, first.targets), files), download: files, written },
  ];
  const escapes = isBounded && !held.includes('project');
  if (escapes) steps.push(beyondClaimed(repository, lists));
  const recovered = rotated(repository);
  steps.push({ serve: askedFor(recovered, files), download: files, written: honestFiles(files) });
  const project = held.includes('project') ? ['T14'] : [];
  const onlineRoles =
    held.includes('recently-claimed') || held.includes('unclaimed') ? ['D1', ...(escapes ? ['D2'] : []), 'D3'] : [];
  return {
    root: documentOf(first, 'root'),
    comment: `He signs ${listOf(lists)} with his ${listOf(files)}, and a snapshot and a timestamp that list them. ${limit} he replaces ${listOf(reached)}${isBounded ? ', and no other file: a role that comes first in the search answers for the rest' : ''}.${escapes ? ' A name that the claimed project does not list stays out of his reach as well, since its delegation is terminating.' : ''} ${rotation}`,
    about: {
      section: '2.2',
      level: 'decision',
      attack,
      rows: [...project, ...onlineRoles, ...(project.length + onlineRoles.length === 0 ? ['T14'] : []), '5.6.7.2'],
      effect: isBounded
        ? 'a client that takes more of his files than these lets any role speak for every project; that he replaces these is the limit'
        : indistinguishable,
    },
    steps,
  };
}

/** The roles list one more file under the claimed project's pattern, which the project itself does not list. @param {import('./repository.mjs').Repository} repository @param {readonly Role[]} lists @returns {Step} */
function beyondClaimed(repository, lists) {
  const file = 'apple-extra.txt';
  const added = Object.fromEntries(lists.map((role) => [role, { ...evilFiles, [file]: content(file, 'evil') }]));
  const bump = [...lists, ...online];
  // Versions 3: version 2 is what the client holds.
  const evil = repository.forge({
    bump,
    files: added,
    signed: Object.fromEntries(bump.map((role) => [role, (signed) => ({ ...signed, version: 3 })])),
  });
  return {
    serve: askedFor(evil, [...files, file]),
    download: [file],
    reject: 'not-found',
    trusted: evil,
    written: { [file]: null },
  };
}

/** Timestamp and snapshot: no role that lists files can be signed. @param {Held} held @returns {Attack} */
function withOnlineKeys(held) {
  const repository = community();
  const first = repository.publish();
  const evil = repository.forge({
    bump: ['targets', ...online],
    files: listedInstead('targets', 'apple.txt', content('apple.txt', 'evil')),
    signers: { targets: keysHeld(repository, held) },
  });
  const recovered = rotated(repository);
  return {
    root: documentOf(first, 'root'),
    comment: `They list a targets document with his apple.txt, signed with these keys: root lists them, for other roles. A client that looks for a known key, and not for one of the role, takes it. ${rotation}`,
    about: {
      section: '5.6.3',
      level: 'MUST',
      attack,
      rows: ['5.6.3', 'T12'],
      effect: 'the keys that are online, and stolen first, are enough to install anything',
    },
    steps: [
      { serve: askedFor(first, ['apple.txt']) },
      {
        serve: askedFor(evil, ['apple.txt']),
        download: ['apple.txt'],
        reject: 'unsigned',
        stopsAt: 'targets',
        written: { 'apple.txt': null },
      },
      { serve: askedFor(recovered, ['apple.txt']), download: ['apple.txt'], written: honestFiles(['apple.txt']) },
    ],
  };
}

/** Timestamp without snapshot. @param {Held} held @returns {Attack} */
function withTimestamp(held) {
  const repository = community();
  const first = repository.publish();
  const lists = firstListing(held);
  const role = lists ?? 'targets';
  const victim = victimOf(lists);
  const all = keysHeld(repository, held);
  const evil = repository.forge({
    bump: [role, ...online],
    files: listedInstead(role, victim, content(victim, 'evil')),
    signers: { snapshot: all, ...(lists === undefined ? { targets: all } : {}) },
  });
  const recovered = outnumbered(repository);
  return {
    root: documentOf(first, 'root'),
    comment: `His timestamp lists, with its digest, a snapshot that leads to his ${victim} and that he signed with every key that he has. A client that takes the digest for proof takes it. ${outnumbering}`,
    about: {
      section: '5.5.3',
      level: 'MUST',
      attack,
      rows: ['5.5.3', 'T11'],
      effect:
        'a timestamp key makes a snapshot key unnecessary: the role whose key is used most often decides which files exist',
    },
    steps: [
      { serve: askedFor(first, [victim]) },
      {
        serve: askedFor(evil, [victim]),
        download: [victim],
        reject: 'unsigned',
        stopsAt: 'snapshot',
        written: { [victim]: null },
      },
      { serve: askedFor(recovered, [victim]), download: [victim], written: honestFiles([victim]) },
    ],
  };
}

/** Snapshot without timestamp. @param {Held} held @returns {Attack} */
function withSnapshot(held) {
  const repository = community();
  const first = repository.publish();
  const lists = firstListing(held);
  const role = lists ?? 'targets';
  const victim = victimOf(lists);
  const evil = repository.forge({
    bump: [role, ...online],
    files: listedInstead(role, victim, content(victim, 'evil')),
    signers: lists === undefined ? { targets: keysHeld(repository, held) } : {},
  });
  const asked = ['apple.txt', victim];
  const second = repository.publish({
    bump: ['project', ...online],
    files: { project: { 'apple.txt': content('apple.txt', 'second') } },
  });
  const served = withFiles(
    second,
    {
      '2.snapshot.json': inPlaceOf(documentOf(evil, 'snapshot'), second.documents['snapshot']),
      [`2.${role}.json`]: documentOf(evil, role),
    },
    Object.fromEntries([evilTarget(victim)]),
  );
  return {
    root: documentOf(first, 'root'),
    comment: `In place of the snapshot that the honest timestamp lists he serves one of the same version and length, which leads to his ${victim}. Only its digest differs.`,
    about: {
      section: '5.5.2',
      level: 'MUST',
      attack,
      rows: ['5.5.2', 'T8'],
      effect: 'a snapshot key makes a timestamp key unnecessary: what the timestamp lists protects nothing',
    },
    steps: [
      { serve: askedFor(first, asked) },
      {
        serve: askedFor(served, asked),
        download: [victim],
        reject: 'hash-mismatch',
        stopsAt: 'snapshot',
        written: { [victim]: null },
      },
      {
        serve: askedFor(second, asked),
        download: ['apple.txt'],
        written: { 'apple.txt': content('apple.txt', 'second') },
      },
    ],
  };
}

/** A role that lists files, without timestamp and snapshot. @param {Role} lists @returns {Attack} */
function withListing(lists) {
  const repository = community();
  const first = repository.publish();
  const victim = victimOf(lists);
  const evil = repository.forge({
    bump: [lists],
    files: listedInstead(lists, victim, content(victim, 'evil')),
  });
  const own = String(ownFile[lists]);
  const second = repository.publish({
    bump: [lists, ...online],
    files: { [lists]: { [own]: content(own, 'second') } },
  });
  const forged = inPlaceOf(documentOf(evil, lists), second.documents[lists]);
  const served = withFiles(second, { [`2.${lists}.json`]: forged }, Object.fromEntries([evilTarget(victim)]));
  return {
    root: documentOf(first, 'root'),
    comment: `In place of the document of ${lists} that the honest snapshot lists he serves one of the same version and length, validly signed, with his ${victim}. Only its digest differs.`,
    about: {
      section: '5.6.2',
      level: 'MUST',
      attack,
      rows: ['5.6.2', ...(lists === 'targets' ? [] : ['A-45']), 'T13'],
      effect:
        'one stolen key of a role that lists files is enough to install malware: snapshot and timestamp protect nothing',
    },
    steps: [
      { serve: askedFor(first, [victim]) },
      {
        serve: askedFor(served, [victim]),
        download: [victim],
        reject: 'hash-mismatch',
        ...(lists === 'targets'
          ? { stopsAt: 'targets' }
          : { further: searchFor(second, victim, lists), trusted: second }),
        written: { [victim]: null },
      },
      {
        serve: askedFor(second, [victim]),
        download: [victim],
        written: { [victim]: content(victim, own === victim ? 'second' : 'first') },
      },
    ],
  };
}

/** The network alone. @returns {Attack} */
function withNothing() {
  const repository = community();
  const first = repository.publish();
  const victim = 'apple.txt';
  const path = targetPath(victim, content(victim, 'first'), true);
  const served = withFiles(first, {}, { [path]: content(victim, 'evil') });
  return {
    root: documentOf(first, 'root'),
    comment: `In place of ${victim} he serves other bytes of the same length.`,
    about: {
      section: '5.7.3',
      level: 'MUST',
      attack,
      rows: ['5.7.3b', 'T1'],
      effect: 'whoever stands on the way decides what is installed',
    },
    steps: [
      { serve: askedFor(first, [victim]) },
      {
        serve: askedFor(served, [victim]),
        download: [victim],
        reject: 'hash-mismatch',
        further: searchFor(first, victim),
        written: { [victim]: null },
      },
      { serve: askedFor(first, [victim]), download: [victim], written: honestFiles([victim]) },
    ],
  };
}

/** @param {import('./repository.mjs').Release} release @param {string} role */
function documentOf(release, role) {
  return /** @type {Buffer} */ (release.documents[role]);
}

/** The attacker's file where a client looks for it. @param {string} file @returns {[path: string, bytes: Buffer]} */
function evilTarget(file) {
  const bytes = content(file, 'evil');
  return [targetPath(file, bytes, true), bytes];
}

/** @param {readonly string[]} names */
function honestFiles(names) {
  return Object.fromEntries(names.map((name) => [name, content(name, 'first')]));
}
