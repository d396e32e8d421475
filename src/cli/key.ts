import type { Command } from 'commander';
import { Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { TufError } from '../errors.ts';
import { topLevelRoles } from '../metadata/root.ts';
import { fileSigner, generateKey, type KeyKind, keyKinds, writeKeyFile } from '../node/key-file.ts';
import { KeySigner } from '../node/signer.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import { addCommand, addExamples, addGlobalOptions, type GlobalOptions, type Outcome } from './command.ts';
import type { Io } from './io.ts';
import { keyPath, signerPlaces } from './signers.ts';
import { openWorkspace, readWorkspace, writeConfig } from './workspace.ts';

export function keyCommands(parent: Command, io: Io, outcome: Outcome): void {
  const keys = parent.command('key').summary('make, take over, list and show keys').description('Keys and signers');
  addGlobalOptions(keys);
  addExamples(keys, ['key create file:release.pem', 'key list repository']);
  addCreate(keys, io, outcome);
  addImport(keys, io, outcome);
  addList(keys, io, outcome);
  addExport(keys, io, outcome);
}

function addCreate(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<{ readonly type: KeyKind } & GlobalOptions>(
    keys,
    {
      usage: 'create <uri>',
      summary: 'make a private key in a new, encrypted file',
      options: [new Option('--type <type>', 'the kind of key').choices(keyKinds).default('ed25519')],
      examples: ['key create file:release.pem', 'key create release.pem --type ecdsa-p256'],
      action: async (session, { type }, [uri]) => {
        const passphrase = await session.passphrase({ isNew: true })();
        const privateKey = await generateKey(type);
        const path = keyPath(uri as string);
        await writeKeyFile(path, privateKey, { passphrase });
        const made = await roleKey(new KeySigner(privateKey).key, nodeCrypto());
        session.voice.say(`made a key in ${path}`);
        session.voice.result({ keyid: made.keyid, uri: `file:${path}`, key: made.key }, [made.keyid]);
        return 0;
      },
    },
    io,
    outcome,
  );
}

function addImport(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    keys,
    {
      usage: 'import <dir> <uri>',
      summary: 'let a repository sign with a key that is elsewhere; the key stays there',
      examples: ['key import repository file:/media/usb/root-2.pem'],
      action: async (session, _options, [dir, uri]) => {
        const workspace = await openWorkspace(dir as string);
        const path = keyPath(uri as string);
        const { keyid } = await readKey(path, session.passphrase());
        await workspace.drafts.exclusive(async () => {
          const { config } = await openWorkspace(dir as string);
          await writeConfig(dir as string, { ...config, signers: new Map(config.signers).set(keyid, `file:${path}`) });
        }, session.signal);
        session.voice.say(`${dir} signs with ${path} from now on`);
        session.voice.result({ keyid, uri: `file:${path}` }, [keyid]);
        return 0;
      },
    },
    io,
    outcome,
  );
}

function addList(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    keys,
    {
      usage: 'list <dir>',
      summary: 'the keys of every role, and which of them are at hand',
      examples: ['key list repository'],
      action: async (session, _options, [dir]) => {
        const workspace = await openWorkspace(dir as string);
        const published = await readWorkspace(workspace);
        const places = new Map(signerPlaces(workspace).map((place) => [place.keyid, place]));
        const roles = published === undefined ? [] : rolesOf(published);
        const listed = roles.map(({ role, keyids, threshold }) => ({
          role,
          threshold,
          keys: keyids.map((keyid) => ({
            keyid,
            uri: places.get(keyid)?.uri ?? null,
            isHere: places.get(keyid)?.isHere ?? false,
          })),
        }));
        const lines = listed.flatMap(({ role, threshold, keys: found }) => [
          `${role}: ${threshold} of ${found.length}`,
          ...found.map(
            ({ keyid, uri, isHere }) =>
              `  ${keyid}  ${uri ?? 'elsewhere'}${uri !== null && !isHere ? ' (not there)' : ''}`,
          ),
        ]);
        session.voice.result({ roles: listed }, lines);
        return 0;
      },
    },
    io,
    outcome,
  );
}

function addExport(keys: Command, io: Io, outcome: Outcome): void {
  addCommand<GlobalOptions>(
    keys,
    {
      usage: 'export <uri>',
      summary: 'print the public half of a key, as metadata lists it',
      examples: ['key export file:release.pem'],
      action: async (session, _options, [uri]) => {
        const found = await readKey(keyPath(uri as string), session.passphrase());
        session.voice.result({ keyid: found.keyid, key: found.key }, [
          JSON.stringify({ keyid: found.keyid, key: found.key }),
        ]);
        return 0;
      },
    },
    io,
    outcome,
  );
}

async function readKey(path: string, passphrase: () => Promise<string>): Promise<RoleKey> {
  const signer = await fileSigner(path, { passphrase });
  try {
    return await roleKey(signer.key, nodeCrypto());
  } catch (cause) {
    throw new TufError('ERR_TUF_SIGNER', `${path} cannot be used`, { uri: `file:${path}` }, { cause });
  }
}

interface ListedRole {
  readonly role: string;
  readonly keyids: readonly string[];
  readonly threshold: number;
}

function rolesOf(published: NonNullable<Awaited<ReturnType<typeof readWorkspace>>>): ListedRole[] {
  const top = topLevelRoles.map((role) => ({ role, ...published.root.signed.roles[role] }));
  const delegated = [...published.targets.values()].flatMap(({ signed }) =>
    (signed.delegations?.roles ?? []).map(({ name, keyids, threshold }) => ({ role: name, keyids, threshold })),
  );
  return [...top, ...delegated];
}
