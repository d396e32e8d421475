/**
 * Encrypted PKCS#8 (RFC 5958, 3) with PBES2 (RFC 8018): written for every key, read for those that this Node's OpenSSL
 * does not know once they are decrypted.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type DerElement, positiveInteger, readDer, readDerSequence } from '../metadata/der.ts';
import { der, derInteger, derObjectIdentifier, derSequence } from '../metadata/der-writer.ts';
import { encodeHex } from '../metadata/hex.ts';
import { scryptCost } from './scrypt-cost.ts';

const deriveByScrypt = promisify(scrypt) as (p: Uint8Array, s: Uint8Array, n: number, o: object) => Promise<Buffer>;

/** An EncryptedPrivateKeyInfo: AES-256-CBC under a key that scrypt makes of the passphrase. */
export async function encryptPkcs8(plain: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const key = await deriveByScrypt(passphrase, salt, 32, scryptCost);
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

/**
 * What an EncryptedPrivateKeyInfo holds; `undefined` where the passphrase is wrong, or it is encrypted in another way than
 * with AES-128-, -192- or -256-CBC under scrypt (of at most 64 MiB, and p of at most 16) or PBKDF2 (of at most 10 million
 * rounds of HMAC with SHA-1, SHA-256, SHA-384 or SHA-512).
 */
export async function decryptPkcs8(bytes: Uint8Array, passphrase: Uint8Array): Promise<Buffer | undefined> {
  const [scheme, encrypted] = readDerSequence(bytes) ?? [];
  const [pbes2, parameters] = elements(scheme);
  const [derivation, encryption] = elements(parameters);
  const [cipher, iv] = elements(encryption);
  const name = ciphers.get(identifierOf(cipher));
  if (identifierOf(pbes2) !== objectIdentifiers.pbes2 || name === undefined) return undefined;
  if (iv?.tag !== 0x04 || iv.content.length !== 16 || encrypted?.tag !== 0x04) return undefined;
  const key = await derivedKey(derivation, passphrase, Number(name.slice(4, 7)) / 8);
  if (key === undefined) return undefined;
  try {
    const decipher = createDecipheriv(name, key, iv.content);
    return Buffer.concat([decipher.update(encrypted.content), decipher.final()]);
  } catch {
    return undefined; // the padding says that the key is another
  } finally {
    key.fill(0);
  }
}

async function derivedKey(
  derivation: DerElement | undefined,
  passphrase: Uint8Array,
  size: number,
): Promise<Buffer | undefined> {
  const [algorithm, parameters] = elements(derivation);
  const [salt, ...rest] = elements(parameters);
  if (salt?.tag !== 0x04) return undefined;
  const numbers = rest.filter(({ tag }) => tag === 0x02).map(numberOf);
  if (identifierOf(algorithm) === objectIdentifiers.scrypt) {
    const [N = 0, r = 0, p = 0, length = size] = numbers;
    const isBounded = N > 1 && (N & (N - 1)) === 0 && r > 0 && p > 0 && p <= 16 && 128 * r * (N + p) <= memoryMax;
    if (!isBounded || length !== size) return undefined;
    return deriveByScrypt(passphrase, salt.content, size, { N, r, p, maxmem: 2 * memoryMax });
  }
  if (identifierOf(algorithm) !== objectIdentifiers.pbkdf2) return undefined;
  const [rounds = 0, length = size] = numbers;
  const prf = rest.find(({ tag }) => tag === 0x30);
  const hash = prf === undefined ? 'sha1' : hashes.get(identifierOf(elements(prf)[0]));
  if (hash === undefined || rounds < 1 || rounds > roundsMax || length !== size) return undefined;
  return promisify(pbkdf2)(passphrase, salt.content, rounds, size, hash);
}

const memoryMax = 64 * 1024 * 1024;
const roundsMax = 10_000_000;

function elements(element: DerElement | undefined): DerElement[] {
  return (element?.tag === 0x30 && readDer(element.content)) || [];
}

function identifierOf(element: DerElement | undefined): string {
  return element?.tag === 0x06 ? encodeHex(element.content) : '';
}

/** Not a number where there are more than four bytes: nothing here may be as large. */
function numberOf(element: DerElement): number {
  const magnitude = positiveInteger(element);
  if (magnitude === undefined || magnitude.length > 4) return Number.NaN;
  return magnitude.reduce((number, byte) => number * 256 + byte, 0);
}

/** As the hex of their content octets. */
const objectIdentifiers = {
  /** 1.2.840.113549.1.5.13 (RFC 8018) */
  pbes2: '2a864886f70d01050d',
  /** 1.2.840.113549.1.5.12 */
  pbkdf2: '2a864886f70d01050c',
  /** 1.3.6.1.4.1.11591.4.11 (RFC 7914) */
  scrypt: '2b06010401da47040b',
  /** 2.16.840.1.101.3.4.1.42 (NIST) */
  aes256Cbc: '60864801650304012a',
} as const;

const ciphers: ReadonlyMap<string, string> = new Map([
  ['608648016503040102', 'aes-128-cbc'],
  ['608648016503040116', 'aes-192-cbc'],
  [objectIdentifiers.aes256Cbc, 'aes-256-cbc'],
]);

/** hmacWith… (RFC 8018, B.1.2), 1.2.840.113549.2.7, 9, 10 and 11. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d0207', 'sha1'],
  ['2a864886f70d0209', 'sha256'],
  ['2a864886f70d020a', 'sha384'],
  ['2a864886f70d020b', 'sha512'],
]);
