// @ts-check
/** RSASSA-PSS signatures: salts, digests, and everything that a faulty encoding may have. */
import { listed, rsa, rsaSigner } from './signature-keys.mjs';
import { fromBytes, toBytes } from './signature-numbers.mjs';
import {
  longestSalt,
  pssEncoded,
  rsaKey,
  rsaPublicPem,
  rsaRoot,
  rsaSize,
  signPkcs1,
  signPss,
} from './signature-rsa.mjs';
import { accept, refuse } from './signature-vector.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./signature-vector.mjs').Subject} Subject */
/** @typedef {import('./signature-rsa.mjs').RsaKey} RsaKey */
/** @typedef {import('./signature-rsa.mjs').Hash} Hash */
/** @typedef {import('./signature-rsa.mjs').Pss} Pss */

/** @type {About} */
const fine = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-b', '4.2.2-d', 'A-55'],
  effect: 'true signatures do not count: honest metadata is refused',
};

/** @type {About} */
const otherDigest = {
  ...fine,
  level: 'decision',
  rows: ['A-55', 'JF4', 'GAP-15'],
  effect: 'a scheme of many tools is not known: honest metadata is refused',
  peers: ['tuf-js 5.0.1 knows rsassa-pss-sha256 alone'],
};

/** @type {About} */
const longest = {
  ...fine,
  level: 'decision',
  rows: ['A-55', 'GAP-15'],
  effect: 'what OpenSSL and node:crypto sign where nothing is said of the salt does not count',
};

/** @type {About} */
const otherSalt = {
  section: '4.2.2',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-55', 'GAP-15'],
  effect: 'a platform that detects the salt accepts what one that has to be told its length refuses: clients are split',
  peers: ['python-tuf, go-tuf and tuf-js take any length of the salt'],
};

/** @type {About} */
const otherScheme = {
  section: '4.2.2',
  level: 'SHOULD',
  attack: 'parser-differential',
  rows: ['4.2.2-c', 'A-55', 'T22', 'GAP-15'],
  effect: 'a scheme means two things: what a weaker padding or digest has signed counts',
};

/** @type {About} */
const faulty = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.2-b', 'A-55', 'GAP-15'],
  effect:
    'the encoding is not checked to its last bit: signatures can be found without the secret, or clients are split',
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
const weak = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'arbitrary-software',
  rows: ['4.2.2-d', 'J23', 'GAP-15'],
  effect: 'a modulus that can be factored is trusted: whoever does it signs',
  peers: ['tuf-js 5.0.1 takes 1024 bits'],
};

/** @type {About} */
const exponents = {
  section: '4.2.2',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.2-d', 'A-55', 'GAP-15'],
  effect: 'keys of some tools are not read, or read on some platforms only: clients are split',
};

const key = rsa[2048];
const first = rsaSigner(key);

/** @param {RsaKey} key @param {Pss} pss @returns {Subject} */
function pssSubject(key, pss) {
  return {
    key: rsaSigner(key, pss.hash).key,
    sign: (message) => signPss(key, message, pss).toString('hex'),
  };
}

/** The key of rsassa-pss-sha256 with a signature of one's own. @param {(message: Buffer) => Buffer | undefined} sign @returns {Subject} */
function with2048(sign) {
  return { key: first.key, sign: (message) => sign(message)?.toString('hex') };
}

/** @param {string} name @param {string} comment @param {Subject} subject @param {About} about */
function refuseTwinOfFirst(name, comment, subject, about) {
  return refuse(`rsa-2048-${name}`, comment, subject, about, { control: first });
}

export function vectors() {
  return [
    ...accepted(),
    ...salts(),
    ...schemes(),
    ...encodings(),
    ...numbers(),
    ...untrueOnes(),
    ...keySizes(),
    ...keyExponents(),
  ];
}

const hashes = /** @type {const} */ (['sha256', 'sha384', 'sha512']);

