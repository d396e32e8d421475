// @ts-check
/** Sections 5.3.1 to 5.3.12: the chain of roots, their versions, their expiry, and what the last one decides. */

import { sha256, testKeys } from './keys.mjs';
import { keysOf, Repository } from './repository.mjs';
import { indentedText, raw, withValue } from './tree.mjs';
import {
  accepted,
  all,
  documentIn,
  firstRoot,
  padded,
  refused,
  remade,
  rootRequests,
  rotate,
  vectorOf,
} from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */

/** @returns {Vector[]} */
export function vectors() {
  return [...chains(), ...versions(), ...expiries(), ...limits(), ...names(), ...contents(), ...rotations()];
}

/** The next release after so many roots alone. @param {Repository} repository @param {number} count */
function afterRoots(repository, count) {
  for (let made = 0; made < count; made += 1) repository.publish({ bump: ['root'] });
  return repository.publish();
}

/** @type {About} */
const chain = {
  section: '5.3.3',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5.3.1', '5.3.2', '5.3.3', '5.3.9', '6.1-d'],
  effect: 'a client that was off while keys were rotated is locked out, or trusts a root that nothing leads to',
};

/** @type {About} */
const lost = {
  section: '5.3.8',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5.3.4e', '5.3.8', '5-a', 'ROOT-01', 'PY-5'],
  effect: 'the next start trusts a root that was refused, or begins before one that was accepted (CVE-2020-15163)',
};

function chains() {
  const repository = new Repository();
  const first = repository.publish();
  const fifth = afterRoots(repository, 4);
  const seventh = afterRoots(repository, 2);
  const rotating = new Repository();
  const before = rotating.publish();
  rotate(rotating, 'root');
  rotating.publish({ bump: ['root'] });
  rotating.signers['root'] = testKeys('third root', 1);
  const after = rotating.publish({ bump: ['root'] });
  const hidden = {
    ...first,
    metadata: { ...first.metadata, 'root.json': /** @type {Buffer} */ (fifth.metadata['5.root.json']) },
  };
  const { '4.root.json': _, ...withoutFourth } = fifth.metadata;
  return [
    vectorOf(
      'update-root/chain-of-five',
      'four roots after the pinned one: all of them are asked for, and at the second start only the next',
      chain,
      [{ serve: fifth }, { serve: fifth }],
    ),
    vectorOf(
      'update-root/chain-goes-on',
      'two more roots at the second start: those before are not asked for again',
      { ...chain, rows: [...chain.rows, '5.3.8', 'GO-6'] },
      [{ serve: fifth }, { serve: seventh }],
    ),
    vectorOf(
      'update-root/chain-of-rotations',
      'each root is signed by its own key and the one before, which the pinned root does not list',
      { ...chain, section: '5.3.7', rows: ['5.3.7', '5.3.4a', '6.1-b'] },
      [{ serve: after }],
      { pinned: firstRoot(before) },
    ),
    vectorOf(
      'update-root/name-without-version',
      'a newer root under the name without a version alone',
      {
        ...chain,
        attack: 'rollback',
        rows: ['5.3.1', '5.3.3', 'ROOT-06', 'RS-3'],
        effect: 'roots are taken that the chain does not lead to',
      },
      [{ serve: hidden }, { serve: hidden }],
    ),
    vectorOf(
      'update-root/missing-in-the-middle',
      'of five roots the fourth is gone: the third is the last that can be reached',
      { ...chain, rows: ['5.3.1', '6.2.1-f', '5.3.3'], effect: 'a root is taken that the chain does not lead to' },
      [
        {
          serve: { ...fifth, metadata: withoutFourth },
          trusted: { ...fifth.documents, root: /** @type {Buffer} */ (fifth.metadata['3.root.json']) },
          requests: [
            ...rootRequests(2, 3, 4),
            'metadata/timestamp.json',
            'metadata/2.snapshot.json',
            'metadata/2.targets.json',
          ],
        },
        { serve: fifth, requests: [...rootRequests(4, 5, 6), 'metadata/timestamp.json'] },
      ],
    ),
    ...[3, 4].map((bad) => stopped(bad)),
    withheld(),
    byGrandparent(),
  ];
}

