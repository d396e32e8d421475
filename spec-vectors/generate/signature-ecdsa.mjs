// @ts-check
/** ECDSA signatures: DER and what is nearly DER, numbers out of range, other digests and other curves. */
import { element, integer, integerContent, sequence } from './signature-der.mjs';
import { ecdsa, ecdsaDer, ecdsaSigner, ecKey, ecPem, listed, schemeOf } from './signature-keys.mjs';
import { expand, fromBytes, inverse, mod, toBytes } from './signature-numbers.mjs';
import { accept, refuse } from './signature-vector.mjs';
import {
  add,
  digestNumber,
  multiply,
  p256,
  p384,
  p521,
  pointAt,
  secp256k1,
  sign,
  signWithNonce,
} from './signature-weierstrass.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-vector.mjs').Subject} Subject */
/** @typedef {import('./signature-keys.mjs').EcKey} EcKey */

/** @type {About} */
const fine = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-b', '4.2.2-f', 'LIB-4'],
  effect: 'true signatures do not count: honest metadata is refused',
};

/** @type {About} */
const p384Fine = {
  ...fine,
  level: 'decision',
  rows: ['4.2.2-b', 'A-54', 'A-55', 'JF3', 'JF6', 'B8', 'GAP-15'],
  effect: 'P-384 is taken with the digest of P-256, or not at all: honest metadata is refused',
  peers: ['tuf-js 5.0.1 uses SHA-256 for every ECDSA key', 'tuf-browser 0.1.11 never verifies P-384'],
};

/** @type {About} */
const high = {
  ...fine,
  level: 'decision',
  rows: ['A-55', 'GAP-15'],
  effect: 'half of all signatures that common libraries make do not count',
};

/** @type {About} */
const encoding = {
  section: '4.2.2',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-55', 'GAP-15'],
  effect: 'one signature has many texts, and libraries disagree about which of them they read: clients are split',
};

/** @type {About} */
const sideBySide = {
  ...encoding,
  rows: ['A-55', 'LIB-4', 'GAP-15'],
  effect: 'a client on WebCrypto follows files that every other client refuses',
};

/** @type {About} */
const range = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.2-b', 'A-55', 'GAP-15'],
  effect: 'r and s are used without looking at their range: zeros fit any message (CVE-2022-21449)',
};

/** @type {About} */
const untrue = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.1-d', 'T1'],
  effect: 'a signature counts that the key never made: whoever answers on the network writes the metadata',
};

/** @type {About} */
const digest = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.2-c', 'A-55', 'JF3', 'T22', 'GAP-15'],
  effect: 'the scheme does not say which digest is signed: a weaker one is accepted, or clients are split',
};

/** @type {About} */
const otherCurve = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.2-c', 'A-53', 'SIG-08', 'J23', 'T22', 'GAP-15'],
  effect: 'the curve is taken from the key and not from the scheme: what a scheme promises is not what is checked',
};

const first = ecdsaSigner(ecdsa.p256);
const long = ecdsaSigner(ecdsa.p384);

/** The key as it is, with r and s of a true signature written in another way. @param {EcKey} key @param {(signature: { r: bigint, s: bigint }) => Buffer | undefined} write @returns {Subject} */
function written(key, write) {
  return {
    key: ecdsaSigner(key).key,
    sign: (message) => write(sign(key.curve, key.secret, message))?.toString('hex'),
  };
}

export function vectors() {
  return [...accepted(), ...encodings(), ...ranges(), ...untrueOnes(), ...digests(), ...curves()];
}

function accepted() {
  const p256High = written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r, s: highest(s, p256.n) }));
  const p256Low = written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r, s: p256.n - highest(s, p256.n) }));
  const p384High = written(ecdsa.p384, ({ r, s }) => ecdsaDer({ r, s: highest(s, p384.n) }));
  return [
    accept('ecdsa-p256-plain', 'a true signature', first, fine),
    accept('ecdsa-p384-plain', 'a true signature with SHA-384', long, p384Fine),
    accept('ecdsa-p256-empty-message', 'a true signature of nothing', first, fine, { message: Buffer.alloc(0) }),
    accept(
      'ecdsa-p256-sig-upper-case',
      'sig in upper-case hex',
      { key: first.key, sign: (message) => first.sign(message).toUpperCase() },
      { ...high, rows: ['4.2.1-d', 'A-13', 'GAP-14'], effect: fine.effect },
    ),
    accept('ecdsa-p256-high-s', 's above half of the order', p256High, high),
    accept('ecdsa-p256-low-s', 's below half of the order', p256Low, fine),
    accept('ecdsa-p384-high-s', 's above half of the order', p384High, high),
    ...shortNumbers(),
    reducedR(),
  ];
}

