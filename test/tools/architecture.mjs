/**
 * The architecture as a program: who may import whom, what the pure layers may not touch, what is banned everywhere, and
 * what to write instead. `scan` reads a tree and reports each breach; `test/architecture` shows that each rule bites.
 */
import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { filesBelow, readJson } from './project.mjs';
import { checkStyle } from './style-rules.mjs';
import { importsOf, lineOf, readSources, walk } from './syntax.mjs';

/** The layers that turn bytes into a verdict and never touch the world. */
const pure = ['errors', 'metadata', 'trust', 'workflow', 'ask'];

/**
 * The layers, and which others each may import; `types` are those of which it may import types only. A door exports what
 * others made and wires adapters into it.
 */
const everything = [...pure, 'client', 'repository', 'ports', 'transport', 'store', 'crypto', 'node', 'files', 'door'];
const adapter = { may: ['errors', 'metadata', 'files'], types: ['ports'] };
const layers = {
  errors: { may: [] },
  metadata: { may: ['errors'] },
  trust: { may: ['errors', 'metadata'] },
  workflow: { may: ['errors', 'metadata', 'trust'] },
  // What confirms an update online: a program around that of section 5.
  ask: { may: ['errors', 'metadata', 'trust', 'workflow'] },
  ports: { may: [], types: ['errors', 'metadata', 'trust'] },
  client: { may: ['errors', 'metadata', 'trust', 'workflow', 'ask'], types: ['ports'] },
  repository: { may: ['errors', 'metadata', 'trust'], types: ['ports'] },
  transport: adapter,
  store: adapter,
  crypto: adapter,
  files: { may: ['errors', 'metadata'] },
  // A signer is held against its public half by the cryptography of clients.
  node: { may: ['errors', 'metadata', 'files', 'crypto'], types: ['ports', 'client'] },
  check: { may: ['errors', 'metadata', 'trust', 'repository'], types: ['ports'] },
  // The client's workflow over the entries of one file.
  bundle: { may: [...pure, 'client', 'store', 'crypto'], types: ['ports'] },
  // The other end of `ask`: a client of what is published, that signs what it sees.
  answer: { may: [...pure, 'client', 'repository', 'store', 'crypto'], types: ['ports'] },
  door: { may: everything },
  testing: { may: everything },
  conformance: { may: [...everything, 'testing'] },
  cli: { may: [...everything, 'answer', 'bundle', 'check', 'testing', 'conformance'] },
};

/** The packages that the library may import, and where. Those of the CLI are bundled into it. */
const packages = {
  '@noble/ed25519': (file) => layerOf(file) === 'crypto',
  '@noble/hashes': (file) => layerOf(file) === 'crypto',
  // An optional peer: what verifies with it, and what makes its keys and signs.
  '@noble/post-quantum': (file) => file === 'crypto/ml-dsa.ts' || file === 'node/ml-dsa.ts',
};

/** The interfaces that adapters implement: types and nothing else, so that an adapter knows nothing else of tufa. */
const portFiles = ['client/ports.ts', 'repository/ports.ts', 'repository/signer.ts', 'check/ports.ts'];

/** Doors by another name: one exports what both clients share, one joins a client to Node's files and digests. */
const wiring = ['client/public.ts', 'node/download-to-file.ts'];

/** How Node writes a file whole or not at all: the one thing that adapters share. */
const filesOfNode = ['node/atomic-write.ts', 'node/file-operations.ts', 'node/process-tag.ts'];

/** Globals that a pure layer may not name, and what it does instead. */
const impure = {
  ...Object.fromEntries(['Date', 'performance', 'Temporal'].map((name) => [name, 'take the time as an argument'])),
  ...Object.fromEntries(
    ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => [
      name,
      'ask a question and be resumed',
    ]),
  ),
  crypto: 'ask a question and let an adapter answer',
  fetch: 'ask a question and let an adapter answer',
  process: 'take the value as an argument',
  globalThis: 'take the value as an argument',
  navigator: 'take the value as an argument',
  console: 'return a value or an event',
  require: 'import at the top',
  Buffer: 'use Uint8Array',
};

/** The files that declare what they take of the platform: the codecs of the WHATWG. */
const codecs = ['metadata/utf8.ts', 'metadata/base64.ts'];

/** Globals of Node, absent where the `tufa` entry must run. */
const ofNode = ['Buffer', 'process', 'require', '__dirname', '__filename', 'setImmediate'];

/** What stands beside the dotfiles in the project's folder, and what tools leave there. */
const topLevel = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'typedoc.json', 'src', 'test', 'spec-vectors', 'docs'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'node_modules', 'dist', 'coverage', 'tufa-try'],
];

/** Most lines of all of src/trust together: what an auditor reads in an afternoon. */
export const trustLinesMax = 999;

