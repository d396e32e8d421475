// @ts-check
/** Keys as a delegator lists them: in root, and in the delegations of targets. */
import { honest } from './documents.mjs';
import { keyidOf, keys } from './keys.mjs';
import { entriesOf, members, valueAt, withValue } from './tree.mjs';
import { accept, allBut, reject, sweep, withSigned } from './reading-vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const shape = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.2.2-a', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const unusable = {
  section: '4.2.2',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.2.2-a', '4.2.2-e', 'A-53', 'B9', 'GO-4', 'SIG-09'],
  effect: 'one key of a kind that the reader does not know makes the whole file unreadable: a new kind of key locks all old clients out',
};

/** @type {About} */
const unrecognised = {
  ...unusable,
  rows: ['4-a', 'A-03', 'SIG-13', 'SG-1'],
  effect: 'honest metadata with an unrecognised member in a key is refused, Sigstore roots among it',
};

/** @type {About} */
const names = {
  section: '4.3',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-02', 'A-67', 'SIG-13'],
  effect: 'a keyid that is a name of the programming language is looked up in the wrong place: a key is found that nobody listed, or a listed one is lost',
  peers: ['tuf-js 5.0.1 takes the keyid constructor for a duplicate'],
};

/** Where keys are listed: the document, how vectors spell it, the path, and a key that is there. */
const places = /** @type {const} */ ([
  { role: 'root', prefix: '', path: ['keys'], keyid: keys.root2.keyid, holder: ['roles', 'root', 'keyids'] },
  {
    role: 'targets',
    prefix: 'delegations-',
    path: ['delegations', 'keys'],
    keyid: keys.packages.keyid,
    holder: ['delegations', 'roles', 0, 'keyids'],
  },
]);

/** @typedef {(typeof places)[number]} Place */

export function vectors() {
  return places.flatMap((place) => [...faults(place), ...accepted(place), ...oddKeyids(place)]);
}

/** @param {Place} place */
function faults({ role, prefix, path, keyid }) {
  const at = (/** @type {string[]} */ ...steps) => [...path, keyid, ...steps];
  const twice = members([[keyid, keys.snapshot.key], ...entriesOf(valueAt(honest[role](), path))]);
  return [
    ...sweep(role, `${prefix}keys`, path, allBut('object'), shape),
    ...sweep(role, `${prefix}key`, at(), allBut('missing'), shape),
    ...sweep(role, `${prefix}keytype`, at('keytype'), allBut('text'), shape),
    ...sweep(role, `${prefix}scheme`, at('scheme'), allBut('text'), shape),
    ...sweep(role, `${prefix}keyval`, at('keyval'), allBut('object'), shape),
    ...sweep(role, `${prefix}public`, at('keyval', 'public'), allBut('missing', 'text'), shape),
    reject(role, `${prefix}keyid-duplicate`, 'one keyid twice with two different keys', withSigned(role, path, twice), {
      ...shape,
      level: 'decision',
      attack: 'parser-differential',
      rows: ['A-46', 'JSON-05', 'PY-16', 'J16'],
      effect: 'one reader trusts the first key and another the last',
    }),
  ];
}

/** @param {Place} place */
function accepted(place) {
  const { role, prefix, path } = place;
  const beside = (/** @type {string} */ name, /** @type {string} */ comment, /** @type {Tree} */ key, about = unusable) =>
    accept(role, `${prefix}key-${name}`, comment, { signed: withKey(place, keyidOf(key), key) }, about);
  const { keytype, scheme, keyval } = keys.root1.key;
  const publicKey = keyval.public;
  return [
    beside('unknown-type', 'beside enough good keys, a key of an unknown type', { keytype: 'x-future', scheme: 'x-future', keyval: { public: 'eA==' } }),
    beside('unknown-scheme', 'beside enough good keys, a known type with an unknown scheme', { keytype, scheme: 'x-future', keyval }),
    beside('unknown-type-without-public', 'beside enough good keys, an unknown type whose keyval has no public', { keytype: 'x-future', scheme: 'x-future', keyval: { identity: 'a' } }),
    beside('without-public', 'beside enough good keys, a known type whose keyval is empty', { keytype, scheme, keyval: {} }),
    beside('empty-texts', 'beside enough good keys, a key whose texts are all empty', { keytype: '', scheme: '', keyval: { public: '' } }),
    beside('short', 'beside enough good keys, an Ed25519 key of 31 bytes', { keytype, scheme, keyval: { public: publicKey.slice(2) } }),
    beside('odd-hex', 'beside enough good keys, an Ed25519 key with an odd number of hex digits', { keytype, scheme, keyval: { public: publicKey.slice(1) } }),
    beside('not-hex', 'beside enough good keys, an Ed25519 key that is no hex', { keytype, scheme, keyval: { public: 'z'.repeat(64) } }),
    beside('not-pem', 'beside enough good keys, an RSA key that is no PEM', { keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: 'not a key' } }),
    beside('member', 'a key with unrecognised members, which its keyid covers', { keytype, scheme, keyval, 'x-owner': '@someone', keyid_hash_algorithms: ['sha256', 'sha512'] }, unrecognised),
    beside('keyval-member', 'a keyval with an unrecognised member', { keytype, scheme, keyval: { public: publicKey, 'x-note': null } }, unrecognised),
    accept(role, `${prefix}keys-unlisted`, 'a keyid in a role that is in no key list', { signed: withKeyid(place, 'ab'.repeat(32)) }, {
      ...unusable,
      level: 'decision',
      rows: ['A-07', 'GAP-13'],
      effect: 'a reader that refuses or crashes here turns a slip of the operator into an outage; skipping the keyid can only lower the count',
    }),
    accept(role, `${prefix}keys-empty`, 'no key at all: read, and never satisfiable', withSigned(role, path, {}), {
      ...unusable,
      level: 'decision',
      rows: ['A-07', 'A-08', 'GAP-13'],
      effect: 'reading and verifying are mixed up: a fault that fails closed anyway crashes the reader',
    }),
  ];
}

/** @param {Place} place */
function oddKeyids(place) {
  const { role, prefix } = place;
  const odd = (/** @type {string} */ name, /** @type {string} */ keyid, about = names) =>
    accept(role, `${prefix}keyid-${name}`, `a key under the keyid ${JSON.stringify(keyid)}`, { signed: withKey(place, keyid, keys.timestamp.key) }, about, { strict: false });
  const opaque = { ...names, attack: 'lock-out', effect: 'a keyid that is not the hash of its key is refused in a client: one such key in a chain locks all clients out' };
  return [
    odd('proto', '__proto__'),
    odd('constructor', 'constructor'),
    odd('to-string', 'toString'),
    odd('one', '1'),
    odd('ten', '10'),
    odd('not-the-hash', 'ab'.repeat(32), opaque),
    odd('not-hex', 'my key', opaque),
    odd('upper-case', keys.timestamp.keyid.toUpperCase(), opaque),
  ];
}

/** The honest document with a further key that a role lists. @param {Place} place @param {string} keyid @param {Tree} key */
function withKey(place, keyid, key) {
  return withValue(withKeyid(place, keyid), [...place.path, keyid], key);
}

/** @param {Place} place @param {string} keyid */
function withKeyid({ role, holder }, keyid) {
  const listed = role === 'root' ? [keys.root1.keyid, keys.root2.keyid] : [keys.packages.keyid];
  return withValue(honest[role](), holder, [...listed, keyid]);
}
