// @ts-check
/**
 * One vector of the family target-url: a target path, with or without a digest, or the name of a role, with or without a
 * version, and what follows the base URL, or a refusal. A whole client is asked by a download, and judged by its requests.
 */
import { createHash } from 'node:crypto';
import { sha256 } from './keys.mjs';
import { Repository } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { encodePath, encodeSegment, encodings, isCarried } from './url-encoding.mjs';
import { head } from './vector.mjs';

/** @typedef {import('./vector.mjs').About} About */

const content = Buffer.from('found\n');
const other = Buffer.from('control\n');
const digest = sha256(content);
const by = (/** @type {string} */ algorithm) => createHash(algorithm).update(content).digest('hex');

/** The digests of what the targets hold. Node has no BLAKE2b of 256 bits: its digest is written by hand. */
export const digests = {
  sha512: /** @type {const} */ (['sha512', by('sha512')]),
  sha384: /** @type {const} */ (['sha384', by('sha384')]),
  sha256: /** @type {const} */ (['sha256', digest]),
  blake: /** @type {const} */ (['blake2b-256', '30c89bfc7f26fc69d90e80993b786bfc7f48b4185158d853e1c3d293e0c7c4e7']),
  md5: /** @type {const} */ (['md5', by('md5')]),
};

const again = ['metadata/2.root.json', 'metadata/timestamp.json'];

/**
 * The URL of a target, with the digest of its name and without.
 *
 * @param {string} name @param {string} comment @param {string} path
 * @param {string} url as it is without a digest; the reference has to say the same @param {About} about
 */
export function target(name, comment, path, url, about) {
  if (!isCarried(path) || encodePath(path) !== url)
    throw new Error(`target-url/${name}: ${encodePath(path)}, not ${url}`);
  const at = url.lastIndexOf('/') + 1;
  const prefixed = `${url.slice(0, at)}${digest}.${url.slice(at)}`;
  return [
    {
      ...head('target-url/1', `target-url/${name}`, comment, about),
      input: { path, digest },
      expect: { url: prefixed },
      ...download(name, path, true, prefixed),
    },
    {
      ...head('target-url/1', `target-url/${name}-no-digest`, `${comment}; no digest`, about),
      input: { path },
      expect: { url },
      ...download(name, path, false, url),
    },
  ];
}

/** A path that no URL carries. @param {string} name @param {string} comment @param {string} path @param {About} about */
export function refuse(name, comment, path, about) {
  if (isCarried(path)) throw new Error(`target-url/${name}: ${path} is carried`);
  const expect = { result: 'reject', reason: 'malformed' };
  const control = 'target-url/plain';
  return [
    {
      ...head('target-url/1', `target-url/${name}`, comment, about),
      input: { path, digest },
      expect,
      control,
      ...download(name, path, true, undefined),
    },
    {
      ...head('target-url/1', `target-url/${name}-no-digest`, `${comment}; no digest`, about),
      input: { path },
      expect,
      control: `${control}-no-digest`,
      ...download(name, path, false, undefined),
    },
  ];
}

/**
 * The URL of a role's metadata, with its version and without.
 *
 * @param {string} name @param {string} comment @param {string} role
 * @param {string} encoded the role's segment, which the reference has to encode in the same way @param {About} about
 */
export function metadata(name, comment, role, encoded, about) {
  if (encodeSegment(role) !== encoded) throw new Error(`target-url/${name}: ${encodeSegment(role)}, not ${encoded}`);
  return [
    {
      ...head('target-url/1', `target-url/${name}`, comment, about),
      input: { role, version: 1 },
      expect: { url: `1.${encoded}.json` },
      ...delegated(name, role, true, `1.${encoded}.json`),
    },
    {
      ...head('target-url/1', `target-url/${name}-no-version`, `${comment}; no version`, about),
      input: { role },
      expect: { url: `${encoded}.json` },
      ...delegated(name, role, false, `${encoded}.json`),
    },
  ];
}

/** One URL without a sequence. @param {string} name @param {string} comment @param {{ role: string, version: number }} input @param {string} url @param {About} about */
export function version(name, comment, input, url, about) {
  if (`${input.version}.${encodeSegment(input.role)}.json` !== url) throw new Error(`target-url/${name}: not ${url}`);
  return { ...head('target-url/1', `target-url/${name}`, comment, about), input, expect: { url } };
}

/**
 * A target that is listed with several digests, of which the server knows files of some by name.
 *
 * @param {string} name @param {string} comment @param {readonly (readonly [algorithm: string, digest: string])[]} hashes
 * in the order of the file @param {readonly string[]} served the algorithms by whose digests the server knows the file
 * @param {readonly string[]} requested those by which it is asked for, in order
 * @param {About} about @param {number} [status] of the files that are not there; 404 unless given
 */