/**
 * Every breach of the architecture below `root`, which holds package.json and src/: `{ file, line, rule, message }`, by
 * file and line.
 */
export function scan(root) {
  const sources = readSources(join(root, 'src'));
  const portable = new Set(['index.ts', 'browser.ts'].flatMap((door) => [...reachableFrom(sources, door)]));
  const findings = [
    ...checkTopLevel(root),
    ...checkManifest(root),
    ...sources.flatMap((source) => [
      ...checkImports(source, portable),
      ...checkGlobals(source, portable),
      ...checkStyle(source),
    ]),
    ...checkMinting(root, sources),
    ...checkTrustLines(root),
    ...checkVectorGenerator(root),
  ];
  return findings.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

/** One line for people. */
export function findingLine({ file, line, rule, message }) {
  return `${file}:${line}: ${message} [${rule}]`;
}

/** The layer of a file below src/, `undefined` when its folder is none. */
function layerOf(file) {
  if (file === 'errors.ts') return 'errors';
  if (/^(?:(?:node\/)?index(?:\.\w+)?|browser|ask)\.ts$/.test(file) || wiring.includes(file)) return 'door';
  if (portFiles.includes(file)) return 'ports';
  if (filesOfNode.includes(file)) return 'files';
  const folder = file.split('/')[0];
  return Object.hasOwn(layers, folder) && file.includes('/') ? folder : undefined;
}

/** A reader sees the whole project in one short list. What .gitignore names is not of the project. */
function checkTopLevel(root) {
  return readdirSync(root)
    .filter((name) => !name.startsWith('.') && !topLevel.includes(name))
    .map((name) => ({
      file: name,
      line: 1,
      rule: 'top-level',
      message: 'stands at the top: put it below src, test, spec-vectors or docs',
    }));
}

function checkManifest(root) {
  return Object.keys(readJson(join(root, 'package.json')).dependencies ?? {})
    .filter((name) => !Object.hasOwn(packages, name))
    .map((name) => ({
      file: 'package.json',
      line: 1,
      rule: 'dependencies',
      message: `${name} would reach every user of the library: bundle it into the CLI or make it an optional peer`,
    }));
}

function* checkImports(source, portable) {
  const layer = layerOf(source.name);
  if (layer === undefined) {
    yield finding(
      source,
      source.tree,
      'layers',
      'is in no layer: put it into one, or name the new one in architecture.mjs',
    );
    return;
  }
  for (const each of importsOf(source)) {
    const problem = each.specifier.startsWith('.')
      ? checkRelative(source.name, layer, each)
      : checkPackage(source.name, layer, each.specifier, portable);
    if (problem !== undefined) yield finding(source, each.node, problem.rule, problem.message);
    else if (each.dynamic && pure.includes(layer)) {
      yield finding(source, each.node, 'purity', 'a pure layer loads nothing while it runs: import at the top');
    }
  }
}

function checkRelative(file, layer, { specifier, typeOnly }) {
  const target = layerOf(resolveFrom(file, specifier));
  const { may, types = [] } = layers[layer];
  if (target === layer || may.includes(target) || (typeOnly && types.includes(target))) return undefined;
  const only = types.includes(target) ? ' but by `import type`' : '';
  return {
    rule: 'direction',
    message: `${layer} may not import ${target ?? specifier}${only}: take it as an argument, and wire it in an index.ts`,
  };
}

function checkPackage(file, layer, specifier, portable) {
  if (specifier.startsWith('node:')) {
    if (pure.includes(layer)) return { rule: 'purity', message: `a pure layer does not import ${specifier}` };
    if (!portable.has(file)) return undefined;
    return { rule: 'portability', message: `the tufa entry reaches this file: keep ${specifier} below tufa/node` };
  }
  if (layer === 'cli') return undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (Object.hasOwn(packages, name) && packages[name](file)) return undefined;
  return {
    rule: 'packages',
    message: `${name || 'a computed module'} is not for this file: see the packages of architecture.mjs`,
  };
}

function* checkGlobals(source, portable) {
  const isPure = pure.includes(layerOf(source.name));
  const found = [];
  walk(source.tree, (node) => {
    if (isPure && ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      found.push(
        finding(source, node, 'purity', 'a pure layer does not know where it is: take the value as an argument'),
      );
    }
    if (isPure && isAmbientValue(node) && !codecs.includes(source.name)) {
      found.push(
        finding(source, node, 'purity', 'only metadata/utf8.ts and base64.ts declare globals: use their functions'),
      );
    }
    if (!ts.isIdentifier(node) || !source.isGlobal(node)) return;
    const { text } = node;
    if (isPure && Object.hasOwn(impure, text)) {
      found.push(finding(source, node, 'purity', `a pure layer does not use ${text}: ${impure[text]}`));
    } else if (isPure && text === 'Math' && node.parent.name?.text === 'random') {
      found.push(finding(source, node, 'purity', 'a pure layer draws no lots: take the value as an argument'));
    } else if (portable.has(source.name) && ofNode.includes(text)) {
      found.push(
        finding(source, node, 'portability', `the tufa entry reaches this file: ${text} is there only on Node`),
      );
    }
  });
  yield* found;
}

/** `declare const x`, `declare class X` …; not the `unique symbol` that brands a type. */
function isAmbientValue(node) {
  if (!ts.canHaveModifiers(node) || !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
    return false;
  if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isPropertyDeclaration(node))
    return false;
  if (!ts.isVariableStatement(node)) return true;
  return node.declarationList.declarations.some(
    ({ type }) => type === undefined || !ts.isTypeOperatorNode(type) || type.operator !== ts.SyntaxKind.UniqueKeyword,
  );
}

/**
 * Trust is minted in one file: nowhere else does an assertion make a value `Trusted`. One that only says that a value of
 * that type is not `undefined` makes nothing; whether it does is the compiler's answer.
 */
function checkMinting(root, sources) {
  const candidates = sources
    .filter(({ name }) => name !== 'trust/trusted.ts')
    .flatMap((source) => trustAssertions(source.tree).map((node) => ({ source, node })));
  if (candidates.length === 0) return [];
  const isMinting = mintingJudge(sources.map(({ name }) => join(root, 'src', name)));
  return candidates
    .filter(({ source, node }) => isMinting(join(root, 'src', source.name), node.pos))
    .map(({ source, node }) =>
      finding(source, node, 'minting', 'only trust/trusted.ts makes a value Trusted: call the check that returns it'),
    );
}

function trustAssertions(tree) {
  const found = [];
  walk(tree, (node) => {
    const asserts = ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
    if (asserts && /^(Trusted|Authentic)\b/.test(node.type.getText(tree))) found.push(node);
  });
  return found;
}

/** Loads the files with their types, which takes seconds: only where there is something to judge. */
function mintingJudge(files) {
  const program = ts.createProgram({
    rootNames: files,
    options: { strict: true, types: [], target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, noEmit: true },
  });
  const checker = program.getTypeChecker();
  return (file, position) => {
    const node = trustAssertions(program.getSourceFile(file)).find(({ pos }) => pos === position);
    const given = checker.getNonNullableType(checker.getTypeAtLocation(node.expression));
    const isAny = (given.flags & ts.TypeFlags.Any) !== 0;
    return isAny || !checker.isTypeAssignableTo(given, checker.getTypeAtLocation(node.type));
  };
}

function checkTrustLines(root) {
  const lines = trustLines(root);
  if (lines <= trustLinesMax) return [];
  const message = `has ${lines} lines, more than ${trustLinesMax}: what need not be trusted belongs to workflow`;
  return [{ file: 'src/trust', line: 1, rule: 'trusted-lines', message }];
}

/** Lines of the TypeScript in src/trust. */
export function trustLines(root) {
  const folder = join(root, 'src/trust');
  return filesBelow(folder, (name) => name.endsWith('.ts'))
    .map((name) => ts.sys.readFile(join(folder, name))?.split('\n').length ?? 0)
    .reduce((sum, lines) => sum + lines - 1, 0);
}

/** The generator of the vectors shares nothing with the code that they test. */
function checkVectorGenerator(root) {
  const folder = join(root, 'spec-vectors');
  const files = filesBelow(folder, (name) => /\.(mjs|js|ts)$/.test(name) && !name.includes('node_modules/'));
  return files.flatMap((name) => {
    const text = ts.sys.readFile(join(folder, name)) ?? '';
    const { importedFiles } = ts.preProcessFile(text, true, true);
    return importedFiles
      .filter(
        ({ fileName }) =>
          /(^|\/)(src|dist)(\/|$)/.test(fileName) || fileName === 'tufa' || fileName.startsWith('tufa/'),
      )
      .map(({ fileName, pos }) => ({
        file: `spec-vectors/${name}`,
        line: text.slice(0, pos).split('\n').length,
        rule: 'independence',
        message: `imports ${fileName}: a vector that the code under test wrote proves nothing`,
      }));
  });
}

/** The files that importing `entry` loads, at once or later. */
function reachableFrom(sources, entry) {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const reached = new Set();
  const pending = [entry];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const source = byName.get(name);
    if (source === undefined || reached.has(name)) continue;
    reached.add(name);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (specifier.startsWith('.') && !typeOnly) pending.push(resolveFrom(name, specifier));
    }
  }
  return reached;
}

function resolveFrom(file, specifier) {
  return posix.join(posix.dirname(file), specifier);
}

function finding(source, node, rule, message) {
  return { file: `src/${source.name}`, line: lineOf(source, node), rule, message };
}
