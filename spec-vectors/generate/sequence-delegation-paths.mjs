// @ts-check
/** With which paths a delegated role is trusted: patterns, hash prefixes, and paths that its delegator never gave it. */
import { createHash } from 'node:crypto';
import { sha256 } from './keys.mjs';
import { Repository } from './repository.mjs';
import { sequenceVector } from './sequence.mjs';
import {
  absentVector,
  found,
  helloAgain,
  notFound,
  released,
  rootOf,
  text,
  wrongDelegation,
} from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./tree.mjs').Tree} Tree */
/** @typedef {import('./repository.mjs').Delegated} Delegated */
/** @typedef {{ [member: string]: Tree }} Delegation */

const path = 'foo/file.txt';
const digest = sha256(path);
const content = text('the file of a\n');

/** @type {About} */
const outside = {
  section: '4.5',
  level: 'MUST',
  attack: 'privilege-escalation',
  rows: ['4.5-j', '5.6.7.2', 'T17', 'A-61', 'DLG-10', 'SG-7'],
  effect: 'a delegate signs targets that nobody delegated to it',
};
/** @type {About} */
const pattern = {
  section: '4.5',
  level: 'MUST',
  attack: 'lock-out',
  rows: ['4.5-k', 'A-47', 'DLG-06'],
  effect: 'an honest target is not found',
};
/** @type {About} */
const dialect = {
  ...pattern,
  level: 'decision',
  attack: 'privilege-escalation',
  rows: ['4.5-k', 'A-47', 'T17', 'DLG-06', 'XC-2', 'J5', 'GAP-10'],
  effect: 'one client trusts a delegate with more paths than another, by the habits of its library',
};
/** @type {About} */
const prefixes = {
  section: '4.5',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['4.5-i', 'A-49', 'GAP-09'],
  effect: 'targets are looked up in the wrong bin: honest ones are not found, and others may answer',
};
/** @type {About} */
const lists = {
  section: '4.5',
  level: 'decision',
  attack: 'privilege-escalation',
  rows: ['4.5-h', 'A-14', 'J24', 'GAP-09'],
  effect: 'a role without paths is trusted with all of them, or with those of one of two lists',
};

export function vectors() {
  return [...patterns(), ...dialects(), ...escapes(), ...hashPrefixes(), ...listForms()];
}

/** @param {Delegation} delegation @param {string} wanted */
function repositoryWith(delegation, wanted) {
  return released({ delegated: [{ name: 'a', delegation, targets: { [wanted]: content } }] });
}

/** The delegation covers the path: a answers. @param {string} name @param {string} comment @param {About} about @param {Delegation} delegation @param {string} [wanted] */
function covers(name, comment, about, delegation, wanted = path) {
  const release = repositoryWith(delegation, wanted);
  return sequenceVector(`delegation/${name}`, comment, about, rootOf(release), [
    found(release, wanted, content, ['a']),
  ]);
}

/** It does not: a has the target and is not asked. @param {string} name @param {string} comment @param {About} about @param {Delegation} delegation @param {string} [wanted] */
function coversNot(name, comment, about, delegation, wanted = path) {
  return absentVector(`delegation/${name}`, comment, about, repositoryWith(delegation, wanted), wanted, []);
}

