// @ts-check
/** Patterns that a matcher with backtracking does not end with. A delegator writes them, and any path is asked. */
import { table } from './pattern-vector.mjs';

/** @typedef {import('./pattern-vector.mjs').Row} Row */
/** @typedef {import('./pattern-vector.mjs').Shared} Shared */

/** @type {Shared} */
const cost = {
  level: 'decision',
  rows: ['A-47', 'J6', 'DLG-06'],
  attack: 'denial-of-service',
  matched: 'the client does not answer, or gives up on a pattern that it has to follow',
  differs: 'a delegator stops every client that looks for any target: the match takes time without end',
};

/** @type {Shared} */
const limit = {
  ...cost,
  matched: 'honest targets of the delegated role are not found',
  differs: 'there is no bound on what a delegator makes a client compute for each path',
};

const a = (/** @type {number} */ count) => 'a'.repeat(count);
const stars = (/** @type {number} */ count) => '*a'.repeat(count);

/** @type {readonly Row[]} */
const slow = [
  ['stars-6', 'six stars, and an end that is not there', `${stars(6)}*b`, a(60), 'stars-6-matched'],
  ['stars-6-matched', 'six stars, and the end', `${stars(6)}*b`, `${a(60)}b`],
  ['stars-8', 'eight stars', `${stars(8)}*b`, a(60), 'stars-8-matched'],
  ['stars-8-matched', 'eight stars, and the end', `${stars(8)}*b`, `${a(60)}b`],
  ['stars-30', 'thirty stars', `${stars(30)}*b`, a(90), 'stars-30-matched'],
  ['stars-30-matched', 'thirty stars, and the end', `${stars(30)}*b`, `${a(90)}b`],
  ['stars-500', 'five hundred stars, a thousand characters', `${stars(500)}*b`, a(1000), 'stars-500-matched'],
  ['stars-500-matched', 'five hundred stars, and the end', `${stars(500)}*b`, `${a(1000)}b`],
  ['stars-questions', 'stars and marks by turns', `${'*?'.repeat(30)}b`, a(90), 'stars-questions-matched'],
  ['stars-questions-matched', 'stars and marks by turns, and the end', `${'*?'.repeat(30)}b`, `${a(90)}b`],
  ['stars-classes', 'stars and classes by turns', `${'*[ab]'.repeat(30)}c`, a(90), 'stars-classes-matched'],
  ['stars-classes-matched', 'stars and classes by turns, and the end', `${'*[ab]'.repeat(30)}c`, `${a(90)}c`],
  [
    'stars-segments',
    'many stars in each of two segments',
    `${stars(12)}*b/${stars(12)}*b`,
    `${a(40)}b/${a(40)}`,
    'stars-segments-matched',
  ],
  [
    'stars-segments-matched',
    'many stars in each of two segments, and the ends',
    `${stars(12)}*b/${stars(12)}*b`,
    `${a(40)}b/${a(40)}b`,
  ],
  ['stars-only', 'a hundred stars behind each other', `${'*'.repeat(100)}b`, a(90), 'stars-only-matched'],
  ['stars-only-matched', 'a hundred stars, and the end', `${'*'.repeat(100)}b`, `${a(90)}b`],
  ['extglob-nested', 'groups that would repeat each other', '+(a|aa)+(a|aa)b', a(34), 'extglob-nested-literal'],
  ['extglob-nested-literal', 'the same text', '+(a|aa)+(a|aa)b', '+(a|aa)+(a|aa)b'],
  [
    'braces-multiplied',
    'braces that would make 90,000 patterns',
    '{1..300}{1..300}',
    '77',
    'braces-multiplied-literal',
  ],
  ['braces-multiplied-literal', 'the same text', '{1..300}{1..300}', '{1..300}{1..300}'],
  ['braces-nested', 'braces in braces', `${'{a,'.repeat(30)}b${'}'.repeat(30)}`, 'b', 'brace-literal'],
  ['brackets-open', 'a hundred opening brackets', '['.repeat(100), 'a', 'class-open'],
  ['many-segments', 'fifty segments', Array(50).fill('*').join('/'), Array(50).fill('a').join('/')],
  [
    'many-segments-one-less',
    'fifty segments, and a path with one less',
    Array(50).fill('*').join('/'),
    Array(49).fill('a').join('/'),
    'many-segments',
  ],
];

/** @type {readonly Row[]} */
const long = [
  ['long-4096', 'a pattern of 4096 characters', `a${'*'.repeat(4095)}`, 'apple'],
  ['long-4097', 'a pattern of 4097 characters matches nothing', `a${'*'.repeat(4096)}`, 'apple', 'long-4096'],
  ['long-4096-literal', 'a pattern of 4096 characters and the same path', a(4096), a(4096)],
  ['long-4097-literal', 'a pattern of 4097 characters and the same path', a(4097), a(4097), 'long-4096-literal'],
  ['long-path', 'a path of 5000 characters', 'a*', a(5000)],
];

export function vectors() {
  return [...table(cost, slow), ...table(limit, long)];
}
