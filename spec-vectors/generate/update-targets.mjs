// @ts-check
/** Section 5.6, up to the search: the top-level targets, and the same steps for a delegated role. */
import { createHash } from 'node:crypto';
import { sha256, testKeys } from './keys.mjs';
import { Repository, targetFile } from './repository.mjs';
import { withValue } from './tree.mjs';
import { expiryVectors, fetchVectors, localVectors, readingVectors, signatureVectors } from './update-documents.mjs';
import { listedVectors } from './update-listed.mjs';
import { accepted, attacker, documentIn, padded, refused, remade, vectorOf } from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */

/** @returns {Vector[]} */
export function vectors() {
  return [
    ...signatureVectors('targets'),
    ...expiryVectors('targets'),
    ...readingVectors('targets'),
    ...fetchVectors('targets'),
    ...localVectors('targets'),
    ...listedVectors('targets'),
    ...shapes(),
    ...choices(),
    ...delegated(),
    ...files(),
  ];
}

const hello = Buffer.from('hello\n');

/** Another value in the top-level targets. @param {readonly (string | number)[]} path @param {Tree | undefined} value @returns {Changes} */
function changed(path, value) {
  return { signed: { targets: (signed) => withValue(signed, path, value) } };
}

/** @returns {Vector[]} */
function shapes() {
  /** @type {About} */
  const shape = {
    section: '4.5',
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: ['4.5-c', 'GAP-14'],
    effect: 'a target that nothing identifies is met by any file',
  };
  /** @type {About} */
  const delegation = {
    section: '4.5',
    level: 'MUST',
    attack: 'privilege-escalation',
    rows: [],
    effect: 'two readers give one path to two roles',
  };
  /** @type {(name: string, comment: string, about: About, path: readonly (string | number)[], value: Tree | undefined) => Vector} */
  const bad = (name, comment, about, path, value) =>
    refused(`update-targets/${name}`, comment, about, 'malformed', 'targets', (repository) =>
      repository.publish(changed(path, value)),
    );
  const alpha = /** @type {any} */ (testKeys('alpha', 1)[0]);
  const role = { keyids: [alpha.keyid], name: 'alpha', paths: ['alpha/*'], terminating: false, threshold: 1 };
  const keys = { [alpha.keyid]: alpha.key };
  const entry = ['targets', 'hello.txt'];
  return [
    accepted(
      'update-targets/no-targets',
      'lists no target',
      { ...shape, attack: 'lock-out', rows: ['4.5-a'], effect: 'a repository cannot be empty' },
      (repository) => repository.publish({ files: { targets: { 'hello.txt': null } } }),
    ),
    bad(
      'target-without-hashes',
      'a target without digests',
      { ...shape, rows: ['4.5-c', 'HASH-02', 'GAP-14'] },
      [...entry, 'hashes'],
      undefined,
    ),
    bad(
      'target-hashes-empty',
      'a target with an empty list of digests',
      { ...shape, rows: ['4.5-c', 'A-11', 'HASH-02', 'GO-13', 'J11'] },
      [...entry, 'hashes'],
      {},
    ),
    bad('target-without-length', 'a target without a length', shape, [...entry, 'length'], undefined),
    bad('target-length-negative', 'a target of length -1', shape, [...entry, 'length'], -1),
    bad(
      'target-custom-null',
      'custom is null',
      {
        ...shape,
        level: 'decision',
        attack: 'parser-differential',
        rows: ['4.5-d', 'A-28', 'A-32'],
        effect: 'null is an object for one reader and nothing for another',
      },
      [...entry, 'custom'],
      null,
    ),
    bad(
      'targets-missing',
      'there is no list of targets',
      { ...shape, attack: 'denial-of-service', rows: ['4.5-a', 'A-32', 'JSON-01'], effect: 'the reader crashes' },
      ['targets'],
      undefined,
    ),
    bad(
      'delegated-name-twice',
      'two delegated roles of one name',
      {
        ...delegation,
        rows: ['4.5-e', 'DLG-11', 'JF5'],
      },
      ['delegations'],
      {
        keys,
        roles: [role, { ...role, paths: ['beta/*'] }],
      },
    ),
    bad(
      'delegated-threshold-zero',
      'a delegated role with threshold 0',
      {
        ...delegation,
        attack: 'threshold-bypass',
        rows: ['4.5-f', '4.3-i', 'A-22', 'SIG-06', 'GO-3'],
        effect: 'nobody has to sign that role (CVE-2026-23992)',
      },
      ['delegations'],
      {
        keys,
        roles: [{ ...role, threshold: 0 }],
      },
    ),
    bad(
      'delegated-paths-and-prefixes',
      'a delegated role with both paths and hash prefixes',
      { ...delegation, level: 'decision', rows: ['4.5-h', 'A-14'] },
      ['delegations'],
      {
        keys,
        roles: [{ ...role, path_hash_prefixes: ['00'] }],
      },
    ),
    bad(
      'delegated-roles-as-object',
      'the delegated roles are an object, which has no order',
      { ...delegation, rows: ['4.5-o', '4.5-n'] },
      ['delegations'],
      { keys, roles: { alpha: role } },
    ),
    bad(
      'delegated-terminating-as-text',
      'terminating is a text',
      { ...delegation, level: 'decision', rows: ['4.5-g', 'A-33'] },
      ['delegations'],
      {
        keys,
        roles: [{ ...role, terminating: 'false' }],
      },
    ),
  ];
}

