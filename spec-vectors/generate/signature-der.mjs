// @ts-check
/** DER (ITU-T X.690) and PEM (RFC 7468), as keys and ECDSA signatures need them, and as they must not be. */
import { shortBytes } from './signature-numbers.mjs';

/** One element. @param {number} tag @param {...Buffer} content */
export function element(tag, ...content) {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(bytes.length), bytes]);
}

/** @param {number} length */
function lengthOf(length) {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = shortBytes(BigInt(length));
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
}

/** The content of an INTEGER: the fewest bytes, with a zero before a first bit that is set. @param {bigint} number from 0 */
export function integerContent(number) {
  const bytes = number === 0n ? Buffer.alloc(1) : shortBytes(number);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}

/** @param {bigint} number from 0 */
export function integer(number) {
  return element(0x02, integerContent(number));
}

/** @param {...Buffer} elements */
export function sequence(...elements) {
  return element(0x30, ...elements);
}

/** @param {Buffer} bytes @param {number} [unused] bits */
export function bitString(bytes, unused = 0) {
  return element(0x03, Buffer.from([unused]), bytes);
}

/** @param {Buffer} bytes */
export function octetString(bytes) {
  return element(0x04, bytes);
}

export const nothing = element(0x05);

/** Object identifiers, encoded. */
export const identifiers = {
  rsaEncryption: Buffer.from('06092a864886f70d010101', 'hex'),
  rsassaPss: Buffer.from('06092a864886f70d01010a', 'hex'),
  ecPublicKey: Buffer.from('06072a8648ce3d0201', 'hex'),
  primeField: Buffer.from('06072a8648ce3d0101', 'hex'),
  ed25519: Buffer.from('06032b6570', 'hex'),
};

/** A PEM block with lines of 64 characters and a newline at its end. @param {string} label @param {Buffer} bytes */
export function pem(label, bytes) {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** PEM of a SubjectPublicKeyInfo (RFC 5280, 4.1). @param {readonly Buffer[]} algorithm @param {Buffer} key */
export function publicKeyPem(algorithm, key) {
  return pem('PUBLIC KEY', sequence(sequence(...algorithm), bitString(key)));
}

/** PEM of a PKCS#8 PrivateKeyInfo (RFC 5208). @param {readonly Buffer[]} algorithm @param {Buffer} key */
export function privateKeyPem(algorithm, key) {
  return pem('PRIVATE KEY', sequence(integer(0n), sequence(...algorithm), octetString(key)));
}
