/**
 * The one tokenizer. A single pass over the text of a document checks the JSON grammar, numbers, duplicate names and
 * depth, and notes on the way whether what it reads already stands in canonical form. UTF-8 is checked before, as a
 * whole.
 *
 * A document reader drives it: each call of `object`, `array`, `string`, `integer`, `boolean` or `skip` passes over one
 * value, and over the white space before it.
 *
 * Everything is done by the engine's own search and regular expressions, which run as machine code from the first entry
 * on, when what is written here still runs as bytecode. No expression repeats without a bound: those take stack.
 *
 * @spec, 4.1-b
 * @module
 */
import { raiseLimit, TufError } from '../errors.ts';
import { compareCodePoints, decodeUtf8, decodeUtf8Lossily, encodeUtf8, isWellFormed } from './utf8.ts';

export interface ScannerOptions {
  /** The role or document that errors name. */
  readonly role?: string | undefined;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
}

/** A limit that was met: its value, and the option that raises it. */
export interface MetLimit {
  readonly limit: number;
  readonly option: string;
}

/** How almost every member of a large object is spelled, and who notes its members. */
export interface Spelling {
  /** Sticky; matches `"NAME":VALUE` in canonical form, the name without escapes, with at most two levels of objects. */
  readonly member: RegExp;
  /** Called for each such member, with the offsets of its name and its value, and of its end. */
  passed(name: number, value: number, end: number): void;
  /** The names of all members so far, for the object whose names turn out not to ascend. */
  names(): Iterable<string>;
}

