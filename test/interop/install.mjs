/**
 * Puts the peers below `.cache/interop/`, each in a folder of its own that is made once for what it holds. A toolchain
 * that the machine lacks is a reason to skip; a step that fails is a failure.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasProgram, runProgram, runStep } from './program.mjs';

const cache = fileURLToPath(new URL('../../.cache/interop/', import.meta.url));

/** Why a peer is not there; the machine lacks something, and nothing is wrong. */
export class Lacking extends Error {}

/**
 * A Python with these packages.
 *
 * @returns {Promise<string>} the path of the interpreter
 */
export async function installPython(name, requirements) {
  if (!hasProgram('python3')) throw new Lacking('python3 is not on this machine');
  const { code, output } = await runProgram(['python3', '-c', 'import ensurepip, venv']);
  if (code !== 0) throw new Lacking(`python3 makes no virtual environments: ${output.trim().split('\n').at(-1)}`);
  return once(`python-${name}`, requirements.join('\n'), 'bin/python', async (folder) => {
    await runStep(['python3', '-m', 'venv', folder], { seconds: 120 });
    const pip = [join(folder, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await runStep([...pip, ...requirements], { seconds: 300 });
  });
}

/**
 * A folder with these packages in `node_modules`.
 *
 * @returns {Promise<string>} the path of the folder
 */
export async function installNode(name, packages) {
  const manifest = await once(`node-${name}`, packages.join('\n'), 'package.json', async (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const npm = ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages];
    await runStep(npm, { cwd: folder, seconds: 300 });
  });
  return join(manifest, '..');
}

/**
 * A Node of at least the version that the newest tuf-js needs: this one, or one from the registry.
 *
 * @param {string} version that is installed where this Node is older
 */
export async function installNewerNode(version) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major >= 26 || (major === 24 && minor >= 15) || (major === 22 && minor >= 23)) return process.execPath;
  if (process.platform !== 'linux')
    throw new Lacking(`Node ${version} or newer is needed, and this is ${process.version}`);
  const folder = await installNode('runtime', [`newer-node@npm:node-linux-${process.arch}@${version}`]);
  return join(folder, 'node_modules/newer-node/bin/node');
}

/** The Go program of `go/`. */
export async function installGo() {
  if (!hasProgram('go')) throw new Lacking('go is not on this machine');
  const sources = fileURLToPath(new URL('go/', import.meta.url));
  return once('go', textOf(sources), 'peer-go-tuf', async (folder) => {
    const env = {
      GOPATH: join(cache, 'go-path'),
      GOCACHE: join(cache, 'go-build'),
      GOMODCACHE: join(cache, 'go-path/pkg/mod'),
      // Modules that can be deleted like any other file, and nothing that differs from go.mod.
      GOFLAGS: '-modcacherw -mod=readonly -buildvcs=false',
    };
    await runStep(['go', 'build', '-o', join(folder, 'peer-go-tuf'), '.'], { cwd: sources, env, seconds: 400 });
  });
}

/** The Rust program of `rust/`. */
export async function installRust() {
  if (!hasProgram('cargo')) throw new Lacking('cargo is not on this machine');
  if (!hasProgram('cc')) throw new Lacking('there is no C compiler on this machine, which tough needs');
  const sources = fileURLToPath(new URL('rust/', import.meta.url));
  return once('rust', textOf(sources), 'target/debug/peer-tough', async (folder) => {
    cpSync(sources, folder, { recursive: true });
    const env = { CARGO_TARGET_DIR: join(folder, 'target'), CARGO_PROFILE_DEV_DEBUG: 'false' };
    await runStep(['cargo', 'build', '--quiet'], { cwd: folder, env, seconds: 900 });
  });
}

/** Makes a folder unless it is there, whole, for the same content. Gives the path of `result` in it. */
async function once(name, content, result, make) {
  const folder = join(cache, name);
  const stamp = join(folder, '.installed');
  const expected = createHash('sha256').update(`${process.arch}\n${content}`).digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== expected) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await make(folder);
    writeFileSync(stamp, expected);
  }
  return join(folder, result);
}

function textOf(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');
}

/**
 * libfaketime, from the machine or from the registry of its Debian packages; nothing is installed on the machine.
 *
 * @returns {Promise<string>} the library to preload
 */
export async function installFaketime() {
  const library = `lib/${multiarch()}/faketime/libfaketime.so.1`;
  if (existsSync(`/usr/${library}`)) return `/usr/${library}`;
  if (!hasProgram('apt-get') || !hasProgram('dpkg-deb')) throw new Lacking('libfaketime is not on this machine');
  return once('faketime', 'libfaketime', `usr/${library}`, async (folder) => {
    const download = ['apt-get', 'download', '--quiet', 'libfaketime'];
    if ((await runProgram(download, { cwd: folder })).code !== 0) {
      // Its list of packages may be too old, or empty.
      await runProgram(['apt-get', 'update', '--quiet'], { seconds: 120 });
      const { code, output } = await runProgram(download, { cwd: folder });
      if (code !== 0) throw new Lacking(`libfaketime cannot be had: ${output.trim().split('\n').at(-1)}`);
    }
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.deb'));
    await runStep(['dpkg-deb', '--extract', join(folder, name), folder]);
  });
}

function multiarch() {
  return { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? process.arch;
}