function accepted() {
  return [
    accept('rsa-2048-plain', 'a true signature: SHA-256, a salt of 32 bytes', first, fine),
    accept('rsa-2048-sha384', 'a true signature: SHA-384, a salt of 48 bytes', rsaSigner(key, 'sha384'), otherDigest),
    accept('rsa-2048-sha512', 'a true signature: SHA-512, a salt of 64 bytes', rsaSigner(key, 'sha512'), otherDigest),
    accept('rsa-2048-empty-message', 'a true signature of nothing', first, fine, { message: Buffer.alloc(0) }),
    accept(
      'rsa-2048-sig-upper-case',
      'sig in upper-case hex',
      { key: first.key, sign: (message) => first.sign(message).toUpperCase() },
      { ...longest, rows: ['4.2.1-d', 'A-13', 'GAP-14'], effect: fine.effect },
    ),
    ...hashes.map((hash) =>
      accept(
        `rsa-2048-longest-salt-${hash}`,
        `${words(hash)} and the longest salt that fits, ${longestSalt(key, hash)} bytes`,
        pssSubject(key, { hash, saltLength: longestSalt(key, hash) }),
        hash === 'sha256' ? longest : { ...longest, rows: [...longest.rows, 'JF4'] },
      ),
    ),
    accept(
      'rsa-2048-leading-zero',
      'a true signature whose first byte is zero',
      leadingZero((sig) => sig),
      fine,
      {
        message: zeroMessage,
      },
    ),
  ];
}

/** @param {Hash} hash */
function words(hash) {
  return hash.replace('sha', 'SHA-');
}

/** Found by trying numbers: with this message the salt of round 0 gives a signature whose first byte is zero. */
const zeroMessage = Buffer.from('signature/rsa-2048-leading-zero, message 140');

/** @param {(sig: string) => string} change @returns {Subject} */
function leadingZero(change) {
  return {
    key: first.key,
    sign: (message) => {
      const sig = first.sign(message);
      return sig.startsWith('00') ? change(sig) : undefined;
    },
  };
}

function salts() {
  /** @type {readonly (readonly [string, Hash, number])[]} */
  const rows = [
    ['none', 'sha256', 0],
    ['of-20', 'sha256', 20],
    ['of-31', 'sha256', 31],
    ['of-33', 'sha256', 33],
    ['of-48', 'sha256', 48],
    ['of-64', 'sha256', 64],
    ['one-below-longest', 'sha256', longestSalt(key, 'sha256') - 1],
    ['sha384-of-32', 'sha384', 32],
    ['sha512-none', 'sha512', 0],
    ['sha512-of-32', 'sha512', 32],
  ];
  return rows.map(([name, hash, saltLength]) =>
    refuse(
      `rsa-2048-salt-${name}`,
      `${words(hash)} and a salt of ${saltLength} bytes`,
      pssSubject(key, { hash, saltLength }),
      otherSalt,
      { control: rsaSigner(key, hash) },
    ),
  );
}

function schemes() {
  const rows = hashes.map((hash) => ({ hash, control: rsaSigner(key, hash) }));
  return [
    ...rows.map(({ hash, control }) =>
      refuse(
        `rsa-2048-pkcs1-${hash}`,
        `a true signature of RSASSA-PKCS1-v1_5 with ${words(hash)}, under the scheme of PSS`,
        { key: control.key, sign: (message) => signPkcs1(key, message, hash).toString('hex') },
        otherScheme,
        { control },
      ),
    ),
    ...[
      ...hashes.flatMap((hash) =>
        hashes.filter((other) => other !== hash).map((other) => /** @type {const} */ ([hash, other])),
      ),
    ].map(([hash, other]) =>
      refuse(
        `rsa-2048-${other}-under-${hash}`,
        `a true signature with ${words(other)} under the scheme of ${words(hash)}`,
        { key: rsaSigner(key, hash).key, sign: rsaSigner(key, other).sign },
        otherScheme,
        { control: rsaSigner(key, hash) },
      ),
    ),
    refuseTwinOfFirst(
      'mask-sha1',
      'a mask made with SHA-1',
      pssSubject(key, { hash: 'sha256', maskHash: 'sha1' }),
      otherScheme,
    ),
    refuseTwinOfFirst(
      'mask-sha512',
      'a mask made with SHA-512',
      pssSubject(key, { hash: 'sha256', maskHash: 'sha512' }),
      otherScheme,
    ),
    refuse(
      'rsa-2048-pkcs1-scheme',
      'a true signature of RSASSA-PKCS1-v1_5 under the scheme rsa-pkcs1v15-sha256',
      {
        key: listed('rsa', 'rsa-pkcs1v15-sha256', rsaPublicPem(key)),
        sign: (message) => signPkcs1(key, message, 'sha256').toString('hex'),
      },
      { ...otherScheme, level: 'decision', effect: 'a padding with a history of forgeries counts, on some platforms' },
      { control: first },
    ),
    refuse(
      'rsa-2048-scheme-sha224',
      'a signature with SHA-256 under the scheme rsassa-pss-sha224',
      { key: listed('rsa', 'rsassa-pss-sha224', rsaPublicPem(key)), sign: first.sign },
      { ...otherScheme, level: 'decision' },
      { control: first },
    ),
  ];
}

