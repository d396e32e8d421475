import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallAnswer, CallRequest, ClientUnderTest } from '../../src/conformance/client-under-test.ts';
import { ExpectedDisagreements, findExpectedDisagreements } from '../../src/conformance/expected-disagreements.ts';
import { inProcessClient } from '../../src/conformance/in-process.ts';
import { type Progress, type RunOptions, runVectors } from '../../src/conformance/run.ts';
import {
  firstRequests,
  head,
  honestStep,
  honestTrusted,
  type OwnFolder,
  ownFolder,
  patternVector,
  sequenceVector,
} from './own-vectors.ts';

type Plain = Record<string, unknown>;

let folder: OwnFolder | undefined;
afterEach(() => folder?.remove());

/** A client that answers calls, and nothing else. */
function answering(answer: (request: CallRequest) => CallAnswer['answer' & keyof CallAnswer] | Plain): ClientUnderTest {
  return {
    ...inProcessClient(),
    sequences: { skipped: 'no sequences here' },
    canContinue: false,
    ask: async (request) => ({ answer: answer(request) as never }),
  };
}

async function run(vectors: readonly Plain[], options: Partial<RunOptions> = {}) {
  folder?.remove();
  folder = ownFolder(vectors);
  return await runVectors({ folder: await folder.open(), client: inProcessClient(), ...options });
}

const verdicts = async (vectors: readonly Plain[], options: Partial<RunOptions> = {}) =>
  (await run(vectors, options)).results.map(({ id, verdict, reason, failure }) => {
    const what = failure?.problems.map((problem) => `${problem.what}: ${problem.found}`) ?? [];
    return [`${id.replace('own/', '')} ${verdict}`, ...what, ...(reason === undefined ? [] : [reason])].join(' | ');
  });

const matched = patternVector('own/matched', 'a*', 'abc', true);
const other = patternVector('own/other', 'a*', 'bc', false, { control: 'own/matched' });
const wrong = patternVector('own/wrong', 'a*', 'bc', true);
const keyed = (id: string, text: string, expect: Plain, control: unknown) => ({
  ...head(id, 'date-time/1'),
  input: { text: JSON.stringify(text) },
  expect: { default: expect, strict: expect },
  control,
});
const malformed = { result: 'reject', reason: 'malformed' };
const date = {
  input: { text: '"1970-01-01T00:00:00Z"' },
  expect: { default: { result: 'accept', seconds: 0, nanoseconds: 0 } },
};
const notDate = { input: { text: '"soon"' }, expect: { default: { result: 'accept', seconds: 0, nanoseconds: 0 } } };

describe('a run', () => {
  it('says what became of each vector, in the order of the index', async () => {
    const { passed, failed, skipped, results, client, spec } = await run([matched, other, wrong], { jobs: 3 });
    expect([passed, failed, skipped, client, spec]).toEqual([2, 1, 0, 'tufa', '1.0.34']);
    expect(results.map(({ id }) => id)).toEqual(['own/matched', 'own/other', 'own/wrong']);
    expect(results[2]).toMatchObject({
      family: 'own',
      verdict: 'failed',
      by: 'call',
      failure: {
        comment: 'what own/wrong does',
        effect: 'what own/wrong costs',
        problems: [{ what: 'answer', where: '', expected: 'matched true', found: 'matched false' }],
        served: ['call: match', 'pattern: a*', 'path: bc'],
      },
    });
  });

  it('runs what the filter leaves, with controls from outside', async () => {
    expect(await verdicts([matched, other], { filter: 'oth' })).toEqual(['other passed']);
    expect(await verdicts([matched, other], { filter: 'nobody' })).toEqual([]);
  });

  it('tells how far it is', async () => {
    const seen: Progress[] = [];
    await run([matched, other, wrong], { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done, total, failed }) => [done, total, failed])).toEqual([
      [1, 3, 0],
      [2, 3, 0],
      [3, 3, 1],
    ]);
    expect(seen.at(-1)?.leftMs).toBe(0);
  });

  it('ends with a malformed vector, and when it is told to', async () => {
    await expect(run([matched, { ...other, control: undefined, expect: malformed }])).rejects.toMatchObject({
      code: 'ERR_TUF_MALFORMED',
    });
    const controller = new AbortController();
    const aborting = run([matched, other], { signal: controller.signal, onProgress: () => controller.abort('enough') });
    await expect(aborting).rejects.toBe('enough');
  });
});

