/**
 * Plays sequences: each step in its turn, judged by its four observables, to the end or to the first that is not as it
 * should be.
 *
 * A client that is a command starts a process for each step, and many sequences begin alike. What two of them have in
 * common up to some step - the roots, everything served, the disk, the clock, what is asked for - is run once: the second
 * one is judged by what was seen then, and goes on with the folders as they were. URL and folders are the same in both, so
 * that a client cannot tell. Only beginnings that were as they should be are kept.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { ClientUnderTest, Held, SavedTrial, Trial } from './client-under-test.ts';
import { judgeStep, type ObservedStep, type Problem } from './judge.ts';
import { bufferedBytesMax, Scenario } from './scenario.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { beginsAccepted, contentBytes, hasRefusal, pinnedAt, type Sequence, type Step } from './sequence.ts';
import { servedLines } from './served.ts';

/** What was seen of one run of a vector. */
export interface Seen {
  readonly problems: readonly Problem[];
  readonly served: readonly string[];
  readonly output: string | undefined;
  /** Whether it is the control that went wrong: the first step, where a later one is to be refused. */
  readonly isControl?: boolean;
}

export const nothingSeen: Seen = { problems: [], served: [], output: undefined };

export type Skipped = { readonly skipped: string };

/** The bytes of what clients held that one lane keeps in memory. */
const keptBytesMax = 256 * 1024 * 1024;

/** Plays sequences against one client. */
export class SequencePlayer {
  readonly #client: ClientUnderTest;
  readonly #server: ScenarioServer;
  readonly #at: string | undefined;
  readonly #idle: Lane[] = [];
  #lanes = 0;
  #played = 0;

  /** @param at the clock of steps that name none. */
  constructor(client: ClientUnderTest, server: ScenarioServer, at: string | undefined) {
    this.#client = client;
    this.#server = server;
    this.#at = at;
  }

