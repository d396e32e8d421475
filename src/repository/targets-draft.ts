import { binName, binNumber } from '../metadata/delegations.ts';
import type { Signed } from '../metadata/document.ts';
import { type Hashes, knownDigests } from '../metadata/file-meta.ts';
import { type Json, type JsonObject, jsonOf } from '../metadata/json.ts';
import type { Targets } from '../metadata/targets.ts';
import { type Draft, draftOf, type EditOptions, editDocument, newTree, type Tree, treeIn } from './draft.ts';
import { checkPathHashPrefix, checkPathPattern, checkRoleName, checkTargetPath } from './names.ts';
import { refused } from './refusal.ts';
import { checkRoleSpec, dropUnusedKeys, type RoleSpec, writeRoleSpec } from './role-key.ts';

/** What a role says of one target file. */
export interface TargetEntry {
  /** Bytes. */
  readonly length: number;
  /** Algorithm to lower-case hex; at least one of sha256, sha384, sha512, blake2b-256. */
  readonly hashes: Hashes | Readonly<Record<string, string>>;
  /** Opaque to TUF: plain data or a tree. Integers only; without it, what an existing entry has stays. */
  readonly custom?: JsonObject | Readonly<Record<string, unknown>> | undefined;
}

/** To whom, and for what. */
export interface DelegationSpec extends RoleSpec {
  readonly name: string;
  /** PATHPATTERNs; either these or prefixes, and at least one. */
  readonly paths?: readonly string[] | undefined;
  /** Prefixes of the lower-case hex SHA-256 of a path. */
  readonly pathHashPrefixes?: readonly string[] | undefined;
  /** Whether later delegations are out of reach for its paths. False by default. */
  readonly terminating?: boolean | undefined;
  /** The role that it goes before; without it, after all others. Earlier roles are asked first. */
  readonly before?: string | undefined;
}

/** Succinct hash bins: 2^bitLength roles with one set of keys, each trusted with the paths whose SHA-256 falls to it. */
export interface BinsSpec {
  /** 1 to 32. */
  readonly bitLength: number;
  /** A bin is called by it, a hyphen and its number in hex. */
  readonly namePrefix: string;
  /** Without them, those of the bins that there are stay, and their threshold. */
  readonly signers?: RoleSpec | undefined;
}

/** What can be changed in a targets role. */
export interface TargetsEditor {
  /** Adds or updates a target. */
  put(path: string, entry: TargetEntry): void;
  /** Removes a target; false where it is not listed. */
  remove(path: string): boolean;
  /** Delegates to a new role, or changes what is delegated to one; its place stays unless `before` is given. */
  delegate(spec: DelegationSpec): void;
  /** Ends a delegation; false where there is none. The keys that no role lists any longer are removed. */
  revoke(name: string): boolean;
  /** Delegates to hash bins, in place of those that there are. What is listed in them is moved by {@link putIntoBins}. */
  delegateBins(spec: BinsSpec): void;
  /** Ends the delegation to bins; false where there is none. */
  revokeBins(): boolean;
}

/**
 * The first version of the top-level targets role or of a delegated one, empty.
 *
 * @param spec.version 1 without it; one above the listed version where a role that was ended begins anew.
 */
export function createTargets(spec: {
  readonly expires: Date;
  readonly role?: string | undefined;
  readonly version?: number | undefined;
}): Draft<Targets> {
  const role = spec.role ?? 'targets';
  if (role !== 'targets') checkRoleName(role);
  const tree = newTree('targets', spec.expires)
    .set('targets', new Map())
    .set('version', spec.version ?? 1);
  return draftOf(role, 'targets', tree, 'olpc');
}

/**
 * The next version of a targets role, or `undefined` where nothing changed. Unrecognised members stay.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED` for names, keys and thresholds that are refused.
 * @spec 6.3.1, A-08, A-15, A-40
 */
export function editTargets(
  current: Signed<Targets> | Draft<Targets>,
  change: (targets: TargetsEditor) => void,
  options: EditOptions = {},
): Draft<Targets> | undefined {
  return editDocument(current, (tree) => change(editorOf(current.role, tree)), options);
}

function editorOf(role: string, tree: Tree): TargetsEditor {
  const targets = treeIn(tree, 'targets');
  return {
    put: (path, entry) => putTarget(targets, path, entry),
    remove: (path) => targets.delete(path),
    delegate: (spec) => delegate(role, tree, spec),
    revoke: (name) => revoke(tree, name),
    delegateBins: (spec) => delegateBins(role, tree, spec),
    revokeBins: () => revokeBins(tree),
  };
}

/** @spec 4.5-c, 4.5-d, A-11, A-12, A-13, A-28, A-66 */
function putTarget(targets: Tree, path: string, entry: TargetEntry): void {
  const hashes = new Map(entry.hashes instanceof Map ? (entry.hashes as Hashes) : Object.entries(entry.hashes));
  if (!Number.isSafeInteger(entry.length) || entry.length < 0) throw new TypeError('a length is a number of bytes');
  if (knownDigests(hashes).length === 0) throw new TypeError('a target lists sha256, sha384, sha512 or blake2b-256');
  checkTargetPath(path, hashes.values());
  const target = treeIn(targets, path);
  target.set('length', entry.length).set('hashes', jsonOf(hashes));
  if (entry.custom === undefined) return;
  const custom = jsonOf(entry.custom);
  if (!(custom instanceof Map)) throw new TypeError('custom is an object');
  target.set('custom', custom);
}

