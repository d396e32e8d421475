/** A server of TCP on loopback that answers as each scenario says, also with what no HTTP library would send. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** One request as it came over the wire. */
export interface SeenRequest {
  readonly target: string;
  readonly head: string;
  /** Counts connections from 0: equal numbers mean a connection that was used again. */
  readonly connection: number;
}

/** Answers one request. */
export type Scenario = (socket: Socket, request: SeenRequest) => void;

export interface FaultServer {
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** Settles once every connection so far has been closed by the client. */
  closed(): Promise<void>;
  stop(): Promise<void>;
}

/** Serves; `choose` picks the scenario of a request. */
export async function serveFaults(choose: (request: SeenRequest) => Scenario): Promise<FaultServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = connections++;
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {}); // the client ends connections in the middle, on purpose
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        const request = { target: head.split(' ')[1] ?? '', head, connection };
        seen.push(request);
        choose(request)(socket, request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    closed: async () => {
      await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer with a body and its Content-Length, on a connection that is kept. */
export function answer(status: number, body: string | Uint8Array = '', headers: readonly string[] = []): Scenario {
  return (socket) => {
    const lines = [`HTTP/1.1 ${status} Status`, `Content-Length: ${body.length}`, ...headers];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(body);
  };
}

/** Exactly these bytes, and then nothing, on a connection that stays open. */
export function bytes(text: string): Scenario {
  return (socket) => void socket.write(text, 'latin1');
}

/** Exactly these bytes, and then the end of the connection. */
export function bytesThenEnd(text: string): Scenario {
  return (socket) => void socket.end(text, 'latin1');
}

/** Exactly these bytes, and then a reset. */
export function bytesThenReset(text: string): Scenario {
  return (socket) => void socket.write(text, 'latin1', () => setImmediate(() => socket.resetAndDestroy()));
}

/** A head and then zeros for as long as the client reads. */
export function endless(head: string, encode: (zeros: Buffer) => Buffer | string = (zeros) => zeros): Scenario {
  const block = encode(Buffer.alloc(65_536));
  return (socket) => {
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    more();
  };
}

/** A head and then one byte at a time, for ever. */
export function drip(head: string, everyMs: number): Scenario {
  return (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write('x'), everyMs);
    socket.on('close', () => clearInterval(timer));
  };
}
