/**
 * Keys as an operator names them: on the command line, and in `tufa.json`.
 *
 * @module
 */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';
import { parseExecAddress } from '../node/exec-signer.ts';
import {
  filePathOf,
  type OpenSignerOptions,
  openSigner,
  signerAbsence,
  signerKinds,
  signerScheme,
} from '../node/signers.ts';
import type { Signer } from '../repository/signer.ts';
import type { Session } from './command.ts';
import { UsageError } from './failure.ts';
import type { PassphraseSource } from './passphrase.ts';
import type { Workspace } from './workspace.ts';

/** A key that the operator's configuration names. */
export interface SignerPlace {
  readonly keyid: string;
  readonly uri: string;
  /** Where the configuration has it, since its place does not tell. */
  readonly publicKey: PublicKeyObject | undefined;
}

/** What of the world a signer meets. */
export interface SignerWorld extends Pick<OpenSignerOptions, 'env' | 'signal' | 'timeoutMs'> {
  /** Takes what a signer has to say to people. */
  readonly notice?: ((text: string) => void) | undefined;
}

/** @throws {@link UsageError} where `TUFA_SIGNER_TIMEOUT` is no number of seconds. */
export function signerWorld({ io, signal, voice }: Pick<Session, 'io' | 'signal' | 'voice'>): SignerWorld {
  const { TUFA_SIGNER_TIMEOUT: seconds = '' } = io.env;
  if (seconds !== '' && !/^[1-9]\d{0,4}$/.test(seconds)) {
    throw new UsageError(`TUFA_SIGNER_TIMEOUT is ${JSON.stringify(seconds)}`, 'set it to 1 to 99999 seconds');
  }
  const timeoutMs = seconds === '' ? undefined : Number(seconds) * 1000;
  return { env: io.env, signal, timeoutMs, notice: (text) => voice.say(text) };
}

/** Where the private keys are, as far as the configuration says. */
export function signerPlaces({ config }: Pick<Workspace, 'config'>): SignerPlace[] {
  return [...config.signers].map(([keyid, entry]) =>
    typeof entry === 'string'
      ? { keyid, uri: entry, publicKey: undefined }
      : { keyid, uri: entry.uri, publicKey: entry.key },
  );
}

/** A look takes no longer than this: an agent that does not answer is not at hand. */
const lookMs = 10_000;

/** Why the key at a place is not at hand, in a few words; `undefined` where it is. Asks nobody and starts nothing. */
export async function absenceOf(place: SignerPlace, folder: string, world: SignerWorld): Promise<string | undefined> {
  const { env, signal, timeoutMs = lookMs } = world;
  if (!Object.hasOwn(signerKinds, signerScheme(place.uri) ?? '')) {
    return place.uri.includes(':') ? 'this tufa knows no such keys' : absenceOf(asFile(place), folder, world);
  }
  return signerAbsence(place.uri, { folder, env, signal, timeoutMs: Math.min(timeoutMs, lookMs) });
}

/**
 * The signers of those keys that are at hand. The passphrase is asked for only where one is encrypted.
 *
 * @param opened key files that were decrypted before, by path; those that are decrypted now are added.
 */
export async function openSigners(
  workspace: Pick<Workspace, 'folder' | 'config'>,
  keyids: ReadonlySet<string>,
  passphrase: PassphraseSource,
  opened: Map<string, Promise<Signer>> = new Map(),
  world: SignerWorld = {},
): Promise<Signer[]> {
  const { folder } = workspace;
  const signers: Signer[] = [];
  for (const place of signerPlaces(workspace)) {
    if (!keyids.has(place.keyid) || (await absenceOf(place, folder, world)) !== undefined) continue;
    signers.push(await openPlace(place, folder, passphrase, { opened, world }));
  }
  return signers;
}

/** The signer at a place. */
export async function openPlace(
  place: Pick<SignerPlace, 'uri' | 'publicKey'>,
  folder: string,
  passphrase: PassphraseSource,
  { opened = new Map(), world = {} }: { readonly opened?: Map<string, Promise<Signer>>; readonly world?: SignerWorld },
): Promise<Signer> {
  const { uri, publicKey } = asFile(place);
  const name = uri.replace(/\?.*/s, '');
  const { notice, ...rest } = world;
  const options = { ...rest, publicKey, folder, passphrase, onNotice: (line: string) => notice?.(`${name}: ${line}`) };
  if (signerScheme(uri) !== 'file') return openSigner(uri, options);
  const path = resolve(folder, filePathOf(uri));
  const signer = opened.get(path) ?? openSigner(`file:${path}`, options);
  await signer;
  opened.set(path, signer);
  return signer;
}

/** A plain path, which is a file. */
function asFile<T extends Pick<SignerPlace, 'uri'>>(place: T): T {
  return signerScheme(place.uri) === undefined ? { ...place, uri: `file:${place.uri}` } : place;
}

/** The path of a `file:` URI or of a plain path; a relative one begins at `folder`. */
export function keyPath(uri: string, folder = '.'): string {
  const scheme = signerScheme(uri);
  if (scheme !== undefined && scheme !== 'file')
    throw new UsageError(`keys at ${scheme}: are not in a file`, 'use file:PATH');
  const path = filePathOf(uri);
  return isAbsolute(path) ? path : join(folder, path);
}

/**
 * A URI that was typed, as it is stored for the repository in `dir`: there, relative paths begin at `dir`, and on the
 * command line where it is typed.
 *
 * @throws {@link UsageError} for what is no URI of a key.
 */
export function storedUri(typed: string, dir: string): string {
  const scheme = signerScheme(typed) ?? 'file';
  if (!Object.hasOwn(signerKinds, scheme)) {
    const known = Object.keys(signerKinds).map((name) => `${name}:`);
    throw new UsageError(`keys at ${scheme}: are not supported`, `use ${known.join(', ')}`);
  }
  if (scheme === 'file') return `file:${seenFrom(dir, filePathOf(typed))}`;
  if (scheme !== 'exec') return typed;
  const { program } = parseExecAddress(typed.slice('exec:'.length), typed);
  if (!program.includes('/')) return typed;
  const path = seenFrom(dir, program);
  const place = path.includes('/') ? path : `./${path}`;
  return `exec:${place.split('/').map(encodeURIComponent).join('/')}${/\?.*/s.exec(typed)?.[0] ?? ''}`;
}

/** A path below `dir` as seen from there, any other as an absolute one. */
function seenFrom(dir: string, typed: string): string {
  const path = relative(resolve(dir), resolve(typed));
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? resolve(typed) : path;
}