/** @spec 4.5-e, 4.5-h, 4.5-n, A-14 */
function delegate(delegator: string, tree: Tree, spec: DelegationSpec): void {
  checkDelegation(delegator, spec);
  const delegations = treeIn(tree, 'delegations');
  if (delegations.has('succinct_roles')) {
    const hint = 'hash bins have no other roles beside them: delegate from another role';
    throw refused(spec.name, `${delegator} delegates to hash bins`, hint);
  }
  const keys = treeIn(delegations, 'keys');
  const roles = [...((delegations.get('roles') ?? []) as readonly Json[])] as Tree[];
  const at = roles.findIndex((role) => role.get('name') === spec.name);
  const entry: Tree = at === -1 ? new Map([['name', spec.name]]) : (roles[at] as Tree);
  writeRoleSpec(entry, keys, spec);
  entry.set('terminating', spec.terminating ?? false);
  entry.delete(spec.paths === undefined ? 'paths' : 'path_hash_prefixes');
  if (spec.paths !== undefined) entry.set('paths', [...spec.paths]);
  else entry.set('path_hash_prefixes', [...(spec.pathHashPrefixes as readonly string[])]);
  place(roles, at, entry, spec);
  delegations.set('roles', roles);
  dropUnusedKeys(keys, roles);
}

function place(roles: Tree[], at: number, entry: Tree, { name, before }: DelegationSpec): void {
  if (before === undefined) {
    if (at === -1) roles.push(entry);
    return;
  }
  if (at !== -1) roles.splice(at, 1);
  const next = roles.findIndex((role) => role.get('name') === before);
  if (next === -1)
    throw refused(name, `${JSON.stringify(before)} is not delegated to`, 'name a role of this delegator');
  roles.splice(next, 0, entry);
}

function checkDelegation(delegator: string, spec: DelegationSpec): void {
  checkRoleName(spec.name);
  if (spec.name === delegator) throw refused(spec.name, 'a role delegates to itself', 'choose another name');
  checkRoleSpec(spec.name, spec);
  if ((spec.paths === undefined) === (spec.pathHashPrefixes === undefined)) {
    throw new TypeError('a delegation has either paths or pathHashPrefixes');
  }
  if ((spec.paths ?? spec.pathHashPrefixes)?.length === 0) {
    throw refused(spec.name, 'is trusted with no path', 'give at least one pattern or prefix');
  }
  for (const pattern of spec.paths ?? []) checkPathPattern(spec.name, pattern);
  for (const prefix of spec.pathHashPrefixes ?? []) checkPathHashPrefix(spec.name, prefix);
}

function revoke(tree: Tree, name: string): boolean {
  const delegations = tree.get('delegations') as Tree | undefined;
  const roles = (delegations?.get('roles') ?? []) as Tree[];
  const left = roles.filter((role) => role.get('name') !== name);
  if (delegations === undefined || left.length === roles.length) return false;
  delegations.set('roles', left);
  dropUnusedKeys(treeIn(delegations, 'keys'), left);
  return true;
}

/**
 * Refuses bins that a role cannot have: names that clients misread, and beside roles that are named.
 *
 * @throws {@link TufError} `ERR_TUF_REPOSITORY_REFUSED`; TypeError for a bit length that is none.
 * @spec 4.5-o, A-35, A-39, A-40
 */
export function checkBins(delegator: string, named: number, spec: Pick<BinsSpec, 'bitLength' | 'namePrefix'>): void {
  const { bitLength } = spec;
  if (!Number.isSafeInteger(bitLength) || bitLength < 1 || bitLength > 32) {
    throw new TypeError('a bit length is 1 to 32');
  }
  checkRoleName(binName(spec, 2 ** bitLength - 1));
  if (binNumber(spec, delegator) !== undefined) {
    throw refused(delegator, 'one of the bins has its own name', 'choose another prefix');
  }
  if (named === 0) return;
  const hint = 'hash bins have no other roles beside them: delegate to a role that has nothing but bins';
  throw refused(delegator, 'it delegates to roles by name', hint);
}

/** @spec 4.5-o, A-35 */
function delegateBins(delegator: string, tree: Tree, spec: BinsSpec): void {
  const { bitLength, namePrefix } = spec;
  const delegations = treeIn(tree, 'delegations');
  checkBins(delegator, ((delegations.get('roles') ?? []) as readonly Json[]).length, spec);
  delegations.delete('roles');
  if (spec.signers === undefined && !delegations.has('succinct_roles')) {
    throw refused(namePrefix, 'the bins have no keys', 'name those who sign them');
  }
  const entry = treeIn(delegations, 'succinct_roles');
  if (spec.signers !== undefined) {
    checkRoleSpec(namePrefix, spec.signers);
    const keys: Tree = new Map();
    writeRoleSpec(entry, keys, spec.signers);
    delegations.set('keys', keys);
  }
  entry.set('bit_length', bitLength).set('name_prefix', namePrefix);
}

function revokeBins(tree: Tree): boolean {
  const delegations = tree.get('delegations') as Tree | undefined;
  if (delegations?.has('succinct_roles') !== true) return false;
  delegations.delete('succinct_roles');
  delegations.set('roles', []).set('keys', new Map());
  return true;
}
