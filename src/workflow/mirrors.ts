/**
 * Several places that have one repository. Which of them is right, only a verdict tells: so it is the workflow that goes from
 * one to the next, and not a transport.
 *
 * @spec 4.7-b
 * @module
 */
import { TufError } from '../errors.ts';
import type { FetchOrder, FileQuestion } from './fetch-order.ts';
import { type Fetched, fetch, fetchAll, type MirrorAnswer, type Place, report, type Workflow } from './question.ts';
import { isRefusal } from './recalled.ts';

/** The places of one update. */
export class MirrorOrder implements FetchOrder {
  /** The best first. */
  #mirrors: readonly number[];
  /** Those that did not answer in time: asked only where all others fail. */
  readonly #late = new Set<number>();
  readonly #graceMs: number;

  /**
   * @param count how many there are, the client's own base URLs among them.
   * @param graceMs milliseconds that the others get once one has answered.
   */
  constructor(count: number, graceMs: number) {
    this.#mirrors = Array.from({ length: count }, (_, mirror) => mirror);
    this.#graceMs = graceMs;
  }

  *best<T>(question: FileQuestion, accept: (answer: Fetched) => Workflow<T>, rank: (value: T) => number): Workflow<T> {
    const tried = new Tried<T>();
    for (const each of yield* fetchAll({ ...question, mirrors: this.#mirrors, graceMs: this.#graceMs })) {
      if ('late' in each) this.#late.add(each.mirror);
      else yield* tried.attempt(each.mirror, () => answerOf(each, accept));
    }
    if (tried.accepted.length === 0) {
      for (const mirror of this.#late) {
        yield* tried.attempt(mirror, function* () {
          return yield* accept(yield* fetch({ ...question, place: { mirror, once: false } }));
        });
      }
    }
    const byRank = tried.accepted.sort((a, b) => rank(b.value) - rank(a.value));
    this.#mirrors = [...new Set([...byRank, ...tried.failed].map(({ mirror }) => mirror))];
    if (byRank[0] === undefined) throw tried.failure();
    return byRank[0].value;
  }

  /** One attempt each; then those again, with all patience, that may only have been unlucky. */
  *first<T>(attempt: (place: Place) => Workflow<T>): Workflow<T> {
    const tried = new Tried<T>();
    let asked: readonly number[] = [
      ...this.#mirrors,
      ...[...this.#late].filter((mirror) => !this.#mirrors.includes(mirror)),
    ];
    for (const once of [true, false]) {
      for (const mirror of asked) {
        yield* tried.attempt(mirror, () => attempt({ mirror, once }));
        const [found] = tried.accepted;
        if (found === undefined) continue;
        const failed = new Set(tried.failed.map((each) => each.mirror));
        this.#mirrors = [...this.#mirrors.filter((each) => !failed.has(each)), ...failed];
        return found.value;
      }
      asked = tried.failed.filter(({ cause }) => isTemporary(cause)).map(({ mirror }) => mirror);
    }
    throw tried.failure();
  }
}

/** What the places of one question came to. */
class Tried<T> {
  readonly accepted: { readonly mirror: number; readonly value: T }[] = [];
  readonly failed: { readonly mirror: number; readonly cause: TufError }[] = [];

  /** A place that does not answer, or gives what is refused, has failed; everything else that is thrown ends the run. */
  *attempt(mirror: number, program: () => Workflow<T>): Workflow<void> {
    try {
      this.accepted.push({ mirror, value: yield* program() });
    } catch (cause) {
      if (!isOfPlace(cause)) throw cause;
      this.failed.push({ mirror, cause });
      yield* report({ type: 'mirror-failed', mirror, cause });
    }
  }

  /** The first refusal, or else the first failure, which says what all the others did. */
  failure(): TufError {
    const causes = this.failed.map(({ cause }) => cause);
    const error = (causes.find(isRefusal) ?? causes[0]) as TufError;
    if (causes.length === 1) return error;
    const { code, message, evidence, hint } = error;
    const all = new AggregateError(causes, `${causes.length} attempts`);
    return new TufError(code, `${message} (no mirror gave better)`, evidence, { cause: all, hint });
  }
}

function* answerOf<T>(
  each: Exclude<MirrorAnswer, { late: true }>,
  accept: (answer: Fetched) => Workflow<T>,
): Workflow<T> {
  if ('failure' in each) throw each.failure;
  return yield* accept(each.answer);
}

function isOfPlace(error: unknown): error is TufError {
  return isRefusal(error) || (error instanceof TufError && error.code === 'ERR_TUF_TRANSPORT');
}

function isTemporary(error: TufError): boolean {
  return (error.evidence as { readonly isTemporary?: boolean }).isTemporary === true;
}
