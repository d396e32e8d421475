// @ts-check
/** Which keys count, and for how many: one key in two dresses, keys that cannot be used beside good ones, odd keyids. */
import { keyidOf } from './keys.mjs';
import { signer } from './repository.mjs';
import { publicKeyPem } from './signature-der.mjs';
import { encode, multiplyBase, negate, order, signatureOf } from './signature-edwards.mjs';
import { ecdsa, ecdsaSigner, ecKey, ecPem, listed as keyObject, rsa, rsaSigner, schemeOf } from './signature-keys.mjs';
import { expand, fromBytes, mod } from './signature-numbers.mjs';
import { rsaKey, rsaPkcs1Pem, rsaPublicPem } from './signature-rsa.mjs';
import { algorithmOf, compressed, p521, uncompressed } from './signature-weierstrass.mjs';
import { accept, refuse, threeKeys } from './threshold-vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./signature-keys.mjs').EcKey} EcKey */

/** "Each KEY must only contribute one SIGNATURE. That is, each must have a unique KEYID": these have. @type {About} */
const dressed = {
  section: '5.3.4',
  level: 'decision',
  attack: 'threshold-bypass',
  rows: ['5.3.4c', 'A-04', 'T10', 'SIG-05', 'GO-2'],
  effect: 'one key in two spellings counts for two and meets the threshold alone (go-tuf, PR 733)',
  peers: ['python-tuf 5.1.0 and tuf-js 5.0.1 count keyids and not keys'],
};

/** @type {About} */
const related = {
  ...dressed,
  rows: ['5.3.4c', 'A-04', 'T10', 'SIG-05', 'GAP-15'],
  effect: 'two public keys of which one secret gives both count for two: one stolen secret meets the threshold',
};

/** The specification does not say what becomes of a key that cannot be used. @type {About} */
const besides = {
  section: '4.2.2',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.2-a', 'A-53', 'B9', 'SIG-09', 'GO-4'],
  effect: 'one key that cannot be used costs all the others: a new kind of key locks all old clients out',
};

/** @type {About} */
const uncounted = {
  ...besides,
  attack: 'threshold-bypass',
  rows: ['4.2.2-a', '4.2.2-c', 'A-53', 'J23', 'SIG-08', 'SIG-09', 'NT-1', 'T22'],
  effect: 'a key that cannot be used counts all the same: whoever answers on the network signs for it',
};

/** @type {About} */
const kinds = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-b', 'A-04', 'A-54', 'A-55', 'JF3', 'JF4', 'B8', 'LIB-4'],
  effect: 'keys of different kinds are not counted together: honest metadata is refused',
};

/** @type {About} */
const opaque = {
  section: '4.3',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.3-g', 'A-02', 'A-67', 'SIG-13', 'SG-1', 'J14'],
  effect: 'a keyid that is not the hash of its key is refused: one such key in a chain locks all clients out',
};

const [edwards, second] = threeKeys('spare');
const role = /** @type {const} */ ('targets');
const [one, two] = threeKeys(role);

export function vectors() {
  return [...dresses(), ...mixtures(), ...unusable(), ...keyids()];
}

/** The key object with a signer, under its own keyid. @param {Tree} key @param {Signer['sign']} sign */
function own(key, sign) {
  return signer(key, sign);
}

/** @param {EcKey} key @param {string} text @param {string} [keytype] */
function ec(key, text, keytype = 'ecdsa') {
  return own(keyObject(keytype, schemeOf(key.curve), text), ecdsaSigner(key).sign);
}

