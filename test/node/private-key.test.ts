import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { positiveInteger, readDerSequence } from '../../src/metadata/der.ts';
import { bigEndian } from '../../src/metadata/nist-curves.ts';
import { parsePem } from '../../src/metadata/pem.ts';
import { formatPrivateKey, generateKey, keyKinds, parsePrivateKey } from '../../src/node/private-key.ts';

const passphrase = 'correct horse – Pferd 馬';
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const openssl = spawnSync('openssl', ['version']).status === 0;

const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => error,
  );

// The real cost of a passphrase is looked at here.
vi.unmock('../../src/node/scrypt-cost.ts');

describe('making keys', () => {
  it.each(keyKinds.filter((kind) => kind !== 'rsa-4096' && !kind.startsWith('ml-dsa')))('makes %s', async (kind) => {
    const key = (await generateKey(kind)) as KeyObject;
    expect(key.type).toBe('private');
    const [type, size] = kind.split('-');
    expect(key.asymmetricKeyType).toBe(type === 'ecdsa' ? 'ec' : type);
    if (type === 'rsa')
      expect(key.asymmetricKeyDetails).toEqual({ modulusLength: Number(size), publicExponent: 65_537n });
    if (type === 'ecdsa')
      expect(key.asymmetricKeyDetails?.namedCurve).toBe(size === 'p256' ? 'prime256v1' : 'secp384r1');
  });

  it('takes any other kind for the mistake of its caller', async () => {
    for (const kind of ['', 'rsa', 'rsa-1024', 'ecdsa-p521', 'dsa', 'ml-dsa', 'ml-dsa-66']) {
      await expect(generateKey(kind as never)).rejects.toThrow(TypeError);
    }
  });
});

