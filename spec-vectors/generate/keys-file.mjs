// @ts-check
/** keys.json: what a harness needs to sign further documents. */
import { keys, testKeys } from './keys.mjs';
import { privateKeys } from './signature-keys.mjs';

export function keysFile() {
  const seeded = [...Object.values(keys), ...testKeys('signature', 2)];
  return {
    schema: 'keys/1',
    comment:
      'Test keys: Ed25519 with the seed, the others with the private key as PEM (PKCS#8). The secrets are public: never trust these keys for anything but tests.',
    keys: [...seeded.map(({ name, seed, keyid, key }) => ({ name, seed, keyid, key })), ...privateKeys()],
  };
}
