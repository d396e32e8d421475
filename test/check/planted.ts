/** A repository in which nothing is wrong, and a place to plant one fault in it. */
import { createHash, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { fileOf } from '../../src/check/context.ts';
import type { CheckCode, CheckOptions, CheckReport, Place } from '../../src/check/index.ts';
import { checkRepository } from '../../src/check/index.ts';
import { nodeCrypto, nodeDigest } from '../../src/crypto/node-crypto.ts';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { jsonOf } from '../../src/metadata/json.ts';

const at = new Date('2030-01-01T00:00:00Z');
export const inDays = (days: number): string =>
  new Date(at.getTime() + days * 86_400_000).toISOString().replace('.000Z', 'Z');

// biome-ignore lint/suspicious/noExplicitAny: faults are planted anywhere
export type Signed = any;

export interface PlantedKey {
  readonly keyid: string;
  readonly key: Signed;
  readonly privateKey: KeyObject;
}

export function newKey(more: object = {}): PlantedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  return keyOf({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex }, ...more }, privateKey);
}

/** A key object under the keyid that it should have. */
export function keyOf(key: Signed, privateKey: KeyObject): PlantedKey {
  return { keyid: sha256(canonicalJson(jsonOf(key))), key, privateKey };
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const keys = {
  root: [newKey(), newKey()],
  targets: [newKey(), newKey()],
  snapshot: [newKey()],
  timestamp: [newKey()],
  team: [newKey(), newKey()],
} as const;

/** Everything that a fault can be planted in, before it is signed. */
export class Draft {
  readonly keys: Record<keyof typeof keys, PlantedKey[]> = {
    root: [...keys.root],
    targets: [...keys.targets],
    snapshot: [...keys.snapshot],
    timestamp: [...keys.timestamp],
    team: [...keys.team],
  };
  root: Signed = {
    _type: 'root',
    spec_version: '1.0.34',
    version: 1,
    expires: inDays(300),
    consistent_snapshot: true,
    keys: Object.fromEntries(
      [...keys.root, ...keys.targets, ...keys.snapshot, ...keys.timestamp].map(({ keyid, key }) => [keyid, { ...key }]),
    ),
    roles: Object.fromEntries(
      (['root', 'targets', 'snapshot', 'timestamp'] as const).map((role) => [
        role,
        { keyids: keys[role].map(({ keyid }) => keyid), threshold: keys[role].length },
      ]),
    ),
  };
  /** Targets roles by their names. */
  roles: Record<string, Signed> = {
    targets: targetsOf({ 'a.txt': 'first' }),
  };
  /** Contents by target path. */
  files: Record<string, string> = { 'a.txt': 'first' };
  /** Who signs which role; a delegated role that is not named here is signed by the team. */
  signers: Record<string, readonly PlantedKey[]> = {};
  snapshot: (signed: Signed) => void = () => {};
  timestamp: (signed: Signed) => void = () => {};

  /** Lets a role delegate to another one, which lists these files. */
  delegate(from: string, name: string, reach: Signed, files: Record<string, string> = {}): Signed {
    this.roles[from].delegations ??= { keys: {}, roles: [] };
    const { delegations } = this.roles[from];
    for (const { keyid, key } of this.keys.team) delegations.keys[keyid] = key;
    const keyids = this.keys.team.map(({ keyid }) => keyid);
    const delegated = { name, keyids, threshold: 2, terminating: false, ...reach };
    delegations.roles.push(delegated);
    this.roles[name] ??= targetsOf(files);
    Object.assign(this.files, files);
    return delegated;
  }
}

/** A targets role that lists these contents. */
export function targetsOf(files: Record<string, string>): Signed {
  const targets = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      { length: Buffer.byteLength(text), hashes: { sha256: sha256(text) } },
    ]),
  );
  return { _type: 'targets', spec_version: '1.0.34', version: 1, expires: inDays(200), targets };
}

export type Files = Map<string, Uint8Array>;

/** One fault: the codes that it is found by, the first of which is what it is about. */
export interface Fault {
  readonly codes: readonly [CheckCode, ...CheckCode[]];
  readonly what: string;
  readonly plant?: (draft: Draft) => void;
  readonly after?: (files: Files) => void;
  readonly options?: Partial<CheckOptions>;
  /** Of the first finding of the first code. */
  readonly text?: RegExp;
}

