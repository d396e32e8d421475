import { createECDH, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { der, derInteger, derObjectIdentifier, derSequence } from '../../src/metadata/der-writer.ts';
import { parseEd25519 } from '../../src/metadata/ed25519-key.ts';
import { formatPem } from '../../src/metadata/pem.ts';
import { type PublicKey, parsePublicKey, type UnusableKey } from '../../src/metadata/public-key.ts';
import { canonicalSmallOrder, nonCanonicalSmallOrder } from '../crypto/ed25519-cases.ts';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;
const derOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const usable = (...form: [string, string, string]): PublicKey => {
  const key = parsePublicKey(...form);
  if (key.kind === 'unusable') throw new TypeError(key.reason);
  return key;
};
const reasonOf = (key: PublicKey | UnusableKey): string | undefined =>
  key.kind === 'unusable' ? key.reason : undefined;

const ed25519 = (() => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const x = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString('hex');
  return { publicKey, hex: x };
})();
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;

const oid = {
  ecPublicKey: '2a8648ce3d0201',
  p256: '2a8648ce3d030107',
  p384: '2b81040022',
  p521: '2b81040023',
  rsa: '2a864886f70d010101',
  rsaPss: '2a864886f70d01010a',
};
const nothing = der(5);
const bits = (key: Uint8Array, unused = 0) => der(3, Uint8Array.of(unused), key);
const spki = (identifier: Uint8Array, key: Uint8Array): string => formatPem('PUBLIC KEY', derSequence(identifier, key));
const identifier = (algorithm: string, ...parameters: Uint8Array[]) =>
  derSequence(derObjectIdentifier(algorithm), ...parameters);

const curves = [
  { name: 'P-256', key: p256, scheme: 'ecdsa-sha2-nistp256', id: oid.p256, size: 32, identity: 'p256' },
  { name: 'P-384', key: p384, scheme: 'ecdsa-sha2-nistp384', id: oid.p384, size: 48, identity: 'p384' },
] as const;
const pointOf = (key: KeyObject, size: number): Uint8Array => derOf(key).slice(-2 * size - 1);
const compress = (point: Uint8Array): Uint8Array =>
  Uint8Array.of(2 + ((point.at(-1) as number) & 1), ...point.slice(1, 1 + (point.length - 1) / 2));

describe('ed25519 keys', () => {
  it('[A-53] [4.2.2-e] are exactly 64 hex digits', () => {
    expect(usable('ed25519', 'ed25519', ed25519.hex)).toMatchObject({
      kind: 'ed25519',
      bytes: Uint8Array.from(Buffer.from(ed25519.hex, 'hex')),
    });
    const digits = ed25519.hex;
    for (const text of [
      '',
      digits.slice(1),
      digits.slice(2),
      `${digits}0`,
      `${digits}00`,
      digits.slice(0, -1),
      `${digits.slice(1)}g`,
      ` ${digits}`,
      `${digits}\n`,
      `0x${digits}`,
    ]) {
      expect(reasonOf(parsePublicKey('ed25519', 'ed25519', text)), text).toBe('it is not 64 hex digits');
    }
  });

  it('[A-53] [J23] are not PEM, of whatever kind', () => {
    for (const key of [ed25519.publicKey, rsa, p256]) {
      expect(parsePublicKey('ed25519', 'ed25519', pemOf(key)).kind).toBe('unusable');
    }
  });

  it('[A-65] [LIB-3] are unusable where the point is of small order or not canonical', () => {
    for (const bytes of [...canonicalSmallOrder, ...nonCanonicalSmallOrder]) {
      expect(reasonOf(parsePublicKey('ed25519', 'ed25519', hexOf(bytes)))).toMatch(/small order/);
    }
  });

  it('[A-04] [A-13] have one identity in either case, and with either sign', () => {
    const bytes = Buffer.from(ed25519.hex, 'hex');
    const { identity } = usable('ed25519', 'ed25519', ed25519.hex);
    expect(usable('ed25519', 'ed25519', ed25519.hex.toUpperCase()).identity).toBe(identity);
    bytes[31] = (bytes[31] as number) ^ 0x80;
    expect(usable('ed25519', 'ed25519', bytes.toString('hex')).identity).toBe(identity);
    bytes[0] = (bytes[0] as number) ^ 1;
    expect(usable('ed25519', 'ed25519', bytes.toString('hex')).identity).not.toBe(identity);
  });
});