/** A chain in which one root is not signed: those before are kept. @param {number} bad */
function stopped(bad) {
  const repository = new Repository();
  const first = repository.publish();
  for (let version = 2; version < bad; version += 1) repository.publish({ bump: ['root'] });
  const good = repository.publish({ bump: [] });
  const forged = repository.forge({ bump: all, signers: { root: [] } });
  const next = repository.publish({ bump: all });
  const versions = Array.from({ length: bad - 1 }, (_, index) => index + 2);
  return vectorOf(
    `update-root/${bad === 3 ? 'third' : 'fourth'}-unsigned`,
    `${bad === 3 ? 'the second root is' : 'the second and the third root are'} good and the one after has no signature: the last good one is kept, and the next start goes on from it`,
    lost,
    [
      { serve: first },
      {
        serve: forged,
        reject: 'unsigned',
        trusted: { ...first.documents, root: documentIn(good, 'root') },
        requests: rootRequests(...versions),
      },
      { serve: next },
    ],
  );
}

/** The next root is withheld, and nothing is wrong until the one that is held expires. */
function withheld() {
  const repository = new Repository();
  const first = repository.publish({ signed: { root: (signed) => ({ ...signed, expires: '2030-06-15T12:00:00Z' }) } });
  const second = repository.publish();
  const frozen = repository.publish();
  const next = repository.publish({ bump: all });
  return vectorOf(
    'update-root/withheld-until-expiry',
    'the next root is withheld; releases are accepted until the root that is held expires, and not after',
    {
      section: '5.3.10',
      level: 'MUST',
      attack: 'freeze',
      rows: ['5.3.10', '6.1-e', 'T6', 'ROOT-05'],
      effect: 'who withholds a root keeps a stolen key good for ever',
    },
    [
      { time: '2030-06-14T12:00:00Z', serve: first },
      { time: '2030-06-15T11:59:00Z', serve: second },
      { time: '2030-06-15T12:01:00Z', serve: frozen, reject: 'expired', trusted: second, requests: null },
      { time: '2030-06-15T12:02:00Z', serve: next },
    ],
  );
}

/** The third root is signed by the key of the first, which the second has removed. */
function byGrandparent() {
  const repository = new Repository();
  const first = repository.publish();
  const former = rotate(repository, 'root');
  repository.publish({ bump: ['root'] });
  const good = repository.publish({ bump: [] });
  const forged = repository.forge({
    bump: all,
    signers: { root: former },
    signed: { root: (signed) => withRootKeys(signed, former) },
  });
  const next = repository.publish({ bump: all });
  return vectorOf(
    'update-root/signed-by-revoked-keys',
    'the second root removes the key of the first; the third is signed by that key, and lists it again',
    {
      section: '5.3.4',
      level: 'MUST',
      attack: 'key-compromise',
      rows: ['5.3.4a', '1.5.3-a', 'T24'],
      effect: 'a stolen key takes everything over after its owner has revoked it',
    },
    [
      { serve: first },
      {
        serve: forged,
        reject: 'unsigned',
        trusted: { ...first.documents, root: documentIn(good, 'root') },
        requests: rootRequests(2, 3),
      },
      { serve: next },
    ],
  );
}

/** A root that lists other keys for itself. @param {Signed} signed @param {readonly import('./repository.mjs').Signer[]} signers @returns {Tree} */
function withRootKeys(signed, signers) {
  const roles = /** @type {{ [name: string]: Tree }} */ (signed['roles']);
  return {
    ...signed,
    keys: { ...Object(signed['keys']), ...keysOf(signers) },
    roles: { ...roles, root: { keyids: signers.map(({ keyid }) => keyid), threshold: 1 } },
  };
}

