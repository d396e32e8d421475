import type { Problem } from './judge.ts';
import type { Level, VectorHead } from './vector.ts';

/** What became of a vector. */
export type Verdict = 'passed' | 'failed' | 'skipped';

/** The result of one vector. Texts are foreign: escape them before they are shown. */
export interface VectorResult extends VectorHead {
  readonly verdict: Verdict;
  /** How it was run: `call`, or by which way a sequence; absent where it was not. */
  readonly by?: 'call' | 'in-process' | 'lines' | 'command-line' | undefined;
  /** Why it was skipped. */
  readonly reason?: string | undefined;
  /** Of a failure. */
  readonly failure?: Failure | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** What there is to say of a failure. */
export interface Failure {
  /** The input in words. */
  readonly comment: string;
  /** What an implementation that fails here is exposed to, unless it fails the control, too. */
  readonly effect: string;
  readonly problems: readonly Problem[];
  /** What the client was given: one line for each file or member, cut where it is long. */
  readonly served: readonly string[];
  /** What the client wrote, cut. */
  readonly output: string | undefined;
}

/** The results of a run, in the order of the index. */
export interface RunResult {
  /** The client, as it names itself. */
  readonly client: string;
  /** The release of the specification. */
  readonly spec: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly results: readonly VectorResult[];
}

/** Counts of verdicts. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the verdicts. */
export function tally(results: Iterable<VectorResult>): Tally {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
}

/** The levels in the order of a report. */
export const levels: readonly Level[] = ['MUST', 'SHOULD', 'decision'];

/** The counts of each family, by level. */
export function tallyByFamily(results: readonly VectorResult[]): Map<string, Map<Level, Tally>> {
  const families = [...new Set(results.map(({ family }) => family))];
  return new Map(
    families.map((family) => [
      family,
      new Map(
        levels.map((level) => [level, tally(results.filter((each) => each.family === family && each.level === level))]),
      ),
    ]),
  );
}
