import { describe, expect, it } from 'vitest';
import { der, derSequence } from '../../src/metadata/der-writer.ts';
import { mlDsaBytes, mlDsaMessage } from '../../src/metadata/ml-dsa-key.ts';
import { formatPem } from '../../src/metadata/pem.ts';
import { parsePublicKey } from '../../src/metadata/public-key.ts';
import { keyOf, spkiOf } from '../../src/metadata/public-key-writer.ts';

const sets = [44, 65, 87] as const;
const lastOctet = { 44: '11', 65: '12', 87: '13' } as const;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Built by hand: SEQUENCE { SEQUENCE { OID, more }, BIT STRING }. */
function pemOf(set: 44 | 65 | 87, key: Uint8Array, more: Uint8Array = new Uint8Array(), unusedBits = 0): string {
  const identifier = derSequence(der(0x06, bytesOf(`6086480165030403${lastOctet[set]}`)), more);
  return formatPem('PUBLIC KEY', derSequence(identifier, der(0x03, Uint8Array.of(unusedBits), key)));
}
const keyBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) & 255);
const reasonOf = (keytype: string, scheme: string, text: string): string => {
  const key = parsePublicKey(keytype, scheme, text);
  return key.kind === 'unusable' ? key.reason : expect.fail('it is a key');
};

describe.each(sets)('ML-DSA-%i', (set) => {
  const { publicKey: length } = mlDsaBytes[set];
  const pem = pemOf(set, keyBytes(length));
  const scheme = `ml-dsa-${set}/1`;

  it('[4.2.2-b] is read from the PEM of a SubjectPublicKeyInfo, and written as it', () => {
    const key = parsePublicKey('ml-dsa', scheme, pem);
    expect(key).toMatchObject({ kind: 'ml-dsa', parameterSet: set, bytes: keyBytes(length) });
    if (key.kind === 'unusable') throw new TypeError(key.reason);
    expect(keyOf(key)).toEqual({ keytype: 'ml-dsa', scheme, keyval: { public: pem } });
    expect(formatPem('PUBLIC KEY', spkiOf(key))).toBe(pem);
  });

  it('[A-04] is one key whatever the spelling of its PEM, and another with any bit changed', () => {
    const identity = (text: string): string => {
      const key = parsePublicKey('ml-dsa', scheme, text);
      return key.kind === 'unusable' ? expect.fail(key.reason) : key.identity;
    };
    expect(identity(`\r\n${pem.replaceAll('\n', '\r\n')}\n`)).toBe(identity(pem));
    for (const at of [0, 31, 32, length - 1]) {
      const other = keyBytes(length);
      other[at] = (other[at] as number) ^ 1;
      expect(identity(pemOf(set, other))).not.toBe(identity(pem));
    }
  });

  it.each([0, 1, length - 1, length + 1, 2 * length])('is no key of %i bytes', (other) => {
    expect(reasonOf('ml-dsa', scheme, pemOf(set, keyBytes(other)))).toBe(`it is no ML-DSA-${set} public key`);
  });

  it('is no key with parameters, unused bits, another label, or as hex', () => {
    const others = [
      pemOf(set, keyBytes(length), bytesOf('0500')),
      pemOf(set, keyBytes(length), new Uint8Array(), 1),
      pem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY'),
      Buffer.from(keyBytes(length)).toString('hex'),
      '',
    ];
    for (const text of others) expect(reasonOf('ml-dsa', scheme, text)).toBe(`it is no ML-DSA-${set} public key`);
  });

  it('is no key of another set, version or keytype', () => {
    for (const other of sets.filter((each) => each !== set)) {
      expect(reasonOf('ml-dsa', `ml-dsa-${other}/1`, pem)).toBe(`it is no ML-DSA-${other} public key`);
    }
    const unknown = [`ml-dsa-${set}`, `ml-dsa-${set}/2`, `ml-dsa-${set}/01`, `ml-dsa-${set}/1 `, `ML-DSA-${set}/1`, ''];
    for (const other of unknown) {
      expect(reasonOf('ml-dsa', other, pem)).toBe('its keytype and scheme are not supported');
    }
    for (const keytype of ['ed25519', 'ecdsa', 'rsa', 'mldsa', `ml-dsa-${set}`, 'ML-DSA']) {
      expect(reasonOf(keytype, scheme, pem)).toBe('its keytype and scheme are not supported');
    }
  });
});

it('a text that is too long is not decoded', () => {
  expect(reasonOf('ml-dsa', 'ml-dsa-65/1', 'A'.repeat(16_385))).toBe('it is longer than 16384 characters');
});

it('signs tuf, the version and a SHA-512', () => {
  const message = mlDsaMessage(new Uint8Array(64).fill(9));
  expect(Buffer.from(message).toString('latin1')).toBe(`tuf\u0001${'\t'.repeat(64)}`);
  expect(() => mlDsaMessage(new Uint8Array(32))).toThrow(TypeError);
});
