/** The house rules that a formatter and a linter do not know, each with what to write instead. */
import ts from 'typescript';
import { lineOf, walk } from './syntax.mjs';

const fileLinesMax = 400;
const functionLinesMax = 60;

/** Words that say nothing of what a thing is for. */
const emptyWords = new Set(['manager', 'managers', 'helper', 'helpers', 'util', 'utils', 'utility', 'common']);

/** Files that may call JSON.parse, each with the reason why its input need not be read strictly. */
const lenientJson = { 'metadata/scanner.ts': 'the escapes of one string: no number, no name' };

/** Every breach in one file below src/. */
export function checkStyle(source) {
  const found = [...checkLines(source), ...checkPathWords(source)];
  const add = (node, rule, message) =>
    found.push({ file: `src/${source.name}`, line: lineOf(source, node), rule, message });
  walk(source.tree, (node) => {
    checkErrors(source, node, add);
    checkJson(source, node, add);
    checkCatch(source, node, add);
    checkFunctionLength(source, node, add);
    checkDeclaredWords(node, add);
  });
  return found;
}

function* checkLines({ name, text }) {
  const lines = text.split('\n');
  const at = (line, rule, message) => ({ file: `src/${name}`, line, rule, message });
  if (lines.length - 1 > fileLinesMax) {
    yield at(fileLinesMax + 1, 'file-length', `has more than ${fileLinesMax} lines: give its second concept a file`);
  }
  for (const [index, line] of lines.entries()) {
    const mark = /\b(TODO|FIXME|XXX|HACK)\b/.exec(line);
    if (mark !== null) yield at(index + 1, 'unfinished', `${mark[1]}: finish it, or write down why it is so`);
  }
}

function* checkPathWords({ name }) {
  const empty = wordsOf(name).find((word) => emptyWords.has(word));
  if (empty !== undefined) {
    yield {
      file: `src/${name}`,
      line: 1,
      rule: 'names',
      message: `"${empty}" says nothing: name it for its one concept`,
    };
  }
}

function checkErrors(source, node, add) {
  const makes = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (
    makes &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'Error' &&
    source.isGlobal(node.expression)
  ) {
    add(node, 'errors', 'a bare Error tells a caller nothing: use TufError for the world, TypeError for the caller');
  }
}

function checkJson(source, node, add) {
  if (Object.hasOwn(lenientJson, source.name)) return;
  if (!ts.isIdentifier(node) || node.text !== 'JSON' || !source.isGlobal(node)) return;
  const name = ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : undefined;
  if (name !== 'stringify') {
    add(node, 'json', 'JSON.parse takes duplicate keys and rounds numbers: use metadata/json.ts');
  }
}

function checkCatch(source, node, add) {
  if (!ts.isCatchClause(node) || node.variableDeclaration !== undefined) return;
  if (!/\/\/|\/\*/.test(node.getText(source.tree))) {
    add(node, 'catch', 'an error is dropped without a word: pass it on as cause, or say in a comment why not');
  }
}

function checkFunctionLength(source, node, add) {
  if (!ts.isFunctionLike(node) || node.body === undefined) return;
  const { line: first } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  const { line: last } = source.tree.getLineAndCharacterOfPosition(node.getEnd());
  const lines = last - first + 1;
  if (lines > functionLinesMax) {
    add(node, 'function-length', `a function of ${lines} lines, more than ${functionLinesMax}: name its steps`);
  }
}

function checkDeclaredWords(node, add) {
  const { name } = node;
  if (name === undefined || !ts.isIdentifier(name) || !isDeclaration(node)) return;
  const empty = wordsOf(name.text).find((word) => emptyWords.has(word));
  if (empty !== undefined) add(name, 'names', `"${empty}" says nothing: name ${name.text} for what it is`);
}

function isDeclaration(node) {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node)
  );
}

function wordsOf(name) {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}