/** Which file is taken, and whether it is asked for at all. @returns {Vector[]} */
function choices() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const third = repository.publish();
  const same = new Repository();
  const [held, listedAgain] = [same.publish(), same.publish({ bump: ['snapshot', 'timestamp'] })];
  const reused = remade(
    documentIn(held, 'targets'),
    (signed) => ({ ...signed, targets: {} }),
    same.signers['targets'] ?? [],
  );
  const hashed = new Repository({ listed: 'all' });
  const heldHashed = hashed.publish();
  const anew = hashed.publish({
    signed: { targets: (signed) => ({ ...signed, version: 1, expires: '2049-01-01T00:00:00Z' }) },
  });
  const { '2.targets.json': newest, ...others } = second.metadata;
  const malicious = (/** @type {Release} */ release, /** @type {number} */ version) =>
    remade(
      documentIn(release, 'targets'),
      (signed) => ({ ...signed, version, targets: { 'hello.txt': targetFile(Buffer.from('evil\n')) } }),
      repository.signers['targets'] ?? [],
    );
  /** @type {About} */
  const unlisted = {
    section: '5.6.1',
    level: 'MUST',
    attack: 'key-compromise',
    rows: ['5.6.1', 'T13'],
    effect: 'who has the targets key alone publishes, although no snapshot lists what he made',
  };
  /** @type {About} */
  const version = {
    section: '4.4',
    level: 'decision',
    attack: 'mix-and-match',
    rows: ['4.4-f', 'A-57', 'T8', 'M4'],
    effect: 'the client asks again for what it holds',
  };
  const online = new Repository();
  const before = online.publish();
  const evil = Buffer.from('evil\n');
  const listedEvil = online.publish({
    files: { targets: { 'hello.txt': evil } },
    signers: { targets: [attacker] },
  });
  const after = online.publish({ files: { targets: { 'hello.txt': hello } } });
  return [
    vectorOf(
      'update-targets/next-version-unlisted',
      'the server has targets of a version that no snapshot lists, signed by the right key: nobody asks for it',
      unlisted,
      [
        { serve: first },
        {
          serve: first,
          but: { metadata: { '2.targets.json': malicious(first, 2), 'targets.json': malicious(first, 2) } },
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-targets/listed-but-signed-by-attacker',
      'who has the keys of timestamp and snapshot lists targets that he signed with a key of his own',
      {
        section: '5.6.3',
        level: 'MUST',
        attack: 'arbitrary-software',
        rows: ['5.6.3', 'T12', 'T1'],
        effect: 'the online keys install software',
      },
      [
        { serve: before },
        {
          serve: listedEvil,
          download: ['hello.txt'],
          reject: 'unsigned',
          stopsAt: 'targets',
          written: { 'hello.txt': null },
        },
        { serve: after, download: ['hello.txt'], written: { 'hello.txt': hello } },
      ],
    ),
    vectorOf(
      'update-targets/version-same',
      'a new snapshot lists targets as they are held: they are not asked for',
      { ...version, level: 'MUST', attack: 'lock-out', section: '5.6.1', rows: ['5.6.1', 'A-57'] },
      [{ serve: held }, { serve: listedAgain }],
    ),
    vectorOf(
      'update-targets/same-version-other-content',
      'a new snapshot lists targets in the version that is held, without a digest, and the server has another content of it: what is held stays',
      version,
      [{ serve: held }, { serve: { ...listedAgain, metadata: { ...listedAgain.metadata, '1.targets.json': reused } } }],
    ),
    vectorOf(
      'update-targets/same-version-other-digest',
      'a new snapshot lists targets in the version that is held, with the digest of another content',
      { ...version, attack: 'lock-out', effect: 'targets that a repository had to make again are never fetched' },
      [
        { serve: heldHashed },
        {
          serve: anew,
          requests: [
            'metadata/2.root.json',
            'metadata/timestamp.json',
            'metadata/2.snapshot.json',
            'metadata/1.targets.json',
          ],
        },
      ],
    ),
    vectorOf(
      'update-targets/name-without-version',
      'targets are there under their name without a version alone, although snapshots are consistent',
      {
        ...unlisted,
        attack: 'freeze',
        rows: ['5.6.1', '6.2.1-a'],
        effect: 'targets are read while the next ones are written over them',
      },
      [
        { serve: first },
        {
          serve: { ...second, metadata: { ...others, 'targets.json': /** @type {Buffer} */ (newest) } },
          reject: 'transport',
          stopsAt: 'targets',
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-targets/former-release-under-new-names',
      'the files of the former release under the names of the new one, with a true timestamp',
      {
        section: '5.5.4',
        level: 'MUST',
        attack: 'mix-and-match',
        rows: ['5.5.4', '5.6.4', 'T6', 'T8'],
        effect: 'old files pass for new ones',
      },
      [
        { serve: first },
        {
          serve: second,
          but: {
            metadata: {
              '2.snapshot.json': documentIn(first, 'snapshot'),
              '2.targets.json': documentIn(first, 'targets'),
            },
          },
          reject: 'version-mismatch',
          stopsAt: 'snapshot',
        },
        { serve: third },
      ],
    ),
    accepted(
      'update-targets/names-outside-ascii',
      'names of targets outside ASCII: the listed length counts bytes, not letters',
      {
        section: '4.4',
        level: 'MUST',
        attack: 'lock-out',
        rows: ['4.4-b', 'J26'],
        effect: 'files with such names are taken for longer than listed',
      },
      (repo) => repo.publish({ files: { targets: { 'grüße/héllo.txt': hello, '日本語.txt': hello, '😀': hello } } }),
      { repository: new Repository({ listed: 'all' }) },
    ),
  ];
}

/** A delegated role passes the same steps with the keys of its delegator. @returns {Vector[]} */
function delegated() {
  const one = Buffer.from('one\n');
  const path = 'alpha/one';
  const tough = { peers: ['tough 0.9 to 0.21 accepts'], rows: ['A-45', 'RB-07', 'TH-7'] };
  /** @type {(name: string, comment: string, about: About, reason: string, bad: (repository: Repository) => Release | { serve: Release, but: import('./sequence.mjs').Step['but'] }, options?: { threshold?: number, requests?: readonly string[] }) => Vector} */
  const fault = (name, comment, about, reason, bad, { threshold = 1 } = {}) => {
    const repository = new Repository({ delegated: [{ name: 'alpha', targets: { [path]: one }, threshold }] });
    const first = repository.publish();
    const made = bad(repository);
    const step = 'serve' in made ? made : { serve: made };
    const next = repository.publish();
    const role = `metadata/${step.serve.versions['alpha']}.alpha.json`;
    const requests = [
      'metadata/2.root.json',
      'metadata/timestamp.json',
      'metadata/2.snapshot.json',
      'metadata/2.targets.json',
    ];
    return vectorOf(`update-targets/${name}`, comment, about, [
      { serve: first, download: [path], alsoTrusted: ['alpha'], written: { [path]: one } },
      {
        ...step,
        download: [path],
        reject: reason,
        trusted: { ...step.serve.documents, alpha: documentIn(first, 'alpha') },
        requests: [...requests, role],
      },
      { serve: next, download: [path], alsoTrusted: ['alpha'], written: { [path]: one } },
    ]);
  };
  const signed = (/** @type {(signed: Signed) => Tree} */ change) => ({ signed: { alpha: change } });
  /** @type {About} */
  const base = {
    section: '5.6.5',
    level: 'MUST',
    attack: 'freeze',
    rows: [],
    effect: 'a delegated role is believed without the checks that every other file passes (CVE-2026-6967)',
  };
  const listedAs = (
    /** @type {Repository} */ repository,
    /** @type {(bytes: Buffer) => { [member: string]: Tree }} */ entry,
  ) => {
    const release = repository.forge();
    const version = /** @type {number} */ (release.versions['alpha']);
    return repository.publish({
      signed: {
        snapshot: (body) =>
          withValue(body, ['meta', 'alpha.json'], { version, ...entry(documentIn(release, 'alpha')) }),
      },
    });
  };
  const replaced = (/** @type {boolean} */ isListed) => {
    const repository = new Repository({ delegated: [{ name: 'alpha', targets: { [path]: one } }] });
    const first = repository.publish();
    const former = repository.signers['alpha'] ?? [];
    const anew = testKeys('new alpha', 1);
    const early = isListed ? undefined : repository.publish({ signers: { alpha: anew } });
    repository.signers['alpha'] = anew;
    const bad = early ?? repository.forge({ signers: { alpha: former } });
    return { first, bad, next: repository.publish() };
  };
  const [key] = testKeys('alpha', 2);
  return [
    fault(
      'delegated-expired',
      'a delegated role that expired in 2020',
      { ...base, ...tough, rows: ['5.6.5', ...tough.rows, 'GAP-03'] },
      'expired',
      (repository) => repository.publish(signed((body) => ({ ...body, expires: '2020-01-01T00:00:00Z' }))),
    ),
    fault(
      'delegated-digest-wrong',
      'the listed digest of a delegated role differs in its last digit',
      { ...base, ...tough, section: '5.6.2', attack: 'mix-and-match', rows: ['5.6.2', ...tough.rows] },
      'hash-mismatch',
      (repository) => listedAs(repository, (bytes) => ({ hashes: { sha256: sha256(Buffer.concat([bytes, bytes])) } })),
    ),
    fault(
      'delegated-longer',
      'a delegated role has one byte more than listed',
      { ...base, ...tough, section: '5.6.1', attack: 'endless-data', rows: ['5.6.1', ...tough.rows] },
      'too-long',
      (repository) => {
        const release = listedAs(repository, (bytes) => ({ length: bytes.length }));
        const bytes = documentIn(release, 'alpha');
        return { serve: release, but: { metadata: { '2.alpha.json': padded(bytes, bytes.length + 1) } } };
      },
    ),
    fault(
      'delegated-former-version',
      'the former file of a delegated role under the name of the new one',
      { ...base, section: '5.6.4', attack: 'rollback', rows: ['5.6.4', 'A-45', 'GAP-09'] },
      'version-mismatch',
      (repository) => {
        const former = repository.forge({ bump: [] });
        return { serve: repository.publish(), but: { metadata: { '2.alpha.json': documentIn(former, 'alpha') } } };
      },
    ),
    fault(
      'delegated-unsigned',
      'a delegated role without signatures',
      { ...base, section: '5.6.3', attack: 'arbitrary-software', rows: ['5.6.3', 'SIG-12', 'RS-2'] },
      'unsigned',
      (repository) => repository.forge({ signers: { alpha: [] } }),
    ),
    fault(
      'delegated-signed-by-delegator',
      'a delegated role signed by the key of its delegator',
      { ...base, section: '5.6.3', attack: 'key-compromise', rows: ['5.6.3', '3.1.2-c', 'SIG-12'] },
      'unsigned',
      (repository) => repository.forge({ signers: { alpha: repository.signers['targets'] ?? [] } }),
    ),
    ...[false, true].map((isListed) => {
      const { first, bad, next } = replaced(isListed);
      const asked = { download: [path], written: { [path]: one }, alsoTrusted: ['alpha'] };
      return vectorOf(
        `update-targets/delegated-${isListed ? 'by-revoked-key' : 'by-key-to-come'}`,
        isListed
          ? 'targets lists another key for a delegated role, which is signed by the former one'
          : 'a delegated role is signed by another key before targets lists it',
        {
          ...base,
          section: '6.1',
          attack: 'key-compromise',
          rows: ['6.1-f', '2.1.2-b', '5.6.3', 'SIG-12'],
          effect:
            'a stolen key stays good after the delegator has replaced it, or one that nobody has listed is good already',
        },
        [
          { serve: first, ...asked },
          {
            serve: bad,
            download: [path],
            reject: 'unsigned',
            trusted: { ...bad.documents, alpha: documentIn(first, 'alpha') },
            requests: [
              'metadata/2.root.json',
              'metadata/timestamp.json',
              'metadata/2.snapshot.json',
              'metadata/2.targets.json',
              'metadata/2.alpha.json',
            ],
          },
          { serve: next, ...asked },
        ],
      );
    }),
    fault(
      'delegated-same-signature-twice',
      'a delegated role with threshold 2, one signature and its copy',
      {
        ...base,
        section: '5.6.3',
        attack: 'threshold-bypass',
        rows: ['5.6.3', '4.2.1-c', 'A-05', 'SIG-02', 'TH-2'],
        effect: 'one stolen key meets every threshold (CVE-2026-6966)',
        peers: ['tough before 0.22 accepts'],
      },
      'malformed',
      (repository) => repository.forge({ signers: { alpha: [/** @type {any} */ (key), /** @type {any} */ (key)] } }),
      { threshold: 2 },
    ),
    fault(
      'delegated-type-is-its-name',
      'the _type of a delegated role is its name',
      { ...base, section: '4.5', attack: 'type-confusion', rows: ['4.5-p', 'A-23'] },
      'wrong-type',
      (repository) => repository.forge(signed((body) => ({ ...body, _type: 'alpha' }))),
    ),
  ];
}

/** The file that the targets list. @returns {Vector[]} */
function files() {
  const big = Buffer.alloc(70_000, 'tufa ');
  const last = Buffer.from(big);
  last[last.length - 1] = 0x21;
  /** @type {About} */
  const about = {
    section: '5.7.3',
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: ['5.7.3b', 'T1'],
    effect: 'whoever answers on the network installs software',
  };
  /** @type {(name: string, comment: string, about: About, honest: Buffer, served: Buffer, reason: string, hashes?: Tree) => Vector} */
  const bad = (name, comment, why, honest, served, reason, hashes) => {
    const repository = new Repository({ targets: { file: honest } });
    const first = repository.publish();
    const release = hashes === undefined ? first : repository.publish(changed(['targets', 'file', 'hashes'], hashes));
    const next = repository.publish();
    const answers = Object.fromEntries(Object.keys(release.targets).map((path) => [path, served]));
    return vectorOf(`update-targets/${name}`, comment, why, [
      { serve: first },
      {
        serve: release,
        but: { targets: answers },
        download: ['file'],
        reject: reason,
        trusted: release,
        written: { file: null },
      },
      { serve: next, download: ['file'], written: { file: honest } },
    ]);
  };
  return [
    bad(
      'file-other-bytes',
      'a target file of the right length and other content',
      about,
      hello,
      Buffer.from('evil!\n'),
      'hash-mismatch',
    ),
    bad(
      'file-last-byte',
      'the last of 70,000 bytes of a target file is another',
      { ...about, rows: [...about.rows, 'TH-14'], effect: 'bytes are used before the digest of all of them is known' },
      big,
      last,
      'hash-mismatch',
    ),
    bad(
      'file-digest-md5',
      'the only digest of a target file is a true MD5',
      {
        ...about,
        level: 'decision',
        rows: ['5.7.3b', 'A-12', 'HASH-01', 'J11'],
        effect: 'two files with one digest can be made at will',
      },
      hello,
      hello,
      'hash-mismatch',
      {
        md5: createHash('md5').update(hello).digest('hex'),
      },
    ),
  ];
}