export function prefixOrder(name, comment, hashes, served, requested, about, status) {
  const digests = new Map(hashes);
  const path = 'packages/apple.txt';
  const urlBy = (/** @type {string} */ algorithm) => encodePath(path, digests.get(algorithm));
  const repository = new Repository({ targets: { 'control.txt': other, [path]: content } });
  const serve = repository.publish({
    signed: {
      targets: (signed) => ({
        ...signed,
        targets: {
          .../** @type {object} */ (signed['targets']),
          [path]: { hashes: Object.fromEntries(hashes), length: content.length },
        },
      }),
    },
  });
  const missing = status === undefined ? null : { status };
  const targets = Object.fromEntries(
    hashes.map(([algorithm]) => [urlBy(algorithm), served.includes(algorithm) ? content : missing]),
  );
  const found = served.length > 0;
  const input = { path, digest: /** @type {string} */ (digests.get(/** @type {string} */ (requested[0]))) };
  return {
    ...head('target-url/1', `target-url/${name}`, comment, about),
    input,
    expect: { url: urlBy(/** @type {string} */ (requested[0])) },
    sequence: sequence(
      /** @type {Buffer} */ (serve.documents['root']),
      [
        { serve, but: { targets }, ...firstStep() },
        {
          serve,
          but: { targets },
          download: [path],
          written: { [path]: found ? content : null },
          ...(found ? {} : { reject: 'transport' }),
          requests: [...again, ...requested.map((algorithm) => `targets/${urlBy(algorithm)}`)],
        },
      ],
      name,
    ),
  };
}

/**
 * Without versions in names, the metadata of the role `2.root` lies where the second root would be (A-40).
 *
 * @param {string} name @param {string} comment @param {About} about
 */
export function mixedPrefix(name, comment, about) {
  const role = '2.root';
  const repository = new Repository({
    consistentSnapshot: false,
    delegated: [{ name: role, delegation: { paths: ['packages/*'] } }],
  });
  const serve = repository.publish();
  return {
    ...head('target-url/1', `target-url/${name}`, comment, about),
    input: { role },
    expect: { url: '2.root.json' },
    sequence: sequence(
      /** @type {Buffer} */ (serve.documents['root']),
      [
        {
          serve,
          but: { metadata: { '2.root.json': null } },
          requests: [...again, 'metadata/snapshot.json', 'metadata/targets.json'],
        },
        { serve, reject: 'wrong-type', requests: ['metadata/2.root.json'] },
      ],
      name,
    ),
  };
}

/** The download of another target of the same release, which is its control. @param {boolean} [isConsistent] */
function firstStep(isConsistent = true) {
  const version = isConsistent ? '1.' : '';
  return {
    download: ['control.txt'],
    written: { 'control.txt': other },
    requests: [
      ...again,
      `metadata/${version}snapshot.json`,
      `metadata/${version}targets.json`,
      `targets/${isConsistent ? `${sha256(other)}.` : ''}control.txt`,
    ],
  };
}

/**
 * A download of the path, behind one of another target. None where a command line could not pass the path.
 *
 * @param {string} name @param {string} path @param {boolean} isConsistent @param {string | undefined} url `undefined`: refused
 */
function download(name, path, isConsistent, url) {
  if (path.includes('\0') || path.startsWith('-')) return {};
  const repository = new Repository({
    consistentSnapshot: isConsistent,
    targets: { 'control.txt': other, [path]: content },
  });
  const serve = repository.publish();
  // For clients that encode or resolve the path in another way there is an answer too: they are judged by their requests.
  const names = [path, resolved(path)].flatMap((each) => encodings(each, isConsistent ? digest : undefined));
  const but = { targets: Object.fromEntries(names.map((each) => [each, content])) };
  const root = /** @type {Buffer} */ (serve.documents['root']);
  const asked = { serve, but, download: [path], written: { [path]: url === undefined ? null : content } };
  const steps = [
    { serve, but, ...firstStep(isConsistent) },
    url === undefined
      ? { ...asked, reject: 'malformed', requests: again }
      : { ...asked, requests: [...again, `targets/${url}`] },
  ];
  return { sequence: sequence(root, steps, name) };
}

/** A download of a target that only the delegated role lists. @param {string} name @param {string} role @param {boolean} isConsistent @param {string} url */
function delegated(name, role, isConsistent, url) {
  const path = 'packages/apple.txt';
  const repository = new Repository({
    consistentSnapshot: isConsistent,
    targets: { 'control.txt': other },
    delegated: [{ name: role, delegation: { paths: ['packages/*'] }, targets: { [path]: content } }],
  });
  const serve = repository.publish();
  const { root, [role]: document } = /** @type {Record<string, Buffer>} */ (serve.documents);
  const but = { metadata: { [url]: /** @type {Buffer} */ (document) } };
  const requests = [...again, `metadata/${url}`, `targets/${encodePath(path, isConsistent ? digest : undefined)}`];
  const steps = [
    { serve, but, ...firstStep(isConsistent) },
    { serve, but, download: [path], alsoTrusted: [role], written: { [path]: content }, requests },
  ];
  return { sequence: sequence(/** @type {Buffer} */ (root), steps, name) };
}

/** What a lax client makes of dot segments, NUL and an empty path. @param {string} path */
function resolved(path) {
  /** @type {string[]} */
  const segments = [];
  for (const segment of path.split('\0')[0]?.split('/') ?? []) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}
