/**
 * Private keys as PEM text: made, encrypted and read.
 *
 * @module
 */
import { createCipheriv, createPrivateKey, generateKeyPair, KeyObject, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { TufError } from '../errors.ts';
import { der, derInteger, derObjectIdentifier, derSequence } from '../metadata/der-writer.ts';
import { formatPem } from '../metadata/pem.ts';
import { scryptCost } from './scrypt-cost.ts';

/** The keys that tufa makes. Keys of other RSA sizes can be read. */
export const keyKinds = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;

export type KeyKind = (typeof keyKinds)[number];

/** Text is taken as its UTF-8, without normalisation. */
export type Passphrase = string | Uint8Array;

/** How a private key is kept. Leaving it unencrypted has to be said. */
export type KeyProtection = { readonly passphrase: Passphrase } | { readonly unencrypted: true };

/** How a private key is read. */
export interface ReadPrivateKeyOptions {
  /** For an encrypted key. A function is called only where the key is encrypted. */
  readonly passphrase?: Passphrase | (() => Passphrase | Promise<Passphrase>) | undefined;
  /** What errors call the source, `file:PATH` for one. */
  readonly uri?: string | undefined;
}

/** Makes a private key. RSA keys have the exponent 65537 and take up to some seconds. */
export async function generateKey(kind: KeyKind): Promise<KeyObject> {
  const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;
  const [type, size] = kind.split('-') as [string, string | undefined];
  if (!keyKinds.includes(kind)) throw new TypeError(`the kind of a key is one of ${keyKinds.join(', ')}`);
  if (type === 'ed25519') return (await generate('ed25519', {})).privateKey;
  if (type === 'rsa') return (await generate('rsa', { modulusLength: Number(size) })).privateKey;
  return (await generate('ec', { namedCurve: size === 'p256' ? 'P-256' : 'P-384' })).privateKey;
}

/**
 * The PEM of a private key: `ENCRYPTED PRIVATE KEY` (PKCS#8, RFC 5958, with PBES2, RFC 8018), or `PRIVATE KEY` where that
 * is asked for.
 *
 * Encrypted with AES-256-CBC under a key that scrypt (RFC 7914) makes of the passphrase with N = 2^14, r = 8, p = 5 and
 * 32 bytes of salt. OpenSSL refuses to decrypt with more than 32 MiB of memory, which N = 2^15 exceeds; p = 5 makes up
 * for it in time, so a guess costs about what N = 2^17 with p = 1 costs. `openssl pkcs8` and node:crypto read the result.
 */
export async function formatPrivateKey(privateKey: KeyObject, protection: KeyProtection): Promise<string> {
  if (!(privateKey instanceof KeyObject) || privateKey.type !== 'private') {
    throw new TypeError('a key file holds a private KeyObject');
  }
  const passphrase = 'passphrase' in protection ? passphraseBytes(protection.passphrase) : undefined;
  if (passphrase === undefined && !('unencrypted' in protection && protection.unencrypted)) {
    throw new TypeError('give a passphrase, or say { unencrypted: true }');
  }
  const plain = privateKey.export({ type: 'pkcs8', format: 'der' });
  try {
    if (passphrase === undefined) return formatPem('PRIVATE KEY', plain);
    return formatPem('ENCRYPTED PRIVATE KEY', await encrypt(plain, passphrase));
  } finally {
    plain.fill(0);
    passphrase?.fill(0);
  }
}

/**
 * Reads a private key from PEM: PKCS#8, encrypted or not, and the older forms of RSA (PKCS#1) and EC (SEC 1) keys.
 *
 * @throws TufError `ERR_TUF_SIGNER` where it is not a private key, or the passphrase is wrong or missing. What OpenSSL
 * reports is the `cause`; neither holds any part of the key or of the passphrase.
 */
export async function parsePrivateKey(pem: string, options: ReadPrivateKeyOptions = {}): Promise<KeyObject> {
  const evidence = { uri: options.uri };
  const name = options.uri ?? 'the text';
  if (!/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/m.test(pem)) {
    const hint = /^-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/m.test(pem)
      ? 'this is the public half: give the file of the private key'
      : 'give a private key as PEM; convert other forms with openssl pkcs8 -topk8';
    throw new TufError('ERR_TUF_SIGNER', `${name} is not a private key in PEM form`, evidence, { hint });
  }
  if (!isEncryptedPem(pem)) {
    try {
      return createPrivateKey(pem);
    } catch (cause) {
      const hint = 'it is damaged, or a kind of key that this Node does not read';
      throw new TufError('ERR_TUF_SIGNER', `${name} is not a private key that can be read`, evidence, { cause, hint });
    }
  }
  const { passphrase } = options;
  if (passphrase === undefined) {
    const hint = 'give its passphrase';
    throw new TufError('ERR_TUF_SIGNER', `${name} is encrypted and no passphrase was given`, evidence, { hint });
  }
  const bytes = passphraseBytes(typeof passphrase === 'function' ? await passphrase() : passphrase);
  try {
    return createPrivateKey({ key: pem, passphrase: bytes });
  } catch (cause) {
    const hint = 'try the passphrase again; if it is right, the key is damaged or was encrypted in an unusual way';
    throw new TufError('ERR_TUF_SIGNER', `${name} cannot be decrypted with this passphrase`, evidence, { cause, hint });
  } finally {
    bytes.fill(0);
  }
}

/** Whether a private key in PEM is encrypted. RFC 1421 headers mark the encryption of older files. */
export function isEncryptedPem(pem: string): boolean {
  return /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem);
}

/** A copy, to be wiped after its use. */
function passphraseBytes(passphrase: Passphrase): Buffer {
  const bytes = Buffer.from(passphrase);
  if (bytes.length === 0) throw new TypeError('a passphrase has at least one character');
  return bytes;
}

/** An EncryptedPrivateKeyInfo (RFC 5958, 3). */
async function encrypt(plain: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const deriveKey = promisify(scrypt) as (p: Uint8Array, s: Uint8Array, n: number, o: object) => Promise<Buffer>;
  const key = await deriveKey(passphrase, salt, 32, scryptCost);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  key.fill(0);

  const octets = (bytes: Uint8Array) => der(0x04, bytes);
  const number = (value: number) => derInteger(Uint8Array.of(value >> 8, value & 255));
  const { N, r, p } = scryptCost;
  const derivation = derSequence(
    derObjectIdentifier(objectIdentifiers.scrypt),
    derSequence(octets(salt), number(N), number(r), number(p), number(key.length)),
  );
  const encryption = derSequence(derObjectIdentifier(objectIdentifiers.aes256Cbc), octets(iv));
  const pbes2 = derSequence(derObjectIdentifier(objectIdentifiers.pbes2), derSequence(derivation, encryption));
  return derSequence(pbes2, octets(encrypted));
}

/** As the hex of their content octets. */
const objectIdentifiers = {
  /** 1.2.840.113549.1.5.13 (RFC 8018) */
  pbes2: '2a864886f70d01050d',
  /** 1.3.6.1.4.1.11591.4.11 (RFC 7914) */
  scrypt: '2b06010401da47040b',
  /** 2.16.840.1.101.3.4.1.42 (NIST) */
  aes256Cbc: '60864801650304012a',
} as const;
