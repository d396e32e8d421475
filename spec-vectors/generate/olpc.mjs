// @ts-check
/**
 * OLPC canonical JSON as TUF repositories use it: no whitespace, names in the order of their code points (the order of
 * their UTF-8 bytes), strings as raw UTF-8 in which only the quotation mark and the backslash are escaped, integers in
 * decimal. Written from the rules, for the vectors alone.
 */
import { isObject, lastMembers, Raw } from './tree.mjs';

/** @param {import('./tree.mjs').Tree} tree @returns {Buffer} */
export function olpc(tree) {
  if (tree instanceof Raw) return Buffer.from(tree.canonical);
  if (tree === null) return Buffer.from('null');
  if (typeof tree === 'boolean') return Buffer.from(tree ? 'true' : 'false');
  if (typeof tree === 'string') return olpcString(tree);
  if (typeof tree === 'number') return olpcNumber(tree);
  if (Array.isArray(tree)) return enclosed('[', tree.map(olpc), ']');
  if (!isObject(tree)) throw new Error('not a JSON value');
  const sorted = [...lastMembers(tree)]
    .map(([name, value]) => ({ order: Buffer.from(name), value }))
    .sort((a, b) => Buffer.compare(a.order, b.order));
  const written = sorted.map(({ order, value }) =>
    Buffer.concat([olpcString(order.toString()), Buffer.from(':'), olpc(value)]),
  );
  return enclosed('{', written, '}');
}

/** @param {string} text */
function olpcString(text) {
  if (!text.isWellFormed()) throw new Error('a lone surrogate has no canonical form');
  return Buffer.from(`"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
}

/** @param {number} value */
function olpcNumber(value) {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} has no canonical form`);
  return Buffer.from(value.toFixed(0));
}

/** @param {string} open @param {Buffer[]} parts @param {string} close */
function enclosed(open, parts, close) {
  const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(','), part]));
  return Buffer.concat([Buffer.from(open), ...separated, Buffer.from(close)]);
}
