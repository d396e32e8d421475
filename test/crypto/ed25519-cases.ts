/**
 * Ed25519 at its edges, built from the group itself: keys and signatures with parts of small order, encodings out of
 * range, and the two equations by which verifiers differ. Nothing here uses what it tests.
 */
import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';

export { Point };

export const p: bigint = 2n ** 255n - 19n;
/** The order of the base point. */
export const L: bigint = Point.CURVE().n;

const fromLittle = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
const toLittle = (value: bigint, size: number): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex').reverse());

/** 32 bytes that say y and a sign, in range or not. */
export const encodingOf = (y: bigint, sign: number): Uint8Array => toLittle(y + (BigInt(sign) << 255n), 32);

const times = (point: Point, scalar: bigint): Point => point.multiply(((scalar % L) + L) % L, false);

/** A generator of the eight points of small order, found as L times a point of the whole curve. */
const generator: Point = (() => {
  for (let y = 2n; ; y++) {
    let point: Point;
    try {
      point = Point.fromBytes(encodingOf(y, 0));
    } catch {
      // Half of all y are on no point.
      continue;
    }
    const found = times(point, L - 1n).add(point);
    if (!found.double().double().is0()) return found;
  }
})();

/** `index` times a point of order 8. */
export function torsion(index: number): Point {
  return times(generator, BigInt(index & 7));
}

const y8: bigint = torsion(1).toAffine().y;

/** y and sign of the points of order 1, 2, 4, 4, 8, 8, 8, 8. */
export const canonicalSmallOrder: readonly Uint8Array[] = [
  encodingOf(1n, 0),
  encodingOf(p - 1n, 0),
  encodingOf(0n, 0),
  encodingOf(0n, 1),
  encodingOf(y8, 0),
  encodingOf(y8, 1),
  encodingOf(p - y8, 0),
  encodingOf(p - y8, 1),
];

/** A sign where x is 0, and y from p on. */
export const nonCanonicalSmallOrder: readonly Uint8Array[] = [
  encodingOf(1n, 1),
  encodingOf(p - 1n, 1),
  encodingOf(p, 0),
  encodingOf(p, 1),
  encodingOf(p + 1n, 0),
  encodingOf(p + 1n, 1),
];

/** What is signed, by whom, and what verifiers make of it. */
export interface Ed25519Case {
  readonly name: string;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** The verdict of A-65. */
  readonly verdict: boolean;
}

/** SHA-512(R || A || M) as a number, modulo the order unless `whole`. */
function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array, whole = false): bigint {
  const k = fromLittle(createHash('sha512').update(r).update(a).update(message).digest());
  return whole ? k : k % L;
}

/** Which equations hold, by lenient decoding and without any bound on S: what a verifier without checks would say. */
export function equations(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): { plain: boolean; cofactored: boolean } {
  const r = Point.fromBytes(signature.subarray(0, 32), true);
  const a = Point.fromBytes(key, true);
  const k = challenge(signature.subarray(0, 32), key, message);
  const difference = times(Point.BASE, fromLittle(signature.subarray(32))).subtract(r.add(times(a, k)));
  return { plain: difference.is0(), cofactored: difference.clearCofactor().is0() };
}

export interface Parts {
  /** The secret scalar, and which point of small order is added to the key. */
  readonly a: bigint;
  readonly keyTorsion?: number;
  /** The nonce scalar, and which point of small order is added to R. */
  readonly r: bigint;
  readonly nonceTorsion?: number;
  readonly message: Uint8Array;
  /** What stands on the wire in place of the encodings of A and R. */
  readonly keyBytes?: Uint8Array;
  readonly nonceBytes?: Uint8Array;
  /** What k is made of, where not of the bytes on the wire. */
  readonly hashedKey?: Uint8Array;
  readonly hashedNonce?: Uint8Array;
  /** What is added to S = r + k a modulo the order. */
  readonly more?: bigint;
}

export interface Built {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly k: bigint;
}

/** A key and a signature of these parts. */
export function build(parts: Parts): Built {
  const { a, r, message, keyTorsion = 0, nonceTorsion = 0, more = 0n } = parts;
  const key = parts.keyBytes ?? times(Point.BASE, a).add(torsion(keyTorsion)).toBytes();
  const nonce = parts.nonceBytes ?? times(Point.BASE, r).add(torsion(nonceTorsion)).toBytes();
  const k = challenge(parts.hashedNonce ?? nonce, parts.hashedKey ?? key, message);
  const s = ((r + k * a) % L) + more;
  const signature = new Uint8Array(64);
  signature.set(nonce);
  signature.set(toLittle(s, 32), 32);
  return { key, signature, k };
}

