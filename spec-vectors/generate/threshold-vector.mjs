// @ts-check
/**
 * One vector of the family threshold: a delegator, a role and a document, and whether enough of the delegator's keys for the
 * role have signed the document. The same is asked of a whole client: after a release that enough keys have signed comes the
 * one in question, with the same keys and the same threshold where nothing else is said.
 */
import { sha256, testKeys } from './keys.mjs';
import { Repository } from './repository.mjs';
import { metadataPath, sequence } from './sequence.mjs';
import { base64, head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Signer} Signer */
/** @typedef {import('./repository.mjs').Signed} Signed */
/** @typedef {import('./repository.mjs').Envelope} Envelope */
/** @typedef {import('./repository.mjs').Release} Release */
/** @typedef {import('./sequence.mjs').Step} Step */
/** @typedef {'root' | 'timestamp' | 'snapshot' | 'targets' | 'packages' | 'bin-0'} Role `packages` is delegated by its name, `bin-0` one of two bins */

/** @type {readonly Role[]} */
export const everyRole = ['root', 'timestamp', 'snapshot', 'targets', 'packages', 'bin-0'];

/**
 * @typedef {object} Scene
 * @property {Role} role
 * @property {readonly Signer[]} [listed] by the delegator for the role; three test keys unless given
 * @property {number} [threshold] 1 unless given
 * @property {readonly Signer[]} [honest] who signs in the first release; as many of `listed` as the threshold says unless given
 * @property {readonly Signer[]} [signers] who signs in the second one; those of the first unless given
 * @property {(signed: Signed) => Tree} [signed] what is signed in the second one
 * @property {(envelope: Envelope, former: Envelope) => Tree} [envelope] what becomes of it after signing; `former` is the document of the first release
 * @property {(tree: Tree) => Buffer} [text] how it is written
 * @property {(signed: Signed) => Tree} [delegatorFirst] what the delegator says from the first release on
 * @property {(signed: Signed) => Tree} [delegator] what it says from the second one on
 * @property {boolean} [itself] the new root is asked about itself, and not the old one about the new one
 * @property {false} [isClient] not asked of a client
 */

/** Three keys that are listed for a role, or for nothing: always the same under one name. @param {string} name @returns {[Signer, Signer, Signer]} */
export function threeKeys(name) {
  const [one, two, three] = testKeys(`threshold ${name}`, 3);
  if (one === undefined || two === undefined || three === undefined) throw new Error('there are as many as asked for');
  return [one, two, three];
}

/** The key that signs a top-level role where nothing else is said. @param {string} role @returns {Signer} */
export function ownKey(role) {
  const [key] = testKeys(role, 1);
  if (key === undefined) throw new Error('there are as many as asked for');
  return key;
}

/** Enough keys have signed. @param {string} name @param {string} comment @param {Scene} scene @param {About} about */
export function accept(name, comment, scene, about) {
  const pair = releases(scene);
  return {
    ...head('threshold/1', `threshold/${name}`, comment, about),
    input: question(scene, pair),
    expect: { result: 'accept' },
    ...asked(name, scene, pair, (step) => step),
  };
}

/**
 * Not enough, or what cannot be read. `at` says which of the two cannot; a document that is merely unsigned can.
 *
 * @param {string} name @param {string} comment @param {Scene} scene @param {About} about
 * @param {'unsigned' | 'malformed'} [reason] @param {'document' | 'delegator'} [at]
 */
export function refuse(name, comment, scene, about, reason = 'unsigned', at = 'document') {
  const pair = releases(scene);
  return {
    ...head('threshold/1', `threshold/${name}`, comment, about),
    input: question(scene, pair),
    expect: { result: 'reject', reason },
    control: { input: controlOf(scene, pair), expect: { result: 'accept' } },
    ...asked(name, scene, pair, (step) => refusalOf(step, scene, pair, reason, at)),
  };
}

const file = Buffer.from('apple\n');
/** The first of these names that belongs to the first of two bins. */
const path = (() => {
  for (let number = 1; ; number += 1) {
    const tried = `packages/apple-${number}.txt`;
    if (Number.parseInt(sha256(tried).charAt(0), 16) < 8) return tried;
  }
})();

