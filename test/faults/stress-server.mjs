/** A test repository on a real server. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Of a body without end this much is enough: no limit on a file that is attacked so allows it. */
const bytesMax = 2 * 1024 * 1024;

/**
 * @param repository of `tufa/testing`.
 * @param answers by path, to what is no request for a file of the repository: a function of what was sent, which gives what is
 * sent back, bytes or what becomes JSON.
 */
export async function serve(repository, answers) {
  const underWay = new Set();
  const server = createServer((request, response) => {
    response.on('error', () => {}); // its user has been killed
    const own = answers[request.url];
    const sent = own === undefined ? sendFile(request, response) : sendAnswer(own, request, response);
    sent.catch(() => response.destroy());
  });
  // No connection is closed while its user, who waits for the others, might be about to use it.
  server.keepAliveTimeout = 0;

  const sendFile = async (request, response) => {
    const gone = new AbortController();
    underWay.add(response);
    response.on('close', () => {
      underWay.delete(response);
      gone.abort();
    });
    const answer = await repository.network.fetch(`https://updates.test${request.url}`, { signal: gone.signal });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    let length = 0;
    for await (const piece of answer.body ?? []) {
      if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal });
      length += piece.length;
      if (length > bytesMax) return;
    }
    response.end();
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    /** Breaks off whatever is being sent. */
    disconnect() {
      for (const response of underWay) response.destroy();
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function sendAnswer(own, request, response) {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  const answer = own(text === '' ? {} : JSON.parse(text));
  const { type, body } =
    answer.body === undefined ? { type: 'application/json', body: JSON.stringify(answer) } : answer;
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
}
