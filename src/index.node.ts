/**
 * The TUF client for Node: the same as everywhere, on `node:http` and `node:crypto`, which cost less there.
 *
 * @module
 */
import { type ClientOptions, UpdateClient } from './client/client.ts';
import { nodeCrypto } from './crypto/node-crypto.ts';
import { fetchTransport } from './transport/fetch.ts';
import { httpTransport } from './transport/http.ts';
import { retrying } from './transport/retry.ts';

export { mirrors } from './client/mirrors.ts';
export * from './client/public.ts';
export { type WebCryptoOptions, webCrypto } from './crypto/web-crypto.ts';
export { type FetchTransportOptions, fetchTransport } from './transport/fetch.ts';
export type { PatienceOptions } from './transport/patience.ts';
export { type RetryOptions, retrying } from './transport/retry.ts';

/** A TUF client on `node:http` (or an injected `fetch`) and `node:crypto`. See {@link ClientOptions}. */
export class Client extends UpdateClient {
  constructor(options: ClientOptions) {
    super(options, {
      transport: (fetch) => retrying(fetch === undefined ? httpTransport() : fetchTransport({ fetch })),
      crypto: nodeCrypto,
    });
  }
}
