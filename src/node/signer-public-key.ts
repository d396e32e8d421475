/**
 * The public half of a signer: from Node's key objects and from files, its keyid, and whether a signature is by it.
 *
 * @module
 */
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { open } from 'node:fs/promises';
import { withMlDsa } from '../crypto/ml-dsa.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { canonicalJson } from '../metadata/canonical-json.ts';
import { encodeHex } from '../metadata/hex.ts';
import { type Json, jsonOf, parseJson } from '../metadata/json.ts';
import { mlDsaBytes } from '../metadata/ml-dsa-key.ts';
import { type PublicKey, parsePublicKey } from '../metadata/public-key.ts';
import { keyOf, type PublicKeyObject, spkiOf } from '../metadata/public-key-writer.ts';
import { signerError } from './signer-error.ts';
import { readSshPublicKey } from './ssh-agent-wire.ts';

/** Signatures by ML-DSA keys are judged as in a client. */
const mlDsa = withMlDsa(nodeCrypto());

/** The digests that an RSA key may be used with. */
export type RsaHash = 'sha256' | 'sha384' | 'sha512';

/** The keyid of a key object of the three standard members: SHA-256 of its canonical form, in lower-case hex. @spec A-03 */
export function keyidOf(key: PublicKeyObject): string {
  return createHash('sha256')
    .update(canonicalJson(jsonOf(key)))
    .digest('hex');
}

/** The key that metadata would list for a public key of Node's; `undefined` where TUF uses no such key. */
export function publicKeyOf(key: KeyObject, rsaHash: RsaHash): ReturnType<typeof parsePublicKey> | undefined {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const pem = () => key.export({ type: 'spki', format: 'pem' }) as string;
  if (key.asymmetricKeyType === 'ed25519') {
    const x = Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
    return parsePublicKey('ed25519', 'ed25519', encodeHex(x));
  }
  if (key.asymmetricKeyType === 'ec' && (curve === 'prime256v1' || curve === 'secp384r1')) {
    return parsePublicKey('ecdsa', curve === 'prime256v1' ? 'ecdsa-sha2-nistp256' : 'ecdsa-sha2-nistp384', pem());
  }
  return key.asymmetricKeyType === 'rsa' ? parsePublicKey('rsa', `rsassa-pss-${rsaHash}`, pem()) : undefined;
}

/** Says of signatures whether they are by one key, and where they are not, what they may be instead. */
export class SignatureProof {
  readonly #key: PublicKey;
  /** `undefined` for an ML-DSA key, which not every Node reads. */
  readonly #object: KeyObject | undefined;

  /** @param uri what errors name. Throws `ERR_TUF_SIGNER` for a key with which no client verifies. */
  constructor(key: PublicKeyObject, uri: string) {
    const parsed = parsePublicKey(key.keytype, key.scheme, key.keyval.public);
    if (parsed.kind === 'unusable') throw unusableKey(uri, parsed.reason);
    this.#key = parsed;
    const spki = { key: Buffer.from(spkiOf(parsed)), format: 'der', type: 'spki' } as const;
    this.#object = parsed.kind === 'ml-dsa' ? undefined : createPublicKey(spki);
  }

