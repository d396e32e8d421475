import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import type { HashAlgorithm } from '../metadata/hashes.ts';
import { isHashAlgorithm } from '../metadata/hashes.ts';
import { type TopLevelRole, topLevelRoles } from '../metadata/root.ts';
import { writeKeyFile } from '../node/key-file.ts';
import { generateKey, type KeyKind, keyKinds } from '../node/private-key.ts';
import { KeySigner } from '../node/signer.ts';
import { refused } from '../repository/refusal.ts';
import { type RoleKey, type RoleSpec, roleKey } from '../repository/role-key.ts';
import { createRoot } from '../repository/root-draft.ts';
import type { Signer } from '../repository/signer.ts';
import { createTargets } from '../repository/targets-draft.ts';
import { addCommand, type GlobalOptions, type Outcome, pairsOption, type Session } from './command.ts';
import { addLine, commandLine } from './command-line.ts';
import { later } from './duration.ts';
import { UsageError } from './failure.ts';
import {
  beginGitTree,
  type GitInitOptions,
  type GitPlan,
  gitInitOptions,
  gitPlanOf,
  nameRemote,
  pushFirst,
} from './init-git.ts';
import type { Io } from './io.ts';
import { readPlace } from './key.ts';
import { checkFree, makeFolder } from './new-folder.ts';
import { type PublishOutcome, publishWorkspace } from './publish-workspace.ts';
import { openPlace, signerWorld, storedUri } from './signers.ts';
import { writeDraft } from './staging.ts';
import { openWorkspace, places, writeConfig } from './workspace.ts';
import { defaultExpires, lifetimeOf, type SignerEntry, type WorkspaceConfig } from './workspace-config.ts';

interface InitOptions extends GlobalOptions, GitInitOptions {
  readonly keys?: ReadonlyMap<string, string>;
  readonly key?: readonly GivenKey[];
  readonly threshold?: ReadonlyMap<string, string>;
  readonly expires?: ReadonlyMap<string, string>;
  readonly consistentSnapshot: boolean;
  readonly keyType: KeyKind;
  readonly hashes: string;
}

/** A key that exists, for a role. */
export interface GivenKey {
  readonly role: string;
  readonly uri: string;
  /** The file of its public half. */
  publicKey?: string;
}

export function initCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<InitOptions>(
    parent,
    {
      usage: 'init <dir>',
      summary: 'make a repository with its keys, and publish it empty',
      options: [
        pairsOption('--keys <role=n>', 'how many keys a role gets (1); may be repeated'),
        ...givenKeyOptions(),
        pairsOption('--threshold <role=n>', 'how many of them must sign (1); may be repeated'),
        pairsOption('--expires <role=duration>', 'for how long a role is signed (365d, snapshot 7d, timestamp 1d)'),
        new Option('--no-consistent-snapshot', 'serve each file under one name only; updates are not atomic then'),
        new Option('--key-type <type>', 'the kind of key').choices(keyKinds).default('ed25519'),
        new Option('--hashes <list>', 'digests of target files, sha256 among them').default('sha256'),
        ...gitInitOptions(),
      ],
      details: [
        'Makes keys for the four roles (root, targets, snapshot, timestamp) where none are given, encrypted, and a first release.',
      ],
      json: [
        'dir',
        'published',
        'root',
        'timestamp',
        'snapshot',
        'acceptedUntil',
        'newRoot',
        'targets',
        'files',
        'keys',
      ],
      examples: [
        'init repository',
        'init repository --keys root=3 --threshold root=2 --expires timestamp=7d',
        'init repository --key root=ssh-agent:alice@laptop --key timestamp=env:TUFA_TIMESTAMP_KEY',
        `init repository --key 'root=exec:sign-by-token?arg=2' --public-key token.pem --keys root=3`,
        'init repository --git gh-pages --git-remote git@github.com:you/repository.git',
      ],
      action: async (session, options, [dir]) => {
        const { keys, outcome: published } = await initRepository(dir as string, planOf(options), session);
        if (options.gitRemote !== undefined) await pushFirst(dir as string);
        const document = { dir, ...published, keys };
        session.voice.say(`made a repository in ${dir}, with nothing in it yet`);
        if (Object.values(keys).some((role) => role.some(({ uri }) => uri.startsWith(`file:${places.keys}/`)))) {
          const where = join(dir as string, places.keys);
          session.voice.say(`its keys are in ${where}: keep those of root and targets elsewhere, offline`);
        }
        session.voice.say(`next: ${addLine(dir as string)}, then ${commandLine('publish', dir as string)}`);
        session.voice.result(document);
        return 0;
      },
    },
    io,
    outcome,
  );
}

