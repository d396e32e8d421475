// @ts-check
/** Section 5.4: the timestamp. */
import { sha256 } from './keys.mjs';
import { Repository } from './repository.mjs';
import { raw, withValue } from './tree.mjs';
import { expiryVectors, fetchVectors, localVectors, readingVectors, signatureVectors } from './update-documents.mjs';
import { accepted, documentIn, padded, refused, remade, vectorOf } from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Release} Release */

/** @returns {Vector[]} */
export function vectors() {
  return [
    ...signatureVectors('timestamp'),
    ...expiryVectors('timestamp'),
    ...readingVectors('timestamp'),
    ...fetchVectors('timestamp'),
    ...localVectors('timestamp'),
    ...versions(),
    ...sameVersion(),
    ...listing(),
    ...serving(),
    ...baseline(),
  ];
}

const keep = ['metadata/2.root.json', 'metadata/timestamp.json'];

/** A release in which only the timestamp is another. @param {Release} release @param {Buffer} timestamp @returns {Release} */
function withTimestamp(release, timestamp) {
  return {
    ...release,
    documents: { ...release.documents, timestamp },
    metadata: { ...release.metadata, 'timestamp.json': timestamp },
  };
}

/** @param {Repository} repository @param {Release} release @param {(signed: Signed) => Tree} change */
function resigned(repository, release, change) {
  return withTimestamp(
    release,
    remade(documentIn(release, 'timestamp'), change, repository.signers['timestamp'] ?? []),
  );
}

/** @type {About} */
const rollback = {
  section: '5.4.3.1',
  level: 'MUST',
  attack: 'rollback',
  rows: ['5.4.3.1a', 'T9', 'RB-01', 'GO-7', 'SG-3'],
  effect: 'old files, with the weaknesses that later ones have mended, are installed again',
};

