// @ts-check
/** An update that ends in the middle, by the network, the server, a crash or the clock, and the next one. */
import { sha256 } from './keys.mjs';
import { Repository } from './repository.mjs';
import { all, altered, documentIn, firstRoot, page, pathOf, remade, rootRequests, vectorOf } from './update-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./sequence.mjs').Step} Step */

/** @type {About} */
const about = {
  section: '5',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5-a', 'T26'],
  effect: 'one disturbed update is the last: the client stays where it was, or goes on with half a release',
};

/** @returns {Vector[]} */
export function vectors() {
  return [...firstUpdates(), ...laterUpdates(), ...crashes(), ...networks(), ...servers(), ...clocks()];
}

const cut = /** @type {const} */ ({ body: page, drop: 'mid-body' });
const one = Buffer.from('one\n');

function delegating() {
  return new Repository({ delegated: [{ name: 'alpha', targets: { 'alpha/one': one } }] });
}

const order = /** @type {const} */ (['timestamp', 'snapshot', 'targets']);

/** The connection is closed at each file in turn of a client's first update. @returns {Vector[]} */
function firstUpdates() {
  const release = delegating().publish();
  const none = { timestamp: null, snapshot: null, targets: null };
  return [
    ...order.map((role, index) => {
      const kept = Object.fromEntries(order.slice(0, index).map((each) => [each, documentIn(release, each)]));
      return vectorOf(
        `recovery/first-update-cut-at-${role}`,
        `the connection is closed within the ${role} file of the first update, then all is well`,
        about,
        [
          {
            serve: release,
            but: { metadata: { [pathOf(release, role)]: cut } },
            reject: 'transport',
            trusted: { root: documentIn(release, 'root'), ...none, ...kept },
            requests: [
              ...rootRequests(2),
              ...order.slice(0, index + 1).map((each) => `metadata/${pathOf(release, each)}`),
            ],
          },
          { serve: release },
        ],
        { control: 'update-snapshot/first-update' },
      );
    }),
    vectorOf(
      'recovery/first-update-cut-at-root',
      'the connection is closed within the next root at the first update, then all is well',
      { ...about, level: 'decision', rows: ['5-a', 'T26', 'A-42'] },
      [
        {
          serve: release,
          but: { metadata: { '2.root.json': cut } },
          reject: 'transport',
          trusted: { root: documentIn(release, 'root'), ...none },
          requests: rootRequests(2),
        },
        { serve: release },
      ],
      { control: 'update-snapshot/first-update' },
    ),
  ];
}

/** The same of a later update, with a delegated role and a target. @returns {Vector[]} */
function laterUpdates() {
  const path = 'alpha/one';
  const again = Buffer.from('one again\n');
  /** @type {(name: string, comment: string, at: string, why?: About) => Vector} */
  const interrupted = (name, comment, at, why = about) => {
    const repository = delegating();
    const first = repository.publish();
    const second = repository.publish({ bump: [...all, 'alpha'], files: { alpha: { [path]: again } } });
    const target = `targets/alpha/${sha256(again)}.one`;
    /** What is asked for in turn, and the role that is accepted with it. @type {readonly (readonly [path: string, role?: string])[]} */
    const asked = [
      ['metadata/2.root.json', 'root'],
      ['metadata/3.root.json'],
      ['metadata/timestamp.json', 'timestamp'],
      ['metadata/2.snapshot.json', 'snapshot'],
      ['metadata/2.targets.json', 'targets'],
      ['metadata/2.alpha.json', 'alpha'],
      [target],
    ];
    const last = at === 'target' ? target : `metadata/${at}`;
    const index = asked.findIndex(([each]) => each === last);
    if (index === -1) throw new Error(`${last} is not asked for`);
    const advanced = asked.slice(0, index).flatMap(([, role]) => (role === undefined ? [] : [role]));
    return vectorOf(`recovery/${name}`, comment, why, [
      { serve: first, download: [path], alsoTrusted: ['alpha'], written: { [path]: one } },
      {
        serve: second,
        but:
          at === 'target'
            ? { targets: { [target.slice('targets/'.length)]: { body: again, drop: 'mid-body' } } }
            : { metadata: { [at]: cut } },
        download: [path],
        reject: 'transport',
        trusted: {
          ...first.documents,
          ...Object.fromEntries(advanced.map((role) => [role, documentIn(second, role)])),
        },
        written: { [path]: one },
        requests: asked.slice(0, index + 1).map(([each]) => each),
      },
      { serve: second, download: [path], alsoTrusted: ['alpha'], written: { [path]: again } },
    ]);
  };
  const b2 = {
    ...about,
    rows: ['5-a', 'T26', 'B2'],
    peers: ['tuf-browser 0.1.11 goes on with the old targets'],
    effect: 'blocking one request is enough to keep a client on old targets, and it says that all is well',
  };
  return [
    interrupted('update-cut-at-root', 'the connection is closed within the next root', '2.root.json', {
      ...about,
      level: 'decision',
      rows: ['5-a', 'A-42', 'T26'],
    }),
    interrupted(
      'update-cut-at-end-of-roots',
      'the connection is closed at the question for a root that is not there: the root before is kept',
      '3.root.json',
      { ...about, level: 'decision', rows: ['5-a', '5.3.8', 'A-42', 'T26'] },
    ),
    interrupted('update-cut-at-timestamp', 'the connection is closed within the new timestamp', 'timestamp.json'),
    interrupted('update-cut-at-snapshot', 'the connection is closed within the new snapshot', '2.snapshot.json', b2),
    interrupted('update-cut-at-targets', 'the connection is closed within the new targets', '2.targets.json', b2),
    interrupted(
      'update-cut-at-delegated',
      'the connection is closed within the new file of a delegated role',
      '2.alpha.json',
      b2,
    ),
    interrupted(
      'update-cut-at-file',
      'the connection is closed within the new target file: the former one stays',
      'target',
      { ...b2, section: '5.7.3', rows: ['5-a', '5.7.3b', 'T26'], peers: undefined },
    ),
  ];
}

