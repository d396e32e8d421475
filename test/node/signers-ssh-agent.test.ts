import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keyidOf, readPublicKeyFile } from '../../src/node/signer-public-key.ts';
import { type OpenSignerOptions, openSigner, publicKeyAt, signerAbsence } from '../../src/node/signers.ts';
import { readSshKey, readSshSignature } from '../../src/node/ssh-agent-wire.ts';
import { backends, verdict } from '../crypto/backends.ts';
import {
  type Answerer,
  framed,
  identities,
  OpenSshAgent,
  serveAgent,
  text,
  u32,
  whyNoOpenSsh,
} from './signer-agents.ts';
import { failure } from './signer-failure.ts';

const message = Buffer.from('what is signed');

describe.skipIf(whyNoOpenSsh !== undefined)('the agent of OpenSSH', () => {
  const agent = new OpenSshAgent();
  const at = (): OpenSignerOptions => ({ env: { SSH_AUTH_SOCK: agent.socket } });
  const kinds = [
    ['ed25519', ['-t', 'ed25519'], 'ed25519'],
    ['p256', ['-t', 'ecdsa', '-b', '256'], 'ecdsa-sha2-nistp256'],
    ['p384', ['-t', 'ecdsa', '-b', '384'], 'ecdsa-sha2-nistp384'],
  ] as const;
  const paths = new Map<string, string>();

  beforeAll(async () => {
    await agent.start();
    for (const [name, options] of kinds) paths.set(name, agent.key(name, ...options));
    for (const [name, ...options] of [
      ['rsa', '-t', 'rsa', '-b', '2048'],
      ['p521', '-t', 'ecdsa', '-b', '521'],
    ] as const)
      paths.set(name, agent.key(name, ...options));
    agent.key('authority', '-t', 'ed25519');
    for (const path of paths.values()) agent.add(path);
  });
  afterAll(() => agent.stop());

  describe.each(kinds)('holds %s', (name, _, scheme) => {
    it('which is found by comment, fingerprint and keyid, with the key that its file has', async () => {
      const key = await publicKeyAt(`ssh-agent:${name}`, at());
      expect(key.scheme).toBe(scheme);
      expect(key).toEqual(await readPublicKeyFile(`${paths.get(name)}.pub`));
      const others = [agent.fingerprint(`${paths.get(name)}.pub`), keyidOf(key), keyidOf(key).toUpperCase()];
      for (const other of others) expect(await publicKeyAt(`ssh-agent:${other}`, at())).toEqual(key);
      expect(await signerAbsence(`ssh-agent:${keyidOf(key)}`, at())).toBeUndefined();
    });

    it('[A-55] whose signatures every backend verifies', async () => {
      const signer = await openSigner(`ssh-agent:${name}`, at());
      const form = [signer.key.keytype, signer.key.scheme, signer.key.keyval.public] as const;
      // Integers are shorter or padded now and then.
      for (let round = 0; round < 20; round += 1) {
        const bytes = Buffer.from(`message ${round}`);
        const signature = await signer.sign(bytes);
        for (const [backend, crypto] of backends)
          expect(await verdict(crypto, form, bytes, signature), backend).toBe(true);
      }
      const several = await Promise.all([1, 2, 3].map((each) => signer.sign(Buffer.of(each))));
      expect(several).toHaveLength(3);
    });
  });

  it('holds RSA and P-521, which are refused with the reason', async () => {
    const rsa = await failure(openSigner('ssh-agent:rsa', at()));
    expect(rsa.message).toBe(
      'ssh-agent:rsa cannot be used: agents sign with RSA as PKCS#1 v1.5, and the RSA of TUF is PSS',
    );
    expect(rsa.hint).toMatch(/ssh-keygen -t ed25519/);
    expect((await failure(openSigner('ssh-agent:p521', at()))).message).toMatch(
      /no keys of the type ecdsa-sha2-nistp521/,
    );
    expect((await failure(readPublicKeyFile(`${paths.get('rsa')}.pub`))).message).toMatch(/PKCS#1/);
  });

  it('holds a certificate beside its key, which is skipped', async () => {
    const path = agent.key('certified', '-t', 'ed25519');
    const { spawnSync } = await import('node:child_process');
    const args = ['-q', '-s', `${agent.folder}/authority`, '-I', 'id', '-n', 'user', `${path}.pub`];
    expect(spawnSync('ssh-keygen', args).status).toBe(0);
    agent.add(path);
    expect(readFileSync(`${path}-cert.pub`, 'utf8')).toMatch(/^ssh-ed25519-cert-v01@openssh\.com /);
    const signer = await openSigner('ssh-agent:certified', at());
    expect((await signer.sign(message)).length).toBe(64);
    expect(await readPublicKeyFile(`${path}.pub`)).toEqual(signer.key);
  });

  it('says which keys have the same comment', async () => {
    const [one, two] = ['one', 'two'].map((name) => agent.key(name, '-t', 'ed25519', '-C', 'the same'));
    agent.add(one as string, two as string);
    const { message: said, hint } = await failure(openSigner('ssh-agent:the same', at()));
    expect(said).toBe('ssh-agent:the same names 2 keys of the agent');
    for (const path of [one, two]) expect(hint).toContain(`ssh-agent:${agent.fingerprint(`${path}.pub`)}`);
  });

  it('signs 250 KB and no more than agents take', async () => {
    const signer = await openSigner('ssh-agent:ed25519', at());
    await signer.sign(Buffer.alloc(250_000));
    await signer.sign(Buffer.alloc(262_144 - 64));
    expect((await failure(signer.sign(Buffer.alloc(262_144)))).message).toMatch(/cannot sign 262144 bytes/);
  });

  it('tells a refusal, a lock and a key that is gone from one another', async () => {
    const path = agent.key('asking', '-t', 'ed25519');
    agent.add('-c', path);
    const signer = await openSigner('ssh-agent:asking', at());
    const refused = await failure(signer.sign(message));
    expect(refused.message).toMatch(/was not used: the agent refused to sign$/);
    expect(refused.hint).toMatch(/confirm/);
    expect(agent.asked).toContain('Allow use of key');
    agent.answer(true);
    expect((await signer.sign(message)).length).toBe(64);

    agent.add('-x');
    expect((await failure(signer.sign(message))).message).toMatch(/locked or emptied/);
    const locked = await failure(openSigner('ssh-agent:asking', at()));
    expect(locked.message).toMatch(/is not there: the agent is locked or holds no keys$/);
    expect(locked.hint).toMatch(/ssh-add -X/);
    expect(await signerAbsence('ssh-agent:asking', at())).toMatch(/^it is not there: the agent is locked/);
    agent.add('-X');

    agent.add('-d', path);
    const gone = await failure(signer.sign(message));
    expect(gone.message).toMatch(/is gone: the agent does not hold it any longer$/);
    const absent = await failure(openSigner('ssh-agent:asking', at()));
    expect(absent.message).toMatch(/is not in the agent, which holds \d+ others$/);
    expect(absent.hint).toMatch(/ssh-add FILE/);
  });
});

describe('where there is no agent', () => {
  it('says so, and what to do', async () => {
    for (const env of [{}, { SSH_AUTH_SOCK: '' }]) {
      const { message: said, hint } = await failure(openSigner('ssh-agent:x', { env }));
      expect(said).toBe('ssh-agent:x needs an agent, and SSH_AUTH_SOCK names none');
      expect(hint).toMatch(/ssh-add/);
    }
    for (const path of ['/nowhere/socket', `/${'long'.repeat(100)}`]) {
      const error = await failure(openSigner('ssh-agent:x', { env: { SSH_AUTH_SOCK: path } }));
      expect(error.message).toBe(`ssh-agent:x reaches no agent at ${path}, which SSH_AUTH_SOCK names`);
      expect(error.cause).toBeDefined();
    }
    await failure(openSigner('ssh-agent:', { env: {} }));
  });
});

describe('an agent that lies', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const { privateKey } = generateKeyPairSync('ed25519');
  const other = generateKeyPairSync('ed25519').privateKey;
  const rawOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
  const blob = Buffer.concat([text('ssh-ed25519'), text(rawOf(privateKey))]);
  const signed = (signature: Uint8Array, type = 'ssh-ed25519'): Buffer =>
    framed(14, text(Buffer.concat([text(type), text(signature)])));
  const messageOf = (request: Buffer): Buffer => {
    const start = 1 + 4 + blob.length;
    return request.subarray(start + 4, start + 4 + request.readUInt32BE(start));
  };
  const honest: Answerer = (request) =>
    request[0] === 11 ? identities([blob, 'key']) : signed(sign(null, messageOf(request), privateKey));

  async function options(answer: Answerer, more: OpenSignerOptions = {}): Promise<OpenSignerOptions> {
    const { socket, close } = await serveAgent(answer);
    closing.push(close);
    return { env: { SSH_AUTH_SOCK: socket }, ...more };
  }
  /** What one answer to the list makes of opening. */
  const listed = async (answer: Answerer) => failure(openSigner('ssh-agent:key', await options(answer)));
  /** What one answer to the signing request makes of signing. */
  const answered = async (answer: Answerer, more?: OpenSignerOptions) => {
    const asked: Answerer = (request, socket) =>
      request[0] === 11 ? honest(request, socket) : answer(request, socket);
    const signer = await openSigner('ssh-agent:key', await options(asked, more));
    return failure(signer.sign(message));
  };

  it('is an honest one but for what follows', async () => {
    const signer = await openSigner('ssh-agent:key', await options(honest));
    expect(await signer.sign(message)).toEqual(new Uint8Array(sign(null, message, privateKey)));
  });

  it('is an honest one that answers byte by byte', async () => {
    const slow: Answerer = (request, socket) => {
      const bytes = honest(request, socket) as Buffer;
      for (const byte of bytes) socket.write(Buffer.of(byte));
      return undefined;
    };
    expect((await (await openSigner('ssh-agent:key', await options(slow))).sign(message)).length).toBe(64);
  });

  it.each<[string, Answerer]>([
    ['an answer of no length', () => u32(0)],
    ['an answer that says it is too long', () => u32(262_145)],
    ['an answer that says it is longer than memory', () => u32(0xffffffff)],
    ['two answers', () => Buffer.concat([identities([blob, 'key']), identities()])],
    ['bytes behind the answer', () => Buffer.concat([identities([blob, 'key']), Buffer.of(0)])],
    ['a list that says it is longer', () => framed(12, u32(2), text(blob), text('key'))],
    ['a list that says it is endless', () => framed(12, u32(0xffffffff), text(blob), text('key'))],
    ['a list that says it is shorter', () => framed(12, u32(0), text(blob), text('key'))],
    ['a list whose key is longer than the answer', () => framed(12, u32(1), u32(0xffffffff), blob)],
    ['a list without a comment', () => framed(12, u32(1), text(blob))],
    ['a list without a count', () => framed(12)],
    ['another type', () => framed(14, u32(1), text(blob), text('key'))],
    ['what is no protocol', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('is refused when it lists with %s', async (_, answer) => {
    expect((await listed(answer)).message).toBe('ssh-agent:key gets a malformed answer from the agent');
  });

  it('is named when it lists nothing at all', async () => {
    expect((await listed(() => framed(5))).message).toMatch(/the agent lists no keys$/);
    expect((await listed(() => identities())).message).toMatch(/locked or holds no keys$/);
  });

  it('does not fill the memory', async () => {
    let sent = 0;
    const endless: Answerer = (_, socket) => {
      const more = (): void => {
        while (sent < 1e9 && !socket.destroyed && socket.write(Buffer.alloc(65_536, 1))) sent += 65_536;
      };
      socket.write(u32(262_144));
      socket.on('drain', more);
      more();
      return undefined;
    };
    expect((await listed(endless)).message).toMatch(/malformed/);
    expect(sent).toBeLessThan(1e8);
  });

  it.each<[string, Answerer]>([
    ['at once', (_, socket) => void socket.destroy()],
    ['in the middle of the length', (_, socket) => void socket.end(Buffer.of(0, 0))],
    ['in the middle of the answer', (_, socket) => void socket.end(identities([blob, 'key']).subarray(0, 30))],
  ])('is named when it closes %s', async (_, answer) => {
    expect((await listed(answer)).message).toMatch(/no whole answer|no agent at/);
    expect((await answered(answer)).message).toMatch(/no whole answer|no agent at/);
  });

  it.each<[string, Answerer, RegExp]>([
    [
      'a signature of another message',
      () => signed(sign(null, Buffer.from('other'), privateKey)),
      /gave no signature by/,
    ],
    ['a signature by another key', (request) => signed(sign(null, messageOf(request), other)), /gave no signature by/],
    ['a short signature', () => signed(Buffer.alloc(63)), /another form/],
    ['a long signature', () => signed(Buffer.alloc(65)), /another form/],
    ['a signature of another type', () => signed(Buffer.alloc(64), 'rsa-sha2-512'), /another form/],
    ['a signature without its parts', () => framed(14, text('')), /another form/],
    ['bytes behind the signature', () => framed(14, text(''), Buffer.of(0)), /malformed/],
    ['a signature longer than the answer', () => framed(14, u32(100), Buffer.alloc(8)), /malformed/],
    ['the list again', () => identities([blob, 'key']), /malformed/],
    ['a failure with a tail', () => framed(5, Buffer.of(0)), /malformed/],
  ])('is refused when it signs with %s', async (_, answer, expected) => {
    const { message: said } = await answered(answer);
    expect(said).toMatch(expected);
    expect(said).toMatch(/^ssh-agent:key /);
  });

  it('is given up when it says nothing, or when the caller does', async () => {
    const late = await answered(() => undefined, { timeoutMs: 300 });
    expect(late.message).toBe('ssh-agent:key gets no answer from the agent within 0.3 s');
    const aborter = new AbortController();
    const silent: Answerer = (request, socket) => {
      if (request[0] === 11) return honest(request, socket);
      aborter.abort('enough');
      return undefined;
    };
    const signer = await openSigner('ssh-agent:key', await options(silent, { signal: aborter.signal }));
    await expect(signer.sign(message)).rejects.toBe('enough');
    await expect(signer.sign(message)).rejects.toBe('enough');
  });

  it('is told why a token and a malformed key are no keys of TUF', async () => {
    const token = Buffer.concat([text('sk-ssh-ed25519@openssh.com'), text(rawOf(privateKey)), text('ssh:')]);
    expect((await listed(() => identities([token, 'key']))).message).toMatch(/signs its own wrapping of the message/);
    for (const bytes of [
      Buffer.alloc(0),
      text('ssh-ed25519'),
      Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(31))]),
      Buffer.concat([blob, Buffer.of(0)]),
      Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(32))]),
      Buffer.concat([text('ecdsa-sha2-nistp256'), text('nistp384'), text(Buffer.alloc(65, 4))]),
      Buffer.concat([text('ecdsa-sha2-nistp256'), text('nistp256'), text(Buffer.alloc(65, 4))]),
      Buffer.concat([text('toString'), text('x')]),
    ]) {
      expect((await listed(() => identities([bytes, 'key']))).message).toMatch(/^ssh-agent:key cannot be used: /);
    }
    const found = await openSigner(
      'ssh-agent:key',
      await options((...asked) => {
        const malformed = [Buffer.from('x'), 'key'] as const;
        return asked[0][0] === 11 ? identities([malformed[0], 'other'], [blob, 'key']) : honest(...asked);
      }),
    );
    expect((await found.sign(message)).length).toBe(64);
  });
});