/** Each `--public-key` belongs to the `--key` before it. */
export function givenKeyOptions(): Option[] {
  const given: GivenKey[] = [];
  return [
    new Option('--key <role=uri>', 'a key that exists, in place of a new one; may be repeated').argParser((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`${JSON.stringify(text)} is not of the form ROLE=URI`);
      given.push({ role: text.slice(0, at), uri: text.slice(at + 1) });
      return given;
    }),
    new Option('--public-key <file>', 'the public half of the --key before it; exec: needs it').argParser((file) => {
      const last = given.at(-1);
      if (last === undefined) throw new UsageError('--public-key belongs to the --key before it, and there is none');
      last.publicKey = file;
      return file;
    }),
  ];
}

interface PlannedRole {
  /** How many keys it has, the given ones among them. */
  readonly keys: number;
  readonly threshold: number;
  readonly given: readonly GivenKey[];
}

/** What a new repository is to be. */
interface InitPlan {
  readonly roles: Readonly<Record<TopLevelRole, PlannedRole>>;
  readonly expires: ReadonlyMap<string, string>;
  readonly hashes: readonly HashAlgorithm[];
  readonly consistentSnapshot: boolean;
  readonly keyType: KeyKind;
  /** Absent where a folder is served. */
  readonly git: GitPlan | undefined;
}

function planOf(options: InitOptions): InitPlan {
  const number = (name: 'keys' | 'threshold', role: TopLevelRole, otherwise: number): number => {
    const text = options[name]?.get(role) ?? String(otherwise);
    if (!/^[1-9]\d{0,3}$/.test(text))
      throw new UsageError(`--${name} ${role}=${text}: a number from 1 to 9999 is needed`);
    return Number(text);
  };
  const ofKeys = (options.key ?? []).map(({ role }) => role);
  for (const names of [options.keys?.keys(), options.threshold?.keys(), options.expires?.keys(), ofKeys]) {
    for (const role of names ?? []) {
      if (topLevelRoles.includes(role as TopLevelRole)) continue;
      throw new UsageError(
        `${JSON.stringify(role)} is no role of a new repository`,
        `name ${topLevelRoles.join(', ')}`,
      );
    }
  }
  const roles = topLevelRoles.map((role) => {
    const given = (options.key ?? []).filter((each) => each.role === role);
    const keys = number('keys', role, Math.max(1, given.length));
    if (keys < given.length) throw new UsageError(`--keys ${role}=${keys}: it is given ${given.length} with --key`);
    return [role, { keys, threshold: number('threshold', role, 1), given }];
  });
  const expires = new Map([...defaultExpires, ...(options.expires ?? [])]);
  const hashes = options.hashes.split(',');
  if (!hashes.includes('sha256') || !hashes.every(isHashAlgorithm)) {
    throw new UsageError(`--hashes ${options.hashes}: sha256 is needed`, 'write sha256, or sha256,sha512');
  }
  const config: WorkspaceConfig = { expires, hashes: [], signers: new Map() };
  for (const role of expires.keys()) lifetimeOf(config, role);
  const { consistentSnapshot, keyType } = options;
  const git = gitPlanOf(options);
  return { roles: Object.fromEntries(roles) as InitPlan['roles'], expires, hashes, consistentSnapshot, keyType, git };
}

/** The keys of a new repository, as it reports them. */
type InitKeys = Readonly<Record<TopLevelRole, readonly { readonly keyid: string; readonly uri: string }[]>>;

type InitSession = Pick<Session, 'io' | 'passphrase' | 'now' | 'signal' | 'voice'>;

/**
 * Makes a repository, whole or not at all.
 *
 * @throws {@link TufError} `ERR_TUF_CONFLICT` where the folder has something in it.
 */
async function initRepository(
  dir: string,
  plan: InitPlan,
  session: InitSession,
): Promise<{ readonly keys: InitKeys; readonly outcome: PublishOutcome }> {
  const place = resolve(dir);
  await checkFree(dir);
  checkThresholds(plan);
  for (const role of topLevelRoles) for (const { uri } of plan.roles[role].given) storedUri(uri, place);
  return makeFolder(dir, async (folder) => {
    if (plan.git !== undefined) await beginGitTree(folder, plan.git);
    const made = await gatherKeys(folder, plan, session);
    const outcome = await publishFirst(folder, plan, made, session);
    if (plan.git?.url !== undefined) await nameRemote(folder, plan.git);
    const keys = topLevelRoles.map((role) => [
      role,
      made.roles[role].map(({ key: { keyid }, uri }) => ({ keyid, uri })),
    ]);
    return { keys: Object.fromEntries(keys) as InitKeys, outcome };
  });
}

