// @ts-check
/**
 * Faults that can be in the document of any top-level role: in its signatures, its expiry, its text, in how it is served, and
 * in the copy that the client holds. Root has the last three in common with the others; its signatures are of its own kind.
 */

import { sha256, testKeys } from './keys.mjs';
import { Repository, valid } from './repository.mjs';
import { raw, withValue } from './tree.mjs';
import {
  accepted,
  all,
  altered,
  attacker,
  but,
  documentIn,
  page,
  pathOf,
  refused,
  rotate,
  vectorOf,
  withFirst,
} from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./update-parts.mjs').TopLevel} TopLevel */
/** @typedef {Exclude<TopLevel, 'root'>} Listed */

/** Where the specification speaks of each role. */
const sections = {
  root: { fetch: '5.3.3', signatures: '5.3.4', expiry: '5.3.10', keep: '5.3.8' },
  timestamp: { fetch: '5.4.1', signatures: '5.4.2', expiry: '5.4.4', keep: '5.4.5' },
  snapshot: { fetch: '5.5.1', signatures: '5.5.3', expiry: '5.5.6', keep: '5.5.7' },
  targets: { fetch: '5.6.1', signatures: '5.6.3', expiry: '5.6.5', keep: '5.6.6' },
};

/** A role whose key is used where it does not belong. */
const another = /** @type {const} */ ({ timestamp: 'snapshot', snapshot: 'timestamp', targets: 'snapshot' });

/** @param {TopLevel} role @param {string} name */
function idOf(role, name) {
  return `update-${role}/${name}`;
}

/** The changes in which one role differs, and a new root where that role is root. @param {TopLevel} role @param {Changes} changes @returns {Changes} */
function changing(role, changes) {
  return role === 'root' ? { bump: all, ...changes } : changes;
}

/** @param {string} role */
function titleOf(role) {
  return role === 'targets' ? 'top-level targets' : role;
}

