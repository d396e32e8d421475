// @ts-check
/** What a trusted file lists of the next one: its length, its digests, its version. Timestamp lists snapshot, snapshot lists targets. */
import { createHash } from 'node:crypto';
import { blake2b } from './blake.mjs';
import { sha256 } from './keys.mjs';
import { Repository } from './repository.mjs';
import { withValue } from './tree.mjs';
import { accepted, but, documentIn, padded, page, refused, remade } from './update-parts.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {(bytes: Buffer) => { [member: string]: Tree }} Listing what is listed of a file, beside its version */

const places = /** @type {const} */ ({
  snapshot: { lister: 'timestamp', fetch: '5.5.1', hashes: '5.5.2', version: '5.5.4' },
  targets: { lister: 'snapshot', fetch: '5.6.1', hashes: '5.6.2', version: '5.6.4' },
});

/** @param {Buffer} data */
const sha512 = (data) => createHash('sha512').update(data).digest('hex');
/** @param {string} hex */
const wrong = (hex) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;

/** The changes by which the lister says something else of a file. @param {Repository} repository @param {'snapshot' | 'targets'} role @param {Listing} listing @returns {Changes} */
function listing(repository, role, listing) {
  const release = repository.forge();
  const entry = { version: /** @type {number} */ (release.versions[role]), ...listing(documentIn(release, role)) };
  return { signed: { [places[role].lister]: (signed) => withValue(signed, ['meta', `${role}.json`], entry) } };
}