/** Before any key is made. @spec A-08 */
function checkThresholds({ roles }: InitPlan): void {
  for (const role of topLevelRoles) {
    const { keys, threshold } = roles[role];
    if (threshold <= keys) continue;
    const problem = `a threshold of ${threshold} cannot be met by ${keys} ${keys === 1 ? 'key' : 'keys'}`;
    throw refused(role, problem, `give it more with --keys ${role}=${threshold}`);
  }
}

interface MadeKey {
  readonly key: RoleKey;
  readonly uri: string;
  readonly entry: SignerEntry;
  readonly signer: Signer;
}

interface MadeKeys {
  readonly roles: Readonly<Record<TopLevelRole, readonly MadeKey[]>>;
}

/** The keys that are given, and new ones for the rest: nobody chooses a passphrase before those are known to work. */
async function gatherKeys(folder: string, plan: InitPlan, session: InitSession): Promise<MadeKeys> {
  const { signal, voice } = session;
  // One key may be given to several roles.
  const opened = new Map<string, Promise<MadeKey>>();
  const open = (each: GivenKey): Promise<MadeKey> => {
    signal.throwIfAborted();
    const name = JSON.stringify([each.uri, each.publicKey]);
    const key = opened.get(name) ?? givenKey(each, folder, session);
    opened.set(name, key);
    return key;
  };
  const roles: Partial<Record<TopLevelRole, MadeKey[]>> = {};
  for (const role of topLevelRoles) {
    const found: MadeKey[] = [];
    for (const each of plan.roles[role].given) found.push(await open(each));
    roles[role] = found;
  }
  const newPassphrase = session.passphrase({ isNew: true });
  for (const role of topLevelRoles) {
    const found = roles[role] as MadeKey[];
    for (let n = 1; found.length < plan.roles[role].keys; n += 1) {
      signal.throwIfAborted();
      const passphrase = await newPassphrase();
      voice.progress(`making key ${n} of ${role}`);
      found.push(await makeKey(folder, `${places.keys}/${role}-${n}.pem`, plan.keyType, passphrase));
    }
  }
  return { roles: roles as MadeKeys['roles'] };
}

/** `folder` is where the repository is made: its name is not yet that which it will have. */
async function givenKey(
  { uri: typed, publicKey: file }: GivenKey,
  folder: string,
  session: Pick<InitSession, 'io' | 'voice' | 'signal' | 'passphrase'>,
): Promise<MadeKey> {
  // Asked for once, though the key is read and then used.
  const passphrase = session.passphrase();
  const { uri, entry, publicKey } = await readPlace(typed, folder, { ...session, passphrase: () => passphrase }, file);
  const signer = await openPlace({ uri, publicKey }, folder, passphrase, { world: signerWorld(session) });
  return { key: await roleKey(publicKey, nodeCrypto()), uri, entry, signer };
}

async function makeKey(folder: string, name: string, type: KeyKind, passphrase: string): Promise<MadeKey> {
  await mkdir(join(folder, places.keys), { recursive: true, mode: 0o700 });
  const privateKey = await generateKey(type);
  await writeKeyFile(join(folder, name), privateKey, { passphrase });
  const uri = `file:${name}`;
  const signer = new KeySigner(privateKey, { uri });
  return { key: await roleKey(signer.key, nodeCrypto()), uri, entry: uri, signer };
}

async function publishFirst(
  folder: string,
  plan: InitPlan,
  made: MadeKeys,
  { now, signal, voice }: Pick<Session, 'now' | 'signal' | 'voice'>,
): Promise<PublishOutcome> {
  const listed = topLevelRoles.flatMap((role) => made.roles[role]);
  const all = [...new Map(listed.map((each) => [each.key.keyid, each])).values()];
  const config: WorkspaceConfig = {
    expires: plan.expires,
    hashes: plan.hashes,
    signers: new Map(all.map(({ key, entry }) => [key.keyid, entry])),
    // What is made beside its place is pushed from there.
    git: plan.git && { branch: plan.git.branch },
  };
  await writeConfig(folder, config);
  const workspace = await openWorkspace(folder);
  const specs = topLevelRoles.map((role): [TopLevelRole, RoleSpec] => {
    return [role, { keys: made.roles[role].map(({ key }) => key), threshold: plan.roles[role].threshold }];
  });
  const time = now();
  const date = (role: string): Date => later(time, lifetimeOf(config, role));
  const roles = Object.fromEntries(specs) as Record<TopLevelRole, RoleSpec>;
  await writeDraft(
    workspace,
    createRoot({ expires: date('root'), roles, consistentSnapshot: plan.consistentSnapshot }),
  );
  await writeDraft(workspace, createTargets({ expires: date('targets') }));
  return publishWorkspace(workspace, {
    signers: async (keyids) => all.filter(({ key }) => keyids.has(key.keyid)).map(({ signer }) => signer),
    now: time,
    signal,
    warn: (text) => voice.warn(text),
  });
}
