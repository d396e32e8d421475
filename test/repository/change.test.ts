import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/metadata/canonical-json.ts';
import { type Json, type JsonObject, jsonOf, parseJson, plainJson } from '../../src/metadata/json.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { matchesPattern } from '../../src/metadata/target-path.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { type Change, changesOf } from '../../src/repository/change.ts';
import { patternsOverlap, StepBudget } from '../../src/repository/delegation-reach.ts';
import type { Tree } from '../../src/repository/draft.ts';
import { wireEnvelope, wireJson } from '../../src/repository/wire-json.ts';

const copyOf = (value: Json): Json => parseJson(wireJson(value, 'olpc'));

function treeIn(tree: Tree, name: string): Tree {
  if (!tree.has(name)) tree.set(name, new Map());
  return tree.get(name) as Tree;
}

/** Does what a review says, to the document before: an implementation apart from the one that says it. */
function apply(type: 'root' | 'targets', before: JsonObject | undefined, changes: readonly Change[]): Json {
  const tree = (before === undefined ? new Map([['_type', type]]) : copyOf(before)) as Tree;
  const map = (name: string): Tree => treeIn(tree, name);
  if (before === undefined) (type === 'root' ? ['keys', 'roles'] : ['targets']).forEach(map);
  const delegator = (): Tree => (type === 'root' ? tree : map('delegations'));
  const roles = (): Map<string, Tree> =>
    type === 'root'
      ? (map('roles') as Map<string, Tree>)
      : new Map(((delegator().get('roles') ?? []) as Tree[]).map((role) => [role.get('name') as string, role]));
  const setRoles = (next: Map<string, Tree>): void => void delegator().set('roles', [...next.values()]);
  for (const change of changes) {
    switch (change.kind) {
      case 'version':
      case 'expires':
        tree.set(change.kind, change.after);
        break;
      case 'spec-version':
        tree.set('spec_version', change.after);
        break;
      case 'consistent-snapshot':
        if (change.after === null) tree.delete('consistent_snapshot');
        else tree.set('consistent_snapshot', change.after);
        break;
      case 'delegations':
        if (!change.after) tree.delete('delegations');
        else treeIn(map('delegations'), 'keys');
        break;
      case 'key-added':
        treeIn(delegator(), 'keys').set(change.keyid, change.key);
        break;
      case 'key-removed':
        if (type === 'root' || tree.has('delegations')) treeIn(delegator(), 'keys').delete(change.keyid);
        break;
      case 'key-changed':
        treeIn(delegator(), 'keys').set(change.keyid, change.after);
        break;
      case 'role-keys': {
        const role = roles().get(change.role) ?? treeIn(map('roles'), change.role);
        role.set('keyids', [...change.after]);
        break;
      }
      case 'threshold': {
        const role = roles().get(change.role) ?? treeIn(map('roles'), change.role);
        role.set('threshold', change.after);
        break;
      }
      case 'target-added':
      case 'target-changed':
        map('targets').set(change.path, change.after);
        break;
      case 'target-removed':
        map('targets').delete(change.path);
        break;
      case 'bins':
        if (!tree.has('delegations')) break;
        if (change.after === null) {
          delegator().delete('succinct_roles');
          delegator().set('roles', []);
        } else {
          delegator().set('succinct_roles', change.after);
          delegator().delete('roles');
        }
        break;
      case 'delegation-added':
        setRoles(roles().set(change.role, copyOf(change.after) as Tree));
        break;
      case 'delegation-changed': {
        const now = roles();
        const old = now.get(change.role) as Tree;
        const next = copyOf(change.after) as Tree;
        for (const name of ['keyids', 'threshold']) next.set(name, old.get(name) as Json);
        setRoles(now.set(change.role, next));
        break;
      }
      case 'delegation-removed': {
        if (!tree.has('delegations') || delegator().has('succinct_roles')) break;
        const now = roles();
        now.delete(change.role);
        setRoles(now);
        break;
      }
      case 'delegation-order': {
        const now = roles();
        setRoles(new Map(change.after.map((name) => [name, now.get(name) as Tree])));
        break;
      }
      case 'unrecognised': {
        const steps = change.pointer
          .slice(1)
          .split('/')
          .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
        const last = steps.pop() as string;
        if (steps[0] === 'delegations' && !tree.has('delegations')) break;
        const place = steps.reduce((at, step) => treeIn(at, step), tree);
        if (change.after === undefined) place.delete(last);
        else place.set(last, change.after);
      }
    }
  }
  const delegations = tree.get('delegations') as Tree | undefined;
  if (delegations !== undefined && !delegations.has('roles') && !delegations.has('succinct_roles'))
    delegations.set('roles', []);
  return tree;
}

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const unknown = fc.oneof(
  fc.constant({}),
  fc.constant({ 'x-a': 1 }),
  fc.constant({ 'x-a': { b: [1, null, 'c'] } }),
  fc.constant({ 'x/~b': true, 'x-a': 2 }),
);
const keyObject = fc
  .tuple(pick('11', '22'), unknown, pick({}, { 'x-tufa-owner': 'alice' }, { 'x-tufa-owner': 7 }))
  .map(([half, more, owner]) => ({
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: half.repeat(32), ...more },
    ...owner,
  }));
