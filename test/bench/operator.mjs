/**
 * `npm run bench:operator [-- NAME…]`: what an operator's commands cost, as processes, in CPU time.
 *
 * `publish`: `tufa add` and `tufa publish` of one new target into hash bins that list 1,000 and 100,000; the ratio of the
 * two is to stay below 3. Beside it, where `npm run interop` has installed python-tuf: the same reading, signing and writing
 * with its Metadata API, which neither looks at the result as a client nor flushes it to the disk.
 *
 * `add`: `tufa add` of 1,000 files of 1 MiB, beside `sha256sum` and `cp` of the same files, without and with `sync`; the
 * ratio is to stay below 1.5.
 */
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Makes a program say at its end what CPU time it took. */
const countsCpu = new URL('count-cpu.mjs', import.meta.url).href;
const keyNames = ['ROOT', 'TARGETS', 'SNAPSHOT', 'TIMESTAMP', 'BINS'];
const env = { ...process.env, ...Object.fromEntries(keyNames.map((name) => [`BENCH_${name}`, newKey()])) };
const base = mkdtempSync(join(tmpdir(), 'tufa-bench-'));
process.on('exit', () => rmSync(base, { recursive: true, force: true }));

function newKey() {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** Runs a command of tufa and gives its CPU milliseconds. */
function tufa(...args) {
  const { status, stderr } = spawnSync(process.execPath, ['--import', countsCpu, main, ...args, '--quiet'], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`tufa ${args.join(' ')}: ${stderr}`);
  return Number(/^cpu ([\d.]+)$/m.exec(stderr)[1]);
}

/** CPU milliseconds of a program of the system, by the shell's own count. */
function system(command) {
  const { status, stderr } = spawnSync('bash', ['-c', `TIMEFORMAT='%U %S'; time { ${command}; }`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const [user, sys] = stderr.trim().split('\n').at(-1).split(' ');
  return (Number(user) + Number(sys)) * 1000;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function repository(name) {
  const dir = join(base, name);
  const keys = ['root', 'targets', 'snapshot', 'timestamp'].flatMap((role) => [
    '--key',
    `${role}=env:BENCH_${role.toUpperCase()}`,
  ]);
  tufa('init', dir, ...keys);
  return dir;
}

/** A repository whose bins list so many targets, each a file of a few bytes. */
function binned(count, bits) {
  const dir = repository(`bins-${count}`);
  tufa('bins', dir, '--bits', String(bits), '--key', 'env:BENCH_BINS');
  const bins = Array.from({ length: 2 ** bits }, () => ({}));
  mkdirSync(join(dir, 'public/targets/packages'), { recursive: true });
  for (let i = 0; i < count; i += 1) {
    const path = `packages/package-${i}.tgz`;
    const bytes = Buffer.from(path);
    const bin = Number.parseInt(sha256(path).slice(0, 8), 16) >>> (32 - bits);
    bins[bin][path] = { hashes: { sha256: sha256(bytes) }, length: bytes.length };
    writeFileSync(join(dir, `public/targets/packages/${sha256(bytes)}.package-${i}.tgz`), bytes);
  }
  for (const [i, targets] of bins.entries()) {
    const name = `bin-${i.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
    const path = join(dir, 'drafts', `${name}.json`);
    const draft = JSON.parse(readFileSync(path, 'utf8'));
    const sorted = Object.fromEntries(Object.entries(targets).sort(([a], [b]) => (a < b ? -1 : 1)));
    const { _type, expires, spec_version, version } = draft.signed;
    const signed = { _type, expires, spec_version, targets: sorted, version };
    writeFileSync(path, JSON.stringify({ signatures: [], signed }));
  }
  tufa('publish', dir);
  return dir;
}

function publishOne() {
  const rows = [
    [1_000, 4],
    [100_000, 11],
  ].map(([count, bits]) => {
    const dir = binned(count, bits);
    const runs = Array.from({ length: 7 }, (_, i) => {
      const file = join(base, `new-${i}.tgz`);
      writeFileSync(file, randomBytes(64));
      return tufa('add', dir, file) + tufa('publish', dir);
    });
    const ms = median(runs);
    const python = publishInPython(dir);
    const beside = python === undefined ? '' : `; python-tuf: ${python.toFixed(0)} ms`;
    console.log(`publish one of ${count} in ${2 ** bits} bins: ${ms.toFixed(0)} ms${beside}`);
    return ms;
  });
  console.log(`ratio ${(rows[1] / rows[0]).toFixed(2)} (limit 3)`);
}

function publishInPython(dir) {
  const python = fileURLToPath(new URL('../../.cache/interop/python-tuf-7/bin/python', import.meta.url));
  if (!existsSync(python)) return undefined;
  const program = fileURLToPath(new URL('publish_python.py', import.meta.url));
  const metadata = join(base, 'python');
  rmSync(metadata, { recursive: true, force: true });
  cpSync(join(dir, 'public/metadata'), metadata, { recursive: true });
  const runs = Array.from({ length: 7 }, (_, i) => {
    const file = join(base, `new-${i}.tgz`);
    const { status, stdout, stderr } = spawnSync(python, [program, metadata, `new-${i}.tgz`, file], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  });
  return median(runs);
}

function addMany() {
  const files = join(base, 'files');
  mkdirSync(files);
  for (let i = 0; i < 1_000; i += 1) writeFileSync(join(files, `file-${i}.bin`), randomBytes(2 ** 20));
  const added = [];
  const copied = { plain: [], flushed: [] };
  for (let i = 0; i < 3; i += 1) {
    added.push(tufa('add', repository(`add-${i}`), files));
    for (const [way, last] of [
      ['plain', ''],
      ['flushed', "; sync '$to'/*"],
    ]) {
      const to = join(base, 'copy');
      const copy = `sha256sum '${files}'/* > /dev/null; cp -r '${files}' '${to}'${last.replace('$to', to)}`;
      copied[way].push(system(copy));
      rmSync(to, { recursive: true });
    }
  }
  const ours = median(added);
  console.log(`add 1,000 files of 1 MiB: ${ours.toFixed(0)} ms, each flushed to the disk`);
  for (const [way, text] of Object.entries({ plain: 'sha256sum and cp', flushed: 'sha256sum, cp and sync' })) {
    const theirs = median(copied[way]);
    console.log(`  ${text}: ${theirs.toFixed(0)} ms; ratio ${(ours / theirs).toFixed(2)} (limit 1.5)`);
  }
}

const benchmarks = { publish: publishOne, add: addMany };
const names = process.argv.slice(2);
const unknown = names.filter((name) => benchmarks[name] === undefined);
if (unknown.length > 0) {
  console.error(`bench: no benchmark is named ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) benchmarks[name]();
