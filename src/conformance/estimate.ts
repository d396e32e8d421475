/**
 * How long the rest of a run takes: each family has its own mean, since a call takes microseconds and a sequence of
 * processes seconds.
 */
export class Estimate {
  readonly #left = new Map<string, number>();
  readonly #spent = new Map<string, { count: number; ms: number }>();
  readonly #jobs: number;

  constructor(families: Iterable<string>, jobs: number) {
    for (const family of families) this.#left.set(family, (this.#left.get(family) ?? 0) + 1);
    this.#jobs = jobs;
  }

  /** Notes a vector that has been run in so many milliseconds. */
  done(family: string, ms: number): void {
    this.#left.set(family, (this.#left.get(family) ?? 1) - 1);
    const spent = this.#spent.get(family) ?? { count: 0, ms: 0 };
    spent.count += 1;
    spent.ms += ms;
    this.#spent.set(family, spent);
  }

  /** Milliseconds; families of which nothing was run yet are taken to be as the others. */
  left(): number {
    const all = [...this.#spent.values()];
    const count = all.reduce((sum, each) => sum + each.count, 0);
    const mean = count === 0 ? 0 : all.reduce((sum, each) => sum + each.ms, 0) / count;
    let ms = 0;
    for (const [family, left] of this.#left) {
      const spent = this.#spent.get(family);
      ms += left * (spent === undefined ? mean : spent.ms / spent.count);
    }
    return ms / this.#jobs;
  }
}
