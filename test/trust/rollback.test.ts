import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import type { Signed } from '../../src/metadata/document.ts';
import { parseRoot, type Root } from '../../src/metadata/root.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../../src/metadata/snapshot.ts';
import {
  checkListedVersion,
  checkRootSuccession,
  checkSnapshotRollback,
  compareTimestamps,
} from '../../src/trust/rollback.ts';
import { Simulator } from '../simulator/simulator.ts';
import { file, plainTimestamp } from './documents.ts';

const most = Number.MAX_SAFE_INTEGER;

const timestamp = (version: number, snapshot: number): Signed<Timestamp> =>
  parseTimestamp(file([], { ...plainTimestamp, version, meta: { 'snapshot.json': { version: snapshot } } }));

const snapshot = (version: number, listed: Readonly<Record<string, number>>): Signed<Snapshot> => {
  const meta = Object.fromEntries(Object.entries(listed).map(([path, each]) => [path, { version: each }]));
  return parseSnapshot(file([], { ...plainTimestamp, _type: 'snapshot', version, meta }));
};

const { root: plainRoot } = new Simulator();
const root = (version: number): Signed<Root> => parseRoot(file([], { ...plainRoot, version }));

/** The evidence of a refusal, with its code. */
function refusalOf(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return { code: error.code, ...error.evidence };
  }
}

describe('versions', () => {
  it.each<[number, number, string | undefined]>([
    [1, 2, undefined],
    [most - 1, most, undefined],
    [1, 1, 'ERR_TUF_ROLLBACK'],
    [2, 1, 'ERR_TUF_ROLLBACK'],
    [most, most, 'ERR_TUF_ROLLBACK'],
    [1, 3, 'ERR_TUF_VERSION_MISMATCH'],
    [1, 2 ** 31, 'ERR_TUF_VERSION_MISMATCH'],
    [1, most, 'ERR_TUF_VERSION_MISMATCH'],
  ])('[5.3.5, A-21] of roots go up by one: %i, then %i (ROOT-02)', (from, to, code) => {
    const evidence = code === 'ERR_TUF_ROLLBACK' ? { subject: 'root', trustedVersion: from } : { expected: from + 1 };
    expect(refusalOf(() => checkRootSuccession(root(from), root(to)))).toEqual(
      code && { code, role: 'root', version: to, ...evidence },
    );
  });

  it.each<[held: [number, number], served: [number, number], expected: string | object]>([
    [[3, 5], [4, 5], 'newer'],
    [[3, 5], [4, 6], 'newer'],
    [[3, 5], [most, most], 'newer'],
    [[3, 5], [3, 5], 'same'],
    // What is held stays, so nothing of the other counts.
    [[3, 5], [3, 1], 'same'],
    [[3, 5], [2, 9], { subject: 'timestamp', trustedVersion: 3, version: 2 }],
    [[3, 5], [4, 4], { subject: 'snapshot.json', trustedVersion: 5, version: 4 }],
    [[most, 1], [most - 1, 1], { subject: 'timestamp', trustedVersion: most, version: most - 1 }],
  ])('[5.4.3.1a, 5.4.3.1b, 5.4.3.2] of timestamps: %j, then %j (RB-01, RB-02, RB-08)', (held, served, expected) => {
    let verdict: string | undefined;
    const refusal = refusalOf(() => {
      verdict = compareTimestamps(timestamp(...held), timestamp(...served));
    });
    if (typeof expected === 'string') expect(verdict).toBe(expected);
    else expect(refusal).toMatchObject({ code: 'ERR_TUF_ROLLBACK', role: 'timestamp', ...expected });
  });

  it('[5.4.3.2] of timestamps: one that lists no snapshot is refused', () => {
    const none = parseTimestamp(file([], { ...plainTimestamp, version: 9, meta: {} }));
    expect(refusalOf(() => compareTimestamps(timestamp(1, 1), none))).toMatchObject({ version: undefined });
  });

  it('[5.5.5a, 5.5.5b, A-26, A-27, A-59] of a snapshot and of all that it lists never go back (RB-03 to RB-05)', () => {
    const paths = ['targets.json', 'a.json', 'b.json', 'root.json', '__proto__', '10', 'Z'];
    const listed = fc.dictionary(fc.constantFrom(...paths), fc.integer({ min: 1, max: 3 }), { noNullPrototype: true });
    let refused = 0;
    fc.assert(
      fc.property(
        listed,
        listed,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (before, after, v, w) => {
          const goesBack = Object.entries(before).filter(
            ([path, version]) => !Object.hasOwn(after, path) || (after[path] as number) < version,
          );
          const refusal = refusalOf(() => checkSnapshotRollback(snapshot(v, before), snapshot(w, after)));
          if (w < v) {
            const evidence = { role: 'snapshot', subject: 'snapshot', trustedVersion: v, version: w };
            expect(refusal).toEqual({ code: 'ERR_TUF_ROLLBACK', ...evidence });
          } else expect(refusal === undefined).toBe(goesBack.length === 0);
          if (refusal === undefined || w < v) return;
          refused += 1;
          const { role, subject, trustedVersion, version } = refusal as Record<string, unknown>;
          expect(role).toBe('snapshot');
          expect(goesBack.map(([path]) => path)).toContain(subject);
          const versions = [before, after].map((list) => new Map(Object.entries(list)).get(subject as string));
          expect([trustedVersion, version]).toEqual(versions);
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it.each([
    [
      'timestamp: version 2 is older than the trusted version 3',
      () => compareTimestamps(timestamp(3, 1), timestamp(2, 1)),
    ],
    [
      'timestamp: snapshot.json at version 4 is older than the trusted version 5',
      () => compareTimestamps(timestamp(3, 5), timestamp(4, 4)),
    ],
    [
      'snapshot: a.json is no longer listed (trusted at version 2)',
      () => checkSnapshotRollback(snapshot(1, { 'a.json': 2 }), snapshot(1, {})),
    ],
  ])('that go back are told with the file that does: %s', (message, check) => {
    expect(check).toThrow(expect.objectContaining({ message }));
  });

  it('[4.4-d, 5.5.4, 5.6.4] are those that are listed, no higher and no lower', () => {
    expect(refusalOf(() => checkListedVersion(timestamp(4, 1), 4))).toBeUndefined();
    for (const expected of [3, 5, most]) {
      expect(refusalOf(() => checkListedVersion(timestamp(4, 1), expected))).toEqual({
        code: 'ERR_TUF_VERSION_MISMATCH',
        role: 'timestamp',
        expected,
        version: 4,
      });
    }
  });
});