/** @param {'snapshot' | 'targets'} role @returns {Vector[]} */
export function listedVectors(role) {
  const { lister, fetch, hashes, version } = places[role];
  const id = (/** @type {string} */ name) => `update-${role}/${name}`;
  /** @type {(name: string, comment: string, about: About, listed: Listing) => Vector} */
  const good = (name, comment, about, listed) =>
    accepted(id(name), comment, about, (repository) => repository.publish(listing(repository, role, listed)));
  /** @type {(name: string, comment: string, about: About, reason: string, listed: Listing, stopsAt?: 'timestamp' | 'snapshot' | 'targets') => Vector} */
  const bad = (name, comment, about, reason, listed, stopsAt = role) =>
    refused(id(name), comment, about, reason, stopsAt, (repository) =>
      repository.publish(listing(repository, role, listed)),
    );
  /** A new release whose honest listing is of another file than what is served. */
  /** @type {(name: string, comment: string, about: About, reason: string, answer: (bytes: Buffer, repository: Repository, first: Release) => import('./sequence.mjs').Answer, listed?: Listing) => Vector} */
  const swapped = (
    name,
    comment,
    about,
    reason,
    answer,
    listed = (bytes) => ({ length: bytes.length, hashes: { sha256: sha256(bytes) } }),
  ) => {
    const repository = new Repository();
    return refused(
      id(name),
      comment,
      about,
      reason,
      role,
      (_, first) => {
        const release = repository.publish(listing(repository, role, listed));
        return but(release, role, answer(documentIn(release, role), repository, first));
      },
      { repository },
    );
  };
  /** @type {About} */
  const optional = {
    section: '4.4',
    level: 'MUST',
    attack: 'lock-out',
    rows: ['4.4-b', ...(role === 'snapshot' ? ['A-24'] : [])],
    effect: 'repositories that list less, as the specification allows, cannot be used',
  };
  /** @type {About} */
  const digest = {
    section: hashes,
    level: 'MUST',
    attack: 'mix-and-match',
    rows: [hashes, '4.4-b', 'HASH-01', 'T8'],
    effect: `a ${role} file of another release, or of whoever holds its key, takes the place of the listed one`,
  };
  /** @type {About} */
  const algorithm = {
    ...digest,
    level: 'decision',
    rows: [hashes, 'A-12', 'HASH-01', 'GAP-14'],
  };
  /** @type {About} */
  const length = {
    section: fetch,
    level: 'MUST',
    attack: 'endless-data',
    rows: [fetch, '4.4-e', 'T2', 'GAP-08'],
    effect: 'a server makes the client take more bytes than the repository ever published',
  };
  /** @type {About} */
  const listVersion = {
    section: version,
    level: 'MUST',
    attack: 'mix-and-match',
    rows: [version, '4.4-d', 'T8'],
    effect: `files of different releases are combined, so that an old ${role} file passes for a new one`,
  };
  /** @type {About} */
  const shape = {
    section: '4.4',
    level: 'decision',
    attack: 'mix-and-match',
    rows: ['4.4-g', 'A-11', 'HASH-02', 'GO-13', 'J11'],
    effect: 'a list of digests that is empty is met by every file',
  };
  return [
    good('listed-with-length', `${lister} lists the length of ${role}, and no digest`, optional, (bytes) => ({
      length: bytes.length,
    })),
    good('listed-with-hashes', `${lister} lists digests of ${role}, and no length`, optional, (bytes) => ({
      hashes: { sha256: sha256(bytes), sha512: sha512(bytes) },
    })),
    good('listed-with-both', `${lister} lists the length and a digest of ${role}`, optional, (bytes) => ({
      hashes: { sha256: sha256(bytes) },
      length: bytes.length,
    })),
    good(
      'listed-with-sha512',
      `${lister} lists SHA-512 alone`,
      {
        ...algorithm,
        attack: 'lock-out',
        effect: 'a repository that lists SHA-512 alone cannot be used',
        peers: ['tough 0.19.0 needs sha256'],
      },
      (bytes) => ({ hashes: { sha512: sha512(bytes) } }),
    ),
    good(
      'listed-with-blake2b-256',
      `${lister} lists BLAKE2b with 256 bits alone, as RSTUF does`,
      { ...algorithm, attack: 'lock-out', effect: 'repositories of RSTUF cannot be used' },
      (bytes) => ({ hashes: { 'blake2b-256': blake2b(bytes) } }),
    ),
    good(
      'listed-with-unknown-algorithm',
      `${lister} lists an algorithm that nobody knows beside SHA-256`,
      {
        ...algorithm,
        attack: 'lock-out',
        effect: 'no repository can ever go over to a new algorithm',
      },
      (bytes) => ({ hashes: { 'sha-next': 'abcdef', sha256: sha256(bytes) } }),
    ),
    good(
      'digest-in-capitals',
      `the digest of ${role} is in upper-case hex`,
      {
        ...algorithm,
        rows: [hashes, 'A-13', 'GAP-14'],
        attack: 'lock-out',
        effect: 'one digest has two spellings, and one of them locks out',
      },
      (bytes) => ({ hashes: { sha256: sha256(bytes).toUpperCase() } }),
    ),
    bad(
      'digest-wrong',
      `the listed SHA-256 of ${role} differs in its last digit`,
      digest,
      'hash-mismatch',
      (bytes) => ({
        hashes: { sha256: wrong(sha256(bytes)) },
        length: bytes.length,
      }),
    ),
    bad(
      'second-digest-wrong',
      'of two listed digests SHA-256 is right and SHA-512 is wrong',
      { ...digest, rows: [...digest.rows, 'RS-5'] },
      'hash-mismatch',
      (bytes) => ({ hashes: { sha256: sha256(bytes), sha512: wrong(sha512(bytes)) } }),
    ),
    bad(
      'first-digest-wrong',
      'of two listed digests SHA-256 is wrong and SHA-512 is right',
      { ...digest, rows: [...digest.rows, 'RS-5'] },
      'hash-mismatch',
      (bytes) => ({ hashes: { sha256: wrong(sha256(bytes)), sha512: sha512(bytes) } }),
    ),
    bad(
      'digest-of-unknown-algorithm',
      'the only listed digest is of an algorithm that nobody knows',
      { ...algorithm, effect: 'a digest that nobody can compute is taken for met' },
      'hash-mismatch',
      () => ({ hashes: { 'sha-next': 'abcdef' } }),
    ),
    bad(
      'digest-md5',
      'the only listed digest is a true MD5',
      {
        ...algorithm,
        rows: [...algorithm.rows, 'J11', 'T22'],
        effect: 'two files with one digest can be made at will',
      },
      'hash-mismatch',
      (bytes) => ({ hashes: { md5: createHash('md5').update(bytes).digest('hex') } }),
    ),
    bad('digests-empty', 'the list of digests is empty', shape, 'malformed', () => ({ hashes: {} }), lister),
    bad(
      'digests-null',
      'the list of digests is null',
      { ...shape, level: 'MUST', rows: ['4.4-g', 'A-32', 'HASH-02'] },
      'malformed',
      () => ({ hashes: null }),
      lister,
    ),
    swapped(
      'other-bytes',
      `the ${role} file was made anew by its own key, with the listed version and other content`,
      {
        ...digest,
        attack: 'key-compromise',
        rows: [...digest.rows, '4.4-f', 'A-57', ...(role === 'targets' ? ['T13'] : [])],
      },
      'hash-mismatch',
      (bytes, repository) =>
        remade(bytes, (signed) => ({ ...signed, expires: '2049-01-01T00:00:00Z' }), repository.signers[role] ?? []),
      (bytes) => ({ hashes: { sha256: sha256(bytes) } }),
    ),
    swapped(
      'other-bytes-not-parsed',
      `the ${role} file is no JSON, has the listed length and not the listed digest`,
      {
        ...digest,
        attack: 'parser-differential',
        rows: [...digest.rows, 'JSON-04', 'RS-9'],
        effect: 'the parser reads bytes that nobody vouches for',
      },
      'hash-mismatch',
      (bytes) => padded(page, bytes.length),
    ),
    swapped(
      'longer-by-one',
      `the ${role} file has one byte more than listed, and its digest is listed too`,
      length,
      'too-long',
      (bytes) => padded(bytes, bytes.length + 1),
    ),
    swapped(
      'longer-by-one-unhashed',
      `the ${role} file has one byte more than listed, a space, and no digest is listed`,
      length,
      'too-long',
      (bytes) => padded(bytes, bytes.length + 1),
      (bytes) => ({ length: bytes.length }),
    ),
    swapped(
      'endless-behind-listed',
      `behind the ${role} file come zero bytes without end`,
      {
        ...length,
        rows: [...length.rows, 'NET-01'],
        effect: 'one answer fills the memory or the disk of the client, although its length is known',
      },
      'too-long',
      (bytes) => ({ body: bytes, endless: true, most: 8 * 1024 * 1024 }),
    ),
    swapped(
      'longer-by-one-in-chunks',
      `the ${role} file has one byte more than listed, and comes in chunks, without a Content-Length`,
      { ...length, rows: [...length.rows, 'NET-01'] },
      'too-long',
      (bytes) => ({ body: padded(bytes, bytes.length + 1), chunked: true }),
    ),
    bad(
      'shorter',
      `the ${role} file has fewer bytes than listed, and no digest is listed`,
      {
        ...length,
        level: 'decision',
        attack: 'mix-and-match',
        effect: 'the length that a trusted file lists means nothing: what is served may be cut or another file',
      },
      'length-mismatch',
      (bytes) => ({ length: bytes.length + 1 }),
    ),
    bad(
      'length-zero',
      `${lister} lists the length 0`,
      {
        ...length,
        level: 'decision',
        rows: [fetch, 'A-11', 'GAP-08'],
        effect: 'zero is taken for no length, and the file may have any',
      },
      'too-long',
      () => ({ length: 0 }),
    ),
    bad(
      'length-negative',
      `${lister} lists the length -1`,
      { ...length, section: '4.4', rows: ['4.4-e', 'JSON-06'] },
      'malformed',
      () => ({ length: -1 }),
      lister,
    ),
    swapped(
      'listed-length-over-limit',
      `${lister} lists a length of ten terabytes, and zero bytes come without end`,
      {
        ...length,
        level: 'decision',
        rows: [...length.rows, 'A-68', 'NET-01'],
        effect: 'whoever holds the online key has every client take ten terabytes',
      },
      'too-long',
      () => ({ endless: true, most: 128 * 1024 * 1024 }),
      () => ({ length: 10_000_000_000_000 }),
    ),
    swapped(
      'former-version',
      `the ${role} file of the former release, under the name of the new one`,
      { ...listVersion, rows: [...listVersion.rows, 'T6', 'GO-7'] },
      'version-mismatch',
      (_, __, first) => documentIn(first, role),
      () => ({}),
    ),
    swapped(
      'later-version',
      `a ${role} file of a version above the listed one, signed by its key`,
      listVersion,
      'version-mismatch',
      (bytes, repository) =>
        remade(
          bytes,
          (signed) => ({ ...signed, version: Number(signed['version']) + 1 }),
          repository.signers[role] ?? [],
        ),
      () => ({}),
    ),
    ...[0, -1].map((listed) =>
      bad(
        `listed-version-${listed === 0 ? 'zero' : 'negative'}`,
        `${lister} lists version ${listed} of ${role}`,
        {
          ...listVersion,
          section: '4.4',
          rows: ['4.4-d', 'A-21', 'J13'],
          attack: 'rollback',
          effect: 'a number below every version compares in ways that nobody has thought of',
        },
        'malformed',
        () => ({ version: listed }),
        lister,
      ),
    ),
  ];
}
