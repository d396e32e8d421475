// @ts-check
/** Section 5.5: the snapshot. */
import { testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import { withValue } from './tree.mjs';
import { expiryVectors, fetchVectors, localVectors, readingVectors, signatureVectors } from './update-documents.mjs';
import { listedVectors } from './update-listed.mjs';
import { accepted, documentIn, refused, remade, vectorOf } from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Signed} Signed */

/** @returns {Vector[]} */
export function vectors() {
  return [
    ...signatureVectors('snapshot'),
    ...expiryVectors('snapshot'),
    ...readingVectors('snapshot'),
    ...fetchVectors('snapshot'),
    ...localVectors('snapshot'),
    ...listedVectors('snapshot'),
    ...rollbacks(),
    ...listing(),
    ...fetching(),
    ...confusion(),
  ];
}

/** Another entry of `meta`; none where it is `undefined`. @param {string} name @param {Tree | undefined} entry @returns {Changes} */
function listed(name, entry) {
  return { signed: { snapshot: (signed) => withValue(signed, ['meta', name], entry) } };
}

/** A repository with two delegated roles, whose files no client here ever asks for. */
function delegating() {
  return new Repository({
    delegated: [
      { name: 'alpha', targets: { 'alpha/one': Buffer.from('one\n') } },
      { name: 'beta', targets: { 'beta/two': Buffer.from('two\n') } },
    ],
  });
}

/** @type {About} */
const rollback = {
  section: '5.5.5',
  level: 'MUST',
  attack: 'rollback',
  rows: ['5.5.5a', 'T9', 'T12', 'RB-03', 'GO-7'],
  effect: 'who has the online keys brings back old targets, with the weaknesses that later ones have mended',
};

