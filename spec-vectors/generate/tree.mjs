// @ts-check
/**
 * JSON values as the vectors need them: ordinary JavaScript values, plus the two things that JavaScript cannot hold,
 * a token spelled in an exact way ({@link Raw}) and an object with an exact order or with duplicate names ({@link Members}).
 */

/** @typedef {null | boolean | number | string | Raw | Members | Items | Named} Tree */
/** @typedef {Tree[]} Items */
/** @typedef {{ [name: string]: Tree }} Named */
/** @typedef {readonly [name: string | Raw, value: Tree]} Entry */

/** A token with its own spelling. */
export class Raw {
  /**
   * @param {string | Buffer} text as it stands in the document
   * @param {string | Buffer} canonical what a lax reader would make of it in OLPC canonical JSON
   * @param {Tree} [value] what it means, where it means anything
   */
  constructor(text, canonical, value) {
    this.text = text;
    this.canonical = canonical;
    this.value = value;
  }
}

/** An object in an exact order; names may repeat. */
class Members {
  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.entries = entries;
  }
}

/** @param {string | Buffer} text @param {string | Buffer} [canonical] @param {Tree} [value] */
export function raw(text, canonical = text, value = undefined) {
  return new Raw(text, canonical, value);
}

/** @param {readonly Entry[]} entries */
export function members(entries) {
  return new Members(entries);
}

/** @param {Tree} tree @returns {tree is Members | { [name: string]: Tree }} */
export function isObject(tree) {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof Raw);
}

/** The members of an object as written. @param {Tree} tree @returns {readonly Entry[]} */
export function entriesOf(tree) {
  if (!isObject(tree)) throw new Error('not an object');
  return tree instanceof Members ? tree.entries : Object.entries(tree);
}

/** The decoded name of a member. @param {string | Raw} name @returns {string} */
export function nameOf(name) {
  if (typeof name === 'string') return name;
  if (typeof name.value !== 'string') throw new Error('a spelled name needs its value');
  return name.value;
}

/** The members with the last of each name. @param {Tree} tree @returns {Map<string, Tree>} */
export function lastMembers(tree) {
  return new Map(entriesOf(tree).map(([name, value]) => [nameOf(name), value]));
}

/** The meaning of a value whose top is a spelled token. @param {Tree} tree @returns {Tree} */
export function meaning(tree) {
  if (!(tree instanceof Raw)) return tree;
  if (tree.value === undefined) throw new Error(`no meaning is given for ${tree.text}`);
  return tree.value;
}

/** The value at a path. @param {Tree} tree @param {readonly (string | number)[]} path @returns {Tree} */
export function valueAt(tree, path) {
  return path.reduce((value, step) => {
    const found = Array.isArray(value) ? value[Number(step)] : lastMembers(value).get(String(step));
    if (found === undefined) throw new Error(`no value at ${path.join('/')}`);
    return found;
  }, tree);
}

/**
 * The tree with the value at a path replaced; `undefined` removes the member. Everything else is shared.
 *
 * @param {Tree} tree @param {readonly (string | number)[]} path @param {Tree | undefined} value @returns {Tree}
 */
export function withValue(tree, path, value) {
  const [step, ...rest] = path;
  if (step === undefined) return /** @type {Tree} */ (value);
  if (Array.isArray(tree)) {
    const items = tree.slice();
    items[Number(step)] = withValue(items[Number(step)] ?? null, rest, value);
    return items;
  }
  const entries = entriesOf(tree).map(([name, member]) => /** @type {[string | Raw, Tree]} */ ([name, member]));
  const at = entries.findIndex(([name]) => nameOf(name) === step);
  if (rest.length === 0 && value === undefined) return new Members(entries.filter((_, index) => index !== at));
  const next = withValue(at === -1 ? {} : /** @type {[string, Tree]} */ (entries[at])[1], rest, value);
  if (at === -1) entries.push([String(step), next]);
  else entries[at] = [/** @type {[string, Tree]} */ (entries[at])[0], next];
  return new Members(entries);
}

/** The document text without any whitespace. @param {Tree} tree @returns {Buffer} */
export function compactText(tree) {
  return Buffer.concat(pieces(tree, undefined, ''));
}

/** The document text with an indentation, one member or item a line. @param {Tree} tree @param {string} [indent] */
export function indentedText(tree, indent = ' ') {
  return Buffer.concat(pieces(tree, indent, '\n'));
}

/** @param {Tree} tree @param {string | undefined} indent @param {string} line @returns {Buffer[]} */
function pieces(tree, indent, line) {
  if (tree instanceof Raw) return [Buffer.from(tree.text)];
  if (Array.isArray(tree))
    return list(
      '[]',
      indent,
      line,
      tree.map((item) => [item]),
    );
  if (isObject(tree))
    return list(
      '{}',
      indent,
      line,
      entriesOf(tree).map(([name, value]) => [name, value]),
    );
  return [Buffer.from(JSON.stringify(tree))];
}

/** @param {string} brackets @param {string | undefined} indent @param {string} line @param {Tree[][]} parts */
function list(brackets, indent, line, parts) {
  const inner = line + (indent ?? '');
  /** @type {Buffer[]} */
  const out = [Buffer.from(brackets.charAt(0))];
  parts.forEach((part, index) => {
    out.push(Buffer.from(`${index === 0 ? '' : ','}${inner}`));
    part.forEach((value, side) => {
      if (side === 1) out.push(Buffer.from(indent === undefined ? ':' : ': '));
      out.push(...pieces(value, indent, inner));
    });
  });
  out.push(Buffer.from(`${parts.length === 0 ? '' : line}${brackets.charAt(1)}`));
  return out;
}
