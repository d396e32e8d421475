// @ts-check
/** What an attacker gains with the keys of delegated roles, and what not (T4, T13, T14 and D1 to D7 of docs/audit/attacks.md). */
import { Repository } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';
import { found, hello, helloAgain, keyOf, notFound, released, rootOf, targetRequest, text } from './sequence-parts.mjs';
import { withValue } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Delegated} Delegated */
/** @typedef {import('./repository.mjs').Signed} Signed */

const honest = text('honest\n');
const evil = text('evil\n');

/** @type {About} */
const priority = {
  section: '5.6.7',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['5.6.7', '4.5-g', '4.5-n', '480-b', 'D1'],
  effect: 'whoever holds the online key of a community repository can replace the packages of every project',
};
/** @type {About} */
const dependency = {
  section: '5.6.3',
  level: 'MUST',
  attack: 'extraneous-dependencies',
  rows: ['T4', '5.6.3', '4.5-d'],
  effect: 'a package is made to depend on another of the attacker',
};
/** @type {About} */
const oneKey = {
  section: '5.6.4',
  level: 'MUST',
  attack: 'key-compromise',
  rows: ['T13', '2.1.3-a', '5.6.4', '4.4-d'],
  effect: 'the key of one targets role suffices to publish, without snapshot and timestamp',
};

export function vectors() {
  return [...claimedProjects(), ...dependencies(), ...targetsKeyAlone(), ...projectKeys()];
}

/**
 * A repository of projects: django and flask are claimed by their developers, offline; whatever is left is signed online.
 *
 * @param {{ terminating?: boolean, online?: { [path: string]: Buffer }, django?: { [path: string]: Buffer } }} [changes]
 * @returns {Delegated[]}
 */
function projects({ terminating = true, online = { 'new/a.tgz': honest }, django = { 'django/a.tgz': honest } } = {}) {
  return [
    { name: 'claimed', delegation: { paths: ['django/*', 'flask/*'], terminating } },
    { name: 'online', delegation: { paths: ['*/*'] }, targets: online },
    { name: 'django', by: 'claimed', delegation: { paths: ['django/*'] }, targets: django },
    { name: 'flask', by: 'claimed', delegation: { paths: ['flask/*'] }, targets: { 'flask/a.tgz': honest } },
  ];
}

