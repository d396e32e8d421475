// @ts-check
/** Section 5.3.11: stolen keys have raised a version as far as it goes, and a new root lets the client come back. */
import { sha256, testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import { raw, withValue } from './tree.mjs';
import { all, documentIn, firstRoot, remade, rotate, vectorOf } from './update-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */
/** @typedef {import('./repository.mjs').Changes} Changes */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence.mjs').Step} Step */

const max = Number.MAX_SAFE_INTEGER;

/** @type {About} */
const about = {
  section: '5.3.11',
  level: 'MUST',
  attack: 'fast-forward',
  rows: ['5.3.11', 'A-18', 'T5', 'RB-08', 'NT-3'],
  effect: 'keys that were stolen for an hour lock every client out for ever, although the operator has replaced them',
};

/** @type {About} */
const decided = { ...about, level: 'decision' };

/** @type {About} */
const control = {
  ...about,
  level: 'decision',
  attack: 'rollback',
  rows: ['5.3.11', 'A-18', 'T5'],
  effect: 'a change of the root that takes no key away opens the way back to old releases',
};

/** @returns {Vector[]} */
export function vectors() {
  return [...timestamp(), ...snapshot(), ...targets(), ...subtle(), ...keptOrNot(), beyond()];
}

/** What is different in a release whose role has a version of the attacker's choice. @param {string} role @param {number} version @param {readonly string[]} bump @returns {Changes} */
function raised(role, version, bump) {
  return { bump, signed: { [role]: (/** @type {Signed} */ signed) => ({ ...signed, version }) } };
}

/**
 * A release, one with a raised version, an honest one that is refused, and one with a new root.
 *
 * @param {string} name @param {string} comment @param {About} why @param {'timestamp' | 'snapshot'} stopsAt where the honest release is refused
 * @param {Changes} attack @param {(repository: Repository) => Changes | void} recovery what the next root changes
 * @param {{ options?: Options, first?: Changes, download?: readonly string[], isRefused?: boolean }} [more]
 */
function recovered(
  name,
  comment,
  why,
  stopsAt,
  attack,
  recovery,
  { options, first: changes, download, isRefused = false } = {},
) {
  const repository = new Repository(options);
  const first = repository.publish(changes);
  const high = repository.publish(attack);
  const honest = repository.publish(changes);
  const last = recovery(repository) ?? {};
  const rooted = repository.publish({ bump: all, ...last });
  const asked = download === undefined ? {} : { download, requests: null };
  /** @type {Step} */
  const refusal = { serve: honest, reject: 'rollback', stopsAt };
  /** @type {Step} */
  const end = isRefused ? { serve: rooted, reject: 'rollback', stopsAt } : { serve: rooted, ...asked };
  return vectorOf(`recovery/${name}`, comment, why, [
    { serve: first, ...asked },
    { serve: high, ...asked },
    refusal,
    end,
  ]);
}

const ofTimestamp = raised('timestamp', max, ['timestamp']);

function timestamp() {
  const to = 'the version of the timestamp goes to 2^53-1';
  return [
    recovered(
      'fast-forward-timestamp',
      `${to}; a root with another key for timestamp lets it begin low again`,
      about,
      'timestamp',
      ofTimestamp,
      (repository) => void rotate(repository, 'timestamp'),
    ),
    recovered(
      'fast-forward-timestamp-2-31',
      'the version of the timestamp goes to 2^31-1; a root with another key for timestamp lets it begin low again',
      about,
      'timestamp',
      raised('timestamp', 2_147_483_647, ['timestamp']),
      (repository) => void rotate(repository, 'timestamp'),
    ),
    recovered(
      'fast-forward-timestamp-snapshot-key',
      `${to}; a root with another key for snapshot alone makes the client forget both`,
      { ...about, effect: 'a client forgets one of the two where the specification says both' },
      'timestamp',
      ofTimestamp,
      (repository) => void rotate(repository, 'snapshot'),
    ),
    recovered(
      'fast-forward-timestamp-both-keys',
      `${to}; a root has other keys for timestamp and snapshot`,
      about,
      'timestamp',
      ofTimestamp,
      (repository) => {
        rotate(repository, 'timestamp');
        rotate(repository, 'snapshot');
      },
    ),
    recovered(
      'fast-forward-timestamp-no-rotation',
      `${to}; a new root changes no key, and the low version stays refused`,
      control,
      'timestamp',
      ofTimestamp,
      () => {},
      { isRefused: true },
    ),
    recovered(
      'fast-forward-timestamp-root-key',
      `${to}; a root with another key for root alone is no reason to forget`,
      control,
      'timestamp',
      ofTimestamp,
      (repository) => void rotate(repository, 'root'),
      { isRefused: true },
    ),
    recovered(
      'fast-forward-timestamp-targets-key',
      `${to}; a root with another key for targets alone is no reason to forget`,
      control,
      'timestamp',
      ofTimestamp,
      (repository) => void rotate(repository, 'targets'),
      { isRefused: true },
    ),
  ];
}

function snapshot() {
  const to = 'timestamp lists, and the server has, a snapshot of version 2^53-1';
  const attack = raised('snapshot', max, ['snapshot', 'timestamp']);
  return [
    recovered(
      'fast-forward-snapshot',
      `${to}; a root has other keys for timestamp and snapshot`,
      about,
      'timestamp',
      attack,
      (repository) => {
        rotate(repository, 'timestamp');
        rotate(repository, 'snapshot');
      },
    ),
    recovered(
      'fast-forward-snapshot-own-key',
      `${to}; a root with another key for snapshot alone makes the client forget what the timestamp listed, too`,
      about,
      'timestamp',
      attack,
      (repository) => void rotate(repository, 'snapshot'),
    ),
    recovered(
      'fast-forward-snapshot-timestamp-key',
      `${to}; a root with another key for timestamp alone makes the client forget the snapshot, too`,
      about,
      'timestamp',
      attack,
      (repository) => void rotate(repository, 'timestamp'),
    ),
    recovered(
      'fast-forward-snapshot-no-rotation',
      `${to}; a new root changes no key, and the low version stays refused`,
      control,
      'timestamp',
      attack,
      () => {},
      { isRefused: true },
    ),
  ];
}

function targets() {
  const to = 'snapshot lists, and the server has, targets of version 2^31-1';
  const attack = raised('targets', 2_147_483_647, ['targets', 'snapshot', 'timestamp']);
  const options = { delegated: [{ name: 'alpha', targets: { 'alpha/one': Buffer.from('one\n') } }] };
  const download = ['alpha/one'];
  const ofRole = raised('alpha', 2_147_483_647, ['alpha', 'targets', 'snapshot', 'timestamp']);
  return [
    recovered(
      'fast-forward-targets',
      `${to}; a root with another key for snapshot lets them begin low again`,
      about,
      'snapshot',
      attack,
      (repository) => void rotate(repository, 'snapshot'),
    ),
    recovered(
      'fast-forward-targets-timestamp-key',
      `${to}; a root with another key for timestamp alone makes the client forget the snapshot, too`,
      about,
      'snapshot',
      attack,
      (repository) => void rotate(repository, 'timestamp'),
    ),
    recovered(
      'fast-forward-targets-own-key',
      `${to}; a root with another key for targets alone is no reason to forget what the snapshot listed`,
      { ...control, rows: [...control.rows, 'GAP-05'] },
      'snapshot',
      attack,
      (repository) => void rotate(repository, 'targets'),
      { isRefused: true },
    ),
    recovered(
      'fast-forward-targets-no-rotation',
      `${to}; a new root changes no key, and the low version stays refused`,
      control,
      'snapshot',
      attack,
      () => {},
      { isRefused: true },
    ),
    recovered(
      'fast-forward-delegated',
      'a delegated role goes to version 2^31-1, and the client holds its file; a root with another key for snapshot lets it begin low again',
      { ...about, rows: [...about.rows, 'GAP-05'] },
      'snapshot',
      ofRole,
      (repository) => void rotate(repository, 'snapshot'),
      { options, download },
    ),
    recovered(
      'fast-forward-delegated-no-rotation',
      'a delegated role goes to version 2^31-1, and the client holds its file; a new root changes no key, and the low version stays refused',
      { ...control, rows: [...control.rows, 'GAP-05'] },
      'snapshot',
      ofRole,
      () => {},
      { options, download, isRefused: true },
    ),
  ];
}

/** Rotations that not everybody takes for one. */
function subtle() {
  const to = 'the version of the timestamp goes to 2^53-1';
  const [a, b, c] = /** @type {[Signer, Signer, Signer]} */ (/** @type {unknown} */ (testKeys('timestamp', 3)));
  const both = { signers: { timestamp: [a, b] } };
  const two = { options: { signers: { timestamp: [a, b] } }, first: both };
  const attack = { ...ofTimestamp, ...both };
  const [other] = /** @type {[Signer]} */ (/** @type {unknown} */ (testKeys('new timestamp', 1)));
  return [
    recovered(
      'one-of-two-keys-removed',
      `${to}, signed by both of two keys, of which one is enough; a root removes one of them, and the other one's signature still holds`,
      { ...decided, effect: 'the key that was stolen is gone, and what it did stays' },
      'timestamp',
      attack,
      (repository) => {
        repository.signers['timestamp'] = [b];
      },
      two,
    ),
    recovered(
      'one-of-two-keys-replaced',
      `${to}, signed by both of two keys, of which one is enough; a root replaces one of them`,
      { ...decided, effect: 'the key that was stolen is gone, and what it did stays' },
      'timestamp',
      attack,
      (repository) => {
        repository.signers['timestamp'] = [b, c];
      },
      two,
    ),
    recovered(
      'key-added',
      `${to}; a root adds a key for timestamp, and that is no rotation`,
      control,
      'timestamp',
      ofTimestamp,
      (repository) => {
        repository.signers['timestamp'] = [a, b];
      },
      { isRefused: true },
    ),
    recovered(
      'keys-reordered',
      `${to}; a root lists the two keys of timestamp in another order, and that is no rotation`,
      { ...control, peers: ['tough 0.19.0 forgets'] },
      'timestamp',
      attack,
      (repository) => {
        repository.signers['timestamp'] = [b, a];
      },
      { ...two, isRefused: true },
    ),
    recovered(
      'threshold-raised',
      `${to}, signed by one of two keys; a root asks for both, which the held timestamp does not have`,
      { ...decided, effect: 'a file that its role could not sign today stays the measure of all that come' },
      'timestamp',
      { ...ofTimestamp, signers: { timestamp: [a] } },
      (repository) => {
        repository.thresholds.timestamp = 2;
      },
      { options: { signers: { timestamp: [a, b] } }, first: { signers: { timestamp: [a] } } },
    ),
    recovered(
      'threshold-raised-snapshot-too',
      'the version of the snapshot goes to 2^53-1, listed by a timestamp that one of two keys has signed; a root asks for both, and the client forgets the snapshot, too',
      {
        ...decided,
        effect: 'the timestamp is forgotten, and the snapshot that it listed stays the measure of all that come',
      },
      'timestamp',
      { ...raised('snapshot', max, ['snapshot', 'timestamp']), signers: { timestamp: [a] } },
      (repository) => {
        repository.thresholds.timestamp = 2;
      },
      { options: { signers: { timestamp: [a, b] } }, first: { signers: { timestamp: [a] } } },
    ),
    recovered(
      'same-keyid-other-key',
      `${to}; a root lists another key for timestamp under the keyid of the former one`,
      {
        ...decided,
        rows: [...decided.rows, 'A-02', 'B13'],
        effect: 'whoever compares keyids does not see that the key is another',
        peers: ['tuf-browser 0.1.11 compares keyids'],
      },
      'timestamp',
      ofTimestamp,
      (repository) => {
        repository.signers['timestamp'] = [{ ...other, keyid: a.keyid }];
      },
    ),
    recovered(
      'same-key-other-keyid',
      `${to}; a root lists the key of timestamp under another keyid, under which the held timestamp is not signed`,
      {
        ...decided,
        rows: [...decided.rows, 'A-02'],
        effect: 'a file that its role could not have signed so today stays the measure of all that come',
      },
      'timestamp',
      ofTimestamp,
      (repository) => {
        repository.signers['timestamp'] = [{ ...a, keyid: sha256('another keyid of timestamp') }];
      },
    ),
    thereAndBack(),
    sameVersion(),
  ];
}

/** The key is replaced by one root and comes back with the next: the client sees both at once. */
function thereAndBack() {
  const repository = new Repository();
  const first = repository.publish();
  const high = repository.publish(ofTimestamp);
  const honest = repository.publish();
  const former = rotate(repository, 'timestamp');
  repository.publish({ bump: ['root', 'timestamp'] });
  repository.signers['timestamp'] = former;
  const last = repository.publish({ bump: all });
  return vectorOf(
    'recovery/key-removed-and-back',
    'the version of the timestamp goes to 2^53-1; of two new roots the first replaces the key of timestamp and the second takes it back: it was removed on the way',
    { ...decided, effect: 'whoever compares the first root with the last one alone misses the rotation' },
    [{ serve: first }, { serve: high }, { serve: honest, reject: 'rollback', stopsAt: 'timestamp' }, { serve: last }],
  );
}

/** The key is replaced, and the new one signs the version that is held. */
function sameVersion() {
  const repository = new Repository();
  const first = repository.publish();
  rotate(repository, 'timestamp');
  const rooted = repository.publish({ bump: ['root'] });
  const timestamp = remade(documentIn(first, 'timestamp'), (signed) => signed, repository.signers['timestamp'] ?? []);
  const serve = {
    ...rooted,
    documents: { ...rooted.documents, timestamp },
    metadata: { ...rooted.metadata, 'timestamp.json': timestamp },
  };
  return vectorOf(
    'recovery/rotation-under-one-version',
    'a root has another key for timestamp, which signs the version that is held: its targets are there',
    {
      ...about,
      attack: 'lock-out',
      rows: ['5.3.11', 'B13'],
      effect: 'after the rotation the client has no targets until a new version comes',
    },
    [
      { serve: first },
      // The snapshot was forgotten with the timestamp, or not: it may be asked for again.
      { serve, download: ['hello.txt'], written: { 'hello.txt': Buffer.from('hello\n') }, requests: null },
    ],
  );
}

/** What was forgotten stays so, and what was not stays. */
function keptOrNot() {
  const interrupted = new Repository();
  const first = interrupted.publish();
  const high = interrupted.publish(ofTimestamp);
  rotate(interrupted, 'timestamp');
  const rooted = interrupted.publish({ bump: all });
  const root = documentIn(rooted, 'root');

  const pinning = new Repository();
  const before = pinning.publish();
  const raisedThere = pinning.publish(ofTimestamp);
  rotate(pinning, 'timestamp');
  const after = pinning.publish({ bump: all });
  const pinned = firstRoot(before);

  const keeping = new Repository();
  const [one, two] = [keeping.publish(), keeping.publish()];
  const three = keeping.publish({ bump: all });
  return [
    vectorOf(
      'recovery/rotation-then-interrupted',
      'a root has another key for timestamp, and the connection is closed at the timestamp; at the next start there is no new root, and the low version is accepted',
      {
        ...about,
        rows: [...about.rows, 'T26'],
        effect: 'a rotation that was seen in an interrupted update is not seen again',
      },
      [
        { serve: first },
        { serve: high },
        {
          serve: rooted,
          but: { metadata: { 'timestamp.json': { drop: 'before-headers' } } },
          reject: 'transport',
          trusted: { root, targets: documentIn(high, 'targets') },
          requests: ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/timestamp.json'],
        },
        // What was forgotten is fetched, what was never new need not be.
        { serve: rooted },
      ],
    ),
    vectorOf(
      'recovery/rotation-by-newer-pin',
      'the version of the timestamp goes to 2^53-1; the application is shipped with a root that has another key for timestamp',
      {
        ...decided,
        rows: [...decided.rows, 'T35'],
        effect: 'an update of the application does not end what the stolen key did',
      },
      [{ serve: before }, { serve: raisedThere }, { serve: after, pin: documentIn(after, 'root'), requests: null }],
      { pinned },
    ),
    vectorOf(
      'recovery/root-without-rotation-keeps-baseline',
      'a new root changes no key; a timestamp of before is served with it',
      { ...control, rows: ['5.3.11', '5.4.3.1a', 'A-18', 'T9'], level: 'MUST' },
      [
        { serve: two },
        {
          serve: three,
          but: { metadata: { 'timestamp.json': documentIn(one, 'timestamp') } },
          reject: 'rollback',
          trusted: { ...two.documents, root: documentIn(three, 'root') },
          requests: ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/timestamp.json'],
        },
        { serve: three },
      ],
      { pinned: firstRoot(one) },
    ),
  ];
}

/** The highest version has no successor that can be read. */
function beyond() {
  const repository = new Repository();
  const first = repository.publish();
  const high = repository.publish(ofTimestamp);
  const over = repository.forge({
    bump: ['timestamp'],
    signed: { timestamp: (signed) => withValue(signed, ['version'], raw('9007199254740992')) },
  });
  rotate(repository, 'timestamp');
  const rooted = repository.publish({ bump: all });
  return vectorOf(
    'recovery/fast-forward-beyond',
    'the version of the timestamp goes to 2^53-1 and then to 2^53, which is refused; a root with another key for timestamp lets it begin low again',
    { ...decided, rows: [...decided.rows, 'A-21'], effect: 'the version wraps around, or both compare as equal' },
    [{ serve: first }, { serve: high }, { serve: over, reject: 'malformed', stopsAt: 'timestamp' }, { serve: rooted }],
  );
}
