/**
 * Stryker, outside the project's dependencies: in a folder of its own below `.cache/`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { at, readJson, run } from '../tools/project.mjs';
import { beginJournal, takeJournal } from './journal.mjs';
import { longTests } from './mutant-plan.mjs';

const version = '9.6.1';
const packages = [`@stryker-mutator/core@${version}`];
const folder = at('.cache/mutation/stryker');
const journal = at('.cache/mutation/journal.jsonl');
const inPackage = (path) => `${folder}/node_modules/@stryker-mutator/${path}`;

/** What a run that was killed has found out. */
export function takeUnfinished() {
  return takeJournal(journal);
}

/** Installs Stryker unless it is there, whole. */
export async function installStryker() {
  const stamp = `${folder}/.installed`;
  const expected = createHash('sha256').update(packages.join('\n')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === expected) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { code, output } = await run('npm', ['install', ...flags, ...packages], { cwd: folder });
  if (code !== 0) throw new Error(`Stryker cannot be installed:\n${output}`);
  writeFileSync(stamp, expected);
}

/**
 * One run: the mutants of `mutate` (paths, or paths with ranges) against test files.
 *
 * @param {string[]} mutate @param {Record<string, string>} tests test files and their hashes
 * @param {Record<string, string[]>} only the mutants of a file that are asked about, where not all are; others get no verdict
 * @returns {Promise<any>} Stryker's report
 */
export async function runStryker(mutate, tests, only) {
  const reportFile = at('.cache/mutation/report.json');
  const configFile = at('.cache/mutation/stryker.conf.json');
  const paths = Object.keys(tests);
  const withVectors = paths.some((path) => path.includes('vectors'));
  const apart = ['.cache', '.git', 'dist', 'docs', 'coverage', 'tufa-try', ...(withVectors ? [] : ['spec-vectors'])];
  const config = {
    testRunner: 'in-process',
    plugins: ['in-process-runner', 'messages', 'journal'].map((name) => at(`test/mutation/${name}.mjs`)),
    ignorers: ['messages'],
    coverageAnalysis: 'perTest',
    concurrency: Math.min(2, availableParallelism()),
    mutate,
    // Not `testFiles`, with which Stryker has mutants that are met while modules load judged by no test at all.
    inProcess: { tests: paths, without: longTests, journal, only },
    ignorePatterns: apart.map((name) => `/${name}`),
    // The sources are copied there before they are mutated, and removed after.
    tempDirName: '.cache/mutation/tmp',
    cleanTempDir: 'always',
    reporters: ['json', 'journal'],
    jsonReporter: { fileName: reportFile },
    // Nothing but types is wrong in a mutant that does not compile: it is judged like any other.
    disableTypeChecks: false,
    allowEmpty: true,
    timeoutMS: 15_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 15,
    logLevel: 'warn',
    warnings: false,
  };
  rmSync(at(config.tempDirName), { recursive: true, force: true });
  rmSync(reportFile, { force: true });
  writeFileSync(configFile, JSON.stringify(config, null, 2));
  const sources = [...new Set(mutate.map((each) => each.replace(/\.ts:.*/, '.ts')))];
  beginJournal(journal, tests, Object.fromEntries(sources.map((file) => [file, readFileSync(at(file), 'utf8')])));
  const { code, output } = await run(process.execPath, [inPackage('core/bin/stryker.js'), 'run', configFile]);
  if (code !== 0 || !existsSync(reportFile)) throw new Error(`Stryker ended with ${code}:\n${output}`);
  rmSync(journal, { force: true });
  return readJson(reportFile);
}