function versions() {
  /** @type {About} */
  const about = {
    section: '5.3.5',
    level: 'MUST',
    attack: 'rollback',
    rows: ['5.3.5', 'T24', 'ROOT-02', 'TH-3'],
    effect: 'a root is passed over, with the keys that it removed (CVE-2025-2885)',
    peers: ['tough before 0.20 takes any higher version'],
  };
  const back = {
    ...about,
    rows: ['5.3.5', '4.3-d', 'T9', 'ROOT-02'],
    effect: 'keys that a later root removed are trusted again',
    peers: undefined,
  };
  const domain = {
    ...about,
    section: '4.3',
    level: /** @type {const} */ ('decision'),
    attack: 'fast-forward',
    rows: ['4.3-d', 'A-21', 'RB-08'],
    effect: 'the version wraps around, or different versions compare as equal',
    peers: undefined,
  };
  const repository = new Repository();
  const first = repository.publish();
  repository.publish({ bump: ['root'] });
  const third = repository.publish({ bump: all });
  const next = repository.publish({ bump: all });
  const { '3.root.json': root3, ...upTo2 } = third.metadata;
  const said = (/** @type {Signed} */ signed, /** @type {Tree} */ version) => withValue(signed, ['version'], version);
  /** @type {(name: string, comment: string, why: About, reason: string, version: Tree) => Vector} */
  const bad = (name, comment, why, reason, version) =>
    refused(
      `update-root/${name}`,
      comment,
      why,
      reason,
      'root',
      (repo) => repo.forge({ bump: all, signed: { root: (signed) => said(signed, version) } }),
      { recovery: { bump: all } },
    );
  return [
    bad('version-same', '2.root.json is signed by all and says version 1', back, 'rollback', 1),
    bad('version-skips', '2.root.json is signed by all and says version 3', about, 'version-mismatch', 3),
    bad('version-2-31', '2.root.json is signed by all and says version 2^31', about, 'version-mismatch', 2_147_483_648),
    bad(
      'version-zero',
      '2.root.json says version 0',
      { ...domain, level: 'MUST', rows: ['4.3-d', 'A-21', 'J13'] },
      'malformed',
      0,
    ),
    bad('version-2-53', '2.root.json says version 2^53', domain, 'malformed', raw('9007199254740992')),
    bad('version-2-64', '2.root.json says version 2^64', domain, 'malformed', raw('18446744073709551616')),
    vectorOf('update-root/next-but-one', 'the third root, good in itself, under the name of the second', about, [
      { serve: first },
      {
        serve: { ...third, metadata: { ...upTo2, '2.root.json': /** @type {Buffer} */ (root3) } },
        reject: 'version-mismatch',
        trusted: first,
        requests: rootRequests(2),
      },
      { serve: next },
    ]),
    versionLower(back),
    versionMax(domain),
  ];
}

/** @param {About} about */
function versionLower(about) {
  const repository = new Repository();
  repository.publish();
  const second = repository.publish({ bump: all });
  const forged = repository.forge({ bump: all, signed: { root: (signed) => ({ ...signed, version: 1 }) } });
  const next = repository.publish({ bump: all });
  return vectorOf('update-root/version-lower', '3.root.json is signed by all and says version 1', about, [
    { serve: second },
    { serve: forged, reject: 'rollback', trusted: second, requests: rootRequests(3) },
    { serve: next },
  ]);
}

/** The last version that there is has no successor. @param {About} about */
function versionMax(about) {
  const max = Number.MAX_SAFE_INTEGER;
  const repository = new Repository();
  const first = repository.publish({ signed: { root: (signed) => ({ ...signed, version: max - 1 }) } });
  const root = remade(
    documentIn(first, 'root'),
    (signed) => ({ ...signed, version: max }),
    repository.signers['root'] ?? [],
  );
  const beyond = remade(
    documentIn(first, 'root'),
    (signed) => withValue(signed, ['version'], raw('9007199254740992')),
    repository.signers['root'] ?? [],
  );
  const metadata = {
    ...first.metadata,
    [`${max - 1}.root.json`]: documentIn(first, 'root'),
    [`${max}.root.json`]: root,
    '9007199254740992.root.json': beyond,
  };
  const serve = { ...first, metadata, documents: { ...first.documents, root } };
  return vectorOf(
    'update-root/version-2-53-less-one',
    'a root of version 2^53-1 is accepted, and has no successor: nobody asks for 2^53',
    {
      ...about,
      attack: 'lock-out',
      effect: 'the version after the last one wraps around, and the client never comes to the timestamp',
    },
    [
      {
        serve,
        requests: [
          ...rootRequests(max),
          'metadata/timestamp.json',
          'metadata/1.snapshot.json',
          'metadata/1.targets.json',
        ],
      },
      { serve, requests: ['metadata/timestamp.json'] },
    ],
    { pinned: documentIn(first, 'root') },
  );
}

const start = '2030-06-15T12:00:00Z';

