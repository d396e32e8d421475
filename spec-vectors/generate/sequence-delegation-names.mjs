// @ts-check
/** Names of delegated roles, of keys and of targets: those that are refused, and those that only look odd. */
import { Repository, signer } from './repository.mjs';
import { metadataPath, sequenceVector } from './sequence.mjs';
import {
  absentVector,
  found,
  hello,
  helloAgain,
  keyOf,
  released,
  rootOf,
  targetRequest,
  text,
  wrongDelegation,
} from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Options} Options */
/** @typedef {import('./tree.mjs').Tree} Tree */

const path = 'x/file.txt';
const content = text('the file of the role\n');

/** @type {About} */
const taken = {
  section: '4.5',
  level: 'decision',
  attack: 'type-confusion',
  rows: ['A-39', 'T18', 'DLG-11', 'PY-10', 'GAP-09', 'GAP-11'],
  effect: 'the metadata of a delegated role is stored or fetched in place of a top-level one',
};
/** @type {About} */
const duplicate = {
  section: '4.5',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['4.5-e', 'DLG-11', 'JF5', 'GAP-09'],
  effect: 'one client takes the first of two delegations with one name and another the last',
};
/** @type {About} */
const ordinary = {
  section: '4.5',
  level: 'decision',
  attack: 'parser-differential',
  rows: ['A-67', 'DLG-13', 'J4', 'B12'],
  effect: 'a name that means something to the programming language is found where it is not, or not where it is',
};
/** @type {About} */
const integers = {
  section: '4.5',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['4.5-n', '4.5-o', 'A-67', 'J1', 'DLG-01'],
  effect: 'names that look like numbers come first, so another role answers, or valid signatures fail',
};
/** @type {About} */
const unusual = {
  section: '4.4',
  level: 'decision',
  attack: 'path-traversal',
  rows: ['A-39', 'A-41', '3.1.2-b', 'T18', 'T29', 'PATH-01', 'PY-11', 'TH-11', 'GAP-11'],
  effect:
    'the name leads to another URL or another file than that of the role (CVE-2021-41131), or the role cannot be used',
};

export function vectors() {
  return [
    ...refusedNames(),
    ...ordinaryNames(),
    ...keyids(),
    ...targetNames(),
    ...numbers(),
    ...unusualNames(),
    ...confusedFiles(),
  ];
}

/** A repository in which one role has the target. @param {string} name @returns {Options} */
function only(name) {
  return { delegated: [{ name, delegation: { paths: ['x/*'] }, targets: { [path]: content } }] };
}

function refusedNames() {
  const renamed = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string} */ name,
    about = taken,
  ) => wrongDelegation(`role-named-${label}`, comment, about, 'malformed', only('a'), (role) => ({ ...role, name }));
  const twice = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {(role: { [member: string]: Tree }) => Tree} */ second,
  ) =>
    wrongDelegation(
      `role-name-twice-${label}`,
      comment,
      duplicate,
      'malformed',
      only('a'),
      (role) => role,
      ([role]) => [role ?? null, second(/** @type {{ [member: string]: Tree }} */ (role))],
    );
  return [
    renamed('root', 'a delegated role is named root', 'root'),
    renamed('timestamp', 'a delegated role is named timestamp', 'timestamp'),
    renamed('snapshot', 'a delegated role is named snapshot', 'snapshot'),
    renamed('targets', 'a delegated role is named targets', 'targets'),
    renamed('nothing', 'a delegated role has an empty name', '', { ...taken, rows: ['A-39', 'DLG-11', 'GAP-09'] }),
    twice('same', 'one delegated role twice, word for word', (role) => role),
    twice('other-paths', 'two delegated roles with one name and different paths', (role) => ({
      ...role,
      paths: ['y/*'],
    })),
    twice('other-keys', 'two delegated roles with one name and different keys', (role) => ({ ...role, keyids: [] })),
    twice('terminating', 'two delegated roles with one name, one of them terminating', (role) => ({
      ...role,
      terminating: true,
    })),
  ];
}

