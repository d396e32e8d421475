import { TufError } from '../errors.ts';
import type { DocumentHead } from '../metadata/document.ts';
import { metadataUrlPath } from '../metadata/file-name.ts';
import type { Limits } from '../metadata/limits.ts';
import type { MetaFile } from '../metadata/snapshot.ts';
import { tooLong } from '../trust/mix-and-match.ts';
import type { Trusted } from '../trust/trusted.ts';
import type { FetchOrder, FileQuestion } from './fetch-order.ts';
import { type Fetched, fetch, type Place, reportAccepted, type Workflow, write } from './question.ts';

/**
 * The bytes of a metadata file that has to be there.
 *
 * @param option the limit that `bytesMax` is; `undefined` where a trusted file lists the length.
 * @throws {@link TufError} `ERR_TUF_TOO_LONG`, `ERR_TUF_TRANSPORT`.
 */
export function bytesOf(answer: Fetched, { role, path, bytesMax }: FileQuestion, option?: keyof Limits): Uint8Array {
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
  readonly order: FetchOrder | undefined;
}

/** For a file that is needed offline, and is not kept. */
export function notKept(name: string, role: string): TufError {
  return new TufError(
    'ERR_TUF_STORE',
    `${role}: ${name} is not kept as it would be needed offline`,
    { path: name, operation: 'read' },
    { hint: 'refresh once with a connection' },
  );
}

/**
 * Fetches a listed file, no more bytes than are listed and never more than the limit, and keeps it when it is trusted.
 *
 * @spec 4.4-e, A-11, A-56, A-68
 */
export function* fetchListed<T extends DocumentHead>(
  { role, meta, consistentSnapshot, limits, option, name, refetchable, order }: ListedFile,
  trust: (bytes: Uint8Array) => Workflow<Trusted<T>>,
): Workflow<Trusted<T>> {
  const { length = Number.POSITIVE_INFINITY, version } = meta;
  const limit = limits[option];
  const path = metadataUrlPath(role, consistentSnapshot ? version : undefined);
  const isListed = length <= limit;
  const question = { role, path, bytesMax: isListed ? length : limit, fresh: false };
  const attempt = function* (place?: Place): Workflow<Trusted<T>> {
    const answer = yield* fetch({ ...question, place });
    return yield* trust(bytesOf(answer, question, isListed ? undefined : option));
  };
  const document = yield* order?.first(attempt) ?? attempt();
  yield* write(name, document.bytes, refetchable);
  yield* reportAccepted(document, 'server');
  return document;
}
