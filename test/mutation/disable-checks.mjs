/**
 * Do the vectors bite? Disables each check of `src/trust` and of the reader (`src/metadata`), one at a time, and runs the
 * vectors in process: each time at least one has to fail. Only vectors in which a check refuses something can tell that it is
 * gone, so one run of all notes who they are, and the others are spared.
 *
 *   node test/mutation/disable-checks.mjs [--json FILE] [TEXT]      only checks whose id contains TEXT
 *
 * `redundant-checks.json` names those behind which another one stands, with the reason: they must not bite. Ends with
 * `N bitten, N redundant, N survived`, and 1 where one survived or the list is wrong.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { at, readJson, root } from '../tools/project.mjs';
import { isChecked, switchName, withSwitches } from './checks.mjs';

/** A check that is disabled this often in one vector does not end the reader's loop. */
const asksMax = 100_000;

const args = process.argv.slice(2);
const report = args[0] === '--json' ? args.splice(0, 2)[1] : undefined;
const wanted = args[0] ?? '';

/** @type {{ path: string, text: string, reason: string }[]} */
const redundant = readJson(at('test/mutation/redundant-checks.json'));
/** @type {import('./checks.mjs').Check[]} */
const checks = [];
const folder = mkdtempSync(join(tmpdir(), 'tufa-checks-'));
try {
  const { VectorFolder, VectorRunner, inProcessClient, serveScenarios } = await switchable();
  const state = { disabled: '', asked: 0, refused: new Set() };
  globalThis[switchName] = (/** @type {string} */ id) => {
    state.refused.add(id);
    if (id !== state.disabled) return true;
    state.asked += 1;
    if (state.asked > asksMax) throw new Error('the reader does not end');
    return false;
  };
  const vectors = await VectorFolder.open(at('spec-vectors'));
  const server = await serveScenarios();
  const runner = () => new VectorRunner({ folder: vectors, client: inProcessClient() }, server);

  /** Which vectors each check refuses something in. @type {Map<string, string[]>} */
  const seen = new Map(checks.map(({ id }) => [id, []]));
  const honest = runner();
  let done = 0;
  for (const id of vectors.entries.keys()) {
    state.refused.clear();
    const { verdict } = await honest.outcome(id);
    if (verdict === 'failed') throw new Error(`${id} fails with all checks in place`);
    for (const check of state.refused) seen.get(check)?.push(id);
    done += 1;
    if (done % 100 === 0) progress(`${done} of ${vectors.entries.size} vectors`);
  }

  const results = [];
  for (const check of checks.filter(({ id }) => id.includes(wanted))) {
    const candidates = seen.get(check.id) ?? [];
    state.disabled = check.id;
    let killer;
    for (const id of candidates) {
      state.asked = 0;
      if ((await runner().outcome(id)).verdict === 'failed') {
        killer = id;
        break;
      }
    }
    state.disabled = '';
    const isRedundant = redundant.some(({ path, text }) => check.id.startsWith(`${path}:`) && check.text === text);
    const verdict = killer === undefined ? (isRedundant ? 'redundant' : 'survived') : isRedundant ? 'listed' : 'bitten';
    results.push({ ...check, vectors: candidates.length, bitten: killer, verdict });
    progress(`${results.length} of ${checks.length} checks`);
    if (verdict === 'survived') {
      const why = candidates.length === 0 ? 'no vector meets it' : `none of ${candidates.length} vectors fails`;
      process.stdout.write(`survived ${check.id} (${check.kind}): ${why}\n    ${check.text}\n`);
    }
    if (verdict === 'listed')
      process.stdout.write(`${check.id} bites (${killer}): take it out of redundant-checks.json\n`);
  }
  await server.close();
  const count = (/** @type {string} */ wanted) => results.filter(({ verdict }) => verdict === wanted).length;
  const stray = redundant.filter(
    ({ path, text }) => !checks.some((c) => c.id.startsWith(`${path}:`) && c.text === text),
  );
  for (const { path, text } of stray) process.stdout.write(`redundant-checks.json: no check of ${path} is ${text}\n`);
  if (report !== undefined) writeFileSync(report, `${JSON.stringify(results, null, 2)}\n`);
  const wrong = count('survived') + count('listed') + stray.length;
  process.stdout.write(`${count('bitten')} bitten, ${count('redundant')} redundant, ${wrong} survived\n`);
  process.exitCode = wrong === 0 && results.length > 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The runner and tufa in one module, with a switch before each check. */
async function switchable() {
  const outfile = join(folder, 'switchable.mjs');
  await build({
    stdin: {
      contents: ['vector-folder', 'vector-runner', 'in-process', 'scenario-server']
        .map((name) => `export * from './src/conformance/${name}.ts';`)
        .join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    absWorkingDir: root,
    bundle: true,
    outfile,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        name: 'switches',
        setup({ onLoad }) {
          onLoad({ filter: /\/src\/(?:trust|metadata)\/[^/]+\.ts$/ }, ({ path }) => {
            const inside = relative(at('src'), path).replaceAll('\\', '/');
            if (!isChecked(inside)) return undefined;
            const switched = withSwitches(inside, readFileSync(path, 'utf8'));
            checks.push(...switched.checks);
            return { contents: switched.code, loader: 'ts' };
          });
        },
      },
    ],
  });
  const module = await import(pathToFileURL(outfile).href);
  checks.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return module;
}

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}