/** @param {Role} role @returns {'root' | 'targets'} */
function delegatorOf(role) {
  return role === 'packages' || role === 'bin-0' ? 'targets' : 'root';
}

/** @param {Scene} scene */
function repositoryOf({ role, listed = threeKeys(role), threshold = 1 }) {
  if (delegatorOf(role) === 'root')
    return new Repository({ signers: { [role]: listed }, thresholds: { [role]: threshold } });
  const first = { name: role, signers: listed, threshold, targets: { [path]: file } };
  if (role === 'packages') return new Repository({ delegated: [first] });
  const second = { name: 'bin-1', signers: listed };
  return new Repository({ delegated: [first, second], succinct: { bit_length: 1, name_prefix: 'bin', threshold } });
}

/** @typedef {{ first: Release, second: Release }} Pair */

/** @param {Scene} scene @returns {Pair} */
function releases(scene) {
  const { role, listed = threeKeys(role), threshold = 1, honest = listed.slice(0, threshold), envelope } = scene;
  const delegator = delegatorOf(role);
  const repository = repositoryOf(scene);
  const first = repository.publish({
    signers: { [role]: honest, ...(role === 'bin-0' ? { 'bin-1': honest } : {}) },
    signed: present(delegator, scene.delegatorFirst),
  });
  const former = JSON.parse(String(first.documents[role]));
  const following =
    role === 'root' || role === 'timestamp' ? [] : role === 'snapshot' ? ['timestamp'] : ['snapshot', 'timestamp'];
  const second = repository.publish({
    bump: [role, ...following, ...(scene.delegator === undefined ? [] : [delegator, 'snapshot', 'timestamp'])],
    signed: { ...present(role, scene.signed), ...present(delegator, scene.delegator) },
    signers: { [role]: scene.signers ?? honest },
    envelope: present(role, envelope && ((/** @type {Envelope} */ own) => envelope(own, former))),
    text: present(role, scene.text),
  });
  return { first, second };
}

/** @template T @param {string} name @param {T | undefined} value @returns {{ [name: string]: T }} */
function present(name, value) {
  return value === undefined ? {} : { [name]: value };
}

/** @param {Scene} scene @param {Pair} pair */
function question({ role, itself }, { first, second }) {
  const isOldRoot = role === 'root' && itself !== true;
  const delegator = (isOldRoot ? first : second).documents[delegatorOf(role)];
  return { delegator: String(delegator), role, document: base64(/** @type {Buffer} */ (second.documents[role])) };
}

/** The same of the first release. @param {Scene} scene @param {Pair} pair */
function controlOf({ role }, { first }) {
  return question({ role, itself: true }, { first, second: first });
}

/** @param {string} name @param {Scene} scene @param {Pair} pair @param {(step: Step) => Step} judged */
function asked(name, { role, isClient }, { first, second }, judged) {
  if (isClient === false) return {};
  const root = /** @type {Buffer} */ (first.documents['root']);
  const isDelegated = delegatorOf(role) === 'targets';
  const what = isDelegated ? { download: [path], alsoTrusted: [role], written: { [path]: file } } : {};
  return { sequence: sequence(root, [{ serve: first, ...what }, judged({ serve: second, ...what })], name) };
}

/** @param {Step} step that would be accepted @param {Scene} scene @param {Pair} pair @param {string} reject @param {'document' | 'delegator'} at @returns {Step} */
function refusalOf({ serve, download }, { role, delegator }, { first, second }, reject, at) {
  const { root, timestamp, snapshot, targets } = second.documents;
  const asked = download === undefined ? {} : { download };
  const place = at === 'delegator' ? delegatorOf(role) : role;
  if (place === 'packages' || place === 'bin-0') {
    const former = first.documents[role];
    const trusted = /** @type {{ [role: string]: Buffer }} */ ({ root, timestamp, snapshot, targets, [role]: former });
    return { serve, ...asked, reject, trusted, further: [metadataPath(second, role)] };
  }
  // A client may drop what it held under keys or a threshold that a new root replaces.
  const isReplaced = place === 'timestamp' && delegator !== undefined;
  const trusted = /** @type {{ [role: string]: Buffer }} */ ({ root });
  return { serve, ...asked, reject, stopsAt: place, ...(isReplaced ? { trusted } : {}) };
}
