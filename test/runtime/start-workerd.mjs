/** Runs the worker within one request to workerd: `start-workerd.mjs MODULES WORKER ORIGIN`. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, worker, origin] = process.argv.slice(2);
const require = createRequire(join(modules, 'x.js'));

if (worker === '--version') {
  process.stdout.write(`${require('workerd/package.json').version}\n`);
} else {
  const { Miniflare } = require('miniflare');
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'web.mjs', contents: readFileSync(worker, 'utf8') }],
    compatibilityDate: '2025-01-01',
  });
  const response = await miniflare.dispatchFetch(`http://worker.test/?runner=${encodeURIComponent(origin)}`);
  const text = await response.text();
  if (text !== 'done') process.stderr.write(`${text.slice(0, 2000)}\n`);
  await miniflare.dispose();
  process.exitCode = text === 'done' ? 0 : 1;
}
