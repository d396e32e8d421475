// @ts-check
/** Which delegated roles a search visits, in which order, and whose answer counts. */

import { sequenceVector } from './sequence.mjs';
import { absentVector, found, hello, helloAgain, notFound, released, rootOf, text } from './sequence-parts.mjs';

/** @typedef {import('./vector.mjs').About} About */
/** @typedef {import('./repository.mjs').Delegated} Delegated */

const path = 'x/file.txt';

/** @type {About} */
const order = {
  section: '5.6.7',
  level: 'MUST',
  attack: 'wrong-software',
  rows: ['5.6.7', '5.6.7.2', '4.5-n', 'DLG-01', 'GO-8'],
  effect:
    'a role with less priority answers in place of the one in charge, or honest targets are not found (CVE-2024-47534)',
};
/** @type {About} */
const onwards = {
  ...order,
  rows: ['5.6.7.2.2', ...order.rows],
  attack: 'lock-out',
  effect: 'an honest target is not found',
};
/** @type {About} */
const nearest = {
  ...order,
  rows: ['5.6.7.1c', '2.1.2-a', '4.5-n', 'DLG-01'],
  effect: 'a delegate replaces a target that its delegator signs itself',
};
/** @type {About} */
const cycle = {
  ...order,
  attack: 'endless-data',
  rows: ['5.6.7.1a', 'T19', 'DLG-03', 'TH-9', 'TH-10', 'GAP-09'],
  effect: 'the search never ends, or ends in a crash',
};
/** @type {About} */
const terminating = {
  ...order,
  section: '4.5',
  rows: ['5.6.7.2.1', '4.5-g', 'A-34', 'DLG-02', 'TH-8', 'GAP-09'],
  effect: 'a role that comes after a terminating delegation signs a target that it is not trusted with (CVE-2025-2886)',
};
/** @type {About} */
const passedOver = {
  ...terminating,
  attack: 'lock-out',
  rows: ['5.6.7.2.1', '5.6.7.2.2', 'DLG-07', 'RS-6', 'GAP-09'],
  effect: 'a terminating delegation for other paths hides an honest target',
};
/** @type {About} */
const limit = {
  section: '5.6.7',
  level: 'decision',
  attack: 'endless-data',
  rows: ['5.6.7.1b', 'A-38', 'A-68', 'T19', 'DLG-03', 'SG-8', 'GAP-08'],
  effect: 'one search loads as many roles as a signer of targets cares to delegate to',
};

export function vectors() {
  return [...orders(), ...nearestFirst(), ...cycles(), ...terminations(), ...limits()];
}

/**
 * The edges of a graph, `DELEGATOR>ROLE`; `!` behind it is terminating, `~` delegates another path. A role of `holders`
 * lists the target, with a content of its own.
 *
 * @param {string} edges @param {readonly string[]} holders
 */
function graph(edges, holders) {
  /** @type {Delegated[]} */
  const delegated = edges.split(' ').map((edge) => {
    const [by = '', end = ''] = edge.split('>');
    const name = end.replace(/[!~]+$/, '');
    const terminates = end.includes('!') ? { terminating: true } : {};
    return {
      name,
      by,
      delegation: { paths: [end.includes('~') ? 'y/*' : 'x/*'], ...terminates },
      targets: holders.includes(name) ? { [path]: contentOf(name) } : {},
    };
  });
  const own = holders.includes('targets') ? { [path]: contentOf('targets') } : {};
  return released({ delegated, targets: { 'hello.txt': hello, ...own } });
}

/** @param {string} role */
function contentOf(role) {
  return text(`${path} by ${role}\n`);
}

/** @param {string} list */
function names(list) {
  return list === '' ? [] : list.split(' ');
}

/**
 * A search that finds the file of the last of `holders`, or nothing where there is no holder that counts.
 *
 * @param {string} name @param {string} comment @param {string} edges @param {string} holders all roles that list the target
 * @param {string} visits the roles that are fetched, in order @param {string | undefined} answer the role whose file it is
 * @param {About} about
 */