describe('writing private keys', () => {
  const keys: [string, KeyObject][] = [
    ['ed25519', ed25519],
    ['ecdsa-p256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['ecdsa-p384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['rsa-2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ];

  it.each(keys)('node:crypto and tufa read what is written, encrypted or not: %s', async (_, key) => {
    for (const protection of [
      { passphrase },
      { passphrase: Buffer.from(passphrase) },
      { unencrypted: true },
    ] as const) {
      const pem = await formatPrivateKey(key, protection);
      expect(parsePem(pem)?.label).toBe('passphrase' in protection ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY');
      expect(createPrivateKey({ key: pem, passphrase }).equals(key)).toBe(true);
      expect((await parsePrivateKey(pem, { passphrase })).equals(key)).toBe(true);
    }
  });

  it.skipIf(!openssl).each(keys)('openssl pkcs8 decrypts what is written: %s', async (_, key) => {
    const input = await formatPrivateKey(key, { passphrase });
    const args = ['pkcs8', '-passin', 'env:PASSPHRASE'];
    const found = spawnSync('openssl', args, { input, env: { ...process.env, PASSPHRASE: passphrase } });
    expect(found.status, found.stderr.toString()).toBe(0);
    expect(createPrivateKey(found.stdout).equals(key)).toBe(true);
    const wrong = spawnSync('openssl', args, { input, env: { ...process.env, PASSPHRASE: 'wrong' } });
    expect(wrong.status).not.toBe(0);
  });

  it('derives the key by scrypt with N = 2^14, r = 8, p = 5 and 32 bytes of fresh salt', async () => {
    const salts = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const pem = parsePem(await formatPrivateKey(ed25519, { passphrase }));
      const [algorithm] = readDerSequence(pem?.bytes as Uint8Array) ?? [];
      const inside = (bytes: Uint8Array) => readDerSequence(Uint8Array.of(0x30, bytes.length, ...bytes)) ?? [];
      const [, parameters] = inside(algorithm?.content as Uint8Array);
      const [derivation, encryption] = inside(parameters?.content as Uint8Array);
      const [name, scrypt] = inside(derivation?.content as Uint8Array);
      const [salt, ...numbers] = inside(scrypt?.content as Uint8Array);
      // As `openssl asn1parse` prints them: 1.3.6.1.4.1.11591.4.11 and 2.16.840.1.101.3.4.1.42.
      expect(Buffer.from(name?.content as Uint8Array).toString('hex')).toBe('2b06010401da47040b');
      expect(Buffer.from(inside(encryption?.content as Uint8Array)[0]?.content as Uint8Array).toString('hex')).toBe(
        '60864801650304012a',
      );
      expect(numbers.map((each) => bigEndian(positiveInteger(each) as Uint8Array))).toEqual([16_384n, 8n, 5n, 32n]);
      expect(salt?.content).toHaveLength(32);
      salts.add(Buffer.from(salt?.content as Uint8Array).toString('hex'));
    }
    expect(salts.size).toBe(2);
  });

  it('does not change the passphrase that it is given', async () => {
    const bytes = Buffer.from(passphrase);
    const pem = await formatPrivateKey(ed25519, { passphrase: bytes });
    await parsePrivateKey(pem, { passphrase: bytes });
    expect(bytes.toString()).toBe(passphrase);
  });

  it('leaves a key unencrypted only where that is said', async () => {
    for (const protection of [
      {},
      { unencrypted: false },
      { passphrase: '' },
      { passphrase: new Uint8Array() },
      { passphrase: undefined },
    ]) {
      await expect(formatPrivateKey(ed25519, protection as never)).rejects.toThrow(TypeError);
    }
  });

  it('takes anything but a private key for the mistake of its caller', async () => {
    for (const key of [createPublicKey(ed25519 as never), undefined, 'key']) {
      await expect(formatPrivateKey(key as never, { unencrypted: true })).rejects.toThrow(TypeError);
    }
  });
});

describe('reading private keys', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pem = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1', cipher?: string): string =>
    key.export({
      type: type as 'pkcs8',
      format: 'pem',
      ...(cipher === undefined ? {} : { cipher, passphrase }),
    }) as string;

  it.each([
    ['PKCS#8', ec, pem(ec, 'pkcs8')],
    ['PKCS#8 encrypted with PBKDF2', ec, pem(ec, 'pkcs8', 'aes-256-cbc')],
    ['SEC 1', ec, pem(ec, 'sec1')],
    ['SEC 1 encrypted as of old', ec, pem(ec, 'sec1', 'aes-128-cbc')],
    ['PKCS#1', rsa, pem(rsa, 'pkcs1')],
    ['PKCS#1 encrypted as of old', rsa, pem(rsa, 'pkcs1', 'aes-256-cbc')],
    ['PKCS#8 with CRLF', rsa, pem(rsa, 'pkcs8').replaceAll('\n', '\r\n')],
  ])('reads %s', async (_, key, text) => {
    expect((await parsePrivateKey(text, { passphrase })).equals(key)).toBe(true);
  });

  it('asks for a passphrase only where the key is encrypted', async () => {
    let asked = 0;
    const ask = (): Promise<string> => {
      asked++;
      return Promise.resolve(passphrase);
    };
    await parsePrivateKey(pem(ec, 'pkcs8'), { passphrase: ask });
    expect(asked).toBe(0);
    await parsePrivateKey(pem(ec, 'pkcs8', 'aes-256-cbc'), { passphrase: ask });
    expect(asked).toBe(1);
  });

  it('hands on what the asking threw', async () => {
    const abort = new DOMException('stopped', 'AbortError');
    const reading = parsePrivateKey(pem(ec, 'pkcs8', 'aes-256-cbc'), { passphrase: () => Promise.reject(abort) });
    expect(await caught(reading)).toBe(abort);
  });

  it.each([
    ['a wrong passphrase', pem(ec, 'pkcs8', 'aes-256-cbc'), 'wrong', /cannot be decrypted/, /passphrase again/],
    [
      'a wrong passphrase of an older file',
      pem(ec, 'sec1', 'aes-128-cbc'),
      'wrong',
      /cannot be decrypted/,
      /passphrase again/,
    ],
    ['no passphrase', pem(ec, 'pkcs8', 'aes-256-cbc'), undefined, /is encrypted/, /give its passphrase/],
    ['a damaged key', pem(ec, 'pkcs8').replace(/.{20}\n-----END/, '\n-----END'), undefined, /can be read/, /damaged/],
    [
      'a public key',
      createPublicKey(ec as never).export({ type: 'spki', format: 'pem' }) as string,
      undefined,
      /not a private key/,
      /public half/,
    ],
    ['other text', 'hello', undefined, /not a private key/, /openssl/],
    ['nothing', '', undefined, /not a private key/, /openssl/],
  ])('says what is wrong with %s', async (_, text, given, message, hint) => {
    const error = await caught(parsePrivateKey(text, { passphrase: given, uri: 'file:root.pem' }));
    if (!isTufError(error)) throw error;
    expect(error).toMatchObject({ code: 'ERR_TUF_SIGNER', family: 'unavailable', evidence: { uri: 'file:root.pem' } });
    expect(error.message).toMatch(/^file:root\.pem /);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('tells no secret in an error', async () => {
    const secret = 'a-secret-passphrase';
    const text = ed25519.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string;
    const plain = ed25519.export({ type: 'pkcs8', format: 'pem' }) as string;
    const damaged = plain.replace('-----BEGIN PRIVATE KEY-----\nMC4', '-----BEGIN PRIVATE KEY-----\nMC5');
    const errors = [
      // Once in 256 times a wrong passphrase decrypts to something, and fails later.
      ...(await Promise.all(Array.from({ length: 8 }, () => caught(parsePrivateKey(text, { passphrase: secret }))))),
      await caught(parsePrivateKey(damaged)),
    ];
    for (const error of errors) {
      expect(isTufError(error)).toBe(true);
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain(secret);
      for (const line of plain.split('\n').filter((line) => line !== '' && !line.startsWith('-'))) {
        expect(shown).not.toContain(line);
        expect(shown).not.toContain(line.slice(22));
      }
    }
  });
});
