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

/** One executable file for Node 20, with all packages inside: its text, and the packages. */
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
    outfile: 'command.js',
    banner: { js: requireBuiltins },
  });
  const text = result.outputFiles[0].text.replace(/^#!.*\n/, '');
  return { text: `#!/usr/bin/env node\n${text}`, packages: packagesOf(result.metafile) };
}

/**
 * The doors of the library: what a client is made of in one file, and each door beside it with what only it needs. A class
 * is the same one through every door, and a process that imports a client reads two files. Readable, not minified.
 * `canonicalize`, a hundred lines, is inside, since finding a package costs more than reading it; noble is loaded by name
 * when it is needed.
 */
export async function bundleDoors(entries) {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [relative(at('src'), entry).replace(/\.ts$/, ''), entry])),
    cwd: root,
    external: [/^node:/, /^@noble\//],
    platform: 'neutral',
    resolve: { conditionNames: ['import', 'default'] },
  });
  const client = /\/src\/(?:errors|(?:metadata|trust|workflow|client|transport)\/.*|store\/(?:memory|name|turns))\.ts$/;
  const crypto = /\/src\/crypto\/(?:node-crypto|web-crypto|ecdsa|ed25519|rsa-pss)\.ts$/;
  const { output } = await bundle.generate({
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: [{ name: 'client', test: (id) => client.test(id) || crypto.test(id) || id.includes('/canonicalize/') }],
    },
  });
  await bundle.close();
  return output.map((file) => ({
    path: at('dist', file.fileName),
    contents: file.type === 'chunk' ? file.code : file.source,
  }));
}

/**
 * The modules that a page downloads for `entry`: minified, dynamic imports as chunks of their own.
 */
export async function bundleForBrowser(entry) {
  const result = await build({
    entryPoints: [entry],
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
  const chunks = result.outputFiles.map(({ path, contents }) => ({
    inputs: Object.keys(result.metafile.outputs[relative(root, path)].inputs),
    gzipBytes: gzipSync(contents, { level: 9 }).length,
  }));
  return {
    chunks,
    gzipBytes: chunks.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
    inputs: Object.keys(result.metafile.inputs),
    nodeImports: Object.entries(result.metafile.inputs).flatMap(([input, { imports }]) =>
      imports.filter(({ path }) => path.startsWith('node:')).map(({ path }) => `${input} imports ${path}`),
    ),
  };
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
