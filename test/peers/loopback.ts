/** Serves bytes on loopback by their decoded path. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  readonly url: string;
  /** Paths that were asked for, as they were sent. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** @param read the bytes of a path that begins without a slash, or `undefined` for 404 */
export async function serveLoopback(read: (path: string) => Uint8Array | undefined): Promise<Loopback> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const bytes = read(decodeURIComponent((request.url ?? '').slice(1)));
    response.writeHead(bytes === undefined ? 404 : 200, { 'Content-Length': bytes?.length ?? 0 }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, requests, close };
}
