// @ts-check
/** Ed25519 as anybody meets it: true signatures, false ones, and texts that are no key or no signature. */
import { createHash } from 'node:crypto';
import { testKeys } from './keys.mjs';
import { bitString, identifiers, pem, sequence } from './signature-der.mjs';
import { decode, encode, keyOf, littleEndian, multiplyBase, order, signatureOf } from './signature-edwards.mjs';
import { listed } from './signature-keys.mjs';
import { expand, fromBytes, mod, toBytes } from './signature-numbers.mjs';
import { accept, refuse } from './signature-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-vector.mjs').Subject} Subject */

/** @type {About} */
const fine = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-b', '4.2.2-e', '4.2.1-d'],
  effect: 'true signatures do not count: honest metadata is refused',
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
const text = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.1-d', 'B9', 'GAP-14'],
  effect: 'a text that is no hex counts for some clients and not for others, or ends the program',
};

/** @type {About} */
const keyText = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'parser-differential',
  rows: ['4.2.2-e', 'A-53', 'SIG-09', 'GO-4', 'GAP-15'],
  effect: 'a text that is no key is cut, filled up or decoded in another way, or ends the program',
};

/** @type {About} */
const lengths = {
  ...keyText,
  attack: 'denial-of-service',
  rows: ['4.2.1-d', '4.2.2-e', 'LIB-3', 'SIG-09', 'GAP-15'],
  effect: 'a wrong length ends the program, or the bytes beyond it are not looked at',
};

const [one, two] = /** @type {[import('./keys.mjs').TestKey, import('./keys.mjs').TestKey]} */ (
  testKeys('signature', 2)
);
const hex = one.key.keyval.public;

/** A key object of this scheme. @param {string} publicText */
export function ed25519(publicText) {
  return listed('ed25519', 'ed25519', publicText);
}

/** The key as it is, and its signature changed. @param {(sig: string, message: Buffer) => string} change @returns {Subject} */
function changed(change) {
  return { key: one.key, sign: (message) => change(one.sign(message), message) };
}

/** The key changed, and its signature as it is. @param {import('./tree.mjs').Tree} key @returns {Subject} */
function withKey(key) {
  return { key, sign: one.sign };
}

export function vectors() {
  return [...accepted(), ...flipped(), ...lengthsOfSignatures(), ...texts(), ...keys()];
}

function accepted() {
  const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const note = { 'x-owner': '@someone', 'x-list': [1, null, { a: true }] };
  return [
    accept('ed25519-plain', 'a true signature', one, fine),
    accept('ed25519-another-key', 'a true signature by another key', two, fine),
    accept('ed25519-empty-message', 'a true signature of nothing', one, fine, { message: Buffer.alloc(0) }),
    accept('ed25519-binary-message', 'a true signature of every byte once', one, fine, { message: binary }),
    accept(
      'ed25519-sig-upper-case',
      'sig in upper-case hex',
      changed((sig) => sig.toUpperCase()),
      {
        ...fine,
        level: 'decision',
        rows: ['4.2.1-d', 'A-13', 'GAP-14'],
      },
    ),
    accept('ed25519-sig-mixed-case', 'sig in hex of both cases', changed(mixed), {
      ...fine,
      level: 'decision',
      rows: ['4.2.1-d', 'A-13', 'GAP-14'],
    }),
    accept('ed25519-key-upper-case', 'public in upper-case hex', withKey(ed25519(hex.toUpperCase())), {
      ...fine,
      level: 'decision',
      rows: ['4.2.2-e', 'A-53'],
    }),
    accept('ed25519-key-members', 'unrecognised members in the key', withKey({ ...one.key, ...note }), {
      ...fine,
      rows: ['4-a', '4.2.2-a', 'A-03', 'SIG-13', 'SG-1'],
    }),
    accept(
      'ed25519-keyval-members',
      'unrecognised members in keyval, private among them',
      withKey({ ...one.key, keyval: { private: '', public: hex, 'x-note': null } }),
      { ...fine, rows: ['4-a', '4.2.2-a', 'A-03', 'SIG-13', 'SG-1'] },
    ),
    ...[0, 1].map((sign) =>
      accept(`ed25519-sign-bit-${sign}`, `a key and an R whose highest bits are ${sign}`, scalarSubject(sign), {
        ...fine,
        rows: ['4.2.2-b', '4.2.2-e', 'A-65'],
      }),
    ),
  ];
}

/** @param {string} sig */
function mixed(sig) {
  return [...sig].map((digit, index) => (index % 3 === 0 ? digit.toUpperCase() : digit)).join('');
}

