import type { TargetSink, Transport, TransportOutcome, TransportRequest } from '../client/ports.ts';
import { nodeDigest } from '../crypto/node-crypto.ts';
import { type HashAlgorithm, hashAlgorithms } from '../metadata/hashes.ts';
import { defaultLimits } from '../metadata/limits.ts';
import type { Backend, StreamDigest } from '../repository/ports.ts';
import type { Preview } from '../repository/publish.ts';

/** Base URLs under which a {@link previewTransport} answers. */
export const previewUrls = {
  metadataUrl: 'http://repository.invalid/metadata/',
  targetsUrl: 'http://repository.invalid/targets/',
} as const;

/** A repository, published or about to be, as a client's transport: no server and no network. */
export function previewTransport(repository: Preview | Backend): Transport {
  return {
    async get(url, request) {
      const [base, name] = locate(url);
      const body = base === 'metadata' ? await metadataBody(repository, name) : await repository.targets.open(name);
      return body === undefined ? { outcome: 'unavailable', status: 404 } : pour(body, request);
    },
  };
}

function locate(url: string): ['metadata' | 'targets', string] {
  for (const base of ['metadata', 'targets'] as const) {
    const prefix = previewUrls[`${base}Url`];
    if (url.startsWith(prefix)) return [base, url.slice(prefix.length).split('/').map(decodeURIComponent).join('/')];
  }
  throw new TypeError(`${url} is not of this repository`);
}

async function metadataBody(repository: Preview | Backend, name: string): Promise<Uint8Array[] | undefined> {
  const bytes = await repository.metadata.read(name, 4 * defaultLimits.targetsBytes);
  return bytes && [bytes];
}

async function pour(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  request: TransportRequest,
): Promise<TransportOutcome> {
  const { sink, bytesMax, signal } = request;
  let left = bytesMax;
  await sink.start(undefined);
  for await (const chunk of body) {
    signal?.throwIfAborted();
    if (chunk.length > left) {
      if (left > 0) await sink.write(chunk.subarray(0, left));
      return { outcome: 'too-long' };
    }
    left -= chunk.length;
    await sink.write(chunk);
  }
  return { outcome: 'complete' };
}

/** Digests a target and keeps nothing of it. */
export class Nowhere implements TargetSink {
  length = 0;
  readonly #algorithms: readonly HashAlgorithm[];
  #running = new Map<HashAlgorithm, StreamDigest>();

  constructor(hashes: object) {
    this.#algorithms = hashAlgorithms.filter((algorithm) => Object.hasOwn(hashes, algorithm));
  }

  async start(): Promise<void> {
    this.length = 0;
    for (const algorithm of this.#algorithms) this.#running.set(algorithm, await nodeDigest(algorithm));
  }

  write(chunk: Uint8Array): void {
    this.length += chunk.length;
    for (const each of this.#running.values()) each.update(chunk);
  }

  digest(algorithm: HashAlgorithm): Uint8Array | Promise<Uint8Array> {
    return (this.#running.get(algorithm) as StreamDigest).digest();
  }
}
