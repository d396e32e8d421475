// @ts-check
/**
 * ECDSA (FIPS 186-5) over y² = x³ + ax + b with deterministic nonces (RFC 6979). Written from the equations, for the vectors
 * alone.
 */
import { createHash, createHmac } from 'node:crypto';
import { bitString, element, identifiers, integer, octetString, sequence } from './signature-der.mjs';
import { fromBytes, inverse, mod, power, toBytes } from './signature-numbers.mjs';

/** @typedef {{ x: bigint, y: bigint } | undefined} Point `undefined` is the point at infinity */

/**
 * @typedef {object} Curve
 * @property {string} name
 * @property {string} hash the digest that goes with it
 * @property {number} size bytes of a coordinate and of a scalar
 * @property {bigint} p
 * @property {bigint} a
 * @property {bigint} b
 * @property {bigint} n the order of the base point
 * @property {{ x: bigint, y: bigint }} base
 * @property {Buffer} identifier
 */

/** FIPS 186-5 and SP 800-186. @type {Curve} */
export const p256 = curve('P-256', 'sha256', 32, '06082a8648ce3d030107', {
  p: 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
  a: -3n,
  b: '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
  n: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  x: '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
  y: '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
});

export const p384 = curve('P-384', 'sha384', 48, '06052b81040022', {
  p: 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff',
  a: -3n,
  b: 'b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef',
  n: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  x: 'aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7',
  y: '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
});

export const p521 = curve('P-521', 'sha512', 66, '06052b81040023', {
  p: `01${'ff'.repeat(65)}`,
  a: -3n,
  b: '0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00',
  n: '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  x: '00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66',
  y: '011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650',
});

/** SEC 2, 2.4.1: the curve of another name that has the same sizes as P-256. */
export const secp256k1 = curve('secp256k1', 'sha256', 32, '06052b8104000a', {
  p: 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f',
  a: 0n,
  b: '07',
  n: 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
  x: '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  y: '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
});

/** @param {string} name @param {string} hash @param {number} size @param {string} identifier @param {{ p: string, a: bigint, b: string, n: string, x: string, y: string }} numbers @returns {Curve} */
function curve(name, hash, size, identifier, numbers) {
  const [p, b, n, x, y] = [numbers.p, numbers.b, numbers.n, numbers.x, numbers.y].map((hex) => BigInt(`0x${hex}`));
  const made = /** @type {Curve} */ ({
    ...{ name, hash, size, p, a: mod(numbers.a, /** @type {bigint} */ (p)), b, n, base: { x, y } },
    identifier: Buffer.from(identifier, 'hex'),
  });
  if (!isOnCurve(made, made.base)) throw new Error(`the base point of ${name} is not on it`);
  return made;
}

/** @param {Curve} curve @param {bigint} x */
function squareOfY({ p, a, b }, x) {
  return mod((x * x + a) * x + b, p);
}

/** @param {Curve} curve @param {{ x: bigint, y: bigint }} point */
function isOnCurve(curve, { x, y }) {
  return mod(y * y, curve.p) === squareOfY(curve, x);
}

/** A point with that x; `undefined` where there is none. All primes here are 3 modulo 4. @param {Curve} curve @param {bigint} x @returns {Point} */
export function pointAt(curve, x) {
  const y = power(squareOfY(curve, x), (curve.p + 1n) / 4n, curve.p);
  return isOnCurve(curve, { x, y }) ? { x, y } : undefined;
}

/** @param {Curve} curve @param {Point} left @param {Point} right @returns {Point} */
export function add(curve, left, right) {
  const { p, a } = curve;
  if (left === undefined) return right;
  if (right === undefined) return left;
  const isSameX = left.x === right.x;
  if (isSameX && mod(left.y + right.y, p) === 0n) return undefined;
  const slope = isSameX
    ? (3n * left.x * left.x + a) * inverse(2n * left.y, p)
    : (right.y - left.y) * inverse(right.x - left.x, p);
  const x = mod(slope * slope - left.x - right.x, p);
  return { x, y: mod(slope * (left.x - x) - left.y, p) };
}

/** @typedef {readonly [x: bigint, y: bigint, z: bigint]} Jacobian x/z² and y/z³; z is 0 at infinity */

/** @type {Jacobian} */
const infinity = [1n, 1n, 0n];

/** @param {Curve} curve @param {Point} point @param {bigint} scalar @returns {Point} */
export function multiply(curve, point, scalar) {
  if (point === undefined) return undefined;
  if (point === curve.base) return multiplyBase(curve, scalar);
  let result = infinity;
  for (const bit of scalar.toString(2)) {
    result = doubled(curve, result);
    if (bit === '1') result = withPoint(curve, result, point);
  }
  return affine(curve, result);
}

/** The base point times 1, 2, 4 and so on, for each curve. @type {Map<Curve, { x: bigint, y: bigint }[]>} */
const doublings = new Map();

/** @param {Curve} curve @param {bigint} scalar below the order */
function multiplyBase(curve, scalar) {
  const table = doublings.get(curve) ?? [curve.base];
  doublings.set(curve, table);
  while (table.length < 8 * curve.size) {
    const last = table.at(-1);
    table.push(/** @type {{ x: bigint, y: bigint }} */ (add(curve, last, last)));
  }
  const sum = table.reduce(
    (result, point, bit) => ((scalar >> BigInt(bit)) & 1n ? withPoint(curve, result, point) : result),
    infinity,
  );
  return affine(curve, sum);
}

/** @param {Curve} curve @param {Jacobian} point @returns {Point} */
function affine({ p }, [x, y, z]) {
  if (z === 0n) return undefined;
  const scale = inverse(z, p);
  return { x: mod(x * scale * scale, p), y: mod(y * scale * scale * scale, p) };
}

