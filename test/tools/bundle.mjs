/** Bundles by esbuild: the commands of the CLI, and the browser entry whose size is budgeted. */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import { at, readJson, root } from './project.mjs';

/** Lets CommonJS packages inside an ES module bundle require what Node has built in. */
const requireBuiltins =
  "import { createRequire as bundleRequire } from 'node:module';\nconst require = bundleRequire(import.meta.url);";

/** One executable file for Node 20, with all packages inside but the optional peer: its text, and the packages. */
export async function bundleCommand(entry) {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning',
    external: ['@noble/post-quantum/*'],
    outfile: 'command.js',
    banner: { js: requireBuiltins },
  });
  const text = result.outputFiles[0].text.replace(/^#!.*\n/, '');
  return { text: `#!/usr/bin/env node\n${text}`, packages: packagesOf(result.metafile) };
}

/**
 * The doors of the library: what a client is made of in one file, and each door beside it with what only it needs. A class
 * is the same one through every door, and a process that imports a client reads two files. Readable, not minified.
 * noble is loaded by name when it is needed.
 */
export async function bundleDoors(entries) {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [relative(at('src'), entry).replace(/\.ts$/, ''), entry])),
    cwd: root,
    external: [/^node:/, /^@noble\//],
    platform: 'neutral',
    resolve: { conditionNames: ['import', 'default'] },
  });
  // What a client loads with the first key that is not of Ed25519, and who writes keys.
  const keys = 'ecdsa|ecdsa-rsa-key|ml-dsa-key|nist-curves|other-keys|subject-public-key';
  const later = new RegExp(`/(?:base64|der|der-writer|pem|public-key|public-key-writer|index|${keys})\\.ts$`);
  const client = /\/src\/(?:errors|(?:metadata|trust|workflow|client|transport)\/.*|store\/(?:memory|name|turns))\.ts$/;
  const crypto = /\/src\/crypto\/(?:node-crypto|web-crypto|ed25519|rsa-pss)\.ts$/;
  const { output } = await bundle.generate({
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: [{ name: 'client', test: (id) => !later.test(id) && (client.test(id) || crypto.test(id)) }],
    },
  });
  await bundle.close();
  return output.map((file) => ({
    path: at('dist', file.fileName),
    contents: file.type === 'chunk' ? file.code : file.source,
  }));
}

/**
 * The modules that a page downloads for some exports of `entry`, or all, minified: at once those that it imports statically, chunks that it shares
 * with others included; later what only a dynamic import reaches.
 */
export async function bundleForBrowser(entry, names) {
  const result = await build({
    ...(names === undefined
      ? { entryPoints: [entry] }
      : { stdin: { contents: `export { ${names.join(', ')} } from ${JSON.stringify(entry)};`, resolveDir: root } }),
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'browser',
    conditions: ['browser'],
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    // Left in place, so that the caller can name who imported one.
    external: ['node:*'],
    logLevel: 'silent',
    outdir: 'bundle',
  });
  const { outputs } = result.metafile;
  const atOnce = downloadedAtOnce(outputs);
  const chunks = result.outputFiles.map(({ path, contents }) => ({
    inputs: Object.keys(outputs[relative(root, path)].inputs),
    gzipBytes: gzipSync(contents, { level: 9 }).length,
    later: !atOnce.has(relative(root, path)),
  }));
  const bytesOf = (isLater) =>
    chunks.filter(({ later }) => later === isLater).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  return {
    chunks,
    gzipBytesAtOnce: bytesOf(false),
    gzipBytesLater: bytesOf(true),
    inputs: Object.keys(result.metafile.inputs),
    nodeImports: Object.entries(result.metafile.inputs).flatMap(([input, { imports }]) =>
      imports.filter(({ path }) => path.startsWith('node:')).map(({ path }) => `${input} imports ${path}`),
    ),
  };
}

/** The outputs that the entry needs before its first line runs. */
function downloadedAtOnce(outputs) {
  // A file that is imported dynamically is an entry of its own; nobody imports the real one.
  const imported = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  const pending = Object.keys(outputs).filter((path) => outputs[path].entryPoint !== undefined && !imported.has(path));
  const found = new Set(pending);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const { path: next, kind, external } of outputs[path].imports) {
      if (kind !== 'import-statement' || external || found.has(next)) continue;
      found.add(next);
      pending.push(next);
    }
  }
  return found;
}

/** The licence texts of packages, in the order of their names. */
export function thirdPartyLicenses(packages) {
  return [...packages]
    .sort()
    .map((name) => {
      const folder = at('node_modules', name);
      const { version, license } = readJson(`${folder}/package.json`);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text =
        file === undefined ? 'no licence text in the package' : readFileSync(`${folder}/${file}`, 'utf8').trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function packagesOf(metafile) {
  const names = Object.keys(metafile.inputs).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}
