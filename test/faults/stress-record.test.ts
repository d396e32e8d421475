/** What judges the stress runs would notice what they are there to notice. */
import { beforeEach, expect, it } from 'vitest';
import { StressRecord } from './stress-record.mjs';

const at = (n: number) => ({ root: n, timestamp: n, snapshot: n, targets: n });
const well = {
  kept: undefined,
  versions: at(2),
  contents: { 'app.txt': 'digest of 2' },
  failure: undefined,
  events: [] as string[],
};
const refused = {
  kept: undefined,
  versions: undefined,
  contents: {},
  failure: { code: 'ERR_TUF_UNSIGNED', text: 'ERR_TUF_UNSIGNED: …' },
  events: [],
};

let record: StressRecord;
beforeEach(() => {
  record = new StressRecord((snapshot: number) => ({ 'app.txt': `digest of ${snapshot}` }));
});

const problemsOf = (run: number, report: object): string[] => {
  record.end({ ...well, ...report, run });
  return record.problems;
};

it('nothing is wrong with a run that goes on from the last', () => {
  expect(problemsOf(record.begin(1), well)).toEqual([]);
  expect(problemsOf(record.begin(2), { ...well, versions: at(3), contents: { 'app.txt': 'digest of 3' } })).toEqual([]);
  expect(record.totals).toMatchObject({ runs: 2, succeeded: 2, failed: 0, files: 2 });
});

it.each(['root', 'timestamp', 'snapshot', 'targets'])('%s goes back behind what had ended before', (role) => {
  record.end({ run: record.begin(1), ...well });
  const contents = { 'app.txt': role === 'snapshot' ? 'digest of 1' : 'digest of 2' };
  expect(problemsOf(record.begin(2), { ...well, versions: { ...at(2), [role]: 1 }, contents })).toHaveLength(1);
});

it('a store has less than another had finished with before', () => {
  record.end({ run: record.begin(1), ...well, kept: undefined });
  expect(problemsOf(record.begin(2), { kept: at(2) })).toEqual([]);
  expect(problemsOf(record.begin(2), { kept: { ...at(2), timestamp: 1 } })).toHaveLength(1);
});

it('a run may end behind another that had not ended when it began', () => {
  const [first, second] = [record.begin(1), record.begin(2)];
  record.end({ run: first, ...well, versions: at(3), contents: {} });
  expect(problemsOf(second, well)).toEqual([]);
});

it('a failure with nothing in the way, or with what is over or cannot cause it', () => {
  expect(problemsOf(record.begin(1), refused)).toHaveLength(1);
  record.obstacle({ name: 'early', codes: ['ERR_TUF_UNSIGNED'] })();
  expect(problemsOf(record.begin(1), refused)).toHaveLength(2);
  record.obstacle({ name: 'other', codes: ['ERR_TUF_EXPIRED'] });
  expect(problemsOf(record.begin(1), refused)).toHaveLength(3);
});

it('a failure by what began after the run, or was over before it ended, is none', () => {
  const run = record.begin(1);
  record.obstacle({ name: 'in between', codes: ['ERR_TUF_UNSIGNED'] })();
  expect(problemsOf(run, refused)).toEqual([]);
  expect(record.totals).toMatchObject({ failed: 1, codes: { ERR_TUF_UNSIGNED: 1 } });
});

it.each([
  ['content of another version', { contents: { 'app.txt': 'digest of 1' } }],
  ['content that is not listed', { contents: { 'other.txt': 'digest of 2' } }],
  ['a baseline that is lost', { events: ['baseline-lost'] }],
  ['a file of the store that is ignored', { events: ['local-file-ignored'] }],
])('%s', (_, change) => {
  expect(problemsOf(record.begin(1), { ...well, ...change })).toHaveLength(1);
});

it('a last run that ends otherwise than it has to', () => {
  expect(problemsOf(record.begin(1, { code: 'ERR_TUF_ROLLBACK' }), well)).toHaveLength(1);
  expect(problemsOf(record.begin(1, { versions: at(3) }), { ...well, versions: at(2) })).toHaveLength(5);
});
