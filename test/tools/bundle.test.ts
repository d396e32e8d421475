import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCommand, bundleForBrowser, thirdPartyLicenses } from './bundle.mjs';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-bundle-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function source(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('the bundle of a command', () => {
  it('is one file that runs by itself, whatever kind of module it holds', async () => {
    source('old.cjs', "module.exports = { text: require('node:path').posix.join('a', 'b') };\n");
    const entry = source(
      'command.ts',
      "#!/usr/bin/env node\nimport old from './old.cjs';\nconsole.log(old.text as string);\n",
    );
    const { text, packages } = await bundleCommand(entry);
    expect([...packages]).toEqual([]);
    expect(text.match(/^#!/gm)).toHaveLength(1);
    const file = join(folder, 'command.mjs');
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('a/b\n');
  });

  it('comes with the licences of what is inside', () => {
    const text = thirdPartyLicenses(new Set(['commander', 'canonicalize']));
    expect(text.indexOf('canonicalize ')).toBeLessThan(text.indexOf('commander '));
    expect(text.match(/^(canonicalize|commander) \d+\.\d+\.\d+ \((MIT|Apache-2\.0)\)$/gm)).toHaveLength(2);
  });
});

describe('the bundle for a page', () => {
  it('counts apart what is loaded at once and what is loaded later', async () => {
    const large = `export const large = ${JSON.stringify(Array.from({ length: 500 }, (_, i) => Math.sin(i)))};\n`;
    source('large.ts', large);
    const small = await bundleForBrowser(source('small.ts', 'export const small = 1;\n'));
    const later = await bundleForBrowser(source('later.ts', "export const more = () => import('./large.ts');\n"));
    expect(small).toMatchObject({ gzipBytesLater: 0 });
    expect(small.gzipBytesAtOnce).toBeLessThan(100);
    expect(later.gzipBytesAtOnce).toBeLessThan(300);
    expect(later.gzipBytesLater).toBeGreaterThan(3000);
    expect(later.inputs).toHaveLength(2);
  });

  it('counts at once what is imported both ways, and what both ways share', async () => {
    source(
      'shared.ts',
      `export const shared = ${JSON.stringify(Array.from({ length: 500 }, (_, i) => Math.cos(i)))};\n`,
    );
    source('lazy.ts', "import { shared } from './shared.ts';\nexport const last = shared.at(-1);\n");
    const text = "import { shared } from './shared.ts';\nexport const more = () => [shared, import('./lazy.ts')];\n";
    const both = await bundleForBrowser(source('both.ts', text));
    expect(both.gzipBytesAtOnce).toBeGreaterThan(3000);
    expect(both.gzipBytesLater).toBeLessThan(300);
    expect(both.chunks.map(({ later }) => later).sort()).toEqual([false, false, true]);
  });

  it('names who imports what only Node has', async () => {
    source('disk.ts', "export { readFile } from 'node:fs/promises';\n");
    const { nodeImports } = await bundleForBrowser(source('page.ts', "export { readFile } from './disk.ts';\n"));
    expect(nodeImports).toHaveLength(1);
    expect(nodeImports[0]).toMatch(/disk\.ts imports node:fs\/promises$/);
  });
});
