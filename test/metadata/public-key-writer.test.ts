import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type PublicKey, parsePublicKey } from '../../src/metadata/public-key.ts';
import { keyOf, spkiOf } from '../../src/metadata/public-key-writer.ts';

const usable = (keytype: string, scheme: string, text: string): PublicKey => {
  const key = parsePublicKey(keytype, scheme, text);
  if (key.kind === 'unusable') throw new TypeError(key.reason);
  return key;
};
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;
const rsa = (modulusLength: number, publicExponent: number) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey;

const keys = (
  [
    ['ed25519', 'ed25519', generateKeyPairSync('ed25519').publicKey],
    ['ecdsa', 'ecdsa-sha2-nistp256', ec('P-256')],
    ['ecdsa', 'ecdsa-sha2-nistp384', ec('P-384')],
    ['rsa', 'rsassa-pss-sha256', rsa(2048, 65_537)],
    ['rsa', 'rsassa-pss-sha384', rsa(2049, 3)],
    ['rsa', 'rsassa-pss-sha512', rsa(3072, 4_294_967_291)],
  ] as const
).map(([keytype, scheme, key]) => {
  const x = key.export({ format: 'jwk' }).x ?? '';
  const text =
    keytype === 'ed25519'
      ? Buffer.from(x, 'base64url').toString('hex')
      : (key.export({ type: 'spki', format: 'pem' }) as string);
  return { keytype, scheme, key, text };
});

describe.each(keys)('writing a key of $scheme', ({ keytype, scheme, key, text }) => {
  const parsed = usable(keytype, scheme, text);

  it('[A-03] gives the three standard members, with the text that OpenSSL gives', () => {
    expect(keyOf(parsed)).toStrictEqual({ keytype, scheme, keyval: { public: text } });
  });

  it('gives the SubjectPublicKeyInfo of OpenSSL', () => {
    expect(Buffer.from(spkiOf(parsed)).equals(key.export({ type: 'spki', format: 'der' }))).toBe(true);
    expect(createPublicKey({ key: Buffer.from(spkiOf(parsed)), type: 'spki', format: 'der' }).equals(key)).toBe(true);
  });

  it('is read back as the same key', () => {
    const written = keyOf(parsed);
    expect(usable(written.keytype, written.scheme, written.keyval.public)).toEqual(parsed);
  });
});

it('[A-54] writes keys of the older keytypes and of the hex form as ecdsa in PEM', () => {
  for (const { scheme, text } of keys.slice(1, 3)) {
    const parsed = usable('ecdsa', scheme, text);
    if (parsed.kind !== 'ecdsa') throw new TypeError('an ECDSA key');
    const old = usable(scheme, scheme, Buffer.from(parsed.point).toString('hex'));
    expect(keyOf(old)).toStrictEqual({ keytype: 'ecdsa', scheme, keyval: { public: text } });
  }
});
