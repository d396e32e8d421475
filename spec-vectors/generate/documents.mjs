// @ts-check
/**
 * The honest repository that every document vector is a variation of, and the signed documents of it.
 *
 * A vector's input takes the place of the file it names: everything else in the repository stays consistent with it, since
 * versions are all 1 (2 for the new root) and no honest file lists the length or the hashes of another.
 */
import { keys, sha256, verifies } from './keys.mjs';
import { olpc } from './olpc.mjs';
import { compactText, lastMembers } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets' | 'delegated'} Role */

const specVersion = '1.0.34';
const expires = '2031-01-01T00:00:00Z';

/** The file that a document of each role is served as, consistent snapshots being on. @type {Record<Role, string>} */
export const files = {
  root: '2.root.json',
  timestamp: 'timestamp.json',
  snapshot: '1.snapshot.json',
  targets: '1.targets.json',
  delegated: '1.packages.json',
};

/** Target files. */
export const targetFiles = { 'hello.txt': Buffer.from('hello\n'), 'packages/apple.txt': Buffer.from('apple\n') };

/** @type {Record<Role, (typeof keys.root1)[]>} */
const signers = {
  root: [keys.root1, keys.root2],
  timestamp: [keys.timestamp],
  snapshot: [keys.snapshot],
  targets: [keys.targets],
  delegated: [keys.packages],
};

/** The `signed` part of each honest document. @type {Record<Role, () => { [name: string]: Tree }>} */
export const honest = {
  root: () => rootOf(2),
  timestamp: () => ({ ...opening('timestamp'), meta: { 'snapshot.json': { version: 1 } } }),
  snapshot: () => ({
    ...opening('snapshot'),
    meta: { 'packages.json': { version: 1 }, 'targets.json': { version: 1 } },
  }),
  targets: () => ({
    ...opening('targets'),
    delegations: {
      keys: { [keys.packages.keyid]: keys.packages.key },
      roles: [delegatedRole()],
    },
    targets: { 'hello.txt': targetFile('hello.txt') },
  }),
  delegated: () => ({ ...opening('targets'), targets: { 'packages/apple.txt': targetFile('packages/apple.txt') } }),
};

/** The delegation to the role `packages`. @returns {{ [name: string]: Tree }} */
export function delegatedRole() {
  const { keyid } = keys.packages;
  return { keyids: [keyid], name: 'packages', paths: ['packages/*'], terminating: false, threshold: 1 };
}

/** @param {keyof typeof targetFiles} path @returns {{ [name: string]: Tree }} */
export function targetFile(path) {
  return { hashes: { sha256: sha256(targetFiles[path]) }, length: targetFiles[path].length };
}

/** @param {number} version @returns {{ [name: string]: Tree }} */
function rootOf(version) {
  const listed = [keys.root1, keys.root2, keys.timestamp, keys.snapshot, keys.targets];
  return {
    ...opening('root'),
    consistent_snapshot: true,
    keys: Object.fromEntries(listed.map(({ keyid, key }) => [keyid, key])),
    roles: {
      root: { keyids: [keys.root1.keyid, keys.root2.keyid], threshold: 1 },
      snapshot: { keyids: [keys.snapshot.keyid], threshold: 1 },
      targets: { keyids: [keys.targets.keyid], threshold: 1 },
      timestamp: { keyids: [keys.timestamp.keyid], threshold: 1 },
    },
    version,
  };
}

/** @param {string} type @returns {{ [name: string]: Tree }} */
function opening(type) {
  return { _type: type, expires, spec_version: specVersion, version: 1 };
}

/**
 * @typedef {object} Signed a signed document
 * @property {Tree} tree
 * @property {Buffer} bytes
 * @property {Buffer} canonical the bytes that the signatures cover
 */

/**
 * A document signed by the keys of its role. Where `signed` is faulty, the signatures cover what a lax reader would make
 * of it, so that nothing but the fault speaks against the document.
 *
 * @param {Role} role
 * @param {object} [changes]
 * @param {Tree} [changes.signed]
 * @param {(envelope: { signatures: { keyid: string, sig: string }[], signed: Tree }) => Tree} [changes.envelope] after signing
 * @param {(tree: Tree) => Buffer} [changes.text] how the document is written
 * @param {(bytes: Buffer) => Buffer} [changes.bytes] the last change
 * @returns {Signed}
 */
export function signedDocument(role, changes = {}) {
  const { signed = honest[role](), envelope = (tree) => tree, text = compactText, bytes = (as) => as } = changes;
  const canonical = olpc(signed);
  const signatures = signers[role].map(({ keyid, sign }) => ({ keyid, sig: sign(canonical) }));
  const tree = envelope({ signatures, signed });
  return { tree, bytes: bytes(text(tree)), canonical };
}

/** The keyids of test keys that have a true signature in the document. @param {Signed} document @returns {string[]} */
export function trueKeyids({ tree, canonical }) {
  const signatures = lastMembers(tree).get('signatures');
  if (!Array.isArray(signatures)) return [];
  const entries = signatures.map((entry) => lastMembers(entry));
  return entries.flatMap((entry) => {
    const [keyid, sig] = [entry.get('keyid'), entry.get('sig')];
    return typeof keyid === 'string' && typeof sig === 'string' && verifies(keyid, sig, canonical) ? [keyid] : [];
  });
}

/** repository.json: the honest files, by their path below the metadata and the targets URL. */
export function repositoryFile() {
  const initial = signedDocument('root', { signed: rootOf(1) });
  const roles = /** @type {Role[]} */ (Object.keys(files));
  const base64 = (/** @type {Buffer} */ bytes) => bytes.toString('base64');
  return {
    schema: 'repository/1',
    comment:
      'The honest repository that the documents of strict-reading are variations of. Its time is only needed when it is served to a client.',
    time: '2030-01-01T00:00:00Z',
    root: base64(initial.bytes),
    metadata: Object.fromEntries([
      ['1.root.json', base64(initial.bytes)],
      ...roles.flatMap((role) => names(files[role]).map((name) => [name, base64(signedDocument(role).bytes)])),
    ]),
    targets: Object.fromEntries(
      Object.entries(targetFiles).flatMap(([path, bytes]) => [
        [path, base64(bytes)],
        [hashedName(path, bytes), base64(bytes)],
      ]),
    ),
  };
}

/** A file with and without its version, for roots that switch consistent snapshots off. @param {string} file */
function names(file) {
  const [version, ...rest] = file.split('.');
  return /^\d+$/.test(String(version)) && file !== files.root ? [file, rest.join('.')] : [file];
}

/** @param {string} path @param {Buffer} bytes */
function hashedName(path, bytes) {
  const segments = path.split('/');
  segments.push(`${sha256(bytes)}.${segments.pop()}`);
  return segments.join('/');
}
