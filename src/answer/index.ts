/**
 * The server's half of online trust: a handler that answers what is permitted right now, for any runtime with the fetch API. It holds
 * one key, which is no role's, and no state but what is published. See docs/design/online-trust.md.
 *
 * @module
 */
import { webCrypto } from '../crypto/web-crypto.ts';
import { type AnswerHandler, type AnswerHandlerOptions, handlerOn } from './handler.ts';

export type { Signer } from '../repository/signer.ts';
export { writeAnswerKeys } from './answer-key-list.ts';
export type { AnswerHandler, AnswerHandlerOptions } from './handler.ts';
export type { PublishedFiles } from './ports.ts';

/**
 * Answers questions: `export default { fetch: answerHandler({ … }) }` in a worker, `Deno.serve(answerHandler({ … }))`,
 * `Bun.serve({ fetch: answerHandler({ … }) })`; `serveHandler` of `tufa/node` on Node.
 *
 * Answers 200 with an answer; 400, 405, 413, 415 to what is no question; 404 for another repository; 429 and 503 with `Retry-After`.
 *
 * @throws TypeError for options that are out of their range.
 */
export function answerHandler(options: AnswerHandlerOptions): AnswerHandler {
  return handlerOn(webCrypto(), options);
}
