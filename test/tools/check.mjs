/**
 * `npm run check`: everything about the project that is not a test of its behaviour. One line for each step, what is
 * wrong only where something is, and at the end how many steps passed.
 *
 * Arguments are names of steps to run alone.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findingLine, scan, trustLines, trustLinesMax } from './architecture.mjs';
import { bundleForBrowser } from './bundle.mjs';
import { checkPack } from './pack.mjs';
import { at, readJson, root, run, runTool } from './project.mjs';
import { typeErrorsOfSources } from './types.mjs';
import { verdictLine } from './verdict.mjs';

/**
 * Most bytes, gzip, that a page downloads at once for all that `tufa` exports, and of all that it may download later: what
 * reads ECDSA and RSA keys, and what replaces cryptography that its engine lacks.
 */
// The goal is 18,000; this is what is reached, so that it does not grow (docs/audit/performance.md).
const browserBytesMax = 23_300;
const browserBytesLaterMax = 10_500;

/** Each gives what is wrong, as text, and may give a figure that is worth a look although nothing is. */
const steps = {
  types: () => typeErrorsOfSources(root),
  'types-of-tests': () => tool('typescript', ['-p', at('test/tsconfig.json')], 'tsc'),
  'types-of-vectors': () => tool('typescript', ['-p', at('test/tools/tsconfig.vectors.json')], 'tsc'),
  lint: () =>
    tool(
      '@biomejs/biome',
      ['check', '--colors=off', '--diagnostic-level=warn', '--error-on-warnings', '--reporter=summary', '.'],
      'biome',
    ),
  architecture: () => scan(root).map(findingLine).join('\n'),
  'trusted-lines': checkTrustedLines,
  'dead-code': () => tool('knip', ['--no-progress', '--no-config-hints']),
  'lock-file': checkLockFile,
  package: inTemporaryFolder(checkPack),
  bundle: checkBundle,
  'spec-map': () => script('test/tools/spec-map.mjs'),
  vectors: () => script('spec-vectors/generate/main.mjs'),
  docs: checkDocs,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps);
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) report(name, await attempt(name));
process.stdout.write(`${verdictLine(counts)}\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function attempt(name) {
  if (!Object.hasOwn(steps, name)) return { problems: `no such step: ${Object.keys(steps).join(', ')}` };
  try {
    const result = await steps[name]();
    return typeof result === 'string' ? { problems: result } : result;
  } catch (error) {
    return { problems: error.stack };
  }
}

function report(name, { problems = '', figure, skipped }) {
  const verdict = skipped !== undefined ? 'skipped' : problems.trim() === '' ? 'passed' : 'failed';
  counts[verdict] += 1;
  const note = skipped ?? figure;
  process.stdout.write(`${verdict.padEnd(7)} ${name}${note === undefined ? '' : `: ${note}`}\n`);
  if (verdict === 'failed') process.stdout.write(`${problems.trimEnd().replace(/^(?=.)/gm, '    ')}\n`);
}

/** What a development dependency's program says when it fails. */
async function tool(packageName, args, binName) {
  const { code, output } = await runTool(packageName, args, undefined, binName);
  return code === 0 ? '' : output || `${packageName} ended with ${code}`;
}

/** What one of the project's own generators says when what it generates is out of date. */
async function script(path) {
  if (!existsSync(at(path))) return { skipped: `${path} is not there` };
  const { code, output } = await run(process.execPath, [at(path), '--check']);
  return code === 0 ? '' : output || `${path} ended with ${code}`;
}

function inTemporaryFolder(work) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tufa-check-'));
    try {
      return await work(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function checkTrustedLines() {
  const lines = trustLines(root);
  const problems = lines > trustLinesMax ? 'what need not be trusted belongs to workflow' : '';
  return { problems, figure: `${lines} lines in src/trust, at most ${trustLinesMax}` };
}

/** `npm ci` refuses a lock file that leaves out a package for another platform, on every platform. */
function checkLockFile() {
  const { packages } = readJson(at('package-lock.json'));
  const problems = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) =>
          !Object.hasOwn(packages, `node_modules/${name}`) && !Object.hasOwn(packages, `${path}/node_modules/${name}`),
      )
      .map((name) => `${name}, which ${path} names, is not in package-lock.json`),
  );
  return problems.join('\n');
}

async function checkBundle() {
  if (!existsSync(at('src/index.ts'))) return 'src/index.ts is not there';
  const { chunks, gzipBytesAtOnce, gzipBytesLater, inputs, nodeImports } = await bundleForBrowser(at('src/index.ts'), [
    'Client',
    'memoryStore',
  ]);
  const problems = [
    ...nodeImports,
    ...inputs
      .filter((input) => /^src\/(repository|node|cli|conformance|testing)\//.test(input))
      .map((input) => `${input} is in the bundle`),
  ];
  if (gzipBytesAtOnce > browserBytesMax || gzipBytesLater > browserBytesLaterMax) {
    const sizes = chunks.map(
      ({ gzipBytes, later, inputs }) =>
        `  ${gzipBytes} bytes ${later ? 'later' : 'at once'}: ${inputs.at(-1)} and ${inputs.length - 1} more`,
    );
    problems.push('the bundle is too large: see what src/index.ts reaches', ...sizes);
  }
  const figure =
    `a page with a Client and a memoryStore downloads ${gzipBytesAtOnce} bytes (gzip), at most ${browserBytesMax}; ` +
    `later, for ECDSA and RSA and where its engine lacks something, up to ${gzipBytesLater}, at most ${browserBytesLaterMax}; ` +
    `${gzipBytesAtOnce + gzipBytesLater} in all`;
  return { problems: problems.join('\n'), figure };
}

/** TypeDoc without warnings, for every subpath that is exported, and every page of docs/adr under a number of its own. */
async function checkDocs() {
  const { exports } = readJson(at('package.json'));
  const sources = Object.values(exports)
    .filter(({ types }) => types !== undefined)
    .map(({ types }) => types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts'));
  const { entryPoints } = readJson(at('typedoc.json'));
  const expected = [...new Set(sources)].sort().join(' ');
  const found = [...entryPoints].sort().join(' ');
  if (expected !== found) return `typedoc.json documents\n  ${found}\nbut package.json exports\n  ${expected}`;
  return checkAdrs() || (await tool('typedoc', ['--emit', 'none', '--logLevel', 'Warn', '--skipErrorChecking']));
}

function checkAdrs() {
  const numbers = readdirSync(at('docs/adr')).map((name) => name.slice(0, 4));
  const twice = numbers.filter((number, index) => numbers.indexOf(number) !== index);
  return twice.map((number) => `docs/adr has two pages ${number}`).join('\n');
}
