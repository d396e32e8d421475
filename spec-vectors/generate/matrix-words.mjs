// @ts-check
/** How the vectors of the matrix speak of what an attacker holds. */

/** @typedef {import('./matrix-model.mjs').Held} Held */

/** `the keys of project and snapshot`. @param {Held} held */
function keysOfRoles(held) {
  return held.length === 0 ? 'no key' : held.length === 1 ? `the key of ${held[0]}` : `the keys of ${listOf(held)}`;
}

/** @param {readonly string[]} names */
export function listOf(names) {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** How each comment begins. @param {Held} held */
export function opening(held) {
  return `The attacker has the network and ${keysOfRoles(held)}.`;
}

export const limit = 'A limit of TUF, stated and not demanded:';

/** Why no client can do better where an attack succeeds. */
export const indistinguishable =
  'no client can tell this from an honest release: one that refuses it refuses honest releases too, or knows more than TUF tells it';

export const rotation =
  'Then the operator replaces the keys of timestamp and snapshot with a new root and the client is back at what is honest.';

export const outnumbering = 'Then the operator publishes a timestamp of a higher version than any that was seen.';
