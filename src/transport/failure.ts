/**
 * What both transports say when a request fails, in the same words.
 *
 * @module
 */
import type { Resume } from '../client/ports.ts';
import { TufError } from '../errors.ts';

/** What a failure is made of besides its text. */
interface FailureDetails {
  readonly status?: number;
  /** Whether the same request may succeed later, and not before how many milliseconds. */
  readonly isTemporary?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
  readonly hint?: string;
}

/**
 * An `ERR_TUF_TRANSPORT`. The message leaves out the query of the URL, where tokens live; the evidence has all of it.
 *
 * @spec A-42
 */
export function transportError(url: string, what: string, details: FailureDetails = {}): TufError<'ERR_TUF_TRANSPORT'> {
  const { status, isTemporary = false, retryAfterMs, ...options } = details;
  const evidence = { url, status, isTemporary, retryAfterMs };
  return new TufError('ERR_TUF_TRANSPORT', `${url.replace(/[?#].*/s, '')}: ${what}`, evidence, options);
}

/** No answer, or one that breaks off or is no HTTP. */
export function networkError(url: string, cause: unknown): TufError<'ERR_TUF_TRANSPORT'> {
  const { cause: deeper, code } = (cause ?? {}) as { cause?: { code?: string }; code?: string };
  const reason = deeper?.code ?? code;
  return transportError(url, `no complete answer${reason ? ` (${reason})` : ''}`, {
    cause,
    isTemporary: !/CERT|TLS|SSL|ALTNAME|UNABLE_TO|DEPTH_ZERO/.test(reason ?? ''),
    // A browser gives no reason for a refusal by CORS, on purpose; the other runtimes give one.
    hint: `check the address, the network and any proxy, then try again${reason ? '' : '; the server has to allow this origin (CORS)'}`,
  });
}

/** A status that is neither the file nor its absence, with the Retry-After of its answer (RFC 9110, 10.2.3). */
export function statusError(
  url: string,
  status: number,
  retryAfter: string | null | undefined,
): TufError<'ERR_TUF_TRANSPORT'> {
  const isTemporary = [408, 425, 429, 500, 502, 503, 504].includes(status);
  return transportError(url, `status ${status}`, {
    status,
    isTemporary,
    retryAfterMs: isTemporary ? waitFor(retryAfter ?? '') : undefined,
    hint: isTemporary ? 'try again later' : 'check the URL and the headers',
  });
}

/** Milliseconds: from seconds, or until a date. */
function waitFor(retryAfter: string): number | undefined {
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** A body that is not as long as its Content-Length. */
export function lengthError(url: string, length: number, received: number): TufError<'ERR_TUF_TRANSPORT'> {
  return transportError(url, `${received} bytes received, Content-Length is ${length}`, {
    isTemporary: true,
    hint: 'try again, or without a proxy',
  });
}

/** The ETag of an answer, where it stands for its very bytes. */
export function strongETag(etag: string | null | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}

/** Whether an answer of 206 is the rest of a body from `offset` on. */
export function isRest(contentRange: string | null | undefined, offset: number): boolean {
  return contentRange?.startsWith(`bytes ${offset}-`) === true;
}

/** The headers that ask for the rest of a body. */
export function rangeHeaders({ offset, etag }: Resume): Record<string, string> {
  return { range: `bytes=${offset}-`, ...(etag === undefined ? {} : { 'if-range': etag }) };
}

/** The status codes by which a server says that a file is not there. @spec A-42 */
export function isUnavailable(status: number): boolean {
  return [403, 404, 410].includes(status);
}

/** The status codes that name another place in Location. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
