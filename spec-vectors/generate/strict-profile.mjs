// @ts-check
/**
 * Sequences for clients that have the profile `strict`: what `default` tolerates and reports is refused there. Other clients
 * skip them.
 */
import { testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./sequence.mjs').Step} Step */

const options = /** @type {const} */ ({ profile: 'strict' });

/** @type {About} */
const keyids = {
  section: '4.2.1',
  level: 'decision',
  attack: 'keyid-confusion',
  rows: ['4.2.1-b', '4.3-g', 'A-02', 'SIG-13'],
  effect: 'an auditor does not hear that a keyid says nothing about its key',
};

/** @type {About} */
const extra = {
  section: '4.6',
  level: 'decision',
  attack: 'type-confusion',
  rows: ['4.6-a', 'A-25'],
  effect: 'an auditor does not hear that the timestamp lists what no client of the specification reads',
};

/** @type {About} */
const dates = {
  section: '4.2.3',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['4.2.3-a', 'A-09'],
  effect: 'an auditor does not hear that strict clients cannot read the date',
};

export function vectors() {
  return [plain(), ...wrongKeyids(), timestampExtra(), offset()];
}

/** A test key under a keyid that is not its digest. @param {string} role @returns {Signer} */
function misnamed(role) {
  const [key] = testKeys(role, 1);
  if (key === undefined) throw new Error('there are as many as asked for');
  return { keyid: 'ab'.repeat(32), key: key.key, sign: key.sign };
}

function plain() {
  const repository = new Repository();
  const [first, second] = [repository.publish(), repository.publish()];
  const about = {
    ...keyids,
    attack: 'lock-out',
    effect: 'a strict client refuses what the letter of the specification allows',
  };
  /** @type {Step[]} */
  const steps = [{ serve: first }, { serve: second }];
  return sequenceVector(
    'strict-profile/plain',
    'two honest releases',
    about,
    first.documents['root'] ?? Buffer.alloc(0),
    steps,
    options,
  );
}

function wrongKeyids() {
  const pinned = new Repository({ signers: { timestamp: [misnamed('timestamp')] } }).publish();
  const root = pinned.documents['root'] ?? Buffer.alloc(0);
  const next = new Repository();
  const first = next.publish();
  next.signers['snapshot'] = [misnamed('snapshot')];
  const rotated = next.publish({ bump: ['root', 'timestamp', 'snapshot'] });
  const delegated = new Repository({ delegated: [{ name: 'a', targets: { 'a/x.txt': Buffer.from('x\n') } }] });
  const before = delegated.publish();
  delegated.signers['a'] = [misnamed('a')];
  const after = delegated.publish();
  return [
    sequenceVector(
      'strict-profile/keyid-mismatch-pinned-root',
      'the pinned root lists a key under a keyid that is not its digest',
      keyids,
      root,
      [{ serve: pinned, reject: 'keyid-mismatch', trusted: {}, requests: [] }],
      { ...options, control: 'strict-profile/plain' },
    ),
    sequenceVector(
      'strict-profile/keyid-mismatch-next-root',
      'the next root lists a key under a keyid that is not its digest',
      keyids,
      first.documents['root'] ?? Buffer.alloc(0),
      [{ serve: first }, { serve: rotated, reject: 'keyid-mismatch', requests: ['metadata/2.root.json'] }],
      options,
    ),
    sequenceVector(
      'strict-profile/keyid-mismatch-delegation',
      'a delegation lists a key under a keyid that is not its digest',
      keyids,
      before.documents['root'] ?? Buffer.alloc(0),
      [
        { serve: before, download: ['a/x.txt'], alsoTrusted: ['a'] },
        {
          serve: after,
          download: ['a/x.txt'],
          reject: 'keyid-mismatch',
          trusted: { root: after.documents['root'] ?? null },
        },
      ],
      options,
    ),
  ];
}

function timestampExtra() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.forge({
    signed: {
      timestamp: (signed) => ({ ...signed, meta: { 'other.json': { version: 1 }, 'snapshot.json': { version: 2 } } }),
    },
  });
  const third = repository.publish();
  return sequenceVector(
    'strict-profile/timestamp-lists-another-file',
    'the timestamp lists a file besides snapshot.json',
    extra,
    first.documents['root'] ?? Buffer.alloc(0),
    [{ serve: first }, { serve: second, reject: 'malformed', stopsAt: 'timestamp' }, { serve: third }],
    options,
  );
}

function offset() {
  const repository = new Repository();
  const first = repository.publish();
  const second = repository.forge({
    signed: { timestamp: (signed) => ({ ...signed, expires: '2050-01-01T00:00:00+00:00' }) },
  });
  const third = repository.publish();
  return sequenceVector(
    'strict-profile/date-with-offset',
    'the timestamp expires at a time with a numeric offset',
    dates,
    first.documents['root'] ?? Buffer.alloc(0),
    [{ serve: first }, { serve: second, reject: 'malformed', stopsAt: 'timestamp' }, { serve: third }],
    options,
  );
}