describe.each(curves)('ECDSA keys on $name', ({ key, scheme, id, size, identity, name }) => {
  const point = pointOf(key, size);
  const algorithm = identifier(oid.ecPublicKey, derObjectIdentifier(id));
  const forms: Record<string, string> = {
    'as written': pemOf(key),
    'without the last newline': pemOf(key).trimEnd(),
    'with an extra newline': `${pemOf(key)}\n`,
    'with CRLF': pemOf(key).replaceAll('\n', '\r\n'),
    'with white space around it': `  \n${pemOf(key)}  `,
    'in one line': `-----BEGIN PUBLIC KEY-----\n${Buffer.from(derOf(key)).toString('base64')}\n-----END PUBLIC KEY-----`,
    compressed: spki(algorithm, bits(compress(point))),
    'as the hex of the point': hexOf(point),
    'as upper-case hex': hexOf(point).toUpperCase(),
  };

  it('[A-04] [SIG-05] [JF7] are one key with one identity in every form, under every keytype', () => {
    const expected = {
      kind: 'ecdsa',
      identity: `${identity}:${hexOf(point.slice(1, 1 + size))}`,
      curve: name,
      hash: size === 32 ? 'sha256' : 'sha384',
      point,
    };
    for (const keytype of ['ecdsa', scheme]) {
      for (const [form, text] of Object.entries(forms))
        expect(parsePublicKey(keytype, scheme, text), form).toEqual(expected);
    }
  });

  it('[A-04] share an identity with the point of the same x, whose secret is the negative', () => {
    const mirrored = compress(point);
    mirrored[0] = (mirrored[0] as number) ^ 1;
    const other = usable('ecdsa', scheme, spki(algorithm, bits(mirrored)));
    expect(other).not.toEqual(usable('ecdsa', scheme, pemOf(key)));
    expect(other.identity).toBe(usable('ecdsa', scheme, pemOf(key)).identity);
  });

  it('[A-54] of the older hex form are uncompressed points only', () => {
    expect(parsePublicKey('ecdsa', scheme, hexOf(compress(point))).kind).toBe('unusable');
    expect(parsePublicKey('ecdsa', scheme, hexOf(derOf(key))).kind).toBe('unusable');
    expect(parsePublicKey('ecdsa', scheme, hexOf(point.slice(0, -1))).kind).toBe('unusable');
    for (const text of [`x${hexOf(point)}`, `${hexOf(point)}x`, `${hexOf(point)}0`, `0${hexOf(point)}`]) {
      expect(parsePublicKey('ecdsa', scheme, text).kind, text).toBe('unusable');
    }
  });

  it('[4.2.2-c] [A-53] are unusable with another curve, scheme or keytype', () => {
    const other = curves.find((each) => each.scheme !== scheme) as (typeof curves)[number];
    for (const text of [pemOf(other.key), hexOf(pointOf(other.key, other.size)), pemOf(rsa), ed25519.hex, '']) {
      expect(reasonOf(parsePublicKey('ecdsa', scheme, text)), text).toBe(`it is not a ${name} public key`);
    }
    for (const [keytype, otherScheme] of [
      ['ecdsa', other.scheme],
      [other.scheme, scheme],
      [scheme, other.scheme],
      ['rsa', scheme],
      ['ed25519', scheme],
      ['ecdsa', 'ed25519'],
      ['ecdsa', 'ecdsa'],
      ['ECDSA', scheme],
      ['', `ecdsa ${scheme}`],
      [`ecdsa ${scheme}`, ''],
      ['ecdsa ', scheme],
      ['ecdsa', `x${scheme}`],
      ['ecdsa', `${scheme}x`],
    ] as const) {
      expect(parsePublicKey(keytype, otherScheme, pemOf(key)).kind, `${keytype} ${otherScheme}`).toBe('unusable');
    }
  });

  it('are unusable off the curve, in hybrid form, and with other parameters', () => {
    const off = point.slice();
    off[off.length - 1] = (off.at(-1) as number) ^ 1;
    const curveOid = derObjectIdentifier(id);
    const variants: Record<string, string> = {
      'off the curve': spki(algorithm, bits(off)),
      'off the curve in hex': hexOf(off),
      hybrid: spki(algorithm, bits(Uint8Array.of(6 + (compress(point)[0] as number) - 2, ...point.slice(1)))),
      'the point at infinity': spki(algorithm, bits(Uint8Array.of(0))),
      'no parameters': spki(identifier(oid.ecPublicKey), bits(point)),
      'parameters of NULL': spki(identifier(oid.ecPublicKey, nothing), bits(point)),
      'a NULL after the curve': spki(identifier(oid.ecPublicKey, curveOid, nothing), bits(point)),
      'explicit parameters': spki(
        identifier(oid.ecPublicKey, derSequence(derInteger(Uint8Array.of(1)), curveOid)),
        bits(point),
      ),
      'the curve P-521': spki(identifier(oid.ecPublicKey, derObjectIdentifier(oid.p521)), bits(point)),
      'the algorithm RSA': spki(identifier(oid.rsa, curveOid), bits(point)),
      'unused bits': spki(algorithm, bits(point, 1)),
      'no bits': spki(algorithm, der(3)),
      'an octet string': spki(algorithm, der(4, point)),
      'an octet string that begins like it': spki(algorithm, der(4, Uint8Array.of(0), point)),
      'no key': formatPem('PUBLIC KEY', derSequence(algorithm)),
      'a third element': formatPem('PUBLIC KEY', derSequence(algorithm, bits(point), nothing)),
      'a byte after it': formatPem('PUBLIC KEY', Uint8Array.of(...derOf(key), 0)),
      'a SET for an identifier': formatPem('PUBLIC KEY', derSequence(der(0x31, algorithm.slice(2)), bits(point))),
      'another label': pemOf(key).replaceAll('PUBLIC KEY', 'EC PUBLIC KEY'),
      'the label of an RSA key': formatPem('RSA PUBLIC KEY', point),
      'the point as PEM': formatPem('PUBLIC KEY', point),
    };
    for (const [variant, text] of Object.entries(variants)) {
      expect(parsePublicKey('ecdsa', scheme, text).kind, variant).toBe('unusable');
    }
  });
});

