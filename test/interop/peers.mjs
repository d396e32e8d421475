/**
 * The peers. Each has a name with its version, says how it is installed, and then has a client, a writer of repositories,
 * or both. Versions are exact: what is true of a version stays true.
 */
import { fileURLToPath } from 'node:url';
import { protocolClient, tufJs } from './clients.mjs';
import { installFaketime, installGo, installNewerNode, installNode, installPython, installRust } from './install.mjs';
import { plansFile } from './plan.mjs';

const utf8 = { PYTHONUTF8: '1' };

/**
 * @typedef {object} Installed
 * @property {import('./clients.mjs').PeerClient} [client]
 * @property {readonly string[]} [reads] which of tufa's writers; all where it is not given
 * @property {Writer} [writer] of the repositories of plans.json
 * @property {Writer} [protocolWriter] of that of conformance-plans.json
 * @property {() => Promise<Adapter>} [adapter] what answers the vectors
 *
 * @typedef {object} Adapter
 * @property {readonly string[]} command by the line protocol, and by that of clients under test
 * @property {string} list the vectors that it fails
 * @property {string} [beside] where else the runner looks for that list
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
      const client = protocolClient('python-tuf 7.0.1', program, { env: utf8, pinned: 'pinned-root' });
      const adapter = async () => ({
        command: [...(await withClock(utf8)), ...program],
        list: here('peer-python-tuf.py.xfails'),
      });
      return { client, writer, protocolWriter, adapter };
    },
  },
  {
    name: 'go-tuf 2.4.2',
    install: async () => {
      const program = await installGo();
      const writer = { argv: (folder) => [program, 'write', plansFile, folder] };
      const adapter = async () => ({
        command: [program],
        list: here('peer-go-tuf.xfails'),
        beside: `${program}.xfails`,
      });
      return { client: protocolClient('go-tuf 2.4.2', [program]), writer, adapter };
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
      const folder = await installNode('tuf-js-6', ['tuf-js@6.0.2']);
      const adapter = async () => ({
        command: [...(await withClock({ TUF_JS_FOLDER: folder })), node, here('client-tuf-js.mjs')],
        list: here('client-tuf-js.mjs.xfails'),
      });
      return { client: tufJs('6.0.2', folder, node), adapter };
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
      const adapter = async () => ({
        command: [...(await withClock({})), program],
        list: here('peer-tough.xfails'),
        beside: `${program}.xfails`,
      });
      return { client: protocolClient('tough 0.24.0', [program], { pinned: 'pinned-root' }), adapter };
    },
  },
];

/** Words before a command: it can then set its own clock, by `FAKETIME` in its environment. */
async function withClock(env) {
  const clock = {
    LD_PRELOAD: await installFaketime(),
    FAKETIME_NO_CACHE: '1',
    // What waits does so by another clock, and files have their own times.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
  return ['env', ...Object.entries({ ...clock, ...env }).map(([name, value]) => `${name}=${value}`)];
}

async function pythonProgram(name, requirements) {
  return [await installPython(name, requirements), here('peer-python-tuf.py')];
}

function here(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
