// @ts-check
/**
 * The JSON Canonicalization Scheme of RFC 8785, for the values that the vectors accept: integers within 2^53 - 1, and
 * strings without lone surrogates. Names are sorted by their UTF-16 code units, control characters are escaped.
 */
import { isObject, lastMembers, meaning } from './tree.mjs';

/** The control characters that have a short escape (RFC 8785, 3.2.2.2). */
const short = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** @param {import('./tree.mjs').Tree} tree @returns {Buffer} */
export function jcs(tree) {
  return Buffer.from(jcsText(tree));
}

/** @param {import('./tree.mjs').Tree} spelled @returns {string} */
function jcsText(spelled) {
  const tree = meaning(spelled);
  if (tree === null || typeof tree === 'boolean') return String(tree);
  if (typeof tree === 'string') return jcsString(tree);
  if (typeof tree === 'number') return jcsNumber(tree);
  if (Array.isArray(tree)) return `[${tree.map(jcsText).join(',')}]`;
  if (!isObject(tree)) throw new Error('not a JSON value');
  const sorted = [...lastMembers(tree)].sort(([a], [b]) => byCodeUnits(a, b));
  return `{${sorted.map(([name, value]) => `${jcsString(name)}:${jcsText(value)}`).join(',')}}`;
}

/** @param {string} a @param {string} b */
function byCodeUnits(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** @param {string} text */
function jcsString(text) {
  if (!text.isWellFormed()) throw new Error('a lone surrogate has no canonical form');
  let out = '"';
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const escaped = short.get(unit) ?? (unit < 0x20 ? `\\u${unit.toString(16).padStart(4, '0')}` : undefined);
    out += escaped ?? text.charAt(i);
  }
  return `${out}"`;
}

/** @param {number} value */
function jcsNumber(value) {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is outside the vectors' range`);
  return value.toFixed(0);
}
