/** Runs the vectors against the adapter of a peer, by the runner as anybody has it, `tufa audit client`. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vectors = join(root, 'spec-vectors');
/** For one answer. What stalls is given up by the adapters before that, where the peer has a limit. */
const timeout = '20s';
/** Clients wait for their server, and some vectors are about waiting. */
const jobs = availableParallelism() + 1;
const secondsMax = 1200;

/**
 * @typedef {object} Outcome
 * @property {string} id
 * @property {string} family
 * @property {'MUST' | 'SHOULD' | 'decision'} level
 * @property {string} attack
 * @property {'passed' | 'failed' | 'skipped'} verdict
 * @property {string} [reason] why it was skipped
 * @property {{ what: string, where: string, expected: string, found: string }[]} problems
 */

/**
 * What a peer makes of every vector. The whole report is kept beside the peers, where it is not published.
 *
 * @param {string} name
 * @param {readonly string[]} command its adapter
 * @returns {Promise<Outcome[]>}
 */
export async function audit(name, command) {
  const argv = [join(root, 'dist/cli/main.js'), 'audit', 'client', '--json', '--vectors', vectors];
  const report = await reportOf([...argv, '--jobs', String(jobs), '--timeout', timeout, '--', ...command]);
  const folder = join(root, '.cache/interop/audit');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(' ', '-')}.json`), JSON.stringify(report, undefined, 1));
  return report.results.map(({ id, level, attack, verdict, reason, problems = [] }) => {
    return { id, family: id.split('/')[0], level, attack, verdict, reason, problems };
  });
}

/** What a vector says in words. */
export function commentOf(id) {
  return JSON.parse(readFileSync(join(vectors, `${id}.json`), 'utf8')).comment;
}

function reportOf(argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    let said = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // The clients that it started end with their input.
      child.kill('SIGKILL');
    }, secondsMax * 1000);
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      try {
        if (late || (code !== 0 && code !== 1))
          throw new Error(late ? `no end in ${secondsMax} s` : `${code ?? signal}`);
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      } catch (error) {
        reject(new Error(`tufa audit client: ${error.message}\n${said.trim().split('\n').slice(-5).join('\n')}`));
      }
    });
  });
}
