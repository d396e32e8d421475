/** A static server on loopback for one repository: shows one release at a time, and can be told to lie. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/**
 * @returns {Promise<{ metadataUrl: string, targetsUrl: string, show(folder: string): void,
 *   lie(change: ((path: string, body: Buffer) => Buffer) | undefined): void, close(): Promise<void> }>}
 *   `show` serves `metadata/` and `targets/` of a folder; `lie` changes what is served.
 */
export async function serveRelease() {
  let folder;
  let change;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url);
    let body;
    try {
      body = readFileSync(join(folder, path));
    } catch {
      response.writeHead(404).end();
      return;
    }
    const sent = change === undefined ? body : change(path, body);
    response.writeHead(200, { 'Content-Length': sent.length }).end(sent);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    metadataUrl: `${base}/metadata/`,
    targetsUrl: `${base}/targets/`,
    show: (next) => {
      folder = next;
      change = undefined;
    },
    lie: (next) => {
      change = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
