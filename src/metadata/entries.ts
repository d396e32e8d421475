import { Scanner, type Spelling } from './scanner.ts';
import { compareCodePoints } from './utf8.ts';

/**
 * The members of one JSON object: where each name and each value stands, in written order. Both are read when they are
 * asked for. Where names ascend, as in every canonical file, a look-up is a binary search.
 */
export class Entries {
  readonly #scanner: Scanner;
  readonly #names: number[] = [];
  readonly #values: number[] = [];
  readonly #ascending: boolean;
  #byName: Map<string, number> | undefined;

  /**
   * Reads the object that comes next in a scanner.
   *
   * @param member how almost every member is spelled, see {@link Spelling}.
   * @param check checks the value of a member that is spelled in another way.
   * @param passed called for each member in that spelling, with the offset of its end.
   */
  constructor(scanner: Scanner, member: RegExp, check: () => void, passed?: (end: number) => void) {
    const { text, role, depthMax: depth } = scanner;
    this.#scanner = new Scanner(text, { role, depth });
    const usual: Spelling = {
      member,
      passed: (name, value, end) => {
        this.#names.push(name);
        this.#values.push(value);
        passed?.(end);
      },
      names: () => this.names(),
    };
    this.#ascending = scanner.object((_, at) => {
      this.#names.push(at);
      this.#values.push(scanner.at);
      check();
    }, usual);
  }

  get size(): number {
    return this.#names.length;
  }

  /** All names in written order. */
  *names(): Generator<string> {
    for (let index = 0; index < this.size; index += 1) yield this.#name(index);
  }

  /** The position of a member in written order. */
  indexOf(name: string): number | undefined {
    if (!this.#ascending) {
      this.#byName ??= new Map([...this.names()].map((each, index) => [each, index]));
      return this.#byName.get(name);
    }
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareCodePoints(this.#name(middle), name);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** A scanner before the value of a member. */
  find(name: string): Scanner | undefined {
    const index = this.indexOf(name);
    const { text, role, depthMax: depth } = this.#scanner;
    return index === undefined ? undefined : new Scanner(text, { role, depth }, this.#values[index]);
  }

  #name(index: number): string {
    this.#scanner.at = this.#names[index] as number;
    return this.#scanner.string();
  }
}
