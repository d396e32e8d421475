/** Writes the repositories of plans.json with the models of tuf-js, into the folder that is given. */
import { constants, createHash } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import models from '@tufjs/models';
import { kindOf, newSigner } from './node-signer.mjs';
import { plans } from './plan.mjs';

const { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } = models;

const expires = `${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 19)}Z`;

class Repository {
  #plan;
  #folder;
  #keys = new Map();
  #roles = {};
  #signers = new Map();
  #versions = new Map();
  #targets = new Map([['targets', undefined]]);
  #meta = {};

  constructor(plan, folder) {
    this.#plan = plan;
    this.#folder = folder;
  }

  write() {
    this.#writeRoot(this.#plan.roles, []);
    this.#delegate();
    for (const [index, { roots = [], files }] of this.#plan.releases.entries()) {
      for (const change of roots) this.#writeRoot(change, this.#signers.get('root'));
      this.#release(files);
      cpSync(join(this.#folder, 'served'), join(this.#folder, String(index + 1)), { recursive: true });
    }
    cpSync(join(this.#folder, 'served/metadata/1.root.json'), join(this.#folder, 'root.json'));
  }

  #writeRoot(change, oldSigners) {
    for (const [role, spec] of Object.entries(change)) {
      this.#signers.set(role, spec.keys);
      this.#roles[role] = spec;
    }
    const { consistentSnapshot } = this.#plan;
    const signers = [...oldSigners, ...this.#signers.get('root')];
    this.#publish('root', signers, (common) => {
      const root = new Root({ ...common, consistentSnapshot });
      for (const [role, { keys, threshold }] of Object.entries(this.#roles)) {
        for (const name of keys) root.addKey(this.#keyOf(name).key, role);
        Object.assign(root.roles[role], { threshold, unrecognizedFields: this.#unknown('role') });
      }
      return root;
    });
  }

  /** The models of delegations are not exported: they are made from JSON. */
  #delegate() {
    const { delegations = [], succinct } = this.#plan;
    for (const from of new Set(delegations.map((spec) => spec.from))) {
      const specs = delegations.filter((spec) => spec.from === from);
      const keys = this.#keysOf(specs.flatMap((spec) => spec.keys));
      const roles = specs.map((spec) => this.#delegatedRole(spec));
      this.#targets.set(from, delegationsOf({ keys, roles, ...this.#unknown('delegations') }));
      for (const { name } of specs) if (!this.#targets.has(name)) this.#targets.set(name, undefined);
    }
    if (succinct === undefined) return;
    const { bitLength, prefix } = succinct;
    const bins = { ...this.#roleOf(succinct), bit_length: bitLength, name_prefix: prefix };
    const made = delegationsOf({ keys: this.#keysOf(succinct.keys), succinct_roles: bins });
    this.#targets.set(succinct.from, made);
    for (const name of made.succinctRoles.getRoles()) {
      this.#signers.set(name, succinct.keys);
      this.#targets.set(name, undefined);
    }
  }

  #delegatedRole(spec) {
    const { name, paths, pathHashPrefixes, terminating } = spec;
    this.#signers.set(name, spec.keys);
    const trusted = paths === undefined ? { path_hash_prefixes: pathHashPrefixes } : { paths };
    return { ...this.#roleOf(spec), name, terminating, ...trusted, ...this.#unknown('delegation') };
  }

  #release(files) {
    for (const [role, listed] of this.#byRole(files)) {
      const targets = {};
      for (const [path, file] of Object.entries(listed)) targets[path] = this.#addFile(path, file);
      const delegations = this.#targets.get(role);
      const make = (common) => new Targets({ ...common, targets, delegations });
      this.#meta[`${role}.json`] = this.#publish(role, this.#signers.get(role), make);
    }
    const makeSnapshot = (common) => new Snapshot({ ...common, meta: { ...this.#meta } });
    const snapshotMeta = this.#publish('snapshot', this.#signers.get('snapshot'), makeSnapshot);
    this.#publish('timestamp', this.#signers.get('timestamp'), (common) => new Timestamp({ ...common, snapshotMeta }));
  }

  /** Every role that is new or changes, with what it lists. */
  #byRole({ '@succinct': binned = {}, ...files }) {
    const roles = new Map();
    for (const role of this.#targets.keys()) {
      if (Object.hasOwn(files, role) || !this.#versions.has(role)) roles.set(role, files[role] ?? {});
    }
    const bins = this.#targets.get('targets')?.succinctRoles;
    for (const [path, file] of Object.entries(binned)) {
      const bin = bins.getRoleForTarget(path);
      roles.set(bin, { ...roles.get(bin), [path]: file });
    }
    return roles;
  }

  #addFile(path, { text, custom }) {
    const bytes = Buffer.from(text);
    const hashes = { sha256: hex('sha256', bytes), sha512: hex('sha512', bytes) };
    const [, folder, name] = /^(.*\/)?([^/]*)$/.exec(path);
    const prefixes = this.#plan.consistentSnapshot ? Object.values(hashes).map((digest) => `${digest}.`) : [''];
    for (const prefix of prefixes) this.#save(join('targets', folder ?? '', `${prefix}${name}`), bytes);
    const unrecognizedFields = { ...this.#unknown(path), ...(custom === undefined ? {} : { custom }) };
    return new TargetFile({ path, length: bytes.length, hashes, unrecognizedFields });
  }

  /** Signs and saves the next version, and gives what another role lists of it. */
  #publish(role, signers, make) {
    const version = (this.#versions.get(role) ?? 0) + 1;
    this.#versions.set(role, version);
    const document = new Metadata(make({ version, expires, unrecognizedFields: this.#unknown(role) }));
    for (const name of signers) {
      const { keyID, sign } = this.#keyOf(name);
      document.sign((bytes) => new Signature({ keyID, sig: sign(bytes).toString('hex') }));
    }
    const prefixed = role === 'root' || (this.#plan.consistentSnapshot && role !== 'timestamp');
    const bytes = Buffer.from(JSON.stringify(document.toJSON()));
    this.#save(join('metadata', `${prefixed ? `${version}.` : ''}${role}.json`), bytes);
    const unrecognizedFields = this.#unknown('meta');
    return new MetaFile({
      version,
      length: bytes.length,
      hashes: { sha256: hex('sha256', bytes) },
      unrecognizedFields,
    });
  }

  #save(path, bytes) {
    const place = join(this.#folder, 'served', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }

  #roleOf({ keys, threshold }) {
    return { keyids: keys.map((name) => this.#keyOf(name).keyID), threshold };
  }

  #keysOf(names) {
    const keys = names.map((name) => this.#keyOf(name));
    return Object.fromEntries(keys.map(({ keyID, key }) => [keyID, key.toJSON()]));
  }

  #keyOf(name) {
    if (!this.#keys.has(name)) {
      // What node:crypto signs with where nobody says otherwise.
      const { key, sign, pem } = newSigner(kindOf(name), constants.RSA_PSS_SALTLEN_MAX_SIGN);
      // For whoever takes the repository over.
      mkdirSync(join(this.#folder, 'keys'), { recursive: true });
      writeFileSync(join(this.#folder, 'keys', `${name.replace(':', '-')}.pem`), pem, { mode: 0o600 });
      const { keytype: keyType, scheme, keyval: keyVal } = key;
      const keyID = hex('sha256', JSON.stringify(key));
      const unrecognizedFields = this.#unknown('key');
      this.#keys.set(name, { keyID, sign, key: new Key({ keyID, keyType, scheme, keyVal, unrecognizedFields }) });
    }
    return this.#keys.get(name);
  }

  #unknown(place) {
    if (this.#plan.unknownFields !== true) return {};
    return { 'x-unknown': { who: place, list: [1, null, true, { ü: 'ä " \\' }] }, constructor: { name: 1 } };
  }
}

function delegationsOf(delegations) {
  const document = { _type: 'targets', spec_version: '1.0.31', version: 1, expires, targets: {}, delegations };
  return Targets.fromJSON(document).delegations;
}

function hex(algorithm, bytes) {
  return createHash(algorithm).update(bytes).digest('hex');
}

for (const plan of plans) new Repository(plan, join(process.argv[2], plan.name)).write();
