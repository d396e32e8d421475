/**
 * Makes the benchmark's repositories below `.cache/bench/`, byte for byte the same every time, and reuses what is there.
 *
 * Every repository: Ed25519 with one key per role, consistent snapshots, compact canonical JSON, SHA-256 only, about 152
 * bytes per target, one real target of 1 MiB. `plain`: N targets in the top-level role; the snapshot lists version, length
 * and SHA-256 of targets.json. `succinct` and `explicit`: a million targets in 16,384 hash bins (TAP 15, or one delegated
 * role with four path hash prefixes per bin); the snapshot lists versions only. Of the bins only the one that holds the
 * target that is looked up is on disk; targets and snapshot are complete. `download`: one target of so many zeros, which take
 * no room on the disk.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { olpc } from './olpc.mjs';

/** The folder that holds every repository, one below it for each, and that the server serves. */
export const repositoriesFolder = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));

const generation = 1;
const expires = '2040-01-01T00:00:00Z';
const targetLength = 1024 * 1024;
const binBits = 14;
const binCount = 2 ** binBits;
const binnedTargets = 1_000_000;

/**
 * @param {string} name the repository's folder
 * @param {{ kind: 'plain', targets: number } | { kind: 'succinct' | 'explicit' } | { kind: 'download', bytes: number }} shape
 * @returns {{ name: string, path: string, sha256: string, length: number, rootFile: string, largestBytes: number, metadataBytes: number }}
 *   `path`, `sha256`, `length`: the target that is looked up; `rootFile`: the pinned root; `largestBytes`: the largest
 *   metadata file; `metadataBytes`: all that a cold update fetches
 */
export function repository(name, shape) {
  const folder = join(repositoriesFolder, name);
  const descriptionFile = join(folder, 'description.json');
  if (existsSync(descriptionFile)) {
    const description = JSON.parse(readFileSync(descriptionFile, 'utf8'));
    if (description.generation === generation)
      return { ...description, rootFile: join(folder, 'metadata/1.root.json') };
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'metadata'), { recursive: true });
  const description = {
    generation,
    name,
    ...contentOf(folder, shape),
  };
  writeFileSync(descriptionFile, JSON.stringify(description));
  return { ...description, rootFile: join(folder, 'metadata/1.root.json') };
}

function contentOf(folder, shape) {
  if (shape.kind === 'plain') return plain(folder, shape.targets);
  return shape.kind === 'download' ? download(folder, shape.bytes) : bins(folder, shape.kind);
}

function download(folder, length) {
  const path = targetPath(0);
  const zeros = Buffer.alloc(1024 * 1024);
  const hash = createHash('sha256');
  for (let done = 0; done < length; done += zeros.length) hash.update(zeros);
  const target = { hashes: { sha256: hash.digest('hex') }, length };
  writeFileSync(targetFile(folder, path, target), '');
  truncateSync(targetFile(folder, path, target), length);
  const bytes = document('targets', { targets: { [path]: target } }, roleKey('targets'));
  const listed = { 'targets.json': { hashes: { sha256: sha256(bytes) }, length: bytes.length, version: 1 } };
  return finish(folder, { path, target, files: { 'targets.json': bytes }, listed });
}

function plain(folder, count) {
  const targets = {};
  for (let index = 0; index < count; index++) targets[targetPath(index)] = listedTarget(index);
  const path = targetPath(Math.floor(count / 2));
  targets[path] = realTarget(folder, path);
  const bytes = document('targets', { targets }, roleKey('targets'));
  const listed = { 'targets.json': { hashes: { sha256: sha256(bytes) }, length: bytes.length, version: 1 } };
  return finish(folder, { path, target: targets[path], files: { 'targets.json': bytes }, listed });
}

function bins(folder, kind) {
  const path = targetPath(binnedTargets / 2);
  const bin = binOf(path);
  const targets = {};
  for (let index = 0; index < binnedTargets; index++) {
    const other = targetPath(index);
    if (binOf(other) === bin) targets[other] = listedTarget(index);
  }
  targets[path] = realTarget(folder, path);
  const key = roleKey('bins');
  const delegations = { keys: { [key.keyid]: key.published }, ...delegatedBins(kind, key.keyid) };
  const files = {
    'targets.json': document('targets', { targets: {}, delegations }, roleKey('targets')),
    [`${binName(bin)}.json`]: document('targets', { targets }, key),
  };
  const listed = { 'targets.json': { version: 1 } };
  for (let index = 0; index < binCount; index++) listed[`${binName(index)}.json`] = { version: 1 };
  return finish(folder, { path, target: targets[path], files, listed });
}

