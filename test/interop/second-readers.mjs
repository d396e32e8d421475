/**
 * Forms of tufa's own, read by programs that share nothing with it: each judges the vectors, and has to say what they say.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPython, Lacking } from './install.mjs';
import { runStep } from './program.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

const readers = [
  { title: 'answers, read in Python', reader: 'answer-reader.py', file: 'answers.json' },
  { title: 'bundles, read in Python, their chain by python-tuf', reader: 'bundle-reader.py', file: 'bundles.json' },
];

/** @param {import('./tally.mjs').Tally} tally */
export async function runSecondReaders(tally) {
  for (const each of readers) {
    const begin = performance.now();
    try {
      const python = await installPython('readers', ['tuf==7.0.1', 'securesystemslib[crypto]==1.6.0']);
      tally.group(each.title, await judged(python, each), performance.now() - begin);
    } catch (error) {
      if (error instanceof Lacking) tally.skip(each.title, error.message);
      else tally.group(each.title, { passed: 0, problems: [error.stack] }, performance.now() - begin);
    }
  }
}

async function judged(python, { reader, file }) {
  const path = join(root, 'spec-vectors', file);
  const program = fileURLToPath(new URL(reader, import.meta.url));
  const said = new Map(
    lines(await runStep([python, program, path], { seconds: 120 })).map(({ id, verdict }) => [id, verdict]),
  );
  const { vectors } = JSON.parse(readFileSync(path, 'utf8'));
  const wrong = vectors.filter(({ id, verdict }) => said.get(id) !== verdict);
  const problems = wrong.map(({ id, verdict }) => `${id}: ${said.get(id)}, not ${verdict}`);
  return { passed: vectors.length - wrong.length, problems };
}

function lines(stdout) {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
