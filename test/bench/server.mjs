/**
 * The benchmark's file server: HTTP/1.1 with keep-alive on loopback, in a process of its own so that its work is not
 * counted. Serves every repository's `metadata/` and `targets/`, keeps what it has read of metadata in memory, streams targets,
 * and tells its parent which paths were asked for: two programs are only compared when they made the same requests.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { repositoriesFolder } from './repository.mjs';

const files = new Map();
let requests = [];

function fileAt(path) {
  if (!files.has(path)) {
    try {
      files.set(path, readFileSync(join(repositoriesFolder, path)));
    } catch {
      files.set(path, undefined); // not there: answered with 404
    }
  }
  return files.get(path);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  requests.push(request.url);
  if (request.url.includes('/targets/')) {
    const file = join(repositoriesFolder, decodeURIComponent(request.url));
    response.writeHead(200, { 'Content-Length': statSync(file).size });
    createReadStream(file).pipe(response);
    return;
  }
  const body = fileAt(decodeURIComponent(request.url));
  response.writeHead(body === undefined ? 404 : 200, { 'Content-Length': body?.length ?? 0 });
  response.end(body);
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', () => {
  process.send({ requests });
  requests = [];
});
process.on('disconnect', () => process.exit(0));