/** Signatures: none, by others, too few. @param {Listed} role @returns {Vector[]} */
export function signatureVectors(role) {
  const section = sections[role].signatures;
  const title = titleOf(role);
  /** @type {(rows: readonly string[], more?: Partial<About>) => About} */
  const about = (rows, more) => ({
    section,
    level: 'MUST',
    attack: 'arbitrary-software',
    rows: [section, ...rows],
    effect: `whoever answers on the network writes the ${title}, without any key`,
    ...more,
  });
  const tooFew = about(['1.5-a', 'T10'], {
    attack: 'key-compromise',
    effect: `fewer stolen keys than the threshold write the ${title}`,
  });
  /** @type {(name: string, comment: string, about: About, reason: string, changes: (repository: Repository) => Changes, options?: Parameters<typeof refused>[6]) => Vector} */
  const forged = (name, comment, why, reason, changes, options) =>
    refused(
      idOf(role, name),
      comment,
      why,
      reason,
      role,
      (repository) => repository.forge(changes(repository)),
      options,
    );
  const signedBy = (/** @type {readonly Signer[]} */ signers) => () => ({ signers: { [role]: signers } });
  const [first, second, third] = /** @type {any} */ (testKeys(role, 3));
  const two = () => ({ repository: new Repository({ thresholds: { [role]: 2 } }) });
  const other = /** @type {Signer} */ (testKeys(another[role], 1)[0]);
  const alias = { ...first, keyid: sha256(`another keyid of ${role}`) };
  const empty = (/** @type {Signer} */ { keyid }) => ({ keyid, sig: '' });
  return [
    forged('unsigned', `a ${title} file without signatures`, about(['T1', 'SIG-12']), 'unsigned', signedBy([])),
    forged(
      'signed-by-another-role',
      `signed by the key of ${another[role]} alone`,
      about(['SIG-12'], {
        attack: 'key-compromise',
        effect: `the key of one role writes another: the ${another[role]} key is as good as that of the ${title}`,
      }),
      'unsigned',
      signedBy([other]),
    ),
    forged(
      'signed-by-attacker',
      'signed by a key that no file lists, under its own keyid',
      about(['T1', 'SIG-12']),
      'unsigned',
      signedBy([attacker]),
    ),
    forged(
      'signed-under-trusted-keyid',
      'signed by a key that no file lists, under the keyid of the key that is trusted',
      about(['T1', 'GO-1']),
      'unsigned',
      signedBy([{ ...attacker, keyid: first.keyid }]),
    ),
    refused(
      idOf(role, 'signed-by-revoked-key'),
      `a new root lists another key for ${role}; the new ${title} file is signed by the former one`,
      about(['1.5.3-a', ...(role === 'timestamp' ? ['5.3.11', 'J2'] : [])], {
        attack: 'key-compromise',
        effect: 'a stolen key stays good after its owner has revoked it',
      }),
      'unsigned',
      role,
      (repository, before) => {
        const former = rotate(repository, role);
        const release = repository.forge({ bump: all, signers: { [role]: former } });
        const { root, timestamp } = release.documents;
        // Whether the files of the old keys are removed or only never used again is not seen from outside.
        if (role === 'timestamp') return { serve: release, trusted: { root, targets: documentIn(before, 'targets') } };
        if (role === 'snapshot')
          return { serve: release, trusted: { root, timestamp, targets: documentIn(before, 'targets') } };
        return release;
      },
      { recovery: { bump: all } },
    ),
    forged(
      'altered-after-signing',
      'the date of expiry was put off by ten years after signing',
      about(['4-a', 'T1']),
      'unsigned',
      () => ({ bytes: { [role]: (bytes) => altered(bytes, valid, valid.replace('2050', '2060')) } }),
    ),
    forged('altered-signature', 'one digit of the signature is another', about(['4.2.1-d', 'T1']), 'unsigned', () => ({
      signers: { [role]: [{ ...first, sign: (message) => otherDigit(first.sign(message)) }] },
    })),
    forged('below-threshold', 'threshold 2, signed by one of the two', tooFew, 'unsigned', signedBy([first]), two()),
    forged(
      'same-signature-twice',
      'threshold 2, one signature and its copy',
      {
        ...tooFew,
        attack: 'threshold-bypass',
        rows: [
          section,
          '4.2.1-c',
          '4.2.1-e',
          '5.3.4c',
          '5.3.4d',
          'A-05',
          'SIG-01',
          'PY-1',
          'TH-1',
          'RS-1',
          'PHP-1',
          'T10',
        ],
        effect: 'one stolen key meets every threshold (CVE-2020-6174, CVE-2020-15093)',
      },
      'malformed',
      signedBy([first, first]),
      two(),
    ),
    forged(
      'one-key-under-two-keyids',
      'threshold 2 of three keyids, two of which have one public key; both of these sign',
      {
        ...tooFew,
        level: 'decision',
        attack: 'threshold-bypass',
        rows: [section, '5.3.4c', 'A-04', 'SIG-04', 'GO-1', 'PY-3', 'J14', 'B10', 'T10'],
        effect: 'one stolen key meets a threshold of two (GHSA-3633-5h82-39pq)',
      },
      'unsigned',
      signedBy([first, alias]),
      {
        repository: new Repository({ thresholds: { [role]: 2 }, signers: { [role]: [first, alias, second] } }),
        first: { signers: { [role]: [first, second] } },
        recovery: { signers: { [role]: [alias, second] } },
      },
    ),
    forged(
      'padded-to-threshold',
      'threshold 2: one true signature, one of a foreign key under the other keyid, one under an unknown keyid, one of another role',
      { ...tooFew, attack: 'threshold-bypass' },
      'unsigned',
      signedBy([first, { ...attacker, keyid: second.keyid }, attacker, other]),
      two(),
    ),
    accepted(
      idOf(role, 'threshold-among-others'),
      'threshold 2 of three keys: two true signatures beside an empty one, one that is no hex, and one of an unknown key',
      about(['4.2.1-d', 'SIG-09', 'B9'], {
        level: 'decision',
        attack: 'lock-out',
        effect:
          'a signer who fails, or whom this client does not know, locks out everybody: the roots 12 and 14 of Sigstore have empty signatures',
      }),
      (repository) =>
        repository.publish({
          signers: { [role]: [attacker, first, third] },
          envelope: {
            [role]: ({ signatures, signed }) => ({
              signatures: [empty(second), { keyid: sha256('nobody'), sig: 'none' }, ...signatures],
              signed,
            }),
          },
        }),
      {
        repository: new Repository({ thresholds: { [role]: 2 }, signers: { [role]: [first, second, third] } }),
        first: { signers: { [role]: [second, third] } },
      },
    ),
  ];
}