function rollbacks() {
  /** @type {About} */
  const delegated = {
    ...rollback,
    rows: ['5.5.5a', 'T9', 'RB-04', 'RB-05', 'GO-7', 'TH-5', 'GAP-05', 'M1'],
    effect:
      'who has the online keys brings back the old files of a project that this client has not asked for yet (CVE-2025-2887)',
    peers: ['tough before 0.20 accepts'],
  };
  const gone = { rows: ['5.5.5b', 'T9', 'RB-05', 'TH-5', 'GAP-05', 'M2'] };
  /** @type {(name: string, comment: string, about: About, changes: Changes, repository?: Repository, first?: Changes) => Vector} */
  const back = (name, comment, about, changes, repository = new Repository(), first = {}) => {
    const before = repository.publish();
    const held = repository.publish(first);
    const bad = repository.publish(changes);
    const next = repository.publish(first);
    return vectorOf(
      `update-snapshot/${name}`,
      comment,
      about,
      [{ serve: held }, { serve: bad, reject: 'rollback', stopsAt: 'snapshot' }, { serve: next }],
      { pinned: /** @type {Buffer} */ (before.metadata['1.root.json']) },
    );
  };
  const bins = { 'packages-0.json': { version: 4 }, 'packages-1.json': { version: 5 } };
  const withBins = (/** @type {{ [name: string]: Tree }} */ more) => ({
    signed: {
      snapshot: (/** @type {Signed} */ signed) => ({ ...signed, meta: { ...Object(signed['meta']), ...more } }),
    },
  });
  return [
    back(
      'targets-version-lower',
      'lists targets.json in version 1 after version 2',
      { ...rollback, rows: [...rollback.rows, 'T13'] },
      listed('targets.json', { version: 1 }),
    ),
    back(
      'targets-missing-after-listed',
      'no longer lists targets.json',
      { ...rollback, rows: ['5.5.5b', '4.4-a', 'RB-05', 'TH-5'] },
      listed('targets.json', undefined),
    ),
    back(
      'delegated-version-lower',
      'lists a delegated role lower, whose file this client never had',
      delegated,
      listed('alpha.json', { version: 1 }),
      delegating(),
    ),
    back(
      'delegated-missing',
      'no longer lists a delegated role, whose file this client never had',
      { ...delegated, ...gone },
      listed('beta.json', undefined),
      delegating(),
    ),
    back(
      'delegated-and-delegation-missing',
      'no longer lists a delegated role, and targets no longer delegates to it: no exception is made',
      {
        ...delegated,
        ...gone,
        peers: undefined,
        effect: 'who has the online keys drops a role and later lists it anew, at any version',
      },
      {
        signed: {
          ...listed('beta.json', undefined).signed,
          targets: (signed) => ({ ...signed, delegations: { keys: {}, roles: [] } }),
        },
      },
      delegating(),
    ),
    back(
      'bin-version-lower',
      'lists a bin lower, whose file this client never had',
      delegated,
      withBins({ ...bins, 'packages-1.json': { version: 4 } }),
      new Repository(),
      withBins(bins),
    ),
    back(
      'bin-missing',
      'no longer lists a bin, whose file this client never had',
      { ...delegated, ...gone },
      withBins({ 'packages-0.json': { version: 4 } }),
      new Repository(),
      withBins(bins),
    ),
    back(
      'other-file-lower',
      'lists a file that is no targets metadata lower',
      {
        ...rollback,
        level: 'decision',
        rows: ['5.5.5a', 'A-26'],
        effect: 'a client has to tell by its name which file is targets metadata',
      },
      withBins({ 'root.json': { version: 1 } }),
      new Repository(),
      withBins({ 'root.json': { version: 2 } }),
    ),
    accepted(
      'update-snapshot/other-file-listed',
      'lists files that are no targets metadata, as Sigstore does',
      {
        ...rollback,
        section: '4.4',
        attack: 'lock-out',
        level: 'decision',
        rows: ['4.4-a', 'A-26'],
        effect: 'repositories in use cannot be read',
      },
      (repository) => repository.publish(withBins({ 'root.json': { version: 1 }, 'revocation.list': { version: 3 } })),
    ),
    accepted(
      'update-snapshot/delegated-listed-anew',
      'lists a delegated role in version 1 for the first time',
      {
        ...rollback,
        attack: 'lock-out',
        level: 'decision',
        rows: ['5.5.5a', 'A-59'],
        effect: 'nobody can add a delegated role',
      },
      (repository) => repository.publish(withBins({ 'gamma.json': { version: 1 } })),
    ),
    accepted(
      'update-snapshot/delegated-version-same',
      'lists a delegated role as it was',
      {
        ...rollback,
        attack: 'lock-out',
        rows: ['5.5.5a'],
        effect: 'a release in which not every role is new cannot be used',
      },
      (repository) => repository.publish({ bump: ['snapshot', 'timestamp'] }),
      { repository: delegating() },
    ),
    fasterThanFiles(),
    ownVersionLower(),
    heldExpired(),
    freshClient(),
    renewedTimestamp(),
  ];
}

/** A role is listed at a huge version without a file of it. */
function fasterThanFiles() {
  const repository = delegating();
  const first = repository.publish();
  const huge = repository.publish(listed('alpha.json', { version: 2_147_483_647 }));
  const alpha = documentIn(huge, 'alpha');
  const release = { ...huge, metadata: { ...huge.metadata, '2147483647.alpha.json': alpha } };
  const root = 'metadata/2.root.json';
  return vectorOf(
    'update-snapshot/delegated-version-huge',
    'lists one project at version 2^31-1, of which the file says version 2; another project goes on',
    {
      ...rollback,
      section: '5.6.4',
      attack: 'fast-forward',
      rows: ['5.6.4', 'M3', 'T5', 'RB-08'],
      effect: 'who has the online keys passes an old file of a project for a new one',
    },
    [
      { serve: first },
      {
        serve: release,
        download: ['alpha/one'],
        reject: 'version-mismatch',
        trusted: { ...first.documents, ...huge.documents, alpha: null, beta: null },
        written: { 'alpha/one': null },
        requests: [
          root,
          'metadata/timestamp.json',
          'metadata/2.snapshot.json',
          'metadata/2.targets.json',
          'metadata/2147483647.alpha.json',
        ],
      },
      {
        serve: release,
        download: ['beta/two'],
        trusted: { ...huge.documents, alpha: null },
        written: { 'beta/two': Buffer.from('two\n') },
        requests: null,
      },
    ],
  );
}