function encodings() {
  /** @type {readonly (readonly [string, string, Partial<Pss>])[]} */
  const rows = [
    ['trailer-cc', 'a last byte of cc, as another standard has it', { trailer: 0xcc }],
    ['trailer-zero', 'a last byte of zero', { trailer: 0 }],
    ['separator-2', 'a 2 before the salt in place of 1', { separator: 2 }],
    ['separator-0', 'a 0 before the salt in place of 1', { separator: 0 }],
    ['padding', 'a byte of the padding that is not zero', { padding: 1 }],
  ];
  const topBit = (/** @type {Buffer} */ message) => {
    for (let saltRound = 0; ; saltRound += 1) {
      const encoded = pssEncoded(key, message, { hash: 'sha256', topBit: true, saltRound });
      if (fromBytes(encoded) < key.n) return rsaRoot(key, encoded);
    }
  };
  return [
    ...rows.map(([name, comment, pss]) =>
      refuseTwinOfFirst(name, comment, pssSubject(key, { hash: 'sha256', ...pss }), faulty),
    ),
    refuseTwinOfFirst('top-bit', 'the first bit, which no encoding has, is set', with2048(topBit), faulty),
  ];
}

/** The number that a signature is, in other lengths and out of range. */
function numbers() {
  const { n } = key;
  const size = rsaSize(key);
  const other = (/** @type {(sig: string) => string} */ change) => ({
    key: first.key,
    sign: (/** @type {Buffer} */ message) => change(first.sign(message)),
  });
  const beyond = (/** @type {Buffer} */ message) => {
    for (let saltRound = 0; ; saltRound += 1) {
      const s = fromBytes(signPss(key, message, { hash: 'sha256', saltRound }));
      if (s + n < 2n ** BigInt(key.bits)) return toBytes(s + n, size);
    }
  };
  const constants = { zero: 0n, one: 1n, modulus: n, 'modulus-less-one': n - 1n };
  return [
    refuseTwinOfFirst('plus-modulus', 's + n in place of s, in as many bytes', with2048(beyond), faulty),
    refuseTwinOfFirst(
      'zero-before',
      'a true signature behind a byte of zero',
      other((sig) => `00${sig}`),
      faulty,
    ),
    refuseTwinOfFirst(
      'byte-behind',
      'a true signature and a byte of zero',
      other((sig) => `${sig}00`),
      faulty,
    ),
    refuseTwinOfFirst(
      'cut',
      'a true signature without its last byte',
      other((sig) => sig.slice(0, -2)),
      faulty,
    ),
    refuseTwinOfFirst(
      'empty',
      'an empty signature',
      other(() => ''),
      faulty,
    ),
    refuseTwinOfFirst(
      'odd-hex',
      'a true signature without its last digit',
      other((sig) => sig.slice(0, -1)),
      {
        ...faulty,
        section: '4.2.1',
        rows: ['4.2.1-d', 'B9', 'GAP-14'],
      },
    ),
    refuse(
      'rsa-2048-leading-zero-dropped',
      'a true signature without its first byte, which is zero',
      leadingZero((sig) => sig.slice(2)),
      faulty,
      { message: zeroMessage, twin: 'rsa-2048-leading-zero' },
    ),
    ...Object.entries(constants).map(([name, number]) =>
      refuseTwinOfFirst(
        `is-${name}`,
        `the number ${name.replaceAll('-', ' ')}`,
        with2048(() => toBytes(number, size)),
        faulty,
      ),
    ),
  ];
}

function untrueOnes() {
  const second = rsaSigner(rsa['2048 second']);
  return [
    refuseTwinOfFirst('wrong-key', 'a true signature by another key', { key: second.key, sign: first.sign }, untrue),
    refuseTwinOfFirst(
      'other-message',
      'a true signature of the message with a newline behind it',
      { key: first.key, sign: (message) => first.sign(Buffer.concat([message, Buffer.from('\n')])) },
      untrue,
    ),
    refuseTwinOfFirst(
      'flipped',
      'the last bit of a true signature is flipped',
      with2048((message) => toBytes(fromBytes(Buffer.from(first.sign(message), 'hex')) ^ 1n, rsaSize(key))),
      untrue,
    ),
  ];
}

