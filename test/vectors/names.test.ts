/**
 * The vectors about dates, patterns, bins and URLs against the part of tufa that each asks. A refusal counts only if its
 * control is accepted, and a path that is not matched only if its control is.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { rolesForPath } from '../../src/metadata/delegations.ts';
import type { Profile } from '../../src/metadata/document.ts';
import { metadataUrlPath, targetUrlPath } from '../../src/metadata/file-name.ts';
import { parseTimestamp } from '../../src/metadata/snapshot.ts';
import { matchesPattern } from '../../src/metadata/target-path.ts';
import { parseTargets } from '../../src/metadata/targets.ts';

interface Vector<Input, Expect> {
  readonly id: string;
  readonly rows: readonly string[];
  readonly input: Input;
  readonly expect: Expect;
  readonly control?: string;
  readonly sequence?: { readonly steps: readonly { readonly expect: { readonly result: string } }[] };
}

type DateTime = Vector<{ text: string }, Record<Profile, Read>>;
type Read = { result: 'accept'; seconds: number; nanoseconds: number } | { result: 'reject'; reason: string };
type PathPattern = Vector<{ pattern: string; path: string }, { matched: boolean }>;
type HashBin = Vector<
  { path: string; bit_length?: number; name_prefix?: string; path_hash_prefixes?: string[] },
  { name?: string; matched?: boolean }
>;
type TargetUrl = Vector<
  { path?: string; digest?: string; role?: string; version?: number },
  { url?: string; result?: string; reason?: string }
>;

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { vectors: { id: string }[] };

function family<T extends { id: string }>(name: string): ReadonlyMap<string, T> {
  const ids = index.vectors.map(({ id }) => id).filter((id) => id.startsWith(`${name}/`));
  return new Map(ids.map((id) => [id, JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as T]));
}

/** What was asked and answered otherwise than the vector says, as `ID: answer`. */
function disagreements<T extends { id: string; expect: unknown }>(
  vectors: ReadonlyMap<string, T>,
  answer: (vector: T) => unknown,
): string[] {
  return [...vectors.values()].flatMap((vector) => {
    const found = answer(vector);
    return isSame(found, vector.expect) ? [] : [`${vector.id}: ${JSON.stringify(found)}`];
  });
}

function isSame(found: unknown, expected: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .sort()
          .map(([k, v]) => [k, sorted(v)])
      : value;
  return JSON.stringify(sorted(found)) === JSON.stringify(sorted(expected));
}

/** The refusal of a reader; any other error is a failure of the test. */
function refusalOf(read: () => object): object {
  try {
    return read();
  } catch (error) {
    if (!isTufError(error)) throw error;
    return { result: 'reject', reason: error.code.replace('ERR_TUF_', '').replaceAll('_', '-').toLowerCase() };
  }
}

/** Each row that the title of the running test names is the subject of a vector. */
function expectRowsCovered(vectors: ReadonlyMap<string, { readonly rows: readonly string[] }>): void {
  const ids = /\[([^\]]+)\]/.exec(expect.getState().currentTestName ?? '')?.[1]?.split(/,\s*/) ?? [];
  const rows = new Set([...vectors.values()].flatMap((vector) => vector.rows));
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.filter((id) => !rows.has(id))).toEqual([]);
}

/** Both verdicts occur often, and what is denied has a control in which the opposite holds. */
function expectControls<T extends Vector<unknown, unknown>>(
  vectors: ReadonlyMap<string, T>,
  isDenied: (vector: T) => boolean,
): void {
  const denied = [...vectors.values()].filter(isDenied);
  expect(denied.length).toBeGreaterThan(9);
  expect(vectors.size - denied.length).toBeGreaterThan(9);
  for (const { id, control } of denied) {
    const twin = vectors.get(control ?? '');
    expect(twin !== undefined && !isDenied(twin), id).toBe(true);
  }
  const accepted = [...vectors.values()].filter((vector) => !isDenied(vector));
  expect(accepted.filter(({ control }) => control !== undefined).map(({ id }) => id)).toEqual([]);
}

