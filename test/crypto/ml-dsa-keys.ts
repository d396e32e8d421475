/** ML-DSA keys for tests, from fixed seeds. */
import { createHash } from 'node:crypto';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import type { MlDsaParameterSet } from '../../src/metadata/ml-dsa-key.ts';
import type { PublicKey } from '../../src/metadata/public-key.ts';
import { keyOf } from '../../src/metadata/public-key-writer.ts';
import { type TestKey, usable } from './backends.ts';

export const noble = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 } as const;

/** What TAP 21 has signed, written down a second time. */
export const signedBytesOf = (message: Uint8Array): Uint8Array =>
  Uint8Array.from([...Buffer.from('tuf\u0001', 'latin1'), ...createHash('sha512').update(message).digest()]);

export interface MlDsaTestKey extends TestKey {
  readonly key: Extract<PublicKey, { kind: 'ml-dsa' }>;
  /** Signs the bytes as they are. */
  signRaw(bytes: Uint8Array): Uint8Array;
}

export function mlDsaKey(name: string, set: MlDsaParameterSet = 65): MlDsaTestKey {
  const { publicKey, secretKey } = noble[set].keygen(createHash('sha256').update(name).digest());
  const object = keyOf({ kind: 'ml-dsa', identity: '', parameterSet: set, bytes: publicKey });
  const { keytype, scheme } = object;
  const text = object.keyval.public;
  const key = usable(keytype, scheme, text);
  if (key.kind !== 'ml-dsa') throw new TypeError('another kind');
  const signRaw = (bytes: Uint8Array): Uint8Array => noble[set].sign(bytes, secretKey);
  return { name: scheme, keytype, scheme, text, key, signRaw, sign: (message) => signRaw(signedBytesOf(message)) };
}
