import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyidOf, readPublicKeyFile } from '../../src/node/signer-public-key.ts';
import { type OpenSignerOptions, openSigner, publicKeyAt, signerAbsence } from '../../src/node/signers.ts';
import type { Signer } from '../../src/repository/signer.ts';
import { backends, verdict } from '../crypto/backends.ts';
import { failure } from './signer-failure.ts';

const message = Buffer.from('{"what":"is signed"}');
const onWindows = process.platform === 'win32';
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tufa-exec-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};
const publicFile = (name: string): string => join(folder, `${name}.pub.pem`);
const encoded = (args: readonly string[]): string => args.map((arg) => `arg=${encodeURIComponent(arg)}`).join('&');

/** A small program, by its text. */
function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}
const sh = (name: string, text: string): string => script(name, `#!/bin/sh\n${text}\n`);

beforeAll(() => {
  for (const [name, key] of Object.entries(keys)) {
    writeFileSync(join(folder, `${name}.pem`), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(publicFile(name), createPublicKey(key as never).export({ type: 'spki', format: 'pem' }));
  }
  // Signs with the file beside it, as one that is right would; what its arguments say is done to the signature.
  script(
    'sign.mjs',
    `#!${process.execPath}
import { createPrivateKey, sign, constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
const [file, hash, twist = ''] = process.argv.slice(2);
const message = readFileSync(0);
const key = createPrivateKey(readFileSync(file));
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: twist === 'salt' ? 20 : 32 };
const input = key.asymmetricKeyType === 'rsa' && twist !== 'pkcs1' ? { key, ...pss } : { key, dsaEncoding: twist === 'p1363' ? 'ieee-p1363' : 'der' };
let signature = sign(hash === 'none' ? null : hash, twist === 'other' ? Buffer.from('other') : message, input);
if (twist === 'newline') signature = Buffer.concat([signature, Buffer.from('\\n')]);
if (twist === 'base64') signature = Buffer.from(signature.toString('base64'));
process.stdout.write(signature);
`,
  );
});

async function openedBy(
  address: string,
  name: keyof typeof keys = 'ed25519',
  options: OpenSignerOptions = {},
): Promise<Signer> {
  return openSigner(`exec:${address}`, { publicKey: await readPublicKeyFile(publicFile(name)), folder, ...options });
}
const signing = (name: keyof typeof keys, hash: string, twist = ''): string =>
  `./sign.mjs?${encoded([join(folder, `${name}.pem`), hash, twist])}`;

describe.skipIf(onWindows)('a program that signs', () => {
  it.each([
    ['ed25519', 'none'],
    ['p256', 'sha256'],
    ['p384', 'sha384'],
    ['rsa', 'sha256'],
  ] as const)('[A-55] signs with %s', async (name, hash) => {
    const signer = await openedBy(signing(name, hash), name);
    const { keytype, scheme, keyval } = signer.key;
    for (const bytes of [message, Buffer.alloc(0), Buffer.alloc(3_000_000, 'x')]) {
      const signature = await signer.sign(bytes);
      for (const [backend, crypto] of backends)
        expect(await verdict(crypto, [keytype, scheme, keyval.public], bytes, signature), backend).toBe(true);
    }
  });

  it('is found on PATH, beside the repository, and where its path says', async () => {
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'sign-it'), 'a folder that comes first on PATH holds a file that nobody may run');
    const rest = signing('ed25519', 'none').replace('./sign.mjs', '');
    const env = { PATH: ['.', '', tools, folder].join(delimiter) };
    expect((await failure(openedBy(`sign-it${rest}`, 'ed25519', { env }))).message).toBe(
      'exec:sign-it needs the program sign-it, which is not there',
    );
    for (const address of [
      `sign.mjs${rest}`,
      `./sign.mjs${rest}`,
      `${folder}/sign.mjs${rest}`,
      `tools/../sign.mjs${rest}`,
    ])
      expect((await (await openedBy(address, 'ed25519', { env })).sign(message)).length).toBe(64);
    // What PATH names relatively, and the folder itself, are not where a name is looked for.
    expect(await signerAbsence('exec:sign.mjs', { folder, env: { PATH: '.' } })).toBe('there is no program sign.mjs');
    expect(await signerAbsence('exec:sign.mjs', { folder, env })).toBeUndefined();
    expect(await signerAbsence('exec:sign.mjs', { folder, env: {} })).toBe('there is no program sign.mjs');
    expect(await signerAbsence('exec:./tools', { folder, env })).toBe('there is no program ./tools');
  });

  it('sees the key, the scheme and the role, its arguments as they are, and no passphrase', async () => {
    sh(
      'show',
      `printf '%s\\n' "$PWD" "$TUFA_KEYID" "$TUFA_SCHEME" "$TUFA_ROLE" "$KEPT" "$TUFA_PASSPHRASE$TUFA_PASSPHRASE_FILE" "$@" >&2; cat > seen; exit 1`,
    );
    const env = {
      PATH: process.env['PATH'],
      TUFA_PASSPHRASE: 'secret',
      TUFA_PASSPHRASE_FILE: 'secret',
      TUFA_ROLE: 'x',
      KEPT: 'kept',
    };
    const args = ['a b', '$(touch injected)', '; touch injected', 'é+&?#%', ''];
    const lines: string[] = [];
    const signer = await openedBy(`./show?${encoded(args)}`, 'ed25519', { env, onNotice: (line) => lines.push(line) });
    const keyid = keyidOf(signer.key);
    await failure(signer.sign(message, { role: 'bin-0 \u202e' }));
    expect(lines).toEqual([folder, keyid, 'ed25519', 'bin-0 \u202e', 'kept', ...args.slice(0, 4)]);
    expect(readFileSync(join(folder, 'seen'))).toEqual(message);
    expect(existsSync(join(folder, 'injected'))).toBe(false);
    lines.length = 0;
    await failure(signer.sign(message));
    expect(lines.slice(2, 4)).toEqual(['ed25519', 'kept']);
  });

  it.each([
    ['other bytes', 'ed25519', 'none', 'other', /holds another key than it says, or changed or hashed/],
    ['a newline', 'ed25519', 'none', 'newline', /newline follows/],
    ['base64', 'ed25519', 'none', 'base64', /the answer is text/],
    ['r and s side by side', 'p256', 'sha256', 'p1363', /as DER/],
    ['PKCS#1 v1.5', 'rsa', 'sha256', 'pkcs1', /PKCS#1 v1\.5/],
    ['a short salt', 'rsa', 'sha256', 'salt', /salt has another length/],
    ['another hash', 'p384', 'sha256', '', /hashed/],
  ] as const)('that gives %s is named, with what to do', async (_, name, hash, twist, hint) => {
    const signer = await openedBy(signing(name, hash, twist), name);
    const error = await failure(signer.sign(message));
    expect(error.message).toBe(`exec:./sign.mjs gave no signature by ${keyidOf(signer.key)}`);
    expect(error.evidence).toEqual({ uri: `exec:${signing(name, hash, twist)}` });
    expect(error.hint).toMatch(hint);
  });

  it('that holds another key is named', async () => {
    const error = await failure((await openedBy(signing('p256', 'sha256'), 'ed25519')).sign(message));
    expect(error.hint).toMatch(/another key/);
  });

  it('that fails is quoted in one line in which nothing is hidden', async () => {
    sh('fail', `printf 'no token\\033[2J in slot\\n::error::x\\r\\n' >&2; exit 3`);
    const error = await failure((await openedBy('./fail')).sign(message));
    expect(error.message).toBe('exec:./fail ended with exit code 3; it said: no token\\u{1b}[2J in slot / ::error::x');
    sh('chatter', `yes 'the same again' | head -c 1000000 >&2; echo 'the end' >&2; exit 1`);
    const lines: string[] = [];
    const { message: said } = await failure(
      (await openedBy('./chatter', 'ed25519', { onNotice: (line) => lines.push(line) })).sign(message),
    );
    expect(said).toMatch(/the end$/);
    expect(said.length).toBeLessThan(3000);
    expect(lines).toHaveLength(100);
    sh('killed', `kill -9 $$`);
    expect((await failure((await openedBy('./killed')).sign(message))).message).toMatch(/was ended by a signal$/);
  });

  it('that says nothing, or without end, or does not read, is named', async () => {
    sh('silent', 'exit 0');
    const silent = await openedBy('./silent');
    expect((await failure(silent.sign(Buffer.alloc(5_000_000)))).message).toBe('exec:./silent printed no signature');
    sh('endless', 'cat /dev/zero');
    expect((await failure((await openedBy('./endless')).sign(message))).message).toMatch(/more than 65536 bytes/);
    sh('garbage', 'head -c 65536 /dev/zero');
    expect((await failure((await openedBy('./garbage')).sign(message))).message).toMatch(/gave no signature/);
  });

  it('that hangs is ended, with what it started', async () => {
    sh('hang', `sleep 1000 & echo $! > hang.pid; echo waiting for the token >&2; wait`);
    const error = await failure((await openedBy('./hang', 'ed25519', { timeoutMs: 1000 })).sign(message));
    expect(error.message).toBe('exec:./hang did not end within 1 s, and was ended; it said: waiting for the token');
    expect(error.hint).toContain('TUFA_SIGNER_TIMEOUT');
    expect(await hasEnded('hang.pid')).toBe(true);
  });

  it('that is aborted is ended, with what it started', async () => {
    sh('wait', `sleep 1000 & echo $! > wait.pid; echo ready >&2; wait`);
    const aborter = new AbortController();
    const signer = await openedBy('./wait', 'ed25519', {
      signal: aborter.signal,
      onNotice: () => aborter.abort('enough'),
    });
    await expect(signer.sign(message)).rejects.toBe('enough');
    expect(await hasEnded('wait.pid')).toBe(true);
    await expect(signer.sign(message)).rejects.toBe('enough');
  });

  it('that leaves a child behind is not waited for, and the child is ended', async () => {
    sh('leaves', `./sign.mjs "$1" none; sleep 1000 & echo $! > leaves.pid`);
    const signer = await openedBy(`./leaves?${encoded([join(folder, 'ed25519.pem')])}`);
    expect((await signer.sign(message)).length).toBe(64);
    expect(await hasEnded('leaves.pid')).toBe(true);
  });

  it('that cannot be started is named', async () => {
    script('broken', '#!/nowhere/interpreter\n');
    const error = await failure((await openedBy('./broken')).sign(message));
    expect(error.message).toBe('exec:./broken cannot be started');
    expect(error.hint).toMatch(/first line/);
    chmodSync(join(folder, 'broken'), 0o644);
    expect((await failure(openedBy('./broken'))).hint).toMatch(/may be run/);
  });

  it('leaves nothing of a secret in a file', () => {
    const kept = ['ed25519.pem', 'p256.pem', 'p384.pem', 'rsa.pem'];
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const found = files.filter((entry) =>
      /PRIVATE KEY|secret/.test(readFileSync(join(entry.parentPath, entry.name), 'latin1')),
    );
    expect(found.map(({ name }) => name).sort()).toEqual(kept);
  });

  async function hasEnded(file: string): Promise<boolean> {
    const pid = Number(readFileSync(join(folder, file), 'utf8'));
    expect(pid).toBeGreaterThan(1);
    for (let tries = 0; tries < 500; tries += 1) {
      // One that has ended may stand in the table until its parent, whoever that is now, looks at it.
      const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : undefined;
      if (stat !== undefined ? / Z /.test(stat) : !isThere(pid)) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  }

  function isThere(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});

const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' });
describe.skipIf(onWindows || openssl.status !== 0)('openssl as a program that signs', () => {
  it.each(['p256', 'p384'] as const)('signs with %s', async (name) => {
    const hash = name === 'p256' ? '-sha256' : '-sha384';
    const signer = await openedBy(`openssl?${encoded(['dgst', hash, '-sign', `${name}.pem`])}`, name);
    expect((await signer.sign(message)).length).toBeGreaterThan(64);
  });

  it('signs with RSA-PSS', async () => {
    const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];
    const signer = await openedBy(`openssl?${encoded(['dgst', '-sha256', ...pss, '-sign', 'rsa.pem'])}`, 'rsa');
    expect((await signer.sign(message)).length).toBe(256);
  });

  // pkeyutl wants to know the length before it signs with Ed25519, and so a file.
  it.skipIf(!/^OpenSSL 3/.test(openssl.stdout))('signs with Ed25519', async () => {
    sh('pkeyutl', 'cat > in.bin; openssl pkeyutl -sign -rawin -inkey ed25519.pem -in in.bin; rm in.bin');
    expect((await (await openedBy('./pkeyutl')).sign(message)).length).toBe(64);
  });
});

describe('an exec: URI', () => {
  const publicKey = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '' } };
  beforeAll(() => {
    const jwk = (keys.ed25519 as KeyObject).export({ format: 'jwk' });
    publicKey.keyval.public = Buffer.from(jwk.x as string, 'base64url').toString('hex');
  });

  it.each([
    ['exec:', /names no program/],
    ['exec:?arg=x', /names no program/],
    ['exec:x?pin=1234', /something else than arg=/],
    ['exec:x?arg=1&', /something else than arg=/],
    ['exec:x?arg=%', /not percent-encoded/],
    ['exec:x?arg=%ff', /not percent-encoded/],
    ['exec:x?arg=%00', /not percent-encoded/],
    [`exec:x?arg=${'y'.repeat(20_000)}`, /longer than/],
  ])('%s is refused', async (uri, expected) => {
    for (const opened of [openSigner(uri, { publicKey }), publicKeyAt(uri, { publicKey }), signerAbsence(uri)])
      expect((await failure(opened)).message).toMatch(expected);
  });

  it('needs its public half, and starts nothing for it', async () => {
    expect((await failure(openSigner('exec:node'))).hint).toMatch(/--public-key/);
    expect((await failure(publicKeyAt('exec:node'))).hint).toMatch(/--public-key/);
    expect(await publicKeyAt('exec:nowhere', { publicKey })).toEqual(publicKey);
    const unusable = { ...publicKey, scheme: 'other' };
    expect((await failure(publicKeyAt('exec:nowhere', { publicKey: unusable }))).message).toMatch(/cannot be used/);
  });

  it('does not put its arguments into messages', async () => {
    const error = await failure(openSigner('exec:nowhere?arg=long', { publicKey }));
    expect(error.message).not.toContain('long');
    expect(error.evidence).toEqual({ uri: 'exec:nowhere?arg=long' });
  });
});
