/**
 * Writes repositories of plans.json with the `tufa` command, into the folder that is given: what an operator types, with
 * the keys of the plan in environment variables. It publishes nothing that no client would find. Its hash bins are others
 * in the second release.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kindOf, newSigner } from './node-signer.mjs';
import { plans, releaseOf } from './plan.mjs';
import { runStep } from './program.mjs';

const command = [process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)), '--no-input'];
const env = { TUFA_PASSPHRASE: 'for this test alone' };
/** The command writes no members that nobody knows. */
const written = plans.filter(({ unknownFields }) => unknownFields !== true);
const room = mkdtempSync(join(tmpdir(), 'tufa-interop-files-'));
try {
  for (const plan of written) await writeRepository(plan, join(process.argv[2], plan.name));
} finally {
  rmSync(room, { recursive: true, force: true });
}

async function writeRepository(plan, folder) {
  const { name, consistentSnapshot, roles, delegations = [], succinct, releases } = plan;
  const repository = join(folder, 'operator');
  mkdirSync(folder, { recursive: true });
  const top = Object.entries(roles).flatMap(([role, { keys, threshold }]) => [
    ...keys.flatMap((key) => ['--key', `${role}=${uriOf(key)}`]),
    ...['--threshold', `${role}=${threshold}`],
  ]);
  const layout = consistentSnapshot ? [] : ['--no-consistent-snapshot'];
  await tufa(['init', repository, ...top, ...layout, '--hashes', 'sha256,sha512']);
  for (const spec of delegations) await tufa(['delegate', repository, spec.name, ...delegationOptions(spec)]);
  if (succinct !== undefined) await tufa(['bins', repository, ...binOptions(succinct)]);
  const before = {};
  let current = roles;
  for (const [index, { roots = [], files }] of releases.entries()) {
    for (const changes of roots) current = await rotate(repository, current, changes);
    if (succinct !== undefined && index > 0) {
      await tufa(['bins', repository, '--from', succinct.from, '--bits', String(succinct.bitLength + index)]);
    }
    const findable = releaseOf(plan, index + 1).files;
    for (const [role, all] of Object.entries(files)) {
      const to = role === '@succinct' ? succinct.from : role;
      const listed = Object.fromEntries(Object.entries(all).filter(([path]) => findable.has(path)));
      await stage(repository, to, listed, join(room, name, `${index}-${role}`));
      const gone = Object.keys(before[role] ?? {}).filter((path) => !Object.hasOwn(listed, path));
      if (gone.length > 0) await tufa(['remove', repository, ...gone, '--role', to]);
      before[role] = listed;
    }
    await tufa(['publish', repository]);
    cpSync(join(repository, 'public'), join(folder, String(index + 1)), { recursive: true });
  }
  cpSync(join(repository, 'public/metadata/1.root.json'), join(folder, 'root.json'));
}

/** Publishes one version of root in which keys change. */
async function rotate(repository, roles, changes) {
  for (const [role, { keys, threshold }] of Object.entries(changes)) {
    const added = keys.filter((key) => !roles[role].keys.includes(key)).map(uriOf);
    const removed = roles[role].keys.filter((key) => !keys.includes(key)).map(uriOf);
    await tufa([
      ...['rotate', repository, role, '--threshold', String(threshold)],
      ...(added.length === 0 ? [] : ['--add', ...added]),
      ...(removed.length === 0 ? [] : ['--remove', ...removed]),
    ]);
  }
  await tufa(['publish', repository]);
  return { ...roles, ...changes };
}

function delegationOptions({ from, keys, threshold, paths, pathHashPrefixes, terminating }) {
  return [
    ...['--from', from, '--key', ...keys.map(uriOf), '--threshold', String(threshold)],
    ...(paths === undefined ? ['--path-hash-prefixes', ...pathHashPrefixes] : ['--paths', ...paths]),
    ...(terminating ? ['--terminating'] : []),
  ];
}

function binOptions({ from, keys, threshold, bitLength, prefix }) {
  return [
    ...['--from', from, '--bits', String(bitLength), '--prefix', prefix],
    ...['--key', ...keys.map(uriOf), '--threshold', String(threshold)],
  ];
}

/** Where the command finds a key of the plan. */
function uriOf(key) {
  const variable = `KEY_${key.replace(/[^a-z0-9]/gi, '_').toUpperCase()}`;
  env[variable] ??= newSigner(kindOf(key)).pem;
  return `env:${variable}`;
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
