/** A repository of one file on a server of HTTP that can be told how to answer, for commands that run as processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { brokenAfter, firstByteOf, type RangeServer, serveRanges } from '../node/parts-server.ts';
import { answer, type Scenario, type SeenRequest } from '../transport/fault-server.ts';
import { newFolder, newShell } from './harness.ts';

export const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i.toString(36).padStart(8, '.')).join(''));

export interface GetServer extends RangeServer {
  readonly base: ReturnType<typeof newFolder>;
  readonly root: string;
  /** Replaces what is answered for the file, or for all. */
  fileScenario: ((request: SeenRequest) => Scenario | undefined) | undefined;
  /** Where the file was asked for from, since the last look. */
  askedForFile(): number[];
  /** `tufa get` for the file, with folders of that name. */
  get(name: string, ...more: string[]): string[];
}

/** Publishes and serves. */
export async function serveRepository(): Promise<GetServer> {
  const base = newFolder();
  const tufa = newShell();
  const dir = join(base.path, 'repository');
  expect((await tufa(['init', dir])).exitCode).toBe(0);
  writeFileSync(join(base.path, 'app.bin'), content);
  expect((await tufa(['add', dir, join(base.path, 'app.bin')])).exitCode).toBe(0);
  expect((await tufa(['publish', dir])).exitCode).toBe(0);
  const server = await serveRanges(content);
  const root = join(dir, 'public/metadata/1.root.json');
  let looked = 0;
  const isFile = ({ target }: SeenRequest): boolean => /^\/targets\/[0-9a-f]{64}\.app\.bin$/.test(target);
  server.served.scenario = (request) => {
    if (isFile(request)) return own.fileScenario?.(request);
    if (!/^\/metadata\/[a-z0-9.]+$/.test(request.target)) return answer(404);
    try {
      return answer(200, readFileSync(join(dir, 'public', request.target)));
    } catch {
      return answer(404); // it is not published
    }
  };
  const own: GetServer = Object.assign(server, {
    base,
    root,
    fileScenario: undefined,
    askedForFile: () => {
      const since = server.seen.slice(looked).filter(isFile);
      looked = server.seen.length;
      return since.map((request) => firstByteOf(request) ?? 0);
    },
    get: (name: string, ...more: string[]) => [
      ...['get', `${server.origin}/metadata`, 'app.bin', '--targets-url', `${server.origin}/targets`],
      ...['--root', root, '--store', join(base.path, `${name}-store`), '--to', join(base.path, name), ...more],
    ],
  });
  return own;
}

/** So many bytes of the file, and then silence, on a connection that stays open. */
export function stalledAfter(bytes: number, sent: () => void = () => {}): (request: SeenRequest) => Scenario {
  return (request) => (socket) => {
    const from = firstByteOf(request) ?? 0;
    const status =
      from === 0
        ? '200 OK'
        : `206 Partial Content\r\nContent-Range: bytes ${from}-${content.length - 1}/${content.length}`;
    socket.write(`HTTP/1.1 ${status}\r\nETag: "one"\r\nContent-Length: ${content.length - from}\r\n\r\n`);
    socket.write(content.subarray(from, from + bytes), sent);
  };
}

export { brokenAfter };
