/**
 * The one tokenizer. A single pass over the wire bytes checks the JSON grammar, UTF-8, numbers, duplicate names and
 * depth, and notes on the way whether what it reads already stands in canonical form.
 *
 * A document reader drives it: `enterObject`, `nextName` until it gives false, and for each name exactly one of
 * `string`, `integer`, `boolean`, `enterObject`, `enterArray` or `skip`. Nothing is decoded unless it is asked for.
 *
 * @spec, 4.1-b
 * @module
 */
import { TufError } from '../errors.ts';
import { escapeLength, textOf } from './json-string.ts';
import { NameOrder } from './name-order.ts';
import { PlainText, type Run } from './plain-text.ts';
import { pointerAt } from './pointer.ts';
import { utf8SequenceLength } from './utf8.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const zero = 0x30;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** 1 for every byte that ends the run of plain characters in a string: a quote, a backslash, a control, non-ASCII. */
const special = new Uint8Array(256).map((_, byte) =>
  byte < 0x20 || byte === quote || byte === backslash || byte >= 0x80 ? 1 : 0,
);

export interface ScannerOptions {
  /** The role or document that errors name. */
  readonly role?: string | undefined;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
}

export class Scanner {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly role: string | undefined;
  /** Offset of the next byte. */
  at: number;
  /**
   * Whether everything since this was last set to true is in OLPC canonical form: no blanks, names in ascending order of
   * code points, no escapes but `\"` and `\\`. (Duplicate names and other spellings of a number are never read at all.)
   */
  canonical = true;
  /** Whether a name since this was last set to false holds a character above U+FFFF, where RFC 8785 orders otherwise. */
  astralName = false;
  /** The last string: its bytes between the quotes, and whether they hold an escape. */
  start = 0;
  stop = 0;
  escaped = false;
  /** Where the last value began. */
  valueAt = 0;
  /** Whether the names of the object that was closed last stood in the order of code points. */
  ascending = true;

  /** Deepest nesting of arrays and objects. */
  readonly depthMax: number;
  #depth = 0;
  /** For each open object or array: whether it has a member yet. */
  readonly #filled: Uint8Array;
  readonly #names: NameOrder;
  readonly #plain: PlainText;

  constructor(bytes: Uint8Array, options: ScannerOptions, from = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.role = options.role;
    this.at = from;
    this.end = end;
    this.#plain = new PlainText(bytes, end);
    this.depthMax = options.depth;
    this.#filled = new Uint8Array(options.depth + 1);
    this.#names = new NameOrder(bytes, options.depth);
  }

  /** Ends the reading with `ERR_TUF_MALFORMED`, naming the place. `member` is appended to the pointer. */
  fail(problem: string, offset: number = this.at, member?: string): never {
    const pointer = pointerAt(this.bytes, offset) + (member === undefined ? '' : `/${member}`);
    throw new TufError(
      'ERR_TUF_MALFORMED',
      `${this.role ?? 'document'}: ${problem} at ${pointer === '' ? 'the top level' : pointer} (byte ${offset})`,
      { role: this.role, pointer, offset },
      {
        hint: 'the file is not TUF metadata as its publisher should write it; if a host answers with its own page, fix the URL',
      },
    );
  }

  /** Nothing but white space may be left. */
  finish(): void {
    this.#space();
    if (this.at < this.end) this.fail('something follows the end of the document');
  }

  enterObject(): void {
    this.#open(openObject, 'an object');
  }