describe('a refusal', () => {
  const yes = answering(() => ({ matched: true, result: 'accept', seconds: 0, nanoseconds: 0 }));
  const no = answering(() => ({ ...malformed, matched: false }));

  it('counts only where its control is accepted', async () => {
    const refused = keyed('own/refused', 'soon', malformed, 'own/date');
    const control = { ...head('own/date', 'date-time/1'), ...date };
    expect(await verdicts([control, refused])).toEqual(['date passed', 'refused passed']);
    expect(await verdicts([control, refused], { client: no })).toEqual([
      'date failed | result: refused (malformed)',
      'refused failed | control: it is not',
    ]);
    expect(await verdicts([control, refused], { client: no, filter: 'refused' })).toEqual([
      'refused failed | control: it is not',
    ]);
    expect((await verdicts([control, refused], { client: yes }))[1]).toMatch(/^refused failed \| result: /);
  });

  it('may have its control in itself', async () => {
    expect(await verdicts([keyed('own/refused', 'soon', malformed, date)])).toEqual(['refused passed']);
    expect(await verdicts([keyed('own/refused', 'soon', malformed, date)], { client: no })).toEqual([
      'refused failed | control: refused (malformed)',
    ]);
    expect(await verdicts([keyed('own/refused', 'soon', malformed, notDate)])).toEqual([
      'refused failed | control: refused (malformed)',
    ]);
  });

  it('is skipped with its control', async () => {
    const clocked = { ...inProcessClient(), calls: new Set<never>(), clockSkipped: 'no clock' };
    const first = {
      ...honestStep,
      expect: { result: 'reject', reason: 'expired', trusted: {} },
      time: '2044-01-01T00:00:00Z',
    };
    const control = sequenceVector('own/control', [{ ...honestStep, time: '2030-01-01T00:00:00Z' }]);
    const { time: _, ...unclocked } = first;
    const vectors = [control, sequenceVector('own/refused', [first], { control: 'own/control' })];
    expect(await verdicts(vectors)).toEqual(['control passed', 'refused passed']);
    expect(await verdicts(vectors, { client: clocked })).toEqual([
      'control skipped | no clock',
      'refused skipped | no clock',
    ]);
    const gone = { ...unclocked, serve: {}, expect: { result: 'reject', trusted: {} } };
    const half = [control, sequenceVector('own/refused', [gone], { control: 'own/control' })];
    expect((await verdicts(half, { client: clocked }))[1]).toBe(
      'refused skipped | its control own/control was skipped: no clock',
    );
  });

  it('has no control that leads back to it', async () => {
    const circle = [
      keyed('own/a', 'soon', malformed, 'own/b'),
      keyed('own/b', 'later', malformed, 'own/c'),
      keyed('own/c', 'never', malformed, 'own/b'),
    ];
    await expect(run(circle, { jobs: 3 })).rejects.toThrow('its controls lead back to themselves');
    await expect(run([keyed('own/a', 'soon', malformed, 'own/nobody')])).rejects.toThrow('own/nobody.json: the index');
  });
});