function search(name, comment, edges, holders, visits, answer, about) {
  const release = graph(edges, names(holders));
  const id = `delegation/${name}`;
  if (answer === undefined) return absentVector(id, comment, about, release, path, names(visits));
  const steps = [found(release, path, contentOf(answer), names(visits))];
  return sequenceVector(id, comment, about, rootOf(release), steps);
}

function orders() {
  return [
    search('chain-of-two', 'targets delegates to a, a to b; b has it', 'targets>a a>b', 'b', 'a b', 'b', {
      ...onwards,
      rows: ['5.6.7.2', '4.5-p', 'DLG-08', 'RS-7'],
    }),
    search(
      'chain-of-five',
      'each role delegates to one more; the last has it',
      'targets>a a>b b>c c>d d>e',
      'e',
      'a b c d e',
      'e',
      { ...onwards, rows: ['5.6.7.2', 'DLG-01', 'DLG-08', 'RS-7'] },
    ),
    search('first-of-two', 'a and b have it, a is listed first', 'targets>a targets>b', 'a b', 'a', 'a', order),
    search(
      'first-of-two-reversed',
      'a and b have it, b is listed first',
      'targets>b targets>a',
      'a b',
      'b',
      'b',
      order,
    ),
    search('second-of-two', 'a does not have it, b does', 'targets>a targets>b', 'b', 'a b', 'b', onwards),
    search(
      'last-of-ten',
      'ten roles in no order of the alphabet; the last has it',
      'targets>h targets>c targets>j targets>a targets>e targets>b targets>i targets>d targets>g targets>f',
      'f',
      'h c j a e b i d g f',
      'f',
      onwards,
    ),
    search(
      'child-before-sibling',
      'a1, which a delegates to, and b, which is listed after a, have it',
      'targets>a targets>b a>a1',
      'a1 b',
      'a a1',
      'a1',
      {
        ...order,
        effect: 'a search level by level: a later delegation answers before what an earlier one delegates to',
      },
    ),
    search(
      'grandchild-before-sibling',
      'the end of a chain and a role that is listed after its beginning have it',
      'targets>a targets>d a>b b>c',
      'c d',
      'a b c',
      'c',
      order,
    ),
    search(
      'back-to-sibling',
      'a and all below it do not have it, d does',
      'targets>a targets>d a>b a>c',
      'd',
      'a b c d',
      'd',
      onwards,
    ),
    search(
      'back-two-levels',
      'the first branch is three deep and has nothing; the second branch of the middle has it',
      'targets>a a>b b>c c>d a>e',
      'e',
      'a b c d e',
      'e',
      onwards,
    ),
    search(
      'whole-tree',
      'nobody has it: every role of a tree is visited once, in pre-order',
      'targets>a targets>b targets>c a>a1 a>a2 a1>a3 b>b1 c>c1 c>c2',
      '',
      'a a1 a3 a2 b b1 c c1 c2',
      undefined,
      { ...order, rows: [...order.rows, '5.7.2'] },
    ),
    search(
      'other-paths-skipped',
      'a is delegated another path: it is not visited, b is',
      'targets>a~ targets>b',
      'a b',
      'b',
      'b',
      {
        ...order,
        rows: ['4.5-j', '5.6.7.2', 'DLG-01'],
        effect: 'a role answers for a path that it is not trusted with',
      },
    ),
    search(
      'other-paths-skipped-below',
      'a delegates another path to b, and this one to c',
      'targets>a a>b~ a>c',
      'b c',
      'a c',
      'c',
      {
        ...order,
        rows: ['4.5-j', '5.6.7.2', 'DLG-01'],
        effect: 'a role answers for a path that it is not trusted with',
      },
    ),
    search(
      'second-delegator-of-role',
      'a and b delegate to c, which has nothing and is visited once; b delegates to d as well',
      'targets>a targets>b a>c b>c b>d',
      'd',
      'a c b d',
      'd',
      { ...onwards, rows: ['5.6.7.1a', 'A-36', 'DLG-01'] },
    ),
    search(
      'role-once-in-a-search',
      'a and b delegate to c; nobody has it, and c is visited once',
      'targets>a targets>b a>c b>c',
      '',
      'a c b',
      undefined,
      { ...cycle, rows: ['5.6.7.1a', 'A-36', 'DLG-01', 'DLG-03'] },
    ),
    search(
      'other-delegator-only',
      'a is listed first and delegates another path to c, b this one: c is visited below b',
      'targets>a targets>b a>c~ b>c',
      'c',
      'a b c',
      'c',
      { ...onwards, rows: ['4.5-j', '5.6.7.1a', 'A-36'] },
    ),
  ];
}

