// @ts-check
/**
 * The compromise matrix as a function of the set of keys that an attacker holds: docs/concepts/threat-model.md says why
 * each answer is what it is. The roles are those of PEP 480; the network is the attacker's in every case.
 */

/** @typedef {'root' | 'targets' | 'claimed' | 'recently-claimed' | 'unclaimed' | 'project' | 'snapshot' | 'timestamp'} Role */
/** @typedef {'malicious-update' | 'freeze' | 'inconsistency'} Goal */
/** @typedef {readonly Role[]} Held the roles of which the attacker holds a threshold of keys */

/** @type {readonly Role[]} */
export const roles = [
  'root',
  'targets',
  'claimed',
  'recently-claimed',
  'unclaimed',
  'project',
  'snapshot',
  'timestamp',
];

/** @type {readonly Goal[]} */
export const goals = ['malicious-update', 'freeze', 'inconsistency'];

/** The roles that list target files, in the order in which a search meets them. @type {readonly Role[]} */
export const listing = ['targets', 'claimed', 'project', 'recently-claimed', 'unclaimed'];

/** Every set of roles, each in the order of `roles`, the empty one first. @returns {Held[]} */
export function allSets() {
  return Array.from({ length: 2 ** roles.length }, (_, bits) => roles.filter((__, place) => (bits >> place) % 2 === 1));
}

/** The id of a vector. @param {Goal} goal @param {Held} held */
export function matrixId(goal, held) {
  return `matrix/${[goal, ...(held.length === 0 ? ['none'] : held)].join('-')}`;
}

/**
 * Whether the attack succeeds against a client that has accepted an honest release before.
 *
 * @param {Goal} goal @param {Held} held
 */
export function succeeds(goal, held) {
  const holds = (/** @type {Role} */ role) => held.includes(role);
  if (holds('root')) return true;
  if (goal === 'freeze') return holds('timestamp');
  const choosesFiles = holds('timestamp') && holds('snapshot');
  return choosesFiles && (goal === 'inconsistency' || listing.some(holds));
}

/**
 * The projects whose files the attacker replaces: `apple` is claimed, `berry` recently claimed, `lemon` unclaimed. The first
 * role of a search that lists a file decides, so a role reaches what no role before it answers for.
 *
 * @param {Held} held @returns {string[]}
 */
export function reach(held) {
  if (!succeeds('malicious-update', held)) return [];
  const holds = (/** @type {Role[]} */ ...any) => any.some((role) => held.includes(role));
  if (holds('root', 'targets', 'claimed')) return ['apple', 'berry', 'lemon'];
  return [
    ...(holds('project') ? ['apple'] : []),
    ...(holds('recently-claimed') ? ['berry'] : []),
    ...(holds('recently-claimed', 'unclaimed') ? ['lemon'] : []),
  ];
}

/**
 * The role whose honest document ends a freeze by its expiry: the one of the shortest life that the attacker cannot sign
 * anew. None where he can sign them all.
 *
 * @param {Held} held @returns {'timestamp' | 'snapshot' | 'targets' | 'root' | undefined}
 */
export function freezeEndsAt(held) {
  if (held.includes('root')) return undefined;
  const byLife = /** @type {const} */ (['timestamp', 'snapshot', 'targets', 'root']);
  return byLife.find((role) => !held.includes(role));
}
