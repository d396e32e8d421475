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

/** Serves what the repository's own network answers, with a length and an ETag as a host of files does, and ranges. */
export async function serve(repository: TestRepository): Promise<Served> {
  const server = createServer((request, response) => {
    void repository.network.fetch(`${network}${request.url}`).then(async (answer) => {
      const body = Buffer.from(await answer.arrayBuffer());
      const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
      const isPart = answer.status === 200 && from !== undefined && Number(from) < body.length;
      const part = isPart ? body.subarray(Number(from)) : body;
      const range = isPart ? { 'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}` } : {};
      response.writeHead(isPart ? 206 : answer.status, { 'Content-Length': part.length, ...range });
      response.end(part);
    });
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
