/**
 * The peers that are no Node programs, as `npm run interop` installs them. Each is given its job as its last argument, and
 * prints what it measured (test/bench/python_tuf.py, test/interop/go/measure.go).
 */
import { fileURLToPath } from 'node:url';
import { installGo, installPython, Lacking } from '../interop/install.mjs';

const pythonProgram = fileURLToPath(new URL('python_tuf.py', import.meta.url));

const peers = [
  {
    name: 'python-tuf',
    argv: async () => [await installPython('tuf-7', ['tuf==7.0.1', 'securesystemslib[crypto]==1.6.0']), pythonProgram],
  },
  { name: 'go-tuf', argv: async () => [await installGo(), 'measure'] },
];

/** @returns {Promise<{ name: string, argv: string[], job: object }[]>} those for which this machine has what they need */
export async function installPeers() {
  const installed = [];
  for (const { name, argv } of peers) {
    try {
      installed.push({ name, argv: await argv(), job: {} });
    } catch (error) {
      if (!(error instanceof Lacking)) throw error;
      process.stderr.write(`bench: without ${name}: ${error.message}\n`);
    }
  }
  return installed;
}