function patterns() {
  const star = { ...outside, level: /** @type {const} */ ('SHOULD'), rows: ['4.5-l', 'A-47', 'T17', 'DLG-06', 'RS-8'] };
  return [
    covers(
      'pattern-star-in-name',
      'targets/*.tgz covers targets/foo.tgz',
      pattern,
      { paths: ['targets/*.tgz'] },
      'targets/foo.tgz',
    ),
    coversNot(
      'pattern-star-other-end',
      'targets/*.tgz does not cover targets/foo.txt',
      { ...outside, rows: ['4.5-k', ...outside.rows] },
      { paths: ['targets/*.tgz'] },
      'targets/foo.txt',
    ),
    covers(
      'pattern-question-mark',
      'foo-version-?.tgz covers foo-version-2.tgz',
      pattern,
      { paths: ['foo-version-?.tgz'] },
      'foo-version-2.tgz',
    ),
    coversNot(
      'pattern-question-mark-two',
      'foo-version-?.tgz does not cover foo-version-10.tgz',
      { ...outside, rows: ['4.5-k', ...outside.rows] },
      { paths: ['foo-version-?.tgz'] },
      'foo-version-10.tgz',
    ),
    coversNot(
      'pattern-star-and-slash',
      '*.tgz does not cover targets/foo.tgz',
      star,
      { paths: ['*.tgz'] },
      'targets/foo.tgz',
    ),
    coversNot(
      'pattern-star-and-folder',
      'foo/* does not cover foo/sub/file.txt',
      star,
      { paths: ['foo/*'] },
      'foo/sub/file.txt',
    ),
    coversNot('pattern-question-mark-and-slash', 'foo?file.txt does not cover foo/file.txt', star, {
      paths: ['foo?file.txt'],
    }),
    coversNot(
      'pattern-as-prefix',
      'foo/ and foo do not cover foo/file.txt',
      { ...outside, rows: ['4.5-k', 'A-47', 'DLG-06', 'RS-8'] },
      { paths: ['foo/', 'foo'] },
    ),
    covers('pattern-whole-path', 'foo/file.txt covers itself', pattern, { paths: ['foo/file.txt'] }),
    covers('pattern-second', 'of three patterns the second covers the path', pattern, {
      paths: ['bar/*', 'foo/*', 'baz/*'],
    }),
    covers('pattern-star-per-segment', '*/* covers foo/file.txt', pattern, { paths: ['*/*'] }),
    coversNot(
      'pattern-leading-slash',
      '/foo/* does not cover foo/file.txt: no slash is taken away',
      { ...dialect, rows: ['4.5-m', '4.5-b', 'A-47', 'GAP-10'], attack: 'parser-differential' },
      { paths: ['/foo/*'] },
    ),
    coversNot(
      'pattern-without-leading-slash',
      'foo/* does not cover /foo/file.txt: no slash is taken away',
      { ...dialect, rows: ['4.5-m', '4.5-b', 'A-15', 'A-47', 'GAP-10'] },
      { paths: ['foo/*'] },
      '/foo/file.txt',
    ),
    covers(
      'pattern-hidden-file',
      'foo/* covers foo/.hidden',
      { ...pattern, level: 'decision', rows: ['4.5-k', 'A-47', 'J5'] },
      { paths: ['foo/*'] },
      'foo/.hidden',
    ),
  ];
}

function dialects() {
  const not = (
    /** @type {string} */ name,
    /** @type {string} */ given,
    /** @type {string} */ wanted,
    about = dialect,
  ) => coversNot(`pattern-${name}`, `${given} does not cover ${wanted}`, about, { paths: [given] }, wanted);
  const letterCase = { ...dialect, rows: ['A-47', 'T17', 'DLG-05', 'PY-9', 'DLG-06'] };
  const caseFirst = released({
    delegated: [
      { name: 'upper', delegation: { paths: ['Foo/*'] }, targets: { [path]: text('the file of upper\n') } },
      { name: 'lower', delegation: { paths: ['foo/*'] }, targets: { [path]: content } },
    ],
  });
  const many = 'a'.repeat(60);
  return [
    not('double-star', '**', path),
    not('double-star-folder', 'foo/**', 'foo/sub/file.txt'),
    not('braces', '{foo,bar}/*', path),
    not('negation', '!secret/*', 'public/file.txt'),
    not('alternatives', '@(foo|bar)/+(f)ile.txt', path),
    not('letter-case', 'foo/*', 'Foo/file.txt', letterCase),
    not('letter-case-of-pattern', 'FOO/*', path, letterCase),
    not('backslash', 'foo/*', 'foo\\file.txt', { ...dialect, rows: ['A-47', 'A-15', 'T17', 'DLG-05', 'PY-9'] }),
    not('dot-segments', 'foo/*', 'foo/../bar/file.txt', {
      ...outside,
      rows: ['4.5-k', 'A-15', 'A-47', 'T17', 'GAP-10'],
    }),
    not('empty-segment', 'foo/*', 'foo//file.txt', { ...dialect, rows: ['A-47', 'T17', 'GAP-10'] }),
    not('composed-letter', 'caf\u00e9/*', 'cafe\u0301/file.txt', { ...dialect, rows: ['A-15', 'A-47', 'DLG-06'] }),
    covers(
      'pattern-number-sign',
      '#x/* covers #x/file.txt: no comment',
      { ...dialect, attack: 'lock-out' },
      { paths: ['#x/*'] },
      '#x/file.txt',
    ),
    sequenceVector(
      'delegation/pattern-letter-case-in-order',
      'Foo/* is delegated first and foo/* second, to different roles that both have foo/file.txt',
      { ...letterCase, attack: 'wrong-software' },
      rootOf(caseFirst),
      [found(caseFirst, path, content, ['lower'])],
    ),
    coversNot(
      'pattern-many-stars',
      'eight stars against sixty letters that nearly fit: decided at once',
      {
        ...outside,
        level: 'decision',
        attack: 'denial-of-service',
        rows: ['A-47', 'J6', 'T19'],
        effect: 'one pattern of a delegator keeps every client busy for minutes or years',
      },
      { paths: ['*a*a*a*a*a*a*a*a*b'] },
      many,
    ),
  ];
}

