/**
 * The stage of `npm start`: a folder with a repository and a client, a server that can be made hostile, and stolen keys.
 *
 * @module
 */

import { cp, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { UpdateClient } from '../client/client.ts';
import { isTufError, TufError } from '../errors.ts';
import { Client } from '../index.node.ts';
import { localName } from '../metadata/file-name.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { errorCode } from '../node/atomic-write.ts';
import { fileSigner } from '../node/key-file.ts';
import type { Signer } from '../repository/signer.ts';
import { directoryStore } from '../store/directory.ts';
import { shellWord } from './command-line.ts';
import { UsageError } from './failure.ts';
import { fetchTargets } from './fetch-targets.ts';
import { runTufa } from './program.ts';
import { type Forged, type StaticServer, serveFolder } from './static-server.ts';

/** The file that comes with the second release. */
export const newFile = 'tufa-second-release.txt';

/** Of keys that protect nothing. */
export const passphrase = 'only-for-trying';

export const roles = ['root', 'timestamp', 'snapshot', 'targets'] as const;

export type Versions = Readonly<Record<(typeof roles)[number], number>>;

/** What somebody tries, and what has to come of it. */
export interface Attack {
  readonly name: string;
  /** What the attacker has and does. */
  readonly story: string;
  /** The codes, one of which has to refuse it. */
  readonly refusedBy: readonly string[];
  /** The roles of which the client must hold the same version as before; all of them by default. */
  readonly keeps?: readonly (keyof Versions)[];
  /** Makes the server hostile, then lets the client act. It has to throw. */
  readonly act: (stage: Stage, victim: Victim) => Promise<unknown>;
}

/** A client under attack, on a copy of what the client holds. */
export interface Victim {
  readonly client: UpdateClient;
  /** Another one, on the same folder, or on a new one. */
  another(options: { readonly isNew?: boolean; readonly root?: Uint8Array; readonly now?: Date }): UpdateClient;
  readonly downloads: string;
}

export interface Stage {
  readonly folder: string;
  readonly repository: string;
  readonly store: string;
  readonly rootFile: string;
  readonly server: StaticServer;
  /** What the server gives in place of files, by path. */
  readonly forged: Map<string, Forged>;
  readonly openedKeys: Map<string, Promise<Signer>>;
  /** Timestamps that were served, oldest first. */
  readonly oldTimestamps: Uint8Array[];
  say(line?: string): void;
  tufa(...args: string[]): Promise<void>;
  noteRelease(): Promise<void>;
  /** A file that is served now. */
  served(path: string): Promise<Uint8Array>;
  signer(role: (typeof roles)[number]): Promise<Signer>;
  update(paths: readonly string[]): Promise<void>;
  downloaded(path: string): Promise<string>;
  makeSecondRelease(path: string): Promise<{ folder: string; paths: string[] }>;
  clientOf(store: string, options?: { readonly root?: Uint8Array; readonly now?: Date }): UpdateClient;
  mount(attack: Attack): Promise<boolean>;
  close(): Promise<void>;
}

const marker = '.made-by-tufa-start';

/** Makes the folder anew. One that something else made is left alone. */
export async function openStage(name: string, say: (line?: string) => void): Promise<Stage> {
  const folder = name;
  const names = await readdir(folder).catch((error) => {
    if (errorCode(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  if (names.length > 0 && !names.includes(marker)) {
    const hint = 'move it away, or start in another folder';
    throw new TufError('ERR_TUF_CONFLICT', `${folder} was not made by npm start`, { path: folder }, { hint });
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'repository/public'), { recursive: true });
  await writeFile(join(folder, marker), '');
  const forged = new Map<string, Forged>();
  await mkdir(join(folder, 'downloads'));
  await rm(join(folder, 'repository'), { recursive: true });
  return new TryStage(folder, forged, say);
}

class TryStage implements Stage {
  readonly folder: string;
  readonly repository: string;
  readonly store: string;
  readonly rootFile: string;
  readonly forged: Map<string, Forged>;
  readonly oldTimestamps: Uint8Array[] = [];
  readonly say: (line?: string) => void;
  readonly openedKeys = new Map<string, Promise<Signer>>();
  #server: StaticServer | undefined;

  constructor(folder: string, forged: Map<string, Forged>, say: (line?: string) => void) {
    this.folder = folder;
    this.repository = join(folder, 'repository');
    this.store = join(folder, 'client');
    this.rootFile = join(folder, 'root.json');
    this.forged = forged;
    this.say = say;
  }

  get server(): StaticServer {
    return this.#server as StaticServer;
  }

  /** Runs a command as from a shell, and shows what it says. */
  async tufa(...args: string[]): Promise<void> {
    this.say(`  $ tufa ${args.map(shellWord).join(' ')}`);
    let said = '';
    const exitCode = await runTufa([...args, '--no-input'], {
      stdin: Readable.from([]),
      stdout: { write: () => {} },
      stderr: { write: (text) => (said += text) },
      env: { TUFA_PASSPHRASE: passphrase },
      now: () => new Date(),
      signal: new AbortController().signal,
      openedKeys: this.openedKeys,
    });
    const lines = said.trimEnd().split('\n');
    if (exitCode === 0) {
      this.say(`    ${(lines.find((line) => /staged|published snap|made a/.test(line)) ?? '').replace('tufa: ', '')}`);
      return;
    }
    for (const line of lines) this.say(`    ${line}`);
    throw new TufError('ERR_TUF_REPOSITORY_REFUSED', `tufa ${args[0]} ended with ${exitCode}`, {});
  }

  /** After a publication: what an attacker could have recorded. */
  async noteRelease(): Promise<void> {
    if (this.#server === undefined) {
      this.#server = await serveFolder(join(this.repository, 'public'), 0, (path) => this.forged.get(path));
      await cp(join(this.repository, 'public/metadata/1.root.json'), this.rootFile);
    }
    this.oldTimestamps.push(await this.served('metadata/timestamp.json'));
  }

  async served(path: string): Promise<Uint8Array> {
    return new Uint8Array(await readFile(join(this.repository, 'public', path)));
  }

  signer(role: (typeof roles)[number]): Promise<Signer> {
    const path = resolve(this.repository, 'keys', `${role}-1.pem`);
    const signer = this.openedKeys.get(path) ?? fileSigner(path, { passphrase });
    this.openedKeys.set(path, signer);
    return signer;
  }

  clientOf(store: string, { root, now }: { readonly root?: Uint8Array; readonly now?: Date } = {}): UpdateClient {
    const { metadataUrl, targetsUrl } = this.server;
    const options = { store: directoryStore(store), metadataUrl, targetsUrl, now: () => now ?? new Date() };
    return new Client({ root: root ?? (this.#pinned as Uint8Array), ...options });
  }

  #pinned: Uint8Array | undefined;

  async update(paths: readonly string[]): Promise<void> {
    this.#pinned ??= new Uint8Array(await readFile(this.rootFile));
    const client = this.clientOf(this.store);
    const { root, timestamp, snapshot, targets } = await client.refresh();
    this.say(`  verified root ${root}, timestamp ${timestamp}, snapshot ${snapshot}, targets ${targets}`);
    let bytes = 0;
    for await (const file of fetchTargets(client, paths, join(this.folder, 'downloads'))) bytes += file.length;
    this.say(`  verified ${paths.length} ${paths.length === 1 ? 'file' : 'files'}, ${bytes} bytes`);
  }

  async downloaded(path: string): Promise<string> {
    return join(this.folder, 'downloads', localName(path, ''));
  }

  async makeSecondRelease(path: string): Promise<{ folder: string; paths: string[] }> {
    const folder = join(this.folder, 'second-release');
    const old = await readFile(await this.downloaded(path));
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), Buffer.concat([old, Buffer.from('\nThe second release.\n')]));
    await writeFile(join(folder, newFile), 'This file came with the second release.\n');
    return { folder, paths: [...new Set([path, newFile])] };
  }

  /** Lets an attacker act on a copy of the client, and says whether the right check refused, and nothing was lost. */
  async mount(attack: Attack): Promise<boolean> {
    const [store, stranger, downloads] = ['victim', 'stranger', 'victim-downloads'].map((name) =>
      join(this.folder, name),
    ) as [string, string, string];
    for (const each of [store, stranger, downloads]) await rm(each, { recursive: true, force: true });
    await cp(this.store, store, { recursive: true });
    await mkdir(downloads);
    const another: Victim['another'] = ({ isNew, ...more }) => this.clientOf(isNew === true ? stranger : store, more);
    const before = await versionsIn(store);
    this.say();
    this.say(`${attack.name}: ${attack.story}`);
    const error = await attack.act(this, { client: this.clientOf(store), another, downloads }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    this.forged.clear();
    return this.#judge(attack, error, before, await versionsIn(store), (await readdir(downloads)).length);
  }

  #judge(attack: Attack, error: unknown, before: Versions, after: Versions, files: number): boolean {
    if (error !== undefined && !isTufError(error)) throw error;
    const kept = (attack.keeps ?? roles).every((role) => before[role] === after[role]);
    if (error === undefined) this.say('  NOT REFUSED');
    else this.say(`  refused by ${error.code}: ${error.message}`);
    this.say(`  still trusted: ${roles.map((role) => `${role} ${after[role]}`).join(', ')}`);
    if (files > 0) this.say('  A FILE WAS WRITTEN');
    if (!kept) this.say('  WHAT WAS TRUSTED CHANGED');
    return error !== undefined && attack.refusedBy.includes(error.code) && kept && files === 0;
  }

  async close(): Promise<void> {
    await this.#server?.close();
    for (const name of ['victim', 'victim-downloads', 'stranger']) {
      await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }
}

/** The versions that a client holds. */
export async function versionsIn(store: string): Promise<Versions> {
  const found = await Promise.all(
    roles.map(async (role) => {
      const document = parseJson(new Uint8Array(await readFile(join(store, `${role}.json`)))) as JsonObject;
      return [role, (document.get('signed') as JsonObject).get('version')];
    }),
  );
  return Object.fromEntries(found) as Versions;
}

/** The regular files of a folder, by their paths in it. */
export async function listFiles(folder: string): Promise<string[]> {
  const stats = await lstat(folder).catch(() => undefined); // the next line says it
  if (stats?.isDirectory() !== true) throw new UsageError(`${folder} is no folder`, 'npm start -- FOLDER');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  if (files.length === 0) throw new UsageError(`${folder} has no files`, 'name a folder with some');
  return files.sort();
}
