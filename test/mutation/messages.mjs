/**
 * Leaves out of the mutants what only people read: the texts of errors. Codes, evidence and every condition around them
 * stay in.
 *
 * A plugin of Stryker, which hands over paths of Babel's tree.
 *
 * @module
 */

/** Why each text is left out; the report lists them. */
export const leftOut = {
  message: 'the message of a TufError or TypeError: for people, and never parsed (errors.ts)',
  hint: 'the hint of a TufError: says to people what to do next',
  problem: 'the problem of Scanner.fail: it becomes the message of a TufError',
  reason: 'why a key is unusable: for people; that it is unusable stays in',
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'messages', value: { shouldIgnore } }];

/** @param {{ node: any, parent: any, key: string | number | null, listKey?: string }} path */
export function shouldIgnore({ node, parent, key, listKey }) {
  if (parent === null || parent === undefined) return undefined;
  if (listKey === 'arguments') return ofArgument(parent, Number(key), node);
  if (key === 'value' && parent.type === 'ObjectProperty' && parent.key.name === 'hint') return leftOut.hint;
  if (key === 'value' && parent.type === 'ObjectProperty' && parent.key.name === 'reason') {
    // Of a signature that did not count it is a word of the protocol between tufa and its callers, and a plain string.
    return node.value?.includes?.(' ') ? leftOut.reason : undefined;
  }
  return undefined;
}

function ofArgument(call, index, node) {
  const callee = call.callee;
  if (call.type === 'NewExpression') {
    if (callee.name === 'TypeError' && index === 0) return leftOut.message;
    if (callee.name !== 'TufError') return undefined;
    if (index === 1) return leftOut.message;
    const isHint = node.type === 'ObjectExpression' && node.properties.every((each) => each.key?.name === 'hint');
    return index === 3 && isHint ? leftOut.hint : undefined;
  }
  if (call.type !== 'CallExpression' || index !== 0) return undefined;
  if (callee.type === 'MemberExpression' && callee.property.name === 'fail') return leftOut.problem;
  return callee.name === 'unusable' ? leftOut.reason : undefined;
}
