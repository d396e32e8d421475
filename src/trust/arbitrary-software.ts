import { onlyReported, type RejectedSignature, TufError } from '../errors.ts';
import { type DocumentHead, Signed } from '../metadata/document.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { Key } from '../metadata/key.ts';
import type { Authority } from './authority.ts';
import { digest, type Proof, publicKeyOf, report, verify } from './question.ts';

/**
 * Refuses a document that fewer than a threshold of its role's keys have signed. This one function verifies every edge of
 * the trust graph.
 *
 * Each *public key* counts once, whatever keyids, keytypes or encodings it is listed under. Keyids that the role does not
 * list, keys of unknown kinds, keys that the client's cryptography cannot verify with and false signatures are passed
 * over. At most one verification is made for each keyid that the role lists, and none once the threshold is met.
 *
 * @throws {@link TufError} `ERR_TUF_UNSIGNED` with the keyids that are trusted, those that signed, and why each other
 * signature did not count.
 * @spec 4.2.1-e, 4.2.2-b, 5.3.4a, 5.3.4b, 5.3.4c, 5.3.4d, 5.4.2, 5.5.3, 5.6.3, A-04, A-05, A-07, A-08
 */
export function* checkThreshold(authority: Authority, document: Signed<DocumentHead>): Proof<void> {
  const listed = new Set(authority.keyids);
  const signers = new Set<string>();
  const validKeyids: string[] = [];
  const rejected: RejectedSignature[] = [];
  for (const signature of document.signatures) {
    const { keyid } = signature;
    if (!listed.has(keyid)) {
      rejected.push({ keyid, reason: 'unknown-keyid' });
      continue;
    }
    const verdict = yield* judge(authority.keys.get(keyid), Signed.signatureBytes(signature), document, signers);
    if (verdict !== 'valid') rejected.push({ keyid, reason: verdict });
    else validKeyids.push(keyid);
    if (signers.size >= authority.threshold) return;
  }
  const { role, delegator, threshold, keyids } = authority;
  throw new TufError(
    'ERR_TUF_UNSIGNED',
    `${role}: signed by ${signers.size} of the ${threshold} keys that ${delegator} requires`,
    { role, delegator, version: document.signed.version, threshold, trustedKeyids: [...keyids], validKeyids, rejected },
    { hint: 'its owners have to sign it; or the delegating file is old, or the pinned root of another repository' },
  );
}

function* judge(
  key: Key | undefined,
  signature: Uint8Array | undefined,
  document: Signed<DocumentHead>,
  signers: Set<string>,
): Proof<'valid' | RejectedSignature['reason']> {
  if (key === undefined) return 'key-missing';
  const publicKey = yield* publicKeyOf(key);
  if (publicKey.kind === 'unusable') return 'key-unusable';
  if (signers.has(publicKey.identity)) return 'same-key';
  if (signature === undefined || signature.length === 0) return 'malformed-signature';
  const verdict = yield* verify(publicKey, document.message(), signature);
  if (verdict !== true) return verdict === undefined ? 'no-verifier' : 'false-signature';
  signers.add(publicKey.identity);
  return 'valid';
}

/**
 * Compares each key that a role lists with its keyid, the SHA-256 of the key's canonical form. A mismatch is reported, or
 * refused under the strict profile: keyids are labels, and rejecting breaks real repositories.
 *
 * @throws {@link TufError} `ERR_TUF_KEYID_MISMATCH` when `strict`.
 * @spec 4.2.1-b, 4.3-g, A-02, A-03
 */
export function* checkKeyids(authority: Authority, document: Signed<DocumentHead>, strict: boolean): Proof<void> {
  for (const keyid of authority.keyids) {
    const key = authority.keys.get(keyid);
    if (key === undefined) continue;
    const computed = encodeHex(yield* digest('sha256', key.canonical(document.canonicalForm)));
    if (computed === keyid) continue;
    const evidence = { role: authority.role, keyid, computed };
    if (!strict) {
      yield* report({ type: 'keyid-mismatch', ...evidence });
      continue;
    }
    throw new TufError(
      'ERR_TUF_KEYID_MISMATCH',
      `${authority.delegator}: key ${keyid} of ${authority.role} has the id ${computed}`,
      evidence,
      { hint: onlyReported },
    );
  }
}