  /** Moves to the next member and reads its name into `start`, `stop` and `escaped`; false at the end of the object. */
  nextName(): boolean {
    if (!this.#next(closeObject)) return false;
    this.#string();
    this.#order();
    this.#space();
    if (this.at >= this.end || this.bytes[this.at] !== colon) this.fail('expected a colon');
    this.at += 1;
    return true;
  }

  enterArray(): void {
    this.#open(openArray, 'an array');
  }

  /** Moves to the next item; false at the end of the array. */
  nextItem(): boolean {
    return this.#next(closeArray);
  }

  /**
   * Passes over as many members of the open object as have a value in the spelling of `value` and names in ascending
   * order. What it leaves is for {@link nextName}.
   *
   * Almost every member of a large file has one spelling. The engine's own search and regular expressions run as machine
   * code from the first entry on, when this class still runs as bytecode.
   *
   * @param value sticky; matches `":VALUE` in canonical form with at most two more levels of objects.
   */
  takeMembers(value: RegExp): Run {
    const run: Run = { spans: [], ends: [] };
    const depth = this.#depth;
    if (depth + 2 > this.depthMax || !this.#names.ascend(depth)) return run;
    let last = this.#names.last(depth);
    let at = this.at;
    for (;;) {
      // A comma before all but the first member.
      const comma = run.ends.length > 0 || this.#filled[depth] === 1;
      last = this.#plain.run(at, comma, last, value, run);
      const end = run.ends.at(-1) ?? at;
      if (end === at) break;
      at = end;
    }
    if (run.ends.length === 0) return run;
    this.at = at;
    this.#filled[depth] = 1;
    this.#names.addAll(run.spans);
    return run;
  }

  /** The last string, decoded. */
  text(): string {
    return textOf(this.bytes, this.start, this.stop, this.escaped);
  }

  /** Whether the last string is this ASCII text. Costs no allocation. */
  is(ascii: string): boolean {
    if (this.escaped) return this.text() === ascii;
    if (this.stop - this.start !== ascii.length) return false;
    for (let i = 0; i < ascii.length; i += 1) if (this.bytes[this.start + i] !== ascii.charCodeAt(i)) return false;
    return true;
  }

  /** Reads a string into `start`, `stop` and `escaped`. */
  string(): void {
    this.#value();
    if (this.at >= this.end || this.bytes[this.at] !== quote) this.fail('expected a string');
    this.#string();
  }

  /** Reads an integer token in ±(2^53 − 1), at least `least`. @spec */
  integer(least: number): number {
    this.#value();
    const value = this.#number();
    if (value < least) this.fail(`expected an integer of at least ${least}`, this.valueAt);
    return value;
  }

  boolean(): boolean {
    this.#value();
    const first = this.bytes[this.at];
    if (first === 0x74) this.#literal('true');
    else if (first === 0x66) this.#literal('false');
    else this.fail('expected true or false');
    return first === 0x74;
  }

  /** Passes over any one value, checking all of it. */
  skip(): void {
    switch (this.peek()) {
      case 'object':
        this.enterObject();
        while (this.nextName()) this.skip();
        break;
      case 'array':
        this.enterArray();
        while (this.nextItem()) this.skip();
        break;
      case 'string':
        this.#string();
        break;
      case 'number':
        this.#number();
        break;
      case 'null':
        this.#literal('null');
        break;
      default:
        this.boolean();
    }
  }

  /** The kind of the value that comes next, without reading it. */
  peek(): 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' {
    this.#value();
    const first = this.at < this.end ? (this.bytes[this.at] as number) : -1;
    if (first === openObject) return 'object';
    if (first === openArray) return 'array';
    if (first === quote) return 'string';
    if (first === minus || (first >= zero && first <= 0x39)) return 'number';
    if (first === 0x74 || first === 0x66) return 'boolean';
    if (first === 0x6e) return 'null';
    return this.fail(first === -1 ? 'the document ends too early' : 'expected a value');
  }

  #value(): void {
    this.#space();
    this.valueAt = this.at;
  }

