/** Runs the vectors against the adapter of a peer, by the runner as anybody has it, `tufa audit client`. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vectors = join(root, 'spec-vectors');
const reports = join(root, '.cache/interop/audit');
/** For one answer. What stalls is given up by the adapters before that, where the peer has a limit. */
const timeout = '20s';
/** Clients wait for their server, and some vectors are about waiting. */
const jobs = availableParallelism() + 1;

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
 * @param {number} secondsMax after which it is given up
 * @returns {Promise<Outcome[]>}
 */
export async function audit(name, command, secondsMax) {
  const argv = [join(root, 'dist/cli/main.js'), 'audit', 'client', '--json', '--vectors', vectors];
  const words = [...argv, '--jobs', String(jobs), '--timeout', timeout, '--', ...command];
  const report = await reportOf(words, secondsMax);
  mkdirSync(reports, { recursive: true });
  writeFileSync(reportFile(name), JSON.stringify(report, undefined, 1));
  return outcomesOf(report);
}

/** The same from the report that is kept. @param {string} name @returns {Outcome[]} */
export function keptAudit(name) {
  return outcomesOf(JSON.parse(readFileSync(reportFile(name), 'utf8')));
}

function reportFile(name) {
  return join(reports, `${name.replaceAll(' ', '-')}.json`);
}

function outcomesOf(report) {
  return report.results.map(({ id, level, attack, verdict, reason, problems = [] }) => {
    return { id, family: id.split('/')[0], level, attack, verdict, reason, problems };
  });
}

function reportOf(argv, secondsMax) {
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
