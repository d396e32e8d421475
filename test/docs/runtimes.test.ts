import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runtimeRows } from '../runtime/readme-table.mjs';
import { runtimesIn } from '../runtime/runtimes.mjs';
import { at } from '../tools/project.mjs';

it('README names each runtime of npm run test:runtimes, with the version of a run in which all passed', () => {
  const rows: string[][] = runtimeRows(readFileSync(at('README.md'), 'utf8'));
  const names = Object.keys(runtimesIn('', ''));
  expect(rows.map(([name, version]) => (name === 'node' ? `node-${version?.split('.')[0]}` : name))).toEqual(names);
  for (const [, version, passed] of rows) {
    expect(version).toMatch(/^\d+\.\d+/);
    expect(Number(passed)).toBeGreaterThan(5000);
  }
});