/** A quote, a backslash or a control: what ends the plain stretch of a string. */
const endOfPlain = /[^ !#-[\]-\uffff]/g;
const endOfSpace = /[^ \t\n\r]/g;
const aWord = /true|false|null/y;
const anInteger = /(?:0|-?[1-9][0-9]{0,15})(?![0-9.eE])/y;

export class Scanner {
  /** The whole document. Offsets are in UTF-16 units; only errors and {@link byteOffset} speak of bytes. */
  readonly text: string;
  readonly role: string | undefined;
  /** Deepest nesting of arrays and objects. */
  readonly depthMax: number;
  /** Offset of the next character. */
  at: number;
  /** Where the last value began. */
  valueAt: number;
  /**
   * Whether everything since this was last set to true is in OLPC canonical form: no blanks, names in ascending order of
   * code points, no escapes but `\"` and `\\`. (Duplicate names and other spellings of a number are never read at all.)
   */
  canonical = true;
  /** Where the scanner is: the name or index of the member or item in each open object and array; undefined before a name. */
  readonly #path: (string | number | undefined)[] = [];
  /** Whether an offset is the same in the bytes. */
  #oneByte = true;
  /** Whether what is not UTF-8 stands in the text as U+FFFD. */
  #damaged = false;

  /** Throws `ERR_TUF_MALFORMED` for bytes that are not UTF-8. */
  constructor(document: Uint8Array | string, options: ScannerOptions, at = 0) {
    this.role = options.role;
    this.depthMax = options.depth;
    this.at = at;
    this.valueAt = at;
    if (typeof document === 'string') this.text = document;
    else {
      try {
        this.text = decodeUtf8(document);
      } catch {
        // The decoder does not say where: to be refused when the place is reached.
        this.text = decodeUtf8Lossily(document);
        this.#damaged = true;
      }
      this.#oneByte = this.text.length === document.length;
    }
  }

  /**
   * Ends the reading with `ERR_TUF_MALFORMED`, naming the place: the JSON pointer (RFC 6901) to the innermost member or
   * item that is being read, to which `member` is appended, and the byte.
   */
  fail(problem: string, offset: number = this.at, member?: string, met?: MetLimit): never {
    const { role, text } = this;
    const pointer = [...this.#path, member]
      .map((step) => (step === undefined ? '' : `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`))
      .join('');
    const bytes = this.byteOffset(offset);
    const what = offset < text.length ? problem : 'the document ends too early';
    throw new TufError(
      'ERR_TUF_MALFORMED',
      `${role ?? 'document'}: ${what} at ${pointer || 'the top level'} (byte ${bytes})`,
      { role, pointer, offset: bytes, ...met },
      {
        hint: met
          ? raiseLimit(met.option)
          : 'check that the URL is that of TUF metadata; if it is, the publisher has to fix the file',
      },
    );
  }

  /** The offset in the bytes of the document. */
  byteOffset(at: number): number {
    return this.#oneByte ? at : encodeUtf8(this.text.slice(0, at)).length;
  }

  /** Nothing but white space may be left. */
  finish(): void {
    if (this.peek() !== undefined) this.fail('expected the end of the document');
  }

  /**
   * Reads an object: `read` is called with each name and its offset, and has to pass over the value. Members in the usual
   * spelling, where there is one, are passed over in runs. Says whether the names stand in the order of code points.
   */
  object(read: (name: string, at: number) => void, usual?: Spelling): boolean {
    this.#open('{', 'an object');
    const names: string[] = [];
    let last: string | undefined;
    let seen: Set<string> | undefined;
    for (;;) {
      if (usual !== undefined && seen === undefined && this.#path.length + 2 <= this.depthMax) {
        last = this.#run(last, usual);
      }
      if (!this.#next('}', last === undefined)) return seen === undefined;
      const name = this.string();
      const { valueAt } = this;
      if (last !== undefined && compareCodePoints(last, name) >= 0) seen ??= new Set(usual?.names() ?? names);
      if (seen !== undefined) {
        this.canonical = false;
        if (seen.has(name)) this.fail('a name stands twice in one object', this.valueAt);
        seen.add(name);
      }
      last = name;
      if (usual === undefined) names.push(name);
      if (this.peek() !== ':') this.fail('expected a colon');
      this.at += 1;
      this.#path[this.#path.length - 1] = name;
      read(name, valueAt);
    }
  }

  /** Reads an array: `read` is called for each item and has to pass over it. */
  array(read: () => void): void {
    this.#open('[', 'an array');
    for (let first = true; this.#next(']', first); first = false) read();
  }

  /**
   * What a sticky expression finds at this very place, where it describes one value in canonical form and without escapes,
   * nested at most `levels` deep. Passes over nothing: that is for who takes it, by its length.
   */
  ahead(value: RegExp, levels: number): RegExpExecArray | undefined {
    value.lastIndex = this.at;
    return (this.#path.length + levels <= this.depthMax && value.exec(this.text)) || undefined;
  }

  string(): string {
    if (this.peek() !== '"') this.fail('expected a string');
    const { text, at } = this;
    let end = at;
    let escapes = false;
    for (;;) {
      endOfPlain.lastIndex = end + 1;
      end = endOfPlain.test(text) ? endOfPlain.lastIndex - 1 : text.length;
      if (text[end] !== '\\') break;
      end += 1;
      escapes = true;
      if (text[end] !== '"' && text[end] !== '\\') this.canonical = false;
    }
    if (text[end] !== '"') this.fail('a control character in a string', end);
    this.at = end + 1;
    if (!escapes && !this.#damaged) return text.slice(at + 1, end);
    return this.#checked(text.slice(at, end + 1));
  }

  /** The text of a string with its quotes, whose escapes are still to be checked. */
  #checked(token: string): string {
    try {
      const string = JSON.parse(token) as string;
      if (isWellFormed(string) && !(this.#damaged && token.includes('\ufffd'))) return string;
    } catch {
      // Told below.
    }
    return this.fail('a wrong escape, a lone surrogate or bytes that are not UTF-8 in a string', this.valueAt);
  }

  /** Reads an integer token in ±(2^53 − 1), at least `least`. @spec */
  integer(least: number): number {
    this.peek();
    const value = Number(this.#take(anInteger));
    if (!(value >= least && Number.isSafeInteger(value))) {
      this.fail(`expected an integer of at least ${least}, below 2^53`, this.valueAt);
    }
    return value;
  }

  boolean(): boolean {
    const value = this.scalar();
    return typeof value === 'boolean' ? value : this.fail('expected true or false', this.valueAt);
  }

  /** Passes over any one value, checking all of it. */
  readonly skip = (): void => {
    switch (this.peek()) {
      case '{':
        this.object(this.skip);
        break;
      case '[':
        this.array(this.skip);
        break;
      case '"':
        this.string();
        break;
      default:
        this.scalar();
    }
  };

  /** Reads a number, a boolean or null. */
  scalar(): number | boolean | null {
    if (/[-0-9]/.test(this.peek() ?? '')) return this.integer(-Number.MAX_SAFE_INTEGER);
    const word = this.#take(aWord) ?? this.fail('expected a value');
    return word === 'null' ? null : word === 'true';
  }

  /** The character with which the next value begins, `undefined` at the end. */
  peek(): string | undefined {
    const { text, at } = this;
    // Blanks are the exception in large files.
    if (!(text.charCodeAt(at) > 0x20)) {
      endOfSpace.lastIndex = at;
      this.at = endOfSpace.test(text) ? endOfSpace.lastIndex - 1 : text.length;
      if (this.at > at) this.canonical = false;
    }
    this.valueAt = this.at;
    return text[this.at];
  }

  #take(token: RegExp): string | undefined {
    const { text, at } = this;
    token.lastIndex = at;
    if (!token.test(text)) return undefined;
    this.at = token.lastIndex;
    return text.slice(at, this.at);
  }

  #open(bracket: string, what: string): void {
    if (this.peek() !== bracket) this.fail(`expected ${what}`);
    const limit = this.depthMax;
    if (this.#path.length >= limit) {
      this.fail(`nested deeper than ${limit}`, this.at, undefined, { limit, option: 'depth' });
    }
    this.#path.push(bracket === '[' ? 0 : undefined);
    this.at += 1;
  }

  /** Moves to the next member or item; false at the closing bracket. */
  #next(bracket: string, first: boolean): boolean {
    const character = this.peek();
    if (character === bracket) {
      this.at += 1;
      this.#path.pop();
      return false;
    }
    if (first) return true;
    if (character !== ',') this.fail(`expected a comma or ${bracket}`);
    this.at += 1;
    const index = this.#path.pop();
    this.#path.push(typeof index === 'number' ? index + 1 : undefined);
    return true;
  }

  /** Passes over members in the usual spelling, as long as their names ascend from `last`; gives the last one. */
  #run(before: string | undefined, usual: Spelling): string | undefined {
    const { text } = this;
    const { member } = usual;
    let last = before;
    for (;;) {
      const from = last === undefined ? this.at : this.at + 1;
      member.lastIndex = from;
      if ((last !== undefined && text[this.at] !== ',') || !member.test(text)) return last;
      const stop = text.indexOf('"', from + 1);
      const name = text.slice(from + 1, stop);
      if (last !== undefined && last >= name) return last;
      usual.passed(from, stop + 2, member.lastIndex);
      this.at = member.lastIndex;
      last = name;
    }
  }
}
