/**
 * Serves scenarios on loopback, each of their faults included, as no HTTP library would answer: every byte is written here.
 * Connections are closed after each answer.
 *
 * @module
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TufError } from '../errors.ts';
import type { Scenario, SeenRequest } from './scenario.ts';
import { type BreakingPoint, contentBytes, fileAnswer, type ServedAnswer } from './sequence.ts';

const headBytesMax = 64 * 1024;
const headWaitMs = 120_000;
const zeros = Buffer.alloc(64 * 1024);
/** The body of a fault that names no file. */
const anyBody = Buffer.alloc(1024);

/** A scenario that is being served. */
interface Mounted {
  /** `http://127.0.0.1:PORT/NAME/metadata/` */
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  /** Ends all its connections; what is asked for later is not there. */
  unmount(): void;
}

/** A server for any number of scenarios, each below a name of its own. */
export interface ScenarioServer {
  /** Serves a scenario below `name`, percent-encoded, which nothing else has until it is unmounted. */
  mount(name: string, scenario: Scenario): Mounted;
  close(): Promise<void>;
}

/**
 * Starts a server on a free port of 127.0.0.1, and a second one that is the other origin.
 *
 * @throws {@link TufError} `ERR_TUF_STORE` where no port can be had.
 */
export async function serveScenarios(): Promise<ScenarioServer> {
  const scenarios = new Map<string, Mount>();
  const first = await listen(scenarios, false);
  const second = await listen(scenarios, true);
  const origins = [first, second].map(originOf);
  return {
    mount(name, scenario) {
      const base = encodeURIComponent(name);
      const mount = new Mount(scenario, `/${base}/`, origins[1] as string);
      scenarios.set(base, mount);
      const url = `${origins[0]}/${base}`;
      const unmount = (): void => {
        if (scenarios.get(base) === mount) scenarios.delete(base);
        mount.end();
      };
      return { metadataUrl: `${url}/metadata/`, targetsUrl: `${url}/targets/`, unmount };
    },
    async close() {
      for (const mount of scenarios.values()) mount.end();
      await Promise.all([first, second].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listen(scenarios: ReadonlyMap<string, Mount>, isOther: boolean): Promise<Server> {
  const server = createServer((socket) => receive(socket, scenarios, isOther));
  server.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const evidence = { path: '127.0.0.1', operation: 'listen' };
    const hint = 'let this machine open a port on loopback';
    throw new TufError('ERR_TUF_STORE', 'no port of 127.0.0.1 can be had', evidence, { cause, hint });
  }
  return server;
}

/** Reads one request; its body, which a GET does not have, is not waited for. */
function receive(socket: Socket, scenarios: ReadonlyMap<string, Mount>, isOther: boolean): void {
  let head = Buffer.alloc(0);
  socket.on('error', () => {}); // clients end connections in the middle, and are meant to
  socket.setTimeout(headWaitMs, () => socket.destroy());
  socket.on('data', function take(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1 && head.length < headBytesMax) return;
    socket.off('data', take);
    socket.setTimeout(0);
    socket.resume();
    const [method = '', target = ''] = head.toString('latin1').split('\r\n', 1)[0]?.split(' ') ?? [];
    const [, base = '', path = ''] = /^\/([^/]*)\/(.*)$/.exec(target) ?? [];
    const mount = scenarios.get(base);
    if (end === -1) socket.end(headOf(400, [['Content-Length', '0']]));
    else if (mount === undefined) socket.end(headOf(404, [['Content-Length', '0']]));
    else mount.answer(socket, method, isOther ? `other-origin/${path}` : path);
  });
}

/** One scenario with its connections. */
class Mount {
  readonly #scenario: Scenario;
  readonly #base: string;
  readonly #otherOrigin: string;
  readonly #sockets = new Set<Socket>();

  constructor(scenario: Scenario, base: string, otherOrigin: string) {
    this.#scenario = scenario;
    this.#base = base;
    this.#otherOrigin = otherOrigin;
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  answer(socket: Socket, method: string, path: string): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    if (method !== 'GET') {
      this.#scenario.note(`${method} ${path}`);
      socket.end(headOf(501, [['Content-Length', '0']]));
      return;
    }
    const other = /^other-origin\/(.*)$/.exec(path)?.[1];
    if (other !== undefined) {
      // The same files; that they were asked for here is what is noted.
      this.#scenario.note(path);
      const file = this.#scenario.elsewhere(other);
      deliver(socket, file && fileAnswer(file, ''), undefined, '', this.#scenario);
      return;
    }
    const { request, answer } = this.#scenario.answer(path);
    if (answer === 'drop') socket.destroy();
    else deliver(socket, answer, request, this.#locationOf(answer, path), this.#scenario);
  }

  /** Where a redirect leads; the same path, where it leads to the other origin. */
  #locationOf(answer: ServedAnswer | undefined, path: string): string {
    const { redirect = '' } = answer ?? {};
    return redirect === 'other-origin' ? `${this.#otherOrigin}${this.#base}${path}` : `${this.#base}${redirect}`;
  }
}

const statusTexts: Readonly<Record<number, string>> = { 200: 'OK', 302: 'Found', 403: 'Forbidden', 404: 'Not Found' };

function headOf(status: number, headers: readonly (readonly [string, string])[]): string {
  const lines = [...headers, ['Connection', 'close']].map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${statusTexts[status] ?? 'Answer'}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Writes an answer as far as it goes. `undefined` is 404. */
function deliver(
  socket: Socket,
  answer: ServedAnswer | undefined,
  request: SeenRequest | undefined,
  location: string,
  scenario: Scenario,
): void {
  if (answer === undefined) {
    socket.end(headOf(404, [['Content-Length', '0']]));
    return;
  }
  const stop = (point: BreakingPoint): boolean => {
    if (answer.drop === point) socket.end();
    if (answer.stall === point) socket.write('', () => scenario.stalled());
    return answer.drop === point || answer.stall === point;
  };
  if (stop('before-headers')) return;
  const isBroken = answer.drop !== undefined || answer.stall !== undefined;
  const file = answer.redirect === undefined ? answer.body : undefined;
  const plain = file === undefined ? (isBroken ? anyBody : Buffer.alloc(0)) : contentBytes(file);
  const body = answer.gzip ? gzipSync(plain, { level: 1 }) : plain;
  socket.write(headOf(answer.status, headersOf(answer, body.length, location)));
  if (stop('after-headers')) return;
  const sent = isBroken ? body.subarray(0, Math.floor(body.length / 2)) : body;
  if (request !== undefined) request.taken += sent.length;
  if (answer.endless) {
    socket.write(sent);
    pour(socket, request, scenario.bufferedMax);
    return;
  }
  socket.write(answer.chunked ? chunked(sent, !isBroken) : sent);
  if (!stop('mid-body')) socket.end();
}

function headersOf(answer: ServedAnswer, length: number, location: string): (readonly [string, string])[] {
  const framing: readonly (readonly [string, string])[] = answer.chunked
    ? [['Transfer-Encoding', 'chunked']]
    : answer.endless
      ? []
      : [['Content-Length', String(answer.contentLength ?? length)]];
  return [
    ...framing,
    ...(answer.gzip ? ([['Content-Encoding', 'gzip']] as const) : []),
    ...(answer.redirect === undefined ? [] : ([['Location', location]] as const)),
    ...answer.headers,
  ];
}

/** Two chunks, so that there is a boundary in the middle. */
function chunked(body: Uint8Array, isWhole: boolean): Buffer {
  const half = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter(({ length }) => length > 0);
  const parts = chunks.map((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  return Buffer.concat([...parts.flat(), ...(isWhole ? [Buffer.from('0\r\n\r\n')] : [])]);
}

/** Zero bytes until the client has had enough, or has taken more than it may. */
function pour(socket: Socket, request: SeenRequest | undefined, bufferedMax: number): void {
  const limit = (request?.most ?? Number.POSITIVE_INFINITY) + bufferedMax;
  const more = (): void => {
    if (socket.destroyed) return;
    if (request !== undefined && request.taken > limit) {
      socket.destroy();
      return;
    }
    socket.write(zeros, (error) => {
      // The client has ended the connection: nothing was taken, and the socket is still to notice.
      if (error) return;
      if (request !== undefined) request.taken += zeros.length;
      more();
    });
  };
  more();
}
