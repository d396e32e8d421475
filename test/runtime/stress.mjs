/**
 * Eight tabs of Chromium on one store, while releases, new keys and attacks come and tabs are closed: the course of
 * `test/faults/stress-course.mjs`. A part of `npm run test:runtimes`; `node test/runtime/stress.mjs` runs it alone. Needs the
 * build. `TUFA_SEED` chooses another course, `TUFA_STRESS_SECONDS` how long it goes on with each store.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { StressCourse } from '../faults/stress-course.mjs';
import { chromium, openBrowser } from './tabs.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stores = ['indexed-db', 'opfs'];
const seconds = Number(process.env.TUFA_STRESS_SECONDS ?? 60);

/** Cases by name; each throws what has gone wrong, and says its totals to `say`. */
export function stressCases(executablePath, say, seed = Number(process.env.TUFA_SEED ?? Date.now() % 1_000_000)) {
  return Object.fromEntries(
    stores.map((store) => [
      `eight tabs on one store lose nothing, and none fails but by an attack or a fault: ${store}`,
      () => stress(executablePath, store, seed, say),
    ]),
  );
}

async function stress(executablePath, store, seed, say) {
  say(`stress of ${store} for ${seconds} s; again with: TUFA_SEED=${seed}`);
  const script = await bundled();
  const page = `<!doctype html><meta charset="utf-8"><title>stress</title><script type="module">${script}</script>`;
  const course = await StressCourse.open(seed, { '/page': () => ({ type: 'text/html', body: page }) });
  const browser = await openBrowser(executablePath);
  try {
    await course.run(seconds, (user) => use(browser, `${course.origin}/page#${store},${user}`));
    say(`stress of ${store}: ${course.summary}`);
    const problems = [...course.record.problems, ...(await leftovers(browser, course.origin, store))];
    if (problems.length > 0) throw new Error(`${problems.length} problems:\n${problems.slice(0, 20).join('\n')}`);
  } finally {
    await browser.close();
    await course.stop();
  }
}

/** A user in a tab of its own. */
function use(browser, url) {
  const opening = browser.openTab(url);
  const work = async () => {
    const tab = await opening;
    // What is asked of a tab that is closed has no answer.
    const said = tab.evaluate('isDone').catch(String);
    const how = await Promise.race([said, tab.closed]);
    await tab.close();
    return how === 'well' ? undefined : how;
  };
  return { ended: work(), kill: () => void opening.then((tab) => tab.close()).catch(() => {}) }; // `ended` tells
}

/** What no store has once nobody uses it. */
async function leftovers(browser, origin, store) {
  const tab = await browser.openTab(`${origin}/page`);
  const { names, locks } = await tab.evaluate(`leftIn('${store}')`);
  await tab.close();
  const strangers = names.filter((name) => !/^(root_history[/~])?[\w.%-]+\.json$|^update-state$/.test(name));
  return [...strangers.map((name) => `${name} is left`), ...locks.map((lock) => `the lock ${lock.name} is left`)];
}

async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/runtime/stress-tab.mjs')],
    alias: { 'tufa/browser': join(root, 'dist/browser.js') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const say = (line) => process.stdout.write(`${line}\n`);
  for (const [name, run] of Object.entries(stressCases(chromium, say))) {
    const problem = await run().then(() => undefined, String);
    say(`${problem === undefined ? 'passed' : 'FAILED'}: ${name}${problem === undefined ? '' : `: ${problem}`}`);
    if (problem !== undefined) process.exitCode = 1;
  }
}
