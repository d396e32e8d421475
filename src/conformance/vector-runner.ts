import type { CallCase } from './call-case.ts';
import type { CallName, ClientUnderTest } from './client-under-test.ts';
import type { ExpectedDisagreements } from './expected-disagreements.ts';
import { judgeAnswer, type Problem } from './judge.ts';
import { honestSequence, sequenceOfReading } from './reading-sequence.ts';
import type { Failure, VectorResult } from './result.ts';
import type { RunOptions } from './run.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { beginsAccepted, hasRefusal, type Sequence } from './sequence.ts';
import { nothingSeen, type Seen, SequencePlayer, type Skipped } from './sequence-player.ts';
import { askedLines } from './served.ts';
import type { Reading, Vector } from './vector.ts';
import type { VectorFolder } from './vector-folder.ts';

/** What became of a vector, before anybody's list of expected disagreements. */
export type Outcome = Pick<VectorResult, 'by' | 'reason' | 'failure' | 'verdict'> & {
  /** What a report says of the vector itself, for one that passed and should not. */
  readonly about?: Pick<Failure, 'comment' | 'effect'>;
};

const effectUnknown = 'not known: it fails without the fault, too';

/** Runs single vectors, and those that are their controls once each. */
export class VectorRunner {
  readonly #folder: VectorFolder;
  readonly #client: ClientUnderTest;
  readonly #player: SequencePlayer;
  readonly #at: string | undefined;
  readonly #expected: ExpectedDisagreements | undefined;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #controls = new Map<string, Promise<Vector['control']>>();
  readonly #readings = new Map<string, Promise<Reading | undefined>>();
  #honest: Promise<Seen | Skipped> | undefined;

  constructor({ folder, client, at, expected }: RunOptions, server: ScenarioServer) {
    this.#folder = folder;
    this.#client = client;
    this.#player = new SequencePlayer(client, server, at);
    this.#at = at;
    this.#expected = expected;
  }

  /** The outcome of a vector, which is run once however often it is asked for. */
  outcome(id: string): Promise<Outcome> {
    let outcome = this.#outcomes.get(id);
    if (outcome === undefined) {
      outcome = this.#run(id);
      this.#outcomes.set(id, outcome);
    }
    return outcome;
  }

