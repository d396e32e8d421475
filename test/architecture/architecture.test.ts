import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findingLine, scan } from '../tools/architecture.mjs';
import { root } from '../tools/project.mjs';

/** A small tree that keeps every rule: the ground on which each test breaks one. */
const cleanTree: Record<string, string> = {
  'package.json': '{ "dependencies": { "@noble/hashes": "1", "@noble/ed25519": "1" } }',
  'spec-vectors/generate/main.mjs':
    "import { createHash } from 'node:crypto';\nexport const hash = createHash('sha256');\n",
  'src/errors.ts': 'export class TufError extends Error {}\n',
  'src/metadata/canonical-json.ts': 'export const form = String;\n',
  'src/metadata/root.ts':
    "import { TufError } from '../errors.ts';\nexport type Root = { version: number };\nexport const error = TufError;\n",
  'src/metadata/utf8.ts': 'declare const TextDecoder: new () => object;\nexport const decoder = new TextDecoder();\n',
  'src/trust/trusted.ts':
    'declare const brand: unique symbol;\nexport type Trusted<T> = T & { readonly [brand]: true };\nexport const mint = <T>(value: T): Trusted<T> => value as Trusted<T>;\n',
  'src/workflow/refresh.ts':
    "import { mint } from '../trust/trusted.ts';\nexport const refresh = (now: { crypto: number; Date: number }) => mint(now.Date + now.crypto);\n",
  'src/client/ports.ts': "import type { Root } from '../metadata/root.ts';\nexport interface Store { read(): Root }\n",
  'src/client/client.ts':
    "import { refresh } from '../workflow/refresh.ts';\nimport type { Store } from './ports.ts';\nexport type Client = { store: Store };\nexport const started = refresh({ crypto: 1, Date: Date.now() });\n",
  'src/crypto/digest.ts':
    "import { sha256 } from '@noble/hashes/sha2.js';\nimport type { Store } from '../client/ports.ts';\nexport const digest: { sha256: unknown; store?: Store } = { sha256 };\n",
  'src/repository/edit.ts':
    "import type { Root } from '../metadata/root.ts';\nexport const edit = (root: Root) => root;\n",
  'src/store/directory.ts':
    "import { readFile } from 'node:fs/promises';\nimport { write } from '../node/atomic-write.ts';\nexport const store = { readFile, write };\n",
  'src/node/atomic-write.ts': "import { writeFile } from 'node:fs/promises';\nexport const write = writeFile;\n",
  'src/node/index.ts': "export { store } from '../store/directory.ts';\n",
  'src/index.ts': "export { started } from './client/client.ts';\nexport { digest } from './crypto/digest.ts';\n",
  'src/cli/main.ts': "import { Command } from 'commander';\nexport const main = [new Command(), process.argv];\n",
};