function versions() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  const third = repository.publish();
  /** @type {About} */
  const listed = {
    ...rollback,
    section: '5.4.3.2',
    rows: ['5.4.3.2', 'T8', 'T9', 'T11', 'RB-02', 'RB-06', 'TH-6', 'GO-7'],
    effect:
      'who has the timestamp key alone serves old targets; or the refused timestamp is kept, and the client takes no honest one after it (CVE-2025-2888)',
  };
  const pointing = (/** @type {number} */ version, /** @type {number} */ snapshot) =>
    resigned(repository, second, (signed) => ({
      ...signed,
      version,
      meta: { 'snapshot.json': { version: snapshot } },
    }));
  const domain = { section: '4.3', rows: ['4.3-d', 'A-21', 'RB-08', 'NT-3', 'T5'] };
  return [
    vectorOf(
      'update-timestamp/version-lower',
      'the timestamp of the release before',
      { ...rollback, rows: ['4.3-d', ...rollback.rows] },
      [
        { serve: second },
        { serve: withTimestamp(second, documentIn(first, 'timestamp')), reject: 'rollback', stopsAt: 'timestamp' },
        { serve: third },
      ],
    ),
    vectorOf(
      'update-timestamp/release-lower',
      'all files of the release before',
      { ...rollback, rows: [...rollback.rows, '5.4.5'] },
      [
        { serve: second },
        { serve: { ...second, ...first }, reject: 'rollback', stopsAt: 'timestamp' },
        { serve: third },
      ],
    ),
    vectorOf(
      'update-timestamp/snapshot-version-lower',
      'a newer timestamp that lists the former snapshot: it is not kept',
      listed,
      [{ serve: second }, { serve: pointing(3, 1), reject: 'rollback', stopsAt: 'timestamp' }, { serve: third }],
    ),
    vectorOf(
      'update-timestamp/snapshot-version-lower-next-version',
      'a timestamp of a much higher version that lists the former snapshot: the honest one that follows has a lower version',
      listed,
      [{ serve: second }, { serve: pointing(1000, 1), reject: 'rollback', stopsAt: 'timestamp' }, { serve: third }],
    ),
    vectorOf(
      'update-timestamp/snapshot-version-same',
      'a newer timestamp that lists the snapshot that is held: nothing else is asked for',
      {
        ...rollback,
        section: '5.4.3.2',
        attack: 'lock-out',
        rows: ['5.4.3.2', '5.4.5', 'GAP-04'],
        effect: 'a repository that renews its timestamp cannot be used',
      },
      [{ serve: first }, { serve: repository2().renewed }],
      { pinned: /** @type {Buffer} */ (first.metadata['1.root.json']) },
    ),
    vectorOf(
      'update-timestamp/version-skips',
      'the version goes from 2 to 1,000',
      { ...rollback, attack: 'lock-out', rows: ['5.4.3.1a'], effect: 'a client that missed releases is locked out' },
      [
        { serve: second },
        {
          serve: resigned(repository, third, (signed) => ({ ...signed, version: 1000 })),
        },
      ],
    ),
    refused(
      'update-timestamp/version-2-53',
      'version 2^53, which a double does not tell from its successor',
      {
        ...rollback,
        ...domain,
        level: 'decision',
        attack: 'fast-forward',
        effect: 'versions that are different compare as equal',
      },
      'malformed',
      'timestamp',
      (repo) =>
        repo.forge({ signed: { timestamp: (signed) => withValue(signed, ['version'], raw('9007199254740992')) } }),
    ),
    refused(
      'update-timestamp/version-2-64',
      'version 2^64, which is 0 in 64 bits',
      {
        ...rollback,
        ...domain,
        level: 'decision',
        attack: 'fast-forward',
        effect: 'the version wraps around, or the reader crashes',
      },
      'malformed',
      'timestamp',
      (repo) =>
        repo.forge({ signed: { timestamp: (signed) => withValue(signed, ['version'], raw('18446744073709551616')) } }),
    ),
    ...[0, -5].map((version) =>
      refused(
        `update-timestamp/version-${version === 0 ? 'zero' : 'negative'}`,
        `version ${version}`,
        {
          ...rollback,
          ...domain,
          rows: ['4.3-d', 'A-21', 'J13'],
          effect: 'a number below every version compares in ways that nobody has thought of',
        },
        'malformed',
        'timestamp',
        (repo) => repo.forge({ signed: { timestamp: (signed) => ({ ...signed, version }) } }),
      ),
    ),
    refused(
      'update-timestamp/version-with-fraction',
      'version 2.0',
      {
        ...rollback,
        ...domain,
        level: 'decision',
        rows: ['4.3-d', 'A-21', 'A-66', 'PY-12'],
        attack: 'parser-differential',
        effect: 'the same number has two canonical forms: a signature holds for one reader and not for another',
      },
      'malformed',
      'timestamp',
      (repo) => repo.forge({ signed: { timestamp: (signed) => withValue(signed, ['version'], raw('2.0', '2')) } }),
    ),
  ];
}

/** The same repository once more, of which only the timestamp is renewed. */
function repository2() {
  const repository = new Repository();
  repository.publish();
  return { renewed: repository.publish({ bump: ['timestamp'] }) };
}

