/**
 * Documents as an attacker makes them: any content, signed by whichever keys he has. None of it goes through the checks
 * of `repository/`.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, type JsonObject, jsonOf, parseJson } from '../metadata/json.ts';
import { KeySigner } from '../node/signer.ts';
import { roleKey } from '../repository/role-key.ts';
import type { Signer } from '../repository/signer.ts';
import { wireEnvelope } from '../repository/wire-json.ts';
import type { Stage } from './start-stage.ts';

export type Tree = Map<string, Json>;

/** A document with its `signed` changed, and signed anew. */
export async function forge(
  document: Uint8Array,
  change: (signed: Tree) => void,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  const signed = (parseJson(document) as JsonObject).get('signed') as Tree;
  change(signed);
  const message = canonicalJson(signed);
  const entries = new Map<string, Json>();
  for (const signer of signers) {
    const { keyid } = await roleKey(signer.key, nodeCrypto());
    entries.set(keyid, jsonOf({ keyid, sig: encodeHex(await signer.sign(message)) }));
  }
  return wireEnvelope([...entries.values()], message, new Map(), 'olpc');
}

/** An attacker's own key. */
export function ownKey(): Signer {
  return new KeySigner(generateKeyPairSync('ed25519').privateKey);
}

/** An object in an object. */
export function at(tree: Tree, ...names: string[]): Tree {
  return names.reduce((found, name) => found.get(name) as Tree, tree);
}

/** What a snapshot or a timestamp lists of a file. */
async function listing(bytes: Uint8Array, version: number): Promise<Json> {
  const sha256 = encodeHex(await nodeCrypto().digest('sha256', bytes));
  return jsonOf({ version, length: bytes.length, hashes: { sha256 } });
}

/** What is served now: the documents, with their versions. */
export async function current(stage: Stage): Promise<{
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly version: number;
}> {
  const timestamp = await stage.served('metadata/timestamp.json');
  const version = at(parseJson(timestamp) as Tree, 'signed').get('version') as number;
  const [snapshot, targets] = await Promise.all([
    stage.served(`metadata/${version}.snapshot.json`),
    stage.served(`metadata/${version}.targets.json`),
  ]);
  return { timestamp, snapshot, targets, version };
}

/** Serves a timestamp of the next version that lists a snapshot, signed with the stolen timestamp key. */
export async function serveTimestamp(
  stage: Stage,
  snapshot: Uint8Array,
  snapshotVersion: number,
  version: number,
): Promise<void> {
  const { timestamp } = await current(stage);
  const entry = await listing(snapshot, snapshotVersion);
  const forged = await forge(
    timestamp,
    (signed) => at(signed.set('version', version), 'meta').set('snapshot.json', entry),
    [await stage.signer('timestamp')],
  );
  stage.forged.set('metadata/timestamp.json', forged);
}

/** Serves a snapshot of a version that lists a targets document, signed with the stolen snapshot key, and a timestamp for it. */
export async function serveSnapshot(
  stage: Stage,
  targets: Uint8Array,
  targetsVersion: number,
  version: number,
): Promise<void> {
  const { snapshot } = await current(stage);
  const entry = await listing(targets, targetsVersion);
  const forged = await forge(
    snapshot,
    (signed) => at(signed.set('version', version), 'meta').set('targets.json', entry),
    [await stage.signer('snapshot')],
  );
  stage.forged.set(`metadata/${version}.snapshot.json`, forged);
  await serveTimestamp(stage, forged, version, version);
}

/** Serves targets of the next version, signed by whoever is given, with a snapshot and a timestamp for them. */
export async function serveTargets(
  stage: Stage,
  change: (signed: Tree) => void,
  signers: readonly Signer[],
): Promise<void> {
  const { targets, version } = await current(stage);
  const next = version + 1;
  const forged = await forge(targets, (signed) => change(signed.set('version', next)), signers);
  stage.forged.set(`metadata/${next}.targets.json`, forged);
  await serveSnapshot(stage, forged, next, next);
}
