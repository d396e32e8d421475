// @ts-check
/** Whose keys are asked: the old root's and the new one's, and those of the delegator in charge alone. */
import { Repository, signer } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { ecdsa, ecdsaSigner, listed as keyObject, schemeOf } from './signature-keys.mjs';
import { accept, ownKey, refuse, threeKeys } from './threshold-vector.mjs';
import { withValue } from './tree.mjs';
import { base64, head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./repository.mjs').Signed} Signed */

/** @type {About} */
const oldKeys = {
  section: '5.3.4',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['5.3.4a', 'T24', 'T10'],
  effect: 'a root counts without the keys that were trusted before: whoever answers on the network takes over',
};

/** @type {About} */
const newKeys = {
  section: '5.3.4',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5.3.4b', 'SIG-03', 'PY-2', 'T24'],
  effect:
    'a root counts that its own keys have not signed: the next one can never be verified, or too few keys replace them',
};

/** @type {About} */
const rotation = {
  section: '5.3.4',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['5.3.4a', '5.3.4b', 'A-04'],
  effect: 'an honest rotation of keys is refused',
};

/** @type {About} */
const scoped = {
  section: '4.3',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['4.3-h', '3.1.2-c', 'A-02', 'T21', 'SIG-12'],
  effect: 'keys are kept in one map for all delegators: whoever lists a key under a known keyid signs for others',
};

/** @type {About} */
const otherRole = {
  section: '5.6.3',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['5.6.3', 'T1', 'T17', 'SIG-12'],
  effect: 'a key that is trusted for one role signs for another',
};

/** @type {About} */
const diamond = {
  section: '5.6.3',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['5.6.3', 'A-36', 'A-45', 'SIG-11', 'XC-1', 'JF2', 'T18'],
  effect: 'what one delegator has accepted is believed for another, which never trusted that key',
  peers: ['python-tuf 5.1.0 accepts it with a warm cache', 'tuf-js 5.0.1 accepts it'],
};

const [one, two, three] = threeKeys('root');
const [fresh, other] = threeKeys('new root');
const [stranger] = threeKeys('stranger');

export function vectors() {
  return [...oldRoot(), ...newRoot(), ...ofDelegators(), ...otherRoles(), ...diamonds()];
}

/** The new root with these keys for root. @param {readonly Signer[]} signers @param {number} [threshold] */
function rotated(signers, threshold = 1) {
  return (/** @type {Signed} */ signed) => {
    const keys = {
      .../** @type {object} */ (signed['keys']),
      ...Object.fromEntries(signers.map(({ keyid, key }) => [keyid, key])),
    };
    const role = { keyids: signers.map(({ keyid }) => keyid), threshold };
    return { ...signed, keys, roles: { .../** @type {object} */ (signed['roles']), root: role } };
  };
}

function oldRoot() {
  const role = /** @type {const} */ ('root');
  const ec = ecdsaSigner(ecdsa.p256);
  const older = signer(keyObject('ecdsa-sha2-nistp256', schemeOf(ecdsa.p256.curve), ec.key.keyval.public), ec.sign);
  const impostor = { ...stranger, keyid: one.keyid };
  return [
    accept(
      'root-rotated',
      'the old key and the new one sign',
      { role, signed: rotated([fresh]), signers: [one, fresh] },
      rotation,
    ),
    accept(
      'root-rotated-itself',
      'the same root, asked about its own keys',
      { role, itself: true, isClient: false, signed: rotated([fresh]), signers: [one, fresh] },
      rotation,
    ),
    accept(
      'root-rotated-two-of-three',
      'two of three old keys and two new ones sign',
      { role, threshold: 2, signed: rotated([fresh, other], 2), signers: [one, three, fresh, other] },
      rotation,
    ),
    accept(
      'root-key-renamed',
      'one key signs under its old keyid, which the old root lists, and under a new one, which the new root lists',
      { role, listed: [ec, two], signed: rotated([older]), signers: [ec, older] },
      { ...rotation, rows: [...rotation.rows, 'A-07', 'A-54'] },
    ),
    refuse('root-only-new', 'only the new key signs', { role, signed: rotated([fresh]), signers: [fresh] }, oldKeys),
    refuse(
      'root-one-old-all-new',
      'one of the two old keys that are needed and all new ones sign',
      { role, threshold: 2, signed: rotated([fresh, other], 2), signers: [one, fresh, other] },
      oldKeys,
    ),
    refuse(
      'root-keyid-redefined',
      'the new root lists another key under the keyid of an old one, and that key signs',
      { role, signed: (signed) => withValue(signed, ['keys', one.keyid], stranger.key), signers: [impostor] },
      { ...oldKeys, rows: [...oldKeys.rows, 'T21', '4.3-h', 'A-02'] },
    ),
    refuse(
      'root-threshold-lowered',
      'threshold 2: one old key signs a root that asks for one',
      { role, threshold: 2, signed: rotated([one, two]), signers: [one] },
      oldKeys,
    ),
  ];
}

function newRoot() {
  const role = /** @type {const} */ ('root');
  const again = signer(fresh.key, fresh.sign, 'ab'.repeat(32));
  const itself = /** @type {const} */ (true);
  return [
    refuse(
      'root-only-old',
      'only the old key signs, and the new root lists another',
      { role, itself, signed: rotated([fresh]), signers: [one] },
      newKeys,
    ),
    refuse(
      'root-threshold-raised-one-new',
      'threshold 2 in the new root: the old key and one of two new ones sign',
      { role, itself, signed: rotated([fresh, other], 2), signers: [one, fresh] },
      newKeys,
    ),
    refuse(
      'root-threshold-raised-copy',
      'threshold 2 in the new root: the old key signs, and one new key twice',
      { role, itself, signed: rotated([fresh, other], 2), signers: [one, fresh, fresh] },
      { ...newKeys, attack: 'threshold-bypass', rows: [...newKeys.rows, '4.2.1-c', 'A-05', 'SIG-01'] },
      'malformed',
    ),
    refuse(
      'root-threshold-raised-same-key',
      'threshold 2 in the new root: the old key signs, and one new key under two keyids',
      { role, itself, signed: rotated([fresh, again], 2), signers: [one, fresh, again] },
      { ...newKeys, attack: 'threshold-bypass', rows: [...newKeys.rows, '5.3.4c', 'A-04', 'SIG-04'] },
    ),
    refuse(
      'root-threshold-raised-old-counted',
      'threshold 2 in the new root: two old keys sign that it no longer lists, and one new one',
      { role, itself, threshold: 2, signed: rotated([fresh, other], 2), signers: [one, two, fresh] },
      newKeys,
    ),
    refuse(
      'root-without-keys',
      'the new root lists no key at all, and the old key signs',
      { role, itself, signed: (signed) => ({ ...signed, keys: {} }), signers: [one] },
      { ...newKeys, rows: ['5.3.4b', 'A-07', 'GAP-13'] },
    ),
  ];
}

function ofDelegators() {
  const role = /** @type {const} */ ('packages');
  const targets = ownKey('targets');
  const [first, second] = threeKeys(role);
  const borrowed = { ...first, keyid: targets.keyid };
  const missing = (/** @type {Tree} */ signed) => withValue(signed, ['delegations', 'keys', targets.keyid], undefined);
  return [
    accept(
      'keyid-of-root-reused',
      'delegations list another key under a keyid of root, and that key signs',
      { role, listed: [borrowed, second] },
      {
        ...scoped,
        level: 'decision',
        attack: 'lock-out',
        effect: 'keyids are taken for unique beyond their list: honest metadata is refused',
      },
    ),
    refuse(
      'keyid-of-root-reused-by-root-key',
      'delegations list another key under a keyid of root, and the key of root signs',
      { role, listed: [borrowed, second], signers: [targets] },
      scoped,
    ),
    refuse(
      'key-of-root-not-listed',
      'a delegation names a keyid that only root lists, and that key signs',
      { role, listed: [targets, second], honest: [second], signers: [targets], delegatorFirst: missing },
      { ...scoped, rows: [...scoped.rows, 'A-07'] },
    ),
    refuse(
      'key-listed-not-named',
      'a key that the delegations list, and the role does not name',
      {
        role,
        signers: [stranger],
        delegatorFirst: (signed) => withValue(signed, ['delegations', 'keys', stranger.keyid], stranger.key),
      },
      { ...otherRole, effect: 'every key in the list signs for every role' },
    ),
    refuse('delegator-signs', 'the key of the delegator itself signs', { role, signers: [targets] }, otherRole),
  ];
}

function otherRoles() {
  const place = { root: '5.3.4', timestamp: '5.4.2', snapshot: '5.5.3', targets: '5.6.3' };
  const roles = /** @type {const} */ (['timestamp', 'snapshot', 'targets', 'root']);
  return roles.flatMap((role, index) => {
    const next = roles[(index + 1) % roles.length] ?? 'root';
    const about = {
      ...otherRole,
      section: place[role],
      rows: [
        'T1',
        role === 'timestamp' ? 'T11' : role === 'snapshot' ? 'T12' : 'T13',
        role === 'root' ? '5.3.4a' : place[role],
      ],
    };
    return [
      refuse(`${role}-signed-by-${next}`, `the key of ${next} signs ${role}`, { role, signers: [ownKey(next)] }, about),
    ];
  });
}

/** Two delegators name one role with different keys. */
function diamonds() {
  const [keyA, keyB] = threeKeys('diamond');
  const [ok, evil] = [Buffer.from('ok\n'), Buffer.from('evil\n')];
  const repository = new Repository({
    delegated: [
      { name: 'a', delegation: { paths: ['a/*'], terminating: true } },
      { name: 'b', delegation: { paths: ['b/*'], terminating: true } },
      {
        name: 'c',
        by: 'a',
        signers: [keyA],
        targets: { 'a/ok.txt': ok, 'b/evil.txt': evil },
        delegation: { paths: ['a/*'] },
      },
      { name: 'c', by: 'b', signers: [keyB], delegation: { paths: ['b/*'] } },
    ],
  });
  const first = repository.publish();
  const both = repository.publish({ bump: ['c', 'snapshot', 'timestamp'], signers: { c: [keyA, keyB] } });
  const document = (/** @type {import('./repository.mjs').Release} */ release) =>
    base64(/** @type {Buffer} */ (release.documents['c']));
  const ask = (/** @type {string} */ delegator, /** @type {import('./repository.mjs').Release} */ release) => ({
    delegator: String(release.documents[delegator]),
    role: 'c',
    document: document(release),
  });
  const root = /** @type {Buffer} */ (first.documents['root']);
  const control = { input: ask('b', both), expect: { result: 'accept' } };
  const c = /** @type {Buffer} */ (first.documents['c']);
  const steps = [
    { serve: first, download: ['a/ok.txt'], alsoTrusted: ['a', 'c'], written: { 'a/ok.txt': ok } },
    {
      serve: first,
      download: ['b/evil.txt'],
      reject: 'unsigned',
      requests: null,
      written: { 'b/evil.txt': null },
      trusted: { targets: /** @type {Buffer} */ (first.documents['targets']), c },
    },
    { serve: both, download: ['b/evil.txt'], alsoTrusted: ['b', 'c'], written: { 'b/evil.txt': evil } },
  ];
  return [
    {
      ...head(
        'threshold/1',
        'threshold/diamond',
        'two delegators name one role with different keys: signed by the key of one, asked through the other',
        diamond,
      ),
      input: ask('b', first),
      expect: { result: 'reject', reason: 'unsigned' },
      control,
      sequence: sequence(root, steps, 'threshold/diamond'),
    },
    {
      ...head(
        'threshold/1',
        'threshold/diamond-through-the-other',
        'the same document, asked through the delegator whose key has signed',
        { ...diamond, attack: 'lock-out', effect: 'a role with two delegators is refused', peers: undefined },
      ),
      input: ask('a', first),
      expect: { result: 'accept' },
    },
    {
      ...head('threshold/1', 'threshold/diamond-signed-for-both', 'the same role, signed by both keys', {
        ...diamond,
        attack: 'lock-out',
        effect: 'a role with two delegators is refused',
        peers: undefined,
      }),
      input: ask('a', both),
      expect: { result: 'accept' },
    },
  ];
}
