import { type Key, readKeys } from './key.ts';
import { readBoolean, readMembers, readPositive, readString, readStrings } from './members.ts';
import { type RoleKeys, roleKeysReaders } from './role.ts';
import { topLevelRoles } from './root.ts';
import type { Scanner } from './scanner.ts';
import { matchesPattern } from './target-path.ts';

/** One delegated role, section 4.5. */
export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  /** Absent is false. */
  readonly terminating: boolean;
  /** PATHPATTERNs; with neither this nor prefixes the role is trusted with nothing. */
  readonly paths: readonly string[] | undefined;
  /** Prefixes of the lower-case hex SHA-256 of a target path. */
  readonly pathHashPrefixes: readonly string[] | undefined;
}

/** Succinct hash bins (TAP 15): 2^bitLength roles with one set of keys. */
export interface SuccinctRoles extends RoleKeys {
  /** 1 to 32. */
  readonly bitLength: number;
  readonly namePrefix: string;
}

/** To whom a targets role delegates. */
export interface Delegations {
  readonly keys: ReadonlyMap<string, Key>;
  /** In order of priority. Empty with succinct roles. */
  readonly roles: readonly DelegatedRole[];
  readonly succinct: SuccinctRoles | undefined;
}

/**
 * Reads `delegations`.
 *
 * @spec 4.5-e, 4.5-g, 4.5-h, 4.5-o, A-14, A-33, A-35, A-39
 */
export function readDelegations(scanner: Scanner, keyidsMax: number): Delegations {
  const {
    keys,
    roles,
    succinct_roles: succinct,
  } = readMembers(
    scanner,
    {
      keys: readKeys,
      roles: () => readRoles(scanner, keyidsMax),
      succinct_roles: () => readSuccinct(scanner, keyidsMax),
    },
    'roles',
    'succinct_roles',
  );
  if ((roles === undefined) === (succinct === undefined)) {
    scanner.fail('expected either roles or succinct_roles', scanner.at - 1);
  }
  return { keys, roles: roles ?? [], succinct };
}

function readRoles(scanner: Scanner, keyidsMax: number): DelegatedRole[] {
  const roles = new Map<string, DelegatedRole>();
  const keyidLists = new Map<string, readonly string[]>();
  scanner.array(() => {
    const role = readPlainRole(scanner, keyidsMax, keyidLists) ?? readRole(scanner, keyidsMax);
    if (roles.has(role.name)) scanner.fail('two delegated roles have one name', scanner.at - 1);
    roles.set(role.name, role);
  });
  return [...roles.values()];
}

const plain = '[ !#-[\\]-~]{0,999}';
const plainList = `\\[((?:"${plain}"(?:,"${plain}"){0,255})?)\\]`;

/** The spelling of almost every role: canonical, strings without escapes. */
const plainRole = new RegExp(
  `\\{"keyids":${plainList},"name":"(${plain})",(?:"path_hash_prefixes":${plainList},|"paths":${plainList},)?` +
    '(?:"terminating":(true|false),)?"threshold":([1-9][0-9]{0,14})\\}',
  'y',
);

/**
 * Reads a role in the usual spelling at once: a repository of hash bins lists thousands. `undefined` for any other, and for
 * one that is to be refused, which {@link readRole} does and says where.
 *
 * @param keyidLists those of the roles before, by their text: most roles have the same.
 */
function readPlainRole(
  scanner: Scanner,
  keyidsMax: number,
  keyidLists: Map<string, readonly string[]>,
): DelegatedRole | undefined {
  const match = scanner.ahead(plainRole, 2);
  if (match === undefined) return undefined;
  const [whole, list = '', name = '', prefixes, paths, terminating, threshold] = match;
  if (!isRoleName(name)) return undefined;
  let keyids = keyidLists.get(list);
  if (keyids === undefined) {
    keyids = itemsOf(list);
    if (keyids.length > keyidsMax || new Set(keyids).size < keyids.length) return undefined;
    keyidLists.set(list, keyids);
  }
  scanner.at += whole.length;
  return {
    keyids,
    name,
    terminating: terminating === 'true',
    threshold: Number(threshold),
    paths: paths === undefined ? undefined : itemsOf(paths),
    pathHashPrefixes: prefixes === undefined ? undefined : itemsOf(prefixes),
  };
}

/** The strings of a list in which none has escapes, without its brackets. */
function itemsOf(list: string): string[] {
  return list === '' ? [] : list.slice(1, -1).split('","');
}

function readRole(scanner: Scanner, keyidsMax: number): DelegatedRole {
  const {
    terminating = false,
    paths,
    path_hash_prefixes: pathHashPrefixes,
    ...role
  } = readMembers(
    scanner,
    {
      ...roleKeysReaders(keyidsMax),
      name: readRoleName,
      terminating: readBoolean,
      paths: readStrings,
      path_hash_prefixes: readStrings,
    },
    'terminating',
    'paths',
    'path_hash_prefixes',
  );
  if (paths !== undefined && pathHashPrefixes !== undefined) {
    scanner.fail('expected not both paths and path_hash_prefixes', scanner.at - 1);
  }
  return { ...role, terminating, paths, pathHashPrefixes };
}

