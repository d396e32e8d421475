/**
 * What both transports say when a request fails, in the same words.
 *
 * @module
 */
import { TufError } from '../errors.ts';

/** What a failure is made of besides its text. */
interface FailureDetails {
  readonly status?: number;
  readonly cause?: unknown;
  readonly hint?: string;
}

/**
 * An `ERR_TUF_TRANSPORT`. The message leaves out the query of the URL, where tokens live; the evidence has all of it.
 *
 * @spec A-42
 */
export function transportError(url: string, what: string, details: FailureDetails = {}): TufError<'ERR_TUF_TRANSPORT'> {
  const { status, ...options } = details;
  return new TufError('ERR_TUF_TRANSPORT', `${url.replace(/[?#].*/s, '')}: ${what}`, { url, status }, options);
}

/** No answer, or one that breaks off or is no HTTP. */
export function networkError(url: string, cause: unknown): TufError<'ERR_TUF_TRANSPORT'> {
  const { cause: deeper, code } = (cause ?? {}) as { cause?: { code?: string }; code?: string };
  const reason = deeper?.code ?? code;
  return transportError(url, `no complete answer${reason ? ` (${reason})` : ''}`, {
    cause,
    // A browser gives no reason for a refusal by CORS, on purpose; the other runtimes give one.
    hint: `check the address, the network and any proxy, then try again${reason ? '' : '; the server has to allow this origin (CORS)'}`,
  });
}

/** A status that is neither the file nor its absence. */
export function statusError(url: string, status: number): TufError<'ERR_TUF_TRANSPORT'> {
  return transportError(url, `status ${status}`, {
    status,
    hint: status === 429 || status >= 500 ? 'try again later' : 'check the URL and the headers',
  });
}

/** A body that is not as long as its Content-Length. */
export function lengthError(url: string, length: number, received: number): TufError<'ERR_TUF_TRANSPORT'> {
  return transportError(url, `${received} bytes received, Content-Length is ${length}`, {
    hint: 'try again, or without a proxy',
  });
}

/** The status codes by which a server says that a file is not there. @spec A-42 */
export function isUnavailable(status: number): boolean {
  return [403, 404, 410].includes(status);
}

/** The status codes that name another place in Location. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