function ordinaryNames() {
  const named = (/** @type {string} */ label, /** @type {string} */ name) => {
    const release = released(only(name));
    return sequenceVector(
      `delegation/role-named-${label}`,
      `a delegated role named ${name} has the target`,
      ordinary,
      rootOf(release),
      [found(release, path, content, [name])],
    );
  };
  return [
    named('constructor', 'constructor'),
    named('proto', '__proto__'),
    named('to-string', 'toString'),
    named('has-own-property', 'hasOwnProperty'),
  ];
}

function keyids() {
  const listed = (
    /** @type {string} */ label,
    /** @type {string} */ comment,
    /** @type {string} */ keyid,
    /** @type {About} */ about,
  ) => {
    const { key, sign } = keyOf('a');
    const release = released({
      delegated: [
        {
          name: 'a',
          delegation: { paths: ['x/*'] },
          targets: { [path]: content },
          signers: [signer(key, sign, keyid)],
        },
      ],
    });
    return sequenceVector(`delegation/keyid-${label}`, comment, about, rootOf(release), [
      found(release, path, content, ['a']),
    ]);
  };
  /** @type {About} */
  const form = {
    ...ordinary,
    section: '4.2',
    attack: 'lock-out',
    rows: ['4.2.1-b', 'A-02', 'SIG-13', 'SG-1', 'GAP-13'],
    effect: 'repositories in use, whose keyids are not the digests of their keys, are refused',
  };
  const { keyid } = keyOf('a');
  const two = [signer(keyOf('a').key, keyOf('a').sign, '10'), signer(keyOf('b').key, keyOf('b').sign, '2')];
  const numbered = released({
    delegated: [
      { name: 'a', delegation: { paths: ['x/*'] }, targets: { [path]: content }, signers: two, threshold: 2 },
    ],
  });
  return [
    listed('constructor', 'the keyid of a delegated role is constructor', 'constructor', ordinary),
    listed('proto', 'the keyid of a delegated role is __proto__', '__proto__', ordinary),
    listed('one', 'the keyid of a delegated role is 1', '1', ordinary),
    sequenceVector(
      'delegation/keyids-ten-and-two',
      'the keyids of a delegated role are 10 and 2, with threshold 2',
      ordinary,
      rootOf(numbered),
      [found(numbered, path, content, ['a'])],
    ),
    listed(
      'no-digest',
      'the keyid of a delegated role is 64 hex digits that are not the digest of the key',
      'a1'.repeat(32),
      form,
    ),
    listed('no-hex', 'the keyid of a delegated role is no hex', 'the key of a', form),
    listed(
      'upper-case',
      'the keyid of a delegated role is the digest of the key in upper case',
      keyid.toUpperCase(),
      form,
    ),
    listed('empty', 'the keyid of a delegated role is empty', '', form),
  ];
}

function targetNames() {
  const inherited = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];
  const empty = released({ delegated: [{ name: 'a', delegation: { paths: ['*'] } }] });
  const filled = released({
    delegated: [
      {
        name: 'a',
        delegation: { paths: ['*'] },
        targets: Object.fromEntries(inherited.map((name) => [name, text(`the file ${name}\n`)])),
      },
    ],
  });
  const label = (/** @type {string} */ name) =>
    name.replace(/_/g, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [
    ...inherited
      .slice(0, 3)
      .map((name) =>
        absentVector(
          `delegation/target-${label(name)}-absent`,
          `nobody lists the target ${name}`,
          ordinary,
          empty,
          name,
          ['a'],
        ),
      ),
    ...inherited.map((name) =>
      sequenceVector(
        `delegation/target-${label(name)}`,
        `a delegated role lists the target ${name}, targets does not`,
        ordinary,
        rootOf(filled),
        [found(filled, name, text(`the file ${name}\n`), ['a'])],
      ),
    ),
  ];
}

