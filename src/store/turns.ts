/**
 * A queue for work that is done one after the other, in the order in which it came. A turn within a turn would wait for
 * itself.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  /** Joins the queue. */
  join(): Turn {
    const ready = this.#count === 0 ? undefined : this.#last;
    let end!: () => void;
    const own = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last = this.#last.then(() => own);
    this.#count++;
    return {
      ready,
      leave: () => {
        this.#count--;
        end();
      },
    };
  }

  /** Runs work when it is its turn. Rejects with `signal.reason` where it is aborted before. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const turn = this.join();
    try {
      await unlessAborted(turn.ready, signal);
      return await work();
    } finally {
      turn.leave();
    }
  }
}

function unlessAborted(work: Promise<void> | undefined, signal: AbortSignal | undefined): Promise<void> | undefined {
  if (work === undefined || signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    work.then(resolve).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A place in the queue. */
interface Turn {
  /** Resolves when it is this one's turn; `undefined` when it is already. */
  readonly ready: Promise<void> | undefined;
  /** Ends the turn, or gives up the place. To be called once, always. */
  leave(): void;
}
