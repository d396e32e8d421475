/** The worker as one file for each door, from the sources. */
import { join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

/** Writes `node.mjs`, `web.mjs` and `workerd.mjs` into a folder, and `sample.mjs`, which is for the runner. */
export async function bundleWorkers(folder) {
  const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning', legalComments: 'none' };
  await build({
    ...common,
    entryPoints: ['node.ts', 'sample.ts'].map((name) => join(here, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
  });
  await build({
    ...common,
    entryPoints: ['web.ts', 'workerd.ts'].map((name) => join(here, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    platform: 'browser',
    conditions: ['browser'],
    plugins: [{ name: 'web-crypto', setup: asWeb }],
  });
}

/** The calls of the vectors are answered with the cryptography of the door. */
function asWeb({ onResolve }) {
  onResolve({ filter: /\/crypto\/node-crypto\.ts$/ }, () => ({ path: join(here, 'as-node-crypto.ts') }));
}
