/**
 * A delegated role in the spelling that nearly all files have is read at once; whatever differs from it by a character is
 * read member by member. Held against the platform's parser and a schema written here, and against the same document with a
 * blank in each role, which only the second way reads.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { limitsWith } from '../../src/metadata/limits.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { randomFrom, utf8 } from './json-texts.ts';
import { reasonAgainst } from './lenient-json.ts';

const strings = [
  '',
  'a',
  'a*',
  '0f',
  '~',
  '!',
  ' ',
  'é',
  '\u{1f600}',
  '"',
  '\\',
  '\n',
  '\x7f',
  'x'.repeat(999),
  'y'.repeat(1000),
];
const names = ['a', 'b', 'b c', 'bin-0', 'rooted', 'target', '__proto__', 'é', '"', 'x'.repeat(999), 'y'.repeat(1000)];
const topLevel = ['root', 'targets', 'snapshot', 'timestamp'];

/** One role as nearly all files have it, or nearly so. */
function roleText(name: string, random: () => number): string {
  const pick = <T>(...from: T[]): T => from[Math.floor(random() * from.length)] as T;
  const isBad = random() < 0.06;
  const list = (from: readonly string[]): string =>
    JSON.stringify(from.filter(() => random() < 0.2)).replaceAll('","', () => (random() < 0.03 ? '", "' : '","'));
  const badLists = ['{}', '"a"', '[1]', 'null', '["a",]', '[,"a"]', '["a" "b"]'];
  const [wrongList, wrongName, wrongCount, wrongFlag, both, repeated] = Array.from(
    { length: 6 },
    () => isBad && random() < 0.3,
  );
  const keyids = wrongList
    ? pick(...badLists)
    : repeated
      ? '["k","l","k"]'
      : list(['k', 'l', 'm', 'é', 'ab'.repeat(32)]);
  const patterns = isBad && random() < 0.1 ? pick(...badLists) : list(strings);
  const counts = ['1', '2', '10', '999999999999999', '1000000000000000', '9007199254740991'];
  const badCounts = ['0', '01', '-1', '1.0', '1e3', '9007199254740992', '"1"', 'true'];
  const parts = [
    `"keyids":${keyids}`,
    `"name":${JSON.stringify(wrongName ? pick(...topLevel, '') : name)}`,
    ...(random() < 0.4 || both ? [`"path_hash_prefixes":${patterns}`] : []),
    ...(random() < 0.3 || both ? [`"paths":${list(strings)}`] : []),
    ...(random() < 0.7 ? [`"terminating":${wrongFlag ? pick('null', '"true"', '1') : pick('true', 'false')}`] : []),
    `"threshold":${wrongCount ? pick(...badCounts) : pick(...counts)}`,
    ...(random() < 0.05 ? ['"unknown":{"a":[1]}'] : []),
  ];
  const isBoth = parts.filter((part) => part.startsWith('"path')).length === 2;
  if (isBoth && !isBad) parts.splice(2, 1);
  if (random() < 0.1) parts.reverse();
  if (isBad && random() < 0.2) parts.splice(Math.floor(random() * parts.length), 1);
  if (isBad && random() < 0.1) parts.push(parts[0] as string);
  return `{${parts.join(random() < 0.9 ? ',' : ' ,')}}`;
}

function documentOf(roles: string): string {
  const signed = '"expires":"2031-01-01T00:00:00Z","spec_version":"1.0","targets":{},"version":1';
  return `{"signatures":[],"signed":{"_type":"targets","delegations":{"keys":{},"roles":[${roles}]},${signed}}}`;
}

