import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { type Command, Option } from 'commander';
import { Beginning, beginningBytes } from '../check/private-key.ts';
import { isTufError, TufError } from '../errors.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { encodeUtf8 } from '../metadata/utf8.ts';
import { storeError } from '../node/atomic-write.ts';
import { checkTargetPath, targetPathWarnings } from '../repository/names.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { editStaged, type StagedEdit } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { lookAhead, sayNext } from './next-words.ts';
import { plural } from './plural.ts';
import { checkUnnamed } from './staged-roles.ts';
import { type StagedFile, stageFile } from './staging.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

interface AddOptions extends GlobalOptions {
  readonly role: string;
  readonly prefix?: string;
  readonly custom?: string;
  readonly allowPrivateKeys?: boolean;
}

const roleOption = (): Option => new Option('--role <name>', 'the targets role that lists them').default('targets');

export function addCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<AddOptions>(
    parent,
    {
      usage: 'add <dir> <file...>',
      summary: 'stage files as targets; a folder with all that is in it',
      options: [
        roleOption(),
        new Option('--prefix <path>', 'what their target paths begin with'),
        new Option('--custom <json>', 'an object for the application, the same for all of them'),
        new Option('--allow-private-keys', 'also files that look like private keys'),
      ],
      details: [
        'A folder is added with all that is in it, its files named relative to it. Adding a path again updates it.',
        'Clients see nothing of it before tufa publish.',
      ],
      json: ['role', 'targets', 'next'],
      examples: ['add repository app.tgz', `add repository dist/ --prefix v2 --custom '{"channel":"stable"}'`],
      action: add,
    },
    io,
    outcome,
  );
  addCommand<Pick<AddOptions, 'role'> & GlobalOptions>(
    parent,
    {
      usage: 'remove <dir> <path...>',
      summary: 'stage that targets are no longer listed',
      options: [roleOption()],
      details: [
        'Its file stays served for clients in the middle of an update, until tufa prune.',
        'A target that a channel names is not removed: let the channel name another one first.',
      ],
      json: ['role', 'targets', 'next'],
      examples: ['remove repository v1/app.tgz'],
      action: async (session, { role }, [dir, ...paths]) => {
        const workspace = await openWorkspace(dir as string);
        const staged = await editStaged(workspace, role, session, async (targets, published) => {
          await checkUnnamed(workspace, published, role, paths);
          for (const path of paths) targets.remove(path);
        });
        return report(session, workspace, role, staged);
      },
    },
    io,
    outcome,
  );
}

async function add(session: Session, options: AddOptions, [dir, ...files]: readonly string[]): Promise<number> {
  const custom = options.custom === undefined ? undefined : parseCustom(options.custom);
  const workspace = await openWorkspace(dir as string);
  const found = await findFiles(files, prefixOf(options.prefix), session);
  await checkPublic(workspace, found, options);
  const staged = await editStaged(workspace, options.role, session, async (targets) => {
    const files = await stageAll(workspace, found, session);
    for (const path of found.keys()) targets.put(path, { ...(files.get(path) as StagedFile), custom });
  });
  return report(session, workspace, options.role, staged);
}

/** How many files are copied at a time: while one waits for the disk, another is digested. */
const filesAtOnce = 4;

/** @spec 6.3.1, J26 */
async function stageAll(
  workspace: Workspace,
  found: ReadonlyMap<string, FoundFile>,
  { voice, signal }: Session,
): Promise<Map<string, StagedFile>> {
  const staged = new Map<string, StagedFile>();
  const total = [...found.values()].reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const waiting = found.entries();
  const failures: unknown[] = [];
  // Each takes the next file that nobody has taken, until one fails.
  const work = async (): Promise<void> => {
    for (const [path, { file }] of waiting) {
      if (failures.length > 0) return;
      signal.throwIfAborted();
      let own = 0;
      const onProgress = (now: number): void => {
        bytes += now - own;
        own = now;
        voice.progress(progressBar(staged.size, found.size, bytes, total));
      };
      staged.set(path, await stageFile(workspace, file, { signal, onProgress }));
    }
  };
  // All have ended before anything is thrown: nothing is written any longer then.
  await Promise.all(Array.from({ length: filesAtOnce }, () => work().catch((error) => failures.push(error))));
  if (failures.length > 0) throw failures[0];
  return staged;
}

