/** Every backend that the tests hold to one verdict, and keys and signatures to try on them. */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Crypto } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { webCrypto } from '../../src/crypto/web-crypto.ts';
import { type PublicKey, parsePublicKey } from '../../src/metadata/public-key.ts';

export const backends: readonly (readonly [name: string, crypto: Crypto])[] = [
  ['node:crypto', nodeCrypto()],
  ['WebCrypto', webCrypto()],
  ['WebCrypto with noble', webCrypto({ ed25519: 'noble' })],
];

/** Parsed, or a failure of the test. */
export function usable(keytype: string, scheme: string, text: string): PublicKey {
  const key = parsePublicKey(keytype, scheme, text);
  if (key.kind === 'unusable') throw new TypeError(`unusable: ${key.reason}`);
  return key;
}

/** What a client makes of a signature: an unusable key counts for nothing. */
export async function verdict(
  crypto: Crypto,
  [keytype, scheme, text]: readonly [keytype: string, scheme: string, text: string],
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = parsePublicKey(keytype, scheme, text);
  return key.kind !== 'unusable' && (await crypto.verify(key, message, signature)) === true;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const pemOf = (key: KeyObject): string =>
  (key.type === 'private' ? createPublicKey(key as never) : key).export({ type: 'spki', format: 'pem' }) as string;

export interface TestKey {
  readonly name: string;
  readonly keytype: string;
  readonly scheme: string;
  readonly text: string;
  readonly key: PublicKey;
  sign(message: Uint8Array): Uint8Array;
}

/** One key of each scheme; made anew in each run. */
export function testKeys(): TestKey[] {
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const x = createPublicKey(ed25519 as never).export({ format: 'jwk' }).x as string;
  return [
    testKey('ed25519', 'ed25519', Buffer.from(x, 'base64url').toString('hex'), (message) =>
      sign(null, message, ed25519),
    ),
    ecdsaKey('P-256'),
    ecdsaKey('P-384'),
    rsaKey(2048, 'sha256'),
    rsaKey(2048, 'sha384'),
    rsaKey(2049, 'sha512'),
  ];
}

export function ecdsaKey(curve: 'P-256' | 'P-384'): TestKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const [scheme, hash] = curve === 'P-256' ? ['ecdsa-sha2-nistp256', 'sha256'] : ['ecdsa-sha2-nistp384', 'sha384'];
  return testKey('ecdsa', scheme as string, pemOf(privateKey), (message) => sign(hash, message, privateKey));
}

export function rsaKey(
  bits: number,
  hash: 'sha256' | 'sha384' | 'sha512',
  publicExponent = 65_537,
): TestKey & { privateKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent });
  const key = testKey('rsa', `rsassa-pss-${hash}`, pemOf(privateKey), (message) =>
    signPss(privateKey, hash, message, constants.RSA_PSS_SALTLEN_DIGEST),
  );
  return { ...key, privateKey };
}

export function signPss(key: KeyObject, hash: string, message: Uint8Array, saltLength: number): Uint8Array {
  return new Uint8Array(sign(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }));
}

function testKey(
  keytype: string,
  scheme: string,
  text: string,
  signWith: (message: Uint8Array) => Uint8Array,
): TestKey {
  const sign = (message: Uint8Array): Uint8Array => new Uint8Array(signWith(message));
  return { name: scheme, keytype, scheme, text, key: usable(keytype, scheme, text), sign };
}
