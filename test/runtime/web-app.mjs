/** The code of docs/use/web-app.md in Chromium: an origin of three files, and a host that serves what a case wants. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Cases by name; each throws where the page promises more than it holds. */
export function webAppCases(executablePath) {
  return async (modules, _, sample) => {
    const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core');
    const page = readFileSync(join(root, 'docs/use/web-app.md'), 'utf8');
    const [, bootstrap] = /^```html\n(.*?)^```$/ms.exec(page);
    const [, worker] = /^`sw\.js`.*?^```js\n(.*?)^```$/ms.exec(page);
    return {
      'a web app shows the release that is signed, takes the next one whole, and goes on offline': async () => {
        const visit = await open(chromium, executablePath, bootstrap, worker, sample, sample.firstFloor);
        try {
          visit.state = 'first';
          same(await visit.look(), ['release 1', '1']);
          same(await visit.look(), ['release 1', '1']);
          visit.state = 'current';
          same(await visit.look(), ['release 2', '2']);
          visit.state = 'first';
          same(await visit.look(), ['release 2', '2']);
          visit.state = 'down';
          same(await visit.look(), ['release 2', '2']);
        } finally {
          await visit.close();
        }
      },
      'a web app runs no script that was not signed': async () => {
        const visit = await open(chromium, executablePath, bootstrap, worker, sample, sample.firstFloor);
        try {
          visit.state = 'current';
          visit.tampered = 'document.title = "owned"';
          same(await visit.look(), ['no script', '2']);
          visit.tampered = undefined;
          same(await visit.look(), ['release 2', '2']);
          // What was verified is not asked for again.
          visit.tampered = 'document.title = "owned"';
          same(await visit.look(), ['release 2', '2']);
        } finally {
          await visit.close();
        }
      },
      'a web app whose storage is gone shows no release below its floor': async () => {
        const visit = await open(chromium, executablePath, bootstrap, worker, sample, sample.floor);
        try {
          visit.state = 'first';
          same(await visit.look(), ['', 'This page cannot be shown: ERR_TUF_ROLLBACK']);
          visit.state = 'current';
          same(await visit.look(), ['release 2', '2']);
        } finally {
          await visit.close();
        }
      },
    };
  };
}

async function open(chromium, executablePath, bootstrap, worker, sample, floor) {
  const visit = { state: 'first', tampered: undefined };
  const host = await served((path, response) => {
    if (visit.state === 'down') return response.destroy();
    response.setHeader('access-control-allow-origin', '*');
    const bytes = sample.files.get(`/sample/${visit.state}${path}`);
    const isScript = visit.tampered !== undefined && path.endsWith('.app.js');
    if (bytes === undefined) return response.writeHead(404).end();
    return response.writeHead(200).end(isScript ? visit.tampered : bytes);
  });
  const pinned = `export const root = ${JSON.stringify(sample.root)};
    export const floor = ${JSON.stringify(floor)};
    export const host = ${JSON.stringify(host.origin)};`;
  const script = await bundled(worker, pinned);
  const origin = await served((path, response) => {
    const isScript = path === '/sw.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : bootstrap);
  });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const tab = await browser.newPage();
  /** What a visit shows: the title that the script sets, and the text of the page. */
  visit.look = async () => {
    await tab.goto(origin.origin);
    // The first visit ends with the worker's own answer.
    await tab.waitForFunction(() => document.title !== 'starting' && document.readyState === 'complete');
    return [await tab.title(), (await tab.textContent('body')).trim()];
  };
  visit.close = async () => {
    await browser.close();
    host.close();
    origin.close();
  };
  return visit;
}

async function served(answer) {
  const server = createServer((request, response) => answer(new URL(request.url, 'http://x').pathname, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bundled(contents, pinned) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    alias: { 'tufa/browser': join(root, 'dist/browser.js') },
    plugins: [
      {
        name: 'pinned',
        setup: ({ onLoad, onResolve }) => {
          onResolve({ filter: /^\.\/pinned\.js$/ }, () => ({ path: 'pinned', namespace: 'pinned' }));
          onLoad({ filter: /.*/, namespace: 'pinned' }, () => ({ contents: pinned }));
        },
      },
    ],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

function same(found, expected) {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`expected ${expected}, found ${found}`);
}