describe('date-time', () => {
  const vectors = family<DateTime>('date-time');
  const profiles: Profile[] = ['default', 'strict'];

  it('[4.2.3-a, A-09, A-09b, A-32] every date as a document is read', () => {
    expectRowsCovered(vectors);
    const answer = ({ input: { text } }: DateTime) =>
      Object.fromEntries(
        profiles.map((profile) => [
          profile,
          refusalOf(() => {
            const signed = `{"_type":"timestamp","expires":${text},"meta":{"snapshot.json":{"version":1}}`;
            const document = `{"signatures":[],"signed":${signed},"spec_version":"1.0.34","version":1}}`;
            const { expiresAt } = parseTimestamp(new Uint8Array(Buffer.from(document)), { profile }).signed;
            const seconds = Math.floor(expiresAt.milliseconds / 1000);
            const below = expiresAt.milliseconds - seconds * 1000;
            return { result: 'accept', seconds, nanoseconds: below * 1_000_000 + expiresAt.nanoseconds };
          }),
        ]),
      );
    expect(disagreements(vectors, answer)).toEqual([]);
  });

  it('has a control for every refusal', () => {
    expectControls(vectors, ({ expect: { strict } }) => strict.result === 'reject');
    for (const { id, expect: verdicts } of vectors.values()) {
      expect(verdicts.default.result === 'accept' || verdicts.strict.result === 'reject', id).toBe(true);
    }
  });
});

describe('path-pattern', () => {
  const vectors = family<PathPattern>('path-pattern');

  it('[4.5-k, 4.5-l, 4.5-m, A-47, A-48] every pattern and path', () => {
    expectRowsCovered(vectors);
    const answer = ({ input: { pattern, path } }: PathPattern) => ({ matched: matchesPattern(pattern, path) });
    expect(disagreements(vectors, answer)).toEqual([]);
  });

  it('[A-14, A-47] every pattern as a delegation is read', () => {
    const answer = ({ input: { pattern, path } }: PathPattern) => ({
      matched: rolesFor({ roles: [{ ...delegated, paths: [pattern] }] }, path).length === 1,
    });
    expect(disagreements(vectors, answer)).toEqual([]);
  });

  it('has a control for every path that is not matched', () => {
    expectControls(vectors, ({ expect: { matched } }) => !matched);
  });
});

describe('hash-bin', () => {
  const vectors = family<HashBin>('hash-bin');

  it('[4.5-i, A-15, A-35, A-49] every bin and every prefix', () => {
    expectRowsCovered(vectors);
    const answer = ({ input: { path, bit_length, name_prefix, path_hash_prefixes } }: HashBin) => {
      if (path_hash_prefixes !== undefined) {
        return { matched: rolesFor({ roles: [{ ...delegated, path_hash_prefixes }] }, path).length === 1 };
      }
      const [bin] = rolesFor({ succinct_roles: { keyids: [], threshold: 1, bit_length, name_prefix } }, path);
      return { name: bin?.name };
    };
    expect(disagreements(vectors, answer)).toEqual([]);
  });

  it('has a control for every path that has none of the prefixes', () => {
    expectControls(vectors, ({ expect: { matched } }) => matched === false);
  });

  it('knows every width of a suffix', () => {
    const lengths = [...vectors.values()].map(({ input }) => input.bit_length);
    for (const length of [1, 2, 4, 8, 10, 14, 16, 20, 32]) expect(lengths).toContain(length);
  });
});

describe('target-url', () => {
  const vectors = family<TargetUrl>('target-url');

  it('[3.1.1-a, 3.1.2-b, 5.7.3c, A-15, A-39, A-41] every target and every role', () => {
    expectRowsCovered(vectors);
    const answer = ({ input: { path, digest, role, version } }: TargetUrl) =>
      refusalOf(() => ({
        url: role === undefined ? targetUrlPath(path ?? '', digest) : metadataUrlPath(role, version),
      }));
    expect(disagreements(vectors, answer)).toEqual([]);
  });

  it('has a control for every refusal', () => {
    expectControls(vectors, ({ expect: { url } }) => url === undefined);
  });
});

it('asks a whole client too, wherever metadata can carry the question', () => {
  const all = ['date-time', 'path-pattern', 'hash-bin', 'target-url'].flatMap((name) => [
    ...family<Vector<unknown, unknown>>(name).values(),
  ]);
  const asked = all.filter(({ sequence }) => sequence !== undefined);
  expect(asked.length).toBeGreaterThan(150);
  for (const { id, sequence } of asked) {
    expect(sequence?.steps.length, id).toBe(2);
    expect(sequence?.steps[0]?.expect.result, id).toBe('accept');
  }
});

const delegated = { keyids: [], name: 'packages', terminating: false, threshold: 1 };

function rolesFor(delegations: object, path: string): ReturnType<typeof rolesForPath> {
  const signed = {
    _type: 'targets',
    delegations: { keys: {}, ...delegations },
    expires: '2050-01-01T00:00:00Z',
    spec_version: '1.0.34',
    targets: {},
    version: 1,
  };
  const document = parseTargets(new Uint8Array(Buffer.from(JSON.stringify({ signatures: [], signed }))), 'targets', {});
  const { delegations: read } = document.signed;
  return read === undefined ? [] : rolesForPath(read, path, createHash('sha256').update(path).digest('hex'));
}
