import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { fileSigner, readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { generateKey } from '../../src/node/private-key.ts';
import { backends, verdict } from '../crypto/backends.ts';

const passphrase = 'correct horse';
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const hasModes = process.platform !== 'win32';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tufa-keys-'));
  path = join(folder, 'root.pem');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function expectFailure(promise: Promise<unknown>, code: string, hint: RegExp): Promise<void> {
  const error = await promise.then(
    () => expect.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!isTufError(error)) throw error;
  expect(error.code).toBe(code);
  expect(error.message).toContain(path);
  expect(error.hint).toMatch(hint);
}

describe('writing key files', () => {
  it.skipIf(!hasModes).each([0o000, 0o022, 0o077, 0o277, 0o777])('gives mode 0600 under umask %o', async (umask) => {
    const before = process.umask(umask);
    try {
      await writeKeyFile(path, ed25519, { unencrypted: true });
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect((await readKeyFile(path)).equals(ed25519)).toBe(true);
  });

  it('never overwrites, whatever is there', async () => {
    writeFileSync(path, 'precious');
    await expectFailure(writeKeyFile(path, ed25519, { unencrypted: true }), 'ERR_TUF_CONFLICT', /never overwritten/);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    rmSync(path);
    mkdirSync(path);
    await expectFailure(writeKeyFile(path, ed25519, { unencrypted: true }), 'ERR_TUF_CONFLICT', /never overwritten/);
  });

  it.skipIf(!hasModes)('does not follow a link to where someone else wants the key', async () => {
    symlinkSync(join(folder, 'elsewhere'), path);
    await expectFailure(writeKeyFile(path, ed25519, { unencrypted: true }), 'ERR_TUF_CONFLICT', /never overwritten/);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it('one of many writers wins', async () => {
    const keys = Array.from({ length: 8 }, () => generateKeyPairSync('ed25519').privateKey);
    const results = await Promise.allSettled(keys.map((key) => writeKeyFile(path, key, { unencrypted: true })));
    const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await readKeyFile(path)).equals(keys[winners[0] as number] as (typeof keys)[number])).toBe(true);
  });

  it('says so where the folder is missing, and leaves nothing behind', async () => {
    path = join(folder, 'missing', 'root.pem');
    await expectFailure(writeKeyFile(path, ed25519, { unencrypted: true }), 'ERR_TUF_STORE', /folder/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes nothing where the caller is mistaken', async () => {
    await expect(writeKeyFile(path, ed25519, {} as never)).rejects.toThrow(TypeError);
    await expect(writeKeyFile(path, ed25519, { passphrase: '' })).rejects.toThrow(TypeError);
    expect(existsSync(path)).toBe(false);
  });

  it('holds nothing of the secret in clear where it is encrypted', async () => {
    await writeKeyFile(path, ed25519, { passphrase });
    const file = Buffer.from(readFileSync(path, 'utf8').split('\n').slice(1, -2).join(''), 'base64');
    const secret = Buffer.from(ed25519.export({ format: 'jwk' }).d as string, 'base64url');
    expect(file.length).toBeGreaterThan(100);
    expect(file.includes(secret.subarray(0, 8))).toBe(false);
    expect(file.includes(passphrase)).toBe(false);
  });
});

describe('reading key files', () => {
  it('reads what was written', async () => {
    await writeKeyFile(path, ed25519, { passphrase });
    expect((await readKeyFile(path, { passphrase })).equals(ed25519)).toBe(true);
    expect((await readKeyFile(path, { passphrase: () => Buffer.from(passphrase) })).equals(ed25519)).toBe(true);
  });

  it('says what is wrong', async () => {
    await expectFailure(readKeyFile(path), 'ERR_TUF_SIGNER', /check the path/);
    await writeKeyFile(path, ed25519, { passphrase });
    await expectFailure(readKeyFile(path), 'ERR_TUF_SIGNER', /give its passphrase/);
    await expectFailure(readKeyFile(path, { passphrase: 'wrong' }), 'ERR_TUF_SIGNER', /passphrase again/);
    const pem = readFileSync(path, 'utf8');
    rmSync(path);
    writeFileSync(path, pem.slice(0, 150));
    await expectFailure(readKeyFile(path, { passphrase }), 'ERR_TUF_SIGNER', /damaged/);
    rmSync(path);
    mkdirSync(path);
    await expectFailure(readKeyFile(path), 'ERR_TUF_SIGNER', /check the path/);
  });

  it('does not read files beyond any key', async () => {
    const pem = ed25519.export({ type: 'pkcs8', format: 'pem' }) as string;
    writeFileSync(path, pem.padEnd(65_536, '\n'), { mode: 0o600 });
    expect((await readKeyFile(path)).equals(ed25519)).toBe(true);
    writeFileSync(path, pem.padEnd(65_537, '\n'));
    await expectFailure(readKeyFile(path), 'ERR_TUF_SIGNER', /private key as PEM/);
  });

  it.skipIf(!hasModes || process.getuid?.() === 0)('says so where it may not read', async () => {
    await writeKeyFile(path, ed25519, { unencrypted: true });
    chmodSync(path, 0);
    await expectFailure(readKeyFile(path), 'ERR_TUF_SIGNER', /you may read it/);
  });
});

describe('signing with key files', () => {
  it.each(['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const)('signs with %s', async (kind) => {
    await writeKeyFile(path, await generateKey(kind), { passphrase });
    const { key, ...signer } = { ...(await fileSigner(path, { passphrase })) };
    expect(signer).toEqual({});
    const message = Buffer.from('what is signed');
    const signature = await (await fileSigner(path, { passphrase })).sign(message);
    for (const [name, crypto] of backends) {
      expect(await verdict(crypto, [key.keytype, key.scheme, key.keyval.public], message, signature), name).toBe(true);
    }
  });

  it('takes the hash function of an RSA key from its caller', async () => {
    await writeKeyFile(path, await generateKey('rsa-2048'), { unencrypted: true });
    expect((await fileSigner(path)).key.scheme).toBe('rsassa-pss-sha256');
    expect((await fileSigner(path, { rsaHash: 'sha512' })).key.scheme).toBe('rsassa-pss-sha512');
  });

  it('names the file of a key that TUF does not use', async () => {
    const { privateKey } = generateKeyPairSync('ed448');
    await writeKeyFile(path, privateKey, { unencrypted: true });
    await expectFailure(fileSigner(path), 'ERR_TUF_SIGNER', /TUF keys are/);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)('openssl decrypts the file', async () => {
    await writeKeyFile(path, ed25519, { passphrase });
    const env = { ...process.env, PASSPHRASE: passphrase };
    const found = spawnSync('openssl', ['pkcs8', '-in', path, '-passin', 'env:PASSPHRASE'], { env, encoding: 'utf8' });
    expect(found.stdout).toBe(ed25519.export({ type: 'pkcs8', format: 'pem' }));
  });
});