function claimedProjects() {
  const plain = released({ delegated: projects() });
  const greedy = released({
    delegated: projects({ online: { 'django/a.tgz': evil, 'django/evil.tgz': evil, 'new/a.tgz': evil } }),
  });
  const open = released({ delegated: projects({ terminating: false, django: {}, online: { 'django/a.tgz': evil } }) });
  const deleting = new Repository({ delegated: projects({ online: { 'django/a.tgz': evil } }) });
  const before = deleting.publish();
  const after = deleting.publish({ files: { django: { 'django/a.tgz': null } } });
  const inner = (/** @type {readonly string[]} */ names) =>
    names.map((name) => ({ name, by: 'online', delegation: { paths: ['*/*'] }, targets: { 'django/a.tgz': evil } }));
  const ordered = released({ delegated: [...projects(), ...inner(['first', 'second'])] });
  const swapped = released({ delegated: [...projects(), ...inner(['second', 'first'])] });
  const offline = new Repository({ delegated: projects({ online: { 'django/a.tgz': evil } }) });
  const start = offline.publish();
  const reversed = offline.forge({
    signed: {
      targets: (signed) => {
        const { delegations } =
          /** @type {{ delegations: { keys: import('./tree.mjs').Tree, roles: import('./tree.mjs').Tree[] } }} */ (
            /** @type {unknown} */ (signed)
          );
        return { ...signed, delegations: { ...delegations, roles: delegations.roles.toReversed() } };
      },
    },
    signers: { targets: [keyOf('online')] },
  });
  const developer = released({
    delegated: projects({
      django: { 'django/a.tgz': honest, 'flask/a.tgz': evil, 'flask/b.tgz': evil, 'new/b.tgz': evil },
    }),
  });
  return [
    sequenceVector(
      'delegation/claimed-project',
      'a claimed project and an unclaimed one are both found',
      { ...priority, attack: 'lock-out', effect: 'honest targets are not found' },
      rootOf(plain),
      [
        found(plain, 'django/a.tgz', honest, ['claimed', 'django']),
        { ...found(plain, 'new/a.tgz', honest, ['online']), written: { 'django/a.tgz': honest, 'new/a.tgz': honest } },
      ],
    ),
    sequenceVector(
      'delegation/claimed-project-also-online',
      'the online role lists a target that a claimed project has',
      priority,
      rootOf(greedy),
      [found(greedy, 'django/a.tgz', honest, ['claimed', 'django'])],
    ),
    sequenceVector(
      'delegation/claimed-project-new-target-online',
      'the online role lists a new target for a claimed project, which is terminating',
      { ...priority, rows: ['5.6.7.2.1', ...priority.rows] },
      rootOf(greedy),
      [{ serve: greedy }, notFound(greedy, 'django/evil.tgz', 'not-found', ['claimed', 'django']), helloAgain(greedy)],
    ),
    sequenceVector(
      'delegation/claimed-project-deletes-target',
      'a claimed project deletes a target, and the online role lists it',
      { ...priority, rows: ['5.6.7.2.1', '4.5-g', '480-b', 'D2'] },
      rootOf(before),
      [
        found(before, 'django/a.tgz', honest, ['claimed', 'django']),
        { ...notFound(after, 'django/a.tgz', 'not-found', ['claimed', 'django']), written: { 'django/a.tgz': honest } },
        { ...helloAgain(after), written: { 'django/a.tgz': honest, 'hello.txt': hello } },
      ],
    ),
    sequenceVector(
      'delegation/claimed-project-not-terminating',
      'the same where the claim is not terminating: the specification lets the online role answer, which is why it has to be',
      {
        ...priority,
        attack: 'lock-out',
        rows: ['5.6.7.2.2', '480-b', 'D2'],
        effect: 'clients disagree about which delegations end a search',
      },
      rootOf(open),
      [found(open, 'django/a.tgz', evil, ['claimed', 'django', 'online'])],
    ),
    sequenceVector(
      'delegation/unclaimed-project',
      'a project that nobody claimed: the online role answers, also where an attacker holds it',
      {
        ...priority,
        attack: 'lock-out',
        rows: ['480-b', 'D3'],
        effect: 'honest targets of unclaimed projects are not found',
      },
      rootOf(greedy),
      [found(greedy, 'new/a.tgz', evil, ['online'])],
    ),
    ...[
      /** @type {const} */ ([
        'online-delegations',
        'the online role delegates to roles with a target of a claimed project',
        ordered,
      ]),
      /** @type {const} */ (['online-delegations-swapped', 'the same, in another order', swapped]),
    ].map(([name, comment, release]) =>
      sequenceVector(`delegation/${name}`, comment, { ...priority, rows: ['5.6.7', 'D4'] }, rootOf(release), [
        found(release, 'django/a.tgz', honest, ['claimed', 'django']),
      ]),
    ),
    sequenceVector(
      'delegation/offline-order-changed-online',
      'the holder of the online key puts the online role first and signs targets with his key',
      { ...priority, section: '5.6.3', rows: ['5.6.3', 'D5', 'T13'] },
      rootOf(start),
      [
        found(start, 'django/a.tgz', honest, ['claimed', 'django']),
        {
          serve: reversed,
          download: ['django/a.tgz'],
          reject: 'unsigned',
          stopsAt: 'targets',
          written: { 'django/a.tgz': honest },
        },
        { serve: offline.publish() },
      ],
    ),
    sequenceVector(
      'delegation/developer-own-project',
      'a developer signs targets of his own project and of others: his own count',
      { ...priority, attack: 'lock-out', rows: ['4.5-j', 'D6', 'T17'], effect: 'honest targets are not found' },
      rootOf(developer),
      [found(developer, 'django/a.tgz', honest, ['claimed', 'django'])],
    ),
    sequenceVector(
      'delegation/developer-other-project',
      'a developer signs targets of his own project and of others: those of others do not count',
      { ...priority, rows: ['4.5-j', 'D6', 'T17'] },
      rootOf(developer),
      [
        found(developer, 'flask/a.tgz', honest, ['claimed', 'flask']),
        {
          ...notFound(developer, 'flask/b.tgz'),
          requests: null,
          alsoTrusted: ['claimed', 'flask'],
          written: { 'flask/a.tgz': honest },
        },
        { ...helloAgain(developer), written: { 'flask/a.tgz': honest, 'hello.txt': hello } },
      ],
    ),
    sequenceVector(
      'delegation/developer-unclaimed-project',
      'a developer of a claimed project signs a target of an unclaimed one',
      { ...priority, rows: ['4.5-j', 'D6', 'T17'] },
      rootOf(developer),
      [{ serve: developer }, notFound(developer, 'new/b.tgz', 'not-found', ['online']), helloAgain(developer)],
    ),
  ];
}

