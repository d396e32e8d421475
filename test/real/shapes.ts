/**
 * A repository of the same shapes as Sigstore's, made here: fifteen roots from hex points to PEM keys, dates with fractions
 * and offsets, keys with members of their own, empty and foreign signatures, one key by old and new ids, a keyid that is
 * not the hash of its key, plain names and then consistent snapshots.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { olpc } from '../simulator/olpc.ts';
import type { Doc } from '../simulator/simulator.ts';
import { withDigest } from './archive.ts';
import type { RealRepository } from './real-repository.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** A P-256 key from a name: the same at each run. */
class ShapeKey {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly point: string;
  readonly pem: string;

  constructor(name: string) {
    this.name = name;
    const secret = createHash('sha256').update(`shape ${name}`).digest();
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(secret);
    this.point = ecdh.getPublicKey('hex', 'uncompressed');
    const [x, y] = [this.point.slice(2, 66), this.point.slice(66)].map((hex) =>
      Buffer.from(hex, 'hex').toString('base64url'),
    );
    const jwk = { kty: 'EC', crv: 'P-256', x, y, d: secret.toString('base64url') };
    this.privateKey = createPrivateKey({ key: jwk as never, format: 'jwk' });
    this.pem = createPublicKey(this.privateKey).export({ type: 'spki', format: 'pem' }) as string;
  }
}

const keyholders = ['a', 'b', 'c', 'd', 'e'].map((name) => new ShapeKey(`holder ${name}`));
const newHolder = new ShapeKey('holder f');
const online = new ShapeKey('online');
const npm = new ShapeKey('delegate');

/** How keys are listed in a root of this version. */
function keyObject(key: ShapeKey, version: number): Doc {
  const scheme = 'ecdsa-sha2-nistp256';
  const keytype = version < 9 ? scheme : 'ecdsa';
  const older = { keyid_hash_algorithms: ['sha256', 'sha512'], keytype, keyval: { public: key.point }, scheme };
  if (version < 5) return older;
  const pem = { ...older, keyval: { public: key.pem } };
  if (version < 10) return pem;
  const more =
    key === online
      ? { 'x-tuf-on-ci-online-uri': `kms:${key.name.replaceAll(' ', '/')}` }
      : { 'x-tuf-on-ci-keyowner': `@${key.name.replaceAll(' ', '-')}` };
  if (key !== newHolder) return { ...pem, ...more };
  const { keyid_hash_algorithms: _, ...rest } = pem;
  return { ...rest, ...more };
}

const wrongKeyid = sha256('a keyid that is not the hash of its key');

function keyidOf(key: ShapeKey, version: number): string {
  return version === 11 && key === online ? wrongKeyid : sha256(olpc(keyObject(key, version)));
}

const holdersOf = (version: number): ShapeKey[] => (version < 13 ? keyholders : [newHolder, ...keyholders.slice(1)]);

const expiresOf = (version: number): string =>
  ({ 1: '2021-12-18T13:28:12.99008-06:00', 2: '2022-05-11T19:09:02.663975009Z', 3: '2022-11-10T21:58:09.733402317Z' })[
    version
  ] ?? `${2022 + Math.floor((version - 1) / 3)}-11-20T14:33:09Z`;

function rootOf(version: number): Doc {
  const holders = holdersOf(version);
  const ids = holders.map((key) => keyidOf(key, version));
  const role = { keyids: [keyidOf(online, version)], threshold: 1 };
  return {
    _type: 'root',
    consistent_snapshot: version >= 5,
    expires: expiresOf(version),
    keys: Object.fromEntries([...holders, online].map((key) => [keyidOf(key, version), keyObject(key, version)])),
    roles: {
      root: { keyids: ids, threshold: 3 },
      snapshot: version < 11 ? role : { ...role, 'x-tuf-on-ci-expiry-period': 3650, 'x-tuf-on-ci-signing-period': 365 },
      targets: { keyids: ids, threshold: 3 },
      timestamp: version < 11 ? role : { ...role, 'x-tuf-on-ci-expiry-period': 7, 'x-tuf-on-ci-signing-period': 4 },
    },
    spec_version: '1.0',
    version,
    ...(version < 10 ? {} : { 'x-tuf-on-ci-expiry-period': 182, 'x-tuf-on-ci-signing-period': 31 }),
  };
}

const signature = (key: ShapeKey, message: Uint8Array): string =>
  sign('sha256', message, key.privateKey).toString('hex');

