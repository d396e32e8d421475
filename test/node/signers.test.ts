import { generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { writeKeyFile } from '../../src/node/key-file.ts';
import { formatPrivateKey, generateKey } from '../../src/node/private-key.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { keyidOf, readPublicKeyFile } from '../../src/node/signer-public-key.ts';
import { openSigner, publicKeyAt, type SignerKind, signerAbsence, signerKinds } from '../../src/node/signers.ts';
import { roleKey } from '../../src/repository/role-key.ts';
import { failure } from './signer-failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'tufa-signers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const message = Buffer.from('what is signed');
const passphrase = 'correct horse';

const secretKey = generateKeyPairSync('ed25519').privateKey;
const key = new KeySigner(secretKey).key;
const plain = secretKey.export({ type: 'pkcs8', format: 'pem' }) as string;

describe('any URI', () => {
  it.each(['', 'root.pem', 'C:\\keys\\root.pem', 'pkcs11:slot', 'FILE:x', 'constructor:x', '__proto__:x'])(
    '%j is no key that is known',
    async (uri) => {
      for (const opened of [openSigner(uri), publicKeyAt(uri), signerAbsence(uri)]) {
        const error = await failure(opened);
        expect(error.hint).toBe('begin it with one of file:, env:, ssh-agent:, exec:');
        expect(error.evidence).toEqual({ uri });
      }
    },
  );

  it('may be of a kind that the caller brings, whose signatures are verified too', async () => {
    let isRight = true;
    const vault: SignerKind = {
      open: async (address) => ({
        key,
        sign: async (bytes) => sign(null, isRight ? bytes : Buffer.from(address), secretKey),
      }),
      absence: async (address) => `no ${address}`,
    };
    const options = { kinds: { vault, file: vault } };
    const signer = await openSigner('vault:root', options);
    expect(Object.getPrototypeOf(await signer.sign(message))).toBe(Uint8Array.prototype);
    isRight = false;
    const error = await failure(signer.sign(message));
    expect(error.message).toBe(`vault:root gave no signature by ${keyidOf(key)}`);
    expect(await signerAbsence('vault:root', options)).toBe('no root');
    // Those that are known stay what they are.
    expect(await signerAbsence('file:nowhere', options)).toBe('there is no such file');
    expect(Object.keys(signerKinds)).toEqual(['file', 'env', 'ssh-agent', 'exec']);
  });

  it('is another key than is expected: that is said, not signed with', async () => {
    const env = { KEY: plain };
    const other = new KeySigner(generateKeyPairSync('ed25519').privateKey).key;
    expect((await openSigner('env:KEY', { env, keyid: keyidOf(key), publicKey: key })).key).toEqual(key);
    for (const expected of [{ keyid: keyidOf(other) }, { publicKey: other }]) {
      const error = await failure(openSigner('env:KEY', { env, ...expected }));
      expect(error.message).toBe(`env:KEY is another key than ${keyidOf(other)}`);
      expect(error.hint).toContain(keyidOf(key));
    }
  });

  it('is given up before it is opened, when the caller gives up', async () => {
    const signal = AbortSignal.abort('enough');
    await expect(openSigner('env:KEY', { env: { KEY: plain }, signal })).rejects.toBe('enough');
    await expect((await openSigner('env:KEY', { env: { KEY: plain } })).sign('text' as never)).rejects.toThrow(
      TypeError,
    );
  });

  it('[A-03] has the keyid that the repository lists', async () => {
    expect(keyidOf(key)).toBe((await roleKey(key, nodeCrypto())).keyid);
  });
});

describe('env:', () => {
  it('reads a key that is encrypted, and one that is not', async () => {
    const encrypted = await formatPrivateKey(secretKey, { passphrase });
    for (const [pem, options] of [
      [plain, {}],
      [plain.replaceAll('\n', '\\n'), {}],
      [plain.replaceAll('\n', '\r\n'), {}],
      [encrypted, { passphrase }],
      [encrypted.replaceAll('\n', '\\n'), { passphrase: () => passphrase }],
    ] as const) {
      const signer = await openSigner('env:THE_KEY', { env: { THE_KEY: pem }, ...options });
      expect(signer.key).toEqual(key);
      expect((await signer.sign(message)).length).toBe(64);
      expect(inspect(signer, { depth: 9, showHidden: true })).not.toContain(pem.slice(30, 60));
    }
  });

  it('takes the hash function of an RSA key from its caller', async () => {
    const pem = await formatPrivateKey(await generateKey('rsa-2048'), { unencrypted: true });
    const signer = await openSigner('env:RSA', { env: { RSA: pem }, rsaHash: 'sha512' });
    expect(signer.key.scheme).toBe('rsassa-pss-sha512');
    await signer.sign(message);
  });

  it('says what is wrong, and nothing of what is in the variable', async () => {
    const encrypted = await formatPrivateKey(secretKey, { passphrase });
    const cases = [
      ['env:KEY', undefined, /is not set$/],
      ['env:KEY', ' \n', /is not set$/],
      ['env:KEY', 'hunter2', /is not a private key in PEM form$/],
      ['env:KEY', plain.replace('MC4C', 'hunter2'), /cannot be read$|can be read$/],
      ['env:KEY', encrypted, /no passphrase was given$/],
      ['env:KEY', 'hunter2'.repeat(10_000), /is longer than 65536 characters$/],
      ['env:', 'hunter2', /names no environment variable$/],
      ['env:A-B', 'hunter2', /names no environment variable$/],
      ['env:__proto__', undefined, /is not set$/],
      ['env:constructor', undefined, /is not set$/],
    ] as const;
    for (const [uri, value, expected] of cases) {
      const env = { KEY: value, '': 'hunter2', 'A-B': 'hunter2' };
      const error = await failure(openSigner(uri, { env }));
      expect(error.message).toMatch(expected);
      expect(error.evidence).toEqual({ uri });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2|MC4C/);
    }
    expect((await failure(openSigner('env:KEY', { env: { KEY: encrypted }, passphrase: 'hunter2' }))).message).toBe(
      'env:KEY cannot be decrypted with this passphrase',
    );
    expect(await signerAbsence('env:KEY', { env: {} })).toBe('it is not set');
    expect(await signerAbsence('env:KEY', { env: { KEY: plain } })).toBeUndefined();
  });
});

