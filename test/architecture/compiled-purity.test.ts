import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../tools/project.mjs';
import { typeErrorsOfSources } from '../tools/types.mjs';

/** One breach for each file, of what the layer's own tsconfig.json lets it see. */
const breaches: Record<string, string> = {
  'src/metadata/a.ts': "export const answer = fetch('x');\n",
  'src/metadata/b.ts': 'export const bytes = Buffer.alloc(1);\n',
  'src/trust/a.ts': 'export const id = crypto.randomUUID();\n',
  'src/trust/b.ts': "export { open } from 'node:fs/promises';\n",
  'src/trust/c.ts': "export { step } from '../workflow/step.ts';\n",
  'src/ask/a.ts': "export const answer = fetch('x');\n",
  'src/workflow/a.ts': 'console.log(process.argv);\n',
  'src/workflow/b.ts': "export { open } from '../client/open.ts';\n",
};

/** What a layer may do, so that the breaches fail for their own sake. */
const clean: Record<string, string> = {
  'src/errors.ts': 'export class Failure extends Error {}\n',
  'src/metadata/root.ts':
    "import { Failure } from '../errors.ts';\nexport const failure: Failure = new Failure('x');\n",
  'src/trust/trusted.ts': "export { failure } from '../metadata/root.ts';\n",
  'src/workflow/step.ts': "import { failure } from '../trust/trusted.ts';\nexport const step: Error = failure;\n",
  'src/client/open.ts':
    "import { step } from '../workflow/step.ts';\nexport const open: unknown[] = [step, fetch, process];\n",
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-purity-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['', 'src', 'src/metadata', 'src/trust', 'src/workflow', 'src/ask']) {
    mkdirSync(join(folder, name), { recursive: true });
    cpSync(join(root, name, 'tsconfig.json'), join(folder, name, 'tsconfig.json'));
  }
  write({ ...clean, 'package.json': '{ "type": "module" }\n' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(tree: Record<string, string>): void {
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

describe('the compiler', () => {
  it('takes layers that keep to what they may see', () => {
    expect(typeErrorsOfSources(folder)).toBe('');
  });

  it('refuses each breach of purity and direction', () => {
    write(breaches);
    const errors = typeErrorsOfSources(folder);
    for (const name of Object.keys(breaches)) expect(errors).toContain(`${name}(`);
    for (const name of Object.keys(clean)) expect(errors, errors).not.toContain(`${name}(1,1)`);
  });
});
