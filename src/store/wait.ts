import { storeError } from '../node/atomic-write.ts';

/** A wait for other clients of a folder: it ends with the caller's abort, or when its time is over. */
export class Wait {
  readonly #folder: string;
  readonly #end: number;
  readonly #signal: AbortSignal | undefined;
  #holder = 'this process';

  constructor(folder: string, timeoutMs: number, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#folder = folder;
    this.#end = performance.now() + timeoutMs;
    this.#signal = signal;
  }

  /** The result of some work, unless the wait ends before. Throws `ERR_TUF_STORE` or `signal.reason`. */
  until<T>(work: Promise<T>): Promise<T> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      const timer = setTimeout(() => reject(this.#late()), Math.min(this.#end - performance.now(), 2 ** 31 - 1));
      signal?.addEventListener('abort', abort);
      work.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      });
    });
  }

  /** Lets time pass for the one that is in the way, in words. Throws as {@link until} does. */
  async pause(ms: number, holder: string): Promise<void> {
    this.#holder = holder;
    if (performance.now() >= this.#end) throw this.#late();
    await this.until(new Promise<void>((resolve) => setTimeout(resolve, ms)));
  }

  #late(): Error {
    const hint = `${this.#holder} is at work there: wait for it, end it, or raise lockTimeoutMs`;
    return storeError('lock', this.#folder, undefined, hint);
  }
}