/** The baseline is the snapshot itself, where the timestamp was lost. */
function ownVersionLower() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish({ bump: ['snapshot', 'timestamp'] });
  const third = repository.publish();
  return vectorOf(
    'update-snapshot/version-lower-timestamp-lost',
    'the held timestamp is gone and the release before is served, in which targets is of the same version: the held snapshot still guards',
    {
      ...rollback,
      level: 'decision',
      rows: ['5.5.7', 'A-27', 'T26'],
      effect: 'one lost file is enough to be led back',
    },
    [
      { serve: second },
      {
        serve: { ...second, ...first },
        disk: { metadata: { 'timestamp.json': null } },
        reject: 'rollback',
        trusted: {
          root: documentIn(second, 'root'),
          snapshot: documentIn(second, 'snapshot'),
          targets: documentIn(second, 'targets'),
        },
        requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/1.snapshot.json'],
      },
      { serve: third },
    ],
    { pinned: /** @type {Buffer} */ (first.metadata['1.root.json']) },
  );
}

function heldExpired() {
  const repository = new Repository();
  repository.publish();
  const second = repository.publish({
    signed: { snapshot: (signed) => ({ ...signed, expires: '2030-01-01T00:00:00Z' }) },
  });
  const third = repository.publish(listed('targets.json', { version: 1 }));
  const fourth = repository.publish();
  return vectorOf(
    'update-snapshot/held-expired',
    'the held snapshot expired; a newer one lists targets lower',
    {
      ...rollback,
      level: 'decision',
      rows: ['5.5.5a', 'A-17', 'T9', 'GAP-03', 'GAP-05'],
      effect: 'whoever withholds updates until the held file has expired may then go back',
    },
    [
      { time: '2029-12-31T00:00:00Z', serve: second },
      { time: '2030-02-01T00:00:00Z', serve: third, reject: 'rollback', stopsAt: 'snapshot' },
      { time: '2030-02-02T00:00:00Z', serve: fourth },
    ],
  );
}

/** What a client without a baseline cannot know. */
function freshClient() {
  const repository = new Repository();
  const first = repository.publish();
  repository.publish();
  // Signed by the online keys after the second release: it leads new clients back to the first targets.
  const back = repository.publish({ ...listed('targets.json', { version: 1 }), bump: ['snapshot', 'timestamp'] });
  const next = repository.publish();
  const old = {
    ...back,
    documents: { ...back.documents, targets: documentIn(first, 'targets') },
    versions: { ...back.versions, targets: 1 },
  };
  return vectorOf(
    'update-snapshot/targets-version-lower-fresh',
    'timestamp and snapshot keys lead a client that holds nothing to the targets of a former release: nothing tells it that there were later ones',
    {
      ...rollback,
      attack: 'lock-out',
      rows: ['5.5.5a', 'T12'],
      effect: 'a client invents a baseline that it cannot have',
    },
    [{ serve: old }, { serve: next }],
    { pinned: /** @type {Buffer} */ (first.metadata['1.root.json']) },
  );
}

/** The timestamp key alone prolongs a release, up to the expiry of its snapshot. */
function renewedTimestamp() {
  const repository = new Repository();
  const first = repository.publish({
    signed: { snapshot: (signed) => ({ ...signed, expires: '2030-06-15T12:00:00Z' }) },
  });
  const renewed = repository.publish({ bump: ['timestamp'] });
  const again = repository.publish({ bump: ['timestamp'] });
  const next = repository.publish();
  return vectorOf(
    'update-snapshot/expired-under-renewed-timestamp',
    'the timestamp is renewed twice and lists the same snapshot, which expires between',
    {
      section: '5.5.6',
      level: 'MUST',
      attack: 'freeze',
      rows: ['5.5.6', 'T6', 'T11', 'GAP-03'],
      effect: 'who has the timestamp key alone keeps a client on an old release for ever',
    },
    [
      { time: '2030-06-15T10:00:00Z', serve: first },
      { time: '2030-06-15T11:00:00Z', serve: renewed },
      {
        time: '2030-06-15T13:00:00Z',
        serve: again,
        reject: 'expired',
        trusted: { ...first.documents, timestamp: documentIn(again, 'timestamp') },
        requests: null,
      },
      { time: '2030-06-15T14:00:00Z', serve: next },
    ],
  );
}