/** The first of many messages whose challenge is as wanted. */
function search(
  name: string,
  parts: Omit<Parts, 'message'>,
  verdict: boolean,
  wanted: (built: Built, message: Uint8Array) => boolean,
): Ed25519Case {
  for (let round = 0; ; round++) {
    const message = Buffer.from(`${name}, message ${round}`);
    const built = build({ ...parts, message });
    if (wanted(built, message)) return { name, key: built.key, signature: built.signature, message, verdict };
  }
}

const a = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
const r = 0x0fed_cba9_8765_4321_0fed_cba9_8765_4321n;
const encoded = (index: number): Uint8Array => torsion(index).toBytes();
const plainly = (built: Built, message: Uint8Array): boolean => equations(built.key, message, built.signature).plain;
const onlyCofactored = (built: Built, message: Uint8Array): boolean => {
  const holds = equations(built.key, message, built.signature);
  return holds.cofactored && !holds.plain;
};
/** 8k reduced modulo the order meets another torsion part than 8k itself, which has none. */
const differsWhenReduced = ({ k }: Built): boolean => ((8n * k) % L) % 8n !== 0n;
const always = (): boolean => true;

/** The twelve classes of the known edge cases, in their usual order. */
export const edgeCases: readonly Ed25519Case[] = [
  search('0: A and R of small order, S = 0', { a: 0n, r: 0n, keyTorsion: 1, nonceTorsion: 3 }, false, plainly),
  search('1: A of small order', { a: 0n, keyTorsion: 1, r }, false, plainly),
  search('2: R of small order', { a, keyTorsion: 1, r: 0n, nonceTorsion: 5 }, false, plainly),
  search(
    '3: A and R of mixed order, the plain equation holds',
    { a, keyTorsion: 1, r, nonceTorsion: 2 },
    true,
    plainly,
  ),
  search(
    '4: A and R of mixed order, only the cofactored equation holds',
    { a, keyTorsion: 1, r, nonceTorsion: 2 },
    false,
    onlyCofactored,
  ),
  search(
    '5: likewise, and not where 8k is reduced first',
    { a, keyTorsion: 3, r },
    false,
    (built, message) => onlyCofactored(built, message) && differsWhenReduced(built),
  ),
  search('6: S above the order', { a, r, more: L }, false, plainly),
  search('7: S far above the order', { a, r, more: 14n * L }, false, plainly),
  search(
    '8: R not canonical, reduced for the challenge',
    { a, keyTorsion: 1, r: 0n, nonceBytes: encodingOf(1n, 1), hashedNonce: encoded(0) },
    false,
    always,
  ),
  search('9: R not canonical', { a, keyTorsion: 1, r: 0n, nonceBytes: encodingOf(1n, 1) }, false, plainly),
  search(
    '10: A not canonical, reduced for the challenge',
    { a: 0n, r, keyBytes: encodingOf(p + 1n, 0), hashedKey: encoded(0) },
    false,
    always,
  ),
  search('11: A not canonical', { a: 0n, r, keyBytes: encodingOf(p - 1n, 1) }, false, plainly),
];

/** For each of the 14 encodings as the key: a signature with S = 0 that fits without any secret. */
export const forgeries: readonly Ed25519Case[] = [...canonicalSmallOrder, ...nonCanonicalSmallOrder].map((key) => {
  const name = `forged under ${Buffer.from(key).toString('hex')}`;
  for (let round = 0; ; round++) {
    const message = Buffer.from(`${name}, message ${round >> 3}`);
    const { signature } = build({ a: 0n, keyBytes: key, r: 0n, nonceTorsion: round, message });
    if (equations(key, message, signature).plain) return { name, key, message, signature, verdict: false };
  }
});

/** For each of the 14 encodings as R: a signature by a proper key for which the plain equation holds. */
export const smallOrderNonces: readonly Ed25519Case[] = [...canonicalSmallOrder, ...nonCanonicalSmallOrder].map(
  (nonceBytes) =>
    search(`R = ${Buffer.from(nonceBytes).toString('hex')}`, { a, keyTorsion: 1, r: 0n, nonceBytes }, false, plainly),
);
