/** A span of time; what is left out is none of it. Fractions are fine, and what is below 0 goes back. */
export interface TimeSpan {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
}

/** A clock that stands still until it is told otherwise. It moves no timer: those are the test runner's to fake. */
export class TestClock {
  #milliseconds: number;

  /** @throws TypeError for a date that is none. */
  constructor(start: Date) {
    this.#milliseconds = checked(start.getTime());
  }

  /** The time, as `ClientOptions.now` wants it: may be taken off the clock. */
  readonly now = (): Date => new Date(this.#milliseconds);

  /** @throws TypeError for a span that leads to no date. */
  advance(span: TimeSpan): void {
    this.#milliseconds = checked(this.#milliseconds + millisecondsOf(span));
  }

  /** @throws TypeError for a date that is none. */
  set(time: Date): void {
    this.#milliseconds = checked(time.getTime());
  }
}

/** Whole milliseconds. */
export function millisecondsOf({ days = 0, hours = 0, minutes = 0, seconds = 0 }: TimeSpan): number {
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

function checked(milliseconds: number): number {
  if (Number.isNaN(new Date(milliseconds).getTime())) throw new TypeError('a clock shows a valid date');
  return milliseconds;
}
