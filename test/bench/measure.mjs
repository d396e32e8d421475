/**
 * Runs the programs of one benchmark in turn (A B C, A B C, …), each run in a fresh process, one uncounted run of each
 * first, and takes medians. Programs measure themselves (gauge.mjs): process start and imports are not in the figures,
 * except in the `import` benchmark, which measures nothing else.
 */
import { execFile, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importCase } from './cases.mjs';
import { repository } from './repository.mjs';

const runFile = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const { NODE_OPTIONS: _dropped, ...env } = process.env;

/** What a Node process prints to stdout. */
async function runNode(name, args) {
  try {
    return (await runFile(process.execPath, args, { env, cwd: packageFolder })).stdout;
  } catch (cause) {
    throw new Error(`${name} failed: ${/^.*Error.*$/m.exec(cause.stderr)?.[0] ?? cause.message}`, { cause });
  }
}

function fileHere(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Starts the file server. `take()` gives the paths that were asked for since the last call. */
export async function startServer() {
  const child = fork(fileHere('./server.mjs'));
  const ended = new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the file server ended with ${code}`)));
  });
  ended.catch(() => {}); // it may end when nobody waits for it any more
  const next = () => Promise.race([ended, new Promise((resolve) => child.once('message', resolve))]);
  const { port } = await next();
  const take = async () => {
    const answer = next();
    child.send('take');
    return (await answer).requests;
  };
  return { origin: `http://127.0.0.1:${port}`, take, stop: () => child.disconnect() };
}

function programsOf(benchmark, slow) {
  const persisted = { name: 'limit+write', file: './limit.mjs', job: { persist: true } };
  const preloaded = { name: 'preloaded', file: './limit.mjs', job: { preloaded: true } };
  const tufJs = { name: 'tuf-js', file: './tuf-js.mjs', job: {} };
  return [
    { name: 'limit', file: './limit.mjs', job: {} },
    preloaded,
    ...(benchmark.warm ? [] : [persisted]),
    { name: 'tufa', file: './tufa.mjs', job: {} },
    ...(benchmark.tufJs === 'always' || (benchmark.tufJs === 'slow' && slow) ? [tufJs] : []),
  ];
}

/**
 * One benchmark of refresh and find.
 * @returns {Promise<Record<string, { cpuMs: number, memoryMiB: number, runs: number, requests: string[] }>>} by program
 */
export async function measureUpdate(benchmark, server, { slow }) {
  const { rootFile, path, sha256, length } = repository(benchmark.repository.name, benchmark.repository.shape);
  const metadataUrl = `${server.origin}/${benchmark.repository.name}/metadata/`;
  const stores = await mkdtemp(join(tmpdir(), 'tufa-bench-'));
  const programs = programsOf(benchmark, slow).map((program) => ({ ...program, results: [], requests: [] }));
  try {
    for (let round = 0; round <= benchmark.runs; round++) {
      for (const program of programs) {
        if (program.name === 'tuf-js' && benchmark.tufJs === 'slow' && round > 1) continue;
        const kept = benchmark.warm && round > 0; // by the first, uncounted run
        const persist = benchmark.warm && !kept;
        program.store = kept ? program.store : await mkdtemp(join(stores, 'store-'));
        const job = {
          persist,
          ...program.job,
          metadataUrl,
          rootFile,
          path,
          sha256,
          length,
          store: program.store,
          warm: kept,
        };
        const stdout = await runNode(program.name, [fileHere(program.file), JSON.stringify(job)]);
        program.requests = await server.take();
        if (round > 0) program.results.push(JSON.parse(stdout));
        if (!benchmark.warm) await rm(program.store, { recursive: true });
      }
    }
  } finally {
    await rm(stores, { recursive: true, force: true });
  }
  return Object.fromEntries(
    programs.map(({ name, results, requests }) => [
      name,
      {
        cpuMs: median(results.map(({ cpuMs }) => cpuMs)),
        memoryMiB: median(results.map(({ memoryMiB }) => memoryMiB)),
        runs: results.length,
        requests,
      },
    ]),
  );
}

/** CPU time of a process that imports one package, less that of a process that does nothing. */
export async function measureImport() {
  const programs = { nothing: '0', tufa: "import('tufa')", 'tuf-js': "require('tuf-js')" };
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  const tell =
    "process.on('exit', () => { const { user, system } = process.cpuUsage(); console.log(user + system); });";
  for (let round = 0; round <= importCase.runs; round++) {
    for (const [name, text] of Object.entries(programs)) {
      const stdout = await runNode(name, ['-e', `${tell}${text}`]);
      if (round > 0) results[name].push(Number(stdout) / 1000);
    }
  }
  const nothing = median(results.nothing);
  return { nothing, tufa: median(results.tufa) - nothing, 'tuf-js': median(results['tuf-js']) - nothing };
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
