/**
 * What a draft changes, as values: every difference between two documents of a role, and nothing that anybody says about
 * it. Applied to the old document, the changes give the new one; what no rule knows is told as unrecognised.
 *
 * @module
 */
import { parseDateTime } from '../metadata/date-time.ts';
import type { Json, JsonObject } from '../metadata/json.ts';
import { type KeyName, ownerIn } from './owner.ts';

/** One difference. `null` is a member that is not there. */
export type Change =
  | { readonly kind: 'version'; readonly before: number | null; readonly after: number }
  | {
      readonly kind: 'expires';
      readonly before: string | null;
      readonly after: string;
      /** Positive where it ends later than before. */
      readonly movedSeconds: number | null;
    }
  | { readonly kind: 'spec-version'; readonly before: string | null; readonly after: string }
  | { readonly kind: 'consistent-snapshot'; readonly before: boolean | null; readonly after: boolean | null }
  | {
      /** A key that this document did not list before, or lists no longer. */
      readonly kind: 'key-added' | 'key-removed';
      readonly keyid: string;
      readonly owner: string | null;
      readonly key: JsonObject;
      /** The roles that list it: afterwards where it is added, before where it is removed. */
      readonly roles: readonly string[];
    }
  | { readonly kind: 'key-changed'; readonly keyid: string; readonly before: JsonObject; readonly after: JsonObject }
  | {
      readonly kind: 'role-keys';
      readonly role: string;
      readonly added: readonly KeyName[];
      readonly removed: readonly KeyName[];
      /** All keyids of the role, in their order. */
      readonly before: readonly string[];
      readonly after: readonly string[];
    }
  | { readonly kind: 'threshold'; readonly role: string; readonly before: number | null; readonly after: number }
  | { readonly kind: 'target-added'; readonly path: string; readonly after: JsonObject }
  | { readonly kind: 'target-changed'; readonly path: string; readonly before: JsonObject; readonly after: JsonObject }
  | { readonly kind: 'target-removed'; readonly path: string; readonly before: JsonObject }
  /** Whether there are delegations at all. */
  | { readonly kind: 'delegations'; readonly before: boolean; readonly after: boolean }
  | { readonly kind: 'delegation-added'; readonly role: string; readonly after: JsonObject }
  /** Paths, prefixes, terminating; keys and threshold are told apart from it. */
  | {
      readonly kind: 'delegation-changed';
      readonly role: string;
      readonly before: JsonObject;
      readonly after: JsonObject;
    }
  | { readonly kind: 'delegation-removed'; readonly role: string; readonly before: JsonObject }
  /** Which role is asked before which, where it is not what adding at the end and removing give. */
  | { readonly kind: 'delegation-order'; readonly before: readonly string[]; readonly after: readonly string[] }
  /** Succinct hash bins (TAP 15), which have no other roles beside them. */
  | { readonly kind: 'bins'; readonly before: JsonObject | null; readonly after: JsonObject | null }
  | {
      readonly kind: 'unrecognised';
      /** JSON pointer into `signed`. */
      readonly pointer: string;
      readonly before?: Json;
      readonly after?: Json;
    };

const headMembers = ['_type', 'spec_version', 'version', 'expires'];
const roleMembers = ['keyids', 'threshold'];
const noJson: JsonObject = new Map();

/**
 * Every change from the `signed` of one document to that of its successor. Both have been read by the reader of their
 * type, so that what is known has its shape.
 *
 * @param before `undefined` for a new document.
 */
export function changesOf(type: 'root' | 'targets', before: JsonObject | undefined, after: JsonObject): Change[] {
  const changes = headChanges(before, after);
  const old = before ?? noJson;
  if (type === 'root') rootChanges(old, after, changes);
  else targetsChanges(old, after, changes);
  const known = type === 'root' ? ['consistent_snapshot', 'keys', 'roles'] : ['targets', 'delegations'];
  unrecognised('', old, after, [...headMembers, ...known], changes);
  return changes;
}

