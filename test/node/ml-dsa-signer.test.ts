import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { withMlDsa } from '../../src/crypto/ml-dsa.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { der, derInteger, derSequence } from '../../src/metadata/der-writer.ts';
import { formatPem, parsePem } from '../../src/metadata/pem.ts';
import { fileSigner, readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { MlDsaPrivateKey, signedBytes } from '../../src/node/ml-dsa.ts';
import { decryptPkcs8, encryptPkcs8 } from '../../src/node/pbes2.ts';
import { formatPrivateKey, generateKey, parsePrivateKey } from '../../src/node/private-key.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { keyidOf, readPublicKeyFile } from '../../src/node/signer-public-key.ts';
import { openSigner, publicKeyAt } from '../../src/node/signers.ts';
import { usable } from '../crypto/backends.ts';
import { noble, signedBytesOf } from '../crypto/ml-dsa-keys.ts';

const message = Buffer.from('{"what":"is signed"}');
const passphrase = 'of the test';
const crypto = withMlDsa(nodeCrypto());
const folder = mkdtempSync(join(tmpdir(), 'tufa-ml-dsa-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
const sets = [44, 65, 87] as const;

async function verifies(signer: KeySigner | Awaited<ReturnType<typeof openSigner>>): Promise<boolean | undefined> {
  const { keytype, scheme, keyval } = signer.key;
  return crypto.verify(usable(keytype, scheme, keyval.public), message, await signer.sign(message));
}
const failureOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => error as { code: string; message: string; hint: string },
  );

/** A PrivateKeyInfo by hand; `choice` is what its OCTET STRING holds. */
function pkcs8(choice: Uint8Array, { version = 0, last = 0x12, more = new Uint8Array() as Uint8Array } = {}): string {
  const identifier = der(0x06, Uint8Array.of(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last));
  const parts = [derInteger(Uint8Array.of(version)), derSequence(identifier), der(0x04, choice), more];
  return formatPem('PRIVATE KEY', derSequence(...parts));
}

describe.each(sets)('a key of ML-DSA-%i', (set) => {
  const kind = `ml-dsa-${set}` as const;

  it('is made, signs what clients verify, and no two signatures are the same', async () => {
    const signer = new KeySigner(await generateKey(kind));
    expect(signer.key).toMatchObject({ keytype: 'ml-dsa', scheme: `ml-dsa-${set}/1` });
    expect(await verifies(signer)).toBe(true);
    expect(await signer.sign(message)).not.toEqual(await signer.sign(message));
  });

  it('is written and read, encrypted or not', async () => {
    const key = await generateKey(kind);
    for (const protection of [{ passphrase }, { unencrypted: true }] as const) {
      const pem = await formatPrivateKey(key, protection);
      expect(parsePem(pem)?.label).toBe('passphrase' in protection ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY');
      expect((await parsePrivateKey(pem, { passphrase })).equals(key as never)).toBe(true);
    }
    const around = `# my key\n${await formatPrivateKey(key, { passphrase })}# and more\n`;
    expect((await parsePrivateKey(around, { passphrase })).equals(key as never)).toBe(true);
    const wrong = await failureOf(
      parsePrivateKey(await formatPrivateKey(key, { passphrase }), { passphrase: 'other' }),
    );
    expect(wrong).toMatchObject({
      code: 'ERR_TUF_SIGNER',
      message: 'the text cannot be decrypted with this passphrase',
    });
  });
});

describe('PKCS#8 of ML-DSA-65', () => {
  const { secretKey } = noble[65].keygen(seed);
  const octets = (bytes: Uint8Array): Uint8Array => der(0x04, bytes);

  it('is the seed alone, as RFC 9881 and OpenSSL have it', async () => {
    const pem = await formatPrivateKey(await MlDsaPrivateKey.of(65, seed), { unencrypted: true });
    expect(pem).toBe(pkcs8(der(0x80, seed)));
    expect(Buffer.from((parsePem(pem) as { bytes: Uint8Array }).bytes).toString('hex')).toBe(
      `3034020100300b060960864801650304031204228020${Buffer.from(seed).toString('hex')}`,
    );
  });

  it.each([
    ['the seed', pkcs8(der(0x80, seed))],
    ['the seed and what it expands to', pkcs8(derSequence(octets(seed), octets(secretKey)))],
    ['a public key behind it', pkcs8(der(0x80, seed), { version: 1, more: der(0x81, new Uint8Array(1953)) })],
  ])('is read with %s', async (_, pem) => {
    expect((await parsePrivateKey(pem)).equals((await MlDsaPrivateKey.of(65, seed)) as never)).toBe(true);
  });

  it.each([
    ['the expanded key alone', pkcs8(octets(secretKey)), /without its seed/],
    ['an expanded key of another seed', pkcs8(derSequence(octets(new Uint8Array(32)), octets(secretKey))), /not that/],
    ['a seed that is short', pkcs8(der(0x80, seed.subarray(1))), /RFC 9881/],
    ['a seed and no expanded key', pkcs8(derSequence(octets(seed))), /RFC 9881/],
    ['something behind the seed', pkcs8(Uint8Array.of(...der(0x80, seed), 5, 0)), /RFC 9881/],
    ['nothing', pkcs8(new Uint8Array()), /RFC 9881/],
    ['another version', pkcs8(der(0x80, seed), { version: 2 }), /RFC 9881/],
  ])('is refused with %s', async (_, pem, says) => {
    const error = await failureOf(parsePrivateKey(pem, { uri: 'file:k.pem' }));
    expect(error.code).toBe('ERR_TUF_SIGNER');
    expect(error.message).toMatch(says);
    expect(error.hint).not.toBe('');
  });

  it('shows nothing of the secret', async () => {
    const key = await MlDsaPrivateKey.of(65, seed);
    const shown = `${inspect(key, { depth: 9 })}${JSON.stringify(key)}${inspect(new KeySigner(key), { depth: 9 })}`;
    expect(shown).not.toContain(Buffer.from(seed).toString('hex'));
    expect(Object.keys(key)).toEqual(['publicKey']);
  });
});

describe('decrypting PKCS#8', () => {
  const openssl = spawnSync('openssl', ['version']).status === 0;

  it.skipIf(!openssl).each([
    ['AES-256 under scrypt', ['-scrypt']],
    ['AES-256 under PBKDF2', ['-v2', 'aes-256-cbc']],
    ['AES-128 under PBKDF2 with SHA-1', ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA1']],
    ['AES-192 under PBKDF2 with SHA-512', ['-v2', 'aes-192-cbc', '-v2prf', 'hmacWithSHA512', '-iter', '5000']],
  ])('gives what OpenSSL encrypted: %s', async (_, options) => {
    const input = await formatPrivateKey(await generateKey('ed25519'), { unencrypted: true });
    const args = ['pkcs8', '-topk8', ...options, '-passout', `pass:${passphrase}`];
    const { stdout } = spawnSync('openssl', args, { input, encoding: 'utf8' });
    const encrypted = parsePem(stdout)?.bytes as Uint8Array;
    const plain = await decryptPkcs8(encrypted, Buffer.from(passphrase));
    expect(formatPem('PRIVATE KEY', plain as Uint8Array)).toBe(input);
    expect(await decryptPkcs8(encrypted, Buffer.from('other'))).not.toEqual(plain);
  });

  it('is nothing where it costs too much, or is cut off or changed', async () => {
    const plain = Buffer.from('a secret');
    const whole = await encryptPkcs8(plain, Buffer.from(passphrase));
    expect(await decryptPkcs8(whole, Buffer.from(passphrase))).toEqual(plain);
    for (let length = 0; length < whole.length; length += 7) {
      expect(await decryptPkcs8(whole.subarray(0, length), Buffer.from(passphrase))).toBeUndefined();
    }
    const scrypt = '2b06010401da47040b';
    const at = Buffer.from(whole).indexOf(Buffer.from(scrypt, 'hex'));
    const costly = (N: Uint8Array) => {
      const parameters = derSequence(
        der(0x04, new Uint8Array(8)),
        derInteger(N),
        derInteger(Uint8Array.of(8)),
        derInteger(Uint8Array.of(1)),
      );
      const derivation = derSequence(der(0x06, Buffer.from(scrypt, 'hex')), parameters);
      const cipher = derSequence(der(0x06, Buffer.from('60864801650304012a', 'hex')), der(0x04, new Uint8Array(16)));
      const scheme = derSequence(der(0x06, Buffer.from('2a864886f70d01050d', 'hex')), derSequence(derivation, cipher));
      return derSequence(scheme, der(0x04, new Uint8Array(16)));
    };
    expect(at).toBeGreaterThan(0);
    for (const N of [Uint8Array.of(0x40, 0, 0, 0), Uint8Array.of(1, 0, 0, 0, 0), Uint8Array.of(3), Uint8Array.of(0)]) {
      expect(await decryptPkcs8(costly(N), Buffer.from(passphrase))).toBeUndefined();
    }
  });
});

describe('signers', () => {
  it('open a file and a variable', async () => {
    const key = await generateKey('ml-dsa-65');
    const path = join(folder, 'key.pem');
    await writeKeyFile(path, key, { passphrase });
    expect((await readKeyFile(path, { passphrase })).equals(key as never)).toBe(true);
    expect(await verifies(await fileSigner(path, { passphrase }))).toBe(true);
    expect(await verifies(await openSigner(`file:${path}`, { passphrase }))).toBe(true);
    const env = { KEY: readFileSync(path, 'utf8').replaceAll('\n', '\\n') };
    const opened = await openSigner('env:KEY', { passphrase, env });
    expect(await verifies(opened)).toBe(true);
    expect(keyidOf(opened.key)).toBe(keyidOf(new KeySigner(key).key));
  });

  it.skipIf(process.platform === 'win32')('give a program the 68 bytes of TAP 21, and take its signature', async () => {
    const { key } = new KeySigner(await MlDsaPrivateKey.of(65, seed));
    const publicFile = join(folder, 'public.pem');
    writeFileSync(publicFile, key.keyval.public);
    const publicKey = await readPublicKeyFile(publicFile);
    expect(publicKey).toEqual(key);
    const answer = join(folder, 'answer');
    const heard = join(folder, 'heard');
    const program = join(folder, 'sign.sh');
    writeFileSync(program, `#!/bin/sh\ncat > '${heard}'\ncat '${answer}'\n`, { mode: 0o755 });
    writeFileSync(answer, noble[65].sign(signedBytesOf(message), noble[65].keygen(seed).secretKey));
    expect(await publicKeyAt(`exec:${program}`, { publicKey })).toEqual(key);
    const signer = await openSigner(`exec:${program}`, { publicKey });
    expect(await verifies(signer)).toBe(true);
    expect(readFileSync(heard)).toEqual(Buffer.from(signedBytesOf(message)));
    expect(Buffer.from(signedBytes(message))).toEqual(Buffer.from(signedBytesOf(message)));
    for (const wrong of [noble[65].sign(message, noble[65].keygen(seed).secretKey), new Uint8Array(3309), 'text']) {
      writeFileSync(answer, wrong);
      expect(await failureOf(signer.sign(message))).toMatchObject({ code: 'ERR_TUF_SIGNER' });
    }
    writeFileSync(answer, new Uint8Array(3309));
    expect((await failureOf(signer.sign(message))).hint).toContain('3309 bytes, over the 68 bytes of TAP 21');
  });

  it('are none of an SSH agent, which says why', async () => {
    const { key: publicKey } = new KeySigner(await MlDsaPrivateKey.of(65, seed));
    const error = await failureOf(openSigner('ssh-agent:alice', { publicKey, env: {} }));
    expect(error).toMatchObject({
      code: 'ERR_TUF_SIGNER',
      message: 'ssh-agent:alice is a key of ML-DSA, which SSH agents do not have',
      hint: expect.stringContaining('file: or exec:'),
    });
  });
});

describe('without the package', () => {
  afterEach(() => {
    vi.doUnmock('@noble/post-quantum/ml-dsa.js');
    vi.resetModules();
  });

  it('no key is made, read or used, and the error says what to install', async () => {
    const pem = await formatPrivateKey(await MlDsaPrivateKey.of(65, seed), { passphrase });
    vi.doMock('@noble/post-quantum/ml-dsa.js', () => {
      throw new Error('it is not there');
    });
    vi.resetModules();
    const fresh = await import('../../src/node/private-key.ts');
    const attempts = [
      () => fresh.generateKey('ml-dsa-65'),
      () => fresh.parsePrivateKey(pem, { passphrase }),
      () => fresh.parsePrivateKey(pkcs8(der(0x80, seed))),
    ];
    for (const attempt of attempts) {
      expect(await failureOf(attempt())).toMatchObject({
        code: 'ERR_TUF_ALGORITHM',
        hint: expect.stringContaining('npm install @noble/post-quantum'),
      });
    }
    expect((await fresh.generateKey('ed25519')).asymmetricKeyType).toBe('ed25519');
  });
});