/** @param {string} hex */
function otherDigit(hex) {
  return `${hex.startsWith('0') ? '1' : '0'}${hex.slice(1)}`;
}

const start = '2030-06-15T12:00:00Z';

/** Expiry: long ago, around the very second, while the file is held. @param {Listed} role @returns {Vector[]} */
export function expiryVectors(role) {
  const section = sections[role].expiry;
  const title = titleOf(role);
  /** @type {About} */
  const about = {
    section,
    level: 'MUST',
    attack: 'freeze',
    rows: ['4.3-e', section, 'T6', 'RB-10', 'HK-1', 'SG-4'],
    effect: 'who holds back new files keeps a client on old ones for ever',
  };
  const until = (/** @type {string} */ expires) => ({
    signed: { [role]: (/** @type {Signed} */ signed) => ({ ...signed, expires }) },
  });
  const atStart = { ...about, rows: ['5.1', section, 'A-10', 'T6', 'GAP-03'] };
  return [
    refused(idOf(role, 'expired'), `a new ${title} file that expired in 2020`, about, 'expired', role, (repository) =>
      repository.publish(until('2020-01-01T00:00:00Z')),
    ),
    accepted(
      idOf(role, 'expires-a-minute-later'),
      `the ${title} file expires one minute after the start of the update`,
      { ...atStart, attack: 'lock-out', effect: 'files are refused before they expire' },
      (repository) => repository.publish(until('2030-06-15T12:01:00Z')),
      { time: start },
    ),
    refused(
      idOf(role, 'expires-now'),
      `the ${title} file expires in the very second at which the update starts`,
      { ...atStart, peers: ['tough 0.19.0 accepts'] },
      'expired',
      role,
      (repository) => repository.publish(until(start)),
      { time: start },
    ),
    refused(
      idOf(role, 'expired-a-second-ago'),
      `the ${title} file expired one second before the start of the update`,
      atStart,
      'expired',
      role,
      (repository) => repository.publish(until('2030-06-15T11:59:59Z')),
      { time: start },
    ),
    expiredWhileHeld(role, { ...about, section: '4.3', rows: [...about.rows, 'A-16', 'B1', 'T34'] }, until(start)),
  ];
}

/** @param {Listed} role @param {About} about @param {Changes} changes @returns {Vector} */
function expiredWhileHeld(role, about, changes) {
  const repository = new Repository();
  const first = repository.publish(changes);
  const next = repository.publish();
  // Some clients find out when they read what they hold, others when they have asked for it once more.
  const held = { reject: 'expired', trusted: first, requests: null };
  return vectorOf(
    idOf(role, 'expired-while-held'),
    `nothing changes on the server, and the ${titleOf(role)} file that is held expires`,
    { ...about, peers: ['tuf-browser 0.1.11 accepts'] },
    [
      { time: '2030-06-15T11:59:00Z', serve: first },
      { time: '2030-06-15T12:01:00Z', serve: first, ...held },
      { time: '2030-06-15T12:02:00Z', serve: next },
    ],
  );
}

