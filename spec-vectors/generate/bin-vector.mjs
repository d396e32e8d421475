// @ts-check
/**
 * One vector of the family hash-bin: the bin of a path among the succinct roles of TAP 15, or whether one of the
 * `path_hash_prefixes` of a delegation is that of the path.
 */
import { createHash } from 'node:crypto';
import { sha256 } from './keys.mjs';
import { asSequence } from './pattern-vector.mjs';
import { Repository } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { encodePath, encodings, isCarried, isPlain, roleEncodings } from './url-encoding.mjs';
import { head } from './vector.mjs';

/** @typedef {import('./vector.mjs').About} About */

/**
 * A bin: the leftmost bits of the SHA-256 of the path as a number, in lower-case hex as wide as that of the last bin.
 *
 * @param {string} name @param {string} comment @param {{ path: string, bits: number, prefix?: string }} question
 * @param {string} suffix the expected one, which the reference has to compute too @param {About} about
 */
export function bin(name, comment, { path, bits, prefix = 'bins' }, suffix, about) {
  const found = binOf(digestOf(path), bits);
  if (found !== suffix) throw new Error(`hash-bin/${name}: ${found}, not ${suffix}`);
  const role = `${prefix}-${suffix}`;
  return {
    ...head('hash-bin/1', `hash-bin/${name}`, comment, about),
    input: { path, bit_length: bits, name_prefix: prefix },
    expect: { name: role },
    ...binSequence(name, path, bits, prefix, role),
  };
}

/**
 * Whether a prefix is that of a path. A row with a control is a path that has none of the prefixes.
 *
 * @param {string} name @param {string} comment @param {string} path @param {readonly string[]} prefixes @param {About} about
 * @param {string} [control]
 */
export function prefixes(name, comment, path, prefixes, about, control) {
  const matched = prefixes.some((prefix) => digestOf(path).startsWith(prefix));
  if (matched !== (control === undefined)) throw new Error(`hash-bin/${name}: the reference says otherwise`);
  return {
    ...head('hash-bin/1', `hash-bin/${name}`, comment, about),
    input: { path, path_hash_prefixes: [...prefixes] },
    expect: { matched },
    ...(matched ? {} : { control: `hash-bin/${control}` }),
    ...asSequence(path, matched, { path_hash_prefixes: [...prefixes] }, name),
  };
}

/** Hex of the SHA-256 of the UTF-8 of a path. @param {string} path */
export function digestOf(path) {
  return sha256(Buffer.from(path));
}

/** Hex of another digest. @param {string} algorithm @param {string} path */
export function otherDigest(algorithm, path) {
  return createHash(algorithm).update(path).digest('hex');
}

/** The first of `file-0.txt`, `file-1.txt`, … whose digest has the property. @param {(digest: string) => boolean} has */
function pathWhere(has) {
  for (let number = 0; number < 1_000_000; number += 1) {
    const path = `file-${number}.txt`;
    if (has(digestOf(path))) return path;
  }
  throw new Error('no such path');
}

/** @param {string} digest @param {number} bits */
function binOf(digest, bits) {
  const number = BigInt(`0x${digest}`) >> BigInt(256 - bits);
  const width = ((1n << BigInt(bits)) - 1n).toString(16).length;
  return number.toString(16).padStart(width, '0');
}

/**
 * A download of the path, which only its bin lists, behind a download from another bin of the same release.
 *
 * @param {string} name @param {string} path @param {number} bits @param {string} prefix @param {string} role
 */
function binSequence(name, path, bits, prefix, role) {
  if (!isCarried(path) || path.startsWith('-') || role.length > 100) return {};
  const [other, content] = [Buffer.from('control\n'), Buffer.from('found\n')];
  const control = pathWhere((digest) => `${prefix}-${binOf(digest, bits)}` !== role);
  const controlRole = `${prefix}-${binOf(digestOf(control), bits)}`;
  const repository = new Repository({
    targets: {},
    delegated: [
      { name: controlRole, targets: { [control]: other } },
      { name: role, targets: { [path]: content } },
    ],
    succinct: { bit_length: bits, name_prefix: prefix },
  });
  const serve = repository.publish();
  const but = {
    metadata: Object.fromEntries(
      [controlRole, role].flatMap((each) =>
        roleEncodings(each).map((encoded) => [`1.${encoded}.json`, /** @type {Buffer} */ (serve.documents[each])]),
      ),
    ),
    targets: Object.fromEntries(encodings(path, sha256(content)).map((encoded) => [encoded, content])),
  };
  const again = ['metadata/2.root.json', 'metadata/timestamp.json'];
  const first = [...again, 'metadata/1.snapshot.json', 'metadata/1.targets.json'];
  const asked = (/** @type {string} */ bin, /** @type {string} */ target, /** @type {Buffer} */ bytes) =>
    isPlain(`${bin}${target}`) && !bin.includes('/')
      ? [`metadata/1.${bin}.json`, `targets/${encodePath(target, sha256(bytes))}`]
      : undefined;
  const requests = (/** @type {string[]} */ before, /** @type {string[] | undefined} */ bin) =>
    bin === undefined ? null : [...before, ...bin];
  const steps = [
    {
      serve,
      but,
      download: [control],
      alsoTrusted: [controlRole],
      written: { [control]: other },
      requests: requests(first, asked(controlRole, control, other)),
    },
    {
      serve,
      but,
      download: [path],
      alsoTrusted: [role],
      written: { [path]: content },
      requests: requests(again, asked(role, path, content)),
    },
  ];
  return { sequence: sequence(/** @type {Buffer} */ (serve.documents['root']), steps, name) };
}
