import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type StaticServer, serveFolder } from '../../src/cli/static-server.ts';
import { at } from '../tools/project.mjs';

/** The TypeScript of a page, block after block, as one program. */
function programOf(page: string): string {
  const blocks = readFileSync(at(page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms);
  return [...blocks].map(([, code]) => code).join('\n');
}

describe('the examples of the documents', () => {
  const content = 'what is published';
  const before = process.cwd();
  let folder: string;
  let server: StaticServer;

  /** Runs a program in the folder, as an application beside which the library is installed. */
  const run = (name: string, program: string): Promise<unknown> => {
    writeFileSync(join(folder, name), program);
    return import(/* @vite-ignore */ join(folder, name));
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tufa-examples-'));
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(before);
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('publish two releases with the library, which the client of the README updates from', async () => {
    writeFileSync('pouf.md', content);
    await run('repository.mts', programOf('docs/design/repository.md'));
    const timestamp = JSON.parse(readFileSync('public/metadata/timestamp.json', 'utf8'));
    expect(timestamp.signed.meta['snapshot.json'].version).toBe(2);
    rmSync('pouf.md');

    server = await serveFolder('public', 0);
    const program = programOf('README.md').replaceAll('http://127.0.0.1:8080', new URL(server.metadataUrl).origin);
    expect(program).toContain(new URL(server.metadataUrl).origin);
    const warn = vi.spyOn(console, 'warn');
    await run('client.mts', program);
    expect(readFileSync('pouf.md', 'utf8')).toBe(content);
    expect(warn).not.toHaveBeenCalled();
  });

  it('compile against the sources', () => {
    const files = Object.entries({
      'repository.mts': programOf('docs/design/repository.md'),
      'client.mts': programOf('README.md'),
      'channels.mts': programOf('docs/use/channels.md'),
      'errors.mts': `import type { Client } from 'tufa';\ndeclare const client: Client;\n${programOf('docs/errors.md')}`,
    }).map(([name, program]) => {
      writeFileSync(join(folder, name), program);
      return join(folder, name);
    });
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(at('test/tsconfig.json'), ts.sys.readFile).config,
      ts.sys,
      at('test'),
    );
    const paths = { tufa: [at('src/index.node.ts')], 'tufa/*': [at('src/*/index.ts'), at('src/*.ts')] };
    const typeRoots = [at('node_modules/@types')];
    const program = ts.createProgram(files, { ...options, paths, typeRoots, rootDir: '/', noUnusedLocals: false });
    const problems = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});
