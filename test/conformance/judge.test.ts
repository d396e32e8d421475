import { describe, expect, it } from 'vitest';
import { CheckedJson } from '../../src/conformance/checked-json.ts';
import type { HeldFile, StepOutcome } from '../../src/conformance/client-under-test.ts';
import { judgeAnswer, judgeStep } from '../../src/conformance/judge.ts';
import type { SeenRequest } from '../../src/conformance/scenario.ts';
import { readVector } from '../../src/conformance/vector.ts';
import { honestFile, honestServe, honestTrusted, sequenceVector } from './own-vectors.ts';

type Plain = Record<string, unknown>;

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const held = (files: Record<string, Uint8Array | string>): HeldFile[] =>
  Object.entries(files).map(([name, content]) => ({
    name,
    bytes: typeof content === 'string' ? bytes(content) : content,
  }));
const asked = (...paths: (string | [path: string, fault: boolean])[]): SeenRequest[] =>
  paths.map((each) => {
    const [path, fault] = typeof each === 'string' ? [each, false] : each;
    return { path, fault, most: undefined, taken: 0 };
  });

const honestMetadata = Object.fromEntries(
  Object.entries(honestTrusted).map(([role, name]) => [`${role}.json`, new Uint8Array(honestFile(name))]),
);

interface Seen {
  readonly outcome?: StepOutcome;
  readonly metadata?: Record<string, Uint8Array | string>;
  readonly before?: Record<string, string>;
  readonly targets?: Record<string, string>;
  readonly requests?: readonly SeenRequest[];
  readonly overrun?: boolean;
}

/** What is wrong with what was seen of one step; each problem as `what: expected | found`. */
function judge(expected: Plain, seen: Seen = {}): string[] {
  const steps = [{ serve: honestServe, do: 'refresh', expect: { result: 'accept', trusted: {}, ...expected } }];
  const vector = sequenceVector(
    'own/judged',
    steps,
    { control: 'own/other' },
    { apple: { text: 'apple' }, pear: { text: 'pear' } },
  );
  const { sequence } = readVector(CheckedJson.parse(Buffer.from(JSON.stringify(vector)), 'own'));
  const [step] = sequence?.steps ?? [];
  if (sequence === undefined || step === undefined) throw new Error('no step');
  const problems = judgeStep(
    sequence,
    step,
    'step 1',
    {
      outcome: seen.outcome ?? { result: 'accept' },
      before: { metadata: [], targets: held(seen.before ?? {}) },
      held: { metadata: held(seen.metadata ?? honestMetadata), targets: held(seen.targets ?? seen.before ?? {}) },
      requests: seen.requests ?? [],
      overrun: seen.overrun ?? false,
    },
    100,
  );
  return problems.map(({ what, where, expected, found }) => {
    expect(where).toBe('step 1');
    return `${what}: ${expected} | ${found}`;
  });
}

describe('the result of a step', () => {
  it.each<[string, Plain, StepOutcome, string[]]>([
    ['accepted as expected', {}, { result: 'accept' }, []],
    ['refused', {}, { result: 'reject' }, ['result: accepted | refused']],
    ['refused with a reason', {}, { result: 'reject', reason: 'expired' }, ['result: accepted | refused (expired)']],
    [
      'accepted',
      { result: 'reject', reason: 'expired' },
      { result: 'accept' },
      ['result: refused (expired) | accepted'],
    ],
    ['refused without a word', { result: 'reject', reason: 'expired' }, { result: 'reject' }, []],
    ['refused as expected', { result: 'reject', reason: 'expired' }, { result: 'reject', reason: 'expired' }, []],
    [
      'refused otherwise',
      { result: 'reject', reason: 'expired' },
      { result: 'reject', reason: 'toString' },
      ['reason: refused (expired) | refused (toString)'],
    ],
    [
      'refused by one of two',
      { result: 'reject', reason: ['expired', 'rollback'] },
      { result: 'reject', reason: 'rollback' },
      [],
    ],
    ['refused by any', { result: 'reject' }, { result: 'reject', reason: 'mood' }, []],
    ['neither', { result: 'reject' }, { failure: 'exit code 2' }, ['client: refused | exit code 2']],
  ])('%s', (_, expected, outcome, problems) => {
    expect(judge(expected, { outcome })).toEqual(problems);
  });
});

