/** ML-DSA against pyca/cryptography (OpenSSL 3.5 or later), where python3 has it: both ways, keys in files included. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withMlDsa } from '../../src/crypto/ml-dsa.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { readKeyFile, writeKeyFile } from '../../src/node/key-file.ts';
import { generateKey } from '../../src/node/private-key.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { usable } from '../crypto/backends.ts';

const program = `
import hashlib, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import mldsa
asked = json.load(sys.stdin)
if asked is None: sys.exit(0)
message = b'tuf\\x01' + hashlib.sha512(bytes.fromhex(asked['message'])).digest()
with open(asked['key'], 'rb') as file:
    key = s.load_pem_private_key(file.read(), b'of the test')
public = s.load_pem_public_key(asked['public'].encode())
def holds(signature):
    try:
        public.verify(bytes.fromhex(signature), message)
        return True
    except InvalidSignature:
        return False
spki = (s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
own = getattr(mldsa, 'MLDSA%dPrivateKey' % asked['set']).generate()
with open(asked['new'], 'wb') as file:
    file.write(own.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b'of the test')))
print(json.dumps({
    'verdicts': [holds(each) for each in asked['signatures']],
    'public': key.public_key().public_bytes(*spki).decode(),
    'signature': key.sign(message).hex(),
    'ownPublic': own.public_key().public_bytes(*spki).decode(),
}))
`;
const run = (asked: unknown) =>
  spawnSync('python3', ['-c', program], { input: JSON.stringify(asked), encoding: 'utf8', timeout: 60_000 });
const isThere = run(null).status === 0;
if (!isThere) process.stderr.write('skipped: python3 has no cryptography with ML-DSA\n');

const folder = mkdtempSync(join(tmpdir(), 'tufa-python-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const message = Buffer.from('{"what":"is signed"}');
const crypto = withMlDsa(nodeCrypto());

describe.skipIf(!isThere)('pyca/cryptography', () => {
  it.each([44, 65, 87] as const)('reads our keys, and each verifies what the other signs: ML-DSA-%i', async (set) => {
    const path = join(folder, `${set}.pem`);
    const privateKey = await generateKey(`ml-dsa-${set}`);
    await writeKeyFile(path, privateKey, { passphrase: 'of the test' });
    const signer = new KeySigner(privateKey);
    const { keytype, scheme, keyval } = signer.key;
    const signature = await signer.sign(message);
    const broken = [0, 47, 48, signature.length - 70, signature.length - 1].map((at) =>
      signature.map((byte, index) => (index === at ? byte ^ 1 : byte)),
    );
    const signatures = [signature, ...broken].map((each) => Buffer.from(each).toString('hex'));
    const asked = { set, message: message.toString('hex'), key: path, public: keyval.public, signatures };
    const ran = run({ ...asked, new: join(folder, `${set}-theirs.pem`) });
    expect(ran.status, ran.stderr).toBe(0);
    const answer = JSON.parse(ran.stdout);
    const key = usable(keytype, scheme, keyval.public);
    for (const [index, each] of [signature, ...broken].entries()) {
      expect(await crypto.verify(key, message, each)).toBe(answer.verdicts[index]);
    }
    expect(answer.verdicts).toEqual([true, false, false, false, false, false]);
    expect(answer.public).toBe(keyval.public);
    expect(await crypto.verify(key, message, new Uint8Array(Buffer.from(answer.signature, 'hex')))).toBe(true);
    const theirs = new KeySigner(await readKeyFile(protect(`${set}-theirs.pem`), { passphrase: 'of the test' }));
    expect(theirs.key).toEqual({ keytype, scheme, keyval: { public: answer.ownPublic } });
  });
});

/** Only for its owner, as a key file has to be. */
function protect(name: string): string {
  const path = join(folder, `${name}.own`);
  writeFileSync(path, readFileSync(join(folder, name)), { mode: 0o600 });
  return path;
}