  /**
   * Rejects with `ERR_TUF_ALGORITHM` for an ML-DSA key where `@noble/post-quantum` is not installed.
   *
   * @spec A-55
   */
  async isBy(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (this.#key.kind === 'ml-dsa') return (await mlDsa.verify(this.#key, message, signature)) === true;
    return this.#verifies(message, signature, {
      dsaEncoding: 'der',
      padding: this.#key.kind === 'rsa-pss' ? constants.RSA_PKCS1_PSS_PADDING : undefined,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  }

  /** What to do about a false signature. */
  async advice(message: Uint8Array, signature: Uint8Array): Promise<string> {
    const { kind } = this.#key;
    if (signature.at(-1) === 0x0a && (await this.isBy(message, signature.subarray(0, -1)))) {
      return 'a newline follows the signature: give its raw bytes and nothing else';
    }
    if (signature.every((byte) => byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte < 0x7f))) {
      return 'the answer is text: give the raw bytes of the signature, not hex, base64 or PEM';
    }
    if (kind === 'ecdsa' && this.#verifies(message, signature, { dsaEncoding: 'ieee-p1363' })) {
      return 'r and s stand side by side: TUF has ECDSA signatures as DER';
    }
    if (kind === 'rsa-pss' && this.#verifies(message, signature, { padding: constants.RSA_PKCS1_PADDING })) {
      return 'this is PKCS#1 v1.5: TUF has RSA signatures as PSS, with a salt as long as the digest';
    }
    const anySalt = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
    if (kind === 'rsa-pss' && this.#verifies(message, signature, anySalt)) {
      return 'the salt has another length: it has to be as long as the digest';
    }
    if (kind === 'ml-dsa') {
      const { signature: length } = mlDsaBytes[this.#key.parameterSet];
      return `it has to be pure ML-DSA-${this.#key.parameterSet} with an empty context, of ${length} bytes, over the 68 bytes of TAP 21`;
    }
    return 'the signer holds another key than it says, or changed or hashed what it was given';
  }

  #verifies(message: Uint8Array, signature: Uint8Array, input: object): boolean {
    if (this.#object === undefined || this.#key.kind === 'ml-dsa') return false;
    const hash = this.#key.kind === 'ed25519' ? null : this.#key.hash;
    const defined = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    try {
      return verify(hash, message, { key: this.#object, ...defined }, signature);
    } catch {
      // A shape that OpenSSL does not take is no signature.
      return false;
    }
  }
}

/**
 * Reads the public half of a key from a file: PEM (`PUBLIC KEY`), what `tufa key export` prints, a key object of metadata,
 * or the line of an OpenSSH `.pub` file. At most 64 KiB.
 *
 * @param rsaHash for an RSA key whose scheme the file does not say.
 * @throws TufError `ERR_TUF_SIGNER` where it cannot be read or is no key that TUF uses.
 */
export async function readPublicKeyFile(path: string, rsaHash: RsaHash = 'sha256'): Promise<PublicKeyObject> {
  let bytes: Uint8Array;
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(publicKeyBytesMax + 1);
      bytes = buffer.subarray(0, (await file.read(buffer, 0, buffer.length, 0)).bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw signerError(path, 'cannot be read', 'check the path, and that you may read it', cause);
  }
  if (bytes.length > publicKeyBytesMax) throw signerError(path, 'is too long for a public key', publicKeyForms);
  return parsePublicKeyText(bytes, path, rsaHash);
}

/** The public half of a key from the bytes of a file: see {@link readPublicKeyFile}. */
function parsePublicKeyText(bytes: Uint8Array, path: string, rsaHash: RsaHash): PublicKeyObject {
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    throw signerError(path, 'is a private key', 'give the file of the public half, and keep this one to yourself');
  }
  if (text.startsWith('{')) return keyInDocument(bytes, path);
  const found = text.startsWith('-----') ? pemKey(text, path, rsaHash) : readSshPublicKey(text);
  if (found === undefined) throw signerError(path, 'is no public key of TUF', publicKeyForms);
  if (found.kind === 'unusable') throw unusableKey(path, found.reason);
  return keyOf(found);
}

function pemKey(text: string, path: string, rsaHash: RsaHash): ReturnType<typeof publicKeyOf> {
  for (const set of ['44', '65', '87'] as const) {
    const found = parsePublicKey('ml-dsa', `ml-dsa-${set}/1`, text);
    if (found.kind !== 'unusable') return found;
  }
  try {
    return publicKeyOf(createPublicKey(text), rsaHash);
  } catch (cause) {
    throw signerError(path, 'is not a public key that can be read', publicKeyForms, cause);
  }
}

function keyInDocument(bytes: Uint8Array, path: string): PublicKeyObject {
  let document: Json;
  try {
    document = parseJson(bytes, { role: path, depth: 8 });
  } catch (cause) {
    if (!isTufError(cause)) throw cause;
    throw signerError(path, 'is not a public key that can be read', publicKeyForms, cause);
  }
  const inner = document instanceof Map && document.has('key') ? document.get('key') : document;
  const key = keyInJson(inner as Json);
  if (typeof key === 'string') throw unusableKey(path, key);
  return key;
}

/** The key object in a JSON value, in its standard form; or in words why there is none. */
export function keyInJson(value: Json): PublicKeyObject | string {
  const member = (object: Json | undefined, name: string): Json | undefined =>
    object instanceof Map ? object.get(name) : undefined;
  const [keytype, scheme] = [member(value, 'keytype'), member(value, 'scheme')];
  const text = member(member(value, 'keyval'), 'public');
  if (typeof keytype !== 'string' || typeof scheme !== 'string' || typeof text !== 'string') {
    return 'it has no keytype, scheme and keyval.public';
  }
  const parsed = parsePublicKey(keytype, scheme, text);
  return parsed.kind === 'unusable' ? parsed.reason : keyOf(parsed);
}

/** Eight times the text of the longest key. */
const publicKeyBytesMax = 65_536;

const publicKeyForms = 'give PEM (openssl pkey -pubout), what tufa key export prints, or the .pub file of OpenSSH';

function unusableKey(uri: string, reason: string) {
  return signerError(uri, `is a key that cannot be used: ${reason}`, tufKeys);
}

export const tufKeys = 'TUF keys are Ed25519, ECDSA on P-256 or P-384, RSA of 2048 to 16384 bits, and ML-DSA';
