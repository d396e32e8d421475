import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('every check of the core and of the reader, disabled, makes a vector fail', () => {
  const script = fileURLToPath(new URL('disable-checks.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\d+ bitten, \d+ redundant, 0 survived\n$/);
  expect(status).toBe(0);
});
