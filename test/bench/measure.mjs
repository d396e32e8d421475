/**
 * Runs the programs of one benchmark in turn (A B C, A B C, …), each run in a fresh process, one uncounted run of each
 * first, and takes medians. Programs measure themselves (gauge.mjs): process start and imports are not in the figures,
 * except in the `import` benchmark, which measures nothing else.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCase } from './cases.mjs';
import { median, nodeArgv, runMeasured } from './programs.mjs';
import { repository } from './repository.mjs';

function programsOf(benchmark, slow, peers) {
  const limit = nodeArgv('./limit.mjs');
  const persisted = { name: 'limit+write', argv: limit, job: { persist: true } };
  const tufJs = { name: 'tuf-js', argv: nodeArgv('./tuf-js.mjs'), job: {} };
  return [
    { name: 'limit', argv: limit, job: {} },
    { name: 'preloaded', argv: limit, job: { preloaded: true } },
    ...(benchmark.warm ? [] : [persisted]),
    { name: 'tufa', argv: nodeArgv('./tufa.mjs'), job: {} },
    ...(benchmark.tufJs === 'always' || (benchmark.tufJs === 'slow' && slow) ? [tufJs] : []),
    ...peers,
  ];
}

/**
 * One benchmark of refresh and find.
 * @returns {Promise<Record<string, { cpuMs: number, memoryMiB: number, peakMiB: number, runs: number, requests: string[] }>>}
 *   by program
 */
export async function measureUpdate(benchmark, server, { slow, peers }) {
  const { rootFile, path, sha256, length } = repository(benchmark.repository.name, benchmark.repository.shape);
  const metadataUrl = `${server.origin}/${benchmark.repository.name}/metadata/`;
  const stores = await mkdtemp(join(tmpdir(), 'tufa-bench-'));
  const programs = programsOf(benchmark, slow, peers).map((program) => ({ ...program, results: [], requests: [] }));
  try {
    for (let round = 0; round <= benchmark.runs; round++) {
      for (const program of programs.filter(({ leftOut }) => !leftOut)) {
        if (program.name === 'tuf-js' && benchmark.tufJs === 'slow' && round > 1) continue;
        const kept = benchmark.warm && round > 0; // by the first, uncounted run
        const persist = benchmark.warm && !kept;
        program.store = kept ? program.store : await mkdtemp(join(stores, 'store-'));
        const job = {
          persist,
          limits: benchmark.limits,
          ...program.job,
          metadataUrl,
          rootFile,
          path,
          sha256,
          length,
          store: program.store,
          warm: kept,
        };
        const stdout = await runOrLeaveOut(program, [...program.argv, JSON.stringify(job)], peers);
        program.requests = await server.take();
        if (round > 0 && stdout !== undefined) program.results.push(JSON.parse(stdout));
        if (!benchmark.warm) await rm(program.store, { recursive: true });
      }
    }
  } finally {
    await rm(stores, { recursive: true, force: true });
  }
  const measured = programs.filter(({ leftOut }) => !leftOut);
  return Object.fromEntries(measured.map(({ name, results, requests }) => [name, { ...medians(results), requests }]));
}

/** What a program prints. A peer that cannot do a case at all is left out of it, and said to be. */
async function runOrLeaveOut(program, argv, peers) {
  try {
    return await runMeasured(program.name, argv);
  } catch (error) {
    if (!peers.some(({ name }) => name === program.name) || program.results.length > 0) throw error;
    process.stderr.write(
      `bench: without ${program.name}, which cannot do this: ${error.message.trim().split('\n').at(-1)}\n`,
    );
    program.leftOut = true;
    return undefined;
  }
}

/** @returns {{ cpuMs: number, memoryMiB: number, peakMiB: number, runs: number }} */
function medians(results) {
  const quantities = ['cpuMs', 'memoryMiB', 'peakMiB'];
  const values = quantities.map((quantity) => [quantity, median(results.map((result) => result[quantity]))]);
  return { ...Object.fromEntries(values), runs: results.length };
}

/**
 * One benchmark of a client that goes on refreshing.
 * @returns {Promise<Record<'beyond' | 'first' | 'refresh' | 'requests', number>>} CPU milliseconds (tufa-live.mjs)
 */
export async function measureLive({ name, repository: { name: folder, shape }, processes, refreshes }, server) {
  const { rootFile, path } = repository(folder, shape);
  const results = [];
  for (let round = 0; round <= processes; round++) {
    const store = await mkdtemp(join(tmpdir(), 'tufa-bench-'));
    try {
      const job = { metadataUrl: `${server.origin}/${folder}/metadata/`, rootFile, path, store, refreshes };
      const stdout = await runMeasured(name, [...nodeArgv('./tufa-live.mjs'), JSON.stringify(job)]);
      if (round > 0) results.push(JSON.parse(stdout));
    } finally {
      await rm(store, { recursive: true });
    }
  }
  await server.take();
  const quantities = ['beyond', 'first', 'refresh', 'requests'];
  return Object.fromEntries(quantities.map((each) => [each, median(results.map((result) => result[each]))]));
}

/** One download to a file, by the size of the target: the peak of the whole process in MiB, by label. */
export async function measureDownload({ runs, repositories }, server) {
  const peaks = {};
  for (const { name, label, shape } of repositories) {
    const { rootFile, path, sha256, length } = repository(name, shape);
    const results = [];
    for (let round = 0; round < runs; round++) {
      const folder = await mkdtemp(join(tmpdir(), 'tufa-bench-'));
      try {
        const origin = `${server.origin}/${name}`;
        const job = { metadataUrl: `${origin}/metadata/`, targetsUrl: `${origin}/targets/`, rootFile, path, folder };
        const argv = [...nodeArgv('./tufa-download.mjs'), JSON.stringify({ ...job, sha256, length })];
        results.push(JSON.parse(await runMeasured(name, argv)).peakMiB);
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    peaks[label] = median(results);
  }
  await server.take();
  return peaks;
}

/** CPU time of a process that imports one package, less that of a process that does nothing. */
export async function measureImport() {
  const programs = { nothing: '0', tufa: "import('tufa')", 'tuf-js': "require('tuf-js')" };
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  const tell =
    "process.on('exit', () => { const { user, system } = process.cpuUsage(); console.log(user + system); });";
  for (let round = 0; round <= importCase.runs; round++) {
    for (const [name, text] of Object.entries(programs)) {
      const stdout = await runMeasured(name, [process.execPath, '-e', `${tell}${text}`]);
      if (round > 0) results[name].push(Number(stdout) / 1000);
    }
  }
  const nothing = median(results.nothing);
  return { nothing, tufa: median(results.tufa) - nothing, 'tuf-js': median(results['tuf-js']) - nothing };
}