describe('what a client cannot be asked', () => {
  it('is skipped, or run as a sequence', async () => {
    const withSequence = { ...matched, sequence: sequenceVector('x/x', [honestStep])['sequence'] };
    const mute = { ...inProcessClient(), calls: new Set<never>() };
    expect(await verdicts([matched], { client: mute })).toEqual([
      'matched skipped | the client does not answer the call match, and there is no sequence',
    ]);
    const [result] = (await run([withSequence], { client: mute })).results;
    expect([result?.verdict, result?.by]).toEqual(['passed', 'in-process']);
    const neither = { ...mute, sequences: { skipped: 'no sequences here' } };
    expect(await verdicts([withSequence], { client: neither })).toEqual(['matched skipped | no sequences here']);
  });

  it('is a form or a profile that it does not know', async () => {
    const olpc = { ...inProcessClient(), forms: new Set(['olpc']), profiles: new Set(['default']) };
    const canonical = {
      ...head('own/canonical', 'canonical-json/1'),
      input: Buffer.from('"\n"').toString('base64'),
      expect: { olpc: malformed, rfc8785: { result: 'accept', canonical: 'AAAA' } },
      control: { input: 'e30=', expect: { olpc: { result: 'accept', canonical: 'e30=' } } },
    };
    expect(await verdicts([canonical], { client: olpc })).toEqual(['canonical passed']);
    expect((await verdicts([canonical]))[0]).toMatch(/^canonical failed/);
    const strictly = {
      ...head('own/date', 'date-time/1'),
      input: date.input,
      expect: { strict: { result: 'accept', seconds: 7 } },
    };
    expect((await verdicts([strictly], { client: olpc }))[0]).toMatch(/^date skipped/);
    expect((await verdicts([strictly]))[0]).toMatch(/^date failed/);
  });
});

