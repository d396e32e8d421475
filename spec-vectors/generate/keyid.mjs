// @ts-check
/** Which keyid the text of a key has: the whole object counts, and nothing of how it is written. */
import { keyid } from './keyid-vector.mjs';
import { testKeys } from './keys.mjs';
import { ecdsa, ecdsaSigner, listed, rsa, rsaSigner, schemeOf } from './signature-keys.mjs';
import { rsaPkcs1Pem } from './signature-rsa.mjs';
import { uncompressed } from './signature-weierstrass.mjs';
import { indentedText, members, raw } from './tree.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */

/** @type {About} */
const usual = {
  section: '4.2.1',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.1-b', '4.3-g', 'A-02', 'A-03', 'SIG-13'],
  effect: 'keyids are computed in another way: honest keys are reported or refused',
};

/** @type {About} */
const whole = {
  ...usual,
  level: 'decision',
  rows: ['4.2.1-b', 'A-02', 'A-03', 'SIG-13', 'SG-1'],
  effect: 'the keyid is that of the three members alone: the keys of Sigstore and of tuf-on-ci are reported or refused',
};

/** @type {About} */
const written = {
  ...usual,
  rows: ['4.2.1-b', '4.1-a', 'A-01', 'A-03', 'JSON-07'],
  effect: 'the keyid depends on how the text of a key is written: equal keys have different ids',
};

/** @type {About} */
const escaped = {
  ...written,
  rows: ['4.2.1-b', 'A-01', 'A-03', 'JSON-07', 'SG-11', 'LIB-1'],
  effect: 'the newlines of a PEM key are escaped, as RFC 8785 has it: every such key has another id',
};

/** @type {About} */
const untouched = {
  ...written,
  level: 'decision',
  rows: ['A-01', 'A-03', 'A-04', 'SIG-13'],
  effect: 'a keyid is computed over what the key means and not over what it says: files disagree about it',
};

/** @type {About} */
const ordered = {
  ...written,
  rows: ['4.1-a', 'A-01', 'A-03', 'A-67', 'JSON-07', 'J15'],
  effect: 'names are sorted in another order, so that the keyid is another one',
};

const [one] = /** @type {[import('./keys.mjs').TestKey]} */ (testKeys('signature', 1));
const { keytype, scheme, keyval } = one.key;
const p256 = ecdsaSigner(ecdsa.p256).key;
const rsa2048 = rsaSigner(rsa[2048]).key;

export function vectors() {
  return [...usualKeys(), ...moreMembers(), ...texts(), ...values(), ...names()];
}

function usualKeys() {
  const hex = uncompressed(ecdsa.p256.curve, ecdsa.p256.point).toString('hex');
  const future = { keytype: 'x-future', scheme: 'x-future-1', keyval: { identity: 'a', issuer: 'b' } };
  return [
    keyid('ed25519', 'an Ed25519 key', one.key, usual),
    keyid('ecdsa', 'an ECDSA key: PEM with newlines', p256, { ...usual, rows: [...usual.rows, 'JSON-07', 'SG-11'] }),
    keyid('ecdsa-p384', 'a P-384 key', ecdsaSigner(ecdsa.p384).key, usual),
    keyid(
      'ecdsa-older-keytype',
      'an ECDSA key with the scheme as its keytype',
      listed(schemeOf(ecdsa.p256.curve), p256.scheme, p256.keyval.public),
      usual,
    ),
    keyid('ecdsa-hex', 'an ECDSA key as the hex of its point', listed('ecdsa-sha2-nistp256', p256.scheme, hex), usual),
    keyid('rsa', 'an RSA key', rsa2048, usual),
    keyid('rsa-sha512', 'the same key under another scheme', rsaSigner(rsa[2048], 'sha512').key, usual),
    keyid('rsa-pkcs1', 'the same key as an RSAPublicKey', listed('rsa', rsa2048.scheme, rsaPkcs1Pem(rsa[2048])), usual),
    keyid('unknown-kind', 'a key of an unknown kind, without public', future, {
      ...usual,
      rows: [...usual.rows, '4.2.2-a'],
    }),
    keyid('empty-texts', 'a key whose texts are all empty', listed('', '', ''), usual),
  ];
}

function moreMembers() {
  const { key } = one;
  return [
    keyid('member', 'an unrecognised member', { ...key, 'x-owner': '@someone' }, whole),
    keyid(
      'hash-algorithms',
      'keyid_hash_algorithms, as old tools write it',
      { ...key, keyid_hash_algorithms: ['sha256', 'sha512'] },
      whole,
    ),
    keyid(
      'hash-algorithms-reversed',
      'the same in the other order',
      { ...key, keyid_hash_algorithms: ['sha512', 'sha256'] },
      whole,
    ),
    keyid(
      'tuf-on-ci',
      'the members of tuf-on-ci',
      { ...key, 'x-tuf-on-ci-keyowner': '@someone', 'x-tuf-on-ci-online-uri': 'kms://key/1' },
      whole,
    ),
    keyid('own-keyid', 'a member keyid, which is no keyid', { ...key, keyid: 'ab'.repeat(32) }, whole),
    keyid(
      'keyval-member',
      'an unrecognised member in keyval',
      { keytype, scheme, keyval: { ...keyval, 'x-note': null } },
      whole,
    ),
    keyid(
      'keyval-private',
      'an empty private in keyval, as old tools write it',
      { keytype, scheme, keyval: { private: '', ...keyval } },
      whole,
    ),
    keyid(
      'nested',
      'unrecognised members of every type',
      { ...key, 'x-all': { a: [], b: {}, c: [null, true, false, 'text', { d: [[]] }] } },
      whole,
    ),
    keyid(
      'numbers',
      'unrecognised members that are numbers',
      { ...key, 'x-numbers': [0, -1, 9007199254740991, -9007199254740991] },
      whole,
    ),
  ];
}