describe('RSA keys', () => {
  const schemes = ['rsassa-pss-sha256', 'rsassa-pss-sha384', 'rsassa-pss-sha512'];
  const jwk = rsa.export({ format: 'jwk' });
  const modulus = new Uint8Array(Buffer.from(jwk.n as string, 'base64url'));
  const exponent = Uint8Array.of(1, 0, 1);
  const algorithm = identifier(oid.rsa, nothing);
  const pkcs1 = (n: Uint8Array, e: Uint8Array) => derSequence(derInteger(n), derInteger(e));
  const pem = (n: Uint8Array, e: Uint8Array): string => spki(algorithm, bits(pkcs1(n, e)));
  const odd = (size: number, top = 0x80): Uint8Array => {
    const bytes = new Uint8Array(size).fill(0xa5);
    bytes[0] = top;
    return bytes;
  };

  it('[A-04] [SIG-05] are one key with one identity as SubjectPublicKeyInfo and as RSAPublicKey', () => {
    const forms = [
      pemOf(rsa),
      pemOf(rsa).trimEnd(),
      pemOf(rsa).replaceAll('\n', '\r\n'),
      `\n${pemOf(rsa)}\n`,
      rsa.export({ type: 'pkcs1', format: 'pem' }) as string,
      pem(modulus, exponent),
    ];
    for (const text of forms) {
      expect(parsePublicKey('rsa', 'rsassa-pss-sha256', text)).toEqual({
        kind: 'rsa-pss',
        identity: `rsa:${hexOf(modulus)}`,
        hash: 'sha256',
        modulus,
        exponent: 65_537,
      });
    }
    for (const scheme of schemes) {
      expect(parsePublicKey('rsa', scheme, pemOf(rsa))).toMatchObject({
        hash: scheme.slice(-6),
        identity: `rsa:${hexOf(modulus)}`,
      });
    }
  });

  it('[A-04] [SIG-05] of one modulus have one identity, whatever the exponent', () => {
    const [first, second] = [pem(modulus, Uint8Array.of(3)), pem(modulus, exponent)].map((text) =>
      usable('rsa', 'rsassa-pss-sha256', text),
    );
    expect(first).not.toEqual(second);
    expect(first?.identity).toBe(second?.identity);
    expect(usable('rsa', 'rsassa-pss-sha256', pem(odd(256), exponent)).identity).not.toBe(first?.identity);
  });

  it('[4.2.2-d] [J23] have 2048 to 16384 bits', () => {
    for (const size of [256, 257, 512, 2048])
      expect(parsePublicKey('rsa', 'rsassa-pss-sha256', pem(odd(size), exponent)).kind).toBe('rsa-pss');
    expect(parsePublicKey('rsa', 'rsassa-pss-sha256', pem(odd(257, 1), exponent)).kind).toBe('rsa-pss');
    const reason = 'its modulus is not of 2048 to 16384 bits';
    for (const n of [odd(256, 0x7f), odd(128), odd(2049, 1), odd(2049), Uint8Array.of(9)]) {
      expect(reasonOf(parsePublicKey('rsa', 'rsassa-pss-sha256', pem(n, exponent)))).toBe(reason);
    }
  });

  it('have an odd modulus and an odd exponent from 3 to 2^32 - 1', () => {
    for (const e of [[3], [5], [1, 0, 1], [0xff, 0xff, 0xff, 0xff]]) {
      const key = usable('rsa', 'rsassa-pss-sha256', pem(modulus, Uint8Array.from(e)));
      expect(key).toMatchObject({ exponent: e.reduce((value, byte) => value * 256 + byte, 0) });
    }
    for (const e of [[0], [1], [2], [4], [1, 0, 0], [1, 0, 0, 0, 1], new Array(256).fill(1)]) {
      expect(parsePublicKey('rsa', 'rsassa-pss-sha256', pem(modulus, Uint8Array.from(e))).kind, String(e)).toBe(
        'unusable',
      );
    }
    const even = modulus.slice();
    even[255] = (even[255] as number) & 0xfe;
    expect(parsePublicKey('rsa', 'rsassa-pss-sha256', pem(even, exponent)).kind).toBe('unusable');
  });

  it('are unusable with another scheme, algorithm, parameter or encoding', () => {
    for (const scheme of [
      'ed25519',
      'rsa-pkcs1v15-sha256',
      'rsassa-pss-sha1',
      'xrsassa-pss-sha256',
      'rsassa-pss-sha256x',
      'rsassa-pss-md5',
      'ecdsa-sha2-nistp256',
      '',
      'toString',
    ]) {
      expect(parsePublicKey('rsa', scheme, pemOf(rsa)).kind, scheme).toBe('unusable');
    }
    const key = pkcs1(modulus, exponent);
    const integer = (content: Uint8Array) => der(2, content);
    const variants: Record<string, string> = {
      'the algorithm PSS': spki(identifier(oid.rsaPss), bits(key)),
      'the algorithm PSS with NULL': spki(identifier(oid.rsaPss, nothing), bits(key)),
      'no parameters': spki(identifier(oid.rsa), bits(key)),
      'parameters that are not NULL': spki(identifier(oid.rsa, derSequence()), bits(key)),
      'unused bits': spki(algorithm, bits(key, 4)),
      'a leading zero too many': spki(
        algorithm,
        bits(derSequence(integer(Uint8Array.of(0, 0, ...modulus)), derInteger(exponent))),
      ),
      'a negative modulus': spki(algorithm, bits(derSequence(integer(modulus), derInteger(exponent)))),
      'a leading zero in e': spki(
        algorithm,
        bits(derSequence(derInteger(modulus), integer(Uint8Array.of(0, 1, 0, 1)))),
      ),
      'three numbers': spki(
        algorithm,
        bits(derSequence(derInteger(modulus), derInteger(exponent), derInteger(exponent))),
      ),
      'one number': spki(algorithm, bits(derSequence(derInteger(modulus)))),
      'a byte after the key': spki(algorithm, bits(Uint8Array.of(...key, 0))),
      'PKCS#1 under the other label': formatPem('PUBLIC KEY', key),
      'SubjectPublicKeyInfo under the other label': pemOf(rsa).replaceAll('PUBLIC', 'RSA PUBLIC'),
      'an EC key': pemOf(p256),
      'text after it': `${pemOf(rsa)}trailing`,
      'a private key': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
      hex: hexOf(derOf(rsa)),
    };
    for (const [variant, text] of Object.entries(variants)) {
      expect(parsePublicKey('rsa', 'rsassa-pss-sha256', text).kind, variant).toBe('unusable');
    }
  });
});