function progressBar(files: number, filesTotal: number, bytes: number, total: number): string {
  const width = 30;
  const share = total === 0 ? 1 : Math.min(1, bytes / total);
  const done = Math.floor(share * width);
  const bar = `${'#'.repeat(done)}${'.'.repeat(width - done)}`;
  return `[${bar}] ${Math.floor(share * 100)} %, ${files} of ${filesTotal} files, ${mebibytes(bytes)} of ${mebibytes(total)} MiB`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

async function report(
  session: Session,
  workspace: Workspace,
  role: string,
  { changes, proposal }: StagedEdit,
): Promise<number> {
  const { voice } = session;
  const changed = changes.filter(({ change }) => change !== 'unchanged');
  for (const { path, change } of changes) voice.say(`${change} ${path}`);
  voice.say(changed.length > 0 ? `staged ${plural(changed.length, 'target')} for ${role}` : 'nothing changed');
  const next = sayNext(voice, await lookAhead(proposal, workspace, session));
  voice.result({ role, targets: changes, next });
  return 0;
}

/** A file that is to be a target, and its size as far as it is known before it is read. */
interface FoundFile {
  readonly file: string;
  readonly size: number;
}

/** Target paths and the files that they are to be; each path once. */
async function findFiles(names: readonly string[], prefix: string, session: Session): Promise<Map<string, FoundFile>> {
  const found = new Map<string, FoundFile>();
  for (const name of names) {
    const stats = await stat(name).catch((cause) => {
      throw storeError('read', name, cause);
    });
    const files: [string, string][] = stats.isDirectory()
      ? await filesBelow(name, '', session)
      : [[basename(name), name]];
    if (!stats.isDirectory() && !stats.isFile())
      throw storeError('read', name, undefined, 'it is neither a file nor a folder');
    for (const [path, file] of files) {
      const target = `${prefix}${path}`;
      checkTargetPath(target);
      if (found.has(target))
        throw new UsageError(`two files would be the target ${target}`, 'add them one by one, with --prefix');
      found.set(target, { file, size: await sizeOf(file) });
      for (const warning of targetPathWarnings(target)) session.voice.warn(`${target}: ${warning}`);
    }
  }
  if (found.size === 0) throw new UsageError('there are no files in these folders');
  return found;
}

/** What everybody will be able to fetch: nothing of the operator's own, and no private key by mistake. */
async function checkPublic(
  workspace: Workspace,
  found: ReadonlyMap<string, FoundFile>,
  { allowPrivateKeys = false }: AddOptions,
): Promise<void> {
  const own = `${await realpath(workspace.folder)}${sep}`;
  for (const { file } of found.values()) {
    const refuse = (problem: string, hint: string): never => {
      throw new TufError('ERR_TUF_REPOSITORY_REFUSED', `${file} ${problem}`, { path: file }, { hint });
    };
    if ((await realpath(file)).startsWith(own)) {
      refuse('belongs to the repository itself', 'add files from elsewhere: those in there hold its keys and drafts');
    }
    if (!allowPrivateKeys && (await looksPrivate(file))) {
      refuse('looks like a private key', 'leave it out; to publish it all the same, give --allow-private-keys');
    }
  }
}

/** As `tufa check` judges what is published: a file that it would object to is not staged. */
async function looksPrivate(file: string): Promise<boolean> {
  const chunks = createReadStream(file, { end: beginningBytes - 1 }) as AsyncIterable<Uint8Array>;
  try {
    const beginning = new Beginning();
    for await (const chunk of chunks) beginning.add(chunk);
    return beginning.isPrivateKey();
  } catch (cause) {
    throw storeError('read', file, cause);
  }
}

async function sizeOf(file: string): Promise<number> {
  const stats = await stat(file).catch((cause) => {
    throw storeError('read', file, cause);
  });
  return stats.size;
}

/** Every regular file of a folder, by its path in it with `/`. Links are passed over: they may lead anywhere. */
async function filesBelow(folder: string, path: string, session: Session): Promise<[string, string][]> {
  session.signal.throwIfAborted();
  const found: [string, string][] = [];
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch((cause) => {
    throw storeError('read', join(folder, path), cause);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.name.includes('\ufffd')) throw badName(name);
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, name, session)));
    else if (entry.isFile()) found.push([name, join(folder, name)]);
    else
      session.voice.warn(`passed over ${join(folder, name)}: ${entry.isSymbolicLink() ? 'a link' : 'no regular file'}`);
  }
  return found;
}

function prefixOf(prefix: string | undefined): string {
  if (prefix === undefined || prefix === '') return '';
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/** @spec */
function parseCustom(text: string): JsonObject {
  try {
    const value = parseJson(encodeUtf8(text), { role: '--custom' });
    if (value instanceof Map) return value as JsonObject;
  } catch (error) {
    if (!isTufError(error)) throw error;
    throw new UsageError(error.message, 'give a JSON object; numbers are integers');
  }
  throw new UsageError('--custom: a JSON object is needed', `write '{"channel":"stable"}'`);
}

function badName(path: string): TufError {
  const hint = 'rename the file: names in metadata are UTF-8';
  return new TufError('ERR_TUF_REPOSITORY_REFUSED', `the name of ${path} is not UTF-8`, { path }, { hint });
}
