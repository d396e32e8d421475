import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import type { Io } from './io.ts';
import { serveFolder } from './static-server.ts';
import { openWorkspace, places } from './workspace.ts';

export function serveCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly port: number } & GlobalOptions>(
    parent,
    {
      usage: 'serve <dir>',
      summary: 'serve what is published on this machine, for trying and for tests',
      options: [new Option('--port <number>', 'the port; 0 is any that is free').argParser(parsePort).default(0)],
      json: ['metadataUrl', 'targetsUrl'],
      examples: ['serve repository', 'serve repository --port 8080'],
      action: async (session, { port }, [dir]) => {
        const { folder } = await openWorkspace(dir as string);
        const server = await serveFolder(join(folder, places.public), port);
        const { metadataUrl, targetsUrl } = server;
        session.voice.line({ metadataUrl, targetsUrl }, `metadata ${metadataUrl}`);
        if (!session.voice.json) session.voice.line({}, `targets ${targetsUrl}`);
        session.voice.say('serving until it is ended (Ctrl-C)');
        try {
          await ended(session.signal);
        } finally {
          await server.close();
        }
        return 0;
      },
    },
    io,
    outcome,
  );
}

/** Resolves at SIGTERM, rejects at an abort. */
export function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      process.removeListener('SIGTERM', stop);
      reject(signal.reason);
    };
    process.once('SIGTERM', stop);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('a port is a number from 0 to 65535');
}