/** @param {Curve} curve @param {Jacobian} point @returns {Jacobian} */
function doubled({ p, a }, [x, y, z]) {
  const yy = mod(y * y, p);
  const zz = mod(z * z, p);
  const s = mod(4n * x * yy, p);
  const m = mod(3n * x * x + a * zz * zz, p);
  const x3 = mod(m * m - 2n * s, p);
  return [x3, mod(m * (s - x3) - 8n * yy * yy, p), mod(2n * y * z, p)];
}

/** @param {Curve} curve @param {Jacobian} left @param {{ x: bigint, y: bigint }} right @returns {Jacobian} */
function withPoint(curve, left, right) {
  const { p } = curve;
  const [x, y, z] = left;
  if (z === 0n) return [right.x, right.y, 1n];
  const zz = mod(z * z, p);
  const h = mod(right.x * zz - x, p);
  const r = mod(right.y * zz * z - y, p);
  if (h === 0n) return r === 0n ? doubled(curve, left) : infinity;
  const hh = mod(h * h, p);
  const [hhh, v] = [mod(h * hh, p), mod(x * hh, p)];
  const x3 = mod(r * r - hhh - 2n * v, p);
  return [x3, mod(r * (v - x3) - y * hhh, p), mod(z * h, p)];
}

/** The digest of a message as ECDSA takes it. @param {Curve} curve @param {Buffer} message @param {string} [hash] */
export function digestNumber({ n, ...curve }, message, hash = curve.hash) {
  const digest = createHash(hash).update(message).digest();
  const excess = digest.length * 8 - n.toString(2).length;
  return excess > 0 ? fromBytes(digest) >> BigInt(excess) : fromBytes(digest);
}

/** r and s. @param {Curve} curve @param {bigint} secret @param {Buffer} message @param {string} [hash] the curve's unless given @returns {{ r: bigint, s: bigint }} */
export function sign(curve, secret, message, hash = curve.hash) {
  for (const nonce of nonces(curve, secret, digestNumber(curve, message, hash), hash)) {
    const found = signWithNonce(curve, secret, nonce, hash)(message);
    if (found.r !== 0n && found.s !== 0n) return found;
  }
  throw new Error('there is always a nonce');
}

/** What signs with one nonce, whatever the message. @param {Curve} curve @param {bigint} secret @param {bigint} nonce @param {string} [hash] @returns {(message: Buffer) => { r: bigint, s: bigint }} */
export function signWithNonce(curve, secret, nonce, hash = curve.hash) {
  const { n } = curve;
  const [r, scale] = [mod(multiply(curve, curve.base, nonce)?.x ?? 0n, n), inverse(nonce, n)];
  return (message) => ({ r, s: mod(scale * (digestNumber(curve, message, hash) + r * secret), n) });
}

/** RFC 6979, 3.2. @param {Curve} curve @param {bigint} secret @param {bigint} z @param {string} hash */
function* nonces({ n, size }, secret, z, hash) {
  const hmac = (/** @type {Buffer} */ key, /** @type {Buffer[]} */ ...parts) =>
    createHmac(hash, key).update(Buffer.concat(parts)).digest();
  const bits = n.toString(2).length;
  const seed = Buffer.concat([toBytes(secret, size), toBytes(mod(z, n), size)]);
  const digestSize = createHash(hash).digest().length;
  let [key, value] = [Buffer.alloc(digestSize), Buffer.alloc(digestSize, 1)];
  for (const mark of [0, 1]) {
    key = hmac(key, value, Buffer.from([mark]), seed);
    value = hmac(key, value);
  }
  for (;;) {
    let stream = Buffer.alloc(0);
    while (stream.length < size) {
      value = hmac(key, value);
      stream = Buffer.concat([stream, value]);
    }
    const k = fromBytes(stream.subarray(0, size)) >> BigInt(size * 8 - bits);
    if (k > 0n && k < n) yield k;
    key = hmac(key, value, Buffer.from([0]));
    value = hmac(key, value);
  }
}

/** 04, x, y (SEC 1, 2.3.3). @param {Curve} curve @param {{ x: bigint, y: bigint }} point */
export function uncompressed({ size }, { x, y }) {
  return Buffer.concat([Buffer.from([4]), toBytes(x, size), toBytes(y, size)]);
}

/** 02 or 03, x. @param {Curve} curve @param {{ x: bigint, y: bigint }} point */
export function compressed({ size }, { x, y }) {
  return Buffer.concat([Buffer.from([y % 2n === 0n ? 2 : 3]), toBytes(x, size)]);
}

/** The algorithm of a SubjectPublicKeyInfo (RFC 5480, 2.1.1). @param {Curve} curve */
export function algorithmOf({ identifier }) {
  return [identifiers.ecPublicKey, identifier];
}

/** The same curve spelled out (SEC 1, C.2), with a base point of one's choice. @param {Curve} curve @param {{ x: bigint, y: bigint }} [base] */
export function explicitAlgorithm(curve, base = curve.base) {
  const { p, a, b, n, size } = curve;
  const field = sequence(identifiers.primeField, integer(p));
  const coefficients = sequence(octetString(toBytes(a, size)), octetString(toBytes(b, size)));
  const parameters = sequence(
    ...[integer(1n), field, coefficients, octetString(uncompressed(curve, base)), integer(n), integer(1n)],
  );
  return [identifiers.ecPublicKey, parameters];
}

/** RFC 5915. @param {Curve} curve @param {bigint} secret */
export function privateKeyInfo(curve, secret) {
  const point = /** @type {{ x: bigint, y: bigint }} */ (multiply(curve, curve.base, secret));
  const key = element(0xa1, bitString(uncompressed(curve, point)));
  return sequence(integer(1n), octetString(toBytes(secret, curve.size)), key);
}
