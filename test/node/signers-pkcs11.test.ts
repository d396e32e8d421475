import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPublicKeyFile } from '../../src/node/signer-public-key.ts';
import { openSigner } from '../../src/node/signers.ts';
import { at } from '../tools/project.mjs';

const module = '/usr/lib/softhsm/libsofthsm2.so';
const programs = ['softhsm2-util', 'pkcs11-tool', 'openssl'];
const isHere = existsSync(module) && programs.every((name) => spawnSync(name, ['--help']).error === undefined);
if (!isHere) process.stderr.write('skipped: SoftHSM is not installed (Debian: softhsm2 opensc)\n');

describe.skipIf(!isHere)('a PKCS#11 token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tufa-token-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('signs by the script of the documents', async () => {
    const page = readFileSync(at('docs/operate/signers.md'), 'utf8');
    const script = /^```sh\n(#!\/bin\/sh\n.*?)^```$/ms.exec(page)?.[1] as string;
    writeFileSync(join(folder, 'sign-by-token'), script, { mode: 0o755 });
    writeFileSync(join(folder, 'softhsm2.conf'), `directories.tokendir = ${folder}/tokens\n`);
    mkdirSync(join(folder, 'tokens'));
    const env = { ...process.env, SOFTHSM2_CONF: join(folder, 'softhsm2.conf'), TUFA_TOKEN_PIN: '5678' };
    const run = (program: string, args: string): void => {
      const { status, stderr } = spawnSync(program, args.split(' '), { env, cwd: folder, encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    };
    run('softhsm2-util', '--init-token --free --label tufa --pin 5678 --so-pin 1234');
    const token = `--module ${module} --token-label tufa`;
    const login = `${token} --login --pin env:TUFA_TOKEN_PIN`;
    run('pkcs11-tool', `${login} --keypairgen --key-type EC:prime256v1 --label root --id 01`);
    run('pkcs11-tool', `${token} --read-object --type pubkey --label root --output-file root.der`);
    run('openssl', 'pkey -pubin -inform DER -in root.der -out root.pem');

    const publicKey = await readPublicKeyFile(join(folder, 'root.pem'));
    const uri = `exec:./sign-by-token?arg=${module}&arg=tufa&arg=root`;
    const signer = await openSigner(uri, { publicKey, folder, env });
    // Whatever comes back was verified.
    for (const length of [0, 100, 100_000]) await signer.sign(Buffer.alloc(length, 'x'));
    const wrong = await openSigner(uri, { publicKey, folder, env: { ...env, TUFA_TOKEN_PIN: '1111' } });
    await expect(wrong.sign(Buffer.from('x'))).rejects.toThrow(/CKR_PIN_INCORRECT/);
  });
});