/** The envelope as a file in canonical order. */
export function envelope(signed: Signed, signers: readonly PlantedKey[]): Uint8Array {
  const message = canonicalJson(jsonOf(signed));
  const signatures = signers.map(({ keyid, privateKey }) => {
    const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return { keyid, sig: signBytes(digest, message, privateKey).toString('hex') };
  });
  const text = `{"signatures":${JSON.stringify(signatures)},"signed":${wire(signed)}}`;
  return new Uint8Array(Buffer.from(text));
}

/** Compact JSON with names in order. */
function wire(value: Signed): string {
  if (Array.isArray(value)) return `[${value.map(wire).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${wire(value[name])}`).join(',')}}`;
}

/** What a document is listed as. */
function metaOf(bytes: Uint8Array, version: number): Signed {
  return { version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

export interface Planted {
  readonly files: Files;
  readonly root: Uint8Array;
}

/** Signs a repository. The files are those of its folder. */
export function publish(plant: (draft: Draft) => void = () => {}): Planted {
  const draft = new Draft();
  plant(draft);
  const files: Files = new Map();
  const consistent = draft.root.consistent_snapshot === true;
  const nameOf = (role: string, version: number): string => `metadata/${consistent ? `${version}.` : ''}${role}.json`;
  const root = envelope(draft.root, draft.signers['root'] ?? draft.keys.root);
  files.set(`metadata/${draft.root.version}.root.json`, root);
  const meta: Signed = {};
  for (const [role, signed] of Object.entries(draft.roles)) {
    const signers = draft.signers[role] ?? (role === 'targets' ? draft.keys.targets : draft.keys.team);
    const bytes = envelope(signed, signers);
    files.set(nameOf(role, signed.version), bytes);
    meta[`${role}.json`] = metaOf(bytes, signed.version);
  }
  const head = { spec_version: '1.0.34', version: 1 };
  const snapshot: Signed = { _type: 'snapshot', ...head, expires: inDays(7), meta };
  draft.snapshot(snapshot);
  const snapshotBytes = envelope(snapshot, draft.signers['snapshot'] ?? draft.keys.snapshot);
  files.set(nameOf('snapshot', snapshot.version), snapshotBytes);
  const listed = { 'snapshot.json': metaOf(snapshotBytes, snapshot.version) };
  const timestamp: Signed = { _type: 'timestamp', ...head, expires: inDays(1), meta: listed };
  draft.timestamp(timestamp);
  files.set('metadata/timestamp.json', envelope(timestamp, draft.signers['timestamp'] ?? draft.keys.timestamp));
  for (const [path, text] of Object.entries(draft.files)) {
    files.set(`targets/${consistent ? prefixed(path, text) : path}`, new Uint8Array(Buffer.from(text)));
  }
  return { files, root };
}

export function prefixed(path: string, text: string): string {
  return path.replace(/[^/]+$/, (name) => `${sha256(text)}.${name}`);
}

/** A place in memory. */
export function placeOf(files: Files, name = 'memory'): Place & Required<Pick<Place, 'list'>> {
  return {
    name,
    pour: async (half, urlPath, bytesMax, sink) => {
      const bytes = files.get(fileOf(half, urlPath));
      if (bytes === undefined) return { state: 'absent' };
      if (bytes.length > bytesMax) return { state: 'too-long' };
      sink(bytes);
      return undefined;
    },
    list: async (filesMax) => ({
      files: new Map([...files].slice(0, filesMax).map(([file, bytes]) => [file, bytes.length])),
      complete: files.size <= filesMax,
    }),
  };
}

export function check(planted: Planted, options: Partial<CheckOptions> & { place?: Place } = {}): Promise<CheckReport> {
  const { place = placeOf(planted.files), ...rest } = options;
  return checkRepository(place, { root: planted.root, crypto: nodeCrypto(), digest: nodeDigest, at, ...rest });
}

/** The codes of a report, each once, in order of their names. */
export function codesOf(report: CheckReport): string[] {
  return [...new Set(report.findings.map(({ code }) => code))].sort();
}
