import { textOf } from './json-string.ts';
import { withRoom } from './plain-text.ts';
import { compareCodePoints } from './utf8.ts';

/**
 * The names of the objects that are open, to find one that stands twice and one that is out of order. Only where names
 * stand is noted; once those of an object are out of order, they are kept as a set instead. So a file is read in linear
 * time, whatever its order and depth.
 *
 * @spec A-46
 */
export class NameOrder {
  readonly #bytes: Uint8Array;
  /** A span is three numbers: start, stop, and one that is not used here; an escaped name has its start negated. */
  #spans: Int32Array = new Int32Array(96);
  #end = 0;
  /** For each depth, where the spans of its object begin. */
  readonly #from: Int32Array;
  readonly #sets: (Set<string> | undefined)[] = [];

  constructor(bytes: Uint8Array, depthMax: number) {
    this.#bytes = bytes;
    this.#from = new Int32Array(depthMax + 1);
  }

  open(depth: number): void {
    this.#from[depth] = this.#end;
  }

  close(depth: number): void {
    this.#sets[depth] = undefined;
    this.#end = this.#from[depth] as number;
  }

  /** Whether all names of the object so far stand in the order of code points. */
  ascend(depth: number): boolean {
    return this.#sets[depth] === undefined;
  }

  /** Notes a name; says whether it comes after all others of the object, before one, or is there already. */
  add(depth: number, start: number, stop: number, escaped: boolean): 'after' | 'before' | 'again' {
    const set = this.#sets[depth];
    if (set !== undefined) return this.#addTo(set, start, stop, escaped);
    if (this.#end > (this.#from[depth] as number)) {
      const order = this.#compareWithLast(start, stop, escaped);
      if (order === 0) return 'again';
      if (order < 0) return this.#addTo(this.#collect(depth), start, stop, escaped);
    }
    this.#spans = withRoom(this.#spans, this.#end + 3);
    this.#spans[this.#end] = escaped ? -start : start;
    this.#spans[this.#end + 1] = stop;
    this.#end += 3;
    return 'after';
  }

  /** Notes names that are known to come after all others. */
  addAll(spans: readonly number[]): void {
    this.#spans = withRoom(this.#spans, this.#end + spans.length);
    this.#spans.set(spans, this.#end);
    this.#end += spans.length;
  }

  /** The latest name of an object whose names ascend. */
  last(depth: number): string | undefined {
    return this.#end === this.#from[depth] ? undefined : this.#textAt(this.#end - 3);
  }

  #textAt(at: number): string {
    const start = this.#spans[at] as number;
    return textOf(this.#bytes, Math.abs(start), this.#spans[at + 1] as number, start < 0);
  }

  #addTo(set: Set<string>, start: number, stop: number, escaped: boolean): 'before' | 'again' {
    const { size } = set;
    return set.add(textOf(this.#bytes, start, stop, escaped)).size === size ? 'again' : 'before';
  }

  /** Turns the spans of an object into the set of its names. */
  #collect(depth: number): Set<string> {
    const set = new Set<string>();
    const from = this.#from[depth] as number;
    for (let at = from; at < this.#end; at += 3) set.add(this.#textAt(at));
    this.#end = from;
    this.#sets[depth] = set;
    return set;
  }

  /** Positive when a name comes after the latest one. */
  #compareWithLast(start: number, stop: number, escaped: boolean): number {
    const bytes = this.#bytes;
    const lastStart = this.#spans[this.#end - 3] as number;
    const lastStop = this.#spans[this.#end - 2] as number;
    if (lastStart < 0 || escaped) {
      return compareCodePoints(textOf(bytes, start, stop, escaped), this.#textAt(this.#end - 3));
    }
    const length = Math.min(lastStop - lastStart, stop - start);
    for (let i = 0; i < length; i += 1) {
      const difference = (bytes[start + i] as number) - (bytes[lastStart + i] as number);
      if (difference !== 0) return difference;
    }
    return stop - start - (lastStop - lastStart);
  }
}
