/**
 * Which files a repository serves, by the names that a static server finds once it has decoded a URL. Clients make the
 * URLs of the same names by `metadata/file-name.ts`.
 *
 * @module
 */
import { TufError } from '../errors.ts';
import { knownDigests } from '../metadata/file-meta.ts';
import { encodeHex } from '../metadata/hex.ts';
import type { TargetFile } from '../metadata/targets.ts';

/** The head: never prefixed. @spec 6.2.1-c, A-50 */
export const headName = 'timestamp.json';

/**
 * `VERSION.ROLE.json`, or `ROLE.json` where snapshots are not consistent. Root is always versioned.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for a role whose file no static server finds.
 * @spec 6.1-b, 6.2.1-a, 6.2.1-f
 */
export function metadataName(role: string, version: number, consistent: boolean): string {
  if (/[/\\\p{Cc}]/u.test(role) || (!consistent && role.startsWith('.'))) {
    const hint = 'servers decode such a name in different ways: rename the role';
    throw new TufError(
      'ERR_TUF_REPOSITORY_REFUSED',
      `${JSON.stringify(role)} cannot be a file name`,
      { role },
      { hint },
    );
  }
  return consistent || role === 'root' ? `${version}.${role}.json` : `${role}.json`;
}

/**
 * The names of a target: one for each digest that clients may ask by, or the path alone.
 *
 * @spec 6.2.1-b, 5.7.3c, A-19
 */
export function targetNames(target: Pick<TargetFile, 'path' | 'hashes'>, consistent: boolean): string[] {
  if (!consistent) return [target.path];
  const slash = target.path.lastIndexOf('/') + 1;
  const [folder, name] = [target.path.slice(0, slash), target.path.slice(slash)];
  return knownDigests(target.hashes).map(({ digest }) => `${folder}${encodeHex(digest)}.${name}`);
}
