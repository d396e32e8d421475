/** A repository of `tufa/testing` with delegations, and bundles of it. */
import { type CreateBundleOptions, createOn } from '../../src/bundle/create.ts';
import { entryName } from '../../src/bundle/place.ts';
import { type VerifiedBundle, type VerifyBundleOptions, verifyOn } from '../../src/bundle/verify.ts';
import type { Transport } from '../../src/client/ports.ts';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { TestRepository } from '../../src/testing/repository.ts';

export const long = `plugins/${'a-long-name/'.repeat(12)}p.txt`;

export function newRepository(seed: number | string = 'bundled'): Promise<TestRepository> {
  return TestRepository.create({
    seed,
    targets: { 'app.txt': 'release 1', 'empty.txt': '' },
    delegations: {
      first: { paths: ['plugins/*'], targets: { 'plugins/other.txt': 'other' } },
      second: { paths: ['plugins/*', 'plugins/*/*', long], targets: { 'plugins/p.txt': 'plugin', [long]: 'long' } },
    },
  });
}

/** What is published, as a place to make bundles from. */
export function placeOf(repository: TestRepository): Transport {
  return {
    async get(url, { sink, bytesMax }) {
      const bytes = repository.published(entryName(url));
      if (bytes === undefined) return { outcome: 'unavailable', status: 404 };
      if (bytes.length > bytesMax) return { outcome: 'too-long' };
      await sink.start(bytes.length);
      for (let at = 0; at < bytes.length; at += 100) await sink.write(bytes.subarray(at, at + 100));
      return { outcome: 'complete' };
    },
  };
}

export async function bundleOf(
  repository: TestRepository,
  targets: CreateBundleOptions['targets'],
  more: Partial<CreateBundleOptions> = {},
): Promise<Blob> {
  const transport = placeOf(repository);
  const options = { root: repository.root, transport, targets, files: true, now: repository.clock.now, ...more };
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of createOn(options, nodeCrypto())) pieces.push(new Uint8Array(piece));
  return new Blob(pieces);
}

export function verify(
  bundle: Blob,
  repository: TestRepository,
  more: Partial<VerifyBundleOptions> = {},
): Promise<VerifiedBundle> {
  return verifyOn(bundle, { root: repository.root, now: repository.clock.now, ...more }, nodeCrypto());
}

/** One entry, with its blocks as they stand in the bundle. */
export interface Part {
  readonly name: string;
  readonly blocks: Uint8Array;
  readonly content: Uint8Array;
}

/** The entries of a bundle, by a reading of tar that knows nothing of tufa's. */
export async function partsOf(bundle: Blob): Promise<Part[]> {
  const bytes = Buffer.from(await bundle.arrayBuffer());
  const parts: Part[] = [];
  for (let at = 0; bytes[at] !== 0; ) {
    const begin = at;
    let name = text(bytes, at, 100);
    let size = Number.parseInt(text(bytes, at + 124, 12), 8);
    if (bytes[at + 156] === 0x78) {
      name = bytes
        .subarray(at + 512, at + 512 + size)
        .toString()
        .replace(/^\d+ path=/, '')
        .slice(0, -1);
      at += 512 + Math.ceil(size / 512) * 512;
      size = Number.parseInt(text(bytes, at + 124, 12), 8);
    }
    const content = bytes.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    parts.push({ name, blocks: bytes.subarray(begin, at), content });
  }
  return parts;
}

function text(bytes: Buffer, at: number, length: number): string {
  return bytes
    .subarray(at, at + length)
    .toString('latin1')
    .replace(/[\0 ].*$/s, '');
}

/** A bundle of parts. */
export function joined(parts: readonly Pick<Part, 'blocks'>[]): Blob {
  return new Blob([...parts.map(({ blocks }) => new Uint8Array(blocks)), new Uint8Array(1024)]);
}
