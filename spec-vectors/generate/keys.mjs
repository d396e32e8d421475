// @ts-check
/**
 * The test keys. Their seeds are the SHA-256 of a published text, so everybody can sign with them: never trust them for
 * anything but tests.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { olpc } from './olpc.mjs';

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * @typedef {object} TestKey
 * @property {string} name
 * @property {string} seed hex of the 32-byte Ed25519 seed (RFC 8032)
 * @property {string} keyid hex SHA-256 of the OLPC canonical form of `key`
 * @property {{ keytype: string, scheme: string, keyval: { public: string } }} key
 * @property {(message: Buffer) => string} sign hex of the signature
 */

/** @param {Buffer | string} data */
export function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** @param {import('./tree.mjs').Tree} key the key object as listed */
export function keyidOf(key) {
  return sha256(olpc(key));
}

/** @param {string} name @returns {TestKey} */
function testKey(name) {
  const seed = Buffer.from(sha256(`tufa-spec-vectors test key: ${name}`), 'hex');
  const secret = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const der = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: der.subarray(-32).toString('hex') } };
  return {
    name,
    seed: seed.toString('hex'),
    keyid: keyidOf(key),
    key,
    sign: remembering((message) => sign(null, message, secret).toString('hex')),
  };
}

/** The same signatures, each made once: the first release of most sequences is the same. @param {TestKey['sign']} signs @returns {TestKey['sign']} */
function remembering(signs) {
  /** @type {Map<string, string>} */
  const known = new Map();
  return (message) => {
    const text = message.toString('latin1');
    const sig = known.get(text) ?? signs(message);
    known.set(text, sig);
    return sig;
  };
}

export const keys = {
  root1: testKey('root 1'),
  root2: testKey('root 2'),
  timestamp: testKey('timestamp'),
  snapshot: testKey('snapshot'),
  targets: testKey('targets'),
  packages: testKey('packages'),
};

/** @type {Map<string, TestKey>} */
const more = new Map();

/** Test keys of a role in a sequence: `count` of them, always the same. @param {string} role @param {number} count @returns {TestKey[]} */
export function testKeys(role, count) {
  return Array.from({ length: count }, (_, index) => {
    const name = `sequence ${role} ${index + 1}`;
    const known = more.get(name) ?? testKey(name);
    more.set(name, known);
    return known;
  });
}

/** Whether `sig` is the hex of a true signature by the test key with that keyid. @param {string} keyid @param {string} sig @param {Buffer} message */
export function verifies(keyid, sig, message) {
  const found = Object.values(keys).find((key) => key.keyid === keyid);
  if (found === undefined || !/^[0-9a-fA-F]{128}$/.test(sig)) return false;
  const der = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(found.key.keyval.public, 'hex'),
  ]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), Buffer.from(sig, 'hex'));
}
