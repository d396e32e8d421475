import { describe, expect, expectTypeOf, it } from 'vitest';
import { TufError } from '../../src/errors.ts';
import type { Instant } from '../../src/metadata/date-time.ts';
import type { DocumentHead, Signed } from '../../src/metadata/document.ts';
import { parseRoot, type Root } from '../../src/metadata/root.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../../src/metadata/snapshot.ts';
import { parseTargets, type Targets } from '../../src/metadata/targets.ts';
import { topLevelAuthority } from '../../src/trust/authority.ts';
import type { TrustQuestion } from '../../src/trust/question.ts';
import {
  type Authentic,
  authenticSnapshot,
  authenticTimestamp,
  isSignedUnder,
  type TrustContext,
  type Trusted,
  targetsMeta,
  trustHeldSnapshot,
  trustNextRoot,
  trustPinnedRoot,
  trustSnapshot,
  trustTargets,
  trustTimestamp,
} from '../../src/trust/trusted.ts';
import { SimKey } from '../simulator/key.ts';
import { day, Simulator, sha256 } from '../simulator/simulator.ts';
import { eventsIn, prove } from './prove.ts';

const simulator = new Simulator({ hashes: true });
const time: Instant = { milliseconds: simulator.time, nanoseconds: 0 };
const context: TrustContext = { time };
const root = prove(trustPinnedRoot(simulator.bytes('metadata/1.root.json'), context));
const signersOf = (role: string): SimKey[] => simulator.keys.get(role) ?? [];

/** The code of a refusal, and the kinds of questions that were asked until then. */
function refusal(run: (log: TrustQuestion[]) => unknown): { code: string | undefined; asked: string[] } {
  const log: TrustQuestion[] = [];
  try {
    run(log);
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    return { code: error.code, asked: log.map(({ kind }) => kind) };
  }
  return { code: undefined, asked: log.map(({ kind }) => kind) };
}