/** What is read and what is not: every file has been signed by the right key. @param {TopLevel} role @returns {Vector[]} */
export function readingVectors(role) {
  const title = titleOf(role);
  const { section, rows } = {
    root: { section: '5.3.4', rows: ['5.3.4e'] },
    timestamp: { section: '5.4.2', rows: ['5.4.2'] },
    snapshot: { section: '5.5.3', rows: ['5.5.3'] },
    targets: { section: '5.6.3', rows: ['5.6.3'] },
  }[role];
  /** @type {About} */
  const strict = {
    section,
    level: 'decision',
    attack: 'parser-differential',
    rows: [...rows, 'A-46', 'T23'],
    effect: 'two readers see two documents under one signature',
  };
  /** @type {About} */
  const noExpiry = {
    section: '4.3',
    level: 'MUST',
    attack: 'freeze',
    rows: ['4.3-e', 'RB-11'],
    effect: 'a file that never expires can be served for ever',
  };
  /** @type {(name: string, comment: string, about: About, reason: string, changes: Changes) => Vector} */
  const faulty = (name, comment, about, reason, changes) =>
    refused(
      idOf(role, name),
      comment,
      about,
      reason,
      role,
      (repository) => repository.forge(changing(role, changes)),
      role === 'root' ? { recovery: { bump: all } } : {},
    );
  /** @type {(change: (signed: Signed) => Tree) => Changes} */
  const signed = (change) => ({ signed: { [role]: change } });
  const unknown = { 'x-note': { list: [1, true, null, 'text'], name: {} } };
  return [
    faulty(
      'expires-missing',
      `a ${title} file without expires`,
      { ...noExpiry, rows: [...noExpiry.rows, 'HK-2'] },
      'malformed',
      signed((honest) => withValue(honest, ['expires'], undefined)),
    ),
    faulty(
      'expires-never',
      'expires is the text "never"',
      {
        ...noExpiry,
        rows: [...noExpiry.rows, 'A-09', 'B5', 'J12', 'JF1'],
        peers: ['tuf-browser 0.1.11 accepts'],
      },
      'malformed',
      signed((honest) => ({ ...honest, expires: 'never' })),
    ),
    faulty(
      'version-twice',
      'the member version stands there twice, first as 1000, then as it should be',
      { ...strict, rows: [...strict.rows, 'JSON-05', 'PY-16', 'J16'] },
      'malformed',
      signed((honest) => withFirst(honest, [['version', 1000]])),
    ),
    faulty(
      'version-as-text',
      'version is a text',
      { ...strict, section: '4.3', level: 'MUST', rows: ['4.3-d', 'A-21', 'J13', ...(role === 'root' ? ['B16'] : [])] },
      'malformed',
      signed((honest) => withValue(honest, ['version'], raw(`"${Number(honest['version'])}"`))),
    ),
    faulty(
      'text-after-the-end',
      'a second, empty object behind the document',
      { ...strict, rows: [...strict.rows, 'J16'] },
      'malformed',
      { bytes: { [role]: (bytes) => Buffer.concat([bytes, Buffer.from('{}')]) } },
    ),
    faulty(
      'no-utf-8',
      'a byte of a text is no UTF-8; the signature covers what a reader that replaces it makes of it',
      strict,
      'malformed',
      signed((honest) => ({
        ...honest,
        'x-note': raw(Buffer.from([0x22, 0xff, 0x22]), Buffer.from('"\ufffd"')),
      })),
    ),
    faulty(
      'too-deep',
      'a member that nobody knows holds 5,000 nested arrays',
      {
        ...strict,
        attack: 'denial-of-service',
        rows: [...strict.rows, 'JSON-01'],
        effect: 'a reader that recurses runs out of stack and crashes',
      },
      'malformed',
      signed((honest) => ({ ...honest, 'x-note': raw('['.repeat(5000) + ']'.repeat(5000)) })),
    ),
    faulty(
      'spec-version-2',
      'spec_version is 2.0.0',
      {
        section: '4.3',
        level: 'MUST',
        attack: 'parser-differential',
        rows: ['4.3-b', 'A-31'],
        effect: 'a file of another format is read as if it were of this one',
      },
      'spec-version',
      signed((honest) => ({ ...honest, spec_version: '2.0.0' })),
    ),
    typeOfAnotherRole(role),
    accepted(
      idOf(role, 'unknown-members'),
      'members that nobody knows in signed, in its signature and beside signed',
      {
        section: '4.2.1',
        level: 'MUST',
        attack: 'lock-out',
        rows: ['4-a', '4.2.1-a', 'RB-09', 'NT-4'],
        effect: 'files of a later release, or of a tool that adds notes, are refused',
      },
      (repository) =>
        repository.publish(
          changing(role, {
            signed: { [role]: (honest) => ({ ...honest, ...unknown }) },
            envelope: {
              [role]: ({ signatures, signed: body }) => ({
                'x-note': 'not signed',
                signatures: signatures.map((signature) => ({ ...Object(signature), ...unknown })),
                signed: body,
              }),
            },
          }),
        ),
    ),
  ];
}

