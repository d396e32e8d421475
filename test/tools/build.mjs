/**
 * `npm run build`: compiles src/ to dist/, which checks the layers and writes the declarations; then joins the modules
 * behind each door of the library, since a process that imports sixty small files pays for each; and bundles each command
 * of the CLI into one file, so that a user of the library installs nothing for it.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleCommand, bundleDoors, thirdPartyLicenses } from './bundle.mjs';
import { at, readJson, runTool } from './project.mjs';

/** The commands: src/cli/NAME.ts becomes dist/cli/NAME.js. */
const commands = ['main', 'conformance-client', 'start'];

rmSync(at('dist'), { recursive: true, force: true });
const compiled = await runTool('typescript', ['-b', '--force', at('tsconfig.json')], {}, 'tsc');
if (compiled.code !== 0) {
  process.stderr.write(compiled.output);
  process.exit(1);
}
await joinDoors();
await bundleCommands();

/** Replaces the modules that tsc wrote by one file a door; the declarations stay, one a module. */
async function joinDoors() {
  const doors = Object.values(readJson(at('package.json')).exports)
    .flatMap((target) => (typeof target === 'string' ? [] : Object.values(target)))
    .filter((file) => file.endsWith('.js'))
    .map((file) => at(file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')));
  const outputs = await bundleDoors([...new Set(doors)]);
  for (const file of readdirSync(at('dist'), { recursive: true })) {
    if (/\.js(\.map)?$/.test(file)) rmSync(at('dist', file));
  }
  for (const { path, contents } of outputs) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

async function bundleCommands() {
  // What tsc wrote here imports development dependencies; only the bundles are shipped.
  rmSync(at('dist/cli'), { recursive: true, force: true });
  const packages = new Set();
  for (const name of commands.filter((name) => existsSync(at(`src/cli/${name}.ts`)))) {
    const bundle = await bundleCommand(at(`src/cli/${name}.ts`));
    for (const name of bundle.packages) packages.add(name);
    mkdirSync(at('dist/cli'), { recursive: true });
    writeFileSync(at(`dist/cli/${name}.js`), bundle.text);
    chmodSync(at(`dist/cli/${name}.js`), 0o755);
  }
  if (packages.size > 0) writeFileSync(at('dist/cli/THIRD-PARTY-LICENSES.txt'), thirdPartyLicenses(packages));
}