function sameVersion() {
  /** @type {About} */
  const same = {
    section: '5.4.3.1',
    level: 'MUST',
    attack: 'mix-and-match',
    rows: ['5.4.3.1b', 'A-16'],
    effect: 'a version that was used twice changes what a client believes, without a trace',
    peers: ['tough 0.19.0 takes the new file'],
  };
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  return [
    vectorOf(
      'update-timestamp/version-same',
      'the very timestamp that is held: no error, and nothing else is asked for',
      { ...same, attack: 'lock-out', effect: 'a client that asks twice a day fails once a day', peers: undefined },
      [{ serve: first }, { serve: first, requests: keep }, { serve: second }],
    ),
    vectorOf(
      'update-timestamp/version-same-other-expiry',
      'another timestamp of the version that is held, which expires later: the one that is held stays',
      same,
      [
        { serve: first },
        {
          serve: resigned(repository, first, (signed) => ({ ...signed, expires: '2060-01-01T00:00:00Z' })),
          trusted: first,
          requests: keep,
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-timestamp/version-same-other-snapshot',
      'another timestamp of the version that is held, which lists the next snapshot: it is not asked for',
      same,
      [
        { serve: first },
        {
          serve: resigned(repository, second, (signed) => ({ ...signed, version: 1 })),
          trusted: first,
          requests: keep,
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-timestamp/version-same-unsigned',
      'another timestamp of the version that is held, without signatures',
      {
        ...same,
        section: '5.4.2',
        rows: ['5.4.2', '5.4.3.1b'],
        attack: 'arbitrary-software',
        effect: 'a client that compares versions first tells nobody that it was served a forgery',
        peers: undefined,
      },
      [
        { serve: first },
        {
          serve: withTimestamp(
            first,
            remade(documentIn(first, 'timestamp'), (signed) => ({ ...signed, expires: '2060-01-01T00:00:00Z' }), []),
          ),
          reject: 'unsigned',
          trusted: first,
          requests: keep,
        },
        { serve: second },
      ],
    ),
    vectorOf(
      'update-timestamp/version-same-expired',
      'the timestamp that is held expires; another of its version expires later, and does not help',
      {
        ...same,
        attack: 'freeze',
        rows: ['5.4.3.1b', '5.4.4', 'A-16', 'T6', 'B1'],
        level: 'decision',
        effect:
          'the same version renews itself without end, although nothing newer than the frozen release is ever shown',
      },
      [
        {
          time: '2030-06-15T11:00:00Z',
          serve: resigned(repository, first, (signed) => ({ ...signed, expires: '2030-06-15T12:00:00Z' })),
        },
        {
          time: '2030-06-15T13:00:00Z',
          serve: first,
          reject: 'expired',
          trusted: resigned(repository, first, (signed) => ({ ...signed, expires: '2030-06-15T12:00:00Z' })),
          requests: null,
        },
        { time: '2030-06-15T14:00:00Z', serve: second },
      ],
    ),
  ];
}

function listing() {
  /** @type {About} */
  const missing = {
    section: '4.6',
    level: 'MUST',
    attack: 'mix-and-match',
    rows: ['4.6-a', 'A-25', 'GAP-04'],
    effect: 'nothing says which snapshot belongs to the timestamp, or the reader crashes',
  };
  /** @type {About} */
  const more = {
    section: '4.6',
    level: 'decision',
    attack: 'lock-out',
    rows: ['4.6-a', 'A-25', 'GAP-04', 'J3'],
    effect:
      'a signed file that lists one thing more is refused, or its signature is checked over something else than was signed',
  };
  const listed = (/** @type {Tree} */ meta) => ({
    signed: { timestamp: (/** @type {Signed} */ signed) => ({ ...signed, meta }) },
  });
  /** @type {(name: string, comment: string, about: About, reason: string, meta: Tree) => Vector} */
  const bad = (name, comment, about, reason, meta) =>
    refused(`update-timestamp/${name}`, comment, about, reason, 'timestamp', (repository) =>
      repository.forge(listed(meta)),
    );
  const digest = sha256('no file');
  return [
    bad('meta-empty', 'meta lists nothing', missing, 'missing-meta', {}),
    bad('meta-without-snapshot', 'meta lists targets.json alone', missing, 'missing-meta', {
      'targets.json': { version: 2 },
    }),
    bad('meta-name-without-ending', 'meta lists snapshot without .json', missing, 'missing-meta', {
      snapshot: { version: 2 },
    }),
    bad(
      'meta-name-with-version',
      'meta lists 2.snapshot.json',
      { ...missing, rows: ['4.6-a', '4.4-c', '6.2.1-d'] },
      'missing-meta',
      { '2.snapshot.json': { version: 2 } },
    ),
    bad(
      'meta-missing',
      'there is no meta',
      { ...missing, rows: ['4.6-a', 'A-32', 'JSON-01'] },
      'malformed',
      raw('null'),
    ),
    bad(
      'meta-without-version',
      'what meta lists of snapshot has no version',
      { ...missing, section: '4.4', rows: ['4.4-d', 'A-32'] },
      'malformed',
      {
        'snapshot.json': { length: 100 },
      },
    ),
    accepted(
      'update-timestamp/meta-extra',
      'meta lists a file that nobody knows beside snapshot.json',
      more,
      (repository) =>
        repository.publish(
          listed({ 'snapshot.json': { version: 2 }, 'x-notes.json': { version: 7, hashes: { sha256: digest } } }),
        ),
    ),
    refused(
      'update-timestamp/meta-extra-unsigned',
      'a file that nobody knows was added to meta after signing',
      {
        ...more,
        level: 'MUST',
        section: '5.4.2',
        attack: 'arbitrary-software',
        rows: ['4-a', '5.4.2', 'J3'],
        effect:
          'the signature is checked over something else than was received: what is left out can be changed at will',
      },
      'unsigned',
      'timestamp',
      (repository) =>
        repository.forge({
          bytes: {
            timestamp: (bytes) =>
              Buffer.from(bytes.toString().replace('"meta":{', '"meta":{"x-notes.json":{"version":7},')),
          },
        }),
    ),
  ];
}

function serving() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.publish();
  /** @type {About} */
  const name = {
    section: '5.4.1',
    level: 'MUST',
    attack: 'freeze',
    rows: ['5.4.1', 'A-50', '6.2.1-c'],
    effect: 'a client that knows the name of one version never learns of a later one',
  };
  const { 'timestamp.json': newest, ...others } = second.metadata;
  const withoutName = {
    ...second,
    metadata: {
      ...others,
      '2.timestamp.json': /** @type {Buffer} */ (newest),
      '1.timestamp.json': documentIn(first, 'timestamp'),
    },
  };
  /** @type {About} */
  const limit = {
    section: '5.4.1',
    level: 'decision',
    attack: 'lock-out',
    rows: ['5.4.1', 'A-68'],
    effect: 'a limit that was said is not the one that holds',
  };
  return [
    vectorOf('update-timestamp/name-with-version', 'the timestamp is there under names with versions alone', name, [
      { serve: first },
      { serve: withoutName, reject: 'transport', stopsAt: 'timestamp' },
      { serve: second },
    ]),
    vectorOf(
      'update-timestamp/name-with-version-unused',
      'a newer timestamp under a name with its version beside timestamp.json: nobody asks for it',
      { ...name, attack: 'lock-out' },
      [
        { serve: first },
        { serve: { ...first, metadata: { ...first.metadata, '2.timestamp.json': /** @type {Buffer} */ (newest) } } },
      ],
    ),
    vectorOf(
      'update-timestamp/max-age',
      'all files are served with a day of max-age; the second start, within that day, sees the next release',
      {
        ...name,
        rows: ['5.4.1', 'B15', 'T36'],
        effect: 'a cache between client and server keeps it on an old release',
      },
      [first, second].map((release) => ({
        serve: release,
        but: {
          metadata: Object.fromEntries(
            Object.entries(release.metadata).map(([path, body]) => [
              path,
              { body, headers: { 'Cache-Control': 'public, max-age=86400' } },
            ]),
          ),
        },
      })),
    ),
    accepted('update-timestamp/at-limit', 'the timestamp has 65,536 bytes, as many as the limit', limit, (repo) =>
      repo.publish({ bytes: { timestamp: (bytes) => padded(bytes, 65_536) } }),
    ),
    refused(
      'update-timestamp/over-limit-signed',
      'a timestamp that is good but for its 65,537 bytes, one more than the limit',
      { ...limit, attack: 'endless-data', rows: ['5.4.1', 'A-68', 'T2'] },
      'too-long',
      'timestamp',
      (repo) => repo.forge({ bytes: { timestamp: (bytes) => padded(bytes, 65_537) } }),
    ),
  ];
}

/** What a held timestamp is good for. */
function baseline() {
  const repository = new Repository();
  const first = repository.publish();
  const soon = '2030-01-01T00:00:00Z';
  const second = repository.publish({ signed: { timestamp: (signed) => ({ ...signed, expires: soon }) } });
  const third = repository.publish();
  /** @type {About} */
  const about = {
    section: '5.4.3.1',
    level: 'decision',
    attack: 'rollback',
    rows: ['5.4.3.1a', 'A-17', 'T9', 'GAP-03'],
    effect: 'whoever withholds updates until the held file has expired may then go back to any older one',
  };
  const renewed = resigned(repository, third, (signed) => ({
    ...signed,
    version: 3,
    meta: { 'snapshot.json': { version: 1 } },
  }));
  const lost = new Repository();
  const [old, current, next] = [lost.publish(), lost.publish(), lost.publish()];
  return [
    vectorOf(
      'update-timestamp/held-expired',
      'the held timestamp expired; an older one, which has not, is served',
      about,
      [
        { time: '2029-12-31T00:00:00Z', serve: second },
        {
          time: '2030-02-01T00:00:00Z',
          serve: { ...second, ...first },
          reject: 'rollback',
          trusted: second,
          requests: keep,
        },
        { time: '2030-02-02T00:00:00Z', serve: third },
      ],
    ),
    vectorOf(
      'update-timestamp/held-expired-snapshot-lower',
      'the held timestamp expired; a newer one lists an older snapshot',
      { ...about, section: '5.4.3.2', rows: ['5.4.3.2', 'A-17', 'T9'] },
      [
        { time: '2029-12-31T00:00:00Z', serve: second },
        { time: '2030-02-01T00:00:00Z', serve: renewed, reject: 'rollback', trusted: second, requests: keep },
        { time: '2030-02-02T00:00:00Z', serve: third },
      ],
    ),
    vectorOf(
      'update-timestamp/held-expired-renewed',
      'the held timestamp expired, and a newer one is served',
      {
        ...about,
        attack: 'lock-out',
        rows: ['5.4.4', 'A-17'],
        effect: 'a client that was off for a while never updates again',
      },
      [
        { time: '2029-12-31T00:00:00Z', serve: second },
        { time: '2030-02-01T00:00:00Z', serve: third },
      ],
    ),
    vectorOf(
      'update-timestamp/held-raised-by-disk',
      'a timestamp of version 1,000 that nobody signed was put among the files of the client: it guards against nothing',
      {
        ...about,
        section: '5.4.5',
        attack: 'lock-out',
        rows: ['5.4.5', 'T26', 'GAP-06'],
        effect: 'one file that anybody could write locks the client out for ever',
      },
      [
        { serve: old },
        {
          serve: current,
          disk: {
            metadata: {
              'timestamp.json': remade(documentIn(old, 'timestamp'), (signed) => ({ ...signed, version: 1000 }), []),
            },
          },
        },
        { serve: next },
      ],
    ),
    vectorOf(
      'update-timestamp/held-lost-then-lower',
      'the timestamp and the snapshot that were held are damaged, and the release before is served: nothing is left to compare it with, and the client says so',
      {
        ...about,
        rows: ['5.4.5', '5.5.7', 'J8', 'T26', 'RB-01'],
        attack: 'lock-out',
        effect: 'a damaged disk locks the client out for ever',
      },
      [
        { serve: current },
        {
          serve: { ...current, ...old },
          disk: { metadata: { 'timestamp.json': Buffer.from('{'), 'snapshot.json': Buffer.from('{') } },
        },
        { serve: next },
      ],
    ),
  ];
}