/** The document of another role, signed by a key that both roles list. @param {TopLevel} role @returns {Vector} */
function typeOfAnotherRole(role) {
  const from = role === 'root' ? 'snapshot' : another[role];
  const key = testKeys('shared', 1);
  return refused(
    idOf(role, 'type-of-another-role'),
    `the ${titleOf(from)} file in place of the ${titleOf(role)} file; one key signs both roles`,
    {
      section: '4.3',
      level: 'MUST',
      attack: 'type-confusion',
      rows: ['4.3-a', 'A-23', 'T20', 'JSON-08', 'GO-16'],
      effect: 'what was signed for one purpose is believed for another',
    },
    'wrong-type',
    role,
    (repository) => {
      const release = repository.forge(role === 'root' ? { bump: all } : {});
      return but(release, role, documentIn(release, from));
    },
    {
      repository: new Repository({ signers: { [role]: key, [from]: key } }),
      ...(role === 'root' ? { recovery: { bump: all } } : {}),
    },
  );
}

/** How the file is served. @param {TopLevel} role @returns {Vector[]} */
export function fetchVectors(role) {
  const section = sections[role].fetch;
  const title = titleOf(role);
  const { limit, most } = {
    root: { limit: 512 * 1024, most: 32 * 1024 * 1024 },
    timestamp: { limit: 64 * 1024, most: 32 * 1024 * 1024 },
    snapshot: { limit: 8 * 1024 * 1024, most: 64 * 1024 * 1024 },
    targets: { limit: 32 * 1024 * 1024, most: 128 * 1024 * 1024 },
  }[role];
  /** @type {(name: string, comment: string, about: Partial<About> & { rows: readonly string[] }, reason: string, answer: import('./sequence.mjs').Answer | null) => Vector} */
  const answered = (name, comment, more, reason, answer) =>
    refused(
      idOf(role, name),
      comment,
      {
        section,
        level: 'MUST',
        attack: 'freeze',
        effect: 'whoever disturbs the network keeps the client on old files, and nobody notices',
        ...more,
        rows: [section, ...more.rows],
      },
      reason,
      role,
      (repository) => but(repository.forge(role === 'root' ? { bump: all } : {}), role, answer),
      role === 'root' ? { recovery: { bump: all } } : {},
    );
  const endless = { attack: 'endless-data', effect: 'one answer fills the memory or the disk of the client' };
  const gone =
    role === 'root'
      ? []
      : [answered('not-there', `404 for the ${title} file`, { rows: ['1.5.2-k'] }, 'transport', null)];
  const decided =
    role === 'root'
      ? { level: /** @type {const} */ ('decision'), rows: ['A-42', 'ROOT-08', 'T36', 'TH-4', 'B7'] }
      : { rows: ['1.5.2-k'] };
  return [
    ...gone,
    answered('server-error', `500 for the ${title} file`, decided, 'transport', { status: 500 }),
    answered('dropped', `the connection is closed within the ${title} file`, decided, 'transport', {
      body: page,
      drop: 'mid-body',
    }),
    answered(
      'page',
      `a page with status 200 in place of the ${title} file, as from a host that answers so for everything`,
      { ...decided, rows: [...decided.rows, 'T36'] },
      'malformed',
      { body: page, headers: { 'Content-Type': 'text/html' } },
    ),
    answered(
      'endless',
      `a ${title} file without end or Content-Length`,
      { ...endless, rows: ['T2', 'NET-01', 'B6'] },
      'too-long',
      {
        endless: true,
        most,
      },
    ),
    answered(
      'over-limit',
      `the ${title} file has ${limit + 1} bytes, one more than the limit, and nothing lists its length`,
      { ...endless, level: 'decision', rows: ['A-68', 'T2', 'GAP-08'] },
      'too-long',
      { zeros: limit + 1 },
    ),
  ];
}

