/** Private keys of each kind, with the public half as metadata lists it. */
import { constants, generateKeyPairSync, sign } from 'node:crypto';

/** `ed25519` of `ed25519:root`. */
export function kindOf(name) {
  return name.slice(0, name.indexOf(':'));
}

/**
 * @param {string} kind
 * @param {number} [saltLength] of RSA-PSS; as long as the digest without it
 * @returns {{ key: { keytype: string, scheme: string, keyval: { public: string } }, sign(message: Uint8Array): Buffer,
 *   pem: string }} `pem` is the private key
 */
export function newSigner(kind, saltLength = constants.RSA_PSS_SALTLEN_DIGEST) {
  const { privateKey, publicKey } = keyPairs[kind]();
  const text =
    kind === 'ed25519'
      ? Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('hex')
      : publicKey.export({ type: 'spki', format: 'pem' });
  const [keytype, scheme, hash] = labels[kind];
  const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return {
    key: { keytype, scheme, keyval: { public: text } },
    sign: (message) => sign(hash, message, kind === 'rsa' ? pss : privateKey),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const keyPairs = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'ecdsa-p256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ecdsa-p384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

const labels = {
  ed25519: ['ed25519', 'ed25519', null],
  'ecdsa-p256': ['ecdsa', 'ecdsa-sha2-nistp256', 'sha256'],
  'ecdsa-p384': ['ecdsa', 'ecdsa-sha2-nistp384', 'sha384'],
  rsa: ['rsa', 'rsassa-pss-sha256', 'sha256'],
};
