/**
 * The vectors against tufa's own reader, in process. A refusal counts only if its control is accepted.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isTufError } from '../../src/errors.ts';
import { type CanonicalForm, canonicalJson } from '../../src/metadata/canonical-json.ts';
import { type DocumentHead, type Profile, type ReadOptions, Signed } from '../../src/metadata/document.ts';
import { parseJson } from '../../src/metadata/json.ts';
import { defaultLimits, limitsWith } from '../../src/metadata/limits.ts';
import { parsePublicKey } from '../../src/metadata/public-key.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { Scanner } from '../../src/metadata/scanner.ts';
import { parseSnapshot, parseTimestamp } from '../../src/metadata/snapshot.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { verified } from '../trust/prove.ts';
import { expectedValues, foundValues } from './reading-values.ts';

interface Verdict {
  readonly result: 'accept' | 'reject';
  readonly reason?: string;
  readonly canonical?: string;
}

interface Vector {
  readonly id: string;
  readonly section: string;
  readonly rows: readonly string[];
  readonly role?: string;
  readonly input: string;
  readonly expect: Readonly<Record<string, Verdict>>;
  readonly reading?: {
    readonly values: Record<string, unknown> & { readonly instant?: { seconds: number; nanoseconds: number } };
    readonly canonical: string;
    readonly verifies: readonly string[];
  };
  readonly control?: string | Pick<Vector, 'input' | 'expect'>;
}

const folder = fileURLToPath(new URL('../../spec-vectors/', import.meta.url));
const readVector = (id: string): Vector => JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Vector;
const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { vectors: { id: string }[] };
const family = (name: string): Vector[] =>
  index.vectors.filter(({ id }) => id.startsWith(`${name}/`)).map(({ id }) => readVector(id));

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

const counts: string[] = [];
// Written straight to the descriptor: what a reporter holds back of a passing test is what should be seen here.
afterAll(() => process.stderr.write(`${counts.join('\n')}\n`));

/** `accept`, or the reason of the refusal; any throw but a typed refusal is a failure that names itself. */
function verdictOf(read: () => unknown): string {
  try {
    read();
    return 'accept';
  } catch (error) {
    if (!isTufError(error) || error.family !== 'format') return `not a refusal: ${String(error)}`;
    return error.code.replace('ERR_TUF_', '').replaceAll('_', '-').toLowerCase();
  }
}

const expected = ({ result, reason }: Verdict): string => (result === 'accept' ? 'accept' : (reason ?? 'malformed'));

/** Each row that the title of the running test names is the subject of a vector. */
function expectRowsCovered(vectors: readonly Vector[]): void {
  const ids = /\[([^\]]+)\]/.exec(expect.getState().currentTestName ?? '')?.[1]?.split(/,\s*/) ?? [];
  expect(ids.length).toBeGreaterThan(0);
  const rows = new Set(vectors.flatMap((vector) => vector.rows));
  expect(ids.filter((id) => !rows.has(id))).toEqual([]);
}

