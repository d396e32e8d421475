import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { nodeDigest } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import { type HashAlgorithm, isHashAlgorithm } from '../metadata/hashes.ts';
import { defaultLimits } from '../metadata/limits.ts';
import { topLevelRoles } from '../metadata/root.ts';
import { storeError } from '../node/atomic-write.ts';
import { folderSource, serverSource } from '../node/import-source.ts';
import { authoritiesAmong } from '../repository/delegators.ts';
import { type Imported, type ImportSource, planImport } from '../repository/import.ts';
import { keyidsOfSigner } from '../repository/listed-key.ts';
import { publish } from '../repository/publish.ts';
import { type Published, topLevelAuthorities } from '../repository/published.ts';
import { refused } from '../repository/refusal.ts';
import { httpTransport } from '../transport/http.ts';
import { checkFreeze } from '../trust/freeze.ts';
import { addCommand, type GlobalOptions, type Outcome, pairsOption, type Session } from './command.ts';
import { commandLine, place } from './command-line.ts';
import { operatorCrypto } from './crypto.ts';
import { UsageError } from './failure.ts';
import { type GivenKey, givenKeyOptions } from './init.ts';
import { beginGitTree, type GitInitOptions, gitInitOptions, gitPlanOf, nameRemote, pushFirst } from './init-git.ts';
import type { Io } from './io.ts';
import { readPlace } from './key.ts';
import { checkFree, makeFolder } from './new-folder.ts';
import { readRootFile } from './root-file.ts';
import { openWorkspace, writeConfig, writePublished } from './workspace.ts';
import { defaultExpires, lifetimeOf, type SignerEntry } from './workspace-config.ts';

interface ImportCommandOptions extends GlobalOptions, GitInitOptions {
  readonly from: string;
  readonly targets?: string;
  readonly root: string;
  readonly key?: readonly GivenKey[];
  readonly expires?: ReadonlyMap<string, string>;
  readonly allowMissing?: boolean;
}

export function importCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<ImportCommandOptions>(
    parent,
    {
      usage: 'import <dir>',
      summary: 'take over a repository that any implementation made, byte for byte, verified from a root of it',
      options: [
        new Option(
          '--from <place>',
          'the folder or URL that has metadata/ and targets/, or the metadata itself',
        ).makeOptionMandatory(),
        new Option('--root <file>', 'a root of it that you trust; best the oldest').makeOptionMandatory(),
        new Option('--targets <place>', 'the folder or URL of its target files, where that is another'),
        ...givenKeyOptions(),
        pairsOption('--expires <role=duration>', 'for how long a role is signed from now on'),
        new Option('--allow-missing', 'take it over though files of targets are not there'),
        ...gitInitOptions(),
      ],
      json: [
        'dir',
        'root',
        'timestamp',
        'snapshot',
        'rootsFrom',
        'roles',
        'files',
        'missing',
        'besides',
        'leftOut',
        'keys',
      ],
      examples: [
        'import repository --from old-repository --root 1.root.json --key timestamp=file:timestamp.pem',
        'import repository --from https://example.org/tuf --root 1.root.json',
      ],
      action: importRepository,
    },
    io,
    outcome,
  );
}

/** Makes the operator's folder, whole or not at all. */
async function importRepository(
  session: Session,
  options: ImportCommandOptions,
  [dir]: readonly string[],
): Promise<number> {
  const git = gitPlanOf(options);
  const expires = new Map([...defaultExpires, ...(options.expires ?? [])]);
  for (const role of expires.keys()) lifetimeOf({ expires, hashes: [], signers: new Map() }, role);
  await checkFree(dir as string);
  const root = await readRootFile(options.root);
  const source = await sourceOf(options, session);
  const found = await planImport(source, root, {
    crypto: operatorCrypto(),
    digest: nodeDigest,
    allowMissing: options.allowMissing,
  });
  session.signal.throwIfAborted();
  const signers = await makeFolder(dir as string, async (folder) => {
    if (git !== undefined) await beginGitTree(folder, git);
    const signers = await signersFor(options.key ?? [], found.published, folder, session);
    const branch = git && { branch: git.branch };
    await writeConfig(folder, { expires, hashes: hashesOf(found.published), signers, git: branch });
    await publish(found.publication, (await openWorkspace(folder)).backend);
    await writePublished(folder, found.publication.root, stateOf(found.published));
    if (git?.url !== undefined) await nameRemote(folder, git);
    return signers;
  });
  if (git?.url !== undefined) await pushFirst(dir as string);
  report(session, dir as string, found, signers);
  return 0;
}

function stateOf({ root, timestamp, snapshot, targets }: Published) {
  const delegators = [...targets.values()].filter(({ signed }) => signed.delegations !== undefined);
  return {
    root: root.signed.version,
    timestamp: timestamp.signed.version,
    snapshot: snapshot.signed.version,
    delegators: delegators.map(({ role }) => role),
  };
}

