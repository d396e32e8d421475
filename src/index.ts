/**
 * The TUF client for browsers, workers, Deno and Bun.
 *
 * @module
 */
import { type ClientOptions, UpdateClient } from './client/client.ts';
import { webCrypto } from './crypto/web-crypto.ts';
import { fetchTransport } from './transport/fetch.ts';
import { retrying } from './transport/retry.ts';

export { mirrors } from './client/mirrors.ts';
export * from './client/public.ts';
export { type WebCryptoOptions, webCrypto } from './crypto/web-crypto.ts';
export { type FetchTransportOptions, fetchTransport } from './transport/fetch.ts';
export type { PatienceOptions } from './transport/patience.ts';
export { type RetryOptions, retrying } from './transport/retry.ts';

/** A TUF client on `fetch` and WebCrypto. See {@link ClientOptions}. */
export class Client extends UpdateClient {
  constructor(options: ClientOptions) {
    super(options, {
      transport: (fetch) => retrying(fetchTransport(fetch === undefined ? {} : { fetch })),
      crypto: webCrypto,
    });
  }
}