describe('canonical-json', () => {
  const vectors = family('canonical-json');
  const forms = ['olpc', 'rfc8785'] as const;
  const read = (input: string, form: CanonicalForm): string =>
    base64(canonicalJson(parseJson(bytesOf(input), { role: 'vector' }), form));

  it.each(forms)('[4.1-a, 4.1-b, A-01, A-46, A-60, A-66, A-67] every vector, under %s', (form) => {
    expectRowsCovered(vectors);
    const failed: string[] = [];
    let [accepted, refused] = [0, 0];
    for (const vector of vectors) {
      const verdict = vector.expect[form] as Verdict;
      let canonical: string | undefined;
      const found = verdictOf(() => {
        canonical = read(vector.input, form);
      });
      if (found !== expected(verdict) || canonical !== verdict.canonical) failed.push(`${vector.id}: ${found}`);
      if (verdict.result === 'accept') accepted += 1;
      else {
        refused += 1;
        const control = typeof vector.control === 'string' ? readVector(vector.control) : vector.control;
        const canonicalControl = control && read(control.input, form);
        if (canonicalControl !== control?.expect[form]?.canonical) failed.push(`${vector.id}: its control`);
      }
    }
    counts.push(`canonical-json under ${form}: ${accepted} read, ${refused} refused, ${failed.length} failed`);
    expect(failed).toEqual([]);
    expect([accepted + refused, accepted > 100, refused > 100]).toEqual([vectors.length, true, true]);
  });

  it('[A-01] is canonical in place exactly where the bytes are the canonical bytes', () => {
    let inPlace = 0;
    for (const vector of vectors) {
      const olpc = vector.expect['olpc'] as Verdict;
      if (olpc.result !== 'accept') continue;
      const scanner = new Scanner(bytesOf(vector.input), { depth: defaultLimits.depth });
      scanner.skip();
      scanner.finish();
      expect(scanner.canonical, vector.id).toBe(vector.input === olpc.canonical);
      if (scanner.canonical && !/[\ud800-\udfff]/.test(scanner.text)) {
        expect(vector.input, vector.id).toBe(vector.expect['rfc8785']?.canonical);
        inPlace += 1;
      }
    }
    counts.push(`canonical-json: ${inPlace} stand in canonical form already`);
    expect(inPlace).toBeGreaterThan(20);
  });

  it.each(forms)('[4-a, A-01] as a member of a document, under %s: signatures cover the same bytes', (form) => {
    const before =
      '{"_type":"timestamp","expires":"2031-01-01T00:00:00Z","meta":{},"spec_version":"1.0","version":1,"x":';
    const limits = limitsWith({ depth: defaultLimits.depth + 2 });
    for (const vector of vectors) {
      const verdict = vector.expect[form] as Verdict;
      if (verdict.result !== 'accept') continue;
      const parts = [utf8(`{"signatures":[],"signed":${before}`), bytesOf(vector.input), utf8('}}')];
      const document = parseTimestamp(new Uint8Array(Buffer.concat(parts)), { canonicalForm: form, limits });
      const message = Buffer.concat([utf8(before), bytesOf(verdict.canonical as string), utf8('}')]);
      expect(Buffer.compare(document.message(), message), vector.id).toBe(0);
      if (document.inPlace) expect(Buffer.compare(document.signedBytes(), message), vector.id).toBe(0);
    }
  });
});