/** A key and nonces of which the encodings have that sign. @param {number} sign @returns {Subject} */
function scalarSubject(sign) {
  const scalar = (/** @type {string} */ what) => {
    for (let round = 0; ; round += 1) {
      const found = mod(fromBytes(expand(`signature/ed25519-sign-bit-${sign}, ${what} ${round}`, 40)), order);
      if ((encode(multiplyBase(found))[31] ?? 0) >> 7 === sign) return found;
    }
  };
  const a = scalar('a');
  const key = ed25519(keyOf({ a }).toString('hex'));
  return { key, sign: (message) => signatureOf({ a, r: scalar(message.toString('hex')) }, message).toString('hex') };
}

/** The hex with one bit another. @param {string} text @param {number} bit */
export function flip(text, bit) {
  const bytes = Buffer.from(text, 'hex');
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString('hex');
}

/** @param {string} name @param {string} comment @param {Subject} subject @param {About} about */
function refuseTwinOfOne(name, comment, subject, about) {
  return refuse(name, comment, subject, about, { control: one });
}

function flipped() {
  const bits = { 'first-bit-of-r': 0, 'last-bit-of-r': 255, 'first-bit-of-s': 256, 'bit-of-s': 381 };
  const offCurve = firstOffCurve();
  return [
    ...Object.entries(bits).map(([name, bit]) =>
      refuseTwinOfOne(
        `ed25519-flipped-${name}`,
        `bit ${bit} of the signature is flipped`,
        changed((sig) => flip(sig, bit)),
        untrue,
      ),
    ),
    refuseTwinOfOne(
      'ed25519-other-message',
      'a true signature of the message with its last bit flipped',
      {
        key: one.key,
        sign: (message) => one.sign(Buffer.from(flip(message.toString('hex'), message.length * 8 - 8), 'hex')),
      },
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-longer-message',
      'a true signature of the message with a newline behind it',
      { key: one.key, sign: (message) => one.sign(Buffer.concat([message, Buffer.from('\n')])) },
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-digest-of-message',
      'a true signature of the SHA-512 of the message',
      { key: one.key, sign: (message) => one.sign(createHash('sha512').update(message).digest()) },
      untrue,
    ),
    refuseTwinOfOne('ed25519-wrong-key', 'a true signature by another key', { key: two.key, sign: one.sign }, untrue),
    refuseTwinOfOne(
      'ed25519-zeros',
      '64 bytes of zero',
      changed(() => '00'.repeat(64)),
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-ones',
      '64 bytes of 255',
      changed(() => 'ff'.repeat(64)),
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-halves-swapped',
      'S before R',
      changed((sig) => sig.slice(64) + sig.slice(0, 64)),
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-big-endian',
      'R and S with their bytes in the other order',
      changed((sig) => reversed(sig.slice(0, 64)) + reversed(sig.slice(64))),
      untrue,
    ),
    refuseTwinOfOne(
      'ed25519-r-off-curve',
      'an R that is no point',
      changed((sig) => offCurve + sig.slice(64)),
      untrue,
    ),
    refuseTwinOfOne('ed25519-key-off-curve', 'a key that is no point', withKey(ed25519(offCurve)), {
      ...keyText,
      rows: ['4.2.2-e', 'A-65', 'SIG-09', 'GAP-15'],
    }),
    refuseTwinOfOne('ed25519-prehashed', 'a true signature of Ed25519ph (RFC 8032, 5.1)', prehashed(), {
      ...untrue,
      section: '4.2.2',
      rows: ['4.2.2-c', 'T22', 'GAP-15'],
    }),
  ];
}

/** @param {string} text */
function reversed(text) {
  return Buffer.from(text, 'hex').reverse().toString('hex');
}

/** The first y from 2 on with which there is no point. */
function firstOffCurve() {
  for (let y = 2n; ; y += 1n) {
    const bytes = toBytes(y, 32).reverse();
    if (decode(bytes) === undefined) return bytes.toString('hex');
  }
}

/** @returns {Subject} */
function prehashed() {
  const digest = createHash('sha512').update(Buffer.from(one.seed, 'hex')).digest();
  const clamped = Buffer.from(digest.subarray(0, 32));
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 63) | 64;
  const a = littleEndian(clamped);
  const before = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.from([1, 0])]);
  const number = (/** @type {Buffer[]} */ ...parts) =>
    mod(
      littleEndian(
        createHash('sha512')
          .update(Buffer.concat([before, ...parts]))
          .digest(),
      ),
      order,
    );
  return {
    key: one.key,
    sign: (message) => {
      const hashed = createHash('sha512').update(message).digest();
      const r = number(digest.subarray(32), hashed);
      const nonce = encode(multiplyBase(r));
      const s = mod(r + number(nonce, Buffer.from(hex, 'hex'), hashed) * a, order);
      return Buffer.concat([nonce, toBytes(s, 32).reverse()]).toString('hex');
    },
  };
}

