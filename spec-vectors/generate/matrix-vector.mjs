// @ts-check
/** How an attack becomes a vector. */
import { matrixId } from './matrix-model.mjs';
import { opening } from './matrix-words.mjs';
import { sequenceVector } from './sequence.mjs';

/** @typedef {import('./matrix-model.mjs').Goal} Goal */
/** @typedef {import('./matrix-model.mjs').Held} Held */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./vector.mjs').Vector} Vector */

/**
 * What an attack is, whoever of several attackers makes it.
 *
 * @typedef {object} Attack
 * @property {Buffer} root the pinned root
 * @property {string} comment what is done; what the attacker holds is said before
 * @property {About} about
 * @property {readonly Step[]} steps the honest release, the attack, the operator's answer
 */

/** @type {WeakMap<Attack, Vector>} */
const made = new WeakMap();

/** One cell of the matrix. Many sets have one attack in common, whose files are made once. @param {Goal} goal @param {Held} held @param {Attack} attack @returns {Vector} */
export function matrixVector(goal, held, attack) {
  const { root, comment, about, steps } = attack;
  const id = matrixId(goal, held);
  const known = made.get(attack) ?? sequenceVector(id, comment, about, root, steps);
  made.set(attack, known);
  return { ...known, id, comment: `${opening(held)} ${comment}` };
}

/** Makes what many sets of keys have in common once, by a name that says what it depends on. @template T @returns {(name: string, make: () => T) => T} */
export function onceEach() {
  const all = new Map();
  return (name, make) => {
    if (!all.has(name)) all.set(name, make());
    return all.get(name);
  };
}