/** The larger of s and its negative. @param {bigint} s @param {bigint} n */
function highest(s, n) {
  return s > n / 2n ? s : n - s;
}

/** Nonces whose r is short or has its highest bit set, found by trying the texts below with rising numbers. */
function shortNumbers() {
  const withNonce = (/** @type {EcKey} */ key, /** @type {string} */ text) => {
    const nonce = mod(fromBytes(expand(`tufa-spec-vectors ecdsa nonce ${text}`, key.curve.size + 8)), key.curve.n);
    return signWithNonce(key.curve, key.secret, nonce);
  };
  const { n } = p256;
  const isShort = (/** @type {bigint} */ number) => number < 2n ** 247n;
  const [shortR, shortS] = [withNonce(ecdsa.p256, 'short r 1193'), withNonce(ecdsa.p256, 'any')];
  const subject = (
    /** @type {typeof shortR} */ signIt,
    /** @type {(signature: { r: bigint, s: bigint }) => boolean} */ wanted,
  ) => ({
    key: first.key,
    sign: (/** @type {Buffer} */ message) => {
      const found = signIt(message);
      return wanted(found) ? ecdsaDer(found).toString('hex') : undefined;
    },
  });
  return [
    accept(
      'ecdsa-p256-short-r',
      'an r of 31 bytes or fewer',
      subject(shortR, ({ r }) => isShort(r)),
      fine,
    ),
    accept(
      'ecdsa-p256-short-s',
      'an s of 31 bytes or fewer',
      subject(shortS, ({ s }) => isShort(s)),
      fine,
    ),
    accept(
      'ecdsa-p256-first-bits-set',
      'an r and an s that need a zero before them',
      subject(
        withNonce(ecdsa.p256, 'first bit 0'),
        ({ r, s }) => r > n / 2n && s > n / 2n && r >> 255n === 1n && s >> 255n === 1n,
      ),
      fine,
    ),
  ];
}

/** A key made for one signature, whose R has an x above the order: r is x less the order (FIPS 186-5, 6.4.2). */
function reducedR() {
  const { n } = p256;
  const name = 'ecdsa-p256-x-above-order';
  const message = Buffer.from(`signature/${name}`);
  for (let r = 1n; ; r += 1n) {
    const point = pointAt(p256, n + r);
    if (point === undefined) continue;
    const s = mod(fromBytes(expand(name, 40)), n);
    const scaled = add(
      p256,
      multiply(p256, point, s),
      multiply(p256, p256.base, mod(-digestNumber(p256, message, 'sha256'), n)),
    );
    const key = multiply(p256, scaled, inverse(r, n));
    if (key === undefined) throw new Error('the key is not at infinity');
    const object = listed('ecdsa', schemeOf(p256), ecPem({ curve: p256, secret: 0n, point: key }));
    const sig = ecdsaDer({ r, s }).toString('hex');
    return accept(
      name,
      'R has an x above the order, so r is x less the order',
      { key: object, sign: () => sig },
      fine,
      { message },
    );
  }
}

/** @param {string} name @param {string} comment @param {Subject} subject @param {About} about */
function refuseTwinOfFirst(name, comment, subject, about) {
  return refuse(`ecdsa-p256-${name}`, comment, subject, about, { control: first });
}

