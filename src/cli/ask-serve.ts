import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { handlerOn } from '../answer/handler.ts';
import { lifetimeMax } from '../ask/form.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { serveHandler } from '../node/serve-handler.ts';
import type { Backend } from '../repository/ports.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { later, parseDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { type NamedKey, namedKeyOptions, signerAt } from './key-source.ts';
import { readRootFile } from './root-file.ts';
import { ended, parsePort } from './serve.ts';
import { openWorkspace, places, type Workspace } from './workspace.ts';

interface ServeOptions extends GlobalOptions {
  readonly port: number;
  readonly key?: readonly NamedKey[];
  readonly lifetime: number;
}

export function addServe(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ServeOptions>(
    parent,
    {
      usage: 'serve <dir>',
      summary: 'answer what is permitted right now, of what is published in a folder',
      options: [
        ...namedKeyOptions('--key <uri>', 'the key that answers, listed by tufa ask authorize'),
        new Option('--port <number>', 'the port; 0 is any that is free').argParser(parsePort).default(0),
        new Option('--lifetime <duration>', 'how long an answer says something, at most 1h')
          .argParser(parseLifetime)
          .default(30, '30s'),
      ],
      details: [
        'It listens on loopback: a proxy with TLS stands before it. It looks at what is published once a second.',
      ],
      json: ['answersUrl'],
      examples: ['ask serve repository --key file:answer.pem', 'ask serve repository --key env:ANSWER_KEY --port 8090'],
      action: serve,
    },
    io,
    outcome,
  );
}

async function serve(
  session: Session,
  { port, key, lifetime }: ServeOptions,
  [dir]: readonly string[],
): Promise<number> {
  const { voice } = session;
  const workspace = await openWorkspace(dir as string);
  const [answerKey, another] = key ?? [];
  if (answerKey === undefined || another !== undefined) throw new UsageError('which key answers?', 'give one --key');
  const signer = await signerAt(answerKey, session.passphrase(), session);
  const handler = handlerOn(nodeCrypto(), {
    files: { read: (path, bytesMax) => readPublished(workspace.backend, path, bytesMax) },
    root: await earliestRoot(workspace),
    signer,
    lifetime,
    now: () => session.now(),
    onError: (error) => voice.warn(error instanceof Error ? error.message : String(error)),
  });
  const server = await serveHandler(handler, { port });
  try {
    voice.line({ answersUrl: `${server.origin}/` }, `answers ${server.origin}/`);
    voice.say('answering until it is ended (Ctrl-C)');
    await ended(session.signal);
  } finally {
    await server.close();
  }
  return 0;
}

/** The first root that is published still: whoever pinned it, or a later one, can ask. */
async function earliestRoot({ backend, folder }: Workspace): Promise<Uint8Array> {
  const first = await backend.metadata.read('1.root.json', defaultLimits.rootBytes);
  return first ?? readRootFile(join(folder, places.root));
}

async function readPublished(backend: Backend, path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  const [half, name] = [path.slice(0, path.indexOf('/')), path.slice(path.indexOf('/') + 1)];
  if (half === 'metadata') {
    return name === 'timestamp.json' ? backend.head.read() : backend.metadata.read(name, bytesMax);
  }
  const content = await backend.targets.open(name);
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bytesMax) break;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function parseLifetime(text: string): number {
  const seconds = (later(new Date(0), parseDuration(text)).getTime() / 1000) | 0;
  if (seconds >= 1 && seconds <= lifetimeMax) return seconds;
  throw new UsageError(`an answer lasts 1 to ${lifetimeMax} seconds`);
}