describe('file:', () => {
  const path = join(folder, 'key.pem');

  it('begins where it is told', async () => {
    await writeKeyFile(path, secretKey, { passphrase });
    for (const uri of ['file:key.pem', `file:${path}`, `file://${path}`, `file:${relative(process.cwd(), path)}`]) {
      const from = uri === 'file:key.pem' ? { folder } : {};
      expect((await openSigner(uri, { passphrase, ...from })).key, uri).toEqual(key);
      expect(await signerAbsence(uri, from), uri).toBeUndefined();
    }
    expect(await signerAbsence('file:key.pem', { folder: join(folder, 'other') })).toBe('there is no such file');
    expect(await publicKeyAt('file:key.pem', { folder, passphrase })).toEqual(key);
  });

  it.skipIf(process.platform === 'win32')('is refused where others can read it and nothing encrypts it', async () => {
    const open = join(folder, 'open.pem');
    await writeKeyFile(open, secretKey, { unencrypted: true });
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644, 0o777]) {
      chmodSync(open, mode);
      const error = await failure(openSigner(`file:${open}`));
      expect(error.message).toBe(`file:${open} is not encrypted, and others may read it`);
      expect(error.hint).toContain(`chmod 600 ${open}`);
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      chmodSync(open, mode);
      expect((await openSigner(`file:${open}`)).key).toEqual(key);
    }
    chmodSync(path, 0o644);
    expect((await openSigner(`file:${path}`, { passphrase })).key).toEqual(key);
  });
});

describe('a public half in a file', () => {
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = p256.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const listed = new KeySigner(p256.privateKey).key;
  const write = (text: string): string => {
    const path = join(folder, 'public');
    writeFileSync(path, text);
    return path;
  };

  it.each([
    ['PEM', spki],
    ['PEM with another end of line', spki.replaceAll('\n', '\r\n')],
    ['what tufa key export prints', `${JSON.stringify({ keyid: 'ignored', key: listed })}\n`],
    ['a key of metadata', JSON.stringify({ ...listed, more: 'ignored' })],
    ['a key of metadata under its older name', JSON.stringify({ ...listed, keytype: 'ecdsa-sha2-nistp256' })],
  ])('is read from %s', async (_, text) => {
    expect(await readPublicKeyFile(write(text))).toEqual(listed);
  });

  it('has the scheme that is asked for, where it is RSA', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const path = write(rsa.export({ type: 'spki', format: 'pem' }) as string);
    expect((await readPublicKeyFile(path)).scheme).toBe('rsassa-pss-sha256');
    expect((await readPublicKeyFile(path, 'sha384')).scheme).toBe('rsassa-pss-sha384');
  });

  it.each([
    ['nothing', '', /no public key/],
    ['a private key', plain, /is a private key$/],
    ['broken PEM', spki.slice(0, 90), /not a public key that can be read/],
    ['JSON that is none', '{"key":', /not a public key that can be read/],
    ['JSON of something else', '{}', /no keytype, scheme and keyval/],
    ['JSON with null', '{"key":null}', /no keytype, scheme and keyval/],
    ['an unusable key', JSON.stringify({ ...listed, scheme: 'other' }), /not supported/],
    [
      'a key that TUF does not use',
      generateKeyPairSync('ed448').publicKey.export({ type: 'spki', format: 'pem' }) as string,
      /no public key of TUF/,
    ],
    ['too much', ' '.repeat(65_537), /too long/],
    ['a line that is no key', 'ssh-ed25519 AAAA', /no public key/],
  ])('is refused where it is %s', async (_, text, expected) => {
    const error = await failure(readPublicKeyFile(write(text)));
    expect(error.message).toMatch(expected);
    expect(inspect(error, { depth: 9 })).not.toContain(secretKey.export({ format: 'jwk' }).d as string);
  });

  it('is refused where it cannot be read', async () => {
    expect((await failure(readPublicKeyFile(join(folder, 'nowhere')))).message).toMatch(/cannot be read$/);
    expect((await failure(readPublicKeyFile(folder))).message).toMatch(/cannot be read$/);
  });
});
