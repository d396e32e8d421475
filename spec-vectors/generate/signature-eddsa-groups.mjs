// @ts-check
/**
 * Ed25519 where verifiers differ: S beyond the order, points of small and of mixed order, encodings that are not canonical.
 * Each signature here fits some equation, so that nothing but the point in question speaks against it.
 */
import { ed25519 } from './signature-eddsa.mjs';
import {
  add,
  challenge,
  decode,
  encodingOf,
  equations,
  isNeutral,
  keyOf,
  multiply,
  multiplyBase,
  negate,
  nonceOf,
  order,
  p,
  signatureOf,
  smallOrder,
  smallOrderRespelled,
} from './signature-edwards.mjs';
import { expand, fromBytes, mod, toBytes } from './signature-numbers.mjs';
import { accept, refuse } from './signature-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-vector.mjs').Subject} Subject */
/** @typedef {import('./signature-edwards.mjs').Parts} Parts */

/** @type {About} */
const large = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.2-b', 'A-65', 'LIB-3', 'GAP-15'],
  effect:
    'one signature has several texts, which RFC 8032 forbids: clients on two platforms disagree about the same file',
};

/** @type {About} */
const smallKey = {
  section: '4.2.2',
  level: 'decision',
  attack: 'arbitrary-software',
  rows: ['A-65', 'LIB-3', 'GAP-15'],
  effect: 'a signature under this key can be made without any secret: whoever answers on the network signs for it',
  peers: ['OpenSSL, WebCrypto over it and PyCA 38.0.4 accept small orders in the key'],
};

/** @type {About} */
const smallNonce = {
  ...smallKey,
  attack: 'parser-differential',
  effect: 'libraries disagree about an R of small order: half of the clients refuse a file that the others follow',
  peers: ['OpenSSL accepts an R of small order in its own encoding; libsodium and newer engines refuse it'],
};

/** @type {About} */
const spelled = {
  ...smallKey,
  attack: 'parser-differential',
  effect: 'libraries disagree about points whose encoding is not that of RFC 8032: clients are split, or anyone signs',
  peers: ['OpenSSL and, with ZIP 215, @noble/ed25519 read these encodings of a key'],
};

/** @type {About} */
const equation = {
  ...smallKey,
  attack: 'parser-differential',
  effect: 'one client checks the equation with the cofactor and the other without: they disagree about the same file',
  peers: ['@noble/ed25519 has the cofactor in both of its modes'],
};

const a = scalar('a');
const r = scalar('r');

/** @param {string} name */
function scalar(name) {
  return mod(fromBytes(expand(`tufa-spec-vectors edwards25519 scalar ${name}`, 40)), order);
}

/** @typedef {'plain' | 'cofactored'} Holds the strictest equation that holds */

/**
 * What signs with these parts whatever it is given, if that equation holds: over the bytes that the challenge is made of, where
 * those are not the ones on the wire.
 *
 * @param {Parts} parts @param {Holds} wanted @returns {Subject}
 */
function subject(parts, wanted) {
  const [keyBytes, nonceBytes] = [keyOf(parts), nonceOf(parts)];
  const [key, nonce] = [parts.hashedKey ?? keyBytes, parts.hashedNonce ?? nonceBytes];
  const fits = smallPartsFit(parts, key, nonce);
  const sign = (/** @type {Buffer} */ message) => {
    // The parts of small order are cheap to look at, and decide.
    if (fits(message) !== (wanted === 'plain')) return undefined;
    const signature = signatureOf({ ...parts, keyBytes, nonceBytes }, message);
    const { plain, cofactored } = equations(key, message, Buffer.concat([nonce, signature.subarray(32)]));
    if (!cofactored || plain !== (wanted === 'plain')) throw new Error(`the equation is not ${wanted}`);
    return signature.toString('hex');
  };
  return { key: ed25519(keyBytes.toString('hex')), sign };
}

/** Whether the parts of small order of R and of k times the key are each other's opposite. @param {Parts} parts @param {Buffer} key @param {Buffer} nonce */
function smallPartsFit({ a = 0n, r = 0n }, key, nonce) {
  const small = (/** @type {Buffer} */ bytes, /** @type {bigint} */ scalar) => {
    const point = decode(bytes);
    if (point === undefined) throw new Error('no point');
    return add(point, negate(multiplyBase(scalar)));
  };
  const [smallKey, smallNonce] = [small(key, a), small(nonce, r)];
  return (/** @type {Buffer} */ message) =>
    isNeutral(add(smallNonce, multiply(smallKey, challenge(nonce, key, message) % 8n)));
}

/** A key of the subgroup of the base, and one with a part of small order. */
const proper = subject({ a, r }, 'plain');
const mixed = subject({ a, keyTorsion: 1, r }, 'plain');

export function vectors() {
  return [...largeS(), ...mixedOrders(), ...keysOfSmallOrder(), ...noncesOfSmallOrder(), ...hashedOtherwise()];
}