  async #run(id: string): Promise<Outcome> {
    const vector = await this.#folder.read(id);
    this.#controls.set(id, Promise.resolve(vector.control));
    await this.#checkControls(id);
    const { comment, effect } = vector;
    const cases = this.#casesFor(vector);
    if (cases.length > 0) return this.#outcomeOf(vector, 'call', await this.#ask(vector, cases));
    const { sequences } = this.#client;
    const sequence = await this.#sequenceFor(vector);
    if (typeof sequence === 'string') return { verdict: 'skipped', reason: sequence };
    if ('skipped' in sequences) return { verdict: 'skipped', reason: sequences.skipped };
    const seen = await this.#player.play(vector.id, sequence);
    if ('skipped' in seen) return { verdict: 'skipped', reason: seen.skipped };
    const control = seen.problems.length > 0 ? [] : await this.#controlOfSequence(vector, sequence);
    if ('skipped' in control) return { verdict: 'skipped', by: sequences.by, reason: control.skipped };
    return this.#outcomeOf({ comment, effect }, sequences.by, { ...seen, problems: [...seen.problems, ...control] });
  }

  #outcomeOf(
    { comment, effect }: Pick<Vector, 'comment' | 'effect'>,
    by: Outcome['by'],
    seen: Seen | Skipped,
  ): Outcome {
    if ('skipped' in seen) return { verdict: 'skipped', by, reason: seen.skipped };
    if (seen.problems.length === 0) return { verdict: 'passed', by, about: { comment, effect } };
    const { problems, served, output, isControl = false } = seen;
    // Who fails the control has not shown what the fault would do to him.
    const isUnknown = isControl || problems.every(({ what }) => what === 'control');
    const shown = isUnknown ? effectUnknown : effect;
    return { verdict: 'failed', by, failure: { comment, effect: shown, problems, served, output } };
  }

  /** Follows the controls to their end: a circle of them would be no control at all. */
  async #checkControls(id: string): Promise<void> {
    const seen = new Set<string>();
    for (let each: Vector['control'] = id; typeof each === 'string'; each = await this.#controlOf(each)) {
      if (seen.has(each)) this.#folder.refuse(id, 'its controls lead back to themselves');
      seen.add(each);
    }
  }

  #controlOf(id: string): Promise<Vector['control']> {
    let control = this.#controls.get(id);
    if (control === undefined) {
      control = this.#folder.read(id).then((vector) => vector.control);
      this.#controls.set(id, control);
    }
    return control;
  }

  /** The questions that this client can be asked. */
  #casesFor({ cases }: Pick<Vector, 'cases'>): readonly CallCase[] {
    return cases.filter((each) => this.#knows(each));
  }

  #knows({ request, form, profile }: CallCase): boolean {
    const { calls, forms, profiles } = this.#client;
    const isKnown = (name: string | undefined, names: ReadonlySet<string>) => name === undefined || names.has(name);
    return calls.has(request.call) && isKnown(form, forms) && isKnown(profile, profiles);
  }

  async #ask({ control }: Vector, cases: readonly CallCase[]): Promise<Seen | Skipped> {
    const problems: Problem[] = [];
    const served: string[] = [];
    for (const each of cases) {
      const where = each.form ?? each.profile ?? '';
      const found = judgeAnswer(each.expected, await this.#client.ask(each.request), where);
      if (found.length > 0) served.push(...askedLines(each.request));
      problems.push(...found);
    }
    const isCounted = problems.length === 0 && cases.some(({ isRefusal }) => isRefusal);
    const missed = isCounted ? await this.#controlOfCall(control) : nothingSeen;
    if ('skipped' in missed) return missed;
    return { problems: [...problems, ...missed.problems], served: [...served, ...missed.served], output: undefined };
  }

  async #controlOfCall(control: Vector['control']): Promise<Pick<Seen, 'problems' | 'served'> | Skipped> {
    if (control === undefined || typeof control === 'string') {
      const missed = await this.#controlOfId(control);
      return 'skipped' in missed ? missed : { problems: missed, served: [] };
    }
    const problems: Problem[] = [];
    const served: string[] = [];
    for (const each of this.#casesFor({ cases: control })) {
      const found = judgeAnswer(each.expected, await this.#client.ask(each.request), '');
      if (found.length > 0) served.push('the control:', ...askedLines(each.request));
      problems.push(...found.map((problem) => ({ ...problem, what: 'control' as const })));
    }
    return { problems, served };
  }

  async #controlOfId(id: string | undefined): Promise<readonly Problem[] | Skipped> {
    if (id === undefined) return [];
    const { verdict, reason } = await this.outcome(id);
    if (verdict === 'skipped') return { skipped: `its control ${id} was skipped: ${reason}` };
    const entry = this.#folder.entries.get(id);
    if (verdict === 'failed' && entry !== undefined && this.#expected?.has(entry) === true) {
      return { skipped: `its control ${id} is an expected disagreement (${this.#expected.file})` };
    }
    return verdict === 'passed' ? [] : [refusesAll(id)];
  }

  async #controlOfSequence({ control, document }: Vector, sequence: Sequence): Promise<readonly Problem[] | Skipped> {
    if (!hasRefusal(sequence) || beginsAccepted(sequence)) return [];
    if (document === undefined) return this.#controlOfId(typeof control === 'string' ? control : undefined);
    this.#honest ??= this.#folder
      .repository()
      .then((repository) => this.#player.play('strict-reading/honest', honestSequence(repository, this.#clock())));
    const honest = await this.#honest;
    if ('skipped' in honest) return honest;
    return honest.problems.length === 0 ? [] : [refusesAll('the honest repository'), ...honest.problems];
  }

  async #sequenceFor(vector: Vector): Promise<Sequence | string> {
    const { sequence, document, cases } = vector;
    if (sequence !== undefined) return sequence;
    const call: CallName | undefined = cases[0]?.request.call;
    const unasked = `the client does not answer the call ${call}, and there is no sequence`;
    if (document === undefined) return unasked;
    const honest = await this.#honestReading(document.role);
    return sequenceOfReading(vector, await this.#folder.repository(), honest, this.#clock());
  }

  /** What is read of the honest document of a role, as its own vector says. */
  #honestReading(role: string): Promise<Reading | undefined> {
    const plain = `strict-reading/${role}-plain`;
    if (!this.#folder.entries.has(plain)) return Promise.resolve(undefined);
    const known = this.#readings.get(plain) ?? this.#folder.read(plain).then(({ document }) => document?.reading);
    this.#readings.set(plain, known);
    return known;
  }

  #clock(): string {
    return this.#at ?? new Date().toISOString();
  }
}

function refusesAll(control: string): Problem {
  const expected = `${control} is accepted: a refusal counts only then`;
  return { what: 'control', where: '', expected, found: 'it is not' };
}