function texts() {
  const { public: publicText } = p256.keyval;
  const first = keyval.public.charAt(0);
  const reversed = members([
    ['scheme', scheme],
    ['keyval', keyval],
    ['keytype', keytype],
  ]);
  const escapeOf = (/** @type {string} */ character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const letter = raw(`"${escapeOf(first)}${keyval.public.slice(1)}"`, `"${keyval.public}"`, keyval.public);
  const newlines = raw(JSON.stringify(publicText).replaceAll('\\n', '\\u000a'), `"${publicText}"`, publicText);
  const slash = raw(JSON.stringify(publicText).replaceAll('/', '\\/'), `"${publicText}"`, publicText);
  const named = members([
    [raw('"key\\u0074ype"', '"keytype"', 'keytype'), keytype],
    ['keyval', keyval],
    ['scheme', scheme],
  ]);
  return [
    keyid('members-reversed', 'the members in another order', reversed, written),
    keyid('indented', 'the same key over several lines', one.key, written, (tree) => indentedText(tree, '  ')),
    keyid('tabs', 'the same key with tabs and CRLF', one.key, written, (tree) =>
      Buffer.from(indentedText(tree, '\t').toString().replaceAll('\n', '\r\n')),
    ),
    keyid(
      'escaped-letter',
      'a digit of the key as an escape',
      { keytype, scheme, keyval: { public: letter } },
      written,
    ),
    keyid('escaped-name', 'a letter of a name as an escape', named, written),
    keyid('escaped-newlines', 'the newlines of PEM as \\u000a', { ...p256, keyval: { public: newlines } }, escaped),
    keyid('escaped-slashes', 'the slashes of PEM as \\/', { ...p256, keyval: { public: slash } }, written),
    keyid(
      'quotation-mark',
      'a quotation mark and a backslash in a member',
      { ...one.key, 'x-note': 'a "quoted" \\ text' },
      written,
    ),
    keyid(
      'quotation-mark-escaped',
      'the same as \\u0022 and \\u005c',
      {
        ...one.key,
        'x-note': raw('"a \\u0022quoted\\u0022 \\u005c text"', '"a \\"quoted\\" \\\\ text"', 'a "quoted" \\ text'),
      },
      written,
    ),
    ...[
      { name: 'tab', text: '"a\\tb"', value: 'a\tb' },
      { name: 'controls', text: '"\\u0000\\u0001\\b\\f\\u001f"', value: '\0\u0001\b\f\u001f' },
    ].map(({ name, text, value }) =>
      keyid(
        `control-${name}`,
        `${text} in a member: as they are in the canonical form`,
        { ...one.key, 'x-note': raw(text, `"${value}"`, value) },
        escaped,
      ),
    ),
  ];
}

function values() {
  const { public: publicText } = p256.keyval;
  const pemOf = (/** @type {string} */ text) => ({ ...p256, keyval: { public: text } });
  const owner = (/** @type {string} */ text) => ({ ...one.key, 'x-owner': text });
  return [
    keyid('upper-case', 'the key in upper-case hex', listed(keytype, scheme, keyval.public.toUpperCase()), untouched),
    keyid('pem-no-last-newline', 'PEM without its last newline', pemOf(publicText.trimEnd()), untouched),
    keyid('pem-crlf', 'PEM with CRLF', pemOf(publicText.replaceAll('\n', '\r\n')), untouched),
    keyid('non-ascii', 'an owner with letters that are not ASCII', owner('Jürgen Müller, 東京'), written),
    keyid('composed', 'an owner with a composed letter', owner('J\u00fcrgen'), written),
    keyid('decomposed', 'the same with a letter and a combining mark: another keyid', owner('Ju\u0308rgen'), written),
    keyid('astral', 'a character above U+FFFF', owner('\u{1f511}'), written),
    keyid(
      'astral-escaped',
      'the same as two escapes',
      { ...one.key, 'x-owner': raw('"\\ud83d\\udd11"', '"\u{1f511}"', '\u{1f511}') },
      written,
    ),
    keyid('delete', 'the character U+007F, and line separators', owner('\u007f\u2028\u2029'), written),
  ];
}

function names() {
  const withNames = (/** @type {readonly string[]} */ list) =>
    members([
      ...list.map((name) => /** @type {const} */ ([name, 1])),
      ['keytype', keytype],
      ['keyval', keyval],
      ['scheme', scheme],
    ]);
  return [
    keyid('names-integers', 'names that look like numbers', withNames(['10', '9', '1', '-1']), ordered),
    keyid(
      'names-astral',
      'names above U+FFFF and below, which UTF-16 sorts otherwise',
      withNames(['\u{1f511}', '\uff41', 'z']),
      ordered,
    ),
    keyid('names-case', 'names that differ in case', withNames(['x', 'X', 'Keytype', 'KEYTYPE']), ordered),
    keyid('names-proto', 'names of the language', withNames(['__proto__', 'constructor', 'toString', '']), ordered),
  ];
}
