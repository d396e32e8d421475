/**
 * Entries in the spelling that nearly all files have are read in runs; whatever differs from it by a character is not. Held
 * against the platform's parser and a schema written here, so that both ways of reading give one answer.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import { limitsWith } from '../../src/metadata/limits.ts';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { randomFrom, utf8 } from './json-texts.ts';
import { reasonAgainst } from './lenient-json.ts';

type Kind = 'snapshot' | 'targets';

const digest = (fill: string): string => fill.repeat(64 / fill.length);
const names = [
  'a',
  'a.json',
  'b',
  'b b',
  'c/d',
  'é',
  '\u{1f600}',
  '\ue000',
  '',
  '~',
  '!',
  'x'.repeat(998),
  'y'.repeat(1000),
];

/** One member as nearly all files have it, or nearly so. */
function memberText(kind: Kind, name: string, random: () => number): string {
  const pick = <T>(...from: T[]): T => from[Math.floor(random() * from.length)] as T;
  const isBad = random() < 0.03;
  const good = [`{"sha256":"${digest(pick('ab', 'AB', '00', '0f'))}"}`, `{"sha256":"${digest('ab')}"}`];
  good.push(`{"sha256":"${digest('ab')}","sha512":"${digest('cd')}${digest('cd')}"}`, '{"md5":"x"}');
  const bad = ['{}', `{"sha256":"${digest('ab')}0"}`, `{"sha256":"${digest('xy')}"}`, '{"md5":1}', '[]', 'null'];
  const goodLengths = ['0', '1', '12', '999999999999999', '1000000000000000', '9007199254740991'];
  const badCounts = ['01', '-1', '9007199254740992', '9007199254740993', '1.0', '1e3', '"1"', 'true'];
  const hashes = `"hashes":${isBad ? pick(...good, ...bad) : pick(...good)}`;
  const length = `"length":${isBad ? pick(...goodLengths, ...badCounts) : pick(...goodLengths)}`;
  const goodVersions = goodLengths.slice(1);
  const version = `"version":${isBad ? pick(...goodVersions, ...badCounts, '0') : pick(...goodVersions)}`;
  const parts =
    kind === 'targets'
      ? [hashes, length, ...(random() < 0.2 ? ['"custom":{"a":[1]}'] : [])]
      : [...(random() < 0.5 ? [hashes] : []), ...(random() < 0.5 ? [length] : []), version];
  if (random() < 0.1) parts.reverse();
  if (isBad && random() < 0.3) parts.pop();
  return `${JSON.stringify(name)}:{${parts.join(pick(',', ',', ',', ', '))}}`;
}

function documentText(kind: Kind, seed: number): string {
  const random = randomFrom(seed);
  const list = [...names].filter(() => random() < 0.6);
  if (random() < 0.2) list.reverse();
  if (random() < 0.1 && list[0] !== undefined) list.push(list[0]);
  const members = list.map((name) => memberText(kind, name, random)).join(random() < 0.9 ? ',' : ' ,');
  const member = kind === 'snapshot' ? 'meta' : 'targets';
  const signed = `"_type":"${kind}","expires":"2031-01-01T00:00:00Z","spec_version":"1.0","version":1`;
  const text = `{"signatures":[],"signed":{${signed},"${member}":{${members}}}}`;
  if (random() < 0.5) return text;
  // One character among the entries is lost, doubled or another.
  const from = text.indexOf(`"${member}":`);
  const at = from + Math.floor(random() * (text.length - from));
  const others = ['', text.slice(at, at + 1).repeat(2), ...'{}[]",:\\09ax- \u0001'];
  return text.slice(0, at) + (others[Math.floor(random() * others.length)] ?? '') + text.slice(at + 1);
}

const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;
const sizes: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128, 'blake2b-256': 64 };
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function areHashes(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).length === 0) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      typeof text === 'string' &&
      (sizes[name] === undefined || (text.length === sizes[name] && /^[0-9a-f]*$/i.test(text))),
  );
}

