/**
 * Private keys as PEM text: made, encrypted and read.
 *
 * @module
 */
import { createPrivateKey, generateKeyPair, KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { TufError } from '../errors.ts';
import type { MlDsaParameterSet } from '../metadata/ml-dsa-key.ts';
import { formatPem, parsePem } from '../metadata/pem.ts';
import { MlDsaPrivateKey, readMlDsaPkcs8 } from './ml-dsa.ts';
import { decryptPkcs8, encryptPkcs8 } from './pbes2.ts';

/** Kinds of keys that every Node makes. */
export type NodeKeyKind = 'ed25519' | 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096';

/** Kinds of keys that need `@noble/post-quantum`. */
export type MlDsaKeyKind = 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87';

export type KeyKind = NodeKeyKind | MlDsaKeyKind;

/** The keys that tufa makes. Keys of other RSA sizes can be read. */
export const keyKinds: readonly KeyKind[] = [
  ...(['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const),
  ...(['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const),
];

/** A private key: of Node, or of ML-DSA, which not every Node has. */
export type PrivateKey = KeyObject | MlDsaPrivateKey;

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

/**
 * Makes a private key. RSA keys have the exponent 65537 and take up to some seconds.
 *
 * @throws TufError `ERR_TUF_ALGORITHM` for an ML-DSA key where `@noble/post-quantum` is not installed.
 */
export async function generateKey(kind: NodeKeyKind): Promise<KeyObject>;
export async function generateKey(kind: MlDsaKeyKind): Promise<MlDsaPrivateKey>;
export async function generateKey(kind: KeyKind): Promise<PrivateKey>;
export async function generateKey(kind: KeyKind): Promise<PrivateKey> {
  const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;
  const [type, size] = kind.split('-') as [string, string | undefined];
  if (!keyKinds.includes(kind)) throw new TypeError(`the kind of a key is one of ${keyKinds.join(', ')}`);
  if (kind.startsWith('ml-dsa-')) return MlDsaPrivateKey.of(Number(kind.slice(-2)) as MlDsaParameterSet);
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
 * ML-DSA keys are kept as their seed (RFC 9881); OpenSSL reads them from 3.5 on.
 */
export async function formatPrivateKey(privateKey: PrivateKey, protection: KeyProtection): Promise<string> {
  const isMlDsa = privateKey instanceof MlDsaPrivateKey;
  if (!isMlDsa && !(privateKey instanceof KeyObject && privateKey.type === 'private')) {
    throw new TypeError('a key file holds a private KeyObject or an MlDsaPrivateKey');
  }
  const passphrase = 'passphrase' in protection ? passphraseBytes(protection.passphrase) : undefined;
  if (passphrase === undefined && !('unencrypted' in protection && protection.unencrypted)) {
    throw new TypeError('give a passphrase, or say { unencrypted: true }');
  }
  const plain = isMlDsa ? privateKey.pkcs8() : privateKey.export({ type: 'pkcs8', format: 'der' });
  try {
    if (passphrase === undefined) return formatPem('PRIVATE KEY', plain);
    return formatPem('ENCRYPTED PRIVATE KEY', await encryptPkcs8(plain, passphrase));
  } finally {
    plain.fill(0);
    passphrase?.fill(0);
  }
}

/**
 * Reads a private key from PEM: PKCS#8, encrypted or not, and the older forms of RSA (PKCS#1) and EC (SEC 1) keys.
 *
 * @throws TufError `ERR_TUF_SIGNER` where it is not a private key, or the passphrase is wrong or missing. What OpenSSL
 * reports is the `cause`; neither holds any part of the key or of the passphrase. `ERR_TUF_ALGORITHM` for an ML-DSA key
 * where `@noble/post-quantum` is not installed.
 */
export async function parsePrivateKey(pem: string, options: ReadPrivateKeyOptions = {}): Promise<PrivateKey> {
  const evidence = { uri: options.uri };
  const name = options.uri ?? 'the text';
  if (!/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/m.test(pem)) {
    const hint = /^-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/m.test(pem)
      ? 'this is the public half: give the file of the private key'
      : 'give a private key as PEM; convert other forms with openssl pkcs8 -topk8';
    throw new TufError('ERR_TUF_SIGNER', `${name} is not a private key in PEM form`, evidence, { hint });
  }
  // Words around the key are passed over, as OpenSSL does.
  const block = parsePem(/^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?^-----END \1-----/m.exec(pem)?.[0] ?? '');
  if (!isEncryptedPem(pem)) {
    const mlDsa = block?.label === 'PRIVATE KEY' ? await mlDsaKey(block.bytes, name, evidence) : undefined;
    if (mlDsa !== undefined) return mlDsa;
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
    const key = createPrivateKey({ key: pem, passphrase: bytes });
    if (!isOfMlDsa(key)) return key;
    const plain = key.export({ type: 'pkcs8', format: 'der' });
    return (await mlDsaKey(plain, name, evidence).finally(() => plain.fill(0))) ?? key;
  } catch (cause) {
    if (cause instanceof TufError) throw cause;
    // OpenSSL says so where the passphrase is wrong, as a rule; stretching it once more would only take time.
    const isWrong = /BAD_DECRYPT/.test(String((cause as { code?: unknown }).code));
    const plain = isWrong ? undefined : block && (await decryptPkcs8(block.bytes, bytes));
    const mlDsa = plain && (await mlDsaKey(plain, name, evidence).finally(() => plain.fill(0)));
    if (mlDsa !== undefined) return mlDsa;
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

/** Newer versions of Node know ML-DSA keys, and older types do not say so. */
function isOfMlDsa(key: KeyObject): boolean {
  return (key.asymmetricKeyType as string | undefined)?.startsWith('ml-dsa-') === true;
}

/** The ML-DSA key that PKCS#8 holds; `undefined` where it holds another. */
async function mlDsaKey(
  pkcs8: Uint8Array,
  name: string,
  evidence: { readonly uri: string | undefined },
): Promise<MlDsaPrivateKey | undefined> {
  const found = readMlDsaPkcs8(pkcs8);
  if (found === undefined) return undefined;
  if ('problem' in found) throw new TufError('ERR_TUF_SIGNER', `${name} ${found.problem}`, evidence, found);
  const key = await MlDsaPrivateKey.of(found.parameterSet, found.seed);
  if (found.expanded === undefined || key.expandsTo(found.expanded)) return key;
  const hint = 'the key is damaged: take it from its backup';
  throw new TufError('ERR_TUF_SIGNER', `${name} has a seed that is not that of its key`, evidence, { hint });
}
