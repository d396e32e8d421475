import { hashAlgorithms, isHashAlgorithm } from './hashes.ts';
import { decodeHex } from './hex.ts';
import type { Scanner } from './scanner.ts';

/** Digest sizes in bytes. */
const digestBytes: Record<(typeof hashAlgorithms)[number], number> = {
  sha512: 64,
  sha384: 48,
  sha256: 32,
  'blake2b-256': 32,
};

/**
 * Listed digests: algorithm name to hex text as listed. Only the algorithms of {@link hashAlgorithms} count; others may
 * stand beside them.
 */
export type Hashes = ReadonlyMap<string, string>;

/**
 * Checks an object of digests without building it: at least one, each of text, and for a known algorithm the hex of a
 * digest of its size.
 *
 * @spec 4.4-g, 4.5-c, A-11, A-12, A-13
 */
export function passHashes(scanner: Scanner): void {
  scanner.enterObject();
  let count = 0;
  while (scanner.nextName()) {
    count += 1;
    const size = knownDigestBytes(scanner);
    scanner.string();
    if (size !== undefined && !isDigest(scanner, size)) {
      scanner.fail(`expected a digest of ${size} bytes in hex`, scanner.valueAt);
    }
  }
  if (count === 0) scanner.fail('no digest is listed', scanner.at - 1);
}

/** The digests of an object that {@link passHashes} has checked. */
export function readHashes(scanner: Scanner): Hashes {
  const hashes = new Map<string, string>();
  scanner.enterObject();
  while (scanner.nextName()) {
    const name = scanner.text();
    scanner.string();
    hashes.set(name, scanner.text());
  }
  return hashes;
}

/** The digests that count, strongest first. Empty when only unknown algorithms are listed. */
export function knownDigests(hashes: Hashes): { algorithm: (typeof hashAlgorithms)[number]; digest: Uint8Array }[] {
  return hashAlgorithms.flatMap((algorithm) => {
    const listed = hashes.get(algorithm);
    const digest = listed === undefined ? undefined : decodeHex(listed);
    return digest === undefined ? [] : [{ algorithm, digest }];
  });
}

function knownDigestBytes(scanner: Scanner): number | undefined {
  if (scanner.is('sha256')) return digestBytes.sha256;
  const name = scanner.text();
  return isHashAlgorithm(name) ? digestBytes[name] : undefined;
}

function isDigest(scanner: Scanner, size: number): boolean {
  return decodeHex(scanner.text())?.length === size;
}
