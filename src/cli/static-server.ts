/**
 * A small static server for trying and for tests: loopback only, files of one folder only.
 *
 * @module
 */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { storeError } from '../node/atomic-write.ts';

export interface StaticServer {
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  close(): Promise<void>;
}

/** What a hostile server gives in place of a file: other bytes, or bytes without end. */
export type Forged = Uint8Array | 'endless';

/**
 * Serves a folder that has `metadata/` and `targets/` on 127.0.0.1.
 *
 * @param port 0 for any that is free.
 * @param forged what is given in place of a file; its path begins with `metadata/` or `targets/`. For demonstrations.
 * @throws {@link TufError} `ERR_TUF_STORE` where the folder or the port cannot be had.
 */
export async function serveFolder(
  folder: string,
  port: number,
  forged: (path: string) => Forged | undefined = () => undefined,
): Promise<StaticServer> {
  const root = await realpath(folder).catch((cause) => {
    throw storeError('read', folder, cause);
  });
  const server = createServer((request, response) => {
    answer(root, request, response, forged).catch(() => {
      // The client went away, or the file became shorter: a cut body says so.
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(storeError('listen', `127.0.0.1:${port}`, cause, 'choose another port, or 0 for a free one')),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as { port: number };
  const base = `http://127.0.0.1:${taken}`;
  return {
    metadataUrl: `${base}/metadata/`,
    targetsUrl: `${base}/targets/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  forged: (path: string) => Forged | undefined,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, { Allow: 'GET, HEAD' });
  const segments = segmentsOf(request.url ?? '');
  const instead = segments && forged(segments.join('/'));
  if (instead !== undefined) return pour(instead, response);
  const file = segments && (await openBelow(root, segments));
  if (segments === undefined || file === undefined) return refuse(response, 404);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return refuse(response, 404);
    const isMetadata = segments[0] === 'metadata';
    response.writeHead(200, {
      'Content-Length': stats.size,
      'Content-Type': isMetadata ? 'application/json' : 'application/octet-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    if (request.method === 'HEAD' || stats.size === 0) response.end();
    // A file that grows meanwhile is cut where it was: Content-Length has been sent.
    else await pipeline(file.createReadStream({ end: stats.size - 1, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

async function pour(forged: Forged, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Cache-Control': 'no-store' });
  if (forged === 'endless') await pipeline(zeros(), response);
  else response.end(forged);
}

function* zeros(): Generator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536, '0');
}

/** The parts of a URL's path, decoded once; `undefined` for what names no file. */
function segmentsOf(url: string): string[] | undefined {
  const [path] = url.split(/[?#]/, 1) as [string];
  if (!path.startsWith('/')) return undefined;
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    const isName = (segment: string): boolean =>
      segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\0]/.test(segment);
    // Where the folder is a working tree, git's own files say more than what is published: a remote with a password.
    return segments.every(isName) && segments[0]?.toLowerCase() !== '.git' ? segments : undefined;
  } catch {
    return undefined; // a broken escape names nothing
  }
}

async function openBelow(
  root: string,
  segments: readonly string[],
): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    // Links inside the folder are followed as long as they stay inside.
    const path = await realpath(join(root, ...segments));
    if (!path.startsWith(root + sep)) return undefined;
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return undefined; // whatever the reason, there is nothing to serve
  }
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store', ...headers });
  response.end(`${status}\n`);
}