/** The copy that the client holds was changed behind its back. @param {Listed} role @returns {Vector[]} */
export function localVectors(role) {
  const section = sections[role].keep;
  const title = titleOf(role);
  /** @type {About} */
  const about = {
    section,
    level: 'decision',
    attack: 'lock-out',
    rows: [section, '5-a', 'T26', 'GAP-06', 'J7'],
    effect: 'a power cut or a full disk ends all updates until somebody removes the file by hand',
  };
  const held = `${role}.json`;
  /** @type {(name: string, comment: string, about: About, change: (bytes: Buffer, first: Release) => Buffer | null) => Vector} */
  const changed = (name, comment, why, change) => {
    const repository = new Repository();
    const first = repository.publish();
    const next = repository.publish();
    const request = role === 'timestamp' ? [] : [`metadata/${pathOf(first, role)}`];
    const disk = { metadata: { [held]: change(documentIn(first, role), first) } };
    return vectorOf(idOf(role, name), comment, why, [
      { serve: first },
      { serve: first, disk, requests: ['metadata/2.root.json', 'metadata/timestamp.json', ...request] },
      { serve: next },
    ]);
  };
  return [
    changed('local-missing', `the ${title} file that the client held is gone`, about, () => null),
    changed('local-cut-short', `the ${title} file that the client holds was cut short`, about, (bytes) =>
      bytes.subarray(0, Math.floor(bytes.length / 2)),
    ),
    changed('local-empty', `the ${title} file that the client holds has no bytes`, about, () => Buffer.alloc(0)),
    changed(
      'local-of-another-role',
      `the ${title} file that the client holds was replaced by the file of another role`,
      about,
      (_, first) => documentIn(first, another[role]),
    ),
    changed(
      'local-altered',
      `the ${title} file that the client holds was altered, and is no longer what was signed`,
      {
        ...about,
        level: 'MUST',
        attack: 'arbitrary-software',
        rows: [section, sections[role].signatures, 'T26', 'OFF-01', 'SG-5', ...(role === 'targets' ? ['B3'] : [])],
        effect: 'whoever writes one file into the folder of the client writes what it believes',
        ...(role === 'targets' ? { peers: ['tuf-browser 0.1.11 believes the altered file'] } : {}),
      },
      (bytes) => altered(bytes, valid, valid.replace('2050', '2060')),
    ),
    localFormer(role, about),
  ];
}

/** @param {Listed} role @param {About} about @returns {Vector} */
function localFormer(role, about) {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const next = repository.publish();
  const request = role === 'timestamp' ? [] : [`metadata/${pathOf(second, role)}`];
  return vectorOf(
    idOf(role, 'local-former'),
    `the ${titleOf(role)} file that the client holds was replaced by that of the former release`,
    {
      ...about,
      attack: 'rollback',
      rows: [...about.rows, 'T9'],
      effect: 'whoever writes one file into the folder of the client leads it back to an old release',
    },
    [
      { serve: first },
      { serve: second },
      {
        serve: second,
        disk: { metadata: { [`${role}.json`]: documentIn(first, role) } },
        requests: ['metadata/2.root.json', 'metadata/timestamp.json', ...request],
      },
      { serve: next },
    ],
  );
}
