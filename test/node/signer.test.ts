import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { der, derInteger, derObjectIdentifier, derSequence } from '../../src/metadata/der-writer.ts';
import { formatPem } from '../../src/metadata/pem.ts';
import { KeySigner } from '../../src/node/signer.ts';
import type { Signer } from '../../src/repository/signer.ts';
import { backends, verdict } from '../crypto/backends.ts';

const message = Buffer.from('what is signed');
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;

const keys = [
  ['ed25519', 'ed25519', generateKeyPairSync('ed25519').privateKey, undefined],
  ['ecdsa', 'ecdsa-sha2-nistp256', ec('P-256'), undefined],
  ['ecdsa', 'ecdsa-sha2-nistp384', ec('P-384'), undefined],
  ['rsa', 'rsassa-pss-sha256', rsa(2048), undefined],
  ['rsa', 'rsassa-pss-sha384', rsa(2056), 'sha384'],
  ['rsa', 'rsassa-pss-sha512', rsa(3072), 'sha512'],
] as const;

const thrown = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return expect.fail('it was accepted');
};

describe.each(keys)('signing with %s %s', (keytype, scheme, privateKey, rsaHash) => {
  const signer: Signer = new KeySigner(privateKey, { rsaHash });

  it('[A-03] [A-54] lists the key as metadata does', () => {
    expect(signer.key).toMatchObject({ keytype, scheme });
    expect(Object.keys(signer.key)).toEqual(['keytype', 'scheme', 'keyval']);
  });

  it('[A-55] signs what every backend verifies', async () => {
    const signature = await signer.sign(message);
    expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype);
    for (const [name, crypto] of backends) {
      expect(await verdict(crypto, [keytype, scheme, signer.key.keyval.public], message, signature), name).toBe(true);
    }
  });

  it('signs several messages at a time', async () => {
    const [, crypto] = backends[0] as (typeof backends)[number];
    const messages = Array.from({ length: 20 }, (_, index) => Buffer.from(`message ${index}`));
    const signatures = await Promise.all(messages.map((each) => signer.sign(each)));
    for (const [index, each] of messages.entries()) {
      const form = [keytype, scheme, signer.key.keyval.public] as const;
      expect(await verdict(crypto, form, each, signatures[index] as Uint8Array)).toBe(true);
    }
  });

  it('shows nothing of the secret', () => {
    const { d = '' } = privateKey.export({ format: 'jwk' });
    const shown = inspect(signer, { depth: 9, showHidden: true }) + JSON.stringify(signer);
    expect(d.length).toBeGreaterThan(40);
    expect(shown).not.toContain(d);
    expect(shown).not.toContain(Buffer.from(d, 'base64url').toString('hex'));
    expect(JSON.parse(JSON.stringify(signer))).toEqual({ key: signer.key });
  });

  it('takes anything but bytes for the mistake of its caller', async () => {
    await expect(signer.sign('text' as never)).rejects.toThrow(TypeError);
  });
});

it('[A-55] makes PSS salts as long as the digest', async () => {
  for (const [, scheme, privateKey, rsaHash] of keys.slice(3)) {
    const signature = await new KeySigner(privateKey, { rsaHash }).sign(message);
    const hash = scheme.slice(-6);
    const key = { key: createPublicKey(privateKey as never), padding: 6 };
    const saltLength = Number(hash.slice(3)) / 8;
    expect(verify(hash, message, { ...key, saltLength }, signature)).toBe(true);
    expect(verify(hash, message, { ...key, saltLength: saltLength + 1 }, signature)).toBe(false);
  }
});

describe('keys that are not for TUF', () => {
  it.each([
    ['P-521', ec('P-521'), /\(ec secp521r1\)/],
    ['secp256k1', ec('secp256k1'), /\(ec secp256k1\)/],
    ['Ed448', generateKeyPairSync('ed448').privateKey, /\(ed448\)/],
    ['X25519', generateKeyPairSync('x25519').privateKey, /\(x25519\)/],
    ['RSA of 1024 bits', rsa(1024), /\(rsa\): its modulus/],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, /\(rsa-pss\)/],
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey, /\(dsa\)/],
  ])('%s is refused by name', (_, key, message) => {
    const error = thrown(() => new KeySigner(key, { uri: 'file:root.pem' }));
    if (!isTufError(error)) throw error;
    expect(error).toMatchObject({ code: 'ERR_TUF_SIGNER', evidence: { uri: 'file:root.pem' } });
    expect(error.message).toMatch(/^file:root\.pem is a key that TUF does not use/);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/Ed25519/);
  });

  it('anything but a private key is the mistake of the caller', () => {
    expect(() => new KeySigner(createPublicKey(keys[0][2] as never))).toThrow(TypeError);
    expect(() => new KeySigner('key' as never)).toThrow(TypeError);
  });
});

it('refuses an EC key whose halves do not belong together', () => {
  const [mine, another] = [createECDH('prime256v1'), createECDH('prime256v1')];
  mine.generateKeys();
  another.generateKeys();
  const octets = (bytes: Uint8Array) => der(4, bytes);
  const sec1 = (publicKey: Uint8Array) =>
    derSequence(
      derInteger(Uint8Array.of(1)),
      octets(Buffer.from(mine.getPrivateKey('hex').padStart(64, '0'), 'hex')),
      der(0xa0, derObjectIdentifier('2a8648ce3d030107')),
      der(0xa1, der(3, Uint8Array.of(0), publicKey)),
    );
  const read = (publicKey: Uint8Array) => createPrivateKey(formatPem('EC PRIVATE KEY', sec1(publicKey)));
  expect(new KeySigner(read(mine.getPublicKey())).key.scheme).toBe('ecdsa-sha2-nistp256');
  const error = thrown(() => new KeySigner(read(another.getPublicKey())));
  expect(error).toMatchObject({
    code: 'ERR_TUF_SIGNER',
    message: 'the key has a public half that is not that of its secret',
  });
});
