import type { Signature, Signed } from '../../src/metadata/document.ts';
import { Key } from '../../src/metadata/key.ts';
import { parseTimestamp, type Timestamp } from '../../src/metadata/snapshot.ts';
import type { Authority } from '../../src/trust/authority.ts';
import { olpc } from '../simulator/olpc.ts';
import type { Listed, Signer } from './signers.ts';

/** The `signed` of a plain timestamp. */
export const plainTimestamp = {
  _type: 'timestamp',
  expires: '2031-01-01T00:00:00Z',
  meta: { 'snapshot.json': { version: 1 } },
  spec_version: '1.0.34',
  version: 1,
};

export const message: Uint8Array = new Uint8Array(olpc(plainTimestamp));

/** The file of a timestamp with these signatures. */
export function file(signatures: readonly Signature[], signed: object = plainTimestamp): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":`),
      olpc(signed),
      Buffer.from('}'),
    ]),
  );
}

export const timestampWith = (signatures: readonly Signature[]): Signed<Timestamp> => parseTimestamp(file(signatures));

/** A key as a delegator lists it. */
function listedKey(keyid: string, { keytype, scheme, public: text }: Listed): Key {
  return new Key(keyid, keytype, scheme, text, JSON.stringify({ keytype, scheme }), 64);
}

/** Who may sign: keyid to key. */
export function authorityOf(
  keys: Readonly<Record<string, Listed>>,
  threshold: number,
  keyids: readonly string[] = Object.keys(keys),
): Authority {
  const map = new Map(Object.entries(keys).map(([keyid, listed]) => [keyid, listedKey(keyid, listed)]));
  return { role: 'timestamp', delegator: 'root', keyids, threshold, keys: map };
}

/** Signatures by keyid. */
export function signaturesBy(signers: Readonly<Record<string, Signer>>, over: Uint8Array = message): Signature[] {
  return Object.entries(signers).map(([keyid, signer]) => ({ keyid, sig: signer.sign(over) }));
}
