/**
 * Where things stand in the project, for the tools beside this file. Plain JavaScript: the tools run before anything is
 * built, on every Node that the package supports.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A path in the project. */
export const at = (...parts) => join(root, ...parts);

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every file below `folder` that `keep` accepts: paths relative to `folder`, with `/`, in code unit order. */
export function filesBelow(folder, keep = () => true) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(keep)
    .sort();
}

/** Runs a program; resolves to its exit code and everything it wrote. Never rejects. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      ...options,
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs the program that a development dependency brings, with this Node. */
export function runTool(packageName, args, options, binName) {
  return run(process.execPath, [toolPath(packageName, binName), ...args], options);
}

/** The script behind a development dependency's `bin`. */
export function toolPath(packageName, binName = packageName.split('/').at(-1)) {
  const { bin } = readJson(at('node_modules', packageName, 'package.json'));
  return at('node_modules', packageName, typeof bin === 'string' ? bin : bin[binName]);
}
