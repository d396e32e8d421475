// @ts-check
/** One vector of the family canonical-json: the bytes of one JSON text, and its two canonical forms or a refusal. */
import { isDeepStrictEqual } from 'node:util';
import { jcs } from './jcs.mjs';
import { olpc } from './olpc.mjs';
import { entriesOf, isObject, meaning, nameOf } from './tree.mjs';
import { base64, head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/**
 * A text that has a canonical form. The value is written by hand and compared with what `JSON.parse` reads, so that a
 * slip in either shows.
 *
 * @param {string} name @param {string} comment @param {string | Buffer} input @param {Tree} value @param {About} about
 * @param {string} [sameAs] the vector with the same value in another spelling
 */
export function accept(name, comment, input, value, about, sameAs) {
  const bytes = Buffer.from(input);
  assertSameValue(name, bytes, value);
  const opening = head('canonical-json/1', `canonical-json/${name}`, comment, about);
  return {
    ...opening,
    ...(sameAs === undefined ? {} : { sameAs: `canonical-json/${sameAs}` }),
    input: base64(bytes),
    expect: forms(value),
  };
}

/**
 * A text that must be refused. The control is the same text without the fault.
 *
 * @param {string} name @param {string} comment @param {string | Buffer} input @param {string | Buffer} control
 * @param {About} about
 */
export function reject(name, comment, input, control, about) {
  const refused = { result: 'reject', reason: 'malformed' };
  return {
    ...head('canonical-json/1', `canonical-json/${name}`, comment, about),
    input: base64(Buffer.from(input)),
    expect: { olpc: refused, rfc8785: refused },
    control: { input: base64(Buffer.from(control)), expect: forms(JSON.parse(Buffer.from(control).toString())) },
  };
}

/** @param {Tree} value */
function forms(value) {
  return {
    olpc: { result: 'accept', canonical: base64(olpc(value)) },
    rfc8785: { result: 'accept', canonical: base64(jcs(value)) },
  };
}

/** @param {string} name @param {Buffer} bytes @param {Tree} value */
function assertSameValue(name, bytes, value) {
  if (!isDeepStrictEqual(plain(value), plain(JSON.parse(bytes.toString())))) {
    throw new Error(`canonical-json/${name}: the value does not belong to the input`);
  }
  if (!isDeepStrictEqual(plain(JSON.parse(jcs(value).toString())), plain(value))) {
    throw new Error(`canonical-json/${name}: the RFC 8785 form does not read back`);
  }
}

/** Objects as maps, so that `__proto__` compares like any name. @param {Tree} tree @returns {unknown} */
function plain(tree) {
  const value = meaning(tree);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return new Map(entriesOf(value).map(([name, member]) => [nameOf(name), plain(member)]));
}
