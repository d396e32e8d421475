import { textOf } from './json-string.ts';
import { withRoom } from './plain-text.ts';
import type { Scanner } from './scanner.ts';
import { encodeUtf8, isWellFormed } from './utf8.ts';

/**
 * The members of one JSON object in the wire bytes: where each name and value stands, in written order. A value is built
 * when it is asked for. Where names ascend, as in every canonical file, a look-up is a binary search over the bytes.
 */
export class Entries {
  readonly bytes: Uint8Array;
  /** Number of members. */
  size = 0;
  /** Three numbers a member: start and stop of the name between its quotes (negative start: it holds an escape), value. */
  #spans: Int32Array = new Int32Array(48);
  #ascending = true;
  #byName: Map<string, number> | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Notes the member whose name the scanner has just read. */
  add(scanner: Scanner): void {
    const start = scanner.escaped ? -scanner.start : scanner.start;
    if (scanner.escaped) this.#ascending = false;
    this.addAll([start, scanner.stop, scanner.at]);
  }

  /** Notes members by their spans, whose names hold no escape. */
  addAll(spans: readonly number[]): void {
    const at = this.size * 3;
    this.#spans = withRoom(this.#spans, at + spans.length);
    this.#spans.set(spans, at);
    this.size += spans.length / 3;
  }

  /** To be called when the object ends: `ascending` says that its names stood in the order of code points. */
  close(ascending: boolean): void {
    this.#ascending &&= ascending;
    this.#spans = this.#spans.slice(0, this.size * 3);
  }

  /** Where the value of a member begins, or `undefined` when there is no such member. */
  find(name: string): number | undefined {
    const index = this.indexOf(name);
    return index === undefined ? undefined : this.valueAt(index);
  }

  /** The position of a member in written order. */
  indexOf(name: string): number | undefined {
    if (!isWellFormed(name)) return undefined;
    if (this.#ascending) return this.#search(encodeUtf8(name));
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (let i = 0; i < this.size; i += 1) this.#byName.set(this.name(i), i);
    }
    return this.#byName.get(name);
  }

  /** The name of the member at a position. */
  name(index: number): string {
    const start = this.#spans[index * 3] as number;
    return textOf(this.bytes, Math.abs(start), this.#spans[index * 3 + 1] as number, start < 0);
  }

  /** Offset of the value of the member at a position. */
  valueAt(index: number): number {
    return this.#spans[index * 3 + 2] as number;
  }

  /** All names in written order. */
  *names(): Generator<string> {
    for (let i = 0; i < this.size; i += 1) yield this.name(i);
  }

  #search(name: Uint8Array): number | undefined {
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #compare(index: number, name: Uint8Array): number {
    const start = this.#spans[index * 3] as number;
    const length = (this.#spans[index * 3 + 1] as number) - start;
    const shorter = Math.min(length, name.length);
    for (let i = 0; i < shorter; i += 1) {
      const difference = (this.bytes[start + i] as number) - (name[i] as number);
      if (difference !== 0) return difference;
    }
    return length - name.length;
  }
}