describe('trusted metadata', () => {
  const timestamp = honestFile('timestamp.json').toString();
  const { signed, signatures } = JSON.parse(timestamp) as { signed: Plain; signatures: Plain[] };
  const only = (content: string | undefined, expected: Plain = { trusted: { timestamp: 'timestamp.json' } }) =>
    judge(expected, { metadata: content === undefined ? {} : { 'timestamp.json': content } });

  it('is the same in another spelling, and with its signatures in another order', () => {
    expect(judge({ trusted: honestTrusted })).toEqual([]);
    expect(only(JSON.stringify({ signatures, signed }, null, 2))).toEqual([]);
    expect(only(JSON.stringify({ signed, signatures, extra: 1 }))).toEqual([]);
    const root = JSON.parse(honestFile('2.root.json').toString()) as { signatures: Plain[] };
    const reversed = JSON.stringify({ ...root, signatures: [...root.signatures].reverse() });
    expect(judge({ trusted: { root: '2.root.json' } }, { metadata: { 'root.json': reversed } })).toEqual([]);
  });

  it('is the very bytes where that is asked for', () => {
    const exact = { trusted: { timestamp: 'timestamp.json' }, exact: true };
    expect(only(timestamp, exact)).toEqual([]);
    expect(only(`${timestamp}\n`)).toEqual([]);
    expect(only(`${timestamp}\n`, exact)).toHaveLength(1);
  });

  it.each([
    ['nothing', undefined],
    ['another version', JSON.stringify({ signatures, signed: { ...signed, version: 2 } })],
    ['another signature', JSON.stringify({ signatures: [{ ...signatures[0], sig: '00' }], signed })],
    ['one more signature', JSON.stringify({ signatures: [...signatures, { keyid: 'x', sig: '' }], signed })],
    ['no signature', JSON.stringify({ signatures: [], signed })],
    ['no JSON', `${timestamp}}`],
  ])('is not %s', (_, content) => {
    const [problem] = only(content);
    expect(problem).toMatch(/^trusted: timestamp: timestamp\.json \| timestamp: /);
  });

  it('may have to be none, and is named as the vector does', () => {
    expect(only(undefined, { trusted: { timestamp: null } })).toEqual([]);
    expect(only(timestamp, { trusted: { timestamp: null } })).toEqual([
      'trusted: timestamp: none | timestamp: timestamp.json',
    ]);
  });

  it('of roles that are left out is not judged', () => {
    expect(only('anything', { trusted: {} })).toEqual([]);
  });

  it('of delegated roles is known by what is in it, whatever its name', () => {
    const packages = honestFile('1.packages.json').toString();
    const one = { trusted: { packages: '1.packages.json' } };
    const none = { trusted: { packages: null } };
    expect(judge(one, { metadata: { 'some-name.json': packages } })).toEqual([]);
    expect(judge(one, { metadata: {} })).toEqual(['trusted: packages: 1.packages.json | packages: none']);
    expect(judge(one, { metadata: { 'a.json': packages, 'b.json': packages } })).toHaveLength(1);
    expect(judge(none, { metadata: { 'x.json': 'anything else' } })).toEqual([]);
    expect(judge(none, { metadata: { 'x.json': packages } })).toHaveLength(1);
    // A top-level file is that role's, though it has the delegated one's content.
    expect(judge(none, { metadata: { 'targets.json': packages } })).toEqual([]);
  });
});

