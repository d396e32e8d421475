import { type FormatEvidence, isTufError, TufError } from '../errors.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { parseRoot } from '../metadata/root.ts';
import { readBounded } from './proposal.ts';

/**
 * The bytes of a root that somebody trusts and names by its file. Who signed it is for others to judge; that it is a root is
 * judged here, since what is wrong with it is neither the server's fault nor the publisher's.
 *
 * @throws {@link TufError} `ERR_TUF_STORE`, `ERR_TUF_TOO_LONG`, and the format errors for what is no root.
 */
export async function readRootFile(file: string): Promise<Uint8Array> {
  const bytes = await readBounded(file, defaultLimits.rootBytes, 'give the root that you trust: --root FILE');
  try {
    parseRoot(bytes);
  } catch (error) {
    if (!isTufError(error) || error.family !== 'format') throw error;
    const hint =
      'name the file of a root: the one that ships with the application, or public/metadata/1.root.json or root.json of a repository';
    const message = `${file} is no root that can be trusted: ${error.message}`;
    throw new TufError(error.code, message, error.evidence as FormatEvidence, { cause: error, hint });
  }
  return bytes;
}
