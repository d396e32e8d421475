/** A repository whose metadata comes from a simulator and whose one file comes over the wire, so that its bytes can be counted. */
import type { Transport } from '../../src/client/ports.ts';
import type { Target } from '../../src/index.node.ts';
import { httpTransport } from '../../src/transport/http.ts';
import { type RetryOptions, retrying } from '../../src/transport/retry.ts';
import { clientOf, OpenStore } from '../simulator/harness.ts';
import { type Doc, Simulator } from '../simulator/simulator.ts';
import { answer, type FaultServer, type Scenario, type SeenRequest, serveFaults } from '../transport/fault-server.ts';

/** How the file is answered for. */
export interface Served {
  content: Buffer;
  etag: string | undefined;
  /** Replaces the answer of the requests to come. */
  scenario: ((request: SeenRequest) => Scenario | undefined) | undefined;
}

export interface RangeServer extends FaultServer {
  readonly served: Served;
  /** What was asked for since the last look: the first byte of each request, 0 for the whole. */
  asked(): number[];
}

/** Serves one file at every path, with Range and If-Range. */
export async function serveRanges(content: Buffer): Promise<RangeServer> {
  const served: Served = { content, etag: '"one"', scenario: undefined };
  let looked = 0;
  const server = await serveFaults((request) => served.scenario?.(request) ?? ranged(served, request));
  return Object.assign(server, {
    served,
    asked: () => {
      const since = server.seen.slice(looked);
      looked = server.seen.length;
      return since.map((request) => firstByteOf(request) ?? 0);
    },
  });
}

export function firstByteOf({ head }: SeenRequest): number | undefined {
  const [, first] = /^range: bytes=(\d+)-$/im.exec(head) ?? [];
  return first === undefined ? undefined : Number(first);
}

/** What a good server answers. */
export function ranged({ content, etag }: Served, request: SeenRequest): Scenario {
  const first = firstByteOf(request);
  const ifRange = /^if-range: (.*)$/im.exec(request.head)?.[1];
  const headers = etag === undefined ? [] : [`ETag: ${etag}`];
  if (first === undefined || (ifRange !== undefined && ifRange !== etag)) return answer(200, content, headers);
  if (first >= content.length) return answer(416);
  const range = `Content-Range: bytes ${first}-${content.length - 1}/${content.length}`;
  return answer(206, content.subarray(first), [...headers, range]);
}

/** The head of an answer, some of its bytes, and then the end of the connection. */
export function brokenAfter(bytes: number, content: Buffer, etag: string | undefined = '"one"', from = 0): Scenario {
  return (socket) => {
    const status = from === 0 ? '200 OK' : '206 Partial Content';
    const range = from === 0 ? '' : `Content-Range: bytes ${from}-${content.length - 1}/${content.length}\r\n`;
    const tag = etag === undefined ? '' : `ETag: ${etag}\r\n`;
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${content.length - from}\r\n${tag}${range}\r\n`);
    socket.end(content.subarray(from, from + bytes));
  };
}

/** A client that has found the file; one of a new process each time `again` is called. */
export async function findServed(
  server: RangeServer,
  entry: Doc = {},
  retries: RetryOptions = { attemptsMax: 1 },
): Promise<{
  readonly simulator: Simulator;
  again(): Promise<{ readonly client: ReturnType<typeof clientOf>['client']; readonly target: Target }>;
}> {
  const simulator = new Simulator();
  const pinned = simulator.bytes('metadata/1.root.json');
  Object.assign(simulator.addTarget(simulator.targets, 'f', server.served.content.toString('latin1')), entry);
  simulator.publishTargets();
  const wire = retrying(httpTransport(), retries);
  const transport: Transport = {
    get: (url, request) => (url.startsWith(server.origin) ? wire : simulator.transport).get(url, request),
  };
  return {
    simulator,
    again: async () => {
      const { client } = clientOf(simulator, new OpenStore(), pinned, { transport, targetsUrl: `${server.origin}/` });
      return { client, target: (await client.find('f')) as Target };
    },
  };
}
