import { TufError } from '../errors.ts';
import { type Json, type JsonObject, parseJson } from '../metadata/json.ts';

/** Deepest nesting of a vector's own JSON; documents under test are text or base64 inside it. */
const depthMax = 32;

/**
 * One value in a file of JSON, with the way to it: what is not as it should be is refused with the file and the JSON
 * pointer (RFC 6901) of the place.
 */
export class CheckedJson {
  readonly file: string;
  readonly pointer: string;
  readonly value: Json;

  constructor(file: string, pointer: string, value: Json) {
    this.file = file;
    this.pointer = pointer;
    this.value = value;
  }

  /** Reads a whole file strictly. @throws {@link TufError} `ERR_TUF_MALFORMED`. */
  static parse(bytes: Uint8Array, file: string): CheckedJson {
    return new CheckedJson(file, '', parseJson(bytes, { role: file, depth: depthMax }));
  }

  /** Refuses the file. */
  fail(problem: string): never {
    const { file, pointer } = this;
    throw new TufError(
      'ERR_TUF_MALFORMED',
      `${file}: ${problem} at ${pointer || 'the top level'}`,
      { role: file, pointer },
      { hint: 'see "What a vector says" in the README of the vectors, and the schema that the file names' },
    );
  }

  get isObject(): boolean {
    return this.value instanceof Map;
  }

  get isArray(): boolean {
    return Array.isArray(this.value);
  }

  get isText(): boolean {
    return typeof this.value === 'string';
  }

  get isNull(): boolean {
    return this.value === null;
  }

  /** The members of an object, at most `most`. */
  members(most = 100_000): [name: string, place: CheckedJson][] {
    const object = this.#object();
    if (object.size > most) this.fail(`more than ${most} members`);
    return [...object].map(([name, value]) => [name, this.#below(name, value)]);
  }

  /** Refuses an object that has other members than these. */
  only(...names: readonly string[]): this {
    for (const [name, place] of this.members()) if (!names.includes(name)) place.fail('a member that is not known');
    return this;
  }

  /** Whether an object has a member. */
  has(name: string): boolean {
    return this.#object().has(name);
  }

  /** A member that has to be there. */
  at(name: string): CheckedJson {
    return this.maybe(name) ?? this.#below(name, null).fail('a member is missing');
  }

  /** A member, where it is there. */
  maybe(name: string): CheckedJson | undefined {
    const value = this.#object().get(name);
    return value === undefined ? undefined : this.#below(name, value);
  }

  /** The items of an array, between `least` and `most`. */
  items(least = 0, most = 100_000): CheckedJson[] {
    const items = Array.isArray(this.value) ? (this.value as readonly Json[]) : this.fail('expected an array');
    if (items.length < least || items.length > most) this.fail(`expected ${least} to ${most} items`);
    return items.map((value, i) => this.#below(String(i), value));
  }

  /** A text that matches `pattern`. */
  text(pattern: RegExp = /^/): string {
    if (typeof this.value !== 'string') return this.fail('expected a text');
    return pattern.test(this.value) ? this.value : this.fail('a text of another form was expected');
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (typeof value !== 'number' || value < least || value > most) {
      return this.fail(`expected an integer from ${least} to ${most}`);
    }
    return value;
  }

  /** One of a few texts. */
  choice<T extends string>(choices: readonly T[]): T {
    const found = choices.find((each) => each === this.value);
    return found ?? this.fail(`expected ${choices.map((each) => JSON.stringify(each)).join(' or ')}`);
  }

  /** `true`, where it is there at all. */
  isTrue(): true {
    return this.value === true || this.fail('expected true');
  }

  /** The bytes of canonical base64. */
  bytes(): Uint8Array {
    const text = this.text();
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text) this.fail('expected base64 as RFC 4648 writes it');
    return new Uint8Array(bytes);
  }

  #object(): JsonObject {
    return this.value instanceof Map ? (this.value as JsonObject) : this.fail('expected an object');
  }

  #below(name: string, value: Json): CheckedJson {
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
    return new CheckedJson(this.file, `${this.pointer}/${step}`, value);
  }
}