/** Signed by the keys before and after; where a key changed its id, by both ids. */
function rootSignatures(version: number, message: Uint8Array): { keyid: string; sig: string }[] {
  const signers = new Map<string, ShapeKey>();
  for (const at of [version, version - 1]) {
    if (at > 0) for (const key of holdersOf(at)) signers.set(keyidOf(key, at), key);
  }
  const all = [...signers].map(([keyid, key]) => ({ keyid, sig: signature(key, message) }));
  // Not everybody signs: three are enough, and a place that was kept for a signature stays empty.
  if (version === 3) return all.slice(0, 3);
  if (version === 12 || version === 14) return all.map((each, i) => (i === 0 || i === 2 ? { ...each, sig: '' } : each));
  return all;
}

function file(signed: Doc, signatures: unknown, indent: string | number): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify({ signatures, signed }, null, indent)));
}

function signedBy(signed: Doc, keys: readonly (readonly [string, ShapeKey])[]): Uint8Array {
  const message = olpc(signed);
  return file(
    signed,
    keys.map(([keyid, key]) => ({ keyid, sig: signature(key, message) })),
    1,
  );
}

const contents: Readonly<Record<string, string>> = {
  'artifact.pub': '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n',
  'config.v0.2.json': '{\n  "urls": []\n}\n',
  'registry.example/keys.json': '{ "keys": [] }',
};

function targetsDocument(version: number, listed: readonly string[]): Doc {
  const targets = listed.map((path) => {
    const bytes = Buffer.from(contents[path] as string);
    const entry = { hashes: { sha256: sha256(bytes) }, length: bytes.length };
    return [
      path,
      path.endsWith('.pub') ? { custom: { sigstore: { status: 'Active', usage: 'Unknown' } }, ...entry } : entry,
    ];
  });
  return {
    _type: 'targets',
    expires: '2036-05-09T09:00:52Z',
    spec_version: '1.0',
    targets: Object.fromEntries(targets),
    version,
    'x-tuf-on-ci-expiry-period': 3650,
    'x-tuf-on-ci-signing-period': 31,
  };
}

export const shapes = (): RealRepository => {
  const files = new Map<string, Uint8Array>();
  const last = 15;
  for (let version = 1; version <= last; version += 1) {
    const signed = rootOf(version);
    const indent = version < 5 ? '\t' : 1;
    files.set(`metadata/${version}.root.json`, file(signed, rootSignatures(version, olpc(signed)), indent));
  }
  const delegate = 'registry.example';
  const npmKey = { ...keyObject(npm, 13), 'x-tuf-on-ci-online-uri': 'kms:delegate' };
  const npmId = sha256(olpc(npmKey));
  const targets = {
    ...targetsDocument(14, ['artifact.pub', 'config.v0.2.json']),
    delegations: {
      keys: { [npmId]: npmKey },
      roles: [{ keyids: [npmId], name: delegate, paths: [`${delegate}/*`], terminating: true, threshold: 1 }],
    },
  };
  const foreign = { hashes: { sha256: sha256('x'), sha512: '00'.repeat(64) }, length: 797 };
  const snapshot = {
    _type: 'snapshot',
    expires: '2036-05-15T08:09:16Z',
    meta: {
      [`${delegate}.json`]: { version: 8 },
      'rekor.json': { ...foreign, version: 3 },
      'revocation.json': { ...foreign, version: 2 },
      'root.json': { ...foreign, version: 2 },
      'targets.json': { version: 14 },
    },
    spec_version: '1.0',
    version: 165,
  };
  const timestamp = {
    _type: 'timestamp',
    expires: '2026-08-28T19:25:56Z',
    meta: { 'snapshot.json': { version: 165 } },
    spec_version: '1.0',
    version: 762,
  };
  const byOnline = [[keyidOf(online, last), online]] as const;
  files.set('metadata/timestamp.json', signedBy(timestamp, byOnline));
  files.set('metadata/165.snapshot.json', signedBy(snapshot, byOnline));
  files.set(
    'metadata/14.targets.json',
    signedBy(
      targets,
      holdersOf(last).map((key) => [keyidOf(key, last), key] as const),
    ),
  );
  const delegated = targetsDocument(8, ['registry.example/keys.json']);
  files.set(`metadata/8.${delegate}.json`, signedBy(delegated, [[npmId, npm]]));
  for (const [path, content] of Object.entries(contents)) {
    const bytes = new Uint8Array(Buffer.from(content));
    files.set(`targets/${withDigest(path, bytes)}`, bytes);
  }
  return {
    name: 'the same shapes',
    files,
    roots: last,
    time: '2026-08-24T12:00:00Z',
    versions: { timestamp: 762, snapshot: 165, targets: 14 },
    targets: Object.keys(contents),
    delegated: { role: delegate, path: 'registry.example/keys.json' },
  };
};
