/**
 * Single requests whose answers are looked at whole: status, headers and body. No redirect is followed, nothing is
 * decoded, nothing is kept between two requests but connections.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Ask, AskAnswer, AskRequest } from '../check/ports.ts';
import { TufError } from '../errors.ts';

export interface HttpAskerOptions {
  /** Most milliseconds without a byte. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Most milliseconds for one request. Default 10 minutes. */
  readonly totalTimeoutMs?: number;
  /** Milliseconds that are left for all requests; asked before each, which ends with them. No bound by default. */
  readonly timeLeftMs?: (() => number) | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks by `node:http` and `node:https`. Throws `ERR_TUF_TRANSPORT` for what is no complete answer, the signal's reason
 * after an abort, `TypeError` for a URL that is not http(s).
 */
export function httpAsker(options: HttpAskerOptions = {}): Ask {
  const {
    idleTimeoutMs = 30_000,
    totalTimeoutMs = 600_000,
    timeLeftMs = () => Infinity,
    headers = {},
    signal,
  } = options;
  return (url, request) =>
    new Promise<AskAnswer>((resolve, reject) => {
      signal?.throwIfAborted();
      const { protocol } = new URL(url);
      if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`no http or https URL: ${url}`);
      const { get } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
      const own = { accept: '*/*', 'user-agent': 'tufa', ...headers, ...request.headers };
      const fail = (what: string, cause?: unknown): void =>
        settle(() => reject(signal?.aborted ? signal.reason : failure(url, what, cause)));
      const onAbort = (): void => fail('aborted');
      const mostMs = Math.max(0, Math.min(totalTimeoutMs, timeLeftMs()));
      const timer = setTimeout(() => fail('it takes too long'), mostMs);
      const sent: ClientRequest = get(url, { headers: own }, (response) => {
        receive(response, request, {
          done: (tooLong) => settle(() => resolve(answerOf(response, tooLong)), tooLong),
          fail,
        });
      });
      const settle = (then: () => void, isOpen = true): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        then();
        if (isOpen) sent.destroy();
      };
      sent.on('error', (cause) =>
        fail(`no complete answer (${(cause as { code?: string }).code ?? 'no reason'})`, cause),
      );
      sent.setTimeout(idleTimeoutMs, () => fail('no byte came for too long'));
      signal?.addEventListener('abort', onAbort);
    });
}

function receive(
  response: IncomingMessage,
  { bytesMax, sink }: AskRequest,
  on: { done(tooLong: boolean): void; fail(what: string, cause?: unknown): void },
): void {
  const isBody = response.statusCode === 200 || response.statusCode === 206;
  let left = isBody ? bytesMax : 65_536;
  response.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) {
      on.done(isBody);
      response.destroy(); // or it would pour on for as long as it likes
    } else if (isBody) sink(chunk);
  });
  response.on('error', (cause) => on.fail('the body breaks off', cause));
  response.on('end', () => on.done(false));
  response.on('aborted', () => on.fail('the body breaks off'));
}

function answerOf({ statusCode, headers }: IncomingMessage, tooLong: boolean): AskAnswer {
  const texts = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]);
  return {
    status: statusCode ?? 0,
    headers: Object.fromEntries(texts.filter(([, value]) => value !== undefined)) as Record<string, string>,
    tooLong,
  };
}

function failure(url: string, what: string, cause: unknown): TufError<'ERR_TUF_TRANSPORT'> {
  // Tokens stand in queries.
  const message = `${url.replace(/[?#].*/s, '')}: ${what}`;
  const hint = 'check the address, the network and any proxy, then try again';
  return new TufError('ERR_TUF_TRANSPORT', message, { url }, { cause, hint });
}
