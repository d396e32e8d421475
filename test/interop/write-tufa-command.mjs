/**
 * Writes repositories of plans.json with the `tufa` command, into the folder that is given: what an operator types. The
 * command makes all keys of a repository of one kind, so a plan that asks for several gets the first; and it publishes
 * nothing that no client would find.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kindOf } from './node-signer.mjs';
import { plans, releaseOf } from './plan.mjs';
import { runStep } from './program.mjs';

const command = [process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)), '--no-input'];
const env = { TUFA_PASSPHRASE: 'for this test alone' };
const written = ['plain', 'not-consistent', 'delegations'];
const room = mkdtempSync(join(tmpdir(), 'tufa-interop-files-'));
try {
  for (const plan of plans) {
    if (written.includes(plan.name)) await writeRepository(plan, join(process.argv[2], plan.name));
  }
} finally {
  rmSync(room, { recursive: true, force: true });
}

async function writeRepository(plan, folder) {
  const { name, consistentSnapshot, roles, delegations = [], releases } = plan;
  const repository = join(folder, 'operator');
  mkdirSync(folder, { recursive: true });
  const many = Object.entries(roles).flatMap(([role, { keys, threshold }]) => [
    ...['--keys', `${role}=${keys.length}`],
    ...['--threshold', `${role}=${threshold}`],
  ]);
  const kind = ['--key-type', typeOf(roles.root.keys[0])];
  const layout = consistentSnapshot ? [] : ['--no-consistent-snapshot'];
  await tufa(['init', repository, ...many, ...kind, ...layout, '--hashes', 'sha256,sha512']);
  for (const spec of delegations) await tufa(['delegate', repository, spec.name, ...delegationOptions(spec)]);
  const before = {};
  for (const [index, { files }] of releases.entries()) {
    const findable = releaseOf(plan, index + 1).files;
    for (const [role, all] of Object.entries(files)) {
      const listed = Object.fromEntries(Object.entries(all).filter(([path]) => findable.has(path)));
      await stage(repository, role, listed, join(room, name, `${index}-${role}`));
      const gone = Object.keys(before[role] ?? {}).filter((path) => !Object.hasOwn(listed, path));
      if (gone.length > 0) await tufa(['remove', repository, ...gone, '--role', role]);
      before[role] = listed;
    }
    await tufa(['publish', repository]);
    cpSync(join(repository, 'public'), join(folder, String(index + 1)), { recursive: true });
  }
  cpSync(join(repository, 'public/metadata/1.root.json'), join(folder, 'root.json'));
}

function delegationOptions({ from, keys, threshold, paths, pathHashPrefixes, terminating }) {
  return [
    ...['--from', from, '--keys', String(keys.length), '--threshold', String(threshold)],
    ...['--key-type', typeOf(keys[0])],
    ...(paths === undefined ? ['--path-hash-prefixes', ...pathHashPrefixes] : ['--paths', ...paths]),
    ...(terminating ? ['--terminating'] : []),
  ];
}

/** Adds the files as a folder, and those with something to say of them once more. */
async function stage(repository, role, files, folder) {
  if (Object.keys(files).length === 0) return;
  for (const [path, { text }] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  await tufa(['add', repository, folder, '--role', role]);
  for (const [path, { custom }] of Object.entries(files)) {
    if (custom === undefined) continue;
    const prefix = dirname(path) === '.' ? [] : ['--prefix', dirname(path)];
    const place = join(folder, dirname(path), basename(path));
    await tufa(['add', repository, place, '--role', role, ...prefix, '--custom', JSON.stringify(custom)]);
  }
}

function tufa(args) {
  return runStep([...command, ...args], { env, seconds: 300 });
}

function typeOf(name) {
  return kindOf(name) === 'rsa' ? 'rsa-2048' : kindOf(name);
}
