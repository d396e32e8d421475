import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const long = process.env['TUFA_TEST_LONG'] === '1';

export default defineConfig({
  root,
  cacheDir: '.cache/vite',
  resolve: { alias: ownSubpaths() },
  test: {
    // vitest leaves one core idle; on two that is half of them.
    maxWorkers: availableParallelism(),
    setupFiles: ['test/setup.ts'],
    include: [long ? 'test/**/*.long.test.ts' : 'test/**/*.test.ts'],
    exclude: ['test/runtime/**', 'test/interop/**', ...(long ? [] : ['test/**/*.long.test.ts'])],
    // Generous, since no test measures time: they end a test that hangs, on a machine however busy.
    testTimeout: long ? 30 * 60_000 : 60_000,
    hookTimeout: long ? 10 * 60_000 : 60_000,
  },
});

/** `tufa/…` as an application writes it, resolved to the sources by the exports map. */
function ownSubpaths() {
  const { name, exports } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    name: string;
    exports: Record<string, string | Record<string, string>>;
  };
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const file = typeof target === 'string' ? target : (target['node'] ?? target['default'] ?? '');
    const source = file.replace(/^\.\/dist\/(.*)\.js$/, `${root}src/$1.ts`);
    return source === file ? [] : [{ find: new RegExp(`^${name}${subpath.slice(1)}$`), replacement: source }];
  });
}
