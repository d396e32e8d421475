import { type Command, Option } from 'commander';
import { ask, type Permission } from '../ask.ts';
import type { Refreshed, UpdateClient } from '../client/client.ts';
import { Client } from '../index.node.ts';
import { directoryStore } from '../store/directory.ts';
import { retrying } from '../transport/retry.ts';
import { addAuthorize } from './ask-authorize.ts';
import { addServe } from './ask-serve.ts';
import { askingAt, clockOption } from './asking-at.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { clientCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import { checkUrl } from './get.ts';
import type { Io } from './io.ts';
import { networkFailure } from './network-failure.ts';
import { proxyTransport } from './proxy-transport.ts';
import { readRootFile } from './root-file.ts';

interface AskOptions extends GlobalOptions {
  readonly clock: 'trusted' | 'untrusted';
  // What a parent is told to need, commander would ask of `ask serve`, too.
  readonly answers?: string;
  readonly targetsUrl?: string;
  readonly root?: string;
  readonly store?: string;
}

export function askCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<AskOptions>(
    parent,
    {
      usage: 'ask <metadata-url> [target...]',
      summary: 'ask what is permitted right now, and compare it with what is trusted',
      options: [
        new Option('--answers <url>', 'the answer server; needed'),
        new Option('--targets-url <url>', 'where the target files are; needed'),
        new Option('--root <file>', 'the root that you trust; needed'),
        new Option('--store <dir>', 'where verified metadata is kept from one run to the next; needed'),
        clockOption(),
      ],
      details: [
        'Without targets only the versions are asked for, and nobody learns what is wanted.',
        'An answer only takes away: permitted is what the trusted roles list and the answer permits.',
      ],
      exits: ['1: also where a target is not permitted', '3: also where there is no answer'],
      json: ['root', 'timestamp', 'snapshot', 'targets', 'answer', 'permissions'],
      examples: [
        'ask https://example.com/metadata app.tgz --answers https://answers.example.com/ --targets-url https://example.com/targets --root root.json --store ~/.cache/example',
        'ask serve repository --key file:answer.pem',
        'ask authorize repository file:answer.pem',
      ],
      action: askNow,
    },
    io,
    outcome,
  );
  const asked = parent.commands.find((command) => command.name() === 'ask') as Command;
  asked.helpCommand(false);
  addAuthorize(asked, io, outcome);
  addServe(asked, io, outcome);
}

async function askNow(session: Session, options: AskOptions, [url, ...paths]: readonly string[]): Promise<number> {
  const { voice, signal } = session;
  const client = await clientThatAsks(session, options, url as string);
  let answer: { readonly issued: string; readonly lifetime: number; readonly keyid: string } | undefined;
  client.on('answered', ({ issued, lifetime, keyid }) => {
    answer = { issued, lifetime, keyid };
  });
  let refreshed: Refreshed;
  let permissions: readonly Permission[];
  try {
    refreshed = await client.refresh({ signal });
    permissions = paths.length === 0 ? [] : ((await ask(client, paths, { signal })) ?? []);
  } catch (error) {
    throw networkFailure(error, session.io.env);
  }
  const { root, timestamp, snapshot, targets } = refreshed;
  voice.say(
    `current as of ${answer?.issued}: root ${root}, timestamp ${timestamp}, snapshot ${snapshot}, targets ${targets}`,
  );
  voice.result({ root, timestamp, snapshot, targets, answer, permissions }, permissions.map(lineOf));
  return permissions.every(({ permitted }) => permitted) ? 0 : 1;
}

function lineOf({ path, permitted, reason, text }: Permission): string {
  if (permitted) return `permitted ${path}`;
  return `not permitted ${path}: ${reason}${text === undefined ? '' : `, ${text}`}`;
}

async function clientThatAsks(session: Session, options: AskOptions, metadataUrl: string): Promise<UpdateClient> {
  const { answers, targetsUrl, root, store } = options;
  if (answers === undefined || targetsUrl === undefined || root === undefined || store === undefined)
    throw new UsageError('--answers, --targets-url, --root and --store are needed', 'see tufa ask --help');
  for (const each of [metadataUrl, targetsUrl]) checkUrl(each);
  const transport = proxyTransport(session.io.env);
  return new Client({
    root: await readRootFile(root),
    store: directoryStore(store),
    metadataUrl,
    targetsUrl,
    crypto: clientCrypto((text) => session.voice.warn(text)),
    ...(transport === undefined ? {} : { transport: retrying(transport) }),
    now: () => session.now(),
    asking: askingAt(answers, options.clock),
  });
}
