import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attacks } from '../../src/testing/index.ts';
import { at, toolPath } from '../tools/project.mjs';
import config from '../vitest.config.ts';

const page = readFileSync(at('docs/use/testing.md'), 'utf8');

/** How the sources stand in for the package: what to look for, and the file. */
const alias = (config.resolve?.alias ?? []) as unknown as readonly {
  readonly find: RegExp;
  readonly replacement: string;
}[];

/** Ends with the output, also where the program ends badly; a test runner started by another one has none of its traces. */
async function run(args: readonly string[], cwd: string): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_TEST|NODE_OPTIONS|TEST$|CI$)/.test(name));
  const env = { ...Object.fromEntries(own), NO_COLOR: '1' };
  const ran = promisify(execFile)(process.execPath, args, { cwd, env });
  const { stdout, stderr } = await ran.catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

describe('the page about testing', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tufa-testing-'));
    symlinkSync(at('node_modules'), join(folder, 'node_modules'), 'dir');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [, name = '', program = ''] of page.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)) {
      writeFileSync(join(folder, name), program);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has an example for vitest, which passes', async () => {
    const entries = alias.map(
      ({ find, replacement }) => `{ find: ${find}, replacement: ${JSON.stringify(replacement)} }`,
    );
    const text = `export default { resolve: { alias: [${entries.join()}] }, test: { include: ['updater.test.js'] } };`;
    writeFileSync(join(folder, 'vitest.config.js'), text);
    const output = await run([toolPath('vitest'), 'run', '--reporter=json', '--no-cache'], folder);
    const result = output.split('\n').find((line) => line.startsWith('{')) ?? '{}';
    expect(JSON.parse(result), output).toMatchObject({ numPassedTests: 6 + attacks.length, success: true });
  });

  it('has an example for node:test, which passes', async () => {
    const sources = {
      name: 'sources',
      setup: ({ onResolve }: Parameters<NonNullable<Parameters<typeof build>[0]['plugins']>[0]['setup']>[0]): void => {
        onResolve({ filter: /^tufa(\/|$)/ }, ({ path }) => ({
          path: alias.find(({ find }) => find.test(path))?.replacement ?? path,
        }));
      },
    };
    await build({
      entryPoints: [join(folder, 'updater.node.test.js')],
      outfile: join(folder, 'bundled.test.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      plugins: [sources],
    });
    const output = await run(['--test', '--test-reporter=tap', 'bundled.test.mjs'], folder);
    expect(output).toMatch(new RegExp(`^# pass ${1 + attacks.length}$`, 'm'));
    expect(output).toMatch(/^# fail 0$/m);
  });

  it('lists every attack as it is', () => {
    const rows = attacks.map(({ name, id, story, refusedBy, refusedAt, needsBaseline, isAlarming }) => {
      const codes = refusedBy.map((code) => `\`${code}\``).join(', ');
      const cells = [
        `\`${name}\``,
        id,
        story,
        codes,
        refusedAt,
        needsBaseline ? 'yes' : 'no',
        isAlarming ? 'yes' : 'no',
      ];
      return `| ${cells.join(' | ')} |`;
    });
    const found = page.split('\n').filter((line) => /^\| `[a-z-]+` \| [A-Z]\d+ \|/.test(line));
    expect(found).toEqual(rows);
    const ids = readFileSync(at('docs/audit/attacks.md'), 'utf8');
    for (const { id } of attacks) expect(ids).toContain(`\n| ${id} |`);
  });
});
