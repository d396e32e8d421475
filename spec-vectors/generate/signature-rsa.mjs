// @ts-check
/**
 * RSA (RFC 8017): keys that anybody can make again, and signatures with every salt and every fault. Written from the
 * definitions, for the vectors alone.
 *
 * A prime is the SHA-256 stream of a published text, its two highest bits and its lowest set, plus an even number: the
 * smallest one with which it is prime and shares no factor with any exponent that is used here. These numbers are kept below.
 */
import { constants, createHash, createPrivateKey, privateEncrypt } from 'node:crypto';
import {
  identifiers,
  integer,
  nothing,
  octetString,
  pem,
  privateKeyPem,
  publicKeyPem,
  sequence,
} from './signature-der.mjs';
import { expand, fromBytes, inverse, power, toBytes } from './signature-numbers.mjs';

/** @typedef {'sha256' | 'sha384' | 'sha512'} Hash */

/** How far each prime is from its text. @type {Record<string, readonly [p: number, q: number]>} */
const distances = {
  'rsa 1024': [142, 800],
  'rsa 2047': [862, 2498],
  'rsa 2048': [1026, 878],
  'rsa 2048 second': [3470, 706],
  'rsa 2049': [1264, 876],
  'rsa 3072': [4344, 12330],
  'rsa 4096': [5880, 4864],
  'rsa 4104': [4134, 1584],
};

/**
 * @typedef {object} RsaKey
 * @property {string} name
 * @property {number} bits of the modulus
 * @property {bigint} n
 * @property {bigint} p
 * @property {bigint} q
 * @property {bigint} e
 */

/** @param {string} name with the bits of the modulus in it @param {bigint} [e] @returns {RsaKey} */
export function rsaKey(name, e = 65_537n) {
  const bits = Number(/\d+/.exec(name));
  const [distanceP = 0, distanceQ = 0] = distances[name] ?? [];
  const p = startOf(`${name}, p`, Math.ceil(bits / 2)) + BigInt(distanceP);
  const q = startOf(`${name}, q`, Math.floor(bits / 2)) + BigInt(distanceQ);
  return { name, bits, n: p * q, p, q, e };
}

/** The number at which the search for a prime begins. @param {string} name @param {number} bits */
function startOf(name, bits) {
  const stream = fromBytes(expand(`tufa-spec-vectors test key: ${name}`, Math.ceil(bits / 8)));
  const cut = stream >> BigInt((8 - (bits % 8)) % 8);
  return cut | (3n << BigInt(bits - 2)) | 1n;
}

/** RSAPublicKey (RFC 8017, A.1.1). @param {RsaKey} key */
export function rsaPublicKey({ n, e }) {
  return sequence(integer(n), integer(e));
}

/** The algorithm of an RSA key (RFC 3279, 2.3.1). */
export const rsaAlgorithm = [identifiers.rsaEncryption, nothing];

/** @param {RsaKey} key */
export function rsaPublicPem(key) {
  return publicKeyPem(rsaAlgorithm, rsaPublicKey(key));
}

/** PEM of an RSAPublicKey. @param {RsaKey} key */
export function rsaPkcs1Pem(key) {
  return pem('RSA PUBLIC KEY', rsaPublicKey(key));
}

