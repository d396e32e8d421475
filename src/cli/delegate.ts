import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { errorCode, randomName } from '../node/atomic-write.ts';
import { generateKey, type KeyKind, keyKinds, writeKeyFile } from '../node/key-file.ts';
import { KeySigner } from '../node/signer.ts';
import { checkRoleName, roleNameWarnings } from '../repository/names.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import { addCommand, type GlobalOptions, type Outcome, type Session } from './command.ts';
import { parseDuration } from './duration.ts';
import { editStaged } from './edit-staged.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { openWorkspace, places, writeConfig } from './workspace.ts';

interface DelegateOptions extends GlobalOptions {
  readonly from: string;
  readonly paths?: readonly string[];
  readonly pathHashPrefixes?: readonly string[];
  readonly terminating?: boolean;
  readonly before?: string;
  readonly keys: string;
  readonly threshold: string;
  readonly keyType: KeyKind;
  readonly expires?: string;
}

export function delegateCommands(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<DelegateOptions>(
    parent,
    {
      usage: 'delegate <dir> <role>',
      summary: 'stage a delegation to a new role, and make its keys',
      options: [
        new Option('--from <role>', 'the role that delegates').default('targets'),
        new Option('--paths <pattern...>', 'which target paths it is trusted with'),
        new Option('--path-hash-prefixes <prefix...>', 'or which prefixes of their SHA-256').conflicts('paths'),
        new Option('--terminating', 'no later delegation is asked for these paths'),
        new Option('--before <role>', 'ask it before this one; without, after all others'),
        new Option('--keys <n>', 'how many keys it gets').default('1'),
        new Option('--threshold <n>', 'how many of them must sign').default('1'),
        new Option('--key-type <type>', 'the kind of key').choices(keyKinds).default('ed25519'),
        new Option('--expires <duration>', 'for how long it is signed; without, as targets is'),
      ],
      examples: [
        `delegate repository releases --paths 'releases/*'`,
        `delegate repository nightly --paths 'nightly/*' --terminating`,
      ],
      action: delegate,
    },
    io,
    outcome,
  );
}

async function delegate(session: Session, options: DelegateOptions, [dir, role]: readonly string[]): Promise<number> {
  const name = role as string;
  const { from, paths, pathHashPrefixes, terminating, before } = options;
  if (paths === undefined && pathHashPrefixes === undefined) {
    throw new UsageError('what is the role trusted with?', `give --paths 'releases/*', or --path-hash-prefixes`);
  }
  const [count, threshold] = [options.keys, options.threshold].map(numberOf) as [number, number];
  if (options.expires !== undefined) parseDuration(options.expires);
  checkRoleName(name);
  for (const warning of roleNameWarnings(name)) session.voice.warn(`${name}: ${warning}`);
  const workspace = await openWorkspace(dir as string);
  const made = await makeKeys(workspace.folder, name, count, options.keyType, session);
  await editStaged(workspace, from, session, async (targets) => {
    targets.delegate({
      name,
      keys: made.map(({ key }) => key),
      threshold,
      paths,
      pathHashPrefixes,
      terminating,
      before,
    });
    const { config } = await openWorkspace(workspace.folder);
    const signers = new Map([...config.signers, ...made.map(({ key, uri }): [string, string] => [key.keyid, uri])]);
    const expires = new Map(config.expires);
    if (options.expires !== undefined) expires.set(name, options.expires);
    await writeConfig(workspace.folder, { ...config, signers, expires });
  });
  session.voice.say(`staged: ${from} delegates to ${name}; add to it with: tufa add ${dir} FILE… --role ${name}`);
  session.voice.result({ role: name, from, keys: made.map(({ key: { keyid }, uri }) => ({ keyid, uri })) });
  return 0;
}

async function makeKeys(
  folder: string,
  role: string,
  count: number,
  type: KeyKind,
  session: Session,
): Promise<{ readonly key: RoleKey; readonly uri: string }[]> {
  const passphrase = await session.passphrase()();
  await mkdir(join(folder, places.keys), { mode: 0o700 }).catch((error) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const made = [];
  for (let n = 1; n <= count; n += 1) {
    const privateKey = await generateKey(type);
    // A role's name may be no file name on every system, and a role may be delegated again: the rest makes it new.
    const uri = `file:${places.keys}/${role.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 64)}-${n}-${randomName().slice(0, 8)}.pem`;
    await writeKeyFile(join(folder, uri.slice('file:'.length)), privateKey, { passphrase });
    made.push({ key: await roleKey(new KeySigner(privateKey).key, nodeCrypto()), uri });
  }
  return made;
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is no number from 1 to 9999`);
  return Number(text);
}