function headChanges(before: JsonObject | undefined, after: JsonObject): Change[] {
  const changes: Change[] = [];
  const [oldVersion, version] = [before?.get('version') ?? null, after.get('version')] as [number | null, number];
  if (oldVersion !== version) changes.push({ kind: 'version', before: oldVersion, after: version });
  const [oldExpires, expires] = [before?.get('expires') ?? null, after.get('expires')] as [string | null, string];
  if (oldExpires !== expires) {
    const movedSeconds = oldExpires === null ? null : secondsOf(expires) - secondsOf(oldExpires);
    changes.push({ kind: 'expires', before: oldExpires, after: expires, movedSeconds });
  }
  const [oldSpec, spec] = [before?.get('spec_version') ?? null, after.get('spec_version')] as [string | null, string];
  if (oldSpec !== spec) changes.push({ kind: 'spec-version', before: oldSpec, after: spec });
  return changes;
}

function secondsOf(text: string): number {
  return Math.floor((parseDateTime(text)?.milliseconds ?? 0) / 1000);
}

function rootChanges(before: JsonObject, after: JsonObject, changes: Change[]): void {
  const [was, is] = [before, after].map((each) => (each.get('consistent_snapshot') ?? null) as boolean | null);
  if (was !== is) changes.push({ kind: 'consistent-snapshot', before: was ?? null, after: is ?? null });
  const [oldRoles, roles] = [objectIn(before, 'roles'), objectIn(after, 'roles')];
  const names = ['root', 'targets', 'snapshot', 'timestamp'];
  const named = (all: JsonObject): Map<string, JsonObject> =>
    new Map(names.filter((name) => all.has(name)).map((name) => [name, all.get(name) as JsonObject]));
  keyChanges(before, after, named(oldRoles), named(roles), changes);
  for (const name of names) {
    const [old, next] = [oldRoles.get(name) as JsonObject | undefined, roles.get(name) as JsonObject];
    roleChanges(name, old, next, before, after, changes);
    unrecognised(`/roles/${name}`, old ?? noJson, next, roleMembers, changes);
  }
  unrecognised('/roles', oldRoles, roles, names, changes);
}

function targetsChanges(before: JsonObject, after: JsonObject, changes: Change[]): void {
  const [old, next] = [objectIn(before, 'targets'), objectIn(after, 'targets')] as [
    ReadonlyMap<string, JsonObject>,
    ReadonlyMap<string, JsonObject>,
  ];
  for (const [path, entry] of next) {
    const was = old.get(path);
    if (was === undefined) changes.push({ kind: 'target-added', path, after: entry });
    else if (!sameJson(was, entry)) changes.push({ kind: 'target-changed', path, before: was, after: entry });
  }
  for (const [path, entry] of old) {
    if (!next.has(path)) changes.push({ kind: 'target-removed', path, before: entry });
  }
  delegationsChanges(
    before.get('delegations') as JsonObject | undefined,
    after.get('delegations') as JsonObject | undefined,
    changes,
  );
}

function delegationsChanges(before: JsonObject | undefined, after: JsonObject | undefined, changes: Change[]): void {
  if ((before === undefined) !== (after === undefined)) {
    changes.push({ kind: 'delegations', before: before !== undefined, after: after !== undefined });
  }
  const [old, next] = [before ?? noJson, after ?? noJson];
  const bins = [old, next].map((each) => (each.get('succinct_roles') ?? null) as JsonObject | null);
  const [oldBins = null, nextBins = null] = bins;
  const [oldRoles, roles] = [rolesIn(old), rolesIn(next)];
  const all = (named: Map<string, JsonObject>, succinct: JsonObject | null): Map<string, JsonObject> =>
    succinct === null ? named : new Map([[binsName(succinct), succinct]]);
  keyChanges(old, next, all(oldRoles, oldBins), all(roles, nextBins), changes);
  if (!sameJson(oldBins, nextBins)) changes.push({ kind: 'bins', before: oldBins, after: nextBins });
  for (const [role, entry] of roles) {
    const was = oldRoles.get(role);
    if (was === undefined) changes.push({ kind: 'delegation-added', role, after: entry });
    else {
      roleChanges(role, was, entry, old, next, changes);
      if (!sameJson(without(was, roleMembers), without(entry, roleMembers))) {
        changes.push({ kind: 'delegation-changed', role, before: was, after: entry });
      }
    }
  }
  for (const [role, entry] of oldRoles) {
    if (!roles.has(role)) changes.push({ kind: 'delegation-removed', role, before: entry });
  }
  const kept = [...oldRoles.keys()].filter((role) => roles.has(role));
  const added = [...roles.keys()].filter((role) => !oldRoles.has(role));
  if (!sameJson([...kept, ...added], [...roles.keys()])) {
    changes.push({ kind: 'delegation-order', before: [...oldRoles.keys()], after: [...roles.keys()] });
  }
  unrecognised('/delegations', old, next, ['keys', 'roles', 'succinct_roles'], changes);
}