describe('strict-reading', () => {
  const vectors = family('strict-reading');
  const read = (role: string, input: string, options: ReadOptions): Signed<DocumentHead> => {
    const bytes = bytesOf(input);
    if (role === 'root') return parseRoot(bytes, options);
    if (role === 'timestamp') return parseTimestamp(bytes, options);
    if (role === 'snapshot') return parseSnapshot(bytes, options);
    return parseTargets(bytes, role === 'delegated' ? 'packages' : 'targets', options);
  };

  const found = {
    default: { accept: 0, reject: 0, open: 0 },
    strict: { accept: 0, reject: 0, open: 0 },
  };
  afterAll(() => {
    for (const profile of ['default', 'strict'] as const) {
      const { accept, reject, open } = found[profile];
      counts.push(`strict-reading under ${profile}: ${accept} read, ${reject} refused, ${open} left open`);
    }
  });

  function expectAllHold(sections: readonly string[]): void {
    const chosen = vectors.filter(({ section }) => sections.includes(section));
    expectRowsCovered(chosen);
    const failed: string[] = [];
    for (const vector of chosen) {
      for (const profile of ['default', 'strict'] as const) {
        const verdict = vector.expect[profile];
        found[profile][verdict?.result ?? 'open'] += 1;
        const problem = verdict && problemOf(vector, verdict, profile);
        if (problem !== undefined) failed.push(`${vector.id} under ${profile}: ${problem}`);
      }
    }
    expect(failed).toEqual([]);
  }

  it('[4.1-a, 4.1-b, A-01, A-46, A-66, A-68] every vector of JSON texts', () => expectAllHold(['4.1']));

  it('[4-a, 4.2.1-a, 4.2.1-c, 4.2.1-d, 4.2.1-e, A-05, A-07, A-32, A-67] every vector of envelopes', () =>
    expectAllHold(['4.2.1']));

  it('[4.2.2-a, 4.2.2-e, A-03, A-07, A-08, A-32, A-53] every vector of keys', () => expectAllHold(['4.2.2']));

  it('[4.2.3-a, A-09, A-09b] every vector of dates', () => expectAllHold(['4.2.3']));

  it('[4.3-a, 4.3-b, 4.3-c, 4.3-d, 4.3-f, 4.3-i, A-02, A-06, A-21, A-22, A-23, A-29, A-30, A-31] every vector of roots', () =>
    expectAllHold(['4.3']));

  it('[4.4-b, 4.4-d, 4.4-e, 4.4-f, 4.4-g, 4.6-a, A-11, A-12, A-13, A-24, A-25, A-26, A-41] every vector of snapshots and timestamps', () =>
    expectAllHold(['4.4', '4.6']));

  it('[4.5-a, 4.5-b, 4.5-c, 4.5-d, 4.5-e, 4.5-f, 4.5-g, 4.5-h, 4.5-n, 4.5-o, 4.5-p, A-14, A-15, A-28, A-33, A-39, A-49, A-60] every vector of targets and delegations', () =>
    expectAllHold(['4.5']));

  it('[A-22, A-35] every vector of succinct roles', () => expectAllHold(['TAP 15']));

  it('leaves no vector out', () => {
    for (const { accept, reject, open } of Object.values(found)) {
      expect(accept + reject + open).toBe(vectors.length);
      expect([accept > 100, reject > 500]).toEqual([true, true]);
    }
  });

  /** What is wrong with tufa's answer to a vector. */
  function problemOf(vector: Vector, verdict: Verdict, profile: Profile): string | undefined {
    const options = { profile };
    let document: Signed<DocumentHead> | undefined;
    const found = verdictOf(() => {
      document = read(vector.role as string, vector.input, options);
    });
    if (found !== expected(verdict)) return found;
    if (document === undefined) {
      const control = readVector(vector.control as string);
      const accepted = verdictOf(() => read(control.role as string, control.input, options));
      return accepted === 'accept' ? undefined : `its control: ${accepted}`;
    }
    expectReading(vector, document);
    return undefined;
  }

  function expectReading(vector: Vector, document: Signed<DocumentHead>): void {
    const { values, canonical, verifies } = vector.reading as NonNullable<Vector['reading']>;
    expect(foundValues(document), vector.id).toEqual(expectedValues(values));
    if (values.instant !== undefined) {
      const { milliseconds, nanoseconds } = document.signed.expiresAt;
      const seconds = Math.floor(milliseconds / 1000);
      const within = (milliseconds - seconds * 1000) * 1_000_000 + nanoseconds;
      expect({ seconds, nanoseconds: within }, vector.id).toEqual(values.instant);
    }
    expect(base64(document.message()), vector.id).toBe(canonical);
    expect(base64(document.bytes), vector.id).toBe(vector.input);
    expect(trueSignatures(document).sort(), vector.id).toEqual([...verifies].sort());
  }

  const testKeys = new Map(
    (
      JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as {
        keys: { keyid: string; key: { keytype: string; scheme: string; keyval: { public: string } } }[];
      }
    ).keys.map(({ keyid, key }) => [keyid, parsePublicKey(key.keytype, key.scheme, key.keyval.public)]),
  );

  function trueSignatures(document: Signed<DocumentHead>): string[] {
    return document.signatures.flatMap((signature) => {
      const key = testKeys.get(signature.keyid);
      const bytes = Signed.signatureBytes(signature);
      if (key === undefined || key.kind === 'unusable' || bytes === undefined) return [];
      return verified({ key, message: document.message(), signature: bytes }) === true ? [signature.keyid] : [];
    });
  }
});