function lengthsOfSignatures() {
  /** @type {readonly (readonly [string, string, (sig: string) => string])[]} */
  const changes = [
    ['empty', 'an empty signature, as roots 12 and 14 of Sigstore have', () => ''],
    ['one-byte', 'the first byte of a true signature', (sig) => sig.slice(0, 2)],
    ['half', 'the first half of a true signature', (sig) => sig.slice(0, 64)],
    ['63-bytes', 'a true signature without its last byte', (sig) => sig.slice(0, -2)],
    ['65-bytes', 'a true signature and a byte of zero', (sig) => `${sig}00`],
    ['zero-before', 'a byte of zero and a true signature', (sig) => `00${sig}`],
    ['twice', 'a true signature, twice', (sig) => sig + sig],
    ['very-long', 'a true signature and 20,000 bytes of zero', (sig) => sig + '00'.repeat(20_000)],
  ];
  return changes.map(([name, comment, change]) =>
    refuseTwinOfOne(`ed25519-sig-${name}`, comment, changed(change), name === 'empty' ? text : lengths),
  );
}

function texts() {
  /** @type {readonly (readonly [string, string, (sig: string) => string])[]} */
  const changes = [
    ['odd', 'a true signature without its last digit', (sig) => sig.slice(0, -1)],
    ['odd-longer', 'a true signature and a digit', (sig) => `${sig}0`],
    ['trailing-garbage', 'a true signature and letters that are no hex', (sig) => `${sig}zz`],
    ['garbage-inside', 'a letter that is no hex within', (sig) => `${sig.slice(0, 40)}g${sig.slice(41)}`],
    ['no-hex', 'no hex at all', () => 'no signature'],
    ['prefix', '0x before a true signature', (sig) => `0x${sig}`],
    ['space-before', 'a space before a true signature', (sig) => ` ${sig}`],
    ['newline-behind', 'a newline behind a true signature', (sig) => `${sig}\n`],
    ['space-inside', 'a true signature in two words', (sig) => `${sig.slice(0, 64)} ${sig.slice(64)}`],
    ['colons', 'colons between the bytes', (sig) => /** @type {string[]} */ (sig.match(/../g)).join(':')],
    ['base64', 'base64 in place of hex', (sig) => Buffer.from(sig, 'hex').toString('base64')],
    [
      'fullwidth',
      'fullwidth digits',
      (sig) => sig.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    ],
    ['nul-behind', 'a true signature and the character U+0000', (sig) => `${sig}\0`],
  ];
  return changes.map(([name, comment, change]) =>
    refuseTwinOfOne(`ed25519-sig-${name}`, comment, changed(change), text),
  );
}

function keys() {
  const bytes = Buffer.from(hex, 'hex');
  const info = sequence(sequence(identifiers.ed25519), bitString(bytes));
  /** @type {readonly (readonly [string, string, string, About?])[]} */
  const wrong = [
    ['empty', 'an empty public', '', lengths],
    ['31-bytes', 'a key without its last byte', hex.slice(0, -2), lengths],
    ['33-bytes', 'a key and a byte of zero', `${hex}00`, lengths],
    ['64-bytes', 'the seed and the key, as some libraries keep a private key', one.seed + hex, lengths],
    ['64-zeros', 'a key and 32 bytes of zero', hex + '00'.repeat(32), lengths],
    ['odd', 'a key without its last digit', hex.slice(0, -1)],
    ['odd-longer', 'a key and a digit', `${hex}0`],
    ['not-hex', 'a key with a letter that is no hex', `${hex.slice(0, -1)}g`],
    ['prefix', '0x before a key', `0x${hex}`],
    ['space', 'a space before a key', ` ${hex}`],
    ['newline', 'a newline behind a key', `${hex}\n`],
    ['base64', 'base64 in place of hex', bytes.toString('base64')],
    ['base64url', 'base64 for URLs in place of hex', bytes.toString('base64url')],
  ];
  const decided = { ...keyText, level: /** @type {const} */ ('decision') };
  return [
    ...wrong.map(([name, comment, publicText, about = keyText]) =>
      refuseTwinOfOne(`ed25519-key-${name}`, comment, withKey(ed25519(publicText)), about),
    ),
    refuseTwinOfOne('ed25519-key-pem', 'PEM in place of hex', withKey(ed25519(pem('PUBLIC KEY', info))), decided),
    refuseTwinOfOne(
      'ed25519-key-der-hex',
      'the hex of a SubjectPublicKeyInfo',
      withKey(ed25519(info.toString('hex'))),
      decided,
    ),
  ];
}