function encodings() {
  const { size } = p256;
  const integerWith = (/** @type {Buffer[]} */ ...content) => element(0x02, ...content);
  const zero = Buffer.alloc(1);
  /** @param {Buffer} der @param {Buffer} length */
  const withLength = (der, length) => Buffer.concat([der.subarray(0, 1), length, der.subarray(2)]);
  /** @type {readonly (readonly [string, string, (signature: { r: bigint, s: bigint }) => Buffer | undefined, About?])[]} */
  const rows = [
    ['r-padded', 'a zero too many before r', ({ r, s }) => sequence(integerWith(zero, integerContent(r)), integer(s))],
    ['s-padded', 'a zero too many before s', ({ r, s }) => sequence(integer(r), integerWith(zero, integerContent(s)))],
    [
      'r-padded-long',
      'a thousand zeros before r',
      ({ r, s }) => sequence(integerWith(Buffer.alloc(1000), integerContent(r)), integer(s)),
    ],
    [
      'r-sign-lost',
      'r without the zero before its highest bit, which makes it negative',
      ({ r, s }) => (r >> 255n === 0n ? undefined : sequence(integerWith(toBytes(r, size)), integer(s))),
    ],
    [
      's-sign-lost',
      's without the zero before its highest bit, which makes it negative',
      ({ r, s }) => (s >> 255n === 0n ? undefined : sequence(integer(r), integerWith(toBytes(s, size)))),
    ],
    [
      'long-length',
      'the length in two bytes where one will do',
      ({ r, s }) => withLength(ecdsaDer({ r, s }), Buffer.from([0x81, ecdsaDer({ r, s }).length - 2])),
    ],
    [
      'long-length-of-r',
      'the length of r in two bytes where one will do',
      ({ r, s }) =>
        sequence(Buffer.concat([Buffer.from([2, 0x81, integerContent(r).length]), integerContent(r)]), integer(s)),
    ],
    [
      'indefinite-length',
      'an indefinite length, as BER has it',
      ({ r, s }) => Buffer.concat([withLength(ecdsaDer({ r, s }), Buffer.from([0x80])), Buffer.alloc(2)]),
    ],
    ['byte-behind', 'a byte behind the sequence', ({ r, s }) => Buffer.concat([ecdsaDer({ r, s }), zero])],
    ['third-integer', 'a third number in the sequence', ({ r, s }) => sequence(integer(r), integer(s), integer(1n))],
    [
      'byte-in-sequence',
      'NULL behind s in the sequence',
      ({ r, s }) => sequence(integer(r), integer(s), Buffer.from([5, 0])),
    ],
    [
      'length-too-long',
      'a length of one byte too many',
      ({ r, s }) => withLength(ecdsaDer({ r, s }), Buffer.from([ecdsaDer({ r, s }).length - 1])),
    ],
    ['cut', 'the last byte is missing', ({ r, s }) => ecdsaDer({ r, s }).subarray(0, -1), untrue],
    ['set', 'a SET in place of the SEQUENCE', ({ r, s }) => element(0x31, integer(r), integer(s))],
    [
      'octet-strings',
      'octet strings in place of the numbers',
      ({ r, s }) => sequence(element(4, integerContent(r)), element(4, integerContent(s))),
    ],
    ['nested', 'the sequence inside a sequence', ({ r, s }) => sequence(ecdsaDer({ r, s }))],
    ['bit-string', 'the sequence inside a bit string', ({ r, s }) => element(3, zero, ecdsaDer({ r, s }))],
    [
      'side-by-side',
      'r and s side by side (IEEE P1363)',
      ({ r, s }) => Buffer.concat([toBytes(r, size), toBytes(s, size)]),
      sideBySide,
    ],
  ];
  const p384Sides = written(ecdsa.p384, ({ r, s }) => Buffer.concat([toBytes(r, 48), toBytes(s, 48)]));
  const p384Padded = written(ecdsa.p384, ({ r, s }) => sequence(integerWith(zero, integerContent(r)), integer(s)));
  return [
    ...rows.map(([name, comment, write, about = encoding]) =>
      refuseTwinOfFirst(name, comment, written(ecdsa.p256, write), about),
    ),
    refuse('ecdsa-p384-side-by-side', 'r and s side by side (IEEE P1363)', p384Sides, sideBySide, { control: long }),
    refuse('ecdsa-p384-r-padded', 'a zero too many before r', p384Padded, encoding, { control: long }),
    refuseTwinOfFirst(
      'base64',
      'base64 in place of hex',
      { key: first.key, sign: (message) => Buffer.from(first.sign(message), 'hex').toString('base64') },
      { ...encoding, section: '4.2.1', level: 'MUST', rows: ['4.2.1-d', 'GAP-14'] },
    ),
    refuseTwinOfFirst(
      'odd-hex',
      'a true signature without its last digit',
      { key: first.key, sign: (message) => first.sign(message).slice(0, -1) },
      { ...encoding, section: '4.2.1', level: 'MUST', rows: ['4.2.1-d', 'B9', 'GAP-14'] },
    ),
    refuseTwinOfFirst(
      'garbage-behind',
      'a true signature and letters that are no hex',
      { key: first.key, sign: (message) => `${first.sign(message)}zz` },
      { ...encoding, section: '4.2.1', level: 'MUST', rows: ['4.2.1-d', 'GAP-14'] },
    ),
  ];
}

