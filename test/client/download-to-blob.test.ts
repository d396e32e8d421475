import { createHash } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { downloadToBlob } from '../../src/browser.ts';
import type { Target } from '../../src/client/client.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';

const content = Buffer.alloc(3_000_000, 'content ');
const digestOf = (algorithm: string): string => createHash(algorithm).update(content).digest('hex');

async function found(hashes: Doc = { sha256: digestOf('sha256') }, options = {}) {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  simulator.addTarget(simulator.targets, 'f', content.toString()).hashes = hashes;
  simulator.publishTargets();
  const { client } = clientOf(simulator, new OpenStore(), pinned, options);
  for (const digest of Object.values(hashes)) simulator.serve(`targets/${digest}.f`, content);
  const url = `targets/${Object.values(hashes)[0]}.f`;
  return { simulator, client, url, target: (await client.find('f')) as Target };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('downloadToBlob', () => {
  it.each([
    ['sha256', { sha256: digestOf('sha256') }],
    ['sha384 and sha512', { sha384: digestOf('sha384'), sha512: digestOf('sha512') }],
    ['blake2b-256', { 'blake2b-256': Buffer.from(blake2b(content, { dkLen: 32 })).toString('hex') }],
  ])('[A-12] gives what was verified by %s, as it came', async (_, hashes) => {
    const { client, target } = await found(hashes);
    const seen: [number, number][] = [];
    const onProgress = (...each: [number, number]) => void seen.push(each);
    const blob = await downloadToBlob(client, target, { onProgress });
    expect(Buffer.from(await blob.arrayBuffer()).equals(content)).toBe(true);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it('hands out nothing that is not the target', async () => {
    const { simulator, client, target, url } = await found();
    const flipped = Buffer.from(content);
    flipped[5] = 0;
    for (const [answer, code] of [
      [flipped, 'ERR_TUF_HASH_MISMATCH'],
      [content.subarray(1), 'ERR_TUF_LENGTH_MISMATCH'],
      [{ endless: true } as const, 'ERR_TUF_TOO_LONG'],
      [{ status: 404 }, 'ERR_TUF_TRANSPORT'],
    ] as const) {
      simulator.serve(url, answer);
      await refusal(downloadToBlob(client, target), code);
    }
    simulator.serve(url, content);
    expect((await downloadToBlob(client, target)).size).toBe(content.length);
  });

  it('begins anew with each whole body', async () => {
    const { simulator, client, target } = await found();
    const { get } = simulator.transport;
    simulator.transport.get = async (at, request) => {
      await request.sink.start(undefined);
      await request.sink.write(Buffer.alloc(1_500_000, 'x'));
      return get(at, request);
    };
    const blob = await downloadToBlob(client, target);
    expect(Buffer.from(await blob.arrayBuffer()).equals(content)).toBe(true);
  });

  it('is not bound by the limit for memory, and holds no more than a piece of it', async () => {
    const { client, target } = await found(undefined, { limits: { targetBytes: 10 } });
    const sizes: number[] = [];
    vi.stubGlobal(
      'Blob',
      class extends Blob {
        constructor(parts: BlobPart[]) {
          super(parts);
          if (parts.some((each) => each instanceof Uint8Array)) sizes.push(this.size);
        }
      },
    );
    expect((await downloadToBlob(client, target)).size).toBe(content.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(content.length);
  });

  it('holds no more of a body that comes in many small chunks', async () => {
    const { simulator, client, target } = await found();
    simulator.transport.get = async (_, { sink }) => {
      await sink.start(undefined);
      for (let from = 0; from < content.length; from += 60) await sink.write(content.subarray(from, from + 60));
      return { outcome: 'complete' };
    };
    const counts: number[] = [];
    vi.stubGlobal(
      'Blob',
      class extends Blob {
        constructor(parts: BlobPart[]) {
          super(parts);
          counts.push(parts.length);
        }
      },
    );
    const blob = await downloadToBlob(client, target);
    expect(Buffer.from(await blob.arrayBuffer()).equals(content)).toBe(true);
    expect(Math.max(...counts)).toBeLessThan(5);
  });

  it('takes no more than is listed from a transport that passes on more', async () => {
    const { simulator, client, target } = await found();
    let taken = 0;
    simulator.transport.get = async (_, { sink }) => {
      await sink.start(undefined);
      for (; taken < 5; taken++) await sink.write(content);
      return { outcome: 'complete' };
    };
    await expect(downloadToBlob(client, target)).rejects.toThrow(RangeError);
    expect(taken).toBe(1);
  });

  it('ends with the reason of an abort', async () => {
    const { client, target } = await found();
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(downloadToBlob(client, target, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('says that a runtime has no Blob', async () => {
    const { client, target } = await found();
    vi.stubGlobal('Blob', undefined);
    await expect(downloadToBlob(client, target)).rejects.toThrow(TypeError);
  });
});
