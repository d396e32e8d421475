/** What the architecture rules need of TypeScript's own parser and binder: imports, references to globals, positions. */
import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow } from './project.mjs';

/**
 * Reads every TypeScript file of a folder.
 *
 * Nothing outside it is loaded, no library either: a name that resolves to nothing is therefore a global.
 */
export function readSources(folder) {
  const names = filesBelow(folder, (name) => name.endsWith('.ts'));
  const program = ts.createProgram({
    rootNames: names.map((name) => join(folder, name)),
    options: {
      noLib: true,
      noResolve: true,
      types: [],
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
    },
  });
  const checker = program.getTypeChecker();
  return names.map((name) => {
    const tree = program.getSourceFile(join(folder, name));
    return { name, tree, text: tree.text, isGlobal: (node) => isGlobal(checker, node) };
  });
}

/** The 1-based line of a node. */
export function lineOf({ tree }, node) {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Calls `visit` for every node of a file, outer ones first. */
export function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Every module that a file names, by `import`, `export … from`, `import()` or `import type`. */
export function importsOf({ tree }) {
  const imports = [];
  walk(tree, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      imports.push({ node, specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node), dynamic: false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      const specifier = argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : '';
      imports.push({ node, specifier, typeOnly: false, dynamic: true });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push({ node, specifier: node.argument.literal.text, typeOnly: true, dynamic: false });
    }
  });
  return imports;
}

function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

/** Whether an identifier refers to something that no file of the folder declares. */
function isGlobal(checker, node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isQualifiedName(parent) && parent.right === node) return false;
  if (isDeclaredName(parent, node)) return false;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node);
  return symbol?.declarations === undefined || symbol.declarations.length === 0;
}

/** Whether `node` is what its parent declares or labels, not a reference. */
function isDeclaredName(parent, node) {
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return true;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
  return 'name' in parent && parent.name === node && !ts.isPropertyAccessExpression(parent);
}
