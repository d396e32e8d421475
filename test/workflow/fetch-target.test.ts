import { createHash } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/client/client.ts';
import type { Transport } from '../../src/client/ports.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';

const content = Buffer.from('the content of the file');
const hash = (algorithm: string) => createHash(algorithm).update(content).digest('hex');

async function found(path: string, entry: Doc = {}, options = {}, more = {}) {
  const simulator = new Simulator(options);
  const pinned = simulator.bytes('metadata/1.root.json');
  const served = simulator.addTarget(simulator.targets, path, content.toString());
  Object.assign(served, entry);
  simulator.publishTargets();
  const { client } = clientOf(simulator, new OpenStore(), pinned, more);
  const target = (await client.find(path)) as Target;
  simulator.requests.length = 0;
  return { simulator, client, target, url: simulator.targetPath(path, hash('sha256')) };
}

describe('a target', () => {
  it('[5.7.1, 5.7.3b, 5.7.3c] is asked for by its hash in its directory, and verified', async () => {
    const { simulator, client, target } = await found('dir/sub/file.txt');
    expect(await client.download(target)).toEqual(new Uint8Array(content));
    expect(simulator.requests).toEqual([`targets/dir/sub/${hash('sha256')}.file.txt`]);
  });

  it('[3.1.1-b, B11] is asked for by its plain name without consistent snapshots, or when told so', async () => {
    const plain = await found('dir/f', {}, { consistentSnapshot: false });
    await plain.client.download(plain.target);
    expect(plain.simulator.requests).toEqual(['targets/dir/f']);
    const told = await found('dir/f', {}, {}, { prefixTargetsWithHash: false });
    told.simulator.serve('targets/dir/f', content);
    await told.client.download(told.target);
    expect(told.simulator.requests).toEqual(['targets/dir/f']);
  });

  it('[5.7.3a, A-44] is read up to its length, and not shorter', async () => {
    const { simulator, client, target, url } = await found('f');
    for (const answer of [Buffer.concat([content, Buffer.from('!')]), { endless: true } as const]) {
      simulator.serve(url, answer);
      const error = await refusal(client.download(target), 'ERR_TUF_TOO_LONG');
      expect(error.evidence).toEqual({ path: 'f', limit: content.length, option: undefined });
    }
    simulator.serve(url, content.subarray(1));
    await refusal(client.download(target), 'ERR_TUF_LENGTH_MISMATCH');
    simulator.serve(url, content);
    expect(await client.download(target)).toEqual(new Uint8Array(content));
  });

  it('[5.7.3b] is fetched whole where the parts of several answers do not fit', async () => {
    const { simulator } = await found('f');
    const anew: boolean[] = [];
    const mixed = Buffer.from(content).fill('x', 0, 5);
    const answers = [mixed, content];
    const transport: Transport = {
      async get(url, request) {
        if (!url.includes('/targets/')) return simulator.transport.get(url, request);
        const body = answers[anew.length] ?? mixed;
        anew.push(request.resume === undefined);
        await request.sink.start(body.length);
        await request.sink.write(new Uint8Array(body));
        return { outcome: 'complete', resumed: body === mixed };
      },
    };
    const { client } = clientOf(simulator, new OpenStore(), simulator.bytes('metadata/1.root.json'), { transport });
    const target = (await client.find('f')) as Target;
    expect(await client.download(target)).toEqual(new Uint8Array(content));
    expect(anew).toEqual([true, true]);
    // A server that mixes for ever is asked once more, and not for ever.
    await refusal(client.download(target), 'ERR_TUF_HASH_MISMATCH');
    expect(anew).toHaveLength(4);
  });

  it('[5.7.3b] with one flipped bit is refused', async () => {
    const { simulator, client, target, url } = await found('f');
    for (let i = 0; i < content.length; i += 1) {
      const flipped = Buffer.from(content);
      flipped[i] = (flipped[i] as number) ^ (1 << (i % 8));
      simulator.serve(url, flipped);
      await refusal(client.download(target), 'ERR_TUF_HASH_MISMATCH');
    }
  });

  it.each([
    ['one right and one wrong', { sha256: hash('sha256'), sha512: 'ab'.repeat(64) }, false],
    ['an unknown one beside', { sha256: hash('sha256'), 'x-new': 'whatever' }, true],
    ['only unknown ones', { md5: hash('md5'), sha1: hash('sha1') }, false],
    ['sha384 alone', { sha384: hash('sha384') }, true],
    ['blake2b-256 alone', { 'blake2b-256': Buffer.from(blake2b(content, { dkLen: 32 })).toString('hex') }, true],
    ['upper case', { sha256: hash('sha256').toUpperCase() }, true],
  ])('[A-12, A-13, A-19] with %s', async (_, hashes, accepted) => {
    const { simulator, client, target } = await found('f', { hashes });
    for (const digest of Object.values(hashes)) simulator.serve(`targets/${digest}.f`, content);
    if (accepted) expect(await client.download(target)).toEqual(new Uint8Array(content));
    else await refusal(client.download(target), 'ERR_TUF_HASH_MISMATCH');
  });

  it('[A-19] is asked for by its strongest hash first, whatever their order, then by the next', async () => {
    const hashes = { sha256: hash('sha256'), sha512: hash('sha512'), sha384: hash('sha384') };
    const { simulator, client, target } = await found('f', { hashes });
    await client.download(target);
    expect(simulator.requests).toEqual([hashes.sha512, hashes.sha384, hashes.sha256].map((d) => `targets/${d}.f`));
  });

  it('that is listed and not served is unavailable, with the status', async () => {
    const { simulator, client, target, url } = await found('f');
    simulator.serve(url, { status: 403 });
    expect((await refusal(client.download(target), 'ERR_TUF_TRANSPORT')).evidence).toMatchObject({
      path: 'f',
      status: 403,
    });
  });

  it('[5.7.2] that no role lists is not asked for', async () => {
    const { simulator, client } = await found('f');
    expect(await client.find('other')).toBeUndefined();
    expect(simulator.requests).toEqual([]);
  });

  it('[A-11] may be empty', async () => {
    const simulator = new Simulator();
    const pinned = simulator.bytes('metadata/1.root.json');
    simulator.addTarget(simulator.targets, 'empty', '');
    simulator.publishTargets();
    const { client } = clientOf(simulator, new OpenStore(), pinned);
    expect(await client.download((await client.find('empty')) as Target)).toEqual(new Uint8Array(0));
  });

  it('[A-15, A-60] of any name is found by it exactly, and asked for below the base', async () => {
    for (const path of ['a b/ü?#%.txt', 'a#b', 'a?b', '/abs', 'a//b', 'a/', 'a\\b', "x!'()*", '%2e%2e/x']) {
      const { client, target, simulator } = await found(path);
      const directory = path.split('/').slice(0, -1);
      const name = path.split('/').pop() as string;
      const encode = (s: string) =>
        encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
      const url = ['targets', ...directory.map(encode), `${hash('sha256')}.${encode(name)}`].join('/');
      simulator.serve(url, content);
      await client.download(target);
      expect(simulator.requests).toEqual([url]);
    }
    const { client } = await found('e\u0301.txt');
    expect(await client.find('\u00e9.txt')).toBeUndefined();
  });

  it.each(['..', '.', 'a/../b', './a', 'a/.', 'nul\0', ''])(
    '[A-15] named %j is refused, the rest of the file is usable',
    async (path) => {
      const simulator = new Simulator({ layout: 'indented' });
      const pinned = simulator.bytes('metadata/1.root.json');
      simulator.addTarget(simulator.targets, path, 'x', false);
      simulator.addTarget(simulator.targets, 'good', 'good');
      simulator.publishTargets();
      const { client } = clientOf(simulator, new OpenStore(), pinned);
      const target = (await client.find(path)) as Target;
      simulator.requests.length = 0;
      await refusal(client.download(target), 'ERR_TUF_MALFORMED');
      expect(simulator.requests).toEqual([]);
      expect(Buffer.from(await client.download((await client.find('good')) as Target)).toString()).toBe('good');
    },
  );

  it('above the limit for memory is refused before it is asked for', async () => {
    const { simulator, client, target } = await found('f', {}, {}, { limits: { targetBytes: 5 } });
    const error = await refusal(client.download(target), 'ERR_TUF_TOO_LONG');
    expect(error.evidence).toEqual({ path: 'f', limit: 5, option: 'targetBytes' });
    expect(simulator.requests).toEqual([]);
  });
});