function numbers() {
  const ordered = (/** @type {string} */ label, /** @type {readonly string[]} */ names) => {
    const release = released({
      delegated: names.map((name) => ({
        name,
        delegation: { paths: ['x/*'] },
        targets: { [path]: text(`the file of ${name}\n`) },
      })),
    });
    const [first = ''] = names;
    return sequenceVector(
      `delegation/roles-${label}`,
      `${names.join(', ')} have the target and are listed in this order`,
      integers,
      rootOf(release),
      [found(release, path, text(`the file of ${first}\n`), [first])],
    );
  };
  const all = ['b', '10', '2', 'a', '1'];
  const searched = released({ delegated: all.map((name) => ({ name, delegation: { paths: ['x/*'] } })) });
  const digits = released({ targets: { 'hello.txt': hello, 10: text('the file 10\n'), 1: text('the file 1\n') } });
  return [
    ordered('beta-one', ['beta', '1']),
    ordered('ten-two', ['10', '2']),
    ordered('two-ten', ['2', '10']),
    absentVector(
      'delegation/roles-letters-and-numbers',
      'roles b, 10, 2, a and 1: nobody has the target, all are visited in the order of the list',
      integers,
      searched,
      path,
      all,
    ),
    sequenceVector(
      'delegation/targets-one-and-ten',
      'targets 1 and 10, asked for in this order',
      { ...integers, attack: 'lock-out', rows: ['A-67', 'DLG-13'], effect: 'an honest target is not found' },
      rootOf(digits),
      [
        {
          serve: digits,
          download: ['1', '10'],
          further: [
            targetRequest(digits, '1', text('the file 1\n')),
            targetRequest(digits, '10', text('the file 10\n')),
          ],
          written: { 1: text('the file 1\n'), 10: text('the file 10\n') },
        },
      ],
    ),
  ];
}

function unusualNames() {
  const named = (
    /** @type {string} */ label,
    /** @type {string} */ what,
    /** @type {string} */ name,
    about = unusual,
  ) => {
    const second = text('another file of the role\n');
    // A file whose name begins with a dot may be hidden from whoever judges.
    const judged = name.startsWith('.') ? [] : [name];
    const release = released({
      delegated: [{ name, delegation: { paths: ['x/*'] }, targets: { [path]: content, 'x/other.txt': second } }],
    });
    return sequenceVector(
      `delegation/role-named-${label}`,
      `a delegated role ${what}; it is held, so that its second target costs no request for it`,
      about,
      rootOf(release),
      [
        { ...found(release, path, content, [name]), alsoTrusted: judged },
        {
          serve: release,
          download: ['x/other.txt'],
          further: [targetRequest(release, 'x/other.txt', second)],
          alsoTrusted: judged,
          written: { [path]: content, 'x/other.txt': second },
        },
      ],
    );
  };
  const kept = { ...unusual, rows: [...unusual.rows, 'J9', 'GO-12'] };
  const onDisk = {
    ...unusual,
    rows: ['A-39', 'T18', 'PATH-01', 'J22', 'GAP-11'],
    effect: 'on some disks the role replaces a file of the client',
  };
  return [
    named('with-slash', 'is named a/b', 'a/b', kept),
    named('climbing', 'is named ../x', '../x', kept),
    named('climbing-to-root', 'is named ../root', '../root', kept),
    named('climbing-encoded', 'is named ..%2fx', '..%2fx', kept),
    named('absolute', 'is named /etc/x', '/etc/x', kept),
    named('dots', 'is named ..', '..', kept),
    named('dot', 'is named .', '.', kept),
    named('question-mark', 'is named a?b', 'a?b'),
    named('number-sign', 'is named a#b', 'a#b'),
    named('percent', 'is named 100%', '100%'),
    named('encoded', 'is named %41, and not A', '%41'),
    named('blank', 'is named a b', 'a b'),
    named('backslash', 'is named a\\b', 'a\\b'),
    named('colon', 'is named c:x', 'c:x'),
    named('at-host', 'is named @example.org', '@example.org'),
    named('url', 'is named https://example.org/x', 'https://example.org/x'),
    named('with-extension', 'is named root.json', 'root.json', onDisk),
    named('root-capital', 'is named Root', 'Root', onDisk),
    named('device', 'is named CON', 'CON', onDisk),
    named('letters-of-others', 'is named r\u00f4le-\u{1f511}', 'r\u00f4le-\u{1f511}'),
    named('control-character', 'has a line feed in its name', 'a\nb'),
    named('long', 'has a name of 240 letters', 'long-'.repeat(48)),
    named('too-long-for-a-file', 'has a name of 300 letters, which no file on a disk can have', 'longer'.repeat(50)),
    named('version-first', 'is named 1.root', '1.root', { ...unusual, rows: ['A-40', 'A-39', 'PATH-01'] }),
  ];
}