function expiries() {
  /** @type {About} */
  const about = {
    section: '5.3.10',
    level: 'MUST',
    attack: 'freeze',
    rows: ['5.3.10', '4.3-e', 'T6', 'ROOT-05', 'NT-2'],
    effect: 'who withholds a root keeps a stolen key good for ever',
  };
  const between = {
    ...about,
    section: '5.3.6',
    attack: 'lock-out',
    rows: ['5.3.6', 'ROOT-05', 'GAP-01'],
    effect: 'a client that was off for longer than a root lasts is locked out',
  };
  const pinned = { ...between, section: '5.2', rows: ['5.2', '5.3.6'] };
  const until = (/** @type {string} */ expires) => (/** @type {Signed} */ signed) => ({ ...signed, expires });
  const old = until('2020-01-01T00:00:00Z');
  const atStart = { ...about, rows: ['5.1', '5.3.10', 'A-10', 'GAP-03'] };
  const expiring = (/** @type {string} */ expires) => (/** @type {Repository} */ repository) => {
    const release = repository.publish({ bump: all, signed: { root: until(expires) } });
    return release;
  };
  const refusedLast = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {About} */ why,
    /** @type {string} */ expires,
    /** @type {string} */ time = '',
    // Whether the timestamp is asked for before the expiry of the last root is looked at is judged once.
    /** @type {readonly string[] | null} */ requests = null,
  ) =>
    refused(
      `update-root/${name}`,
      comment,
      why,
      'expired',
      'root',
      (repository, first) => {
        const release = expiring(expires)(repository);
        return {
          serve: release,
          stopsAt: undefined,
          trusted: { ...first.documents, root: documentIn(release, 'root') },
          requests,
        };
      },
      { recovery: { bump: all }, ...(time === '' ? {} : { time }) },
    );
  const repository = new Repository();
  const first = repository.publish();
  repository.publish({ bump: ['root'], signed: { root: old } });
  repository.publish({ bump: ['root'], signed: { root: old } });
  const fourth = repository.publish({ bump: all });
  const alone = new Repository();
  const expiredPinned = alone.publish({ signed: { root: old } });
  const renewed = alone.publish({ bump: all });
  return [
    refusedLast(
      'expired',
      'the last root expired in 2020: it is kept',
      { ...about, rows: [...about.rows, 'T39', '5.3.8'] },
      '2020-01-01T00:00:00Z',
    ),
    refusedLast(
      'expired-and-no-more',
      'the last root expired in 2020: nothing else is asked for',
      {
        ...about,
        rows: ['5.3.10', 'A-62'],
        effect: 'files are asked for under keys that are no longer to be trusted',
      },
      '2020-01-01T00:00:00Z',
      '',
      rootRequests(2, 3),
    ),
    accepted(
      'update-root/expires-a-minute-later',
      'the last root expires one minute after the start of the update',
      { ...atStart, attack: 'lock-out', effect: 'files are refused before they expire' },
      expiring('2030-06-15T12:01:00Z'),
      { time: start },
    ),
    refusedLast(
      'expires-now',
      'the last root expires in the very second at which the update starts',
      { ...atStart, peers: ['tough 0.19.0 accepts'] },
      start,
      start,
    ),
    refusedLast(
      'expired-a-second-ago',
      'the last root expired one second before the start of the update',
      atStart,
      '2030-06-15T11:59:59Z',
      start,
    ),
    vectorOf('update-root/expired-between', 'two roots in the middle of the chain expired in 2020', between, [
      { serve: first },
      { serve: fourth },
    ]),
    vectorOf('update-root/expired-pinned', 'the pinned root expired in 2020, its successor has not', pinned, [
      { serve: renewed },
    ]),
    vectorOf(
      'update-root/expired-pinned-alone',
      'the pinned root expired in 2020 and has no successor',
      about,
      [
        {
          serve: expiredPinned,
          reject: 'expired',
          trusted: { root: documentIn(expiredPinned, 'root'), timestamp: null, snapshot: null, targets: null },
          requests: null,
        },
        { serve: renewed },
      ],
      { control: 'update-root/expired-pinned' },
    ),
  ];
}

