// @ts-check
/**
 * edwards25519 (RFC 8032, 5.1) with all its points, those of small order included, to build keys and signatures on which
 * verifiers differ. Written from the equations, for the vectors alone.
 */
import { createHash } from 'node:crypto';
import { fromBytes, inverse, mod, power, toBytes } from './signature-numbers.mjs';

export const p = 2n ** 255n - 19n;
/** The order of the base point. */
export const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = mod(-121665n * inverse(121666n, p), p);

/** @typedef {readonly [x: bigint, y: bigint, z: bigint, t: bigint]} Point extended coordinates */

/** @type {Point} */
const neutral = [0n, 1n, 1n, 0n];
const base = /** @type {Point} */ (decode(encodingOf(mod(4n * inverse(5n, p), p), 0)));

/** The complete addition of the twisted curve. @param {Point} a @param {Point} b @returns {Point} */
export function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const [a, b] = [mod((y1 - x1) * (y2 - x2), p), mod((y1 + x1) * (y2 + x2), p)];
  const [c, e] = [mod(2n * d * t1 * t2, p), mod(2n * z1 * z2, p)];
  const [f, g, h, k] = [b - a, e - c, e + c, b + a];
  return [mod(f * g, p), mod(h * k, p), mod(g * h, p), mod(f * k, p)];
}

/** @param {Point} point @param {bigint} scalar from 0, not reduced: points need not be of the order of the base */
export function multiply(point, scalar) {
  let result = neutral;
  for (const bit of scalar.toString(2)) {
    result = add(result, result);
    if (bit === '1') result = add(result, point);
  }
  return result;
}

/** The base point times 1, 2, 4 and so on. @type {Point[]} */
const doublings = [];

/** The base point times a scalar, which is needed most. @param {bigint} scalar below 2^256 */
export function multiplyBase(scalar) {
  while (doublings.length < 256) {
    const last = doublings.at(-1);
    doublings.push(last === undefined ? base : add(last, last));
  }
  return doublings.reduce((sum, point, bit) => ((scalar >> BigInt(bit)) & 1n ? add(sum, point) : sum), neutral);
}

/** @param {Point} point @returns {Point} */
export function negate([x, y, z, t]) {
  return [mod(-x, p), y, z, mod(-t, p)];
}

/** @param {Point} point */
export function isNeutral([x, y, z]) {
  return x === 0n && y === z;
}

/** @param {Point} point */
export function encode([x, y, z]) {
  const scale = inverse(z, p);
  return encodingOf(mod(y * scale, p), Number(mod(x * scale, p) & 1n));
}

/** 32 bytes that say y and a sign, in range or not. @param {bigint} y @param {number} sign */
export function encodingOf(y, sign) {
  return toBytes(y + (BigInt(sign) << 255n), 32).reverse();
}

/** The point of an encoding, in range or not; `undefined` where the curve has none. @param {Buffer} bytes @returns {Point | undefined} */
export function decode(bytes) {
  const number = littleEndian(bytes);
  const y = mod(number & (2n ** 255n - 1n), p);
  const square = mod((y * y - 1n) * inverse(d * y * y + 1n, p), p);
  let x = power(square, (p + 3n) / 8n, p);
  if (mod(x * x - square, p) !== 0n) x = mod(x * power(2n, (p - 1n) / 4n, p), p);
  if (mod(x * x - square, p) !== 0n) return undefined;
  if ((x & 1n) !== number >> 255n) x = mod(-x, p);
  return [x, y, 1n, mod(x * y, p)];
}

/** @param {Buffer} bytes */
export function littleEndian(bytes) {
  return fromBytes(Buffer.from(bytes).reverse());
}

/** A generator of the eight points of small order: the order of the base times the first point that has all eight. */
const eighth = (() => {
  for (let y = 2n; ; y++) {
    const found = decode(encodingOf(y, 0));
    if (found === undefined) continue;
    const point = multiply(found, order);
    if (!isNeutral(multiply(point, 4n))) return point;
  }
})();