function dependencies() {
  const withCustom = { targets: { 'foo.tgz': honest } };
  const repository = new Repository(withCustom);
  const custom = (/** @type {string} */ name) => (/** @type {Signed} */ signed) =>
    withValue(signed, ['targets', 'foo.tgz', 'custom'], { dependencies: [name] });
  const first = repository.publish({ signed: { targets: custom('bar') } });
  const bad = repository.forge({
    signed: { targets: custom('bar') },
    envelope: {
      targets: ({ signatures, signed }) => ({ signatures, signed: custom('evil')(/** @type {Signed} */ (signed)) }),
    },
  });
  const next = repository.publish({ signed: { targets: custom('bar') } });
  const other = released({
    delegated: [
      { name: 'foo', delegation: { paths: ['foo/*'] }, targets: { 'foo/a.tgz': honest } },
      { name: 'evil', delegation: { paths: ['evil/*'] }, targets: { 'foo/b.tgz': evil, 'evil/a.tgz': evil } },
    ],
  });
  const swapped = released(
    { delegated: [{ name: 'foo', delegation: { paths: ['foo/*'] }, targets: { 'foo/a.tgz': honest } }] },
    { signers: { foo: [keyOf('evil')] } },
  );
  return [
    sequenceVector(
      'delegation/dependency-added-after-signing',
      'custom of a target gets another dependency, which is not signed',
      { ...dependency, rows: ['T4', 'T1', '5.6.3', '4.5-d', '4-a'] },
      rootOf(first),
      [
        found(first, 'foo.tgz', honest),
        { serve: bad, download: ['foo.tgz'], reject: 'unsigned', stopsAt: 'targets', written: { 'foo.tgz': honest } },
        { serve: next },
      ],
    ),
    sequenceVector(
      'delegation/dependency-by-other-project',
      'the role of project evil lists a target of project foo',
      { ...dependency, section: '4.5', rows: ['T4', '4.5-j', 'T17'] },
      rootOf(other),
      [
        { serve: other },
        notFound(other, 'foo/b.tgz', 'not-found', ['foo']),
        { ...found(other, 'foo/a.tgz', honest), requests: null },
      ],
    ),
    sequenceVector(
      'delegation/dependency-signed-by-other-project',
      'the metadata of project foo is signed by the key of project evil alone',
      dependency,
      rootOf(swapped),
      [{ serve: swapped }, notFound(swapped, 'foo/a.tgz', 'unsigned', [], ['foo']), helloAgain(swapped)],
    ),
  ];
}

