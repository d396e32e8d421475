/**
 * The keys of a role that is delegated to: those that exist, by their place or as a public half, or new ones.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { errorCode, randomName } from '../node/atomic-write.ts';
import { writeKeyFile } from '../node/key-file.ts';
import { generateKey, type KeyKind, keyKinds } from '../node/private-key.ts';
import { KeySigner } from '../node/signer.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import type { Session } from './command.ts';
import { UsageError } from './failure.ts';
import { newKeyAt } from './key-source.ts';
import { openWorkspace, places, writeConfig } from './workspace.ts';
import type { SignerEntry } from './workspace-config.ts';

/** What {@link keyOptions} gives. */
export interface KeyOptions {
  readonly keys?: string;
  readonly key?: readonly string[];
  readonly owner?: string;
  readonly threshold?: string;
  readonly keyType: KeyKind;
}

/** A key of a role, and where its private half is, if that is at hand. */
export interface HeldKey {
  readonly key: RoleKey;
  readonly uri: string | null;
  readonly entry: SignerEntry | undefined;
}

/** The options of a command that delegates. */
export function keyOptions(): Option[] {
  return [
    new Option('--keys <n>', 'how many new keys it gets; without --key, one').conflicts('key'),
    new Option('--key <uri...>', 'keys that it gets: private ones, or files that tufa key export wrote'),
    new Option('--owner <name>', 'who holds the keys of --key'),
    new Option('--threshold <n>', 'how many of them must sign; without, one'),
    new Option('--key-type <type>', 'the kind of new keys').choices(keyKinds).default('ed25519'),
  ];
}

/** A number in an option. */
export function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`${option}: ${JSON.stringify(text)} is no number from 1 to 9999`);
  return Number(text);
}

/**
 * The keys that options ask for. New ones are written to the folder of keys, encrypted.
 *
 * @throws {@link TufError} `ERR_TUF_SIGNER`, `ERR_TUF_STORE`; `ERR_TUF_REPOSITORY_REFUSED` for a key that cannot be used.
 */
export async function keysFor(
  session: Session,
  dir: string,
  role: string,
  options: Pick<KeyOptions, 'keys' | 'key' | 'owner' | 'keyType'>,
): Promise<HeldKey[]> {
  const { key: typed, owner, keys = '1', keyType } = options;
  if (typed === undefined) {
    if (owner !== undefined) throw new UsageError('--owner names who holds the keys of --key');
    return makeKeys(dir, role, numberOf('--keys', keys), keyType, session);
  }
  const held: HeldKey[] = [];
  for (const each of typed) {
    const { key, place } = await newKeyAt(each, dir, owner, session);
    held.push({ key, uri: place?.uri ?? null, entry: place?.entry });
  }
  return held;
}

/** Remembers where the private halves of keys are, and how long a role is signed. */
export async function rememberKeys(
  dir: string,
  held: readonly Pick<HeldKey, 'key' | 'entry'>[],
  lifetime?: { readonly role: string; readonly expires: string | undefined },
): Promise<void> {
  const { config } = await openWorkspace(dir);
  const known = held.flatMap(({ key, entry }): [string, SignerEntry][] =>
    entry === undefined ? [] : [[key.keyid, entry]],
  );
  const expires = new Map(config.expires);
  if (lifetime?.expires !== undefined) expires.set(lifetime.role, lifetime.expires);
  await writeConfig(dir, { ...config, signers: new Map([...config.signers, ...known]), expires });
}

async function makeKeys(
  folder: string,
  role: string,
  count: number,
  type: KeyKind,
  session: Session,
): Promise<HeldKey[]> {
  const passphrase = await session.passphrase()();
  await mkdir(join(folder, places.keys), { mode: 0o700 }).catch((error) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const made: HeldKey[] = [];
  for (let n = 1; n <= count; n += 1) {
    const privateKey = await generateKey(type);
    // A role's name may be no file name on every system, and a role may be delegated again: the rest makes it new.
    const name = role.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 64);
    const uri = `file:${places.keys}/${name}-${n}-${randomName().slice(0, 8)}.pem`;
    await writeKeyFile(join(folder, uri.slice('file:'.length)), privateKey, { passphrase });
    made.push({ key: await roleKey(new KeySigner(privateKey).key, nodeCrypto()), uri, entry: uri });
  }
  return made;
}
