/**
 * By which tests the mutants of each source file are judged: first by its own, which are quick and kill most, then what is
 * left by all that are affordable.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { at } from '../tools/project.mjs';

/** The folders whose files are mutated. */
export const layers = ['src/trust', 'src/metadata'];

/**
 * What belongs together, below `metadata`: the mutants of these files meet these tests first. Small, since mutants that are
 * met while modules load meet all of them.
 */
const metadataGroups = [
  {
    files:
      'base64 der der-writer ecdsa-rsa-key ed25519-key edwards25519 hex ml-dsa-key nist-curves other-keys pem ' +
      'public-key public-key-writer subject-public-key',
    tests: 'der der-writer edwards25519 hex nist-curves pem public-key public-key-writer',
  },
  { files: 'date-time', tests: 'date-time' },
  { files: 'file-name', tests: 'file-name' },
  { files: 'limits', tests: 'limits' },
  { files: 'target-path', tests: 'target-path' },
  { files: 'canonical-bytes canonical-json', tests: 'canonical-bytes canonical-json' },
  { files: 'json utf8', tests: 'json canonical-json scanner' },
  { files: 'document key members root', tests: 'document limits' },
  { files: 'delegations role', tests: 'delegations delegations-usual limits' },
  { files: 'file-meta hashes entries snapshot targets', tests: 'file-meta entries usual-spelling document' },
  {
    files: 'scanner',
    tests: 'scanner json limits canonical-json entries file-meta usual-spelling delegations-usual document',
  },
];

/** Tests that take long for what they tell of a mutant: they run under other names, or repeat what others prove. */
const tooLong = /\/(?:hostile-size|hostile-files|faults|transcript)\.test\.ts$/;

/** Parts of the names of single tests of which the same is true: they go through tens of thousands of strings. */
export const longTests = ['are read exactly where they are UTF-8', 'may hold every scalar value'];

/** Every source file that may hold mutants. */
export function sourceFiles() {
  return layers.flatMap((layer) =>
    readdirSync(at(layer))
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => `${layer}/${name}`),
  );
}

/** Groups of source files, each with the tests that their mutants meet first. */
export function groups() {
  const files = sourceFiles();
  const ofMetadata = metadataGroups.map((group) => ({
    files: group.files.split(' ').map((name) => `src/metadata/${name}.ts`),
    tests: group.tests.split(' ').map((name) => `test/metadata/${name}.test.ts`),
  }));
  const trust = { files: files.filter((file) => file.startsWith('src/trust/')), tests: testsIn('test/trust') };
  const all = [trust, ...ofMetadata];
  const known = new Set(all.flatMap((group) => group.files));
  const stray = files.filter((file) => !known.has(file) && !file.endsWith('/index.ts'));
  if (stray.length > 0) throw new Error(`${stray.join(', ')}: put it into a group in mutant-plan.mjs`);
  return all;
}

/** The tests that every mutant meets that is left. */
export function allTests() {
  const tests = ['test/metadata', 'test/trust', 'test/workflow'].flatMap(testsIn);
  return [...tests.filter((path) => !tooLong.test(path)), 'test/mutation/call-vectors.ts'];
}

function testsIn(folder) {
  return readdirSync(at(folder))
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

const hashes = new Map();

/** Reads test files as they are now: until it is called again, {@link testHash} tells of them as they were. */
export function readTests(paths) {
  hashes.clear();
  for (const path of paths) testHash(path);
}

/** What a test file says: the hash of it and of all in `test` that it imports. @param {string} path */
export function testHash(path) {
  if (!hashes.has(path)) {
    const texts = [...closure(path)].sort().map((each) => `${each}\0${readFileSync(at(each), 'utf8')}`);
    hashes.set(path, sha256(texts.join('\0')));
  }
  return hashes.get(path);
}

function closure(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(at(path), 'utf8');
  for (const [, specifier] of text.matchAll(/from '(\.[^']*)'/g)) {
    const target = posix.join(posix.dirname(path), specifier);
    if (target.startsWith('test/') && existsSync(at(target))) closure(target, found);
  }
  return found;
}

export function sha256(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
