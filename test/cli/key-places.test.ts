import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../src/cli/static-server.ts';
import { formatConfig, parseConfig } from '../../src/cli/workspace-config.ts';
import { formatPrivateKey } from '../../src/node/private-key.ts';
import { KeySigner } from '../../src/node/signer.ts';
import { keyidOf } from '../../src/node/signer-public-key.ts';
import { OpenSshAgent, whyNoOpenSsh } from '../node/signer-agents.ts';
import { buildCommand, newFolder, newShell, newVerdicts, startProcess } from './harness.ts';

const tufa = newShell();
const base = newFolder();
afterAll(() => base.remove());
const onWindows = process.platform === 'win32';
const passphrase = 'of the test';

const key = generateKeyPairSync('ed25519').privateKey;
const keyid = keyidOf(new KeySigner(key).key);
const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string;
const token = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const tokenId = keyidOf(new KeySigner(token.privateKey).key);
const env = { TUFA_PASSPHRASE: passphrase, PATH: process.env['PATH'] ?? '' };

const { ok, fails } = newVerdicts(tufa, { env });
const configOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'tufa.json'), 'utf8')).signers;
let count = 0;
const newDir = (): string => join(base.path, `repository-${++count}`);

/** A program that signs with a key of its own, and notes how it was called. */
let program: string;
beforeAll(() => {
  base.write('token.pub.pem', token.publicKey.export({ type: 'spki', format: 'pem' }) as string);
  base.write('token.pem', token.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  program = base.write(
    'sign.mjs',
    `#!${process.execPath}
import { createPrivateKey, sign } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
const here = ${JSON.stringify(base.path)};
const { TUFA_ROLE, TUFA_KEYID, TUFA_PASSPHRASE } = process.env;
appendFileSync(here + '/calls', JSON.stringify([process.cwd(), TUFA_ROLE, TUFA_KEYID, TUFA_PASSPHRASE, process.argv.slice(2)]) + '\\n');
console.error('touch the token');
process.stdout.write(sign('sha256', readFileSync(0), createPrivateKey(readFileSync(here + '/token.pem'))));
`,
  );
  chmodSync(program, 0o755);
});
const calls = (): unknown[][] =>
  readFileSync(join(base.path, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

let built: Promise<string> | undefined;
function builtTufa(): Promise<string> {
  mkdirSync(join(base.path, 'dist'), { recursive: true });
  built ??= buildCommand('main', join(base.path, 'dist'));
  return built;
}

describe('tufa.json', () => {
  const parse = (signers: unknown) =>
    parseConfig(
      Buffer.from(
        JSON.stringify({
          format: 1,
          expires: { root: '1y', targets: '1y', snapshot: '7d', timestamp: '1d' },
          hashes: ['sha256'],
          signers,
        }),
      ),
      'tufa.json',
    );
  const publicKey = new KeySigner(key).key;

  it('keeps a URI, and one with the public half', () => {
    const signers = { a: 'file:a.pem', b: { uri: 'exec:b', key: publicKey } };
    const config = parse(signers);
    expect(Object.fromEntries(config.signers)).toEqual(signers);
    expect(parseConfig(formatConfig(config), 'tufa.json')).toEqual(config);
  });

  it.each([
    [undefined],
    ['file:a'],
    [{ a: 1 }],
    [{ a: null }],
    [{ a: [] }],
    [{ a: {} }],
    [{ a: { uri: 'exec:a' } }],
    [{ a: { uri: 1, key: publicKey } }],
    [{ a: { uri: 'exec:a', key: 'text' } }],
    [{ a: { uri: 'exec:a', key: { ...publicKey, scheme: 'none' } } }],
  ])('is refused with %j', (signers) => {
    expect(() => parse(signers)).toThrow(/tufa\.json: signers/);
  });
});

describe('tufa key create', () => {
  it.each([
    ['env:KEY', /make a file/],
    ['ssh-agent:x', /ssh-keygen -t ed25519/],
    ['exec:x', /then import it/],
    ['pkcs11:x', /use file:PATH/],
  ])('makes none at %s, and says where to', async (uri, hint) => {
    expect((await fails(['key', 'create', uri], 2, 'ERR_TUF_USAGE')).json.error.hint).toMatch(hint);
  });
});

describe('tufa key', () => {
  it('is told a path from here, and the repository finds it from anywhere', async () => {
    const dir = newDir();
    await ok(['init', dir], {});
    const outside = join(base.path, 'outside.pem');
    const inside = join(dir, 'keys', 'inside.pem');
    for (const path of [outside, inside]) await ok(['key', 'create', relative('.', path)], {});
    expect(await ok(['key', 'import', dir, relative('.', outside)])).toMatchObject({ uri: `file:${outside}` });
    expect(await ok(['key', 'import', dir, `file:${relative('.', inside)}`])).toMatchObject({
      uri: 'file:keys/inside.pem',
    });
    expect(Object.values(configOf(dir))).toEqual(expect.arrayContaining([`file:${outside}`, 'file:keys/inside.pem']));
    const moved = newDir();
    renameSync(dir, moved);
    const { roles } = await ok(['key', 'list', moved]);
    expect(roles.every(({ keys }: { keys: { isHere: boolean }[] }) => keys.every(({ isHere }) => isHere))).toBe(true);
  });

  it('says in words which keys are not at hand, and why', async () => {
    const dir = newDir();
    await ok(['init', dir, '--key', 'root=env:ROOT_KEY', '--key', 'timestamp=env:ROOT_KEY'], {
      env: { ...env, ROOT_KEY: pem },
    });
    const { stdout } = await tufa(['key', 'list', dir], { env });
    expect(stdout).toContain(`root: 1 of 1\n  ${keyid}  env:ROOT_KEY, not at hand: it is not set\n`);
    expect(stdout).toMatch(/^targets: 1 of 1\n {2}[0-9a-f]{64} {2}file:keys\/targets-1\.pem$/m);
    const config = JSON.parse(readFileSync(join(dir, 'tufa.json'), 'utf8'));
    config.signers[keyid] = 'pkcs11:later';
    writeFileSync(join(dir, 'tufa.json'), JSON.stringify(config));
    expect((await ok(['key', 'list', dir])).roles[0].keys[0]).toEqual({
      keyid,
      owner: null,
      uri: 'pkcs11:later',
      isHere: false,
      absence: 'this tufa knows no such keys',
    });
  });

  it.skipIf(onWindows)('takes over a program, tries it, and shows its public half', async () => {
    const dir = newDir();
    await ok(['init', dir], {});
    const uri = `exec:${relative('.', program)}?arg=a%20b`;
    const publicKey = ['--public-key', join(base.path, 'token.pub.pem')];
    expect((await fails(['key', 'import', dir, uri], 3, 'ERR_TUF_SIGNER')).json.error.hint).toMatch(/--public-key/);
    const exported = await ok(['key', 'export', uri, ...publicKey]);
    expect(exported).toEqual({ keyid: tokenId, key: new KeySigner(token.privateKey).key });

    const stored = `exec:${program}?arg=a%20b`;
    expect(await ok(['key', 'import', dir, uri, ...publicKey, '--try'])).toEqual({
      keyid: tokenId,
      uri: stored,
      key: exported.key,
    });
    expect(configOf(dir)[tokenId]).toEqual({ uri: stored, key: exported.key });
    expect(calls()).toEqual([[dir, null, tokenId, null, ['a b']]]);

    writeFileSync(join(base.path, 'other.json'), JSON.stringify({ keyid, key: new KeySigner(key).key }));
    const wrong = await fails(
      ['key', 'import', dir, uri, '--public-key', join(base.path, 'other.json'), '--try'],
      3,
      'ERR_TUF_SIGNER',
    );
    expect(wrong.json.error.hint).toMatch(/another key than it says/);
    expect(configOf(dir)).not.toHaveProperty(keyid);
    const absent = await tufa(['key', 'import', dir, 'exec:nowhere', ...publicKey], { env });
    expect(absent.stderr).toContain('warning: exec:nowhere is not at hand here: there is no program nowhere');
  });

  it('checks the public half that it is told of a key that has its own', async () => {
    const options = { env: { ...env, KEY: pem } };
    const file = join(base.path, 'token.pub.pem');
    expect(await ok(['key', 'export', 'env:KEY'], options)).toMatchObject({ keyid });
    const other = await fails(['key', 'export', 'env:KEY', '--public-key', file], 3, 'ERR_TUF_SIGNER', options);
    expect(other.json.error.message).toBe(`env:KEY is another key than ${tokenId}`);
    await fails(['key', 'export', 'pkcs11:x'], 2, 'ERR_TUF_USAGE');
    await fails(['key', 'export', 'env:KEY'], 2, 'ERR_TUF_USAGE', {
      env: { ...options.env, TUFA_SIGNER_TIMEOUT: 'long' },
    });
  });
});

describe.skipIf(process.platform !== 'linux')('a program that signs', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('ends with the command that started it, by %s', async (signal) => {
    const dir = newDir();
    await ok(
      ['init', dir, ...['root', 'targets', 'snapshot', 'timestamp'].flatMap((role) => ['--key', `${role}=env:KEY`])],
      {
        env: { KEY: pem },
      },
    );
    const hang = base.write(
      'hang',
      '#!/bin/sh\necho started >&2\nsleep 1000 & echo $! > hang.pid\necho waits >&2\nwait\n',
    );
    chmodSync(hang, 0o755);
    const token = ['--public-key', join(base.path, 'token.pub.pem'), '--try'];
    const { child, done } = startProcess([await builtTufa(), 'key', 'import', dir, `exec:${hang}`, ...token]);
    await new Promise<void>((resolve) => {
      let said = '';
      child.stderr?.on('data', (chunk) => {
        said += chunk;
        if (said.includes('waits')) resolve();
      });
    });
    child.kill(signal);
    expect((await done).end).toBe(signal === 'SIGINT' ? 130 : signal);
    const pid = readFileSync(join(dir, 'hang.pid'), 'utf8').trim();
    // One that has ended may stand in the table until its parent, whoever that is now, looks at it.
    const isRunning = (): boolean => {
      const stat = `/proc/${pid}/stat`;
      return existsSync(stat) && !/ [ZX] /.test(readFileSync(stat, 'latin1'));
    };
    while (isRunning()) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe('tufa init with keys that exist', () => {
  it('makes no key, and asks for no passphrase, where all are given', async () => {
    const dir = newDir();
    const options = { env: { KEY: pem } };
    const roles = ['root', 'targets', 'snapshot', 'timestamp'];
    const ran = await tufa(
      ['init', dir, '--no-input', ...roles.flatMap((role) => ['--key', `${role}=env:KEY`])],
      options,
    );
    expect([ran.exitCode, ran.stderr]).toEqual([0, expect.not.stringContaining('its keys are in')]);
    expect(readdirSync(dir).sort()).toEqual(['drafts', 'public', 'published.json', 'root.json', 'tufa.json']);
    expect(configOf(dir)).toEqual({ [keyid]: 'env:KEY' });
    expect(await ok(['status', dir])).toMatchObject({ accepted: true });
  });

  it('counts the given among the keys of a role', async () => {
    const dir = newDir();
    const options = { env: { ...env, KEY: pem } };
    const made = await ok(['init', dir, '--key', 'root=env:KEY', '--keys', 'root=2', '--threshold', 'root=2'], options);
    expect(made.keys.root.map(({ uri }: { uri: string }) => uri)).toEqual(['env:KEY', 'file:keys/root-1.pem']);
    const file = newDir();
    const uri = `root=file:${relative('.', join(dir, 'keys/root-1.pem'))}`;
    expect((await ok(['init', file, '--key', uri])).keys.root[0].uri).toBe(`file:${join(dir, 'keys/root-1.pem')}`);
  });

  it('leaves nothing behind where a key is not there or is listed twice', async () => {
    const dir = newDir();
    const left = () => readdirSync(base.path).filter((name) => name.includes(`repository-${count}`));
    await fails(['init', dir, '--key', 'root=env:NOWHERE'], 3, 'ERR_TUF_SIGNER');
    await fails(['init', dir, '--key', 'root=exec:nowhere'], 3, 'ERR_TUF_SIGNER');
    const twice = ['--key', 'root=env:KEY', '--key', 'root=env:KEY'];
    await fails(['init', dir, ...twice], 4, 'ERR_TUF_REPOSITORY_REFUSED', { env: { ...env, KEY: pem } });
    expect(left()).toEqual([]);
  });

  it.each([
    [['--key', 'root']],
    [['--key', 'mirror=env:KEY']],
    [['--key', 'root=pkcs11:x']],
    [['--key', 'root=env:A', '--key', 'root=env:B', '--keys', 'root=1']],
    [['--public-key', 'x', '--key', 'root=env:A']],
  ])('refuses %j', async (args) => {
    await fails(['init', newDir(), ...args], 2, 'ERR_TUF_USAGE');
  });
});

describe.skipIf(whyNoOpenSsh !== undefined || onWindows)('a first ceremony without a key file', () => {
  const agent = new OpenSshAgent();
  beforeAll(() => agent.start());
  afterAll(() => agent.stop());

  it('signs the root in an agent and the timestamp by a program, and a client updates', async () => {
    const dir = newDir();
    for (const name of ['alice', 'release']) agent.add(agent.key(name, '-t', name === 'alice' ? 'ecdsa' : 'ed25519'));
    const online = await formatPrivateKey(key, { passphrase });
    const options = { env: { ...env, SSH_AUTH_SOCK: agent.socket, ONLINE_KEY: online } };
    const { keys } = await ok(
      [
        ...['init', dir, '--key', 'root=ssh-agent:alice', '--key', 'targets=ssh-agent:release'],
        ...['--key', 'snapshot=env:ONLINE_KEY', '--key', `timestamp=exec:${program}`],
        ...['--public-key', join(base.path, 'token.pub.pem')],
      ],
      options,
    );
    const uris = Object.entries(keys as Record<string, { uri: string }[]>).map(([role, [only]]) => [role, only?.uri]);
    expect(Object.fromEntries(uris)).toEqual({
      root: expect.stringMatching(/^ssh-agent:[0-9a-f]{64}$/),
      targets: expect.stringMatching(/^ssh-agent:[0-9a-f]{64}$/),
      snapshot: 'env:ONLINE_KEY',
      timestamp: `exec:${program}`,
    });
    expect(calls().at(-1)).toEqual([expect.any(String), 'timestamp', tokenId, null, []]);

    const file = base.write('file.txt', 'a real file');
    await ok(['add', dir, file], options);
    const published = await tufa(['publish', dir], options);
    expect([published.exitCode, published.stderr]).toEqual([
      0,
      expect.stringContaining(`tufa: exec:${program}: touch the token\n`),
    ]);
    expect(calls().at(-1)?.[0]).toBe(dir);
    const { roles } = await ok(['key', 'list', dir], options);
    for (const { keys } of roles) expect(keys).toEqual([expect.objectContaining({ isHere: true, absence: null })]);

    // Elsewhere only those are there that need neither the agent nor the variable.
    const { roles: away } = await ok(['key', 'list', dir], { env });
    const absences = away.map(({ keys }: { keys: { absence: string }[] }) => keys[0]?.absence);
    const noAgent = 'it needs an agent, and SSH_AUTH_SOCK names none';
    expect(absences).toEqual([noAgent, noAgent, 'it is not set', null]);
    await ok(['add', dir, base.write('second.txt', 'another')], { env });
    await fails(['publish', dir], 4, 'ERR_TUF_REPOSITORY_UNSIGNED', { env });

    const server = await serveFolder(join(dir, 'public'), 0);
    try {
      const to = join(base.path, 'downloads');
      const client = ['--root', join(dir, 'public/metadata/1.root.json'), '--store', join(base.path, 'store')];
      const urls = [server.metadataUrl, 'file.txt', '--targets-url', server.targetsUrl];
      await ok(['get', ...urls, ...client, '--to', to], { env: {} });
      expect(readFileSync(join(to, 'file.txt'), 'utf8')).toBe('a real file');
    } finally {
      await server.close();
    }
  });

  it('is told why the agent does not sign, and publishes nothing', async () => {
    const dir = newDir();
    const path = agent.key('asking', '-t', 'ed25519');
    agent.add('-c', path);
    const options = { env: { ...env, SSH_AUTH_SOCK: agent.socket } };
    const refused = await fails(['init', dir, '--key', 'root=ssh-agent:asking'], 3, 'ERR_TUF_SIGNER', options);
    expect(refused.json.error.message).toMatch(/^ssh-agent:[0-9a-f]{64} was not used: the agent refused to sign$/);
    agent.answer(true);
    await ok(['init', dir, '--key', 'root=ssh-agent:asking'], options);
  });

  it.skipIf(process.platform !== 'linux')(
    'shows no secret to others on the machine, in what it says, and in what it leaves',
    async () => {
      const dir = newDir();
      const secret = 'passphrase-that-nobody-sees';
      const online = await formatPrivateKey(key, { passphrase: secret });
      const all = {
        ...env,
        TUFA_PASSPHRASE: secret,
        SSH_AUTH_SOCK: agent.socket,
        ONLINE_KEY: online,
        TMPDIR: base.path,
      };
      // A program that looks at the command lines of all processes while a signature is made.
      const spy = base.write(
        'spy',
        `#!/bin/sh\ncat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > ${base.path}/arguments\nexec ${program}\n`,
      );
      chmodSync(spy, 0o755);
      const args = ['init', dir, '--key', 'targets=env:ONLINE_KEY', '--key', `timestamp=exec:${spy}`];
      // Where the package has it: the command looks there for its version.
      mkdirSync(join(base.path, 'dist/cli'), { recursive: true });
      base.write('package.json', '{ "version": "0" }');
      const main = await buildCommand('main', join(base.path, 'dist/cli'));
      const ran = await startProcess([main, ...args, '--public-key', join(base.path, 'token.pub.pem')], { env: all })
        .done;
      expect(ran.end, ran.stderr).toBe(0);
      const secrets = [
        secret,
        key.export({ format: 'jwk' }).d as string,
        pem.split('\n')[1] as string,
        online.split('\n')[1] as string,
      ];
      const listed = readFileSync(join(base.path, 'arguments'), 'utf8');
      expect(listed).toContain(spy);
      const kept = ['token.pem', 'dist/main.mjs'].map((name) => join(base.path, name));
      const files = readdirSync(base.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => !kept.includes(path));
      for (const text of [ran.stdout, ran.stderr, listed, ...files.map((path) => readFileSync(path, 'latin1'))])
        for (const each of secrets) expect(text.includes(each)).toBe(false);
      expect(readdirSync(base.path).filter((name) => name.startsWith('.'))).toEqual([]);
    },
  );
});
