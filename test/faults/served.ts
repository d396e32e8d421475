/** A repository of `tufa/testing` on a real HTTP server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestRepository } from '../../src/testing/repository.ts';

export interface Served {
  readonly port: number;
  stop(): Promise<void>;
}

const network = 'https://updates.test';

/** Of an answer without end, an attack, this much is enough: no limit of a small repository allows it. */
const bytesMax = 8 * 1024 * 1024;

async function beginningOf(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bytesMax) break;
  }
  return Buffer.concat(chunks);
}

/** Serves what the repository's own network answers, with a length and an ETag as a host of files does, and ranges. */
export async function serve(repository: TestRepository): Promise<Served> {
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answering = repository.network.fetch(`${network}${request.url}`, { signal: gone.signal });
    const written = answering.then(async (answer) => {
      const body = await beginningOf(answer);
      const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
      const isPart = answer.status === 200 && from !== undefined && Number(from) < body.length;
      const part = isPart ? body.subarray(Number(from)) : body;
      const range = isPart ? { 'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}` } : {};
      response.writeHead(isPart ? 206 : answer.status, { 'Content-Length': part.length, ...range });
      response.end(part);
    });
    written.catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
