/**
 * What the rules look at: documents as the strict reader gives them, or as far as they can be read at all.
 *
 * @module
 */
import { type Instant, parseDateTime } from '../metadata/date-time.ts';
import type { DelegatedRole, Delegations, SuccinctRoles } from '../metadata/delegations.ts';
import { Key } from '../metadata/key.ts';
import type { MetaFile } from '../metadata/snapshot.ts';
import type { TargetFile } from '../metadata/targets.ts';
import type { LooseJson, LooseObject } from './lenient-json.ts';

/** The members that every role has, where they can be read. */
export interface HeadView {
  readonly version: number | undefined;
  readonly expires: string | undefined;
  readonly expiresAt: Instant | undefined;
  readonly specVersion: string | undefined;
}

/** A timestamp or a snapshot. */
export interface MetaView extends HeadView {
  readonly meta: {
    get(metapath: string): MetaFile | undefined;
    versions(): Iterable<readonly [string, number]>;
  };
}

/** A targets role. */
export interface TargetsView extends HeadView {
  readonly targets: {
    readonly size: number;
    get(path: string): TargetFile | undefined;
    paths(): Iterable<string>;
  };
  readonly delegations: Delegations | undefined;
}

/** Reads the head of `signed` in spite of what is wrong with it. */
function looseHead(signed: LooseObject): HeadView {
  const expires = textOf(signed.get('expires'));
  return {
    version: versionOf(signed.get('version')),
    expires,
    expiresAt: expires === undefined ? undefined : parseDateTime(expires),
    specVersion: textOf(signed.get('spec_version')),
  };
}

export function looseMeta(signed: LooseObject): MetaView {
  const entries = new Map<string, MetaFile>();
  for (const [name, value] of objectOf(signed.get('meta'))) {
    const entry = objectOf(value);
    const version = versionOf(entry.get('version'));
    if (version === undefined) continue;
    entries.set(name, { version, length: lengthOf(entry.get('length')), hashes: hashesOf(entry.get('hashes')) });
  }
  const meta = {
    get: (metapath: string) => entries.get(metapath),
    versions: () => [...entries].map(([name, { version }]) => [name, version] as const),
  };
  return { ...looseHead(signed), meta };
}

export function looseTargets(signed: LooseObject): TargetsView {
  const files = new Map<string, TargetFile>();
  for (const [path, value] of objectOf(signed.get('targets'))) {
    const entry = objectOf(value);
    const length = lengthOf(entry.get('length'));
    const hashes = hashesOf(entry.get('hashes'));
    if (length !== undefined && hashes !== undefined) files.set(path, { path, length, hashes, custom: undefined });
  }
  const targets = { size: files.size, get: (path: string) => files.get(path), paths: () => files.keys() };
  return { ...looseHead(signed), targets, delegations: looseDelegations(signed.get('delegations')) };
}

function looseDelegations(value: LooseJson | undefined): Delegations | undefined {
  if (!(value instanceof Map)) return undefined;
  const keys = new Map([...objectOf(value.get('keys'))].map(([keyid, key]) => [keyid, looseKey(keyid, objectOf(key))]));
  const roles = new Map<string, DelegatedRole>();
  for (const each of listOf(value.get('roles'))) {
    const role = objectOf(each);
    const name = textOf(role.get('name'));
    if (name === undefined || name === '' || roles.has(name)) continue;
    roles.set(name, {
      ...looseRoleKeys(role),
      name,
      terminating: role.get('terminating') === true,
      paths: textsOf(role.get('paths')),
      pathHashPrefixes: textsOf(role.get('path_hash_prefixes')),
    });
  }
  return { keys, roles: [...roles.values()], succinct: looseSuccinct(objectOf(value.get('succinct_roles'))) };
}

function looseSuccinct(role: LooseObject): SuccinctRoles | undefined {
  const bitLength = versionOf(role.get('bit_length'));
  const namePrefix = textOf(role.get('name_prefix'));
  if (bitLength === undefined || bitLength > 32 || namePrefix === undefined) return undefined;
  return { ...looseRoleKeys(role), bitLength, namePrefix };
}

function looseRoleKeys(role: LooseObject): { keyids: string[]; threshold: number } {
  const keyids = [...new Set(textsOf(role.get('keyids')) ?? [])].slice(0, 1024);
  return { keyids, threshold: versionOf(role.get('threshold')) ?? 1 };
}

function looseKey(keyid: string, key: LooseObject): Key {
  const text = (name: string): string => textOf(key.get(name)) ?? '';
  const own = textOf(objectOf(key.get('keyval')).get('public'));
  // Its digest cannot be told: the text is not as received.
  return new Key(keyid, text('keytype'), text('scheme'), own, '{}', 64);
}

export function objectOf(value: LooseJson | undefined): LooseObject {
  return value instanceof Map ? value : new Map();
}

function listOf(value: LooseJson | undefined): readonly LooseJson[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: LooseJson | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: LooseJson | undefined): string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined;
}

function versionOf(value: LooseJson | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 1 ? (value as number) : undefined;
}

function lengthOf(value: LooseJson | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function hashesOf(value: LooseJson | undefined): Map<string, string> | undefined {
  if (!(value instanceof Map)) return undefined;
  return new Map([...value].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
