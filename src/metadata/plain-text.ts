import { decodeUtf8 } from './utf8.ts';

const windowBytes = 65536;

/** Members that were passed over at once. */
export interface Run {
  /** For each: start and stop of its name between the quotes, and where its value begins. */
  readonly spans: number[];
  /** Where each ends. */
  readonly ends: number[];
}

/**
 * The plain stretches of a file as text, a window at a time. Plain is what holds ASCII only and no backslash: an offset in
 * the text is one in the bytes, and a string ends at the next quote.
 */
export class PlainText {
  readonly #bytes: Uint8Array;
  readonly #bytesEnd: number;
  #text = '';
  #from = 0;
  #to = 0;

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#bytesEnd = end;
  }

  /**
   * Adds to a run the members from a byte offset on whose names ascend from `last` and are followed by what `value`
   * matches, as far as the window goes. Gives the last name.
   */
  run(at: number, comma: boolean, last: string | undefined, value: RegExp, run: Run): string | undefined {
    const near = this.#to - at < windowBytes / 16 && this.#to < this.#bytesEnd;
    if (at < this.#from || at >= this.#to || (near && at > this.#from)) this.#move(at);
    return runIn(this.#text, this.#from, at, comma, last, value, run);
  }

  #move(at: number): void {
    this.#from = at;
    this.#to = Math.min(at + windowBytes, this.#bytesEnd);
    this.#text = '';
    try {
      const text = decodeUtf8(this.#bytes.subarray(at, this.#to));
      if (text.length === this.#to - at && !text.includes('\\')) this.#text = text;
    } catch {
      // Not UTF-8, or a character cut in two: the reader goes byte by byte and will tell.
    }
  }
}

/** Small and apart, since it is what a large file spends its time in: little to compile. */
function runIn(
  text: string,
  from: number,
  at: number,
  comma: boolean,
  previous: string | undefined,
  value: RegExp,
  { spans, ends }: Run,
): string | undefined {
  let last = previous;
  let start = at - from + (comma ? 2 : 1);
  let opening = comma ? ',"' : '"';
  while (text.startsWith(opening, start - opening.length)) {
    const stop = text.indexOf('"', start);
    value.lastIndex = stop;
    if (stop === -1 || !value.test(text)) break;
    const name = text.slice(start, stop);
    if ((last !== undefined && last >= name) || /[^ -~]/.test(name)) break;
    const end = value.lastIndex;
    spans.push(from + start, from + stop, from + stop + 2);
    ends.push(from + end);
    last = name;
    start = end + 2;
    opening = ',"';
  }
  return last;
}

/** The same numbers in an array of at least so many, growing by doubling. */
export function withRoom(numbers: Int32Array, length: number): Int32Array {
  if (length <= numbers.length) return numbers;
  const larger = new Int32Array(Math.max(length, numbers.length * 2));
  larger.set(numbers);
  return larger;
}
