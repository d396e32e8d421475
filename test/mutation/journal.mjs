/**
 * Verdicts as they come, so that a run that is killed loses none: Stryker's own report is written at the end of a run.
 *
 * A plugin of Stryker that appends lines to a file, and what is made of that file afterwards.
 *
 * @module
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from '../tools/project.mjs';
import { afterOne } from './mutants.mjs';

/** Begins a journal: of which test files, by path and hash, and of which sources, by path and text. */
export function beginJournal(path, tests, sources) {
  writeFileSync(path, `${JSON.stringify({ tests, sources })}\n`);
}

/**
 * What a run that was killed has left, as a report of Stryker, and forgets it. Mutants that it did not get to are pending.
 *
 * @returns {{ report: any, tests: Record<string, string> } | undefined}
 */
export function takeJournal(path) {
  if (!existsSync(path)) return undefined;
  // The last line may be cut.
  const [head, planned, ...tested] = readFileSync(path, 'utf8').split('\n').slice(0, -1).map(parsed);
  rmSync(path);
  if (head === undefined || planned === undefined) return undefined;
  const mutants = new Map([...planned, ...tested.filter(Boolean)].map((each) => [each.id, each]));
  const files = Object.entries(head.sources).map(([file, source]) => [
    file,
    { source, mutants: [...mutants.values()].filter((mutant) => mutant.file === file) },
  ]);
  return { report: { files: Object.fromEntries(files), testFiles: {} }, tests: head.tests };
}

export const strykerPlugins = [{ kind: 'Reporter', name: 'journal', injectableClass: journalReporter() }];

function journalReporter() {
  return class JournalReporter {
    static inject = ['options'];

    #path;

    constructor(options) {
      this.#path = options.inProcess.journal;
    }

    onMutationTestingPlanReady({ mutantPlans }) {
      const planned = mutantPlans.map(({ mutant }) => {
        // Here lines and columns count from 0, and in verdicts from 1.
        return lineOf({ ...mutant, status: 'Pending', location: afterOne(mutant.location) });
      });
      appendFileSync(this.#path, `${JSON.stringify(planned)}\n`);
    }

    onMutantTested(result) {
      appendFileSync(this.#path, `${JSON.stringify(lineOf(result))}\n`);
    }
  };
}

function lineOf({ id, fileName, mutatorName, replacement, location, status, statusReason, killedBy }) {
  const file = relative(root, fileName).replaceAll('\\', '/');
  const reason = status === 'Ignored' ? statusReason : undefined;
  return { id, file, mutatorName, replacement, location, status, statusReason: reason, killedBy };
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    // Cut while it was written.
    return undefined;
  }
}
