import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../tools/project.mjs';
import { beginJournal, strykerPlugins, takeJournal } from './journal.mjs';
import { isLeft, type Mutant, mutantsOf } from './mutants.mjs';

const file = 'src/trust/x.ts';
const test = 'test/x.test.ts';
const source = 'a < b;\nc;\n';

describe('the journal of a run that was killed', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tufa-journal-'));
    path = join(folder, 'journal.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const mutant = (id: string, line: number, replacement: string) => ({
    id,
    fileName: at(file),
    mutatorName: 'X',
    replacement,
    location: { start: { line, column: 0 }, end: { line, column: 1 } },
  });
  const tested = (id: string, line: number, replacement: string, more: object) => ({
    ...mutant(id, line, replacement),
    location: { start: { line: line + 1, column: 1 }, end: { line: line + 1, column: 2 } },
    ...more,
  });

  it('gives the verdicts that were reached, and the rest as pending', () => {
    beginJournal(path, { [test]: 'H' }, { [file]: source });
    const [plugin] = strykerPlugins;
    const reporter = new (plugin as (typeof strykerPlugins)[number]).injectableClass({ inProcess: { journal: path } });
    const plans = [mutant('0', 0, 'x'), mutant('1', 0, 'y'), mutant('2', 1, 'z')].map((each) => ({ mutant: each }));
    reporter.onMutationTestingPlanReady({ mutantPlans: plans });
    reporter.onMutantTested(tested('0', 0, 'x', { status: 'Killed', killedBy: [`${test}#name`] }));
    reporter.onMutantTested(tested('1', 0, 'y', { status: 'Survived' }));
    appendFileSync(path, '{"id":"2","file":"src/tr');
    const taken = takeJournal(path);
    const found: Mutant[] = mutantsOf(taken?.report, file, [test], () => 'H');
    expect(found).toMatchObject([
      { original: 'a', replacement: 'x', status: 'Killed', by: { [test]: 'H' } },
      { original: 'a', replacement: 'y', status: 'Survived', seen: { [test]: 'H' } },
      { original: 'c', replacement: 'z', status: 'Pending', seen: {} },
    ]);
    expect(found.map(isLeft)).toEqual([false, true, true]);
    expect(taken?.tests).toEqual({ [test]: 'H' });
    expect(existsSync(path)).toBe(false);
  });

  it('is nothing where there was no run, or none that got to a mutant', () => {
    expect(takeJournal(path)).toBeUndefined();
    beginJournal(path, {}, {});
    expect(takeJournal(path)).toBeUndefined();
  });
});
