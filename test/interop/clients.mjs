/** How each client is started. Programs of peers speak the protocol of clients under test; the tufa command its own. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} PeerClient
 * @property {string} name
 * @property {Record<string, string>} [env]
 * @property {(options: object) => string[] | undefined} [init] what to run with the trusted root, where that is a program
 * @property {(options: object) => string[]} refresh
 * @property {(options: object) => string[]} download of all `paths`, into the folder `to`
 * @property {number} [notFound] the exit code for a target that is not there; 1 where it is not given
 * @property {(metadata: string, role: string) => string} [stored] the file that keeps a top-level role
 */

/**
 * A client under test: `refresh`, `download`, and exit codes 0 and 1. The trusted root is copied to `pinned` in its folder,
 * which is all that `init` is.
 */
export function protocolClient(name, program, { env, stored = inFolder, pinned = 'root.json' } = {}) {
  return {
    name,
    env,
    stored,
    init: ({ metadata, root }) => void copyFileSync(root, join(metadata, pinned)),
    refresh: ({ metadata, metadataUrl }) => [
      ...program,
      ...['--metadata-url', metadataUrl, '--metadata-dir', metadata, 'refresh'],
    ],
    download: ({ metadata, metadataUrl, targetsUrl, paths, to }) => [
      ...program,
      ...['--metadata-url', metadataUrl, '--metadata-dir', metadata],
      ...paths.flatMap((path) => ['--target-name', path]),
      ...['--target-dir', to, '--target-base-url', targetsUrl, 'download'],
    ],
  };
}

/** tufa's library, in a program of this folder. */
export function tufaLibrary() {
  return protocolClient('tufa (library)', [process.execPath, here('client-tufa.mjs')], {
    stored: (metadata, role) => join(metadata, 'store', `${role}.json`),
    pinned: 'pinned-root',
  });
}

/** `dist/cli/conformance-client.js`, by its own shebang. */
export function tufaConformanceClient() {
  const program = fromRoot('dist/cli/conformance-client.js');
  return {
    ...protocolClient('tufa (conformance client)', [program]),
    init: ({ metadata, root }) => [program, '--metadata-dir', metadata, 'init', root],
  };
}

/** `tufa refresh` and `tufa get`. */
export function tufaCommand() {
  const program = [process.execPath, fromRoot('dist/cli/main.js'), '--no-input'];
  const common = ({ root, metadata }) => ['--root', root, '--store', metadata];
  return {
    name: 'tufa (command)',
    notFound: 3,
    stored: inFolder,
    refresh: (options) => [...program, 'refresh', options.metadataUrl, ...common(options)],
    download: (options) => [
      ...[...program, 'get', options.metadataUrl],
      ...['--targets-url', options.targetsUrl, '--to', options.to, ...common(options), '--', ...options.paths],
    ],
  };
}

/** tuf-js from a folder that has it in `node_modules`. */
export function tufJs(version, folder, node) {
  const env = { TUF_JS_FOLDER: folder };
  return protocolClient(`tuf-js ${version}`, [node, here('client-tuf-js.mjs')], { env });
}

function inFolder(metadata, role) {
  return join(metadata, `${role}.json`);
}

function here(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

function fromRoot(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
