/**
 * A handler of the fetch API on a server of Node.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { storeError } from './atomic-write.ts';

/** Where to listen, and for how long to wait. */
export interface ServeHandlerOptions {
  /** 0, the default, for any that is free. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1: to the outside, a proxy with TLS stands before it. */
  readonly host?: string | undefined;
  /** Milliseconds for the whole of one request to arrive. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface RunningHandler {
  /** `http://HOST:PORT` */
  readonly origin: string;
  /** Takes no new connection, and ends those that there are. */
  close(): Promise<void>;
}

/**
 * Serves a handler such as that of `tufa/answer`.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` where the port cannot be had.
 */
export async function serveHandler(
  handler: (request: Request) => Promise<Response>,
  { port = 0, host = '127.0.0.1', requestTimeoutMs = 10_000 }: ServeHandlerOptions = {},
): Promise<RunningHandler> {
  const server = createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => {
      // Whoever asked went away, or sent what is no request.
      outgoing.destroy();
    });
  });
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  server.maxRequestsPerSocket = 10_000;
  await new Promise<void>((resolve, reject) => {
    const where = `${host}:${port}`;
    server.once('error', (cause) =>
      reject(storeError('listen', where, cause, 'choose another port, or 0 for a free one')),
    );
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as { port: number };
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const response = await handler(requestOf(incoming));
  const body = new Uint8Array(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'content-length': body.length });
  outgoing.end(body);
  // What nobody has read of the question is not waited for.
  if (!incoming.complete) outgoing.once('finish', () => incoming.destroy());
}

function requestOf(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers.set(name, String(value));
  }
  // Which host somebody names is of no matter, and could be anything.
  const url = new URL(incoming.url?.startsWith('/') ? incoming.url : '/', 'http://localhost');
  const { method = 'GET' } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (Readable.toWeb(incoming) as NodeReadableStream<Uint8Array>) : undefined;
  return new Request(url, { method, headers, ...(body === undefined ? {} : { body, duplex: 'half' }) } as RequestInit);
}
