import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Asking } from '../ask.ts';
import type { Refreshed, RefreshOptions, Target, UpdateClient } from '../client/client.ts';
import type { Mirrors } from '../client/mirrors.ts';
import { mirrors } from '../client/mirrors.ts';
import { isTufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import type { Profile } from '../metadata/document.ts';
import { joinUrl } from '../metadata/file-name.ts';
import { errorCode, notFolder, storeError } from '../node/atomic-write.ts';
import { directoryStore } from '../store/directory.ts';
import { retrying } from '../transport/retry.ts';
import { askingAt, clockOption } from './asking-at.ts';
import { preparePartsFolder } from './cache-folder.ts';
import { checkChannelName, targetOfChannel } from './channel-target.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { clientCrypto } from './crypto.ts';
import { DownloadProgress } from './download-progress.ts';
import { later, parseDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { type FetchedTarget, fetchTargets } from './fetch-targets.ts';
import { readFloorFile } from './floor.ts';
import type { Io } from './io.ts';
import { networkFailure } from './network-failure.ts';
import { proxyTransport } from './proxy-transport.ts';
import { readRootFile } from './root-file.ts';

interface ClientCommandOptions extends GlobalOptions {
  readonly root: string;
  readonly store: string;
  readonly profile: Profile;
  readonly floor?: string;
  readonly mirror: readonly string[];
  readonly offline?: RefreshOptions['offline'];
  readonly answers?: string;
  readonly clock: 'trusted' | 'untrusted';
}

interface GetOptions extends ClientCommandOptions {
  readonly targetsUrl: string;
  readonly to: string;
  readonly parts?: string;
  readonly resume: boolean;
  readonly channel?: string;
}

const clientOptions = (): Option[] => [
  new Option('--root <file>', 'the root that you trust').makeOptionMandatory(),
  new Option('--store <dir>', 'where verified metadata is kept from one run to the next').makeOptionMandatory(),
  new Option('--profile <name>', 'how strictly the specification is read')
    .choices(['default', 'strict'])
    .default('default'),
  new Option(
    '--mirror <url>',
    'another place that has it, with metadata/ and targets/ below; may be given several times',
  )
    .argParser((url: string, earlier: readonly string[]) => [...earlier, url])
    .default([], 'none'),
  new Option('--floor <file>', 'what was current when the application was built, as tufa floor wrote it'),
  new Option(
    '--offline <what>',
    'take what is kept: strict, allow-expired, or up to an age such as 12h, and ask the server when it is older',
  ).argParser(parseOffline),
  new Option('--answers <url>', 'require an answer of this server that nothing newer is permitted now'),
  clockOption(),
];

function parseOffline(text: string): RefreshOptions['offline'] {
  if (text === 'strict' || text === 'allow-expired') return text;
  return { maxAgeMs: later(new Date(0), parseDuration(text)).getTime() };
}

export function clientCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ClientCommandOptions & { readonly targetsUrl?: string }>(
    parent,
    {
      usage: 'refresh <metadata-url>',
      summary: 'bring the metadata of a repository up to date, and verify it',
      options: [
        ...clientOptions(),
        new Option('--targets-url <url>', 'where the target files are; needed with --answers'),
      ],
      examples: ['refresh https://example.com/metadata --root root.json --store ~/.cache/example'],
      action: async (session, options, [url]) => {
        const client = await clientOf(session, options, url as string, options.targetsUrl);
        const refreshed = await refresh(session, client, options).catch((error) => {
          throw networkFailure(error, session.io.env);
        });
        const { root, timestamp, snapshot, targets } = refreshed;
        session.voice.say(
          `${howCurrent(refreshed)}: root ${root}, timestamp ${timestamp}, snapshot ${snapshot}, targets ${targets}`,
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
      usage: 'get <metadata-url> [target...]',
      summary: 'refresh, then find, download and verify targets',
      options: [
        ...clientOptions(),
        new Option('--targets-url <url>', 'where the target files are').makeOptionMandatory(),
        new Option('--to <dir>', 'the folder for the files').makeOptionMandatory(),
        new Option('--channel <name>', 'also the target that this channel names'),
        new Option('--parts <dir>', 'the folder that keeps what was received of a download that does not end'),
        new Option('--no-resume', 'keep nothing of it, and do not go on from what was kept'),
      ],
      details: [
        'What was received of a download that does not end is kept for a week at most, in tufa/parts of the folder for caches of this user: $XDG_CACHE_HOME or ~/.cache, ~/Library/Caches on macOS, %LOCALAPPDATA% on Windows.',
      ],
      json: ['files'],
      examples: [
        'get https://example.com/metadata app.tgz --targets-url https://example.com/targets --root root.json --store ~/.cache/example --to .',
        'get https://example.com/metadata --channel stable --targets-url https://example.com/targets --root root.json --store ~/.cache/example --to .',
      ],
      action: get,
    },
    io,
    outcome,
  );
}

async function get(session: Session, options: GetOptions, [url, ...paths]: readonly string[]): Promise<number> {
  if (paths.length === 0 && options.channel === undefined) throw new UsageError('which targets?');
  if (options.channel !== undefined) checkChannelName(options.channel);
  const client = await clientOf(session, options, url as string, options.targetsUrl);
  const parts = options.resume ? await preparePartsFolder(session, apart(options)) : undefined;
  const received: Received = {};
  const files: FetchedTarget[] = [];
  try {
    await refresh(session, client, options);
    const wanted = [...paths, ...(await targetOfChannel(client, options.channel, session.signal))];
    await mkdir(options.to, { recursive: true }).catch((cause) => {
      const isInTheWay = errorCode(cause) === 'EEXIST';
      throw storeError('write', options.to, cause, ...(isInTheWay ? [notFolder] : []));
    });
    for await (const file of fetchAll(session, client, wanted, options.to, parts, received)) files.push(file);
  } catch (error) {
    const { path, bytes } = received;
    if (parts !== undefined && path !== undefined && isBrokenOff(error))
      session.voice.say(`${bytes} bytes of ${path} are kept: the same command goes on from there`);
    throw networkFailure(error, session.io.env);
  }
  session.voice.result(
    { files },
    files.map(({ file }) => file),
  );
  return 0;
}

async function refresh(session: Session, client: UpdateClient, { offline }: ClientCommandOptions): Promise<Refreshed> {
  const refreshed = await client.refresh({ offline, signal: session.signal });
  if (refreshed.expired.length > 0)
    session.voice.warn(`expired, and accepted as asked: ${refreshed.expired.join(', ')}`);
  return refreshed;
}

function howCurrent({ changed, from, checkedAt }: Refreshed): string {
  if (from === 'server') return changed ? 'updated' : 'already up to date';
  return `as it was ${checkedAt === undefined ? 'at the last update' : `on ${checkedAt.toISOString()}`}, without the network`;
}

/** How many bytes there are of the target that is being downloaded. */
interface Received {
  path?: string | undefined;
  bytes?: number;
}

async function* fetchAll(
  { voice, signal }: Session,
  client: UpdateClient,
  wanted: readonly (string | Target)[],
  to: string,
  parts: string | undefined,
  received: Received,
): AsyncGenerator<FetchedTarget> {
  const shown = new Map<string, DownloadProgress>();
  const progressOf = (path: string): DownloadProgress => {
    const progress = shown.get(path) ?? new DownloadProgress(path, () => performance.now());
    shown.set(path, progress);
    return progress;
  };
  const files = fetchTargets(client, wanted, to, {
    signal,
    parts,
    onResume: (path, bytes) => {
      Object.assign(received, { path, bytes });
      voice.progress(progressOf(path).resumed(bytes));
    },
    onProgress: (path, bytes, length) => {
      Object.assign(received, { path, bytes });
      const line = progressOf(path).line(bytes, length);
      if (line !== undefined) voice.progress(line);
    },
  });
  for await (const file of files) {
    received.path = undefined;
    const resumed = file.resumedFrom > 0 ? `, resumed at ${file.resumedFrom} bytes` : '';
    voice.say(`${file.cached ? 'already have' : 'verified'} ${file.path}, by ${file.role}${resumed}`);
    yield file;
  }
}

/** Whether what was received is worth going on from. */
function isBrokenOff(error: unknown): boolean {
  return isTufError(error) && error.code === 'ERR_TUF_TRANSPORT' && error.evidence.isTemporary === true;
}

/** The folder of parts that was named, which is no other folder of the command: what is in it is not verified. */
function apart({ parts, to, store }: GetOptions): string | undefined {
  if (parts === undefined) return undefined;
  for (const [option, other] of Object.entries({ '--to': to, '--store': store })) {
    if (resolve(parts) === resolve(other))
      throw new UsageError(`--parts and ${option} name one folder`, 'name a folder of its own for --parts');
  }
  return parts;
}

async function clientOf(
  session: Session,
  options: ClientCommandOptions,
  metadataUrl: string,
  targetsUrl: string | undefined,
): Promise<UpdateClient> {
  for (const url of [metadataUrl, targetsUrl]) if (url !== undefined) checkUrl(url);
  const root = await readRootFile(options.root);
  const floor = options.floor === undefined ? undefined : await readFloorFile(options.floor, root);
  const transport = proxyTransport(session.io.env);
  const client = new Client({
    root,
    store: directoryStore(options.store),
    metadataUrl,
    targetsUrl,
    crypto: clientCrypto((text) => session.voice.warn(text)),
    ...(transport === undefined ? {} : { transport: retrying(transport) }),
    profile: options.profile,
    now: () => session.now(),
    floor,
    asking: askingOf(options, targetsUrl),
    mirrors: options.mirror.length === 0 ? undefined : mirrorsBelow(options.mirror),
  });
  client.on('mirror-failed', ({ mirror, cause }) => {
    const url = mirror === 0 ? metadataUrl : (options.mirror[mirror - 1] as string);
    session.voice.warn(`${url} did not give what it should have: ${(cause as Error).message}`);
  });
  client.on('re-rooted', () => session.voice.warn('the store was of another lineage of roots, and starts anew'));
  client.on('clock-went-back', () => session.voice.warn('this clock is earlier than at the last update'));
  client.on('equivocation', () => session.voice.warn('the server has two timestamps of one version'));
  client.on('root-limit', () => session.voice.warn('there are more roots than one update follows: run it again'));
  return client;
}

/** @throws UsageError where a clock is not to be trusted and nothing else tells the time. */
function askingOf({ answers, clock }: ClientCommandOptions, targetsUrl: string | undefined): Asking | undefined {
  if (answers === undefined) {
    if (clock === 'untrusted') throw new UsageError('--clock untrusted needs the time of an answer', 'give --answers');
    return undefined;
  }
  if (targetsUrl === undefined) throw new UsageError('which keys may answer is a target', 'give --targets-url, too');
  return askingAt(answers, clock);
}

function mirrorsBelow(urls: readonly string[]): Mirrors {
  for (const url of urls) checkUrl(url);
  if (urls.length > 16) throw new UsageError('there are more than 16 mirrors');
  return mirrors(urls.map((url) => ({ metadataUrl: joinUrl(url, 'metadata/'), targetsUrl: joinUrl(url, 'targets/') })));
}

export function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '')
    return;
  throw new UsageError(
    `${JSON.stringify(text)} is no URL of a repository`,
    'write https://HOST/PATH, without credentials',
  );
}
