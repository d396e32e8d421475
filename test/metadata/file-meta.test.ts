import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { knownDigests } from '../../src/metadata/file-meta.ts';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { parseTargets, type TargetFile } from '../../src/metadata/targets.ts';
import { Simulator } from '../simulator/simulator.ts';

const simulator = new Simulator();
const lengths = { sha512: 128, sha384: 96, sha256: 64, 'blake2b-256': 64 };

/** A targets file that lists one target `p`. */
const targetsWith = (entry: object): Uint8Array =>
  simulator.signed({ ...simulator.targets, targets: { p: entry } }, []);
const targetOf = (entry: object): TargetFile | undefined => parseTargets(targetsWith(entry)).signed.targets.get('p');

describe('listed digests', () => {
  it.each(Object.entries(lengths))('[A-12, A-13] of %s have %i digits of hex', (algorithm, length) => {
    const listed = (text: string) => () => targetOf({ length: 0, hashes: { [algorithm]: text } });
    for (const digit of ['a', 'A', '0']) {
      const text = digit.repeat(length);
      expect(listed(text)()?.hashes).toEqual(new Map([[algorithm, text]]));
    }
    for (const text of ['', 'a'.repeat(length - 2), 'a'.repeat(length + 2), `${'a'.repeat(length - 1)}g`]) {
      expect(listed(text)).toThrow(TufError);
    }
  });

  it('[A-12, A-19] that count are those of known algorithms, strongest first, as bytes', () => {
    const texts = Object.entries(lengths).map(([name, length]) => [name, 'Ab'.repeat(length / 2)] as const);
    const bytes = (length: number) => new Uint8Array(length / 2).fill(0xab);
    const expected = Object.entries(lengths).map(([algorithm, length]) => ({ algorithm, digest: bytes(length) }));
    expect(knownDigests(new Map([['md5', 'ab'], ...texts.reverse(), ['SHA256', 'ab']]))).toEqual(expected);
    expect(knownDigests(new Map([['md5', 'ab']]))).toEqual([]);
    expect(knownDigests(new Map())).toEqual([]);
  });

  it('[4.5-c] are one at least, and the place is named where there is none', () => {
    const bytes = targetsWith({ hashes: {}, length: 0 });
    let refusal: unknown;
    try {
      parseTargets(bytes);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({
      code: 'ERR_TUF_MALFORMED',
      evidence: { pointer: '/signed/targets/p/hashes', offset: Buffer.from(bytes).indexOf('"hashes":{}') + 10 },
    });
  });
});

describe('a listed target', () => {
  const plain = { length: 1, hashes: { sha256: 'ab'.repeat(32) } };

  it('[A-28] has custom data of any members, and of no other kind', () => {
    expect(targetOf({ ...plain, custom: { a: [1] } })?.custom).toEqual(new Map([['a', [1]]]));
    for (const custom of [null, 1, 'x', [], true]) expect(() => targetOf({ ...plain, custom })).toThrow(TufError);
  });

  it('[4.5-c, A-11] has a length from 0 on', () => {
    for (const length of [0, 1, 10]) expect(targetOf({ ...plain, length })?.length).toBe(length);
    for (const length of [-1, -10, null]) {
      expect(() => parseTargets(targetsWith({ ...plain, length }))).toThrow(TufError);
    }
  });

  it('[4.5-p] is of the top-level role where no other is named', () => {
    expect(parseTargets(targetsWith(plain)).role).toBe('targets');
    expect(parseTargets(targetsWith(plain), 'other').role).toBe('other');
  });
});

it.each([
  ['a digest of no hex', { hashes: { sha256: 'g'.repeat(64) }, version: 1 }],
  ['a digest that is too short', { hashes: { sha256: 'a' }, version: 1 }],
  ['a length below 0', { length: -1, version: 1 }],
  ['version 0', { version: 0 }],
  ['a version below 0', { version: -12 }],
])('[4.4-b, 4.4-g, A-11, A-13, A-21] a snapshot lists no file with %s, first or later', (_, entry) => {
  for (const before of ['', '"a.json":{"version":1},']) {
    const head = '"_type":"snapshot","expires":"2031-01-01T00:00:00Z"';
    const meta = `{${before}"b.json":${JSON.stringify(entry)}}`;
    const document = `{"signatures":[],"signed":{${head},"meta":${meta},"spec_version":"1.0.34","version":1}}`;
    expect(() => parseSnapshot(Buffer.from(document))).toThrow(TufError);
  }
});

it('[A-67] targets and files are found by names with quotes and backslashes, in canonical form', () => {
  const names = ['"', 'a"', 'a\\', 'b'];
  const plain = { hashes: { sha256: 'ab'.repeat(32) }, length: 1 };
  const all = (entry: object) => Object.fromEntries(names.map((name) => [name, entry]));
  const { targets } = parseTargets(simulator.signed({ ...simulator.targets, targets: all(plain) }, [])).signed;
  const { meta } = parseSnapshot(simulator.signed({ ...simulator.snapshot, meta: all({ version: 3 }) }, [])).signed;
  for (const name of names) {
    expect(targets.get(name)?.length).toBe(1);
    expect(meta.get(name)?.version).toBe(3);
    expect(meta.version(name)).toBe(3);
  }
});

it('[A-46] entries in the usual spelling have numbers of JSON only', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const targets = text(targetsWith({ hashes: { sha256: 'ab'.repeat(32) }, length: 10 }));
  const meta = { 'a.json': { length: 10, version: 20 } };
  const snapshot = text(simulator.signed({ ...simulator.snapshot, meta }, []));
  for (const wrong of ['1x', '1.', '-1', '01', '']) {
    expect(() => parseTargets(Buffer.from(targets.replace('"length":10', `"length":${wrong}`)))).toThrow(TufError);
    for (const member of ['"length":10', '"version":20}']) {
      const changed = snapshot.replace(member, member.replace(/\d+/, wrong));
      expect(changed).not.toBe(snapshot);
      expect(() => parseSnapshot(Buffer.from(changed))).toThrow(TufError);
    }
  }
});

it('[A-46] no entry in the usual spelling stands twice, in a row or apart', () => {
  const [a, b] = ['"a.json":{"version":1}', '"b.json":{"version":1}'];
  const document = (meta: string) => {
    const head = '"_type":"snapshot","expires":"2031-01-01T00:00:00Z"';
    return Buffer.from(`{"signatures":[],"signed":{${head},"meta":{${meta}},"spec_version":"1.0.34","version":1}}`);
  };
  expect(parseSnapshot(document(`${a},${b}`)).signed.meta.size).toBe(2);
  for (const meta of [`${a},${a}`, `${a},${b},${b}`, `${a},${b},${a}`, `${b},${a},${a}`]) {
    expect(() => parseSnapshot(document(meta))).toThrow(/stands twice/);
  }
});

it('[4.5-c, A-13] a target has no digest of no hex', () => {
  const listed = (digit: string) => targetsWith({ hashes: { sha256: digit.repeat(64) }, length: 1 });
  expect(parseTargets(listed('a')).signed.targets.size).toBe(1);
  expect(() => parseTargets(listed('g'))).toThrow(TufError);
});

it('[4.4-c] a snapshot counts what it lists', () => {
  const meta = { 'a.json': { version: 1 }, 'b.json': { version: 2 } };
  for (const [listed, size] of [
    [meta, 2],
    [{}, 0],
  ] as const) {
    expect(parseSnapshot(simulator.signed({ ...simulator.snapshot, meta: listed }, [])).signed.meta.size).toBe(size);
  }
});
