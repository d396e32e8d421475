import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { type HashAlgorithm, hashAlgorithms } from '../../src/metadata/hashes.ts';
import type { MetaFile } from '../../src/metadata/snapshot.ts';
import { checkListedBytes, checkTargetFile } from '../../src/trust/mix-and-match.ts';
import { digestOf, prove } from './prove.ts';

const hexOf = (algorithm: HashAlgorithm, bytes: Uint8Array): string =>
  Buffer.from(digestOf(algorithm, bytes)).toString('hex');

type State = 'absent' | 'right' | 'right, upper case' | 'wrong' | 'of other bytes';
const state = fc.constantFrom<State>(
  'absent',
  'absent',
  'absent',
  'right',
  'right',
  'right, upper case',
  'wrong',
  'of other bytes',
);
const unknownNames = ['md5', 'sha1', 'SHA256', 'sha-256', 'constructor', '__proto__', 'blake2b'];

const listing = fc.record({
  bytes: fc.uint8Array({ maxLength: 40 }),
  states: fc.tuple(state, state, state, state),
  unknown: fc.subarray(unknownNames),
  length: fc.constantFrom<number | undefined>(undefined, 0, 0, -1, 1),
  shuffle: fc.boolean(),
});

type Listing = typeof listing extends fc.Arbitrary<infer T> ? T : never;

function hashesOf({ bytes, states, unknown, shuffle }: Listing): Map<string, string> {
  const known = hashAlgorithms.flatMap((algorithm, i): [string, string][] => {
    const right = hexOf(algorithm, bytes);
    switch (states[i]) {
      case 'right':
        return [[algorithm, right]];
      case 'right, upper case':
        return [[algorithm, right.toUpperCase()]];
      case 'wrong':
        return [[algorithm, right.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))]];
      case 'of other bytes':
        return [[algorithm, hexOf(algorithm, Uint8Array.of(...bytes, 0))]];
      default:
        return [];
    }
  });
  const list = [...unknown.map((name): [string, string] => [name, 'whatever']), ...known];
  return new Map(shuffle ? list.reverse() : list);
}

/** The verdict from the rule alone: the length, then every known digest, at least one of them. */
function expectedCode({ states, length }: Listing): string | undefined {
  if (length === -1) return 'ERR_TUF_TOO_LONG';
  if (length === 1) return 'ERR_TUF_LENGTH_MISMATCH';
  const listed = states.filter((each) => each !== 'absent');
  const wrong = listed.some((each) => !each.startsWith('right'));
  return listed.length === 0 || wrong ? 'ERR_TUF_HASH_MISMATCH' : undefined;
}

function codeOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return error.code;
  }
}

describe('listed bytes', () => {
  it('[5.5.2, 5.6.2, A-11, A-12, A-13] have the listed length and every known digest, and at least one', () => {
    fc.assert(
      fc.property(listing, (given) => {
        fc.pre(given.length !== -1 || given.bytes.length > 0);
        const length = given.length === undefined ? undefined : given.bytes.length + given.length;
        const meta: MetaFile = { version: 1, length, hashes: hashesOf(given) };
        expect(codeOf(() => prove(checkListedBytes('snapshot', given.bytes, meta)))).toBe(expectedCode(given));
      }),
      { numRuns: 1000 },
    );
  });

  it('[A-12] are not accepted for digests of unknown algorithms alone, md5 and sha1 included', () => {
    for (const names of [['md5'], ['sha1'], ['SHA256'], unknownNames]) {
      const hashes = new Map(names.map((name) => [name, hexOf('sha256', Uint8Array.of(1))]));
      const meta: MetaFile = { version: 1, length: 1, hashes };
      expect(codeOf(() => prove(checkListedBytes('snapshot', Uint8Array.of(1), meta)))).toBe('ERR_TUF_HASH_MISMATCH');
    }
  });

  it('[4.4-b, A-24] may be listed without either', () => {
    const meta: MetaFile = { version: 1, length: undefined, hashes: undefined };
    expect(codeOf(() => prove(checkListedBytes('snapshot', Uint8Array.of(1, 2), meta)))).toBeUndefined();
  });

  it('[A-11] with a length of 0 are none', () => {
    const meta: MetaFile = { version: 1, length: 0, hashes: undefined };
    expect(codeOf(() => prove(checkListedBytes('snapshot', Uint8Array.of(1), meta)))).toBe('ERR_TUF_TOO_LONG');
  });
});

