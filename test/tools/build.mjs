/**
 * `npm run build`: compiles src/ to dist/, one file per module, then bundles each command of the CLI into one file, so
 * that a user of the library installs nothing for it.
 */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { bundleCommand, thirdPartyLicenses } from './bundle.mjs';
import { at, runTool } from './project.mjs';

/** The commands: src/cli/NAME.ts becomes dist/cli/NAME.js. */
const commands = ['main', 'conformance-client', 'start'];

rmSync(at('dist'), { recursive: true, force: true });
const compiled = await runTool('typescript', ['-b', '--force', at('tsconfig.json')], {}, 'tsc');
if (compiled.code !== 0) {
  process.stderr.write(compiled.output);
  process.exit(1);
}
await bundleCommands();

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
