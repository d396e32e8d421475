/**
 * The executable client under test: `init`, `refresh` and `download` as the public conformance suite calls them, each a
 * process of its own over the same folders. Exit 0 when everything succeeded, else 1.
 *
 * ```
 * conformance-client --metadata-dir DIR init ROOTFILE
 * conformance-client --metadata-url URL --metadata-dir DIR refresh
 * conformance-client --metadata-url URL --metadata-dir DIR --target-name PATH … --target-dir DIR --target-base-url URL download
 * conformance-client vectors
 * ```
 *
 * `vectors` answers the line protocol of the test vectors, one line of JSON for each line on stdin, until that is closed.
 *
 * The folder is a store of the client's; the pinned root is kept beside it under a name that no store has.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../index.node.ts';
import { storeError, writeFileAtomic } from '../node/atomic-write.ts';
import { directoryStore } from '../store/directory.ts';
import { httpTransport } from '../transport/http.ts';
import type { Conditions } from './conformance-lines.ts';
import { clientCrypto } from './crypto.ts';
import { escapeText } from './escape.ts';
import { failureOf, UsageError } from './failure.ts';
import { fetchTargets } from './fetch-targets.ts';

const pinnedName = 'pinned.root';

try {
  await runCommand(parseArguments(process.argv.slice(2)));
} catch (error) {
  for (const line of failureOf(error).lines) process.stderr.write(`tufa: ${escapeText(line)}\n`);
  process.exitCode = 1;
}

interface Arguments {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly command: string;
  readonly rest: readonly string[];
}

function parseArguments(args: readonly string[]): Arguments {
  const options = new Map<string, string[]>();
  let at = 0;
  for (; args[at]?.startsWith('--') === true; at += 2) {
    const name = (args[at] as string).slice(2);
    const value = args[at + 1];
    if (value === undefined) throw new UsageError(`--${name} needs a value`);
    options.set(name, [...(options.get(name) ?? []), value]);
  }
  const [command = '', ...rest] = args.slice(at);
  return { options, command, rest };
}

async function runCommand({ options, command, rest }: Arguments): Promise<void> {
  if (command === 'vectors') {
    // Loaded for this alone: a refresh starts faster without.
    const { answerLines } = await import('./conformance-lines.ts');
    return await answerLines(process.stdin, process.stdout, { init, refresh, download });
  }
  const option = (name: string): string => {
    const value = options.get(name)?.at(-1);
    if (value === undefined) throw new UsageError(`${command} needs --${name}`);
    return value;
  };
  const folder = option('metadata-dir');
  switch (command) {
    case 'init':
      return await init(folder, rest[0]);
    case 'refresh':
      return await refresh(folder, option('metadata-url'));
    case 'download': {
      const names = options.get('target-name') ?? [];
      const from = option('target-base-url');
      return await download(folder, option('metadata-url'), { names, from, to: option('target-dir') });
    }
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}`, 'init, refresh, download or vectors');
  }
}

/** Pins a root, also a later one for a folder that is in use: what the client trusts stays its own. */
async function init(folder: string, rootFile: string | undefined): Promise<void> {
  if (rootFile === undefined) throw new UsageError('init needs the file of a root');
  const root = await readFile(rootFile).catch((cause) => {
    throw storeError('read', rootFile, cause);
  });
  await writeFileAtomic(join(folder, pinnedName), root);
  const current = join(folder, 'root.json');
  if (!(await isThere(current))) await writeFileAtomic(current, root);
}

function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false, // what cannot be read is written
  );
}

async function refresh(folder: string, metadataUrl: string, conditions?: Conditions): Promise<void> {
  await (await clientOf(folder, metadataUrl, undefined, conditions)).refresh();
}

interface Wanted {
  readonly names: readonly string[];
  /** Base URL of the targets. */
  readonly from: string;
  readonly to: string;
}

async function download(
  folder: string,
  metadataUrl: string,
  { names, from, to }: Wanted,
  conditions?: Conditions,
): Promise<void> {
  const client = await clientOf(folder, metadataUrl, from, conditions);
  await client.refresh();
  const files = fetchTargets(client, names, to);
  for (let file = await files.next(); file.done !== true; file = await files.next());
}

async function clientOf(
  folder: string,
  metadataUrl: string,
  targetsUrl: string | undefined,
  conditions: Conditions = {},
): Promise<Client> {
  const path = join(folder, pinnedName);
  const root = await readFile(path).catch((cause) => {
    throw storeError('read', path, cause, 'run init first');
  });
  return new Client({
    root: new Uint8Array(root),
    store: directoryStore(folder),
    crypto: clientCrypto((text) => process.stderr.write(`${escapeText(text)}\n`)),
    metadataUrl,
    targetsUrl,
    // A vector says what each request is answered, and counts them.
    transport: httpTransport(),
    ...conditions,
  });
}
