/**
 * Runs vectors against a client: several at a time, each refusal with its control, and expected disagreements strictly.
 *
 * @module
 */
import type { ClientUnderTest } from './client-under-test.ts';
import { Estimate } from './estimate.ts';
import type { ExpectedDisagreements } from './expected-disagreements.ts';
import { type RunResult, tally, type VectorResult } from './result.ts';
import { serveScenarios } from './scenario-server.ts';
import type { VectorFolder } from './vector-folder.ts';
import { type Outcome, VectorRunner } from './vector-runner.ts';

/** What a run is made of. */
export interface RunOptions {
  readonly folder: VectorFolder;
  readonly client: ClientUnderTest;
  /** Only vectors whose id contains this. */
  readonly filter?: string | undefined;
  /** Only vectors for whose id this is true. */
  readonly chosen?: ((id: string) => boolean) | undefined;
  /** Vectors that are run at one time. Default 1. */
  readonly jobs?: number | undefined;
  readonly expected?: ExpectedDisagreements | undefined;
  /** The clock of steps that name none, `YYYY-MM-DDTHH:MM:SSZ`; the machine's own by default. */
  readonly at?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the run, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a run is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly skipped: number;
  /** Milliseconds that the rest will take, as far as can be told. */
  readonly leftMs: number;
}

/**
 * Runs every vector of a folder that the filter leaves, and gives what became of each. Does not close the client.
 *
 * @throws {@link TufError} `ERR_TUF_MALFORMED` for a vector that is not as it should be, `ERR_TUF_STORE` where files, ports
 * or the client's program cannot be had.
 */
export async function runVectors(options: RunOptions): Promise<RunResult> {
  const { folder, client, filter = '', chosen = () => true, jobs = 1, expected, onProgress, signal } = options;
  const entries = [...folder.entries.values()].filter(({ id }) => id.includes(filter) && chosen(id));
  const server = await serveScenarios();
  const runner = new VectorRunner(options, server);
  const estimate = new Estimate(
    entries.map(({ family }) => family),
    jobs,
  );
  const results: VectorResult[] = [];
  const counts = { done: 0, failed: 0, skipped: 0 };
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < entries.length; i = next++) {
      signal?.throwIfAborted();
      // A client without a process never waits for anything: sockets and timers get their turn here.
      await new Promise((resolve) => setImmediate(resolve));
      const entry = entries[i] as (typeof entries)[number];
      const { sha256: _, ...head } = entry;
      const started = performance.now();
      const outcome = expectedOutcome(await runner.outcome(entry.id), expected?.has(entry) === true, expected?.file);
      const duration = Math.round(performance.now() - started);
      results[i] = { ...head, ...outcome, duration };
      estimate.done(entry.family, duration);
      counts.done += 1;
      if (outcome.verdict !== 'passed') counts[outcome.verdict] += 1;
      onProgress?.({ ...counts, total: entries.length, leftMs: estimate.left() });
    }
  };
  try {
    // The first failure ends the others, after the vector that each is at: the client must be at rest when it is closed.
    const workers = Array.from({ length: Math.max(1, Math.min(jobs, entries.length)) }, () =>
      work().catch((error) => {
        next = entries.length;
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    await Promise.all(workers);
  } finally {
    await server.close();
  }
  return { client: client.name, spec: folder.spec, ...tally(results), results };
}

/** What a list of expected disagreements makes of an outcome. */
function expectedOutcome(outcome: Outcome, isListed: boolean, file: string | undefined): Outcome {
  if (!isListed || outcome.verdict === 'skipped') return outcome;
  const { by, about = { comment: '', effect: '' } } = outcome;
  if (outcome.verdict === 'failed') return { verdict: 'skipped', by, reason: `an expected disagreement (${file})` };
  const problem = {
    what: 'result',
    where: '',
    expected: `a disagreement, as ${file} says`,
    found: 'agreement',
  } as const;
  return { verdict: 'failed', by, failure: { ...about, problems: [problem], served: [], output: undefined } };
}