function escapes() {
  /** @type {Delegated[]} */
  const chain = [
    { name: 'a', delegation: { paths: ['foo/*'] } },
    {
      name: 'b',
      by: 'a',
      delegation: { paths: ['*/*.txt'] },
      targets: { 'foo/file.txt': content, 'bar/file.txt': text('bar\n') },
    },
  ];
  const nested = released({ delegated: chain });
  const plain = released({
    delegated: [
      {
        name: 'a',
        delegation: { paths: ['foo/*'] },
        targets: { 'foo/file.txt': content, 'bar/file.txt': text('bar\n'), 'top.txt': text('top\n') },
      },
    ],
  });
  const replaced = released({
    targets: { 'hello.txt': text('hello\n'), 'bar/file.txt': text('the honest one\n') },
    delegated: [
      {
        name: 'a',
        delegation: { paths: ['*'] },
        targets: { 'hello.txt': text('evil\n'), 'bar/file.txt': text('evil too\n') },
      },
    ],
  });
  return [
    absentVector(
      'delegation/outside-its-paths',
      'a is trusted with foo/* and also lists bar/file.txt',
      outside,
      plain,
      'bar/file.txt',
      [],
    ),
    absentVector(
      'delegation/outside-its-paths-at-top',
      'a is trusted with foo/* and also lists top.txt',
      outside,
      plain,
      'top.txt',
      [],
    ),
    sequenceVector(
      'delegation/outside-after-inside',
      'a is trusted with foo/* and also lists bar/file.txt; its own target is asked for first, so that a is known',
      outside,
      rootOf(plain),
      [
        found(plain, 'foo/file.txt', content, ['a']),
        { ...notFound(plain, 'bar/file.txt'), alsoTrusted: ['a'], written: { 'foo/file.txt': content } },
        { ...helloAgain(plain), written: { 'hello.txt': text('hello\n'), 'foo/file.txt': content } },
      ],
    ),
    sequenceVector(
      'delegation/inside-every-role-of-chain',
      'a is trusted with foo/*, a trusts b with */*.txt: foo/file.txt is within both',
      { ...outside, attack: 'lock-out', effect: 'an honest target is not found' },
      rootOf(nested),
      [found(nested, 'foo/file.txt', content, ['a', 'b'])],
    ),
    absentVector(
      'delegation/outside-first-role-of-chain',
      'a is trusted with foo/*, a trusts b with */*.txt: b lists bar/file.txt, which is within the second alone',
      outside,
      nested,
      'bar/file.txt',
      [],
    ),
    absentVector(
      'delegation/outside-last-role-of-chain',
      'a is trusted with foo/*, a trusts b with foo/*.md: b lists foo/file.txt, which is within the first alone',
      outside,
      released({
        delegated: chain.map((role) => (role.name === 'b' ? { ...role, delegation: { paths: ['foo/*.md'] } } : role)),
      }),
      'foo/file.txt',
      ['a'],
    ),
    sequenceVector(
      'delegation/listed-by-delegator-already',
      'a is trusted with * and lists other content for a target of targets',
      { ...outside, rows: ['5.6.7.1c', '2.1.2-a', 'T17'] },
      rootOf(replaced),
      [
        {
          serve: replaced,
          download: ['hello.txt', 'bar/file.txt'],
          requests: null,
          written: { 'hello.txt': text('hello\n'), 'bar/file.txt': text('the honest one\n') },
        },
      ],
    ),
    sequenceVector(
      'delegation/order-changed-by-next-version',
      'a and b both list the target, with different content; the second release puts b first',
      {
        ...outside,
        attack: 'wrong-software',
        rows: ['4.5-n', '5.6.7.2', 'GAP-09'],
        effect: 'a role with less priority answers',
      },
      rootOf(replaced),
      reordered(),
    ),
  ];
}

