/**
 * Do the tests bite? Changes `src/trust` and `src/metadata` in every small way that Stryker knows, one at a time, and runs
 * the tests: each time at least one has to fail.
 *
 *   npm run test:mutants                       all of it, and writes docs/audit/mutation.md
 *   npm run test:mutants -- src/trust          only the files whose path contains TEXT; writes no report
 *   npm run test:mutants -- --own …            only by the tests of each file's own: in minutes, for who works on one
 *   npm run test:mutants -- --report           runs nothing: writes the report from what is known
 *   npm run test:mutants -- --added …          kills stay, though their tests changed: where tests were only added
 *
 * May be killed at any point and started again: verdicts are kept in `.cache/mutation/results/` as long as the mutated
 * file and the tests that gave them are as they were. Every mutant that is left has to stand in `surviving-mutants.json`,
 * with the reason; the command ends with 1 where one does not, where one that stands there is gone, and where less than
 * 95 % are killed in a folder.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { at, readJson } from '../tools/project.mjs';
import { leftOut } from './messages.mjs';
import { allTests, groups, layers, readTests, sha256, sourceFiles, testHash } from './mutant-plan.mjs';
import { reportText, scoreMin } from './mutant-report.mjs';
import {
  compareWithList,
  holds,
  isLeft,
  merged,
  mutantsOf,
  nameOf,
  placeOf,
  rangeOf,
  tally,
  withHashes,
  withoutFalseTimeouts,
  withTests,
} from './mutants.mjs';
import { installStryker, runStryker, takeUnfinished } from './stryker.mjs';

/** Mutants of one run against all tests: what a kill in between loses. */
const batchMax = 80;

const args = process.argv.slice(2);
const isQuick = args.includes('--own');
const isReport = args.includes('--report');
const wanted = args.filter((arg) => !arg.startsWith('--'));
const files = sourceFiles().filter((file) => wanted.length === 0 || wanted.some((text) => file.includes(text)));
if (files.length === 0) throw new Error(`no source file is named ${wanted.join(', ')}`);
const list = readJson(at('test/mutation/surviving-mutants.json'));
mkdirSync(at('.cache/mutation/results'), { recursive: true });
await installStryker();
if (!isReport) keepUnfinished();
if (args.includes('--added')) for (const file of files) keepKills(file);

for (const group of isReport ? [] : groups()) {
  const chosen = group.files.filter((file) => files.includes(file));
  await judgeByOwnTests(chosen, group.tests);
}
if (!isReport && !isQuick) await judgeTheRest();

const results = new Map(
  files.flatMap((file) => {
    const mutants = known(file)?.mutants;
    return mutants === undefined ? [] : [[file, withoutFalseTimeouts(file, mutants, list)]];
  }),
);
const missing = files.filter((file) => !results.has(file) && !file.endsWith('/index.ts'));
const { unlisted, gone, reasonOf } = compareWithList(results, list);
for (const { file, mutant } of unlisted) {
  const { mutator, start, line, original, replacement, status } = mutant;
  say(`${status} ${file}:${start.line}:${start.column} ${mutator}\n    ${line}\n    ${original}  =>  ${replacement}`);
}
for (const file of missing) say(`${file} is not judged yet`);
for (const { file, line, original, replacement } of gone) {
  say(`surviving-mutants.json: no mutant of ${file} is left that is\n    ${line}\n    ${original}  =>  ${replacement}`);
}
if (wanted.length === 0 && !isQuick)
  writeFileSync(at('docs/audit/mutation.md'), reportText(results, missing, reasonOf, leftOut));
const low = layers.filter((layer) => {
  const mutants = [...results].filter(([file]) => file.startsWith(`${layer}/`)).flatMap(([, each]) => each);
  const { score = 100 } = tally(mutants);
  if (mutants.length > 0) say(`${layer}: ${score.toFixed(2)} %`);
  return score < scoreMin;
});
const { judged, killed, timeout, survived, uncovered } = tally([...results.values()].flat());
say(
  `${judged} mutants: ${killed} killed, ${timeout} timed out, ${survived + uncovered} left, ${unlisted.length} unlisted`,
);
process.exitCode = unlisted.length + gone.length + low.length + missing.length === 0 ? 0 : 1;