function report(
  { voice, now }: Session,
  dir: string,
  found: Imported,
  signers: ReadonlyMap<string, SignerEntry>,
): void {
  const { published, publication, rootsFrom, missing, besides, leftOut } = found;
  const { root, timestamp, snapshot, targets } = published;
  const versions = stateOf(published);
  const files = publication.beforeHead.filter(({ store }) => store === 'targets').length;
  voice.say(
    `took over ${dir}: roots ${rootsFrom} to ${versions.root}, snapshot ${versions.snapshot}, timestamp ${versions.timestamp}, ${targets.size} targets roles, ${files} target files`,
  );
  if (rootsFrom > 1)
    voice.warn(`no root below version ${rootsFrom} leads here: clients that know only such a one cannot come`);
  for (const path of missing) voice.warn(`no file is there for the target ${JSON.stringify(path)}`);
  if (besides.length > 0)
    voice.say(`${besides.length} files of metadata that no new client reads are copied as they are`);
  if (leftOut.length > 0) {
    const more = leftOut.length > 1 ? ` and ${leftOut.length - 1} more (--json names them)` : '';
    const why = 'no keys of any known time have signed it, or its bytes are wrong';
    voice.warn(`left out what no new client reads: ${leftOut[0]}${more}: ${why}`);
  }
  for (const document of [root, timestamp, snapshot, ...targets.values()]) {
    try {
      checkFreeze(document, { milliseconds: now().getTime(), nanoseconds: 0 });
    } catch (error) {
      if (!(error instanceof TufError) || error.code !== 'ERR_TUF_EXPIRED') throw error;
      voice.warn(`${document.role} expired at ${document.signed.expires}`);
    }
  }
  if (signers.size === 0) voice.say(`name its keys: ${commandLine('key import', dir, place('URI'))}`);
  voice.say(`next: ${commandLine('status', dir)}`);
  const { delegators: _, ...rest } = versions;
  voice.result({
    dir,
    ...rest,
    rootsFrom,
    roles: [...targets.keys()],
    files,
    missing,
    besides,
    leftOut,
    keys: [...signers.keys()],
  });
}

/** Which digests the repository lists, so that what is added is listed alike. */
function hashesOf({ targets }: Published): HashAlgorithm[] {
  const found = new Set<HashAlgorithm>(['sha256']);
  for (const { signed } of targets.values()) {
    for (const path of signed.targets.paths()) {
      for (const algorithm of signed.targets.get(path)?.hashes.keys() ?? []) {
        if (isHashAlgorithm(algorithm)) found.add(algorithm);
      }
    }
  }
  return [...found];
}

/** Each key has to be one that its role lists, whatever id it has there. */
async function signersFor(
  given: readonly GivenKey[],
  { root, targets }: Published,
  folder: string,
  session: Session,
): Promise<Map<string, SignerEntry>> {
  const delegated = authoritiesAmong(targets.values());
  const signers = new Map<string, SignerEntry>();
  for (const { role, uri, publicKey: file } of given) {
    session.signal.throwIfAborted();
    const { keyid, entry, publicKey } = await readPlace(uri, folder, session, file);
    const top = topLevelRoles.find((name) => name === role);
    const authorities = top === undefined ? delegated(role) : topLevelAuthorities(top, root.signed, undefined);
    if (keyidsOfSigner({ key: publicKey }, authorities).length === 0) {
      const listed = authorities.flatMap(({ keyids }) => keyids);
      const hint =
        listed.length === 0 ? 'nobody delegates to a role of this name' : `its keys are ${listed.join(', ')}`;
      throw refused(role, `the key at ${uri} is none of its keys`, hint);
    }
    signers.set(keyid, entry);
  }
  return signers;
}

/** A folder or a server, laid out as it is served, or with metadata and targets side by side. */
async function sourceOf({ from, targets }: ImportCommandOptions, { signal }: Session): Promise<ImportSource> {
  if (/^https?:/i.test(from)) {
    const base = from.endsWith('/') ? from.slice(0, -1) : from;
    const at = (metadata: string): ImportSource =>
      serverSource(metadata, targets ?? `${base}/targets`, { transport: httpTransport(), signal });
    const below = at(`${base}/metadata`);
    const isBelow = (await below.metadata('timestamp.json', defaultLimits.timestampBytes)) !== undefined;
    return isBelow ? below : at(base);
  }
  if (targets !== undefined && /^https?:/i.test(targets)) {
    throw new UsageError('--targets is a URL and --from is none', 'take both from a server, or both from folders');
  }
  const names = await readdir(from).catch((cause) => {
    throw storeError('read', from, cause, 'name a folder, or an http(s) URL');
  });
  const isBelow = names.includes('metadata');
  return folderSource(isBelow ? join(from, 'metadata') : from, targets ?? join(from, 'targets'));
}
