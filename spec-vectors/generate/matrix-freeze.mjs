// @ts-check
/**
 * The goal `freeze`: a client takes an outdated release for the current one after the honest timestamp has expired. One
 * vector for each set of stolen keys. Documents live a day (timestamp), a week (snapshot), a quarter (targets) and a year
 * (root).
 */
import { allSets, freezeEndsAt } from './matrix-model.mjs';
import { askedFor, community, keysHeld, rotated, takenOver } from './matrix-repository.mjs';
import { matrixVector, onceEach } from './matrix-vector.mjs';
import { indistinguishable, limit, rotation } from './matrix-words.mjs';
import { valid } from './repository.mjs';

/** @typedef {import('./matrix-model.mjs').Held} Held */
/** @typedef {import('./matrix-vector.mjs').Attack} Attack */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./repository.mjs').Repository} Repository */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {{ comment: string, about: Omit<About, 'attack'>, steps: Step[] }} Scenario */

const lives = {
  timestamp: '2030-01-02T00:00:00Z',
  snapshot: '2030-01-08T00:00:00Z',
  targets: '2030-04-01T00:00:00Z',
  root: '2031-01-01T00:00:00Z',
};
const begin = '2030-01-01T12:00:00Z';
/** Times at which the named document has just been expired for a while, and the next one has not. */
const after = {
  timestamp: '2030-01-03T00:00:00Z',
  snapshot: '2030-01-09T00:00:00Z',
  targets: '2030-04-02T00:00:00Z',
  root: '2031-01-02T00:00:00Z',
};
/** The document that expires before the named one. */
const before = /** @type {const} */ ({ snapshot: 'timestamp', targets: 'snapshot', root: 'targets' });

export function vectors() {
  return allSets().map((held) => matrixVector('freeze', held, attackOf(held)));
}

/** @type {ReturnType<typeof onceEach<Attack>>} */
const once = onceEach();

/** @param {Held} held @returns {Attack} */
function attackOf(held) {
  const end = freezeEndsAt(held);
  if (end === 'timestamp') return begun((repository, first) => withoutTimestamp(held, repository, first));
  return once(String(end), () =>
    begun(end === undefined ? withRoot : (repository) => withTimestamp(held, end, repository)),
  );
}

/** @param {(repository: Repository, first: Release) => Scenario} scenario @returns {Attack} */
function begun(scenario) {
  const repository = community({ delegated: [] });
  const first = repository.publish({ signed: living(lives) });
  const { comment, about, steps } = scenario(repository, first);
  return {
    root: /** @type {Buffer} */ (first.documents['root']),
    comment: `A newer release is out and is withheld. ${comment}`,
    about: { ...about, attack: 'freeze' },
    steps: [{ serve: askedFor(first), time: begin }, ...steps],
  };
}

/** Root: every document is signed anew by a key of his own. @param {Repository} repository @returns {Scenario} */
function withRoot(repository) {
  const { root, signers } = takenOver(['timestamp', 'snapshot', 'targets']);
  const forever = living({ timestamp: valid, snapshot: valid, targets: valid });
  const frozen = repository.forge({
    bump: ['root', 'targets', 'snapshot', 'timestamp'],
    signers,
    signed: { ...forever, root: (signed) => ({ .../** @type {object} */ (root(signed)), expires: valid }) },
  });
  return {
    comment: `He signs a root that gives timestamp, snapshot and targets to a key of his own, and all four expire when he likes. ${limit} the outdated release never ends, until another root is pinned.`,
    about: { section: '2.2', level: 'decision', rows: ['T15'], effect: indistinguishable },
    steps: [{ serve: askedFor(frozen), time: after.root, requests: null }],
  };
}

/** @param {Held} held @param {'snapshot' | 'targets' | 'root'} end @param {Repository} repository @returns {Scenario} */
function withTimestamp(held, end, repository) {
  const renewed = /** @type {const} */ (['timestamp', 'snapshot', 'targets']).slice(
    0,
    ['snapshot', 'targets', 'root'].indexOf(end) + 1,
  );
  const frozen = repository.forge({
    bump: renewed,
    signed: living(Object.fromEntries(renewed.map((role) => [role, valid]))),
  });
  const recovered = rotated(repository, end === 'snapshot' ? {} : { bump: ['targets'] });
  return {
    comment: `He signs ${renewed.join(', ')} anew, with the old content and a late expiry. ${limit} the client takes the outdated release for the current one, until the ${end} that he cannot sign expires. ${rotation}`,
    about: {
      section: '2.2',
      level: 'decision',
      rows: [
        'T11',
        ...(held.includes('snapshot') ? ['T12'] : []),
        { snapshot: '5.5.6', targets: '5.6.5', root: '5.3.10' }[end],
      ],
      effect: `a client that does not look at the expiry of ${end}, because it was checked when it was fetched, is frozen for ever; before that ${indistinguishable}`,
    },
    steps: [
      { serve: askedFor(frozen), time: after[before[end]] },
      end === 'root'
        ? { serve: askedFor(frozen), time: after[end], reject: 'expired', stopsAt: 'root' }
        : { serve: askedFor(frozen), time: after[end], reject: 'expired', requests: null },
      { serve: askedFor(recovered), time: after[end], requests: null },
    ],
  };
}

/** @param {Held} held @param {Repository} repository @param {Release} first @returns {Scenario} */
function withoutTimestamp(held, repository, first) {
  const time = after.timestamp;
  const asked = ['metadata/2.root.json', 'metadata/timestamp.json'];
  /** @type {Step[]} */
  const forged =
    held.length === 0
      ? []
      : [
          {
            serve: askedFor(
              repository.forge({
                bump: ['timestamp'],
                signed: living({ timestamp: valid }),
                signers: { timestamp: keysHeld(repository, held) },
              }),
            ),
            time,
            reject: 'unsigned',
            stopsAt: 'timestamp',
          },
        ];
  const second = repository.publish({ bump: ['snapshot', 'timestamp'] });
  return {
    comment:
      held.length === 0
        ? 'The files stay as they are, and the timestamp expires.'
        : 'First he serves a new timestamp, signed with every key that he has, none of which is its own; then the files stay as they are, and the timestamp has expired.',
    about: {
      section: '5.4.4',
      level: 'MUST',
      rows: ['5.4.4', 'A-10', 'A-16', 'T6', ...(held.length === 0 ? [] : ['5.4.2'])],
      effect:
        held.length === 0
          ? 'whoever can withhold files keeps the client on a release with known weaknesses for ever; a client that stops at an unchanged timestamp does not notice'
          : 'whoever can withhold files keeps the client on a release with known weaknesses for ever; a client that takes the key of another role for a timestamp cannot even tell that it is withheld',
    },
    steps: [
      ...forged,
      { serve: askedFor(first), time, reject: 'expired', requests: asked },
      { serve: askedFor(second), time },
    ],
  };
}

/** Documents that expire at the given times. @param {{ [role: string]: string }} times @returns {NonNullable<import('./repository.mjs').Changes['signed']>} */
function living(times) {
  return Object.fromEntries(
    Object.entries(times).map(([role, expires]) => [role, (/** @type {object} */ signed) => ({ ...signed, expires })]),
  );
}