/** What an earlier run found out before it was killed. */
function keepUnfinished() {
  const unfinished = takeUnfinished();
  if (unfinished === undefined) return;
  const { report, tests } = unfinished;
  const hashOf = (path) => tests[path] ?? testHash(path);
  for (const file of Object.keys(report.files)) keep(file, report, Object.keys(tests), hashOf);
}

/** Whoever fell to a test falls to it still, as long as tests were only added since. */
function keepKills(file) {
  const before = known(file);
  if (before === undefined) return;
  const mutants = before.mutants.map((mutant) => withTests(mutant, testHash));
  writeFileSync(resultPath(file), `${JSON.stringify({ ...before, mutants }, null, 1)}\n`);
}

/** All mutants of files of which nothing is known as they are; of the others those whose verdicts no longer hold. */
async function judgeByOwnTests(group, tests) {
  readTests(tests);
  /** @type {Record<string, string[]>} */
  const only = {};
  const mutate = group.flatMap((file) => {
    const before = known(file);
    if (before === undefined) return [file];
    const open = before.mutants.filter((mutant) => !holds(mutant, tests, testHash));
    only[file] = open.map(placeOf);
    return open.map((mutant) => `${file}:${rangeOf(mutant)}`);
  });
  if (mutate.length === 0) return;
  const touched = group.filter((file) => mutate.some((each) => each === file || each.startsWith(`${file}:`)));
  say(`${touched.join(' ')}: by ${tests.length} test files`);
  const report = await runStryker(mutate, withHashes(tests, testHash), only);
  for (const file of touched) keep(file, report, tests, testHash);
}

/** What is left and not listed, by all tests, some at a time: for who is listed there is a reason that no test tells. */
async function judgeTheRest() {
  const tests = allTests();
  readTests(tests);
  const listed = new Set(list.map((entry) => nameOf(entry.file, entry)));
  const open = files.flatMap((file) => {
    const mutants = known(file)?.mutants.filter((each) => isLeft(each) && !holds(each, tests, testHash)) ?? [];
    return mutants.filter((each) => !listed.has(nameOf(file, each))).map((mutant) => ({ file, mutant }));
  });
  for (let from = 0; from < open.length; from += batchMax) {
    const batch = open.slice(from, from + batchMax);
    say(`${from + 1} to ${from + batch.length} of ${open.length} that are left, by all tests`);
    readTests(tests);
    const mutate = batch.map(({ file, mutant }) => `${file}:${rangeOf(mutant)}`);
    const only = {};
    for (const { file, mutant } of batch) only[file] = [...(only[file] ?? []), placeOf(mutant)];
    const report = await runStryker(mutate, withHashes(tests, testHash), only);
    for (const file of new Set(batch.map((each) => each.file))) keep(file, report, tests, testHash);
  }
}

/** What is known of a file as it is now. */
function known(file) {
  const path = resultPath(file);
  if (!existsSync(path)) return undefined;
  const result = readJson(path);
  return result.source === sourceHash(readFileSync(at(file), 'utf8')) ? result : undefined;
}

/** Adds the verdicts of a run, unless the file was changed before Stryker copied it. */
function keep(file, report, tests, hashOf) {
  const now = readFileSync(at(file), 'utf8');
  const source = sourceHash(now);
  if (source !== sourceHash(report.files[file]?.source ?? now)) return;
  const found = mutantsOf(report, file, tests, hashOf);
  const before = known(file)?.mutants;
  const mutants =
    before === undefined ? found : merged(before, found, (each) => holds(each, isLeft(each) ? tests : [], hashOf));
  writeFileSync(resultPath(file), `${JSON.stringify({ source, mutants }, null, 1)}\n`);
}

/** With what decides which mutants there are. */
function sourceHash(text) {
  return sha256(`${text}\0${readFileSync(at('test/mutation/messages.mjs'), 'utf8')}`);
}

function resultPath(file) {
  return at('.cache/mutation/results', `${file.replaceAll('/', '-')}.json`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
