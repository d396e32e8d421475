/** The code of docs/use/edge-worker.md in workerd, in front of an honest origin and of others. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Cases by name; each throws where the page promises more than it holds. */
export async function edgeWorkerCases(modules, origin, { root: pinned, floor }) {
  const { Miniflare } = createRequire(join(modules, 'x.js'))('miniflare');
  const [, code] = /^```js\n(.*?)^```$/ms.exec(readFileSync(join(root, 'docs/use/edge-worker.md'), 'utf8'));
  const contents = await bundled(code);
  const from = (state, more = {}) => ({
    ROOT: pinned,
    FLOOR: JSON.stringify(floor),
    METADATA_URL: `${origin}/sample/${state}/metadata`,
    TARGETS_URL: `${origin}/sample/${state}/targets`,
    MAX_AGE_MS: '60000',
    ...more,
  });
  const asked = async (bindings, paths) => {
    const options = { modules: [{ type: 'ESModule', path: 'worker.mjs', contents }], compatibilityDate: '2025-01-01' };
    const worker = new Miniflare({ ...options, kvNamespaces: ['METADATA'], bindings });
    try {
      const answers = [];
      for (const path of paths) {
        const response = await worker.dispatchFetch(`http://edge.test/${path}`);
        answers.push(`${response.status} ${await response.text()}`);
      }
      const { keys } = await (await worker.getKVNamespace('METADATA')).list();
      return { answers, kept: keys.length };
    } finally {
      await worker.dispose();
    }
  };
  return {
    'serves what is listed, and nothing else': async () => {
      const { answers, kept } = await asked(from('current'), ['app-2.txt', 'plugins/p.txt', 'nothing', 'app-2.txt']);
      same(answers, ['200 second', '200 plugin', '404 not found', '200 second']);
      if (kept < 4) throw new Error(`${kept} files are kept`);
    },
    'serves nothing of an earlier release, though nothing is kept': async () => {
      same((await asked(from('first'), ['app-1.txt'])).answers, ['502 ERR_TUF_ROLLBACK']);
    },
    'serves no byte that was not signed': async () => {
      const targets = { TARGETS_URL: `${origin}/sample/garbage/targets` };
      const { answers } = await asked(from('current', targets), ['app-2.txt']);
      if (!/^502 ERR_TUF_(TOO_LONG|HASH_MISMATCH)$/.test(answers[0])) throw new Error(answers[0]);
    },
    'says that an origin is not there': async () => {
      const urls = { METADATA_URL: 'http://127.0.0.1:9/metadata', TARGETS_URL: 'http://127.0.0.1:9/targets' };
      same((await asked(from('current', urls), ['app-2.txt'])).answers, ['503 ERR_TUF_TRANSPORT']);
    },
  };
}

async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
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

function same(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`expected ${expected}, found ${found}`);
}