function limits() {
  const [key] = testKeys('shared', 1);
  const signers = key === undefined ? [] : [key];
  const repository = new Repository({
    signers: { root: signers, timestamp: signers, snapshot: signers, targets: signers },
  });
  const first = repository.publish();
  const last = afterRoots(repository, 257);
  const version = (/** @type {number} */ number) => /** @type {Buffer} */ (last.metadata[`${number}.root.json`]);
  return [
    vectorOf(
      'update-root/more-than-limit',
      '257 roots after the pinned one: the first start follows 256 of them and goes on with the last of these, the second start follows the rest',
      {
        section: '5.3.3',
        level: 'decision',
        attack: 'denial-of-service',
        rows: ['5.3.3', 'A-43', 'A-51', 'A-68', 'T25', 'ROOT-07', 'RS-4', 'B16', 'GAP-01'],
        effect: 'a root key alone keeps every client busy for ever; or a client that was off for long never arrives',
        peers: ['tough 0.19.0 stops at 1,024 with an error', 'rust-tuf 0.3.0 has no limit'],
      },
      [
        {
          serve: last,
          trusted: { ...last.documents, root: version(257) },
          requests: [
            ...rootRequests(...Array.from({ length: 256 }, (_, index) => index + 2)),
            'metadata/timestamp.json',
            'metadata/2.snapshot.json',
            'metadata/2.targets.json',
          ],
        },
        { serve: last },
      ],
      { pinned: firstRoot(first) },
    ),
  ];
}

/** consistent_snapshot, from the last root. */
function names() {
  /** @type {About} */
  const about = {
    section: '5.3.12',
    level: 'MUST',
    attack: 'lock-out',
    rows: ['5.3.12', '4.3-c', 'GAP-02', '6.2.1-e'],
    effect: 'files are asked for under names that they do not have',
  };
  const hello = Buffer.from('hello\n');
  const absent = (/** @type {Signed} */ signed) => withValue(signed, ['consistent_snapshot'], undefined);
  const switched = (/** @type {boolean} */ before) => {
    const repository = new Repository({ consistentSnapshot: before });
    const first = repository.publish();
    repository.switchConsistentSnapshot(!before);
    return [first, repository.publish({ bump: all }), repository.publish()];
  };
  const [on1, off2, off3] = switched(true);
  const [off1, on2, on3] = switched(false);
  const without = new Repository({ consistentSnapshot: false });
  const [first, second] = [
    without.publish({ signed: { root: absent } }),
    without.publish({ bump: all, signed: { root: absent } }),
  ];
  const download = { download: ['hello.txt'], written: { 'hello.txt': hello } };
  if (!(on1 && off2 && off3 && off1 && on2 && on3)) throw new Error('no releases');
  return [
    vectorOf(
      'update-root/consistent-snapshot-off',
      'the next root switches consistent snapshots off: names without versions and digests from then on, but for roots',
      about,
      [{ serve: on1 }, { serve: off2 }, { serve: off3, ...download, further: ['targets/hello.txt'] }],
    ),
    vectorOf('update-root/consistent-snapshot-on', 'the next root switches consistent snapshots on', about, [
      { serve: off1 },
      { serve: on2 },
      { serve: on3, ...download, further: [`targets/${sha256(hello)}.hello.txt`] },
    ]),
    vectorOf(
      'update-root/consistent-snapshot-absent',
      'no root has consistent_snapshot: it is off, and nothing is added to what was signed',
      {
        ...about,
        section: '4.3',
        rows: ['4.3-c', 'A-29', 'B11', 'GAP-02', '5.3.3'],
        effect: 'roots without the optional member cannot be read',
        peers: ['tough 0.19.0 refuses'],
      },
      [{ serve: first }, { serve: second, ...download, further: ['targets/hello.txt'] }],
    ),
  ];
}