const keyids = fc.uniqueArray(pick('k1', 'k2', 'k3', '__proto__'), { maxLength: 4 });
const keys = fc.dictionary(pick('k1', 'k2', 'k3', 'k4'), keyObject);
const roleEntry = fc.tuple(keyids, fc.integer({ min: 1, max: 3 }), unknown).map(([list, threshold, more]) => {
  return { keyids: list, threshold, ...more };
});
const head = fc.record({
  version: fc.integer({ min: 1, max: 3 }),
  expires: pick('2030-01-01T00:00:00Z', '2031-01-01T00:00:00Z', '2029-05-05T01:02:03Z'),
  spec_version: pick('1.0', '1.0.34'),
});
const rootTree = fc
  .tuple(
    head,
    keys,
    fc.tuple(roleEntry, roleEntry, roleEntry, roleEntry),
    unknown,
    unknown,
    pick({}, { consistent_snapshot: true }, { consistent_snapshot: false }),
  )
  .map(([top, keyMap, [root, targets, snapshot, timestamp], more, moreRoles, consistent]) =>
    jsonOf({
      _type: 'root',
      ...top,
      keys: keyMap,
      roles: { root, targets, snapshot, timestamp, ...moreRoles },
      ...more,
      ...consistent,
    }),
  );
const entry = fc
  .tuple(fc.integer({ min: 0, max: 2 }), pick('a', 'b'), unknown, pick({}, { custom: { x: 1 } }, { custom: {} }))
  .map(([length, digit, more, custom]) => ({ length, hashes: { sha256: digit.repeat(64) }, ...more, ...custom }));
const delegatedRole = fc
  .tuple(
    roleEntry,
    pick({ paths: ['a/*'] }, { paths: ['b', 'a/*'] }, { path_hash_prefixes: ['0'] }, {}),
    pick({}, { terminating: true }, { terminating: false }),
  )
  .map(([role, reach, terminating]) => ({ ...role, ...reach, ...terminating }));
const delegations = fc.oneof(
  fc.constant(undefined),
  fc
    .tuple(
      keys,
      fc.uniqueArray(fc.tuple(pick('r1', 'r2', 'r3', 'r4'), delegatedRole), {
        selector: ([name]) => name,
        maxLength: 4,
      }),
      unknown,
    )
    .map(([keyMap, roles, more]) => ({
      keys: keyMap,
      roles: roles.map(([name, role]) => ({ name, ...role })),
      ...more,
    })),
  fc.tuple(keys, roleEntry, fc.integer({ min: 1, max: 4 })).map(([keyMap, role, bits]) => ({
    keys: keyMap,
    succinct_roles: { ...role, bit_length: bits, name_prefix: 'bin' },
  })),
);
const targetsTree = fc
  .tuple(head, fc.dictionary(pick('a', 'b/c', '__proto__', '1'), entry), delegations, unknown)
  .map(([top, targets, delegated, more]) =>
    jsonOf({
      _type: 'targets',
      ...top,
      targets,
      ...(delegated === undefined ? {} : { delegations: delegated }),
      ...more,
    }),
  );

