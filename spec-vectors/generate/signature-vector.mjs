// @ts-check
/**
 * One vector of the family signature: a key, a message and a signature, and whether the one verifies the other. Most are asked
 * of a whole client as well: in the second release of an honest repository the key is the only one of targets.
 */
import { keyidOf } from './keys.mjs';
import { olpc } from './olpc.mjs';
import { Repository } from './repository.mjs';
import { sequence } from './sequence.mjs';
import { compactText } from './tree.mjs';
import { base64, head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/**
 * A key object, and what stands as the signature of a message. `undefined` says that this message will not do: another one is
 * tried.
 *
 * @typedef {{ key: Tree, sign: (message: Buffer) => string | undefined }} Subject
 */

/**
 * @typedef {object} Options
 * @property {Buffer} [message] the one message; the vector has no sequence then
 * @property {Subject} [control] of a refusal: the twin that verifies, over the same message where that will do
 * @property {string} [twin] of a refusal: the name of a vector of this family that verifies, in place of `control`
 */

/** A signature that verifies. @param {string} name @param {string} comment @param {Subject} subject @param {About} about @param {Options} [options] */
export function accept(name, comment, subject, about, { message } = {}) {
  const remembering = { ...subject, sign: once(subject.sign) };
  return {
    ...head('signature/1', `signature/${name}`, comment, about),
    input: question(name, remembering, message),
    expect: { verified: true },
    ...(message === undefined ? { sequence: askedOfClient(name, remembering, true) } : {}),
  };
}

/** One that does not. @param {string} name @param {string} comment @param {Subject} subject @param {About} about @param {Options} options */
export function refuse(name, comment, subject, about, { message, control, twin }) {
  const remembering = { ...subject, sign: once(subject.sign) };
  const input = question(name, remembering, message);
  if ((control === undefined) === (twin === undefined)) throw new Error(`${name}: a refusal has one control`);
  return {
    ...head('signature/1', `signature/${name}`, comment, about),
    input,
    expect: { verified: false },
    control: control === undefined ? `signature/${twin}` : controlOf(name, control, input.message),
    ...(message === undefined ? { sequence: askedOfClient(name, remembering, false) } : {}),
  };
}

/** The twin over the same message, or over one of its own where that will not do. @param {string} name @param {Subject} twin @param {string} message */
function controlOf(name, twin, message) {
  const same = { ...twin, sign: once(twin.sign) };
  const bytes = Buffer.from(message, 'base64');
  const input = same.sign(bytes) === undefined ? question(`${name}, control`, same) : question(name, same, bytes);
  return { input, expect: { verified: true } };
}

/** @param {string} name @param {Subject} subject @param {Buffer} [message] */
function question(name, { key, sign }, message) {
  const tried = message === undefined ? messages(name) : [message];
  for (const each of tried) {
    const sig = sign(each);
    if (sig !== undefined) return { key: compactText(key).toString(), message: base64(each), sig };
  }
  throw new Error(`${name}: no message will do`);
}

/** @param {string} name */
function* messages(name) {
  for (let round = 0; round < 10_000; round += 1) yield Buffer.from(`signature/${name}, message ${round}`);
}

/** The release in which the key signs targets alone, after one without it. @param {string} name @param {Subject} subject @param {boolean} verified */
function askedOfClient(name, { key, sign }, verified) {
  const repository = new Repository();
  const first = repository.publish();
  repository.signers['targets'] = [{ keyid: keyidOf(key), key, sign: (message) => String(sign(message)) }];
  const second = repository.publish({
    bump: ['root', 'targets', 'snapshot', 'timestamp'],
    signed: { targets: (signed) => firstOf(signed, sign) },
  });
  const targets = /** @type {Buffer} */ (first.documents['targets']);
  const last = verified
    ? { serve: second }
    : { serve: second, reject: 'unsigned', trusted: { targets }, requests: null };
  return sequence(rootOf(first), [{ serve: first }, last], `signature/${name}`);
}

/** @param {import('./repository.mjs').Release} release */
function rootOf(release) {
  return /** @type {Buffer} */ (release.documents['root']);
}

/** The document itself, or with the first number in an unrecognised member with which it will do. @param {{ [name: string]: Tree }} signed @param {Subject['sign']} sign */
function firstOf(signed, sign) {
  for (let round = 0; round < 10_000; round += 1) {
    const tried = round === 0 ? signed : { ...signed, 'x-message': round };
    if (sign(olpc(tried)) !== undefined) return tried;
  }
  throw new Error('no document will do');
}

/** The same answers, each computed once. @param {Subject['sign']} sign @returns {Subject['sign']} */
function once(sign) {
  /** @type {Map<string, string | undefined>} */
  const known = new Map();
  return (message) => {
    const text = message.toString('latin1');
    if (!known.has(text)) known.set(text, sign(message));
    return known.get(text);
  };
}