function documentText(seed: number): string {
  const random = randomFrom(seed);
  const list = names.filter(() => random() < 0.4);
  if (random() < 0.1 && list[0] !== undefined) list.push(list[0]);
  const text = documentOf(list.map((name) => roleText(name, random)).join(random() < 0.9 ? ',' : ', '));
  if (random() < 0.6) return text;
  // One character among the roles is lost, doubled or another.
  const from = text.indexOf('"roles"');
  const at = from + Math.floor(random() * (text.indexOf('"expires"') - from));
  const others = ['', text.slice(at, at + 1).repeat(2), ...'{}[]",:\\09ax- \u0001'];
  return text.slice(0, at) + (others[Math.floor(random() * others.length)] ?? '') + text.slice(at + 1);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const areStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

function isRole(role: unknown): boolean {
  if (!isObject(role)) return false;
  const { keyids, name, threshold, terminating, paths, path_hash_prefixes: prefixes } = role;
  const has = (member: string): boolean => Object.hasOwn(role, member);
  return (
    areStrings(keyids) &&
    new Set(keyids).size === keyids.length &&
    typeof name === 'string' &&
    !['', ...topLevel].includes(name) &&
    Number.isSafeInteger(threshold) &&
    (threshold as number) >= 1 &&
    (!has('terminating') || typeof terminating === 'boolean') &&
    (!has('paths') || areStrings(paths)) &&
    (!has('path_hash_prefixes') || areStrings(prefixes)) &&
    !(has('paths') && has('path_hash_prefixes'))
  );
}

/** The roles that a reader has to give, `undefined` where it has to refuse; by the platform's parser and this schema. */
function expectedRoles(bytes: Uint8Array): unknown[] | undefined {
  if (reasonAgainst(bytes) !== undefined) return undefined;
  const roles = JSON.parse(Buffer.from(bytes).toString())?.signed?.delegations?.roles;
  if (!Array.isArray(roles) || !roles.every(isRole)) return undefined;
  if (new Set(roles.map(({ name }) => name)).size < roles.length) return undefined;
  return roles.map(({ keyids, name, threshold, terminating = false, paths, path_hash_prefixes: pathHashPrefixes }) => ({
    keyids,
    name,
    threshold,
    terminating,
    paths,
    pathHashPrefixes,
  }));
}

interface Reading {
  readonly roles?: readonly unknown[];
  readonly refused?: readonly unknown[];
  readonly inPlace?: boolean;
}

function read(bytes: Uint8Array, limits = {}): Reading {
  try {
    const { signed, inPlace } = parseTargets(bytes, 'targets', { limits: limitsWith(limits) });
    return { roles: signed.delegations?.roles ?? [], inPlace };
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    const { pointer, limit, option } = error.evidence as Record<string, unknown>;
    return { refused: [error.code, error.message.replace(/\(byte .*/, ''), pointer, limit, option] };
  }
}

describe('delegated roles', () => {
  it('[4.5-e, 4.5-h, A-14, A-21, A-33, A-46, A-66] are read as the platform reads them, and only where they hold', () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const text = documentText(seed);
        const expected = expectedRoles(utf8(text));
        const { roles } = read(utf8(text));
        expect(roles, text.slice(0, 3000)).toEqual(expected);
        if (roles === undefined) refused += 1;
        else accepted += 1;
      }),
      { numRuns: 2000 },
    );
    expect([accepted > 500, refused > 500]).toEqual([true, true]);
  });

  it('[A-46, 4.5-e] get one verdict and one value in the usual spelling and in any other', () => {
    let both = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const text = documentText(seed);
        const { roles, refused } = read(utf8(text));
        const spaced = read(utf8(text.replaceAll('{"keyids"', '{ "keyids"')));
        expect([spaced.roles, spaced.refused], text.slice(0, 3000)).toEqual([roles, refused]);
        if (roles !== undefined) both += 1;
      }),
      { numRuns: 1000 },
    );
    expect(both > 200).toBe(true);
  });

  const usual = (more = '', keyids = '"k"'): string =>
    `{"keyids":[${keyids}],"name":"a",${more}"terminating":true,"threshold":1}`;

  it.each([
    ['usual', usual()],
    ['another', usual().replace('{', '{ ')],
  ])('[A-06, A-46, A-68] count their nesting and their keyids in the %s spelling', (_, text) => {
    const bytes = utf8(documentOf(text));
    expect(read(bytes, { depth: 6 }).roles).toHaveLength(1);
    expect(read(bytes, { depth: 5 }).refused).toContain('depth');
    const three = utf8(documentOf(text.replace('"k"', '"k","l","m"')));
    expect(read(three, { keyidsPerRole: 3 }).roles).toHaveLength(1);
    expect(read(three, { keyidsPerRole: 2 }).refused).toContain('keyidsPerRole');
  });

  it('[A-01] are canonical in the usual spelling, and not with a blank or out of order', () => {
    for (const more of ['', '"paths":["a/*","b"],', '"path_hash_prefixes":["0f"],']) {
      expect(read(utf8(documentOf(usual(more)))).inPlace).toBe(true);
      expect(read(utf8(documentOf(usual(more).replace('{', '{ ')))).inPlace).toBe(false);
    }
    expect(
      read(utf8(documentOf(usual().replace('"keyids":["k"],"name":"a"', '"name":"a","keyids":["k"]')))).inPlace,
    ).toBe(false);
  });

  it('are read in time, however long their lists are', () => {
    const list = (length: number): string => Array.from({ length }, (_, i) => `"p${i}"`).join();
    for (const length of [255, 256, 257, 200_000]) {
      const { roles = [] } = read(utf8(documentOf(usual(`"paths":[${list(length)}],`))));
      expect(roles[0]).toHaveProperty('paths.length', length);
    }
    expect(read(utf8(documentOf(`${usual('"paths":[').slice(0, 40)}${'"a",'.repeat(100_000)}`))).refused).toBeDefined();
  });
});