function ranges() {
  const { n, p } = p256;
  /** @type {readonly (readonly [string, string, (signature: { r: bigint, s: bigint }) => Buffer])[]} */
  const rows = [
    ['zeros', 'r = 0 and s = 0', () => ecdsaDer({ r: 0n, s: 0n })],
    ['r-zero', 'r = 0', ({ s }) => ecdsaDer({ r: 0n, s })],
    ['s-zero', 's = 0', ({ r }) => ecdsaDer({ r, s: 0n })],
    ['orders', 'r and s are the order', () => ecdsaDer({ r: n, s: n })],
    ['r-order', 'r is the order', ({ s }) => ecdsaDer({ r: n, s })],
    ['s-order', 's is the order', ({ r }) => ecdsaDer({ r, s: n })],
    ['r-plus-order', 'r + n in place of r', ({ r, s }) => ecdsaDer({ r: r + n, s })],
    ['s-plus-order', 's + n in place of s', ({ r, s }) => ecdsaDer({ r, s: s + n })],
    ['r-one-s-zero', 'r = 1 and s = 0', () => ecdsaDer({ r: 1n, s: 0n })],
    ['r-field', 'r is the prime of the field', ({ s }) => ecdsaDer({ r: p, s })],
    ['ones', 'r = 1 and s = 1', () => ecdsaDer({ r: 1n, s: 1n })],
    ['s-negative', 's less the order, a negative number', ({ r, s }) => sequence(integer(r), negative(s - n))],
    ['r-2-1024', 'r + 2^1024 n in place of r', ({ r, s }) => ecdsaDer({ r: r + 2n ** 1024n * n, s })],
    ['empty-integers', 'two numbers without any byte', () => sequence(element(2), element(2))],
    ['empty-sequence', 'an empty sequence', () => sequence()],
    ['one-integer', 'r without s', ({ r }) => sequence(integer(r))],
    ['empty', 'no byte at all', () => Buffer.alloc(0)],
  ];
  const p384Zeros = written(ecdsa.p384, () => ecdsaDer({ r: 0n, s: 0n }));
  const p384Orders = written(ecdsa.p384, () => ecdsaDer({ r: p384.n, s: p384.n }));
  return [
    ...rows.map(([name, comment, write]) => refuseTwinOfFirst(name, comment, written(ecdsa.p256, write), range)),
    refuse('ecdsa-p384-zeros', 'r = 0 and s = 0', p384Zeros, range, { control: long }),
    refuse('ecdsa-p384-orders', 'r and s are the order', p384Orders, range, { control: long }),
  ];
}

/** The INTEGER of a negative number. @param {bigint} number */
function negative(number) {
  const bits = (-number - 1n).toString(2).length + 1;
  const size = Math.ceil(bits / 8);
  return element(2, toBytes(number + 2n ** BigInt(8 * size), size));
}