/** What hash bins are called where a role is named. */
function binsName(succinct: JsonObject): string {
  return `${succinct.get('name_prefix') as string}-*`;
}

function rolesIn(delegations: JsonObject): Map<string, JsonObject> {
  const roles = (delegations.get('roles') ?? []) as readonly JsonObject[];
  return new Map(roles.map((role) => [role.get('name') as string, role]));
}

function keyChanges(
  before: JsonObject,
  after: JsonObject,
  oldRoles: ReadonlyMap<string, JsonObject>,
  roles: ReadonlyMap<string, JsonObject>,
  changes: Change[],
): void {
  const [old, next] = [objectIn(before, 'keys'), objectIn(after, 'keys')] as ReadonlyMap<string, JsonObject>[];
  const [usedBefore, used] = [usesOf(oldRoles), usesOf(roles)];
  for (const [keyid, key] of next as ReadonlyMap<string, JsonObject>) {
    const was = old?.get(keyid);
    if (was === undefined) {
      changes.push({ kind: 'key-added', keyid, owner: ownerIn(key), key, roles: used.get(keyid) ?? [] });
    } else if (!sameJson(was, key)) changes.push({ kind: 'key-changed', keyid, before: was, after: key });
  }
  for (const [keyid, key] of old as ReadonlyMap<string, JsonObject>) {
    if (next?.has(keyid)) continue;
    changes.push({ kind: 'key-removed', keyid, owner: ownerIn(key), key, roles: usedBefore.get(keyid) ?? [] });
  }
}

/** Which roles list a keyid. */
function usesOf(roles: ReadonlyMap<string, JsonObject>): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  for (const [role, entry] of roles) {
    for (const keyid of keyidsIn(entry)) {
      const found = uses.get(keyid);
      if (found === undefined) uses.set(keyid, [role]);
      else found.push(role);
    }
  }
  return uses;
}

function roleChanges(
  role: string,
  before: JsonObject | undefined,
  after: JsonObject,
  oldKeys: JsonObject,
  keys: JsonObject,
  changes: Change[],
): void {
  const [old, next] = [before === undefined ? [] : keyidsIn(before), keyidsIn(after)];
  if (before === undefined || !sameJson(old, next)) {
    const [had, has] = [new Set(old), new Set(next)];
    const named = (keyid: string, all: JsonObject): KeyName => ({
      keyid,
      owner: ownerIn(objectIn(all, 'keys').get(keyid)),
    });
    const added = next.filter((keyid) => !had.has(keyid)).map((keyid) => named(keyid, keys));
    const removed = old.filter((keyid) => !has.has(keyid)).map((keyid) => named(keyid, oldKeys));
    changes.push({ kind: 'role-keys', role, added, removed, before: old, after: next });
  }
  const [was, is] = [before?.get('threshold') ?? null, after.get('threshold')] as [number | null, number];
  if (was !== is) changes.push({ kind: 'threshold', role, before: was, after: is });
}

/** The members that no rule knows. */
function unrecognised(
  pointer: string,
  before: JsonObject,
  after: JsonObject,
  known: readonly string[],
  changes: Change[],
): void {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (known.includes(name) || sameJson(before.get(name), after.get(name))) continue;
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const [was, is] = [before.get(name), after.get(name)];
    const values = { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    changes.push({ kind: 'unrecognised', pointer: at, ...values });
  }
}

/** The keyids of a role's entry. */
function keyidsIn(entry: JsonObject): readonly string[] {
  return (entry.get('keyids') ?? []) as readonly string[];
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const found = object.get(name);
  return found instanceof Map ? (found as JsonObject) : noJson;
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return new Map([...object].filter(([name]) => !names.includes(name)));
}

/** Whether two values are signed alike: the order of members does not count. */
function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && (a as readonly Json[]).every((item, i) => sameJson(item, b[i] as Json));
  }
  if (!(a instanceof Map && b instanceof Map)) return false;
  const [x, y] = [a as JsonObject, b as JsonObject];
  return x.size === y.size && [...x].every(([name, value]) => y.has(name) && sameJson(value, y.get(name)));
}
