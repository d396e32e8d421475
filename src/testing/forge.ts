/**
 * Documents as an attacker makes them: any content, signed by whichever keys he has. None of it goes through the checks of
 * `repository/`.
 *
 * @module
 */
import { webCrypto } from '../crypto/web-crypto.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, type JsonObject, jsonOf, parseJson } from '../metadata/json.ts';
import type { Tree } from '../repository/draft.ts';
import { wireEnvelope } from '../repository/wire-json.ts';
import type { TestKey } from './keys.ts';

const crypto = webCrypto();

/** A document with its `signed` changed, and signed by a key. */
export async function forge(document: Uint8Array, change: (signed: Tree) => void, key: TestKey): Promise<Uint8Array> {
  const signed = (parseJson(document) as JsonObject).get('signed') as Tree;
  change(signed);
  const message = canonicalJson(signed);
  const signature = jsonOf({ keyid: key.keyid, sig: encodeHex(await key.signer.sign(message)) });
  return wireEnvelope([signature], message, new Map(), 'olpc');
}

/** What a snapshot or a timestamp lists of a file. */
export async function listing(bytes: Uint8Array, version: number): Promise<Json> {
  const sha256 = encodeHex(await crypto.digest('sha256', bytes));
  return jsonOf({ version, length: bytes.length, hashes: { sha256 } });
}