/** `index` times a point of order 8. @param {number} index */
function torsion(index) {
  return multiply(eighth, BigInt(index & 7));
}

const y8 = (() => {
  const [, y, z] = torsion(1);
  return mod(y * inverse(z, p), p);
})();

/** The points of small order in their own encodings, by label. */
export const smallOrder = {
  'order-1': encodingOf(1n, 0),
  'order-2': encodingOf(p - 1n, 0),
  'order-4-positive': encodingOf(0n, 0),
  'order-4-negative': encodingOf(0n, 1),
  'order-8-a': encodingOf(y8, 0),
  'order-8-b': encodingOf(y8, 1),
  'order-8-c': encodingOf(p - y8, 0),
  'order-8-d': encodingOf(p - y8, 1),
};

/** The same points in encodings that RFC 8032 does not have: a sign where x is 0, and y from p on. */
export const smallOrderRespelled = {
  'order-1-sign': encodingOf(1n, 1),
  'order-2-sign': encodingOf(p - 1n, 1),
  'order-4-y-p': encodingOf(p, 0),
  'order-4-y-p-sign': encodingOf(p, 1),
  'order-1-y-p-plus-1': encodingOf(p + 1n, 0),
  'order-1-y-p-plus-1-sign': encodingOf(p + 1n, 1),
};

/** SHA-512(R, A, M) as a number. @param {Buffer} r @param {Buffer} a @param {Buffer} message */
export function challenge(r, a, message) {
  return mod(littleEndian(createHash('sha512').update(r).update(a).update(message).digest()), order);
}

/**
 * Which of the two equations a verifier without any checks would find true: [S]B = R + [k]A, and the same times eight.
 *
 * @param {Buffer} key @param {Buffer} message @param {Buffer} signature
 */
export function equations(key, message, signature) {
  const r = signature.subarray(0, 32);
  const [pointA, pointR] = [decode(key), decode(r)];
  if (pointA === undefined || pointR === undefined) return { plain: false, cofactored: false };
  const left = multiplyBase(littleEndian(signature.subarray(32)));
  const right = add(pointR, multiply(pointA, challenge(r, key, message)));
  const difference = add(left, negate(right));
  return { plain: isNeutral(difference), cofactored: isNeutral(multiply(difference, 8n)) };
}

/**
 * @typedef {object} Parts of a key and of a signature by it
 * @property {bigint} [a] the secret scalar; 0 unless given
 * @property {number} [keyTorsion] which point of small order is added to the key
 * @property {Buffer} [keyBytes] what stands on the wire as the key
 * @property {bigint} [r] the nonce; 0 unless given
 * @property {number} [nonceTorsion] which point of small order is added to R
 * @property {Buffer} [nonceBytes] what stands on the wire as R
 * @property {Buffer} [hashedNonce] R as the challenge has it, where not as on the wire
 * @property {Buffer} [hashedKey] likewise
 * @property {bigint} [more] what is added to S
 */

/** The key of these parts. @param {Parts} parts */
export function keyOf({ a = 0n, keyTorsion = 0, keyBytes }) {
  return keyBytes ?? encode(add(multiplyBase(a), torsion(keyTorsion)));
}

/** R of these parts. @param {Parts} parts */
export function nonceOf({ r = 0n, nonceTorsion = 0, nonceBytes }) {
  return nonceBytes ?? encode(add(multiplyBase(r), torsion(nonceTorsion)));
}

/** The signature of these parts. @param {Parts} parts @param {Buffer} message */
export function signatureOf(parts, message) {
  const { a = 0n, r = 0n, more = 0n } = parts;
  const nonce = nonceOf(parts);
  const k = challenge(parts.hashedNonce ?? nonce, parts.hashedKey ?? keyOf(parts), message);
  return Buffer.concat([nonce, toBytes(mod(r + k * a, order) + more, 32).reverse()]);
}
