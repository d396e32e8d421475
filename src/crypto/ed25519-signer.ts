import { getPublicKeyAsync, signAsync } from '@noble/ed25519';
import { encodeHex } from '../metadata/hex.ts';
import type { Signer } from '../repository/signer.ts';

/**
 * An Ed25519 signer of 32 secret bytes (RFC 8032, 5.1.5), the same on every runtime, also where its WebCrypto has no
 * Ed25519. For tests: the secret stays in memory, where a key of the operator's own does not belong.
 *
 * @throws TypeError for a secret of another length.
 */
export async function ed25519Signer(secret: Uint8Array): Promise<Signer> {
  if (secret.length !== 32) throw new TypeError('an Ed25519 secret has 32 bytes');
  const own = secret.slice();
  const publicKey = encodeHex(await getPublicKeyAsync(own));
  return {
    key: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicKey } },
    sign: (message) => signAsync(message, own),
  };
}