function check(type: 'root' | 'targets', before: Json | undefined, after: Json): void {
  const changes = changesOf(type, before as JsonObject | undefined, after as JsonObject);
  const applied = apply(type, before as JsonObject | undefined, changes);
  expect(plainJson(copyOf(applied))).toEqual(plainJson(copyOf(after)));
  expect(Buffer.from(canonicalJson(applied)).equals(Buffer.from(canonicalJson(after)))).toBe(true);
  const isSame = before !== undefined && Buffer.from(canonicalJson(before)).equals(Buffer.from(canonicalJson(after)));
  expect(changes.length === 0).toBe(isSame);
}

const envelope = (signed: Json): Uint8Array => wireEnvelope([], wireJson(signed, 'olpc'), new Map(), 'olpc');

describe('what a review says of a change', () => {
  it('is all of it, for any two roots', () => {
    fc.assert(
      fc.property(rootTree, rootTree, (before, after) => {
        parseRoot(envelope(after)); // a draft that is read
        check('root', before, after);
        check('root', undefined, after);
        check('root', before, before);
      }),
      { numRuns: 100 },
    );
  });

  it('is all of it, for any two targets roles', () => {
    fc.assert(
      fc.property(targetsTree, targetsTree, (before, after) => {
        parseTargets(envelope(after));
        check('targets', before, after);
        check('targets', undefined, after);
        check('targets', before, before);
      }),
      { numRuns: 150 },
    );
  });

  it('tells by how much the end moves', () => {
    const at = (expires: string) => jsonOf({ version: 1, spec_version: '1.0', expires }) as JsonObject;
    const changes = changesOf('targets', at('2030-01-31T00:00:00Z'), at('2030-01-01T00:00:00Z'));
    expect(changes).toMatchObject([{ kind: 'expires', movedSeconds: -30 * 86_400 }]);
  });
});

describe('two path patterns', () => {
  const budget = () => new StepBudget(10_000);
  const segment = fc.array(pick('a', 'b', '*', '?', '[ab]', '[!a]'), { maxLength: 4 }).map((parts) => parts.join(''));
  const pattern = fc.array(segment, { minLength: 1, maxLength: 2 }).map((parts) => parts.join('/'));
  const path = fc.array(
    fc.array(pick('a', 'b', 'c'), { maxLength: 4 }).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 2 },
  );

  it('[A-47] overlap where any path matches both', () => {
    fc.assert(
      fc.property(pattern, pattern, path, (one, other, parts) => {
        const each = parts.join('/');
        if (matchesPattern(one, each) && matchesPattern(other, each))
          expect(patternsOverlap(one, other, budget())).toBe(true);
        expect(patternsOverlap(one, other, budget())).toBe(patternsOverlap(other, one, budget()));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['a*', 'b*', false],
    ['*a', 'b*', true],
    ['a?', 'ab', true],
    ['a?', 'a', false],
    ['ab', 'abc', false],
    ['*.tgz', 'x*z', true],
    ['*', '', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(patternsOverlap(one, other, budget())).toBe(expected);
  });

  it('may overlap, where the budget is spent', () => {
    const spent = new StepBudget(12);
    expect(patternsOverlap('abc', 'abd', spent)).toBe(true);
    expect(spent.isSpent).toBe(true);
    expect(patternsOverlap('a', 'b', spent)).toBe(true);
  });
});
