/**
 * The keys that authorities list, as far as they can verify, and signatures by them. A keyid is a name: what counts is the
 * identity of the key, which is equal for two keys exactly when one secret serves both.
 *
 * @module
 */
import type { Crypto } from '../client/ports.ts';
import { TufError } from '../errors.ts';
import { type DocumentHead, type Signature, Signed } from '../metadata/document.ts';
import type { Key } from '../metadata/key.ts';
import { type PublicKey, parsePublicKey, type UnusableKey } from '../metadata/public-key.ts';
import { keyOf } from '../metadata/public-key-writer.ts';
import type { Authority } from '../trust/authority.ts';
import type { Draft } from './draft.ts';
import type { Signer } from './signer.ts';

/** A key with which something can be verified; `undefined` for one that is not there or verifies nothing. */
export function usableKey(key: Key | undefined): PublicKey | undefined {
  return usable(key?.publicKey(parsePublicKey));
}

/** The key that an authority lists under a keyid, where it can verify at all. */
export function listedKey({ keyids, keys }: Authority, keyid: string): PublicKey | undefined {
  return keyids.includes(keyid) ? usableKey(keys.get(keyid)) : undefined;
}

/** The key that the first of these authorities lists under a keyid, where it can verify at all. */
export function keyListed(keyid: string, authorities: readonly Authority[]): PublicKey | undefined {
  for (const authority of authorities) {
    const key = listedKey(authority, keyid);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** By each authority, the first keyid that lists the key of a signer, whatever the keyid is; each keyid once. */
export function keyidsOfSigner(signer: Pick<Signer, 'key'>, authorities: readonly Authority[]): string[] {
  const identity = identityOfSigner(signer);
  if (identity === undefined) return [];
  const keyids = authorities.map(({ keyids, keys }) =>
    keyids.find((keyid) => usableKey(keys.get(keyid))?.identity === identity),
  );
  return [...new Set(keyids.filter((keyid) => keyid !== undefined))];
}

/** `undefined` for a signer with whose key nothing can be verified. */
export function identityOfSigner({ key: { keytype, scheme, keyval } }: Pick<Signer, 'key'>): string | undefined {
  return usable(parsePublicKey(keytype, scheme, keyval.public))?.identity;
}

/**
 * Whether a signature is by a key and over the bytes of a draft. An empty one is not.
 *
 * @throws {@link TufError} `ERR_TUF_ALGORITHM` where `crypto` verifies no key of this kind: that says nothing of the
 * signature.
 */
export async function isSignatureBy(
  key: PublicKey,
  draft: Draft<DocumentHead>,
  signature: Signature,
  crypto: Pick<Crypto, 'verify'>,
): Promise<boolean> {
  const bytes = Signed.signatureBytes(signature);
  return bytes !== undefined && bytes.length > 0 && (await isVerified(key, draft, bytes, crypto));
}

/** Whether bytes are a signature by a key over a draft. Throws as {@link isSignatureBy}. */
export async function isVerified(
  key: PublicKey,
  draft: Draft<DocumentHead>,
  signature: Uint8Array,
  crypto: Pick<Crypto, 'verify'>,
): Promise<boolean> {
  const verdict = await crypto.verify(key, draft.message(), signature);
  if (verdict !== undefined) return verdict;
  const algorithm = keyOf(key).scheme;
  const hint = 'give a crypto that verifies it: withMlDsa() of tufa/ml-dsa for ML-DSA';
  const problem = `${draft.role}: nothing here verifies signatures of ${algorithm}`;
  throw new TufError('ERR_TUF_ALGORITHM', problem, { algorithm, role: draft.role }, { hint });
}

function usable(key: PublicKey | UnusableKey | undefined): PublicKey | undefined {
  return key === undefined || key.kind === 'unusable' ? undefined : key;
}
