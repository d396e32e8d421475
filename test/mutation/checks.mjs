/**
 * Finds every check of the trust core and of the reader in their sources, and puts a switch before each, so that one at a
 * time can be disabled while the others hold.
 *
 * A check is
 * - a `throw`, unless it throws on what it caught, or a TypeError, which answers misuse of the API and nothing from outside;
 * - a call of `….fail(…)`, with which the reader refuses;
 * - a call of `check…(…)` as a statement: disabled, what it throws is swallowed at this place alone;
 * - `if (…) return 'reason';`, with which a signature is judged not to count.
 *
 * @module
 */
import ts from 'typescript';

/** The global function that is asked at each check: `true` while it is to hold. */
export const switchName = '__tufaCheckHolds';

/**
 * @typedef {object} Check
 * @property {string} id `path:line:column`, in the source
 * @property {'throw' | 'fail' | 'call' | 'judgement'} kind
 * @property {string} text the source, in one line, cut
 */

/** Whether checks are looked for in a source file, by its path below `src`. @param {string} path */
export function isChecked(path) {
  return /^(?:trust|metadata)\/(?!canonical-json|der-writer|public-key-writer|file-name|limits|json)[a-z0-9-]+\.ts$/.test(
    path,
  );
}

/**
 * The source with a switch before each check.
 *
 * @param {string} path below `src` @param {string} source
 * @returns {{ code: string, checks: Check[] }}
 */
export function withSwitches(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true);
  /** @type {Check[]} */
  const checks = [];
  /** @type {{ at: number, text: string }[]} insertions */
  const edits = [];
  visit(file);
  let code = source;
  for (const { at, text } of edits.sort((a, b) => b.at - a.at)) code = code.slice(0, at) + text + code.slice(at);
  return { code, checks };

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isThrowStatement(node) && isRefusal(node)) {
      insert(node, 'throw', (asks) => [`if (${asks}) `, '']);
    } else if (ts.isCallExpression(node) && isFail(node)) {
      insert(node, 'fail', (asks) => [`(${asks} ? `, ' : undefined)']);
    } else if (ts.isExpressionStatement(node) && isCheckCall(node.expression)) {
      insert(node, 'call', (asks) => ['try { ', ` } catch (refused) { if (${asks}) throw refused; }`]);
    } else if (ts.isIfStatement(node) && isJudgement(node)) {
      insert(node.expression, 'judgement', (asks) => ['(', `) && ${asks}`]);
    }
    ts.forEachChild(node, visit);
  }

  /** @param {ts.Node} node @param {Check['kind']} kind @param {(asks: string) => [string, string]} around */
  function insert(node, kind, around) {
    const at = node.getStart(file);
    const { line, character } = file.getLineAndCharacterOfPosition(at);
    const id = `${path}:${line + 1}:${character + 1}`;
    checks.push({ id, kind, text: node.getText(file).replace(/\s+/g, ' ').slice(0, 120) });
    const [before, after] = around(`globalThis.${switchName}(${JSON.stringify(id)})`);
    edits.push({ at, text: before }, { at: node.getEnd(), text: after });
  }
}

/** @param {ts.ThrowStatement} node */
function isRefusal({ expression, parent }) {
  if (ts.isIdentifier(expression)) return false;
  if (ts.isNewExpression(expression) && expression.expression.getText() === 'TypeError') return false;
  // The body of `fail` itself is what every call of it runs.
  for (let at = parent; at !== undefined; at = at.parent) {
    if (ts.isMethodDeclaration(at) && at.name.getText() === 'fail') return false;
  }
  return true;
}

/** @param {ts.CallExpression} node */
function isFail({ expression }) {
  return ts.isPropertyAccessExpression(expression) && expression.name.text === 'fail';
}

/** @param {ts.Expression} expression */
function isCheckCall(expression) {
  const call = ts.isYieldExpression(expression) && expression.expression ? expression.expression : expression;
  return ts.isCallExpression(call) && ts.isIdentifier(call.expression) && /^check[A-Z]/.test(call.expression.text);
}

/** @param {ts.IfStatement} node */
function isJudgement({ thenStatement }) {
  return (
    ts.isReturnStatement(thenStatement) &&
    thenStatement.expression !== undefined &&
    ts.isStringLiteral(thenStatement.expression)
  );
}
