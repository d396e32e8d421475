// @ts-check
/** Delegations: named roles with paths or hash prefixes, and the succinct roles of TAP 15. */
import { delegatedRole, honest } from './documents.mjs';
import { keys } from './keys.mjs';
import { accept, allBut, reject, sweep, withSigned } from './reading-vector.mjs';
import { members, raw, withValue } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./vector.mjs').About} About */

/** @type {About} */
const shape = {
  section: '4.5',
  level: 'MUST',
  attack: 'denial-of-service',
  rows: ['4.5-o', 'A-32', 'JSON-01', 'GO-14', 'GAP-13'],
  effect: 'valid JSON of the wrong shape crashes the reader before it has checked a signature (CVE-2026-23991)',
};

/** @type {About} */
const priority = {
  ...shape,
  attack: 'wrong-software',
  rows: ['4.5-e', '4.5-n', '4.5-o', 'GAP-09'],
  effect: 'readers disagree about which delegation comes first, and so about whose files are installed',
};

/** @type {About} */
const name = {
  ...shape,
  level: 'decision',
  attack: 'type-confusion',
  rows: ['A-39', 'GAP-09', 'GAP-11'],
  effect: 'the metadata of a delegated role is stored or fetched under the name of another file',
};

/** @type {About} */
const paths = {
  ...shape,
  level: 'decision',
  attack: 'privilege-escalation',
  rows: ['4.5-h', 'A-14', 'A-32', 'JSON-01', 'GAP-09'],
  effect: 'a role is trusted for paths that its delegator did not mean: for one of two lists, or for everything',
};

/** @type {About} */
const fine = {
  ...shape,
  attack: 'lock-out',
  rows: ['4.5-h', 'A-14', 'A-33', 'A-49'],
  effect: 'honest metadata is refused',
};

const roles = /** @type {const} */ (['delegations', 'roles']);
const first = /** @type {const} */ (['delegations', 'roles', 0]);

export function vectors() {
  return [...shapes(), ...namesOfRoles(), ...patterns(), ...terminating(), ...unrecognised(), ...order()];
}

function shapes() {
  return [
    ...sweep('targets', 'delegations', ['delegations'], allBut('missing'), shape),
    ...sweep('targets', 'delegations-roles', roles, allBut('array'), shape),
    reject(
      'targets',
      'delegations-roles-by-name',
      'the roles are an object with the names as its members',
      withSigned('targets', roles, { packages: delegatedRole() }),
      priority,
    ),
    ...sweep('targets', 'delegated-role', first, allBut('missing'), shape),
    ...sweep('targets', 'delegated-name', [...first, 'name'], allBut('text'), { ...name, level: 'MUST' }),
    accept('targets', 'delegations-absent', 'no delegations', withSigned('targets', ['delegations'], undefined), fine),
    accept(
      'targets',
      'delegations-without-roles',
      'delegations with an empty list of roles',
      withSigned('targets', roles, []),
      fine,
    ),
    reject(
      'delegated',
      'delegations-null',
      '/signed/delegations is null',
      withSigned('delegated', ['delegations'], null),
      shape,
    ),
    reject(
      'delegated',
      'delegations-array',
      '/signed/delegations is an empty array',
      withSigned('delegated', ['delegations'], []),
      shape,
    ),
    accept(
      'delegated',
      'delegations',
      'a delegated role that delegates further',
      withSigned('delegated', ['delegations'], nested()),
      fine,
    ),
  ];
}

/** @returns {Tree} */
function nested() {
  const { keyid, key } = keys.snapshot;
  return { keys: { [keyid]: key }, roles: [{ ...delegatedRole(), keyids: [keyid], name: 'inner' }] };
}

