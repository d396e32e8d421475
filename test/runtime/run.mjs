/**
 * `npm run test:runtimes`: the vectors and the cases of the client in every runtime, one after the other, from the sources.
 * Installs the runtimes below `.cache/runtimes/`; Chromium has to be there. One line for each, `NAME VERSION: N passed,
 * N failed[, N skipped]`, and at the end the sum. Arguments name runtimes to run alone;
 * `--filter=TEXT` leaves vectors whose id contains it, and no stress of a store; `--readme` writes the versions of a whole run that passed into README.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultVectorFolder, runVectors, VectorFolder } from '../../dist/conformance/index.js';
import { beyondBrowser, beyondFetch } from './beyond-fetch.mjs';
import { bundleWorkers } from './bundle.mjs';
import { writeRuntimeTable } from './readme-table.mjs';
import { remoteClient } from './remote-client.mjs';
import { RunnerServer } from './runner-server.mjs';
import { packages, runtimesIn } from './runtimes.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, '.cache/runtimes');
const modules = join(cache, 'node_modules');
const workers = join(cache, 'workers');
const words = process.argv.slice(2);
const chosen = words.filter((word) => !word.startsWith('--'));
const filter = words.find((word) => word.startsWith('--filter='))?.slice('--filter='.length);
const runs = [];
const sum = { passed: 0, failed: 0, skipped: 0 };
const say = (line) => process.stdout.write(`${line}\n`);

mkdirSync(workers, { recursive: true });
install();
await bundleWorkers(workers);
const sample = (await import(join(workers, 'sample.mjs'))).makeSample();
const folder = await VectorFolder.open(defaultVectorFolder());
for (const [name, runtime] of Object.entries(runtimesIn(modules, workers))) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  await runOne(name, runtime);
}
say(verdict(sum));
if (words.includes('--readme') && chosen.length === 0 && filter === undefined && sum.failed === 0) {
  writeRuntimeTable(join(root, 'README.md'), runs, new Date().toISOString().slice(0, 10));
}
process.exitCode = sum.failed === 0 ? 0 : 1;

function install() {
  const isThere = (name) => existsSync(join(modules, name.replace(/(.)@.*$/, '$1')));
  if (packages.every(isThere)) return;
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', cache, ...packages];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) say(`npm could not install all runtimes:\n${stderr.slice(-2000)}`);
}

async function runOne(name, runtime) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  if (!runtime.isThere) {
    say(`${name}: is not there`);
    sum.failed += 1;
    return;
  }
  const isNode = name.startsWith('node-');
  const beyond = isNode ? new Map() : name === 'chromium' ? beyondBrowser : beyondFetch;
  const started = performance.now();
  const version = await runtime.version();
  const runner = await RunnerServer.open(join(workers, isNode ? 'node.mjs' : 'web.mjs'), sample);
  const worker = runtime.start(runner.origin);
  worker.ended.then((why) => runner.break(why ?? 'the worker has ended'));
  const count = (id, problem) => {
    tally[problem === undefined ? 'passed' : 'failed'] += 1;
    if (problem !== undefined) say(`${name}: ${id}: ${problem}`);
  };
  try {
    const client = remoteClient(runner, name, runtime.bufferedMax);
    const { results } = await runVectors({ folder, client, filter, jobs: 4 });
    for (const { id, verdict: outcome, failure, reason } of results) {
      if (outcome === 'skipped') tally.skipped += 1;
      else if (outcome === 'failed' && beyond.has(id)) tally.skipped += 1;
      else if (beyond.has(id)) count(id, 'it passes: take it off the list of what is beyond this runtime');
      else count(id, outcome === 'passed' ? undefined : (reason ?? JSON.stringify(failure.problems)));
    }
    const { names = [], failure } = await runner.ask({ task: 'cases' });
    if (failure !== undefined) count('cases', failure);
    for (const each of names) count(each, (await runner.ask({ task: 'case', name: each })).failure);
    const countAll = async (cases) => {
      for (const [each, run] of Object.entries(cases ?? {})) count(each, await run().then(() => undefined, String));
    };
    await countAll(await runtime.pages?.(modules, runner.origin, sample));
    runner.finish();
    const why = await worker.ended;
    if (why !== undefined) count('its end', why);
    // They take minutes, and no vector.
    if (filter === undefined) await countAll(runtime.stress?.(say));
  } catch (error) {
    count('the run', String(error));
  } finally {
    worker.stop();
    runner.close();
  }
  say(`${name} ${version}: ${verdict(tally)} (${Math.round((performance.now() - started) / 1000)} s)`);
  runs.push([name.replace(/-\d+$/, ''), version, tally.passed, tally.skipped]);
  for (const key of Object.keys(sum)) sum[key] += tally[key];
}

function verdict({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