function confusedFiles() {
  const repository = new Repository({
    consistentSnapshot: false,
    delegated: [{ name: '2.root', delegation: { paths: ['x/*'] } }],
  });
  const release = repository.publish({ signed: {} });
  const { '2.root.json': shadow, ...others } = release.metadata;
  const clean = { ...release, metadata: others };
  const pair = released({
    delegated: [
      { name: 'Pair', delegation: { paths: ['upper/*'] }, targets: { 'upper/x': text('upper\n') } },
      { name: 'pair', delegation: { paths: ['lower/*'] }, targets: { 'lower/x': text('lower\n') } },
    ],
  });
  const composed = released({
    delegated: [
      { name: 'caf\u00e9', delegation: { paths: ['one/*'] }, targets: { 'one/x': text('one\n') } },
      { name: 'cafe\u0301', delegation: { paths: ['two/*'] }, targets: { 'two/x': text('two\n') } },
    ],
  });
  const twins = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {typeof pair} */ of,
    /** @type {readonly [string, string][]} */ roles,
  ) =>
    sequenceVector(
      `delegation/${name}`,
      comment,
      { ...unusual, rows: ['A-39', 'PATH-01', 'J22', 'GAP-11'] },
      rootOf(of),
      [
        {
          serve: of,
          download: roles.map(([, target]) => target),
          further: roles.flatMap(([role, target]) => [
            metadataPath(of, role),
            targetRequest(of, target, text(`${target.slice(0, -2)}\n`)),
          ]),
          alsoTrusted: roles.map(([role]) => role),
          written: Object.fromEntries(roles.map(([, target]) => [target, text(`${target.slice(0, -2)}\n`)])),
        },
      ],
    );
  return [
    twins('roles-alike-but-for-case', 'roles Pair and pair: both are held', pair, [
      ['Pair', 'upper/x'],
      ['pair', 'lower/x'],
    ]),
    twins(
      'roles-alike-but-for-composition',
      'two roles whose names look the same, with one letter composed and decomposed',
      composed,
      [
        ['caf\u00e9', 'one/x'],
        ['cafe\u0301', 'two/x'],
      ],
    ),
    sequenceVector(
      'delegation/role-in-place-of-next-root',
      'without consistent snapshots a delegated role named 2.root is served where the next root is looked for',
      {
        ...unusual,
        attack: 'denial-of-service',
        rows: ['A-40', 'A-23', 'T18', 'T20', 'GAP-02'],
        effect:
          'a delegate replaces the root; refusing it still lets him stop all updates, so no repository may accept such a name',
      },
      rootOf(release),
      [
        { serve: clean },
        {
          serve: { ...clean, metadata: { ...others, '2.root.json': /** @type {Buffer} */ (shadow) } },
          reject: 'wrong-type',
          stopsAt: 'root',
        },
        helloAgain(clean),
      ],
    ),
  ];
}