function readRoleName(scanner: Scanner): string {
  const name = scanner.string();
  return isRoleName(name) ? name : scanner.fail('a delegated role cannot have this name', scanner.valueAt);
}

function isRoleName(name: string): boolean {
  return name !== '' && !(topLevelRoles as readonly string[]).includes(name);
}

function readSuccinct(scanner: Scanner, keyidsMax: number): SuccinctRoles {
  const {
    bit_length: bitLength,
    name_prefix: namePrefix,
    ...role
  } = readMembers(scanner, { ...roleKeysReaders(keyidsMax), bit_length: readPositive, name_prefix: readString });
  if (bitLength > 32) scanner.fail('bit_length is above 32', scanner.at - 1, 'bit_length');
  return { ...role, bitLength, namePrefix };
}

/**
 * What a search has still to visit, the next one last: the roles that a delegator trusts with the path, in their order, come
 * before all that was pending; a terminating one ends the list, and drops what was pending.
 *
 * @param roles what {@link rolesForPath} gives.
 * @param entry what the search keeps of a role.
 * @spec 5.6.7.2.1, 5.6.7.2.2, A-34
 */
export function withDelegations<T>(
  pending: readonly T[],
  roles: readonly DelegatedRole[],
  entry: (role: DelegatedRole) => T,
): T[] {
  const last = roles.findIndex(({ terminating }) => terminating);
  const entries = (last === -1 ? roles : roles.slice(0, last + 1)).map(entry).reverse();
  return last === -1 ? [...pending, ...entries] : entries;
}

/**
 * The delegated roles that are trusted with a path, in order of priority.
 *
 * `pathDigest` is the SHA-256 of the UTF-8 of the verbatim path in lower-case hex; see {@link needsPathDigest}.
 *
 * @spec 4.5-i, 4.5-j, 4.5-n, A-14, A-35, A-49
 */
export function rolesForPath(delegations: Delegations, path: string, pathDigest: string): DelegatedRole[] {
  const { succinct } = delegations;
  if (succinct !== undefined) return [binOf(succinct, pathDigest)];
  return delegations.roles.filter(
    (role) =>
      role.paths?.some((pattern) => matchesPattern(pattern, path)) ??
      role.pathHashPrefixes?.some((prefix) => pathDigest.startsWith(prefix)) ??
      false,
  );
}

/** Whether a search through these delegations needs the digest of the path. */
export function needsPathDigest(delegations: Delegations): boolean {
  return delegations.succinct !== undefined || delegations.roles.some((role) => role.pathHashPrefixes !== undefined);
}

/** The one bin of a path. */
function binOf(succinct: SuccinctRoles, pathDigest: string): DelegatedRole {
  return binRole(succinct, Math.floor(Number.parseInt(pathDigest.slice(0, 8), 16) / 2 ** (32 - succinct.bitLength)));
}

/** A bin, as a terminating role. */
function binRole(succinct: SuccinctRoles, bin: number): DelegatedRole {
  const { keyids, threshold } = succinct;
  return {
    keyids,
    threshold,
    name: binName(succinct, bin),
    terminating: true,
    paths: undefined,
    pathHashPrefixes: undefined,
  };
}

/** The role name of a bin: prefix, hyphen, and the number in lower-case hex, padded to the width of the last one. */
export function binName(succinct: Pick<SuccinctRoles, 'bitLength' | 'namePrefix'>, bin: number): string {
  return `${succinct.namePrefix}-${bin.toString(16).padStart(Math.ceil(succinct.bitLength / 4), '0')}`;
}

/** The number of the bin that has this name; `undefined` for a name that {@link binName} gives to none. */
export function binNumber(succinct: Pick<SuccinctRoles, 'bitLength' | 'namePrefix'>, name: string): number | undefined {
  const bin = Number.parseInt(name.slice(succinct.namePrefix.length + 1), 16);
  return bin >= 0 && bin < 2 ** succinct.bitLength && binName(succinct, bin) === name ? bin : undefined;
}

/** What a delegator says of the role of this name, bins included; `undefined` where it does not delegate to it. */
export function delegatedRole({ roles, succinct }: Delegations, name: string): DelegatedRole | undefined {
  if (succinct === undefined) return roles.find((role) => role.name === name);
  const bin = binNumber(succinct, name);
  return bin === undefined ? undefined : binRole(succinct, bin);
}

/** All roles of a delegator, in order; of bins those whose names are known, since there may be billions. */
export function delegatedRoles({ roles, succinct }: Delegations, known: Iterable<string>): readonly DelegatedRole[] {
  if (succinct === undefined) return roles;
  const bins: DelegatedRole[] = [];
  for (const name of known) {
    const bin = binNumber(succinct, name);
    if (bin !== undefined) bins.push(binRole(succinct, bin));
  }
  return bins;
}