describe('target files', () => {
  const expected = { targets: { 'dir/apple.txt': 'apple', 'dir/pear.txt': null } };
  const targets = (before: Record<string, string>, after: Record<string, string>, what: Plain = expected) =>
    judge(what, { before, targets: after });

  it('are known by their bytes, whatever their names', () => {
    expect(targets({}, { 'x/y%2Fz': 'apple' })).toEqual([]);
    expect(targets({ a: 'apple' }, { a: 'apple' })).toEqual([]);
    expect(targets({ a: 'older' }, { a: 'apple' })).toEqual([]);
    expect(targets({ a: 'older' }, { a: 'older', b: 'apple' })).toEqual([]);
    expect(targets({ c: 'of an earlier step' }, { c: 'of an earlier step', b: 'apple' })).toEqual([]);
    expect(targets({ a: 'x' }, { b: 'y' }, {})).toEqual([]);
  });

  it('are missed', () => {
    expect(targets({}, {})).toEqual(['targets: dir/apple.txt: 5 bytes | no file with these bytes']);
    expect(targets({}, { a: 'APPLE' })).toEqual([
      'targets: dir/apple.txt: 5 bytes | no file with these bytes',
      'targets: no other file | a: 5 bytes',
    ]);
  });

  it('are not written beside, nor taken away', () => {
    expect(targets({}, { a: 'apple', b: 'pear' })).toEqual(['targets: no other file | b: 4 bytes']);
    expect(targets({}, { a: 'apple', 'a.tmp': 'app' })).toEqual(['targets: no other file | a.tmp: 3 bytes']);
    expect(targets({ b: 'x' }, {}, { targets: { 'dir/pear.txt': null } })).toEqual([
      'targets: b as before | changed or gone',
    ]);
    expect(targets({ b: 'x' }, { b: '' }, { targets: { 'dir/pear.txt': null } })).toEqual([
      'targets: no other file | b: 0 bytes',
    ]);
  });
});

describe('requests', () => {
  const judged = (expected: string[] | undefined, ...requests: Parameters<typeof asked>) =>
    judge(expected === undefined ? {} : { requests: expected }, { requests: asked(...requests) });

  it('are all of them, in order', () => {
    expect(judged(['metadata/a', 'targets/b'], 'metadata/a', 'targets/b')).toEqual([]);
    expect(judged([])).toEqual([]);
    expect(judged(undefined, 'metadata/x')).toEqual([]);
    expect(judged(['metadata/a', 'targets/b'], 'targets/b', 'metadata/a')).toEqual([
      'requests: metadata/a, targets/b | targets/b, metadata/a',
    ]);
    expect(judged(['metadata/a'])).toEqual(['requests: metadata/a | none']);
    expect(judged(['metadata/a'], 'metadata/a', 'metadata/a')).toHaveLength(1);
    expect(judged(['metadata/a'], 'HEAD metadata/a', 'metadata/a')).toHaveLength(1);
  });

  it('count once where they are repeated at once after a fault', () => {
    const fault: [string, boolean] = ['metadata/a', true];
    expect(judged(['metadata/a'], fault, fault, fault)).toEqual([]);
    expect(judged(['metadata/a', 'metadata/b'], fault, 'metadata/a', 'metadata/b')).toEqual([]);
    expect(judged(['metadata/a'], fault, 'metadata/a', 'metadata/a')).toHaveLength(1);
    expect(judged(['metadata/a', 'metadata/b'], fault, 'metadata/b', 'metadata/a')).toHaveLength(1);
  });

  it('are not without end', () => {
    expect(judge({}, { requests: asked('metadata/a'), overrun: true })).toEqual([
      'requests: an end | more than 1 requests',
    ]);
  });

  it('take no more of an endless answer than they may', () => {
    const taking = (taken: number) => judge({}, { requests: [{ path: 'metadata/a', fault: true, most: 10, taken }] });
    expect(taking(110)).toEqual([]);
    expect(taking(111)).toEqual(['taken: at most 10 bytes of metadata/a | 111 bytes and more']);
  });
});

it('what is wrong with a step is bounded, whatever a client says and writes', () => {
  const files = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`file ${i}`, `content ${i}`]));
  const wrong = judge({ targets: {} }, { outcome: { failure: 'x'.repeat(100_000) }, targets: files });
  expect(wrong.length).toBeLessThan(200);
  expect(wrong.join('').length).toBeLessThan(50_000);
});