function dresses() {
  /** @type {(readonly [string, string, Signer, Signer, About?])[]} */
  const pairs = [ecdsa.p256, ecdsa.p384].flatMap((key) => {
    const { curve, point } = key;
    const name = curve.name.toLowerCase().replace('-', '');
    const text = ecPem(key);
    const hex = uncompressed(curve, point).toString('hex');
    const plain = ec(key, text);
    const older = schemeOf(curve);
    const short = publicKeyPem(algorithmOf(curve), compressed(curve, point));
    return /** @type {(readonly [string, string, Signer, Signer])[]} */ ([
      [`${name}-keytypes`, 'under both keytypes', plain, ec(key, text, older)],
      [`${name}-compressed`, 'with the point compressed and not', plain, ec(key, short)],
      [`${name}-crlf`, 'as PEM with LF and with CRLF', plain, ec(key, text.replaceAll('\n', '\r\n'))],
      [`${name}-last-newline`, 'as PEM with the last newline and without', plain, ec(key, text.trimEnd())],
      [`${name}-hex`, 'as PEM and as hex', plain, ec(key, hex)],
      [`${name}-hex-older`, 'as PEM and, under the older keytype, as hex', plain, ec(key, hex, older)],
      [`${name}-hex-case`, 'as hex in both cases', ec(key, hex), ec(key, hex.toUpperCase())],
    ]);
  });
  const hex = String(/** @type {{ keyval: { public: string } }} */ (edwards.key).keyval.public);
  const plain = rsaSigner(rsa[2048]);
  const rsaKeyOf = (/** @type {string} */ text, /** @type {'sha256' | 'sha512'} */ hash) =>
    own(keyObject('rsa', `rsassa-pss-${hash}`, text), rsaSigner(rsa[2048], hash).sign);
  const cubic = rsaKey('rsa 2048', 3n);
  pairs.push(
    [
      'ed25519-case',
      'as hex in both cases',
      edwards,
      own(keyObject('ed25519', 'ed25519', hex.toUpperCase()), edwards.sign),
    ],
    [
      'ed25519-member',
      'with an unrecognised member and without',
      edwards,
      own({ .../** @type {object} */ (edwards.key), 'x-owner': 'a' }, edwards.sign),
    ],
    ['rsa-pkcs1', 'as SubjectPublicKeyInfo and as RSAPublicKey', plain, rsaKeyOf(rsaPkcs1Pem(rsa[2048]), 'sha256')],
    [
      'rsa-crlf',
      'as PEM with LF and with CRLF',
      plain,
      rsaKeyOf(rsaPublicPem(rsa[2048]).replaceAll('\n', '\r\n'), 'sha256'),
    ],
    ['rsa-schemes', 'under two schemes', plain, rsaSigner(rsa[2048], 'sha512')],
    ['rsa-exponents', 'with two exponents and one modulus', plain, rsaSigner(cubic), related],
    [
      'rsa-exponents-pkcs1',
      'with two exponents, one of them as RSAPublicKey',
      plain,
      own(keyObject('rsa', 'rsassa-pss-sha256', rsaPkcs1Pem(cubic)), rsaSigner(cubic).sign),
      related,
    ],
    [
      'p256-negative',
      'and the point of the same x, whose secret is the negative',
      ecdsaSigner(ecdsa.p256),
      ecdsaSigner(negativeOf(ecdsa.p256)),
      related,
    ],
    ['ed25519-negative', 'and the point of the same y, whose secret is the negative', ...negatives(), related],
  );
  const all = [
    ecdsaSigner(ecdsa.p256),
    ec(ecdsa.p256, ecPem(ecdsa.p256), 'ecdsa-sha2-nistp256'),
    ec(ecdsa.p256, ecPem(ecdsa.p256).trimEnd()),
  ];
  return [
    ...pairs.map(([name, words, first, again, about = dressed]) =>
      refuse(
        `same-${name}`,
        `threshold 2: one key ${words}, signs under both keyids`,
        { role, listed: [first, again, two], threshold: 2, honest: [first, two], signers: [first, again] },
        about,
      ),
    ),
    refuse(
      'same-p256-three-dresses',
      'threshold 3: one key in three spellings',
      { role, listed: [...all, one, two], threshold: 3, honest: [all[0] ?? one, one, two], signers: all },
      dressed,
    ),
    refuse(
      'same-p256-keytypes-delegated',
      'threshold 2 of a delegated role: one key under both keytypes',
      {
        role: 'packages',
        listed: [...all.slice(0, 2), two],
        threshold: 2,
        honest: [all[0] ?? one, two],
        signers: all.slice(0, 2),
      },
      dressed,
    ),
    accept(
      'same-key-false-then-true',
      'one key under two keyids: a false signature under the first, a true one under the second',
      {
        role,
        listed: [edwards, signer(edwards.key, edwards.sign, 'cd'.repeat(32))],
        signers: [{ ...edwards, sign: () => '00'.repeat(64) }, signer(edwards.key, edwards.sign, 'cd'.repeat(32))],
      },
      {
        ...besides,
        rows: ['A-04', '4.2.1-d'],
        effect: 'a false signature uses up the key: honest metadata is refused',
      },
    ),
  ];
}