function namesOfRoles() {
  const named = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {string} */ text) =>
    reject('targets', `delegated-name-${label}`, comment, withSigned('targets', [...first, 'name'], text), name);
  const two = (/** @type {string} */ second) =>
    withSigned('targets', roles, [delegatedRole(), { ...delegatedRole(), name: second, paths: ['*'] }]);
  const read = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string} */ text,
    /** @type {About} */ about,
  ) => accept('targets', `delegated-name-${label}`, comment, two(text), about);
  const odd = {
    ...name,
    attack: 'lock-out',
    rows: ['A-39', 'A-41', 'GAP-11'],
    effect: 'one odd name makes the whole file unreadable, and with it every other delegation',
  };
  const ordinary = {
    ...name,
    rows: ['A-67', 'A-36'],
    attack: 'parser-differential',
    effect: 'a role that is a name of the programming language is taken for visited, or looked up in the wrong place',
  };
  return [
    named('text', 'a delegated role with an empty name', ''),
    named('is-root', 'a delegated role named root', 'root'),
    named('is-timestamp', 'a delegated role named timestamp', 'timestamp'),
    named('is-snapshot', 'a delegated role named snapshot', 'snapshot'),
    named('is-targets', 'a delegated role named targets', 'targets'),
    reject('targets', 'delegated-name-duplicate', 'two delegated roles with one name', two('packages'), priority),
    reject(
      'targets',
      'delegated-name-duplicate-same',
      'one delegated role twice, word for word',
      withSigned('targets', roles, [delegatedRole(), delegatedRole()]),
      priority,
    ),
    reject(
      'targets',
      'delegated-name-duplicate-escaped',
      'two delegated roles with one name in two spellings',
      withSigned('targets', roles, [
        delegatedRole(),
        { ...delegatedRole(), name: raw('"\\u0070ackages"', '"packages"', 'packages') },
      ]),
      priority,
    ),
    read('capital', 'a delegated role named Root', 'Root', odd),
    read('slashes', 'a delegated role named ../a/b', '../a/b', odd),
    read('version', 'a delegated role named 2.root', '2.root', { ...odd, rows: ['A-40'] }),
    read('unicode', 'a delegated role named é in two code points', 'e\u0301', odd),
    read('space', 'a delegated role whose name is a space', ' ', odd),
    read('proto', 'a delegated role named __proto__', '__proto__', ordinary),
    read('constructor', 'a delegated role named constructor', 'constructor', ordinary),
  ];
}

function patterns() {
  const bare = { keyids: [keys.packages.keyid], name: 'packages', terminating: false, threshold: 1 };
  const prefixes = { ...bare, path_hash_prefixes: ['00', 'ff'] };
  const refused = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {Tree} */ role) =>
    reject('targets', `delegated-${label}`, comment, withSigned('targets', first, role), paths);
  const read = (/** @type {string} */ label, /** @type {string} */ comment, /** @type {Tree} */ role) =>
    accept('targets', `delegated-${label}`, comment, withSigned('targets', first, role), {
      ...fine,
      level: 'decision',
    });
  return [
    ...sweep('targets', 'delegated-paths', [...first, 'paths'], allBut('missing', 'array'), paths),
    refused('paths-item-null', 'a path pattern is null', { ...bare, paths: ['a', null] }),
    refused('paths-item-number', 'a path pattern is a number', { ...bare, paths: [0] }),
    refused('paths-item-array', 'a path pattern is an array', { ...bare, paths: [['a']] }),
    refused('paths-pattern', 'paths is one pattern instead of a list', { ...bare, paths: 'packages/*' }),
    refused('prefixes-null', 'path_hash_prefixes is null', { ...bare, path_hash_prefixes: null }),
    refused('prefixes-object', 'path_hash_prefixes is an object', { ...bare, path_hash_prefixes: {} }),
    refused('prefixes-prefix', 'path_hash_prefixes is one prefix instead of a list', {
      ...bare,
      path_hash_prefixes: '00',
    }),
    refused('prefixes-zero', 'path_hash_prefixes is 0', { ...bare, path_hash_prefixes: 0 }),
    refused('prefixes-true', 'path_hash_prefixes is true', { ...bare, path_hash_prefixes: true }),
    refused('prefixes-item-number', 'a hash prefix is a number', { ...bare, path_hash_prefixes: [0] }),
    refused('prefixes-item-null', 'a hash prefix is null', { ...bare, path_hash_prefixes: [null] }),
    refused('paths-and-prefixes', 'both paths and path_hash_prefixes', { ...prefixes, paths: ['packages/*'] }),
    refused('paths-and-prefixes-empty', 'both paths and path_hash_prefixes, and both are empty', {
      ...bare,
      paths: [],
      path_hash_prefixes: [],
    }),
    read('without-paths', 'neither paths nor path_hash_prefixes: delegates nothing', bare),
    read('paths-empty', 'an empty list of paths: delegates nothing', { ...bare, paths: [] }),
    read('prefixes', 'hash prefixes', prefixes),
    read('prefixes-empty', 'an empty list of hash prefixes: delegates nothing', { ...bare, path_hash_prefixes: [] }),
    read('prefixes-odd', 'prefixes in upper case, of no digit, longer than a digest and not hex: read as they are', {
      ...bare,
      path_hash_prefixes: ['FF', '', '0'.repeat(65), 'zz', 'f'],
    }),
    read('paths-odd', 'patterns that are empty, malformed, absolute and repeated: read as they are', {
      ...bare,
      paths: ['', '[', '/a', '**', '{a,b}', '!a', 'a', 'a'],
    }),
    read('paths-escaped', 'a pattern spelled with escapes', {
      ...bare,
      paths: [raw('"packages\\/\\u002a"', '"packages/*"', 'packages/*')],
    }),
  ];
}

