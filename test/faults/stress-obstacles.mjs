/**
 * What gets in the way of the users of one store: the attacks that need no key, and faults of the network. Each with the
 * codes in which a run may end that it overlaps.
 */
import { attacks } from 'tufa/testing';

/** What is not what is listed. */
const wrongBytes = ['ERR_TUF_HASH_MISMATCH', 'ERR_TUF_LENGTH_MISMATCH', 'ERR_TUF_TOO_LONG'];

/** Beside what a client refuses the attack with that begins and ends its update while the attack goes on. */
const inBetween = {
  // Metadata and files that are listed are met by their length first.
  'captive-portal': wrongBytes,
  // A client that saw the newer timestamp while the attack was mounted is shown the older one, and lacks what it lists.
  freeze: ['ERR_TUF_ROLLBACK', 'ERR_TUF_TRANSPORT', 'ERR_TUF_NOT_FOUND'],
  // The first timestamp is not signed by the key of today, and has expired since.
  rollback: ['ERR_TUF_UNSIGNED', 'ERR_TUF_EXPIRED'],
};

const keyless = attacks
  .filter(({ stolen }) => stolen.length === 0)
  .map(({ name, refusedBy }) => ({
    name,
    isAttack: true,
    stalls: name === 'slow-retrieval',
    codes: [...refusedBy, ...(inBetween[name] ?? [])],
    async mount(repository) {
      const mounted = await repository.attack(name);
      return () => mounted.end();
    },
  }));

const files = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json', 'plugins.json', 'targets/app.txt', '*'];

const fault = (name, codes, begin, stalls = false) => ({
  name,
  isAttack: false,
  stalls,
  codes,
  mount: async ({ network }, random) => begin(network, files[Math.floor(random() * files.length)]),
});

// A root that is said not to be there ends the walk: a timestamp by the key of that root is then signed by a stranger.
const notThere = ['ERR_TUF_TRANSPORT', 'ERR_TUF_NOT_FOUND', 'ERR_TUF_UNSIGNED'];

const faults = [
  fault('no connection', ['ERR_TUF_TRANSPORT'], (network, file) => network.fail(file)),
  ...[404, 429, 500, 503].map((status) =>
    fault(`status ${status}`, notThere, (network, file) => network.fail(file, { status })),
  ),
  fault('no connection at first', ['ERR_TUF_TRANSPORT'], (network, file) => network.fail(file, { times: 3 })),
  fault('broken off', ['ERR_TUF_TRANSPORT'], (network, file) => network.drop(file)),
  fault('silence', ['ERR_TUF_TRANSPORT'], (network, file) => network.stall(file), true),
  fault('silence within', ['ERR_TUF_TRANSPORT'], (network, file) => network.stall(file, { bytes: 20 }), true),
  fault('small pieces', [], (network, file) => network.slow(file, { bytes: 64 })),
  fault('half of it', ['ERR_TUF_MALFORMED', ...wrongBytes], (network, file) => network.truncate(file)),
  fault('nothing of it', ['ERR_TUF_MALFORMED', ...wrongBytes], (network, file) => network.replace(file, '')),
];

export const obstacles = [...keyless, ...faults];
