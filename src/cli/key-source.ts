/**
 * From the names of keys to keys: what `sign` signs with, and what `rotate` adds.
 *
 * @module
 */
import { Option } from 'commander';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { isTufError } from '../errors.ts';
import { type JsonObject, parseJson } from '../metadata/json.ts';
import { parsePublicKey } from '../metadata/public-key.ts';
import { keyOf } from '../metadata/public-key-writer.ts';
import { readPublicKeyFile } from '../node/signer-public-key.ts';
import { signerScheme } from '../node/signers.ts';
import type { DraftNeeds } from '../repository/needs.ts';
import { ownedKey, ownerIn } from '../repository/owner.ts';
import { type RoleKey, roleKey } from '../repository/role-key.ts';
import type { Signer } from '../repository/signer.ts';
import type { Session } from './command.ts';
import { UsageError } from './failure.ts';
import { readPlace } from './key.ts';
import type { PassphraseSource } from './passphrase.ts';
import { readBounded } from './proposal.ts';
import { keyPath, openPlace, openSigners, signerWorld } from './signers.ts';
import type { Workspace } from './workspace.ts';
import type { SignerEntry } from './workspace-config.ts';

/** Bytes of a file with one key. */
const keyBytesMax = 65_536;

/** A key as it is named on the command line. */
export interface NamedKey {
  readonly uri: string;
  /** The file of its public half, where its place does not tell it. */
  publicKey?: string;
}

/** An option that names keys, and `--public-key`, which belongs to the key before it. */
export function namedKeyOptions(flags: string, description: string): Option[] {
  const [name] = flags.split(' ');
  const given: NamedKey[] = [];
  return [
    new Option(flags, description).argParser((uri: string) => {
      given.push({ uri });
      return given;
    }),
    new Option('--public-key <file>', `the public half of the ${name} before it; exec: needs it`).argParser(
      (file: string) => {
        const last = given.at(-1);
        if (last === undefined) {
          throw new UsageError(
            `--public-key belongs to the ${name} before it, and there is none`,
            `give ${name} first`,
          );
        }
        last.publicKey = file;
        return file;
      },
    ),
  ];
}

/** The signer of a key that was named. */
export async function signerAt(
  { uri, publicKey: file }: NamedKey,
  passphrase: PassphraseSource,
  session: Session,
): Promise<Signer> {
  const { openedKeys: opened = new Map() } = session;
  const publicKey = file === undefined ? undefined : await readPublicKeyFile(file);
  return openPlace({ uri, publicKey }, '.', passphrase, { opened, world: signerWorld(session) });
}

/** The signers at hand, by what a folder's configuration says, of those that a change asks for. */
export async function signersAtHand(
  workspace: Workspace,
  found: readonly Pick<DraftNeeds, 'authorities'>[],
  passphrase: PassphraseSource,
  session: Session,
): Promise<Signer[]> {
  return openSigners(workspace, await askedKeyids(found), passphrase, session.openedKeys, signerWorld(session));
}

/** A key that is to be added to a role. */
export interface NewKey {
  readonly key: RoleKey;
  /** Where its private half is, if it is at hand. */
  readonly place: { readonly uri: string; readonly entry: SignerEntry } | undefined;
}

/**
 * A key to add: a private one that is at hand, or a file with the public half of one that is elsewhere.
 *
 * @param owner a name for it; without, the one that the file gives.
 * @throws {@link TufError} `ERR_TUF_SIGNER`, `ERR_TUF_STORE`; `ERR_TUF_REPOSITORY_REFUSED` for a key that cannot be used.
 */
export async function newKeyAt(
  named: NamedKey | string,
  dir: string,
  owner: string | undefined,
  session: Session,
): Promise<NewKey> {
  const { uri: typed, publicKey: file }: NamedKey = typeof named === 'string' ? { uri: named } : named;
  const scheme = signerScheme(typed) ?? 'file';
  const bytes = scheme === 'file' ? await readBounded(keyPath(typed), keyBytesMax) : undefined;
  const isPublic = bytes !== undefined && !Buffer.from(bytes).includes('PRIVATE KEY-----');
  const place = isPublic ? undefined : await readPlace(typed, dir, session, file);
  const publicKey = place?.publicKey ?? (await readPublicKeyFile(keyPath(typed)));
  const key = await roleKey(publicKey, nodeCrypto());
  const name = owner ?? (isPublic ? ownerInFile(bytes) : undefined);
  return { key: name === undefined ? key : await ownedKey(key, name, nodeCrypto()), place };
}

/** The owner in what `tufa key export` printed; nothing in any other file of a public key. */
function ownerInFile(bytes: Uint8Array): string | undefined {
  try {
    const document = parseJson(bytes) as JsonObject;
    const key = document instanceof Map && document.get('key');
    return ownerIn(key || document) ?? undefined;
  } catch (error) {
    if (isTufError(error)) return undefined;
    throw error;
  }
}

/**
 * The ids under which a configuration may know the keys that a change asks for: those in the metadata, and for a key with
 * the name of its owner the one that it has without.
 */
export async function askedKeyids(found: readonly Pick<DraftNeeds, 'authorities'>[]): Promise<Set<string>> {
  const asked = new Set<string>();
  for (const { authorities } of found) {
    for (const { keyids, keys } of authorities) {
      for (const keyid of keyids) {
        asked.add(keyid);
        const parsed = keys.get(keyid)?.publicKey(parsePublicKey);
        if (parsed !== undefined && parsed.kind !== 'unusable') {
          asked.add((await roleKey(keyOf(parsed), nodeCrypto())).keyid);
        }
      }
    }
  }
  return asked;
}
