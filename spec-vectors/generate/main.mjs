// @ts-check
/**
 * Writes every generated file below spec-vectors/, the same bytes each time.
 *
 *   node spec-vectors/generate/main.mjs            writes what differs, removes vectors that are no longer made
 *   node spec-vectors/generate/main.mjs --check    writes nothing; names what differs, is missing or is extra, and exits 1
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersFile } from './answers.mjs';
import { bundlesFile } from './bundles.mjs';
import { repositoryFile } from './documents.mjs';
import { families } from './families.mjs';
import { sha256 } from './keys.mjs';
import { keysFile } from './keys-file.mjs';
import { jsonText, spec } from './vector.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is written by hand. */
const byHand = [/^README\.md$/, /^LICENSE$/, /^package\.json$/, /^schema\/[a-z-]+\.json$/, /^generate\/[a-z-]+\.mjs$/];

const args = process.argv.slice(2);
if (args.length > 1 || (args.length === 1 && args[0] !== '--check')) {
  console.error('usage: node spec-vectors/generate/main.mjs [--check]');
  process.exit(2);
}
if (args[0] === '--check') check();
else write();

function check() {
  const { wrong, extra } = compare(generated());
  for (const { file, why } of wrong) console.error(`${why}: ${file}`);
  for (const file of extra) console.error(`extra: ${file}`);
  if (wrong.length + extra.length > 0) {
    console.error('run node spec-vectors/generate/main.mjs');
    process.exitCode = 1;
  }
}

function write() {
  const made = generated();
  const { wrong, extra } = compare(made);
  for (const { file } of wrong) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), /** @type {string} */ (made.get(file)));
  }
  const stale = extra.filter((file) => families.some(({ name }) => file.startsWith(`${name}/`)));
  for (const file of stale) rmSync(join(root, file));
  console.log(`${made.size} files, ${wrong.length} written, ${stale.length} removed`);
}

/** Every generated file: its path below spec-vectors/, and its text. */
function generated() {
  const files = new Map([
    ['keys.json', jsonText(keysFile())],
    ['repository.json', jsonText(repositoryFile())],
    ['answers.json', jsonText(answersFile())],
    ['bundles.json', jsonText(bundlesFile())],
  ]);
  const listed = families.map((family) => ({
    ...family,
    vectors: family.modules.flatMap((module) => module.vectors()),
  }));
  for (const { name, floor, vectors } of listed) {
    if (vectors.length < floor) throw new Error(`${name}: ${vectors.length} vectors, at least ${floor} are promised`);
    for (const vector of vectors) {
      const file = `${vector.id}.json`;
      if (!file.startsWith(`${name}/`)) throw new Error(`${vector.id} is not of the family ${name}`);
      if (files.has(file)) throw new Error(`${vector.id} is made twice`);
      files.set(file, jsonText(vector));
    }
  }
  return files.set('index.json', jsonText(indexOf(listed, files)));
}

/** @param {readonly { name: string, floor: number, vectors: import('./vector.mjs').Vector[] }[]} listed @param {Map<string, string>} files */
function indexOf(listed, files) {
  const byId = (/** @type {{ id: string }} */ a, /** @type {{ id: string }} */ b) => (a.id < b.id ? -1 : 1);
  return {
    schema: 'index/1',
    spec,
    families: listed.map(({ name, floor, vectors }) => ({ name, floor, count: vectors.length })),
    vectors: listed.flatMap(({ vectors }) =>
      vectors
        .slice()
        .sort(byId)
        .map(({ id, schema, section, level, attack }) => ({
          id,
          schema,
          section,
          level,
          attack,
          sha256: sha256(/** @type {string} */ (files.get(`${id}.json`))),
        })),
    ),
  };
}

/** @param {Map<string, string>} made */
function compare(made) {
  const wrong = [...made].flatMap(([file, text]) => {
    const path = join(root, file);
    if (!existsSync(path)) return [{ file, why: 'missing' }];
    return readFileSync(path, 'utf8') === text ? [] : [{ file, why: 'differs' }];
  });
  const extra = present().filter((file) => !made.has(file) && !byHand.some((pattern) => pattern.test(file)));
  return { wrong, extra };
}

/** Every file below spec-vectors/, with slashes. */
function present() {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\bnode_modules\b/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .sort();
}
