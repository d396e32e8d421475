interface UnderWay<T> {
  readonly promise: Promise<T>;
  /** Absent where the caller who began cannot leave. */
  readonly controller: AbortController | undefined;
  waiting: number;
}

/**
 * One run for all who ask for it while it is under way. Each caller waits with its own signal; the run itself is aborted
 * when the last one has left.
 */
export class SharedRun<T> {
  #current: UnderWay<T> | undefined;
  readonly #start: (signal: AbortSignal | undefined) => Promise<T>;

  constructor(start: (signal: AbortSignal | undefined) => Promise<T>) {
    this.#start = start;
  }

  /** Joins the run that is under way, or starts one. Rejects with `signal.reason` when the caller aborts. */
  async join(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const current = this.#current ?? this.#begin(signal !== undefined);
    current.waiting += 1;
    let leave: (() => void) | undefined;
    try {
      if (signal === undefined) return await current.promise;
      const aborted = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason);
        signal.addEventListener('abort', leave);
      });
      return await Promise.race([current.promise, aborted]);
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave);
      current.waiting -= 1;
      if (current.waiting === 0) {
        // Later callers begin anew; where the run has ended, this does nothing.
        if (this.#current === current) this.#current = undefined;
        current.controller?.abort(signal?.reason);
      }
    }
  }

  #begin(mayLeave: boolean): UnderWay<T> {
    const controller = mayLeave ? new AbortController() : undefined;
    const promise = this.#start(controller?.signal);
    const current = { promise, controller, waiting: 0 };
    this.#current = current;
    const ended = (): void => {
      if (this.#current === current) this.#current = undefined;
    };
    promise.then(ended, ended);
    return current;
  }
}
