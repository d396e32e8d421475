import { mkdir, readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { UpdateClient } from '../client/client.ts';
import { Client } from '../index.node.ts';
import type { Profile } from '../metadata/document.ts';
import { storeError } from '../node/atomic-write.ts';
import { directoryStore } from '../store/directory.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { UsageError } from './failure.ts';
import { type FetchedTarget, fetchTargets } from './fetch-targets.ts';
import type { Io } from './io.ts';

interface ClientCommandOptions extends GlobalOptions {
  readonly root: string;
  readonly store: string;
  readonly profile: Profile;
}

interface GetOptions extends ClientCommandOptions {
  readonly targetsUrl: string;
  readonly to: string;
}

const clientOptions = (): Option[] => [
  new Option('--root <file>', 'the root that you trust').makeOptionMandatory(),
  new Option('--store <dir>', 'where verified metadata is kept from one run to the next').makeOptionMandatory(),
  new Option('--profile <name>', 'how strictly the specification is read')
    .choices(['default', 'strict'])
    .default('default'),
];

export function clientCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ClientCommandOptions>(
    parent,
    {
      usage: 'refresh <metadata-url>',
      summary: 'bring the metadata of a repository up to date, and verify it',
      options: clientOptions(),
      examples: ['refresh https://example.com/metadata --root root.json --store ~/.cache/example'],
      action: async (session, options, [url]) => {
        const client = await clientOf(session, options, url as string, undefined);
        const refreshed = await client.refresh({ signal: session.signal });
        const { root, timestamp, snapshot, targets } = refreshed;
        session.voice.say(
          `${refreshed.changed ? 'updated' : 'already up to date'}: root ${root}, timestamp ${timestamp}, snapshot ${snapshot}, targets ${targets}`,
        );
        session.voice.result(refreshed);
        return 0;
      },
    },
    io,
    outcome,
  );
  addCommand<GetOptions>(
    parent,
    {
      usage: 'get <metadata-url> <target...>',
      summary: 'refresh, then find, download and verify targets',
      options: [
        ...clientOptions(),
        new Option('--targets-url <url>', 'where the target files are').makeOptionMandatory(),
        new Option('--to <dir>', 'the folder for the files').makeOptionMandatory(),
      ],
      examples: [
        'get https://example.com/metadata app.tgz --targets-url https://example.com/targets --root root.json --store ~/.cache/example --to .',
      ],
      action: get,
    },
    io,
    outcome,
  );
}

async function get(session: Session, options: GetOptions, [url, ...paths]: readonly string[]): Promise<number> {
  const client = await clientOf(session, options, url as string, options.targetsUrl);
  await client.refresh({ signal: session.signal });
  await mkdir(options.to, { recursive: true }).catch((cause) => {
    throw storeError('write', options.to, cause);
  });
  const files: FetchedTarget[] = [];
  for await (const file of fetchTargets(client, paths, options.to, {
    signal: session.signal,
    onProgress: (path, bytes, length) => session.voice.progress(`${path}: ${bytes} of ${length} bytes`),
  })) {
    session.voice.say(`${file.cached ? 'already have' : 'verified'} ${file.path}, by ${file.role}`);
    files.push(file);
  }
  session.voice.result(
    { files },
    files.map(({ file }) => file),
  );
  return 0;
}

async function clientOf(
  session: Session,
  options: ClientCommandOptions,
  metadataUrl: string,
  targetsUrl: string | undefined,
): Promise<UpdateClient> {
  for (const url of [metadataUrl, targetsUrl]) if (url !== undefined) checkUrl(url);
  const root = await readFile(options.root).catch((cause) => {
    throw storeError('read', options.root, cause);
  });
  const client = new Client({
    root: new Uint8Array(root),
    store: directoryStore(options.store),
    metadataUrl,
    targetsUrl,
    profile: options.profile,
    now: () => session.now(),
  });
  client.on('re-rooted', () => session.voice.warn('the store was of another lineage of roots, and starts anew'));
  client.on('clock-went-back', () => session.voice.warn('this clock is earlier than at the last update'));
  client.on('equivocation', () => session.voice.warn('the server has two timestamps of one version'));
  client.on('root-limit', () => session.voice.warn('there are more roots than one update follows: run it again'));
  return client;
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '')
    return;
  throw new UsageError(
    `${JSON.stringify(text)} is no URL of a repository`,
    'write https://HOST/PATH, without credentials',
  );
}