function untrueOnes() {
  const second = ecdsaSigner(ecdsa.p256second);
  return [
    refuseTwinOfFirst('wrong-key', 'a true signature by another key', { key: second.key, sign: first.sign }, untrue),
    refuseTwinOfFirst(
      'other-message',
      'a true signature of the message with a newline behind it',
      { key: first.key, sign: (message) => first.sign(Buffer.concat([message, Buffer.from('\n')])) },
      untrue,
    ),
    refuseTwinOfFirst(
      'r-flipped',
      'the last bit of r is flipped',
      written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r: r ^ 1n, s })),
      untrue,
    ),
    refuseTwinOfFirst(
      's-flipped',
      'the last bit of s is flipped',
      written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r, s: s ^ 1n })),
      untrue,
    ),
    refuseTwinOfFirst(
      'r-and-s-swapped',
      's before r',
      written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r: s, s: r })),
      untrue,
    ),
    refuseTwinOfFirst(
      'r-negative',
      'n - r in place of r: unlike that of s, it does not fit',
      written(ecdsa.p256, ({ r, s }) => ecdsaDer({ r: p256.n - r, s })),
      untrue,
    ),
  ];
}

function digests() {
  /** @param {EcKey} key @param {string} hash @returns {Subject} */
  const withHash = (key, hash) => ({
    key: ecdsaSigner(key).key,
    sign: (message) => ecdsaDer(sign(key.curve, key.secret, message, hash)).toString('hex'),
  });
  const names = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };
  const rows = /** @type {const} */ ([
    ['p256', 'sha1'],
    ['p256', 'sha384'],
    ['p256', 'sha512'],
    ['p384', 'sha1'],
    ['p384', 'sha256'],
    ['p384', 'sha512'],
  ]);
  return rows.map(([key, hash]) =>
    refuse(`ecdsa-${key}-with-${hash}`, `a true signature with ${names[hash]}`, withHash(ecdsa[key], hash), digest, {
      control: ecdsaSigner(ecdsa[key]),
    }),
  );
}

/** Keys of one curve under the scheme of another, and curves that nothing is known of. */
function curves() {
  const [k1, longest] = [ecKey(secp256k1, 'ecdsa secp256k1'), ecKey(p521, 'ecdsa p521')];
  /** @param {string} keytype @param {string} scheme @param {EcKey} key @param {string} [hash] @returns {Subject} */
  const under = (keytype, scheme, key, hash = key.curve.hash) => ({
    key: listed(keytype, scheme, ecPem(key)),
    sign: (message) => ecdsaDer(sign(key.curve, key.secret, message, hash)).toString('hex'),
  });
  const [scheme256, scheme384] = [schemeOf(p256), schemeOf(p384)];
  const unsupported = { ...otherCurve, level: /** @type {const} */ ('decision'), rows: ['A-55', 'GAP-15'] };
  return [
    refuse(
      'ecdsa-p384-under-p256',
      'a P-384 key under the scheme of P-256, with SHA-384',
      under('ecdsa', scheme256, ecdsa.p384),
      otherCurve,
      { control: long },
    ),
    refuse(
      'ecdsa-p384-under-p256-with-sha256',
      'a P-384 key under the scheme of P-256, with SHA-256',
      under('ecdsa', scheme256, ecdsa.p384, 'sha256'),
      otherCurve,
      { control: long },
    ),
    refuse(
      'ecdsa-p256-under-p384',
      'a P-256 key under the scheme of P-384, with SHA-256',
      under('ecdsa', scheme384, ecdsa.p256),
      otherCurve,
      { control: first },
    ),
    refuse(
      'ecdsa-p256-under-p384-with-sha384',
      'a P-256 key under the scheme of P-384, with SHA-384',
      under('ecdsa', scheme384, ecdsa.p256, 'sha384'),
      otherCurve,
      { control: first },
    ),
    refuse(
      'ecdsa-secp256k1',
      'a key of secp256k1 under the scheme of P-256',
      under('ecdsa', scheme256, k1),
      otherCurve,
      { control: first },
    ),
    refuse(
      'ecdsa-p521-under-p256',
      'a P-521 key under the scheme of P-256',
      under('ecdsa', scheme256, longest, 'sha256'),
      otherCurve,
      { control: first },
    ),
    refuse(
      'ecdsa-p521',
      'a P-521 key under a scheme of its own',
      under('ecdsa', 'ecdsa-sha2-nistp521', longest),
      unsupported,
      { control: first },
    ),
    refuse(
      'ecdsa-p521-older-keytype',
      'a P-521 key under a keytype and a scheme of its own',
      under('ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521', longest),
      unsupported,
      { control: first },
    ),
  ];
}
