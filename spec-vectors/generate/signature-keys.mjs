// @ts-check
/** The test keys that are not Ed25519, and the forms in which keys are listed. */
import { keyidOf } from './keys.mjs';
import { integer, privateKeyPem, publicKeyPem, sequence } from './signature-der.mjs';
import { expand, fromBytes, mod } from './signature-numbers.mjs';
import { rsaKey, rsaPrivatePem, rsaPublicPem, signPss } from './signature-rsa.mjs';
import { algorithmOf, multiply, p256, p384, privateKeyInfo, sign, uncompressed } from './signature-weierstrass.mjs';

/** @typedef {import('./signature-weierstrass.mjs').Curve} Curve */
/** @typedef {import('./signature-rsa.mjs').Hash} Hash */
/** @typedef {{ keytype: string, scheme: string, keyval: { public: string } }} Key */

/** @typedef {{ curve: Curve, secret: bigint, point: { x: bigint, y: bigint } }} EcKey */

/** An ECDSA key whose secret is the SHA-256 stream of a published text, reduced. @param {Curve} curve @param {string} name @returns {EcKey} */
export function ecKey(curve, name) {
  const stream = expand(`tufa-spec-vectors test key: ${name}`, curve.size + 8);
  const secret = mod(fromBytes(stream), curve.n - 1n) + 1n;
  const point = multiply(curve, curve.base, secret);
  if (point === undefined) throw new Error('a secret is not 0');
  return { curve, secret, point };
}

export const ecdsa = {
  p256: ecKey(p256, 'ecdsa p256'),
  p256second: ecKey(p256, 'ecdsa p256 second'),
  p384: ecKey(p384, 'ecdsa p384'),
};

export const rsa = {
  1024: rsaKey('rsa 1024'),
  2047: rsaKey('rsa 2047'),
  2048: rsaKey('rsa 2048'),
  '2048 second': rsaKey('rsa 2048 second'),
  2049: rsaKey('rsa 2049'),
  3072: rsaKey('rsa 3072'),
  4096: rsaKey('rsa 4096'),
  4104: rsaKey('rsa 4104'),
};

/** @param {string} keytype @param {string} scheme @param {string} text @returns {Key} */
export function listed(keytype, scheme, text) {
  return { keytype, scheme, keyval: { public: text } };
}

/** @param {EcKey} key */
export function ecPem({ curve, point }) {
  return publicKeyPem(algorithmOf(curve), uncompressed(curve, point));
}

/** The scheme of a NIST curve. @param {Curve} curve */
export function schemeOf({ name }) {
  return `ecdsa-sha2-nist${name.toLowerCase().replace('-', '')}`;
}

/** @param {{ r: bigint, s: bigint }} signature */
export function ecdsaDer({ r, s }) {
  return sequence(integer(r), integer(s));
}

/** @typedef {{ key: Key, keyid: string, sign: (message: Buffer) => string }} KeySigner */

/** An ECDSA key as the specification lists it, and its signatures. @param {EcKey} key @returns {KeySigner} */
export function ecdsaSigner(key) {
  const object = listed('ecdsa', schemeOf(key.curve), ecPem(key));
  const signIt = (/** @type {Buffer} */ message) => ecdsaDer(sign(key.curve, key.secret, message)).toString('hex');
  return { key: object, keyid: keyidOf(object), sign: signIt };
}

/** An RSA key likewise. @param {import('./signature-rsa.mjs').RsaKey} key @param {Hash} [hash] @returns {KeySigner} */
export function rsaSigner(key, hash = 'sha256') {
  const object = listed('rsa', `rsassa-pss-${hash}`, rsaPublicPem(key));
  return { key: object, keyid: keyidOf(object), sign: (message) => signPss(key, message, { hash }).toString('hex') };
}

/** The entries of keys.json for these keys. */
export function privateKeys() {
  const nist = Object.values(ecdsa).map((key) => ({
    signer: ecdsaSigner(key),
    secret: privateKeyPem(algorithmOf(key.curve), privateKeyInfo(key.curve, key.secret)),
  }));
  const pss = Object.values(rsa).map((key) => ({ signer: rsaSigner(key), secret: rsaPrivatePem(key) }));
  const names = [...['ecdsa p256', 'ecdsa p256 second', 'ecdsa p384'], ...Object.values(rsa).map(({ name }) => name)];
  return [...nist, ...pss].map(({ signer, secret }, index) => ({
    name: names[index],
    private: secret,
    keyid: signer.keyid,
    key: signer.key,
  }));
}
