/** What is shown of a download, at most ten times a second: path, bytes, per cent, rate and what is left of the time. */
export class DownloadProgress {
  readonly #path: string;
  readonly #now: () => number;
  readonly #since: number;
  #resumedAt = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #before = 0;

  /** @param now milliseconds, from anywhere. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#since = now();
  }

  /** The download goes on from what an earlier run received. */
  resumed(bytes: number): string {
    this.#resumedAt = bytes;
    this.#before = bytes;
    return `${this.#path}: resumed at ${bytes} bytes`;
  }

  /** The line for so many bytes of `length`; `undefined` where it is too early for another. */
  line(bytes: number, length: number): string | undefined {
    // The server began anew.
    if (bytes < this.#before) this.#resumedAt = 0;
    this.#before = bytes;
    const now = this.#now();
    if (bytes < length && now - this.#shownAt < 100) return undefined;
    this.#shownAt = now;
    const percent = length === 0 ? 100 : Math.floor((bytes / length) * 100);
    const parts = [`${bytes} of ${length} bytes`, `${percent}%`];
    const seconds = (now - this.#since) / 1000;
    const rate = Math.round((bytes - this.#resumedAt) / seconds);
    // The first moments say nothing about the rest.
    if (seconds >= 0.5 && rate > 0) parts.push(`${rate} bytes/s`, `${timeOf((length - bytes) / rate)} left`);
    if (this.#resumedAt > 0) parts.push(`resumed at ${this.#resumedAt} bytes`);
    return `${this.#path}: ${parts.join(', ')}`;
  }
}

function timeOf(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