describe('a target file', () => {
  it('[5.7.3b, A-12, A-44] has exactly the listed length and every known digest, and at least one', () => {
    fc.assert(
      fc.property(listing, (given) => {
        fc.pre(given.length !== -1 || given.bytes.length > 0);
        const hashes = hashesOf(given);
        const found = new Map(hashAlgorithms.map((name) => [name, digestOf(name, given.bytes)]));
        const target = { path: 'p', length: given.bytes.length + (given.length ?? 0), hashes, custom: undefined };
        expect(codeOf(() => checkTargetFile(target, given.bytes.length, found))).toBe(expectedCode(given));
      }),
      { numRuns: 500 },
    );
  });

  it('[A-12] is not accepted for a digest that nobody computed', () => {
    const sha256 = createHash('sha256').update('x').digest('hex');
    const target = { path: 'p', length: 1, hashes: new Map([['sha256', sha256]]), custom: undefined };
    const found = new Map([['sha512', new Uint8Array(64)]] as const);
    expect(codeOf(() => checkTargetFile(target, 1, found))).toBe('ERR_TUF_HASH_MISMATCH');
  });

  it('[A-12] is not accepted for a digest that is cut short', () => {
    const target = {
      path: 'p',
      length: 1,
      hashes: new Map([['sha256', hexOf('sha256', Uint8Array.of(1))]]),
      custom: undefined,
    };
    for (const length of [0, 1, 31]) {
      const found = new Map([['sha256', digestOf('sha256', Uint8Array.of(1)).slice(0, length)]] as const);
      expect(codeOf(() => checkTargetFile(target, 1, found))).toBe('ERR_TUF_HASH_MISMATCH');
    }
  });
});

describe('a file that is refused', () => {
  const target = (hashes: Record<string, string>) => ({
    path: 'a "p"',
    length: 2,
    hashes: new Map(Object.entries(hashes)),
    custom: undefined,
  });
  const listed = (length: number | undefined, hashes: Record<string, string> | undefined): MetaFile => {
    return { version: 1, length, hashes: hashes && new Map(Object.entries(hashes)) };
  };
  const ofRole = (meta: MetaFile) => () => prove(checkListedBytes('role', Uint8Array.of(1, 2), meta));
  const sha256 = 'AB'.repeat(32);
  const right = hexOf('sha256', Uint8Array.of(1, 2));
  const digests = { algorithm: 'sha256', expected: 'ab'.repeat(32) };
  const zeros = new Map([['sha256', new Uint8Array(32)]] as const);

  it.each<[string, () => void, object]>([
    ['role: more than 1 bytes', ofRole(listed(1, undefined)), { role: 'role', limit: 1, option: undefined }],
    ['role: 2 bytes were served, 3', ofRole(listed(3, undefined)), { role: 'role', expected: 3, length: 2 }],
    ['role: the sha256 digest', ofRole(listed(2, { sha256 })), { role: 'role', ...digests, found: right }],
    ['role: no digest', ofRole(listed(undefined, { md5: right })), { role: 'role' }],
    [
      'target "a \\"p\\"": more than 2 bytes',
      () => checkTargetFile(target({}), 3, new Map()),
      { path: 'a "p"', limit: 2, option: undefined },
    ],
    [
      'target "a \\"p\\"": 1 bytes were served, 2',
      () => checkTargetFile(target({}), 1, new Map()),
      { path: 'a "p"', expected: 2, length: 1 },
    ],
    [
      'target "a \\"p\\"": the sha256 digest',
      () => checkTargetFile(target({ sha256 }), 2, zeros),
      { path: 'a "p"', ...digests, found: '00'.repeat(32) },
    ],
    [
      'target "a \\"p\\"": the sha256 digest',
      () => checkTargetFile(target({ sha256 }), 2, new Map()),
      { path: 'a "p"', ...digests, found: undefined },
    ],
    ['target "a \\"p\\"": no digest', () => checkTargetFile(target({}), 2, new Map()), { path: 'a "p"' }],
  ])('is named, with what was due: %s', (message, check, evidence) => {
    expect(check).toThrow(expect.objectContaining({ message: expect.stringContaining(message), evidence }));
  });
});