describe('parsing any key', () => {
  const forms: [string, string, string][] = [
    ['ed25519', 'ed25519', ed25519.hex],
    ['ecdsa', 'ecdsa-sha2-nistp256', pemOf(p256)],
    ['ecdsa', 'ecdsa-sha2-nistp384', pemOf(p384)],
    ['rsa', 'rsassa-pss-sha512', pemOf(rsa)],
  ];

  it('[J23] [SIG-08] refuses a key under every keytype and scheme but its own', () => {
    for (const [keytype, scheme, text] of forms) {
      for (const [otherKeytype, otherScheme] of [...forms, ['ed25519', 'totally-unknown', '']] as const) {
        const expected = keytype === otherKeytype && scheme === otherScheme;
        expect(parsePublicKey(otherKeytype as string, otherScheme as string, text).kind !== 'unusable').toBe(expected);
      }
    }
  });

  it('[4.2.2-a] never throws and never echoes the key, whatever the text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.string({ unit: 'binary' }), fc.nat(), (form, text, at) => {
        const [keytype, scheme, original] = form;
        const cut = at % (original.length + 1);
        for (const mutated of [text, original.slice(0, cut) + text + original.slice(cut), original.slice(0, cut)]) {
          const key = parsePublicKey(keytype, scheme, mutated);
          if (key.kind === 'unusable' && text.length > 20) expect(key.reason).not.toContain(text);
        }
        expect(parsePublicKey(text, scheme, original).kind === 'unusable' || text === keytype).toBe(true);
        expect(parsePublicKey(keytype, text, original).kind === 'unusable' || text === scheme).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads texts of up to 16384 characters', () => {
    for (const [keytype, scheme, text] of forms.slice(1)) {
      expect(parsePublicKey(keytype, scheme, text.padEnd(16_384)).kind).not.toBe('unusable');
      expect(reasonOf(parsePublicKey(keytype, scheme, text.padEnd(16_385)))).toMatch(/longer than/);
    }
  });

  it('[A-53] takes an Ed25519 key for no other keytype, also where it is asked for Ed25519 alone', () => {
    expect(parseEd25519('ed25519', 'ed25519', ed25519.hex).kind).toBe('ed25519');
    expect(parseEd25519('ecdsa', 'ed25519', ed25519.hex).kind).toBe('unusable');
  });

  it('ends in time on texts of any length', () => {
    for (const text of ['0'.repeat(1e7), '\n'.repeat(1e7), `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(1e7)}`]) {
      for (const [keytype, scheme] of forms) {
        const reason = keytype === 'ed25519' ? /^it is not 64 hex digits$/ : /longer than/;
        expect(reasonOf(parsePublicKey(keytype, scheme, text))).toMatch(reason);
      }
    }
  });

  it('keeps nothing of a text that its owner could change, and gives each key bytes of its own', () => {
    const [one, two] = [
      usable(...(forms[3] as [string, string, string])),
      usable(...(forms[3] as [string, string, string])),
    ];
    if (one.kind !== 'rsa-pss' || two.kind !== 'rsa-pss') throw new TypeError('an RSA key');
    expect(one.modulus.buffer).not.toBe(two.modulus.buffer);
    expect(one.modulus.buffer.byteLength).toBe(one.modulus.length);
  });

  it('agrees with OpenSSL on compressed points', () => {
    for (const { id, scheme, size } of curves) {
      const keys = createECDH(size === 32 ? 'prime256v1' : 'secp384r1');
      for (let round = 0; round < 10; round++) {
        keys.generateKeys();
        const algorithm = identifier(oid.ecPublicKey, derObjectIdentifier(id));
        const text = spki(algorithm, bits(new Uint8Array(keys.getPublicKey(null, 'compressed'))));
        expect(usable('ecdsa', scheme, text)).toMatchObject({ point: new Uint8Array(keys.getPublicKey()) });
        expect(createPublicKey(text).asymmetricKeyType).toBe('ec');
      }
    }
  });
});
