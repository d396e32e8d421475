// @ts-check
/** Keys as a delegator lists them: in root, and in the delegations of targets. */
import { honest } from './documents.mjs';
import { keyidOf, keys } from './keys.mjs';
import { accept, allBut, reject, sweep, withSigned } from './reading-vector.mjs';
import { entriesOf, members, valueAt, withValue } from './tree.mjs';

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

/** The specification does not say what becomes of a key that cannot be used. @type {About} */
const unusable = {
  section: '4.2.2',
  level: 'decision',
  attack: 'lock-out',
  rows: ['4.2.2-a', '4.2.2-e', 'A-53', 'B9', 'GO-4', 'SIG-09'],
  effect:
    'one key of a kind that the reader does not know makes the whole file unreadable: a new kind of key locks all old clients out',
};

/** @type {About} */
const unrecognised = {
  ...unusable,
  level: 'MUST',
  rows: ['4-a', 'A-03', 'SIG-13', 'SG-1'],
  effect: 'honest metadata with an unrecognised member in a key is refused, Sigstore roots among it',
};

/** @type {About} */
const names = {
  section: '4.3',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-02', 'A-67', 'SIG-13'],
  effect:
    'a keyid that is a name of the programming language is looked up in the wrong place: a key is found that nobody listed, or a listed one is lost',
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
  return places.flatMap((place) => [...faults(place), ...accepted(place), ...tooFew(place), ...oddKeyids(place)]);
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

/** Keys beside enough good ones: of a kind that nobody knows, broken, or with more members. @param {Place} place */
function accepted(place) {
  const { keytype, scheme, keyval } = keys.root1.key;
  const future = { keytype: 'x-future', scheme: 'x-future' };
  const ed25519 = (/** @type {string} */ text) => ({ keytype, scheme, keyval: { public: text } });
  const noPem = { keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: 'not a key' } };
  const text = keyval.public;
  /** @type {readonly (readonly [string, string, Tree])[]} */
  const kinds = [
    ['unknown-type', 'a key of an unknown type', { ...future, keyval: { public: 'eA==' } }],
    ['unknown-scheme', 'a key of a known type with an unknown scheme', { keytype, scheme: 'x-future', keyval }],
    ['unknown-type-without-public', 'an unknown type whose keyval has no public', { ...future, keyval: { id: 'a' } }],
    ['without-public', 'a key of a known type whose keyval is empty', { keytype, scheme, keyval: {} }],
    ['empty-texts', 'a key whose texts are all empty', { keytype: '', scheme: '', keyval: { public: '' } }],
    ['short', 'an Ed25519 key of 31 bytes', ed25519(text.slice(2))],
    ['odd-hex', 'an Ed25519 key with an odd number of hex digits', ed25519(text.slice(1))],
    ['not-hex', 'an Ed25519 key that is no hex', ed25519('z'.repeat(64))],
    ['not-pem', 'an RSA key that is no PEM', noPem],
  ];
  const withMembers = { keytype, scheme, keyval, 'x-owner': '@someone', keyid_hash_algorithms: ['sha256', 'sha512'] };
  /** @type {typeof kinds} */
  const more = [
    ['member', 'a key with unrecognised members, which its keyid covers', withMembers],
    [
      'keyval-member',
      'a keyval with an unrecognised member',
      { keytype, scheme, keyval: { public: text, 'x-note': null } },
    ],
  ];
  const beside = (/** @type {(typeof kinds)[number]} */ [name, comment, key], /** @type {About} */ about) => {
    const changes = { signed: withKey(place, keyidOf(key), key) };
    return accept(place.role, `${place.prefix}key-${name}`, `beside enough good keys, ${comment}`, changes, about);
  };
  return [...kinds.map((kind) => beside(kind, unusable)), ...more.map((kind) => beside(kind, unrecognised))];
}

/** Lists that leave a role without keys: they fail closed. @param {Place} place */
function tooFew(place) {
  const { role, prefix, path } = place;
  const unlisted = { signed: withKeyid(place, 'ab'.repeat(32)) };
  return [
    accept(role, `${prefix}keys-unlisted`, 'a keyid in a role that is in no key list', unlisted, {
      ...unusable,
      rows: ['A-07', 'GAP-13'],
      effect: 'a slip of the operator becomes an outage, although skipping the keyid can only lower the count',
    }),
    accept(role, `${prefix}keys-empty`, 'no key at all: read, and never satisfiable', withSigned(role, path, {}), {
      ...unusable,
      rows: ['A-07', 'A-08', 'GAP-13'],
      effect: 'reading and verifying are mixed up: a fault that fails closed anyway crashes the reader',
    }),
  ];
}

/** @param {Place} place */
function oddKeyids(place) {
  const { role, prefix } = place;
  const odd = (/** @type {string} */ name, /** @type {string} */ keyid, about = names) =>
    accept(
      role,
      `${prefix}keyid-${name}`,
      `a key under the keyid ${JSON.stringify(keyid)}`,
      { signed: withKey(place, keyid, keys.timestamp.key) },
      about,
      { strict: false },
    );
  const opaque = {
    ...names,
    attack: 'lock-out',
    effect:
      'a keyid that is not the hash of its key is refused in a client: one such key in a chain locks all clients out',
  };
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
