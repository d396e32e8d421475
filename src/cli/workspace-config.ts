import { TufError } from '../errors.ts';
import { type HashAlgorithm, isHashAlgorithm } from '../metadata/hashes.ts';
import { type Json, type JsonObject, parseJson } from '../metadata/json.ts';
import type { PublicKeyObject } from '../metadata/public-key-writer.ts';
import { keyInJson } from '../node/signer-public-key.ts';
import { parseDuration, type Span } from './duration.ts';

/**
 * `DIR/tufa.json`: what the operator decided and no metadata says. It names the private keys, so it is never served
 * (OP-8).
 */
export interface WorkspaceConfig {
  /** For how long each role is signed; delegated roles not named here go by `targets`. */
  readonly expires: ReadonlyMap<string, string>;
  /** Which digests of target files are listed: sha256, and perhaps others. */
  readonly hashes: readonly HashAlgorithm[];
  /** Where the private half of a key is, by keyid. */
  readonly signers: ReadonlyMap<string, SignerEntry>;
  /** The branch that is served, where `public/` is a working tree of git. */
  readonly git?: GitPlace | undefined;
}

/** Where a working tree of git belongs. */
interface GitPlace {
  readonly branch: string;
  /** The name of the remote that the branch is pushed to; commits stay here without it. */
  readonly remote?: string | undefined;
}

/**
 * The URI of a private key, in which relative paths begin at DIR; with the public half where the place of the key does not
 * tell it.
 */
export type SignerEntry = string | { readonly uri: string; readonly key: PublicKeyObject };

export const configName = 'tufa.json';

/** The lifetimes of a new repository: keys that are used by hand sign for long, others for as long as nobody looks. */
export const defaultExpires: ReadonlyMap<string, string> = new Map([
  ['root', '365d'],
  ['targets', '365d'],
  ['snapshot', '7d'],
  ['timestamp', '1d'],
]);

/** @throws {@link TufError} `ERR_TUF_MALFORMED`, naming what is wrong. */
export function parseConfig(bytes: Uint8Array, path: string): WorkspaceConfig {
  const document = parseJson(bytes, { role: path });
  const fail = (problem: string): never => {
    const hint = 'correct the file, or restore it from a backup';
    throw new TufError('ERR_TUF_MALFORMED', `${path}: ${problem}`, { role: configName }, { hint });
  };
  if (!(document instanceof Map)) return fail('it is no object');
  const members = document as JsonObject;
  if (members.get('format') !== 1) fail('its format is not 1: a newer tufa wrote it');
  const texts = (name: string): Map<string, string> => {
    const object = members.get(name);
    const entries = object instanceof Map ? [...(object as JsonObject)] : [];
    if (!(object instanceof Map) || entries.some(([, value]) => typeof value !== 'string'))
      fail(`${name} holds no texts`);
    return new Map(entries as [string, string][]);
  };
  const hashes = members.get('hashes') as readonly Json[] | undefined;
  if (!Array.isArray(hashes) || !hashes.includes('sha256') || !hashes.every((name) => isHashAlgorithm(String(name)))) {
    fail('hashes lists sha256, and perhaps sha384, sha512 and blake2b-256');
  }
  const expires = texts('expires');
  for (const role of defaultExpires.keys()) if (!expires.has(role)) fail(`expires names no ${role}`);
  for (const span of expires.values()) parseDuration(span);
  const signers = members.get('signers');
  if (!(signers instanceof Map)) return fail('signers is no object');
  const entries = [...(signers as JsonObject)].map(([keyid, value]): [string, SignerEntry] => {
    const entry = signerEntry(value);
    return entry === undefined
      ? fail(`signers: ${keyid} has neither a URI nor an object of uri and key`)
      : [keyid, entry];
  });
  const git = members.has('git') ? (gitPlace(members.get('git')) ?? fail('git names no branch and remote')) : undefined;
  return { expires, hashes: hashes as readonly HashAlgorithm[], signers: new Map(entries), git };
}

function gitPlace(value: Json | undefined): GitPlace | undefined {
  if (!(value instanceof Map)) return undefined;
  const [branch, remote] = ['branch', 'remote'].map((name) => (value as JsonObject).get(name));
  if (typeof branch !== 'string' || !isGitName(branch)) return undefined;
  if (remote !== undefined && (typeof remote !== 'string' || !isGitName(remote))) return undefined;
  return { branch, remote };
}

/** Whether git takes a text for the name of a branch or of a remote, and for nothing else. */
export function isGitName(text: string): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9_./-]{0,98}[A-Za-z0-9_])?$/.test(text) && !/\.\.|\/\/|\/\.|\.lock(\/|$)/.test(text);
}

function signerEntry(value: Json): SignerEntry | undefined {
  if (typeof value === 'string') return value;
  if (!(value instanceof Map)) return undefined;
  const uri = (value as JsonObject).get('uri');
  const key = keyInJson((value as JsonObject).get('key') ?? null);
  return typeof uri === 'string' && typeof key !== 'string' ? { uri, key } : undefined;
}

/** The file of a configuration. */
export function formatConfig(config: WorkspaceConfig): Uint8Array {
  const { expires, hashes, signers, git } = config;
  const named = { expires: Object.fromEntries(expires), hashes, signers: Object.fromEntries(signers) };
  const document = { format: 1, ...named, ...(git === undefined ? {} : { git }) };
  return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** For how long a role is signed: by its name, that of all hash bins it is one of, or as targets is. */
export function lifetimeOf({ expires }: WorkspaceConfig, role: string): Span {
  const bins = binsLifetime(role.replace(/-[0-9a-f]+$/, ''));
  return parseDuration((expires.get(role) ?? expires.get(bins) ?? expires.get('targets')) as string);
}

/** How a configuration names hash bins. */
export function binsLifetime(namePrefix: string): string {
  return `${namePrefix}-*`;
}