  async play(id: string, sequence: Sequence): Promise<Seen | Skipped> {
    const { clockSkipped, profiles } = this.#client;
    const hasClock = this.#at !== undefined || sequence.steps.some(({ time }) => time !== undefined);
    if (hasClock && clockSkipped !== undefined) return { skipped: clockSkipped };
    if (sequence.profile === 'strict' && !profiles.has('strict')) {
      return { skipped: 'the client does not know the profile strict' };
    }
    this.#played += 1;
    if (!this.#client.canContinue) return this.#playOn(`${id}.${this.#played}`, sequence, undefined);
    const lane = this.#idle.pop() ?? new Lane(`lane-${++this.#lanes}`);
    try {
      return await this.#playOn(lane.name, sequence, lane);
    } finally {
      this.#idle.push(lane);
    }
  }

  async #playOn(base: string, sequence: Sequence, lane: Lane | undefined): Promise<Seen> {
    const keys = lane === undefined ? [] : beginningKeys(sequence, this.#at);
    const known = lane?.longest(keys);
    const observed = [...(known?.observed ?? [])];
    // What was seen of a beginning is held against this sequence: another one may have expected something else of it.
    for (const [i, each] of observed.entries()) {
      const seen = judged(sequence, i, each, this.#client.bufferedMax);
      if (seen.problems.length > 0) return seen;
    }
    const scenario = known?.scenario.copy() ?? new Scenario(this.#client.bufferedMax);
    const { metadataUrl, targetsUrl, unmount } = this.#server.mount(base, scenario);
    const trial = await this.#client.begin({ scenario, metadataUrl, targetsUrl, lane: lane?.name }, known?.saved);
    const keep = async (done: number): Promise<void> => lane?.keep(keys[done], observed, scenario, trial);
    let seen: Seen = nothingSeen;
    try {
      if (known === undefined) seen = await this.#giveRoot(sequence, 0, trial, () => keep(0));
      for (let i = observed.length; i < sequence.steps.length && seen.problems.length === 0; i++) {
        if (i > 0) seen = await this.#giveRoot(sequence, i, trial);
        if (seen.problems.length > 0) break;
        observed.push(await this.#playStep(sequence, i, scenario, trial));
        seen = judged(sequence, i, observed[i] as ObservedStep, this.#client.bufferedMax);
        if (seen.problems.length === 0 && i + 1 < sequence.steps.length) await keep(i + 1);
      }
    } finally {
      unmount();
      const misdeeds = await trial.end();
      const found = misdeeds.map(
        (each) => ({ what: 'client', where: '', expected: 'nothing of the kind', found: each }) as const,
      );
      seen = { ...seen, problems: [...seen.problems, ...found] };
    }
    return seen;
  }

  /** Gives the root that a step pins. `taken` is called where the client takes it. */
  async #giveRoot(sequence: Sequence, i: number, trial: Trial, taken?: () => Promise<void>): Promise<Seen> {
    const pinned = pinnedAt(sequence, i);
    if (pinned === undefined) return nothingSeen;
    const given = await trial.init(pinned);
    // A root that is refused when it is given makes the step fail; whether that is right, the step says.
    const isRefusalDue = sequence.steps[i]?.expect.result === 'reject';
    if ('failure' in given || (given.result === 'reject' && !isRefusalDue)) {
      const found = 'failure' in given ? given.failure : 'refused';
      const problem = { what: 'client', where: whereOf(sequence, i), expected: 'init takes the root', found } as const;
      const served = servedLines(sequence, i);
      return { problems: [problem], output: given.output, served, isControl: isControl(sequence, i) };
    }
    if (given.result === 'accept') await taken?.();
    return nothingSeen;
  }

  async #playStep(sequence: Sequence, i: number, scenario: Scenario, trial: Trial): Promise<ObservedStep> {
    const step = sequence.steps[i] as Step;
    for (const [name, file] of step.disk) await trial.change(name, file && contentBytes(file));
    for (const { was, now } of step.diskTargets.values()) {
      await trial.changeTarget(contentBytes(was), now && contentBytes(now));
    }
    scenario.advance(step);
    const before = await trial.held();
    const { profile } = sequence;
    const outcome = await trial.step({ download: step.download, time: step.time ?? this.#at, profile });
    const held = await trial.held();
    const { requests, overrun } = scenario;
    return { outcome, before, held, requests: [...requests], overrun };
  }
}

function judged(sequence: Sequence, i: number, observed: ObservedStep, bufferedMax = bufferedBytesMax): Seen {
  const step = sequence.steps[i] as Step;
  const problems = judgeStep(sequence, step, whereOf(sequence, i), observed, bufferedMax);
  if (problems.length === 0) return nothingSeen;
  const served = servedLines(sequence, i);
  return { problems, output: observed.outcome.output, served, isControl: isControl(sequence, i) };
}

function isControl(sequence: Sequence, i: number): boolean {
  return i === 0 && beginsAccepted(sequence) && hasRefusal(sequence);
}

function whereOf({ steps }: Sequence, i: number): string {
  return steps.length === 1 ? '' : `step ${i + 1}`;
}

/** Where a client was when it had done as it should. */
interface Beginning {
  /** What was seen of each step. */
  readonly observed: readonly ObservedStep[];
  readonly scenario: Scenario;
  readonly saved: SavedTrial;
}

/** One URL and one place on the disk, for one sequence at a time. */
class Lane {
  readonly name: string;
  readonly #beginnings = new Map<string, Beginning>();
  #bytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The longest beginning that is known of a sequence with these keys. */
  longest(keys: readonly string[]): Beginning | undefined {
    return keys.map((key) => this.#beginnings.get(key)).findLast((known) => known !== undefined);
  }

  /** Keeps where a trial is now, unless it holds too much, or what cannot be kept. */
  async keep(key: string | undefined, observed: readonly ObservedStep[], scenario: Scenario, trial: Trial) {
    const last = observed.at(-1);
    const bytes = last === undefined ? 0 : bytesOf(last.before) + bytesOf(last.held);
    if (key === undefined || this.#bytes + bytes > keptBytesMax) return;
    const saved = await trial.save?.();
    if (saved === undefined) return;
    this.#bytes += bytes;
    this.#beginnings.set(key, { observed: [...observed], scenario: scenario.copy(), saved });
  }
}

function bytesOf({ metadata, targets }: Held): number {
  return [...metadata, ...targets].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/**
 * A key for each beginning of a sequence: the pinned root alone, then with the first step, and so on. Two with the same key
 * are the same for a client. What is expected is no part of it.
 */
function beginningKeys(sequence: Sequence, at: string | undefined): string[] {
  const { steps, profile } = sequence;
  let key = digestOf(profile, pinnedAt(sequence, 0));
  const keys = [key];
  for (const [i, step] of steps.slice(0, -1).entries()) {
    const { time = at, serve, disk, diskTargets, download } = step;
    key = digestOf(key, i === 0 ? null : pinnedAt(sequence, i), { time, serve, disk, diskTargets, download });
    keys.push(key);
  }
  return keys;
}

/** The SHA-256 of values, in hex. */
function digestOf(...values: readonly unknown[]): string {
  const bytesAsText = (_name: string, value: unknown): unknown => {
    if (value instanceof Map) return [...value];
    return value instanceof Uint8Array ? digestOfBytes(value) : (value ?? null);
  };
  return createHash('sha256').update(JSON.stringify(values, bytesAsText)).digest('hex');
}

const digests = new WeakMap<Uint8Array, string>();

/** Computed once: a vector may serve one large file under thousands of names. */
function digestOfBytes(bytes: Uint8Array): string {
  const digest = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex');
  digests.set(bytes, digest);
  return digest;
}