function nearestFirst() {
  return [
    search('delegator-first', 'targets and its delegate a have it', 'targets>a', 'targets a', '', 'targets', nearest),
    search(
      'delegator-first-below',
      'a and b, which a delegates to, have it',
      'targets>a a>b',
      'a b',
      'a',
      'a',
      nearest,
    ),
    search(
      'delegator-first-before-terminating',
      'targets has it and delegates it to a, terminating',
      'targets>a!',
      'targets a',
      '',
      'targets',
      nearest,
    ),
  ];
}

function cycles() {
  const gone = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ edges,
    /** @type {string} */ visits,
  ) => search(name, comment, edges, '', visits, undefined, cycle);
  return [
    gone('cycle-of-two', 'a delegates to b and b to a; nobody has it', 'targets>a a>b b>a', 'a b'),
    gone('cycle-of-three', 'a to b, b to c, c to a; nobody has it', 'targets>a a>b b>c c>a', 'a b c'),
    gone('cycle-of-one', 'a delegates to itself; nobody has it', 'targets>a a>a', 'a'),
    search(
      'cycle-then-sibling',
      'a and b delegate to each other and have nothing; c comes after them and has it',
      'targets>a a>b b>a targets>c',
      'c',
      'a b c',
      'c',
      { ...cycle, attack: 'lock-out', effect: 'the search ends at the circle, and an honest target is not found' },
    ),
    search(
      'cycle-with-answer',
      'a delegates to b, b first to a and then to c; c has it',
      'targets>a a>b b>a b>c',
      'c',
      'a b c',
      'c',
      { ...cycle, attack: 'lock-out', effect: 'the search ends at the circle, and an honest target is not found' },
    ),
  ];
}

