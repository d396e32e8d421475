/** Bundles by esbuild: the commands of the CLI, and the browser entry whose size is budgeted. */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
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
 * The doors of the library: each entry with what only it needs, and what several need in chunks of their own, so that a
 * class is the same one through every door. Readable, not minified; packages and built-ins are imported.
 */
export async function bundleDoors(entries) {
  const result = await build({
    entryPoints: entries,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    sourcemap: true,
    write: false,
    platform: 'neutral',
    packages: 'external',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
  });
  return result.outputFiles;
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