describe('the answer to a call', () => {
  const expected = (members: Plain, more: Plain = {}) =>
    ({ rejected: undefined, members, ifSaid: {}, ...more }) as Parameters<typeof judgeAnswer>[0];
  const judged = (what: ReturnType<typeof expected>, answer: Plain) =>
    judgeAnswer(what, { answer } as never, 'strict').map(({ what: kind, where, expected: is, found }) => {
      expect(where).toBe('strict');
      return `${kind}: ${is} | ${found}`;
    });

  it('has every expected member', () => {
    expect(judged(expected({ matched: true }), { matched: true, extra: 1 })).toEqual([]);
    expect(judged(expected({ matched: true }), { matched: false })).toEqual(['answer: matched true | matched false']);
    expect(judged(expected({ matched: true }), { matched: 1 })).toHaveLength(1);
    expect(judged(expected({ matched: false }), {})).toEqual(['answer: matched false | nothing']);
    expect(judged(expected({ result: 'accept', seconds: 1 }), { result: 'accept' })).toEqual([
      'answer: seconds 1 | nothing',
    ]);
    expect(judged(expected({ matched: true }), { result: 'reject', reason: 'x' })).toEqual([
      'result: {"matched":true} | refused (x)',
    ]);
  });

  it('is shown in part where it is long, and compared as a whole', () => {
    const long = 'x'.repeat(100_000);
    const [found = ''] = judged(expected({}, { rejected: [] }), { result: 'accept', long });
    expect(found).toMatch(/x… \(\d+ characters\)$/);
    expect(found.length).toBeLessThan(10_000);
    expect(judged(expected({ long }), { long })).toEqual([]);
    expect(judged(expected({ long }), { long: `${long.slice(1)}y` })).toHaveLength(1);
    expect(judged(expected({}), { result: 'reject', reason: long })[0]?.length).toBeLessThan(10_000);
  });

  it('is a refusal where one is due, for the reason that is due where it says one', () => {
    const refused = expected({}, { rejected: ['malformed', 'unsigned'] });
    expect(judged(refused, { result: 'reject' })).toEqual([]);
    expect(judged(refused, { result: 'reject', reason: 'unsigned' })).toEqual([]);
    expect(judged(refused, { result: 'reject', reason: 'mood' })).toEqual([
      'reason: refused (malformed or unsigned) | refused (mood)',
    ]);
    expect(judged(refused, { result: 'accept' })).toEqual([
      'result: refused (malformed or unsigned) | {"result":"accept"}',
    ]);
    expect(judged(refused, {})).toHaveLength(1);
    expect(judgeAnswer(refused, { failure: 'no answer' }, '')[0]?.found).toBe('no answer');
  });

  it('is compared in what it says of a document, whose maps have no order', () => {
    const values = {
      _type: 'root',
      instant: { seconds: 1, nanoseconds: 0 },
      keys: [{ keyid: 'b' }, { keyid: 'a' }],
      roles: ['root', 'mirrors', 'targets'].map((name) => ({ name, keyids: ['b', 'a'] })),
    };
    const reading = expected({ result: 'accept' }, { ifSaid: { values, canonical: 'YQ==', verifies: ['a', 'b'] } });
    const said = (more: Plain) => judged(reading, { result: 'accept', ...more });
    const { instant: _, ...withoutInstant } = values;
    expect(said({})).toEqual([]);
    expect(said({ values, verifies: ['b', 'a'], canonical: 'YQ==' })).toEqual([]);
    expect(said({ values: { ...withoutInstant, roles: [...values.roles].reverse() } })).toEqual([]);
    expect(said({ values: { ...values, keys: [...values.keys].reverse() } })).toEqual([]);
    expect(said({ values: { ...values, roles: values.roles.filter(({ name }) => name !== 'mirrors') } })).toEqual([]);
    expect(said({ values: { ...values, roles: [] } })).toHaveLength(1);
    expect(said({ values: { ...values, keys: [] } })).toHaveLength(1);
    expect(said({ values: { ...values, instant: { seconds: 2, nanoseconds: 0 } } })).toHaveLength(1);
    expect(said({ values: { ...values, roles: [{ name: 'root', keyids: ['a', 'b'] }] } })).toHaveLength(1);
    expect(said({ values: null })).toHaveLength(1);
    expect(said({ canonical: 'Yg==' })).toEqual(['answer: canonical "YQ==" | canonical "Yg=="']);
    expect(said({ verifies: ['a'] })).toHaveLength(1);
  });

  it('keeps the order of delegated roles', () => {
    const roles = [{ name: 'b' }, { name: 'a' }];
    const reading = expected({}, { ifSaid: { values: { _type: 'targets', delegations: { roles } } } });
    expect(judged(reading, { values: { delegations: { roles }, _type: 'targets' } })).toEqual([]);
    const other = { _type: 'targets', delegations: { roles: [...roles].reverse() } };
    expect(judged(reading, { values: other })).toHaveLength(1);
  });
});
