/**
 * Forms of tufa's own, read by programs that share nothing with it: each judges the vectors, and has to say what they say.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPython, Lacking } from './install.mjs';
import { runStep } from './program.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** @param {import('./tally.mjs').Tally} tally */
export async function runSecondReaders(tally) {
  const begin = performance.now();
  const title = 'answers, read in Python';
  try {
    const interpreter = await installPython('second-readers', ['securesystemslib[crypto]==1.6.0']);
    const file = join(root, 'spec-vectors/answers.json');
    const reader = fileURLToPath(new URL('answer-reader.py', import.meta.url));
    const stdout = await runStep([interpreter, reader, file], { seconds: 60 });
    const said = new Map(lines(stdout).map(({ id, verdict }) => [id, verdict]));
    const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
    const wrong = vectors.filter(({ id, verdict }) => said.get(id) !== verdict);
    const problems = wrong.map(({ id, verdict }) => `${id}: ${said.get(id)}, not ${verdict}`);
    tally.group(title, { passed: vectors.length - wrong.length, problems }, performance.now() - begin);
  } catch (error) {
    if (error instanceof Lacking) tally.skip(title, error.message);
    else tally.group(title, { passed: 0, problems: [error.stack] }, performance.now() - begin);
  }
}

function lines(stdout) {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