function terminating() {
  const at = [...first, 'terminating'];
  const about = {
    ...shape,
    attack: 'wrong-software',
    rows: ['4.5-g', 'A-33', 'A-32', 'JSON-01'],
    effect: 'a value that is neither true nor false ends the search for one reader and not for another',
  };
  return [
    ...sweep('targets', 'delegated-terminating', at, allBut('missing', 'true'), about),
    reject(
      'targets',
      'delegated-terminating-text-false',
      'terminating is the string "false", which is true in many languages',
      withSigned('targets', at, 'false'),
      about,
    ),
    reject('targets', 'delegated-terminating-one', 'terminating is 1', withSigned('targets', at, 1), about),
    accept(
      'targets',
      'delegated-terminating-absent',
      'without terminating, as in the example of the specification: it means false',
      withSigned('targets', at, undefined),
      {
        ...fine,
        level: 'decision',
        rows: ['4.5-g', 'A-33'],
        effect: 'the example of the specification is refused',
        peers: [
          'python-tuf 5.1.0, tuf-js 5.0.1 and tough 0.19 refuse it',
          'go-tuf v2 adds the member, so that the signature fails',
        ],
      },
    ),
    accept('targets', 'delegated-terminating-true', 'terminating is true', withSigned('targets', at, true), fine),
  ];
}

/** Members that no release knows. */
function unrecognised() {
  const note = { ...fine, rows: ['4-a'] };
  return [
    accept(
      'targets',
      'delegations-member',
      'an unrecognised member in delegations',
      withSigned('targets', ['delegations', 'x-note'], { a: null }),
      note,
    ),
    accept(
      'targets',
      'delegated-member',
      'an unrecognised member in a delegated role',
      withSigned('targets', [...first, 'x-note'], [0]),
      { ...note, peers: ['tough 0.19 loses the member, so that the signature fails'] },
    ),
  ];
}

/** Roles keep the order of the array, whatever their names. */
function order() {
  const named = ['b', '10', '2', '__proto__', 'a', '1'];
  const list = named.map((text) => ({ ...delegatedRole(), name: text, paths: ['*'] }));
  const keysOf = members([[keys.packages.keyid, keys.packages.key]]);
  const signed = withValue(honest.targets(), ['delegations'], { keys: keysOf, roles: list });
  return [
    accept(
      'targets',
      'delegations-order',
      'roles named b, 10, 2, __proto__, a, 1: the order of the list stays',
      { signed },
      {
        ...priority,
        rows: ['4.5-n', '4.5-o', 'A-67'],
        peers: ['tuf-js 5.0.1 reorders names that look like numbers'],
      },
    ),
  ];
}