describe('the order of the checks', () => {
  const good = simulator.timestamp;
  const expired = { ...good, expires: simulator.at(-1) };
  const held = prove(trustTimestamp(root, simulator.bytes('metadata/timestamp.json'), undefined, context));
  const serve = (document: object, keys = signersOf('timestamp'), from: Authentic<Timestamp> | undefined = undefined) =>
    refusal((log) => prove(trustTimestamp(root, simulator.signed(document, keys), from, context), log));

  it('[5.4.2, 5.4.3.1a, 5.4.3.2, 5.4.4] of a timestamp: signatures, what it lists, versions, expiry', () => {
    const { meta: _, ...withoutMeta } = expired;
    expect(serve(withoutMeta, []).code).toBe('ERR_TUF_MALFORMED');
    expect(serve({ ...expired, meta: {} }, []).code).toBe('ERR_TUF_UNSIGNED');
    expect(serve({ ...expired, meta: {} }).code).toBe('ERR_TUF_MISSING_META');
    const older = prove(
      authenticTimestamp(root, simulator.signed({ ...good, version: 5 }, signersOf('timestamp')), context),
    );
    expect(serve(expired, signersOf('timestamp'), older).code).toBe('ERR_TUF_ROLLBACK');
    expect(serve(expired).code).toBe('ERR_TUF_EXPIRED');
    expect(serve(good, signersOf('timestamp'), held)).toEqual({ code: undefined, asked: ['verify', 'verify'] });
  });

  it('[5.5.2, 5.5.3, 5.5.4, 5.5.6] of a snapshot: length and hashes before it is parsed, then as above', () => {
    const bytes = simulator.bytes('metadata/1.snapshot.json');
    const trust = (served: Uint8Array, timestamp = held) =>
      refusal((log) => prove(trustSnapshot(root, timestamp, served, undefined, context), log));
    expect(trust(bytes)).toEqual({ code: undefined, asked: ['digest', 'verify'] });
    expect(trust(bytes.slice(1))).toEqual({ code: 'ERR_TUF_LENGTH_MISMATCH', asked: [] });
    expect(trust(Uint8Array.of(...bytes, 32))).toEqual({ code: 'ERR_TUF_TOO_LONG', asked: [] });
    expect(trust(new Uint8Array(bytes.length))).toEqual({ code: 'ERR_TUF_HASH_MISMATCH', asked: ['digest'] });
    const listing = (document: object, keys: SimKey[]): [Uint8Array, Trusted<Timestamp>] => {
      const file = simulator.signed(document, keys);
      const meta = { 'snapshot.json': { version: 1, length: file.length, hashes: { sha256: sha256(file) } } };
      const timestamp = simulator.signed({ ...good, meta }, signersOf('timestamp'));
      return [file, prove(trustTimestamp(root, timestamp, undefined, context))];
    };
    const wrong = { ...simulator.snapshot, version: 2, expires: simulator.at(-1), meta: {} };
    expect(trust(...listing(wrong, [])).code).toBe('ERR_TUF_UNSIGNED');
    expect(trust(...listing(wrong, signersOf('snapshot'))).code).toBe('ERR_TUF_VERSION_MISMATCH');
    expect(trust(...listing({ ...wrong, version: 1 }, signersOf('snapshot'))).code).toBe('ERR_TUF_MISSING_META');
    const late = { ...simulator.snapshot, expires: simulator.at(-1) };
    expect(trust(...listing(late, signersOf('snapshot'))).code).toBe('ERR_TUF_EXPIRED');
  });

  it('[5.3.4a, 5.3.4b, 5.3.5, 5.3.6] of a root: the old keys, its own, the version; never the expiry', () => {
    const next = (version: number, keys: SimKey[], expires = simulator.at(-1)) =>
      refusal((log) =>
        prove(trustNextRoot(root, simulator.signed({ ...simulator.root, version, expires }, keys), context), log),
      );
    expect(next(2, signersOf('root'))).toMatchObject({ code: undefined, asked: expect.arrayContaining(['verify']) });
    expect(next(3, []).code).toBe('ERR_TUF_UNSIGNED');
    expect(next(3, signersOf('root')).code).toBe('ERR_TUF_VERSION_MISMATCH');
    expect(next(1, signersOf('root')).code).toBe('ERR_TUF_ROLLBACK');
  });

  it('[5.3.4b, 5.3.4c] of a root: a raised threshold counts different keys (SIG-03, PY-2)', () => {
    const [own] = signersOf('root') as [SimKey];
    const again = new SimKey('root', 'ff'.repeat(32));
    const other = new SimKey('another');
    const raised = (keys: readonly SimKey[], signers: readonly SimKey[]) => {
      const listed = Object.fromEntries(keys.map((key) => [key.keyid, key.key]));
      const roles = { ...simulator.root.roles, root: { keyids: keys.map(({ keyid }) => keyid), threshold: 2 } };
      const document = { ...simulator.root, version: 2, keys: { ...simulator.root.keys, ...listed }, roles };
      return refusal((log) => prove(trustNextRoot(root, simulator.signed(document, signers), context), log)).code;
    };
    expect(raised([own, other], [own, other])).toBeUndefined();
    expect(raised([own, other], [own])).toBe('ERR_TUF_UNSIGNED');
    expect(raised([own, other], [other])).toBe('ERR_TUF_UNSIGNED');
    expect(raised([own, again], [own, again])).toBe('ERR_TUF_UNSIGNED');
  });

  it('[5.6.2, 5.6.3, 5.6.4, 5.6.5, A-45] of targets: bytes, signatures, version, expiry', () => {
    const snapshot = prove(trustSnapshot(root, held, simulator.bytes('metadata/1.snapshot.json'), undefined, context));
    const authority = topLevelAuthority(root, 'targets');
    const bytes = simulator.bytes('metadata/1.targets.json');
    const trust = (served: Uint8Array, at: Instant = time, by = authority) =>
      refusal((log) => prove(trustTargets(by, snapshot, served, { time: at }), log));
    expect(trust(bytes)).toEqual({ code: undefined, asked: ['digest', 'verify'] });
    expect(trust(bytes.slice(1)).code).toBe('ERR_TUF_LENGTH_MISMATCH');
    expect(trust(bytes, time, { ...authority, keyids: [] }).code).toBe('ERR_TUF_UNSIGNED');
    expect(trust(bytes, time, { ...authority, role: 'other' }).code).toBe('ERR_TUF_MISSING_META');
    const later = { milliseconds: simulator.time + 30 * day, nanoseconds: 0 };
    expect(trust(bytes, later).code).toBe('ERR_TUF_EXPIRED');
    const before = { milliseconds: simulator.time + 30 * day - 1, nanoseconds: 999_999 };
    expect(trust(bytes, before).code).toBeUndefined();
  });
});

