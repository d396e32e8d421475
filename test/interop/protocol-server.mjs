/**
 * A server as the runner of tuf-conformance has it: HTTP/1.0, one answer a connection, GET only, nothing decoded; 404 for
 * an unknown version of a known role, and no answer at all for a role that is not there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The name of a test as a part of the base URL: encoded, and never to be decoded. */
const testName = 'test_refresh%5B..%2Fa%20b%3F%23%5D';

export async function serveProtocol() {
  let folder;
  let changes = new Map();
  let requests = [];
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {}); // the client ended first
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const [method, path] = head.split(' ');
      socket.end(answerTo(method, path));
    });
  });
  const answerTo = (method, path) => {
    requests.push(path.replace(`/${testName}/`, ''));
    if (method !== 'GET') return response('501 Unsupported method', Buffer.alloc(0));
    const [, kind, name] = new RegExp(`^/${testName}/(metadata|targets)/(.*)$`).exec(path) ?? [];
    if (kind === undefined) return response('404 Not Found', Buffer.alloc(0));
    const file = join(folder, kind, name);
    if (existsSync(file))
      return response('200 OK', changes.get(`${kind}/${name}`)?.(readFileSync(file)) ?? readFileSync(file));
    const isKnown = kind === 'targets' || rolesIn(join(folder, kind)).has(roleOf(name));
    return isKnown ? response('404 Not Found', Buffer.alloc(0)) : '';
  };
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}/${testName}`;
  return {
    metadataUrl: `${base}/metadata/`,
    targetsUrl: `${base}/targets/`,
    /** Serves a folder as it is, but for `next`: path to what becomes of its bytes. */
    show: (next, nextChanges = {}) => {
      folder = next;
      changes = new Map(Object.entries(nextChanges));
    },
    /** What was asked for since the last call, below the base. */
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function response(status, body) {
  return Buffer.concat([Buffer.from(`HTTP/1.0 ${status}\r\nContent-length: ${body.length}\r\n\r\n`), body]);
}

function rolesIn(folder) {
  return new Set(readdirSync(folder).map(roleOf));
}

function roleOf(name) {
  return name.replace(/^\d+\./, '');
}