describe('a sequence', () => {
  it('ends at the first step that is not as it should be', async () => {
    const steps = [
      honestStep,
      { ...honestStep, serve: {} },
      { ...honestStep, serve: { metadata: { 'x.json': null } } },
    ];
    const [result] = (await run([sequenceVector('own/steps', steps)])).results;
    // The second refresh asks for less than the first.
    expect(result?.failure?.problems.map(({ what, where }) => [what, where])).toEqual([['requests', 'step 2']]);
  });

  it('says what a failure costs, but not of who fails the control', async () => {
    const broken = { serve: { metadata: { 'timestamp.json': '1.targets.json' } }, do: 'refresh' };
    const refused = { ...broken, expect: { result: 'reject' } };
    const taken = { ...broken, expect: { result: 'accept' } };
    const vectors = [
      sequenceVector('own/control-fails', [{ ...honestStep, serve: {} }, refused]),
      sequenceVector('own/fault-taken', [honestStep, { ...honestStep, serve: {}, expect: refused.expect }]),
      sequenceVector('own/honest-refused', [honestStep, taken]),
      sequenceVector('own/never-refused', [{ ...honestStep, serve: {} }, honestStep]),
      keyed('own/refused', 'soon', malformed, notDate),
    ];
    const { results } = await run(vectors);
    expect(results.map(({ failure }) => failure?.effect)).toEqual([
      'not known: it fails without the fault, too',
      'what own/fault-taken costs',
      'what own/honest-refused costs',
      'what own/never-refused costs',
      'not known: it fails without the fault, too',
    ]);
  });

  it('has a disk, a pin and a clock, and goes on from what was held', async () => {
    const again = {
      expect: {
        result: 'accept',
        trusted: honestTrusted,
        requests: ['metadata/3.root.json', 'metadata/timestamp.json'],
      },
    };
    const steps = [
      { ...honestStep, time: '2029-01-01T00:00:00Z' },
      { serve: {}, do: 'refresh', time: '2029-01-02T00:00:00Z', ...again },
      {
        serve: {},
        do: 'refresh',
        time: '2029-01-02T00:00:00Z',
        disk: { metadata: { 'timestamp.json': 'junk', 'snapshot.json': null, 'targets.json': null } },
        expect: { ...honestStep.expect, requests: firstRequests.slice(1) },
      },
      {
        serve: {},
        do: 'refresh',
        time: '2032-01-01T00:00:00Z',
        expect: { result: 'reject', reason: 'expired', trusted: honestTrusted },
      },
      { serve: {}, do: 'refresh', time: '2029-01-02T00:00:00Z', pin: '2.root.json', ...again },
    ];
    expect(await verdicts([sequenceVector('own/steps', steps, {}, { junk: { text: 'junk' } })])).toEqual([
      'steps passed',
    ]);
  });

  it.each([
    ['altered', 'junk'],
    ['taken away', null],
  ])('has a target file %s on the disk, which is then asked for again', async (_, change) => {
    const path = 'packages/apple.txt';
    const hashed = 'targets/packages/303980bcb9e9e6cdec515230791af8b0ab1aaa244b58a8d99152673aa22197d0.apple.txt';
    const download = { do: { download: [path] } };
    const expected = (...requests: string[]) => ({
      expect: { result: 'accept', trusted: {}, targets: { [path]: path }, requests },
    });
    const steps = [
      { ...honestStep, ...download, ...expected(...firstRequests, 'metadata/1.packages.json', hashed) },
      { serve: {}, ...download, ...expected('metadata/3.root.json', 'metadata/timestamp.json') },
      {
        serve: {},
        disk: { targets: { [path]: change } },
        ...download,
        ...expected('metadata/3.root.json', 'metadata/timestamp.json', hashed),
      },
    ];
    expect(await verdicts([sequenceVector('own/disk', steps, {}, { junk: { text: 'apple?' } })])).toEqual([
      'disk passed',
    ]);
  });

  it('takes the clock of the run where it has none', async () => {
    const expired = { ...honestStep, expect: { result: 'reject', reason: 'expired', trusted: {} } };
    const vectors = [
      sequenceVector('own/control', [honestStep]),
      sequenceVector('own/x', [expired], { control: 'own/control' }),
    ];
    expect((await verdicts(vectors, { at: '2044-01-01T00:00:00Z', filter: 'control' }))[0]).toMatch(/expired/);
    expect((await verdicts(vectors, { at: '2044-01-01T00:00:00Z' }))[1]).toContain('control: it is not');
    expect((await verdicts(vectors, { at: '2029-01-01T00:00:00Z' }))[1]).toMatch(/^x failed/);
  });

  it.each([
    ['drop', 'before-headers'],
    ['drop', 'after-headers'],
    ['drop', 'mid-body'],
    ['stall', 'before-headers'],
    ['stall', 'after-headers'],
    ['stall', 'mid-body'],
    ['gzip', true],
    ['contentLength', 10_000],
    ['redirect', 'other-origin'],
    ['status', 503],
  ])('with the fault %s %s is refused by tufa in process', async (fault, value) => {
    const answer =
      fault === 'redirect' || fault === 'status' ? { [fault]: value } : { body: 'timestamp.json', [fault]: value };
    const faulty = {
      serve: { metadata: { 'timestamp.json': answer } },
      do: 'refresh',
      expect: {
        result: 'reject',
        reason: 'transport',
        trusted: honestTrusted,
        requests: ['metadata/3.root.json', 'metadata/timestamp.json'],
      },
    };
    expect(await verdicts([sequenceVector('own/fault', [honestStep, faulty])])).toEqual(['fault passed']);
  });

  it.each([
    ['chunked', { body: 'timestamp.json', chunked: true }],
    ['redirected', { redirect: 'metadata/1.snapshot.json/../timestamp.json' }],
    ['given in the end', [{ status: 404 }, 'timestamp.json']],
  ])('that is %s goes on as HTTP does', async (how, answer) => {
    const redirected = how === 'redirected';
    const served = redirected
      ? { 'timestamp.json': { redirect: 'metadata/there.json' }, 'there.json': 'timestamp.json' }
      : { 'timestamp.json': answer };
    const requests = [
      'metadata/3.root.json',
      'metadata/timestamp.json',
      ...(redirected ? ['metadata/there.json'] : []),
    ];
    const accept = { result: 'accept', trusted: honestTrusted, requests };
    const refused = { result: 'reject', reason: 'transport', trusted: honestTrusted, requests };
    const next = { serve: {}, do: 'refresh', expect: accept };
    const step = { serve: { metadata: served }, do: 'refresh', expect: how === 'given in the end' ? refused : accept };
    expect(await verdicts([sequenceVector('own/http', [honestStep, step, next])])).toEqual(['http passed']);
  });

  it('without end is refused before too much is taken', async () => {
    const endless = (most: number) => ({
      serve: { metadata: { 'timestamp.json': { endless: true, most } } },
      do: 'refresh',
      expect: { result: 'reject', reason: 'too-long', trusted: honestTrusted },
    });
    expect(await verdicts([sequenceVector('own/endless', [honestStep, endless(100_000)])])).toEqual(['endless passed']);
  });
});

