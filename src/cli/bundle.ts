import { openAsBlob } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { createOn } from '../bundle/create.ts';
import { bytesAt, type Entry, readEntries } from '../bundle/entries.ts';
import { bundleUrls } from '../bundle/place.ts';
import { headName } from '../bundle/tar.ts';
import { type BundleLink, type VerifiedBundle, verifyOn } from '../bundle/verify.ts';
import type { Transport } from '../client/ports.ts';
import { openAtomicFile, storeError } from '../node/atomic-write.ts';
import { folderRepository } from '../node/folder-repository.ts';
import { directoryStore } from '../store/directory.ts';
import { httpTransport } from '../transport/http.ts';
import { retrying } from '../transport/retry.ts';
import {
  addCommand,
  addExamples,
  addGlobalOptions,
  type GlobalOptions,
  type Outcome,
  type Session,
} from './command.ts';
import { clientCrypto } from './crypto.ts';
import { later, parseDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { fetchTargets } from './fetch-targets.ts';
import { checkUrl } from './get.ts';
import type { Io } from './io.ts';
import { networkFailure } from './network-failure.ts';
import { checkFree } from './new-folder.ts';
import { isThere } from './place-client.ts';
import { previewTransport, previewUrls } from './preview-transport.ts';
import { proxyTransport } from './proxy-transport.ts';
import { readRootFile } from './root-file.ts';
import { openWorkspace } from './workspace.ts';
import { configName } from './workspace-config.ts';

export function bundleCommands(parent: Command, io: Io, outcome: Outcome): void {
  const summary = 'put everything into one file, and verify such a file without a network';
  const bundles = parent.command('bundle').summary(summary).description(summary);
  bundles.helpCommand(false);
  addGlobalOptions(bundles);
  addExamples(bundles, [
    'bundle create repository app.tgz --root root.json --files --to app.tufa',
    'bundle verify app.tufa --root root.json --to .',
  ]);
  addCreate(bundles, io, outcome);
  addVerify(bundles, io, outcome);
  addUnpack(bundles, io, outcome);
}

interface CreateOptions extends GlobalOptions {
  readonly root: string;
  readonly to: string;
  readonly targetsUrl?: string;
  readonly files?: boolean;
  readonly all?: boolean;
  readonly since?: string;
}

function addCreate(bundles: Command, io: Io, outcome: Outcome): void {
  addCommand<CreateOptions>(
    bundles,
    {
      usage: 'create <dir-or-url> [target...]',
      summary: 'make a bundle of what is published',
      options: [
        new Option('--root <file>', 'the root that is pinned where it will be verified').makeOptionMandatory(),
        new Option('--to <file>', 'the bundle').makeOptionMandatory(),
        new Option('--targets-url <url>', 'where the target files are; needed for those of a URL'),
        new Option('--files', 'put the target files in, too'),
        new Option('--all', 'for every target that is listed'),
        new Option('--since <file>', 'leave out what an older bundle has'),
      ],
      details: ['A path that nobody lists may be named: the bundle then proves that nobody does.'],
      json: ['file', 'bytes'],
      examples: [
        'bundle create repository app.tgz --root repository/root.json --files --to app.tufa',
        'bundle create https://example.com/metadata --all --root root.json --to metadata.tufa',
      ],
      action: create,
    },
    io,
    outcome,
  );
}

async function create(session: Session, options: CreateOptions, [where, ...paths]: readonly string[]): Promise<number> {
  const { root: rootFile, to, files = false, all = false, since } = options;
  if ((paths.length === 0) !== all) throw new UsageError('which targets?', 'name them, or give --all');
  const root = await readRootFile(rootFile);
  const transport = await placeAt(session, where as string, options.targetsUrl, files);
  const crypto = clientCrypto((text) => session.voice.warn(text));
  const file = await openAtomicFile(to, { mode: 0o644 });
  let bytes = 0;
  try {
    const older = since === undefined ? undefined : await sourceOf(since);
    const from = { root, transport, files, since: older, now: () => session.now(), signal: session.signal };
    for await (const piece of createOn({ ...from, targets: all ? 'all' : paths }, crypto)) {
      await file.write(piece);
      bytes += piece.length;
    }
    await file.commit();
  } catch (error) {
    throw networkFailure(error, session.io.env);
  } finally {
    await file.abort();
  }
  session.voice.say(`made ${to}: ${bytes} bytes; to verify it, one needs ${rootFile} and nothing else`);
  session.voice.result({ file: to, bytes }, [to]);
  return 0;
}

/** What a client asks for under {@link bundleUrls}, at an address or in a folder. */
async function placeAt(
  session: Session,
  where: string,
  targetsUrl: string | undefined,
  files: boolean,
): Promise<Transport> {
  const redirected = (
    transport: Transport,
    urls: { readonly metadataUrl: string; readonly targetsUrl: string },
  ): Transport => ({
    get: (url, request) => {
      const half = url.startsWith(`${bundleUrls.metadataUrl}/`) ? 'metadataUrl' : 'targetsUrl';
      return transport.get(urls[half].replace(/\/?$/, '/') + url.slice(bundleUrls[half].length + 1), request);
    },
  });
  if (/^https?:\/\//i.test(where)) {
    checkUrl(where);
    if (targetsUrl !== undefined) checkUrl(targetsUrl);
    if (files && targetsUrl === undefined) throw new UsageError('where are the target files?', 'give --targets-url');
    const transport = retrying(proxyTransport(session.io.env) ?? httpTransport());
    return redirected(transport, { metadataUrl: where, targetsUrl: targetsUrl ?? where });
  }
  const isWorkspace = await isThere(join(where, configName));
  if (!isWorkspace && !(await isThere(join(where, 'metadata'))))
    throw storeError('read', where, undefined, 'name the folder of a repository, or one that has metadata/, or a URL');
  const backend = isWorkspace ? (await openWorkspace(where)).backend : folderRepository(where);
  return redirected(previewTransport(backend), previewUrls);
}

async function sourceOf(file: string): Promise<Blob> {
  try {
    // A blob of a folder would fail at the first look only.
    if (!(await stat(file)).isFile()) throw storeError('read', file, undefined, 'name the file of a bundle');
    return await openAsBlob(file);
  } catch (cause) {
    throw storeError('read', file, cause, 'name the file of a bundle');
  }
}

interface VerifyOptions extends GlobalOptions {
  readonly root: string;
  readonly store?: string;
  readonly maxAge: Readonly<Record<string, number>> | undefined;
  readonly to?: string;
}

const verifyOptions = (): Option[] => [
  new Option('--root <file>', 'the root that you trust').makeOptionMandatory(),
  new Option('--store <dir>', 'count versions against what is kept there, and keep what passes'),
  new Option(
    '--max-age <duration>',
    'refuse a timestamp that was issued longer ago, or nobody says when; ROLE=DURATION for another role',
  ).argParser(parseMaxAge),
];

function parseMaxAge(text: string, earlier: Readonly<Record<string, number>> | undefined): Record<string, number> {
  const [, role = 'timestamp', duration = text] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  return { ...earlier, [role]: later(new Date(0), parseDuration(duration)).getTime() };
}

function addVerify(bundles: Command, io: Io, outcome: Outcome): void {
  addCommand<VerifyOptions>(
    bundles,
    {
      usage: 'verify <file>',
      summary: 'verify a bundle: no network, and no store unless one is named',
      options: [...verifyOptions(), new Option('--to <dir>', 'write the target files that are in it there')],
      details: ['Whether there are newer roots, a file cannot say: they are unseen.'],
      json: ['links', 'targets', 'newerRoots', 'files'],
      examples: [
        'bundle verify app.tufa --root root.json',
        'bundle verify app.tufa --root root.json --max-age 7d --to .',
      ],
      action: verify,
    },
    io,
    outcome,
  );
}

async function verified(session: Session, options: VerifyOptions, source: Blob): Promise<VerifiedBundle> {
  const { root, store, maxAge } = options;
  const more = store === undefined ? {} : { store: directoryStore(store) };
  return verifyOn(
    source,
    { root: await readRootFile(root), now: () => session.now(), maxAgeMs: maxAge, signal: session.signal, ...more },
    clientCrypto((text) => session.voice.warn(text)),
  );
}

async function verify(session: Session, options: VerifyOptions, [file]: readonly string[]): Promise<number> {
  const { voice, signal } = session;
  const { links, targets, newerRoots, client, head } = await verified(session, options, await sourceOf(file as string));
  const now = session.now();
  for (const link of links) voice.say(`${link.role} ${link.version}: expires ${link.expires}, ${ageWords(link, now)}`);
  voice.say('newer roots: unseen');
  const files: string[] = [];
  if (options.to !== undefined) {
    if (!head.files) throw new UsageError('the bundle has no files', 'leave out --to, or have it made with --files');
    await mkdir(options.to, { recursive: true });
    const found = targets.flatMap(({ target }) => (target === undefined ? [] : [target]));
    for await (const each of fetchTargets(client, found, options.to, { signal })) files.push(each.file);
  }
  const shown = targets.map(({ path, target }) => ({
    path,
    role: target?.role ?? null,
    length: target?.length ?? null,
    hashes: target?.hashes ?? null,
  }));
  voice.result(
    {
      links: links.map((link) => ({ ...link, issued: link.issued?.toISOString() ?? 'unknown' })),
      targets: shown,
      newerRoots,
      files,
    },
    shown.map(({ path, role }) => (role === null ? `not listed ${path}` : `verified ${path}, by ${role}`)),
  );
  return 0;
}

function ageWords({ issued }: BundleLink, now: Date): string {
  if (issued === undefined) return 'issued: unknown';
  const hours = Math.floor((now.getTime() - issued.getTime()) / 3_600_000);
  return `issued ${issued.toISOString()}, ${hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`} ago`;
}

function addUnpack(bundles: Command, io: Io, outcome: Outcome): void {
  addCommand<VerifyOptions & { readonly to: string }>(
    bundles,
    {
      usage: 'unpack <file>',
      summary: 'verify a bundle, then make a folder of it that a web server can serve',
      options: [...verifyOptions(), new Option('--to <dir>', 'a new folder').makeOptionMandatory()],
      json: ['folder', 'entries'],
      examples: ['bundle unpack mirror.tufa --root root.json --to public'],
      action: unpack,
    },
    io,
    outcome,
  );
}

async function unpack(
  session: Session,
  options: VerifyOptions & { readonly to: string },
  [file]: readonly string[],
): Promise<number> {
  await checkFree(options.to);
  const source = await sourceOf(file as string);
  const { head } = await verified(session, options, source);
  if (head.incremental)
    throw new UsageError('an incremental bundle is no whole repository', 'unpack one that was made without --since');
  let count = 0;
  // A blob of a file is not to be read any more once the file has changed: these are the bytes that were verified.
  for (const entry of (await readEntries(source)).values()) {
    if (entry.name === headName) continue;
    session.signal.throwIfAborted();
    await writeEntry(source, entry, join(options.to, ...entry.name.split('/')));
    count += 1;
  }
  session.voice.say(`unpacked ${count} files into ${options.to}`);
  session.voice.result({ folder: options.to, entries: count }, [options.to]);
  return 0;
}

const pieceBytes = 1024 * 1024;

async function writeEntry(source: Blob, { at, size }: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await openAtomicFile(path, { mode: 0o644 });
  try {
    for (let done = 0; done < size; done += pieceBytes)
      await file.write(await bytesAt(source, at + done, Math.min(pieceBytes, size - done)));
    await file.commit();
  } finally {
    await file.abort();
  }
}