function keySizes() {
  const large = { ...exponents, rows: ['4.2.2-d', 'A-55', 'GAP-15'] };
  const odd = {
    ...large,
    effect: 'a modulus whose bits fill no whole byte is encoded wrongly: honest metadata is refused',
  };
  const platforms = { ...large, effect: 'platforms limit the modulus differently: the same file counts on some only' };
  return [
    refuse('rsa-1024', 'a modulus of 1024 bits', rsaSigner(rsa[1024]), weak, { control: first }),
    refuse(
      'rsa-1024-salt-of-20',
      'a modulus of 1024 bits, and the longest salt',
      pssSubject(rsa[1024], { hash: 'sha256', saltLength: longestSalt(rsa[1024], 'sha256') }),
      weak,
      { control: first },
    ),
    refuse(
      'rsa-2047',
      'a modulus of 2047 bits',
      rsaSigner(rsa[2047]),
      { ...weak, rows: ['4.2.2-d', 'GAP-15'], peers: undefined },
      { control: first },
    ),
    accept(
      'rsa-2049',
      'a modulus of 2049 bits: the encoding is a byte shorter than the signature',
      rsaSigner(rsa[2049]),
      odd,
    ),
    accept(
      'rsa-2049-longest-salt',
      'a modulus of 2049 bits and the longest salt',
      pssSubject(rsa[2049], { hash: 'sha256', saltLength: longestSalt(rsa[2049], 'sha256') }),
      { ...odd, level: 'decision' },
    ),
    refuse(
      'rsa-2049-salt-one-longer',
      'a modulus of 2049 bits and a salt of one byte less than the longest',
      pssSubject(rsa[2049], { hash: 'sha256', saltLength: longestSalt(rsa[2049], 'sha256') - 1 }),
      otherSalt,
      { control: rsaSigner(rsa[2049]) },
    ),
    ...hashes.map((hash) =>
      accept(
        `rsa-3072-${hash}`,
        `a modulus of 3072 bits, with ${words(hash)}`,
        rsaSigner(rsa[3072], hash),
        hash === 'sha256' ? fine : otherDigest,
      ),
    ),
    refuse(
      'rsa-3072-salt-none',
      'a modulus of 3072 bits, and no salt',
      pssSubject(rsa[3072], { hash: 'sha256', saltLength: 0 }),
      otherSalt,
      { control: rsaSigner(rsa[3072]) },
    ),
    accept('rsa-4096', 'a modulus of 4096 bits', rsaSigner(rsa[4096]), fine),
    accept('rsa-4096-sha512', 'a modulus of 4096 bits, with SHA-512', rsaSigner(rsa[4096], 'sha512'), otherDigest),
    accept('rsa-4104', 'a modulus of 4104 bits, above what some platforms read', rsaSigner(rsa[4104]), {
      ...platforms,
      level: 'decision',
    }),
    refuse(
      'rsa-4104-flipped',
      'a modulus of 4104 bits, and the last bit of a true signature flipped',
      flipped(rsa[4104]),
      untrue,
      { control: rsaSigner(rsa[4104]) },
    ),
  ];
}

/** @param {RsaKey} key @returns {Subject} */
function flipped(key) {
  const { key: object, sign } = rsaSigner(key);
  return {
    key: object,
    sign: (message) => toBytes(fromBytes(Buffer.from(sign(message), 'hex')) ^ 1n, rsaSize(key)).toString('hex'),
  };
}

function keyExponents() {
  const subject = (/** @type {bigint} */ e) => rsaSigner(rsaKey('rsa 2048', e));
  const one = {
    key: listed('rsa', 'rsassa-pss-sha256', rsaPublicPem({ ...key, e: 1n })),
    sign: (/** @type {Buffer} */ message) => pssEncoded(key, message, { hash: 'sha256' }).toString('hex'),
  };
  return [
    accept('rsa-2048-exponent-3', 'an exponent of 3', subject(3n), exponents),
    accept('rsa-2048-exponent-17', 'an exponent of 17', subject(17n), exponents),
    accept(
      'rsa-2048-exponent-2-32-less-one',
      'an exponent of 2^32 - 1, the largest that is read',
      subject(2n ** 32n - 1n),
      exponents,
    ),
    refuse('rsa-2048-exponent-2-32-plus-one', 'an exponent of 2^32 + 1', subject(2n ** 32n + 1n), exponents, {
      control: first,
    }),
    refuse(
      'rsa-2048-exponent-1',
      'an exponent of 1: the encoded message is its own signature',
      one,
      {
        ...exponents,
        level: 'MUST',
        attack: 'arbitrary-software',
        effect: 'everybody signs for this key, without any secret',
      },
      { control: first },
    ),
  ];
}
