/**
 * The executable client under test: `init`, `refresh` and `download` as the public conformance suite calls them, each a
 * process of its own over the same folders. Exit 0 when everything succeeded, else 1.
 *
 * ```
 * conformance-client --metadata-dir DIR init ROOTFILE
 * conformance-client --metadata-url URL --metadata-dir DIR refresh
 * conformance-client --metadata-url URL --metadata-dir DIR --target-name PATH … --target-dir DIR --target-base-url URL download
 * ```
 *
 * The folder is a store of the client's; the pinned root is kept beside it under a name that no store has.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../index.node.ts';
import { storeError, writeFileAtomic } from '../node/atomic-write.ts';
import { directoryStore } from '../store/directory.ts';
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
  const option = (name: string): string => {
    const value = options.get(name)?.at(-1);
    if (value === undefined) throw new UsageError(`${command} needs --${name}`);
    return value;
  };
  const folder = option('metadata-dir');
  switch (command) {
    case 'init':
      await init(folder, rest[0]);
      break;
    case 'refresh':
      await (await clientOf(folder, option('metadata-url'))).refresh();
      break;
    case 'download': {
      const client = await clientOf(folder, option('metadata-url'), option('target-base-url'));
      await client.refresh();
      const files = fetchTargets(client, options.get('target-name') ?? [], option('target-dir'));
      for (let file = await files.next(); file.done !== true; file = await files.next());
      break;
    }
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}`, 'init, refresh or download');
  }
}

async function init(folder: string, rootFile: string | undefined): Promise<void> {
  if (rootFile === undefined) throw new UsageError('init needs the file of a root');
  const root = await readFile(rootFile).catch((cause) => {
    throw storeError('read', rootFile, cause);
  });
  for (const name of [pinnedName, 'root.json']) await writeFileAtomic(join(folder, name), root);
}

async function clientOf(folder: string, metadataUrl: string, targetsUrl?: string): Promise<Client> {
  const path = join(folder, pinnedName);
  const root = await readFile(path).catch((cause) => {
    throw storeError('read', path, cause, 'run init first');
  });
  return new Client({ root: new Uint8Array(root), store: directoryStore(folder), metadataUrl, targetsUrl });
}