/** @param {RsaKey} key */
export function rsaPrivatePem({ n, p, q, e }) {
  const d = inverse(e, (p - 1n) * (q - 1n));
  const numbers = [0n, n, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
  return privateKeyPem(rsaAlgorithm, sequence(...numbers.map(integer)));
}

/** Bytes of a signature. @param {RsaKey} key */
export function rsaSize({ bits }) {
  return Math.ceil(bits / 8);
}

/** @type {Map<string, import('node:crypto').KeyObject>} */
const privateKeys = new Map();

/** The bytes whose power is `encoded` (RFC 8017, 5.2.1). @param {RsaKey} key @param {Buffer} encoded a number below the modulus */
export function rsaRoot(key, encoded) {
  const id = `${key.name}, ${key.e}`;
  const secret = privateKeys.get(id) ?? createPrivateKey(rsaPrivatePem(key));
  privateKeys.set(id, secret);
  const padded = toBytes(fromBytes(encoded), rsaSize(key));
  const root = privateEncrypt({ key: secret, padding: constants.RSA_NO_PADDING }, padded);
  if (power(fromBytes(root), key.e, key.n) !== fromBytes(encoded)) throw new Error(`${id}: the root is wrong`);
  return root;
}

/**
 * @typedef {object} Pss how a message is encoded; everything that is left out is as it should be
 * @property {Hash} hash
 * @property {number} [saltLength] the digest's unless given
 * @property {string} [maskHash] of MGF1
 * @property {number} [trailer]
 * @property {number} [separator]
 * @property {number} [padding] the last byte before the separator
 * @property {boolean} [topBit] whether the first bit, which is none of the encoded message, is set
 * @property {number} [saltRound] another salt for each
 */

/** The longest salt that fits. @param {RsaKey} key @param {Hash} hash */
export function longestSalt({ bits }, hash) {
  return Math.ceil((bits - 1) / 8) - sizeOf(hash) - 2;
}

/** @param {string} hash */
function sizeOf(hash) {
  return createHash(hash).digest().length;
}

/** EMSA-PSS-ENCODE (RFC 8017, 9.1.1). @param {RsaKey} key @param {Buffer} message @param {Pss} pss */
export function pssEncoded(key, message, pss) {
  const { hash, saltLength = sizeOf(hash), maskHash = hash, trailer = 0xbc, separator = 1, padding = 0 } = pss;
  const digest = createHash(hash).update(message).digest();
  const salt = expand(`salt of ${key.name} for ${digest.toString('hex')}, ${pss.saltRound ?? 0}`, saltLength);
  const inner = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const size = Math.ceil((key.bits - 1) / 8);
  const block = Buffer.alloc(size - inner.length - 1);
  const at = block.length - saltLength - 1;
  if (at < 0) throw new Error('the salt is too long');
  block[at] = separator;
  if (padding !== 0) block[at - 1] = padding;
  salt.copy(block, at + 1);
  const mask = mgf1(maskHash, inner, block.length);
  const masked = Buffer.from(block.map((byte, index) => byte ^ (mask[index] ?? 0)));
  const unused = 8 * size - (key.bits - 1);
  masked[0] = ((masked[0] ?? 0) & (0xff >> unused)) | (pss.topBit === true ? 0x80 : 0);
  return Buffer.concat([masked, inner, Buffer.from([trailer])]);
}

/** MGF1 (RFC 8017, B.2.1). @param {string} hash @param {Buffer} seed @param {number} size */
function mgf1(hash, seed, size) {
  const blocks = Array.from({ length: Math.ceil(size / sizeOf(hash)) }, (_, counter) =>
    createHash(hash)
      .update(seed)
      .update(toBytes(BigInt(counter), 4))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

/** A signature by RSASSA-PSS, or by what it must not be. @param {RsaKey} key @param {Buffer} message @param {Pss} pss */
export function signPss(key, message, pss) {
  return rsaRoot(key, pssEncoded(key, message, pss));
}

/** AlgorithmIdentifiers of digests, for RSASSA-PKCS1-v1_5 (RFC 8017, 9.2). @type {Record<Hash, Buffer>} */
const digestAlgorithms = {
  sha256: Buffer.from('0609608648016503040201', 'hex'),
  sha384: Buffer.from('0609608648016503040202', 'hex'),
  sha512: Buffer.from('0609608648016503040203', 'hex'),
};

/** A signature by RSASSA-PKCS1-v1_5. @param {RsaKey} key @param {Buffer} message @param {Hash} hash */
export function signPkcs1(key, message, hash) {
  const digest = octetString(createHash(hash).update(message).digest());
  const info = sequence(sequence(digestAlgorithms[hash], nothing), digest);
  const filler = Buffer.alloc(rsaSize(key) - info.length - 3, 0xff);
  const encoded = Buffer.concat([Buffer.from([0, 1]), filler, Buffer.alloc(1), info]);
  return rsaRoot(key, encoded);
}
