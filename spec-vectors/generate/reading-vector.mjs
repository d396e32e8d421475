// @ts-check
/** One vector of the family strict-reading: the bytes of one signed document, and what reading it gives. */
import { files, honest, signedDocument, trueKeyids } from './documents.mjs';
import { valuesOf } from './reading-values.mjs';
import { raw, withValue } from './tree.mjs';
import { base64, head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./documents.mjs').Role} Role */
/** @typedef {import('./vector.mjs').About} About */
/** @typedef {Parameters<typeof signedDocument>[1]} Changes */
/** @typedef {'malformed' | 'wrong-type' | 'spec-version'} Reason */
/** @typedef {readonly (string | number)[]} Path */

/** @type {readonly Role[]} */
export const roles = ['root', 'timestamp', 'snapshot', 'targets', 'delegated'];

/**
 * A document that must be refused. Its control is the honest document of the role unless another is named.
 *
 * @param {Role} role @param {string} name @param {string} comment @param {Changes} changes @param {About} about
 * @param {{ reason?: Reason, control?: string }} [options]
 */
export function reject(role, name, comment, changes, about, { reason = 'malformed', control = `${role}-plain` } = {}) {
  const refused = { result: 'reject', reason };
  return {
    ...opening(role, name, comment, about),
    input: base64(signedDocument(role, changes).bytes),
    expect: { default: refused, strict: refused },
    control: `strict-reading/${control}`,
  };
}

/**
 * A document that must be read. `strict: false` leaves the profile `strict` open, since another rule than those of this
 * family speaks there; a reason says that only `default` reads it.
 *
 * @param {Role} role @param {string} name @param {string} comment @param {Changes} changes @param {About} about
 * @param {{ strict?: Reason | false, more?: { [name: string]: unknown } }} [options]
 */
export function accept(role, name, comment, changes, about, { strict, more = {} } = {}) {
  const document = signedDocument(role, changes);
  const signed = changes?.signed ?? honest[role]();
  const accepted = { result: 'accept' };
  const inStrict = strict === undefined ? accepted : { result: 'reject', reason: strict };
  return {
    ...opening(role, name, comment, about),
    input: base64(document.bytes),
    expect: strict === false ? { default: accepted } : { default: accepted, strict: inStrict },
    reading: {
      values: { ...valuesOf(role, signed), ...more },
      canonical: base64(document.canonical),
      verifies: trueKeyids(document),
    },
    ...(typeof strict === 'string' ? { control: `strict-reading/${role}-plain` } : {}),
  };
}

/** @param {Role} role @param {string} name @param {string} comment @param {About} about */
function opening(role, name, comment, about) {
  return { ...head('strict-reading/1', `strict-reading/${role}-${name}`, comment, about), role, file: files[role] };
}

/** The honest document with one value of `signed` replaced or, with `undefined`, removed. @param {Role} role @param {Path} path @param {Tree | undefined} value @returns {Changes} */
export function withSigned(role, path, value) {
  return { signed: withValue(honest[role](), path, value) };
}

/** Values of every type, by the label that a vector's name ends with. @type {Record<string, readonly [words: string, value: Tree | undefined]>} */
export const anyType = {
  missing: ['is missing', undefined],
  null: ['is null', null],
  array: ['is an empty array', []],
  object: ['is an empty object', {}],
  text: ['is the empty string', ''],
  zero: ['is 0', 0],
  true: ['is true', true],
};

/** Numbers that are no positive integer in range, by label. @type {Record<string, readonly [words: string, value: Tree]>} */
export const badCounts = {
  negative: ['is -1', -1],
  fraction: ['is 1.5', raw('1.5')],
  'integral-fraction': ['is 1.0', raw('1.0', '1')],
  exponent: ['is 1e0', raw('1e0', '1')],
  'text-one': ['is the string "1"', '1'],
  'list-one': ['is an array that holds 1', [1]],
  '2-53': ['is 2^53', raw('9007199254740992')],
};

/** Larger ones, for versions. @type {typeof badCounts} */
export const hugeCounts = {
  '2-63': ['is 2^63', raw('9223372036854775808')],
  '2-64': ['is 2^64', raw('18446744073709551616')],
  'minus-zero': ['is -0', raw('-0', '0')],
};

/**
 * One refused document for each type that a field must not have.
 *
 * @param {Role} role @param {string} field as the names of the vectors spell it @param {Path} path below `signed`
 * @param {readonly string[]} labels of {@link anyType} @param {About} about
 */
export function sweep(role, field, path, labels, about) {
  return labels.map((label) => {
    const [words, value] = /** @type {readonly [string, Tree | undefined]} */ (anyType[label]);
    const comment = `${pointer(path)} ${words}`;
    const isChosen = (label === 'null' && isOptional(path)) || (label === 'text' && path.at(-2) === 'hashes');
    const said = isChosen ? { ...about, level: /** @type {const} */ ('decision') } : about;
    return reject(role, `${field}-${label}`, comment, withSigned(role, path, value), said);
  });
}

/** Whether a member may be absent; the specification does not say what null means there. @param {Path} path */
function isOptional(path) {
  const last = String(path.at(-1));
  const always = ['consistent_snapshot', 'custom', 'delegations', 'paths', 'terminating'];
  return always.includes(last) || (path[0] === 'meta' && ['length', 'hashes'].includes(last));
}

/** One refused document for each bad number. @param {Role} role @param {string} field @param {Path} path @param {typeof badCounts} counts @param {About} about */
export function sweepNumbers(role, field, path, counts, about) {
  return Object.entries(counts).map(([label, [words, value]]) => {
    const said = isInteger(label, path) ? { ...about, level: /** @type {const} */ ('decision') } : about;
    return reject(role, `${field}-${label}`, `${pointer(path)} ${words}`, withSigned(role, path, value), said);
  });
}

/** Whether a bad number is an integer of the kind that the specification asks for there: it sets no upper bound. @param {string} label @param {Path} path */
function isInteger(label, path) {
  return label.startsWith('2-') || (label === 'minus-zero' && path.at(-1) === 'length');
}

/** A JSON pointer into the document. @param {Path} path */
function pointer(path) {
  const escaped = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `/${['signed', ...escaped].join('/')}`;
}

/** All labels of {@link anyType} but those given. @param {readonly string[]} fine */
export function allBut(...fine) {
  return Object.keys(anyType).filter((label) => !fine.includes(label));
}
