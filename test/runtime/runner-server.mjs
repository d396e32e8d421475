/** Gives work to a worker in another runtime, over HTTP on loopback. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const page = `<!doctype html><meta charset="utf-8"><title>tufa</title><script type="module">
import { workFor } from '/worker.mjs';
workFor(location.origin).then(() => { globalThis.isDone = ''; }, (error) => { globalThis.isDone = String(error.stack ?? error); });
</script>`;

/** A queue of tasks, each answered once. */
export class RunnerServer {
  #waiting = [];
  #tasks = [];
  #asked = new Map();
  #id = 0;
  #isOver = false;
  #server;
  #broken;
  #sample;

  /** @param sample a repository that it serves below `/sample/`. */
  static async open(worker, sample) {
    const runner = new RunnerServer();
    runner.#sample = sample;
    runner.#server = createServer((request, response) => runner.#serve(request, response, worker));
    runner.#server.listen(0, '127.0.0.1');
    await once(runner.#server, 'listening');
    return runner;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Asks one thing. Rejects where the worker has ended. */
  ask(task) {
    if (this.#broken !== undefined) return Promise.reject(new Error(this.#broken));
    return new Promise((resolve, reject) => {
      const id = ++this.#id;
      this.#asked.set(id, { resolve, reject });
      this.#tasks.push({ id, task });
      this.#give();
    });
  }

  /** The worker has ended: nothing is answered any more. */
  break(why) {
    this.#broken = why;
    for (const { reject } of this.#asked.values()) reject(new Error(why));
    this.#asked.clear();
  }

  /** Sends the worker home. */
  finish() {
    this.#isOver = true;
    this.#give();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serveSample(path, response, send) {
    const { files, root, floor } = this.#sample;
    if (path === '/sample.json') return send('application/json', JSON.stringify({ root, floor }));
    if (path.startsWith('/sample/silent/')) return;
    if (path.startsWith('/sample/garbage/')) return send('text/html', '<!doctype html><title>Welcome</title>');
    const bytes = files.get(path);
    if (bytes === undefined) response.writeHead(404).end();
    else send('application/octet-stream', bytes);
  }

  #give() {
    while (this.#waiting.length > 0 && (this.#tasks.length > 0 || this.#isOver)) {
      const task = this.#tasks.shift() ?? null;
      this.#waiting.shift()(task);
    }
  }

  async #serve(request, response, worker) {
    const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
    if (request.url === '/page') return send('text/html', page);
    if (request.url === '/worker.mjs') return send('text/javascript', readFileSync(worker));
    if (request.url.startsWith('/sample')) return this.#serveSample(request.url, response, send);
    if (request.url !== '/work') return response.writeHead(404).end();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answered = JSON.parse(Buffer.concat(chunks).toString());
    if (answered !== null) {
      this.#asked.get(answered.id)?.resolve(answered.answer);
      this.#asked.delete(answered.id);
    }
    this.#waiting.push((task) => send('application/json', JSON.stringify(task)));
    this.#give();
  }
}
