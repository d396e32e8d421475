import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake2b } from '@noble/hashes/blake2.js';
import { afterAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/client/client.ts';
import { mirrors } from '../../src/client/mirrors.ts';
import { TufError } from '../../src/errors.ts';
import { nodeFiles } from '../../src/node/atomic-write.ts';
import { downloadToFile } from '../../src/node/download-to-file.ts';
import { clientOf, OpenStore, refusal } from '../simulator/harness.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';

const root = mkdtempSync(join(tmpdir(), 'tufa-download-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const content = Buffer.alloc(300_000, 'content ');

async function found(entry: Doc = {}, options = {}) {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  const served = Object.assign(simulator.addTarget(simulator.targets, 'f', content.toString()), entry);
  simulator.publishTargets();
  const { client } = clientOf(simulator, new OpenStore(), pinned, options);
  const target = (await client.find('f')) as Target;
  const folder = mkdtempSync(join(root, 'case-'));
  const url = simulator.targetPath('f', Object.values(served.hashes)[0] as string);
  return { simulator, client, target, url, folder, path: join(folder, 'file') };
}

describe('downloadToFile', () => {
  it('[2-a, 5.7.3d] writes what was verified, under the name that the caller gave, and nothing else', async () => {
    const { client, target, folder, path } = await found();
    const seen: number[] = [];
    await downloadToFile(client, target, path, { onProgress: (bytes) => seen.push(bytes), mode: 0o640 });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
    expect(seen.at(-1)).toBe(content.length);
  });

  it('[2-a] leaves what was there after every kind of failure, and no temporary', async () => {
    const { simulator, client, target, url, folder, path } = await found();
    writeFileSync(path, 'before');
    const flipped = Buffer.from(content);
    flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
    const faults = [
      [flipped, 'ERR_TUF_HASH_MISMATCH'],
      [content.subarray(1), 'ERR_TUF_LENGTH_MISMATCH'],
      [{ endless: true } as const, 'ERR_TUF_TOO_LONG'],
      [{ status: 404 }, 'ERR_TUF_TRANSPORT'],
    ] as const;
    for (const [answer, code] of faults) {
      simulator.serve(url, answer);
      await refusal(downloadToFile(client, target, path), code);
      expect(readFileSync(path, 'utf8')).toBe('before');
      expect(readdirSync(folder)).toEqual(['file']);
    }
    simulator.serve(url, content);
    await downloadToFile(client, target, path);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('lets no late byte of one mirror into the file of another (A-70)', async () => {
    const places = mirrors([
      { metadataUrl: 'https://simulator.example/metadata/', targetsUrl: 'https://second.example/' },
    ]);
    const { simulator, client, target, folder, path } = await found({}, { mirrors: places });
    let late = (): unknown => undefined;
    simulator.transport.get = async (url, { sink }) => {
      await sink.start(undefined);
      if (url.startsWith('https://second')) {
        await sink.write(content);
        expect(late).toThrow('goes on after it has ended');
        return { outcome: 'complete' };
      }
      // It is written to the disk when the connection breaks, and more is to come.
      void Promise.resolve(sink.write(Buffer.alloc(280_000, 'wrong'))).catch(() => {});
      late = () => sink.write(Buffer.from('late'));
      throw new TufError('ERR_TUF_TRANSPORT', 'broken off', { url, isTemporary: true });
    };
    let writes = 0;
    const slow = {
      ...nodeFiles,
      write: async (fd: number, bytes: Uint8Array, offset: number) => {
        if (writes++ === 0) for (let i = 0; i < 20; i++) await new Promise((next) => setImmediate(next));
        return nodeFiles.write(fd, bytes, offset);
      },
    };
    await downloadToFile(client, target, path, { files: slow });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('shows nothing under the name before the last byte is verified (TH-14)', async () => {
    const { client, target, folder, path } = await found();
    let appeared = false;
    await downloadToFile(client, target, path, {
      onProgress: () => {
        appeared ||= existsSync(path);
      },
    });
    expect(appeared).toBe(false);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('ends with the reason of an abort and leaves nothing', async () => {
    const { simulator, client, target, url, folder, path } = await found();
    const controller = new AbortController();
    const { get } = simulator.transport;
    simulator.serve(url, () => {
      controller.abort(new Error('enough'));
      return content;
    });
    // A transport that looks at the signal while it pours.
    simulator.transport.get = async (at, request) => {
      const outcome = await get(at, request);
      request.signal?.throwIfAborted();
      return outcome;
    };
    await expect(downloadToFile(client, target, path, { signal: controller.signal })).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [
      'sha512 and sha256',
      {
        sha512: createHash('sha512').update(content).digest('hex'),
        sha256: createHash('sha256').update(content).digest('hex'),
      },
    ],
    ['blake2b-256', { 'blake2b-256': Buffer.from(blake2b(content, { dkLen: 32 })).toString('hex') }],
  ])('[A-12] digests by %s as it comes', async (_, hashes) => {
    const { simulator, client, target, path } = await found({ hashes });
    for (const digest of Object.values(hashes)) simulator.serve(`targets/${digest}.f`, content);
    await downloadToFile(client, target, path);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('is not bound by the limit for memory', async () => {
    const { client, target, path } = await found({}, { limits: { targetBytes: 10 } });
    await refusal(client.download(target), 'ERR_TUF_TOO_LONG');
    await downloadToFile(client, target, path);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('names a folder that is not there', async () => {
    const { client, target, folder } = await found();
    const error = await refusal(downloadToFile(client, target, join(folder, 'absent', 'file')), 'ERR_TUF_STORE');
    expect(error.hint).toBeTruthy();
  });
});
