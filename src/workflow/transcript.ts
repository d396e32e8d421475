/**
 * A run of the workflow as data: every question and its answer, in order. Since the workflow sees the world through its
 * questions only, a transcript is all that a run depended on: it replays to the same result, without network, store, clock
 * or cryptography. For tests, and for a run that went wrong elsewhere.
 *
 * @module
 */
import type { Question, Workflow } from './question.ts';

/** One question with what it was answered: a value, or a failure of the world. */
export interface Exchange {
  readonly question: Question;
  readonly answer: { readonly value: unknown } | { readonly failure: unknown };
}

/** What a run asked and was answered, in order. */
export type Transcript = readonly Exchange[];

/** The same program, which notes each exchange in `transcript` when it has been answered. */
export function* recorded<T>(program: Workflow<T>, transcript: Exchange[]): Workflow<T> {
  let step = program.next();
  while (step.done !== true) {
    const question = step.value;
    let answer: Exchange['answer'];
    try {
      answer = { value: yield question };
    } catch (failure) {
      answer = { failure };
    }
    transcript.push({ question, answer });
    step = resumed(program, answer);
  }
  return step.value;
}

/**
 * Runs a program on a transcript alone, and gives or throws what it did when that was recorded.
 *
 * @throws TypeError when the program asks anything else than was recorded, in another order, more or less.
 */
export function replay<T>(program: Workflow<T>, transcript: Transcript): T {
  let step = program.next();
  for (const [i, { question, answer }] of transcript.entries()) {
    if (step.done === true) throw new TypeError(`the program ends before question ${i} of the transcript`);
    if (!isSame(step.value, question)) {
      throw new TypeError(`question ${i} is ${nameOf(step.value)}, and ${nameOf(question)} in the transcript`);
    }
    step = resumed(program, answer);
  }
  if (step.done !== true) throw new TypeError(`the program goes on after the transcript with ${nameOf(step.value)}`);
  return step.value;
}

function resumed<T>(program: Workflow<T>, answer: Exchange['answer']): IteratorResult<Question, T> {
  return 'failure' in answer ? program.throw(answer.failure) : program.next(answer.value);
}

function nameOf(question: Question): string {
  const subject = 'path' in question ? question.path : 'name' in question ? question.name : undefined;
  return subject === undefined ? question.kind : `${question.kind} ${JSON.stringify(subject)}`;
}

/** Whether two values hold the same data. Errors, which only events carry, are the same with the same text. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Error || b instanceof Error) return String(a) === String(b);
  const [x, y] = [Object.entries(a), Object.entries(b)];
  return x.length === y.length && x.every(([name, value], i) => y[i]?.[0] === name && isSame(value, y[i]?.[1]));
}
