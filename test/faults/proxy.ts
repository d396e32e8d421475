/**
 * A proxy of TCP between a client and a server of HTTP. It fetches each answer whole over a connection of its own, and then
 * hands it on as a fault says: cut, slowly, not at all, or as something else.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Hands an answer on: its head, with the empty line, and its body. */
export type Fault = (client: Socket, head: string, body: Buffer) => void;

export interface FaultProxy {
  readonly origin: string;
  /** Every path that was asked for, in order. */
  readonly requests: string[];
  /** Says what becomes of the answer to a request; as it came, without a fault. */
  choose: (path: string) => Fault | undefined;
  /** Ends every connection. */
  disconnect(): void;
  stop(): Promise<void>;
}

export async function startProxy(port: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => {}); // clients end connections in the middle, too
    let text = '';
    client.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      const request = text.slice(0, end);
      text = text.slice(end + 4);
      const path = request.split(' ')[1] ?? '';
      requests.push(path);
      const fault = proxy.choose(path) ?? asItCame;
      void answerTo(port, request).then(
        ({ head, body }) => void (client.destroyed || fault(client, head, body)),
        () => client.destroy(),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    choose: () => undefined,
    disconnect() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      proxy.disconnect();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** The whole answer, by a connection that ends with it. */
async function answerTo(port: number, request: string): Promise<{ head: string; body: Buffer }> {
  const upstream = connect(port, '127.0.0.1');
  const lines = request.split('\r\n').filter((line) => !/^connection:/i.test(line));
  upstream.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1');
  const chunks: Buffer[] = [];
  upstream.on('data', (chunk) => chunks.push(chunk));
  await once(upstream, 'end');
  upstream.destroy();
  const whole = Buffer.concat(chunks);
  const end = whole.indexOf('\r\n\r\n') + 4;
  const head = whole
    .subarray(0, end)
    .toString('latin1')
    .replace(/^connection:.*\r\n/im, '');
  return { head, body: whole.subarray(end) };
}

const asItCame: Fault = (client, head, body) => {
  client.write(head, 'latin1');
  client.write(body);
};

const half = <T extends { length: number; slice(from: number, to: number): T }>(whole: T): T =>
  whole.slice(0, whole.length >> 1);

/** Writes, and does `then` once that is on its way. */
function after(client: Socket, text: string | Buffer, then: () => void): void {
  client.write(text, 'latin1', () => setImmediate(then));
}

/** One byte at a time, for as long as there is a client. */
function drip(client: Socket, bytes: () => string): void {
  const timer = setInterval(() => client.write(bytes(), 'latin1'), 10);
  client.on('close', () => clearInterval(timer));
}

const withLength = (head: string, change: (length: number) => number): string =>
  head.replace(/^content-length: (\d+)/im, (_, length) => `Content-Length: ${change(Number(length))}`);

const status = (line: string, headers: readonly string[] = [], text = 'not now'): Fault => {
  const lines = [`HTTP/1.1 ${line}`, `Content-Length: ${text.length}`, ...headers];
  return (client) => void client.write(`${lines.join('\r\n')}\r\n\r\n${text}`);
};

const page = '<!doctype html><title>Sign in to this network</title>';

/**
 * What one answer becomes, by what a client can do about it.
 *
 * `none`: nothing has to be done. `again`: it is no answer, and another attempt may get one. `refused`: it is an answer, and
 * what it says is not believed.
 */
export const faults: { readonly [kind in 'none' | 'again' | 'refused']: Readonly<Record<string, Fault>> } = {
  none: {
    latency: (client, head, body) => void setTimeout(asItCame, 60, client, head, body),
    'one byte per packet': (client, head, body) => {
      client.setNoDelay(true);
      client.write(head, 'latin1');
      for (const byte of body.subarray(0, 200)) client.write(Buffer.of(byte));
      client.write(body.subarray(200));
    },
    'the end of the connection behind it': (client, head, body) => {
      client.write(head, 'latin1');
      client.end(body);
    },
    'a reset behind it': (client, head, body) => {
      client.write(head, 'latin1');
      after(client, body, () => setTimeout(() => client.resetAndDestroy(), 20));
    },
    'an informational answer before it': (client, head, body) => {
      client.write('HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n');
      asItCame(client, head, body);
    },
    'no length, and the end of the connection': (client, head, body) => {
      client.write(head.replace(/^content-length:.*\r\n/im, 'Connection: close\r\n'), 'latin1');
      client.end(body);
    },
    'chunks in place of a length': (client, head, body) => {
      client.write(head.replace(/^content-length:.*\r\n/im, 'Transfer-Encoding: chunked\r\n'), 'latin1');
      for (let at = 0; at < body.length; at += 100) {
        const part = body.subarray(at, at + 100);
        client.write(`${part.length.toString(16)}\r\n`);
        client.write(part);
        client.write('\r\n');
      }
      client.write('0\r\n\r\n');
    },
  },
  again: {
    'the end of the connection before it': (client) => void client.end(),
    'a reset before it': (client) => void client.resetAndDestroy(),
    'nothing at all': () => {},
    'the end within the head': (client, head) => void client.end(half(head), 'latin1'),
    'a reset within the head': (client, head) => after(client, half(head), () => client.resetAndDestroy()),
    'silence within the head': (client, head) => void client.write(half(head), 'latin1'),
    'a head without end, slowly': (client) => {
      client.write('HTTP/1.1 200 OK\r\n');
      drip(client, () => 'X-Drip: x\r\n');
    },
    'the end within the body': (client, head, body) => {
      client.write(head, 'latin1');
      client.end(half(body));
    },
    'a reset within the body': (client, head, body) => {
      client.write(head, 'latin1');
      after(client, half(body), () => client.resetAndDestroy());
    },
    'silence within the body': (client, head, body) => {
      client.write(head, 'latin1');
      client.write(half(body));
    },
    'a body that drips': (client, head, body) => {
      client.write(head, 'latin1');
      let at = 0;
      drip(client, () => body.toString('latin1', at, ++at));
    },
    'a chunk that breaks off': (client, head, body) => {
      client.write(head.replace(/^content-length:.*\r\n/im, 'Transfer-Encoding: chunked\r\n'), 'latin1');
      client.write(`${body.length.toString(16)}\r\n`);
      client.end(half(body));
    },
    'two lengths': (client, head, body) => {
      client.write(head.replace(/\r\n$/, 'Content-Length: 1\r\n\r\n'), 'latin1');
      client.write(body);
    },
    'no HTTP': (client) => void client.end('220 mail.example ESMTP\r\n'),
    noise: (client) => void client.end(Buffer.from('\u0000\u0001\u0016\u0003\u0001 noise\r\n\r\n', 'latin1')),
    '429': status('429 Too Many Requests', ['Retry-After: 0']),
    '500': status('500 Internal Server Error'),
    '502': status('502 Bad Gateway'),
    '503': status('503 Service Unavailable', ['Retry-After: 0']),
    '504': status('504 Gateway Timeout'),
  },
  refused: {
    'a page in its place': status('200 OK', ['Content-Type: text/html'], page),
    'a length one too low': (client, head, body) => {
      client.write(
        withLength(head, (length) => length - 1),
        'latin1',
      );
      client.write(body);
    },
    'a length one too high': (client, head, body) => {
      client.write(
        withLength(head, (length) => length + 1),
        'latin1',
      );
      client.end(body);
    },
    'one bit turned': (client, head, body) => {
      const turned = Buffer.from(body);
      turned[turned.length >> 1] = (turned[turned.length >> 1] ?? 0) ^ 1;
      client.write(head, 'latin1');
      client.write(turned);
    },
    'an empty body': (client) => void client.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    'bytes without end': (client, _, body) => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.write(body);
      const block = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        while (!client.destroyed && client.write(block));
      };
      client.on('drain', more);
      more();
    },
    'a redirect to itself': status('302 Found', ['Location: ?'], ''),
    'a redirect to another origin': status('302 Found', ['Location: http://127.0.0.1:9/elsewhere'], ''),
  },
};