/** A crash between two files, as it is found on the disk. @returns {Vector[]} */
function crashes() {
  /** @type {(name: string, comment: string, roles: readonly string[], requests: readonly string[] | null, why?: Partial<About>) => Vector} */
  const crashed = (name, comment, roles, requests, why = {}) => {
    const repository = new Repository();
    const first = repository.publish();
    const second = repository.publish(roles.includes('root') ? { bump: all } : {});
    const third = repository.publish();
    const disk = { metadata: Object.fromEntries(roles.map((role) => [`${role}.json`, documentIn(second, role)])) };
    return vectorOf(`recovery/${name}`, comment, { ...about, rows: ['5-a', 'T26', 'A-56', 'GAP-06'], ...why }, [
      { serve: first },
      { serve: second, disk, requests },
      { serve: third },
    ]);
  };
  const start = ['metadata/2.root.json', 'metadata/timestamp.json'];
  const fresh = new Repository();
  const [before, after] = [fresh.publish(), fresh.publish()];
  const gone = { 'root.json': null, 'timestamp.json': null, 'snapshot.json': null, 'targets.json': null };
  return [
    crashed(
      'crash-after-timestamp',
      'the new timestamp is on the disk, the rest is of the former release',
      ['timestamp'],
      [...start, 'metadata/2.snapshot.json', 'metadata/2.targets.json'],
    ),
    crashed(
      'crash-after-snapshot',
      'the new timestamp and snapshot are on the disk, targets are of the former release',
      ['timestamp', 'snapshot'],
      [...start, 'metadata/2.targets.json'],
    ),
    crashed(
      'crash-after-targets',
      'all files of the new release are on the disk',
      ['timestamp', 'snapshot', 'targets'],
      start,
    ),
    crashed('crash-after-root', 'the new root is on the disk, the rest is of the former release', ['root'], null),
    crashed(
      'crash-snapshot-without-timestamp',
      'the new snapshot is on the disk, and timestamp and targets are of the former release',
      ['snapshot'],
      [...start, 'metadata/2.targets.json'],
      { level: 'decision' },
    ),
    crashed(
      'crash-targets-alone',
      'the new targets are on the disk, and timestamp and snapshot are of the former release',
      ['targets'],
      [...start, 'metadata/2.snapshot.json'],
      { level: 'decision' },
    ),
    vectorOf(
      'recovery/all-files-gone',
      'all files that the client held are gone: it begins as at its first start',
      { ...about, level: 'decision' },
      [{ serve: before }, { serve: before, disk: { metadata: gone }, requests: null }, { serve: after }],
    ),
    vectorOf(
      'recovery/all-files-cut-short',
      'all files that the client held were cut short',
      { ...about, level: 'decision', rows: ['5-a', 'T26', 'J7', 'J8', 'JS2', 'GAP-06'] },
      [
        { serve: before },
        {
          serve: before,
          disk: {
            metadata: Object.fromEntries(
              all.map((role) => [`${role}.json`, documentIn(before, role).subarray(0, 100)]),
            ),
          },
          requests: null,
        },
        { serve: after },
      ],
    ),
  ];
}

