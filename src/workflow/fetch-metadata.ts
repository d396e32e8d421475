import { TufError } from '../errors.ts';
import type { DocumentHead } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Limits } from '../metadata/limits.ts';
import type { MetaFile } from '../metadata/snapshot.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import type { Trusted } from '../trust/trusted.ts';
import { fetch, reportAccepted, type Workflow, write } from './question.ts';

/**
 * The bytes of a metadata file that has to be there.
 *
 * @param option the limit that `bytesMax` is; `undefined` where a trusted file lists the length.
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_TRANSPORT`.
 */
export function* fetchMetadata(
  role: string,
  path: string,
  bytesMax: number,
  option: keyof Limits | undefined,
  fresh: boolean,
): Workflow<Uint8Array> {
  const answer = yield* fetch({ role, path, bytesMax, fresh });
  if (answer.outcome === 'complete') return answer.bytes;
  if (answer.outcome === 'too-long') throw tooLong({ role }, bytesMax, option);
  throw new TufError(
    'ERR_TUF_TRANSPORT',
    `${role}: the server answered ${answer.status} for ${path}`,
    { url: path, role, status: answer.status },
    { hint: 'try again, then check the metadata URL' },
  );
}

/** A file that a trusted one lists. */
export interface ListedFile {
  readonly role: string;
  readonly meta: MetaFile;
  /** Whether names carry versions. */
  readonly consistentSnapshot: boolean;
  readonly limits: Limits;
  readonly option: 'snapshotBytes' | 'targetsBytes';
  /** The local file that keeps it, and whether it can be had again without loss. */
  readonly name: string;
  readonly refetchable: boolean;
}

/**
 * Fetches a listed file, no more bytes than are listed and never more than the limit, and keeps it when it is trusted.
 *
 * @spec 4.4-e, A-11, A-56, A-68
 */
export function* fetchListed<T extends DocumentHead>(
  { role, meta, consistentSnapshot, limits, option, name, refetchable }: ListedFile,
  trust: (bytes: Uint8Array) => Workflow<Trusted<T>>,
): Workflow<Trusted<T>> {
  const { length = Number.POSITIVE_INFINITY, version } = meta;
  const limit = limits[option];
  const path = metadataUrlPath(role, consistentSnapshot ? version : undefined);
  const isListed = length <= limit;
  const bytes = yield* fetchMetadata(role, path, isListed ? length : limit, isListed ? undefined : option, false);
  const document = yield* trust(bytes);
  yield* write(name, document.bytes, refetchable);
  yield* reportAccepted(document, 'server');
  return document;
}