/** @param {EcKey} key @returns {EcKey} */
function negativeOf({ curve, secret, point }) {
  return { curve, secret: curve.n - secret, point: { x: point.x, y: curve.p - point.y } };
}

/** Two Ed25519 keys whose points are each other's negatives, with their signatures. @returns {[Signer, Signer]} */
function negatives() {
  const a = mod(fromBytes(expand('tufa-spec-vectors edwards25519 scalar of a negative', 40)), order);
  const point = multiplyBase(a);
  const signs = (/** @type {bigint} */ scalar) => (/** @type {Buffer} */ message) =>
    signatureOf({ a: scalar, r: mod(fromBytes(expand(message.toString('hex'), 40)), order) }, message).toString('hex');
  const pairs = /** @type {const} */ ([
    [point, a],
    [negate(point), order - a],
  ]);
  const [plain, negative] = pairs.map(([each, scalar]) =>
    own(keyObject('ed25519', 'ed25519', encode(each).toString('hex')), signs(scalar)),
  );
  return /** @type {[Signer, Signer]} */ ([plain, negative]);
}

function mixtures() {
  const all = [
    edwards,
    ecdsaSigner(ecdsa.p256),
    ecdsaSigner(ecdsa.p384),
    rsaSigner(rsa[2048]),
    rsaSigner(rsa[3072], 'sha384'),
    rsaSigner(rsa['2048 second'], 'sha512'),
  ];
  const recommended = [edwards, ecdsaSigner(ecdsa.p256), rsaSigner(rsa[2048])];
  const places = /** @type {const} */ (['root', 'timestamp', 'targets', 'packages']);
  return [
    ...places.map((place) =>
      accept(
        `${place}-kinds`,
        'threshold 3: a key of each kind that the specification recommends',
        { role: place, listed: recommended, threshold: 3 },
        { ...kinds, rows: ['4.2.2-b', 'A-04', 'LIB-4'] },
      ),
    ),
    ...places.map((place) =>
      accept(
        `${place}-all-kinds`,
        'threshold 6: a key of every kind',
        { role: place, listed: all, threshold: 6 },
        { ...kinds, level: 'decision' },
      ),
    ),
    refuse(
      'targets-kinds-one-missing',
      'threshold 3: a key of each kind, one of which does not sign',
      { role, listed: recommended, threshold: 3, signers: recommended.slice(0, 2) },
      {
        ...kinds,
        attack: 'threshold-bypass',
        effect: 'keys of different kinds are counted apart: too few meet the threshold',
      },
    ),
    accept(
      'two-keys-of-one-kind',
      'threshold 2: two RSA keys with one exponent, two points of one curve, four in all',
      {
        role,
        listed: [
          rsaSigner(rsa[2048]),
          rsaSigner(rsa['2048 second']),
          ecdsaSigner(ecdsa.p256),
          ecdsaSigner(ecdsa.p256second),
        ],
        threshold: 4,
      },
      { ...kinds, rows: ['A-04', '4.2.2-b'], effect: 'keys that share an exponent or a curve are taken for one' },
    ),
  ];
}

