// @ts-check
/** Section 5.2: the pinned root, and a store that another root or somebody else has left. */
import { sha256, testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import {
  all,
  altered,
  attacker,
  documentIn,
  firstRoot,
  page,
  remade,
  rootRequests,
  vectorOf,
} from './update-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signer} Signer */

/** @returns {Vector[]} */
export function vectors() {
  return [...pinned(), ...local(), ...sameLineage(), ...otherLineage()];
}

/** A pinned root that cannot be one: nothing is asked for. @returns {Vector[]} */
function pinned() {
  const repository = new Repository({ thresholds: { root: 2 } });
  const first = repository.publish();
  const root = firstRoot(first);
  const [key] = repository.signers['root'] ?? [];
  if (key === undefined) throw new Error('no key');
  const alias = { ...key, keyid: sha256('another keyid of the same key') };
  /** @type {About} */
  const about = {
    section: '5.2',
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: ['5.2', '2.1.1-a'],
    effect: 'a client begins with a root that nobody made, and believes whatever follows from it',
  };
  /** @type {About} */
  const signatures = {
    ...about,
    level: 'decision',
    rows: ['5.2', 'A-20'],
    effect: 'a root that was damaged or altered on its way into the application is noticed by nobody',
  };
  /** @type {readonly (readonly [name: string, comment: string, about: About, pinned: Buffer, reason: string])[]} */
  const roots = [
    ['unsigned', 'the pinned root has no signature', signatures, remade(root, (signed) => signed, []), 'unsigned'],
    [
      'below-threshold',
      'the pinned root asks for two signatures and has one',
      signatures,
      remade(root, (signed) => signed, [key]),
      'unsigned',
    ],
    ['altered', 'the pinned root was altered after signing', signatures, altered(root, '"2050-', '"2060-'), 'unsigned'],
    [
      'one-key-under-two-keyids',
      'the pinned root asks for two signatures, and has two of one public key under two keyids',
      {
        ...signatures,
        attack: 'threshold-bypass',
        rows: ['5.2', 'A-04', 'A-20', 'SIG-04'],
        effect: 'one key makes a root that asks for two',
      },
      new Repository({ signers: { root: [key, alias] }, thresholds: { root: 2 } }).publish().documents['root'] ?? root,
      'unsigned',
    ],
    ['page', 'the pinned root is a web page', about, page, 'malformed'],
    ['empty', 'the pinned root has no bytes', about, Buffer.alloc(0), 'malformed'],
    ['cut-short', 'the pinned root was cut short', about, root.subarray(0, 300), 'malformed'],
    [
      'targets',
      'the pinned root is a targets file',
      { ...about, attack: 'type-confusion', rows: ['5.2', '4.3-a', 'A-23', 'T20'] },
      documentIn(first, 'targets'),
      'wrong-type',
    ],
    [
      'spec-version-2',
      'the pinned root is of version 2.0.0 of the specification',
      { ...about, attack: 'parser-differential', rows: ['5.2', '4.3-b'] },
      remade(root, (signed) => ({ ...signed, spec_version: '2.0.0' }), repository.signers['root'] ?? []),
      'spec-version',
    ],
  ];
  return [
    vectorOf(
      'update-root/pinned',
      'a pinned root of threshold 2, signed by two keys',
      { ...about, attack: 'lock-out', effect: 'nothing can begin' },
      [{ serve: first }],
    ),
    ...roots.map(([name, comment, why, bytes, reason]) =>
      vectorOf(
        `update-root/pinned-${name}`,
        `${comment}: nothing is asked for; then the application is shipped with a good one`,
        why,
        [
          { serve: first, reject: reason, trusted: { timestamp: null, snapshot: null, targets: null }, requests: [] },
          { serve: first, pin: root },
        ],
        { control: 'update-root/pinned', pinned: bytes },
      ),
    ),
  ];
}

/** The root among the client's files was changed behind its back; the application has the pinned one. @returns {Vector[]} */
function local() {
  /** @type {About} */
  const lost = {
    section: '5.3.8',
    level: 'decision',
    attack: 'lock-out',
    rows: ['5.3.8', '5-a', 'T26', 'GAP-06', 'J7', 'JS2', 'ROOT-04'],
    effect: 'a power cut or a full disk ends all updates until somebody removes the file by hand',
  };
  /** @type {About} */
  const planted = {
    ...lost,
    attack: 'arbitrary-software',
    rows: ['5.2', '2.1.1-a', 'ROOT-03', 'PY-6', 'SG-2', 'B4', 'T35'],
    effect: 'whoever writes one file into the folder of the client owns it (GHSA-9pfj-pjv5-22gj)',
    peers: ['python-tuf before 7.0 trusts the planted root', 'tuf-browser 0.1.11 trusts the planted root'],
  };
  /** @type {(name: string, comment: string, about: About, change: (root: Buffer) => Buffer | null) => Vector} */
  const damaged = (name, comment, about, change) => {
    const repository = new Repository();
    const first = repository.publish();
    const second = repository.publish({ bump: all });
    const third = repository.publish({ bump: all });
    const root = change(documentIn(second, 'root'));
    return vectorOf(`update-root/local-${name}`, comment, about, [
      { serve: first },
      { serve: second },
      // The chain begins at the pinned root again; roots that are kept elsewhere need not be fetched.
      { serve: second, disk: { metadata: { 'root.json': root } }, requests: null },
      { serve: third },
    ]);
  };
  const former = new Repository().publish();
  const stranger = new Repository({
    signers: Object.fromEntries(all.map((role) => [role, [attacker]])),
    targets: { 'hello.txt': Buffer.from('evil\n') },
  });
  const theirs = stranger.publish();
  const theirsHigh = remade(documentIn(theirs, 'root'), (signed) => ({ ...signed, version: 1000 }), [attacker]);
  return [
    damaged('root-missing', 'the root that the client held is gone', lost, () => null),
    damaged('root-cut-short', 'the root that the client holds was cut short', lost, (root) => root.subarray(0, 200)),
    damaged('root-empty', 'the root that the client holds has no bytes', lost, () => Buffer.alloc(0)),
    damaged('root-page', 'the root that the client holds was replaced by a web page', lost, () => page),
    damaged(
      'root-altered',
      'the root that the client holds was altered, and is no longer what was signed',
      { ...planted, rows: ['5.2', 'ROOT-03', 'T26', 'OFF-01'], peers: undefined },
      (root) => altered(root, '"2050-', '"2060-'),
    ),
    damaged(
      'root-former',
      'the root that the client holds was replaced by the former one',
      {
        ...lost,
        attack: 'rollback',
        rows: [...lost.rows, 'T9'],
        effect: 'keys that the last root removed are trusted again',
      },
      () => documentIn(former, 'root'),
    ),
    damaged(
      'root-planted',
      'the root that the client holds was replaced by one that signs itself, of version 1',
      planted,
      () => documentIn(theirs, 'root'),
    ),
    damaged(
      'root-planted-high',
      'the root that the client holds was replaced by one that signs itself, of version 1,000',
      planted,
      () => theirsHigh,
    ),
    plantedWithServer(planted, theirs),
    plantedStore(planted, theirs),
  ];
}

/** Who planted the root also answers on the network. @param {About} about @param {Release} theirs */
function plantedWithServer(about, theirs) {
  const repository = new Repository();
  const first = repository.publish();
  const next = repository.publish();
  return vectorOf(
    'update-root/local-root-planted-and-served',
    'the root that the client holds was replaced by that of another repository, which is served, too',
    about,
    [
      { serve: first },
      {
        serve: theirs,
        disk: { metadata: { 'root.json': documentIn(theirs, 'root') } },
        download: ['hello.txt'],
        reject: 'unsigned',
        // What such a store held besides may be dropped with it.
        trusted: { root: firstRoot(first) },
        written: { 'hello.txt': null },
        requests: [...rootRequests(2), 'metadata/timestamp.json'],
      },
      { serve: next, requests: null },
    ],
  );
}

/** Every file of the store is that of another repository. @param {About} about @param {Release} theirs */
function plantedStore(about, theirs) {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const metadata = Object.fromEntries(all.map((role) => [`${role}.json`, documentIn(theirs, role)]));
  return vectorOf(
    'update-root/local-files-planted',
    'all files that the client holds were replaced by those of another repository',
    { ...about, rows: ['5.2', 'ROOT-03', 'T35', 'A-18', 'T26'] },
    [{ serve: first }, { serve: first, disk: { metadata }, requests: null }, { serve: second }],
  );
}

/** The application is shipped with another root of the same chain. @returns {Vector[]} */
function sameLineage() {
  /** @type {About} */
  const about = {
    section: '5.2',
    level: 'decision',
    attack: 'rollback',
    rows: ['5.2', 'A-18', 'T35'],
    effect: 'an update of the application leads its client back, or locks it out',
  };
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish({ bump: all });
  const third = repository.publish({ bump: all });
  const fourth = repository.publish({ bump: all });
  const one = firstRoot(first);
  const three = documentIn(third, 'root');
  return [
    vectorOf(
      'update-root/pin-newer',
      'the client holds the first root; the application is shipped with the third, and the server has four',
      about,
      [{ serve: first }, { serve: fourth, pin: three, requests: null }, { serve: fourth }],
    ),
    vectorOf(
      'update-root/pin-newer-than-server',
      'the client holds the first root; the application is shipped with the third, and the server still has the first release: the version of the timestamp is no lower',
      { ...about, attack: 'lock-out' },
      [
        { serve: first },
        { serve: first, pin: three, trusted: { ...first.documents, root: three }, requests: null },
        { serve: fourth, requests: null },
      ],
    ),
    vectorOf(
      'update-root/pin-newer-then-rollback',
      'the client holds the second release; the application is shipped with the third root, and the first timestamp is served: what is held still guards',
      { ...about, rows: ['5.4.3.1a', 'A-18', 'T35', 'T9'] },
      [
        { serve: second },
        {
          serve: second,
          but: { metadata: { 'timestamp.json': documentIn(first, 'timestamp') } },
          pin: three,
          reject: 'rollback',
          trusted: {
            root: three,
            timestamp: documentIn(second, 'timestamp'),
            snapshot: documentIn(second, 'snapshot'),
            targets: documentIn(second, 'targets'),
          },
          requests: null,
        },
        { serve: fourth, requests: null },
      ],
      { pinned: one },
    ),
    vectorOf(
      'update-root/pin-older',
      'the client holds the fourth root; the application is shipped with the first',
      about,
      [{ serve: fourth }, { serve: fourth, pin: one, requests: null }],
    ),
    vectorOf(
      'update-root/pin-older-frozen-server',
      'the client holds the fourth root; the application is shipped with the first, and the server has only the first release',
      { ...about, rows: ['5.4.3.1a', 'A-18', 'T9', 'T35'] },
      [
        { serve: fourth },
        {
          serve: first,
          pin: one,
          reject: 'rollback',
          trusted: {
            timestamp: documentIn(fourth, 'timestamp'),
            snapshot: documentIn(fourth, 'snapshot'),
            targets: documentIn(fourth, 'targets'),
          },
          requests: null,
        },
        { serve: fourth, requests: null },
      ],
    ),
  ];
}

/** The application is shipped with a root that no chain leads to. @returns {Vector[]} */
function otherLineage() {
  /** @type {About} */
  const about = {
    section: '5.2',
    level: 'decision',
    attack: 'lock-out',
    rows: ['5.2', 'A-18', 'T35', '3-b'],
    effect:
      'after the repository was made anew, each client refuses it for ever, or goes on with files of the former one',
  };
  const keysOf = (/** @type {string} */ name) =>
    Object.fromEntries(all.map((role) => [role, testKeys(`${name} ${role}`, 1)]));
  const former = new Repository();
  const [a1, a2, a3] = [former.publish(), former.publish({ bump: all }), former.publish({ bump: all })];
  const other = new Repository({ signers: keysOf('other') });
  const [b1, b2, b3] = [other.publish(), other.publish({ bump: all }), other.publish({ bump: all })];
  // What both lineages sign with is where a former baseline could lock out.
  const shared = new Repository({
    signers: { ...keysOf('other'), timestamp: testKeys('timestamp', 1), snapshot: testKeys('snapshot', 1) },
  });
  const s1 = shared.publish();
  const root = (/** @type {Release} */ release) => documentIn(release, 'root');
  const pinned = firstRoot(a1);
  return [
    vectorOf(
      'update-root/pin-other-lineage-lower',
      'the client holds the third release of one repository; the application is shipped with the first root of another, which is served',
      about,
      [{ serve: a3 }, { serve: b1, pin: root(b1), requests: null }, { serve: b2 }],
      { pinned },
    ),
    vectorOf(
      'update-root/pin-other-lineage-equal',
      'the client holds the second release of one repository; the application is shipped with the second root of another, which is served',
      about,
      [{ serve: a2 }, { serve: b2, pin: root(b2), requests: null }, { serve: b3 }],
      { pinned },
    ),
    vectorOf(
      'update-root/pin-other-lineage-higher',
      'the client holds the first release of one repository; the application is shipped with the third root of another, which is served',
      about,
      [
        { serve: a1 },
        { serve: b3, pin: root(b3), requests: null },
        { serve: b3, requests: ['metadata/4.root.json', 'metadata/timestamp.json'] },
      ],
      { pinned },
    ),
    vectorOf(
      'update-root/pin-other-lineage-shared-keys',
      'the client holds the third release of one repository; the application is shipped with the first root of another, whose timestamp and snapshot have the same keys and lower versions',
      about,
      [
        { serve: a3 },
        { serve: s1, pin: root(s1), requests: null },
        { serve: s1, requests: [...rootRequests(2), 'metadata/timestamp.json'] },
      ],
      { pinned },
    ),
    vectorOf(
      'update-root/pin-other-lineage-former-served',
      'the client holds a release of one repository, which is still served; the application is shipped with the root of another',
      {
        ...about,
        attack: 'arbitrary-software',
        rows: ['5.2', '5.4.2', 'A-18', 'T35', 'T28', '3-b'],
        level: 'MUST',
        effect: 'a repository that the application has left is still believed',
      },
      [
        { serve: a1 },
        { serve: a1, pin: root(b1), reject: 'unsigned', trusted: { root: root(b1) }, requests: null },
        { serve: b1, requests: null },
      ],
      { pinned },
    ),
  ];
}