  #space(): void {
    for (; this.at < this.end; this.at += 1) {
      const byte = this.bytes[this.at] as number;
      if (byte > 0x20 || !(byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)) return;
      this.canonical = false;
    }
  }

  #open(bracket: number, what: string): void {
    this.#value();
    if (this.at >= this.end || this.bytes[this.at] !== bracket) this.fail(`expected ${what}`);
    if (this.#depth >= this.depthMax) this.#tooDeep();
    this.#depth += 1;
    this.#filled[this.#depth] = 0;
    this.#names.open(this.#depth);
    this.at += 1;
  }

  #tooDeep(): never {
    throw new TufError(
      'ERR_TUF_MALFORMED',
      `${this.role ?? 'document'}: nested deeper than ${this.depthMax} (byte ${this.at})`,
      { role: this.role, offset: this.at, limit: this.depthMax, option: 'depth' },
      { hint: 'no honest metadata is nested so deep; the limit is the option "depth"' },
    );
  }

  #next(bracket: number): boolean {
    this.#space();
    if (this.at >= this.end) this.fail('the document ends too early');
    const byte = this.bytes[this.at];
    if (byte === bracket) {
      this.at += 1;
      this.ascending = this.#names.ascend(this.#depth);
      this.#names.close(this.#depth);
      this.#depth -= 1;
      return false;
    }
    if (this.#filled[this.#depth] === 1) {
      if (byte !== comma) this.fail(`expected a comma or the closing ${bracket === closeObject ? 'brace' : 'bracket'}`);
      this.at += 1;
      this.#space();
    }
    this.#filled[this.#depth] = 1;
    return true;
  }

  #string(): void {
    const { bytes, end } = this;
    if (this.at >= end || bytes[this.at] !== quote) this.fail('expected a string');
    let i = this.at + 1;
    this.start = i;
    this.escaped = false;
    for (;;) {
      while (i < end && special[bytes[i] as number] === 0) i += 1;
      if (i >= end) this.fail('the document ends inside a string', end);
      const byte = bytes[i] as number;
      if (byte === quote) break;
      if (byte === backslash) i = this.#escape(i);
      else if (byte < 0x20) this.fail('a control character stands unescaped in a string', i);
      else {
        const length = utf8SequenceLength(bytes, i, end);
        if (length === 0) this.fail('not UTF-8', i);
        i += length;
      }
    }
    this.stop = i;
    this.at = i + 1;
  }

  /** Checks the escape at `i` and gives the offset behind it. */
  #escape(i: number): number {
    this.escaped = true;
    const next = this.bytes[i + 1];
    if (next !== quote && next !== backslash) this.canonical = false;
    const length = escapeLength(this.bytes, i, this.end);
    if (length === 0) this.fail('no escape, or a lone surrogate, in a string', i);
    return i + length;
  }

  #number(): number {
    const { bytes, end } = this;
    const from = this.at;
    let i = from;
    const negative = bytes[i] === minus;
    if (negative) i += 1;
    const digitsFrom = i;
    let value = 0;
    while (i < end) {
      const digit = (bytes[i] as number) - zero;
      if (digit < 0 || digit > 9) break;
      if (i - digitsFrom >= 16) this.fail('an integer beyond 2^53 - 1', from);
      value = value * 10 + digit;
      i += 1;
    }
    if (i === digitsFrom) this.fail('expected an integer', from);
    if (bytes[digitsFrom] === zero && i - digitsFrom > 1) this.fail('an integer with a leading zero', from);
    const byte = i < end ? bytes[i] : 0;
    if (byte === 0x2e || byte === 0x65 || byte === 0x45) this.fail('a number with a fraction or an exponent', from);
    if (value > Number.MAX_SAFE_INTEGER) this.fail('an integer beyond 2^53 - 1', from);
    if (negative && value === 0) this.fail('minus zero', from);
    this.at = i;
    return negative ? -value : value;
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i += 1) {
      if (this.at + i >= this.end || this.bytes[this.at + i] !== word.charCodeAt(i)) this.fail('expected a value');
    }
    this.at += word.length;
  }

  /** Refuses a name that the open object has already, and notes whether names ascend. */
  #order(): void {
    if (!this.astralName) this.astralName = this.#hasAstral();
    const order = this.#names.add(this.#depth, this.start, this.stop, this.escaped);
    if (order === 'again') this.fail('a name stands twice in one object', this.start);
    if (order === 'before') this.canonical = false;
  }

  #hasAstral(): boolean {
    // A surrogate written as escapes makes the text non-canonical anyway, so the raw bytes decide.
    for (let i = this.start; i < this.stop; i += 1) if ((this.bytes[i] as number) >= 0xf0) return true;
    return false;
  }
}
