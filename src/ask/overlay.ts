import type { Question, Workflow } from '../workflow/question.ts';

/**
 * Changes of the store that wait until all is sure: programs that run over it read what they wrote, and the store itself stays
 * as it was until {@link commit}.
 */
export class Overlay {
  /** What was written since, by name; `undefined` for what was removed. */
  readonly #changes = new Map<string, Uint8Array | undefined>();
  readonly #waiting: Question[] = [];
  #cleared = false;

  /** Runs a program of which nothing reaches the store. */
  *over<T>(program: Workflow<T>): Workflow<T> {
    let step = program.next();
    while (step.done !== true) {
      const question: Question = step.value;
      if (this.#keeps(question)) {
        step = program.next(this.#answer(question));
        continue;
      }
      let answer: unknown;
      try {
        answer = yield question;
      } catch (error) {
        step = program.throw(error);
        continue;
      }
      step = program.next(answer);
    }
    return step.value;
  }

  #keeps(question: Question): boolean {
    if (question.kind === 'read') return this.#cleared || this.#changes.has(question.name);
    return question.kind === 'write' || question.kind === 'remove' || question.kind === 'clear';
  }

  #answer(question: Question): Uint8Array | undefined {
    switch (question.kind) {
      case 'read': {
        const bytes = this.#changes.get(question.name);
        return bytes && bytes.length <= question.bytesMax ? bytes : undefined;
      }
      case 'write':
      case 'remove':
        this.#waiting.push(question);
        this.#changes.set(question.name, question.kind === 'write' ? question.bytes : undefined);
        return undefined;
      default:
        this.#waiting.push(question);
        this.#cleared = true;
        this.#changes.clear();
        return undefined;
    }
  }

  /** Makes every change, in the order in which it was made: a commit that breaks off leaves what an update leaves that does. */
  *commit(): Workflow<void> {
    yield* this.#waiting.splice(0) as Iterable<Question>;
  }
}
