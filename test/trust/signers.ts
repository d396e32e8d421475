/** Signing keys of every kind, in every form in which one key can be listed. Shares no code with the sources. */
import {
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';

/** How a key object says what it is. */
export interface Listed {
  readonly keytype: string;
  readonly scheme: string;
  readonly public: string;
}

export interface Signer {
  /** Every way to list this one key. */
  readonly forms: readonly Listed[];
  /** Hex. */
  sign(message: Uint8Array): string;
}

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;

export function ed25519Signer(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = (publicKey.export({ type: 'spki', format: 'der' }) as Buffer).subarray(-32).toString('hex');
  const kind = { keytype: 'ed25519', scheme: 'ed25519' };
  return {
    forms: [
      { ...kind, public: hex },
      { ...kind, public: hex.toUpperCase() },
    ],
    sign: (message) => sign(null, message, privateKey).toString('hex'),
  };
}

export function ecdsaSigner(curve: 'P-256' | 'P-384'): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const der = publicKey.export({ type: 'spki', format: 'der' }) as Buffer;
  const size = curve === 'P-256' ? 32 : 48;
  const point = der.subarray(-2 * size - 1);
  const name = curve === 'P-256' ? 'prime256v1' : 'secp384r1';
  const compressed = createECDH(name);
  compressed.setPrivateKey(Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url'));
  const short = compressed.getPublicKey('hex', 'compressed');
  const scheme = curve === 'P-256' ? 'ecdsa-sha2-nistp256' : 'ecdsa-sha2-nistp384';
  const texts = [
    pem(publicKey),
    pem(publicKey).replaceAll('\n', '\r\n'),
    pem(publicKey).trimEnd(),
    pemOf(Buffer.concat([header(der, point.length, short.length / 2), Buffer.from(short, 'hex')])),
    point.toString('hex'),
  ];
  const hash = curve === 'P-256' ? 'sha256' : 'sha384';
  return {
    forms: texts.flatMap((text) => ['ecdsa', scheme].map((keytype) => ({ keytype, scheme, public: text }))),
    sign: (message) => sign(hash, message, privateKey).toString('hex'),
  };
}

/** The bytes of a SubjectPublicKeyInfo before the point, with the lengths of a point of another size. */
function header(der: Buffer, before: number, after: number): Buffer {
  const front = Buffer.from(der.subarray(0, der.length - before));
  // Lengths below 128 stand in one byte: of the whole, and of the bit string that holds the point.
  front.writeUInt8(front.readUInt8(1) - before + after, 1);
  front.writeUInt8(after + 1, front.length - 2);
  return front;
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;

export type RsaHash = 'sha256' | 'sha384' | 'sha512';

/** Two signers of one modulus with different exponents: one secret serves both. */
export function rsaSigners(hash: RsaHash = 'sha256'): readonly [Signer, Signer] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return [rsaSigner(privateKey, hash), rsaSigner(otherExponent(jwk), hash)];
}

function rsaSigner(privateKey: KeyObject, hash: RsaHash = 'sha256'): Signer {
  const publicKey = createPublicKey(privateKey);
  const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }) as string;
  const kind = { keytype: 'rsa', scheme: `rsassa-pss-${hash}` };
  const saltLength = { sha256: 32, sha384: 48, sha512: 64 }[hash];
  return {
    forms: [pem(publicKey), pkcs1, pem(publicKey).trimEnd()].map((text) => ({ ...kind, public: text })),
    sign: (message) =>
      sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }).toString('hex'),
  };
}

function otherExponent(jwk: JsonWebKey): KeyObject {
  const number = (text: string | undefined): bigint =>
    BigInt(`0x${Buffer.from(text as string, 'base64url').toString('hex')}`);
  const text = (value: bigint): string => {
    const hex = value.toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
  };
  const [p, q] = [number(jwk.p), number(jwk.q)];
  const phi = (p - 1n) * (q - 1n);
  for (let e = 257n; ; e += 2n) {
    const d = inverse(e, phi);
    if (d === undefined) continue;
    const members = { d: text(d), e: text(e), dp: text(d % (p - 1n)), dq: text(d % (q - 1n)) };
    return createPrivateKey({ key: { ...jwk, ...members } as JsonWebKey, format: 'jwk' });
  }
}

function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b, x, y] = [value, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}
