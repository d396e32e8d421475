import type { Fetched, FetchQuestion, Place, Workflow } from './question.ts';

/** What is asked for, wherever it is. */
export type FileQuestion = Omit<FetchQuestion, 'kind' | 'place'>;

/** How files are had from several places, where there are several. Lives as long as one update and the state it makes. */
export interface FetchOrder {
  /** Asks all places at once; of what `accept` does not refuse, gives the highest by `rank`. */
  best<T>(question: FileQuestion, accept: (answer: Fetched) => Workflow<T>, rank: (value: T) => number): Workflow<T>;
  /** Tries one place after the other, until one is not refused. */
  first<T>(attempt: (place: Place) => Workflow<T>): Workflow<T>;
}
