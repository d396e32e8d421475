/**
 * What tufa's repository library asks of the world, answered by an operator who brings keys, digests and storage of their
 * own: node:crypto and node:fs, and nothing of tufa's adapters.
 */
import { constants, createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentOf, roleKey } from 'tufa/repository';
import { kindOf, newSigner } from './node-signer.mjs';

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

/** The Crypto port. */
export const crypto = {
  digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
  verify: (key, message, signature) => verify(digestOf(key), message, optionsOf(key), signature),
};

/** A private key for each name such as `ed25519:root`, made when it is first asked for. */
export class Keys {
  #made = new Map();

  get signers() {
    return [...this.#made.values()].map(({ signer }) => signer);
  }

  /** The signers without those of some roles, which are asked later; `specs` says which keys a role has. */
  signersBut(roles, specs) {
    const later = new Set(roles.flatMap((role) => specs[role].keys));
    return [...this.#made].filter(([name]) => !later.has(name)).map(([, { signer }]) => signer);
  }

  async rolesOf(roles) {
    const specs = Object.entries(roles).map(async ([role, spec]) => [role, await this.roleOf(spec)]);
    return Object.fromEntries(await Promise.all(specs));
  }

  async roleOf({ keys, threshold }) {
    return { keys: await Promise.all(keys.map((name) => this.#keyOf(name))), threshold };
  }

  async #keyOf(name) {
    if (!this.#made.has(name)) this.#made.set(name, { signer: signerOf(name) });
    return roleKey(this.#made.get(name).signer.key, crypto);
  }
}

function signerOf(name) {
  const { key, sign } = newSigner(kindOf(name));
  return { key, sign: async (message) => sign(message) };
}

function digestOf(key) {
  return key.kind === 'ed25519' ? null : key.hash;
}

function optionsOf(key) {
  const text = (bytes) => Buffer.from(bytes).toString('base64url');
  if (key.kind === 'ed25519') return jwk({ kty: 'OKP', crv: 'Ed25519', x: text(key.bytes) });
  if (key.kind === 'ecdsa') {
    const half = (key.point.length - 1) / 2;
    const [x, y] = [key.point.subarray(1, 1 + half), key.point.subarray(1 + half)];
    return jwk({ kty: 'EC', crv: key.curve, x: text(x), y: text(y) });
  }
  const exponent = Buffer.alloc(4);
  exponent.writeUInt32BE(key.exponent);
  return { ...pss, key: jwk({ kty: 'RSA', n: text(key.modulus), e: text(exponent) }) };
}

function jwk(key) {
  return createPublicKey({ key, format: 'jwk' });
}

/** A Backend that is one folder, for one writer. */
export function folderBackend(folder) {
  const metadata = folderFiles(join(folder, 'metadata'));
  const head = {
    read: () => metadata.read('timestamp.json'),
    replace: (_expected, next) => metadata.put('timestamp.json', contentOf(next)),
  };
  return { metadata, targets: folderFiles(join(folder, 'targets')), head };
}

function folderFiles(folder) {
  const read = async (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined);
  const put = async (name, content) => {
    const chunks = [];
    for await (const chunk of content.chunks()) chunks.push(chunk);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.concat(chunks));
    return 'written';
  };
  const open = async (name) => {
    const bytes = await read(name);
    return bytes === undefined ? undefined : toAsync([bytes]);
  };
  return { read, open, put, replace: put };
}

async function* toAsync(chunks) {
  yield* chunks;
}
