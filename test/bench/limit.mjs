/**
 * The least that any client does which reads JSON with `JSON.parse`: fetch each file over one kept connection, SHA-256
 * of every body, `JSON.parse`, one native Ed25519 verification over the bytes of `signed` as they came. No other check,
 * so this is a limit to compare with and no client to use.
 *
 * Job: `warm`: snapshot and targets come from `store` in place of the server. `persist`: bodies are written to `store`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { job, report, startGauge } from './gauge.mjs';

// Importing tufa loads neither node:http nor node:crypto: its first request does. So it is here, or one of the two would
// have its modules for nothing. `preloaded` has them loaded before the gauge starts.
let stop = job.preloaded ? undefined : startGauge();
const { createHash, createPublicKey, verify } = await import('node:crypto');
const { Agent, get } = await import('node:http');
stop ??= startGauge();

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function fetched(name) {
  return new Promise((resolve, reject) => {
    const request = get(new URL(name, job.metadataUrl), { agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks) : undefined));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

async function document(name, key, version = '') {
  const stored = job.warm && version !== '';
  const body = stored ? readFileSync(join(job.store, name)) : await fetched(`${version}${name}`);
  const digest = createHash('sha256').update(body).digest('hex');
  const { signatures, signed } = JSON.parse(body.toString());
  const message = body.subarray(body.indexOf('"signed":') + 9, body.length - 1);
  if (!verify(null, message, key, Buffer.from(signatures[0].sig, 'hex'))) throw new Error(`${name}: unsigned`);
  if (job.persist && !stored) writeFileSync(join(job.store, name), body);
  return { digest, signed };
}

function roleKey({ keys }, { keyids }) {
  const x = Buffer.from(keys[keyids[0]].keyval.public, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function binFor({ roles, succinct_roles: succinct }, path) {
  const digest = createHash('sha256').update(path).digest('hex');
  if (succinct === undefined)
    return roles.find((role) => role.path_hash_prefixes.some((start) => digest.startsWith(start)));
  const index = Number.parseInt(digest.slice(0, 8), 16) >>> (32 - succinct.bit_length);
  const width = Math.ceil(succinct.bit_length / 4);
  return { ...succinct, name: `${succinct.name_prefix}-${index.toString(16).padStart(width, '0')}` };
}

async function refreshAndFind() {
  const root = JSON.parse(readFileSync(job.rootFile, 'utf8')).signed;
  if ((await fetched('2.root.json')) !== undefined) throw new Error('a second root');
  const timestamp = await document('timestamp.json', roleKey(root, root.roles.timestamp));
  const snapshot = await document('snapshot.json', roleKey(root, root.roles.snapshot), '1.');
  if (snapshot.digest !== timestamp.signed.meta['snapshot.json'].hashes.sha256) throw new Error('another snapshot');
  const targets = await document('targets.json', roleKey(root, root.roles.targets), '1.');
  const { delegations } = targets.signed;
  if (delegations === undefined) return targets.signed.targets[job.path];
  const bin = binFor(delegations, job.path);
  return (await document(`${bin.name}.json`, roleKey(delegations, bin), '1.')).signed.targets[job.path];
}

const found = await refreshAndFind();
report(stop(), `${found.length} ${found.hashes.sha256}`);
agent.destroy();
