/** Counts what passed, failed and was skipped, and says so as it happens. */
import { verdictLine } from '../tools/verdict.mjs';

export class Tally {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #write;

  /** @param {(line: string) => void} write */
  constructor(write) {
    this.#write = write;
  }

  /** A group of checks under one title: `problems` are those that failed, one text each. */
  group(title, { passed, problems, notes = [] }, milliseconds) {
    this.#counts.passed += passed;
    this.#counts.failed += problems.length;
    const verdict = problems.length === 0 ? 'passed' : 'FAILED';
    this.#write(`${verdict} ${title}: ${passed} of ${passed + problems.length} (${seconds(milliseconds)})`);
    for (const note of notes) this.#write(`       as recorded: ${note}`);
    for (const problem of problems) this.#write(problem.replace(/^(?=.)/gm, '       '));
  }

  skip(title, reason) {
    this.#counts.skipped += 1;
    this.#write(`skipped ${title}: ${reason}`);
  }

  say(line) {
    this.#write(line);
  }

  /** Writes the last line, and gives the exit code. */
  close() {
    this.#write(verdictLine(this.#counts));
    return this.#counts.failed === 0 && this.#counts.passed > 0 ? 0 : 1;
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
