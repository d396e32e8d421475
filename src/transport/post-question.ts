/**
 * Sends a question to an answer server, by `fetch`.
 *
 * @module
 */
import type { SendQuestion } from '../client/ports.ts';
import { TufError } from '../errors.ts';

/** What a server is told it gets, and asked for. */
export interface QuestionTypes {
  readonly question: string;
  readonly answer: string;
}

/**
 * What sends questions to `url`: a POST without credentials, caches or redirects. Resolves with the answer, or with why there
 * is none; rejects only with the reason of the signal.
 *
 * @throws TypeError for a URL that is neither https nor http on a loopback address, or has credentials.
 */
export function questionSender(
  url: string | URL,
  types: QuestionTypes,
  given: typeof globalThis.fetch | undefined,
): SendQuestion {
  const to = new URL(url);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(to.hostname);
  const isSafe = to.protocol === 'https:' || (to.protocol === 'http:' && isLoopback);
  if (!isSafe || to.username !== '' || to.password !== '')
    throw new TypeError('the URL of an answer server is https, or http on loopback, and has no credentials');

  return async ({ body, bytesMax, roundTripMs }, signal) => {
    signal?.throwIfAborted();
    const patience = AbortSignal.timeout(Math.max(1, Math.ceil(roundTripMs)));
    const sentMs = performance.now();
    try {
      const response = await (given ?? fetch)(to.href, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': types.question, accept: types.answer },
        // What answers elsewhere is no answer. Some workers know no other word for that.
        redirect: 'manual',
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      });
      const bytes = await bodyOf(response, bytesMax, to.href);
      return { outcome: 'answered', bytes, sentMs, roundTripMs: performance.now() - sentMs };
    } catch (cause) {
      signal?.throwIfAborted();
      return { outcome: 'missing', cause: failureOf(cause, to.href) };
    }
  };
}

async function bodyOf(response: Response, bytesMax: number, url: string): Promise<Uint8Array> {
  const { status, body } = response;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = status === 200 ? body?.getReader() : undefined;
  if (reader === undefined) {
    await body?.cancel().catch(() => {}); // nobody wants what it says
    throw unanswered(url, `the server answered ${status}`, status);
  }
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel().catch(() => {}); // it is over either way
      throw unanswered(url, `more than ${bytesMax} bytes`);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function failureOf(cause: unknown, url: string): TufError {
  if (cause instanceof TufError) return cause;
  const isLate = cause instanceof DOMException && cause.name === 'TimeoutError';
  return unanswered(url, isLate ? 'no answer in time' : 'no connection', undefined, cause);
}

function unanswered(url: string, problem: string, status?: number, cause?: unknown): TufError<'ERR_TUF_TRANSPORT'> {
  return new TufError(
    'ERR_TUF_TRANSPORT',
    `answer server: ${problem} (${url})`,
    { url, status },
    { cause, hint: 'try again; check the URL of the answer server' },
  );
}
