import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import type { Key } from '../metadata/key.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import { keyOf, type PublicKeyObject } from '../metadata/public-key-writer.ts';
import { topLevelRoles } from '../metadata/root.ts';
import { writeKeyFile } from '../node/key-file.ts';
import { generateKey, type KeyKind, keyKinds } from '../node/private-key.ts';
import { KeySigner } from '../node/signer.ts';
import { keyidOf, readPublicKeyFile } from '../node/signer-public-key.ts';
import { publicKeyAt, signerScheme } from '../node/signers.ts';
import { ownedKey, ownerOf } from '../repository/owner.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import {
  addCommand,
  addExamples,
  addGlobalOptions,
  type GlobalOptions,
  type Outcome,
  type Session,
} from './command.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { keyWords } from './review-words.ts';
import { absenceOf, keyPath, openPlace, type SignerPlace, signerPlaces, signerWorld, storedUri } from './signers.ts';
import { openWorkspace, readWorkspace, writeConfig } from './workspace.ts';
import type { SignerEntry } from './workspace-config.ts';

export function keyCommands(parent: Command, io: Io, outcome: Outcome): void {
  const keys = parent
    .command('key')
    .summary('make, take over, list and show keys')
    .description('make, take over, list and show keys');
  keys.helpCommand(false);
  addGlobalOptions(keys);
  addExamples(keys, ['key create file:release.pem', 'key list repository']);
  addCreate(keys, io, outcome);
  addImport(keys, io, outcome);
  addList(keys, io, outcome);
  addExport(keys, io, outcome);
}

function addCreate(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly type: KeyKind; readonly owner?: string } & GlobalOptions>(
    keys,
    {
      usage: 'create <uri>',
      summary: 'make a private key in a new, encrypted file',
      options: [new Option('--type <type>', 'the kind of key').choices(keyKinds).default('ed25519'), ownerOption()],
      examples: ['key create file:release.pem', 'key create file:alice.pem --owner Alice --json'],
      action: async (session, { type, owner }, [uri]) => {
        checkCreatable(uri as string);
        const path = keyPath(uri as string);
        const passphrase = await session.passphrase({ isNew: true })();
        const privateKey = await generateKey(type);
        await writeKeyFile(path, privateKey, { passphrase });
        const made = await publicHalf(new KeySigner(privateKey).key, owner);
        session.voice.say(`made a key in ${path}: keep a copy of it where you would keep your passport`);
        session.voice.result({ keyid: made.keyid, uri: `file:${path}`, key: made.key }, [made.keyid]);
        return 0;
      },
    },
    io,
    outcome,
  );
}

const ownerOption = (): Option =>
  new Option('--owner <name>', 'who holds it: metadata says so, and the keyid covers it');

/** The public half as metadata lists it, with the name of its owner where there is one. */
async function publicHalf(key: PublicKeyObject, owner: string | undefined): Promise<RoleKey> {
  const found = await roleKey(key, nodeCrypto());
  return owner === undefined ? found : ownedKey(found, owner, nodeCrypto());
}

/** Keys that are not in a file are made where they are. */
function checkCreatable(uri: string): void {
  const why: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
    env: ['a variable is gone with its process', 'make a file: its text is what you set the variable to'],
    'ssh-agent': [
      'an agent keeps what it is given',
      'make a key with ssh-keygen -t ed25519, then ssh-add, then import it',
    ],
    exec: ['a program only signs', 'make the key with the tools of what the program speaks to, then import it'],
  };
  const scheme = signerScheme(uri);
  if (scheme === undefined || scheme === 'file') return;
  const [problem, hint] = why[scheme] ?? [`keys at ${scheme}: are not supported`, 'use file:PATH'];
  throw new UsageError(`no key can be made at ${scheme}: ${problem}`, hint);
}

const publicKeyOption = (): Option =>
  new Option('--public-key <file>', 'the public half: PEM, what key export prints, or a .pub file; exec: needs it');

interface ImportOptions extends GlobalOptions {
  readonly publicKey?: string;
  readonly owner?: string;
  readonly try?: boolean;
}

function addImport(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<ImportOptions>(
    keys,
    {
      usage: 'import <dir> <uri>',
      summary: 'let a repository sign with a key that is elsewhere; the key stays there',
      options: [
        publicKeyOption(),
        ownerOption(),
        new Option('--try', 'sign a fixed text with it, to see that it works'),
      ],
      examples: [
        'key import repository file:/media/usb/root-2.pem',
        'key import repository env:TUFA_TIMESTAMP_KEY',
        'key import repository ssh-agent:alice@laptop',
        `key import repository 'exec:./sign-by-token?arg=--slot&arg=2' --public-key token.pem --try`,
      ],
      action: importKey,
    },
    io,
    outcome,
  );
}

async function importKey(session: Session, options: ImportOptions, [dir, typed]: readonly string[]): Promise<number> {
  const workspace = await openWorkspace(dir as string);
  const world = signerWorld(session);
  const { entry, ...place } = await readPlace(typed as string, dir as string, session, options.publicKey);
  if (options.try === true) {
    const signer = await openPlace(place, dir as string, session.passphrase(), { world });
    await signer.sign(Buffer.from('tufa: a text that is no metadata, to see that this key signs'));
  }
  const { keyid, key } = await publicHalf(place.publicKey, options.owner);
  await workspace.drafts.exclusive(async () => {
    const { config } = await openWorkspace(dir as string);
    await writeConfig(dir as string, { ...config, signers: new Map(config.signers).set(keyid, entry) });
  }, session.signal);
  const absence = await absenceOf(place, dir as string, world);
  if (absence !== undefined) session.voice.warn(`${place.uri} is not at hand here: ${absence}`);
  session.voice.say(`${dir} signs with ${place.uri} from now on`);
  session.voice.result({ keyid, uri: place.uri, key }, [keyid]);
  return 0;
}