function listing() {
  /** @type {About} */
  const missing = {
    section: '4.4',
    level: 'MUST',
    attack: 'mix-and-match',
    rows: ['4.4-a', 'J17', 'DLG-12'],
    effect: 'nothing says which targets belong to the snapshot, or the reader crashes',
  };
  /** @type {(name: string, comment: string, about: About, meta: Tree) => Vector} */
  const fresh = (name, comment, about, meta) => {
    const repository = new Repository();
    const bad = repository.publish({ signed: { snapshot: (signed) => ({ ...signed, meta }) } });
    // What was listed once has to stay listed, for clients that kept the snapshot.
    const next = repository.publish({
      signed: { snapshot: (signed) => ({ ...signed, meta: { ...Object(signed['meta']), ...Object(meta) } }) },
    });
    return vectorOf(
      `update-snapshot/${name}`,
      comment,
      about,
      [
        {
          serve: bad,
          reject: 'missing-meta',
          // Whether such a snapshot ends its own step or the next one is not said.
          trusted: { root: documentIn(bad, 'root'), timestamp: documentIn(bad, 'timestamp'), targets: null },
          requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/1.snapshot.json'],
        },
        { serve: next },
      ],
      { control: 'update-snapshot/first-update' },
    );
  };
  const repository = delegating();
  const first = repository.publish(listed('beta.json', undefined));
  return [
    vectorOf(
      'update-snapshot/first-update',
      'the first update of a client, and one without news',
      {
        section: '5.5.1',
        level: 'MUST',
        attack: 'lock-out',
        rows: ['3.1.2-a', '5.5.1', '5.5.7', '5.6.6', 'A-56', 'A-57'],
        effect: 'a client asks for what it holds, or holds not what it accepted',
      },
      [{ serve: new Repository().publish() }, { serve: new Repository().publish() }],
    ),
    fresh('meta-empty', 'lists nothing, to a client that holds nothing yet', missing, {}),
    fresh(
      'meta-name-with-version',
      'lists 1.targets.json, to a client that holds nothing yet',
      {
        ...missing,
        rows: ['4.4-c', '6.2.1-d', 'A-41'],
        effect: 'names in metadata carry prefixes for some clients and none for others',
      },
      { '1.targets.json': { version: 1 } },
    ),
    fresh(
      'meta-name-without-ending',
      'lists targets without .json, to a client that holds nothing yet',
      { ...missing, rows: ['4.4-c', 'A-41'] },
      { targets: { version: 1 } },
    ),
    vectorOf(
      'update-snapshot/delegated-not-listed',
      'does not list a delegated role, to a client that holds nothing yet: its targets cannot be had, those of others can',
      {
        ...missing,
        rows: ['4.4-a', 'DLG-12', 'J17', 'A-37'],
        effect: 'a role that no snapshot lists is served in any version',
      },
      [
        { serve: first, download: ['alpha/one'], written: { 'alpha/one': Buffer.from('one\n') } },
        {
          serve: first,
          download: ['beta/two'],
          reject: 'missing-meta',
          trusted: { ...first.documents, beta: null },
          written: { 'beta/two': null },
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
      ],
    ),
    refused(
      'update-snapshot/meta-missing',
      'there is no meta',
      { ...missing, rows: ['4.4-a', 'A-32', 'JSON-01'] },
      'malformed',
      'snapshot',
      (repo) => repo.forge({ signed: { snapshot: (signed) => withValue(signed, ['meta'], undefined) } }),
    ),
    refused(
      'update-snapshot/meta-without-version',
      'what is listed of a delegated role has no version',
      { ...missing, rows: ['4.4-d', 'A-32'] },
      'malformed',
      'snapshot',
      (repo) => repo.forge(listed('gamma.json', { length: 100 })),
    ),
  ];
}

function fetching() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  /** @type {About} */
  const name = {
    section: '5.5.1',
    level: 'MUST',
    attack: 'freeze',
    rows: ['5.5.1', '6.2.1-a'],
    effect: 'a snapshot is read while the next one is written over it',
  };
  const { '2.snapshot.json': newest, ...others } = second.metadata;
  const hashed = new Repository({ listed: 'all' });
  const held = hashed.publish();
  const other = remade(
    documentIn(held, 'snapshot'),
    (signed) => ({ ...signed, expires: '2049-01-01T00:00:00Z' }),
    hashed.signers['snapshot'] ?? [],
  );
  const replaced = hashed.publish({
    bump: ['timestamp', 'snapshot'],
    signed: { snapshot: () => JSON.parse(other.toString()).signed },
  });
  /** @type {About} */
  const sameVersion = {
    section: '4.4',
    level: 'decision',
    attack: 'lock-out',
    rows: ['4.4-f', 'A-57', 'A-58', 'M4'],
    effect: 'a snapshot that a repository had to make again is never fetched',
  };
  const plain = new Repository();
  const [before, after] = [plain.publish(), plain.publish({ bump: ['timestamp'] })];
  const otherPlain = remade(
    documentIn(before, 'snapshot'),
    (signed) => ({ ...signed, expires: '2049-01-01T00:00:00Z' }),
    plain.signers['snapshot'] ?? [],
  );
  return [
    vectorOf(
      'update-snapshot/name-without-version',
      'the snapshot is there under its name without a version alone, although snapshots are consistent',
      name,
      [
        { serve: first },
        {
          serve: { ...second, metadata: { ...others, 'snapshot.json': /** @type {Buffer} */ (newest) } },
          reject: 'transport',
          stopsAt: 'snapshot',
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-snapshot/same-version-other-digest',
      'a new timestamp lists the snapshot in the version that is held, with the digest of another content',
      sameVersion,
      [
        { serve: held },
        { serve: replaced, requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/1.snapshot.json'] },
      ],
    ),
    vectorOf(
      'update-snapshot/same-version-other-content',
      'a new timestamp lists the snapshot in the version that is held, without a digest, and the server has another content of it: what is held stays',
      { ...sameVersion, attack: 'mix-and-match', effect: 'the client asks again for what it holds' },
      [
        { serve: before },
        { serve: { ...after, metadata: { ...after.metadata, '1.snapshot.json': otherPlain } }, trusted: after },
      ],
    ),
  ];
}

/** A keyid of root's that a delegation lists with another key. */
function confusion() {
  const repository = delegating();
  const [own] = repository.signers['snapshot'] ?? [];
  const [other] = testKeys('alpha', 1);
  if (own === undefined || other === undefined) throw new Error('no keys');
  const borrowed = { ...other, keyid: own.keyid };
  repository.signers['alpha'] = [borrowed];
  const first = repository.publish();
  const bad = repository.forge({ signers: { snapshot: [borrowed] } });
  const next = repository.publish();
  return [
    vectorOf(
      'update-snapshot/signed-by-delegated-key-under-its-keyid',
      'targets lists a key of a delegated role under the keyid that root has for the key of snapshot; that other key signs the snapshot',
      {
        section: '4.3',
        level: 'MUST',
        attack: 'key-compromise',
        rows: ['4.3-h', 'A-02', 'T21', '5.5.3'],
        effect: 'a delegate becomes whatever role he likes, by choosing a keyid',
      },
      [
        { serve: first, download: ['alpha/one'], written: { 'alpha/one': Buffer.from('one\n') } },
        { serve: bad, reject: 'unsigned', stopsAt: 'snapshot' },
        { serve: next },
      ],
    ),
  ];
}