/** Each breach: the rule that names it, the file that it is added to, the line. */
const breaches: ReadonlyArray<readonly [rule: string, file: string, line: string]> = [
  ['direction', 'src/errors.ts', "import './metadata/root.ts';"],
  ['direction', 'src/metadata/root.ts', "import { mint } from '../trust/trusted.ts'; export { mint };"],
  ['direction', 'src/metadata/root.ts', "export type { Trusted } from '../trust/trusted.ts';"],
  ['direction', 'src/metadata/root.ts', "export type T = import('../trust/trusted.ts').Trusted<1>;"],
  ['direction', 'src/trust/trusted.ts', "export * from '../workflow/refresh.ts';"],
  ['direction', 'src/workflow/refresh.ts', "import type { Store } from '../client/ports.ts'; export type S = Store;"],
  ['direction', 'src/workflow/refresh.ts', "export { digest } from '../crypto/digest.ts';"],
  ['direction', 'src/client/client.ts', "export { edit } from '../repository/edit.ts';"],
  ['direction', 'src/client/client.ts', "export { digest } from '../crypto/digest.ts';"],
  ['direction', 'src/repository/edit.ts', "export { started } from '../client/client.ts';"],
  ['direction', 'src/repository/edit.ts', "export { refresh } from '../workflow/refresh.ts';"],
  ['direction', 'src/store/directory.ts', "export { digest } from '../crypto/digest.ts';"],
  [
    'direction',
    'src/crypto/digest.ts',
    "import { type Store as S, x } from '../client/ports.ts'; export { x, type S };",
  ],
  ['direction', 'src/crypto/digest.ts', "import type { Client } from '../client/client.ts'; export type C = Client;"],
  ['direction', 'src/store/directory.ts', "export { store as other } from '../node/index.ts';"],
  ['direction', 'src/node/index.ts', "export { main } from '../cli/main.ts';"],
  ['layers', 'src/stray.ts', 'export const stray = 1;'],
  ['layers', 'src/fetchers/stray.ts', 'export const stray = 1;'],
  ['purity', 'src/metadata/root.ts', 'export const now = Date.now();'],
  ['purity', 'src/metadata/root.ts', 'export const at = (now: Date) => now;'],
  ['purity', 'src/trust/trusted.ts', 'export const now = performance.now();'],
  ['purity', 'src/trust/trusted.ts', 'export const lot = Math.random();'],
  ['purity', 'src/errors.ts', 'export const id = crypto.randomUUID();'],
  ['purity', 'src/errors.ts', 'export const environment = process.env;'],
  ['purity', 'src/errors.ts', 'export const all = globalThis;'],
  ['purity', 'src/workflow/refresh.ts', 'export const later = setTimeout;'],
  ['purity', 'src/workflow/refresh.ts', "export const got = fetch('x');"],
  ['purity', 'src/workflow/refresh.ts', 'console.log(1);'],
  ['purity', 'src/workflow/refresh.ts', 'export const given = { fetch };'],
  ['purity', 'src/workflow/refresh.ts', "export const loaded = import('../metadata/root.ts');"],
  ['purity', 'src/workflow/refresh.ts', 'export const here = import.meta.url;'],
  ['purity', 'src/workflow/refresh.ts', "import { createHash } from 'node:crypto'; export { createHash };"],
  ['purity', 'src/trust/trusted.ts', 'declare const Clock: { now(): number }; export const now = Clock.now();'],
  ['packages', 'src/metadata/root.ts', "export { default } from 'canonicalize';"],
  ['packages', 'src/trust/trusted.ts', "export { sha256 } from '@noble/hashes/sha2.js';"],
  ['packages', 'src/client/client.ts', "export { Command } from 'commander';"],
  ['portability', 'src/crypto/digest.ts', "export { createHash } from 'node:crypto';"],
  ['portability', 'src/client/client.ts', "export const bytes = Buffer.from('x');"],
  ['portability', 'src/client/client.ts', 'export const at = __dirname;'],
  ['portability', 'src/index.ts', "export const more = () => import('node:fs');"],
  [
    'minting',
    'src/workflow/refresh.ts',
    "import type { Trusted } from '../trust/trusted.ts'; export const t = 1 as Trusted<1>;",
  ],
  ['errors', 'src/client/client.ts', "export const fail = () => { throw new Error('no'); };"],
  ['errors', 'src/client/client.ts', "export const failed = Promise.reject(Error('no'));"],
  ['json', 'src/client/client.ts', "export const read = JSON.parse('1');"],
  ['json', 'src/client/client.ts', 'export const { parse } = JSON;'],
  ['catch', 'src/client/client.ts', 'try { started; } catch {}'],
  ['unfinished', 'src/client/client.ts', `// ${'TO'}DO later`],
  ['unfinished', 'src/client/client.ts', `/* ${'FIX'}ME */`],
  ['names', 'src/client/url-helpers.ts', 'export const join = 1;'],
  ['names', 'src/client/client.ts', 'export class KeyManager {}'],
  ['names', 'src/client/client.ts', 'export interface Limits { commonLimit: number }'],
  ['file-length', 'src/client/client.ts', '//\n'.repeat(400)],
  ['function-length', 'src/client/client.ts', `export function long() {\n${'  started;\n'.repeat(59)}}`],
  ['trusted-lines', 'src/trust/many.ts', '//\n'.repeat(330)],
  ['top-level', 'tools.ts', 'export const tools = 1;'],
  ['independence', 'spec-vectors/generate/main.mjs', "export * from '../../src/errors.ts';"],
  ['independence', 'spec-vectors/generate/main.mjs', "export const tufa = await import('tufa/metadata');"],
];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function write(tree: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-architecture-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('the architecture', () => {
  it('holds in this project', () => {
    expect(scan(root).map(findingLine)).toEqual([]);
  });

  it('holds in the tree that the breaches are added to', () => {
    expect(scan(write(cleanTree))).toEqual([]);
  });
});

describe('a breach is reported, alone and where it is', () => {
  it.each(breaches)('%s: %s %s', (rule, file, line) => {
    const before = cleanTree[file] ?? '';
    // Three files of 330 lines, none too long alone, are too many together.
    const more =
      rule === 'trusted-lines' ? { 'src/trust/b.ts': line, 'src/trust/c.ts': line, 'src/trust/d.ts': line } : {};
    const findings = scan(write({ ...cleanTree, ...more, [file]: `${before}${line}\n` }));
    const place = rule === 'trusted-lines' ? 'src/trust' : file;
    expect(findings.map((finding) => [finding.rule, finding.file])).toEqual([[rule, place]]);
  });

  it('names the line', () => {
    const tree = {
      ...cleanTree,
      'src/client/client.ts': "const one = 1;\n\nexport const read = JSON.parse('1' + one);\n",
    };
    const found = scan(write(tree)).filter(({ rule }) => rule === 'json');
    expect(found.map(findingLine)).toEqual([
      'src/client/client.ts:3: JSON.parse takes duplicate keys and rounds numbers: use metadata/json.ts [json]',
    ]);
  });

  it('refuses a third dependency', () => {
    const manifest = '{ "dependencies": { "@noble/hashes": "1", "left-pad": "1" } }';
    const findings = scan(write({ ...cleanTree, 'package.json': manifest }));
    expect(findings.map(({ rule, message }) => [rule, message.split(' ')[0]])).toEqual([['dependencies', 'left-pad']]);
  });

  it('follows what the portable entry imports, at once or later', () => {
    const findings = scan(
      write({ ...cleanTree, 'src/index.ts': "export const more = () => import('./store/directory.ts');\n" }),
    );
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([
      ['portability', 'src/node/atomic-write.ts'],
      ['portability', 'src/store/directory.ts'],
    ]);
  });

  it('lets an assertion say that a trusted value is there, and no more', () => {
    const lines = [
      "import type { Trusted } from '../trust/trusted.ts';",
      'export const last = (all: Trusted<1>[]) => all.at(-1) as Trusted<1>;',
      'export const first = (all: 1[]) => all.at(0) as Trusted<1>;',
      'export const none = undefined as unknown as Trusted<1>;',
      'export const any = (value: any) => value as Trusted<1>;',
      'export const other = (value: Trusted<1>) => <Trusted<2>>(value as unknown);',
    ];
    const findings = scan(write({ ...cleanTree, 'src/workflow/walk.ts': `${lines.join('\n')}\n` }));
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual([3, 4, 5, 6].map((line) => ['minting', line]));
  });

  it('lets a comment explain a dropped error', () => {
    const line = 'try { started; } catch { /* started is checked below */ }\n';
    const tree = { ...cleanTree, 'src/client/client.ts': `${cleanTree['src/client/client.ts']}${line}` };
    expect(scan(write(tree))).toEqual([]);
  });
});