function targetsKeyAlone() {
  const repository = new Repository({ listed: 'version' });
  const first = repository.publish();
  const forged = repository.forge({ files: { targets: { 'hello.txt': evil } } });
  const listed = new Repository({ listed: 'all' });
  const start = listed.publish();
  const update = listed.publish();
  const twin = new Repository({ listed: 'all' });
  twin.publish();
  const other = twin.publish({ files: { targets: { 'hello.txt': text('evil!\n') } } }).documents['targets'];
  const older = repository.publish();
  return [
    sequenceVector(
      'delegation/targets-key-next-version',
      'targets of the next version, validly signed, beside an honest snapshot that does not list it: never asked for',
      { ...oneKey, attack: 'key-compromise', rows: ['T13', '2.1.3-a', '5.6.1'] },
      rootOf(first),
      [
        { serve: first },
        {
          serve: first,
          but: { metadata: { '2.targets.json': /** @type {Buffer} */ (forged.documents['targets']) } },
          download: ['hello.txt'],
          further: [targetRequest(first, 'hello.txt', hello)],
          written: { 'hello.txt': hello },
        },
      ],
    ),
    sequenceVector(
      'delegation/targets-key-other-version-inside',
      'under the name of the listed version, targets of another version, validly signed',
      oneKey,
      rootOf(first),
      [
        { serve: first },
        {
          serve: older,
          but: { metadata: { '2.targets.json': /** @type {Buffer} */ (first.documents['targets']) } },
          reject: 'version-mismatch',
          stopsAt: 'targets',
        },
        { serve: older },
      ],
    ),
    sequenceVector(
      'delegation/targets-key-same-version',
      'other targets of the listed version, validly signed; the snapshot lists digest and length',
      { ...oneKey, section: '5.6.2', rows: ['T13', '5.6.2', '4.4-g'] },
      rootOf(start),
      [
        { serve: start },
        {
          serve: update,
          but: { metadata: { '2.targets.json': /** @type {Buffer} */ (other) } },
          reject: 'hash-mismatch',
          stopsAt: 'targets',
        },
        { serve: update },
      ],
    ),
  ];
}

function projectKeys() {
  /** @type {About} */
  const three = {
    section: '4.5',
    level: 'MUST',
    attack: 'key-compromise',
    rows: ['T14', '4.5-j', 'T17'],
    effect: 'the keys of timestamp, snapshot and one project suffice to publish for other projects',
  };
  const delegated = [
    { name: 'foo', delegation: { paths: ['foo/*'] }, targets: { 'foo/a.tgz': honest } },
    { name: 'bar', delegation: { paths: ['bar/*'] }, targets: { 'bar/a.tgz': honest } },
  ];
  const repository = new Repository({ delegated });
  const first = repository.publish();
  const second = repository.publish({
    bump: ['foo', 'snapshot', 'timestamp'],
    files: { foo: { 'foo/a.tgz': evil, 'bar/a.tgz': evil, 'bar/b.tgz': evil } },
  });
  return [
    sequenceVector(
      'delegation/three-keys-own-paths',
      'timestamp, snapshot and the role of one project publish other content for it: TUF cannot tell that from an honest release',
      { ...three, attack: 'lock-out', rows: ['T14'], effect: 'an honest release of one project is refused' },
      rootOf(first),
      [found(first, 'foo/a.tgz', honest, ['foo']), found(second, 'foo/a.tgz', evil, ['foo'])],
    ),
    sequenceVector(
      'delegation/three-keys-other-paths',
      'timestamp, snapshot and the role of one project publish targets of another project',
      three,
      rootOf(first),
      [
        found(first, 'foo/a.tgz', honest, ['foo']),
        {
          ...notFound(second, 'bar/b.tgz', 'not-found', ['bar']),
          written: { 'foo/a.tgz': honest },
        },
        {
          serve: second,
          download: ['bar/a.tgz'],
          requests: null,
          alsoTrusted: ['bar'],
          written: { 'foo/a.tgz': honest, 'bar/a.tgz': honest },
        },
      ],
    ),
  ];
}