function terminations() {
  return [
    search(
      'terminating-without-answer',
      'a is terminating and does not have it, b does',
      'targets>a! targets>b',
      'b',
      'a',
      undefined,
      terminating,
    ),
    search('terminating-with-answer', 'a is terminating and has it, b too', 'targets>a! targets>b', 'a b', 'a', 'a', {
      ...terminating,
      attack: 'lock-out',
      effect: 'an honest target is not found: the terminating role itself is not visited',
    }),
    search(
      'terminating-answer-below',
      'a is terminating and delegates to b, which has it',
      'targets>a! a>b targets>c',
      'b c',
      'a b',
      'b',
      {
        ...terminating,
        attack: 'lock-out',
        effect: 'an honest target is not found: what the terminating role delegates to is not visited',
      },
    ),
    search(
      'terminating-second-below',
      'a is terminating and delegates to b, which has nothing, and to c, which has it',
      'targets>a! a>b a>c targets>d',
      'c d',
      'a b c',
      'c',
      { ...terminating, attack: 'lock-out', effect: 'an honest target is not found' },
    ),
    search(
      'terminating-nothing-below',
      'a is terminating; nothing below it has the target, d after it does',
      'targets>a! a>b a>c targets>d',
      'd',
      'a b c',
      undefined,
      terminating,
    ),
    search('terminating-last', 'a is not terminating, b is and has it', 'targets>a targets>b!', 'b', 'a b', 'b', {
      ...terminating,
      attack: 'lock-out',
      effect: 'an honest target is not found',
    }),
    search(
      'terminating-below-ends-all',
      'a delegates to b, terminating, without an answer; what a lists next and what targets lists next have it',
      'targets>a a>b! a>c targets>d',
      'c d',
      'a b',
      undefined,
      { ...terminating, effect: 'a terminating delegation ends its own list only, and the ancestors go on' },
    ),
    search(
      'terminating-deep-ends-all',
      'the last of four roles in a chain is terminating and has nothing; a later delegation of each of the others has it',
      'targets>a a>b b>c c>d! c>e b>f a>g targets>h',
      'e f g h',
      'a b c d',
      undefined,
      terminating,
    ),
    search(
      'terminating-chain',
      'every delegation of a chain is terminating; the last role has it',
      'targets>a! a>b! b>c!',
      'c',
      'a b c',
      'c',
      { ...terminating, attack: 'lock-out', effect: 'an honest target is not found' },
    ),
    search(
      'terminating-other-path',
      'a is terminating for another path; b has it',
      'targets>a!~ targets>b',
      'b',
      'b',
      'b',
      passedOver,
    ),
    search(
      'terminating-other-path-below',
      'a delegates to b, terminating, for another path; c after a has it',
      'targets>a a>b!~ targets>c',
      'c',
      'a c',
      'c',
      passedOver,
    ),
    search(
      'terminating-other-path-alone',
      'the only delegation is terminating and for another path; nobody else has it',
      'targets>a!~',
      'a',
      '',
      undefined,
      {
        ...passedOver,
        attack: 'privilege-escalation',
        effect: 'a role answers for a path that it is not trusted with',
      },
    ),
    search(
      'terminating-to-visited',
      'a delegates to b, which has nothing; targets then delegates to b, terminating, and to c, which has it',
      'targets>a a>b targets>b! targets>c',
      'c',
      'a b',
      undefined,
      {
        ...terminating,
        level: 'decision',
        rows: ['5.6.7.1a', '5.6.7.2.1', 'A-36', 'A-34'],
        effect: 'whether a delegation terminates depends on whether its role was met before by another way',
      },
    ),
    search(
      'terminating-to-itself',
      'a delegates to itself, terminating, and has nothing; b after it has it',
      'targets>a a>a! targets>b',
      'b',
      'a',
      undefined,
      { ...terminating, level: 'decision', rows: ['5.6.7.1a', '5.6.7.2.1', 'A-36', 'A-34'] },
    ),
  ];
}

function limits() {
  const chain = (/** @type {number} */ length) =>
    Array.from({ length }, (_, i) => `${i === 0 ? 'targets' : `r${i}`}>r${i + 1}`).join(' ');
  const wide = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `targets>r${i + 1}`).join(' ');
  const all = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `r${i + 1}`);
  const branching = [1, 2, 3, 4]
    .flatMap((a) => [`targets>r${a}`, ...[1, 2, 3, 4, 5, 6, 7, 8].map((b) => `r${a}>r${a}${b}`)])
    .join(' ');
  const tooMany = (
    /** @type {string} */ name,
    /** @type {string} */ comment,
    /** @type {string} */ edges,
    /** @type {string[]} */ holders,
  ) => {
    const release = graph(edges, holders);
    // How many are visited is each implementation's choice, up to two more or fewer than 32.
    const refused = { ...notFound(release, path, 'too-many-roles'), requests: null };
    const steps = [{ serve: release }, refused, helloAgain(release)];
    return sequenceVector(`delegation/${name}`, comment, limit, rootOf(release), steps);
  };
  return [
    search('limit-chain-of-30', 'a chain of 30 roles; the last has it', chain(30), 'r30', all(30).join(' '), 'r30', {
      ...limit,
      attack: 'lock-out',
      effect: 'an honest target is not found, although 30 roles are few',
    }),
    search(
      'limit-30-side-by-side',
      '30 roles side by side; the last has it',
      wide(30),
      'r30',
      all(30).join(' '),
      'r30',
      {
        ...limit,
        attack: 'lock-out',
        effect: 'an honest target is not found, although 30 roles are few',
      },
    ),
    tooMany('limit-chain-of-36', 'a chain of 36 roles; nobody has it: not the same as not found', chain(36), []),
    tooMany('limit-chain-of-36-with-answer', 'a chain of 36 roles; the last has it', chain(36), ['r36']),
    tooMany('limit-36-side-by-side', '36 roles side by side; nobody has it', wide(36), []),
    tooMany('limit-36-in-a-tree', 'four roles, each of which delegates to eight; nobody has it', branching, []),
  ];
}