function delegatedBins(kind, keyid) {
  const rest = { keyids: [keyid], threshold: 1 };
  if (kind === 'succinct') return { succinct_roles: { ...rest, bit_length: binBits, name_prefix: 'bin' } };
  const roles = Array.from({ length: binCount }, (_, index) => ({
    ...rest,
    name: binName(index),
    terminating: true,
    path_hash_prefixes: [0, 1, 2, 3].map((last) => hex4(index * 4 + last)),
  }));
  return { roles };
}

/** Writes the targets documents with the snapshot, timestamp and root over them. */
function finish(folder, { path, target, files, listed }) {
  const snapshot = document('snapshot', { meta: listed }, roleKey('snapshot'));
  const snapshotMeta = { hashes: { sha256: sha256(snapshot) }, length: snapshot.length, version: 1 };
  const timestamp = document('timestamp', { meta: { 'snapshot.json': snapshotMeta } }, roleKey('timestamp'));
  const fetched = { ...files, 'snapshot.json': snapshot };
  for (const [name, bytes] of Object.entries(fetched)) writeFileSync(join(folder, 'metadata', `1.${name}`), bytes);
  writeFileSync(join(folder, 'metadata/timestamp.json'), timestamp);
  writeFileSync(join(folder, 'metadata/1.root.json'), document('root', rootBody(), roleKey('root')));
  const lengths = [...Object.values(fetched), timestamp].map((bytes) => bytes.length);
  return {
    path,
    sha256: target.hashes.sha256,
    length: target.length,
    largestBytes: Math.max(...lengths),
    metadataBytes: lengths.reduce((sum, length) => sum + length, 0),
  };
}

function rootBody() {
  const keys = {};
  const roles = {};
  for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
    const key = roleKey(role);
    keys[key.keyid] = key.published;
    roles[role] = { keyids: [key.keyid], threshold: 1 };
  }
  return { consistent_snapshot: true, keys, roles };
}

function document(type, body, key) {
  const signed = { _type: type, expires, spec_version: '1.0.34', version: 1, ...body };
  const sig = sign(null, Buffer.from(olpc(signed)), key.secret).toString('hex');
  return Buffer.from(olpc({ signatures: [{ keyid: key.keyid, sig }], signed }));
}

/** A key from a seed that everybody knows: for measuring only. */
function roleKey(role) {
  const seed = createHash('sha256').update(`tufa benchmark ${role}`).digest();
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x } = createPublicKey(secret).export({ format: 'jwk' });
  const keyval = { public: Buffer.from(x, 'base64url').toString('hex') };
  const published = { keytype: 'ed25519', keyval, scheme: 'ed25519' };
  return { secret, published, keyid: sha256(olpc(published)) };
}

function targetPath(index) {
  return `packages/component-${String(index).padStart(7, '0')}/release-1.42.tgz`;
}

function listedTarget(index) {
  return { hashes: { sha256: sha256(`content ${index}`) }, length: 1_000_000 + (index % 1_000_000) };
}

function realTarget(folder, path) {
  const blocks = Array.from({ length: targetLength / 32 }, (_, index) =>
    createHash('sha256').update(`target block ${index}`).digest(),
  );
  const content = Buffer.concat(blocks);
  const target = { hashes: { sha256: sha256(content) }, length: content.length };
  writeFileSync(targetFile(folder, path, target), content);
  return target;
}

/** Where a target is served, in a folder that is there. */
function targetFile(folder, path, target) {
  const slash = path.lastIndexOf('/') + 1;
  const file = join(folder, 'targets', path.slice(0, slash), `${target.hashes.sha256}.${path.slice(slash)}`);
  mkdirSync(join(file, '..'), { recursive: true });
  return file;
}

function binOf(path) {
  return createHash('sha256').update(path).digest().readUInt32BE(0) >>> (32 - binBits);
}

function binName(index) {
  return `bin-${hex4(index)}`;
}

function hex4(number) {
  return number.toString(16).padStart(4, '0');
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
