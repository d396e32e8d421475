import type { Question, Workflow } from '../workflow/question.ts';

/** What was written since, or `undefined` for what was removed. */
interface Change {
  readonly bytes: Uint8Array | undefined;
  readonly refetchable: boolean;
}

/**
 * Changes of the store that wait until all is sure: programs that run over it read what they wrote, and the store itself stays
 * as it was until {@link commit}.
 */
export class Overlay {
  readonly #changes = new Map<string, Change>();
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
        const bytes = this.#changes.get(question.name)?.bytes;
        return bytes && bytes.length <= question.bytesMax ? bytes : undefined;
      }
      case 'write':
        this.#change(question.name, question);
        return undefined;
      case 'remove':
        this.#change(question.name, { bytes: undefined, refetchable: false });
        return undefined;
      default:
        this.#cleared = true;
        this.#changes.clear();
        return undefined;
    }
  }

  /** What is written again moves to the end: a commit that breaks off leaves no memory of what is not there yet. */
  #change(name: string, change: Change): void {
    this.#changes.delete(name);
    this.#changes.set(name, change);
  }

  /** Makes every change, in the order in which the programs made the last one of each file. */
  *commit(): Workflow<void> {
    if (this.#cleared) yield { kind: 'clear' };
    for (const [name, { bytes, refetchable }] of this.#changes) {
      if (bytes === undefined) yield { kind: 'remove', name };
      else yield { kind: 'write', name, bytes, refetchable };
    }
  }
}
