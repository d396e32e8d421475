import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import {
  binName,
  binNumber,
  type DelegatedRole,
  type Delegations,
  delegatedRole,
  delegatedRoles,
  needsPathDigest,
  rolesForPath,
} from '../../src/metadata/delegations.ts';
import { matchesPattern } from '../../src/metadata/target-path.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { text } from './json-texts.ts';

const sha256 = (path: string): string => createHash('sha256').update(path).digest('hex');

const role = (name: string, more: Partial<DelegatedRole>): DelegatedRole => ({
  name,
  keyids: [],
  threshold: 1,
  terminating: false,
  paths: undefined,
  pathHashPrefixes: undefined,
  ...more,
});

const delegationsOf = (roles: readonly DelegatedRole[]): Delegations => ({
  keys: new Map(),
  roles,
  succinct: undefined,
});

const names = (roles: readonly DelegatedRole[]): string[] => roles.map(({ name }) => name);

describe('the roles for a path', () => {
  it('[4.5-i, 4.5-n, A-14, A-49] are those whose patterns or prefixes match, in the order of the file', () => {
    const anyRole = fc.record({
      kind: fc.constantFrom('paths', 'prefixes', 'none', 'empty'),
      patterns: fc.array(fc.constantFrom('a/*', '*', 'a/b', 'b/*', '*/*', '?/?', '[a]/b'), { maxLength: 3 }),
      prefixes: fc.array(fc.nat({ max: 6 }), { maxLength: 3 }),
      own: fc.boolean(),
    });
    const path = fc.oneof(fc.constantFrom('a/b', 'a', 'b/c', 'a/b/c', '/a', 'e\u0301', '\u00e9'), text);
    let matched = 0;
    fc.assert(
      fc.property(fc.array(anyRole, { maxLength: 8 }), path, (list, asked) => {
        const digest = sha256(asked);
        const roles = list.map(({ kind, patterns, prefixes, own }, i) => {
          const from = own ? digest : sha256('another');
          const cut = prefixes.map((length) => from.slice(0, length));
          if (kind === 'paths') return role(`${list.length - i}`, { paths: patterns });
          if (kind === 'prefixes') return role(`${list.length - i}`, { pathHashPrefixes: cut });
          return role(`${list.length - i}`, kind === 'empty' ? { paths: [] } : {});
        });
        const expected = roles.filter(
          ({ paths, pathHashPrefixes }) =>
            (paths ?? []).some((pattern) => matchesPattern(pattern, asked)) ||
            (pathHashPrefixes ?? []).some((prefix) => digest.indexOf(prefix) === 0),
        );
        matched += expected.length;
        expect(names(rolesForPath(delegationsOf(roles), asked, digest))).toEqual(names(expected));
        expect(needsPathDigest(delegationsOf(roles))).toBe(roles.some((each) => each.pathHashPrefixes !== undefined));
      }),
      { numRuns: 500 },
    );
    expect(matched).toBeGreaterThan(200);
  });

  it('[A-49] have prefixes that are compared as they are written', () => {
    const digest = sha256('a/b');
    const matching = (prefix: string): boolean =>
      rolesForPath(delegationsOf([role('x', { pathHashPrefixes: [prefix] })]), 'a/b', digest).length === 1;
    for (const prefix of ['', digest.slice(0, 1), digest.slice(0, 63), digest]) expect(matching(prefix)).toBe(true);
    for (const prefix of [digest.toUpperCase(), `${digest}0`, ` ${digest.slice(0, 2)}`, '*', digest.slice(1)]) {
      expect(matching(prefix)).toBe(false);
    }
  });

  it.each([1, 2, 3, 4, 5, 8, 9, 16, 31, 32])(
    '[A-35] of %i bits are one bin: the leading bits of the digest',
    (bits) => {
      fc.assert(
        fc.property(text, (path) => {
          const digest = sha256(path);
          const succinct = { keyids: ['k'], threshold: 2, bitLength: bits, namePrefix: 'bin' };
          const found = rolesForPath({ keys: new Map(), roles: [], succinct }, path, digest);
          const leading = BigInt(`0x${digest}`) >> BigInt(256 - bits);
          const width = ((1n << BigInt(bits)) - 1n).toString(16).length;
          expect(found).toEqual([
            role(`bin-${leading.toString(16).padStart(width, '0')}`, {
              keyids: ['k'],
              threshold: 2,
              terminating: true,
            }),
          ]);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('[A-35] have bins whose names are as wide as the last one', () => {
    expect(binName({ bitLength: 1, namePrefix: 'p' }, 1)).toBe('p-1');
    expect(binName({ bitLength: 5, namePrefix: 'p' }, 3)).toBe('p-03');
    expect(binName({ bitLength: 32, namePrefix: '' }, 2 ** 32 - 1)).toBe('-ffffffff');
  });
});

describe('a role by its name', () => {
  const keyids = ['k'];
  const succinct = { keyids, threshold: 2, bitLength: 5, namePrefix: 'bin-x' };
  const bins: Delegations = { keys: new Map(), roles: [], succinct };

  it('[A-35] is a bin where it is spelled as the bin is, and no other', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), (bin) => {
        const name = binName(succinct, bin);
        const expected = bin < 32 ? bin : undefined;
        expect(binNumber(succinct, name)).toBe(expected);
        const found = expected === undefined ? undefined : role(name, { keyids, threshold: 2, terminating: true });
        expect(delegatedRole(bins, name)).toEqual(found);
      }),
    );
    for (const other of [
      'bin-x-1',
      'bin-x-001',
      'bin-x-1F',
      'bin-x-0x',
      'bin-x01',
      'bin-x-',
      'bin-x',
      'bin-y-01',
      'bin-x--1',
      'bin-x--0',
      '',
    ]) {
      expect(binNumber(succinct, other), other).toBeUndefined();
      expect(delegatedRole(bins, other), other).toBeUndefined();
    }
    expect(binNumber({ bitLength: 32, namePrefix: '' }, '-ffffffff')).toBe(2 ** 32 - 1);
    expect(binNumber({ bitLength: 32, namePrefix: '' }, '-100000000')).toBeUndefined();
  });

  it('is one that is named', () => {
    const roles = [role('a', { paths: ['*'] }), role('bin-x-01', {})];
    const delegations = delegationsOf(roles);
    expect(delegatedRole(delegations, 'bin-x-01')).toBe(roles[1]);
    expect(delegatedRole(delegations, 'b')).toBeUndefined();
    expect(delegatedRoles(delegations, ['b'])).toBe(roles);
  });

  it('is among all roles: of bins those that are known, in the order in which they are', () => {
    const known = ['other', 'bin-x-1f', 'bin-x-20', 'bin-x-00'];
    expect(names(delegatedRoles(bins, known))).toEqual(['bin-x-1f', 'bin-x-00']);
    expect(delegatedRoles(bins, known)[0]).toEqual(role('bin-x-1f', { keyids, threshold: 2, terminating: true }));
  });
});

describe('delegations in a document', () => {
  const plain = { keyids: ['k'], threshold: 1 };
  const bins = { ...plain, bit_length: 32, name_prefix: 'bin' };
  const a = { ...plain, name: 'a' };
  const both = { ...a, paths: [], path_hash_prefixes: [] };

  const written = (delegations: object): string => {
    const head = { _type: 'targets', expires: '2031-01-01T00:00:00Z', spec_version: '1.0.34', targets: {}, version: 1 };
    return JSON.stringify({ signatures: [], signed: { ...head, delegations: { keys: {}, ...delegations } } });
  };
  const read = (delegations: object): Delegations | undefined =>
    parseTargets(Buffer.from(written(delegations))).signed.delegations;

  it('[4.5-e, 4.5-o, A-35, A-39] are a list of roles, or bins with their keys and their prefix', () => {
    expect(read({ roles: [a] })).toEqual({ keys: new Map(), roles: [role('a', plain)], succinct: undefined });
    const succinct = { ...plain, bitLength: 32, namePrefix: 'bin' };
    const found = read({ succinct_roles: bins });
    expect(found).toEqual({ keys: new Map(), roles: [], succinct });
    expect(needsPathDigest(found as Delegations)).toBe(true);
    expect(needsPathDigest(read({ roles: [a] }) as Delegations)).toBe(false);
  });

  it.each<[what: string, delegations: object, pointer: string, upTo: string]>([
    ['neither', {}, '', '"keys":{}}'],
    ['both', { roles: [a], succinct_roles: bins }, '', '"name_prefix":"bin"}}'],
    ['one name twice', { roles: [a, a] }, '/roles/1', '"name":"a"},{"keyids":["k"],"threshold":1,"name":"a"}'],
    ['paths and prefixes', { roles: [both] }, '/roles/0', '"path_hash_prefixes":[]}'],
    ['too many bits', { succinct_roles: { ...bins, bit_length: 33 } }, '/succinct_roles/bit_length', '"bin"}'],
    ['no bits', { succinct_roles: { ...bins, bit_length: 0 } }, '/succinct_roles/bit_length', '"bit_length":0'],
  ])('[4.5-e, 4.5-h, A-35] are refused with %s, and the place is named', (_, delegations, pointer, upTo) => {
    const document = written(delegations);
    let refusal: unknown;
    try {
      read(delegations);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(TufError);
    expect((refusal as TufError).evidence).toMatchObject({
      pointer: `/signed/delegations${pointer}`,
      offset: document.indexOf(upTo) + upTo.length - 1,
    });
  });
});
