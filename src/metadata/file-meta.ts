import { type HashAlgorithm, hashAlgorithms, isHashAlgorithm } from './hashes.ts';
import { decodeHex, isHex } from './hex.ts';
import type { Scanner } from './scanner.ts';

/**
 * Listed digests: algorithm name to hex text as listed. Only the algorithms of {@link hashAlgorithms} count; others may
 * stand beside them.
 */
export type Hashes = ReadonlyMap<string, string>;

/**
 * Reads an object of digests: at least one, each of text, and for a known algorithm the hex of a digest of its size.
 *
 * @spec 4.4-g, 4.5-c, A-11, A-12, A-13
 */
export function readHashes(scanner: Scanner): Hashes {
  const hashes = new Map<string, string>();
  scanner.object((name) => {
    const digest = scanner.string();
    // Each name ends in the size in bits.
    if (isHashAlgorithm(name) && !(digest.length === Number(name.slice(-3)) / 4 && isHex(digest))) {
      scanner.fail(`expected a ${name} digest in hex`, scanner.valueAt);
    }
    hashes.set(name, digest);
  });
  if (hashes.size === 0) scanner.fail('no digest is listed', scanner.at - 1);
  return hashes;
}

/** The digests that count, strongest first. Empty when only unknown algorithms are listed. */
export function knownDigests(hashes: Hashes): { algorithm: HashAlgorithm; digest: Uint8Array }[] {
  return hashAlgorithms.flatMap((algorithm) => {
    const digest = decodeHex(hashes.get(algorithm) ?? '-');
    return digest === undefined ? [] : [{ algorithm, digest }];
  });
}
