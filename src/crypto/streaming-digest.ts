import { notLoaded } from '../errors.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import type { RunningDigest } from './running-digest.ts';

/** A digest over a stream, in bounded memory, on every runtime. On Node, `nodeDigest` is faster. */
// @spec A-12
export async function streamingDigest(algorithm: HashAlgorithm): Promise<RunningDigest> {
  if (algorithm !== 'blake2b-256') return (await import('./sha2.ts').catch(notLoaded)).sha2(algorithm);
  return (await import('./blake2b.ts').catch(notLoaded)).blake2b256();
}
