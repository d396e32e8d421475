/**
 * The peers. Each has a name with its version, says how it is installed, and then has a client, a writer of repositories,
 * or both. Versions are exact: what is true of a version stays true.
 */
import { fileURLToPath } from 'node:url';
import { protocolClient, tufJs } from './clients.mjs';
import { installGo, installNewerNode, installNode, installPython, installRust } from './install.mjs';
import { plansFile } from './plan.mjs';

const utf8 = { PYTHONUTF8: '1' };

/**
 * @typedef {object} Installed
 * @property {import('./clients.mjs').PeerClient} [client]
 * @property {readonly string[]} [reads] which of tufa's writers; all where it is not given
 * @property {Writer} [writer] of the repositories of plans.json
 * @property {Writer} [protocolWriter] of that of conformance-plans.json
 *
 * @typedef {{ argv: (folder: string) => string[], env?: Record<string, string> }} Writer
 */

/** @type {readonly { name: string, optional?: string, install: () => Promise<Installed> }[]} */
export const peers = [
  {
    name: 'python-tuf 7.0.1',
    install: async () => {
      const program = await pythonProgram('tuf-7', ['tuf==7.0.1', 'securesystemslib[crypto]==1.6.0']);
      const writer = { argv: (folder) => [...program, 'write', plansFile, folder], env: utf8 };
      const protocolWriter = {
        argv: (folder) => [...program, 'write', here('conformance-plans.json'), folder],
        env: utf8,
      };
      return { client: protocolClient('python-tuf 7.0.1', program, { env: utf8 }), writer, protocolWriter };
    },
  },
  {
    name: 'go-tuf 2.4.2',
    install: async () => {
      const program = await installGo();
      const writer = { argv: (folder) => [program, 'write', plansFile, folder] };
      return { client: protocolClient('go-tuf 2.4.2', [program]), writer };
    },
  },
  {
    name: 'tuf-js 5.0.1',
    install: async () => {
      const writer = { argv: (folder) => [process.execPath, here('write-tuf-js.mjs'), folder] };
      return { client: tufJs('5.0.1', here('../../'), process.execPath), writer, reads: ['library'] };
    },
  },
  {
    name: 'tuf-js 6.0.2',
    install: async () => {
      const node = await installNewerNode('24.21.0');
      return { client: tufJs('6.0.2', await installNode('tuf-js-6', ['tuf-js@6.0.2']), node) };
    },
  },
  {
    name: 'python-tuf 5.1.0',
    install: async () => {
      const program = await pythonProgram('tuf-5', ['tuf==5.1.0', 'securesystemslib[crypto]==1.2.0']);
      return { client: protocolClient('python-tuf 5.1.0', program, { env: utf8 }), reads: ['library'] };
    },
  },
  {
    name: 'tough 0.24.0',
    optional: '--with-tough',
    install: async () => {
      const program = await installRust();
      return { client: protocolClient('tough 0.24.0', [program], { pinned: 'pinned-root' }) };
    },
  },
];

async function pythonProgram(name, requirements) {
  return [await installPython(name, requirements), here('peer-python-tuf.py')];
}

function here(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