/** Keys that no signature can count for: each beside a good one, and counted on. */
function unusable() {
  const { keytype, scheme, keyval } = /** @type {import('./signature-keys.mjs').Key} */ (edwards.key);
  const text = keyval.public;
  const longest = ecKey(p521, 'ecdsa p521');
  const weak = rsaSigner(rsa[1024]);
  const same = edwards.sign;
  const any = () => '00'.repeat(64);
  const oneR = rsaSigner(rsa[2048]);
  /** @type {readonly (readonly [string, string, Tree, Signer['sign']])[]} */
  const rows = [
    [
      'unknown-type',
      'of an unknown type',
      { keytype: 'x-future', scheme: 'x-future', keyval: { public: 'eA==' } },
      any,
    ],
    [
      'unknown-type-without-public',
      'of an unknown type, without public',
      { keytype: 'x-future', scheme: 'x-future', keyval: { issuer: 'a' } },
      any,
    ],
    ['unknown-scheme', 'of a known type with an unknown scheme', { keytype, scheme: 'x-future', keyval }, same],
    ['ed25519-as-rsa', 'of Ed25519 under the keytype rsa', { keytype: 'rsa', scheme, keyval }, same],
    [
      'rsa-as-ed25519',
      'of RSA under the keytype ed25519',
      { keytype, scheme, keyval: { public: rsaPublicPem(rsa[2048]) } },
      oneR.sign,
    ],
    [
      'rsa-with-scheme-ed25519',
      'of RSA with the scheme ed25519',
      { keytype: 'rsa', scheme, keyval: { public: rsaPublicPem(rsa[2048]) } },
      oneR.sign,
    ],
    [
      'p384-with-scheme-of-p256',
      'of P-384 with the scheme of P-256',
      keyObject('ecdsa', 'ecdsa-sha2-nistp256', ecPem(ecdsa.p384)),
      ecdsaSigner(ecdsa.p384).sign,
    ],
    ['p521', 'of P-521', keyObject('ecdsa', 'ecdsa-sha2-nistp521', ecPem(longest)), ecdsaSigner(longest).sign],
    ['rsa-1024', 'of RSA with 1024 bits', weak.key, weak.sign],
    ['without-public', 'without public', { keytype, scheme, keyval: {} }, same],
    ['empty', 'whose public is empty', keyObject(keytype, scheme, ''), same],
    ['31-bytes', 'of Ed25519 with 31 bytes', keyObject(keytype, scheme, text.slice(2)), same],
    ['33-bytes', 'of Ed25519 with 33 bytes', keyObject(keytype, scheme, `${text}00`), same],
    ['odd-hex', 'of Ed25519 with an odd number of digits', keyObject(keytype, scheme, text.slice(1)), same],
    ['not-hex', 'of Ed25519 that is no hex', keyObject(keytype, scheme, 'z'.repeat(64)), same],
    [
      'small-order',
      'of Ed25519 of small order, under which anyone can sign',
      keyObject(keytype, scheme, `01${'00'.repeat(31)}`),
      () => `01${'00'.repeat(63)}`,
    ],
    ['no-pem', 'of ECDSA that is no PEM', keyObject('ecdsa', 'ecdsa-sha2-nistp256', 'not a key'), any],
    [
      'broken-pem',
      'of RSA that is PEM of nothing',
      keyObject('rsa', 'rsassa-pss-sha256', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
      any,
    ],
  ];
  const places = /** @type {const} */ (['targets', 'packages']);
  return [
    ...rows.flatMap(([name, words, key, sign]) => {
      const bad = own(key, sign);
      return [
        accept(
          `beside-${name}`,
          `threshold 1: a key ${words} signs first, then a good one`,
          { role, listed: [bad, one], honest: [one], signers: [bad, one] },
          besides,
        ),
        refuse(
          `counted-${name}`,
          `threshold 2: a key ${words} signs, and one good one of two`,
          { role, listed: [bad, one, two], threshold: 2, honest: [one, two], signers: [bad, one] },
          uncounted,
        ),
      ];
    }),
    ...places.flatMap((place) => {
      const [first, other] = threeKeys(place);
      const missing = (/** @type {import('./repository.mjs').Signed} */ signed) => withoutKey(signed, second.keyid);
      const listed = [second, first, other];
      return [
        accept(
          `${place}-beside-missing-key`,
          'threshold 1: a keyid that is in no key list signs first, then a good one',
          { role: place, listed, honest: [first], signers: [second, first], delegatorFirst: missing },
          {
            ...besides,
            rows: ['A-07', 'B9', 'GAP-13'],
            effect: 'a slip of the operator becomes an outage',
          },
        ),
        refuse(
          `${place}-counted-missing-key`,
          'threshold 2: a keyid that is in no key list signs, and one good key of two',
          {
            role: place,
            listed,
            threshold: 2,
            honest: [first, other],
            signers: [second, first],
            delegatorFirst: missing,
          },
          { ...uncounted, rows: ['A-07', 'GAP-13', 'T10'], effect: 'a keyid without a key counts' },
        ),
      ];
    }),
  ];
}

/** The delegator without one key of its list. @param {import('./repository.mjs').Signed} signed @param {string} keyid */
function withoutKey(signed, keyid) {
  const holder = /** @type {{ keys: { [keyid: string]: Tree } }} */ (
    signed['_type'] === 'root' ? signed : signed['delegations']
  );
  const keys = Object.fromEntries(Object.entries(holder.keys).filter(([each]) => each !== keyid));
  return signed['_type'] === 'root' ? { ...signed, keys } : { ...signed, delegations: { ...holder, keys } };
}

function keyids() {
  /** @type {readonly (readonly [string, string, string])[]} */
  const odd = [
    ['not-the-hash', 'that is not the hash of its key', 'ab'.repeat(32)],
    ['not-hex', 'that is no hex', 'my key'],
    ['empty', 'that is empty', ''],
    ['proto', '__proto__', '__proto__'],
    ['constructor', 'constructor', 'constructor'],
    ['integer', '10', '10'],
    ['upper-case', 'in upper case', keyidOf(one.key).toUpperCase()],
    ['astral', 'with a character above U+FFFF', 'key \u{1f511}'],
    ['long', 'of 1,000 characters', 'k'.repeat(1000)],
  ];
  const renamed = (/** @type {string} */ keyid) => ({ ...one, keyid });
  const places = /** @type {const} */ (['targets', 'packages']);
  return [
    ...odd.flatMap(([name, words, keyid]) =>
      places
        .filter((place) => place === 'targets' || ['proto', 'integer', 'not-the-hash'].includes(name))
        .map((place) =>
          accept(
            `${place}-keyid-${name}`,
            `a keyid ${words}`,
            { role: place, listed: [renamed(keyid), two], signers: [renamed(keyid)] },
            opaque,
          ),
        ),
    ),
    accept(
      'keyids-exchanged',
      'threshold 2: each of two keys stands under the keyid of the other',
      {
        role,
        listed: [
          { ...one, keyid: two.keyid },
          { ...two, keyid: one.keyid },
        ],
        threshold: 2,
      },
      opaque,
    ),
    refuse(
      'keyid-case-differs',
      'the signature names the keyid in upper case, the role in lower case',
      { role, signers: [{ ...one, keyid: one.keyid.toUpperCase() }] },
      {
        ...opaque,
        attack: 'parser-differential',
        effect: 'keyids are compared loosely by some clients: they count differently',
      },
    ),
    refuse(
      'keyid-composition-differs',
      'the signature names the keyid with a combining mark, the role with a composed letter',
      { role, listed: [renamed('key \u00fc'), two], signers: [renamed('key u\u0308')] },
      {
        ...opaque,
        attack: 'parser-differential',
        effect: 'keyids are normalised by some clients: they count differently',
      },
    ),
    refuse(
      'keyid-space-behind',
      'the signature names the keyid with a space behind it',
      { role, signers: [{ ...one, keyid: `${one.keyid} ` }] },
      {
        ...opaque,
        attack: 'parser-differential',
        effect: 'keyids are compared loosely by some clients: they count differently',
      },
    ),
  ];
}