function largeS() {
  /** @type {readonly (readonly [string, string, bigint])[]} */
  const rows = [
    ['s-plus-order', 'S + L', order],
    ['s-plus-2-orders', 'S + 2L', 2n * order],
    ['s-plus-8-orders', 'S + 8L, in which the highest bit is set', 8n * order],
    ['s-plus-14-orders', 'S + 14L, in which the highest three bits are set', 14n * order],
  ];
  const withS = (/** @type {bigint} */ s) => (/** @type {Buffer} */ message) =>
    proper.sign(message)?.slice(0, 64).concat(toBytes(s, 32).reverse().toString('hex'));
  return [
    ...rows.map(([name, comment, more]) =>
      refuse(
        `ed25519-${name}`,
        `a true signature with ${comment} in place of S`,
        subject({ a, r, more }, 'plain'),
        large,
        {
          control: proper,
        },
      ),
    ),
    refuse('ed25519-s-is-order', 'S = L', { key: proper.key, sign: withS(order) }, large, { control: proper }),
    refuse(
      'ed25519-s-is-order-under-small-key',
      'S = L under the neutral point, with R the same: the equation holds',
      subject({ keyBytes: smallOrder['order-1'], more: order }, 'plain'),
      { ...large, rows: [...large.rows, 'A-65'], attack: 'arbitrary-software' },
      { control: proper },
    ),
  ];
}

function mixedOrders() {
  const control = mixed;
  return [
    accept('ed25519-mixed-key', 'a key of mixed order, and the equation without cofactor holds', mixed, {
      ...equation,
      effect: 'a signature counts on one platform and not on another; the equation of RFC 8032 holds',
      peers: undefined,
    }),
    accept(
      'ed25519-mixed-key-and-r',
      'a key and an R of mixed order, and the equation without cofactor holds',
      subject({ a, keyTorsion: 1, r, nonceTorsion: 2 }, 'plain'),
      { ...equation, peers: undefined },
    ),
    ...[
      { name: 'key', words: 'a key of mixed order', parts: { keyTorsion: 3 } },
      { name: 'r', words: 'an R of mixed order', parts: { nonceTorsion: 4 } },
      { name: 'r-of-order-8', words: 'an R with a part of order 8', parts: { nonceTorsion: 5 } },
      { name: 'key-and-r', words: 'a key and an R of mixed order', parts: { keyTorsion: 1, nonceTorsion: 2 } },
    ].map(({ name, words, parts }) =>
      refuse(
        `ed25519-cofactored-${name}`,
        `${words}, and only the equation with the cofactor holds`,
        subject({ a, r, ...parts }, 'cofactored'),
        equation,
        { control },
      ),
    ),
  ];
}

/** Signed without any secret: R is what S gives, since k times the key is the neutral point. */
function keysOfSmallOrder() {
  const rows = [
    ...Object.entries(smallOrder).map((entry) => ({ entry, about: smallKey, words: 'of small order' })),
    ...Object.entries(smallOrderRespelled).map((entry) => ({
      entry,
      about: spelled,
      words: 'of small order in another encoding',
    })),
  ];
  return rows.map(({ entry: [name, keyBytes], about, words }) =>
    refuse(
      `ed25519-key-${name}`,
      `a key ${words}, and the equation holds`,
      subject({ keyBytes, r }, 'plain'),
      { ...about, attack: 'arbitrary-software' },
      { control: proper },
    ),
  );
}

function noncesOfSmallOrder() {
  const rows = [
    ...Object.entries(smallOrder).map((entry) => ({ entry, about: smallNonce, words: 'of small order' })),
    ...Object.entries(smallOrderRespelled).map((entry) => ({
      entry,
      about: { ...spelled, peers: ['@noble/ed25519 with ZIP 215 reads these encodings of R'] },
      words: 'of small order in another encoding',
    })),
  ];
  return rows.map(({ entry: [name, nonceBytes], about, words }) =>
    refuse(
      `ed25519-r-${name}`,
      `an R ${words}, and the equation holds`,
      subject({ a, keyTorsion: 1, nonceBytes }, 'plain'),
      about,
      { control: mixed },
    ),
  );
}

/** Other encodings that were reduced before they were hashed: a verifier that reduces as well accepts them. */
function hashedOtherwise() {
  return [
    refuse(
      'ed25519-r-reduced-in-hash',
      'an R that is not canonical, and the challenge made of its canonical encoding',
      subject({ a, nonceBytes: smallOrderRespelled['order-1-sign'], hashedNonce: smallOrder['order-1'] }, 'plain'),
      { ...spelled, peers: undefined },
      { control: proper },
    ),
    refuse(
      'ed25519-key-reduced-in-hash',
      'a key that is not canonical, and the challenge made of its canonical encoding',
      subject({ keyBytes: encodingOf(p, 0), hashedKey: smallOrder['order-4-positive'], r }, 'plain'),
      { ...spelled, peers: ['@noble/ed25519 with ZIP 215 accepts it'] },
      { control: proper },
    ),
  ];
}