/** Nobody answers. @returns {Vector[]} */
function networks() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const down = {
    metadata: {
      '2.root.json': { drop: /** @type {const} */ ('before-headers') },
      'timestamp.json': { drop: /** @type {const} */ ('before-headers') },
    },
  };
  /** @type {About} */
  const offline = {
    ...about,
    section: '1.5.2',
    rows: ['1.5.2-k', '5-a', 'A-42'],
    attack: 'freeze',
    effect: 'a client that has no word from the server says that all is well',
  };
  const cache = {
    ...offline,
    rows: ['1.5.2-k', 'OFF-01', 'SG-5', 'B3'],
    attack: 'arbitrary-software',
    effect: 'what stands in a file of the client is believed, although nobody signed it',
  };
  const forged = remade(
    documentIn(first, 'targets'),
    (signed) => ({ ...signed, targets: { 'evil.txt': { hashes: { sha256: sha256('evil\n') }, length: 5 } } }),
    [],
  );
  const target = { 'hello.txt': null, 'evil.txt': null };
  return [
    vectorOf('recovery/offline', 'nobody answers at the second start', offline, [
      { serve: first },
      { serve: first, but: down, reject: 'transport', trusted: first, requests: rootRequests(2) },
      { serve: second },
    ]),
    vectorOf(
      'recovery/offline-targets-altered',
      'nobody answers at the second start, and the targets file that the client holds lists a file that nobody signed',
      cache,
      [
        { serve: first },
        {
          serve: first,
          but: { ...down, targets: { [`${sha256('evil\n')}.evil.txt`]: Buffer.from('evil\n') } },
          disk: { metadata: { 'targets.json': forged } },
          download: ['evil.txt'],
          reject: 'transport',
          trusted: {
            root: documentIn(first, 'root'),
            timestamp: documentIn(first, 'timestamp'),
            snapshot: documentIn(first, 'snapshot'),
          },
          written: target,
          requests: rootRequests(2),
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'recovery/online-targets-altered',
      'the targets file that the client holds lists a file that nobody signed, which the server has',
      { ...cache, section: '5.6.3', rows: ['5.6.3', 'OFF-01', 'SG-5', 'B3', 'T26'] },
      [
        { serve: first },
        {
          serve: first,
          but: { targets: { [`${sha256('evil\n')}.evil.txt`]: Buffer.from('evil\n') } },
          disk: { metadata: { 'targets.json': forged } },
          download: ['evil.txt'],
          reject: 'not-found',
          trusted: first,
          written: target,
          requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/1.targets.json'],
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'recovery/offline-snapshot-missing',
      'nobody answers at the second start, and the snapshot that the client held is gone',
      { ...offline, rows: ['1.5.2-k', 'OFF-02', 'SG-5'] },
      [
        { serve: first },
        {
          serve: first,
          but: down,
          disk: { metadata: { 'snapshot.json': null } },
          download: ['hello.txt'],
          reject: 'transport',
          trusted: {
            root: documentIn(first, 'root'),
            timestamp: documentIn(first, 'timestamp'),
            snapshot: null,
            targets: documentIn(first, 'targets'),
          },
          written: { 'hello.txt': null },
          requests: rootRequests(2),
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'recovery/offline-file-altered',
      'nobody answers at the second start, and the target file that was downloaded is another: it is no answer',
      { ...cache, rows: ['1.5.2-k', 'OFF-01', 'SG-5', 'T27'] },
      [
        { serve: first, download: ['hello.txt'], written: { 'hello.txt': Buffer.from('hello\n') } },
        {
          serve: first,
          but: down,
          disk: { targets: { 'hello.txt': Buffer.from('evil!\n') } },
          download: ['hello.txt'],
          reject: 'transport',
          trusted: first,
          requests: rootRequests(2),
        },
        { serve: first, download: ['hello.txt'], written: { 'hello.txt': Buffer.from('hello\n') } },
      ],
    ),
    offlineAfterExpiry(offline),
  ];
}

/** @param {About} offline */
function offlineAfterExpiry(offline) {
  const repository = new Repository();
  const first = repository.publish({
    signed: { timestamp: (signed) => ({ ...signed, expires: '2030-06-15T12:00:00Z' }) },
  });
  const second = repository.publish();
  return vectorOf(
    'recovery/offline-after-expiry',
    'nobody answers at the timestamp, and what the client holds has expired: nothing is handed out',
    {
      ...offline,
      rows: ['1.5.2-k', 'T34', 'A-69', 'T6'],
      effect: 'whoever cuts a client off keeps it on an old release for ever',
    },
    [
      { time: '2030-06-15T11:00:00Z', serve: first },
      {
        time: '2030-06-15T13:00:00Z',
        serve: first,
        but: { metadata: { 'timestamp.json': { drop: 'before-headers' } } },
        download: ['hello.txt'],
        reject: 'transport expired',
        trusted: first,
        written: { 'hello.txt': null },
        requests: [...rootRequests(2), 'metadata/timestamp.json'],
      },
      {
        time: '2030-06-15T14:00:00Z',
        serve: second,
        download: ['hello.txt'],
        written: { 'hello.txt': Buffer.from('hello\n') },
      },
    ],
  );
}

/** The server is at fault, or hostile, and another takes its place. @returns {Vector[]} */
function servers() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const third = repository.publish();
  const { '2.snapshot.json': _, ...withoutSecond } = third.metadata;
  const garbage = {
    ...third,
    metadata: Object.fromEntries(Object.keys({ ...third.metadata, '2.root.json': 0 }).map((path) => [path, page])),
  };
  const mirror = {
    ...about,
    section: '5.4',
    attack: 'mirror',
    rows: ['5-a', 'T7', 'T36'],
    effect: 'one bad mirror spoils the client for all others',
  };
  const backup = new Repository();
  const b1 = backup.publish();
  backup.publish();
  const b3 = backup.publish();
  const restored = new Repository();
  restored.publish();
  const r2 = restored.publish({ files: { targets: { 'new.txt': Buffer.from('new\n') } } });
  const above = backup.publish({ files: { targets: { 'new.txt': Buffer.from('new\n') } } });
  const manyKinds = new Repository();
  const m1 = manyKinds.publish();
  const m2 = manyKinds.publish({ bump: all });
  const snapshot2 = documentIn(m2, 'snapshot');
  return [
    vectorOf(
      'recovery/snapshot-deleted-between-requests',
      'the timestamp lists a snapshot that the server has deleted meanwhile; the next timestamp lists the next one',
      { ...about, rows: ['5-a', '458-f'] },
      [
        { serve: first },
        {
          serve: third,
          but: { metadata: { 'timestamp.json': documentIn(second, 'timestamp'), '2.snapshot.json': null } },
          reject: 'transport',
          trusted: { ...first.documents, timestamp: documentIn(second, 'timestamp') },
          requests: null,
        },
        { serve: { ...third, metadata: withoutSecond } },
      ],
    ),
    vectorOf(
      'recovery/mirror-garbage',
      'a mirror answers with a page for every file; then another mirror answers',
      mirror,
      [
        { serve: second },
        { serve: garbage, reject: 'malformed', trusted: second, requests: rootRequests(2) },
        { serve: third },
      ],
      { pinned: firstRoot(first) },
    ),
    vectorOf(
      'recovery/mirror-old',
      'a mirror has the release before; then another mirror answers',
      { ...mirror, rows: ['5-a', '5.4.3.1a', 'T7'] },
      [
        { serve: second },
        { serve: { ...second, ...first }, reject: 'rollback', stopsAt: 'timestamp' },
        { serve: third },
      ],
      { pinned: firstRoot(first) },
    ),
    vectorOf(
      'recovery/mirror-empty',
      'a mirror has no file at all; then another mirror answers',
      mirror,
      [
        { serve: second },
        {
          serve: { metadata: {}, targets: {} },
          reject: 'transport',
          trusted: second,
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
        { serve: third },
      ],
      { pinned: firstRoot(first) },
    ),
    vectorOf(
      'recovery/mirror-half-renewed',
      'a mirror has the new timestamp and none of the files that belong to it; then another mirror answers',
      mirror,
      [
        { serve: first },
        {
          serve: { ...first, metadata: { ...first.metadata, 'timestamp.json': documentIn(second, 'timestamp') } },
          reject: 'transport',
          trusted: { ...first.documents, timestamp: documentIn(second, 'timestamp') },
          requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/2.snapshot.json'],
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'recovery/backup-restored',
      'the operator restored a backup and published on it: its versions are below those that clients hold. What is published above them is accepted',
      {
        ...about,
        section: '5.4.3',
        attack: 'rollback',
        rows: ['5.4.3.1a', 'T39'],
        effect: 'old versions are taken because the right keys have signed them',
      },
      [
        { serve: b3 },
        { serve: r2, reject: 'rollback', trusted: b3, requests: ['metadata/2.root.json', 'metadata/timestamp.json'] },
        { serve: above },
      ],
      { pinned: firstRoot(b1) },
    ),
    vectorOf(
      'recovery/many-refusals',
      'one after the other, the timestamp, the snapshot and the targets of a release are refused, then its next root; then all is well',
      { ...about, rows: ['5-a', 'T7'] },
      [
        { serve: m1 },
        {
          serve: m2,
          but: {
            metadata: {
              '2.root.json': null,
              'timestamp.json': remade(documentIn(m2, 'timestamp'), (signed) => signed, []),
            },
          },
          reject: 'unsigned',
          trusted: m1,
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
        {
          serve: m2,
          but: { metadata: { '2.root.json': page } },
          reject: 'malformed',
          trusted: m1,
          requests: rootRequests(2),
        },
        {
          serve: m2,
          but: { metadata: { '2.root.json': null, '2.snapshot.json': altered(snapshot2, '"2050-', '"2060-') } },
          reject: 'unsigned',
          trusted: { ...m1.documents, timestamp: documentIn(m2, 'timestamp') },
          requests: ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/2.snapshot.json'],
        },
        {
          serve: m2,
          but: { metadata: { '2.root.json': null, '2.targets.json': documentIn(m1, 'targets') } },
          reject: 'version-mismatch',
          trusted: { ...m2.documents, root: documentIn(m1, 'root'), targets: documentIn(m1, 'targets') },
          requests: [
            'metadata/2.root.json',
            'metadata/timestamp.json',
            'metadata/2.snapshot.json',
            'metadata/2.targets.json',
          ],
        },
        { serve: m2 },
      ],
    ),
    vectorOf(
      'recovery/refused-version-is-not-kept',
      'a timestamp of a huge version is refused, since nobody signed it; an honest one of a lower version is accepted',
      { ...about, rows: ['5-a', '5.4.2', '5.4.5', 'RB-06'] },
      [
        { serve: first },
        {
          serve: first,
          but: {
            metadata: {
              'timestamp.json': remade(
                documentIn(first, 'timestamp'),
                (signed) => ({ ...signed, version: 1_000_000 }),
                [],
              ),
            },
          },
          reject: 'unsigned',
          trusted: first,
          requests: ['metadata/2.root.json', 'metadata/timestamp.json'],
        },
        { serve: second },
      ],
    ),
  ];
}

/** @returns {Vector[]} */
function clocks() {
  const repository = new Repository();
  const soon = '2030-06-15T12:00:00Z';
  const first = repository.publish({ signed: { timestamp: (signed) => ({ ...signed, expires: soon }) } });
  const second = repository.publish();
  const plain = new Repository();
  const [one1, two] = [plain.publish(), plain.publish()];
  /** @type {About} */
  const back = {
    section: '5.1',
    level: 'decision',
    attack: 'lock-out',
    rows: ['5.1', 'A-64', 'T30'],
    effect: 'a clock that was once far ahead locks the client out for years',
  };
  return [
    vectorOf(
      'recovery/clock-back',
      'the clock goes back by a year, to a time at which everything is valid: the client says so, and goes on',
      back,
      [
        { time: '2031-01-01T00:00:00Z', serve: one1 },
        { time: '2030-01-01T00:00:00Z', serve: two },
      ],
    ),
    vectorOf(
      'recovery/clock-back-before-expiry',
      'the timestamp has expired, and the clock goes back to before: the client says so, and takes it',
      { ...back, rows: ['5.1', 'A-64', 'T30', 'T32'] },
      [
        { time: '2030-06-15T11:00:00Z', serve: first },
        { time: '2030-06-15T13:00:00Z', serve: first, reject: 'expired', trusted: first, requests: null },
        { time: '2030-06-15T11:30:00Z', serve: first },
        { time: '2030-06-15T14:00:00Z', serve: second },
      ],
    ),
    vectorOf(
      'recovery/clock-forward',
      'the clock goes forward beyond every expiry, and back: nothing is kept of that time',
      {
        ...back,
        level: 'MUST',
        section: '5.3.10',
        rows: ['5.3.10', '5-a', 'T30'],
        effect: 'expired files are believed; or one wrong clock locks the client out',
      },
      [
        { time: '2030-01-01T00:00:00Z', serve: one1 },
        { time: '2060-01-01T00:00:00Z', serve: two, reject: 'expired', trusted: one1, requests: null },
        { time: '2030-01-02T00:00:00Z', serve: two },
      ],
    ),
  ];
}
