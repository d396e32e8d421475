// @ts-check
/** One vector of the family keyid: the JSON text of a key, and the SHA-256 of its OLPC canonical form. */
import { isDeepStrictEqual } from 'node:util';
import { keyidOf } from './keys.mjs';
import { compactText, entriesOf, isObject, meaning, nameOf } from './tree.mjs';
import { head } from './vector.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */

/** @param {string} name @param {string} comment @param {Tree} key @param {import('./vector.mjs').About} about @param {(tree: Tree) => Buffer} [text] how the key is written */
export function keyid(name, comment, key, about, text = compactText) {
  const written = text(key).toString();
  if (!isDeepStrictEqual(plain(key), plain(JSON.parse(written))))
    throw new Error(`keyid/${name}: the text is not the key`);
  return {
    ...head('keyid/1', `keyid/${name}`, comment, about),
    input: { key: written },
    expect: { keyid: keyidOf(key) },
  };
}

/** Objects as maps, so that their order does not count and `__proto__` is a name like any. @param {Tree} tree @returns {unknown} */
function plain(tree) {
  const value = meaning(tree);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return new Map(entriesOf(value).map(([name, member]) => [nameOf(name), plain(member)]));
}
