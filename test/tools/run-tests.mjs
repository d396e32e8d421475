/**
 * `npm test` and `npm run test:long`: runs vitest on the sources. What vitest says goes to stderr; stdout gets one line,
 * `N passed, N failed[, N skipped]`.
 *
 * `--long` runs the files named `*.long.test.ts` and no others; other arguments are vitest's, such as a path to run alone.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, readJson, root, toolPath } from './project.mjs';
import { countTests, verdictLine } from './verdict.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--long');
const long = process.argv.includes('--long');
const folder = mkdtempSync(join(tmpdir(), 'tufa-tests-'));
const report = join(folder, 'report.json');
try {
  const code = await vitest([
    'run',
    ...['--config', at('test/vitest.config.ts')],
    ...['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report],
    ...args,
  ]);
  const counts = countTests(existsSync(report) ? readJson(report) : undefined, code);
  process.stdout.write(`${verdictLine(counts)}\n`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function vitest(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [toolPath('vitest'), ...args], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, TUFA_TEST_LONG: long ? '1' : '0' },
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