/** Members of a root. */
function contents() {
  /** @type {About} */
  const roles = {
    section: '4.3',
    level: 'MUST',
    attack: 'denial-of-service',
    rows: ['4.3-f', '2.1-a', 'JSON-01', 'GAP-13'],
    effect: 'nobody may sign a role that every update needs, or the reader crashes',
  };
  /** @type {About} */
  const extra = {
    ...roles,
    attack: 'lock-out',
    rows: ['4.3-f', '2.1-a', 'A-30'],
    effect: 'roots with the mirrors role of the specification, or of a later release, are refused',
  };
  /** @type {(name: string, comment: string, about: About, reason: string, change: (signed: Signed, repository: Repository) => Tree) => Vector} */
  const bad = (name, comment, about, reason, change) =>
    refused(
      `update-root/${name}`,
      comment,
      about,
      reason,
      'root',
      (repository) => repository.forge({ bump: all, signed: { root: (signed) => change(signed, repository) } }),
      { recovery: { bump: all } },
    );
  /** @type {(name: string, comment: string, about: About, change: (signed: Signed) => Tree) => Vector} */
  const good = (name, comment, about, change) =>
    accepted(`update-root/${name}`, comment, about, (repository) =>
      repository.publish({ bump: all, signed: { root: change } }),
    );
  const [role] = testKeys('mirrors', 1);
  if (role === undefined) throw new Error('no key');
  const withRole = (/** @type {string} */ name) => (/** @type {Signed} */ signed) =>
    withValue(withValue(signed, ['keys', role.keyid], role.key), ['roles', name], {
      keyids: [role.keyid],
      threshold: 1,
    });
  const spaces = {
    root: (/** @type {Tree} */ tree) => Buffer.concat([indentedText(tree, '\t'), Buffer.from('\n\n')]),
    timestamp: (/** @type {Tree} */ tree) => Buffer.concat([Buffer.from('\r\n '), indentedText(tree, '   ')]),
    snapshot: (/** @type {Tree} */ tree) => Buffer.concat([indentedText(tree, ''), Buffer.from(' ')]),
    targets: (/** @type {Tree} */ tree) => padded(indentedText(tree), 2000),
  };
  const spaced = new Repository();
  const first = spaced.publish({ text: spaces });
  const second = spaced.publish({ bump: all, text: spaces });
  return [
    ...['root', 'timestamp', 'snapshot', 'targets'].map((name) =>
      bad(`role-missing-${name}`, `the next root has no role ${name}`, roles, 'malformed', (signed) =>
        withValue(signed, ['roles', name], undefined),
      ),
    ),
    good('role-mirrors', 'the next root has a fifth role, mirrors', extra, withRole('mirrors')),
    good(
      'role-unknown',
      'the next root has a fifth role that nobody knows',
      { ...extra, level: 'decision' },
      withRole('x-future'),
    ),
    bad(
      'threshold-zero',
      'the next root has threshold 0 for timestamp',
      {
        ...roles,
        attack: 'threshold-bypass',
        rows: ['4.3-i', 'A-22', 'SIG-06', 'GO-3'],
        effect: 'nobody has to sign that role (CVE-2026-23992)',
      },
      'malformed',
      (signed) => withValue(signed, ['roles', 'timestamp', 'threshold'], 0),
    ),
    bad(
      'keyids-twice',
      'the next root lists one keyid twice for timestamp',
      {
        ...roles,
        level: 'decision',
        attack: 'threshold-bypass',
        rows: ['A-06'],
        effect: 'a key that is listed twice may count twice',
        peers: ['tough 0.19.0 accepts'],
      },
      'malformed',
      (signed, repository) => {
        const keyid = repository.signers['timestamp']?.[0]?.keyid ?? '';
        return withValue(signed, ['roles', 'timestamp', 'keyids'], [keyid, keyid]);
      },
    ),
    good(
      'keyid-without-key',
      'the next root lists a keyid for timestamp that has no key, beside the one that has',
      {
        ...extra,
        level: 'decision',
        rows: ['A-07', 'B9'],
        effect: 'one entry too many locks out everybody',
        peers: ['tuf-browser 0.1.11 refuses'],
      },
      (signed) => {
        const { keyids } = Object(signed['roles'])['timestamp'];
        return withValue(signed, ['roles', 'timestamp', 'keyids'], [...keyids, sha256('a key that is not there')]);
      },
    ),
    good(
      'key-unusable',
      'the next root lists a key of a type that nobody knows for timestamp, beside the one that signs',
      {
        ...extra,
        level: 'decision',
        rows: ['4.2.2-a', 'B9'],
        effect: 'a key of a later release locks out everybody',
        peers: ['tuf-browser 0.1.11 refuses'],
      },
      (signed) => {
        const keyid = sha256('a key of the future');
        const { keyids } = Object(signed['roles'])['timestamp'];
        const key = { keytype: 'x-future', scheme: 'x-future', keyval: { public: '00' } };
        return withValue(withValue(signed, ['keys', keyid], key), ['roles', 'timestamp', 'keyids'], [keyid, ...keyids]);
      },
    ),
    keyidOfChoice(),
    good(
      'spec-version-1-99',
      'spec_version is 1.99.0',
      {
        ...extra,
        level: 'decision',
        rows: ['4.3-b', 'A-31'],
        effect: 'a minor release of the specification locks out everybody',
      },
      (signed) => ({ ...signed, spec_version: '1.99.0' }),
    ),
    good(
      'spec-version-two-parts',
      'spec_version is 1.0, as Sigstore writes it',
      {
        ...extra,
        level: 'decision',
        rows: ['4.3-b', 'A-31'],
        effect: 'repositories in use cannot be read',
      },
      (signed) => ({ ...signed, spec_version: '1.0' }),
    ),
    bad(
      'spec-version-one-part',
      'spec_version is 1',
      {
        ...roles,
        level: 'decision',
        attack: 'parser-differential',
        rows: ['4.3-b', 'A-31', 'J13'],
        effect: 'a text that is no version is taken for one',
      },
      'spec-version',
      (signed) => ({ ...signed, spec_version: '1' }),
    ),
    vectorOf(
      'update-root/spaces-kept',
      'all files have unusual spaces and line ends: they are kept byte for byte',
      {
        section: '5.3.8',
        level: 'MUST',
        attack: 'lock-out',
        rows: ['5.3.8', '5.4.5', '5.5.7', '5.6.6', 'A-56', 'B14', 'J16'],
        effect: 'a file that is written anew may no longer have the digest that is listed, or the signature',
        peers: ['tuf-browser 0.1.11 writes them anew'],
      },
      [
        { serve: first, exact: true },
        { serve: second, exact: true },
      ],
    ),
  ];
}