/** A key that is named on the command line, as the repository in `dir` will name it. */
export async function readPlace(
  typed: string,
  dir: string,
  session: Pick<Session, 'io' | 'signal' | 'voice' | 'passphrase'>,
  publicFile?: string,
): Promise<SignerPlace & { readonly entry: SignerEntry; readonly publicKey: PublicKeyObject }> {
  const publicKey = publicFile === undefined ? undefined : await readPublicKeyFile(publicFile);
  const stored = storedUri(typed, dir);
  const { env, signal, timeoutMs } = signerWorld(session);
  const options = { publicKey, folder: dir, passphrase: session.passphrase(), env, signal, timeoutMs };
  const key = await publicKeyAt(stored, options);
  const keyid = keyidOf(key);
  const scheme = signerScheme(stored);
  // Comments change, and fingerprints are those of another system.
  const uri = scheme === 'ssh-agent' ? `ssh-agent:${keyid}` : stored;
  return { keyid, uri, publicKey: key, entry: scheme === 'exec' ? { uri, key } : uri };
}

function addList(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    keys,
    {
      usage: 'list <dir>',
      summary: 'list the keys of every role, and say which of them are at hand',
      examples: ['key list repository'],
      action: async (session, _options, [dir]) => {
        const listed = await listKeys(dir as string, session);
        const lines = listed.flatMap(({ role, threshold, keys: found }) => [
          `${role}: ${threshold} of ${found.length}`,
          ...found.map(({ keyid, owner, uri, absence }) => {
            return `  ${keyWords({ keyid, owner })}  ${uri ?? 'elsewhere'}${absence === null ? '' : `, not at hand: ${absence}`}`;
          }),
        ]);
        session.voice.result({ roles: listed }, lines);
        return 0;
      },
    },
    io,
    outcome,
  );
}

interface ListedKey {
  readonly keyid: string;
  /** As the key says. */
  readonly owner: string | null;
  /** `null` where the configuration does not name the key. */
  readonly uri: string | null;
  readonly isHere: boolean;
  /** Why it is not at hand, though the configuration names it. */
  readonly absence: string | null;
}

async function listKeys(dir: string, session: Session) {
  const workspace = await openWorkspace(dir);
  const published = await readWorkspace(workspace);
  const world = signerWorld(session);
  const places = new Map(signerPlaces(workspace).map((place) => [place.keyid, place]));
  const looked = new Map<SignerPlace, Promise<string | undefined>>();
  const look = (place: SignerPlace): Promise<string | undefined> => {
    const found = looked.get(place) ?? absenceOf(place, dir, world);
    looked.set(place, found);
    return found;
  };
  const describe = async (keyid: string, key: Key | undefined): Promise<ListedKey> => {
    const place = places.get(keyid) ?? places.get(standardKeyid(key) ?? keyid);
    const owner = ownerOf(key);
    if (place === undefined) return { keyid, owner, uri: null, isHere: false, absence: null };
    const absence = (await look(place)) ?? null;
    return { keyid, owner, uri: place.uri, isHere: absence === null, absence };
  };
  const roles = published === undefined ? [] : rolesOf(published);
  return Promise.all(
    roles.map(async ({ role, keyids, threshold, keys }) => ({
      role,
      threshold,
      keys: await Promise.all(keyids.map((keyid) => describe(keyid, keys.get(keyid)))),
    })),
  );
}

/** The keyid of the same key in its standard form: the configuration may know it by that. */
export function standardKeyid(key: Key | undefined): string | undefined {
  const parsed = key?.publicKey(parsePublicKey);
  return parsed === undefined || parsed.kind === 'unusable' ? undefined : keyidOf(keyOf(parsed));
}

function addExport(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly publicKey?: string; readonly owner?: string } & GlobalOptions>(
    keys,
    {
      usage: 'export <uri>',
      summary: 'print the public half of a key, as metadata lists it',
      options: [publicKeyOption(), ownerOption()],
      examples: ['key export file:release.pem', 'key export ssh-agent:alice@laptop --owner Alice'],
      action: async (session, { publicKey: file, owner }, [typed]) => {
        storedUri(typed as string, '.');
        const uri = signerScheme(typed as string) === undefined ? `file:${typed}` : (typed as string);
        const publicKey = file === undefined ? undefined : await readPublicKeyFile(file);
        const { env, signal, timeoutMs } = signerWorld(session);
        const passphrase = session.passphrase();
        const key = await publicKeyAt(uri, { publicKey, passphrase, env, signal, timeoutMs });
        const { keyid, key: listed } = await publicHalf(key, owner);
        const document = { keyid, key: listed };
        session.voice.result(document, [JSON.stringify(document)]);
        return 0;
      },
    },
    io,
    outcome,
  );
}

interface ListedRole {
  readonly role: string;
  readonly keyids: readonly string[];
  readonly threshold: number;
  readonly keys: ReadonlyMap<string, Key>;
}

function rolesOf(published: NonNullable<Awaited<ReturnType<typeof readWorkspace>>>): ListedRole[] {
  const { roles, keys } = published.root.signed;
  const top = topLevelRoles.map((role) => ({ role, ...roles[role], keys }));
  const delegated = [...published.targets.values()].flatMap(({ signed: { delegations } }) =>
    (delegations?.roles ?? []).map(({ name, keyids, threshold }) => ({
      role: name,
      keyids,
      threshold,
      keys: delegations?.keys ?? new Map<string, Key>(),
    })),
  );
  return [...top, ...delegated];
}
