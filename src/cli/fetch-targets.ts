import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target, UpdateClient } from '../client/client.ts';
import { nodeCrypto, nodeDigest } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import { isLongLocalName, localName } from '../metadata/file-name.ts';
import { hashAlgorithms } from '../metadata/hashes.ts';
import { encodeHex } from '../metadata/hex.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { downloadToFile } from '../node/download-to-file.ts';

/** A target that is on the disk, verified. */
export interface FetchedTarget {
  readonly path: string;
  /** The file that it is in. */
  readonly file: string;
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly role: string;
  readonly custom: unknown;
  /** Whether it was there already, so that nothing was downloaded. */
  readonly cached: boolean;
  /** How many of its bytes an earlier run had received. */
  readonly resumedFrom: number;
}

export interface FetchTargetsOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (path: string, bytes: number, length: number) => void;
  /** A folder that keeps what was received of a download that does not end. */
  readonly parts?: string | undefined;
  readonly onResume?: (path: string, bytes: number) => void;
}

/**
 * Finds each target that was not found before, and downloads it into a folder unless the file is there with the listed length and digests. One file
 * a target, by the one encoder of local names: whatever the path, it stays in the folder.
 *
 * @throws {@link TufError} the client's codes, and `ERR_TUF_NOT_FOUND`, at the first that fails.
 * @spec 5.7.3d, A-15, T27
 */
export async function* fetchTargets(
  client: UpdateClient,
  wanted: Iterable<string | Target>,
  folder: string,
  { signal, onProgress, parts, onResume }: FetchTargetsOptions = {},
): AsyncGenerator<FetchedTarget> {
  for (const each of wanted) {
    const target = typeof each === 'string' ? await client.find(each, { signal }) : each;
    if (target === undefined) throw notListed(each as string);
    const { path } = target;
    const file = join(folder, await fileName(path));
    const cached = await isThere(file, target);
    const downloaded = cached
      ? undefined
      : await downloadToFile(client, target, file, {
          signal,
          parts,
          onProgress: (bytes, length) => onProgress?.(path, bytes, length),
          onResume: (bytes) => onResume?.(path, bytes),
        });
    const resumedFrom = downloaded?.resumedFrom ?? 0;
    const { length, hashes, role, custom } = target;
    yield { path, file, length, hashes, role, custom: custom ?? null, cached, resumedFrom };
  }
}

function notListed(path: string): TufError<'ERR_TUF_NOT_FOUND'> {
  const hint = 'ask for the exact path, as it was published; it may have been removed';
  return new TufError(
    'ERR_TUF_NOT_FOUND',
    `no trusted role lists the target ${JSON.stringify(path)}`,
    { path },
    { hint },
  );
}

async function fileName(path: string): Promise<string> {
  const digest = isLongLocalName(path) ? await nodeCrypto().digest('sha256', encodeUtf8(path)) : undefined;
  return localName(path, '', digest && encodeHex(digest));
}

/** Whether a regular file has the listed length and every listed digest that is known. */
async function isThere(file: string, target: Target): Promise<boolean> {
  const stats = await lstat(file).catch(() => undefined); // what cannot be looked at is downloaded
  if (stats === undefined || !stats.isFile() || stats.size !== target.length) return false;
  const algorithms = hashAlgorithms.filter((algorithm) => Object.hasOwn(target.hashes, algorithm));
  const running = await Promise.all(algorithms.map((algorithm) => nodeDigest(algorithm)));
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
      for (const each of running) each.update(chunk);
    }
  } catch {
    return false; // unreadable: downloaded again
  }
  const found = await Promise.all(running.map(async (each) => encodeHex(await each.digest())));
  return (
    algorithms.length > 0 && algorithms.every((algorithm, i) => target.hashes[algorithm]?.toLowerCase() === found[i])
  );
}