/** A keyid that is not the digest of its key. */
function keyidOfChoice() {
  const repository = new Repository();
  const first = repository.publish();
  const [timestamp] = testKeys('new timestamp', 1);
  if (timestamp === undefined) throw new Error('no key');
  repository.signers['timestamp'] = [{ ...timestamp, keyid: sha256('a keyid of choice') }];
  return vectorOf(
    'update-root/keyid-mismatch',
    'the next root lists a key for timestamp under a keyid that is not its digest, and the timestamp is signed under it',
    {
      section: '4.3',
      level: 'decision',
      attack: 'lock-out',
      rows: ['4.3-g', '4.2.1-b', 'A-02', 'SIG-13', 'SG-1', 'J14'],
      effect: 'repositories in use cannot be read: root 11 of Sigstore has such a keyid',
    },
    [{ serve: first }, { serve: repository.publish({ bump: all }) }],
  );
}

/** One role has another key from the next root on. */
function rotations() {
  /** @type {About} */
  const about = {
    section: '6.1',
    level: 'MUST',
    attack: 'lock-out',
    rows: ['6.1-b', '1.5.3-a'],
    effect: 'no key can be replaced, so a stolen one stays good',
  };
  const rotated = (/** @type {readonly string[]} */ roles) => {
    const repository = new Repository();
    const first = repository.publish();
    for (const role of roles) rotate(repository, role);
    const second = repository.publish({ bump: all });
    return [{ serve: first }, { serve: second }, { serve: repository.publish() }];
  };
  const resigned = () => {
    const repository = new Repository();
    const first = repository.publish();
    rotate(repository, 'targets');
    const release = repository.publish({ bump: ['root', 'timestamp'] });
    const targets = remade(documentIn(first, 'targets'), (signed) => signed, repository.signers['targets'] ?? []);
    const serve = {
      ...release,
      documents: { ...release.documents, targets },
      metadata: { ...release.metadata, '1.targets.json': targets },
    };
    return [
      { serve: first },
      { serve, requests: [...rootRequests(2, 3), 'metadata/timestamp.json', 'metadata/1.targets.json'] },
    ];
  };
  return [
    ...all.map((role) =>
      vectorOf(
        `update-root/rotate-${role}-key`,
        `the next root has another key for ${role}, which signs from then on`,
        about,
        rotated([role]),
      ),
    ),
    vectorOf('update-root/rotate-all-keys', 'the next root has other keys for all roles', about, rotated(all)),
    vectorOf(
      'update-root/rotate-targets-key-same-version',
      'the next root has another key for targets, which signs the version that is held; what is held is not signed by it',
      {
        ...about,
        section: '5.6.3',
        level: 'MUST',
        attack: 'key-compromise',
        rows: ['5.6.3', '6.1-b', 'B13'],
        effect: 'a file that the stolen key signed stays good',
      },
      resigned(),
    ),
  ];
}
