/** Sigstore's production repository, from an archive among the outside data, where it is there at all. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { outsideData } from './outside-data.ts';
import type { RealRepository } from './real-repository.ts';

const { path: file, absent: why } = outsideData('sigstore-root-signing.tar.gz');

/** Why there is no archive, or `undefined` where there is one. */
export const absent: string | undefined = why;

/** The repository as it was served on 2026-08-24. */
export function sigstore(): RealRepository {
  const archive = new Map<string, Uint8Array>();
  for (const [name, bytes] of untar(gunzipSync(readFileSync(file)))) {
    archive.set(name.replace(/^[^/]+\//, ''), bytes);
  }
  const files = new Map<string, Uint8Array>();
  const targets: string[] = [];
  for (const [name, bytes] of archive) {
    const root = /^metadata\/root_history\/(\d+\.root\.json)$/.exec(name)?.[1];
    const role = /^metadata\/([^/]+)\.json$/.exec(name)?.[1];
    const target = /^targets\/(.*)$/.exec(name)?.[1];
    if (root !== undefined) files.set(`metadata/${root}`, bytes);
    else if (role === 'timestamp') files.set(name, bytes);
    else if (role !== undefined && role !== 'root') files.set(`metadata/${versionOf(bytes)}.${role}.json`, bytes);
    else if (target !== undefined) {
      targets.push(target);
      files.set(`targets/${withDigest(target, bytes)}`, bytes);
    }
  }
  return {
    name: 'Sigstore',
    files,
    roots: 15,
    time: '2026-08-24T12:00:00Z',
    versions: { timestamp: 762, snapshot: 165, targets: 14 },
    targets: targets.sort(),
    delegated: { role: 'registry.npmjs.org', path: 'registry.npmjs.org/keys.json' },
  };
}

/** The files of a tar archive: a header of 512 bytes each, then the content, padded to a multiple of 512. */
function* untar(tar: Uint8Array): Generator<readonly [string, Uint8Array]> {
  const text = (at: number, length: number): string =>
    Buffer.from(tar.subarray(at, at + length))
      .toString('latin1')
      .replace(/\0[\s\S]*$/, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 345, 155);
    const name = `${prefix === '' ? '' : `${prefix}/`}${text(at, 100)}`;
    const type = text(at + 156, 1);
    if (type === '0' || type === '') yield [name, new Uint8Array(tar.subarray(at + 512, at + 512 + size))];
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

function versionOf(bytes: Uint8Array): number {
  return (JSON.parse(Buffer.from(bytes).toString()) as { signed: { version: number } }).signed.version;
}

/** The path of a target with consistent snapshots. */
export function withDigest(path: string, bytes: Uint8Array): string {
  const digest = createHash('sha256').update(bytes).digest('hex');
  return path.replace(/[^/]+$/, (name) => `${digest}.${name}`);
}