/** The entries that a reader has to give, `undefined` where it has to refuse; by the platform's parser and this schema. */
function expectedEntries(kind: Kind, bytes: Uint8Array): Map<string, unknown> | undefined {
  if (reasonAgainst(bytes) !== undefined) return undefined;
  const document = JSON.parse(Buffer.from(bytes).toString());
  const { signed } = isObject(document) ? document : {};
  const isEnvelope = Array.isArray(document?.signatures) && document.signatures.length === 0 && isObject(signed);
  if (!isEnvelope || signed['_type'] !== kind || !isCount(signed['version'], 1)) return undefined;
  if (signed['spec_version'] !== '1.0' || signed['expires'] !== '2031-01-01T00:00:00Z') return undefined;
  const listed = signed[kind === 'snapshot' ? 'meta' : 'targets'];
  if (!isObject(listed)) return undefined;
  const isEntry = (entry: unknown): boolean => {
    if (!isObject(entry)) return false;
    const has = (name: string): boolean => Object.hasOwn(entry, name);
    const hashes = has('hashes') ? areHashes(entry['hashes']) : kind === 'snapshot';
    const length = has('length') ? isCount(entry['length'], 0) : kind === 'snapshot';
    const version = kind === 'targets' || isCount(entry['version'], 1);
    return hashes && length && version && (kind === 'snapshot' || !has('custom') || isObject(entry['custom']));
  };
  return Object.values(listed).every(isEntry) ? new Map(Object.entries(listed)) : undefined;
}

function readEntries(kind: Kind, bytes: Uint8Array, depth = 64): Map<string, unknown> | undefined {
  const limits = limitsWith({ depth });
  try {
    if (kind === 'snapshot') {
      const { meta } = parseSnapshot(bytes, { limits }).signed;
      return new Map([...meta.versions()].map(([name, version]) => [name, { ...meta.get(name), listed: version }]));
    }
    const { targets } = parseTargets(bytes, 'targets', { limits }).signed;
    return new Map([...targets.paths()].map((path) => [path, targets.get(path)]));
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return undefined;
  }
}

describe.each<Kind>(['snapshot', 'targets'])('the entries of a %s', (kind) => {
  it('[A-11, A-13, A-21, A-28, A-32, A-46, A-66, 4.4-g, 4.5-c] are read as the platform reads them, and only where they hold', () => {
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const text = documentText(kind, seed);
        const bytes = utf8(text);
        const expected = expectedEntries(kind, bytes);
        const found = readEntries(kind, bytes);
        expect(found === undefined, text.slice(0, 3000)).toBe(expected === undefined);
        if (found === undefined || expected === undefined) {
          refused += 1;
          return;
        }
        accepted += 1;
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [name, entry] of expected) {
          const { hashes, length, version, custom } = entry as Record<string, unknown>;
          const plainHashes = hashes === undefined ? undefined : new Map(Object.entries(hashes as object));
          expect(found.get(name)).toMatchObject(
            kind === 'snapshot'
              ? { listed: version, version, length, hashes: plainHashes }
              : { path: name, length, hashes: plainHashes },
          );
          if (kind === 'targets')
            expect((found.get(name) as { custom?: unknown }).custom === undefined).toBe(custom === undefined);
        }
      }),
      { numRuns: 2000 },
    );
    expect([accepted > 200, refused > 500]).toEqual([true, true]);
  });

  it('[A-46, A-68] count their nesting, however they are read', () => {
    const entry = kind === 'snapshot' ? '"version":1' : '"length":0';
    const deep = `"a":{"hashes":{"sha256":"${digest('ab')}"},${entry}}`;
    const member = kind === 'snapshot' ? 'meta' : 'targets';
    const text = (members: string): Uint8Array =>
      utf8(
        `{"signatures":[],"signed":{"_type":"${kind}","${member}":{${members}},"expires":"2031-01-01T00:00:00Z","spec_version":"1.0","version":1}}`,
      );
    for (const members of [deep, ` ${deep}`]) {
      expect(readEntries(kind, text(members), 5)?.size).toBe(1);
      expect(readEntries(kind, text(members), 4)).toBeUndefined();
    }
  });
});
