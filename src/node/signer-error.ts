import { TufError } from '../errors.ts';

/**
 * What a signer fails with. `uri` begins the message; none of the texts may hold a secret.
 *
 * @param uri the URI, or the path of a file. The arguments of an `exec:` URI are left out of the message and kept in the
 * evidence.
 */
export function signerError(uri: string, problem: string, hint: string, cause?: unknown): TufError<'ERR_TUF_SIGNER'> {
  const name = uri.startsWith('exec:') ? uri.replace(/\?.*/s, '') : uri;
  return new TufError(
    'ERR_TUF_SIGNER',
    `${name} ${problem}`,
    { uri },
    cause === undefined ? { hint } : { cause, hint },
  );
}