/** Two releases in which two roles that have the target change places. */
function reordered() {
  const other = text('the file of b\n');
  const repository = new Repository({
    delegated: [
      { name: 'a', delegation: { paths: ['foo/*'] }, targets: { [path]: content } },
      { name: 'b', delegation: { paths: ['foo/*'] }, targets: { [path]: other } },
    ],
  });
  const first = repository.publish();
  repository.delegated.reverse();
  const second = repository.publish({ bump: ['targets', 'snapshot', 'timestamp'] });
  return [found(first, path, content, ['a']), { ...found(second, path, other, ['b']) }];
}

function hashPrefixes() {
  const by = (/** @type {string[]} */ ...list) => ({ path_hash_prefixes: list });
  const others = [...'0123456789abcdef'].filter((digit) => digit !== digest[0]);
  const lettered = 'foo/a.txt';
  const upper = sha256(lettered).slice(0, 3).toUpperCase();
  if (!/[A-F]/.test(upper)) throw new Error(`${upper} has no letter`);
  const sha512 = createHash('sha512').update(path).digest('hex').slice(0, 3);
  const decided = { ...prefixes, level: /** @type {const} */ ('decision') };
  return [
    covers('hash-prefix-one-digit', 'the first digit of the digest of the path', prefixes, by(digest.slice(0, 1))),
    covers(
      'hash-prefix-two-digits',
      'the first two digits of the digest of the path',
      prefixes,
      by(digest.slice(0, 2)),
    ),
    covers(
      'hash-prefix-odd-length',
      'the first seven digits of the digest of the path',
      prefixes,
      by(digest.slice(0, 7)),
    ),
    covers('hash-prefix-whole-digest', 'all 64 digits of the digest of the path', prefixes, by(digest)),
    covers(
      'hash-prefix-last-of-sixteen',
      'sixteen prefixes of one digit, that of the path last',
      prefixes,
      by(...others, digest.slice(0, 1)),
    ),
    coversNot('hash-prefix-other', 'all first digits but that of the path', prefixes, by(...others)),
    coversNot('hash-prefix-end-of-digest', 'the last digits of the digest of the path', prefixes, by(digest.slice(-4))),
    coversNot(
      'hash-prefix-sha512',
      'the first digits of the SHA-512 of the path',
      { ...prefixes, rows: ['4.5-i', '458-d', 'A-49'] },
      by(sha512),
    ),
    coversNot('hash-prefix-longer-than-digest', 'the digest of the path and one more digit', decided, by(`${digest}0`)),
    coversNot(
      'hash-prefix-upper-case',
      'the first digits of the digest of the path, in upper case: prefixes are compared as they are',
      decided,
      by(upper),
      lettered,
    ),
    covers(
      'hash-prefix-empty',
      'an empty prefix: every digest begins with it',
      { ...decided, attack: 'lock-out' },
      by(''),
    ),
  ];
}

function listForms() {
  const options = { delegated: [{ name: 'a', delegation: { paths: ['foo/*'] }, targets: { [path]: content } }] };
  /** @type {About} */
  const both = { ...lists, rows: ['4.5-h', 'A-14', 'J24', 'GAP-09'] };
  return [
    coversNot('paths-empty', 'an empty list of paths', lists, { paths: [] }),
    coversNot('hash-prefixes-empty', 'an empty list of hash prefixes', lists, { path_hash_prefixes: [] }),
    coversNot('no-paths', 'neither paths nor path_hash_prefixes', lists, {}),
    wrongDelegation(
      'paths-and-hash-prefixes',
      'paths and path_hash_prefixes, both of which cover the target',
      both,
      'malformed',
      options,
      (role) => ({ ...role, path_hash_prefixes: [digest.slice(0, 2)] }),
    ),
    wrongDelegation(
      'paths-and-hash-prefixes-empty',
      'paths, and an empty list of path_hash_prefixes',
      both,
      'malformed',
      options,
      (role) => ({ ...role, path_hash_prefixes: [] }),
    ),
    wrongDelegation(
      'paths-null',
      'paths is null',
      { ...both, rows: ['4.5-h', 'A-14', 'A-32', 'JSON-01'] },
      'malformed',
      options,
      (role) => ({
        ...role,
        paths: null,
      }),
    ),
    wrongDelegation(
      'roles-by-name',
      'the roles of the delegations are an object with their names as members',
      {
        ...both,
        level: 'MUST',
        attack: 'wrong-software',
        rows: ['4.5-o', 'JSON-01', 'GO-14'],
        effect: 'the order of the delegations is lost',
      },
      'malformed',
      options,
      (role) => role,
      (roles) => Object.fromEntries(roles.map((role) => [String(/** @type {Delegation} */ (role)['name']), role])),
    ),
  ];
}
