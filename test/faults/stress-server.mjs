/** A test repository on a real server, for users that each have a path of their own. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

/** Of a body without end this much is enough: no limit on a file that is attacked so allows it. */
const bytesMax = 2 * 1024 * 1024;

/**
 * @param repository of `tufa/testing`.
 * @param answers by path, to what is no request for a file of the repository: a function of what was sent, which gives what is
 * sent back, bytes or what becomes JSON.
 */
export async function serveUsers(repository, answers) {
  const users = new Users();
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
    const [, user, path] = /^\/(\d+)(\/.*)$/.exec(request.url) ?? [];
    if (user === undefined) return void response.writeHead(404).end();
    const isRoot = /\.root\.json$/.test(path);
    const isTimestamp = /\/timestamp\.json$/.test(path);
    if (isRoot) await users.enter(user);
    const gone = new AbortController();
    underWay.add(response);
    response.on('close', () => {
      underWay.delete(response);
      gone.abort();
      if (isTimestamp && response.writableFinished && response.statusCode === 200) users.leave(user);
    });
    const answer = await repository.network.fetch(`https://updates.test${path}`, { signal: gone.signal });
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
    users,
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

/**
 * Who has asked for the next root and not got the timestamp yet.
 *
 * A client that is told that there is no next root, and gets a timestamp of the release after, is right to refuse what is
 * signed with a key that only the next root has. So a release with new keys comes when nobody is between the two.
 */
class Users {
  #between = new Set();
  #gone = new Set();
  #release;
  #changes = new EventEmitter();

  /** A user that asks for a root waits for a release with new keys. */
  async enter(user) {
    while (this.#release !== undefined) {
      this.leave(user);
      await this.#release;
    }
    if (!this.#gone.has(user)) this.#between.add(user);
  }

  leave(user) {
    this.#between.delete(user);
    this.#changes.emit('left');
  }

  /** It has been killed: what is still heard of it counts for nothing. */
  forget(user) {
    this.#gone.add(String(user));
    this.leave(String(user));
  }

  hasGone(user) {
    return this.#gone.has(String(user));
  }

  async whileNobodyIsBetween(work) {
    let open;
    this.#release = new Promise((resolve) => {
      open = resolve;
    });
    try {
      while (this.#between.size > 0) await once(this.#changes, 'left');
      await work();
    } finally {
      this.#release = undefined;
      open();
    }
  }
}