describe('a timestamp of the version that is held', () => {
  const bytes = simulator.bytes('metadata/timestamp.json');
  const held = prove(authenticTimestamp(root, bytes, context));

  it('[5.4.3.1b, A-16] leaves what is held, and a difference is reported with both digests', () => {
    const other = simulator.signed({ ...simulator.timestamp, 'x-other': 1 }, signersOf('timestamp'));
    const log: TrustQuestion[] = [];
    expect(prove(trustTimestamp(root, other, held, context), log)).toBe(held);
    expect(eventsIn(log)).toEqual([
      { type: 'equivocation', role: 'timestamp', version: 1, held: sha256(bytes), served: sha256(other) },
    ]);
  });

  it('[A-16] in other bytes or with other signatures is the same timestamp', () => {
    const spaced = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), null, 2));
    const log: TrustQuestion[] = [];
    expect(prove(trustTimestamp(root, new Uint8Array(spaced), held, context), log)).toBe(held);
    expect(eventsIn(log)).toEqual([]);
  });

  it('[5.4.2] is not taken from what is held when this root does not trust that', () => {
    const rotated = new Simulator();
    rotated.trustKeys('timestamp', [new SimKey('rotated')]);
    rotated.root.version = 1;
    const otherRoot = prove(trustPinnedRoot(rotated.signed(rotated.root, signersOf('root')), context));
    const served = rotated.signed(simulator.timestamp, [new SimKey('rotated')]);
    expect(refusal((log) => prove(trustTimestamp(otherRoot, served, held, context), log)).code).toBe(
      'ERR_TUF_UNSIGNED',
    );
    expect(prove(isSignedUnder(otherRoot, 'timestamp', held))).toBe(false);
    expect(prove(isSignedUnder(root, 'timestamp', held))).toBe(true);
  });

  it('[A-25, 4.6-a] may list more files: reported by default, refused under strict', () => {
    const meta = { ...simulator.timestamp.meta, 'other.json': { version: 1 }, constructor: { version: 2 } };
    const file = simulator.signed({ ...simulator.timestamp, meta }, signersOf('timestamp'));
    const log: TrustQuestion[] = [];
    prove(trustTimestamp(root, file, undefined, context), log);
    expect(eventsIn(log)).toEqual([{ type: 'extra-timestamp-meta', names: ['constructor', 'other.json'] }]);
    expect(() => prove(trustTimestamp(root, file, undefined, { ...context, profile: 'strict' }))).toThrow(
      expect.objectContaining({
        code: 'ERR_TUF_MALFORMED',
        evidence: { role: 'timestamp', pointer: '/signed/meta' },
      }),
    );
  });
});

describe('a snapshot that is held', () => {
  const bytes = simulator.bytes('metadata/1.snapshot.json');
  const timestamp = prove(trustTimestamp(root, simulator.bytes('metadata/timestamp.json'), undefined, context));
  const held = prove(authenticSnapshot(root, bytes, context));
  /** A timestamp that lists other bytes as the snapshot. */
  const listing = (file: Uint8Array): Trusted<Timestamp> => {
    const meta = { 'snapshot.json': { version: 1, length: file.length, hashes: { sha256: sha256(file) } } };
    const signed = simulator.signed({ ...simulator.timestamp, meta }, signersOf('timestamp'));
    return prove(trustTimestamp(root, signed, undefined, context));
  };
  const evidenceOf = (run: () => unknown): object | undefined => {
    try {
      run();
      return undefined;
    } catch (error) {
      if (!(error instanceof TufError)) throw error;
      return { code: error.code, ...error.evidence };
    }
  };

  it('[5.5.2, A-57, A-58] is trusted again by its bytes and signatures, where it is the one that is listed', () => {
    const log: TrustQuestion[] = [];
    expect(prove(trustHeldSnapshot(root, timestamp, held, context), log)).toBe(held);
    expect(log.map(({ kind }) => kind)).toEqual(['digest', 'verify']);
    const longer = listing(Uint8Array.of(...bytes, 32));
    for (const proof of [
      trustHeldSnapshot(root, longer, held, context),
      trustSnapshot(root, longer, bytes, held, context),
    ]) {
      expect(evidenceOf(() => prove(proof))).toMatchObject({ code: 'ERR_TUF_LENGTH_MISMATCH', role: 'snapshot' });
    }
  });

  it('[5.5.3] is not trusted under a root that trusts other keys', () => {
    const rotated = new Simulator({ hashes: true });
    rotated.trustKeys('snapshot', [new SimKey('rotated')]);
    rotated.root.version = 1;
    const otherRoot = prove(trustPinnedRoot(rotated.signed(rotated.root, signersOf('root')), context));
    expect(evidenceOf(() => prove(trustHeldSnapshot(otherRoot, timestamp, held, context)))).toMatchObject({
      code: 'ERR_TUF_UNSIGNED',
      role: 'snapshot',
    });
  });

  it('[5.5.5a, 5.5.5b] is what the next one is compared with', () => {
    const newer = { ...simulator.snapshot, version: 2 };
    const before = prove(authenticSnapshot(root, simulator.signed(newer, signersOf('snapshot')), context));
    expect(evidenceOf(() => prove(trustSnapshot(root, timestamp, bytes, before, context)))).toMatchObject({
      code: 'ERR_TUF_ROLLBACK',
      role: 'snapshot',
    });
  });

  it('[4.4-a, 4.6-a, A-25, A-41] is named when it is not listed, and so is a role that it does not list', () => {
    const none = simulator.signed({ ...simulator.timestamp, meta: {} }, signersOf('timestamp'));
    expect(evidenceOf(() => prove(authenticTimestamp(root, none, context)))).toEqual({
      code: 'ERR_TUF_MISSING_META',
      role: 'timestamp',
      subject: 'snapshot.json',
    });
    expect(evidenceOf(() => targetsMeta(held, 'other'))).toEqual({
      code: 'ERR_TUF_MISSING_META',
      role: 'snapshot',
      subject: 'other.json',
    });
  });
});