describe('expected disagreements', () => {
  const listed = async (text: string, vectors: readonly Plain[] = [matched, other, wrong]) => {
    const opened = await ownFolderOf(vectors);
    return { expected: new ExpectedDisagreements('client.xfails', text, opened.entries), vectors };
  };
  const ownFolderOf = async (vectors: readonly Plain[]) => {
    const made = ownFolder(vectors);
    const opened = await made.open();
    made.remove();
    return opened;
  };

  it('are skipped, and strict both ways', async () => {
    const { expected, vectors } = await listed('# known\n\nown/wrong # since 1.0\n  own/matched\t\r\n');
    expect(await verdicts(vectors, { expected })).toEqual([
      'matched failed | result: agreement',
      'other passed',
      'wrong skipped | an expected disagreement (client.xfails)',
    ]);
    const all = await listed('own/*');
    const found = await run(all.vectors, { expected: all.expected });
    expect([found.passed, found.failed, found.skipped]).toEqual([0, 2, 1]);
  });

  it('take the refusals with them of which they are the control', async () => {
    const refused = keyed('own/refused', 'soon', malformed, 'own/date');
    const control = { ...head('own/date', 'date-time/1'), ...date };
    const { expected, vectors } = await listed('own/date', [control, refused]);
    expect(await verdicts(vectors, { expected, client: answering(() => malformed) })).toEqual([
      'date skipped | an expected disagreement (client.xfails)',
      'refused skipped | its control own/date is an expected disagreement (client.xfails)',
    ]);
  });

  it('are of vectors that there are', async () => {
    await expect(listed('own/*\nown/nobody\n')).rejects.toThrow('client.xfails: line 2 names no vector: "own/nobody"');
    await expect(listed('other/*')).rejects.toMatchObject({ code: 'ERR_TUF_MALFORMED' });
  });

  it('are found beside the entry point, from the last word', async () => {
    const { entries } = await ownFolderOf([matched, wrong]);
    folder?.remove();
    folder = ownFolder([matched]);
    const file = join(folder.path, 'client.js');
    const find = (...words: string[]) => findExpectedDisagreements(words, entries);
    expect(await find('node', file, '--flag', '\0')).toBeUndefined();
    mkdirSync(`${folder.path}/dir.xfails`);
    writeFileSync(`${file}.xfails`, 'own/wrong');
    expect((await find('node', file, '--flag', join(folder.path, 'dir')))?.file).toBe(`${file}.xfails`);
    writeFileSync(`${file}.other.xfails`, 'own/matched');
    const found = await find(file, `${file}.other`);
    expect([...entries.values()].filter((entry) => found?.has(entry)).map(({ id }) => id)).toEqual(['own/matched']);
    writeFileSync(`${file}.xfails`, '#'.repeat(2_000_000));
    await expect(find('node', file)).rejects.toMatchObject({ code: 'ERR_TUF_STORE' });
  });
});
