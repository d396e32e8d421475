/**
 * Module hooks: TypeScript without its types, this package by its own name from its sources, vitest as it is in process; and
 * everything below the root anew for each `?load=…`, which every module hands on to what it imports.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

let root = '';
/** @type {{ name: string, exports: Record<string, any> }} */
let own;
const inProcess = new URL('vitest-in-process.mjs', import.meta.url).href;
/** @type {Map<string, string>} */
const code = new Map();

export function initialize(data) {
  root = data.root;
  own = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
}

export async function resolve(specifier, context, next) {
  if (specifier === 'vitest') return { url: inProcess, format: 'module', shortCircuit: true };
  const source = ownSource(specifier);
  const { url } = source === undefined ? await next(specifier, context) : { url: new URL(source, root).href };
  const load = /\?load=\d+$/.exec(context.parentURL ?? '')?.[0];
  if (load === undefined || !isMutable(url))
    return source === undefined ? next(specifier, context) : { url, shortCircuit: true };
  return { url: url + load, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  const [plain = ''] = url.split('?');
  if (!plain.endsWith('.ts')) return next(url, context);
  let source = code.get(plain);
  if (source === undefined) {
    const text = readFileSync(fileURLToPath(plain), 'utf8');
    source = (await transform(text, { loader: 'ts', format: 'esm', target: 'node20' })).code;
    code.set(plain, source);
  }
  return { format: 'module', source, shortCircuit: true };
}

function isMutable(url) {
  return url.startsWith(root) && url.endsWith('.ts');
}

/** `tufa/…` by the exports map. */
function ownSource(specifier) {
  if (specifier !== own.name && !specifier.startsWith(`${own.name}/`)) return undefined;
  const target = own.exports[`.${specifier.slice(own.name.length)}`];
  const path = typeof target === 'string' ? target : (target?.node ?? target?.default);
  return path?.replace(/^\.\/dist\/(.*)\.js$/, './src/$1.ts');
}