describe('whether a document is signed', () => {
  it('is not answered by what went wrong while a signature was verified', () => {
    const document = prove(authenticTimestamp(root, simulator.bytes('metadata/timestamp.json'), context));
    const failures = [
      new TypeError('broken'),
      Object.assign(new TypeError('of another kind'), { code: 'ERR_TUF_UNSIGNED' }),
      new TufError('ERR_TUF_NOT_FOUND', 'of another code', { path: '' }, { hint: '' }),
    ];
    for (const failure of failures) {
      const proof = isSignedUnder(root, 'timestamp', document);
      expect(proof.next().value).toMatchObject({ kind: 'verify' });
      expect(() => proof.throw(failure)).toThrow(failure);
    }
  });
});

describe('trust as a type', () => {
  it('is not had by parsing', () => {
    expectTypeOf<Signed<Root>>().not.toExtend<Trusted<Root>>();
    expectTypeOf<Signed<Root>>().not.toExtend<Authentic<Root>>();
    expectTypeOf<Authentic<Timestamp>>().not.toExtend<Trusted<Timestamp>>();
    expectTypeOf<Trusted<Timestamp>>().toExtend<Authentic<Timestamp>>();
    expectTypeOf<Trusted<Snapshot>>().not.toExtend<Trusted<Timestamp>>();
    expectTypeOf<Trusted<Targets>>().not.toExtend<Trusted<Snapshot>>();
    expectTypeOf<Trusted<Root>>().toExtend<Signed<DocumentHead>>();
    expectTypeOf(parseRoot).returns.not.toExtend<Trusted<Root>>();
    expectTypeOf(parseTimestamp).returns.not.toExtend<Trusted<Timestamp>>();
    expectTypeOf(parseSnapshot).returns.not.toExtend<Trusted<Snapshot>>();
    expectTypeOf(parseTargets).returns.not.toExtend<Trusted<Targets>>();
  });

  it('makes a step out of order an error of the compiler, which every line marked here is', () => {
    const steps = (
      bytes: Uint8Array,
      parsed: Signed<Root>,
      old: Authentic<Timestamp>,
      snapshot: Authentic<Snapshot>,
    ) => {
      const authority = topLevelAuthority(parsed, 'targets');
      return [
        // @ts-expect-error a root that was only parsed succeeds nothing
        () => trustNextRoot(parsed, bytes, context),
        // @ts-expect-error a timestamp is held against a trusted root
        () => trustTimestamp(parsed, bytes, undefined, context),
        // @ts-expect-error a snapshot needs a timestamp that has passed every check, not an old one
        () => trustSnapshot(root, old, bytes, undefined, context),
        // @ts-expect-error a baseline has been verified at least
        () => trustTimestamp(root, bytes, parseTimestamp(bytes), context),
        // @ts-expect-error targets need a snapshot that has passed every check, not an old one
        () => trustTargets(authority, snapshot, bytes, context),
        // @ts-expect-error a trusted root is no trusted timestamp
        () => trustSnapshot(root, root, bytes, undefined, context),
        // @ts-expect-error an update without its fixed start time checks no expiry
        () => trustTimestamp(root, bytes, undefined, {}),
        () => authenticSnapshot(root, bytes, context),
      ];
    };
    expect(steps).toBeTypeOf('function');
  });
});