describe('the two integers of an ECDSA signature', () => {
  const type = 'ecdsa-sha2-nistp256';
  const read = (r: Uint8Array, s: Uint8Array, tail = ''): Uint8Array | undefined =>
    readSshSignature(Buffer.concat([text(type), text(Buffer.concat([text(r), text(s), Buffer.from(tail)]))]), type);

  it('become DER, as short as it is', () => {
    expect(read(Buffer.of(1), Buffer.of(0, 0x80))).toEqual(Uint8Array.of(0x30, 7, 2, 1, 1, 2, 2, 0, 0x80));
    const largest = Buffer.concat([Buffer.of(0), Buffer.alloc(32, 0xff)]);
    expect(read(largest, largest)?.length).toBe(2 + 2 * 35);
  });

  it.each<[string, Uint8Array]>([
    ['none', Buffer.alloc(0)],
    ['zero', Buffer.of(0)],
    ['negative', Buffer.of(0x80)],
    ['padded', Buffer.of(0, 1)],
    ['too long', Buffer.alloc(33, 1)],
  ])('are refused where one is %s', (_, integer) => {
    expect(read(integer, Buffer.of(1))).toBeUndefined();
    expect(read(Buffer.of(1), integer)).toBeUndefined();
  });

  it('are refused with a tail, and of a key of another type', () => {
    expect(read(Buffer.of(1), Buffer.of(1), 'x')).toBeUndefined();
    expect(readSshSignature(text(type), 'ssh-ed25519')).toBeUndefined();
    expect(readSshKey(Buffer.from('garbage')).kind).toBe('unusable');
  });
});
